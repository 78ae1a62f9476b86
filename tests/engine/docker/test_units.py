"""Sizes and durations at every boundary of the specification (1.1, 1.2)."""

from __future__ import annotations

import pytest

from layerlab.docker import durations, units

SECOND = durations.SECOND
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


@pytest.mark.parametrize(
    ("size", "short", "long"),
    [
        (0, "0B", "0B"),
        (999, "999B", "999B"),
        (1000, "1kB", "1kB"),
        (1234, "1.23kB", "1.234kB"),
        (4096, "4.1kB", "4.096kB"),
        (72_800_000, "72.8MB", "72.8MB"),
        (123_456_789, "123MB", "123.5MB"),
        (1_000_000_000, "1GB", "1GB"),
        (999_600_000, "1e+03MB", "999.6MB"),
        (999_960_000, "1e+03MB", "1000MB"),
        (-1, "-1B", "-1B"),
    ],
)
def test_human_sizes(size, short, long):
    assert (units.human(size, units.SHORT), units.human(size, units.LONG)) == (short, long)


@pytest.mark.parametrize(("size", "text"), [(1536, "1.5KiB"), (0, "0B"), (1024**3, "1GiB")])
def test_binary_sizes(size, text):
    assert units.bytes_size(size) == text


@pytest.mark.parametrize(("size", "text"), [(31, "31B"), (999, "999B"), (5120, "5.12kB"), (1_050_000, "1.05MB")])
def test_progress_bytes(size, text):
    assert units.progress_bytes(size) == text


def test_an_unknown_size_is_a_question_mark():
    assert units.maybe(None) == "?"


@pytest.mark.parametrize(
    ("text", "size"), [("512m", 512 << 20), ("1.5k", 1536), ("2GiB", 2 << 30), ("7", 7), ("3b", 3), ("1Kb", 1024)]
)
def test_sizes_are_read_in_binary_units(text, size):
    assert units.parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "invalid size: 'x'"),
        ("", "invalid size: ''"),
        ("5Q", "invalid suffix: 'q'"),
        ("5ib", "invalid suffix: 'ib'"),
    ],
)
def test_sizes_that_are_refused(text, message):
    with pytest.raises(units.InvalidSizeError) as refused:
        units.parse_size(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (-5 * SECOND, "Less than a second"),
        (SECOND - 1, "Less than a second"),
        (SECOND, "1 second"),
        (2 * SECOND, "2 seconds"),
        (MINUTE - 1, "59 seconds"),
        (MINUTE, "About a minute"),
        (2 * MINUTE - 1, "About a minute"),
        (2 * MINUTE, "2 minutes"),
        (HOUR - 1, "59 minutes"),
        (HOUR, "About an hour"),
        (90 * MINUTE - 1, "About an hour"),
        (90 * MINUTE, "2 hours"),
        (47 * HOUR, "47 hours"),
        (47 * HOUR + 30 * MINUTE, "2 days"),
        (335 * HOUR, "13 days"),
        (336 * HOUR, "2 weeks"),
        (1439 * HOUR, "8 weeks"),
        (1440 * HOUR, "2 months"),
        (17519 * HOUR, "24 months"),
        (17519 * HOUR + 30 * MINUTE, "1 years"),
        (17520 * HOUR, "2 years"),
    ],
)
def test_human_durations(duration, text):
    assert durations.human_duration(duration) == text


def test_history_has_no_age_before_the_year_2000():
    now = durations.YEAR_2000 + 100 * SECOND
    assert durations.history_age(durations.YEAR_2000, now) == "N/A"
    assert durations.history_age(None, now) == "N/A"
    assert durations.history_age(durations.YEAR_2000 + 40 * SECOND, now) == "About a minute ago"


def test_images_count_from_1970():
    assert durations.ago(0, 1_790_000_000 * SECOND) == "56 years ago"


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0s"),
        (30 * SECOND, "30s"),
        (90 * SECOND, "1m30s"),
        (HOUR, "1h0m0s"),
        (1_500_000, "1.5ms"),
        (SECOND * 3 // 2, "1.5s"),
    ],
)
def test_go_durations(duration, text):
    assert durations.go_duration(duration) == text


def test_moments():
    moment = 1_777_629_600 * SECOND + 5
    assert durations.rfc3339_seconds(moment) == "2026-05-01T10:00:00Z"
    assert durations.go_time(moment) == "2026-05-01 10:00:00 +0000 UTC"
