"""What builds, commands and edits in a session cost, as ratios measured side by side: `make bench-builds`.

Time is the processor's, so that a busy machine counts little. Each figure is the median of paired rounds, with the
least and the most in brackets. No round reads a text that an earlier one has read: the engine remembers those.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable

from layerlab.build.context import Context
from layerlab.catalogue.files import load
from layerlab.host import Host
from layerlab.lab import Builder, Lab
from layerlab.session import Service
from layerlab.views import VIEWS

ROUNDS = 7
NOW = 1_790_000_000_000_000_000


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def spread(values: list[float], form: str = ".3f") -> str:
    return f"{statistics.median(values):{form}} [{min(values):{form}}..{max(values):{form}}]"


def context_of(count: int) -> Context:
    return Context.from_entries([{"path": f"d{i // 100}/f{i}", "content": str(i)} for i in range(count)])


def edit_against_first_build() -> None:
    """A changed last line of 200, with 10,000 files in the context."""
    files, ratios = context_of(10_000), []
    for number in range(ROUNDS):
        lines = ["FROM busybox", "COPY . /app", *(f"RUN touch /x{number}-{i}" for i in range(197)), "RUN touch /last"]
        lab = Lab(now=NOW)
        first = seconds(lambda lab=lab, lines=lines: lab.build("\n".join(lines) + "\n", context=files))
        lines[-1] = f"RUN touch /edited{number}"
        ratios.append(seconds(lambda lab=lab, lines=lines: lab.build("\n".join(lines) + "\n", context=files)) / first)
    print(f"edit of the last of 200 lines / first build (target 0.05): {spread(ratios)}")


def modelled(name: str) -> str:
    return "FROM busybox\n" + "".join(f"RUN mkdir -p /{name}{i} && echo {i} > /{name}{i}/f\n" for i in range(50))


def build_against_reading() -> None:
    """Fifty modelled instructions, built and merely checked."""
    builder, ratios = Builder(load), []
    builder.build(Host(now=NOW), modelled("warm"), Context())
    for number in range(ROUNDS):
        once, again = modelled(f"built{number}"), modelled(f"read{number}")
        built = seconds(lambda text=once: builder.build(Host(now=NOW), text, Context()))
        ratios.append(built / seconds(lambda text=again: builder.check(Host(now=NOW), text, Context())))
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


class Page:
    """A reader's page: keeps the document and the hashes of what it shows, and asks for every view."""

    def __init__(self, lines: int) -> None:
        self.service = Service(load)
        self.service.supply("context/web@1", json.dumps({"entries": [{"path": "app.py", "content": "print(1)\n"}]}))
        self.text = "FROM busybox\nCOPY . /app\n" + "".join(
            f"RUN echo {number} > /f{number}\n" if number % 3 == 0 else f"ENV NAME{number}=value\n"
            for number in range(lines - 3)
        )
        start = {"lab": "bench", "hash": "h", "now": NOW, "personality": {}}
        build = {"type": "build", "block": "a", "text": self.text, "context": "web@1", "tag": "demo"}
        self.document: object = {"schema": 1, "engine": "0.1.0", "start": start, "actions": [build]}
        self.known: dict[str, str] = {}
        self.take(self.service.handle(self.request("open")))

    def request(self, method: str, **more: str) -> str:
        asked = {"v": 1, "id": 1, "method": method, "lang": "ko", "document": self.document, "block": "a"}
        return json.dumps(asked | {"views": list(VIEWS), "known": self.known} | more)

    def take(self, reply: str) -> None:
        answer = json.loads(reply)
        self.document = answer["document"]
        self.known |= {name: fragment["hash"] for name, fragment in answer["fragments"].items()}

    def edit(self, word: str) -> float:
        """Change the last line; answers what the engine needs from the request to the reply."""
        asked, answers = self.request("edit", text=f"{self.text}LABEL edited={word}\n"), list[str]()
        needed = seconds(lambda: answers.append(self.service.handle(asked)))
        self.take(answers[0])
        return needed


def edit_in_a_session() -> None:
    """An edit of the last line with all views made, against reading and checking the text anew, and by length."""
    builder, pages = Builder(load), {lines: Page(lines) for lines in (10, 200)}
    against: dict[int, list[float]] = {lines: [] for lines in pages}
    growth: list[float] = []
    for number in range(-3, 3 * ROUNDS):
        spent = {lines: page.edit(f"round{number}") for lines, page in pages.items()}
        if number < 0:
            continue  # the first ones fill what is remembered
        for lines, page in pages.items():
            text = page.text.replace("value", f"v{number}").replace("echo ", f"echo {number}")
            files = Context.from_entries([{"path": "app.py", "content": "print(1)\n"}])
            against[lines].append(spent[lines] / seconds(lambda t=text, c=files: builder.check(Host(now=NOW), t, c)))
        growth.append(spent[200] / spent[10])
    for lines, ratios in against.items():
        print(f"session edit of {lines} lines, all views / reading and checking anew: {spread(ratios, '.2f')}")
    print(f"session edit, 200 lines / 10 lines (linear is 20): {spread(growth, '.1f')}")


def main() -> None:
    print(f"Builds: Python {platform.python_version()}, {platform.machine()}, {ROUNDS} rounds")
    for part in (
        edit_against_first_build,
        build_against_reading,
        growth_with_files,
        memory_of_edits,
        shell_loop,
        edit_in_a_session,
    ):
        part()


if __name__ == "__main__":
    main()
