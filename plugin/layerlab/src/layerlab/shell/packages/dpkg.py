"""`dpkg`, `apt-mark`, `apt-cache` and their like: the few answers that don't need the archive."""

from __future__ import annotations

from layerlab.filesystem import Bytes, File
from layerlab.shell.commands.registry import command
from layerlab.shell.packages import dpkg_state
from layerlab.shell.process import Process


@command("dpkg", flavours=["gnu"])
def dpkg(process: Process) -> int:
    """`dpkg --print-architecture`, `-s`, `-l NAME`; `-i` of a file is unknown."""
    action, operands = (process.args[0] if process.args else ""), process.args[1:]
    match action:
        case "--print-architecture":
            process.out("amd64\n")
            return 0
        case "--print-foreign-architectures":
            return 0
        case "--add-architecture" if operands:
            _add_architecture(process, operands[0])
            return 0
        case "-s" | "--status":
            return _status(process, operands)
        case _:
            process.note("unknown", "packages.dpkg.operation", operation=action or "dpkg")
            return 0


@command("apt-mark", flavours=["gnu"])
def apt_mark(process: Process) -> int:
    """`apt-mark hold|unhold|auto|manual NAME…`."""
    action, names = (process.args[0] if process.args else ""), process.args[1:]
    said = {
        "hold": "{name} set on hold.\n",
        "unhold": "Canceled hold on {name}.\n",
        "manual": "{name} set to manually installed.\n",
        "auto": "{name} set to automatically installed.\n",
    }
    if action not in said or process.facts is None:
        process.note("unknown", "packages.apt.operation", operation=f"apt-mark {action}".strip())
        return 0
    has = dpkg_state.installed(process.fs, process.facts.debian())
    for name in names:
        if name in has:
            process.out(said[action].format(name=name))
    return 0


@command("apt-key", "apt-config", "apt-cache", "add-apt-repository", "dpkg-reconfigure", "dpkg-query", flavours=["gnu"])
def unmodelled_helper(process: Process) -> int:
    """Helpers of apt whose answers would need the archive, or whose effect on the layer is small but not known."""
    process.note("unknown", "packages.apt.operation", operation=" ".join((process.name, *process.args[:1])))
    return 0


@command("dpkg-architecture", flavours=["gnu"])
def dpkg_architecture(process: Process) -> int:
    """`dpkg-architecture -qDEB_HOST_MULTIARCH` and the GNU type."""
    answers = {"MULTIARCH": "x86_64-linux-gnu", "GNU_TYPE": "x86_64-linux-gnu", "ARCH": "amd64"}
    for word in process.args:
        for ending, answer in answers.items():
            if word.endswith(ending) and word.startswith(("-q", "DEB_")):
                process.out(f"{answer}\n")
                return 0
    process.note("unknown", "packages.dpkg.operation", operation="dpkg-architecture")
    return 0


def _add_architecture(process: Process, name: str) -> None:
    path = "/var/lib/dpkg/arch"
    node = process.fs.lookup(path)
    known = node.content.data.decode() if isinstance(node, File) and isinstance(node.content, Bytes) else "amd64\n"
    if name not in known.split():
        process.fs.makedirs("/var/lib/dpkg")
        process.fs.write(path, Bytes(f"{known}{name}\n".encode()))


def _status(process: Process, names: tuple[str, ...]) -> int:
    if process.facts is None:
        process.note("unknown", "packages.dpkg.operation", operation="dpkg -s")
        return 0
    has = dpkg_state.installed(process.fs, process.facts.debian())
    code = 0
    for name in names:
        if name in has:
            process.out(f"Package: {name}\nStatus: install ok installed\n")
            process.note("estimated", "packages.output_shortened", command="dpkg")
        else:
            process.out(
                f"dpkg-query: package '{name}' is not installed and no information is available\n"
                "Use dpkg --info (= dpkg-deb --info) to examine archive files.\n",
                2,
            )
            code = 1
    return code
