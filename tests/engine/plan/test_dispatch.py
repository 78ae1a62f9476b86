"""Instructions one by one: variables, configuration, operations, refusals; and that no text breaks the planner."""

import pytest
from engine.plan.plan_builders import PATH, error, facts, labels, operations, plan, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.memo import Memo
from layerlab.messages import load
from layerlab.plan.operations import ContextSource, CopyOperation, EmptySource, InlineFile, RunOperation


class TestVariables:
    def test_env_uses_the_old_value_and_arg_the_new(self):
        assert texts("FROM alpine\nENV A=1\nENV A=2 B=$A\nARG C=3 D=$C") == ["ENV A=1", "ENV A=2 B=1", "ARG C=3 D=3"]

    @pytest.mark.parametrize(
        ("text", "build_args", "shown"),
        [
            ("ARG A=g\nFROM alpine\nARG A", {}, "ARG A=g"),
            ("ARG A=g\nFROM alpine\nARG A=own", {}, "ARG A=own"),
            ("ARG A=g\nFROM alpine\nARG A=own", {"A": "cli"}, "ARG A=cli"),
            ("ARG A=g\nFROM alpine\nARG A", {"A": "cli"}, "ARG A=cli"),
            ("FROM alpine\nARG A", {}, "ARG A"),
            ("FROM alpine\nARG A=", {}, "ARG A="),
            ("FROM alpine\nARG TARGETARCH", {}, "ARG TARGETARCH=amd64"),
            ("FROM alpine\nARG TARGETARCH=x", {}, "ARG TARGETARCH=x"),
        ],
    )
    def test_command_line_beats_default_beats_global(self, text, build_args, shown):
        assert texts(text, build_args=build_args) == [shown]

    def test_global_arguments_are_unseen_until_declared(self):
        assert texts("ARG A=1\nFROM alpine\nUSER u$A") == ["USER u"]

    def test_arguments_reach_the_child_stage_but_an_env_of_the_parent_wins_there(self):
        text = "FROM alpine AS p\nENV V=env\nARG V=arg\nARG W=w\nFROM p\nUSER $V$W\nRUN x"
        assert texts(text) == ["USER envw", "RUN |2 V=env W=w /bin/sh -c x # buildkit"]

    def test_arguments_never_reach_the_configuration(self):
        assert plan("FROM alpine\nARG A=1\nRUN x").config.env == (PATH,)

    def test_the_environment_of_run_is_ordered_by_last_assignment(self):
        *_, run = operations("FROM shelled\nENV B=1\nENV A=2\nRUN x")
        assert [name for name, _ in run.env] == ["PATH", "B", "A"]

    def test_proxies_are_passed_apart(self):
        (run,) = operations("FROM alpine\nRUN x", build_args={"HTTP_PROXY": "p"})
        assert run.facts.proxies == (("HTTP_PROXY", "p"), ("http_proxy", "p"))
        assert "HTTP_PROXY" not in dict(run.env)
        assert run.facts.created_by == "RUN /bin/sh -c x # buildkit"

    def test_the_legacy_builder_lets_env_win_and_forgets_arguments_at_from(self):
        text = "FROM alpine AS p\nENV V=env\nARG V=arg\nARG W=w\nRUN x\nFROM p\nRUN y"
        made = plan(text, flavour="legacy")
        assert made.stages[0].operations[-1].facts.created_by == "|1 W=w /bin/sh -c x"
        assert made.stages[1].operations[-1].facts.created_by == "/bin/sh -c y"


