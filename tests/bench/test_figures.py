"""The interval of a median, and the line that a throttled host imitates."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path

import pytest
from bench.figures import Figure, Record, interval
from bench.link import Line, at_the_end_of_a_line
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=40)


@given(VALUES)
def test_the_median_lies_in_its_interval(values: list[float]) -> None:
    figure = Figure("", "", "ms", tuple(values))
    span = interval(values)
    assert span.low <= figure.median <= span.high


@pytest.mark.parametrize(
    ("count", "low", "high", "surety"), [(1, 1, 1, 0), (6, 1, 6, 31 / 32), (7, 1, 7, 63 / 64), (9, 2, 8, 0.9609375)]
)
def test_the_interval_is_the_narrowest_pair_with_95_percent(count: int, low: int, high: int, surety: float) -> None:
    span = interval([float(value) for value in range(1, count + 1)])
    assert (span.low, span.high, span.surety) == (low, high, surety)


def test_times_have_a_ceiling_and_points_a_floor() -> None:
    assert Figure("", "", "ms", (49.0, 51.0, 50.0), 50).met
    assert not Figure("", "", "points", (99.0,), 100).met
    assert Figure("", "", "", (1.0,)).met is None


def test_a_record_is_json_and_a_table_with_the_same_medians(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Record({"Machine": "one"})
    record.add(Figure("Start", "ours / stock", "", (0.1, 0.3, 0.2), 0.15))
    record.note("JupyterLite is not measured: no network")
    record.write(tmp_path / "deep/page.json")
    content = json.loads((tmp_path / "deep/page.json").read_text(encoding="utf-8"))
    table = (tmp_path / "deep/page.md").read_text(encoding="utf-8")
    assert (content["figures"][0]["median"], content["figures"][0]["met"]) == (0.2, False)
    assert "| ours / stock | 0.20 | 0.10 .. 0.30 (75%) | 3 | ≤ 0.15: MISSED |" in table
    assert "JupyterLite is not measured: no network" in table
    assert "MISSED" in capsys.readouterr().out


def test_a_line_carries_no_more_than_its_rate_and_counts_what_it_carries(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(bytes(200_000))
    with at_the_end_of_a_line(tmp_path) as host:
        host.line = Line("slow", rate=1_000_000, round_trip=0.05)
        began = time.monotonic()
        with urllib.request.urlopen(host.address + "file.bin") as answer:  # noqa: S310 - our own server
            assert len(answer.read()) == 200_000
        assert time.monotonic() - began >= 0.3
        host.quiet(0.1)
        assert 200_000 < host.sent < 201_000
        assert host.requests == 1
