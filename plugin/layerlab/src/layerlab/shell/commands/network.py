"""Commands that would fetch something: there is no network, and nothing is invented."""

from __future__ import annotations

from layerlab.filesystem import BULK_NAME, File, FileSystemError, Meta, Unknown
from layerlab.shell.commands.registry import command
from layerlab.shell.process import Process

CURL_VALUES = frozenset("odHXuAemTFbcwrUxKEDQtyYzC")
WGET_VALUES = frozenset(["O", "P", "U", "o", "a", "i", "t", "T", "Q"])


def unknown_file(process: Process, name: str) -> int:
    """Put a file of unknown content where a download would have gone."""
    process.note("unknown", "shell.no_network", command=process.name, file=name)
    if name == "-":
        process.taint_output(process.name)
        return 0
    try:
        process.write(name, Unknown("shell.unknown_content"))
    except FileSystemError as error:
        process.error(f"{name}: {error.message}")
        return 23
    return 0


def unknown_below(process: Process, directory: str) -> None:
    """Say that a directory holds files nobody knows of."""
    path = process.fs.resolve(process.path(directory))
    process.fs.makedirs(path)
    node = File(Meta(0o644, mtime=process.fs.now), Unknown("shell.unknown_content"))
    process.fs.put(f"{path}/{BULK_NAME}".replace("//", "/"), node)


def _basename(url: str) -> str:
    return url.partition("?")[0].rstrip("/").rpartition("/")[2] or "index.html"


@command("curl")
def curl(process: Process) -> int:
    """`curl`: where `-o` and `-O` say, a file of unknown size."""
    args = list(process.args)
    outputs: list[str] = []
    urls: list[str] = []
    remote = directory = ""
    while args:
        word = args.pop(0)
        if word in {"--version", "-V", "--help", "-h"}:
            process.note("unknown", "shell.unmodelled", command="curl")
            return 0
        if word in {
            "--output",
            "--output-dir",
            "--url",
            "--header",
            "--data",
            "--request",
            "--user",
            "--retry",
            "--max-time",
            "--proto",
            "--connect-timeout",
            "--user-agent",
            "--retry-delay",
            "--cacert",
            "--ciphers",
        }:
            value = args.pop(0) if args else ""
            outputs += [value] if word == "--output" else []
            urls += [value] if word == "--url" else []
            directory = value if word == "--output-dir" else directory
        elif word.startswith("--"):
            remote = "O" if word in {"--remote-name", "--remote-name-all"} else remote
        elif word.startswith("-") and len(word) > 1:
            for position, letter in enumerate(word[1:], 1):
                if letter == "O":
                    remote = "O"
                elif letter in CURL_VALUES:
                    value = word[position + 1 :] or (args.pop(0) if args else "")
                    outputs += [value] if letter == "o" else []
                    break
        else:
            urls.append(word)
    if not urls:
        process.out("curl: try 'curl --help' or 'curl --manual' for more information\n", 2)
        return 2
    code = 0
    for index, url in enumerate(urls):
        name = outputs[index] if index < len(outputs) else _basename(url) if remote else "-"
        code = unknown_file(process, f"{directory}/{name}" if directory and name != "-" else name) or code
    return code


@command("wget")
def wget(process: Process) -> int:
    """`wget`: where `-O` says or under the URL's last name, a file of unknown size."""
    args = list(process.args)
    target: str | None = None
    directory = ""
    urls: list[str] = []
    while args:
        word = args.pop(0)
        if word.startswith("--"):
            key, _, value = word.partition("=")
            target = value if key == "--output-document" else target
            directory = value if key == "--directory-prefix" else directory
        elif word.startswith("-") and len(word) > 1:
            for position, letter in enumerate(word[1:], 1):
                if letter in WGET_VALUES:
                    value = word[position + 1 :] or (args.pop(0) if args else "")
                    target = value if letter == "O" else target
                    directory = value if letter == "P" else directory
                    break
        else:
            urls.append(word)
    if not urls:
        process.error("missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.")
        return 1
    code = 0
    for url in urls:
        name = target or (f"{directory.rstrip('/')}/" if directory else "") + _basename(url)
        code = unknown_file(process, name) or code
    return code


@command("git")
def git(process: Process) -> int:
    """`git`: a clone makes a directory of unknown content; all else is unknown too."""
    args = [word for word in process.args if not word.startswith("-")]
    process.note("unknown", "shell.unmodelled", command="git")
    if args[:1] == ["clone"] and len(args) > 1:
        operands = [word for word in args[1:] if "/" in word or ":" in word or word == args[-1]]
        source = next((word for word in operands if "://" in word or ":" in word), operands[0])
        last = args[-1]
        name = last if last != source else _basename(source).removesuffix(".git")
        process.note("unknown", "shell.no_network", command="git", file=name)
        unknown_below(process, name)
    return 0


@command("ldconfig", "update-ca-certificates", "locale-gen", "update-alternatives", "dbus-uuidgen")
def side_effects(process: Process) -> int:
    """Programs whose files depend on what is installed."""
    process.note("unknown", "shell.unmodelled", command=process.name)
    return 0


LOOPBACK = (
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n"
    "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
)
"""The one device of a sandbox without a network, as busybox prints it."""


@command("ip")
def ip(process: Process) -> int:
    """`ip link` without a network shows the loopback device; with one, addresses that nobody can know."""
    if process.network == "none" and process.args[:1] in {("link",), ("l",)} and process.busybox:
        process.out(LOOPBACK)
        return 0
    process.note("unknown", "shell.unmodelled", command="ip")
    process.taint_output("ip")
    return 0
