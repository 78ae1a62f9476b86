"""Strict builds of small sites: what stops them, where they say the fault is, and what the site then holds."""

import json
import re

import pytest
from plugin.plugin_site import build_strictly, write_site

pytestmark = pytest.mark.usefixtures("pretend_engine")

FENCE = '```dockerfile {.layerlab context="web-app" tag="demo"}\nFROM alpine\n```\n'


def test_one_build_makes_both_languages_which_share_the_browser_part(tmp_path):
    outcome = build_strictly(write_site(tmp_path, {"guide.md": f"# Guide\n\n{FENCE}"}))
    assert (outcome.stopped, outcome.warnings) == (False, [])
    for path, base in (("guide/index.html", "../"), ("en/guide/index.html", "../../")):
        page = outcome.page(path)
        assert "<layer-lab" in page
        assert f'<script src="{base}assets/layerlab/lab.1.js" defer></script>' in page
        assert f'href="{base}assets/layerlab/lab.1.css"' in page
    assert (outcome.site / "assets/layerlab/lab.1.js").is_file()
    assert not (outcome.site / "en/assets/layerlab").exists()
    assert not (outcome.site / "assets/layerlab/manifest.json").exists()


def test_the_engine_s_data_is_published_under_names_that_change_with_it(tmp_path):
    outcome = build_strictly(write_site(tmp_path, {}))
    data = json.loads(outcome.page("assets/layerlab/data.json"))
    name, uri = next((name, uri) for name, uri in data["supplies"].items() if name.startswith("context/web-app@"))
    assert re.fullmatch(r"data/context-web-app\.[0-9a-f]{12}\.json", uri)
    assert name.partition("@")[2] in uri
    assert "안녕" in outcome.page(f"assets/layerlab/{uri}")


def test_the_language_of_a_block_is_its_site_s(tmp_path, service):
    build_strictly(write_site(tmp_path, {"guide.md": FENCE}))
    assert {request["lang"] for request in service.requests} == {"ko", "en"}


@pytest.mark.parametrize(
    ("fence", "offset", "message"),
    [
        ('```dockerfile {.layerlab tga="x"}\nFROM a\n```\n', 0, "unknown option 'tga'"),
        ('```dockerfile {.layerlab context="none"}\nFROM a\n```\n', 0, "no build context 'none'"),
        ("```dockerfile {.layerlab}\nFROM a\nBROKEN\n```\n", 2, "the build fails"),
    ],
)
def test_a_fault_in_a_fence_stops_the_build_at_its_file_and_line(tmp_path, fence, offset, message):
    front = "---\ntitle: 안내\ndescription: x\n---\n\n\n"
    indented = "".join(f"    {line}\n" for line in fence.splitlines())
    text = f"{front}# Guide\n\n!!! note\n\n{indented}"
    outcome = build_strictly(write_site(tmp_path, {"ko/guide.md": text, "en/guide.md": "# Guide\n"}))
    line = text.split("\n").index(indented.split("\n")[0]) + 1 + offset
    assert outcome.stopped
    assert any(f"docs/ko/guide.md:{line}: {message}" in warning for warning in outcome.warnings)


def test_a_fault_in_the_second_language_stops_the_build(tmp_path):
    outcome = build_strictly(write_site(tmp_path, {"ko/a.md": "# A\n", "en/a.md": "```console {.layerlab}\n```\n"}))
    assert outcome.stopped
    assert any("docs/en/a.md:1: the console has no command" in warning for warning in outcome.warnings)


@pytest.mark.parametrize(("here", "there"), [("ko", "en"), ("en", "ko")])
def test_a_page_without_its_twin_stops_the_build(tmp_path, here, there):
    outcome = build_strictly(write_site(tmp_path, {f"{here}/lonely.md": "# Alone\n"}))
    assert outcome.stopped
    assert any(f"docs/{here}/lonely.md has no twin docs/{there}/lonely.md" in text for text in outcome.warnings)


def test_a_site_without_the_browser_part_says_so(tmp_path):
    outcome = build_strictly(write_site(tmp_path, {}, plugin="{assets: nothing}"))
    assert outcome.stopped
    assert any("the browser part isn't built" in text for text in outcome.warnings)


@pytest.mark.parametrize(("command", "count"), [("build", 1), ("serve", 0)])
def test_pages_carry_their_policy_but_those_that_mkdocs_serves_itself(tmp_path, command, count):
    """Its live reload is an inline script that comes after the policy has been made."""
    outcome = build_strictly(write_site(tmp_path, {}, plugin="{assets: bundle, csp: true}"), command)
    assert outcome.warnings == []
    for path in ("index.html", "en/index.html"):
        assert outcome.page(path).count("Content-Security-Policy") == count


PLAYGROUND = {"play.md": f"# Play\n\n{FENCE}", "deep/guide.md": f"# Guide\n\n{FENCE}"}


def test_blocks_lead_to_the_playground_of_their_language_but_those_on_it_do_not(tmp_path):
    outcome = build_strictly(write_site(tmp_path, PLAYGROUND, plugin="{assets: bundle, playground: play.md}"))
    assert (outcome.stopped, outcome.warnings) == (False, [])
    for root in ("", "en/"):
        assert 'data-playground="../../play/"' in outcome.page(f"{root}deep/guide/index.html")
        assert "data-playground" not in outcome.page(f"{root}play/index.html")


def test_a_playground_elsewhere_is_taken_as_it_is_written(tmp_path):
    outcome = build_strictly(write_site(tmp_path, PLAYGROUND, plugin="{assets: bundle, playground: /labs/play/}"))
    assert 'data-playground="/labs/play/"' in outcome.page("deep/guide/index.html")


def test_a_playground_that_is_not_there_stops_the_build(tmp_path):
    outcome = build_strictly(write_site(tmp_path, PLAYGROUND, plugin="{assets: bundle, playground: plya.md}"))
    assert outcome.stopped
    assert any("there is no page 'plya.md'" in text for text in outcome.warnings)


def test_without_a_playground_no_block_speaks_of_one(tmp_path):
    outcome = build_strictly(write_site(tmp_path, PLAYGROUND))
    assert "data-playground" not in outcome.page("deep/guide/index.html")
