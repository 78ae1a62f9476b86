"""Platforms, signals, modes and Go's number formats."""

import pytest

from layerlab.plan.chmod import chmod_problem
from layerlab.plan.gotext import duration, quote_list, quote_rune
from layerlab.plan.platforms import PlatformError, parse_platform
from layerlab.plan.signals import is_signal

COMPONENT = 'platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument'


class TestPlatforms:
    @pytest.mark.parametrize(
        ("text", "normal"),
        [
            ("linux/amd64", "linux/amd64"),
            ("linux/x86_64", "linux/amd64"),
            ("Linux/AMD64", "linux/amd64"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/armhf", "linux/arm"),
            ("linux/aarch64", "linux/arm64"),
            ("arm64", "linux/arm64"),
            ("linux", "linux/amd64"),
            ("macos/arm64", "darwin/arm64"),
        ],
    )
    def test_are_normalised_as_containerd_does(self, text, normal):
        assert parse_platform(text).text == normal

    def test_an_empty_component_is_named(self):
        with pytest.raises(PlatformError) as caught:
            parse_platform("linux/")
        assert str(caught.value) == f'"" is an invalid component of "linux/": {COMPONENT}'

    def test_an_unknown_word_is_refused(self):
        with pytest.raises(PlatformError) as caught:
            parse_platform("toaster")
        assert str(caught.value) == '"toaster": unknown operating system or architecture: invalid argument'

    def test_four_components_are_refused(self):
        with pytest.raises(PlatformError) as caught:
            parse_platform("a/b/c/d")
        assert str(caught.value) == '"a/b/c/d": cannot parse platform specifier: invalid argument'


class TestSignals:
    @pytest.mark.parametrize("text", ["9", "SIGTERM", "term", "sigkill", "RTMIN+1", "SIGRTMAX-14", "-1", "123"])
    def test_numbers_and_names_are_taken(self, text):
        assert is_signal(text)

    @pytest.mark.parametrize("text", ["0", "NOPE", "", "RTMIN+16", "RTMAX-15", "SIG", "1.5"])
    def test_others_are_not(self, text):
        assert not is_signal(text)


class TestModes:
    @pytest.mark.parametrize("text", ["644", "0755", "7777", "u=rw,go-w", "a+X", "+x", "u=g", "=", "u+s,o+t"])
    def test_good_ones_have_no_problem(self, text):
        assert chmod_problem(text) == ""

    @pytest.mark.parametrize("text", ["10000", "999", "64a", "0o644"])
    def test_numbers_that_are_no_mode_are_named(self, text):
        assert (
            chmod_problem(text)
            == f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
        )

    @pytest.mark.parametrize("text", ["z+x", "u", "rw", "u+q", "u=rw,", "u+ug"])
    def test_broken_clauses_are_a_syntax_error(self, text):
        assert chmod_problem(text) == "invalid syntax"


class TestGoText:
    @pytest.mark.parametrize(
        ("nanoseconds", "text"),
        [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (500_000_000, "500ms"),
            (1_000_000_000, "1s"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"),
            (-2_000_000_000, "-2s"),
            (60_000_000_001, "1m0.000000001s"),
        ],
    )
    def test_durations(self, nanoseconds, text):
        assert duration(nanoseconds) == text

    @pytest.mark.parametrize(
        ("code", "text"), [(0, r"'\x00'"), (2, r"'\x02'"), (10, r"'\n'"), (39, r"'\''"), (34, "'\"'"), (65, "'A'")]
    )
    def test_numbers_as_characters(self, code, text):
        assert quote_rune(code) == text

    def test_lists(self):
        assert quote_list(["/bin/sh", "-c", 'echo "a\tb"']) == r'["/bin/sh" "-c" "echo \"a\tb\""]'
        assert quote_list([]) == "[]"
