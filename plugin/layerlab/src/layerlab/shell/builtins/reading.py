"""Built-ins that read: `read`, `getopts`, `mapfile`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layerlab.shell.model import UnknownInputError
from layerlab.shell.process import decode
from layerlab.shell.streams import Source

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter


def read(shell: Interpreter, name: str, args: list[str]) -> int:
    """`read [-r] names`; in ash and bash also `-a -d -n -p -s -t -u`."""
    state = shell.state
    raw, array, delimiter, count, fd = False, None, "\n", None, 0
    while args and args[0].startswith("-") and len(args[0]) > 1:
        word, args = args[0], args[1:]
        if word == "--":
            break
        letter = word[1]
        if letter in "dnpatuN" and len(word) == 2 and args:
            value, args = args[0], args[1:]
        else:
            value = word[2:]
        raw = raw or ("r" in word and letter not in "dnpatu")
        if letter == "d":
            delimiter = value[:1] or "\0"
        elif letter in "nN":
            count = int(value) if value.isdigit() else None
        elif letter == "a":
            array = value
        elif letter == "u":
            fd = int(value) if value.isdigit() else 0
    if not args and array is None:
        if state.kind == "dash":
            shell.complain("arg count", name)
            return 2
        args = ["REPLY"]
    source = state.fds.get(fd)
    if not isinstance(source, Source):
        return 1
    try:
        text, ended = _read_text(source, raw=raw, delimiter=delimiter, count=count)
    except UnknownInputError:
        text, ended = "", True
    if array is not None:
        state.set_array(array, list(enumerate(split_fields(text, state.get("IFS"), None))))
    elif args == ["REPLY"] and state.kind == "bash":
        state.set("REPLY", text.replace("\0", ""))
    else:
        fields = split_fields(text, state.get("IFS"), len(args))
        for position, variable in enumerate(args):
            state.set(variable, fields[position] if position < len(fields) else "")
    return int(ended)


def _read_text(source: Source, *, raw: bool, delimiter: str, count: int | None) -> tuple[str, bool]:
    """A record; escaped characters are followed by a NUL so that splitting leaves them alone."""
    out: list[str] = []
    stop = delimiter.encode()
    if raw and count is None and stop == b"\n":
        line = source.readline()
        return decode(line.rstrip(b"\n").replace(b"\0", b"")), not line.endswith(b"\n")
    gathered = bytearray()
    while count is None or len(gathered) < count:
        byte = source.read(1)
        if not byte:
            return decode(bytes(gathered)) if not out else "".join(out), True
        if byte == stop:
            return decode(bytes(gathered)), False
        if byte == b"\\" and not raw:
            following = source.read(1)
            if following and following != b"\n":
                gathered += b"\0" + following
            continue
        gathered += byte
    return decode(bytes(gathered)), False


def split_fields(text: str, ifs: str | None, limit: int | None) -> list[str]:
    """The fields of a record as `read` assigns them; the last takes the rest."""
    separators = " \t\n" if ifs is None else ifs
    space = "".join(char for char in separators if char in " \t\n")
    if not separators:
        return [_plain(text)]
    text = _strip(text, space)
    fields: list[str] = []
    while text and (limit is None or len(fields) < limit - 1):
        position = 0
        while position < len(text) and text[position] not in separators:
            position += 2 if text[position] == "\0" else 1
        fields.append(_plain(text[:position]))
        rest = text[position:]
        trimmed = rest.lstrip(space) if space else rest
        if trimmed and trimmed[0] in separators and trimmed[0] not in space:
            trimmed = trimmed[1:].lstrip(space) if space else trimmed[1:]
        elif not trimmed:
            return fields
        text = trimmed
    if text:
        other = "".join(char for char in separators if char not in space)
        if other and text[-1] in other and not any(char in other for char in text[:-1]):
            text = text[:-1]
        fields.append(_plain(text))
    return fields


def _strip(text: str, space: str) -> str:
    if not space:
        return text
    text = text.lstrip(space)
    end = len(text)
    while end > 0 and text[end - 1] in space and not (end > 1 and text[end - 2] == "\0"):
        end -= 1
    return text[:end]


def _plain(text: str) -> str:
    return re.sub("\0(.)", r"\1", text, flags=re.DOTALL).replace("\0", "")


def getopts(shell: Interpreter, name: str, args: list[str]) -> int:
    """`getopts letters name [arguments]`."""
    state = shell.state
    if len(args) < 2:
        shell.complain(
            "usage: getopts optstring name [arg]" if state.kind == "bash" else "Usage: getopts optstring var [arg...]",
            name,
        )
        return 2
    letters, variable = args[0], args[1]
    words = args[2:] or state.positional
    index = int(state.get("OPTIND") or "1")
    offset = int(state.get("\1OPTOFF") or "1")
    if index > len(words) or not words[index - 1].startswith("-") or words[index - 1] == "-":
        state.set(variable, "?")
        return 1
    word = words[index - 1]
    if word == "--":
        state.set("OPTIND", str(index + 1))
        state.set(variable, "?")
        return 1
    letter = word[offset]
    offset += 1
    quiet = letters.startswith(":")
    at = letters.find(letter) if letter != ":" else -1
    state.unset("OPTARG")
    if at < 0:
        state.set(variable, "?")
        if quiet:
            state.set("OPTARG", letter)
        else:
            _complain(shell, f"Illegal option -{letter}", f"illegal option -- {letter}")
    elif letters[at + 1 : at + 2] == ":":
        if word[offset:]:
            state.set("OPTARG", word[offset:])
            state.set(variable, letter)
        elif index < len(words):
            index += 1
            state.set("OPTARG", words[index - 1])
            state.set(variable, letter)
        else:
            state.set(variable, ":" if quiet else "?")
            if quiet:
                state.set("OPTARG", letter)
            else:
                _complain(shell, f"No arg for -{letter} option", f"option requires an argument -- {letter}")
        offset = len(word)
    else:
        state.set(variable, letter)
    if offset >= len(word):
        index, offset = index + 1, 1
    state.set("OPTIND", str(index))
    state.set("\1OPTOFF", str(offset))
    return 0


def _complain(shell: Interpreter, dash: str, bash: str) -> None:
    state = shell.state
    if state.kind == "bash":
        shell.complain_raw(f"{state.arg0}: {bash}\n")
    elif state.kind == "dash":
        shell.complain_raw(f"{dash}\n")
    else:
        shell.complain_raw(f"{dash}\n")


def mapfile(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`mapfile [-t] array` (bash)."""
    source = shell.state.fds.get(0)
    names = [word for word in args if not word.startswith("-")]
    lines = [decode(line) for line in source.lines()] if isinstance(source, Source) else []
    if "-t" in args:
        lines = [line.removesuffix("\n") for line in lines]
    shell.state.set_array(names[-1] if names else "MAPFILE", list(enumerate(lines)))
    return 0
