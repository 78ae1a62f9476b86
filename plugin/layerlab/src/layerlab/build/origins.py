"""Where COPY, ADD and bind mounts take their files from: a context, a stage of this build, an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from layerlab.build.cache import Snapshot
from layerlab.build.context import Filtered
from layerlab.filesystem import EMPTY, Tree
from layerlab.plan.operations import ContextSource, EmptySource, ImageSource, Source, StageSource


class Staged(Protocol):
    """A stage on its way, of either builder."""

    result: Snapshot


def files_of(
    source: Source,
    contexts: Mapping[str, Filtered],
    stages: Mapping[int, Staged],
    image: Callable[[ImageSource], Tree],
) -> Tree:
    """The files of a source.

    Args:
        source: What is asked for.
        contexts: By name; the main one's is empty.
        stages: Those done so far, by index.
        image: Gives the files of an image that isn't a stage.
    """
    match source:
        case ContextSource(name=name):
            return contexts[name].tree
        case StageSource(index=index):
            return stages[index].result.tree
        case ImageSource():
            return image(source)
        case EmptySource():
            return EMPTY
