"""`docker history`, `docker images` and what was typed after recorded builds, end to end on a host we built on."""

from __future__ import annotations

import json
import re

import pytest
from oracle.compare import CASES, FLAVOURS, answers, expected

pytestmark = pytest.mark.oracle

PHRASES = re.compile(
    r"my message|Hong <h@example\.com>|ENV Y=2|CMD \[[^\]]*\]|echo \$A \$HOME; pwd; id -u|\{\{json \.\w+\}\}"
    r"|\{\{\.[\w.]+\}\}(?:[|: ]\{\{\.[\w.]+\}\})*(?: \{\{len [\w.]+\}\})?|\S+"
)
LISTED = json.loads((CASES.parent / "known_differences.json").read_text())
KNOWN_POST = {(row["case"], row["flavour"], row["number"]) for row in LISTED if row["aspect"] == "post"}
KNOWN_TEXTS = {(row["case"], row["flavour"]) for row in LISTED if row["aspect"] == "history_text"}


def plain(text):
    text = re.sub(r"<digest>|<id>|\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", "<id>", text)
    text = re.sub(r"(?:Less than a second|About a minute|\d+ \w+) ago", "<age>", text)
    return re.sub(r"[ \t]+", " ", text)


def with_post():
    for folder in sorted(CASES.iterdir()):
        for flavour, (name, _) in FLAVOURS.items():
            if (folder / name).exists() and json.loads((folder / name).read_text()).get("post"):
                yield folder.name, flavour


@pytest.mark.parametrize(("case", "flavour"), list(with_post()))
def test_what_was_typed_after_a_build_is_answered_the_same(case, flavour):
    _, lab = answers(CASES / case, flavour)
    different = {}
    for number, entry in enumerate(expected(CASES / case, flavour)["post"]):
        output = lab.docker(PHRASES.findall(entry["cmd"]))
        recorded = plain(entry.get("stdout", "")), plain(entry.get("stderr", "")), entry["exit_code"]
        ours = plain(output.stdout), plain(output.stderr), output.exit_code
        if recorded != ours:
            different[number] = (entry["cmd"], recorded, ours)
    listed = {number for name, kind, number in KNOWN_POST if (name, kind) == (case, flavour)}
    assert not {number: what for number, what in different.items() if number not in listed}
    assert listed <= different.keys(), "a known difference is gone: take it off the list"


TABLES = [
    pytest.param(folder.name, flavour, id=f"{folder.name}-{flavour}")
    for folder in sorted(CASES.iterdir())
    for flavour in ("classic", "containerd", "legacy")
    if (folder.name, flavour) not in KNOWN_TEXTS
    and (folder / FLAVOURS[flavour][0]).exists()
    and json.loads((folder / FLAVOURS[flavour][0]).read_text()).get("docker_history_text")
]


@pytest.mark.parametrize(("case", "flavour"), TABLES)
def test_the_history_of_a_build_is_printed_the_same(case, flavour):
    """Sizes of steps that aren't simulated are a question mark; nothing else may differ."""
    want = expected(CASES / case, flavour)
    _, lab = answers(CASES / case, flavour)
    ours = plain(lab.docker(["history", want["tag"]]).stdout).splitlines()
    recorded = plain(want["docker_history_text"]).splitlines()
    assert len(ours) == len(recorded)
    for line, other in zip(ours, recorded, strict=True):
        assert re.fullmatch(re.escape(line).replace(r"\ \?\ ", r" [\d.]+[kMG]?B "), other), (line, other)
