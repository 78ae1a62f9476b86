"""Says when the differential tests can't run."""

from __future__ import annotations

from engine.shell.shell_roots import has_root


def pytest_report_header() -> str:
    return "differential shell tests: " + (
        "real dash, busybox and bash in temporary roots" if has_root() else "NOT RUN, they need root"
    )
