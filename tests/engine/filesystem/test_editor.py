"""What a writing session leaves: the tree, and what overlayfs would have in its upper directory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab.filesystem import EMPTY, NO_BYTES, Bytes, Directory, Editor, File, FileSystemError, Meta, Tree, Who


def tree_with(*paths: str) -> Tree:
    editor = Editor(EMPTY, 1)
    for path in paths:
        editor.makedirs(path.rpartition("/")[0] or "/")
        editor.write(path, Bytes(path.encode()))
    return editor.finish().after


def uppers(editor: Editor) -> list[tuple[str, str]]:
    return [(entry.path, entry.kind) for entry in editor.finish().upper]


class TestUpperDirectory:
    def test_a_written_file_copies_its_directories_up(self):
        editor = Editor(tree_with("/a/b/f"), 2)
        editor.write("/a/b/g", NO_BYTES)
        assert uppers(editor) == [("/a", "present"), ("/a/b", "present"), ("/a/b/g", "present")]

    def test_removing_a_lower_file_leaves_a_whiteout(self):
        editor = Editor(tree_with("/a/f"), 2)
        editor.remove("/a/f")
        assert uppers(editor) == [("/a", "present"), ("/a/f", "whiteout")]

    def test_removing_what_the_session_made_leaves_no_trace_but_its_directory(self):
        editor = Editor(tree_with("/a/f"), 2)
        editor.write("/a/new", NO_BYTES)
        editor.remove("/a/new")
        assert uppers(editor) == [("/a", "present")]

    def test_removing_a_directory_is_one_whiteout(self):
        editor = Editor(tree_with("/a/b/f", "/a/b/g"), 2)
        editor.rmtree("/a/b")
        assert uppers(editor) == [("/a", "present"), ("/a/b", "whiteout")]

    def test_a_directory_made_again_is_opaque(self):
        editor = Editor(tree_with("/d/old"), 2)
        editor.rmtree("/d")
        editor.mkdir("/d")
        editor.write("/d/c", NO_BYTES)
        assert uppers(editor) == [("/d", "present"), ("/d", "opaque"), ("/d/c", "present")]

    def test_nothing_below_an_opaque_directory_needs_a_whiteout(self):
        editor = Editor(tree_with("/d/old"), 2)
        editor.rmtree("/d")
        editor.mkdir("/d")
        editor.write("/d/old", NO_BYTES)
        editor.remove("/d/old")
        assert uppers(editor) == [("/d", "present"), ("/d", "opaque")]

    def test_chmod_to_the_same_mode_copies_up_all_the_same(self):
        editor = Editor(tree_with("/f"), 2)
        editor.chmod("/f", 0o644)
        assert uppers(editor) == [("/f", "present")]

    def test_a_moved_file_is_a_whiteout_and_a_new_file(self):
        editor = Editor(tree_with("/f"), 2)
        editor.rename("/f", "/g")
        assert uppers(editor) == [("/f", "whiteout"), ("/g", "present")]

    def test_a_moved_directory_lists_all_it_holds(self):
        editor = Editor(tree_with("/d/x/f"), 2)
        editor.rename("/d", "/e")
        assert uppers(editor) == [
            ("/d", "whiteout"),
            ("/e", "present"),
            ("/e/x", "present"),
            ("/e/x/f", "present"),
        ]


class TestMounts:
    def test_writes_below_a_mount_stay_out_of_the_tree_and_the_log(self):
        before = tree_with("/a/f")
        editor = Editor(before, 2)
        editor.mount("/a", Directory(Meta(0o755), {}))
        editor.write("/a/x", NO_BYTES)
        change = editor.finish()
        assert change.upper == ()
        assert [path for path, _ in change.after.walk()] == ["/a", "/a/f"]
        held = change.mounts["/a"]
        assert isinstance(held, Directory)
        assert list(held.entries) == ["x"]

    def test_a_mount_point_made_for_the_mount_is_gone_afterwards(self):
        editor = Editor(EMPTY, 2)
        editor.mount("/run/secrets/token", File(Meta(0o400), Bytes(b"s")), read_only=True)
        assert editor.read("/run/secrets/token") == Bytes(b"s")
        assert list(editor.finish().after.walk()) == []

    def test_a_read_only_mount_refuses_writes(self):
        editor = Editor(tree_with("/a/f"), 2)
        editor.mount("/a", Directory(Meta(0o755), {}), read_only=True)
        with pytest.raises(FileSystemError) as caught:
            editor.write("/a/x", NO_BYTES)
        assert caught.value.code == "EROFS"

    def test_no_rename_across_a_mount(self):
        editor = Editor(tree_with("/a/f", "/b/f"), 2)
        editor.mount("/a", Directory(Meta(0o755), {}))
        with pytest.raises(FileSystemError) as caught:
            editor.rename("/b/f", "/a/f")
        assert caught.value.code == "EXDEV"


class TestHardLinks:
    def test_a_write_through_one_name_shows_through_the_other(self):
        editor = Editor(tree_with("/f"), 2)
        editor.link("/f", "/g")
        editor.append("/g", b"!")
        assert editor.read("/f") == Bytes(b"/f!")

    def test_a_link_of_a_lower_layer_is_broken_by_writing_one_name(self):
        first = Editor(tree_with("/f"), 2)
        first.link("/f", "/g")
        second = Editor(first.finish().after, 3)
        second.append("/g", b"!")
        assert second.read("/f") == Bytes(b"/f")
        assert uppers(second) == [("/g", "present")]


class TestErrors:
    @pytest.mark.parametrize(
        ("call", "code"),
        [
            (lambda e: e.mkdir("/f"), "EEXIST"),
            (lambda e: e.mkdir("/no/x"), "ENOENT"),
            (lambda e: e.write("/d", NO_BYTES), "EISDIR"),
            (lambda e: e.write("/f/x", NO_BYTES), "ENOTDIR"),
            (lambda e: e.remove("/no"), "ENOENT"),
            (lambda e: e.remove("/d"), "EISDIR"),
            (lambda e: e.rmdir("/d"), "ENOTEMPTY"),
            (lambda e: e.rename("/d", "/d/x"), "EINVAL"),
            (lambda e: e.link("/d", "/x"), "EPERM"),
            (lambda e: e.read("/loop"), "ELOOP"),
            (lambda e: e.rmtree("/"), "EBUSY"),
        ],
    )
    def test_linux_answers_with_its_errno(self, call, code):
        editor = Editor(tree_with("/f", "/d/f"), 2)
        editor.symlink("loop", "/loop")
        with pytest.raises(FileSystemError) as caught:
            call(editor)
        assert caught.value.code == code

    def test_another_users_directory_can_not_be_written(self):
        editor = Editor(tree_with("/d/f"), 2, who=Who(1000, 1000))
        with pytest.raises(FileSystemError) as caught:
            editor.write("/d/g", NO_BYTES)
        assert caught.value.code == "EACCES"

    def test_a_sticky_directory_protects_others_files(self):
        editor = Editor(tree_with("/tmp/f"), 2)
        editor.chmod("/tmp", 0o1777)
        editor.who = Who(1000, 1000)
        with pytest.raises(FileSystemError) as caught:
            editor.remove("/tmp/f")
        assert caught.value.code == "EPERM"


NAMES = st.sampled_from(["/a", "/b", "/a/b", "/a/c", "/b/a", "/b/c/d"])
CALLS = st.lists(
    st.tuples(st.sampled_from(["mkdir", "write", "rmtree", "rename", "symlink"]), NAMES, NAMES), max_size=12
)


class TestProperties:
    @given(CALLS)
    def test_a_session_never_changes_the_tree_it_began_with(self, calls):
        before = tree_with("/a/b/f", "/b/f")
        seen = list(before.walk())
        editor = Editor(before, 2)
        for name, one, two in calls:
            try:
                match name:
                    case "mkdir":
                        editor.makedirs(one)
                    case "write":
                        editor.write(one, NO_BYTES)
                    case "rmtree":
                        editor.rmtree(one)
                    case "rename":
                        editor.rename(one, two)
                    case "symlink":
                        editor.symlink(one, two)
            except FileSystemError:
                continue
        change = editor.finish()
        assert list(before.walk()) == seen
        present = {path for path, _ in change.after.walk()}
        assert {entry.path for entry in change.upper if entry.kind == "present"} <= present
