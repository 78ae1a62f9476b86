"""The docker command on a host: names, flags, errors, exit codes, and what each subcommand changes."""

from __future__ import annotations

import json

import pytest
from engine.docker.docker_recordings import CASES

from layerlab.catalogue.bases import load_bases
from layerlab.docker.command import run
from layerlab.docker.edge import Edge
from layerlab.docker.registry import ELSEWHERE, SUBCOMMANDS
from layerlab.host import Host
from layerlab.lab import Lab
from layerlab.messages import load
from layerlab.personality import Personality

NOW = 1_790_000_000_000_000_000
SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def bases():
    return load_bases(CASES.parent / "bases")


@pytest.fixture
def lab(bases):
    lab = Lab(bases=bases, now=NOW)
    lab.docker("pull busybox:1.36")
    return lab


@pytest.fixture
def demo(lab):
    lab.build("FROM busybox:1.36\nRUN echo one > /one\nCOPY --from=busybox:1.36 /etc/passwd /two\n", tag="demo")
    return lab


class TestNames:
    @pytest.mark.parametrize("line", ["history busybox:1.36", "image history busybox:1.36"])
    def test_management_forms_are_the_same(self, lab, line):
        assert lab.docker(line).stdout.startswith("IMAGE  ")

    @pytest.mark.parametrize("chosen", SUBCOMMANDS, ids=lambda chosen: chosen.key)
    @pytest.mark.parametrize("language", ["ko", "en"])
    def test_every_subcommand_has_help_in_both_languages(self, chosen, language):
        _, output = run(Host(NOW), [*chosen.names[0].split(), "--help"], Edge(say=load(language)))
        assert output.exit_code == 0
        assert output.stdout.startswith(f"Usage:  docker {chosen.names[0]}")
        assert "docker.help" not in output.stdout
        assert "docker.flag" not in output.stdout

    @pytest.mark.parametrize("name", sorted(ELSEWHERE))
    def test_what_is_not_simulated_says_so_and_what_it_would_do(self, name):
        _, output = run(Host(NOW), name.split())
        assert (output.stdout, output.exit_code) == ("", 1)
        assert f"docker {name} is not part of this simulation" in output.stderr
        assert "On a real host" in output.stderr

    def test_help_of_docker_lists_groups_and_commands(self):
        _, output = run(Host(NOW), ["--help"])
        assert "docker.help" not in output.stdout
        assert "  history " in output.stdout

    def test_without_words_help_goes_to_standard_error(self):
        _, output = run(Host(NOW), [])
        assert output.stdout == ""
        assert output.stderr.startswith("Usage:  docker")


OLD = Personality("20.10", "legacy", "classic")
ERRORS = [
    ("foo", 1, "docker: unknown command: docker foo\n\nRun 'docker --help' for more information\n"),
    (
        "image foo",
        1,
        (
            "docker: unknown command: docker image foo\n\nUsage:  docker image COMMAND\n\n"
            "Run 'docker image --help' for more information\n"
        ),
    ),
    (
        "images --foo",
        125,
        (
            "unknown flag: --foo\n\nUsage:  docker images [OPTIONS] [REPOSITORY[:TAG]]\n\n"
            "Run 'docker images --help' for more information\n"
        ),
    ),
    (
        "history -z x",
        125,
        (
            "unknown shorthand flag: 'z' in -z\n\nUsage:  docker history [OPTIONS] IMAGE\n\n"
            "Run 'docker history --help' for more information\n"
        ),
    ),
    (
        "tag a",
        1,
        (
            "docker: 'docker tag' requires 2 arguments\n\nUsage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\n"
            "Run 'docker tag --help' for more information\n"
        ),
    ),
    (
        "rmi",
        1,
        (
            "docker: 'docker rmi' requires at least 1 argument\n\nUsage:  docker rmi [OPTIONS] IMAGE [IMAGE...]\n\n"
            "See 'docker rmi --help' for more information\n"
        ),
    ),
    ("history nope", 1, "Error response from daemon: No such image: nope:latest\n"),
    ("tag nope a", 1, "Error response from daemon: No such image: nope:latest\n"),
    (
        "tag busybox:1.36 Foo",
        1,
        (
            'Error parsing reference: "Foo" is not a valid repository/tag: invalid reference format: '
            "repository name (library/Foo) must be lowercase\n"
        ),
    ),
    (
        "tag busybox:1.36 sha256:x",
        1,
        "Error response from daemon: refusing to create an ambiguous tag using digest algorithm as name\n",
    ),
    ("pull Foo", 1, "invalid reference format: repository name (library/Foo) must be lowercase\n"),
    ("images --tree -q", 1, "--quiet is not yet supported with --tree\n"),
    ("images -f dangling=maybe", 1, "Error response from daemon: invalid filter 'dangling=[maybe]'\n"),
    ("images -f foo=1", 1, "Error response from daemon: invalid filter 'foo'\n"),
    (
        "history --format {{.Foo}} busybox:1.36",
        1,
        'template parsing error: template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.historyContext\n',
    ),
    ("image inspect -f {{.Id busybox:1.36", 64, "template parsing error: template: :1: unclosed action\n"),
    ("inspect nope", 1, "Error: No such object: nope\n"),
    ("start nope", 1, "Error response from daemon: No such container: nope\nError: failed to start containers: nope\n"),
    ("rm nope", 1, "Error response from daemon: No such container: nope\n"),
    ("rm -f nope", 0, ""),
    ("save busybox:1.36", 1, "cowardly refusing to save to a terminal. Use the -o flag or redirect\n"),
    (
        "run nope:1",
        125,
        (
            "Unable to find image 'nope:1' locally\ndocker: Error response from daemon: pull access denied for nope, repository "
            "does not exist or may require 'docker login': denied: requested access to the resource is denied\n\n"
            "Run 'docker run --help' for more information\n"
        ),
    ),
    (
        "run Foo",
        125,
        "docker: invalid reference format: repository name (library/Foo) must be lowercase\n\nRun 'docker run --help' for more information\n",
    ),
    ("build -t Foo .", 1, 'ERROR: failed to build: invalid tag "Foo": repository name must be lowercase\n'),
]


