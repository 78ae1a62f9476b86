"""Runs BuildKit's linter along the plan: each phase hands its facts in, and the warnings pile up in Docker's order."""

from __future__ import annotations

from dataclasses import dataclass, field

from layerlab.dockerfile.checks import (
    check_base_platform,
    check_default_name,
    check_from,
    check_instruction,
    check_syntax,
)
from layerlab.dockerfile.checks.facts import (
    BasePlatformFacts,
    DefaultNameFacts,
    FromFacts,
    InstructionFacts,
)
from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.checks.options import BUILD_ARG, Options, read_options
from layerlab.dockerfile.syntax import Dockerfile
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.model import BaseFacts, PlanRequest
from layerlab.plan.platforms import Platform
from layerlab.plan.scope import platform_arguments
from layerlab.plan.stages import Globals, StageDraft, read_globals_of


@dataclass(slots=True)
class Findings:
    """The linter's warnings so far.

    Attributes:
        options: Which rules run.
        warnings: In order of discovery.
    """

    options: Options
    warnings: list[CheckWarning] = field(default_factory=list)

    def syntax(self, file: Dockerfile) -> None:
        """What needs the text alone."""
        self.warnings += check_syntax(file, self.options)

    def default_names(self, request: PlanRequest, known: Globals) -> None:
        """Base names with the defaults of global ARGs alone."""
        file = request.dockerfile
        start = platform_arguments(known.build, known.target, known.values["TARGETSTAGE"], {})
        try:
            values = read_globals_of(file, start, {})
        except PlanFailure:
            return
        for stage in file.stages:
            try:
                name = Expander(values, file.directives.escape).word(stage.base.image.text)
            except ExpansionError:
                continue
            facts = DefaultNameFacts(stage.index, stage.base, is_valid=_is_reference(name))
            self.warnings += check_default_name(facts, self.options)

    def from_line(self, draft: StageDraft, known: Globals) -> None:
        """A FROM after its expansion."""
        parts = (draft.platform.os, draft.platform.architecture) if draft.platform else None
        declared = tuple(dict.fromkeys([*known.values, *known.declared]))
        facts = FromFacts(
            draft.syntax.index,
            draft.syntax.base,
            draft.name_facts,
            draft.platform_facts,
            declared,
            known.values["TARGETPLATFORM"],
            parts,
        )
        self.warnings += check_from(facts, self.options)

    def base_platform(self, draft: StageDraft, facts: BaseFacts, expected: Platform) -> None:
        """A base image whose platform is known."""
        config = facts.config
        actual = Platform(config.os, config.architecture, config.variant)
        syntax = draft.syntax
        answer = BasePlatformFacts(syntax.index, syntax.base, facts.reference, expected.text, actual.text)
        self.warnings += check_base_platform(answer, self.options)

    def instruction(self, facts: InstructionFacts) -> None:
        """An instruction at its dispatch."""
        self.warnings += check_instruction(facts, self.options)

    def fail_on_warnings(self) -> None:
        """Stop where `error=true` asks for it.

        Raises:
            PlanFailure: With the rules that fired.
        """
        if self.options.error and self.warnings:
            rules = ", ".join(sorted({warning.rule for warning in self.warnings}))
            raise failure("lint", f"lint violation found for rules: {rules}", phase="check")


def start_findings(request: PlanRequest) -> Findings:
    """The linter with the file's options.

    Raises:
        PlanFailure: For a bad `check` option.
    """
    try:
        return Findings(read_options(request.dockerfile, request.build_args.get(BUILD_ARG)))
    except ValueError as error:
        raise failure("check-option", str(error), phase="parse") from error


def _is_reference(name: str) -> bool:
    try:
        parse_reference(name)
    except InvalidReferenceError:
        return False
    return True
