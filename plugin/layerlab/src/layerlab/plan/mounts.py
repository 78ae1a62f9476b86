"""`RUN --mount=…`: the fields of one mount, read with BuildKit's rules and messages (v0.32)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from layerlab.dockerfile.instructions import MountSpec
from layerlab.plan.suggest import did_you_mean

TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
SHARING = ("shared", "private", "locked")
KEYS = (
    *("type", "from", "source", "target", "readonly", "id", "sharing", "required", "size", "mode", "uid", "gid"),
    *("src", "dst", "destination", "ro", "rw", "readwrite", "env"),
)
WRITABLE = frozenset({"cache", "tmpfs"})
WITH_OWNER = frozenset({"secret", "ssh", "cache"})
OPTIONAL = frozenset({"secret", "ssh"})
TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_ALIASES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}
_SIZE = re.compile(r"(\d+(?:\.\d*)?) ?([kKmMgGtTpP])?([iI]?[bB])?")
_UNITS = "kmgtp"


class MountError(ValueError):
    """A mount that can't be; the message is BuildKit's."""


@dataclass(slots=True)
class MountFields:
    """The fields of one mount while they are read.

    Attributes:
        type: One of `TYPES`.
        texts: `from`, `source`, `target`, `id`, `env`, `sharing` where given.
        numbers: `mode`, `uid`, `gid`, `size` where given.
        read_only: None until said.
        required: Of secrets and agents.
    """

    type: str = "bind"
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    read_only: bool | None = None
    required: bool = False


def parse_mount(mount: MountSpec, expand: Callable[[str], str]) -> MountFields:
    """Read the value of one `--mount`.

    Args:
        mount: As written.
        expand: Replaces variables in one value; what it raises passes through.

    Raises:
        MountError: With BuildKit's message.
    """
    fields = MountFields()
    for part in mount.fields:
        key = part.key.lower()
        if part.value is None:
            _bare(fields, key, part.key)
        else:
            _set(fields, key, expand(part.value), f"{part.key}={part.value}")
    _check(fields)
    return fields


def origin_of(mount: MountSpec) -> str:
    """The `from` of a mount before expansion; empty for none."""
    return next((part.value or "" for part in reversed(mount.fields) if part.key.lower() == "from"), "")


def _bare(fields: MountFields, key: str, item: str) -> None:
    match key:
        case "readonly" | "ro":
            fields.read_only = True
        case "readwrite" | "rw":
            fields.read_only = False
        case "required":
            _needs_optional(fields, key)
            fields.required = True
        case _:
            raise MountError(f"invalid field '{item}' must be a key=value pair")


def _set(fields: MountFields, key: str, text: str, item: str) -> None:
    match _ALIASES.get(key, key):
        case "type":
            if text.lower() not in TYPES:
                raise MountError(f'unsupported mount type "{text}"' + did_you_mean(text, TYPES))
            fields.type = text.lower()
        case "from" | "source" | "target" | "id" | "env" as name:
            fields.texts[name] = text
        case "readonly":
            fields.read_only = _boolean(key, text)
        case "readwrite":
            fields.read_only = not _boolean(key, text)
        case "required":
            _needs_optional(fields, key)
            fields.required = _boolean(key, text)
        case "size":
            if fields.type != "tmpfs":
                raise MountError(f"unexpected key 'size' for mount type '{fields.type}'")
            fields.numbers["size"] = _bytes(text)
        case "sharing":
            if text.lower() not in SHARING:
                raise MountError(f'unsupported sharing value "{text}"' + did_you_mean(text, SHARING))
            fields.texts["sharing"] = text.lower()
        case "mode" | "uid" | "gid" as name:
            fields.numbers[name] = _unsigned(name, text)
        case _:
            raise MountError(f"unexpected key '{key}' in '{item}'" + did_you_mean(key, KEYS))


def _check(fields: MountFields) -> None:
    if fields.type not in WITH_OWNER:
        for name in ("mode", "uid", "gid"):
            if name in fields.numbers:
                raise MountError(f'{name} not allowed for "{fields.type}" type mounts')
    if fields.read_only is None:
        fields.read_only = fields.type not in WRITABLE
    if fields.type != "cache" and "sharing" in fields.texts:
        raise MountError(f"invalid cache sharing set for {fields.type} mount")
    if fields.type == "secret":
        _check_secret(fields.texts)


def _check_secret(texts: Mapping[str, str]) -> None:
    if texts.get("from"):
        raise MountError("secret mount should not have a from")
    if not any(texts.get(name) for name in ("source", "target", "id")):
        raise MountError("invalid secret mount. one of source, target required")
    if texts.get("source") and texts.get("id"):
        raise MountError("both source and id can't be set")


def _needs_optional(fields: MountFields, key: str) -> None:
    if fields.type not in OPTIONAL:
        raise MountError(f"unexpected key '{key}' for mount type '{fields.type}'")


def _boolean(key: str, text: str) -> bool:
    if text not in TRUE | FALSE:
        raise MountError(f"invalid value for {key}: {text}")
    return text in TRUE


def _unsigned(name: str, text: str) -> int:
    base = 8 if name == "mode" else 10
    digits = "01234567" if name == "mode" else "0123456789"
    if not text or text.strip(digits) or int(text, base) >= 1 << 32:
        raise MountError(f"invalid value {text} for {name}")
    return int(text, base)


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise MountError(f"invalid value for size: {text}")
    unit = found[2].lower() if found[2] else ""
    return int(float(found[1]) * 1024 ** (_UNITS.index(unit) + 1 if unit else 0))
