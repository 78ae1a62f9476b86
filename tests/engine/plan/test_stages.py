"""Stages: names, targets, what is needed and why, what refers to what."""

import pytest
from engine.plan.plan_builders import PATH, Shelf, error, facts, labels, operations, plan, texts

from layerlab.plan.contexts import ContextFiles, ContextImage, ContextUnusable
from layerlab.plan.model import FilesBase, ImageBase, Needed, NotNeeded, ScratchBase, StageBase
from layerlab.plan.operations import ContextSource, EmptySource, ImageSource, StageSource

CHAIN = "FROM alpine AS a\nRUN one\nFROM alpine AS unused\nRUN two\nFROM a AS c\nCOPY --from=a /x /x\n"


class TestNames:
    def test_from_finds_an_earlier_stage_only_in_lower_case(self):
        assert plan("FROM alpine AS Base\nFROM base").stages[1].base == StageBase(0)
        assert error("FROM alpine AS Base\nFROM Base") == (
            'failed to parse stage name "Base": invalid reference format: repository name (library/Base) must be lowercase'
        )

    def test_a_stage_named_like_its_image_hides_the_image_from_later_stages_only(self):
        made = plan("FROM alpine AS alpine\nFROM alpine")
        assert isinstance(made.stages[0].base, ImageBase)
        assert made.stages[1].base == StageBase(0)

    def test_a_later_stage_is_an_image_for_an_earlier_from(self):
        shelf = Shelf()
        plan("FROM later\nFROM alpine AS later", shelf=shelf, target="later")
        assert shelf.asked == [("alpine", "linux/amd64")]

    def test_a_number_is_an_image_for_from(self):
        assert error("FROM alpine\nFROM 0").startswith(
            "0: failed to resolve source metadata for docker.io/library/0:latest"
        )

    def test_the_latest_of_equal_names_counts(self):
        assert plan("FROM alpine AS a\nFROM busybox AS a\nFROM a").stages[2].base == StageBase(1)

    def test_scratch_is_empty_and_takes_no_step(self):
        made = plan("FROM scratch\nCOPY a /a")
        assert isinstance(made.stages[0].base, ScratchBase)
        assert labels("FROM scratch\nCOPY a /a") == ["[1/1] COPY a /a"]
        assert made.config.working_dir == "/"
        assert made.config.env == (PATH,)

    def test_an_image_without_layers_has_no_step_but_counts(self):
        made = plan("FROM alpine\nRUN x", shelf=Shelf(layers=0))
        assert made.stages[0].from_label == ""
        assert made.stages[0].operations[0].facts.label == "[1/2] RUN x"

    def test_a_blank_name_is_refused_with_the_raw_text(self):
        assert error("ARG X\nFROM $X") == "base name ($X) should not be blank"
        assert error('FROM "" AS a') == 'base name ("") should not be blank'

    def test_a_bad_reference_fails_in_an_unneeded_stage_too(self):
        assert error("FROM UPPER\nFROM alpine").startswith('failed to parse stage name "UPPER"')
        assert error("FROM alpine\nFROM alpine AS x\nCOPY --from=UPPER a b", target="x").startswith(
            "failed to parse stage name"
        )


class TestTarget:
    def test_the_last_stage_is_built_without_one(self):
        assert plan(CHAIN).target == 2

    def test_its_case_does_not_matter(self):
        assert plan(CHAIN, target="UNUSED").target == 1

    @pytest.mark.parametrize(
        ("target", "hint"), [("unusde", " (did you mean unused?)"), ("0", " (did you mean a?)"), ("nothing", "")]
    )
    def test_an_unknown_one_is_refused_with_a_suggestion(self, target, hint):
        made = plan(CHAIN, target=target)
        assert made.error.message == f'target stage "{target}" could not be found{hint}'
        assert made.error.spans == ()
        assert made.metadata == ()

    def test_its_name_is_targetstage(self):
        assert texts("FROM alpine AS a\nARG TARGETSTAGE\nFROM alpine", target="A") == ["ARG TARGETSTAGE=A"]
        assert texts("FROM alpine\nARG TARGETSTAGE") == ["ARG TARGETSTAGE=default"]
        assert texts("FROM alpine AS z\nARG TARGETSTAGE") == ["ARG TARGETSTAGE=z"]


