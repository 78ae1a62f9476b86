"""The terminal: a shell with the context's files, docker in pipes and substitutions, shells in containers."""

from __future__ import annotations

import pytest
from engine.docker.docker_recordings import CASES

from layerlab.build.context import Context
from layerlab.build.record import BuildRecord
from layerlab.catalogue.bases import load_bases
from layerlab.docker.command import run
from layerlab.docker.completion import complete
from layerlab.docker.edge import Edge
from layerlab.docker.lines import LineError, Redirection, pieces, redirections, words
from layerlab.docker.terminal import enter, opened
from layerlab.host import Host
from layerlab.lab import Lab

NOW = 1_790_000_000_000_000_000
FILES = [
    {"path": "Dockerfile", "type": "file", "mode": "0644", "content": "FROM busybox:1.36\nCOPY app.txt /\n"},
    {"path": "app.txt", "type": "file", "mode": "0644", "content": "v1\n"},
    {"path": "src", "type": "dir", "mode": "0755"},
    {"path": "src/main.py", "type": "file", "mode": "0644", "content": "print(1)\n"},
]


class Desk:
    """A terminal and its host, moved on by every line."""

    def __init__(self, bases):
        self.lab = Lab(bases=bases, now=NOW)
        self.lab.docker("pull busybox:1.36")
        self.terminal = opened(Context.from_entries(FILES).tree, NOW)

    def docker(self, host, argv, *, stdin, files, here, redirected):
        def build(host: Host, asked) -> tuple[Host, BuildRecord]:
            self.lab.host = host
            record = self.lab.build(
                files[asked.file or "Dockerfile"], context=Context(tree=here), tag=asked.tags[0] if asked.tags else None
            )
            return self.lab.host, record

        return run(host, argv, Edge(build=build, stdin=stdin, files=files, redirected=redirected))

    def type(self, line):
        self.terminal, self.lab.host, output = enter(self.terminal, self.lab.host, line, self.docker)
        return output


@pytest.fixture(scope="module")
def bases():
    return load_bases(CASES.parent / "bases")


@pytest.fixture
def desk(bases):
    return Desk(bases)


def test_edit_without_a_text_changes_nothing_and_says_how_it_is_used(desk):
    output = desk.type("edit app.txt")
    assert (output.exit_code, output.stdout, output.stderr) == (2, "", "")
    assert [note.key for note in output.notes] == ["docker.note.edit"]
    assert desk.type("cat app.txt").stdout == "v1\n"


def test_substitutions_are_followed_five_deep_and_no_further(desk):
    assert desk.type("docker version $(docker version $(docker version $(docker images -q)))").notes == ()
    output = desk.type("echo " + "$(docker ps " * 6 + ")" * 6)
    assert (output.exit_code, output.stdout, output.stderr) == (2, "", "")
    assert [(note.key, note.values) for note in output.notes] == [("docker.note.nested", (("count", "5"),))]


def test_files_of_the_context_can_be_read_and_changed(desk):
    assert desk.type("cat app.txt").stdout == "v1\n"
    desk.type("echo v2 >> app.txt")
    assert desk.type("cat app.txt").stdout == "v1\nv2\n"
    desk.type("edit app.txt 'one\\ntwo'")
    assert desk.type("cat app.txt").stdout == "one\ntwo\n"


def test_a_changed_file_is_what_the_next_build_copies(desk):
    assert desk.type("docker build -t demo .").exit_code == 0
    desk.type("echo v2 > app.txt")
    assert desk.type("docker build -t demo .").exit_code == 0
    assert desk.type("docker run --rm demo cat /app.txt").stdout == "v2\n"


def test_what_is_to_be_said_of_a_line_comes_from_all_its_commands_wherever_they_run(desk):
    output = desk.type("python3 x.py; docker run busybox:1.36 sh -c 'yes > /x' | cat; docker run -d busybox:1.36 httpd -f")
    assert [note.key for note in output.notes] == ["shell.unmodelled", "shell.limit.tree_bytes", "docker.note.server"]
    desk.type("docker run -it busybox:1.36 sh")
    assert [note.key for note in desk.type("yes > /x").notes] == ["shell.limit.tree_bytes"]
    assert desk.type("true").notes == ()


def test_cd_moves_and_refuses(desk):
    assert desk.type("cd src && ls").stdout == "main.py\n"
    assert desk.type("cd nowhere").exit_code == 2


