"""One simulated Docker host to work with: wires the catalogue, the shell and the clock to plan, build and docker."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from layerlab.baseimages import BaseImages
from layerlab.build import build
from layerlab.build.context import Context
from layerlab.build.ports import BuildRequest
from layerlab.build.record import BuildRecord
from layerlab.build.warnings import warned
from layerlab.buildoptions import NO_OPTIONS, BuildOptions
from layerlab.catalogue import BaseImage, Catalogue, declared_bases
from layerlab.catalogue.data import Loader
from layerlab.catalogue.packages import PackageFacts
from layerlab.docker.deletion import without_replaced
from layerlab.docker.edge import Edge, Output
from layerlab.docker.progress.legacy import legacy_log
from layerlab.docker.progress.plain import plain_log
from layerlab.dockerfile import parse
from layerlab.dockerfile.checks.report import CheckReport, report_check
from layerlab.dockerfile.ignorefile import Ignore, parse_ignore
from layerlab.dockerfile.source import read_source
from layerlab.explain import explain_decision, explain_orders
from layerlab.filesystem import Directory, Tree
from layerlab.host import MAX_BUILDS, Host
from layerlab.image.image import Image
from layerlab.memo import Memo
from layerlab.messages import Messages
from layerlab.messages import load as load_messages
from layerlab.personality import DEFAULT, Personality
from layerlab.plan import make_plan
from layerlab.plan.model import Flavour, Plan, PlanRequest
from layerlab.recordjson import record_json, warning_json
from layerlab.running import ShellRunner
from layerlab.typedbuild import Contexts, TypedBuilds, no_context

KEPT_LINES = 4096
"""How much is remembered of instructions: up to four things a line, of the texts planned and built last."""
UNREADABLE = "failed to solve: failed to read dockerfile: open {name}: no such file or directory"


class Builder:
    """Builds and commands as functions of a host; remembers nothing but catalogue data in the forms it needs."""

    def __init__(self, load: Loader, bases: Mapping[str, BaseImage] | None = None) -> None:
        """`load` gives the catalogue's data files; `bases` go before the catalogue."""
        self.catalogue = Catalogue(load, bases=bases)
        self.facts = PackageFacts(self.catalogue.data)
        self._memo = Memo()
        self._lines = Memo(KEPT_LINES)

    def build(
        self, host: Host, text: str | bytes | None, context: Context, options: BuildOptions = NO_OPTIONS
    ) -> tuple[Host, BuildRecord]:
        """`docker build` on a host.

        Args:
            host: Before the build.
            text: The Dockerfile; None if there is none.
            context: The build context.
            options: The flags.

        Returns:
            The host after it, its clock moved on by the modelled duration, and the record.

        Raises:
            DataNotLoadedError: When a base image's data must be supplied first; nothing has changed then.
        """
        plan, request, images = self._prepare(host, text, context, options)
        runner = ShellRunner(self.facts)
        record, cache, store = build(request, plan, host.cache, host.images, images, runner, self._lines)
        record = replace(record, notes=(*record.notes, *images.notes.values()))
        if host.personality.store == "containerd":
            store = without_replaced(host, store)
        host = replace(
            host,
            now=host.now + record.duration,
            cache=cache,
            images=store,
            builds=(*host.builds, record)[-MAX_BUILDS:],
            counter=host.counter + 1,
        )
        return host, record

    def check(
        self, host: Host, text: str | bytes | None, context: Context, options: BuildOptions = NO_OPTIONS
    ) -> tuple[Plan, CheckReport]:
        """`docker build --check`: the plan with its warnings, and what is printed."""
        plan, request, _ = self._prepare(host, text, context, options, check=True)
        if text is None:
            return plan, CheckReport("", f"ERROR: failed to build: {UNREADABLE.format(name=request.name)}\n", 1)
        error = plan.error
        return plan, report_check(
            read_source(request.source),
            plan.warnings,
            filename=request.name,
            error=None if error is None else error.message,
            error_spans=() if error is None else error.spans,
        )

    def command(
        self,
        host: Host,
        line: str | Sequence[str],
        contexts: Contexts = no_context,
        say: Messages | None = None,
        *,
        stdin: bytes = b"",
        files: Mapping[str, bytes] | None = None,
        redirected: bool = False,
    ) -> tuple[Host, Output]:
        """A `docker …` command line.

        Args:
            host: Before the command.
            line: What was typed, or its words; the word `docker` may be left out.
            contexts: Gives the build context of a path, or None if there is none.
            say: Sentences of the reader's language, English by default.
            stdin: What is piped in.
            files: Files that commands read, by path as typed.
            redirected: Whether standard output goes into a file or to another program.
        """
        from layerlab.docker.command import run  # noqa: PLC0415 - a build needs none of docker's other subcommands

        words = shlex.split(line) if isinstance(line, str) else list(line)
        if words[:1] == ["docker"]:
            words = words[1:]
        port = TypedBuilds(self, contexts, say or load_messages("en"))
        edge = Edge(
            build=port.build,
            check=port.check,
            pull=self.pull,
            say=say or load_messages("en"),
            facts=self.facts,
            stdin=stdin,
            files={} if files is None else files,
            redirected=redirected,
        )
        return run(host, words, edge)

    def typed(
        self,
        host: Host,
        words: Sequence[str],
        *,
        stdin: bytes,
        files: Mapping[str, bytes],
        here: Tree,
        redirected: bool = False,
        say: Messages | None = None,
    ) -> tuple[Host, Output]:
        """A `docker` command in a terminal: `.` is the working directory there.

        Args:
            host: Before the command.
            words: What follows `docker`.
            stdin: What is piped in.
            files: Files of the working directory, by relative path.
            here: The working directory.
            redirected: Whether standard output goes into a file or to another program.
            say: Sentences of the reader's language, English by default.
        """

        def context(path: str) -> Context | None:
            node = here.lookup("/" + path)
            return Context(Tree(node)) if isinstance(node, Directory) else None

        return self.command(host, words, context, say, stdin=stdin, files=files, redirected=redirected)

    def pull(self, reference: str) -> Image | None:
        """The catalogue's image of a full reference, or None.

        Raises:
            DataNotLoadedError: When its data must be supplied first.
        """
        try:
            return BaseImages(self.catalogue, memo=self._memo).image(reference)
        except KeyError:
            return None

    def _prepare(
        self,
        host: Host,
        text: str | bytes | None,
        context: Context,
        options: BuildOptions,
        *,
        check: bool = False,
    ) -> tuple[Plan, BuildRequest, BaseImages]:
        ignore_name, ignore_bytes = ignore_file(context, options.file)
        ignore: Ignore | None = None if ignore_bytes is None else parse_ignore(ignore_bytes)
        dockerfile = parse(text if text is not None else "", name=options.display_file)
        catalogue = self.catalogue.declaring(declared_bases(dockerfile.source.text))
        named = options.contexts
        local = {**_local(host), **named.images}
        images = BaseImages(catalogue, local, classic=host.personality.store == "classic", memo=self._memo)
        plan = make_plan(
            PlanRequest(
                dockerfile,
                build_args=options.build_args,
                target=options.target,
                platform=options.platform,
                labels=options.labels,
                no_cache=options.no_cache,
                no_cache_filter=options.no_cache_filter,
                contexts=named.known,
                ignore=ignore,
                check=check,
            ),
            images,
            flavour_of(host.personality),
            self._lines,
        )
        request = BuildRequest(
            source=dockerfile.source.text,
            name=options.display_file,
            context=context,
            contexts=named.files,
            tags=options.tags,
            labels=options.labels,
            secrets=options.secrets,
            ssh=options.ssh,
            ignore_name=ignore_name,
            ignore_bytes=ignore_bytes,
            now=host.now,
            personality=host.personality,
            counter=host.counter,
            missing=text is None,
        )
        return plan, request, images


