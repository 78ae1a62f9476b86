"""How dash 0.5.12, busybox 1.35's ash and bash 5 word their errors, and what exit codes they give them."""

from __future__ import annotations

from layerlab.shell.lexer import ShellSyntaxError
from layerlab.shell.model import ShellKind


def prefix(kind: ShellKind, arg0: str, line: int, builtin: str | None, *, script: bool = False) -> str:
    """What stands before a message.

    Args:
        kind: Which shell.
        arg0: What the shell, or the script it runs, was called by.
        line: Line of the command.
        builtin: The built-in command that failed, or None.
        script: Whether commands come from a file.
    """
    command = f"{builtin}: " if builtin else ""
    if kind == "dash":
        return f"{arg0}: {line}: {command}"
    if kind == "bash":
        return f"{arg0}: line {line}: {command}"
    if builtin:
        return f"{arg0}: {command}line {line if script else 0}: "
    return f"{arg0}: line {line}: " if script else f"{arg0}: "


def syntax_error(kind: ShellKind, error: ShellSyntaxError) -> str:
    """The text of a syntax error without its prefix."""
    if kind == "dash":
        return "Syntax error: " + _dash_syntax(error)
    if kind == "ash":
        return "syntax error: " + _ash_syntax(error)
    if error.kind == "unterminated" and error.wanted in {'"', "'", "`"}:
        return f"unexpected EOF while looking for matching `{error.wanted}'"
    if error.kind == "unterminated" or error.found == "end of file":
        return "syntax error: unexpected end of file"
    if error.kind in {"bad for", "bad function"}:
        return f"`{error.found}': not a valid identifier"
    return f"syntax error near unexpected token `{error.found.strip(chr(34))}'"


def _dash_syntax(error: ShellSyntaxError) -> str:
    if error.kind == "unterminated":
        if error.found == "missing '}'":
            return "Missing '}'"
        if error.found == "quoted string":
            return "Unterminated quoted string"
        return error.found
    if error.kind == "bad for":
        return "Bad for loop variable"
    if error.kind == "bad function":
        return "Bad function name"
    wanted = f' (expecting "{error.wanted}")' if error.wanted else ""
    return f"{error.found} unexpected{wanted}"


def _ash_syntax(error: ShellSyntaxError) -> str:
    if error.kind == "unterminated":
        if error.found == "missing '}'":
            return "missing '}'"
        if error.found == "quoted string":
            return "unterminated quoted string"
        return error.found
    if error.kind == "bad for":
        return "bad for loop variable"
    if error.kind == "bad function":
        return "bad function name"
    wanted = f' (expecting "{error.wanted}")' if error.wanted else ""
    return f"unexpected {error.found}{wanted}"


def open_failure(kind: ShellKind, path: str, code: str, message: str, *, create: bool) -> str:
    """The text of a redirection that failed."""
    if kind == "bash":
        return f"{path}: {message}"
    missing = code in {"ENOENT", "ENOTDIR"}
    if kind == "dash":
        words = ("Directory nonexistent" if create else "No such file") if missing else message
        return f"cannot {'create' if create else 'open'} {path}: {words}"
    words = ("nonexistent directory" if create else "no such file") if missing else message
    return f"can't {'create' if create else 'open'} {path}: {words}"


def not_found(kind: ShellKind, name: str) -> str:
    """The text for a program that isn't there."""
    if kind == "bash":
        return f"{name}: No such file or directory" if "/" in name else f"{name}: command not found"
    return f"{name}: not found"


def not_executable(kind: ShellKind, name: str, *, directory: bool) -> str:
    """The text for a file that can't be run."""
    if kind == "bash" and directory:
        return f"{name}: Is a directory"
    return f"{name}: Permission denied"


def unset_code(kind: ShellKind) -> int:
    """Exit code of `bash -c` and the others for an unset variable under `set -u`."""
    return 127 if kind == "bash" else 2


def unset(kind: ShellKind, name: str) -> str:
    """The text for an unset variable under `set -u`."""
    return f"{name}: unbound variable" if kind == "bash" else f"{name}: parameter not set"


def bad_substitution(kind: ShellKind) -> str:
    """The text for an expansion that makes no sense."""
    return {"dash": "Bad substitution", "ash": "syntax error: bad substitution", "bash": "bad substitution"}[kind]


def failure_code(kind: ShellKind) -> int:
    """Exit code of a shell that ends because of an expansion error."""
    return 1 if kind == "bash" else 2


def redirect_code(kind: ShellKind) -> int:
    """Status of a command whose redirection failed."""
    return 2 if kind == "dash" else 1
