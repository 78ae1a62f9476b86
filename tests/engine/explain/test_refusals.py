"""Every text with which our docker says no has a sentence in the reader's language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import layerlab
from layerlab.explain.refusals import REFUSALS, explain_refusal
from layerlab.lab import Lab
from layerlab.messages import load

DOCKER = Path(layerlab.__file__).parent / "docker"
WRAPPING = re.compile(r"Error response from daemon: |x|: unknown$")
"""What only carries a text that was made elsewhere."""
REFUSING = {"Refusal", "daemon_error"}


def text_of(node: ast.expr) -> str | None:
    """A literal's text, placeholders as `x`; None for what isn't written where it is raised."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) or "x" for part in parts)
        case ast.BinOp(left=left, right=right):
            return (text_of(left) or "x") + (text_of(right) or "x")
        case _:
            return None


def raised() -> list[str]:
    """Every text given to a refusal in the sources of `layerlab.docker`."""
    found = set()
    for file in sorted(DOCKER.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in REFUSING
                and node.args
            ):
                text = text_of(node.args[0])
                if text and re.search(r"[a-z]{3}", WRAPPING.sub("", text)):
                    found.add(text)
    return sorted(found)


@pytest.mark.parametrize("text", raised())
def test_every_refusal_written_in_the_sources_is_explained(text: str) -> None:
    assert explain_refusal(text, load("ko"))
    assert explain_refusal(text, load("en"))


def test_every_row_has_a_sentence_and_every_sentence_a_row() -> None:
    keys = {key for key, _ in REFUSALS}
    assert set(load("en").under("refusal.")) == keys == set(load("ko").under("refusal."))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rm nothing", "no such container"),
        ("rmi demo", "A container stands on this image"),
        ("run -d --name one demo", "exists already"),
        ("exec gone true", "no such container"),
        ("rm one", "isn't removed just like that"),
        ("exec one nothing-here", "doesn't have this program"),
        ("history absent", "no such image"),
        ("historry demo", "no such command"),
        ("run --nonsense demo", "written wrongly"),
        ("tag demo UPPER", "malformed"),
        ("cp one:/absent .", "no such path"),
        ("volume inspect nothing", "no such volume"),
        ("images --filter nonsense=1", "filter"),
        ("tag demo demo:", "malformed"),
        ("pull nobody/nothing-at-all", "registry"),
        ("load", "standard input"),
    ],
)
def test_what_docker_says_is_met_by_the_right_row(line: str, words: str) -> None:
    lab = Lab(now=1_790_000_000_000_000_000)
    lab.build("FROM busybox\nRUN touch /x\n")
    image = lab.host.builds[-1].image
    assert image
    for before in (f"tag {image.id} demo", "run -dit --name one demo"):
        lab.docker(before)
    output = lab.docker(line)
    assert output.exit_code
    assert words in explain_refusal(output.stdout + output.stderr, load("en")), output.stderr


def test_a_program_the_terminal_lacks_is_no_matter_of_a_registry() -> None:
    assert "no such program" in explain_refusal("sh: 1: nmap: not found\n", load("en"))


def test_what_we_say_ourselves_is_said_once_whatever_docker_printed_before_it() -> None:
    lab = Lab(now=1_790_000_000_000_000_000)
    for line in ("compose up", "run -v /here:/there busybox true", "pull -a busybox"):
        output = lab.docker(line)
        assert output.exit_code
        assert "layerlab: " in output.stderr
        assert not explain_refusal(output.stdout + output.stderr, load("en"))