class Lab:
    """A host that remembers: each call works on what the last one left.

    Attributes:
        host: The present state; may be set back to an earlier one.
    """

    def __init__(
        self,
        *,
        load: Loader | None = None,
        bases: Mapping[str, BaseImage] | None = None,
        host: Host | None = None,
        personality: Personality = DEFAULT,
        now: int = 0,
    ) -> None:
        """Start with an empty host, or go on with one.

        Args:
            load: Gives the catalogue's data; by default that of the installed package.
            bases: Base images that go before the catalogue's.
            host: A state to go on with.
            personality: Which Docker.
            now: The clock, nanoseconds since the epoch; a host's own clock never goes back.
        """
        if load is None:
            from layerlab.catalogue.files import load as installed  # noqa: PLC0415 - the edge, only where it is wanted

            load = installed
        self._builder = Builder(load, bases)
        start = host if host is not None else Host(now=now)
        self.host = replace(start, personality=personality, now=max(start.now, now))

    def build(
        self,
        text: str | bytes | None,
        *,
        context: Context | None = None,
        tag: str | None = None,
        options: BuildOptions = NO_OPTIONS,
    ) -> BuildRecord:
        """Build a Dockerfile; the record says all that happened.

        Args:
            text: The Dockerfile; None if there is none.
            context: The build context; an empty one by default.
            tag: A name for the image, besides those in `options`.
            options: Flags of `docker build`.
        """
        if tag is not None:
            options = replace(options, tags=(*options.tags, tag))
        self._last = (text, context or Context(), options)
        self.host, record = self._builder.build(self.host, text, context or Context(), options)
        return record

    def docker(
        self,
        line: str | Sequence[str],
        *,
        contexts: Contexts = no_context,
        say: Messages | None = None,
        stdin: bytes = b"",
        files: Mapping[str, bytes] | None = None,
        redirected: bool = False,
    ) -> Output:
        """Run a docker command; arguments as for `Builder.command`."""
        self.host, output = self._builder.command(
            self.host, line, contexts, say, stdin=stdin, files=files, redirected=redirected
        )
        return output

    def log(self, record: BuildRecord) -> tuple[str, str]:
        """(stdout, stderr) of `docker build --progress=plain`."""
        if record.personality.builder == "legacy":
            return legacy_log(record)
        return "", plain_log(record)

    def record_json(self, record: BuildRecord) -> dict[str, Any]:
        """The record of the last build as JSON, with what `--check` says of the same Dockerfile."""
        text, context, options = self._last
        plan, report = self._builder.check(self.host, text, context, options)
        check = {
            "text": report.stdout,
            "exit_code": report.exit_code,
            "warnings": [warning_json(warned(warning)) for warning in plan.warnings],
        }
        return record_json(record, self._base_name, check)

    def footnotes(self, record: BuildRecord, say: Messages) -> list[str]:
        """What the simulation has to say of the build, one sentence a line."""
        notes = [*record.notes, *(note for step in record.steps for note in step.notes)]
        return list(dict.fromkeys(say(note.key, **dict(note.values)) for note in notes))

    def explain(self, before: bytes, after: bytes, *, context: Context, say: Messages) -> list[str]:
        """What a build of `after` would take from the cache of a build of `before`, and why, one line a step.

        The host stays as it is.
        """
        host, _ = self._builder.build(self.host, before, context)
        _, record = self._builder.build(host, after, context)
        lines: list[str] = []
        for step in record.steps:
            if step.cache is None:
                continue
            place = f"{step.lines[0]:>4} | " if step.lines else "     | "
            text = " ".join(step.text.split())
            lines.extend(
                (f"{place}{text}", f"       {say(f'cache.{step.status}')}: {explain_decision(step.cache, record, say)}")
            )
        lines.extend(explain_orders(record, say))
        if record.failure is not None:
            lines.append(record.failure.message)
        return lines

    def _base_name(self, chain: str) -> str | None:
        for reference, image in self.host.images.pulled():
            for number, layer in enumerate(image.layers):
                if layer.chain_id == chain:
                    return f"{reference}#{number}"
        return None


def check(text: str | bytes, *, context: Context | None = None, options: BuildOptions = NO_OPTIONS) -> CheckReport:
    """What `docker build --check` says of a Dockerfile.

    Args:
        text: The Dockerfile.
        context: The build context, for the rules that look at `.dockerignore`.
        options: Flags of `docker build`.
    """
    from layerlab.catalogue.files import load as installed  # noqa: PLC0415 - the edge, only where it is wanted

    return Builder(installed).check(Host(now=0), text, context or Context(), options)[1]


def ignore_file(context: Context, dockerfile: str) -> tuple[str | None, bytes | None]:
    """The ignore file that counts: the one beside the Dockerfile replaces the context's own."""
    for name in (f"{dockerfile}.dockerignore", ".dockerignore"):
        data = context.read(name)
        if data is not None:
            return name, data
    return None, None


def flavour_of(personality: Personality) -> Flavour:
    """Whose rules plan applies."""
    if personality.builder == "legacy":
        return "legacy"
    return "buildkit-20.10" if personality.engine == "20.10" else "buildkit"


def _local(host: Host) -> Mapping[str, Image]:
    return {**host.registry.images(), **host.images.tagged()}
