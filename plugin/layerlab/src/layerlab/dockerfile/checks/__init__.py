"""BuildKit's linter: its rules as data, how they are silenced, and how they are reported.

`RULES` is the table: documentation, hovers and quick fixes read it. The `check_…` functions run the rules of one
moment, each from a value of facts to warnings in BuildKit's order of emission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from layerlab.dockerfile.checks import dispatching, parsing, stages
from layerlab.dockerfile.checks.facts import (
    BasePlatformFacts,
    DefaultNameFacts,
    FromFacts,
    InstructionFacts,
    WordFacts,
)
from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.checks.options import Options, parse_options, read_options
from layerlab.dockerfile.checks.rule import Finding, Rule, as_warning
from layerlab.dockerfile.instructions import Arg, From
from layerlab.dockerfile.syntax import Dockerfile, Statement

__all__ = [
    "RULES",
    "BasePlatformFacts",
    "CheckWarning",
    "DefaultNameFacts",
    "FromFacts",
    "InstructionFacts",
    "Options",
    "Rule",
    "WordFacts",
    "check_base_platform",
    "check_default_name",
    "check_from",
    "check_instruction",
    "check_syntax",
    "parse_options",
    "read_options",
]

Facts = TypeVar("Facts")

CONTINUATION: tuple[Rule[Dockerfile], ...] = (parsing.no_empty_continuation,)
STATEMENT: tuple[Rule[Statement], ...] = (
    parsing.maintainer_deprecated,
    parsing.stage_name_casing,
    parsing.from_as_casing,
)
STATEMENT_KEYWORDS = frozenset({"from", "maintainer"})
"""What those look at."""
DEFINITION: tuple[Rule[From | Arg], ...] = (parsing.invalid_definition_description,)
STAGE_NAMES: tuple[Rule[Dockerfile], ...] = (parsing.reserved_stage_name, parsing.duplicate_stage_name)
CASING: tuple[Rule[Dockerfile], ...] = (parsing.consistent_instruction_casing,)
DEFAULT_NAME: tuple[Rule[DefaultNameFacts], ...] = (stages.invalid_default_arg_in_from,)
FROM: tuple[Rule[FromFacts], ...] = (
    stages.undefined_arg_in_from,
    stages.redundant_target_platform,
    stages.from_platform_flag_const_disallowed,
)
BASE_PLATFORM: tuple[Rule[BasePlatformFacts], ...] = (stages.invalid_base_image_platform,)
INSTRUCTION: tuple[Rule[InstructionFacts], ...] = (
    dispatching.undefined_var,
    dispatching.legacy_key_value_format,
    dispatching.secrets_used_in_arg_or_env,
    dispatching.workdir_relative_path,
    dispatching.copy_ignored_file,
    dispatching.multiple_instructions_disallowed,
    dispatching.json_args_recommended,
    dispatching.expose_proto_casing,
    dispatching.expose_invalid_format,
)
WHILE_EXPANDING: tuple[Rule[InstructionFacts], ...] = (
    dispatching.undefined_var,
    dispatching.secrets_used_in_arg_or_env,
)
"""What is looked at before all words of an instruction are expanded."""

RULES: Mapping[str, Rule[Any]] = MappingProxyType(
    {
        rule.name: rule
        for group in (
            CONTINUATION,
            STATEMENT,
            DEFINITION,
            STAGE_NAMES,
            CASING,
            DEFAULT_NAME,
            FROM,
            BASE_PLATFORM,
            INSTRUCTION,
        )
        for rule in group
    }
)
"""All rules by name."""


def run_rules(
    rules: Sequence[Rule[Facts]], facts: Facts, options: Options, comments: tuple[str, ...] = ()
) -> tuple[CheckWarning, ...]:
    """The findings of some rules on one value of facts, those silenced left out.

    Args:
        rules: In BuildKit's order.
        facts: What they look at.
        options: Which run.
        comments: Above the instruction; they may silence rules that listen to them.
    """
    here = options.for_comments(comments) if comments else options
    found: list[tuple[Finding, str]] = []
    for rule in rules:
        for finding in rule.check(facts):
            holds = here if rule.is_inline else options
            if holds.runs(rule.name, experimental=rule.is_experimental):
                found.append((finding, rule.name))
    found.sort(key=lambda pair: pair[0].order)
    return tuple(as_warning(name, finding) for finding, name in found)


def check_syntax(dockerfile: Dockerfile, options: Options, *, past_errors: bool = False) -> tuple[CheckWarning, ...]:
    """Rules that need the text alone.

    Args:
        dockerfile: The file.
        options: Which rules run.
        past_errors: Docker stops at the first error; with this all is looked at, for an editor.
    """
    if not past_errors and any(problem.phase == "lexer" for problem in dockerfile.errors):
        return ()
    warnings = list(run_rules(CONTINUATION, dockerfile, options))
    read = {instruction.index: instruction for instruction in dockerfile.instructions}
    stop = None if past_errors or not dockerfile.errors else dockerfile.errors[0].span
    for statement in dockerfile.statements:
        if statement.keyword.text.lower() in STATEMENT_KEYWORDS:
            warnings += run_rules(STATEMENT, statement, options, statement.comments)
        match read.get(statement.index):
            case (From() | Arg()) as definition:
                warnings += run_rules(DEFINITION, definition, options, definition.comments)
        if stop is not None and statement.span.start_line >= stop.start_line:
            return tuple(warnings)
    warnings += run_rules(STAGE_NAMES, dockerfile, options)
    warnings += run_rules(CASING, dockerfile, options)
    return tuple(warnings)


def check_default_name(facts: DefaultNameFacts, options: Options) -> tuple[CheckWarning, ...]:
    """Rules on a FROM expanded with the defaults alone."""
    return run_rules(DEFAULT_NAME, facts, options, facts.instruction.comments)


def check_from(facts: FromFacts, options: Options) -> tuple[CheckWarning, ...]:
    """Rules on a FROM after its expansion."""
    return run_rules(FROM, facts, options, facts.instruction.comments)


def check_base_platform(facts: BasePlatformFacts, options: Options) -> tuple[CheckWarning, ...]:
    """Rules on a base image whose metadata came."""
    return run_rules(BASE_PLATFORM, facts, options, facts.instruction.comments)


def check_instruction(facts: InstructionFacts, options: Options) -> tuple[CheckWarning, ...]:
    """Rules on an instruction that is dispatched."""
    rules = INSTRUCTION if facts.is_expanded else WHILE_EXPANDING
    return run_rules(rules, facts, options, facts.instruction.comments)
