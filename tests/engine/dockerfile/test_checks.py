"""The linter's table, its options, its reports and its fixes."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest

from layerlab.dockerfile import Span, parse
from layerlab.dockerfile.checks import (
    RULES,
    CheckWarning,
    DefaultNameFacts,
    FromFacts,
    InstructionFacts,
    Options,
    WordFacts,
    check_default_name,
    check_from,
    check_instruction,
    check_syntax,
    parse_options,
    read_options,
)
from layerlab.dockerfile.checks.dispatching import is_secret_name
from layerlab.dockerfile.checks.fixing import fix_problem, fix_warning
from layerlab.dockerfile.checks.report import check_document, closing_block, report_check
from layerlab.dockerfile.checks.sarif import FileFindings, sarif_document
from layerlab.dockerfile.edits import apply_edits
from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.dockerfile.trailing import find_trailing_comments, fix_trailing_comments
from layerlab.messages import load

CASES = Path(__file__).parents[2] / "oracle" / "cases"


def syntax(text, **options):
    file = parse(text)
    return [
        (found.rule, found.message, found.span.start_line)
        for found in check_syntax(file, read_options(file), **options)
    ]


def dispatched(line, **facts):
    read = parse(f"FROM a\n{line}\n").instructions[1]
    return [(w.rule, w.message) for w in check_instruction(InstructionFacts(0, read, read.span, **facts), Options())]


class TestTable:
    def test_there_are_22_rules_one_of_them_experimental(self):
        assert len(RULES) == 22
        assert [rule.name for rule in RULES.values() if rule.is_experimental] == ["InvalidDefinitionDescription"]

    def test_addresses_are_made_of_the_name(self):
        assert RULES["JSONArgsRecommended"].url.endswith("/rule/json-args-recommended/")
        assert RULES["FromPlatformFlagConstDisallowed"].url.endswith("/from-platform-flag-const-disallowed/")
        assert not RULES["InvalidBaseImagePlatform"].url

    @pytest.mark.parametrize("language", ["ko", "en"])
    def test_every_rule_is_explained(self, language):
        messages = load(language)
        assert [name for name, rule in RULES.items() if rule.key not in messages] == []

    @pytest.mark.parametrize("topic", ["checks", "syntax"])
    def test_both_languages_have_the_same_keys_and_placeholders(self, topic):
        prefixes = ("checks.",) if topic == "checks" else ("syntax.", "expansion.")
        for prefix in prefixes:
            ko, en = load("ko").under(prefix), load("en").under(prefix)
            assert {key: fields(text) for key, text in ko.items()} == {key: fields(text) for key, text in en.items()}

    @pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
    def test_examples_are_read(self, rule):
        assert parse(rule.bad).ok
        assert parse(rule.good).ok
        if rule.phase == "parse":
            assert rule.name in [found[0] for found in syntax(rule.bad)]
            assert rule.name not in [found[0] for found in syntax(rule.good)]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class TestSyntaxRules:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("FROM a AS Foo\n", [("StageNameCasing", "Stage name 'Foo' should be lowercase", 1)]),
            ("FROM a as b\n", [("FromAsCasing", "'as' and 'FROM' keywords' casing do not match", 1)]),
            ("from a AS b\n", [("FromAsCasing", "'AS' and 'from' keywords' casing do not match", 1)]),
            ("FROM a\nRUN x \\\n\n\n  y\n", [("NoEmptyContinuation", "Empty continuation line", 5)]),
            (
                "FROM a\nRun x\n",
                [
                    (
                        "ConsistentInstructionCasing",
                        "Command 'Run' should match the case of the command majority (uppercase)",
                        2,
                    )
                ],
            ),
            ("arg A=1\nFROM a\nRUN x\n", []),
            (
                "FROM a AS b\nFROM a AS b\n",
                [("DuplicateStageName", 'Duplicate stage name "b", stage names should be unique', 2)],
            ),
            (
                "FROM a AS context\n",
                [("ReservedStageName", 'Stage name should not use the same name as reserved stage "context"', 1)],
            ),
            (
                "# check=experimental=all\n# text\nARG A B\nFROM a\n",
                [
                    (
                        "InvalidDefinitionDescription",
                        "Comment for ARG should follow the format: `# <arg_key> <description>`",
                        3,
                    )
                ],
            ),
        ],
    )
    def test_findings(self, text, found):
        assert syntax(text) == found

    def test_docker_looks_no_further_than_the_first_error(self):
        text = "FROM a\nMAINTAINER\nmaintainer x\n"
        assert [line for _, _, line in syntax(text)] == [2]
        assert {line for _, _, line in syntax(text, past_errors=True)} == {2, 3}
        assert syntax("FROM a as b\nENV A=1 c\n") == []


class TestStageRules:
    def test_undefined_arguments_are_told_with_the_nearest_name(self):
        base = parse("FROM busybox:${VERSON}\n").stages[0].base
        word = WordFacts("busybox:${VERSON}", "busybox:", undefined=("VERSON",))
        facts = FromFacts(0, base, word, None, ("VERSION",), "linux/amd64")
        (found,) = check_from(facts, Options())
        assert found.message == "FROM argument 'VERSON' is not declared (did you mean VERSION?)"

    @pytest.mark.parametrize(
        ("name", "word", "rules"),
        [
            ("x", WordFacts("linux/amd64", "linux/amd64"), ["FromPlatformFlagConstDisallowed"]),
            ("build-amd64", WordFacts("linux/amd64", "linux/amd64"), []),
            ("x", WordFacts("$TARGETPLATFORM", "linux/amd64", ("TARGETPLATFORM",)), ["RedundantTargetPlatform"]),
            ("x", WordFacts("$BUILDPLATFORM", "linux/amd64", ("BUILDPLATFORM",)), []),
        ],
    )
    def test_platforms(self, name, word, rules):
        base = parse(f"FROM --platform={word.word} a AS {name}\n").stages[0].base
        facts = FromFacts(0, base, WordFacts("a", "a"), word, (), "linux/amd64", ("linux", "amd64"))
        assert [found.rule for found in check_from(facts, Options())] == rules

    def test_invalid_defaults_ignore_inline_comments(self):
        base = parse("# check=skip=all\n\nFROM a:$X\n").stages[0].base
        (found,) = check_default_name(DefaultNameFacts(0, base, is_valid=False), Options())
        assert found.message == "Default value for ARG a:$X results in empty or invalid base image name"


class TestDispatchRules:
    def test_shell_form_without_a_shell(self):
        text = "JSON arguments recommended for cmd to prevent unintended behavior related to OS signals"
        assert dispatched("cmd x") == [("JSONArgsRecommended", text)]
        assert dispatched("CMD x", has_shell=True) == []
        assert dispatched('CMD ["x"]') == []

    def test_undefined_variables(self):
        word = WordFacts("$foo", "", undefined=("foo", "A"))
        found = dispatched("COPY $foo .", words=(word,), variables=("fooo", "PATH"), declared=("A",))
        assert found == [("UndefinedVar", "Usage of undefined variable '$foo' (did you mean $fooo?)")]

    def test_the_earlier_of_two_is_blamed(self):
        read = parse('FROM a\nCMD ["a"]\nCMD ["b"]\n').instructions[2]
        facts = InstructionFacts(0, read, read.span, earlier=Span(2, 0, 2, 9), earlier_index=1)
        (found,) = check_instruction(facts, Options())
        assert (found.rule, found.span.start_line, found.instruction) == ("MultipleInstructionsDisallowed", 2, 1)

    def test_legacy_form_comes_before_secrets(self):
        found = dispatched("ENV my_token x", pairs=("my_token",))
        assert [rule for rule, _ in found] == ["LegacyKeyValueFormat", "SecretsUsedInArgOrEnv"]
        assert found[1][1] == 'Do not use ARG or ENV instructions for sensitive data (ENV "my_token")'

    @pytest.mark.parametrize(
        ("name", "secret"),
        [
            ("SECRET_PASSPHRASE", True),
            ("SUPER_Secret", True),
            ("super_duper_secret_token", True),
            ("auth", True),
            ("git_key", True),
            ("PUBLIC_KEY", False),
            ("password_file", False),
            ("AUTH_MODULE_VERSION", False),
            ("sunflower", False),
            ("MONKEY", False),
        ],
    )
    def test_names_of_secrets(self, name, secret):
        assert is_secret_name(name) is secret

    def test_ports(self):
        found = dispatched("EXPOSE x", ports=("80/TcP", "5000:5000", "1.2.3.4:80:80/UDP"))
        assert [rule for rule, _ in found] == [
            "ExposeProtoCasing",
            "ExposeInvalidFormat",
            "ExposeProtoCasing",
            "ExposeInvalidFormat",
        ]
        assert dispatched("EXPOSE x", ports=("80/foo", "81/TCP")) == []

    @pytest.mark.parametrize(
        ("ignore", "source", "count"),
        [
            ("*.log", "./app.log", 1),
            ("*.log", "app.py", 0),
            ("*.log\n!x", "app.log", 0),
            ("dir", "dir/x", 1),
            ("dir", "/dir", 0),
            ("*.log", ".", 0),
            ("**", "/", 1),
        ],
    )
    def test_ignored_files(self, ignore, source, count):
        assert len(dispatched("ADD x y", sources=(source,), ignore=parse_ignore(ignore))) == count

    def test_relative_directories(self):
        assert [rule for rule, _ in dispatched("WORKDIR app/", path="app/")] == ["WorkdirRelativePath"]
        assert dispatched("WORKDIR app/", path="app/", workdir_set=True) == []


class TestOptions:
    def test_rules_are_silenced_for_the_file_and_for_one_instruction(self):
        assert syntax("# check=skip=FromAsCasing\nFROM a as b\n") == []
        assert len(syntax("FROM a\n# check=skip=FromAsCasing // why\nFROM a as b\nFROM a as c\n")) == 1

    def test_the_directive_is_cut_at_a_blank(self):
        file = parse("# check=skip=A, B\nFROM a\n")
        assert read_options(file).skip == {"A", ""}

    def test_a_build_argument_replaces_the_directive(self):
        options = read_options(parse("# check=skip=all\nFROM a\n"), "skip=A, B;error=true")
        assert (options.skip, options.skip_all, options.error) == ({"A", "B"}, False, True)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("foo", 'invalid check option "foo"'),
            ("foo=1", 'invalid check option "foo"'),
            (
                "error=x",
                'failed to parse check option "error=x": strconv.ParseBool: parsing "x": invalid syntax',
            ),
        ],
    )
    def test_bad_options(self, text, message):
        with pytest.raises(ValueError) as caught:
            parse_options(text)
        assert str(caught.value) == message
        with pytest.raises(ValueError, match="failed to parse check options: "):
            read_options(parse(f"# check={text}\nFROM a\n"))


def recorded_checks():
    for folder in sorted(CASES.glob("*-*")):
        expect = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
        check = expect.get("check")
        if check and "text" in check and (folder / "Dockerfile").exists():
            yield folder, check


@pytest.mark.oracle
@pytest.mark.parametrize(("folder", "check"), [pytest.param(f, c, id=f.name) for f, c in recorded_checks()])
def test_recorded_reports_come_out_of_their_warnings(folder, check):
    file = parse((folder / "Dockerfile").read_bytes())
    warnings = [
        CheckWarning(w["rule"], w["detail"], Span(w["ranges"][0][0], 0, w["ranges"][-1][-1], 0))
        for w in check["warnings"]
    ]
    name = json.loads((folder / "args.json").read_text(encoding="utf-8")).get("file") or "Dockerfile"
    error = check.get("build_error") or {}
    ranges = error.get("location", {}).get("ranges", [])
    spans = [Span(r["start"]["line"], 0, r["end"]["line"], 0) for r in ranges]
    report = report_check(file.source, warnings, filename=name, error=error.get("message"), error_spans=spans)
    assert report.stdout == check["text"]
    assert report.exit_code == check["text_exit_code"]
    if error:
        assert check["text_stderr"].endswith(report.stderr.rstrip("\n"))
    for warning in check["warnings"]:
        assert RULES[warning["rule"]].description == warning["description"]


class TestReports:
    def test_the_closing_block_merges_doubles(self):
        warning = CheckWarning("FromAsCasing", "m", Span(1, 0, 1, 1))
        assert closing_block([]) == ""
        assert closing_block([warning, warning]) == (
            "\n \x1b[33m1 warning found (use docker --debug to expand):\n\x1b[0m - FromAsCasing: m (line 1)\n"
        )

    def test_json_has_a_range_for_each_line(self):
        file = parse("FROM a \\\n as b\n")
        document = check_document(file.source, check_syntax(file, Options()), error="e", error_spans=[])
        assert document["warnings"][0]["location"]["ranges"] == [
            {"start": {"line": 1}, "end": {"line": 1}},
            {"start": {"line": 2}, "end": {"line": 2}},
        ]
        assert document["buildError"] == {"message": "e", "location": {}}

    def test_sarif_names_each_rule_once(self):
        warning = CheckWarning("FromAsCasing", "m", Span(1, 0, 1, 3))
        findings = FileFindings("a/Dockerfile", [warning, warning], [("syntax.empty-file", "e", None)])
        run = sarif_document([findings], "1")["runs"][0]
        assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["syntax.empty-file", "FromAsCasing"]
        assert [result["level"] for result in run["results"]] == ["error", "warning", "warning"]


FIXES = [
    ("StageNameCasing", "FROM a AS Foo\nRUN x\n", 1, "FROM a AS foo\nRUN x\n"),
    ("FromAsCasing", "from a AS b\r\nrun x\r\n", 1, "from a as b\r\nrun x\r\n"),
    ("ConsistentInstructionCasing", "FROM a\nrun x\nCmd y\n", 2, "FROM a\nRUN x\nCMD y\n"),
    ("LegacyKeyValueFormat", "FROM a\nENV A b c # x\n", 2, 'FROM a\nENV A="b c # x"\n'),
    ("LegacyKeyValueFormat", "FROM a\nENV A 'b'c\n", 2, None),
    ("JSONArgsRecommended", "FROM a\nCMD nginx -g x\n", 2, 'FROM a\nCMD ["nginx", "-g", "x"]\n'),
    ("JSONArgsRecommended", "FROM a\nCMD echo $HOME\n", 2, None),
    ("JSONArgsRecommended", "FROM a\nCMD cd /x\n", 2, None),
    ("MaintainerDeprecated", 'FROM a\nMAINTAINER "me"\n', 2, 'FROM a\nLABEL org.opencontainers.image.authors="me"\n'),
    ("NoEmptyContinuation", "FROM a\nRUN x \\\n\n  y\n\nRUN z", 4, "FROM a\nRUN x \\\n  y\n\nRUN z"),
    ("ExposeProtoCasing", "FROM a\nEXPOSE 80/TCP 81/udp\n", 2, "FROM a\nEXPOSE 80/tcp 81/udp\n"),
    ("ExposeInvalidFormat", "FROM a\nEXPOSE 1.2.3.4:8080:80 81\n", 2, "FROM a\nEXPOSE 80 81\n"),
    ("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM a\n", 1, "FROM a\n"),
    ("UndefinedVar", "FROM a\nCOPY $x /\n", 2, None),
]


class TestFixes:
    @pytest.mark.parametrize(("rule", "before", "line", "after"), FIXES)
    def test_warnings(self, rule, before, line, after):
        file = parse(before)
        fix = fix_warning(file, CheckWarning(rule, "", Span(line, 0, line, 0)))
        assert (apply_edits(file.source, fix.edits) if fix else None) == after
        if fix:
            assert fix.key in load("ko")

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("FROM a\nRUNN x\n", "FROM a\nRUN x\n"),
            ("FROM a\nCOPY --chwon=1 a b\n", "FROM a\nCOPY --chmod=1 a b\n"),
            ("FROM a # base\n", "# base\nFROM a\n"),
            ("FROM a\nENV A=1 # c\n", "FROM a\n# c\nENV A=1\n"),
            ("FROM a\nUSER\n", None),
        ],
    )
    def test_errors(self, before, after):
        file = parse(before)
        fix = fix_problem(file, file.errors[0])
        assert (apply_edits(file.source, fix.edits) if fix else None) == after


class TestTrailingComments:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("COPY . /app # src\n", "# src\nCOPY . /app\n"),
            ("  WORKDIR /a # w\r\n", "  # w\r\n  WORKDIR /a\r\n"),
            ('CMD ["a"] # run', '# run\nCMD ["a"]'),
            ('HEALTHCHECK --interval=3s CMD ["a"] # h\n', '# h\nHEALTHCHECK --interval=3s CMD ["a"]\n'),
            ("ENV A=1 # c1 \\\n  B=2 # c2\n", "# c1\n# c2\nENV A=1 \\\n  B=2\n"),
            ("COPY a \\ # why\n  b /x\n", "# why\nCOPY a \\\n  b /x\n"),
            ("ARG A=1 # check=skip=all\n", "# (check=skip=all)\nARG A=1\n"),
            ("RUN x # the shell's own\n", None),
            ("CMD x # the shell's own\n", None),
            ('LABEL a="b # c" d=e#f\n', None),
            ("FROM a#b\n", None),
            ("RUN <<EOF\nWORKDIR /x # y\nEOF\n", None),
            ("# FROM a # b\n", None),
        ],
    )
    def test_moving(self, before, after):
        text = f"FROM a\n{before}RUN y\n" if before.endswith("\n") else f"FROM a\n{before}"
        assert fix_trailing_comments(text) == text.replace(before, before if after is None else after)

    @pytest.mark.oracle
    def test_the_tutorials_file_builds_once_they_are_moved(self):
        text = (CASES / "tutorial-01-trailing-comments" / "Dockerfile").read_text(encoding="utf-8")
        assert not parse(text).ok
        assert [found.keyword for found in find_trailing_comments(parse(text))] == ["FROM", "COPY", "CMD"]
        fixed = fix_trailing_comments(text)
        assert parse(fixed).ok
        assert find_trailing_comments(parse(fixed)) == ()
        assert parse(fixed).instructions[-1].arguments == ("nginx", "-g", "daemon off;")
