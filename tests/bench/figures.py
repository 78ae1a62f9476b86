"""Figures of a measurement: medians with an interval that holds without any assumption, printed and recorded."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which two of the sorted values the true median lies, and how surely (0 to 1)."""

    low: float
    high: float
    surety: float


def interval(values: list[float]) -> Interval:
    """Interval of the median from the order of the values alone.

    The k-th least and the k-th greatest of n values have the median between them with the probability that a fair coin
    thrown n times shows either side at least k times. The narrowest pair with at least 95 % is taken; with fewer than
    six values there is none, and the least and the greatest are given with the surety they have.
    """
    ordered, n = sorted(values), len(values)
    found = Interval(ordered[0], ordered[-1], 1 - 2 * 0.5**n)
    for k in range(2, n // 2 + 1):
        surety = 1 - 2 * sum(math.comb(n, i) for i in range(k)) / 2**n
        if surety < CONFIDENCE:
            break
        found = Interval(ordered[k - 1], ordered[-k], surety)
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the record.

    Attributes:
        group: Heading it stands under.
        name: What was measured.
        unit: `ms`, `kB` (1,000 bytes), `points`, or nothing for a ratio.
        values: One of each round.
        target: The most it may be, or for points the least; None where nothing was promised.
    """

    group: str
    name: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps the promise."""
        if self.target is None:
            return None
        return self.median >= self.target if self.unit == "points" else self.median <= self.target

    def shown(self, value: float) -> str:
        """A value with as many digits as mean something."""
        digits = 2 if self.unit == "" else 1 if self.unit in {"ms", "kB"} and abs(self.median) < 100 else 0
        return f"{value:,.{digits}f}"


class Record:
    """Prints each figure as it comes, and writes all of them with the machine they were measured on."""

    def __init__(self, about: dict[str, str]) -> None:
        self.about = about
        self.figures: list[Figure] = []
        self.notes: list[str] = []
        self._group = ""
        for name, value in about.items():
            print(f"{name}: {value}", flush=True)

    def add(self, figure: Figure) -> None:
        """Keep and print one figure."""
        if figure.group != self._group:
            self._group = figure.group
            print(f"\n{figure.group}", flush=True)
        self.figures.append(figure)
        print("  " + "  ".join(cell for cell in (f"{figure.name:<58}", *_cells(figure)) if cell), flush=True)

    def note(self, text: str) -> None:
        """Something that could not be measured, and why."""
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def write(self, file: Path) -> None:
        """As JSON, and beside it as a Markdown table."""
        file.parent.mkdir(parents=True, exist_ok=True)
        figures = [
            {
                **asdict(figure),
                "median": figure.median,
                "interval": asdict(interval(list(figure.values))),
                "met": figure.met,
            }
            for figure in self.figures
        ]
        content = {"v": 1, "about": self.about, "figures": figures, "notes": self.notes}
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        file.with_suffix(".md").write_text(self._markdown(), encoding="utf-8")

    def _markdown(self) -> str:
        lines = [f"- {name}: {value}" for name, value in self.about.items()]
        group = ""
        for figure in self.figures:
            if figure.group != group:
                group = figure.group
                lines += [
                    "",
                    f"**{group}**",
                    "",
                    "| What | Median | Interval | Rounds | Target |",
                    "| --- | ---: | --- | ---: | --- |",
                ]
            lines.append("| " + " | ".join((figure.name, *_cells(figure))) + " |")
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    span = interval(list(figure.values))
    unit = f" {figure.unit}" if figure.unit else ""
    between = (
        "" if len(figure.values) == 1 else f"{figure.shown(span.low)} .. {figure.shown(span.high)} ({span.surety:.0%})"
    )
    if figure.target is None:
        target = ""
    else:
        sign = "≥" if figure.unit == "points" else "≤"
        target = f"{sign} {figure.shown(figure.target)}: {'met' if figure.met else 'MISSED'}"
    return f"{figure.shown(figure.median)}{unit}", between, str(len(figure.values)), target