class TestNeed:
    def test_every_stage_says_why_it_is_built_or_not(self):
        made = plan(CHAIN)
        assert [stage.need for stage in made.stages] == [
            Needed(2, "from"),
            NotNeeded(2, after=False),
            Needed(None, "target"),
        ]
        assert made.order == (0, 2)

    def test_stages_after_the_target_say_so(self):
        assert plan(CHAIN, target="a").stages[2].need == NotNeeded(0, after=True)

    def test_a_mount_needs_its_stage(self):
        made = plan("FROM alpine AS a\nFROM alpine\nRUN --mount=from=a,target=/a ls")
        assert made.stages[0].need == Needed(1, "mount")

    def test_unneeded_images_are_not_asked_for(self):
        shelf = Shelf()
        plan("FROM nowhere\nFROM alpine", shelf=shelf)
        assert shelf.asked == [("alpine", "linux/amd64")]

    def test_the_check_asks_for_all_without_a_target(self):
        assert plan("FROM nowhere\nFROM alpine", check=True).error.message.startswith("nowhere: failed to resolve")
        assert plan("FROM nowhere\nFROM alpine AS a", check=True, target="a").error is None

    def test_an_error_in_an_unneeded_stage_is_met_by_the_check_alone(self):
        text = "FROM alpine\nEXPOSE abc\nFROM alpine"
        assert plan(text).error is None
        assert plan(text, check=True).error.message == "invalid containerPort: abc"


class TestCopySources:
    @pytest.mark.parametrize(
        ("origin", "source"),
        [("a", StageSource(0)), ("A", StageSource(0)), ("0", StageSource(0)), ("+0", StageSource(0))],
    )
    def test_a_stage_by_name_or_number(self, origin, source):
        (copy,) = operations(f"FROM alpine AS a\nFROM alpine\nCOPY --from={origin} /x /x")
        assert copy.from_ == source

    def test_the_context_without_from(self):
        (copy,) = operations("FROM alpine\nCOPY x /x")
        assert copy.from_ == ContextSource()

    def test_an_image(self):
        (copy,) = operations("FROM alpine\nCOPY --from=busybox /x /x")
        assert copy.from_ == ImageSource("busybox", "docker.io/library/busybox:latest@sha256:" + "d" * 64)

    def test_scratch_is_empty(self):
        (copy,) = operations("FROM alpine\nCOPY --from=scratch /x* /x")
        assert copy.from_ == EmptySource()

    @pytest.mark.parametrize("index", ["2", "-1", "99"])
    def test_a_number_out_of_range_is_refused_without_a_place(self, index):
        made = plan(f"FROM alpine\nFROM alpine\nCOPY --from={index} a b")
        assert made.error.message == f"invalid stage index {int(index)}"
        assert made.error.spans == ()

    @pytest.mark.parametrize("origin", ["$x", "${x}", "\"'a'\""])
    def test_variables_and_quotes_are_refused_in_from(self, origin):
        made = plan(f"FROM alpine AS a\nFROM alpine\nCOPY --from={origin} a b")
        assert made.error.message.startswith("variable expansion is not supported for --from")
        assert made.error.spans == ()

    def test_a_later_stage_is_refused_at_its_line(self):
        made = plan("FROM alpine AS a\nCOPY --from=B /x /x\nFROM alpine AS b\nFROM a")
        assert made.error.message == ('cannot copy from stage "B", it needs to be defined before current stage "a"')
        assert [span.start_line for span in made.error.spans] == [2]
        assert asked_for(made) == ["docker.io/library/alpine:latest"]

    def test_a_later_stage_does_not_matter_where_it_is_not_needed(self):
        assert plan("FROM alpine AS a\nCOPY --from=b /x /x\nFROM alpine AS b").error is None

    def test_a_later_stage_is_refused_in_mounts_too(self):
        assert error("FROM alpine AS a\nRUN --mount=from=b,target=/x y\nFROM alpine AS b\nFROM a") == (
            'cannot mount from stage "b" to "/x", stage needs to be defined before current command'
        )

    def test_numbers_are_no_stages_for_mounts(self):
        assert error("FROM alpine AS a\nFROM alpine\nRUN --mount=from=0,target=/x y").startswith("0: failed to resolve")

    @pytest.mark.parametrize("name", ["nope", "No/PE"])
    def test_an_image_of_a_mount_that_cannot_be_had_shows_no_place(self, name):
        assert plan(f"FROM alpine\nCOPY --from={name} /a /b").error.spans
        assert plan(f"FROM alpine\nRUN --mount=from={name},target=/x y").error.spans == ()