class TestConfiguration:
    def test_entrypoint_clears_an_inherited_command_only(self):
        assert plan('FROM alpine\nENTRYPOINT ["e"]').config.cmd is None
        assert plan('FROM alpine\nCMD ["c"]\nENTRYPOINT ["e"]').config.cmd == ("c",)
        assert plan('FROM alpine AS p\nCMD ["c"]\nFROM p\nENTRYPOINT ["e"]').config.cmd is None

    def test_the_shell_of_the_base_is_used(self):
        (run,) = operations("FROM shelled\nRUN x")
        assert run.argv == ("/bin/bash", "-c", "x")
        assert (run.user, run.cwd) == ("app", "/srv")

    def test_workdir_at_the_root_is_no_layer_and_no_step_but_counts(self):
        assert labels("FROM alpine\nWORKDIR /\nRUN x") == ["[2/3] RUN x"]
        assert [item.makes_layer for item in facts("FROM alpine\nWORKDIR /\nWORKDIR a")] == [False, True]

    def test_labels_of_the_command_line_come_last_and_without_history(self):
        made = plan("FROM alpine\nLABEL a=1", labels=(("a", "cli"), ("z", "9")))
        assert made.config.labels == (("a", "cli"), ("z", "9"))
        assert texts("FROM alpine\nLABEL a=1", labels=(("a", "cli"),)) == ["LABEL a=1"]

    def test_onbuild_is_kept_and_leaves_no_history(self):
        made = plan("FROM alpine\nONBUILD RUN x")
        assert made.config.on_build == ("RUN x",)
        assert texts("FROM alpine\nONBUILD RUN x") == [None]

    def test_source_date_epoch_is_read(self):
        assert plan("FROM alpine", build_args={"SOURCE_DATE_EPOCH": "12"}).source_date_epoch == 12
        assert plan("ARG SOURCE_DATE_EPOCH=7\nFROM alpine").source_date_epoch == 7
        assert plan("FROM alpine").source_date_epoch is None

    @pytest.mark.parametrize(
        ("given", "shown"), [("+5", "ARG SOURCE_DATE_EPOCH=5"), ("context", "ARG SOURCE_DATE_EPOCH")]
    )
    def test_stages_see_source_date_epoch_as_the_time_it_stands_for(self, given, shown):
        assert texts("FROM alpine\nARG SOURCE_DATE_EPOCH", build_args={"SOURCE_DATE_EPOCH": given}) == [shown]

    def test_a_folder_is_asked_for_its_time_and_has_none(self):
        made = plan("FROM alpine", build_args={"SOURCE_DATE_EPOCH": "context"})
        assert made.source_date_epoch is None
        assert made.metadata[0].title == "[internal] resolve main build context metadata"

    def test_a_stage_with_one_remote_add_is_asked(self):
        text = "FROM scratch AS src\nARG V=1\nADD https://example.com/$V.tar /\nFROM alpine"
        made = plan(text, build_args={"SOURCE_DATE_EPOCH": "src"})
        assert (made.error, made.source_date_epoch) == (None, None)
        assert made.metadata[0].title == "[internal] resolve SOURCE_DATE_EPOCH source stage src"

    @pytest.mark.parametrize(
        ("stage", "message"),
        [
            ("FROM alpine AS src", "SOURCE_DATE_EPOCH stage must use FROM scratch"),
            ("FROM scratch AS src", "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD"),
            (
                "FROM scratch AS src\nrun x",
                "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported run instruction",
            ),
            (
                "FROM scratch AS src\nADD https://a/b https://a/c /",
                "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD source",
            ),
            ("FROM scratch AS src\nADD a /", "SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD"),
        ],
    )
    def test_another_stage_is_refused_at_its_from(self, stage, message):
        made = plan(f"{stage}\nFROM alpine", build_args={"SOURCE_DATE_EPOCH": "src"})
        assert made.error.message == message
        assert [span.start_line for span in made.error.spans] == [1]

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("yesterday", "invalid SOURCE_DATE_EPOCH: yesterday"),
            ("1.5", "invalid SOURCE_DATE_EPOCH: 1.5"),
            ("not now", "invalid context name not now: invalid reference format"),
        ],
    )
    def test_anything_else_is_refused_without_a_place(self, value, message):
        made = plan("FROM alpine", build_args={"SOURCE_DATE_EPOCH": value})
        assert (made.error.message, made.error.spans) == (message, ())
        assert "invalid SOURCE_DATE_EPOCH: x" in error("FROM alpine", build_args={"SOURCE_DATE_EPOCH": "x"})


