"""`--build-context`: folders, images and OCI layouts under a name, typed and on the command line."""

import tarfile

import pytest

from layerlab.build.context import Context
from layerlab.cli import main
from layerlab.lab import Lab
from layerlab.personality import Personality

LIB = {"lib.txt": "l\n", "skip.log": "x\n", ".dockerignore": "*.log\n"}
FILES = {"main": {"a": "a\n"}, "lib": LIB, "old": {"lib.txt": "old\n"}}
UNRESOLVED = (
    'oci-layout reference "oci-layout://nope" could not be resolved: could not lock nope/index.json.lock: '
    "open nope/index.json.lock: no such file or directory"
)


def context(files):
    return Context.from_entries([{"path": path, "type": "file", "content": text} for path, text in files.items()])


def lab(dockerfile, **more):
    folders = {
        name: context(files)
        for name, files in {**FILES, "main": {**FILES["main"], "Dockerfile": dockerfile}, **more}.items()
    }
    host = Lab(personality=Personality("29", "buildkit", "containerd"))
    return lambda line: host.docker(line, contexts=folders.get), host


def paths(host, name):
    image = host.host.images.find(name)
    return {path for path, _ in image.tree.walk()}


class TestFolders:
    def test_files_are_copied_without_what_their_own_ignore_file_leaves_out(self):
        docker, host = lab("FROM scratch\nCOPY --from=lib . /l/\n")
        made = docker("build -t x --build-context lib=lib main")
        assert made.exit_code == 0, made.stderr
        assert "[context lib] load .dockerignore\n#2 transferring lib: " in made.stderr
        assert "[context lib] load from client\n" in made.stderr
        assert {"/l/lib.txt", "/l/.dockerignore"} == {path for path in paths(host, "x") if path.startswith("/l/")}

    def test_unchanged_files_are_found_in_the_cache_and_not_sent_again(self):
        docker, _ = lab("FROM scratch\nCOPY --from=lib . /l/\n")
        first = docker("build --build-context lib=lib main").stderr
        again = docker("build --build-context lib=lib main").stderr
        assert "COPY --from=lib . /l/\n#5 CACHED" in again
        assert size(first) > size(again)

    def test_other_files_under_the_name_miss(self):
        docker, _ = lab("FROM scratch\nCOPY --from=lib lib.txt /l/\n")
        docker("build --build-context lib=lib main")
        assert "CACHED" not in docker("build --build-context lib=old main").stderr

    def test_a_stage_on_files_has_them_as_a_layer_and_the_exporters_entry(self):
        docker, host = lab("FROM lib\nENV A=1\n")
        assert docker("build -t x --build-context lib=lib main").exit_code == 0
        image = host.host.images.find("x")
        assert [entry.path for entry in image.layers[0].layer.entries] == ["/.dockerignore", "/lib.txt"]
        assert [(row.created_by, row.comment) for row in image.history] == [
            ("ENV A=1", "buildkit.dockerfile.v0"),
            ("local source for lib", "buildkit.exporter.image.v0"),
        ]

    def test_a_run_mount_reads_them(self):
        docker, _ = lab("FROM busybox\nRUN --mount=from=lib,target=/m cat /m/lib.txt\n")
        assert " l\n" in docker("build --build-context lib=lib main").stderr


def size(log):
    return int(log.partition("load from client\n")[2].partition(": ")[2].partition("B")[0])


class TestImages:
    def test_a_base_is_replaced(self):
        docker, _ = lab("FROM nowhere/at-all:1\nRUN true\n")
        log = docker("build --build-context nowhere/at-all:1=docker-image://busybox main").stderr
        assert "[context nowhere/at-all:1] load metadata for busybox\n" in log
        assert "[context nowhere/at-all:1] busybox\n" in log
        assert "[1/2] RUN true\n" in log

    def test_a_stage_is_replaced(self):
        docker, _ = lab("FROM scratch AS tools\nCOPY nothing /\nFROM busybox\nCOPY --from=tools /bin/sh /sh\n")
        assert docker("build --build-context tools=docker-image://busybox main").exit_code == 0


class TestLayouts:
    @pytest.fixture
    def layout(self, tmp_path, capsys):
        (tmp_path / "app").mkdir()
        (tmp_path / "app/Dockerfile").write_text('FROM scratch\nCOPY Dockerfile /d\nCMD ["/d"]\n')
        state = ["--state", str(tmp_path / "s")]
        assert main(["build", *state, "-t", "me:1", str(tmp_path / "app")]) == 0
        assert main(["export", *state, "--format", "oci", "-o", str(tmp_path / "o.tar"), "me:1"]) == 0
        with tarfile.open(tmp_path / "o.tar") as archive:
            archive.extractall(tmp_path / "oci", filter="data")
        (tmp_path / "app/Dockerfile").write_text("FROM base\nCOPY --from=base /d /e\n")
        capsys.readouterr()
        return tmp_path

    @pytest.mark.parametrize("tag", ["", ":1", ":any"])
    def test_an_image_of_a_layout_is_a_base(self, layout, tag, capsys):
        words = ["build", "--build-context", f"base=oci-layout://{layout}/oci{tag}", "--json", str(layout / "app")]
        assert main(words) == 0
        out = capsys.readouterr().out
        assert "[context base] load metadata for docker.io/library/base@sha256:" in out
        assert "[context base] OCI load from client" in out
        assert '"CMD [\\"/d\\"]"' in out


class TestRefusals:
    @pytest.mark.parametrize(
        ("word", "message"),
        [
            ("lib", "invalid context value: lib, expected key=value"),
            (
                "A_=lib",
                "invalid context name A_: invalid reference format: repository name (library/A_) must be lowercase",
            ),
            ("lib=nope", "failed to get build context lib: stat nope: no such file or directory"),
            (
                "lib=oci-layout://nope",
                UNRESOLVED,
            ),
        ],
    )
    def test_docker_says_why(self, word, message):
        docker, _ = lab("FROM lib\n")
        made = docker(["build", "--build-context", word, "main"])
        assert (made.exit_code, made.stderr.splitlines()[-1]) == (1, f"ERROR: failed to build: {message}")

    @pytest.mark.parametrize("url", ["https://example.com/x.git", "git@example.com:x/y", "http://example.com/x.tar"])
    def test_what_needs_the_network_is_said_to(self, url):
        docker, host = lab("FROM lib\n")
        made = docker(["build", "--build-context", f"lib={url}", "main"])
        assert made.stderr == (
            f"layerlab: the build context lib needs the network: {url} is not fetched here. "
            "A folder or an image works as named context.\n"
        )
        assert host.host.builds == ()

    def test_the_command_line_says_it_too(self, tmp_path, capsys):
        (tmp_path / "Dockerfile").write_text("FROM scratch\n")
        assert main(["build", "--build-context", "lib=https://example.com/x", str(tmp_path)]) == 1
        assert capsys.readouterr().err.startswith("layerlab: the build context lib needs the network")

    def test_the_legacy_builder_has_no_such_flag(self):
        docker, host = lab("FROM lib\n")
        host.host = Lab(personality=Personality("20.10", "legacy", "classic")).host
        made = docker("build --build-context lib=lib main")
        assert (made.exit_code, made.stderr) == (125, "unknown flag: --build-context\nSee 'docker build --help'.\n")