class TestCircles:
    def test_copying_from_oneself(self):
        made = plan("FROM alpine AS me\nCOPY --from=me /x /x")
        assert made.error.message == "circular dependency detected on stage: me"
        assert [span.start_line for span in made.error.spans] == [2]

    def test_two_stages_mark_both_lines_the_last_first(self):
        made = plan("FROM alpine AS a\nCOPY --from=b /x /x\nFROM alpine AS b\nCOPY --from=a /x /x\n")
        assert made.error.message == "circular dependency detected on stage: a"
        assert [span.start_line for span in made.error.spans] == [4, 2]

    def test_unneeded_circles_fail_too(self):
        assert error("FROM alpine AS a\nCOPY --from=a /x /x\nFROM alpine").startswith("circular dependency")

    def test_a_diamond_is_no_circle(self):
        text = "FROM alpine AS a\nFROM alpine AS b\nCOPY --from=a /x /x\nFROM alpine AS c\nCOPY --from=a /x /x\n"
        assert plan(text + "FROM alpine\nCOPY --from=b /x /\nCOPY --from=c /x /").error is None

    def test_long_chains_need_no_recursion(self):
        stages = [f"FROM alpine AS s{number}\nCOPY --from=s{number - 1} /x /x" for number in range(1, 3000)]
        assert plan("FROM alpine AS s0\n" + "\n".join(stages)).error is None


def asked_for(made):
    return [lookup.title.removeprefix("[internal] load metadata for ") for lookup in made.metadata]


class TestNamedContexts:
    def test_an_image_takes_the_place_of_a_base(self):
        made = plan("FROM alpine", contexts={"alpine": ContextImage("busybox")})
        assert made.stages[0].base.facts.reference == "busybox"

    def test_a_folder_can_be_copied_from(self):
        (copy,) = operations("FROM alpine\nCOPY --from=src /x /x", contexts={"src": ContextFiles()})
        assert copy.from_ == ContextSource("src")

    def test_its_step_has_the_contexts_name_and_no_number(self):
        made = plan("FROM base\nRUN x", contexts={"base": ContextImage("alpine:3")})
        assert made.stages[0].from_label == "[context base] alpine:3"
        assert made.stages[0].operations[0].facts.label == "[1/2] RUN x"
        assert [lookup.title for lookup in made.metadata] == ["[context base] load metadata for alpine:3"]

    def test_a_stage_of_its_name_is_replaced_whole(self):
        made = plan(
            "FROM alpine AS tools\nRUN never\nFROM alpine\nCOPY --from=tools /x /x",
            contexts={"tools": ContextFiles()},
        )
        assert made.stages[0].base == FilesBase("tools")
        assert made.stages[0].operations == ()
        assert made.stages[1].operations[0].from_ == StageSource(0)

    @pytest.mark.parametrize("base", ["alpine", "alpine:latest", "docker.io/library/alpine"])
    def test_an_image_goes_by_its_short_name(self, base):
        made = plan(f"FROM {base}", contexts={"alpine": ContextFiles()})
        assert made.stages[0].base == FilesBase("alpine")

    def test_another_tag_is_another_image(self):
        assert isinstance(plan("FROM alpine:3", contexts={"alpine": ContextFiles()}).stages[0].base, ImageBase)

    def test_one_for_the_platform_goes_first(self):
        contexts = {"alpine": ContextFiles(), "alpine::linux/amd64": ContextImage("busybox")}
        made = plan("FROM alpine", contexts=contexts)
        assert made.stages[0].from_label == "[context alpine::linux/amd64] busybox"

    def test_scratch_and_context_stay_what_they_are(self):
        contexts = {"scratch": ContextFiles(), "context": ContextFiles()}
        assert plan("FROM scratch\nLABEL a=1", contexts=contexts).stages[0].base == ScratchBase()

    def test_an_image_called_scratch_is_the_empty_file_system(self):
        assert plan("FROM x\nLABEL a=1", contexts={"x": ContextImage("scratch")}).stages[0].base == ScratchBase()

    def test_an_unusable_one_fails_where_it_is_used(self):
        made = plan("FROM alpine\nCOPY --from=x /a /a", contexts={"x": ContextUnusable("unsupported")})
        assert made.error.message == "unsupported"
        assert [span.start_line for span in made.error.spans] == [2]

    def test_a_missing_image_has_no_prefix_and_no_suggestion(self):
        made = plan("FROM base", contexts={"base": ContextImage("alpin")})
        full = "docker.io/library/alpin:latest"
        assert made.error.message == f"failed to resolve source metadata for {full}: {full}: not found"

    def test_a_stage_name_must_do_as_a_context_name(self):
        assert error("FROM alpine AS a-") == "invalid context name a-: invalid reference format"
        assert plan("FROM alpine AS a-").error.spans == ()