class TestRun:
    @pytest.mark.parametrize(
        ("text", "argument", "note"),
        [
            ("RUN <<EOF\necho a\nEOF", "echo a\n", "RUN <<EOF (echo a)"),
            ("RUN <<-EOF\n\techo a\n\techo b\nEOF", "echo a\necho b\n", "RUN <<-EOF (echo a...)"),
            ("RUN <<EOF cat\nx\nEOF", "<<EOF cat\nx\nEOF", "RUN <<EOF cat"),
            ("RUN cat <<A <<B\n1\nA\n2\nB", "cat <<A <<B\n1\nA\n2\nB", "RUN cat <<A <<B"),
        ],
    )
    def test_a_heredoc_alone_is_the_script_and_otherwise_the_shells(self, text, argument, note):
        (run,) = operations(f"FROM alpine\n{text}\n")
        assert run.argv == ("/bin/sh", "-c", argument)
        assert run.facts.label == f"[2/2] {note}"

    def test_a_script_with_its_own_interpreter_is_a_file(self):
        (run,) = operations("FROM alpine\nRUN <<EOF\n#!/bin/x\ny\nEOF\n")
        assert run.argv == ("/bin/sh", "-c", "/dev/pipes/EOF")
        assert run.inline_files == (InlineFile("EOF", b"#!/bin/x\ny\n", 0o755),)

    def test_mounts_have_their_defaults(self):
        text = "--mount=type=cache,target=c --mount=type=secret,id=s --mount=target=/src --mount=type=tmpfs,target=/t"
        (run,) = operations(f"FROM alpine\nWORKDIR /w\nRUN {text} x")[1:]
        cache, secret, bind, tmpfs = run.mounts
        assert (cache.target, cache.id, cache.from_, cache.read_only) == ("/w/c", "/c", EmptySource(), False)
        assert (secret.target, secret.id, secret.read_only) == ("/run/secrets/s", "s", True)
        assert (bind.from_, bind.read_only) == (ContextSource(), True)
        assert (tmpfs.from_, tmpfs.read_only) == (None, False)

    def test_secret_values_are_masked_in_the_step_name(self):
        assert labels("FROM alpine\nRUN --mount=type=secret,id=s,env=TOKEN echo $TOKEN $OTHER") == [
            "[stage-0 2/2] RUN --mount=type=secret,id=s,env=TOKEN echo **** $OTHER"
        ]

    def test_the_root_is_no_mount_point(self):
        assert error("FROM alpine\nRUN --mount=type=tmpfs,target=/ x") == 'invalid mount target "/"'

    def test_an_empty_exec_form_fails_without_a_place(self):
        made = plan("FROM alpine\nRUN []")
        assert (made.error.message, made.error.spans) == (
            "failed to marshal LLB definition: arguments are required",
            (),
        )


class TestCopy:
    def test_bodies_are_expanded_unless_the_delimiter_is_quoted(self):
        (_, copy) = operations("FROM alpine\nENV A=1\nCOPY <<x <<'y' /d/\n\"$A\" \\$A\nx\n$A\ny\n")
        assert [item.data for item in copy.inline] == [b'"1" $A\n', b"$A\n"]

    def test_flags_and_paths_are_expanded_but_not_excludes(self):
        (_, copy) = operations("FROM alpine\nENV A=1\nCOPY --chown=$A --chmod=75$A --exclude=$A $A b$A/\n")
        assert (copy.chown, copy.chmod, copy.exclude) == ("1", "751", ("$A",))
        assert (copy.sources, copy.destination, copy.target) == (("1",), "b1/", "/b1/")

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("COPY https://x.org/a /a", "source can't be a URL for COPY"),
            ("COPY https://x.org/a.git /a", "source can't be a git ref for COPY"),
            ("ADD --checksum=sha256:00 a /a", "checksum requires HTTP(S) or Git sources"),
            ("ADD --checksum=sha256:00 a b /a", "checksum can't be specified for multiple sources"),
            ("ADD --checksum=zz https://x.org/a /a", "invalid checksum digest format"),
            ("COPY --chmod=z+x a /a", "invalid syntax"),
            ("STOPSIGNAL NOPE", "invalid signal: NOPE"),
            ("VOLUME $NOTHING", "VOLUME specified can not be an empty string"),
            ("EXPOSE abc", "invalid containerPort: abc"),
            ("USER ${X:?missing}", 'failed to process "${X:?missing}": X: missing'),
        ],
    )
    def test_refusals_stand_at_their_line(self, line, message):
        made = plan(f"FROM alpine\n{line}")
        assert made.error.message == message
        assert [span.start_line for span in made.error.spans] == [2]

    def test_remote_sources_are_told_apart(self):
        (add,) = operations("FROM alpine\nADD https://x.org/a.tgz b /d/")
        assert ([item.url for item in add.remotes], add.sources) == (["https://x.org/a.tgz"], ("b",))


