"""The writable layer: what overlayfs keeps over several sessions, what diff lists, what it weighs."""

from __future__ import annotations

import pytest

from layerlab.container.changes import changes
from layerlab.container.staying import staying
from layerlab.container.surroundings import with_stubs
from layerlab.container.writable import layer_of, merge, size_of_writable
from layerlab.filesystem import EMPTY, Bytes, Editor, UpperEntry

SECOND = 1_000_000_000


def made(tree, now, act):
    view = Editor(tree, now)
    act(view)
    return view.finish()


@pytest.fixture
def image():
    def fill(view):
        view.makedirs("/a/b", 0o755)
        view.write("/a/b/deep", Bytes(b"d"), 0o644)
        view.write("/a/file", Bytes(b"old"), 0o644)
        view.makedirs("/etc", 0o755)

    return made(EMPTY, SECOND, fill).after


def sessions(image, *acts):
    """(merged tree, upper directory) after some sessions."""
    tree, upper = image, ()
    for number, act in enumerate(acts, 2):
        change = made(tree, number * SECOND, act)
        upper = merge(image, upper, change.upper, change.after)
        tree = change.after
    return tree, upper


def listed(before, after):
    return [f"{change.kind} {change.path}" for change in changes(before, after)]


class TestDiff:
    def test_an_addition_lists_its_directory_as_changed(self, image):
        tree, _ = sessions(image, lambda view: view.write("/a/new", Bytes(b"x"), 0o644))
        assert listed(image, tree) == ["C /a", "A /a/new"]

    def test_a_new_directory_is_listed_with_all_it_holds(self, image):
        tree, _ = sessions(image, lambda view: view.makedirs("/n/m", 0o755))
        assert listed(image, tree) == ["A /n", "A /n/m"]

    def test_of_a_removed_directory_only_the_top_is_listed(self, image):
        tree, _ = sessions(image, lambda view: view.rmtree("/a"))
        assert listed(image, tree) == ["D /a"]

    def test_a_touched_file_is_changed_and_a_read_one_is_not(self, image):
        tree, _ = sessions(image, lambda view: view.utime("/a/file"))
        assert listed(image, tree) == ["C /a", "C /a/file"]
        tree, _ = sessions(image, lambda view: view.read("/a/file"))
        assert listed(image, tree) == []

    def test_a_directory_changes_by_mode_and_not_by_time(self, image):
        tree, _ = sessions(image, lambda view: view.chmod("/a", 0o700))
        assert listed(image, tree) == ["C /a"]
        tree, _ = sessions(image, lambda view: view.utime("/a"))
        assert listed(image, tree) == []

    def test_stubs_of_the_daemon_are_never_listed(self, image):
        base = with_stubs(image, SECOND)
        assert base.lookup("/etc/hosts") is not None
        assert listed(base, base) == []


class TestSeveralSessions:
    def test_what_a_later_session_removes_of_an_earlier_one_leaves_nothing(self, image):
        _, upper = sessions(
            image, lambda view: view.write("/new", Bytes(b"x"), 0o644), lambda view: view.remove("/new")
        )
        assert upper == ()

    def test_a_file_of_the_image_leaves_a_whiteout(self, image):
        _, upper = sessions(
            image, lambda view: view.write("/a/file", Bytes(b"x"), 0o644), lambda view: view.remove("/a/file")
        )
        assert UpperEntry("/a/file", "whiteout") in upper
        assert UpperEntry("/a/file", "present") not in upper

    def test_a_directory_made_again_hides_what_it_held(self, image):
        tree, upper = sessions(image, lambda view: view.rmtree("/a"), lambda view: view.mkdir("/a", 0o755))
        assert UpperEntry("/a", "opaque") in upper
        assert tree.lookup("/a/file") is None

    def test_a_file_written_again_after_its_removal_is_present(self, image):
        _, upper = sessions(
            image, lambda view: view.remove("/a/file"), lambda view: view.write("/a/file", Bytes(b"y"), 0o644)
        )
        assert [entry.kind for entry in upper if entry.path == "/a/file"] == ["present"]


class TestSize:
    def test_a_fresh_container_weighs_nothing_or_one_block(self, image):
        assert size_of_writable(image, image, (), "classic").bytes == 0
        assert size_of_writable(image, image, (), "containerd").bytes == 4096

    def test_copy_up_takes_the_whole_file_into_the_layer(self, image):
        tree, upper = sessions(image, lambda view: view.chmod("/a/file", 0o600))
        assert size_of_writable(image, tree, upper, "classic").bytes == len(b"old")
        assert size_of_writable(image, tree, upper, "containerd").bytes == 3 * 4096

    def test_a_removed_file_takes_nothing(self, image):
        tree, upper = sessions(image, lambda view: view.remove("/a/file"))
        assert size_of_writable(image, tree, upper, "classic").bytes == 0

    def test_committing_keeps_what_was_written_or_what_differs(self, image):
        tree, upper = sessions(image, lambda view: view.chmod("/a/file", 0o644))
        assert [entry.path for entry in layer_of(image, tree, upper, "classic").entries] == ["/a", "/a/file"]
        assert layer_of(image, tree, upper, "containerd").entries == ()


@pytest.mark.parametrize(
    ("argv", "terminal", "stays"),
    [
        (["sleep", "5"], False, 5 * SECOND),
        (["sleep", "1m", "1s"], False, 61 * SECOND),
        (["sh", "-c", "echo x; sleep 2"], False, 2 * SECOND),
    ],
)
def test_a_sleep_ends_by_itself(argv, terminal, stays):
    found = staying(argv, reads_terminal=terminal)
    assert found is not None
    assert found.nanoseconds == stays


@pytest.mark.parametrize(
    "argv",
    [
        ["nginx", "-g", "daemon off;"],
        ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"],
        ["docker-entrypoint.sh", "redis-server"],
        ["tail", "-f", "/dev/null"],
        ["sleep", "infinity"],
        ["sh", "-c", "mkdir /x && exec nginx"],
    ],
)
def test_a_server_stays(argv):
    found = staying(argv, reads_terminal=False)
    assert found is not None
    assert found.nanoseconds is None


@pytest.mark.parametrize(
    "argv",
    [["nginx", "-v"], ["ls"], ["sh"], ["sh", "-c", "echo sleep"], ["cat"], ["python", "-c", "1"], ["sleep", "x"]],
)
def test_what_ends_is_run_to_its_end(argv):
    assert staying(argv, reads_terminal=False) is None


def test_a_shell_on_a_terminal_waits():
    found = staying(["bash"], reads_terminal=True)
    assert found is not None
    assert found.interactive


def test_what_comes_before_a_sleep_is_run():
    found = staying(["sh", "-c", "dd if=/dev/zero of=/x; rm /y; sleep 600"], reads_terminal=False)
    assert found is not None
    assert found.before == "dd if=/dev/zero of=/x; rm /y"
