"""Runs a parsed template over a value (text/template's exec, Go 1.24)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from layerlab.docker.template.functions import FUNCTIONS, Builtin, CallError
from layerlab.docker.template.goprint import NO_VALUE, Missing, Struct, show, truth, type_of
from layerlab.docker.template.lexer import TemplateError, TooLongError
from layerlab.docker.template.parser import (
    Action,
    Branch,
    Constant,
    Function,
    Jump,
    Node,
    Operand,
    Path,
    Pipeline,
    Template,
    Text,
)

MAX_OUTPUT = 1_000_000
"""Characters after which a template is stopped; a limit of this simulation, not of Docker."""


class _Jumped(Exception):  # noqa: N818 - it is control flow, not an error
    def __init__(self, keyword: str) -> None:
        self.keyword = keyword


def execute(
    template: Template, data: object, functions: Mapping[str, Builtin] = FUNCTIONS, *, strict_keys: bool = False
) -> str:
    """The template's text for a value.

    Args:
        template: A parsed template.
        data: The dot.
        functions: By name.
        strict_keys: Whether a missing key of a map is an error (`docker inspect`).

    Raises:
        TemplateError: With Go's message, naming line, column and the expression.
    """
    run = _Run(template.source, functions, strict_keys)
    run.nodes(template.nodes, data, {"$": data})
    return "".join(run.out)


class _Run:
    def __init__(self, source: str, functions: Mapping[str, Builtin], strict_keys: bool) -> None:
        self.source = source
        self.functions = functions
        self.strict_keys = strict_keys
        self.out: list[str] = []
        self.size = 0

    def fail(self, at: int, shown: str, message: str) -> TemplateError:
        line = self.source.count("\n", 0, at) + 1
        column = len(self.source[self.source.rfind("\n", 0, at) + 1 : at].encode())
        return TemplateError(f'template: :{line}:{column}: executing "" at <{shown}>: {message}')

    def write(self, text: str) -> None:
        self.size += len(text)
        if self.size > MAX_OUTPUT:
            raise TooLongError
        self.out.append(text)

    def nodes(self, nodes: Sequence[Node], dot: object, scope: dict[str, object]) -> None:
        for node in nodes:
            match node:
                case Text(text):
                    self.write(text)
                case Action(Pipeline(((Path(None, (name,), _),),), ())) if isinstance(dot, Struct) and isinstance(
                    found := dot.fields.get(name), str
                ):
                    self.write(found)
                case Action(pipeline):
                    value = self.pipeline(pipeline, dot, scope)
                    if not pipeline.variables:
                        self.write(show(value))
                case Branch("range", _, _, _):
                    self.range(node, dot, scope)
                case Branch(keyword, pipeline, body, otherwise):
                    inner = dict(scope)
                    value = self.pipeline(pipeline, dot, inner)
                    here = value if keyword == "with" and truth(value) else dot
                    self.nodes(body if truth(value) else otherwise, here, inner)
                    scope.update({name: inner[name] for name in scope if name not in pipeline.variables})
                case Jump(keyword):
                    raise _Jumped(keyword)

    def range(self, node: Branch, dot: object, scope: dict[str, object]) -> None:
        value = self.pipeline(node.pipeline, dot, dict(scope))
        pairs = list(self.pairs(value, node))
        if not pairs:
            self.nodes(node.otherwise, dot, scope)
            return
        names = node.pipeline.variables
        for key, item in pairs:
            inner = dict(scope)
            if len(names) == 1:
                inner[names[0]] = item
            elif names:
                inner[names[0]], inner[names[1]] = key, item
            try:
                self.nodes(node.body, item, inner)
            except _Jumped as jump:
                if jump.keyword == "break":
                    break
            finally:
                scope.update({name: inner[name] for name in scope if name not in names})

    def pairs(self, value: object, node: Branch) -> Iterator[tuple[object, object]]:
        match value:
            case list() | tuple():
                yield from enumerate(value)
            case Mapping():
                yield from sorted(value.items(), key=lambda pair: str(pair[0]))
            case bool():
                raise self.fail(node.pipeline.at, _written(node.pipeline), f"range can't iterate over {show(value)}")
            case int():
                yield from ((number, number) for number in range(min(value, MAX_OUTPUT)))
            case None | Missing():
                return
            case _:
                raise self.fail(node.pipeline.at, _written(node.pipeline), f"range can't iterate over {show(value)}")

    def pipeline(self, pipeline: Pipeline, dot: object, scope: dict[str, object]) -> object:
        value: object = NO_VALUE
        for at, command in enumerate(pipeline.commands):
            value = self.command(command, dot, scope, (value,) if at else ())
        for name in pipeline.variables:
            scope[name] = value
        return value

    def command(
        self, words: tuple[Operand, ...], dot: object, scope: dict[str, object], last: tuple[object, ...]
    ) -> object:
        first, rest = words[0], words[1:]
        if isinstance(first, Function):
            values = (*(self.operand(word, dot, scope) for word in rest), *last)
            return self.call(first, values)
        if isinstance(first, Path):
            return self.path(first, dot, scope, (*(self.operand(word, dot, scope) for word in rest), *last))
        if rest or last:
            raise self.fail(first.at, first.source, f"can't give argument to non-function {first.source}")
        return first.value

    def operand(self, word: Operand, dot: object, scope: dict[str, object]) -> object:
        match word:
            case Constant(value, _, _):
                return value
            case Path():
                return self.path(word, dot, scope, ())
            case Function():
                return self.call(word, ())

    def call(self, function: Function, values: tuple[object, ...]) -> object:
        builtin = self.functions[function.name]
        if len(values) < builtin.least or (builtin.most is not None and len(values) > builtin.most):
            least = f"at least {builtin.least}" if builtin.most is None else str(builtin.least)
            message = f"wrong number of args for {function.name}: want {least} got {len(values)}"
            raise self.fail(function.at, function.name, message)
        try:
            return builtin.call(*values)
        except CallError as error:
            raise self.fail(function.at, function.name, f"error calling {function.name}: {error}") from None

    def path(self, path: Path, dot: object, scope: dict[str, object], arguments: tuple[object, ...]) -> object:
        if path.start is None:
            value = dot
        elif isinstance(path.start, str):
            value = scope[path.start]
        else:
            value = self.pipeline(path.start, dot, scope)
        for at, name in enumerate(path.fields):
            final = at == len(path.fields) - 1
            value = self.field(path, name, value, arguments if final else ())
        if arguments and not path.fields:
            raise self.fail(path.at, _named(path), f"can't give argument to non-function {_named(path)}")
        return value

    def field(self, path: Path, name: str, value: object, arguments: tuple[object, ...]) -> object:
        match value:
            case Struct(type_name, fields, _):
                if name not in fields:
                    raise self.fail(path.at, _named(path), f"can't evaluate field {name} in type {type_name}")
                found = fields[name]
                if callable(found):
                    return found(*arguments)
            case Mapping():
                if name not in value and self.strict_keys:
                    raise self.fail(path.at, _named(path), f'map has no entry for key "{name}"')
                found = value.get(name, NO_VALUE)
            case None:
                raise self.fail(path.at, _named(path), f"nil pointer evaluating interface {{}}.{name}")
            case Missing():
                return NO_VALUE
            case _:
                kind = "interface {}" if self.strict_keys else type_of(value)
                raise self.fail(path.at, _named(path), f"can't evaluate field {name} in type {kind}")
        if arguments:
            raise self.fail(path.at, _named(path), f"{name} has arguments but cannot be invoked as function")
        return found


def _named(path: Path) -> str:
    start = "" if path.start is None else path.start if isinstance(path.start, str) else f"({_written(path.start)})"
    return start + "".join(f".{name}" for name in path.fields) or "."


def _written(pipeline: Pipeline) -> str:
    return " | ".join(" ".join(_operand(word) for word in command) for command in pipeline.commands)


def _operand(word: Operand) -> str:
    match word:
        case Constant(_, source, _):
            return source
        case Function(name, _):
            return name
        case Path():
            return _named(word)
