"""On what machine and with which versions a measurement was made."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def about(chromium: str) -> dict[str, str]:
    """Words for a record. The commit has a `+` where the working copy differs from it."""
    pyodide = json.loads((ROOT / "node_modules/pyodide/package.json").read_text(encoding="utf-8"))["version"]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "Machine": f"{_processor()}, {os.cpu_count()} cores, {_memory()} of memory",
        "System": f"{platform.system()} {platform.release()}, load {load} at the start",
        "Versions": f"Chromium {chromium}, Pyodide {pyodide}, Python {platform.python_version()}, Node {_said('node', '--version').lstrip('v')}",
        "Commit": _said("git", "describe", "--always", "--dirty=+", "--exclude=*"),
    }


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
