"""Parser directives: `# syntax=`, `# escape=`, `# check=` at the top of a file.

BuildKit reads them three times with slightly different tolerance: the parser itself (for `escape` and duplicates), and
a reader of raw lines for `syntax` and for `check`, which skips a `#!` line and minds indentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from layerlab.dockerfile.gotext import SPACE
from layerlab.dockerfile.source import BOM, Source
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import Directive

KNOWN = ("syntax", "escape", "check")
NAME = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=([\t\n\f\r ]*)")
BLANK = "\t\n\f\r "
LARGEST_JSON = 65_535


def split_directive(text: str) -> tuple[str, str] | None:
    """(lower-cased name, value) of `name=value`, or None; it need not be a known one.

    Args:
        text: Of a comment, without `#` and leading blanks.
    """
    match = NAME.match(text)
    if match is None:
        return None
    value = text[match.end() :].rstrip(BLANK)
    if not value:
        if not match[2]:
            return None
        value = match[2][-1]  # a value of blanks alone is the last of them
    return match[1].lower(), value


class HeaderReader:
    """The parser's own reading, line by line: it ends at the first line that isn't a known directive."""

    def __init__(self, prefix: str = "#") -> None:
        self.prefix = prefix
        self.done = False
        self.seen: set[str] = set()

    def read(self, line: str, number: int) -> Directive | None:
        """The directive in a line, or None.

        Args:
            line: Without its ending; the parser takes leading blanks off, the raw readers don't.
            number: From 1.

        Raises:
            ValueError: With BuildKit's message, for a second one of the same name.
        """
        if self.done:
            return None
        split = split_directive(line[len(self.prefix) :].lstrip(SPACE)) if line.startswith(self.prefix) else None
        if split is None or split[0] not in KNOWN:
            self.done = True
            return None
        name, value = split
        if name in self.seen:
            raise ValueError(f"only one {name} parser directive can be used")
        self.seen.add(name)
        return Directive(name, value, Span(number, 0, number, len(line)))


def find_check(source: Source) -> Directive | None:
    """The `check` directive as the raw reader finds it."""
    return next((found for found in _raw(source, "#") if found.name == "check"), None)


def find_syntax(source: Source) -> Directive | None:
    """The `syntax` directive: after `#`, after `//`, or the key of a file that is one JSON object."""
    for prefix in ("#", "//"):
        found = next((found for found in _raw(source, prefix) if found.name == "syntax"), None)
        if found is not None:
            return found
    text = source.text.removeprefix(BOM)
    if not text.lstrip(BLANK).startswith("{") or len(text) > LARGEST_JSON:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    value = read.get("syntax") if isinstance(read, dict) else None
    return Directive("syntax", value, source.line_span(1)) if isinstance(value, str) else None


def _raw(source: Source, prefix: str) -> Iterator[Directive]:
    """Directives of raw lines up to the first other line or a duplicate."""
    reader = HeaderReader(prefix)
    for number, line in enumerate(source.lines, 1):
        text = line.rstrip("\n").removesuffix("\r")
        if number == 1:
            text = text.removeprefix(BOM)
            if text.startswith("#!"):
                continue
        try:
            found = reader.read(text, number)
        except ValueError:
            return
        if found is None:
            return
        yield found
