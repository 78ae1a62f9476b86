"""Lines, directives, words, instructions: what BuildKit makes of a text, row by row of the specification."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.dockerfile import (
    Add,
    Arg,
    Cmd,
    Copy,
    Env,
    Expose,
    From,
    HealthCheck,
    Label,
    OnBuild,
    Run,
    Span,
    Volume,
    Workdir,
    excerpt,
    parse,
    parse_trigger,
)


def last(text):
    """The last instruction of a stage that must be readable."""
    file = parse("FROM a\n" + text)
    assert [problem.message for problem in file.errors] == []
    return file.instructions[-1]


def error(text):
    return parse(text).errors[0].docker_text


def refusal(line):
    """What Docker says of one instruction in a stage, without the prefix."""
    return parse("FROM a\n" + line).errors[0].message


class TestLines:
    def test_blank_and_comment_lines_do_not_end_a_continued_instruction(self):
        file = parse("FROM a\nRUN x && \\\n\n# c\n  y\nRUN z\n")
        assert [read.original for read in file.instructions[1:]] == ["RUN x &&   y", "RUN z"]
        assert file.empty_continuations == (5,)
        assert file.instructions[1].span == Span(2, 0, 5, 3)

    @pytest.mark.parametrize("tail", ["\\\\", " \\\\\\"])
    def test_a_doubled_escape_does_not_continue(self, tail):
        assert len(parse(f"FROM a\nRUN x{tail}\nENV B=y\n").instructions) == 3

    def test_continued_lines_are_joined_without_a_blank(self):
        assert last("ENV G hello\\\nworld").pairs[0].value == "helloworld"
        assert last("ENV G hello \\\n\\\nworld").pairs[0].value == "hello world"

    def test_an_escape_at_the_end_of_the_file_is_harmless(self):
        assert last("RUN something \\").arguments == ("something",)

    def test_crlf_and_bom_are_no_part_of_the_instructions(self):
        file = parse(b"\xef\xbb\xbfFROM a\r\nRUN x \\\r\n  y\r\n")
        assert file.instructions[0].keyword == "FROM"
        assert file.instructions[1].original == "RUN x   y"

    def test_spans_go_down_to_words_across_continuations(self):
        copy = last("COPY a \\\n  bc \\\n d/\n")
        assert [(word.text, word.span) for word in (*copy.sources, copy.destination)] == [
            ("a", Span(2, 5, 2, 6)),
            ("bc", Span(3, 2, 3, 4)),
            ("d/", Span(4, 1, 4, 3)),
        ]

    def test_a_line_that_is_too_long_stops_the_reading(self):
        assert parse("FROM a\nRUN " + "x" * 65_531 + "\n").ok
        assert error("FROM a\nRUN " + "x" * 65_532 + "\n") == "dockerfile line greater than max allowed size of 65535"
        assert error("x" * 70_000) == "file with no instructions"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "the Dockerfile cannot be empty"),
            ("# only\n\n", "file with no instructions"),
            ("ARG A=1\n", "dockerfile contains no stages to build"),
            ("RUN x\nFROM a\n", "no build stage in current context"),
            ("FORM alpine\n", "dockerfile parse error on line 1: unknown instruction: FORM (did you mean FROM?)"),
            ("copyy a b\n", "dockerfile parse error on line 1: unknown instruction: copyy (did you mean copy?)"),
            ("FROM a\nblah b\n", "dockerfile parse error on line 2: unknown instruction: blah"),
        ],
    )
    def test_files_docker_cannot_build(self, text, message):
        assert error(text) == message

    def test_every_problem_is_told_in_dockers_order(self):
        file = parse("FROM a\nBLAH\nENV A=1 b\nCOPY x\n")
        assert [problem.code for problem in file.errors] == [
            "syntax.missing-equals",
            "syntax.unknown-instruction",
            "syntax.no-destination",
        ]

    def test_a_broken_from_is_not_blamed_on_what_follows(self):
        assert len(parse("FROM a # c\nRUN x\nRUN y\n").errors) == 1


class TestDirectives:
    @pytest.mark.parametrize(
        ("header", "escape"),
        [
            ("#escape=`", "`"),
            ("# EScape = `", "`"),
            ("  # escape=`", "`"),
            ("# syntax=x\n# escape=`", "`"),
            ("# key=FOO\n# escape=`", "\\"),
            ("\n# escape=`", "\\"),
            ("# words\n# escape=`", "\\"),
        ],
    )
    def test_escape(self, header, escape):
        assert parse(f"{header}\nFROM a\n").directives.escape == escape

    @pytest.mark.parametrize(
        ("text", "syntax"),
        [
            ("# syntax=x y\n", "x y"),
            ("\n# syntax=x\n", None),
            ("#!/bin/sh\n# syntax=x\n", "x"),
            ("#!/bin/sh\n\n# syntax=x\n", None),
            ("//syntax=foo\n", "foo"),
            ('{"syntax": "foo"}', "foo"),
            (" # syntax=x\n", None),
        ],
    )
    def test_syntax(self, text, syntax):
        assert parse(text).directives.syntax == syntax

    def test_check_is_read_only_behind_a_hash(self):
        assert parse("# check=skip=all\nFROM a\n").directives.check == "skip=all"
        assert parse("//check=skip=all\n").directives.check is None

    def test_duplicates_and_bad_escapes_are_located_at_the_line_before(self):
        file = parse("# escape=`\n# escape=`\nFROM a\n")
        assert file.errors[0].message == "only one escape parser directive can be used"
        assert file.errors[0].span.start_line == 1
        bad = parse("# escape=X\nFROM a\n").errors[0]
        assert bad.message == "invalid escape token 'X' does not match ` or \\"
        assert bad.span is None
        assert bad.where.start_line == 1


class TestWords:
    @pytest.mark.parametrize(
        ("line", "arguments", "is_exec"),
        [
            ('CMD ["a", "b"]', ("a", "b"), True),
            ("CMD []", (), True),
            ("CMD -- [ ]", (), True),
            ("CMD ['a']", ("['a']",), False),
            ('CMD ["a",]', ('["a",]',), False),
            ('CMD ["a"] # c', ('["a"] # c',), False),
            ("CMD", ("",), False),
            ('CMD ["\\ud800"]', ("\ufffd",), True),
            ("CMD [NaN]", ("[NaN]",), False),
        ],
    )
    def test_json_form_falls_back_silently(self, line, arguments, is_exec):
        read = last(line)
        assert isinstance(read, Cmd)
        assert (read.arguments, read.is_exec) == (arguments, is_exec)

    @pytest.mark.parametrize("array", ["[1]", '["a", null]', '[["a"]]', "[{}]"])
    def test_json_arrays_of_other_things_are_errors(self, array):
        message = "when using JSON array syntax, arrays must be comprised of strings only"
        assert error(f"FROM a\nCMD {array}\n") == message

    def test_flags_end_at_the_first_other_word_and_at_two_dashes(self):
        read = last("COPY --chown='a b' --link -- --src --dst")
        assert (read.chown, read.link) == ("a b", True)
        assert [word.text for word in read.sources] == ["--src"]

    @pytest.mark.parametrize(
        ("line", "pairs", "is_legacy"),
        [
            ("ENV a=1 b='x y'", [("a", "1"), ("b", "'x y'")], False),
            ("ENV a b=c d", [("a", "b=c d")], True),
            ("ENV a=b\\ c", [("a", "b\\ c")], False),
            ("ENV n=v \\", [("n", "v")], False),
            ("LABEL maintainer foo@bar.com", [("maintainer", "foo@bar.com")], True),
        ],
    )
    def test_pairs(self, line, pairs, is_legacy):
        read = last(line)
        assert isinstance(read, Env | Label)
        assert ([(pair.name, pair.value) for pair in read.pairs], read.is_legacy) == (pairs, is_legacy)

    def test_arg_takes_several_items(self):
        read = last('ARG abc="123 456" def g=')
        assert isinstance(read, Arg)
        assert [(item.name, item.value) for item in read.items] == [("abc", '"123 456"'), ("def", None), ("g", "")]

    def test_substitutions_do_not_group(self):
        message = 'Syntax error - can\'t find = in "be". Must be of the form: name=value'
        assert error("FROM a\nENV A=${X:?must be set}\n") == message


class TestHeredocs:
    @pytest.mark.parametrize(
        ("word", "name", "expand", "chomp"),
        [
            ("<<EOF", "EOF", True, False),
            ("<<-EOF", "EOF", True, True),
            ("<< EOF", "EOF", True, False),
            ("3<<EOF", "EOF", True, False),
            ("<<'EOF'", "EOF", False, False),
            ('<<EO"F"', "EOF", False, False),
            ("<<eo\\'f", "eo'f", True, False),
            ("<<'e'o\\'f", "eo'f", False, False),
            ("<<'one two'", "one two", False, False),
            ("<<$EOF", "$EOF", True, False),
            ("<< -EOF", "-EOF", True, False),
        ],
    )
    def test_openings(self, word, name, expand, chomp):
        (heredoc,) = last(f"RUN {word}\n\tbody\n{name}\n").heredocs
        assert (heredoc.name, heredoc.expand, heredoc.chomp) == (name, expand, chomp)
        assert heredoc.content == "\tbody\n"
        assert heredoc.body == ("body\n" if chomp else "\tbody\n")

    @pytest.mark.parametrize(
        "line", ['RUN "<<EOF"', "RUN x<<EOF", "RUN <<<EOF", "RUN cat <<", "RUN '<<EOF", "CMD <<EOF"]
    )
    def test_no_openings(self, line):
        assert parse(f"FROM a\n{line}\n").ok

    def test_several_bodies_follow_in_order_and_keep_crlf(self):
        read = parse("FROM a\nCOPY <<A <<B /d/\n# a\r\nA\nb\nB\nRUN x\n").instructions[1]
        assert [(heredoc.name, heredoc.content) for heredoc in read.heredocs] == [("A", "# a\r\n"), ("B", "b\n")]
        assert (read.span.start_line, read.span.end_line) == (2, 6)

    def test_a_detached_delimiter_of_copy_swallows_a_body_and_stays_a_source(self):
        read = last("COPY << EOF /x\nbody\nEOF\n")
        assert isinstance(read, Copy)
        assert ([word.text for word in read.sources], read.heredocs) == (["<<", "EOF"], ())

    def test_equal_names_get_the_last_body(self):
        read = last("ADD <<A <<A /x/\n1\nA\n2\nA\n")
        assert isinstance(read, Add)
        assert [heredoc.content for heredoc in read.heredocs] == ["2\n", "2\n"]

    def test_a_missing_terminator_marks_all_lines(self):
        problem = parse("FROM a\nRUN <<EOF\nx\ny\n").errors[0]
        assert (problem.docker_text, problem.span.start_line, problem.span.end_line) == ("unterminated heredoc", 2, 4)


INSTRUCTION_ERRORS = [
    ("FROM a b", "FROM requires either one or three arguments"),
    ("FROM a # b", "FROM requires either one or three arguments"),
    ("FROM a AS 1x", 'invalid name for build stage: "1x", name can\'t start with a number or contain symbols'),
    ("FROM --platfrom=x a", "unknown flag: --platfrom (did you mean platform?)"),
    ("ARG", "ARG requires at least one argument"),
    ("ARG =x", "ARG names can not be blank"),
    ("ENV", "ENV requires at least one argument"),
    ("ENV =x", "ENV names can not be blank"),
    ("ENV a", "ENV must have two arguments"),
    ("LABEL a", "LABEL must have two arguments"),
    ("RUN --netwrk=none x", "unknown flag: --netwrk (did you mean network?)"),
    ("RUN --network=x y", 'invalid network mode "x"'),
    ("RUN --security=x y", 'security "x" is not valid'),
    ("RUN --network=none --network=none x", "duplicate flag specified: --network"),
    ('RUN --mount=a\\"b x', 'failed to parse csv mounts: parse error on line 1, column 2: bare " in non-quoted-field'),
    ("RUN --mount=from=$X,target=/x x", "'from' doesn't support variable expansion, define alias stage instead"),
    ("RUN --mount= x", "failed to parse csv mounts: EOF"),
    ("COPY a", "COPY requires at least two arguments, but only one was provided. Destination could not be determined"),
    ("ADD", "ADD requires at least two arguments, but only one was provided. Destination could not be determined"),
    ("ADD --from=x a b", "unknown flag: --from"),
    ("COPY --chown a b", "missing a value on flag: --chown"),
    ("COPY --link= a b", "missing a value on flag: --link"),
    ("COPY --link=yes a b", "expecting boolean value for flag --link, not: yes"),
    ("COPY a <<EOF\nEOF", "COPY cannot accept a heredoc as a destination"),
    ("EXPOSE", "EXPOSE requires at least one argument"),
    ("VOLUME []", "VOLUME requires at least one argument"),
    ('VOLUME [" "]', "VOLUME specified can not be an empty string"),
    ("USER", "USER requires exactly one argument"),
    ("WORKDIR --x /a", "unknown flag: --x"),
    ("STOPSIGNAL", "STOPSIGNAL requires exactly one argument"),
    ("SHELL []", "SHELL requires at least one argument"),
    ("SHELL bash", "SHELL requires the arguments to be in JSON form"),
    ("HEALTHCHECK", "HEALTHCHECK requires at least one argument"),
    ("HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"),
    ("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"),
    ("HEALTHCHECK connect tcp", 'Unknown type "CONNECT" in HEALTHCHECK (try CMD)'),
    ("HEALTHCHECK --interval=30 CMD x", 'time: missing unit in duration "30"'),
    ("HEALTHCHECK --interval=x CMD x", 'time: invalid duration "x"'),
    ("HEALTHCHECK --timeout=1us CMD x", 'Interval "timeout" cannot be less than 1ms'),
    ("HEALTHCHECK --interval=-1s CMD x", 'Interval "interval" cannot be less than 1ms'),
    ("HEALTHCHECK --retries=-1 CMD x", "--retries cannot be negative (-1)"),
    ("HEALTHCHECK --retries=x CMD x", 'strconv.ParseInt: parsing "x": invalid syntax'),
    ("ONBUILD", "ONBUILD requires at least one argument"),
    ("ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
    ("ONBUILD from x", "FROM isn't allowed as an ONBUILD trigger"),
    ("MAINTAINER", "MAINTAINER requires exactly one argument"),
    ("CMD --help", "unknown flag: --help"),
]


class TestInstructions:
    @pytest.mark.parametrize(("line", "message"), INSTRUCTION_ERRORS)
    def test_refusals(self, line, message):
        assert refusal(line) == message

    def test_from(self):
        read = last("FROM --platform=$P Img:1 as Name")
        assert isinstance(read, From)
        assert (read.platform.text, read.image.text, read.alias.text, read.name) == ("$P", "Img:1", "Name", "name")

    def test_run_flags(self):
        read = last('RUN --mount=type=cache,\\"target=/a,b\\",ro --network=none ["x"]')
        assert isinstance(read, Run)
        (mount,) = read.mounts
        fields = [(field.key, field.value) for field in mount.fields]
        assert fields == [("type", "cache"), ("target", "/a,b"), ("ro", None)]
        assert (read.network, read.arguments, read.is_exec) == ("none", ("x",), True)

    def test_copy_and_add_flags(self):
        copy = last("COPY --from=b --chmod=0755 --parents --exclude=*.md --exclude=x a b/ c/")
        assert (copy.from_, copy.chmod, copy.parents, copy.exclude) == ("b", "0755", True, ("*.md", "x"))
        add = last("ADD --checksum=sha256:1 --keep-git-dir=false --unpack https://x/y /z")
        assert (add.checksum, add.keep_git_dir, add.unpack) == ("sha256:1", False, True)

    def test_ports_are_sorted_as_strings(self):
        read = last("EXPOSE 8080 53/udp 443")
        assert isinstance(read, Expose)
        assert read.ports == ("443", "53/udp", "8080")

    def test_health_check(self):
        read = last("HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD /x --quiet")
        assert isinstance(read, HealthCheck)
        assert read.test == ("CMD-SHELL", "/x --quiet")
        assert (read.interval, read.timeout, read.retries) == (90_000_000_000, 500_000_000, 3)

    @pytest.mark.parametrize("line", ["ARG --x A", "STOPSIGNAL --x TERM", "HEALTHCHECK --x NONE", "RUN", "CMD"])
    def test_flags_that_are_swallowed_and_arguments_that_may_be_missing(self, line):
        assert parse(f"FROM a\n{line}\n").ok

    def test_comments_stay_in_the_value_where_it_is_one_text(self):
        read = last("WORKDIR /app # c")
        assert isinstance(read, Workdir)
        assert read.path.text == "/app # c"

    def test_onbuild_keeps_its_expression_with_heredocs(self):
        read = last("onbuild  RUN <<EOF\nx\nEOF\n")
        assert isinstance(read, OnBuild)
        assert read.expression == "RUN <<EOF\nx\nEOF"
        trigger = parse_trigger(read.expression)
        assert isinstance(trigger, Run)
        assert trigger.heredocs[0].content == "x\n"

    def test_triggers_are_checked_when_they_fire(self):
        assert parse("FROM a\nONBUILD BLAH\n").ok
        assert parse_trigger("BLAH").message == "unknown instruction: BLAH"
        assert parse_trigger("RUN a\nRUN b").message == "onbuild trigger should be a single expression"

    def test_comments_above_belong_to_the_instruction(self):
        file = parse("# syntax=x\n# one\n\n# two\nFROM a\n# three\n#\n# four\nRUN x\n")
        assert file.instructions[0].comments == ("one", "two")
        assert file.instructions[1].comments == ("four",)

    def test_json_paths_may_hold_blanks(self):
        read = last('VOLUME ["/a b", "/c"]')
        assert isinstance(read, Volume)
        assert [path.text for path in read.paths] == ["/a b", "/c"]

    def test_global_args_and_stages(self):
        file = parse("ARG A=1\nFROM a AS X\nRUN x\nFROM x\n")
        assert [arg.items[0].name for arg in file.global_args] == ["A"]
        assert [(stage.display_name, len(stage.instructions)) for stage in file.stages] == [("x", 1), ("stage-1", 0)]


class TestExcerpts:
    def test_one_line_has_two_around_it(self):
        file = parse("FROM a\nRUN 1\nRUN 2\nFOO\nRUN 3\nRUN 4\nRUN 5\n")
        assert excerpt(file.source, [file.errors[0].span]) == (
            "Dockerfile:4\n--------------------\n   2 |     RUN 1\n   3 |     RUN 2\n   4 | >>> FOO\n"
            "   5 |     RUN 3\n   6 |     RUN 4\n--------------------\n"
        )

    def test_several_lines_have_one_around_them(self):
        file = parse("FROM a\nRUN 1\nFOO \\\n x\nRUN 3\nRUN 4\n")
        rows = excerpt(file.source, [file.errors[0].span], "docker/x").splitlines()
        assert rows[0] == "docker/x:3"
        assert rows[2:-1] == ["   2 |     RUN 1", "   3 | >>> FOO \\", "   4 | >>>  x", "   5 |     RUN 3"]

    def test_nothing_is_shown_for_a_place_outside(self):
        assert excerpt(parse("FROM a\n").source, [Span(0, 0, 0, 0)]) == ""
        assert excerpt(parse("FROM a\n").source, []) == ""


class TestDefects:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"FROM a\n\xff\xfe", "syntax.undecodable"),
            ("FROM a\n".encode("utf-16"), "syntax.utf16"),
            (b"\x7fELF\0\0", "syntax.binary"),
            ("FROM a\n\ufeffRUN x\n".encode(), "syntax.stray-bom"),
        ],
    )
    def test_bad_bytes_are_named_with_their_place(self, data, code):
        file = parse(data)
        assert [remark.code for remark in file.remarks] == [code]
        assert file.remarks[0].span is not None
        assert file.source.to_bytes() == data


LINES = st.lists(
    st.sampled_from([
        "FROM a AS b", "RUN x \\", "RUN <<EOF", "EOF", "", "# c", "# escape=`", "COPY <<A <<'B C' /x", "A", "B C",
        "ENV a=\"b c\" d='e\\", 'CMD ["a", 1]', 'CMD ["a"', "ONBUILD RUN <<EOF", "LABEL a b", "HEALTHCHECK --x=\\",
        '\tENV A=${b:-"', "\\", "  \\  ", "arg \u3000=", "EXPOSE 80 \r", 'FROM --platform="x', "\ufeff", "é\x00",
    ]),
    max_size=12,
)  # fmt: skip


class TestAnyText:
    @given(st.binary(max_size=300))
    @settings(max_examples=300, deadline=None)
    def test_any_bytes_are_read_and_written_back(self, data):
        assert parse(data).source.to_bytes() == data

    @given(LINES, st.sampled_from(["\n", "\r\n"]))
    @settings(max_examples=400, deadline=None)
    def test_any_lines_are_read_and_every_span_lies_inside(self, lines, ending):
        text = ending.join(lines)
        file = parse(text)
        assert file.source.text == text
        for read in file.instructions:
            assert 1 <= read.span.start_line <= read.span.end_line <= len(file.source.lines)
        for problem in file.errors:
            where = problem.where
            assert where is None or 1 <= where.start_line <= len(file.source.lines) + 1
