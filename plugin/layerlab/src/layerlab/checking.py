"""`layerlab check`: Docker's report on Dockerfiles as text, JSON or SARIF, and our advice where it is asked for.

Nothing is built for the report itself. Images that aren't on record are taken as empty ones, so that a file with a
private base is checked all the same; a note says so. Mimicked: `docker build --check` of buildx 0.36, BuildKit 0.32.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from layerlab import __version__
from layerlab.advice import RULES, Advice, advise
from layerlab.advice.wording import reason, sentence
from layerlab.baseimages import BaseImages, full_reference, made_up_id
from layerlab.build.context import Context
from layerlab.catalogue import Catalogue, declared_bases
from layerlab.catalogue.data import Loader
from layerlab.dockerfile import Dockerfile, Span, parse
from layerlab.dockerfile.checks.report import check_document, report_check
from layerlab.dockerfile.checks.sarif import FileFindings, sarif_document, sarif_text
from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.host import Host
from layerlab.image.config import ImageConfig
from layerlab.lab import Builder
from layerlab.messages import Messages
from layerlab.plan import make_plan
from layerlab.plan.model import BaseFacts, Missing, Plan, PlanRequest, Resolved

Format: TypeAlias = Literal["text", "json", "sarif"]
NOT_TEXT = frozenset({"syntax.binary", "syntax.utf16"})
"""Remarks after which Docker's own report says nothing of use."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to check.

    Attributes:
        path: As it is to be shown.
        data: Its bytes.
        ignore: Bytes of the ignore file that goes with it, or None.
        context: Build context for advice, or None for an empty one.
    """

    path: str
    data: bytes
    ignore: bytes | None = None
    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the command prints.

    Attributes:
        stdout: The report.
        stderr: Errors (text form) and notes.
        found: Whether anything was found: the exit code is 1 then.
    """

    stdout: str
    stderr: str
    found: bool


@dataclass(frozen=True, slots=True)
class _File:
    """One file with all that was found."""

    source: Source
    file: Dockerfile
    plan: Plan
    unknown: tuple[str, ...]
    advice: tuple[Advice, ...]

    @property
    def is_text(self) -> bool:
        return not any(remark.code in NOT_TEXT for remark in self.file.remarks)

    @property
    def found(self) -> bool:
        return bool(self.plan.warnings or self.plan.error or self.file.remarks or self.advice)


def check_files(
    sources: Sequence[Source], form: Format, say: Messages, load: Loader, *, with_advice: bool = False
) -> Checked:
    """Check some Dockerfiles.

    Args:
        sources: In the order to be told.
        form: Of the report.
        say: Sentences of the reader's language.
        load: Gives the catalogue's data.
        with_advice: Whether each file is built (simulated) and our rules are run on the build.
    """
    files = [_check(source, load, with_advice=with_advice) for source in sources]
    notes = "".join(
        say("check.unknown_base", path=one.source.path, image=image) + "\n" for one in files for image in one.unknown
    )
    found = any(one.found for one in files)
    match form:
        case "text":
            parts = [_text(one, say, headline=len(files) > 1) for one in files]
            return Checked("".join(out for out, _ in parts), "".join(err for _, err in parts) + notes, found)
        case "json":
            document = {"version": 1, "files": [_json(one, say) for one in files]}
            return Checked(json.dumps(document, indent=2, ensure_ascii=False) + "\n", notes, found)
        case "sarif":
            titles = {code: say(f"advice.{code}.title") for code in RULES}
            document = sarif_document([_sarif(one, say) for one in files], __version__, titles)
            return Checked(sarif_text(document), notes, found)


def _check(source: Source, load: Loader, *, with_advice: bool) -> _File:
    file = parse(source.data, name=source.path)
    catalogue = Catalogue(load).declaring(declared_bases(file.source.text))
    bases = _Lenient(BaseImages(catalogue))
    ignore = None if source.ignore is None else parse_ignore(source.ignore)
    plan = make_plan(PlanRequest(file, ignore=ignore, check=True), bases)
    advice: tuple[Advice, ...] = ()
    if with_advice and not any(remark.code in NOT_TEXT for remark in file.remarks):
        _, record = Builder(load).build(Host(now=0), source.data, source.context or Context())
        advice = advise(record)
    return _File(source, file, plan, tuple(bases.unknown), advice)


