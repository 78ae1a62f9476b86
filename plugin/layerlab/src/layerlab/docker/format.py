"""`--format`: the default table, `table TEMPLATE`, `json`, or a template over each row (docker/cli's formatter)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from layerlab.docker.table import tabulate
from layerlab.docker.template import Struct, Template, TemplateError, execute, parse
from layerlab.docker.template.evaluate import MAX_OUTPUT
from layerlab.docker.template.functions import FUNCTIONS, HEADER_FUNCTIONS
from layerlab.docker.template.parser import Action, Path, Pipeline, Text
from layerlab.docker.width import Measure

TABLE = "table"
JSON_ROW = "{{json .}}"


class FormatError(ValueError):
    """A format that doesn't work; the message is Docker's, without prefix."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What one command lists.

    Attributes:
        type_name: Of a row, in errors.
        titles: Column titles by field; its keys are the fields there are.
        columns: Fields of the default table.
        quiet: Template of `-q`.
        hidden: Fields that templates know and JSON leaves out.
        methods: Titles of fields that take an argument, such as `.Label`.
    """

    type_name: str
    titles: Mapping[str, str]
    columns: tuple[str, ...]
    quiet: str = "{{.ID}}"
    hidden: frozenset[str] = frozenset()
    methods: Mapping[str, Callable[..., str]] = field(default_factory=dict)

    def default(self, columns: Sequence[str] = ()) -> str:
        """The format of the default table, or of one with other columns."""
        return "table " + "\\t".join("{{." + name + "}}" for name in columns or self.columns)


def render(listing: Listing, rows: Sequence[Mapping[str, object]], pattern: str, measure: Measure = "cells") -> str:
    r"""The rows in a format.

    Args:
        listing: What is listed.
        rows: Fields by name; all fields of the listing.
        pattern: `table …`, `json` or a template, `\t` and `\n` standing for TAB and newline.
        measure: How the table's widths are counted.

    Raises:
        FormatError: `template parsing error: …`.
    """
    is_table = pattern.startswith(TABLE)
    source = (pattern[len(TABLE) :] if is_table else pattern).strip(" ")
    source = JSON_ROW if pattern == "json" else source.replace("\\t", "\t").replace("\\n", "\n")
    try:
        template, names = _template(source), _names(source)
        values = [_joined(names, row) or execute(template, _struct(listing, row)) for row in rows]
        if not is_table:
            return "".join(value + "\n" for value in values)
        titles = Struct(listing.type_name, {**listing.titles, **listing.methods})
        header = execute(template, titles, HEADER_FUNCTIONS)
    except TemplateError as error:
        raise FormatError(f"template parsing error: {error}") from None
    return tabulate("".join(line + "\n" for line in (header, *values)), measure)


@lru_cache(maxsize=64)
def _template(source: str) -> Template:
    return parse(source, FUNCTIONS.keys())


@lru_cache(maxsize=64)
def _names(source: str) -> tuple[str, ...]:
    """The fields of a template that is nothing but fields with a TAB between them, as a table's; empty for others."""
    names = []
    for at, node in enumerate(_template(source).nodes):
        match node:
            case Text("\t") if at % 2:
                pass
            case Action(Pipeline(((Path(None, (name,), _),),), ())) if not at % 2:
                names.append(name)
            case _:
                return ()
    return tuple(names)


def _joined(names: tuple[str, ...], row: Mapping[str, object]) -> str | None:
    """What such a template comes to without being run; None for a row that isn't texts, or a very long one."""
    cells = [cell for name in names if isinstance(cell := row.get(name), str)]
    if len(cells) < len(names):
        return None
    text = "\t".join(cells)
    return text if len(text) <= MAX_OUTPUT else None


def _struct(listing: Listing, row: Mapping[str, object]) -> Struct:
    shown = {key: row[key] for key in sorted(row) if key not in listing.hidden and not callable(row[key])}
    return Struct(listing.type_name, row, shown)


def label_title(name: str) -> str:
    """The column title of `.Label "com.example.two-words"`: `two words`."""
    return name.rpartition(".")[2].replace("-", " ").replace("_", " ")
