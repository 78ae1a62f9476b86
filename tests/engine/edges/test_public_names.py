"""What `from layerlab import …` offers."""

import subprocess
import sys

import pytest

import layerlab


def test_a_dockerfile_is_built_and_its_history_printed():
    lab = layerlab.Lab(now=1_790_000_000_000_000_000)
    record = lab.build("FROM alpine:3.20\nRUN touch /x\n", context=layerlab.Context(), tag="demo")
    assert record.ok
    assert "RUN /bin/sh -c touch /x # buildkit" in lab.docker("history demo").stdout


def test_a_dockerfile_is_checked():
    report = layerlab.check("FROM alpine AS Build\n")
    assert report.exit_code == 1
    assert "StageNameCasing" in report.stdout


def test_reading_dockerfiles_loads_no_host():
    code = "import sys; from layerlab import parse; parse('FROM x'); print('layerlab.build' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "False\n"


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = layerlab.nonsense
