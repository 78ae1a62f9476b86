"""Running an `awk` program: rules and statements."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.shell.commands.awk.evaluation import Evaluator, Return
from layerlab.shell.commands.awk.state import Exit
from layerlab.shell.commands.awk.tree import Expr, Rule, Stmt
from layerlab.shell.commands.awk.values import Value, from_input, number, truth
from layerlab.shell.process import encode


class _Next(Exception):  # noqa: N818  (control flow)
    pass


class _Loop(Exception):  # noqa: N818  (control flow)
    def __init__(self, *, again: bool) -> None:
        super().__init__()
        self.again = again


@dataclass(slots=True)
class Machine(Evaluator):
    """Runs one program."""

    def run(self, operands: list[str]) -> int:
        """Run the program; answers the exit code."""
        defaults: dict[str, Value] = {
            "FS": " ",
            "OFS": " ",
            "ORS": "\n",
            "RS": "\n",
            "NR": 0.0,
            "FNR": 0.0,
            "NF": 0.0,
            "SUBSEP": "\x1c",
            "CONVFMT": "%.6g",
            "OFMT": "%.6g",
            "RSTART": 0.0,
            "RLENGTH": -1.0,
            "FILENAME": "",
        }
        self.variables = {**defaults, **self.variables}
        self.arrays["ENVIRON"] = {
            name: from_input(encode(value).decode("latin-1")) for name, value in self.process.env.items()
        }
        self.arrays["ARGV"] = {str(index): word for index, word in enumerate(["awk", *operands])}
        self.variables["ARGC"] = float(len(operands) + 1)
        self.records = self.records_of(operands)
        try:
            for rule in self.program.rules:
                if rule.kind == "BEGIN" and rule.body is not None:
                    self.execute(rule.body)
            if any(rule.kind != "BEGIN" for rule in self.program.rules):
                self._main()
        except Exit:
            pass
        try:
            for rule in self.program.rules:
                if rule.kind == "END" and rule.body is not None and not self.failed:
                    self.execute(rule.body)
        except Exit:
            pass
        self.close_all()
        return self.code

    def _main(self) -> None:
        assert self.records is not None
        for record in self.records:
            self.set_record(record)
            try:
                for index, rule in enumerate(self.program.rules):
                    if rule.kind == "rule" and self._selected(index, rule):
                        if rule.body is None:
                            self.write(self.text(self.fields[0]) + self.text(self.variables["ORS"]))
                        else:
                            self.execute(rule.body)
            except _Next:
                continue

    def _selected(self, index: int, rule: Rule) -> bool:
        if rule.first is None:
            return True
        if rule.last is None:
            return truth(self.value(rule.first))
        if index not in self.open_ranges and not truth(self.value(rule.first)):
            return False
        self.open_ranges.add(index)
        if truth(self.value(rule.last)):
            self.open_ranges.discard(index)
        return True

    def execute(self, statement: Stmt) -> None:
        """Run a statement."""
        self.process.budget.step()
        match statement.kind:
            case "block":
                for one in statement.bodies:
                    self.execute(one)
            case "expr":
                self.value(_sure(statement.exprs[0]))
            case "print" | "printf":
                self._print(statement)
            case "if":
                if truth(self.value(_sure(statement.exprs[0]))):
                    self.execute(statement.bodies[0])
                elif len(statement.bodies) > 1:
                    self.execute(statement.bodies[1])
            case "while" | "do" | "for" | "forin":
                self._loop(statement)
            case "next" | "nextfile":
                raise _Next
            case "break" | "continue":
                raise _Loop(again=statement.kind == "continue")
            case "exit":
                if statement.exprs[0] is not None:
                    self.code = int(number(self.value(statement.exprs[0]))) & 0xFF
                raise Exit
            case "return":
                raise Return(self.value(statement.exprs[0]) if statement.exprs[0] is not None else "")
            case _:
                self._delete(statement)

    def _delete(self, statement: Stmt) -> None:
        if statement.exprs:
            self.array(statement.text).pop(self.key(tuple(_sure(part) for part in statement.exprs)), None)
        else:
            self.array(statement.text).clear()

    def _once(self, body: Stmt) -> bool:
        try:
            self.execute(body)
        except _Loop as loop:
            return loop.again
        return True

    def _loop(self, statement: Stmt) -> None:
        body = statement.bodies[0]
        if statement.kind == "forin":
            name, array = statement.text.split()
            for key in list(self.array(array)):
                self.set(name, from_input(key))
                if not self._once(body):
                    return
            return
        if statement.kind == "for":
            if statement.exprs[0] is not None:
                self.value(statement.exprs[0])
            while statement.exprs[1] is None or truth(self.value(statement.exprs[1])):
                if not self._once(body):
                    return
                if statement.exprs[2] is not None:
                    self.value(statement.exprs[2])
                self.process.budget.step()
            return
        first = statement.kind == "do"
        while first or truth(self.value(_sure(statement.exprs[0]))):
            first = False
            self.process.budget.step()
            if not self._once(body):
                return

    def _print(self, statement: Stmt) -> None:
        where, *parts = statement.exprs
        values = [self.value(_sure(part)) for part in parts]
        if statement.kind == "printf":
            text = self.format(self.text(values[0]) if values else "", values[1:])
        else:
            shown = [self.text(value, form="OFMT") for value in values] if parts else [self.text(self.fields[0])]
            text = self.text(self.variables["OFS"]).join(shown) + self.text(self.variables["ORS"])
        if where is None:
            self.write(text)
            return
        target = self.text(self.value(where))
        if target in {"/dev/stderr", "cat 1>&2"}:
            self.process.out(text.encode("latin-1"), 2)
        elif target in {"/dev/stdout", "-"}:
            self.write(text)
        else:
            self.kinds.setdefault(target, statement.text)
            self.outputs.setdefault(target, bytearray()).extend(text.encode("latin-1"))


def _sure(expr: Expr | None) -> Expr:
    assert expr is not None
    return expr
