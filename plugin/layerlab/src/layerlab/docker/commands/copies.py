"""`docker cp`, between a container and files of the client's working directory."""

from __future__ import annotations

from layerlab.container.container import Container
from layerlab.container.process import written
from layerlab.docker.edge import Output
from layerlab.docker.flags import switch
from layerlab.docker.lookup import container_named
from layerlab.docker.starting import put
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, subcommand
from layerlab.docker.units import human
from layerlab.filesystem import Bytes, Directory, Editor, File, FileSystemError
from layerlab.filesystem.paths import basename, clean


@subcommand(
    "container cp",
    "cp",
    arguments="[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-",
    flags=(switch("archive", "a"), switch("follow-link", "L"), switch("quiet", "q")),
    least=2,
    most=2,
)
def cp(call: Call) -> Result:
    """Copy files out of a container, or into it."""
    source, target = (_split(word) for word in call.words)
    if source[0] and target[0]:
        raise Refusal("copying between containers is not supported")
    if source[0]:
        return _out(call, container_named(call.host, source[0]), source[1], target[1])
    if target[0]:
        return _into(call, container_named(call.host, target[0]), source[1], target[0], target[1])
    raise Refusal("must specify at least one container source")


def _split(word: str) -> tuple[str, str]:
    if word.startswith(("/", ".")) or ":" not in word:
        return "", word
    name, _, path = word.partition(":")
    return name, path


def _out(call: Call, container: Container, path: str, target: str) -> Result:
    where = clean("/" + path)
    node = container.tree.lookup(where, follow=call.flags.on("follow-link"))
    if node is None:
        raise daemon_error(f"Could not find the file {path} in container {call.words[0].partition(':')[0]}")
    files: dict[str, bytes] = {}
    into = target.rstrip("/") + "/" + basename(where) if target.endswith("/") or target in {".", ".."} else target
    into = into.removeprefix("./")
    if isinstance(node, Directory):
        for below, entry in container.tree.walk(where):
            if isinstance(entry, File):
                if not isinstance(entry.content, Bytes):
                    raise Refusal(call.edge.say("docker.unknown_content", path=below))
                files[into + below.removeprefix(where)] = entry.content.data
    elif isinstance(node, File):
        if not isinstance(node.content, Bytes):
            raise Refusal(call.edge.say("docker.unknown_content", path=where))
        if target == "-":
            raise Refusal(call.edge.say("docker.not_simulated", command="docker cp … -"))
        files[into] = node.content.data
    return call.host, Output("", _copied(call, sum(map(len, files.values())), target), files=files)


def _into(call: Call, container: Container, source: str, name: str, path: str) -> Result:
    name_of = source.removeprefix("./").rstrip("/")
    found = {key.removeprefix("./"): data for key, data in call.edge.files.items()}
    chosen = {key: data for key, data in found.items() if key == name_of or key.startswith(name_of + "/")}
    if not chosen:
        raise Refusal(f"lstat {source}: no such file or directory")
    if container.read_only:
        raise daemon_error("container rootfs is marked read-only")
    view = Editor(container.tree, call.host.now)
    target = clean("/" + path)
    into_directory = view.is_directory(target)
    try:
        if path.endswith("/") and not into_directory:
            raise daemon_error(f"Could not find the file {path} in container {name}")
        for key, data in sorted(chosen.items()):
            below = basename(name_of) + key.removeprefix(name_of) if into_directory else key.removeprefix(name_of)
            at = clean(f"{target}/{below}") if below else target
            view.makedirs(at.rpartition("/")[0] or "/", 0o755)
            view.write(at, Bytes(data), 0o644)
    except FileSystemError:
        raise daemon_error(f"Could not find the file {target.rpartition('/')[0] or '/'} in container {name}") from None
    size = sum(map(len, chosen.values()))
    return put(call.host, written(container, view.finish())), Output("", _copied(call, size, call.words[1]))


def _copied(call: Call, size: int, target: str) -> str:
    """The summary, which Docker prints on a terminal only. What is transferred is a tar of the files."""
    if not call.edge.terminal or call.flags.on("quiet") or call.host.personality.engine == "20.10":
        return ""
    moved = human(512 + -(-size // 512) * 512 + 1024)
    if call.host.personality.engine == "29":
        return f"Successfully copied {human(size)} (transferred {moved}) to {target}\n"
    return f"Successfully copied {moved} to {target}\n"


SUBCOMMANDS = (cp,)
