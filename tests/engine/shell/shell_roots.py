"""Temporary roots with the real shells and commands, and the same roots as trees of ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layerlab.filesystem import Bytes, Directory, Editor, File, Meta, Node, Opaque, Special, Symlink, Tree
from layerlab.shell import Outcome, run

NOW = 1_700_000_000 * 10**9
SYSTEM = {"bin", "lib", "lib64", "dev", "usr", "sbin"}
GNU = [
    "cat",
    "cp",
    "mv",
    "rm",
    "mkdir",
    "rmdir",
    "touch",
    "ln",
    "ls",
    "chmod",
    "chown",
    "chgrp",
    "echo",
    "head",
    "tail",
    "wc",
    "sort",
    "uniq",
    "cut",
    "tr",
    "tee",
    "basename",
    "dirname",
    "pwd",
    "env",
    "id",
    "whoami",
    "uname",
    "seq",
    "sleep",
    "true",
    "false",
    "test",
    "[",
    "expr",
    "stat",
    "du",
    "install",
    "mktemp",
    "readlink",
    "realpath",
    "sha256sum",
    "md5sum",
    "base64",
    "od",
    "nproc",
    "dd",
    "truncate",
    "mkfifo",
    "comm",
    "paste",
    "fold",
    "nl",
    "tac",
    "yes",
    "timeout",
    "nohup",
    "stdbuf",
    "unlink",
    "printenv",
    "expand",
    "arch",
    "date",
    "find",
    "xargs",
    "grep",
    "sed",
    "mawk",
    "tar",
    "gzip",
    "printf",
    "which",
    "cmp",
    "diff",
    "rev",
    "bash",
    "dash",
]
USERS = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUP = "root:x:0:\ndaemon:x:1:\nmail:x:8:\nwww-data:x:33:\nusers:x:100:\nnogroup:x:65534:\n"
ENVIRONMENT = {"PATH": "/usr/local/bin:/bin", "HOME": "/root"}


def has_root() -> bool:
    """Whether a root of our own can be entered."""
    return os.geteuid() == 0 and shutil.which("chroot") is not None


@dataclass(frozen=True)
class Seen:
    """What a run left: exit code, output, error output, and the tree outside the system's folders."""

    code: int
    out: str
    err: str
    tree: tuple[tuple[str, str], ...]


