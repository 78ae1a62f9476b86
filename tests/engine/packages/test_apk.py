"""apk on Alpine images: what is known, and what stays open."""

from __future__ import annotations

import pytest
from engine.packages.package_runs import on

from layerlab.filesystem import BULK_NAME, Directory, File, Unknown


class TestAdd:
    """`apk add`."""

    def test_the_size_stays_open_and_says_why(self):
        ran = on("alpine:3.20", "apk add --no-cache curl")
        assert ran.code == 0
        assert ran.size.bytes is None
        assert {"packages.apk.added", "packages.apk.alone"} <= ran.keys

    def test_world_lists_what_was_asked_for_sorted(self):
        ran = on("alpine:3.20", "apk add --no-cache tini bash=5.2-r1 curl~8")
        assert ran.text("/etc/apk/world").split() == [
            "alpine-baselayout",
            "alpine-keys",
            "apk-tools",
            "bash",
            "busybox",
            "curl",
            "libc-utils",
            "tini",
        ]

    def test_known_commands_are_there_and_others_may_be(self):
        ran = on("alpine:3.20", "apk add --no-cache bash somepackage && /bin/bash -c true && somecommand")
        assert ran.code == 0
        assert isinstance(ran.tree.lookup("/bin/bash"), File)

    def test_without_the_package_its_command_is_not_found(self):
        assert on("alpine:3.20", "curl --version").code == 127

    def test_a_package_of_the_base_adds_nothing(self):
        ran = on("alpine:3.24", "apk add --no-cache busybox")
        assert ran.tree.lookup(f"/usr/bin/{BULK_NAME}") is None

    @pytest.mark.parametrize(("flags", "left"), [("--no-cache", 0), ("", 2), ("--update", 2)])
    def test_the_index_is_kept_without_no_cache(self, flags, left):
        node = on("alpine:3.20", f"apk add {flags} curl").tree.lookup("/var/cache/apk")
        assert isinstance(node, Directory)
        assert len(node.entries) == left

    def test_it_needs_root(self):
        ran = on("alpine:3.20", "apk add curl", user=1000)
        assert ran.code == 99
        assert ran.err.startswith("ERROR: Unable to lock database: Permission denied\n")


class TestVirtual:
    """`apk add --virtual NAME` and `apk del NAME`."""

    def test_added_and_deleted_in_one_run_nothing_is_left_but_world(self):
        ran = on("alpine:3.20", "apk add --no-cache --virtual .build-deps gcc musl-dev && apk del .build-deps")
        assert ran.code == 0
        assert ran.size.bytes == len(ran.text("/etc/apk/world"))
        assert ".build-deps" not in ran.text("/etc/apk/world")
        assert ran.tree.lookup("/usr/bin/gcc") is None

    @pytest.mark.parametrize("flag", ["--virtual .deps", "-t .deps", "--virtual=.deps"])
    def test_its_members_are_remembered_across_layers(self, flag):
        first = on("alpine:3.20", f"apk add --no-cache {flag} gcc")
        assert any(line.startswith(".deps=20") for line in first.text("/etc/apk/world").split())
        second = on("alpine:3.20", "apk del .deps", tree=first.tree)
        assert second.tree.lookup("/usr/bin/gcc") is None
        assert any(entry.kind == "whiteout" for entry in second.change.upper)

    def test_what_another_add_brought_stays(self):
        ran = on("alpine:3.20", "apk add --no-cache make && apk add --no-cache -t .d gcc && apk del .d")
        assert isinstance(ran.tree.lookup("/usr/bin/make"), File)
        assert ran.tree.lookup("/usr/bin/gcc") is None

    def test_deleting_one_package(self):
        ran = on("alpine:3.20", "apk add --no-cache curl && apk del curl")
        assert ran.tree.lookup("/usr/bin/curl") is None
        assert "curl" not in ran.text("/etc/apk/world").split()


def test_an_unknown_command_is_refused():
    ran = on("alpine:3.20", "apk instal curl")
    assert ran.code == 1
    assert "'instal' is not an apk command" in ran.err


def test_updating_alone_leaves_indexes_of_unknown_size():
    ran = on("alpine:3.20", "apk update")
    node = ran.tree.lookup("/var/cache/apk/APKINDEX.main.tar.gz")
    assert isinstance(node, File)
    assert isinstance(node.content, Unknown)


def test_the_architecture_is_known():
    assert on("alpine:3.20", "apk --print-arch").out == "x86_64\n"
