"""Small commands about names, the machine and other commands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from layerlab.filesystem import FileSystemError, Symlink
from layerlab.filesystem.paths import clean
from layerlab.shell.commands.accounts import accounts, find_account, group_name, groups_of, user_name
from layerlab.shell.commands.registry import command
from layerlab.shell.options import missing_operand, parse_options, quote, usage
from layerlab.shell.process import Process
from layerlab.shell.programs import DEFAULT_PATH, Found, find
from layerlab.shell.testing import Files, TestFailure, evaluate_test, report

MACHINE = {
    "s": "Linux",
    "n": "buildkitsandbox",
    "r": "6.1.0",
    "v": "#1 SMP",
    "m": "x86_64",
    "p": "unknown",
    "i": "unknown",
    "o": "GNU/Linux",
}


@command("true", "sync", "sleep", "usleep")
def true(_process: Process) -> int:
    """`true`, and what does nothing one could see; `sleep` takes no time."""
    return 0


@command("false")
def false(_process: Process) -> int:
    """`false`."""
    return 1


@command("test", "[", "[[")
def test(process: Process) -> int:
    """`test` as a program."""
    args = list(process.args)
    if process.name in {"[", "[["}:
        if args[-1:] != ["]" if process.name == "[" else "]]"]:
            process.error("missing ']'" if not process.busybox else f"missing {']' if process.name == '[' else ']]'}")
            return 2
        args.pop()
    try:
        return int(not evaluate_test(Files(process.fs, process.cwd), args))
    except TestFailure as failure:
        process.error(report(failure, "ash" if process.busybox else "gnu"))
        return 2


@command("pwd")
def pwd(process: Process) -> int:
    """`pwd`."""
    process.out((process.fs.resolve(process.cwd) if not process.busybox else process.cwd) + "\n")
    return 0


@command("basename")
def basename(process: Process) -> int:
    """`basename`."""
    options = parse_options(process, "as:z", {"multiple": "a", "suffix=": "s", "zero": "z"}, permute=False)
    names = options.operands
    if not names:
        raise missing_operand(process)
    suffix = options.get("s") or ""
    if not options.any("a", "s"):
        if len(names) > 2:
            raise usage(process, f"extra operand {quote(names[2])}")
        names, suffix = names[:1], names[1] if len(names) > 1 else ""
    for name in names:
        base = name.rstrip("/").rpartition("/")[2] or ("/" if name.startswith("/") else "")
        if suffix and base != suffix and base.endswith(suffix):
            base = base[: -len(suffix)]
        process.out(base + "\n")
    return 0


@command("dirname")
def dirname(process: Process) -> int:
    """`dirname`."""
    options = parse_options(process, "z", {"zero": "z"})
    if not options.operands:
        raise missing_operand(process)
    for name in options.operands:
        stripped = name.rstrip("/")
        head = stripped.rpartition("/")[0].rstrip("/")
        process.out((head or ("/" if name.startswith("/") else ".")) + "\n")
    return 0


@command("readlink")
def readlink(process: Process) -> int:
    """`readlink`."""
    long = {
        "canonicalize": "f",
        "canonicalize-existing": "e",
        "canonicalize-missing": "m",
        "no-newline": "n",
        "verbose": "v",
    }
    options = parse_options(process, "femnvqsz", long)
    if not options.operands:
        raise missing_operand(process)
    code = 0
    ending = "" if "n" in options else "\n"
    for name in options.operands:
        path = process.path(name)
        if options.any("f", "e", "m"):
            found = _canonical(process, path, "e" if "e" in options else "m" if "m" in options else "f")
            if found is None:
                code = 1
            else:
                process.out(found + ending)
            continue
        node = process.fs.lookup(path, follow=False)
        if isinstance(node, Symlink):
            process.out(node.target + ending)
        else:
            if "v" in options:
                process.error(f"{name}: {'Invalid argument' if node else 'No such file or directory'}")
            code = 1
    return code


def _canonical(process: Process, path: str, how: str) -> str | None:
    """The canonical path; how much of it has to be there depends on `f`, `e` or `m`."""
    try:
        found = process.fs.resolve(path)
    except FileSystemError:
        return clean(path) if how == "m" else None
    if how == "m" or process.fs.exists(found):
        return found
    if how == "f" and process.fs.is_directory(found.rpartition("/")[0] or "/"):
        return found
    return None


@command("realpath")
def realpath(process: Process) -> int:
    """`realpath`."""
    options = parse_options(
        process,
        "emqsLPz",
        {
            "canonicalize-existing": "e",
            "canonicalize-missing": "m",
            "no-symlinks": "s",
            "strip": "s",
            "relative-to=": "relative-to",
        },
    )
    code = 0
    for name in options.operands or ([] if not process.busybox else ["."]):
        how = "m" if "m" in options else "e" if "e" in options or process.busybox else "f"
        found = (
            clean(process.path(name))
            if "s" in options
            else _canonical(process, process.path(name), "e" if how == "e" else how)
        )
        if found is None:
            if "q" not in options:
                process.error(f"{name}: No such file or directory")
            code = 1
        else:
            process.out(found + "\n")
    return code


@command("env")
def env(process: Process) -> int:
    """`env`."""
    options = parse_options(
        process,
        "iu:C:S:0v",
        {"ignore-environment": "i", "unset=": "u", "chdir=": "C", "null": "0"},
        permute=False,
        code=125,
    )
    variables: dict[str, str] = {} if "i" in options else dict(process.env)
    for name in options.values.get("u", []):
        variables.pop(name, None)
    words = list(options.operands)
    if (text := options.get("S")) is not None:
        words = [*text.split(), *words]
    if words[:1] == ["-"]:
        variables, words = {}, words[1:]
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    if not words:
        process.out("".join(f"{name}={value}\n" for name, value in variables.items()))
        return 0
    if (directory := options.get("C")) is not None:
        process.cwd = clean(process.path(directory))
    return run_or_complain(process, words, variables)


def run_or_complain(process: Process, words: list[str], variables: Mapping[str, str] | None = None) -> int:
    """Run a program for `env`, `nohup` and their like; their message if it can't be run."""
    used = process.env if variables is None else variables
    found = find(process.fs, words[0], used.get("PATH", DEFAULT_PATH), process.cwd)
    if not isinstance(found, Found) and found != "murky":
        message = "No such file or directory" if found == "missing" else "Permission denied"
        if process.busybox and process.name != "xargs":
            process.error(f"can't execute '{words[0]}': {message}")
        elif process.name in {"env", "timeout", "nohup", "xargs", "stdbuf", "nice"}:
            quoted = quote(words[0])
            failed = {"env": quoted, "xargs": words[0]}.get(process.name, f"failed to run command {quoted}")
            process.error(f"{failed}: {message}")
        else:
            process.error(f"{words[0]}: {message}")
        return 127 if found == "missing" else 126
    return process.run(words, env=used)


