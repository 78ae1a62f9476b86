"""`echo`, in its four versions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerlab.shell.commands.registry import command
from layerlab.shell.process import Process, encode

SIMPLE = {"a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v", "\\": b"\\"}


def echo_bytes(args: Sequence[str], style: str) -> bytes:
    """What `echo` prints; `style` is `dash` or `gnu` (busybox, bash and coreutils agree)."""
    words = list(args)
    newline, interpret = True, style == "dash"
    if style == "dash":
        if words[:1] == ["-n"]:
            newline, words = False, words[1:]
    else:
        while words and re.fullmatch(r"-[neE]+", words[0]):
            for letter in words[0][1:]:
                newline = newline and letter != "n"
                interpret = {"e": True, "E": False}.get(letter, interpret)
            words = words[1:]
    text = " ".join(words)
    ending = b"\n" if newline else b""
    if not interpret or "\\" not in text:
        return encode(text) + ending
    data, stopped = unescaped(text, octal_needs_zero=True, hexadecimal=style != "dash")
    return data if stopped else data + ending


def unescaped(text: str, *, octal_needs_zero: bool, hexadecimal: bool) -> tuple[bytes, bool]:
    r"""Text with backslash escapes replaced, and whether `\c` ended it."""
    out = bytearray()
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char != "\\" or position >= len(text):
            out += encode(char)
            continue
        letter = text[position]
        position += 1
        if letter in SIMPLE:
            out += SIMPLE[letter]
        elif letter == "c":
            return bytes(out), True
        elif letter == "e" and hexadecimal:
            out += b"\x1b"
        elif letter == "x" and hexadecimal and (found := re.compile("[0-9a-fA-F]{1,2}").match(text, position)):
            out.append(int(found.group(0), 16))
            position = found.end()
        elif letter == "0" or (letter in "1234567" and not octal_needs_zero):
            start = position if letter == "0" else position - 1
            found = re.compile("[0-7]{1,3}").match(text, start)
            out.append(int(found.group(0), 8) & 0xFF if found else 0)
            position = found.end() if found else position
        else:
            out += encode("\\" + letter)
    return bytes(out), False


@command("echo")
def echo(process: Process) -> int:
    """`echo`."""
    process.out(echo_bytes(process.args, "gnu"))
    return 0
