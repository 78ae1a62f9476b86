"""Plans of short Dockerfiles, with base images made up for the purpose."""

from __future__ import annotations

from dataclasses import dataclass, field

from layerlab.dockerfile.parser import parse
from layerlab.image.config import DEFAULT_PATH, HistoryEntry, ImageConfig
from layerlab.image.reference import parse_reference
from layerlab.memo import Memo
from layerlab.plan import make_plan
from layerlab.plan.model import BaseFacts, Missing, NotLoaded, Plan, PlanRequest

PATH = f"PATH={DEFAULT_PATH}"
ALPINE = ImageConfig(env=(PATH,), cmd=("/bin/sh",), working_dir="/")
KNOWN = {
    "alpine": ALPINE,
    "busybox": ImageConfig(env=(PATH,), cmd=("sh",)),
    "parent": ImageConfig(env=(PATH,), on_build=("RUN first", "ENV second=2")),
    "shelled": ImageConfig(env=("A=base",), shell=("/bin/bash", "-c"), user="app", working_dir="/srv"),  # noqa: S604  # a setting of the image
    "arm": ImageConfig(env=(PATH,), architecture="arm64"),
}


@dataclass
class Shelf:
    """Base images by name.

    Attributes:
        images: Configuration by familiar name.
        absent: Names whose facts aren't loaded yet.
        asked: What was asked for, in order.
        layers: Number of layers of every image.
    """

    images: dict[str, ImageConfig] = field(default_factory=lambda: dict(KNOWN))
    absent: tuple[str, ...] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)
    layers: int = 1

    def resolve(self, reference: str, platform: str) -> BaseFacts | Missing | NotLoaded:
        self.asked.append((reference, platform))
        known = parse_reference(reference).tagged()
        if known.familiar_name in self.absent:
            return NotLoaded(f"image/{known.familiar_name}")
        config = self.images.get(known.familiar_name)
        if config is None:
            return Missing(f"{known.full}: not found")
        history = (HistoryEntry(0, f"made {reference}"),)
        return BaseFacts(
            reference, known.full, "sha256:" + "d" * 64, "sha256:" + "e" * 64, config, history, self.layers
        )


def plan(
    text: str,
    *,
    shelf: Shelf | None = None,
    flavour: str = "buildkit",
    memory: Memo | None = None,
    **options: object,
) -> Plan:
    return make_plan(PlanRequest(parse(text), **options), shelf or Shelf(), flavour, memory)


def error(text: str, **options: object) -> str:
    found = plan(text, **options).error
    assert found is not None, "a failure was expected"
    return found.message


def facts(text: str, **options: object) -> list:
    """Facts of the target's operations."""
    made = plan(text, **options)
    assert made.error is None, made.error
    return [operation.facts for operation in made.stages[made.target].operations]


def operations(text: str, **options: object) -> list:
    made = plan(text, **options)
    assert made.error is None, made.error
    return list(made.stages[made.target].operations)


def texts(text: str, **options: object) -> list[str | None]:
    return [item.created_by for item in facts(text, **options)]


def labels(text: str, **options: object) -> list[str]:
    return [item.label for item in facts(text, **options) if item.label]