@command("nohup", "stdbuf", "nice", "ionice", "setsid", "chronic", "eatmydata", "time")
def wrapper(process: Process) -> int:
    """Commands that run another in some way one can't see here."""
    args = list(process.args)
    while args and args[0].startswith("-"):
        word = args.pop(0)
        if word in {"-n", "-i", "-o", "-e", "-c", "-p"}:
            args[:1] = []
    if not args:
        return 125 if process.name != "nice" else 0
    return run_or_complain(process, args)


@command("timeout")
def timeout(process: Process) -> int:
    """`timeout`: nothing takes time here, so it never strikes."""
    options = parse_options(
        process,
        "k:s:vt:",
        {"kill-after=": "k", "signal=": "s", "preserve-status": "p", "foreground": "f", "verbose": "v"},
        permute=False,
        code=125,
    )
    words = options.operands[1:]
    if not words:
        raise missing_operand(process, code=125)
    return run_or_complain(process, words)


@command("printenv")
def printenv(process: Process) -> int:
    """`printenv`."""
    if not process.args:
        process.out("".join(f"{name}={value}\n" for name, value in process.env.items()))
        return 0
    missing = False
    for name in process.args:
        if name in process.env:
            process.out(process.env[name] + "\n")
        else:
            missing = True
    return int(missing)


