"""`layerlab check`: Docker's report, JSON and SARIF, files that are no text, ignore files, advice, exit codes."""

import json

import pytest

from layerlab.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys, *words):
    code = main(["check", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


class TestText:
    def test_a_good_file_is_dockers_sentence_and_exit_code_0(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox:1.36\nRUN true\n")
        assert check(capsys, name)[:2] == (0, "Check complete, no warnings found.\n")

    def test_a_warning_is_dockers_report_and_exit_code_1(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox\nENV a b\n")
        code, out, err = check(capsys, name)
        assert (code, err) == (1, "")
        assert out.startswith("Check complete, 1 warning has been found!\n\nWARNING: LegacyKeyValueFormat - https://")
        assert "\n   2 | >>> ENV a b\n" in out

    def test_an_error_goes_to_stderr(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox\nRUNN x\n")
        code, _, err = check(capsys, name)
        assert code == 1
        assert err.startswith(
            "ERROR: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)\n"
        )

    def test_several_files_stand_under_their_names(self, capsys, folder):
        write(folder, "a", "FROM busybox\n")
        write(folder, "b", "FROM busybox\nENV a b\n")
        code, out, _ = check(capsys, "a", "b")
        assert code == 1
        assert out.startswith("a\nCheck complete, no warnings found.\n\nb\nCheck complete, 1 warning")

    def test_a_base_that_is_not_on_record_is_checked_all_the_same_and_said(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM corp.example/private:1\nENV a b\n")
        code, out, err = check(capsys, name)
        assert code == 1
        assert "LegacyKeyValueFormat" in out
        assert "corp.example/private:1 is not among the recorded images" in err

    def test_a_missing_file_is_named_and_the_others_are_checked(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox\n")
        code, out, err = check(capsys, "nowhere", name)
        assert (code, out) == (1, "Check complete, no warnings found.\n")
        assert err == "nowhere: no such file.\n"


class TestBytes:
    def test_a_binary_file_is_named_as_such(self, capsys, folder):
        name = write(folder, "x", b"\x7fELF\0\0\0\xff")
        assert check(capsys, name) == (1, "", "x is a binary file, not a Dockerfile.\n")

    def test_utf16_is_named_as_such(self, capsys, folder):
        name = write(folder, "x", "FROM busybox\n".encode("utf-16"))
        assert check(capsys, name) == (1, "", "x is stored as UTF-16. Docker reads UTF-8 only.\n")

    def test_undecodable_bytes_have_a_place(self, capsys, folder):
        name = write(folder, "x", b"FROM busybox\nRUN echo \xff\xfe\n")
        code, _, err = check(capsys, name)
        assert code == 1
        assert err == "x has bytes that are not UTF-8, first in line 2, column 10: FF FE.\n"

    def test_an_empty_file_is_dockers_error(self, capsys, folder):
        code, _, err = check(capsys, write(folder, "x", b""))
        assert code == 1
        assert "the Dockerfile cannot be empty" in err


class TestIgnoreFile:
    def test_the_one_in_the_folder_counts(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox\nCOPY secret /\n")
        assert check(capsys, name)[0] == 0
        write(folder, ".dockerignore", "secret\n")
        code, out, _ = check(capsys, name)
        assert code == 1
        assert "CopyIgnoredFile" in out

    def test_the_dockerfiles_own_goes_before_it(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox\nCOPY secret /\n")
        write(folder, ".dockerignore", "secret\n")
        write(folder, "Dockerfile.dockerignore", "other\n")
        assert check(capsys, name)[0] == 0


class TestJson:
    def test_dockers_fields_and_all_errors(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox\nRUNN x\nCOPY\n")
        code, out, _ = check(capsys, name, "--format", "json")
        (file,) = json.loads(out)["files"]
        assert code == 1
        assert file["buildError"]["location"]["ranges"] == [{"start": {"line": 2}, "end": {"line": 2}}]
        assert [(error["line"], error["column"], error["code"]) for error in file["errors"]] == [
            (2, 1, "syntax.misspelt-instruction"),
            (3, 1, "syntax.no-destination"),
        ]

    def test_advice_has_bytes_with_their_fidelity(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM busybox:1.36\nRUN head -c 500 /dev/zero > /x\nRUN rm /x\n")
        code, out, _ = check(capsys, name, "--format", "json", "--advice")
        (advice,) = json.loads(out)["files"][0]["advice"]
        assert code == 1
        assert (advice["code"], advice["name"], advice["line"]) == ("LL005", "deleted-in-a-later-layer", 3)
        assert (advice["bytes"], advice["fidelity"]) == (500, "exact")


class TestSarif:
    def test_results_point_at_rules_that_are_listed(self, capsys, folder):
        write(folder, "a", "FROM busybox\nENV a b\n")
        write(folder, "b", "FROM busybox\nRUNN x\n")
        code, out, _ = check(capsys, "a", "b", "--format", "sarif", "--advice")
        (run,) = json.loads(out)["runs"]
        listed = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
        assert code == 1
        assert json.loads(out)["version"] == "2.1.0"
        assert {result["ruleId"] for result in run["results"]} == listed
        assert {(result["ruleId"], result["level"]) for result in run["results"]} >= {
            ("LegacyKeyValueFormat", "warning"),
            ("syntax.misspelt-instruction", "error"),
            ("LL009", "note"),
        }
        for result in run["results"]:
            region = result["locations"][0]["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])

    def test_nothing_found_is_an_empty_run(self, capsys, folder):
        code, out, _ = check(capsys, write(folder, "a", "FROM busybox\n"), "--format", "sarif")
        assert code == 0
        assert json.loads(out)["runs"][0]["results"] == []


class TestAdvice:
    TEXT = "FROM busybox:1.36\nCOPY . /app/\nRUN chmod -R 700 /app\n"

    def test_it_is_off_unless_asked_for(self, capsys, folder):
        name = write(folder, "Dockerfile", self.TEXT)
        assert check(capsys, name)[:2] == (0, "Check complete, no warnings found.\n")

    def test_it_stands_behind_dockers_report_and_knows_the_context(self, capsys, folder):
        name = write(folder, "Dockerfile", self.TEXT)
        write(folder, "data", b"x" * 1000)
        code, out, _ = check(capsys, name, "--advice")
        assert code == 1
        assert out.startswith("Check complete, no warnings found.\n\nADVICE: LL006 (changed-again) Dockerfile:3\n")
        assert f"{(1000 + len(self.TEXT)) / 1000:.2f}kB" in out

    def test_it_is_in_the_readers_language(self, capsys, folder):
        name = write(folder, "Dockerfile", "FROM ubuntu\nRUN true\n")
        assert "태그가 없는 `ubuntu`는" in check(capsys, name, "--advice", "--lang", "ko")[1]
