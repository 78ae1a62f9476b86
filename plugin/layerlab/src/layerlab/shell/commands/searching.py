"""`grep` and its kin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from layerlab.filesystem import BULK_NAME, Directory, File, FileSystemError
from layerlab.shell.commands.listing import visible
from layerlab.shell.commands.reading import split_lines
from layerlab.shell.commands.registry import command
from layerlab.shell.model import UnknownInputError
from layerlab.shell.options import Options, UsageError, parse_options
from layerlab.shell.patterns import matches
from layerlab.shell.process import Process, decode, encode
from layerlab.shell.regex import RegexError, compiled

LONG = {
    "ignore-case": "i", "invert-match": "v", "count": "c", "line-number": "n", "quiet": "q", "silent": "q",
    "no-messages": "s",
    "extended-regexp": "E", "fixed-strings": "F", "basic-regexp": "G", "perl-regexp": "P", "only-matching": "o",
    "word-regexp": "w",
    "line-regexp": "x", "files-with-matches": "l", "files-without-match": "L", "recursive": "r",
    "dereference-recursive": "R",
    "no-filename": "h", "with-filename": "H", "regexp=": "e", "file=": "f", "max-count=": "m", "after-context=": "A",
    "before-context=": "B", "context=": "C", "color=?": "color", "colour=?": "color", "include=": "include",
    "exclude=": "exclude",
    "exclude-dir=": "exclude-dir", "text": "a", "binary-files=": "binary-files", "line-buffered": "line-buffered",
    "null": "Z",
}  # fmt: skip


@command("grep", "egrep", "fgrep", "rgrep")
def grep(process: Process) -> int:
    """`grep`."""
    options = parse_options(process, "ivcnqsEFGPowxlLrRhHe:f:m:A:B:C:aIzZUbTy", LONG, code=2)
    operands = list(options.operands)
    patterns = [line for text in options.values.get("e", []) for line in text.split("\n")]
    for name in options.values.get("f", []):
        patterns.extend(decode(line.rstrip(b"\n")) for line in split_lines(process.read(name)))
    if not options.any("e", "f"):
        if not operands:
            if process.busybox:
                raise UsageError("\0usage", 1)
            raise UsageError("\0grep", 2)
        patterns = operands.pop(0).split("\n")
    try:
        matcher = _matcher(process, options, patterns)
    except RegexError as error:
        bad = f"bad regex '{patterns[0]}'" if process.busybox else str(error)
        process.error(bad)
        return 2
    recursive = options.any("r", "R") or process.name == "rgrep"
    in_directories = recursive and any(process.is_directory(name) for name in operands or ["."])
    named = (len(operands) > 1 or in_directories or "H" in options) and "h" not in options
    return _Search(process, options, matcher, named=named).run(
        operands or (["."] if recursive else ["-"]), recursive=recursive
    )


def _matcher(process: Process, options: Options, patterns: list[str]) -> re.Pattern[str] | None:
    fixed = "F" in options or process.name == "fgrep"
    extended = options.any("E", "P") or process.name == "egrep"
    ignore = options.any("i", "y")
    parts: list[str] = []
    for pattern in patterns:
        text = encode(pattern).decode("latin-1")
        if fixed:
            parts.append(re.escape(text))
        elif "P" in options:
            parts.append(f"(?:{text})")
        else:
            parts.append(f"(?:{compiled(text, extended=extended).pattern})")
    if not parts:
        return None
    body = _renumbered(parts) if len(parts) > 1 else parts[0]
    if "x" in options:
        body = rf"\A(?:{body})\Z"
    elif "w" in options:
        body = rf"(?a:(?<!\w)(?:{body})(?!\w))"
    try:
        return re.compile(body, re.IGNORECASE if ignore else 0)
    except re.error as error:
        raise RegexError("Invalid regular expression") from error


def _renumbered(parts: list[str]) -> str:
    """Alternatives; longer fixed ones first, as POSIX takes the longest."""
    return (
        "|".join(sorted(parts, key=len, reverse=True)) if all("(?:" not in part for part in parts) else "|".join(parts)
    )


class _Search:
    def __init__(self, process: Process, options: Options, matcher: re.Pattern[str] | None, *, named: bool) -> None:
        self.process = process
        self.options = options
        self.matcher = matcher
        self.named = named
        self.found = False
        self.failed = False
        self.limit = int(options.get("m") or -1)
        self.before = int(options.get("B") or options.get("C") or 0)
        self.after = int(options.get("A") or options.get("C") or 0)

    def run(self, names: list[str], *, recursive: bool) -> int:
        for name in names:
            if recursive and name != "-":
                for below in self._files(name):
                    self._file(below)
            else:
                self._file(name)
            if self.found and "q" in self.options:
                return 0
        if self.failed:
            return 2 if not (self.found and "q" in self.options) else 0
        return int(not self.found)

    def _files(self, name: str) -> Iterator[str]:
        process, options = self.process, self.options
        node = process.fs.lookup(process.path(name))
        if not isinstance(node, Directory):
            yield name
            return
        if BULK_NAME in node.entries:
            process.note("estimated", "shell.unlisted", path=process.path(name))
        for entry in visible(node):
            process.budget.step()
            below = (
                f"{name.rstrip('/')}/{entry}"
                if name != "." or (not process.busybox and "." in process.args)
                else f"./{entry}"
                if process.busybox
                else entry
            )
            member = node.entries[entry]
            if isinstance(member, Directory):
                if not any(matches(pattern, entry) for pattern in options.values.get("exclude-dir", [])):
                    yield from self._files(below)
            elif isinstance(member, File) and self._wanted(entry):
                yield below

    def _wanted(self, name: str) -> bool:
        include, exclude = self.options.values.get("include", []), self.options.values.get("exclude", [])
        if any(matches(pattern, name) for pattern in exclude):
            return False
        return not include or any(matches(pattern, name) for pattern in include)

    def _file(self, name: str) -> None:
        process = self.process
        try:
            data = process.read(name)
        except FileSystemError as error:
            if error.code == "EISDIR" and process.busybox:
                return
            if "s" not in self.options:
                process.error(f"{name}: {error.message}")
            self.failed = True
            return
        except UnknownInputError:
            # Whether it would be found isn't known; a failure that may not be one would end the build.
            process.note("unknown", "shell.unknown_input", command=process.name, file=name)
            process.taint_output(name)
            self.found = True
            return
        self._search(name if name != "-" else "(standard input)", data)

    def _search(self, name: str, data: bytes) -> None:
        options, process = self.options, self.process
        separator = b"\0" if "z" in options else b"\n"
        lines = data.split(separator)
        if lines and not lines[-1]:
            lines.pop()
        texts = [line.decode("latin-1") for line in lines]
        process.budget.step(len(texts) // 200)
        hits = [index for index, text in enumerate(texts) if self._hit(text) != ("v" in options)]
        if self.limit >= 0:
            hits = hits[: self.limit]
        self.found = self.found or (bool(hits) != ("L" in options and process.busybox))
        if "q" in options:
            return
        prefix = f"{name}:" if self.named else ""
        if "c" in options:
            process.out(f"{prefix}{len(hits)}\n")
        if "l" in options or "L" in options:
            if bool(hits) == ("l" in options):
                process.out(f"{name}\n")
            return
        if "c" in options:
            return
        if b"\0" in data[:32768] and not options.any("a", "z") and hits:
            process.out(f"Binary file {name} matches\n" if process.busybox else f"grep: {name}: binary file matches\n")
            return
        self._print(name, lines, texts, set(hits))

    def _hit(self, text: str) -> bool:
        return self.matcher is not None and self.matcher.search(text) is not None

    def _print(self, name: str, lines: list[bytes], texts: list[str], hits: set[int]) -> None:
        shown = -1
        for index in sorted(hits):
            first = max(index - self.before, shown + 1)
            if (self.before or self.after) and shown >= 0 and first > shown + 1:
                self.process.out("--\n")
            for near in range(first, min(index + self.after + 1, len(lines))):
                if near > index and near in hits:
                    break
                self._line(name, near, lines, texts, hit=near in hits)
                shown = near

    def _line(self, name: str, index: int, lines: list[bytes], texts: list[str], *, hit: bool) -> None:
        mark = ":" if hit else "-"
        prefix = (f"{name}{mark}" if self.named else "") + (f"{index + 1}{mark}" if "n" in self.options else "")
        if "o" in self.options:
            if "v" in self.options or self.matcher is None:
                return
            for found in self.matcher.finditer(texts[index]):
                if found.group(0):
                    self.process.out(encode(prefix) + found.group(0).encode("latin-1") + b"\n")
            return
        self.process.out(encode(prefix) + lines[index] + (b"\0" if "z" in self.options else b"\n"))
