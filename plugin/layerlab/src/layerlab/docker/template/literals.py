"""The values of Go literals in templates: strings, characters, numbers."""

from __future__ import annotations

import re

from layerlab.docker.template.lexer import Token, syntax_error

ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
NAMED_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
NAMED_ESCAPES |= {"\\": "\\", '"': '"', "'": "'"}


def constant(token: Token, source: str) -> object:
    """The value of a literal.

    Args:
        token: A string, char or number.
        source: The template, for errors.

    Raises:
        TemplateError: An escape that Go doesn't know.
    """
    text = token.text
    if token.kind == "number":
        return _number(text)
    if text[0] == "`":
        return text[1:-1]

    def escape(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) > 1:
            return chr(int(code, 8) if code[0] in "01234567" else int(code[1:], 16))
        if code not in NAMED_ESCAPES:
            raise syntax_error(source, token.at, "invalid syntax")
        return NAMED_ESCAPES[code]

    value = ESCAPE.sub(escape, text[1:-1])
    return ord(value[0]) if token.kind == "char" else value


def _number(text: str) -> int | float:
    if text.lower().lstrip("+-").startswith("0x"):
        return int(text, 16)
    return float(text) if any(char in text for char in ".eE") else int(text)
