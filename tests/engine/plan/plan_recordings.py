"""Recordings of real Docker as input of the planner: base images, Dockerfiles with their options, answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.dockerfile.parser import parse
from layerlab.image.config import parse_history, parse_run_config
from layerlab.image.reference import parse_reference
from layerlab.plan.model import BaseFacts, Missing, PlanRequest

ORACLE = Path(__file__).parents[2] / "oracle"
CASES = ORACLE / "cases"
DIGEST = "sha256:<digest>"
NETWORK = 'failed to do request: Head "https://registry-1.docker.io/v2/{path}/manifests/{tag}": '
NO_NETWORK = NETWORK + "dial tcp: lookup registry-1.docker.io <network error>"


@cache
def base(stem: str) -> dict:
    data = json.loads((ORACLE / "bases" / f"{stem}.json").read_text())
    for layer in data["layers"]:
        layer.pop("files", None)
    return data


class RecordedBases:
    """The base images of the recordings; all others fail as without network."""

    def resolve(self, reference: str, platform: str) -> BaseFacts | Missing:
        known = parse_reference(reference).tagged()
        stem = f"{known.familiar_name}_{known.tag}"
        if platform != "linux/amd64" or not (ORACLE / "bases" / f"{stem}.json").exists():
            return Missing(NO_NETWORK.format(path=known.path, tag=known.tag))
        data = base(stem)
        history = [
            {"created_by": item["created_by"], "comment": item["comment"], "empty_layer": item.get("empty", False)}
            for item in data["layers"]
        ]
        config = parse_run_config(data["config"], architecture=data["architecture"], os=data["os"])
        layers = sum(not item.get("empty") for item in data["layers"])
        return BaseFacts(reference, known.full, DIGEST, data["image_id"], config, parse_history(history), layers)


@dataclass(frozen=True)
class Recorded:
    """One recorded case.

    Attributes:
        name: Of its folder.
        args: Options of the build.
        answer: What Docker answered.
    """

    name: str
    args: dict
    answer: dict

    @property
    def topic(self) -> str:
        return self.args["topic"]

    @property
    def steps(self) -> list[dict]:
        path = CASES / self.name / "steps.json"
        return json.loads(path.read_text()) if path.exists() else []

    @property
    def last(self) -> Recorded:
        """The last of several builds: with its options."""
        changed = [step["args"] for step in self.steps if "args" in step]
        args = {**self.args, **changed[-1]} if self.steps and "args" in self.steps[-1] else self.args
        return Recorded(self.name, args, self.answer)

    @property
    def text(self) -> bytes:
        for step in reversed(self.steps):
            if "dockerfile" in step:
                return step["dockerfile"].encode()
        return self.first_text

    @property
    def first_text(self) -> bytes:
        entries = json.loads((CASES / self.name / "context.json").read_text())
        wanted = self.args.get("file") or "Dockerfile"
        (entry,) = [entry for entry in entries if entry["path"] == wanted]
        return entry["content"].encode()

    def request(self, *, check: bool = False) -> PlanRequest:
        file = self.args.get("file") or "Dockerfile"
        ignore = CASES / self.name / ".dockerignore"
        return PlanRequest(
            parse(self.text, name=file),
            build_args=self.args["build_args"],
            target=self.args["target"],
            platform=self.args.get("platform"),
            labels=tuple((self.args.get("labels") or {}).items()),
            ignore=parse_ignore(ignore.read_text()) if ignore.exists() else None,
            check=check,
        )


def recorded(file: str = "expect.json") -> list[Recorded]:
    """All cases that have a Dockerfile and this answer; keys left out are those of `expect.json`."""
    found = []
    for folder in sorted(CASES.iterdir()):
        path = folder / file
        args = json.loads((folder / "args.json").read_text())
        if not path.exists() or not (folder / (args.get("file") or "Dockerfile")).exists():
            continue
        answer = json.loads(path.read_text())
        if file != "expect.json":
            whole = json.loads((folder / "expect.json").read_text())
            answer |= {key: whole[key] for key in answer.get("same_as_expect_json", ()) if key in whole}
        found.append(Recorded(folder.name, args, answer))
    return found


def message_of(error: str) -> str:
    """What stands after `failed to solve: ` in a recorded error."""
    return error.rpartition("failed to solve: ")[2]


def marked_lines(error: str) -> list[int]:
    """Line numbers with `>>>` in a recorded error, in order."""
    return [int(found[1]) for found in re.finditer(r"^ *(\d+) \| >>>", error, re.MULTILINE)]
