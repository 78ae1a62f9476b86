"""The grammar of commands: lists, pipelines, compound commands, functions. Words come from `lexer`.

A script is read one complete command line at a time, as shells do: what stands before a syntax
error on an earlier line has run when the error is found.
"""

from __future__ import annotations

import re
from dataclasses import replace

from layerlab.shell.lexer import REDIRECTS, Lexer, ShellSyntaxError, Token
from layerlab.shell.model import ShellKind
from layerlab.shell.syntax import (
    AndOr,
    ArithmeticCommand,
    Assignment,
    Case,
    Command,
    Compound,
    Condition,
    For,
    ForArithmetic,
    Function,
    Group,
    If,
    Item,
    Literal,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Subshell,
    While,
    Word,
)
from layerlab.shell.words import WordReader, filled

CLOSERS = frozenset({"then", "else", "elif", "fi", "do", "done", "esac", "}"})
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Parser(WordReader):
    """Reads commands one line at a time."""

    def __init__(self, text: str, kind: ShellKind, line: int = 1, lexer: Lexer | None = None) -> None:
        super().__init__(lexer if lexer is not None else Lexer(text, kind, _substitution, line), kind)

    # Public

    def next_line(self) -> Script | None:
        """The next complete command line, or None at the end. Raises `ShellSyntaxError`."""
        while self._peek().text == "\n" and self._peek().kind == "operator":
            self._take()
        if self._peek().kind == "end":
            return None
        items = self._items(stop_at_newline=True)
        token = self._peek()
        if token.kind == "operator" and token.text == "\n":
            self._take()
        elif token.kind != "end":
            raise self._unexpected(token)
        return filled(Script(tuple(items)), self._documents)

    def script(self, closing: str) -> Script:
        """All commands up to a closing operator, which is taken, or to the end for an empty one."""
        body = self._compound_list(allow_empty=True)
        token = self._take()
        if token.text != closing or (token.kind != "operator" and closing):
            raise self._unexpected(token, closing)
        return filled(body, self._documents)

    # Lists

    def _items(self, *, stop_at_newline: bool) -> list[Item]:
        items: list[Item] = []
        while True:
            token = self._peek()
            if self._ends_list(token):
                return items
            if token.kind == "operator" and token.text == "\n":
                if stop_at_newline and items:
                    return items
                self._take()
                continue
            command = self._and_or()
            token = self._peek()
            separated = token.kind == "operator" and token.text in {";", "&"}
            items.append(Item(command, separated and token.text == "&"))
            if separated:
                self._take()
            elif not (token.kind == "operator" and token.text == "\n"):
                return items

    def _ends_list(self, token: Token) -> bool:
        if token.kind == "end":
            return True
        if token.kind == "operator":
            return token.text in {")", ";;", ";&", ";;&"}
        return token.kind == "word" and token.text in CLOSERS

    def _compound_list(self, *, allow_empty: bool = False, wanted: str = "") -> Script:
        items = self._items(stop_at_newline=False)
        if not items and not allow_empty:
            raise self._unexpected(self._peek(), wanted if self._peek().kind == "end" else "")
        return Script(tuple(items))

    def _and_or(self) -> AndOr:
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while self._peek().kind == "operator" and self._peek().text in {"&&", "||"}:
            operator = self._take().text
            self._skip_newlines()
            rest.append((operator, self._pipeline()))
        return AndOr(first, tuple(rest))

    def _pipeline(self) -> Pipeline:
        negated = False
        while self._peek().kind == "word" and self._peek().text == "!":
            self._take()
            negated = not negated
            if self.kind != "bash":
                if self._peek().kind == "word" and self._peek().text == "!":
                    raise self._unexpected(self._peek())
                break
        commands = [self._command()]
        while self._peek().kind == "operator" and self._peek().text in {"|", "|&"}:
            both = self._take().text == "|&"
            if both:
                commands[-1] = _with_redirects(commands[-1], (Redirect(2, ">&", (Literal("1"),)),))
            self._skip_newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands), negated)

    # Commands

    def _command(self) -> Command:
        token = self._peek()
        if token.kind == "word":
            compound = self._reserved(token)
            if compound is not None:
                return _with_redirects(compound, self._redirects())
            if token.text in CLOSERS:
                raise self._unexpected(token)
            return self._simple()
        if token.kind == "operator" and token.text == "(":
            return _with_redirects(self._parenthesis(), self._redirects())
        if token.kind == "io" or (token.kind == "operator" and token.text in REDIRECTS):
            return self._simple()
        raise self._unexpected(token)

    def _reserved(self, token: Token) -> Compound | Function | None:
        match token.text:
            case "{":
                self._take()
                body = self._compound_list(wanted="}")
                self._expect("}")
                return Group(body)
            case "if":
                return self._if()
            case "while" | "until":
                self._take()
                condition = self._compound_list(wanted="do")
                return While(condition, self._do_body(), token.text == "until")
            case "for":
                return self._for()
            case "case":
                return self._case()
            case "[[" if self.kind != "dash":
                return self._condition()
            case "function" if self.kind != "dash":
                return self._function_keyword()
            case _:
                return None

    def _parenthesis(self) -> Compound:
        token = self._take()
        if self.kind == "bash" and self.lexer.text.startswith("((", token.start):
            saved = (self.lexer.position, self.lexer.line)
            self.lexer.position = token.start + 2
            expression = self.lexer.arithmetic_text()
            if expression is not None:
                return ArithmeticCommand(expression)
            self.lexer.position, self.lexer.line = saved
        body = self._compound_list(wanted=")")
        self._expect(")", "operator")
        return Subshell(body)

    def _if(self) -> If:
        self._take()
        branches: list[tuple[Script, Script]] = []
        condition = self._compound_list(wanted="then")
        self._expect("then")
        branches.append((condition, self._compound_list(wanted="fi")))
        otherwise: Script | None = None
        while self._peek().text == "elif":
            self._take()
            condition = self._compound_list(wanted="then")
            self._expect("then")
            branches.append((condition, self._compound_list(wanted="fi")))
        if self._peek().text == "else":
            self._take()
            otherwise = self._compound_list(wanted="fi")
        self._expect("fi")
        return If(tuple(branches), otherwise)

    def _for(self) -> For | ForArithmetic:
        line = self._take().line
        token = self._peek()
        if self.kind == "bash" and token.text == "(" and self.lexer.text.startswith("((", token.start):
            return self._for_arithmetic(token)
        token = self._take()
        if token.kind != "word" or not NAME.match(token.text):
            raise ShellSyntaxError("bad for", token.text, "", token.line)
        words: list[Word] | None = None
        self._skip_newlines()
        if self._peek().kind == "word" and self._peek().text == "in":
            self._take()
            words = []
            while self._peek().kind == "word":
                words.append(self._take().word)
            if self._peek().text not in {";", "\n"} or self._peek().kind != "operator":
                raise self._unexpected(self._peek())
            self._take()
        elif self._peek().kind == "operator" and self._peek().text == ";":
            self._take()
        return For(token.text, None if words is None else tuple(words), self._do_body(), line=line)

    def _for_arithmetic(self, token: Token) -> ForArithmetic:
        self.lexer.position = token.start + 2
        self._token = None
        end = self.lexer.text.find("))", self.lexer.position)
        pieces = self.lexer.text[self.lexer.position : end].split(";")
        if end < 0 or len(pieces) != 3:
            raise self._unexpected(token)
        self.lexer.position = end + 2
        words = [Lexer(f"{piece}))", self.kind, _substitution, token.line).arithmetic_text() or () for piece in pieces]
        if self._peek().text == ";":
            self._take()
        return ForArithmetic(words[0], words[1], words[2], self._do_body())

    def _do_body(self) -> Script:
        self._skip_newlines()
        if self._peek().kind == "word" and self._peek().text == "{" and self.kind == "bash":
            self._take()
            body = self._compound_list(wanted="}")
            self._expect("}")
            return body
        self._expect("do")
        body = self._compound_list(wanted="done")
        self._expect("done")
        return body

    def _case(self) -> Case:
        self._take()
        token = self._take()
        if token.kind != "word":
            raise self._unexpected(token)
        self._skip_newlines()
        self._expect("in")
        branches: list[tuple[tuple[Word, ...], Script, str]] = []
        while True:
            self._skip_newlines()
            if self._peek().kind == "word" and self._peek().text == "esac":
                self._take()
                return Case(token.word, tuple(branches))
            branches.append(self._branch())
            if not branches[-1][2]:
                self._expect("esac")
                return Case(token.word, tuple(branches))

    def _branch(self) -> tuple[tuple[Word, ...], Script, str]:
        if self._peek().kind == "operator" and self._peek().text == "(":
            self._take()
        patterns: list[Word] = []
        while True:
            token = self._take()
            if token.kind != "word":
                raise self._unexpected(token, ")" if token.kind == "end" else "")
            patterns.append(token.word)
            token = self._take()
            if token.kind == "operator" and token.text == ")":
                break
            if token.text != "|":
                raise self._unexpected(token, ")")
        body = self._compound_list(allow_empty=True)
        token = self._peek()
        if token.kind == "operator" and token.text in {";;", ";&", ";;&"}:
            self._take()
            return tuple(patterns), body, token.text
        if token.text != "esac":
            raise self._unexpected(token, ";;")
        return tuple(patterns), body, ""

    def _condition(self) -> Condition:
        line = self._take().line
        words: list[Word] = []
        while True:
            token = self._peek()
            if token.kind == "end":
                raise self._unexpected(token, "]]")
            if token.kind == "word" and token.text == "]]":
                self._take()
                return Condition(tuple(words), line=line)
            if words and words[-1] == (Literal("=~"),):
                self._token = None
                self.lexer.position = token.start
                words.append(self._regular_expression())
                continue
            self._take()
            words.append(token.word if token.kind == "word" else (Literal(token.text),))

    def _regular_expression(self) -> Word:
        """The word after `=~`: parentheses and bars belong to it."""
        parts: list[Word] = []
        depth = 0
        while self.lexer.position < len(self.lexer.text):
            char = self.lexer.text[self.lexer.position]
            if char in "()|":
                depth += {"(": 1, ")": -1}.get(char, 0)
                parts.append((Literal(char),))
                self.lexer.position += 1
            elif char in " \t" and depth > 0:
                parts.append((Literal(char),))
                self.lexer.position += 1
            elif char in " \t\n;&<>":
                break
            else:
                parts.append(self.lexer.word())
        return tuple(part for word in parts for part in word)

    def _function_keyword(self) -> Function:
        self._take()
        name = self._take().text
        if self._peek().kind == "operator" and self._peek().text == "(":
            self._take()
            self._expect(")", "operator")
        self._skip_newlines()
        return Function(name, self._command())

    def _simple(self) -> Command:
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        line = self._peek().line
        while True:
            token = self._peek()
            if token.kind == "io" or (token.kind == "operator" and token.text in REDIRECTS):
                self._redirect(redirects)
            elif token.kind == "word":
                self._take()
                found = None if words else self._assignment(token)
                if found is not None:
                    assignments.append(found)
                else:
                    words.append(token.word)
            elif token.kind == "operator" and token.text == "(" and len(words) == 1 and not assignments:
                return self._function(token, words[0])
            else:
                return Simple(tuple(assignments), tuple(words), tuple(redirects), line)

    def _function(self, token: Token, word: Word) -> Function:
        name = word[0].text if len(word) == 1 and isinstance(word[0], Literal) else ""
        self._take()
        if self._peek().text != ")":
            if self.kind != "bash":
                raise self._unexpected(self._peek(), ")")
            raise self._unexpected(token)
        self._take()
        if not name or (self.kind != "bash" and not NAME.match(name)):
            raise ShellSyntaxError("bad function", name, "", token.line)
        self._skip_newlines()
        return Function(name, self._command())


def _with_redirects(command: Command, redirects: tuple[Redirect, ...]) -> Command:
    if not redirects:
        return command
    if isinstance(command, Function):
        return Function(command.name, _with_redirects(command.body, redirects))
    return replace(command, redirects=(*command.redirects, *redirects))


def _substitution(lexer: Lexer, closing: str) -> Script:
    return Parser("", lexer.kind, lexer=lexer).script(closing)