@command("uname", "arch")
def uname(process: Process) -> int:
    """`uname`; the kernel is the host's, so its release is an example."""
    if process.name == "arch":
        process.out("x86_64\n")
        return 0
    long = {
        "all": "a",
        "kernel-name": "s",
        "nodename": "n",
        "kernel-release": "r",
        "kernel-version": "v",
        "machine": "m",
        "operating-system": "o",
        "processor": "p",
        "hardware-platform": "i",
    }
    options = parse_options(process, "asnrvmpio", long)
    wanted = [name for name in "snrvmpio" if name in options] or ["s"]
    if "a" in options:
        wanted = list("snrvmo")
    if set(wanted) & set("nrv"):
        process.note("estimated", "shell.host_facts", command="uname")
    process.out(" ".join(MACHINE[name] for name in wanted) + "\n")
    return 0


@command("nproc", "getconf")
def nproc(process: Process) -> int:
    """`nproc`: a fact of the host, so the number is an example."""
    process.note("estimated", "shell.host_facts", command=process.name)
    if process.name == "getconf":
        process.out(
            {"LONG_BIT": "64\n", "PAGE_SIZE": "4096\n", "PAGESIZE": "4096\n"}.get("".join(process.args[:1]), "2\n")
        )
    else:
        process.out("2\n")
    return 0


@command("hostname")
def hostname(process: Process) -> int:
    """`hostname`: BuildKit's sandbox has a name of its own."""
    process.out("buildkitsandbox\n")
    return 0


@command("tty")
def tty(process: Process) -> int:
    """`tty`: a build has none."""
    process.out("not a tty\n")
    return 1


@command("whoami")
def whoami(process: Process) -> int:
    """`whoami`."""
    uid = process.fs.who.uid
    name = user_name(process.fs, uid)
    if name is None:
        return process.error(f"unknown uid {uid}" if process.busybox else f"cannot find name for user ID {uid}")
    process.out(name + "\n")
    return 0


@command("logname", "groups")
def groups(process: Process) -> int:
    """`groups`."""
    who = process.fs.who
    ids = [who.gid, *sorted(who.groups - {who.gid})]
    if process.args and (account := find_account(process.fs, process.args[0])) is not None:
        ids = groups_of(process.fs, account)
    names = " ".join(group_name(process.fs, gid) or str(gid) for gid in ids)
    prefix = f"{process.args[0]} : " if process.args and not process.busybox else ""
    process.out(prefix + names + "\n")
    return 0


@command("id")
def identity(process: Process) -> int:
    """`id`."""
    long = {"user": "u", "group": "g", "groups": "G", "name": "n", "real": "r"}
    options = parse_options(process, "ugGnra", long)
    fs = process.fs
    uid, gid, ids = fs.who.uid, fs.who.gid, [fs.who.gid, *sorted(fs.who.groups - {fs.who.gid})]
    if process.busybox and fs.who.groups:
        ids = sorted(fs.who.groups)  # as the kernel keeps them, the primary one not first
    if options.operands:
        name = options.operands[0]
        account = find_account(fs, name) or next(
            (one for one in accounts(fs) if name.isdigit() and one.uid == int(name)), None
        )
        if account is None:
            return process.error(f"unknown user {name}" if process.busybox else f"{quote(name)}: no such user")
        uid, gid, ids = account.uid, account.gid, groups_of(fs, account)
    if "u" in options:
        process.out(_named(user_name(fs, uid), uid, names="n" in options))
    elif "g" in options:
        process.out(_named(group_name(fs, gid), gid, names="n" in options))
    elif "G" in options:
        words = [_named(group_name(fs, one), one, names="n" in options).strip() for one in ids]
        process.out(" ".join(words) + "\n")
    else:
        shown = ",".join(_both(one, group_name(fs, one)) for one in ids)
        # busybox prints what getgroups(2) gives and nothing if that is empty; id adds the primary group itself.
        supplementary = f" groups={shown}" if not process.busybox or options.operands or fs.who.groups else ""
        process.out(f"uid={_both(uid, user_name(fs, uid))} gid={_both(gid, group_name(fs, gid))}{supplementary}\n")
    return 0


def _named(name: str | None, number: int, *, names: bool) -> str:
    return (name if names and name is not None else str(number)) + "\n"