class TestLegacySteps:
    def test_every_instruction_counts_and_labels_too(self):
        made = plan("ARG A=1\nFROM alpine\nENV B=$A\nRUN x", flavour="legacy", labels=(("k", "v"),))
        assert [item.label for item in made.preamble] == ["ARG A=1"]
        assert [item.facts.number for item in made.stages[0].operations] == [3, 4, 5]
        assert made.total_steps == 5

    def test_an_error_keeps_the_steps_before_it(self):
        made = plan("FROM alpine\nRUN x\nEXPOSE abc\nRUN y", flavour="legacy")
        assert (made.error.step, made.error.step_label, made.error.message) == (
            3,
            "EXPOSE abc",
            "Invalid containerPort: abc",
        )
        assert len(made.stages[0].operations) == 1

    def test_unused_stages_are_built_and_unused_arguments_named(self):
        made = plan("FROM alpine AS a\nFROM alpine", flavour="legacy", build_args={"Z": "1", "A": "2"})
        assert made.order == (0, 1)
        assert made.unused_arguments == ("A", "Z")

    def test_mounts_need_buildkit(self):
        assert error("FROM alpine\nRUN --mount=target=/x y", flavour="legacy").startswith(
            "the --mount option requires BuildKit"
        )


LINES = st.lists(
    st.sampled_from([
        "FROM alpine AS a", "FROM a", "FROM scratch AS b", "FROM $X", "ARG X=a", "ARG X", "ENV X=$X$X Y=${X:-z}", "RUN x",
        "COPY --from=b /x /x", "COPY --from=9 a b", "RUN --mount=from=a,target=/q x", "EXPOSE $X 80", "WORKDIR $X",
        "USER ${", "ONBUILD COPY --from=a x y", "ONBUILD NOPE", "CMD x", "ADD --chmod=$X a b", 'LABEL "$X"=1', "SHELL []",
        "HEALTHCHECK NONE", "STOPSIGNAL $X", "VOLUME $X", "RUN <<E", "E", "# check=error=true", "FROM parent AS p",
    ]),
    max_size=12,
)  # fmt: skip


class TestAnyText:
    @given(lines=LINES, flavour=st.sampled_from(["buildkit", "buildkit-20.10", "legacy"]), check=st.booleans())
    def test_is_planned_or_refused_but_never_breaks(self, lines, flavour, check):
        made = plan("\n".join(lines), flavour=flavour, check=check)
        assert made.error is not None or made.needs or made.config is not None

    @given(text=st.text(max_size=60))
    def test_even_if_it_is_noise(self, text):
        made = plan("FROM alpine\n" + text)
        assert made.error is not None or made.config is not None

    @given(lines=LINES)
    def test_gives_the_same_plan_twice(self, lines):
        assert plan("\n".join(lines)) == plan("\n".join(lines))


CHOICES = st.fixed_dictionaries({
    "flavour": st.sampled_from(["buildkit", "buildkit-20.10", "legacy"]),
    "check": st.booleans(),
    "build_args": st.sampled_from([{}, {"X": "b"}, {"X": "${"}]),
    "target": st.sampled_from([None, "a", "p"]),
    "ignore": st.sampled_from([None, parse_ignore("x\n"), parse_ignore("*\n")]),
})  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> list[str]:
    """A text and what becomes of it when lines are changed, put in and taken out."""
    lines = ["FROM alpine AS p", *draw(LINES)]
    texts = ["\n".join(lines)]
    for change in draw(st.lists(st.sampled_from(["put", "take", "change"]), min_size=1, max_size=4)):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + (change != "put")] = draw(LINES)[:1] if change != "take" else []
        texts.append("\n".join(lines))
    return texts


