"""`awk`: the useful part of POSIX awk, as mawk and busybox have it."""

from __future__ import annotations

from layerlab.shell.commands.awk.lexer import AwkSyntaxError, unquote
from layerlab.shell.commands.awk.machine import Machine
from layerlab.shell.commands.awk.syntax import AwkParser
from layerlab.shell.commands.awk.values import from_input
from layerlab.shell.commands.registry import command
from layerlab.shell.options import UsageError, parse_options
from layerlab.shell.process import Process, encode


@command("awk")
def awk(process: Process) -> int:
    """`awk`."""
    options = parse_options(process, "F:v:f:", permute=False, code=2)
    operands = list(options.operands)
    if "f" in options:
        text = "\n".join(process.read(name).decode("latin-1") for name in options.values["f"])
    elif operands:
        text = encode(operands.pop(0)).decode("latin-1")
    else:
        raise UsageError("\0usage", 1)
    try:
        program = AwkParser(text).run()
    except AwkSyntaxError as error:
        process.error("cmd. line:1: Unexpected token" if process.busybox else f"line 1: {error}")
        return 1 if process.busybox else 2
    machine = Machine(process, program)
    if (separator := options.get("F")) is not None:
        machine.variables["FS"] = "\t" if separator == "t" else unquote(encode(separator).decode("latin-1"))
    for assignment in options.values.get("v", []):
        name, _, value = encode(assignment).decode("latin-1").partition("=")
        machine.variables[name] = from_input(unquote(value))
    return machine.run([encode(word).decode("latin-1") for word in operands])
