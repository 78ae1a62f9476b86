"""`find` and `xargs`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from layerlab.filesystem import BULK_NAME, Directory, File, FileSystemError, Node, Symlink
from layerlab.shell.commands.accounts import find_account, find_group, group_name, user_name
from layerlab.shell.commands.dates import SECOND, formatted
from layerlab.shell.commands.listing import KINDS, letter, size, visible
from layerlab.shell.commands.registry import command
from layerlab.shell.commands.system import run_or_complain
from layerlab.shell.modes import ModeError, listing, parse_mode
from layerlab.shell.options import UsageError, parse_options, quote
from layerlab.shell.patterns import matches
from layerlab.shell.process import Process
from layerlab.shell.regex import compiled

UNITS = {"": 512, "b": 512, "c": 1, "w": 2, "k": 1024, "M": 1 << 20, "G": 1 << 30}
NEWER = {"-newer", "-anewer", "-cnewer"}


@dataclass(slots=True)
class Visit:
    """One entry that `find` looks at."""

    path: str
    node: Node
    depth: int
    base: str
    pruned: bool = False


Test = Callable[[Visit], bool]


@dataclass(slots=True)
class Plan:
    """What the expression sets for the whole walk."""

    minimum: int = 0
    maximum: int = 1_000_000
    deep: bool = False
    acts: bool = False
    stopped: bool = False
    code: int = 0
    pending: list[tuple[list[str], list[str]]] = field(default_factory=list)


@command("find")
def find(process: Process) -> int:
    """`find`."""
    args = list(process.args)
    while args and args[0] in {"-H", "-L", "-P"}:
        args.pop(0)
    starts: list[str] = []
    while args and not (args[0].startswith("-") and len(args[0]) > 1) and args[0] not in {"!", "("}:
        starts.append(args.pop(0))
    plan = Plan()
    expression = _Expression(process, args, plan)
    test = expression.run()
    if not plan.acts:
        inner = test

        def test(visit: Visit) -> bool:
            if inner(visit):
                process.out(visit.path + "\n")
            return True

    for start in starts or ["."]:
        node = process.fs.lookup(process.path(start), follow=start.endswith("/"))
        if node is None:
            plan.code = process.error(
                f"{start}: No such file or directory"
                if process.busybox
                else f"{quote_find(start)}: No such file or directory"
            )
            continue
        _walk(process, plan, test, Visit(start, node, 0, start))
    for words, names in plan.pending:
        if names and run_or_complain(process, [*words, *names]) != 0:
            plan.code = 1
    return plan.code


def quote_find(name: str) -> str:
    """A name in findutils' messages."""
    return quote(name)


def _walk(process: Process, plan: Plan, test: Test, visit: Visit) -> None:
    if plan.stopped:
        return
    process.budget.step()
    inside = plan.minimum <= visit.depth
    if inside and not plan.deep:
        test(visit)
    node = process.fs.lookup(process.path(visit.path), follow=False) if not plan.deep else visit.node
    if visit.depth == 0 and visit.path.endswith("/"):
        node = visit.node
    if isinstance(node, Directory) and not visit.pruned and visit.depth < plan.maximum:
        if not process.fs.access(process.path(visit.path), 4):
            plan.code = process.error(
                f"{visit.path}: Permission denied" if process.busybox else f"{quote(visit.path)}: Permission denied"
            )
        else:
            if BULK_NAME in node.entries:
                process.note("estimated", "shell.unlisted", path=process.path(visit.path))
            for name in visible(node):
                below = f"{visit.path.rstrip('/')}/{name}" if visit.path != "/" else f"/{name}"
                _walk(process, plan, test, Visit(below, node.entries[name], visit.depth + 1, visit.base))
    if inside and plan.deep:
        test(visit)


