"""A layer's tar, byte for byte as Go's archive/tar writes it for containerd: the bytes that diff IDs are made of.

Only layers whose every file is known by its bytes have a tar; for the others there is no diff ID to make.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from layerlab.filesystem.content import Bytes
from layerlab.filesystem.layer import Layer, LayerEntry
from layerlab.filesystem.paths import basename, parent

BLOCK = 512
NAME_SIZE = 100
PREFIX_SIZE = 155
MAX_OCTAL_7 = 0o7777777
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
NANOS = 1_000_000_000

TYPE_FLAGS = {
    "file": b"0",
    "hardlink": b"1",
    "symlink": b"2",
    "char": b"3",
    "block": b"4",
    "dir": b"5",
    "fifo": b"6",
    "whiteout": b"0",
    "opaque": b"0",
}

EMPTY_DIFF_ID = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
"""Of a layer without entries: two blocks of zeros."""


def tar_chunks(layer: Layer) -> Iterator[bytes] | None:
    """The tar in pieces, or None where a file's bytes aren't known. Sockets are left out, as Go leaves them out."""
    for entry in layer.entries:
        if entry.kind == "file" and not isinstance(entry.content, Bytes):
            return None
    return _chunks(layer)


def diff_id(layer: Layer) -> str | None:
    """`sha256:…` of the uncompressed tar, or None where it can't be known."""
    chunks = tar_chunks(layer)
    if chunks is None:
        return None
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return "sha256:" + digest.hexdigest()


def tar_bytes(layer: Layer) -> bytes | None:
    """The whole tar, or None."""
    chunks = tar_chunks(layer)
    return None if chunks is None else b"".join(chunks)


def chain_id(below: str | None, diff: str) -> str:
    """The identity of a stack of layers: the layer alone, or on top of the stack `below` (OCI image spec).

    Args:
        below: Chain id of what the layer lies on; None for the lowest layer.
        diff: Diff id of the layer.
    """
    if below is None:
        return diff
    return "sha256:" + hashlib.sha256(f"{below} {diff}".encode()).hexdigest()


def _chunks(layer: Layer) -> Iterator[bytes]:
    for entry in layer.entries:
        if entry.kind == "socket":
            continue
        data = entry.content.data if entry.kind == "file" and isinstance(entry.content, Bytes) else b""
        yield _headers(entry, len(data))
        if data:
            yield data
            yield bytes(-len(data) % BLOCK)
    yield bytes(2 * BLOCK)


def _name(entry: LayerEntry) -> bytes:
    above = parent(entry.path).lstrip("/")
    match entry.kind:
        case "dir":
            text = entry.path.lstrip("/") + "/"
        case "whiteout":
            text = f"{above}/{WHITEOUT}{basename(entry.path)}" if above else WHITEOUT + basename(entry.path)
        case "opaque":
            text = f"{entry.path.strip('/')}/{OPAQUE}".lstrip("/")
        case _:
            text = entry.path.lstrip("/")
    return text.encode("utf-8", "surrogateescape")


def _headers(entry: LayerEntry, size: int) -> bytes:
    """The header, with a PAX record block before it for what doesn't fit."""
    name = _name(entry)
    link = entry.link.encode("utf-8", "surrogateescape")
    if entry.kind == "hardlink":
        link = link.lstrip(b"/")
    records: dict[str, bytes] = {}
    prefix = b""
    split = _split(name)
    if _ascii(name) and split is not None:
        prefix, short = split
    elif _ascii(name) and len(name) <= NAME_SIZE:
        short = name
    else:
        records["path"] = name
        short = name
    if not _ascii(link) or len(link) > NAME_SIZE:
        records["linkpath"] = link
    for key, number in (("uid", entry.meta.uid), ("gid", entry.meta.gid)):
        if number > MAX_OCTAL_7:
            records[key] = str(number).encode()
    if entry.meta.mtime < 0:
        records["mtime"] = str(entry.meta.mtime // NANOS).encode()
    for key, value in entry.meta.xattrs:
        records["SCHILY.xattr." + key] = value
    if records:
        if len(name) > NAME_SIZE:  # Go puts a long path here too, once there is a record block at all
            records["path"] = name
        prefix, short = b"", name
    main = _block(entry, _plain(short), prefix, _plain(link), size)
    return (_pax(name, records) if records else b"") + main


def _ascii(text: bytes) -> bool:
    return all(0 < byte < 0x80 for byte in text)


def _plain(text: bytes) -> bytes:
    return bytes(byte for byte in text if 0 < byte < 0x80)[:NAME_SIZE]


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """Prefix and name of a long path, as USTAR has them; None where it is short or doesn't fit."""
    if len(name) <= NAME_SIZE:
        return None
    head = name[: PREFIX_SIZE + 1] if len(name) > PREFIX_SIZE + 1 else name.removesuffix(b"/")
    cut = head.rfind(b"/")
    rest = name[cut + 1 :]
    if cut <= 0 or len(rest) > NAME_SIZE or not rest or cut > PREFIX_SIZE:
        return None
    return name[:cut], rest


def _octal(number: int, width: int) -> bytes:
    digits = f"{max(number, 0):0{width - 1}o}".encode()
    return (digits if len(digits) < width else b"0" * (width - 1)) + b"\0"


def _block(entry: LayerEntry, name: bytes, prefix: bytes, link: bytes, size: int) -> bytes:
    meta = entry.meta
    numbers = (
        _octal(meta.mode, 8)
        + _octal(meta.uid, 8)
        + _octal(meta.gid, 8)
        + _octal(size, 12)
        + _octal(meta.mtime // NANOS, 12)
    )
    major, minor = entry.device
    tail = bytes(64) + _octal(major, 8) + _octal(minor, 8) + prefix.ljust(PREFIX_SIZE, b"\0")
    return _sealed(name.ljust(NAME_SIZE, b"\0") + numbers, TYPE_FLAGS[entry.kind] + link.ljust(100, b"\0"), tail)


def _sealed(head: bytes, middle: bytes, tail: bytes) -> bytes:
    """Put the checksum between: the sum of all bytes, its own field taken as blanks."""
    rest = middle + b"ustar\x0000" + tail
    total = sum(head) + 8 * 0x20 + sum(rest)
    return (head + f"{total:06o}\0 ".encode() + rest).ljust(BLOCK, b"\0")


def _pax(name: bytes, records: dict[str, bytes]) -> bytes:
    data = b"".join(_record(key, value) for key, value in sorted(records.items()))
    directory, _, last = name.rpartition(b"/")
    title = _plain((directory + b"/" if directory else b"") + b"PaxHeaders.0/" + last).rstrip(b"/")
    numbers = _octal(0, 8) * 3 + _octal(len(data), 12) + _octal(0, 12)
    header = _sealed(title.ljust(NAME_SIZE, b"\0") + numbers, b"x" + bytes(100), bytes(80 + PREFIX_SIZE))
    return header + data + bytes(-len(data) % BLOCK)


def _record(key: str, value: bytes) -> bytes:
    body = f" {key}=".encode() + value + b"\n"
    size = len(body) + len(str(len(body)))
    if len(str(size)) != len(str(len(body))):
        size = len(body) + len(str(size))
    return str(size).encode() + body
