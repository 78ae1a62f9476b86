"""Every error code that the engine can raise has an explanation, and every note a sentence, in both languages."""

import ast
import re
from pathlib import Path

import pytest

import layerlab
from layerlab.dockerfile.checks import RULES
from layerlab.explain.failures import explain_code
from layerlab.messages import LANGUAGES, load

ROOT = Path(layerlab.__file__).parent
CODE = re.compile(r"(?:syntax|expansion|plan|build|run|copy|legacy)\.[a-z][a-z-]*")
PREFIX = {"Refusal": "plan.", "failure": "plan.", "RefusedError": "syntax.", "error": "expansion."}


def codes():
    """All codes that stand in the packages which raise errors: whole, or as first argument of what raises them."""
    found = set()
    for package in ("dockerfile", "plan", "build"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                found |= set(codes_in(node, "syntax." if package == "dockerfile" else "plan."))
    edges = (re.findall(r'"(build\.[a-z-]+)"', file.read_text(encoding="utf-8")) for file in ROOT.glob("*.py"))
    return sorted(found.union(*edges))


def codes_in(node, prefix):
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield node.value
    if isinstance(node, ast.Call) and node.args:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0]
        if name in PREFIX and isinstance(first, ast.Constant) and re.fullmatch("[a-z][a-z-]*", str(first.value)):
            yield PREFIX[name] + first.value
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
        targets = {getattr(target, "id", "") for target in node.targets}
        for choice in (node.value.body, node.value.orelse):
            if "code" in targets and isinstance(choice, ast.Constant) and "." not in str(choice.value):
                yield prefix + choice.value


def notes():
    for file in (ROOT / "shell").rglob("*.py"):
        yield from re.findall(r'"(shell\.[a-z_]+)"', file.read_text(encoding="utf-8"))


class TestExplanations:
    def test_the_search_finds_codes_of_every_kind(self):
        assert {
            "syntax.empty-file", "syntax.from-comment", "syntax.stage-name", "expansion.required", "plan.circle",
            "plan.later-stage", "plan.no-dockerfile", "run.failed", "copy.missing", "legacy.nothing",
            "build.no-context",
        } <= set(codes())  # fmt: skip

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_code_is_explained(self, language):
        say = load(language)
        assert [code for code in codes() if f"explain.{code}" not in say and code not in say] == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_rule_of_docker_is_explained(self, language):
        say = load(language)
        assert [name for name in RULES if not explain_code(name, say)] == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_note_of_the_shell_has_a_sentence(self, language):
        say = load(language)
        assert [key for key in sorted(set(notes())) if key not in say] == []

    def test_a_sentence_that_needs_more_than_is_known_is_left_out(self):
        say = load("en")
        assert explain_code("syntax.unknown-instruction", say) == ""
        assert "`X`" in explain_code("syntax.unknown-instruction", say, {"keyword": "X"})

    def test_an_unknown_code_has_none(self):
        assert explain_code("no.such", load("ko")) == ""
