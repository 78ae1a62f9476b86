"""A small tree with shells and programs that are known by digest only, as a recorded base has them."""

from __future__ import annotations

import hashlib

from layerlab.filesystem import EMPTY, Bytes, Editor, Opaque, Tree
from layerlab.shell import Limits, Outcome, User, run

NOW = 1_700_000_000 * 10**9
PROGRAMS = [
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
    "head",
    "tail",
    "wc",
    "sort",
    "tr",
    "cut",
    "tee",
    "env",
    "id",
    "sed",
    "grep",
    "find",
    "xargs",
    "awk",
    "tar",
    "gzip",
    "curl",
    "wget",
    "git",
    "yes",
    "seq",
    "stat",
    "du",
    "sleep",
    "useradd",
    "groupadd",
    "usermod",
    "userdel",
    "adduser",
    "addgroup",
    "make",
    "gcc",
    "mktemp",
    "sha256sum",
    "unzip",
]
PASSWD = b"root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
GROUP = b"root:x:0:\ndaemon:x:1:\nmail:x:8:\n"
SHELLS = {"dash": "/bin/sh", "bash": "/bin/bash", "busybox": "/bin/sh"}


def small_tree(shell: str = "") -> Tree:
    """A tree with dash and bash, or with busybox alone."""
    editor = Editor(EMPTY, NOW)
    for folder in ("/bin", "/etc", "/tmp", "/root", "/dev", "/usr", "/usr/bin", "/home"):
        editor.mkdir(folder)
    editor.chmod("/tmp", 0o1777)
    editor.write("/etc/passwd", Bytes(PASSWD))
    editor.write("/etc/group", Bytes(GROUP))
    editor.special("/dev/zero", "char", 0o666, (1, 5))
    names = ["busybox"] if shell == "busybox" else ["dash", "bash", *PROGRAMS]
    for name in names:
        editor.write(f"/bin/{name}", Opaque(1000, hashlib.sha256(name.encode()).hexdigest()))
        editor.chmod(f"/bin/{name}", 0o755)
    if shell == "busybox":
        for name in ["sh", *PROGRAMS]:
            editor.symlink("busybox", f"/bin/{name}")
    else:
        editor.symlink("dash", "/bin/sh")
    return editor.tree


def run_in(
    tree: Tree, shell: str, script: str, *, limits: Limits | None = None, user: User | None = None
) -> tuple[Outcome, Tree]:
    """Run a script; answers the outcome and the tree it left."""
    used = small_tree("busybox") if shell == "busybox" else tree
    editor = Editor(used, NOW)
    outcome = run(
        editor, [SHELLS[shell], "-c", script], env={"PATH": "/usr/bin:/bin", "HOME": "/root"}, cwd="/",
        limits=limits or Limits(), user=user or User(),
    )  # fmt: skip
    return outcome, editor.tree


def output(outcome: Outcome) -> str:
    """All of the log."""
    return b"".join(chunk.data for chunk in outcome.output).decode()
