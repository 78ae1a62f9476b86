"""The progress' vertices that aren't steps: loading, bases, the context, exporting. Durations are modelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from layerlab.build.ports import BuildRequest
from layerlab.build.record import ContextRecord, SubStatus, Vertex, VertexStatus
from layerlab.build.transfer import file_transfer
from layerlab.filesystem import Bytes, File, Meta
from layerlab.image.config import digest_of
from layerlab.image.image import Image
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.plan.model import Plan

MILLISECOND = 1_000_000
QUICK = 20 * MILLISECOND
METADATA = 300 * MILLISECOND
SYNTAX_IMAGE = "docker-image://"
IGNORE_FILE = ".dockerignore"


@dataclass(slots=True)
class Progress:
    """Vertices in the order they are printed, and the clock of the build.

    Attributes:
        vertices: So far.
        elapsed: Modelled nanoseconds since the build began.
    """

    vertices: list[Vertex] = field(default_factory=list)
    elapsed: int = 0

    def add(self, vertex: Vertex) -> int:
        """Append a vertex that starts now and lasts its duration; answers its index."""
        self.vertices.append(vertex if vertex.started == self.elapsed else replace(vertex, started=self.elapsed))
        self.elapsed += vertex.duration
        return len(self.vertices) - 1


def open_build(
    progress: Progress, request: BuildRequest, plan: Plan, syntax: str | None, used: frozenset[str]
) -> ContextRecord:
    """Everything before the first step: the Dockerfile, its front end, metadata of bases, the ignore file.

    A plan that stopped early has only what Docker had shown until then.

    Args:
        progress: Where they go.
        request: What is asked for.
        plan: What would be done.
        syntax: Name of the front end's image, or None.
        used: Images that earlier builds used, by their names in the log.
    """
    data = request.source.encode("utf-8", "surrogateescape")
    missing = plan.error is not None and plan.error.phase == "read"
    dockerfile = file_transfer(_base(request.name), None if missing else File(Meta(0o644), Bytes(data)))
    ignore = file_transfer(
        request.ignore_name or "",
        File(Meta(0o644), Bytes(request.ignore_bytes)) if request.ignore_bytes is not None else None,
    )
    record = ContextRecord((), request.ignore_name, dockerfile, ignore)
    name = f"[internal] load build definition from {_base(request.name)}"
    _simple(progress, name, "definition", "transferring dockerfile:", dockerfile)
    if missing or _before(plan, "parse"):
        return record
    if syntax:
        _syntax(progress, syntax, used, digests=request.personality.store == "containerd")
    if _before(plan, "stages"):
        return record
    _metadata(progress, request, plan)
    if _before(plan, "resolve"):
        return record
    _simple(progress, "[internal] load .dockerignore", "ignore", "transferring context:", ignore)
    return record


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _before(plan: Plan, phase: str) -> bool:
    return plan.error is not None and plan.error.phase == phase


def _simple(progress: Progress, name: str, kind: str, text: str, size: int) -> None:
    status = SubStatus(text, size)
    progress.add(Vertex(name, kind, "DONE", (status,), duration=QUICK))  # type: ignore[arg-type]


def syntax_name(syntax: str, *, digests: bool) -> str:
    """The name of the front end's image in the log; empty for what is no reference.

    Its digest isn't known here: zeros stand for it where a registry would be asked.
    """
    try:
        name = parse_reference(syntax).tagged().full
    except InvalidReferenceError:
        return ""
    return f"{name}@sha256:{'0' * 64}" if digests and "@" not in name else name


def _syntax(progress: Progress, syntax: str, used: frozenset[str], *, digests: bool) -> None:
    """The front end's image that `# syntax=` names; what it does is what ours does."""
    shown = syntax_name(syntax, digests=digests)
    if not shown:
        return
    asked = f"resolve image config for {SYNTAX_IMAGE}{shown.partition('@')[0]}"
    progress.add(Vertex(asked, "syntax", "DONE", duration=METADATA))
    statuses = (SubStatus(f"resolve {shown}"),) if "@" in shown else ()
    status: VertexStatus = "CACHED" if shown in used else "DONE"
    progress.add(Vertex(SYNTAX_IMAGE + shown, "syntax", status, statuses, duration=QUICK))


def _metadata(progress: Progress, request: BuildRequest, plan: Plan) -> None:
    failed = plan.error.vertex if plan.error is not None and plan.error.phase == "resolve" else ""
    for lookup in plan.metadata:
        title = lookup.title
        if lookup.context:
            data = request.contexts[lookup.context].read(IGNORE_FILE)
            size = file_transfer(IGNORE_FILE, File(Meta(0o644), Bytes(data)) if data is not None else None)
            _simple(progress, title, "ignore", f"transferring {local_name(lookup.context)}:", size)
            continue
        status: VertexStatus = "ERROR" if title == failed else "DONE"
        error = _tail(plan) if title == failed else None
        progress.add(Vertex(title, "metadata", status, duration=METADATA, error=error))


def local_name(context: str) -> str:
    """What the client calls the files of a named context: `dockerfile` is taken."""
    return f"_{context}" if context == "dockerfile" else context


def _tail(plan: Plan) -> str:
    """The registry's own words, without what is put before them on the way up."""
    message = plan.error.message if plan.error is not None else ""
    return message.partition("failed to resolve source metadata for ")[2].partition(": ")[2] or message


def image_vertex(name: str, log_name: str, status: VertexStatus) -> Vertex:
    """A base image; asked of the registry, it shows that it was resolved."""
    statuses = (SubStatus(f"resolve {log_name}"),) if "@" in log_name else ()
    return Vertex(name, "image", status, statuses, duration=QUICK)


def close_build(progress: Progress, request: BuildRequest, image: Image) -> None:
    """`exporting to image`, as each store does it."""
    statuses = [SubStatus("exporting layers")]
    names = [_tag(tag) for tag in request.tags]
    if request.personality.store == "containerd":
        statuses.extend(
            SubStatus(f"exporting {what} {_digest(image, what)}")
            for what in ("manifest", "config", "attestation manifest", "manifest list")
        )
        shown = [parse_reference(tag).tagged().full for tag in request.tags] or [f"moby-dangling@{image.id}"]
        for name in shown:
            statuses.append(SubStatus(f"naming to {name}"))
            statuses.append(SubStatus(f"unpacking to {name}"))
    else:
        statuses.append(SubStatus(f"writing image {image.id}"))
        statuses.extend(SubStatus(f"naming to {name}") for name in names)
    progress.add(Vertex("exporting to image", "export", "DONE", tuple(statuses), duration=4 * QUICK))


def _tag(tag: str) -> str:
    try:
        return parse_reference(tag).full
    except InvalidReferenceError:
        return tag


def _digest(image: Image, what: str) -> str:
    if what == "config":
        return image.config_digest
    if what == "manifest list":
        return image.id
    return digest_of(f"layerlab {what} of {image.config_digest}".encode())


def inline_documents(progress: Progress, names: Sequence[str]) -> None:
    """One vertex a heredoc file of COPY and ADD, and a RUN script."""
    for _ in names:
        progress.add(Vertex("[internal] preparing inline document", "inline", "DONE", duration=QUICK))