class _Lenient:
    """The catalogue's images; any other is taken to be there and to be empty.

    Attributes:
        unknown: Names of those others, in order.
    """

    def __init__(self, bases: BaseImages) -> None:
        self._bases = bases
        self.unknown: dict[str, None] = {}

    def resolve(self, reference: str, platform: str) -> Resolved:
        """For `plan`: what is known of a reference."""
        found = self._bases.resolve(reference, platform)
        if not isinstance(found, Missing):
            return found
        full = full_reference(reference)
        self.unknown[reference] = None
        system, _, rest = platform.partition("/")
        architecture, _, variant = rest.partition("/")
        config = ImageConfig(os=system or "linux", architecture=architecture or "amd64", variant=variant)
        return BaseFacts(reference, full, "", made_up_id(full), config, (), 0)


def _text(one: _File, say: Messages, *, headline: bool) -> tuple[str, str]:
    """Docker's report, our advice after it, under the file's name where there are several."""
    head = f"{one.source.path}\n" if headline else ""
    remarks = "".join(_remarks(one, say))
    if not one.is_text:
        return "", remarks
    error = one.plan.error
    report = report_check(
        one.file.source,
        one.plan.warnings,
        filename=one.source.path,
        error=None if error is None else error.message,
        error_spans=() if error is None else error.spans,
    )
    out = report.stdout + "".join(_advice_text(one, advice, say) for advice in one.advice)
    return (head + out + "\n" if headline else out), remarks + report.stderr


def _remarks(one: _File, say: Messages) -> list[str]:
    """What is wrong with the bytes, one line each."""
    told = []
    for remark in one.file.remarks:
        place = remark.where or Span(1, 0, 1, 0)
        key = "check." + remark.code.removeprefix("syntax.").replace("-", "_")
        values = dict(remark.values) | {"line": str(place.start_line), "column": str(place.start_column + 1)}
        told.append(say(key, path=one.source.path, **values) + "\n")
    return told


def _advice_text(one: _File, advice: Advice, say: Messages) -> str:
    place = f"{one.source.path}:{advice.found.span.start_line}"
    name = RULES[advice.rule].name
    return f"\nADVICE: {advice.rule} ({name}) {place}\n{sentence(advice, say)}\n{reason(advice.rule, say)}\n"


def _json(one: _File, say: Messages) -> dict[str, Any]:
    """One file: Docker's document, then what it doesn't have."""
    error = one.plan.error
    document: dict[str, Any] = {"path": one.source.path} | check_document(
        one.file.source,
        one.plan.warnings,
        filename=one.source.path,
        error=None if error is None else error.message,
        error_spans=() if error is None else error.spans,
    )
    document["errors"] = [
        {"code": code, "message": message, **_place(span)} for code, message, span in _errors(one)
    ]
    document["remarks"] = [
        {"code": remark.code, "message": text.rstrip("\n"), **_place(remark.where)}
        for remark, text in zip(one.file.remarks, _remarks(one, say), strict=True)
    ]
    document["advice"] = [
        {
            "code": advice.rule,
            "name": RULES[advice.rule].name,
            "message": sentence(advice, say),
            "bytes": None if advice.found.cost is None else advice.found.cost.bytes,
            "fidelity": _fidelity(advice),
            "rebuilds": len(advice.found.rebuilds),
            **_place(advice.found.span),
        }
        for advice in one.advice
    ]
    return document


def _fidelity(advice: Advice) -> str | None:
    cost = advice.found.cost
    if cost is None:
        return None
    return "unknown" if cost.bytes is None else "estimated" if cost.estimated else "exact"


def _place(span: Span | None) -> dict[str, int | None]:
    if span is None:
        return {"line": None, "column": None, "endLine": None, "endColumn": None}
    return {
        "line": span.start_line,
        "column": span.start_column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }


def _errors(one: _File) -> list[tuple[str, str, Span | None]]:
    """Docker's error, and the further syntax problems it would come to."""
    error = one.plan.error
    found: list[tuple[str, str, Span | None]] = []
    syntax = one.file.errors
    if error is not None and not (syntax and syntax[0].code == error.code):
        found.append((error.code, error.message, error.spans[0] if error.spans else None))
    return found + [(problem.code, problem.docker_text, problem.where) for problem in syntax]


def _sarif(one: _File, say: Messages) -> FileFindings:
    remarks = [
        (remark.code, text.rstrip("\n"), remark.where)
        for remark, text in zip(one.file.remarks, _remarks(one, say), strict=True)
    ]
    errors = [*remarks, *(_errors(one) if one.is_text else [])]
    notes = [(advice.rule, sentence(advice, say), advice.found.span) for advice in one.advice]
    path = one.source.path.replace("\\", "/")
    return FileFindings(path, one.plan.warnings if one.is_text else (), errors, notes)
