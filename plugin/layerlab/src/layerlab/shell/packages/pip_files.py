"""Where pip puts things: site-packages, programs, the cache, virtual environments."""

from __future__ import annotations

import re

from layerlab.catalogue.packages import Wheel
from layerlab.filesystem import BULK_NAME, Bulk, Bytes, Directory, Editor, Estimated, File, Meta, Unknown
from layerlab.filesystem.paths import parent
from layerlab.shell.process import Process

WHEEL = "packages.pip.wheel"
CACHED = "packages.pip.cached"


def site_packages(process: Process, *, user: bool = False) -> str:
    """The folder a pip installs to: its own environment's, the user's, or the system's."""
    home = process.env.get("HOME", "/root")
    prefix = parent(parent(process.program or "/usr/local/bin/pip"))
    version = python_version(process.fs, prefix) or python_version(process.fs, "/usr/local") or "3.11"
    if user:
        return f"{home}/.local/lib/python{version}/site-packages"
    if prefix == "/usr":
        return f"/usr/local/lib/python{version}/dist-packages"
    return f"{prefix}/lib/python{version}/site-packages"


def python_version(fs: Editor, prefix: str) -> str | None:
    """`3.12` of the Python below a prefix, or None if there is none."""
    for folder in (f"{prefix}/lib", f"{prefix}/bin"):
        node = fs.lookup(folder)
        for name in sorted(node.entries) if isinstance(node, Directory) else ():
            found = re.fullmatch(r"python(3\.\d+)", name)
            if found:
                return found[1]
    return None


def is_managed(fs: Editor) -> bool:
    """Whether the system's Python refuses pip (PEP 668): Debian 12 and later, Ubuntu 23.04 and later."""
    node = fs.lookup("/etc/os-release")
    text = node.content.data.decode() if isinstance(node, File) and isinstance(node.content, Bytes) else ""
    found = re.search(r'^VERSION_ID="?(\d+)', text, re.MULTILINE)
    release = int(found[1]) if found else 0
    return (("ID=debian" in text) and release >= 12) or (("ID=ubuntu" in text) and release >= 23)


def info_folder(site: str, wheel: Wheel) -> str:
    """The folder that marks a distribution as installed."""
    name, _, version = wheel.name.partition("@")
    return f"{site}/{re.sub(r'[-.]+', '_', name)}-{version}.dist-info"


def unpack(fs: Editor, site: str, wheel: Wheel, *, compiled: bool) -> None:
    """Put a distribution into site-packages: its files as one sum, in the folder that marks it."""
    size = wheel.installed - (0 if compiled else wheel.compiled)
    files = wheel.files - (0 if compiled else wheel.compiled_files)
    folder = info_folder(site, wheel)
    fs.makedirs(folder, 0o755)
    fs.put(f"{folder}/{BULK_NAME}", File(Meta(0o644, 0, 0, fs.now), Bulk(files, size, WHEEL)))


def put_program(fs: Editor, path: str) -> None:
    """A program of a distribution; its bytes are counted with the distribution's."""
    if not fs.exists(path, follow=False):
        fs.put(path, File(Meta(0o755, 0, 0, fs.now), Estimated(0, WHEEL)))


def keep_downloads(process: Process, wheels: list[Wheel], *, complete: bool) -> None:
    """Downloads are kept below the user's cache folder; a kept file is about as long as the wheel."""
    default = f"{process.env.get('HOME', '/root')}/.cache"
    folder = process.env.get("PIP_CACHE_DIR") or f"{process.env.get('XDG_CACHE_HOME', default)}/pip"
    process.fs.makedirs(f"{folder}/http-v2", 0o700)
    path = f"{folder}/http-v2/{BULK_NAME}"
    node = process.fs.lookup(path)
    had = node.content if isinstance(node, File) and isinstance(node.content, Bulk) else Bulk(0, 0, CACHED)
    total = Bulk(had.files + len(wheels), had.size + sum(wheel.wheel for wheel in wheels), CACHED)
    content = total if complete else Unknown(CACHED)
    process.fs.put(path, File(Meta(0o644, 0, 0, process.fs.now), content))


def make_environment(process: Process, folders: list[str]) -> int:
    """`python -m venv DIR`: links to the interpreter, pip as recorded, activate scripts by name."""
    if process.facts is None or not folders:
        process.note("unknown", "shell.unmodelled", command=process.name)
        return 0
    fs = process.fs
    version = python_version(fs, parent(parent(process.program))) or "3.11"
    pip_wheels = [each for each in process.facts.pip().closure("pip") or () if isinstance(each, Wheel)]
    for name in folders:
        root = process.path(name).rstrip("/")
        site = f"{root}/lib/python{version}/site-packages"
        for folder in (f"{root}/bin", f"{root}/include", site):
            fs.makedirs(folder)
        links = {"python3": process.program, "python": "python3", f"python{version}": "python3"}
        for link, target in links.items():
            if not fs.exists(f"{root}/bin/{link}", follow=False):
                fs.symlink(target, f"{root}/bin/{link}")
        for script in ("pip", "pip3", f"pip{version}", "activate"):
            put_program(fs, f"{root}/bin/{script}")
        for wheel in pip_wheels:
            unpack(fs, site, wheel, compiled=True)
    process.note("estimated", "packages.pip.venv", snapshot=process.facts.pip().snapshot)
    return 0