@pytest.mark.parametrize(("line", "code", "stderr"), ERRORS, ids=[error[0] for error in ERRORS])
def test_a_refusal_has_dockers_words_and_exit_code(lab, line, code, stderr):
    output = lab.docker(line)
    assert (output.stderr, output.exit_code) == (stderr, code)


@pytest.mark.parametrize(
    ("line", "stderr"),
    [
        ("foo", "docker: 'foo' is not a docker command.\nSee 'docker --help'\n"),
        ("images --foo", "unknown flag: --foo\nSee 'docker images --help'.\n"),
    ],
)
def test_docker_20_words_refusals_in_its_own_way(line, stderr):
    _, output = run(Host(NOW, OLD), line.split())
    assert output.stderr == stderr


class TestImages:
    def test_a_tag_is_one_more_row_of_the_same_image(self, demo):
        assert demo.docker("tag demo demo:two").stdout == ""
        assert len(set(demo.docker("images -q demo").stdout.split())) == 1
        assert len(demo.docker("images demo").stdout.splitlines()) == 3

    def test_patterns_do_not_cross_a_slash(self, demo):
        assert "demo" in demo.docker("images d*").stdout
        assert len(demo.docker("images dem").stdout.splitlines()) == 1

    def test_docker_29_has_another_table_until_a_flag_asks_for_the_old_one(self, demo):
        host, output = run(demo.host, ["images"])
        assert output.stdout.startswith("REPOSITORY")
        newer = type(host)(host.now, Personality("29", "buildkit", "classic"), host.images)
        assert run(newer, ["images"])[1].stdout.startswith("IMAGE ")
        assert run(newer, ["images", "--format", "table"])[1].stdout.startswith("REPOSITORY")

    def test_a_word_that_was_meant_as_a_subcommand_is_pointed_out(self, lab):
        assert lab.docker("images ls").stderr == 'No images found matching "ls": did you mean "docker image ls"?\n'

    def test_removal_by_name_untags_then_deletes_image_and_layers(self, demo):
        demo.docker("builder prune -af")
        demo.docker("tag demo other")
        assert demo.docker("rmi other").stdout == "Untagged: other:latest\n"
        lines = demo.docker("rmi demo").stdout.splitlines()
        assert lines[0] == "Untagged: demo:latest"
        assert [line.split(":")[0] for line in lines[1:]] == ["Deleted"] * 3  # the image, and its own two layers

    def test_the_build_cache_keeps_the_layers_of_a_removed_image(self, demo):
        assert len(demo.docker("rmi demo").stdout.splitlines()) == 2

    def test_an_image_in_use_is_not_removed(self, demo):
        demo.docker("run --name cc demo true")
        assert "conflict: unable to remove repository reference" in demo.docker("rmi demo").stderr
        assert demo.docker("rmi -f demo").stdout.startswith("Untagged: demo:latest\n")

    def test_removal_by_id_needs_force_with_several_names(self, demo):
        demo.docker("tag demo other")
        identity = demo.docker("images -q demo").stdout.strip()
        assert "image is referenced in multiple repositories" in demo.docker(f"rmi {identity}").stderr

    def test_a_prune_that_is_answered_with_no_changes_nothing(self, demo):
        before = demo.host.images
        output = demo.docker("image prune -a")
        assert output.stdout.endswith("[y/N] ")
        assert demo.host.images is before

    def test_inspect_prints_json_and_templates_know_empty_fields(self, demo):
        whole = json.loads(demo.docker("image inspect demo").stdout)[0]
        assert whole["RepoTags"] == ["demo:latest"]
        assert (
            demo.docker(["inspect", "-f", "{{len .RootFS.Layers}} {{.Config.User}}|{{.Author}}", "demo"]).stdout
            == "3 |\n"
        )

    def test_found_objects_come_before_the_errors(self, demo):
        output = demo.docker("image inspect demo nope")
        assert len(json.loads(output.stdout)) == 1
        assert (output.stderr, output.exit_code) == ("Error response from daemon: No such image: nope:latest\n", 1)

    def test_pull_says_what_is_new_and_what_is_up_to_date(self, bases):
        lab = Lab(bases=bases, now=NOW)
        first = lab.docker("pull busybox:1.36").stdout.splitlines()
        assert first[0] == "1.36: Pulling from library/busybox"
        assert first[-2:] == ["Status: Downloaded newer image for busybox:1.36", "docker.io/library/busybox:1.36"]
        assert "Status: Image is up to date for busybox:1.36" in lab.docker("pull busybox:1.36").stdout
        assert "Already exists" in lab.docker("pull app-base:1").stdout

    def test_an_archive_brings_the_same_image_back(self, bases):
        lab = Lab(bases=bases, now=NOW)
        lab.build('FROM scratch\nWORKDIR /a\nCMD ["x"]\n', tag="tiny")
        saved = lab.docker("save -o t.tar tiny").files["t.tar"]
        _, output = run(Host(NOW), ["load", "-i", "t.tar"], Edge(files={"t.tar": saved}))
        host, _ = run(Host(NOW), ["load", "-i", "t.tar"], Edge(files={"t.tar": saved}))
        assert output.stdout == "Loaded image: tiny:latest\n"
        assert host.images.tags == lab.host.images.tags

    def test_an_archive_of_unknown_bytes_is_refused(self, lab):
        assert "Only the sizes of its files are recorded" in lab.docker("save -o x.tar busybox:1.36").stderr


