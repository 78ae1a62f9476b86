"""Rules BuildKit looks at while it sets the stages up: the FROM of every stage, after expansion."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.dockerfile.checks.facts import BasePlatformFacts, DefaultNameFacts, FromFacts
from layerlab.dockerfile.checks.rule import Finding, rule
from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.suggest import with_suggestion


@rule(
    "InvalidDefaultArgInFrom",
    "Default value for global ARG results in an empty or invalid base image name",
    "stages",
    bad="ARG TAG\nFROM busybox:${TAG}\n",
    good="ARG TAG=1.36\nFROM busybox:${TAG}\n",
    is_inline=False,
)
def invalid_default_arg_in_from(facts: DefaultNameFacts) -> Iterator[Finding]:
    """A base name that is no image reference when nobody gives a `--build-arg`."""
    if not facts.is_valid:
        name = facts.instruction.image.text
        message = f"Default value for ARG {name} results in empty or invalid base image name"
        yield Finding(message, facts.instruction.span, facts.stage, facts.instruction.index)


@rule(
    "UndefinedArgInFrom",
    "FROM command must use declared ARGs",
    "stages",
    bad="FROM busybox:${TAG:-1.36}\n",
    good="ARG TAG=1.36\nFROM busybox:${TAG}\n",
)
def undefined_arg_in_from(facts: FromFacts) -> Iterator[Finding]:
    """Variables of the name, then of the platform, that are neither global ARGs nor platform arguments."""
    words = [facts.name] if facts.platform is None else [facts.name, facts.platform]
    for order, word in enumerate(words):
        for name in word.undefined:
            if name not in facts.declared:
                message = with_suggestion(f"FROM argument '{name}' is not declared", name, facts.declared)
                yield _finding(message, facts, order)


@rule(
    "RedundantTargetPlatform",
    "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    "stages",
    bad="FROM --platform=$TARGETPLATFORM alpine\n",
    good="FROM alpine\n",
)
def redundant_target_platform(facts: FromFacts) -> Iterator[Finding]:
    """`--platform` that uses nothing but TARGETPLATFORM and yields its value."""
    platform = facts.platform
    if platform is None or platform.undefined or platform.used != ("TARGETPLATFORM",):
        return
    if platform.text == facts.target_platform:
        message = f"Setting platform to predefined {platform.word} in FROM is redundant as this is the default behavior"
        yield _finding(message, facts, 2)


@rule(
    "FromPlatformFlagConstDisallowed",
    "FROM --platform flag should not use a constant value",
    "stages",
    bad="FROM --platform=linux/amd64 alpine\n",
    good="FROM --platform=$BUILDPLATFORM alpine\n",
)
def from_platform_flag_const_disallowed(facts: FromFacts) -> Iterator[Finding]:
    """`--platform` without a variable, unless the stage's name holds its system or architecture."""
    platform = facts.platform
    if platform is None or platform.used or platform.undefined or facts.platform_parts is None:
        return
    if not any(part in facts.instruction.name for part in facts.platform_parts):
        message = f"FROM --platform flag should not use constant value {quote(platform.text)}"
        yield _finding(message, facts, 3)


@rule(
    "InvalidBaseImagePlatform",
    "Base image platform does not match expected target platform",
    "stages",
    bad="FROM --platform=$BUILDPLATFORM arm64v8/alpine\n",
    good="FROM alpine\n",
    is_inline=False,
    has_page=False,
)
def invalid_base_image_platform(facts: BasePlatformFacts) -> Iterator[Finding]:
    """System or architecture of the image differ from what was asked for; the variant doesn't matter."""
    if facts.expected.split("/")[:2] != facts.actual.split("/")[:2]:
        message = (
            f"Base image {facts.image} was pulled with platform {quote(facts.actual)},"
            f" expected {quote(facts.expected)} for current build"
        )
        yield Finding(message, facts.instruction.span, facts.stage, facts.instruction.index)


def _finding(message: str, facts: FromFacts, order: int) -> Finding:
    return Finding(message, facts.instruction.span, facts.stage, facts.instruction.index, order)
