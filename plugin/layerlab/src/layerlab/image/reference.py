"""Image references: the grammar of `distribution/reference`, the familiar form, and Docker's errors (CLI 29)."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_HOST = "docker.io"
MAX_NAME = 255

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*)"
    rf"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?(?:@(?P<digest>{_DIGEST}))?"
)
IDENTIFIER = re.compile(r"[a-f0-9]{64}")
DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Hex digits by registered algorithm."""


class InvalidReferenceError(ValueError):
    """A text that isn't a reference; the message is Docker's own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A normalised reference.

    Attributes:
        host: `docker.io` where none is written.
        path: With `library/` where Docker Hub adds it.
        tag: None where none is written.
        digest: `sha256:…`, or None.
    """

    host: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        """Host and path: `docker.io/library/ubuntu`."""
        return f"{self.host}/{self.path}"

    @property
    def familiar_name(self) -> str:
        """The name without what Docker leaves out: `ubuntu`."""
        if self.host != DEFAULT_HOST:
            return self.name
        head, slash, rest = self.path.partition("/")
        return rest if slash and head == "library" and "/" not in rest else self.path

    @property
    def full(self) -> str:
        """The whole reference as written, normalised: `docker.io/library/ubuntu` plus tag and digest, if any."""
        return self.name + self._suffix()

    @property
    def familiar(self) -> str:
        """The familiar name plus tag and digest, if any."""
        return self.familiar_name + self._suffix()

    def tagged(self) -> Reference:
        """The same with tag `latest` where neither tag nor digest is given."""
        if self.tag is None and self.digest is None:
            return Reference(self.host, self.path, "latest")
        return self

    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> Reference:
    """Normalise a reference as the CLI does (`reference.ParseNormalizedNamed`).

    Args:
        text: As typed: `ubuntu`, `host:5000/a/b:tag`, `x@sha256:…`.

    Raises:
        InvalidReferenceError: With Docker's message, without prefix.
    """
    if IDENTIFIER.fullmatch(text):
        raise InvalidReferenceError(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
    host, rest = _split_host(text)
    remote = rest.partition(":")[0].partition("@")[0] if ":" in rest or "@" in rest else rest
    if remote.lower() != remote:
        raise InvalidReferenceError(f"invalid reference format: repository name ({remote}) must be lowercase")
    found = REFERENCE.fullmatch(f"{host}/{rest}")
    if found is None:
        raise InvalidReferenceError("invalid reference format")
    name = found["name"]
    if len(name) > MAX_NAME:
        raise InvalidReferenceError(f"repository name must not be more than {MAX_NAME} characters")
    digest = found["digest"]
    if digest:
        check_digest(digest)
    return Reference(host, name[len(host) + 1 :], found["tag"], digest)


def check_digest(digest: str) -> None:
    """Whether a well-formed digest is of a registered algorithm and has its length.

    Raises:
        InvalidReferenceError: With Docker's message.
    """
    algorithm, _, digits = digest.partition(":")
    length = DIGEST_LENGTHS.get(algorithm)
    if length is None:
        raise InvalidReferenceError("unsupported digest algorithm")
    if len(digits) != length:
        raise InvalidReferenceError("invalid checksum digest length")
    if digits.lower() != digits:
        raise InvalidReferenceError("invalid checksum digest format")


def _split_host(text: str) -> tuple[str, str]:
    head, slash, rest = text.partition("/")
    is_host = bool(slash) and (head == "localhost" or "." in head or ":" in head or head.lower() != head)
    host, path = (head, rest) if is_host else (DEFAULT_HOST, text)
    if host == "index.docker.io":
        host = DEFAULT_HOST
    if host == DEFAULT_HOST and "/" not in path:
        path = "library/" + path
    return host, path
