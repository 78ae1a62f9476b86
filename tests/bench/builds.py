"""What builds and commands cost, as ratios measured side by side in one run: `make bench-builds`.

Each figure is the median of paired rounds, with the least and the most in brackets.
"""

from __future__ import annotations

import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable

from layerlab.build.context import Context
from layerlab.catalogue.files import load
from layerlab.host import Host
from layerlab.lab import Builder, Lab

ROUNDS = 7
NOW = 1_790_000_000_000_000_000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: list[float], form: str = ".3f") -> str:
    return f"{statistics.median(values):{form}} [{min(values):{form}}..{max(values):{form}}]"


def context_of(count: int) -> Context:
    return Context.from_entries([{"path": f"d{i // 100}/f{i}", "content": str(i)} for i in range(count)])


def edit_against_first_build() -> None:
    """A changed last line of 200, with 10,000 files in the context."""
    files, ratios = context_of(10_000), []
    for number in range(ROUNDS):
        lines = ["FROM busybox", "COPY . /app", *(f"RUN touch /x{i}" for i in range(197)), "RUN touch /last"]
        lab = Lab(now=NOW)
        first = seconds(lambda lab=lab, lines=lines: lab.build("\n".join(lines) + "\n", context=files))
        lines[-1] = f"RUN touch /edited{number}"
        ratios.append(seconds(lambda lab=lab, lines=lines: lab.build("\n".join(lines) + "\n", context=files)) / first)
    print(f"edit of the last of 200 lines / first build (target 0.05): {spread(ratios)}")


def build_against_reading() -> None:
    """Fifty modelled instructions, built and merely checked."""
    text = "FROM busybox\n" + "".join(f"RUN mkdir -p /d{i} && echo {i} > /d{i}/f\n" for i in range(50))
    builder, ratios = Builder(load), []
    for _ in range(ROUNDS):
        built = seconds(lambda: builder.build(Host(now=NOW), text, Context()))
        ratios.append(built / seconds(lambda: builder.check(Host(now=NOW), text, Context())))
    print(f"build of 50 instructions / reading and checking them (target 10): {spread(ratios, '.1f')}")


def growth_with_files() -> None:
    """Time a file of `COPY .`, from 1,000 to 10,000 files."""
    ratios = []
    small, large = context_of(1_000), context_of(10_000)
    for _ in range(ROUNDS):
        few = seconds(lambda: Lab(now=NOW).build("FROM busybox\nCOPY . /app\n", context=small)) / 1_000
        ratios.append(seconds(lambda: Lab(now=NOW).build("FROM busybox\nCOPY . /app\n", context=large)) / 10_000 / few)
    print(f"time a file, 10,000 / 1,000 files (linear is 1): {spread(ratios, '.2f')}")


def memory_of_edits() -> None:
    """What a further build keeps, with 10,000 files in every snapshot."""
    files, lab = context_of(10_000), Lab(now=NOW)
    lab.build("FROM busybox\nCOPY . /app\nRUN touch /a\n", context=files)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(5):
        lab.build(f"FROM busybox\nCOPY . /app\nRUN touch /b{number}\n", context=files)
    print(
        f"memory of a further build with 10,000 files: {(tracemalloc.get_traced_memory()[0] - before) / 5 / 1024:.0f} KiB"
    )
    tracemalloc.stop()


def shell_loop() -> None:
    """A loop in RUN, against one round of it."""
    ratios = []
    for _ in range(ROUNDS):
        one = seconds(lambda: Lab(now=NOW).build("FROM busybox\nRUN for i in 1; do echo $i >> /f; done\n"))
        text = "FROM busybox\nRUN i=0; while [ $i -lt 1000 ]; do echo $i >> /f; i=$((i+1)); done\n"
        ratios.append(seconds(lambda text=text: Lab(now=NOW).build(text)) / one)
    print(f"RUN with 1,000 rounds of a loop / with one: {spread(ratios, '.1f')}")


def main() -> None:
    print(f"Builds: Python {platform.python_version()}, {platform.machine()}, {ROUNDS} rounds")
    for part in (edit_against_first_build, build_against_reading, growth_with_files, memory_of_edits, shell_loop):
        part()


if __name__ == "__main__":
    main()
