"""What is wrong with the bytes of a file: it is binary, in another encoding, or has characters nobody meant.

Docker says nothing of this (it fails later, with an error that doesn't name the cause); these are remarks of ours.
"""

from __future__ import annotations

import re

from layerlab.dockerfile.source import BOM, Source
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import SyntaxProblem

UNDECODABLE = re.compile("[\udc80-\udcff]+")
UTF16 = ("\udcff\udcfe", "\udcfe\udcff")


def find_defects(source: Source) -> tuple[SyntaxProblem, ...]:
    """Remarks on the bytes; at most one of each kind, at its first place."""
    text = source.text
    if text.startswith(UTF16):
        return (_remark("syntax.utf16", "the file is UTF-16, Docker reads UTF-8", _span(source, 0, 2)),)
    nul = text.find("\0")
    if nul >= 0:
        return (_remark("syntax.binary", "the file is binary", _span(source, nul, nul + 1)),)
    remarks = []
    match = UNDECODABLE.search(text)
    if match and source.from_bytes:
        shown = " ".join(f"{ord(char) - 0xDC00:02X}" for char in match[0][:4])
        message = "the file has bytes that aren't UTF-8"
        remarks.append(_remark("syntax.undecodable", message, _span(source, *match.span()), bytes=shown))
    stray = text.find(BOM, 1)
    if stray >= 0:
        remarks.append(_remark("syntax.stray-bom", "a byte order mark stands inside", _span(source, stray, stray + 1)))
    return tuple(remarks)


def _remark(code: str, message: str, span: Span, **values: str) -> SyntaxProblem:
    return SyntaxProblem(code, message, span, "source", tuple(values.items()))


def _span(source: Source, start: int, end: int) -> Span:
    line = source.text.count("\n", 0, start) + 1
    column = start - (source.text.rfind("\n", 0, start) + 1)
    last = source.text.count("\n", 0, max(end - 1, start)) + 1
    return Span(line, column, last, end - (source.text.rfind("\n", 0, max(end - 1, start)) + 1))
