"""What simple and compound commands are made of: tokens, assignments, redirections and here-documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from layerlab.shell.lexer import REDIRECTS, Lexer, Pending, ShellSyntaxError, Token
from layerlab.shell.model import ShellKind
from layerlab.shell.syntax import Assignment, Literal, Redirect, Word

RESERVED = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!", "in"}
)
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[[^]=]*\])?(\+?)=")


class WordReader:
    """Reads from a lexer, one token ahead."""

    def __init__(self, lexer: Lexer, kind: ShellKind) -> None:
        self.kind = kind
        self.lexer = lexer
        self._token: Token | None = None
        self._documents: list[Pending] = []

    def _assignment(self, token: Token) -> Assignment | None:
        found = ASSIGNMENT.match(token.text)
        if found is None or not token.word or not isinstance(token.word[0], Literal) or token.word[0].quoted:
            return None
        name, index, append = found.group(1), found.group(2), found.group(3)
        if self.kind != "bash" and (index or append):
            return None
        rest = token.word[0].text[found.end() :]
        word = ((Literal(rest),) if rest else ()) + token.word[1:]
        if not word and self.kind == "bash" and self._peek_char() == "(":
            return Assignment(name, (), bool(append), None, self._array())
        return Assignment(name, word, bool(append), index[1:-1] if index else None)

    def _peek_char(self) -> str:
        return self.lexer.text[self.lexer.position : self.lexer.position + 1] if self._token is None else ""

    def _array(self) -> tuple[Word, ...]:
        self._take()
        words: list[Word] = []
        while True:
            token = self._take()
            if token.kind == "word":
                words.append(token.word)
            elif token.text == ")":
                return tuple(words)
            elif token.text != "\n":
                raise self._unexpected(token, ")")

    # Redirections

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self._peek().kind == "io" or (self._peek().kind == "operator" and self._peek().text in REDIRECTS):
            self._redirect(found)
        return tuple(found)

    def _redirect(self, into: list[Redirect]) -> None:
        token = self._take()
        fd: int | None = None
        if token.kind == "io":
            fd = int(token.text[:6])
            token = self._take()
        target = self._take()
        if target.kind not in {"word", "io"}:
            raise self._unexpected(target)
        word = target.word if target.kind == "word" else (Literal(target.text),)
        if token.text in {"<<", "<<-"}:
            quoted = any(getattr(part, "quoted", False) for part in word)
            delimiter = "".join(part.text if isinstance(part, Literal) else target.text for part in word)
            pending = Pending(delimiter, token.text == "<<-", quoted)
            self.lexer.pending.append(pending)
            into.append(Redirect(fd, "<<", (Literal(f"\0{len(self._documents)}"),)))
            self._documents.append(pending)
            return
        into.append(Redirect(fd, token.text, word))

    # Tokens

    def _peek(self) -> Token:
        if self._token is None:
            self._token = self.lexer.token()
        return self._token

    def _take(self) -> Token:
        token = self._peek()
        self._token = None
        return token

    def _skip_newlines(self) -> None:
        while self._peek().kind == "operator" and self._peek().text == "\n":
            self._take()

    def _expect(self, text: str, kind: str = "word") -> None:
        token = self._take()
        if token.text != text or token.kind != kind:
            raise self._unexpected(token, text)

    def _unexpected(self, token: Token, wanted: str = "") -> ShellSyntaxError:
        if token.kind == "end":
            found = "end of file"
        elif token.kind == "operator":
            found = "newline" if token.text == "\n" else f'"{token.text}"'
        else:
            reserved = token.text in RESERVED and wanted != ")"
            found = f'"{token.text}"' if reserved or self.kind == "bash" else "word"
        return ShellSyntaxError("unexpected", found, wanted, token.line)


T = TypeVar("T")


def filled(node: T, documents: Sequence[Pending]) -> T:
    """The tree with the bodies of here-documents, which were read after their redirections, put in."""
    if not documents:
        return node
    if isinstance(node, Redirect):
        if node.operator == "<<" and isinstance(node.target[0], Literal) and node.target[0].text.startswith("\0"):
            return replace(node, target=documents[int(node.target[0].text[1:])].body)
        return node
    if isinstance(node, tuple):
        return tuple(filled(member, documents) for member in node)  # type: ignore[return-value]
    if is_dataclass(node) and not isinstance(node, type):
        changed = {
            field.name: filled(getattr(node, field.name), documents)
            for field in fields(node)
            if not isinstance(getattr(node, field.name), (str, bool, int))
        }
        return replace(node, **changed)
    return node