class _Expression:
    """Parses the expression into one test."""

    def __init__(self, process: Process, words: list[str], plan: Plan) -> None:
        self.process = process
        self.words = words
        self.plan = plan
        self.position = 0

    def run(self) -> Test:
        if not self.words:
            return lambda _visit: True
        test = self._or()
        if self.position < len(self.words):
            raise UsageError(
                f"paths must precede expression: `{self.words[self.position]}'"
                if not self.process.busybox
                else f"unrecognized: {self.words[self.position]}"
            )
        return test

    def _peek(self) -> str | None:
        return self.words[self.position] if self.position < len(self.words) else None

    def _or(self) -> Test:
        left = self._and()
        while self._peek() in {"-o", "-or"}:
            self.position += 1
            left = _either(left, self._and())
        return left

    def _and(self) -> Test:
        left = self._not()
        while (word := self._peek()) is not None and word not in {"-o", "-or", ")", ","}:
            if word in {"-a", "-and"}:
                self.position += 1
            left = _both(left, self._not())
        return left

    def _not(self) -> Test:
        word = self._peek()
        if word in {"!", "-not"}:
            self.position += 1
            inner = self._not()
            return lambda visit: not inner(visit)
        if word == "(":
            self.position += 1
            inner = self._or()
            if self._peek() != ")":
                raise UsageError("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
            self.position += 1
            return inner
        return self._primary()

    def _argument(self, name: str) -> str:
        if self.position >= len(self.words):
            raise UsageError(
                f"missing argument to `{name}'" if not self.process.busybox else f"{name}: missing argument"
            )
        self.position += 1
        return self.words[self.position - 1]

    def _primary(self) -> Test:
        word = self._peek()
        if word is None:
            raise UsageError("invalid expression")
        self.position += 1
        simple = self._simple(word)
        if simple is not None:
            return simple
        if word in TESTS:
            return TESTS[word](self.process, self._argument(word))
        text = f"unknown predicate `{word}'" if word.startswith("-") else f"paths must precede expression: `{word}'"
        raise UsageError(text if not self.process.busybox else f"unrecognized: {word}")

    def _simple(self, word: str) -> Test | None:
        process, plan = self.process, self.plan
        match word:
            case "-maxdepth":
                plan.maximum = int(self._argument(word))
            case "-mindepth":
                plan.minimum = int(self._argument(word))
            case "-depth" | "-d":
                plan.deep = True
            case "-xdev" | "-mount" | "-noleaf" | "-ignore_readdir_race" | "-true" | "-follow" | "-warn" | "-nowarn":
                pass
            case "-false":
                return lambda _visit: False
            case "-regextype":
                self._argument(word)
            case "-prune":
                return _prune
            case "-empty":
                return lambda visit: _is_empty(visit.node)
            case "-nouser":
                return lambda visit: user_name(process.fs, visit.node.meta.uid) is None
            case "-nogroup":
                return lambda visit: group_name(process.fs, visit.node.meta.gid) is None
            case "-executable":
                return lambda visit: process.fs.access(process.path(visit.path), 1)
            case "-readable":
                return lambda visit: process.fs.access(process.path(visit.path), 4)
            case "-writable":
                return lambda visit: process.fs.access(process.path(visit.path), 2)
            case _:
                return self._action(word)
        return lambda _visit: True

    def _action(self, word: str) -> Test | None:
        process, plan = self.process, self.plan
        match word:
            case "-print":
                plan.acts = True
                return lambda visit: _out(process, visit.path + "\n")
            case "-print0":
                plan.acts = True
                return lambda visit: _out(process, visit.path + "\0")
            case "-printf":
                plan.acts = True
                form = self._argument(word)
                return lambda visit: _out(process, _printf(process, form, visit))
            case "-ls":
                plan.acts = True
                process.note("unknown", "shell.unmodelled", command="find -ls")
                return lambda _visit: True
            case "-quit":
                return lambda _visit: _quit(plan)
            case "-delete":
                plan.acts = plan.deep = True
                return lambda visit: _delete(process, plan, visit)
            case "-exec" | "-execdir" | "-ok":
                plan.acts = True
                return self._exec(word)
            case _:
                return None

    def _exec(self, name: str) -> Test:
        words: list[str] = []
        while True:
            word = self._argument(name)
            if word == ";":
                return lambda visit: (
                    run_or_complain(self.process, [one.replace("{}", visit.path) for one in words]) == 0
                )
            if word == "+" and words and words[-1] == "{}":
                pending: tuple[list[str], list[str]] = (words[:-1], [])
                self.plan.pending.append(pending)
                return lambda visit: _gather(pending[1], visit)
            words.append(word)


def _either(left: Test, right: Test) -> Test:
    return lambda visit: left(visit) or right(visit)


def _both(left: Test, right: Test) -> Test:
    return lambda visit: left(visit) and right(visit)


def _prune(visit: Visit) -> bool:
    visit.pruned = True
    return True


def _quit(plan: Plan) -> bool:
    plan.stopped = True
    return True


def _gather(names: list[str], visit: Visit) -> bool:
    names.append(visit.path)
    return True


def _out(process: Process, text: str) -> bool:
    process.out(text)
    return True


def _is_empty(node: Node) -> bool:
    return not node.entries if isinstance(node, Directory) else isinstance(node, File) and size(node) == 0


def _delete(process: Process, plan: Plan, visit: Visit) -> bool:
    path = process.path(visit.path)
    if visit.path in {".", "/"}:
        return True
    try:
        if isinstance(visit.node, Directory):
            process.fs.rmdir(path)
        else:
            process.fs.remove(path)
    except FileSystemError as error:
        process.error(
            f"{visit.path}: {error.message}"
            if process.busybox
            else f"cannot delete {quote(visit.path)}: {error.message}"
        )
        plan.code = 1
        return False
    return True


def _printf(process: Process, form: str, visit: Visit) -> str:
    node = visit.node
    meta = node.meta
    inside = visit.path[len(visit.base) :].lstrip("/")
    values = {
        "p": visit.path, "f": visit.path.rstrip("/").rpartition("/")[2] or "/",
        "h": visit.path.rpartition("/")[0] or ".", "P": inside,
        "H": visit.base, "s": str(size(node) if size(node) is not None else "?"), "m": f"{meta.mode:o}",
        "M": listing(meta.mode, letter(node)),
        "u": user_name(process.fs, meta.uid) or str(meta.uid), "g": group_name(process.fs, meta.gid) or str(meta.gid),
        "U": str(meta.uid), "G": str(meta.gid), "d": str(visit.depth),
        "l": node.target if isinstance(node, Symlink) else "",
        "y": "f" if letter(node) == "-" else letter(node), "%": "%",
        "t": formatted("%a %b %e %H:%M:%S.%N0 %Y", meta.mtime),
    }  # fmt: skip
    text = re.sub(r"%T@", f"{meta.mtime // SECOND}.{meta.mtime % SECOND:09d}0", form)
    text = re.sub(r"%T([A-Za-z+])", lambda found: formatted("%" + found.group(1), meta.mtime), text)
    text = re.sub(r"%-?\d*([A-Za-z%])", lambda found: values.get(found.group(1), found.group(0)), text)
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0").replace("\\\\", "\\")


# Tests with an argument


def _name(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern, visit.path.rstrip("/").rpartition("/")[2] or "/")


def _iname(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern.lower(), visit.path.rstrip("/").rpartition("/")[2].lower())


def _path(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern, visit.path)


def _ipath(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern.lower(), visit.path.lower())


def _regex(_process: Process, pattern: str) -> Test:
    expression = compiled(pattern, extended=False)
    return lambda visit: expression.fullmatch(visit.path) is not None


def _type(_process: Process, kinds: str) -> Test:
    wanted = {"-" if kind == "f" else kind for kind in kinds.split(",")}
    if not wanted <= {"-", *KINDS}:
        raise UsageError(f"Unknown argument to -type: {kinds}")
    return lambda visit: letter(visit.node) in wanted


def _lname(_process: Process, pattern: str) -> Test:
    return lambda visit: isinstance(visit.node, Symlink) and matches(pattern, visit.node.target)


def _numeric(text: str) -> tuple[str, int]:
    sign = text[0] if text[:1] in {"+", "-"} else ""
    digits = text[len(sign) :]
    if not digits.isdigit():
        raise UsageError(f"invalid argument `{text}'")
    return sign, int(digits)


def _compares(sign: str, value: int, wanted: int) -> bool:
    return value > wanted if sign == "+" else value < wanted if sign == "-" else value == wanted


def _size(process: Process, text: str) -> Test:
    unit = text[-1] if not text[-1:].isdigit() else ""
    sign, wanted = _numeric(text.removesuffix(unit))
    factor = UNITS.get(unit, 512)

    def test(visit: Visit) -> bool:
        known = size(visit.node)
        if known is None:
            process.note("unknown", "shell.unknown_size", path=visit.path)
            return False
        if process.busybox:
            return _compares(sign, known, wanted * factor)
        return _compares(sign, -(-known // factor), wanted)

    return test


def _time(factor: int) -> Callable[[Process, str], Test]:
    def make(process: Process, text: str) -> Test:
        sign, wanted = _numeric(text)
        return lambda visit: _compares(sign, (process.fs.now - visit.node.meta.mtime) // (factor * SECOND), wanted)

    return make


def _newer(process: Process, name: str) -> Test:
    try:
        reference = process.fs.stat(process.path(name)).meta.mtime
    except FileSystemError as error:
        what = f"can't stat '{name}'" if process.busybox else quote(name)
        raise UsageError(f"{what}: {error.message}") from error
    return lambda visit: visit.node.meta.mtime > reference


def _perm(_process: Process, text: str) -> Test:
    how = text[0] if text[0] in "-/+" else ""
    try:
        wanted = parse_mode(text[len(how) :])(0, False)
    except ModeError:
        raise UsageError(f"invalid mode {quote(text)}") from None
    if how == "-":
        return lambda visit: visit.node.meta.mode & wanted == wanted
    if how in {"/", "+"}:
        return lambda visit: bool(visit.node.meta.mode & wanted) or not wanted
    return lambda visit: visit.node.meta.mode == wanted


def _user(process: Process, name: str) -> Test:
    account = find_account(process.fs, name)
    if account is None and not name.isdigit():
        raise UsageError(
            f"{quote(name)} is not the name of a known user" if not process.busybox else f"unknown user {name}"
        )
    uid = account.uid if account is not None else int(name)
    return lambda visit: visit.node.meta.uid == uid


def _group(process: Process, name: str) -> Test:
    group = find_group(process.fs, name)
    if group is None and not name.isdigit():
        raise UsageError(
            f"{quote(name)} is not the name of an existing group" if not process.busybox else f"unknown group {name}"
        )
    gid = group.gid if group is not None else int(name)
    return lambda visit: visit.node.meta.gid == gid


def _links(_process: Process, text: str) -> Test:
    sign, wanted = _numeric(text)
    return lambda visit: _compares(sign, 2 if isinstance(visit.node, Directory) else 1, wanted)


TESTS: dict[str, Callable[[Process, str], Test]] = {
    "-name": _name, "-iname": _iname, "-path": _path, "-wholename": _path, "-ipath": _ipath, "-regex": _regex,
    "-type": _type,
    "-xtype": _type, "-lname": _lname, "-size": _size, "-mtime": _time(86400), "-atime": _time(86400),
    "-ctime": _time(86400),
    "-mmin": _time(60), "-amin": _time(60), "-cmin": _time(60), "-newer": _newer, "-anewer": _newer, "-cnewer": _newer,
    "-perm": _perm, "-user": _user, "-group": _group, "-uid": _user, "-gid": _group, "-links": _links,
}  # fmt: skip


@command("xargs")
def xargs(process: Process) -> int:
    """`xargs`."""
    long = {
        "null": "0",
        "max-args=": "n",
        "replace=?": "I",
        "no-run-if-empty": "r",
        "verbose": "t",
        "max-procs=": "P",
        "max-lines=?": "L",
        "delimiter=": "d",
        "arg-file=": "a",
    }
    options = parse_options(process, "0n:I:rtP:L:d:E:s:pxa:i::", long, permute=False)
    words = options.operands or ["echo"]
    replace = options.get("I") if "I" in options else (options.get("i") or "{}") if "i" in options else None
    data = process.read(options.get("a") or "-")
    text = data.decode("utf-8", "surrogateescape")
    if "0" in options:
        items = [item for item in text.split("\0") if item] if text else []
    elif "d" in options:
        delimiter = (options.get("d") or "\n").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0")
        items = text.split(delimiter)
        items = items[:-1] if items and not items[-1] else items
    elif replace is not None:
        items = [item for line in text.split("\n") if (item := line.lstrip(" \t"))]
    else:
        found = _xargs_items(text)
        if found is None:
            return process.error(
                "unmatched single quote; by default quotes are special to xargs unless you use the -0 option"
                if not process.busybox
                else "unmatched single quote"
            )
        items = found
    if replace is not None:
        batches = [[word.replace(replace, item) for word in words] for item in items]
    else:
        count = int(options.get("n") or options.get("L") or 5000)
        batches = [[*words, *items[at : at + count]] for at in range(0, len(items), count)]
        if not items and "r" not in options:
            batches = [list(words)]
    return _run_batches(process, batches, verbose="t" in options)


def _run_batches(process: Process, batches: list[list[str]], *, verbose: bool) -> int:
    code = 0
    for batch in batches:
        process.budget.step()
        if verbose:
            process.out(" ".join(batch) + "\n", 2)
        status = run_or_complain(process, batch)
        if status in {126, 127}:
            return status
        if status == 255:
            process.error(f"{batch[0]}: exited with status 255; aborting")
            return 124
        if status:
            code = 123
    return code


def _xargs_items(text: str) -> list[str] | None:
    items: list[str] = []
    current: str | None = None
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char in "'\"":
            end = text.find(char, position)
            if end < 0 or "\n" in text[position:end]:
                return None
            current = (current or "") + text[position:end]
            position = end + 1
        elif char == "\\" and position < len(text):
            current = (current or "") + text[position]
            position += 1
        elif char in " \t\n":
            if current is not None:
                items.append(current)
            current = None
        else:
            current = (current or "") + char
    return [*items, current] if current is not None else items