def build_root(base: Path, shell: str) -> Path:
    """Make a root for `dash`, `bash` or `busybox`."""
    root = base / shell
    for folder in ("bin", "dev", "usr/local/bin"):
        (root / folder).mkdir(parents=True)
    _furnish(root)
    os.mknod(root / "dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.mknod(root / "dev/zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    (root / "dev/null").chmod(0o666)
    if shell == "busybox":
        shutil.copy2("/usr/bin/busybox", root / "bin/busybox")
        for name in subprocess.run(
            ["/usr/bin/busybox", "--list"], capture_output=True, text=True, check=True
        ).stdout.split():
            if name != "busybox":
                (root / "bin" / name).symlink_to("busybox")
        return root
    for name in GNU:
        found = shutil.which(name)
        if found is not None:
            _copy_program(root, Path(found), name)
    (root / "bin/sh").symlink_to("bash" if shell == "bash" else "dash")
    (root / "bin/awk").symlink_to("mawk")
    return root


def _copy_program(root: Path, found: Path, name: str) -> None:
    shutil.copy2(found.resolve(), root / "bin" / name)
    listed = subprocess.run(["ldd", str(found.resolve())], capture_output=True, text=True, check=False).stdout
    for word in listed.split():
        if word.startswith("/") and not (root / word[1:]).exists():
            (root / word[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(Path(word).resolve(), root / word[1:])


def as_tree(root: Path) -> Tree:
    """A root as a tree of ours; programs are known by digest only."""
    node = _node(root, system=False)
    assert isinstance(node, Directory)
    return Tree(node)


def _node(path: Path, *, system: bool) -> Node:
    info = path.lstat()
    meta = Meta(stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, NOW)
    if path.is_symlink():
        return Symlink(meta, str(path.readlink()))
    if path.is_dir():
        return Directory(meta, {one.name: _node(one, system=system or one.name in SYSTEM) for one in path.iterdir()})
    if path.is_char_device():
        return Special(meta, "char", (os.major(info.st_rdev), os.minor(info.st_rdev)))
    data = path.read_bytes()
    if data.startswith(b"#!"):
        return File(meta, Bytes(data))
    content = Opaque(info.st_size, hashlib.sha256(data).hexdigest()) if system else Bytes(data)
    return File(meta, content)


def run_real(root: Path, shell: str, script: str) -> Seen:
    """Run a script in a root, which is as new before and afterwards."""
    program = {"busybox": "/bin/sh", "dash": "/bin/sh", "bash": "/bin/bash"}[shell]
    done = subprocess.run(
        [shutil.which("chroot") or "/usr/sbin/chroot", str(root), program, "-c", script],
        capture_output=True, stdin=subprocess.DEVNULL, env=ENVIRONMENT, timeout=20, check=False,
    )  # fmt: skip
    seen = Seen(done.returncode, _text(done.stdout), _text(done.stderr), tuple(sorted(_real_entries(root))))
    _renew(root)
    return seen


def _renew(root: Path) -> None:
    """Take away all that a script may have touched and lay it out anew."""
    for entry in root.iterdir():
        if entry.name not in SYSTEM:
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    _furnish(root)


def _furnish(root: Path) -> None:
    for folder in ("etc", "tmp", "root", "home", "var"):
        (root / folder).mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "root").chmod(0o700)
    (root / "etc/passwd").write_text(USERS)
    (root / "etc/group").write_text(GROUP)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _real_entries(work: Path) -> Iterator[tuple[str, str]]:
    for folder, names, files in os.walk(work):
        if Path(folder) == work:
            names[:] = [name for name in names if name not in SYSTEM]
        for name in [*names, *files]:
            path = Path(folder) / name
            info = path.lstat()
            owner = f"{stat.S_IMODE(info.st_mode):04o} {info.st_uid}:{info.st_gid}"
            shown = str(path.relative_to(work))
            if path.is_symlink():
                yield shown, f"link {path.readlink()} {info.st_uid}:{info.st_gid}"
            elif path.is_dir():
                yield shown, f"dir {owner}"
            elif path.is_fifo():
                yield shown, f"fifo {owner}"
            elif path.is_file():
                yield shown, f"file {owner} {_text(path.read_bytes())!r}"


def run_ours(tree: Tree, shell: str, script: str) -> tuple[Seen, Outcome]:
    """Run a script with our shell on the tree of a root."""
    editor = Editor(tree, NOW)
    program = {"busybox": "/bin/sh", "dash": "/bin/sh", "bash": "/bin/bash"}[shell]
    outcome = run(editor, [program, "-c", script], env=ENVIRONMENT, cwd="/")
    assert outcome.start_error is None
    out = _text(b"".join(chunk.data for chunk in outcome.output if chunk.fd == 1))
    err = _text(b"".join(chunk.data for chunk in outcome.output if chunk.fd == 2))
    return Seen(outcome.exit_code, out, err, tuple(sorted(our_entries(editor.tree)))), outcome


def our_entries(tree: Tree) -> Iterator[tuple[str, str]]:
    """The entries of a tree outside the system's folders, in the form `Seen` has them."""
    for path, node in tree.walk():
        shown = path[1:]
        if shown.partition("/")[0] in SYSTEM:
            continue
        meta = node.meta
        owner = f"{meta.mode:04o} {meta.uid}:{meta.gid}"
        match node:
            case Symlink(target=target):
                yield shown, f"link {target} {meta.uid}:{meta.gid}"
            case Directory():
                yield shown, f"dir {owner}"
            case Special():
                yield shown, f"fifo {owner}"
            case File(content=content):
                data = content.data if isinstance(content, Bytes) else b"<unknown>"
                yield shown, f"file {owner} {_text(data)!r}"
