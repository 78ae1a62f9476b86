"""The bytes that image ids are made of."""

from __future__ import annotations

import pytest

from layerlab.image.assemble import dated
from layerlab.image.config import (
    HealthCheck,
    HistoryEntry,
    ImageConfig,
    config_bytes,
    legacy_run_config,
    parse_run_config,
    run_config,
)
from layerlab.image.gojson import dumps, from_rfc3339, rfc3339

FULL = ImageConfig(  # noqa: S604  # Docker's own word `shell`
    user="app",
    exposed_ports=("80/tcp",),
    env=("A=1",),
    entrypoint=("/x",),
    cmd=("a", "b"),
    volumes=("/v",),
    working_dir="/w",
    labels=(("a", "<b>"),),
    stop_signal="SIGTERM",
    args_escaped=True,
    healthcheck=HealthCheck(("CMD", "x"), interval=5, retries=2),
    on_build=("RUN x",),
    shell=("/bin/bash", "-c"),
)


def test_config_is_compact_sorted_on_top_and_escaped_like_gos() -> None:
    config = ImageConfig(env=("A=<&>\u2028",), cmd=("sh",))
    history = (HistoryEntry(1_000_000_001, "RUN x", "c"), HistoryEntry(2_000_000_000, "CMD", "c", empty_layer=True))
    assert config_bytes(config, history, ("sha256:1",), 2_000_000_000).decode() == (
        '{"architecture":"amd64","config":{"Env":["A=\\u003c\\u0026\\u003e\\u2028"],"Cmd":["sh"]},'
        '"created":"1970-01-01T00:00:02Z","history":[{"created":"1970-01-01T00:00:01.000000001Z","created_by":"RUN x",'
        '"comment":"c"},{"created":"1970-01-01T00:00:02Z","created_by":"CMD","comment":"c","empty_layer":true}],'
        '"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:1"]}}'
    )


def test_keys_of_the_run_config_stand_in_dockers_order() -> None:
    assert list(run_config(FULL)) == [
        "User",
        "ExposedPorts",
        "Env",
        "Entrypoint",
        "Cmd",
        "Volumes",
        "WorkingDir",
        "Labels",
        "StopSignal",
        "ArgsEscaped",
        "Healthcheck",
        "OnBuild",
        "Shell",
    ]
    assert run_config(ImageConfig()) == {}


def test_the_legacy_form_writes_empty_ones_out() -> None:
    empty = legacy_run_config(ImageConfig())
    assert (empty["Cmd"], empty["Volumes"], empty["WorkingDir"], empty["Labels"]) == (None, None, "", None)
    assert "StopSignal" not in empty


@pytest.mark.parametrize("write", [run_config, legacy_run_config])
def test_reading_gives_back_what_was_written(write: object) -> None:
    assert parse_run_config(write(FULL)) == FULL  # type: ignore[operator]


@pytest.mark.parametrize("text", ["2024-05-01T00:00:00Z", "2024-05-01T00:00:00.12Z", "1969-12-31T23:59:59.5Z"])
def test_times_keep_their_fraction(text: str) -> None:
    assert rfc3339(from_rfc3339(text)) == text


def test_times_with_an_offset_are_read() -> None:
    assert from_rfc3339("1970-01-01T09:00:01.5+09:00") == 1_500_000_000


def test_broken_text_becomes_the_replacement_character() -> None:
    assert dumps("a\udcff") == '"a\ufffd"'


class TestTimesOfHistory:
    """Entries without a layer have no time of their own."""

    @staticmethod
    def times(*created: int | None) -> list[int | None]:
        return [entry.created for entry in dated([HistoryEntry(moment, "x") for moment in created])]

    def test_the_first_ones_take_that_of_the_layer_after_them_the_others_of_the_layer_before(self) -> None:
        assert self.times(1, 5, None, 7, None) == [1, 5, 7, 7, 7]
        assert self.times(1, None, 5, None, 7, None) == [1, 5, 5, 5, 7, 7]

    def test_leading_ones_take_that_of_the_first_new_layer(self) -> None:
        assert self.times(1, None, None, 7) == [1, 7, 7, 7]

    def test_without_a_new_layer_that_of_the_last_base_layer(self) -> None:
        assert self.times(1, 2, None, None) == [1, 2, 2, 2]

    def test_with_nothing_at_all_there_is_none(self) -> None:
        assert self.times(None) == [None]
