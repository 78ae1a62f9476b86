"""The extension with the real engine: what a page holds before any script runs."""

import json
import re

import markdown
import pytest

from mkdocs_layerlab.extension import LayerlabExtension

PAGE = """\
```dockerfile {.layerlab lab="a" context="web-app" tag="demo" views="history stack"}
FROM alpine:3.20
COPY . /app
```

```console {.layerlab lab="a"}
$ docker history demo
```

```dockerfile {.layerlab fails}
FROM alpine:3.20 # the base
```
"""


@pytest.fixture
def page(tmp_path):
    """The HTML of `PAGE` in a language, and the problems."""
    (tmp_path / "web-app").mkdir()
    (tmp_path / "web-app/app.py").write_text("print(1)\n")

    def convert(lang, text=PAGE):
        problems = []
        ours = LayerlabExtension(
            labs=str(tmp_path), lang=lang, now=1_800_000_000, report=lambda *problem: problems.append(problem)
        )
        return markdown.markdown(text, extensions=[ours]), problems

    return convert


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_blocks_are_complete_without_a_script_and_share_their_host(page, lang):
    html, problems = page(lang)
    assert problems == []
    assert html.count("<layer-lab") == 2
    assert html.count("<layer-console") == 1
    assert html.count("COPY . /app # buildkit") >= 2  # in the block's history and in the console's
    assert "FROM requires either one or three arguments" in html
    assert f'data-lang="{lang}"' in html
    assert "style=" not in html


def test_each_block_carries_the_document_up_to_itself(page):
    html, _ = page("en")
    found = re.findall(r'<template class="ll-document">(.*?)</template>', html)
    actions = [[action["block"] for action in json.loads(text)["actions"]] for text in found]
    assert actions == [["ll-a-1"], ["ll-a-1", "ll-a-2"], ["ll-block-3-1"]]


def test_the_same_page_is_the_same_bytes(page):
    assert page("ko") == page("ko")


@pytest.mark.parametrize(
    ("fence", "line", "message"),
    [
        ("```dockerfile {.layerlab}\nFROM alpine:3.20\nRUN false\n```", 3, "the build fails"),
        ("```dockerfile {.layerlab}\nFRMO alpine\n```", 2, "unknown instruction: FRMO"),
        ('```dockerfile {.layerlab views="nothing"}\nFROM alpine:3.20\n```', 1, "unknown view 'nothing'"),
        ("```console {.layerlab}\n$ docker history nothing\n```", 1, "the command fails"),
    ],
)
def test_what_the_engine_refuses_is_reported_at_its_line(page, fence, line, message):
    _, problems = page("en", fence)
    assert [found for found, _ in problems] == [line]
    assert message in problems[0][1]


def test_hostile_text_stays_text(page):
    html, _ = page("en", '```dockerfile {.layerlab}\nFROM alpine:3.20\nLABEL a="</script><img src=x onerror=x>"\n```')
    assert "<img" not in html
    assert html.count("</template>") == 1
    assert "</script>" not in html


HISTORY = """\
```history {.layerlab title="Mine"}
IMAGE          CREATED       CREATED BY                                      SIZE      COMMENT
ff64be8f473f   2 days ago    CMD ["x"]                                       0B        buildkit.dockerfile.v0
<missing>      2 days ago    RUN /bin/sh -c echo "<img src=x onerror=alert(1)>" # buildkit   4.99MB    buildkit.dockerfile.v0
```
"""


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_history_fence_is_explained_row_by_row(page, lang):
    html, problems = page(lang, HISTORY)
    assert problems == []
    assert html.count("<layer-reader") == 1
    assert 'id="ll-reader-1"' in html
    assert "layerlab-title" in html
    assert html.count('role="rowheader"') == 2
    assert "<img" not in html
    assert "style=" not in html


def test_a_history_fence_that_is_none_is_a_problem_unless_it_says_so(page):
    _, problems = page("en", "```history {.layerlab}\nhello\n```\n")
    assert problems == [(1, "the reading fails and the fence doesn't say so: see the block")]
    html, problems = page("en", "```history {.layerlab fails}\nhello\n```\n")
    assert problems == []
    assert "Line 1: <code>hello</code>" in html


def test_a_history_fence_refuses_options_of_other_fences(page):
    _, problems = page("en", '```history {.layerlab tag="x"}\nhello\n```\n')
    assert problems == [(1, "unknown option 'tag'; known are fails, title")]


def test_a_fence_can_offer_to_open_archives(page):
    html, problems = page("en", "```dockerfile {.layerlab archive}\nFROM scratch\n```\n")
    assert problems == []
    assert '<div class="layerlab layerlab-archive" data-search-exclude>' in html
