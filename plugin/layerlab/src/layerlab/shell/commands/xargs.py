"""`xargs`."""

from __future__ import annotations

from layerlab.shell.commands.registry import command
from layerlab.shell.commands.system import run_or_complain
from layerlab.shell.options import parse_options
from layerlab.shell.process import Process


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
