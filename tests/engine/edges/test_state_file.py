"""A host in a file: what is written is read, and nothing else is."""

import io
import json
import zipfile

import pytest

from layerlab.build.context import Context
from layerlab.lab import Lab
from layerlab.state import StateError, read_state, write_state

NOW = 1_790_000_000_000_000_000


@pytest.fixture
def lab():
    made = Lab(now=NOW)
    made.build(
        "FROM busybox\nRUN echo hi > /x\nCOPY . /app\n", context=Context.from_entries([{"path": "f"}]), tag="demo"
    )
    made.docker("run --name c demo touch /y")
    return made


def packed(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.json", text)
    return buffer.getvalue()


class TestRoundTrip:
    def test_a_host_read_back_is_written_the_same(self, lab):
        data = write_state(lab.host)
        assert write_state(read_state(data)) == data

    def test_commands_answer_the_same_on_the_host_read_back(self, lab):
        other = Lab(host=read_state(write_state(lab.host)), now=NOW)
        for line in ("history demo", "images", "ps -a", "diff c"):
            assert other.docker(line).stdout == lab.docker(line).stdout

    def test_the_build_cache_survives(self, lab):
        other = Lab(host=read_state(write_state(lab.host)), now=NOW)
        record = other.build("FROM busybox\nRUN echo hi > /x\n")
        assert [step.status for step in record.steps if step.instruction == "RUN"] == ["cached"]


class TestRefusing:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"no zip",
            packed(other="{}"),
            packed(state="nonsense"),
            packed(state=json.dumps({"schema": 99, "root": [0], "nodes": []})),
            packed(state=json.dumps({"schema": 1, "root": [5], "nodes": []})),
            packed(state=json.dumps({"schema": 1, "root": [0], "nodes": [["t"]]})),
            packed(state=json.dumps({"schema": 1, "root": [0], "nodes": [["Popen", {"args": "x"}]]})),
            packed(state=json.dumps({"schema": 1, "root": [0], "nodes": [["Host", {"nonsense": 1}]]})),
        ],
    )
    def test_what_is_no_state_of_ours_is_refused_with_a_reason(self, data):
        with pytest.raises(StateError):
            read_state(data)
