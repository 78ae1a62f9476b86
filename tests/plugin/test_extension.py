"""The extension in plain Python-Markdown, with an engine that builds nothing."""

import itertools

import markdown
import pytest
from plugin.plugin_site import VIEWS

from mkdocs_layerlab.engine import Engine
from mkdocs_layerlab.extension import LayerlabExtension

FENCE = '```dockerfile {.layerlab tag="a"}\nFROM x\n```\n'


@pytest.fixture
def convert(service, tmp_path):
    """Convert a text; answers the HTML and the reported problems."""
    (tmp_path / "web-app").mkdir()
    (tmp_path / "web-app/app.py").write_text("1")

    def run(text, others=(), **options):
        problems = []
        ours = LayerlabExtension(
            engine=Engine(service, VIEWS), labs=str(tmp_path), now=1_700_000_000,
            report=lambda line, message: problems.append((line, message)), **options,
        )  # fmt: skip
        html = markdown.markdown(text, extensions=[*others, ours])
        return html, problems

    return run


def test_a_fence_becomes_a_block_of_its_own(convert):
    html, problems = convert(f"Hello\n\n{FENCE}\nBye\n")
    assert problems == []
    assert html.count("<layer-lab") == 1
    assert "<p><div" not in html
    assert '<div class="layerlab" data-search-exclude><layer-lab id="ll-block-1-1"' in html


@pytest.mark.parametrize("others", [["pymdownx.superfences"], ["attr_list", "pymdownx.superfences"], ["extra"]])
def test_other_extensions_do_not_matter(convert, others):
    html, problems = convert(FENCE, others)
    assert (html.count("<layer-lab"), problems) == (1, [])


def test_the_order_of_extensions_does_not_matter(service, tmp_path):
    pages = set()
    for order in itertools.permutations(["pymdownx.superfences", "layerlab", "admonition"]):
        configs = {"layerlab": {"engine": Engine(service, VIEWS), "labs": str(tmp_path), "now": 1}}
        pages.add(markdown.markdown(FENCE, extensions=list(order), extension_configs=configs))
    assert len(pages) == 1
    assert "<layer-lab" in pages.pop()


def test_blocks_of_one_lab_share_a_document_that_grows(convert, service):
    convert(
        '```dockerfile {.layerlab lab="one" context="web-app" tag="demo"}\nFROM x\n```\n\n'
        '```console {.layerlab lab="one"}\n$ docker images\n$ docker history demo\n```\n\n'
        '```dockerfile {.layerlab lab="two" views="log"}\nFROM y\n```\n'
    )
    documents = [request["document"] for request in service.requests]
    context = documents[0]["actions"][0]["context"]
    assert context.startswith("web-app@")
    assert list(service.supplied) == [f"context/{context}"]
    build = {"type": "build", "block": "ll-one-1", "text": "FROM x\n", "context": context, "tag": "demo"}
    assert documents[-2]["actions"] == [
        build,
        {"type": "command", "block": "ll-one-2", "line": "docker images"},
        {"type": "command", "block": "ll-one-2", "line": "docker history demo"},
    ]
    assert documents[-1]["actions"] == [{"type": "build", "block": "ll-two-1", "text": "FROM y\n"}]
    assert documents[-1]["start"]["now"] == 1_700_000_000 * 10**9
    assert [request["views"] for request in service.requests[-2:]] == [["console"], ["log"]]


def test_the_blocks_of_a_lab_carry_one_fingerprint(convert, service):
    text = '```dockerfile {.layerlab lab="one"}\nFROM x\n```\n\n```console {.layerlab lab="one"}\n$ a\n```\n'
    convert(text)
    convert(text.replace("$ a", "$ b"))
    hashes = [request["document"]["start"]["hash"] for request in service.requests]
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]


