"""What the `inspect` commands share: several names, `--format`, JSON, and errors after what was found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from layerlab.docker.edge import Output
from layerlab.docker.format import FormatError
from layerlab.docker.subcommand import Call, Refusal, Result
from layerlab.docker.template import TemplateError, execute, parse
from layerlab.docker.template.functions import FUNCTIONS

BAD_TEMPLATE = 64
"""Exit code of a template that can't be used."""


def inspected(call: Call, look: Callable[[str], object], zero: Callable[[object], object] | None = None) -> Result:
    """Look at every argument and print what was found.

    Args:
        call: With a `format` flag.
        look: The object of a name, as JSON shows it; raises `Refusal` where there is none.
        zero: Adds the empty fields that templates know though JSON leaves them out.
    """
    found, errors = [], []
    for name in call.words:
        try:
            found.append(look(name))
        except Refusal as refusal:
            errors.append(refusal.message)
    pattern = call.flags.text("format")
    code = 1 if errors else 0
    if pattern in {"", "json"}:
        text = json.dumps(found, ensure_ascii=False, indent=4) if not pattern else _compact(found)
    else:
        if not found:
            return call.host, Output("\n" if call.host.personality.engine == "20.10" else "[]\n", _lines(errors), code)
        try:
            template = parse(pattern, FUNCTIONS.keys())
        except TemplateError as error:
            raise Refusal(f"template parsing error: {error}", BAD_TEMPLATE) from None
        text = "\n".join(_one(template.source, value, zero) for value in found)
    return call.host, Output(text + "\n", _lines(errors), code)


def _lines(errors: list[str]) -> str:
    return "".join(f"{error}\n" for error in errors)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _one(source: str, value: object, zero: Callable[[object], object] | None) -> str:
    """One object through the template: as a struct with all its fields first, then as the bare JSON."""
    template = parse(source, FUNCTIONS.keys())
    if zero is not None:
        try:
            return execute(template, zero(value), strict_keys=True)
        except TemplateError:
            pass
    try:
        return execute(template, value, strict_keys=True)
    except TemplateError as error:
        raise FormatError(f"template parsing error: {error}") from None


def merged(defaults: Mapping[str, object], value: object) -> dict[str, object]:
    """An object with the empty fields it leaves out."""
    given = value if isinstance(value, Mapping) else {}
    return {**defaults, **given}
