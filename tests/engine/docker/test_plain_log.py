"""The plain BuildKit log: recorded logs, taken apart into vertices and printed again, come out the same."""

from __future__ import annotations

import re

import pytest
from engine.docker.docker_recordings import CASES, logs

from layerlab.build.record import BuildRecord, Failure, OutputChunk, SubStatus, Vertex, Warned
from layerlab.docker.progress.lines import log_lines, stamp
from layerlab.docker.progress.plain import plain_log, status_line

SECOND = 1_000_000_000
BLOCK = re.compile(r"^#(\d+) (.*)$")


def take_apart(log):
    """(vertices in order of their first line, text after the blocks)."""
    blocks, after = {}, []
    for line in log.split("\n"):
        found = BLOCK.match(line)
        if found and not after:
            blocks.setdefault(int(found[1]), []).append(found[2])
        elif line or after:
            after.append(line)
    blocks.pop(0, None)
    return [vertex(lines) for _, lines in sorted(blocks.items())], "\n".join(after)


def vertex(lines):
    name, *rest = [line for line in lines if line != "..."]
    status, error, statuses, output = None, None, [], []
    for line in rest:
        if line.startswith("DONE"):
            status = "DONE"
        elif line in {"CACHED", "CANCELED"}:
            status = line
        elif line.startswith("ERROR: "):
            status, error = "ERROR", line.removeprefix("ERROR: ")
        elif line.startswith("<t> "):
            output.append(OutputChunk(1, (line.removeprefix("<t> ") + "\n").encode()))
        elif line.endswith(" done"):
            statuses.append(SubStatus(line.removesuffix(" done")))
    kind = "definition" if "load build definition" in name else "step"
    return Vertex(name, kind, status, tuple(statuses), tuple(output), error=error)


def one_piece(log):
    """Whether no block was left and taken up again, and nothing was cut out of an error."""
    heads = re.findall(r"(?:\A|\n\n)#(\d+) ", log)
    numbers = re.findall(r"^#(\d+) ", log, re.MULTILINE)
    return len(heads) == len(set(heads)) == len(set(numbers))


def normalised(log):
    log = re.sub(r"(?m)^(#\d+ DONE) [\d.]+s$", r"\1 <t>", log)
    log = re.sub(r"(?m)^(#\d+) 0\.000 ", r"\1 <t> ", log)
    return re.sub(r"(?m)^0\.000 ", "<t> ", log)


def excerpt_lines(after):
    """First and last line meant, of every excerpt."""
    found = []
    for block in re.findall(r"(?m)^\S+:\d+\n-{20}\n([\s\S]*?)\n-{20}$", after):
        rows = [int(number) for number in re.findall(r"(?m)^ +(\d+) \| >>>", block)]
        found.append((rows[0], rows[-1]))
    return tuple(found)


def without_warn_order(log):
    """Which warning comes first in block 1 differs from run to run."""
    return re.sub(r"(?:#1 WARN: .*\n)+", lambda run: "".join(sorted(run[0].splitlines(keepends=True))), log)


def warnings(log):
    shown = re.findall(r"(?m)^(?:\x1b\[0m)? - (\w+): (.*?)(?: \(line (\d+)\))?$", log)
    count = re.search(r"(\d+) warnings? found", log)
    found = [Warned(rule, "", "", detail, ((int(line), int(line)),) if line else ()) for rule, detail, line in shown]
    return tuple(found + found[-1:] * (int(count[1]) - len(found))) if count else ()


def record(log, source, name):
    vertices, after = take_apart(log)
    failure = None
    message = re.search(r"(?m)^ERROR: failed to build: ([\s\S]*?)\n*\Z", after)
    if message:
        failed = tuple(
            index for index, item in enumerate(vertices) if item.status == "ERROR" and f" > {item.name}:" in after
        )
        failure = Failure(message[1], 1, excerpt_lines(after), failed)
    return BuildRecord(
        failure is None, int(failure is not None), failure, name=name, source=source,
        vertices=tuple(vertices), warnings=warnings(log),
    )  # fmt: skip


WHOLE = [(case, flavour, log, source, name) for case, flavour, log, source, name in logs() if one_piece(log)]


@pytest.mark.parametrize(
    ("log", "source", "name"), [case[2:] for case in WHOLE], ids=[f"{c}-{f}" for c, f, *_ in WHOLE]
)
def test_a_recorded_log_comes_out_the_same(log, source, name):
    printed = normalised(plain_log(record(log, source, name)))
    if "WARN: " not in log:  # recorded in some of the cases only, see the specification, 6.6
        printed = re.sub(r"(?m)^#1 WARN: .*\n", "", printed)
    assert without_warn_order(printed) == without_warn_order(log)


def test_there_are_enough_recordings():
    assert len(WHOLE) > 250
    assert CASES.is_dir()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (SubStatus("transferring context:", 475), "transferring context: 475B done"),
        (SubStatus("transferring context:", 5120, duration=SECOND // 5), "transferring context: 5.12kB 0.2s done"),
        (SubStatus("sha256:ab", 27_510_000, 27_510_000, 2 * SECOND), "sha256:ab 27.51MB / 27.51MB 2.0s done"),
        (SubStatus("exporting layers", duration=SECOND // 100), "exporting layers done"),
    ],
)
def test_a_status_shows_bytes_and_time(status, text):
    assert status_line(status) == text


@pytest.mark.parametrize(
    ("at", "text"), [(213_000_000, "0.213"), (12_340_000_000, "12.34"), (123_400_000_000, "123.4")]
)
def test_a_log_line_is_stamped_by_its_magnitude(at, text):
    assert stamp(at) == text


def test_the_two_streams_do_not_mix_within_a_line():
    chunks = (OutputChunk(1, b"out "), OutputChunk(2, b"err\n", SECOND), OutputChunk(1, b"put\nlast", 2 * SECOND))
    assert list(log_lines(chunks)) == [(SECOND, "err"), (0, "out put"), (2 * SECOND, "last")]


def test_a_failed_step_repeats_its_last_ten_lines():
    output = OutputChunk(1, b"".join(b"line %d\n" % number for number in range(12)))
    failed = Vertex("[2/2] RUN x", "step", "ERROR", (), (output,), error="bad")
    text = plain_log(BuildRecord(False, 1, Failure("failed to solve: bad", 1, (), (0,)), vertices=(failed,)))
    block = text.partition("------\n")[2]
    assert "0.000 line 1\n" not in block
    assert "0.000 line 2\n" in block
    assert text.endswith("------\nERROR: failed to build: failed to solve: bad\n")
