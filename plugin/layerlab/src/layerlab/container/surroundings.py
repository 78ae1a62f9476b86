"""What a container finds besides its image: the init layer's stubs, and the mounts of kernel and daemon."""

from __future__ import annotations

from dataclasses import replace

from layerlab.filesystem import (
    Bytes,
    Directory,
    Editor,
    File,
    Meta,
    Special,
    Symlink,
    Tree,
)
from layerlab.filesystem.diff import compared_layer
from layerlab.filesystem.layer import Layer

STUBS = ("/dev/pts", "/dev/shm", "/proc", "/sys")
EMPTY_FILES = ("/.dockerenv", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/dev/console")
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
RESOLV = b"nameserver 10.0.2.3\n"
ADDRESS = "172.17.0.2"


def with_stubs(image: Tree, now: int) -> Tree:
    """The image with what the daemon's init layer adds: mount points, and files that mounts will cover.

    `docker diff` compares with this tree, so none of it is ever shown.
    """
    view = Editor(image, now)
    for path in STUBS:
        if not view.exists(path):
            view.makedirs(path, 0o755)
    for path in EMPTY_FILES:
        if not view.exists(path, follow=False):
            view.makedirs(path.rpartition("/")[0] or "/", 0o755)
            view.write(path, Bytes(b""), 0o755)
    if not view.exists("/etc/mtab", follow=False):
        view.symlink("/proc/mounts", "/etc/mtab")
    return view.finish().after


def init_layer(image: Tree, base: Tree) -> Layer:
    """The init layer itself, which counts in the virtual size."""
    return compared_layer(image, base)


def mount_surroundings(view: Editor, hostname: str, now: int) -> None:
    """Mount what the kernel and the daemon give every container; writes there are in no layer."""
    plain = Meta(0o644, mtime=now)
    view.mount("/proc", Directory(Meta(0o555, mtime=now), {}), read_only=True)
    view.mount("/sys", Directory(Meta(0o555, mtime=now), {}), read_only=True)
    view.mount("/dev", _devices(now))
    view.mount("/etc/resolv.conf", File(plain, Bytes(RESOLV)))
    view.mount("/etc/hostname", File(plain, Bytes(f"{hostname}\n".encode())))
    hosts = f"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n{ADDRESS}\t{hostname}\n"
    view.mount("/etc/hosts", File(plain, Bytes(hosts.encode())))


def _devices(now: int) -> Directory:
    meta = Meta(0o666, mtime=now)
    entries: dict[str, Directory | Special | Symlink] = {
        name: Special(meta, "char", device) for name, device in DEVICES.items()
    }
    entries |= {name: Symlink(replace(meta, mode=0o777), target) for name, target in LINKS.items()}
    entries["pts"] = Directory(Meta(0o755, mtime=now), {})
    entries["shm"] = Directory(Meta(0o1777, mtime=now), {})
    return Directory(Meta(0o755, mtime=now), dict(sorted(entries.items())))
