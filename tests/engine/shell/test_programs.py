"""Which program a name means, and what is said of those that aren't simulated."""

from __future__ import annotations

import pytest
from engine.shell.shell_trees import NOW, output, run_in, small_tree

from layerlab.filesystem import BULK_NAME, Bytes, Directory, Editor, File, Opaque, Tree, Unknown
from layerlab.shell import User, run

ENV = {"PATH": "/usr/bin:/bin"}


def content(tree: Tree, path: str) -> object:
    node = tree.lookup(path)
    assert isinstance(node, File)
    return node.content


class TestLookup:
    @pytest.mark.parametrize(
        ("shell", "text"),
        [
            ("dash", "/bin/sh: 1: foo: not found\n"),
            ("busybox", "/bin/sh: foo: not found\n"),
            ("bash", "/bin/bash: line 1: foo: command not found\n"),
        ],
    )
    def test_a_program_that_is_not_there_is_not_found(self, shell, text):
        outcome, _ = run_in(small_tree(), shell, "foo")
        assert (outcome.exit_code, output(outcome)) == (127, text)

    def test_only_what_the_tree_has_is_there(self):
        editor = Editor(small_tree(), NOW)
        editor.remove("/bin/curl")
        outcome = run(editor, ["/bin/sh", "-c", "curl -o /x http://e"], env=ENV, cwd="/")
        assert outcome.exit_code == 127

    def test_exec_form_without_the_program_is_a_start_error(self):
        outcome = run(Editor(small_tree(), NOW), ["foo", "x"], env=ENV, cwd="/")
        assert outcome.start_error == 'exec: "foo": executable file not found in $PATH'
        outcome = run(Editor(small_tree(), NOW), ["/no/sh"], env=ENV, cwd="/")
        assert outcome.start_error == 'exec: "/no/sh": stat /no/sh: no such file or directory'

    def test_a_script_of_the_user_goes_before_our_implementation(self):
        outcome, _ = run_in(
            small_tree(), "dash", "printf '#!/bin/sh\\necho mine\\n' > /usr/bin/curl; chmod +x /usr/bin/curl; curl"
        )
        assert output(outcome) == "mine\n"

    def test_a_missing_interpreter_is_not_found(self):
        outcome, _ = run_in(small_tree(), "dash", "printf '#!/bin/nope\\n' > /s; chmod +x /s; /s")
        assert (outcome.exit_code, output(outcome)) == (127, "/bin/sh: 1: /s: not found\n")

    def test_the_copy_of_a_program_is_that_program(self):
        outcome, _ = run_in(small_tree("busybox"), "busybox", "cp /bin/busybox /usr/bin/seq; seq 2")
        assert output(outcome) == "1\n2\n"


class TestFidelity:
    def test_an_unmodelled_program_succeeds_and_is_noted(self):
        outcome, tree = run_in(small_tree(), "dash", "make install && echo on")
        assert (outcome.exit_code, output(outcome), outcome.fidelity) == (0, "on\n", "unknown")
        assert [(note.key, note.params) for note in outcome.notes] == [("shell.unmodelled", (("command", "make"),))]
        assert tree.lookup("/usr/local") is None

    def test_its_output_in_a_file_is_unknown(self):
        _, tree = run_in(small_tree(), "dash", "gcc --version > /v; gcc -x | sort > /w")
        assert isinstance(content(tree, "/v"), Unknown)
        assert isinstance(content(tree, "/w"), Unknown)

    def test_a_download_is_a_file_of_unknown_size(self):
        outcome, tree = run_in(
            small_tree(), "dash", "curl -fsSL -o /a https://e/x && wget -q https://e/b.tgz && test -f /a"
        )
        assert outcome.exit_code == 0
        assert isinstance(content(tree, "/a"), Unknown)
        assert isinstance(content(tree, "/b.tgz"), Unknown)

    def test_a_clone_is_a_directory_that_one_may_enter(self):
        outcome, tree = run_in(small_tree(), "dash", "git clone https://e/p.git && cd p/src && make")
        assert outcome.exit_code == 0
        node = tree.lookup("/p")
        assert isinstance(node, Directory)
        assert BULK_NAME in node.entries

    def test_a_downloaded_archive_leaves_a_directory_of_unknown_content(self):
        outcome, tree = run_in(small_tree(), "dash", "curl -L https://e/x.tgz | tar xz -C /home && cd /home/app-1.2")
        assert outcome.exit_code == 0
        node = tree.lookup("/home")
        assert isinstance(node, Directory)
        assert BULK_NAME in node.entries

    def test_opaque_files_are_copied_and_their_digest_is_known(self):
        outcome, tree = run_in(small_tree(), "dash", "cat /bin/gcc > /c; cp /bin/gcc /d; sha256sum /d; wc -c /d")
        found = content(tree, "/d")
        assert isinstance(found, Opaque)
        assert content(tree, "/c") == found
        assert output(outcome) == f"{found.sha256}  /d\n1000 /d\n"

    def test_ordinary_commands_are_exact(self):
        outcome, _ = run_in(
            small_tree(), "dash", "mkdir -p /a/b && echo x > /a/b/c && ls /a && sed -i s/x/y/ /a/b/c && cat /a/b/c"
        )
        assert (outcome.fidelity, outcome.notes) == ("exact", ())


class TestUsers:
    def test_groupadd_and_useradd_of_a_system_user(self):
        outcome, tree = run_in(
            small_tree(), "dash", "groupadd -r app && useradd -r -g app -m -d /home/app -s /bin/false app && id app"
        )
        assert output(outcome) == "uid=999(app) gid=999(app) groups=999(app)\n"
        passwd = content(tree, "/etc/passwd")
        assert isinstance(passwd, Bytes)
        assert passwd.data.endswith(b"app:x:999:999::/home/app:/bin/false\n")
        home = tree.lookup("/home/app")
        assert home is not None
        assert (home.meta.mode, home.meta.uid, home.meta.gid) == (0o755, 999, 999)

    def test_useradd_counts_up_and_refuses_a_second_time(self):
        outcome, _ = run_in(small_tree(), "dash", "useradd bob; useradd carol; useradd bob; echo $?; id -u carol")
        assert output(outcome) == "useradd: user 'bob' already exists\n9\n1001\n"

    def test_busybox_adduser(self):
        outcome, tree = run_in(
            small_tree("busybox"), "busybox", "addgroup -S app && adduser -S -G app -H app && id app"
        )
        assert output(outcome) == "uid=100(app) gid=100(app) groups=100(app)\n"
        passwd = content(tree, "/etc/passwd")
        assert isinstance(passwd, Bytes)
        assert passwd.data.endswith(b"app:x:100:100:Linux User,,,:/home/app:/bin/false\n")

    def test_another_user_may_not_write_where_root_wrote(self):
        outcome, _ = run_in(
            small_tree(), "dash", "echo x > /etc/f; mkdir /d; rm -rf /etc/passwd; touch /tmp/ok", user=User(1000, 1000)
        )
        assert output(outcome) == (
            "/bin/sh: 1: cannot create /etc/f: Permission denied\nmkdir: cannot create directory '/d': Permission denied\n"
            "rm: cannot remove '/etc/passwd': Permission denied\n"
        )


def test_process_substitution_reads_what_the_command_wrote() -> None:
    outcome, _ = run_in(
        small_tree(), "bash", 'while read -r l; do echo "[$l]"; done < <(echo a; echo b); cat <(echo c)'
    )
    assert output(outcome) == "[a]\n[b]\nc\n"