class TestContainers:
    def test_run_prints_the_output_and_ends_with_its_code(self, demo):
        output = demo.docker(["run", "demo", "sh", "-c", "cat /one; echo oops >&2; exit 3"])
        assert (output.stdout, output.stderr, output.exit_code) == ("one\n", "oops\n", 3)

    def test_two_containers_share_layers_and_not_writes(self, demo):
        demo.docker(["run", "--name", "aa", "demo", "sh", "-c", "echo x > /mine"])
        demo.docker(["run", "--name", "bb", "demo", "true"])
        assert demo.docker("diff aa").stdout == "A /mine\n"
        assert demo.docker("diff bb").stdout == ""

    def test_writes_outlive_a_stop_and_go_with_the_container(self, demo):
        demo.docker("run -d --name aa demo sleep 1000")
        demo.docker(["exec", "aa", "sh", "-c", "rm /one; echo x > /new"])
        demo.docker("stop aa")
        assert demo.docker("start aa").stdout == "aa\n"
        assert demo.docker(["exec", "aa", "ls", "/new"]).stdout == "/new\n"
        assert demo.docker("diff aa").stdout == "A /new\nD /one\n"
        assert demo.docker("rm -f aa").stdout == "aa\n"
        assert "No such container: aa" in demo.docker("diff aa").stderr

    def test_ps_counts_the_writable_layer(self, demo):
        demo.docker(["run", "--name", "aa", "demo", "sh", "-c", "echo 12345 > /x"])
        assert demo.docker(["ps", "-a", "--format", "{{.Size}}"]).stdout.startswith("6B (virtual ")

    def test_a_stopped_sleep_was_killed_after_its_grace(self, demo):
        demo.docker("run -d --name aa demo sleep 1000")
        before = demo.host.now
        demo.docker("stop aa")
        assert demo.host.now - before >= 10 * SECOND
        assert "Exited (137)" in demo.docker("ps -a").stdout

    def test_a_short_sleep_ends_by_itself(self, demo):
        demo.docker("run -d --name aa demo sleep 1")
        demo.docker("run -d --name bb demo sleep 1000")
        demo.docker("stop bb")
        assert "Exited (0)" in demo.docker("ps -a -f name=aa").stdout

    def test_commit_makes_the_writable_layer_a_layer(self, demo):
        demo.docker(["run", "--name", "aa", "demo", "sh", "-c", "echo 12345 > /x"])
        demo.docker("commit -m why aa new")
        rows = demo.docker(["history", "--format", "{{.CreatedBy}}|{{.Size}}|{{.Comment}}", "new"]).stdout.splitlines()
        assert rows[0] == "sh -c echo 12345 > /x|6B|why"
        assert demo.docker("run --rm new cat /x").stdout == "12345\n"

    def test_a_volume_keeps_what_the_layer_does_not_hold(self, demo):
        demo.docker(["run", "--name", "aa", "-v", "data:/data", "demo", "sh", "-c", "echo v > /data/f"])
        assert demo.docker("diff aa").stdout == "A /data\n"
        assert demo.docker("run --rm -v data:/data demo cat /data/f").stdout == "v\n"
        assert "volume is in use" in demo.docker("volume rm data").stderr
        demo.docker("rm aa")
        assert demo.docker("volume rm data").stdout == "data\n"

    def test_a_read_only_container_refuses_writes_but_not_to_its_mounts(self, demo):
        output = demo.docker(
            ["run", "--read-only", "--tmpfs", "/tmp", "demo", "sh", "-c", "echo a > /tmp/a && echo b > /b"]
        )
        assert output.exit_code != 0
        assert "Read-only file system" in output.stderr

    def test_a_program_that_is_not_there_is_125_plus_two(self, demo):
        output = demo.docker("run --name aa demo nosuch")
        assert output.exit_code == 127
        assert 'exec: "nosuch": executable file not found in $PATH' in output.stderr
        assert "Created" in demo.docker("ps -a").stdout

    def test_a_name_is_taken_once(self, demo):
        demo.docker("run --name aa demo true")
        output = demo.docker("run --name aa demo true")
        assert output.exit_code == 125
        assert 'Conflict. The container name "/aa" is already in use by container' in output.stderr

    def test_a_running_container_is_removed_with_force_only(self, demo):
        demo.docker("run -d --name aa demo sleep 1000")
        assert "cannot remove container" in demo.docker("rm aa").stderr
        assert demo.docker("rm -f aa").stdout == "aa\n"

    def test_an_unknown_user_is_refused(self, demo):
        output = demo.docker("run -u ghost demo true")
        assert output.exit_code == 126
        assert "unable to find user ghost: no matching entries in passwd file" in output.stderr

    def test_logs_hold_what_was_written(self, demo):
        demo.docker(["run", "--name", "aa", "demo", "sh", "-c", "echo 1; echo 2; echo 3 >&2"])
        output = demo.docker("logs aa")
        assert (output.stdout, output.stderr) == ("1\n2\n", "3\n")
        assert demo.docker("logs --tail 1 aa").stderr == "3\n"

    def test_a_terminal_opens_for_a_shell(self, demo):
        output = demo.docker("run -it --name aa demo sh")
        assert output.opens == demo.host.containers[-1].id

    def test_copies_go_both_ways(self, demo):
        demo.docker(["run", "--name", "aa", "demo", "true"])
        assert demo.docker("cp aa:/one .").files == {"one": b"one\n"}
        host, _ = run(demo.host, ["cp", "f", "aa:/f"], Edge(files={"f": b"hi"}))
        assert run(host, ["diff", "aa"])[1].stdout == "A /f\n"

    def test_a_folder_of_the_computer_is_not_pretended(self, demo):
        output = demo.docker("run -v /home:/x demo true")
        assert output.exit_code == 125
        assert "can't be mounted" in output.stderr


@pytest.mark.parametrize("field", ["Command", "Image", "Names", "Ports", "Size", "State", "Status", "Mounts", "Labels"])
def test_fields_of_ps_agree_with_its_json(demo, field):
    demo.docker("run -d --name aa -p 8080:80 -v data:/d demo sleep 100")
    pattern = "{{." + field + "}}"
    whole = json.loads(run(demo.host, ["ps", "-s", "--format", "json"])[1].stdout)
    assert whole[field] == run(demo.host, ["ps", "-s", "--format", pattern])[1].stdout.rstrip("\n")


def test_equal_sessions_have_equal_ids(bases):
    answers = []
    for _ in range(2):
        lab = Lab(bases=bases, now=NOW)
        lab.docker("pull busybox:1.36")
        answers.append(lab.docker("run -d busybox:1.36 sleep 5").stdout)
    assert answers[0] == answers[1]
