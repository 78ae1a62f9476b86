"""`RUN --mount` values as they are written: one CSV record each. The plan gives them their meaning, after expansion."""

from __future__ import annotations

from layerlab.dockerfile.flags import RefusedError
from layerlab.dockerfile.instructions import MountField, MountSpec
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.suggest import with_suggestion


def split_csv(text: str) -> list[str]:
    """The fields of one CSV record, as `go-csvvalue` reads them.

    Raises:
        ValueError: With Go's message.
    """
    line = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not line:
        raise ValueError("EOF")
    fields: list[str] = []
    position = 0
    while True:
        if not line.startswith('"', position):
            comma = line.find(",", position)
            end = len(line) if comma < 0 else comma
            bare = line.find('"', position, end)
            if bare >= 0:
                raise ValueError(f'parse error on line 1, column {_column(line, bare)}: bare " in non-quoted-field')
            fields.append(line[position:end])
            if comma < 0:
                return fields
            position = comma + 1
            continue
        field, position = _quoted_field(line, position + 1)
        fields.append(field)
        if position > len(line):
            return fields


def _quoted_field(line: str, position: int) -> tuple[str, int]:
    """The field, and where the next begins; past the end of the line if there is none."""
    wrong = 'parse error on line 1, column {}: extraneous or missing " in quoted-field'
    parts: list[str] = []
    while True:
        end = line.find('"', position)
        if end < 0:
            raise ValueError(wrong.format(_column(line, position)))
        parts.append(line[position:end])
        following = line[end + 1 : end + 2]
        if following == '"':
            parts.append('"')
            position = end + 2
        elif following == ",":
            return "".join(parts), end + 2
        elif not following:
            return "".join(parts), len(line) + 1
        else:
            raise ValueError(wrong.format(_column(line, end)))


def _column(line: str, position: int) -> int:
    return len(line[:position].encode("utf-8", "surrogateescape")) + 1


def read_mount(text: str, span: Span) -> MountSpec:
    """Split a `--mount` value.

    Raises:
        RefusedError: For a bad CSV record, or a variable in `from=`.
    """
    try:
        fields = split_csv(text)
    except ValueError as problem:
        raise RefusedError("mount-csv", f"failed to parse csv mounts: {problem}", span, value=text) from None
    read = []
    for field in fields:
        key, equals, value = field.partition("=")
        if equals and key.lower() == "from" and -1 < value.find("$") != len(value) - 1:
            raise RefusedError(
                "mount-variable",
                f"'{key.lower()}' doesn't support variable expansion, define alias stage instead",
                span,
            )
        read.append(MountField(key, value if equals else None))
    return MountSpec(text, tuple(read), span)


TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def check_device(text: str, span: Span) -> None:
    """Check a `--device` value.

    Raises:
        RefusedError: With BuildKit's message.
    """
    try:
        fields = split_csv(text)
    except ValueError as problem:
        raise RefusedError("device", f"failed to parse csv devices: {problem}", span) from None
    name = ""
    for field in fields:
        key, equals, value = field.partition("=")
        key = key.lower()
        if key == "required":
            if equals and value not in TRUE | FALSE:
                raise RefusedError("device", f"invalid value for {key}: {value}", span)
        elif key == "name" and equals:
            if name:
                raise RefusedError("device", f"device name already set to {name}", span)
            name = value
        elif not name:
            name = field
        elif not equals:
            raise RefusedError("device", f"invalid field '{field}' must be a key=value pair", span)
        else:
            message = with_suggestion(f"unexpected key '{key}' in '{field}'", key, ("name", "required"))
            raise RefusedError("device", message, span)
