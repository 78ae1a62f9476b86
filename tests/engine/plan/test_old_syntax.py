"""What the legacy builder of 20.10 refuses that today's BuildKit builds."""

import pytest
from engine.plan.plan_builders import error

NEEDS = (
    "the --{} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with "
    "BuildKit enabled"
)


def legacy(lines):
    return error(f"FROM alpine\n{lines}\n", flavour="legacy")


class TestSyntax:
    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ("COPY --link a /b", "line 2: Unknown flag: link"),
            ("ADD --checksum=sha256:aa a /b", "line 2: Unknown flag: checksum"),
            ("RUN --network=none x", "line 2: Unknown flag: network"),
            ("HEALTHCHECK --start-interval=1s CMD x", "line 2: Unknown flag: start-interval"),
            ("HEALTHCHECK --retries=0 CMD x", "line 2: --retries must be at least 1 (not 0)"),
            ("HEALTHCHECK --retries=-2 CMD x", "line 2: --retries must be at least 1 (not -2)"),
            ("RUN <<EOF\necho hi\nEOF", "line 3: unknown instruction: ECHO"),
            ("COPY <<EOF /x\n\nEOF", "line 4: unknown instruction: EOF"),
            ("COPY --link a /b\nFOO", "line 2: Unknown flag: link"),
            ("FOO\nCOPY --link a /b", "line 2: unknown instruction: FOO"),
        ],
    )
    def test_newer_forms_are_parse_errors_in_the_files_order(self, lines, message):
        assert legacy(lines) == f"Error response from daemon: dockerfile parse error {message}"

    def test_a_lexer_error_comes_first(self):
        assert legacy("COPY --link a /b\nENV a").endswith("failed to parse Dockerfile: ENV must have two arguments")


class TestDispatch:
    @pytest.mark.parametrize(
        ("line", "flag"),
        [("COPY --chmod=7 a /", "chmod"), ("ADD --chmod=7 a /", "chmod"), ("RUN --mount=target=/x y", "mount")],
    )
    def test_known_flags_need_buildkit(self, line, flag):
        assert legacy(line) == NEEDS.format(flag)

    def test_a_bad_platform(self):
        assert error("FROM --platform=foo alpine", flavour="legacy") == (
            'failed to parse platform foo: "foo": unknown operating system or architecture: invalid argument'
        )

    @pytest.mark.parametrize(
        ("word", "message"),
        [
            ("${X:=y}", "unsupported modifier (=) in substitution"),
            ("${X-y}", "missing ':' in substitution"),
            ("${X?y}", "X: y"),
        ],
    )
    def test_modifiers(self, word, message):
        assert legacy(f"ENV A={word}") == f'failed to process "{word}": {message}'
