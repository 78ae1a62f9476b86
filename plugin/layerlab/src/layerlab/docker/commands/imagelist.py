"""`docker images`: which table, which images, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from layerlab.docker.filters import image_tests, matches_reference, read_filters
from layerlab.docker.flags import many, switch, text
from layerlab.docker.imagefacts import summary
from layerlab.docker.images import ImagesOptions, ImageSummary, classic_text
from layerlab.docker.imagetree import tree_text
from layerlab.docker.subcommand import Call, Refusal, Result, done, subcommand
from layerlab.image.image import Image
from layerlab.image.reference import parse_reference

CLASSIC_FLAGS = ("quiet", "no-trunc", "digests", "format")
"""Flags that bring back the classic table in Docker 29."""

WITH_TREE = (("quiet", "quiet"), ("no-trunc", "no-trunc"), ("digests", "show-digest"), ("format", "format"))
KNOWN_FILTERS = ("dangling", "label", "before", "since", "until", "reference")
MEANT = frozenset(
    {"build", "history", "import", "inspect", "list", "load", "ls", "prune", "pull", "push", "rm", "save", "tag"}
)
"""Words typed after `docker images` that are subcommands of `docker image`."""


@subcommand(
    "image ls",
    "image list",
    "images",
    arguments="[OPTIONS] [REPOSITORY[:TAG]]",
    flags=(
        switch("all", "a"),
        switch("digests"),
        many("filter", "f", value="filter"),
        text("format"),
        switch("no-trunc"),
        switch("quiet", "q"),
        switch("tree"),
    ),
    most=1,
)
def images(call: Call) -> Result:
    """The images of the host."""
    flags, engine = call.flags, call.host.personality.engine
    if flags.on("tree"):
        for name, said in WITH_TREE:
            if name in flags.given and flags.text(name) not in {"false", ""}:
                raise Refusal(f"--{said} is not yet supported with --tree")
    new_table = flags.on("tree") or (engine == "29" and not _wants_classic(call))
    listed = list(_listed(call, hide_dangling=engine == "29"))
    notice = ""
    if not listed and call.words and call.words[0] in MEANT and call.path == "docker images":
        word = call.words[0]
        notice = f'No images found matching "{word}": did you mean "docker image {word}"?\n'
    if new_table:
        return done(
            call.host,
            tree_text(listed, expanded=flags.on("tree"), columns=call.edge.columns if call.edge.terminal else None),
            notice,
        )
    options = ImagesOptions(flags.on("quiet"), flags.on("no-trunc"), flags.on("digests"), flags.text("format"))
    return done(call.host, classic_text(listed, call.host.now, options, engine, call.measure), notice)


def _wants_classic(call: Call) -> bool:
    return any(name in call.flags.given and call.flags.text(name) not in {"false", ""} for name in CLASSIC_FLAGS)


def _listed(call: Call, *, hide_dangling: bool) -> Iterator[ImageSummary]:
    known = (*KNOWN_FILTERS, "label!") if call.is_containerd else KNOWN_FILTERS
    filters = read_filters(call, known)
    patterns = (*filters.get("reference", ()), *call.words)
    tests = image_tests(call, filters)
    everything = call.flags.on("all")
    hide = hide_dangling and not everything and "dangling" not in filters
    found = [
        image
        for image, names in call.host.images.listed(everything=everything)
        if all(test(image) for test in tests) and not (hide and not names)
    ]
    for image in newest_first(found):
        whole = summary(call.host, image)
        if not patterns:
            yield whole
        elif named := _matching(call, image, patterns):
            names = tuple(pair for pair in whole.names if pair in named)
            repositories = {name for name, _ in names}
            digests = tuple(pair for pair in whole.digests if pair[0] in repositories)
            yield _with_names(whole, names, digests)


def _matching(call: Call, image: Image, patterns: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    references = [parse_reference(name) for name in call.host.images.names(image.id)]
    return frozenset(
        (reference.familiar_name, reference.tag or "")
        for reference in references
        if any(matches_reference(pattern, reference) for pattern in patterns)
    )


def _with_names(
    whole: ImageSummary, names: tuple[tuple[str, str], ...], digests: tuple[tuple[str, str], ...]
) -> ImageSummary:
    return ImageSummary(
        whole.id, names, digests, whole.created, whole.size, whole.content, whole.in_use, platforms=whole.platforms
    )


def newest_first(images: list[Image]) -> list[Image]:
    """By creation time in whole seconds; of equal ones the one that came last."""
    order: Mapping[str, int] = {image.id: at for at, image in enumerate(images)}
    return sorted(images, key=lambda image: (-((image.created or 0) // 10**9), -order[image.id]))


SUBCOMMANDS = (images,)
