"""A session as the fragment of a URL, and back.

`#ll1.` + base64url (without padding) of the zlib-compressed canonical JSON of the document. The number is the version
of this form. Reading depends on the format of zlib alone, not on the bytes one implementation makes: two engines may
make different links of one document, and each reads both.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from typing import Any

from layerlab.session.document import SCHEMA, Document, DocumentError, from_json, to_json

MAX_LINK = 8000
"""Characters of a fragment with its `#`; longer URLs are cut by some chat programs and mail servers."""
MAX_UNPACKED = 1_000_000
"""Bytes of JSON that are unpacked from a link."""
MAX_DEPTH = 40
"""Brackets within brackets in a link's JSON."""

FORM = re.compile(r"^#?ll(?P<version>[0-9]{1,4})\.(?P<body>.*)$", re.DOTALL)
BODY = re.compile(r"[A-Za-z0-9_-]+")
VERSION = "1"


def write_link(document: Document) -> str:
    """The fragment of a URL that leads to a document.

    Args:
        document: Any; files that the reader changed travel in its actions, contexts by their names.

    Raises:
        DocumentError: `link.too_large`, if the link would be longer than `MAX_LINK`.
    """
    text = json.dumps(to_json(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    plain = text.encode("utf-8", "surrogatepass")
    packed = zlib.compress(plain, 9)
    link = f"#ll{VERSION}." + base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    if len(link) > MAX_LINK or len(plain) > MAX_UNPACKED:
        raise DocumentError("link.too_large", f"{MAX_LINK:,}")
    return link


def read_link(link: str) -> Document:
    """The document of a link.

    Args:
        link: A fragment with or without its `#`, or a whole URL.

    Raises:
        DocumentError: `link.none` for another text, `link.version` for a later form, `link.outdated` for a session
            of another schema, `link.too_long`, `link.broken`, and those of `from_json`.
    """
    fragment = link if link.startswith("#") else link[link.find("#") :] if "#" in link else link
    match = FORM.match(fragment.strip())
    if match is None:
        raise DocumentError("link.none")
    if match["version"] != VERSION:
        raise DocumentError("link.version", match["version"])
    if len(fragment) > MAX_LINK:
        raise DocumentError("link.too_long", f"{MAX_LINK:,}")
    value = _json(_unpacked(match["body"]))
    if isinstance(value, dict) and isinstance(value.get("schema"), int) and value["schema"] != SCHEMA:
        raise DocumentError("link.outdated", str(value["schema"])[:20])
    try:
        return from_json(value)
    except DocumentError as error:
        raise DocumentError("link.broken", error.detail) from error


def _unpacked(body: str) -> bytes:
    if not BODY.fullmatch(body):
        raise DocumentError("link.broken")
    try:
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        reader = zlib.decompressobj()
        text = reader.decompress(packed, MAX_UNPACKED)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise DocumentError("link.broken") from error
    if reader.unconsumed_tail:
        raise DocumentError("link.too_long", f"{MAX_LINK:,}")
    if not reader.eof or reader.unused_data:
        raise DocumentError("link.broken")
    return text


def _json(text: bytes) -> Any:
    if _depth(text) > MAX_DEPTH:
        raise DocumentError("link.broken")
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DocumentError("link.broken") from error


def _depth(text: bytes) -> int:
    """The deepest nesting of brackets outside strings."""
    deepest = depth = 0
    inside = escaped = False
    for byte in text:
        if inside:
            inside = escaped or byte != ord('"')
            escaped = not escaped and byte == ord("\\")
        elif byte == ord('"'):
            inside = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
