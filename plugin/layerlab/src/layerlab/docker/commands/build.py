"""`docker build`: its flags, the builder behind the edge, and which log is printed where."""

from __future__ import annotations

from dataclasses import replace

from layerlab.build.record import BuildRecord, Note
from layerlab.docker.edge import BuildWords, Output
from layerlab.docker.flags import Flag, FlagError, many, switch, text
from layerlab.docker.progress.legacy import legacy_log
from layerlab.docker.progress.plain import plain_log
from layerlab.docker.progress.terminal import terminal_log
from layerlab.docker.subcommand import Call, Refusal, Result, subcommand
from layerlab.image.reference import InvalidReferenceError, parse_reference

FLAGS: tuple[Flag, ...] = (
    many("add-host"), many("annotation"), many("attest"), many("build-arg"), many("build-context"), many("cache-from"),
    many("cache-to"), text("call"), switch("check"), text("file", "f"), text("iidfile"), many("label"), switch("load"),
    text("network"), switch("no-cache"), many("no-cache-filter"), many("output", "o"), text("platform"),
    text("progress", default="auto"), text("provenance"), switch("pull"), switch("push"), switch("quiet", "q"),
    switch("rm", on=True), switch("force-rm"), text("sbom"), many("secret"), text("shm-size"), many("ssh"),
    many("tag", "t"), text("target"), many("ulimit"), switch("debug", "D"), text("memory", "m"), switch("squash"),
)  # fmt: skip
NOT_HERE = ("cache-from", "cache-to", "output", "annotation", "attest")
"""Flags whose effect isn't simulated; they are refused instead of being ignored."""


@subcommand(
    "buildx build",
    "image build",
    "builder build",
    "build",
    arguments="[OPTIONS] PATH | URL | -",
    flags=FLAGS,
    least=1,
    most=1,
)
def build(call: Call) -> Result:
    """Build an image."""
    words = read_words(call)
    if call.edge.build is None:
        raise Refusal(call.edge.say("docker.no_builder"))
    if call.words[0].startswith(("http://", "https://", "git@", "github.com/")):
        raise Refusal(call.edge.say("docker.no_remote_context", url=call.words[0]))
    if words.check:
        if call.edge.check is None:
            raise Refusal(call.edge.say("docker.no_builder"))
        report = call.edge.check(call.host, words)
        return call.host, Output(report.stdout, report.stderr, report.exit_code)
    host, record = call.edge.build(call.host, words)
    notes = (*record.notes, *(note for step in record.steps for note in step.notes))
    return host, shown(call, record, notes)


def read_words(call: Call) -> BuildWords:
    """The flags as one value.

    Raises:
        Refusal: A bad tag, or a flag that isn't simulated.
        FlagError: A flag that this Docker doesn't have.
    """
    flags = call.flags
    for name in NOT_HERE:
        if name in flags.given:
            raise Refusal(call.edge.say("docker.not_simulated", command=f"docker build --{name}"))
    if flags.text("progress") not in {"auto", "plain", "tty", "quiet", "rawjson"}:
        raise Refusal(f"ERROR: failed to build: invalid progress mode {flags.text('progress')}")
    legacy = call.host.personality.builder == "legacy"
    if "build-context" in flags.given and (legacy or call.host.personality.engine == "20.10"):
        raise FlagError("unknown flag: --build-context")
    for tag in flags.all("tag"):
        _check_tag(call, tag, legacy=legacy)
    if "call" in flags.given and flags.text("call") not in {"build", "check"}:
        raise Refusal(call.edge.say("docker.not_simulated", command=f"docker build --call={flags.text('call')}"))
    return BuildWords(
        context=call.words[0],
        file=flags.text("file") or None,
        tags=flags.all("tag"),
        target=flags.text("target") or None,
        platform=flags.text("platform") or None,
        build_args=dict(word.partition("=")[::2] for word in flags.all("build-arg") if "=" in word),
        labels=tuple(word.partition("=")[::2] for word in flags.all("label")),
        no_cache=flags.on("no-cache"),
        no_cache_filter=tuple(stage for word in flags.all("no-cache-filter") for stage in word.split(",")),
        pull=flags.on("pull"),
        check=flags.on("check") or flags.text("call") == "check",
        secrets=flags.all("secret"),
        contexts=flags.all("build-context"),
        stdin=call.edge.stdin,
    )


def _check_tag(call: Call, tag: str, *, legacy: bool) -> None:
    try:
        parse_reference(tag)
    except InvalidReferenceError as error:
        message = str(error)
        if not legacy:
            short = message.replace("invalid reference format: ", "")
            if short.startswith("repository name (") and short.endswith("must be lowercase"):
                short = "repository name must be lowercase"
            prefix = "" if call.host.personality.engine == "20.10" else "failed to build: "
            raise Refusal(f'ERROR: {prefix}invalid tag "{tag}": {short}') from None
        flag = f'invalid argument "{tag}" for "-t, --tag" flag: {message}'
        if call.host.personality.engine == "20.10":
            raise Refusal(f"{flag}\nSee '{call.path} --help'.", 125) from None
        raise Refusal(f"{flag}\n\nUsage:  {call.usage}\n\nRun '{call.path} --help' for more information", 125) from None


def shown(call: Call, record: BuildRecord, notes: tuple[Note, ...]) -> Output:
    """The log in the form asked for: BuildKit's goes to standard error, the legacy builder's to standard output."""
    flags = call.flags
    quiet = flags.on("quiet") or flags.text("progress") == "quiet"
    if quiet:
        identity = f"{record.image.id}\n" if record.image is not None else ""
        if record.failure is None:
            return Output(identity, "", 0, notes)
        bare = replace(record, vertices=(), warnings=(), failure=replace(record.failure, vertices=()))
        return Output("", plain_log(bare).removeprefix(plain_log(replace(bare, failure=None))), record.exit_code, notes)
    if record.personality.builder == "legacy":
        stdout, stderr = legacy_log(record)
        return Output(stdout, stderr, record.exit_code, notes)
    if flags.text("progress") == "tty" or (flags.text("progress") == "auto" and call.edge.terminal):
        return Output("", terminal_log(record, call.edge.columns, colours=call.edge.terminal), record.exit_code, notes)
    return Output("", plain_log(record), record.exit_code, notes)


SUBCOMMANDS = (build,)
