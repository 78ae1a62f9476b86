"""What of a context is sent, which line of the ignore file decided, and how many bytes travel."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine.build.build_lab import Bench, context_of

from layerlab.build.context import Context, ContextError, filtered
from layerlab.build.transfer import context_transfer, file_transfer, tar_transfer
from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.filesystem import Bytes, File, Meta, Symlink


def sent(files: dict[str, object], ignore: str) -> list[tuple[str, bool, str | None, int | None]]:
    done = filtered(context_of(files), parse_ignore(ignore))  # type: ignore[arg-type]
    return [(entry.path, entry.sent, entry.pattern, entry.line) for entry in done.sent]


def test_the_listing_names_pattern_and_line() -> None:
    assert sent({"a.log": "", "b": "", "keep.log": ""}, "# logs\n*.log\n!keep.log\n") == [
        ("a.log", False, "*.log", 2),
        ("b", True, None, None),
        ("keep.log", True, "!keep.log", 3),
    ]


def test_directories_of_an_exception_come_along() -> None:
    rows = sent({"d/drop": "", "d/keep": "", "e/x": ""}, "d\ne\n!d/keep\n")
    assert [row[:2] for row in rows] == [
        ("d", True),
        ("d/drop", False),
        ("d/keep", True),
        ("e", False),
        ("e/x", False),
    ]


def test_nothing_ignored_is_the_very_same_tree() -> None:
    context = context_of({"a": "1"})
    assert filtered(context, parse_ignore("zzz")).tree is context.tree


@pytest.mark.parametrize(("name", "size", "total"), [("Dockerfile", 92, 129), ("Dockerfile", 30, 67)])
def test_bytes_of_a_dockerfile(name: str, size: int, total: int) -> None:
    node = File(Meta(0o644, mtime=1_700_000_000_123_456_789), Bytes(b"x" * size))
    assert file_transfer(name, node) == total


def test_a_missing_file_takes_two_bytes() -> None:
    assert file_transfer("Dockerfile", None) == 2


@pytest.mark.parametrize(("name", "total"), [("index.html", 31), ("app.py", 27)])
def test_unchanged_files_are_announced_but_not_sent_again(name: str, total: int) -> None:
    tree = context_of({name: "x"}).tree
    announced, data = context_transfer(tree, lambda _: True, tree, {})
    assert (2 + announced, data) == (total, 0)


def test_only_what_is_named_is_sent() -> None:
    bench = Bench()
    small = bench.build("FROM base\nCOPY a /a\n", {"a": "1", "big": "x" * 9999})
    assert small.context.context_bytes is not None
    assert small.context.context_bytes < 100
    nothing = bench.build("FROM base\nRUN nothing\n", {"a": "1"})
    assert nothing.context.context_bytes is None


def test_the_legacy_tar_is_counted_in_blocks() -> None:
    assert tar_transfer(context_of({"a": "1", "d/b": "x" * 513}).tree) == 1024 + 3 * 512 + 512 + 1024


class TestReadingTheDisk:
    def test_links_stay_links_and_modes_are_kept(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"1")
        (tmp_path / "f").chmod(0o751)
        (tmp_path / "l").symlink_to("/etc/passwd")
        context = Context.from_directory(tmp_path)
        node, link = context.tree.lookup("/f"), context.tree.lookup("/l", follow=False)
        assert node is not None
        assert (node.meta.mode, node.meta.uid) == (0o751, 0)
        assert isinstance(link, Symlink)

    def test_names_that_are_no_text_are_kept(self, tmp_path: Path) -> None:
        (tmp_path / b"\xff".decode("utf-8", "surrogateescape")).write_bytes(b"1")
        assert [path for path, _ in Context.from_directory(tmp_path).tree.walk()] == ["/\udcff"]

    def test_a_missing_directory_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(ContextError) as caught:
            Context.from_directory(tmp_path / "nope")
        assert caught.value.code == "not-found"


def test_a_link_that_leads_out_counts_as_missing() -> None:
    record = Bench().build("FROM base\nCOPY up /x\n", {"up": {"type": "symlink", "link": "../../etc/passwd"}})
    assert record.failure is not None
    assert record.failure.message.endswith('"/up": not found')


def test_a_bad_pattern_stops_the_build_without_a_place() -> None:
    record = Bench().build("FROM base\nCOPY . /x\n", {".dockerignore": "[a-\n"})
    assert record.failure is not None
    assert (record.failure.message, record.failure.locations) == ("failed to solve: syntax error in pattern", ())
