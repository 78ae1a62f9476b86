"""Secrets that stay readable: files in a layer, values in the history or in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from layerlab.advice.evidence import Evidence, bytes_of
from layerlab.advice.rule import Found, advice
from layerlab.dockerfile import Add, Arg, Copy, Env
from layerlab.dockerfile.checks.dispatching import is_secret_name
from layerlab.filesystem.content import Bytes
from layerlab.filesystem.layer import LayerEntry

NAMES = (
    "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".env", ".env.*", ".npmrc", ".yarnrc.yml", ".pypirc", ".netrc",
    ".git-credentials", ".dockercfg", ".pgpass", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.kdbx", "secret.env",
    "secrets.*", "credentials.json", "service-account*.json", "kubeconfig",
)  # fmt: skip
"""Names of files that hold secrets, as patterns of their last part."""

HARMLESS = ("*.example", "*.sample", "*.template", "*.dist", "*.pub")
IN_FOLDERS = ("/.aws/credentials", "/.docker/config.json", "/.kube/config", "/.ssh/config")
PRIVATE = b"PRIVATE KEY"


@advice("LL003", "secret-file-copied", "stays", "deleted")
def secret_file_copied(evidence: Evidence) -> Iterator[Found]:
    """COPY or ADD of the context that takes a file whose name or content gives it away."""
    removed = {(file.added, file.path): file.removed for file in evidence.deleted}
    for step in evidence.chain:
        copy = evidence.instruction(step)
        if step.layer is None or not isinstance(copy, Add | Copy):
            continue
        if isinstance(copy, Copy) and copy.from_ is not None:
            continue  # what another stage hands over was put there on purpose, certificates above all
        secrets = [entry for entry in step.layer.entries if entry.kind == "file" and is_secret_file(entry)]
        if not secrets:
            continue
        later = {removed[step.index, entry.path] for entry in secrets if (step.index, entry.path) in removed}
        values = (
            ("paths", tuple(entry.path for entry in secrets)),
            ("size", bytes_of(secrets)),
            ("lines", evidence.lines(later)),
        )
        yield Found(copy.span, values, "deleted" if later else "stays")


def is_secret_file(entry: LayerEntry) -> bool:
    """Whether a file's name is one that secrets have; of keys and certificates only those with a private part."""
    name = entry.path.rpartition("/")[2]
    if any(fnmatchcase(name, pattern) for pattern in HARMLESS):
        return False
    if fnmatchcase(name, "*.pem") and isinstance(entry.content, Bytes):
        return PRIVATE in entry.content.data
    return any(fnmatchcase(name, pattern) for pattern in NAMES) or entry.path.endswith(IN_FOLDERS)


@advice("LL004", "secret-value-kept", "history", "config")
def secret_value_kept(evidence: Evidence) -> Iterator[Found]:
    """An ARG's value stands in the history of every RUN after it, an ENV's in the configuration."""
    for step in evidence.chain:
        match evidence.instruction(step):
            case Arg(items=items, span=span):
                for item in items:
                    if is_secret_name(item.name) and (shown := _shown(evidence, item.name, step.index)):
                        yield Found(span, (("name", item.name), ("lines", evidence.lines(shown))), "history")
            case Env(pairs=pairs, span=span):
                for pair in pairs:
                    if is_secret_name(pair.name) and _is_kept(evidence, pair.name):
                        yield Found(span, (("name", pair.name),), "config")
            case _:
                continue


def _shown(evidence: Evidence, name: str, declared: int) -> list[int]:
    """Steps whose history entry has the value."""
    value = re.compile(rf"\|\d+ (?:.* )?{re.escape(name)}=[^ ]")
    return [
        step.index for step in evidence.chain if step.index > declared and value.search((step.created_by or "")[:4096])
    ]


def _is_kept(evidence: Evidence, name: str) -> bool:
    image = evidence.record.image
    if image is None:
        return False
    return any(entry.startswith(f"{name}=") and entry != f"{name}=" for entry in image.config.env)