def test_each_page_begins_anew(service, tmp_path):
    md = markdown.Markdown(extensions=[LayerlabExtension(engine=Engine(service, VIEWS), labs=str(tmp_path), now=1)])
    assert md.convert(FENCE) == md.reset().convert(FENCE)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('Hi\n\n```dockerfile {.layerlab tga="a"}\nFROM x\n```', 3, "unknown option 'tga'"),
        ('```dockerfile {.layerlab context="none"}\nFROM x\n```', 1, "no build context 'none'"),
        (
            "```dockerfile {.layerlab}\nFROM x\nBROKEN\n```",
            3,
            "the build fails and the fence doesn't say so: broken here",
        ),
        ("```console {.layerlab}\n$ BROKEN\n```", 2, "the command fails and the fence doesn't say so"),
        ("```dockerfile {.layerlab fails}\nFROM x\n```", 1, "the fence says it fails, but the build succeeds"),
        ("```console {.layerlab}\n\n```", 1, "the console has no command"),
        ('```dockerfile {.layerlab views="log nonsense"}\nFROM x\n```', 1, "unknown view 'nonsense'; known are log, "),
        ("```dockerfile {.layerlab}\nREFUSED\n```", 1, "no such thing"),
        ("```docker {.layerlab}\nFROM x\n```", 1, "isn't read as a live block"),
        ("```dockerfile .layerlab}\nFROM x\n```\n\n```dockerfile {.layerlab\nx\n```", 5, "isn't read as a live block"),
        ("```layerlab-exercise\n```", 1, "an exercise needs an id"),
        ('```layerlab-exercise {id="cache-order"}\n```', 1, "exercise 'cache-order'"),
        (
            '```dockerfile {.layerlab lab="a"}\nFROM x\n```\n```dockerfile {.layerlab lab="a" engine="29"}\nFROM y\n```',
            4,
            "say this on its first block",
        ),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(convert, text, line, message):
    _, problems = convert(text)
    assert [found for found, _ in problems] == [line]
    assert message in problems[0][1]


def test_a_failure_that_the_fence_announces_is_no_problem(convert):
    html, problems = convert("```dockerfile {.layerlab fails}\nFROM x BROKEN\n```")
    assert problems == []
    assert "<layer-lab" in html


def test_a_fence_that_cannot_be_rendered_stays_readable_and_reachable(convert):
    html, _ = convert('```dockerfile {.layerlab tga="a"}\nFROM <x>\n```')
    assert '<pre tabindex="0"><code>FROM &lt;x&gt;</code></pre>' in html


def test_a_bug_of_ours_is_a_problem_and_not_a_silent_plain_block(convert, service, monkeypatch):
    def broken(_request):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(service, "handle", broken)
    html, problems = convert(FENCE)
    assert problems == [(1, "ZeroDivisionError: oh")]
    assert "FROM x" in html


HOSTILE = '</script><img src=x onerror="alert(1)">&amp;'


@pytest.mark.parametrize(
    "text",
    [
        f"```dockerfile {{.layerlab}}\nFROM {HOSTILE}\n```",
        f"```dockerfile {{.layerlab tga='1'}}\nFROM {HOSTILE}\n```",
        f"```dockerfile {{.layerlab title='{HOSTILE}'}}\nFROM x\n```",
        f"```console {{.layerlab}}\n$ {HOSTILE}\n```",
    ],
)
def test_hostile_text_is_shown_as_text(convert, text):
    html, _ = convert(text)
    assert "<img" not in html
    assert "</script>" not in html
    assert "&lt;img" in html


def test_a_title_is_shown_above_the_block(convert):
    html, _ = convert('```dockerfile {.layerlab title="First & last"}\nFROM x\n```')
    assert '<p class="layerlab-title">First &amp; last</p><layer-lab' in html


def test_other_fences_are_left_alone(convert):
    text = "```dockerfile\nFROM x\n```\n\n````md\n```dockerfile {.layerlab}\nFROM y\n```\n````\n"
    html, problems = convert(text)
    assert problems == []
    assert "<layer-lab" not in html
    assert "{.layerlab}" in html


def test_without_options_the_clock_starts_at_the_day_or_where_the_build_says(service, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000123")
    md = markdown.Markdown(extensions=[LayerlabExtension(engine=Engine(service, VIEWS))])
    md.convert(FENCE)
    assert service.requests[-1]["document"]["start"]["now"] == 1_700_000_123 * 10**9
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    md.reset().convert(FENCE)
    assert service.requests[-1]["document"]["start"]["now"] % (86_400 * 10**9) == 0


def test_a_block_is_rendered_once_for_equal_requests(service):
    engine = Engine(service, VIEWS)
    document = {"start": {"lab": "x"}, "actions": []}
    first = engine.render(document, "b", ("log",), "ko", lambda _: None)
    assert engine.render(document, "b", ("log",), "ko", lambda _: None) is first
    assert len(service.requests) == 1
    engine.render(document, "b", ("log",), "en", lambda _: None)
    assert len(service.requests) == 2
