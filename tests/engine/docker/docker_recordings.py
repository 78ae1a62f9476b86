"""Recorded cases as the tests of Docker's texts need them: what goes in, and what Docker printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

CASES = Path(__file__).parents[2] / "oracle" / "cases"
NOW = 1_790_000_000_000_000_000
MINUTE = 60_000_000_000
FLAVOURS = ("expect.json", "expect.overlay2.json", "expect.legacy.json", "expect.buildkit-20.10.json")
ID = "sha256:" + "a" * 64


def recordings():
    """(case, flavour, recording) of every recorded build; keys equal to `expect.json`'s are filled in."""
    for folder in sorted(CASES.iterdir()):
        main = folder / "expect.json"
        if not main.exists():
            continue
        base = json.loads(main.read_text())
        for flavour in FLAVOURS:
            path = folder / flavour
            if path.exists():
                data = json.loads(path.read_text())
                yield (
                    folder.name,
                    flavour,
                    {**{key: base[key] for key in data.get("same_as_expect_json", ()) if key in base}, **data},
                )


def ages(text):
    """The CREATED column of a history table, top row first; the table's own lay-out says where it stands."""
    return [found or "" for found in re.findall(r"^\S+ +(.*? ago|N/A) ", text, re.MULTILINE)]


UNITS = {
    "second": 1,
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86400,
    "weeks": 7 * 86400,
    "months": 30 * 86400,
    "years": 365 * 86400,
}


def moment(age):
    """A moment that Docker words so."""
    if age == "N/A":
        return None
    words = age.removesuffix(" ago").split()
    if words[0] == "Less":
        return NOW
    if words[0] == "About":
        return NOW - (90 if words[2] == "minute" else 3600) * 1_000_000_000
    return NOW - int(words[0]) * UNITS[words[1]] * 1_000_000_000


def dockerfile(folder, args):
    """(name as given with -f, text) of a case's Dockerfile."""
    name = args.get("file") or "Dockerfile"
    for candidate in (folder / name, folder / "Dockerfile"):
        if candidate.exists():
            return name, candidate.read_bytes().decode()
    return name, ""


def logs(flavours=("expect.json", "expect.overlay2.json")):
    """(case, flavour, log, Dockerfile's text, its name) of builds whose Dockerfile is the case's own."""
    for case, flavour, data in recordings():
        if flavour not in flavours:
            continue
        args = json.loads((CASES / case / "args.json").read_text())
        name, source = dockerfile(CASES / case, args)
        if "log_plain" in data:
            yield case, flavour, data["log_plain"], source, name
        elif data.get("builds"):
            yield case, flavour, data["builds"][0]["log_plain"], source, name
