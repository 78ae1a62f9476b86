"""Where the steps of a build take files from: contexts, stages, images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layerlab.build.buildkit.selection import Asked, taken_by_copy, taken_by_mount
from layerlab.build.buildkit.state import State
from layerlab.build.checksums import SourceEntry
from layerlab.build.context import Filtered
from layerlab.build.copystep import everything
from layerlab.build.origins import files_of
from layerlab.build.ports import BuildRequest
from layerlab.filesystem import Tree
from layerlab.plan.model import Plan
from layerlab.plan.operations import (
    ContextSource,
    CopyOperation,
    ImageSource,
    Mount,
    Operation,
    RunOperation,
    Source,
    StageSource,
)


class Sources:
    """Answers with files.

    Attributes:
        states: Stages done so far, by index.
        memo: Remembers what was worked out about files.
        asked: What is asked of contexts, by name; the main one's is empty.
    """

    def __init__(
        self,
        request: BuildRequest,
        plan: Plan,
        context: Filtered,
        named: Mapping[str, Filtered],
        states: Mapping[int, State],
        image: Callable[[ImageSource], Tree],
        seen: Mapping[str, Tree],
    ) -> None:
        """`named` are contexts by name; `image` gives the files of an image that isn't a stage.

        `seen` are contexts as their checksums see them, by name; the main one's is empty.
        """
        self.states = states
        self.asked: dict[str, Asked] = {}
        self.memo = request.context.memo
        self._plan = plan
        self._contexts = {"": context, **named}
        self._image = image
        self._seen = seen

    def tree(self, source: Source) -> Tree:
        """The files of a source."""
        return files_of(source, self._contexts, self.states, self._image)

    def sent(self, source: Source) -> Callable[[str], bool]:
        """Whether a path of a source is at the builder: of a context only what is asked for."""
        return self.asked.get(source.name, everything) if isinstance(source, ContextSource) else everything

    def _checked(self, source: Source) -> Tree:
        """The files of a source as its checksum sees them."""
        match source:
            case ContextSource(name=name) if name in self._seen:
                return self._seen[name]
            case _:
                return self.tree(source)

    def name(self, source: Source) -> str:
        """A source's name: `context`, a stage's, an image's."""
        match source:
            case StageSource(index=index):
                return self._plan.stages[index].display_name
            case ImageSource(reference=reference):
                return reference
            case ContextSource(name=name) if name:
                return name
            case _:
                return "context"

    def from_context(self, operation: Operation) -> tuple[SourceEntry, ...]:
        """What an operation takes from contexts.

        Raises:
            CopyError: A path isn't there.
        """
        match operation:
            case CopyOperation(from_=ContextSource()) if operation.sources:
                return self.copied(operation)
            case RunOperation(mounts=mounts):
                return tuple(
                    entry
                    for mount in mounts
                    if isinstance(mount.from_, ContextSource)
                    for entry in taken_by_mount(mount.source, self._checked(mount.from_))
                )
            case _:
                return ()

    def copied(self, operation: CopyOperation) -> tuple[SourceEntry, ...]:
        """What a COPY or ADD takes in. Raises `CopyError`."""
        return taken_by_copy(operation, self._checked(operation.from_), self.memo)

    def mounted(self, mount: Mount) -> tuple[SourceEntry, ...]:
        """What a bind mount, or the seed of a cache mount, shows of a stage or an image. Raises `CopyError`."""
        if not isinstance(mount.from_, StageSource | ImageSource):
            return ()
        return taken_by_mount(mount.source, self.tree(mount.from_))