def _both(number: int, name: str | None) -> str:
    return f"{number}({name})" if name is not None else str(number)


@command("which")
def which(process: Process) -> int:
    """`which`."""
    code = 0
    names = [word for word in process.args if word not in {"-a", "-s", "--"}]
    for name in names:
        found = find(process.fs, name, process.env.get("PATH", DEFAULT_PATH), process.cwd)
        if isinstance(found, Found):
            process.out((name if "/" in name else found.path) + "\n")
        else:
            code = 1
    return code if names else 1


@command("expr")
def expr(process: Process) -> int:
    """`expr`."""
    try:
        value = _Expr(list(process.args)).run()
    except ZeroDivisionError:
        process.error("division by zero")
        return 2
    except ValueError as error:
        process.error("syntax error" if process.busybox and "syntax" in str(error) else str(error) or "syntax error")
        return 2
    process.out(f"{value}\n")
    return int(str(value) in {"", "0"})


class _Expr:
    LEVELS = (("|",), ("&",), ("=", "==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"), (":",))

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.position = 0

    def run(self) -> str:
        value = self._level(0)
        if self.position < len(self.words):
            raise ValueError("syntax error: unexpected argument " + quote(self.words[self.position]))
        return value

    def _level(self, level: int) -> str:
        if level == len(self.LEVELS):
            return self._primary()
        value = self._level(level + 1)
        while self.position < len(self.words) and self.words[self.position] in self.LEVELS[level]:
            operator = self.words[self.position]
            self.position += 1
            value = self._apply(value, operator, self._level(level + 1))
        return value

    def _primary(self) -> str:
        if self.position >= len(self.words):
            last = f" after {quote(self.words[-1])}" if self.words else ""
            raise ValueError(
                f"syntax error: missing argument{last}"
                if self.words
                else "missing operand\nTry 'expr --help' for more information."
            )
        word = self.words[self.position]
        self.position += 1
        if word == "(":
            value = self._level(0)
            if self.words[self.position : self.position + 1] != [")"]:
                raise ValueError("syntax error: expecting ')'")
            self.position += 1
            return value
        if word == "length" and self.position < len(self.words):
            return str(len(self._primary()))
        if word == "match" and self.position + 1 < len(self.words):
            text = self._primary()
            return self._apply(text, ":", self._primary())
        if word == "substr" and self.position + 2 < len(self.words):
            text, start, size = self._primary(), int(self._primary()), int(self._primary())
            return text[start - 1 : start - 1 + size] if start > 0 else ""
        if word == "index" and self.position + 1 < len(self.words):
            text, chars = self._primary(), self._primary()
            return str(next((at + 1 for at, char in enumerate(text) if char in chars), 0))
        return word

    def _apply(self, left: str, operator: str, right: str) -> str:
        if operator == "|":
            return left if left not in {"", "0"} else right or "0"
        if operator == "&":
            return left if left not in {"", "0"} and right not in {"", "0"} else "0"
        if operator == ":":
            from layerlab.shell.regex import translate  # noqa: PLC0415

            found = re.compile(translate(right, extended=False)).match(left)
            if re.search(r"\\\(", right):
                return (found.group(1) or "") if found else ""
            return str(found.end() if found else 0)
        if operator in self.LEVELS[2]:
            one: object = left
            other: object = right
            if _is_integer(left) and _is_integer(right):
                one, other = int(left), int(right)
            return str(int(_compared(one, operator, other)))
        if not (_is_integer(left) and _is_integer(right)):
            raise ValueError("non-integer argument")
        a, b = int(left), int(right)
        if operator in "/%":
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return str(quotient if operator == "/" else a - b * quotient)
        return str(a + b if operator == "+" else a - b if operator == "-" else a * b)


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"-?\d+", text) is not None


def _compared(one: object, operator: str, other: object) -> bool:
    assert isinstance(one, (int, str))
    assert isinstance(other, (int, str))
    if operator in {"=", "=="}:
        return one == other
    if operator == "!=":
        return one != other
    less = one < other  # type: ignore[operator]
    return {"<": less, ">": not less and one != other, "<=": less or one == other, ">=": not less}[operator]
