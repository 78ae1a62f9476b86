"""The `layerlab` command: streams, exit codes, JSON, and the state between calls."""

import json
import sys

import pytest

from layerlab.cli import main

NOW = ["--now", "2026-11-24T00:00:00Z"]


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM busybox\nRUN echo hi\nCOPY Dockerfile /\n")
    return folder


def run(capsys, *words):
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


class TestBuild:
    def test_buildkits_log_goes_to_stderr(self, capsys, project):
        code, out, err = run(capsys, "build", *NOW, project)
        assert (code, out) == (0, "")
        assert err.startswith('#0 building with "default" instance using docker driver\n')

    def test_the_legacy_builders_log_goes_to_stdout(self, capsys, project):
        code, out, err = run(capsys, "build", *NOW, "--builder", "legacy", project)
        assert code == 0
        assert "Step 1/3 : FROM busybox\n" in out
        assert err.startswith("DEPRECATED: The legacy builder is deprecated")

    def test_json_goes_to_stdout_with_the_recordings_names(self, capsys, project):
        code, out, _ = run(capsys, "build", *NOW, "--json", project)
        record = json.loads(out)
        assert code == 0
        assert {"ok", "exit_code", "error", "warnings", "history", "config", "layers", "layer_sizes", "steps"} <= set(
            record
        )
        step = next(step for step in record["steps"] if step["name"].endswith("RUN echo hi"))
        assert step["status"] == "DONE"
        assert step["reason"]["kind"] == "Miss"
        assert step["reason"]["because"]["kind"] == "FirstBuild"
        assert step["fidelity"] == "exact"
        assert step["lines"] == [2, 2]

    def test_a_failing_run_has_dockers_exit_code(self, capsys, project):
        (project / "Dockerfile").write_text("FROM busybox\nRUN exit 3\n")
        code, _, err = run(capsys, "build", *NOW, project)
        assert code == 1
        assert err.endswith("did not complete successfully: exit code: 3\n")
        assert run(capsys, "build", *NOW, "--builder", "legacy", project)[0] == 3

    def test_a_missing_context_is_dockers_error(self, capsys, tmp_path):
        code, _, err = run(capsys, "build", *NOW, tmp_path / "nowhere")
        assert code == 1
        assert 'unable to prepare context: path "' in err

    def test_notes_of_ours_are_in_the_language_asked_for(self, capsys, project):
        (project / "Dockerfile").write_text("FROM busybox\nRUN made-up-program\n")
        code, _, err = run(capsys, "build", *NOW, project)
        assert code == 1
        assert "made-up-program: not found" in err


class TestState:
    def test_images_and_cache_are_kept_between_calls(self, capsys, project, tmp_path):
        state = ["--state", tmp_path / "state"]
        run(capsys, "build", *NOW, *state, "-t", "demo", project)
        _, _, err = run(capsys, "build", *NOW, *state, "-t", "demo", project)
        assert "CACHED" in err
        code, out, _ = run(capsys, "history", *NOW, *state, "demo")
        assert code == 0
        assert "COPY Dockerfile / # buildkit" in out

    def test_without_it_each_call_is_a_fresh_host(self, capsys, project):
        run(capsys, "build", *NOW, "-t", "demo", project)
        code, out, err = run(capsys, "docker", *NOW, "--", "history", "demo")
        assert (code, out) == (1, "")
        assert err == "Error response from daemon: No such image: demo:latest\n"


class TestExplain:
    def test_it_says_which_steps_would_run_again_and_why(self, capsys, tmp_path):
        before, after = tmp_path / "a", tmp_path / "b"
        before.write_text("FROM busybox\nRUN echo 1\nRUN echo 2\n")
        after.write_text("FROM busybox\nRUN echo 1\nRUN echo 3\n")
        code, out, _ = run(capsys, "explain", *NOW, before, after)
        assert code == 0
        lines = out.splitlines()
        assert lines[1].startswith("       cached:")
        assert "echo 2` → `" in lines[3]


def test_the_module_can_be_run():
    assert sys.modules["layerlab.cli"].main is main


class TestWorkingDirectory:
    def test_a_command_that_reads_no_file_does_not_look_around(self, capsys, monkeypatch):
        monkeypatch.setattr("layerlab.cli.DiskFiles.__iter__", lambda _: pytest.fail("walked the working directory"))
        monkeypatch.setattr("layerlab.cli.DiskFiles.__len__", lambda _: pytest.fail("counted the working directory"))
        assert run(capsys, "docker", "--", "images")[0] == 0
