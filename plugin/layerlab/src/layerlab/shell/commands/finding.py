"""`find`: the walk, the expression and its actions; `findtests` has the tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from layerlab.filesystem import BULK_NAME, Directory, File, FileSystemError, Node, Symlink
from layerlab.shell.commands.accounts import group_name, user_name
from layerlab.shell.commands.dates import SECOND, formatted
from layerlab.shell.commands.findtests import TESTS, Test, Visit
from layerlab.shell.commands.listing import letter, size, visible
from layerlab.shell.commands.registry import command
from layerlab.shell.commands.system import run_or_complain
from layerlab.shell.modes import listing
from layerlab.shell.options import UsageError, quote
from layerlab.shell.process import Process


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
