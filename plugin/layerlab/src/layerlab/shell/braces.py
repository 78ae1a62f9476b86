"""Brace expansion, which only bash has: `{a,b}`, `{1..9}`, `{a..e..2}`."""

from __future__ import annotations

import re

from layerlab.shell.model import LimitError
from layerlab.shell.syntax import Literal, Part, Word

Atom = str | Part
RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?\Z")


def expand_braces(word: Word, limit: int) -> list[Word]:
    """All words a word with braces stands for, itself if it has none. Raises `LimitError`."""
    if not any(isinstance(part, Literal) and not part.quoted and "{" in part.text for part in word):
        return [word]
    atoms: list[Atom] = []
    for part in word:
        if isinstance(part, Literal) and not part.quoted:
            atoms.extend(part.text)
        else:
            atoms.append(part)
    return [_word(choice) for choice in _expand(atoms, limit)]


def _word(atoms: list[Atom]) -> Word:
    parts: list[Part] = []
    for atom in atoms:
        if isinstance(atom, str):
            if parts and isinstance(parts[-1], Literal) and not parts[-1].quoted:
                parts[-1] = Literal(parts[-1].text + atom)
            else:
                parts.append(Literal(atom))
        else:
            parts.append(atom)
    return tuple(parts)


def _expand(atoms: list[Atom], limit: int) -> list[list[Atom]]:
    for start, atom in enumerate(atoms):
        if atom != "{":
            continue
        found = _group(atoms, start)
        if found is None:
            continue
        choices, end = found
        tails = _expand(atoms[end + 1 :], limit)
        results: list[list[Atom]] = []
        for choice in choices:
            for middle in _expand(choice, limit):
                results.extend([*atoms[:start], *middle, *tail] for tail in tails)
                if len(results) > limit:
                    raise LimitError("glob_results", limit)
        return results
    return [atoms]


def _group(atoms: list[Atom], start: int) -> tuple[list[list[Atom]], int] | None:
    depth = 0
    choices: list[list[Atom]] = [[]]
    for position in range(start, len(atoms)):
        atom = atoms[position]
        if atom == "{":
            depth += 1
            if depth == 1:
                continue
        elif atom == "}":
            depth -= 1
            if depth == 0:
                if len(choices) > 1:
                    return choices, position
                ranged = _range(choices[0])
                return None if ranged is None else (ranged, position)
        elif atom == "," and depth == 1:
            choices.append([])
            continue
        choices[-1].append(atom)
    return None


def _range(atoms: list[Atom]) -> list[list[Atom]] | None:
    if not all(isinstance(atom, str) for atom in atoms):
        return None
    found = RANGE.match("".join(atom for atom in atoms if isinstance(atom, str)))
    if found is None:
        return None
    first, last, step = found.group(1), found.group(2), abs(int(found.group(3) or 1)) or 1
    if first.lstrip("-").isdigit() != last.lstrip("-").isdigit():
        return None
    if first.lstrip("-").isdigit():
        low, high = int(first), int(last)
        padded = any(re.match(r"-?0\d", text) for text in (first, last))
        width = max(len(first), len(last)) if padded else 0
        if abs(high - low) // step > 100_000:
            raise LimitError("glob_results", 100_000)
        numbers = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
        return [list(f"{number:0{width}d}") for number in numbers]
    low, high = ord(first), ord(last)
    letters = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    return [[chr(letter)] for letter in letters]