class TestMemory:
    """What is remembered of earlier plans changes no plan."""

    @settings(max_examples=80, deadline=None)
    @given(texts=edits(), choices=st.lists(CHOICES, min_size=1, max_size=3))
    def test_a_plan_is_the_same_with_and_without_it(self, texts, choices):
        memory = Memo(100)
        for text in texts:
            for choice in choices:
                assert plan(text, memory=memory, **choice) == plan(text, **choice)

    @pytest.mark.parametrize(
        ("one", "two", "options"),
        [
            ("FROM alpine\nARG A=1\nUSER $A", "FROM alpine\nARG A=2\nUSER $A", ({}, {})),
            ("FROM alpine\nENV A=1\nUSER $A", "FROM alpine\nENV A=2\nUSER $A", ({}, {})),
            ("ARG A=1\nFROM alpine\nARG A", "ARG A=2\nFROM alpine\nARG A", ({}, {})),
            ("FROM alpine\nARG A", None, ({"build_args": {"A": "1"}}, {"build_args": {"A": "2"}})),
            ("FROM alpine\nRUN x", None, ({"build_args": {"http_proxy": "1"}}, {})),
            ("FROM alpine\nARG TARGETARCH", None, ({"platform": "linux/arm64"}, {})),
            ("FROM alpine\nCOPY x /", None, ({"ignore": parse_ignore("x")}, {})),
            ("FROM alpine\nRUN x", None, ({"flavour": "buildkit-20.10"}, {})),
            ("FROM alpine\nRUN x", "FROM parent\nRUN x", ({}, {})),
            ("FROM alpine\nUSER a\nRUN x", "FROM alpine\nUSER b\nRUN x", ({}, {})),
            ("FROM alpine\nWORKDIR a\nWORKDIR b", "FROM alpine\nENV a=b\nWORKDIR b", ({}, {})),
            ("FROM alpine\nRUN x\nUSER y", "FROM alpine\nRUN x\nRUN y", ({}, {})),
            ("FROM alpine AS b\nRUN x\nFROM b", "FROM alpine AS c\nRUN x\nFROM c", ({}, {})),
            ("FROM alpine AS b\nFROM alpine\nCOPY --from=busybox / /", "FROM alpine AS busybox\nFROM alpine\nCOPY --from=busybox / /", ({}, {})),
            ("FROM alpine\nCMD a\nCMD b", "FROM alpine\nRUN a\nCMD b", ({}, {})),
            ("FROM alpine\nCMD a\nENTRYPOINT b", "FROM alpine\nRUN a\nENTRYPOINT b", ({}, {})),
            ("# check=skip=all\nFROM alpine\nWORKDIR x", "# check=skip=Non\nFROM alpine\nWORKDIR x", ({}, {})),
        ],
    )  # fmt: skip
    def test_whatever_else_an_instruction_depends_on_makes_it_another(self, one, two, options):
        before, after = options
        memory = Memo(100)
        assert plan(one, memory=memory, **before) != plan(two or one, **after)
        assert plan(two or one, memory=memory, **after) == plan(two or one, **after)

    def test_what_an_edit_leaves_as_it_is_keeps_its_operation(self):
        memory = Memo(100)
        one = plan("FROM alpine\nENV A=1\nRUN one\nCMD x\nRUN two", memory=memory).stages[0].operations
        two = plan("FROM alpine\nENV A=1\nRUN eno\nCMD x\nRUN two", memory=memory).stages[0].operations
        assert [before is after for before, after in zip(one, two, strict=True)] == [True, False, True, True]

    def test_a_warning_is_given_again(self):
        memory, text = Memo(100), "FROM alpine\nWORKDIR x\nCMD a b"
        assert plan(text, memory=memory).warnings
        assert plan(text, memory=memory).warnings == plan(text).warnings


def test_every_error_of_the_plan_has_an_explanation_in_both_languages():
    codes = {"circle", "later-stage", "mount", "port", "expansion", "target", "no-such-image", "epoch", "no-arguments"}
    for language in ("ko", "en"):
        assert all(f"explain.plan.{code}" in load(language) for code in codes)


def test_operations_are_told_apart_by_their_class():
    run, copy = operations("FROM alpine\nRUN x\nCOPY a b")
    assert isinstance(run, RunOperation)
    assert isinstance(copy, CopyOperation)
