"""How fast the Dockerfile reader is: against PyPI's `dockerfile-parse` and `dockerfile`, and from 1 k to 100 k lines.

All read the same corpus, the recorded Dockerfiles, in one run, in rounds that alternate, so that a busy machine slows
all of them alike. What counts is the ratio of each round, not seconds.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from layerlab.dockerfile import parse

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests/oracle/cases"
OTHERS = ROOT / "build/bench-tools"
ROUNDS = 9
GROWTH = (1_000, 10_000, 100_000)
Reader = Callable[[str], object]


def corpus() -> tuple[str, ...]:
    """Every recorded Dockerfile that all the readers can take: UTF-8, and not refused by BuildKit's parser."""
    texts = []
    for file in sorted(CASES.glob("*/Dockerfile")):
        try:
            text = file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        if text.strip() and not parse(text).errors:
            texts.append(text)
    return tuple(texts)


def readers() -> Mapping[str, Reader]:
    """Ours and those of the others that are installed."""
    sys.path.insert(0, str(OTHERS))
    found: dict[str, Reader] = {"layerlab": parse}
    for name, make in (("dockerfile-parse", _dockerfile_parse), ("dockerfile", _dockerfile)):
        try:
            found[name] = make()
        except ImportError as error:
            print(f"{name}: not installed here ({error}), left out")
    return found


def _dockerfile_parse() -> Reader:
    parser = importlib.import_module("dockerfile_parse").DockerfileParser
    return lambda text: parser(fileobj=BytesIO(text.encode())).structure


def _dockerfile() -> Reader:
    module = importlib.import_module("dockerfile")
    read: Reader = module.parse_string
    return read


def seconds(read: Reader, texts: tuple[str, ...]) -> tuple[float, int]:
    """Seconds of processor time a reader takes for some texts, and how many it refused."""
    refused = 0
    started = time.process_time()
    for text in texts:
        try:
            read(text)
        except Exception:  # noqa: BLE001 - each has its own exceptions; what counts is that it gave up
            refused += 1
    return time.process_time() - started, refused


def compare(texts: tuple[str, ...]) -> None:
    """Lines per second of all readers, and ours in relation to each."""
    known = readers()
    lines = sum(text.count("\n") for text in texts)
    times: dict[str, list[float]] = {name: [] for name in known}
    refused = {name: seconds(read, texts)[1] for name, read in known.items()}  # the first round warms up
    for number in range(ROUNDS):
        order = list(known) if number % 2 else list(reversed(known))
        for name in order:
            times[name].append(seconds(known[name], texts)[0])
    print(f"corpus: {len(texts)} Dockerfiles, {lines} lines; {ROUNDS} paired rounds")
    for name, taken in times.items():
        ratio = statistics.median(ours / other for ours, other in zip(times["layerlab"], taken, strict=True))
        speed = lines / statistics.median(taken)
        gave_up = f", refused {refused[name]} files" if refused[name] else ""
        print(f"  {name:<18}{speed:>10,.0f} lines/s   layerlab needs {ratio:.2f} times its time{gave_up}")


def grow(texts: tuple[str, ...]) -> None:
    """Time a line of files of growing length: level, if the reader is linear."""
    print("growth: one file of so many lines, time a line in relation to the shortest")
    body = [line for text in texts if "<<" not in text and text.count("FROM") == 1 for line in text.splitlines()]
    files = {}
    for count in GROWTH:
        lines = [*body] * (count // len(body) + 1)
        files[count] = "\n".join(["FROM busybox", *lines[: count - 1]]) + "\n"
    rounds = [{count: seconds(parse, (text,))[0] / count for count, text in files.items()} for _ in range(3)]
    for count in GROWTH:
        per_line = statistics.median(taken[count] for taken in rounds)
        ratio = statistics.median(taken[count] / taken[GROWTH[0]] for taken in rounds)
        print(f"  {count:>7,} lines  {1 / per_line:>10,.0f} lines/s   x{ratio:.2f}")


def main() -> None:
    """Print both measurements."""
    texts = corpus()
    compare(texts)
    grow(texts)


if __name__ == "__main__":
    main()
