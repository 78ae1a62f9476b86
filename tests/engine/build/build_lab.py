"""A small laboratory for build tests: a made-up base image, a runner that does what a test says, no shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from layerlab.build import build
from layerlab.build.cache import BuildCache
from layerlab.build.context import Context
from layerlab.build.ports import BuildRequest, Command, Ran
from layerlab.build.record import BuildRecord, OutputChunk
from layerlab.dockerfile import parse
from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.filesystem import EMPTY, Bytes, Editor
from layerlab.filesystem.diff import compared_layer
from layerlab.filesystem.sizes import tar_size
from layerlab.image.assemble import image_layer
from layerlab.image.config import HistoryEntry, ImageConfig
from layerlab.image.image import Image
from layerlab.image.store import ImageStore
from layerlab.memo import Memo
from layerlab.personality import Personality
from layerlab.plan import make_plan
from layerlab.plan.model import BaseFacts, Missing, PlanRequest, Resolved

NOW = 1_700_000_000_123_456_789
SECOND = 1_000_000_000
CONTAINERD = Personality("29", "buildkit", "containerd")
CLASSIC = Personality("28", "buildkit", "classic")
LEGACY = Personality("20.10", "legacy", "classic")
PASSWD = b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n"
GROUP = b"root:x:0:\napp:x:1001:\nstaff:x:50:app\n"


def base_image(text: bytes = b"one\n", *, on_build: tuple[str, ...] = ()) -> Image:
    """An image of one layer with users, `/bin/sh` and `/base.txt`."""
    view = Editor(EMPTY, NOW - 1000 * SECOND)
    for directory in ("/bin", "/etc", "/proc", "/sys"):
        view.mkdir(directory, 0o755)
    view.write("/bin/sh", Bytes(b"#!shell"), 0o777)
    view.write("/etc/passwd", Bytes(PASSWD))
    view.write("/etc/group", Bytes(GROUP))
    view.write("/base.txt", Bytes(text))
    tree = view.finish().after
    layer = compared_layer(EMPTY, tree)
    created = NOW - 1000 * SECOND
    made = image_layer(layer, tar_size(layer), (), created)
    config = ImageConfig(env=("PATH=/bin",), cmd=("sh",), on_build=on_build)
    history = (HistoryEntry(created, "made by hand"),)
    return Image("sha256:" + "ab" * 32, config, history, (made,), tree, created)


class Scripts:
    """Runs `write PATH TEXT`, `remove PATH`, `fail N`, `say TEXT`, `nothing`, joined by `;`, in shell form."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.seen: list[Command] = []
        self.hook: Callable[[Editor, Command], None] | None = None

    def __call__(self, view: Editor, command: Command) -> Ran:
        self.ran.append(command.argv[-1])
        self.seen.append(command)
        if self.hook is not None:
            self.hook(view, command)
        output: list[OutputChunk] = []
        for line in command.argv[-1].split(";"):
            word, _, rest = line.strip().partition(" ")
            match word:
                case "write":
                    path, _, text = rest.partition(" ")
                    view.makedirs(path.rpartition("/")[0] or "/", 0o755)
                    view.write(path, Bytes(text.encode()))
                case "remove":
                    view.rmtree(rest)
                case "chmod":
                    mode, _, path = rest.partition(" ")
                    view.chmod(path, int(mode, 8))
                case "say":
                    output.append(OutputChunk(1, rest.encode() + b"\n"))
                case "fail":
                    return Ran(int(rest), tuple(output))
                case _:
                    pass
        return Ran(0, tuple(output))


@dataclass
class Bench:
    """A host whose builds a test looks at."""

    personality: Personality = CONTAINERD
    images: dict[str, Image] = field(default_factory=lambda: {"base": base_image()})
    cache: BuildCache = field(default_factory=BuildCache)
    store: ImageStore = field(default_factory=ImageStore)
    now: int = NOW
    scripts: Scripts = field(default_factory=Scripts)
    memory: Memo | None = None

    def resolve(self, reference: str, platform: str) -> Resolved:
        _ = platform
        found = self.images.get(reference)
        if found is None:
            return Missing("not found")
        return BaseFacts(
            reference, f"docker.io/library/{reference}:latest", found.id, found.id, found.config, found.history, 1
        )

    def image(self, reference: str) -> Image:
        return self.images[reference]

    def build(
        self,
        text: str,
        files: Mapping[str, str | dict[str, object]] | Context | None = None,
        **options: object,
    ) -> BuildRecord:
        """Build; `files` are texts or entries by path; the clock moves on by a second and the build's duration."""
        context = files if isinstance(files, Context) else context_of(files or {})
        ignore_bytes = context.read(".dockerignore")
        ignore = parse_ignore(ignore_bytes) if ignore_bytes is not None else None
        request = PlanRequest(parse(text), ignore=ignore, **options)  # type: ignore[arg-type]
        flavour = "legacy" if self.personality.builder == "legacy" else "buildkit"
        plan = make_plan(request, self, flavour, self.memory)
        asked = BuildRequest(
            text,
            context=context,
            tags=("demo",),
            ignore_name=".dockerignore" if ignore else None,
            ignore_bytes=ignore_bytes,
            now=self.now,
            personality=self.personality,
            counter=self.cache.builds,
        )
        record, self.cache, self.store = build(asked, plan, self.cache, self.store, self, self.scripts, self.memory)
        self.now += record.duration + SECOND
        return record


def context_of(files: Mapping[str, str | dict[str, object]]) -> Context:
    """A context of texts and entries by path."""
    return Context.from_entries(
        {"path": path, "content": value} if isinstance(value, str) else {"path": path, **value}
        for path, value in files.items()
    )


def statuses(record: BuildRecord) -> list[str]:
    """Of the steps that are vertices, in order."""
    return [step.status for step in record.steps if step.number is not None and step.instruction != "FROM"]


def step(record: BuildRecord, word: str, nth: int = 0) -> object:
    """The nth step of an instruction."""
    return [item for item in record.steps if item.instruction == word][nth]


def paths(record: BuildRecord, word: str, nth: int = 0) -> list[tuple[str, str]]:
    """(path, kind) of the layer of a step."""
    layer = [item for item in record.steps if item.instruction == word][nth].layer
    assert layer is not None
    return [(entry.path, entry.kind) for entry in layer.entries]


def with_base(bench: Bench, **changes: object) -> Bench:
    """The bench with another base image."""
    bench.images["base"] = replace(bench.images["base"], **changes)  # type: ignore[arg-type]
    return bench
