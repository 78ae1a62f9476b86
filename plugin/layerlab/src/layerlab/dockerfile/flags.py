"""Flags of instructions: which there are, and the checks BuildKit makes on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from layerlab.dockerfile.instructions import Flag
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.suggest import nearest, with_suggestion

Kind: TypeAlias = Literal["text", "bool", "many"]


def _kinds(text: str = "", boolean: str = "", many: str = "") -> Mapping[str, Kind]:
    kinds: dict[str, Kind] = dict.fromkeys(text.split(), "text")
    kinds |= dict.fromkeys(boolean.split(), "bool")
    kinds |= dict.fromkeys(many.split(), "many")
    return MappingProxyType(kinds)


FLAGS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "from": _kinds("platform"),
        "run": _kinds("network security", many="mount device"),
        "copy": _kinds("from chown chmod", "link parents", "exclude"),
        "add": _kinds("chown chmod checksum", "link keep-git-dir unpack", "exclude"),
        "healthcheck": _kinds("interval timeout start-period start-interval retries"),
    }
)
"""Flags by instruction in lower case; an instruction that isn't here knows none."""


class RefusedError(ValueError):
    """What BuildKit's instruction parser refuses.

    Attributes:
        code: Stable name.
        place: Where an editor should point; None for the whole instruction.
        values: For the explanation.
    """

    def __init__(self, code: str, message: str, place: Span | None = None, **values: str) -> None:
        super().__init__(message)
        self.code = f"syntax.{code}"
        self.place = place
        self.values = tuple(values.items())


@dataclass(frozen=True, slots=True)
class FlagValues:
    """Checked flags.

    Attributes:
        texts: Last (only) value by name, of text flags.
        bools: Of boolean flags.
        many: Of repeatable flags, with their place.
    """

    texts: Mapping[str, str]
    bools: Mapping[str, bool]
    many: Mapping[str, tuple[tuple[str, Span], ...]]

    def values(self, name: str) -> tuple[str, ...]:
        """Values of a repeatable flag."""
        return tuple(value for value, _ in self.many.get(name, ()))


def check_flags(keyword: str, flags: tuple[Flag, ...]) -> FlagValues:
    """Check the flags of an instruction, in order.

    Args:
        keyword: In lower case.
        flags: As written.

    Raises:
        RefusedError: With BuildKit's message.
    """
    kinds = FLAGS.get(keyword, {})
    texts: dict[str, str] = {}
    bools: dict[str, bool] = {}
    many: dict[str, list[tuple[str, Span]]] = {}
    for flag in flags:
        kind = kinds.get(flag.name)
        if kind is None:
            message = with_suggestion(f"unknown flag: --{flag.name}", flag.name, kinds)
            meant = nearest(flag.name, kinds) or ""
            code = "unknown-flag" if not meant else "misspelt-flag"
            raise RefusedError(code, message, flag.span, flag=flag.name, keyword=keyword.upper(), meant=meant)
        if kind != "many" and (flag.name in texts or flag.name in bools):
            raise RefusedError("duplicate-flag", f"duplicate flag specified: --{flag.name}", flag.span, flag=flag.name)
        if flag.value is None and kind != "bool":
            raise RefusedError("flag-value", f"missing a value on flag: --{flag.name}", flag.span, flag=flag.name)
        if kind == "bool":
            bools[flag.name] = _boolean(flag)
        elif kind == "text":
            texts[flag.name] = flag.value or ""
        else:
            many.setdefault(flag.name, []).append((flag.value or "", flag.span))
    return FlagValues(texts, bools, {name: tuple(values) for name, values in many.items()})


def _boolean(flag: Flag) -> bool:
    if flag.value is None:
        return True
    if not flag.value:
        raise RefusedError("flag-value", f"missing a value on flag: --{flag.name}", flag.span, flag=flag.name)
    lowered = flag.value.lower()
    if lowered not in {"true", "false"}:
        raise RefusedError(
            "flag-boolean",
            f"expecting boolean value for flag --{flag.name}, not: {flag.value}",
            flag.span,
            flag=flag.name,
            value=flag.value,
        )
    return lowered == "true"
