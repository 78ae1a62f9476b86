"""The `layerlab` command: the edge that reads files, the clock and the arguments, and prints."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from layerlab import __version__
from layerlab.archiving import ArchivingError, export_image, import_archive
from layerlab.build.context import Context, ContextError
from layerlab.buildoptions import BuildOptions
from layerlab.catalogue.bases import load_bases
from layerlab.catalogue.files import load
from layerlab.image.importing import DEFAULT_LIMITS
from layerlab.lab import Lab
from layerlab.messages import Messages
from layerlab.messages import load as load_messages
from layerlab.namedcontexts import NamedContextError, read_named_contexts
from layerlab.personality import DEFAULT, Personality
from layerlab.state import read_state, write_state
from layerlab.typedbuild import NO_CONTEXT

DOCKER_WORDS = ("history", "images", "inspect", "tag", "rmi", "ps", "run", "system")
"""Subcommands of docker that may be called without the word docker."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is Docker's where the command is."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    if words and words[0] in DOCKER_WORDS:
        words = ["docker", *_hoisted(words)]
    options, rest = parser.parse_known_args(words)
    if rest and options.command != "docker":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    run: Callable[[argparse.Namespace, Messages], int] = options.run
    try:
        return run(options, load_messages(options.lang))
    except BrokenPipeError:
        return 1