def warned(text, **more):
    return [(found.rule, found.message) for found in plan(text, **more).warnings]


class TestWarningsBeforeAnError:
    """What the checks had found until then is told."""

    def test_a_from_that_cannot_be_expanded_tells_its_unknown_names(self):
        hint = "FROM argument 'MYARCH' is not declared (did you mean MY_ARCH?)"
        assert ("UndefinedArgInFrom", hint) in warned("ARG MY_ARCH=a\nFROM --platform=linux/${MYARCH} alpine")
        assert ("UndefinedArgInFrom", "FROM argument 'Q' is not declared") in warned("FROM ${Q?}")

    @pytest.mark.parametrize("line", ["WORKDIR ${X?}", "ENV SECRET=${X:?m}", "COPY $X ${Y?} /"])
    def test_an_instruction_tells_its_undefined_variables_and_nothing_else(self, line):
        assert {rule for rule, _ in warned(f"FROM alpine\n{line}")} == {"UndefinedVar"}

    def test_an_arg_tells_of_its_secret_name_first(self):
        assert [rule for rule, _ in warned("FROM alpine\nARG TOKEN=${Y?}")] == ["SecretsUsedInArgOrEnv", "UndefinedVar"]

    def test_expose_tells_of_the_ports_up_to_the_bad_one(self):
        found = warned("FROM alpine\nEXPOSE 1:2 80/TCP abc z:9")
        assert [rule for rule, _ in found] == ["ExposeInvalidFormat", "ExposeProtoCasing"]


class TestEntitlements:
    @pytest.mark.parametrize(
        ("flag", "name"), [("--network=host", "network.host"), ("--security=insecure", "security.insecure")]
    )
    def test_what_needs_allow_is_refused_without_a_place(self, flag, name):
        made = plan(f"FROM alpine\nRUN {flag} x")
        assert (made.error.message, made.error.spans) == (f"failed to load LLB: {name} is not allowed", ())
        assert plan(f"FROM alpine\nRUN {flag} x", check=True).error is None


class TestMissingImages:
    def test_the_error_stands_at_the_from_and_under_its_step(self):
        made = plan("FROM alpine AS a\nFROM alpin\nCOPY --from=a /x /x")
        found = made.error
        assert found.message == (
            "alpin: failed to resolve source metadata for docker.io/library/alpin:latest: "
            "docker.io/library/alpin:latest: not found (did you mean alpine?)"
        )
        assert found.vertex == "[internal] load metadata for docker.io/library/alpin:latest"
        assert [span.start_line for span in found.spans] == [2]
        assert asked_for(made) == ["docker.io/library/alpine:latest", "docker.io/library/alpin:latest"]

    def test_a_copy_source_stands_at_the_copy(self):
        made = plan("FROM alpine\nCOPY --from=nowhere:1 /x /x")
        assert made.error.message.startswith(
            "nowhere:1: failed to resolve source metadata for docker.io/library/nowhere:1"
        )
        assert [span.start_line for span in made.error.spans] == [2]

    def test_facts_that_are_not_loaded_are_asked_for_all_at_once(self):
        made = plan("FROM alpine AS a\nFROM busybox\nCOPY --from=a x x", shelf=Shelf(absent=("alpine", "busybox")))
        assert made.needs == ("image/alpine", "image/busybox")
        assert made.error is None

    def test_another_platform_warns(self):
        made = plan("FROM arm", check=True)
        assert [(found.rule, found.message) for found in made.warnings] == [
            (
                "InvalidBaseImagePlatform",
                'Base image arm was pulled with platform "linux/arm64", expected "linux/amd64" for current build',
            )
        ]


