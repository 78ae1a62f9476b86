"""Forms that Docker 20.10 reads differently: JSON with something behind it, and a missing command."""

from __future__ import annotations

import json
from dataclasses import replace

from layerlab.dockerfile.instructions import Cmd, Entrypoint, Instruction, Run, Volume
from layerlab.dockerfile.span import Word


def as_legacy(instruction: Instruction) -> Instruction:
    """The instruction as the legacy builder of 20.10 reads it: a command without any text has no argument at all."""
    match instruction:
        case Run(arguments=("",)) | Cmd(arguments=("",)) | Entrypoint(arguments=("",)):
            return replace(instruction, arguments=())
        case _:
            return as_old(instruction)


def as_old(instruction: Instruction) -> Instruction:
    """The instruction as both builders of 20.10 read it.

    Its JSON decoder stops after the array, so that `CMD ["a"] # comment` is an exec form; today's is strict.
    """
    match instruction:
        case Run() | Cmd() | Entrypoint() if instruction.is_shell_form:
            words = _array(instruction.arguments[0] if instruction.arguments else "")
            return instruction if words is None else replace(instruction, arguments=words, is_exec=True)
        case Volume(is_exec=False):
            words = _array(instruction.original.strip()[len(instruction.keyword) :].strip())
            if words is None:
                return instruction
            return replace(instruction, is_exec=True, paths=tuple(Word(word, instruction.span) for word in words))
        case _:
            return instruction


def _array(text: str) -> tuple[str, ...] | None:
    if not text.startswith("["):
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        return None
    return tuple(found)