def _hoisted(words: list[str]) -> list[str]:
    """Our own flags before `--`, Docker's words after it: `history --state S x` → `--state S -- history x`."""
    ours: list[str] = []
    theirs: list[str] = []
    taking = {"--state", "--bases", "--engine", "--builder", "--store", "--now", "--lang"}
    pending = iter(words)
    for word in pending:
        name, equals, _ = word.partition("=")
        if name in taking:
            ours.append(word)
            if not equals:
                ours.append(next(pending, ""))
        else:
            theirs.append(word)
    return [*ours, "--", *theirs]


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--lang", choices=("ko", "en"), default="en", help="language of our own sentences")
    common.add_argument("--state", type=Path, help="keep images, build cache and containers in this file")
    common.add_argument("--bases", type=Path, help="folder with base images as JSON; they go before the catalogue's")
    common.add_argument("--engine", choices=("20.10", "28", "29"), help="version of Docker that is simulated")
    common.add_argument("--builder", choices=("buildkit", "legacy"))
    common.add_argument("--store", choices=("classic", "containerd"))
    common.add_argument("--now", help="time of the simulated clock, RFC 3339; else the real one")
    parser = argparse.ArgumentParser(prog="layerlab", description="A simulated Docker host.")
    parser.add_argument("--version", action="version", version=f"layerlab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    build = commands.add_parser("build", parents=[common], help="build a Dockerfile and print docker's log")
    build.add_argument("context", help="folder with the build context")
    build.add_argument("-f", "--file", help="the Dockerfile; else CONTEXT/Dockerfile")
    build.add_argument("-t", "--tag", action="append", default=[])
    build.add_argument("--target")
    build.add_argument("--platform")
    build.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    build.add_argument("--label", action="append", default=[], metavar="NAME=VALUE")
    build.add_argument("--build-context", action="append", default=[], metavar="NAME=VALUE")
    build.add_argument("--secret", action="append", default=[], metavar="id=NAME,src=FILE")
    build.add_argument("--no-cache", action="store_true")
    build.add_argument("--no-cache-filter", action="append", default=[], metavar="STAGE")
    build.add_argument("--json", action="store_true", help="print the whole record instead of the log")
    build.set_defaults(run=_build)

    docker = commands.add_parser("docker", parents=[common], help="any docker command: layerlab docker -- images")
    docker.add_argument("words", nargs=argparse.REMAINDER)
    docker.set_defaults(run=_docker)

    check = commands.add_parser("check", parents=[common], help="check Dockerfiles: text, JSON or SARIF")
    check.add_argument("files", nargs="+", type=Path)
    check.add_argument("--format", choices=("text", "json", "sarif"), default="text")
    check.add_argument("--advice", action="store_true", help="build each file (simulated) and add our own LL rules")
    check.add_argument("--context", type=Path, help="build context; else the folder each file is in")
    check.set_defaults(run=_check)

    explain = commands.add_parser("explain", parents=[common], help="what would be rebuilt between two Dockerfiles")
    explain.add_argument("before", type=Path)
    explain.add_argument("after", type=Path)
    explain.add_argument("--context", type=Path, help="build context of both; else an empty one")
    explain.set_defaults(run=_explain)
    _add_reader(commands, common)

    export = commands.add_parser("export", parents=[common], help="write an image as an archive that real tools load")
    export.add_argument("image")
    export.add_argument("-o", "--output", type=Path, required=True)
    export.add_argument(
        "--format", choices=("docker", "oci"), default="docker", help="with the files docker load reads, or without"
    )
    export.set_defaults(run=_export)

    importing = commands.add_parser("import", parents=[common], help="read an archive of docker save or an OCI layout")
    importing.add_argument("file", type=Path)
    importing.add_argument("-t", "--tag", help="a name for its image")
    importing.add_argument("--limit", type=int, default=DEFAULT_LIMITS.size, help="bytes it may unpack to")
    importing.set_defaults(run=_import)
    return parser


def _add_reader(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    reader = commands.add_parser("read-history", parents=[common], help="explain the output of docker history")
    reader.add_argument("file", nargs="?", default="-", help="the output, or - for standard input")
    reader.set_defaults(run=_read_history)


def _lab(options: argparse.Namespace) -> Lab:
    bases = load_bases(options.bases) if options.bases else {}
    now = _now(options.now)
    host = read_state(options.state.read_bytes()) if options.state and options.state.exists() else None
    asked = {name: getattr(options, name) for name in ("engine", "builder", "store") if getattr(options, name)}
    kept = host.personality if host is not None else DEFAULT
    personality = Personality(
        asked.get("engine", kept.engine), asked.get("builder", kept.builder), asked.get("store", kept.store)
    )
    return Lab(load=load, bases=bases, host=host, personality=personality, now=now)


def _now(text: str | None) -> int:
    if text is None:
        return time.time_ns()
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def _keep(lab: Lab, options: argparse.Namespace) -> None:
    if options.state:
        options.state.write_bytes(write_state(lab.host))


def _build(options: argparse.Namespace, say: Messages) -> int:
    lab = _lab(options)
    try:
        context = Context.from_directory(options.context)
    except ContextError:
        print(f"ERROR: failed to build: {NO_CONTEXT.format(path=options.context)}", file=sys.stderr)
        return 1
    containerd = lab.host.personality.store == "containerd"
    try:
        named = read_named_contexts(options.build_context, _context, say, containerd=containerd)
    except NamedContextError as error:
        print(error if error.ours else f"ERROR: failed to build: {error}", file=sys.stderr)
        return 1
    file = Path(options.file) if options.file else Path(options.context, "Dockerfile")
    text = file.read_bytes() if file.is_file() else None
    record = lab.build(
        text,
        context=context,
        options=BuildOptions(
            tags=tuple(options.tag),
            file=_name_in_context(file, Path(options.context)),
            display_file=options.file or "Dockerfile",
            target=options.target,
            platform=options.platform,
            build_args=_pairs(options.build_arg),
            labels=tuple(_pairs(options.label).items()),
            no_cache=options.no_cache,
            no_cache_filter=tuple(options.no_cache_filter),
            secrets=_secrets(options.secret),
            contexts=named,
        ),
    )
    _keep(lab, options)
    if options.json:
        print(json.dumps(lab.record_json(record), ensure_ascii=False, indent=1))
    else:
        out, err = lab.log(record)
        sys.stdout.write(out)
        sys.stderr.write(err)
        for line in lab.footnotes(record, say):
            print(line, file=sys.stderr)
    return record.exit_code


def _name_in_context(file: Path, context: Path) -> str:
    try:
        return file.resolve().relative_to(context.resolve()).as_posix()
    except ValueError:
        return file.name


def _pairs(words: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` by name; a bare name is left out, as Docker takes it from the environment and it isn't there."""
    return {name: value for name, equals, value in (word.partition("=") for word in words) if equals}


def _secrets(words: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for word in words:
        fields = dict(pair.partition("=")[::2] for pair in word.split(","))
        path = Path(fields.get("src") or fields.get("source") or fields.get("id", ""))
        if path.is_file():
            found[fields.get("id") or path.name] = path.read_bytes()
    return found


def _print(text: str) -> None:
    """Text, or an archive on its way into a file or another program."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


def _docker(options: argparse.Namespace, say: Messages) -> int:
    lab = _lab(options)
    words = [*options.rest, *options.words]
    if words[:1] == ["--"]:
        words = words[1:]
    wanted = "-" in words or (words[:1] == ["load"] and not {"-i", "--input"} & set(words))
    piped = b"" if not wanted or sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    redirected = not sys.stdout.isatty()
    output = lab.docker(words, contexts=_context, say=say, stdin=piped, files=DiskFiles(), redirected=redirected)
    _keep(lab, options)
    for path, data in output.files.items():
        Path(path).write_bytes(data)
    _print(output.stdout)
    sys.stderr.write(output.stderr)
    for note in output.notes:
        print(say(note.key, **dict(note.values)), file=sys.stderr)
    return output.exit_code


def _context(path: str) -> Context | None:
    try:
        return Context.from_directory(path)
    except ContextError:
        return None


class DiskFiles(Mapping[str, bytes]):
    """The files of the working directory by path as typed, read when a command asks for one."""

    def __getitem__(self, path: str) -> bytes:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise KeyError(path) from error

    def __iter__(self) -> Iterator[str]:
        return (str(path) for path in Path().rglob("*") if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _check(options: argparse.Namespace, say: Messages) -> int:
    from layerlab.checking import Source, check_files  # noqa: PLC0415 - only this command needs it

    sources, missing = [], False
    for file in options.files:
        if not file.is_file():
            missing = True
            print(say("cli.no_file", path=str(file)), file=sys.stderr)
            continue
        folder = options.context or file.parent
        try:
            context = Context.from_directory(folder) if options.advice else None
        except ContextError:
            context = None
        try:
            sources.append(Source(str(file), file.read_bytes(), _ignore_beside(file, folder), context))
        except OSError as error:
            missing = True
            print(say("cli.unreadable", path=str(file), reason=error.strerror or ""), file=sys.stderr)
    checked = check_files(sources, options.format, say, load, with_advice=options.advice)
    sys.stdout.write(checked.stdout)
    sys.stderr.write(checked.stderr)
    return 1 if checked.found or missing else 0


def _ignore_beside(file: Path, context: Path) -> bytes | None:
    """The ignore file that counts for a Dockerfile: its own, or the context's."""
    for place in (file.with_name(f"{file.name}.dockerignore"), context / ".dockerignore"):
        if place.is_file():
            return place.read_bytes()
    return None


def _explain(options: argparse.Namespace, say: Messages) -> int:
    lab = _lab(options)
    context = Context.from_directory(options.context) if options.context else Context()
    before, after = options.before.read_bytes(), options.after.read_bytes()
    for line in lab.explain(before, after, context=context, say=say):
        print(line)
    return 0


def _export(options: argparse.Namespace, say: Messages) -> int:
    lab = _lab(options)
    try:
        made = export_image(lab.host, options.image, options.format, say)
    except ArchivingError as error:
        print(error, file=sys.stderr)
        return 1
    options.output.write_bytes(made.data)
    print(say("archive.exported", path=options.output, size=len(made.data)))
    for line in made.remarks:
        print(line, file=sys.stderr)
    return 0


def _import(options: argparse.Namespace, say: Messages) -> int:
    lab = _lab(options)
    if not options.file.is_file():
        print(say("cli.no_file", path=options.file), file=sys.stderr)
        return 1
    limits = replace(DEFAULT_LIMITS, size=options.limit)
    try:
        found = import_archive(lab.host, options.file.read_bytes(), say, name=options.tag, limits=limits)
    except ArchivingError as error:
        print(error, file=sys.stderr)
        return 1
    lab.host = found.host
    _keep(lab, options)
    for loaded in found.images:
        names = ", ".join(loaded.names) or "<none>"
        print(say("archive.imported", name=names, layers=len(loaded.image.layers), id=loaded.image.id))
    if not options.state:
        print(say("archive.no_state"), file=sys.stderr)
    return 0


def _read_history(options: argparse.Namespace, say: Messages) -> int:
    from layerlab.readhistory import explain_history  # noqa: PLC0415 - only this command needs it

    if options.file != "-" and not Path(options.file).is_file():
        print(say("cli.no_file", path=options.file), file=sys.stderr)
        return 1
    data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    text, error = explain_history(data, say)
    sys.stdout.write(text)
    sys.stderr.write(error)
    return 1 if error else 0


if __name__ == "__main__":
    sys.exit(main())