class TestPlatforms:
    def test_the_image_is_asked_for_the_platform_of_its_from(self):
        shelf = Shelf()
        plan("FROM --platform=linux/arm64 alpine", shelf=shelf)
        assert shelf.asked == [("alpine", "linux/arm64")]

    def test_the_build_platform_is_the_default(self):
        shelf = Shelf()
        plan("FROM alpine", shelf=shelf, platform="linux/arm/v7")
        assert shelf.asked == [("alpine", "linux/arm/v7")]

    def test_an_empty_expression_is_refused(self):
        assert error("FROM --platform=$BULIDPLATFORM alpine") == (
            "empty platform value from expression $BULIDPLATFORM (did you mean BUILDPLATFORM?)"
        )

    def test_a_bad_one_names_the_expression(self):
        assert error("ARG MY_ARCH\nFROM --platform=linux/${MYARCH} alpine", build_args={"MY_ARCH": "amd64"}) == (
            'failed to parse platform linux/${MYARCH}: "" is an invalid component of "linux/": '
            'platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument (did you mean MY_ARCH?)'
        )


class TestTriggers:
    def test_they_come_first_and_leave_ordinary_history(self):
        assert texts("FROM parent\nRUN own") == [
            "RUN /bin/sh -c first # buildkit",
            "ENV second=2",
            "RUN /bin/sh -c own # buildkit",
        ]

    def test_step_names_tell_of_onbuild(self):
        made = plan("FROM parent\nRUN own")
        assert made.stages[0].from_label.startswith("[1/2] FROM docker.io/library/parent:latest@")
        assert labels("FROM parent\nRUN own") == ["[2/4] ONBUILD RUN first", "[3/4] RUN own"]

    def test_they_point_at_the_from(self):
        first = facts("# top\nFROM parent\nRUN own")[0]
        assert (first.trigger, first.span.start_line, first.instruction) == (0, 2, 0)

    def test_the_child_does_not_pass_them_on(self):
        assert plan("FROM parent").config.on_build == ()

    def test_those_of_a_parent_stage_fire_wherever_they_stand(self):
        text = "FROM alpine AS p\nRUN x\nONBUILD RUN y\nFROM p\nRUN z"
        assert texts(text) == ["RUN /bin/sh -c y # buildkit", "RUN /bin/sh -c z # buildkit"]
        assert plan(text).config.on_build == ()

    def test_grandchildren_do_not_run_them(self):
        assert texts("FROM alpine AS p\nONBUILD RUN y\nFROM p AS q\nFROM q\nRUN z") == ["RUN /bin/sh -c z # buildkit"]

    def test_they_can_need_a_stage(self):
        images = {"alpine": Shelf().images["alpine"], "p": Shelf().images["parent"]}
        images["p"] = type(images["p"])(on_build=("COPY --from=assets /x /x",))
        made = plan("FROM alpine AS assets\nFROM p", shelf=Shelf(images))
        assert made.stages[0].need == Needed(1, "copy")
        assert made.stages[1].operations[0].from_ == StageSource(0)

    def test_a_broken_one_is_reported_at_the_from_without_prefix(self):
        images = {"p": type(Shelf().images["parent"])(on_build=("RUNN x",))}
        made = plan("FROM p", shelf=Shelf(images))
        assert made.error.message == "unknown instruction: RUNN (did you mean RUN?)"
        assert [span.start_line for span in made.error.spans] == [1]