def test_docker_stands_in_pipes(desk):
    assert desk.type("docker images -q | head -1 | wc -l").stdout.strip() == "1"
    assert desk.type("docker history busybox:1.36 | grep -c BusyBox").stdout == "1\n"


def test_an_archive_goes_into_a_file_or_another_program_but_not_on_the_screen(desk):
    desk.type("edit Dockerfile 'FROM scratch\\nCOPY app.txt /'")
    desk.type("docker build -t own .")
    refused = desk.type("docker save own")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "cowardly refusing" in refused.stderr
    saved = desk.type("docker save own > own.tar")
    assert (saved.exit_code, saved.stdout, saved.stderr) == (0, "", "")
    desk.type("docker save -o other.tar own")
    assert desk.type("cmp own.tar other.tar && echo same").stdout == "same\n"
    assert "/work/own.tar" in saved.files  # to be handed out, as the other is
    desk.type("docker rmi own")
    assert "own" in desk.type("docker load < own.tar").stdout
    desk.type("docker rmi own")
    desk.type("cat own.tar | docker load")
    assert desk.type("docker save own | docker load").stdout == "Loaded image: own:latest\n"
    desk.type("docker create --name box own sh")
    assert "app.txt" in desk.type("docker export box | tar tf -").stdout


def test_docker_stands_in_substitutions(desk):
    desk.type("docker tag $(docker images -q busybox:1.36) other:1")
    assert "other" in desk.type("docker images").stdout


def test_output_is_redirected_to_files(desk):
    assert desk.type("docker images > list.txt").stdout == ""
    assert desk.type("head -1 list.txt").stdout.startswith("REPOSITORY")
    assert desk.type("docker history nope 2>&1 | wc -l").stdout.strip() == "1"
    assert desk.type("docker history nope 2> /dev/null").stderr == ""


def test_lists_stop_at_failures(desk):
    assert desk.type("docker history nope && echo yes").stdout == ""
    assert desk.type("docker history nope || echo no").stdout == "no\n"


def test_variables_reach_docker(desk):
    desk.type("export IMAGE=busybox:1.36")
    assert desk.type("docker history -q $IMAGE").exit_code == 0
    assert desk.type("docker images --format '{{.Repository}}'").stdout == "busybox\n"


def test_a_shell_in_a_container_reads_the_lines_until_exit(desk):
    desk.type("docker run -it --name box busybox:1.36 sh")
    assert desk.terminal.prompt == "/ # "
    desk.type("mkdir /made")
    desk.type("cd /made")
    assert desk.type("pwd").stdout == "/made\n"
    desk.type("exit 3")
    assert desk.terminal.prompt == "$ "
    assert "Exited (3)" in desk.type("docker ps -a").stdout
    assert desk.type("docker diff box").stdout == "A /made\n"


def test_an_unclosed_quote_is_a_syntax_error(desk):
    output = desk.type("docker images 'x")
    assert (output.stderr, output.exit_code) == ("sh: 1: Syntax error: unterminated quoted string\n", 2)


def test_earlier_lines_are_remembered(desk):
    desk.type("ls")
    assert desk.type("history").stdout.splitlines()[0].split(None, 1) == ["1", "ls"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("doc", "docker"),
        ("docker his", "history"),
        ("docker image pr", "prune"),
        ("docker images --no", "--no-trunc"),
        ("docker history bus", "busybox:1.36"),
        ("cat sr", "src/"),
        ("cat src/m", "src/main.py"),
        ("docker images | he", "head"),
    ],
)
def test_words_are_completed(desk, text, expected):
    found = complete(desk.terminal, desk.lab.host, text, len(text))
    assert expected in found.candidates
    assert text[found.start :] == text.split()[-1]


def test_pieces_of_a_line():
    assert [(piece.after, piece.text) for piece in pieces("a 'x|y' | b && c; d # e")] == [
        ("", "a 'x|y'"),
        ("|", "b"),
        ("&&", "c"),
        (";", "d"),
    ]


def test_redirections_are_taken_off():
    assert redirections("docker images >> f 2>&1") == (
        "docker images",
        (Redirection(1, "f", appends=True), Redirection(2, "&1")),
    )
    assert redirections("docker images --format '{{.ID}} > x'")[1] == ()


def test_single_quotes_keep_variables():
    assert words("a '$x' \"$x\" ${x}", {"x": "1 2"}) == ["a", "$x", "1 2", "1", "2"]
    with pytest.raises(LineError):
        words("'a", {})
