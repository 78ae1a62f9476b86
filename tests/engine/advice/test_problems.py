"""What the editor is told of a build: errors, warnings, advice, explanations, fixes."""

from engine.advice.advice_builds import build

from layerlab.dockerfile import parse
from layerlab.dockerfile.edits import Edit, apply_edits
from layerlab.messages import load
from layerlab.session.problems import problems_in

POST = """\
FROM ubuntu:20.04              # [Layer 1] base image
WORKDIR /app                   # [Layer 2]
RUN apt-get update             # [Layer 3]
COPY . /app                    # [Layer 4]
CMD ["python3", "app.py"]      # metadata
"""


def problems(text, files=None, language="en"):
    return problems_in(build(text, files), load(language))


def applied(text, fix):
    edits = [Edit(edit["line"], edit["endLine"], edit["text"]) for edit in fix["edits"]]
    return apply_edits(parse(text).source, edits)


class TestOrder:
    def test_dockers_error_is_first_and_further_ones_follow(self):
        found = problems("FROM busybox\nRUNN x\nCOPY\nCPOY a b\n")
        errors = [problem for problem in found if problem["severity"] == "error"]
        assert [problem["line"] for problem in errors] == [2, 3, 4]
        assert errors[0]["message"] == (
            "failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)"
        )

    def test_severities_come_in_order(self):
        found = problems("FROM ubuntu\nRUN apt-get update\nCMD run it\nCOPY nothing /\n")
        order = [problem["severity"] for problem in found]
        assert order == sorted(order, key=["error", "warning", "advice"].index)
        assert set(order) == {"error", "warning", "advice"}

    def test_a_place_is_as_narrow_as_the_problem(self):
        (problem, *_) = problems("FROM busybox\n  RUNN x\n")
        assert (problem["line"], problem["column"], problem["endColumn"]) == (2, 2, 6)

    def test_dockers_texts_stay_english_and_the_explanation_is_in_the_readers_language(self):
        english, korean = problems("FROM busybox\nRUNN x\n")[0], problems("FROM busybox\nRUNN x\n", language="ko")[0]
        assert english["message"] == korean["message"]
        assert english["explanation"] != korean["explanation"]
        assert "`RUN`의 오타" in korean["explanation"]


class TestExplanations:
    def test_a_command_that_is_not_there_is_told_apart_from_one_that_fails(self):
        missing, failing = problems("FROM busybox\nRUN nosuch\n")[0], problems("FROM busybox\nRUN exit 3\n")[0]
        assert "127" in missing["explanation"]
        assert "exit code 3" in failing["explanation"]

    def test_warnings_have_the_rules_explanation_and_its_fix(self):
        (warning,) = [p for p in problems("FROM busybox\nENV a b\n") if p["severity"] == "warning"]
        assert warning["code"] == "LegacyKeyValueFormat"
        assert warning["explanation"]
        assert applied("FROM busybox\nENV a b\n", warning["fix"]) == "FROM busybox\nENV a=b\n"

    def test_a_misspelt_instruction_is_put_right(self):
        text = "FROM busybox\nRUNN true\n"
        assert applied(text, problems(text)[0]["fix"]) == "FROM busybox\nRUN true\n"


class TestTrailingComments:
    def test_one_action_moves_all_comments_of_the_post_and_then_it_builds(self):
        files = {"app.py": "print(1)\n"}
        assert not build(POST, files).ok
        first = problems(POST, files)[0]
        after = applied(POST, first["fix"])
        assert after == (
            "# [Layer 1] base image\nFROM ubuntu:20.04\n# [Layer 2]\nWORKDIR /app\n# [Layer 3]\nRUN apt-get update\n"
            '# [Layer 4]\nCOPY . /app\n# metadata\nCMD ["python3", "app.py"]\n'
        )
        record = build(after, files)
        assert record.ok
        assert record.image.config.working_dir == "/app"
        assert record.image.config.cmd == ("python3", "app.py")

    def test_the_line_with_the_error_is_not_told_twice(self):
        codes = [(problem["line"], problem["code"]) for problem in problems(POST)]
        assert codes[0] == (1, "syntax.from-comment")
        assert (1, "LL010") not in codes
        assert (4, "LL010") in codes

    def test_a_copy_that_looks_for_a_file_called_hash_has_the_fix_too(self):
        text = "FROM busybox\nCOPY a /a # the file\n"
        first = problems(text, {"a": "1"})[0]
        assert first["severity"] == "error"
        assert build(applied(text, first["fix"]), {"a": "1"}).ok

    def test_a_hash_inside_of_words_and_quotes_is_no_comment(self):
        text = "FROM busybox\nENV a=b#c d='x # y'\nRUN echo a#b\n"
        assert [problem for problem in problems(text) if problem["code"] == "LL010"] == []
