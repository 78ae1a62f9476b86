"""`docker build` typed into a terminal: its words become a text, a context and options; what can't is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from layerlab.build.context import Context
from layerlab.build.record import BuildRecord, Failure
from layerlab.buildoptions import BuildOptions
from layerlab.docker.edge import BuildWords
from layerlab.docker.subcommand import Refusal
from layerlab.dockerfile.checks.report import CheckReport
from layerlab.host import Host
from layerlab.messages import Messages
from layerlab.namedcontexts import NamedContextError, read_named_contexts
from layerlab.plan.model import Plan

Contexts: TypeAlias = Callable[[str], Context | None]
NO_CONTEXT = 'unable to prepare context: path "{path}" not found'
"""Of buildx, for a folder that isn't there."""


def no_context(path: str) -> Context | None:  # noqa: ARG001 - there is none, whatever the path
    """For hosts that no build context is known to."""
    return None


class Builds(Protocol):
    """What builds and checks: see `lab.Builder`."""

    def build(
        self, host: Host, text: str | bytes | None, context: Context, options: BuildOptions
    ) -> tuple[Host, BuildRecord]:
        """The host after a build, and its record."""
        ...

    def check(
        self, host: Host, text: str | bytes | None, context: Context, options: BuildOptions
    ) -> tuple[Plan, CheckReport]:
        """The plan, and what `--check` prints."""
        ...


@dataclass(frozen=True, slots=True)
class TypedBuilds:
    """`docker build` typed into a console.

    Attributes:
        builder: What builds.
        contexts: Gives the context of a path.
        say: Sentences.
    """

    builder: Builds
    contexts: Contexts
    say: Messages

    def check(self, host: Host, words: BuildWords) -> CheckReport:
        """Check what was typed."""
        context = self.contexts(words.context)
        if context is None:
            return CheckReport("", f"ERROR: {NO_CONTEXT.format(path=words.context)}\n", 1)
        try:
            options = self._options(host, words)
        except NamedContextError as error:
            raise Refusal(_refused(error)) from error
        return self.builder.check(host, _text(words, context), context, options)[1]

    def build(self, host: Host, words: BuildWords) -> tuple[Host, BuildRecord]:
        """Build what was typed; a missing context or Dockerfile is a failure of the record."""
        context = self.contexts(words.context)
        if context is None:
            return host, _unmade(host, NO_CONTEXT.format(path=words.context), "build.no-context")
        try:
            options = self._options(host, words)
        except NamedContextError as error:
            if error.ours:
                raise Refusal(str(error)) from error
            return host, _unmade(host, str(error), "build.named-context")
        return self.builder.build(host, _text(words, context), context, options)

    def _options(self, host: Host, words: BuildWords) -> BuildOptions:
        containerd = host.personality.store == "containerd"
        named = read_named_contexts(words.contexts, self.contexts, self.say, containerd=containerd)
        return replace(_options(words), contexts=named)


def _refused(error: NamedContextError) -> str:
    return str(error) if error.ours else f"ERROR: failed to build: {error}"


def _unmade(host: Host, message: str, code: str) -> BuildRecord:
    return BuildRecord(ok=False, exit_code=1, failure=Failure(message, code=code), personality=host.personality)


def _text(words: BuildWords, context: Context) -> bytes | None:
    return words.stdin if words.file == "-" else context.read(words.file or "Dockerfile")


def _options(words: BuildWords) -> BuildOptions:
    file = words.file or "Dockerfile"
    return BuildOptions(
        tags=words.tags,
        file=file,
        display_file=file,
        target=words.target,
        platform=words.platform,
        build_args=words.build_args,
        labels=tuple(words.labels),
        no_cache=words.no_cache,
        no_cache_filter=words.no_cache_filter,
    )
