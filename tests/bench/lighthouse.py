"""Lighthouse on the home page of both languages, as a desktop and as a phone sees it, with nginx as the host.

Where nginx is missing, the measurements' own server takes its place, without the policy in the headers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Figure, Record
from bench.hosting import hosted
from bench.link import at_the_end_of_a_line

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "build/bench-peers/npm/node_modules/lighthouse/cli/index.js"
REPORTS = ROOT / "build/bench/lighthouse"
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FORMS = {"desktop": ("--preset=desktop",), "mobile": ()}
PAGES = {"ko": "", "en": "en/"}
MOST_RUNS = 5
LEAST_ON_A_PHONE = 95


def measure(chromium: str, record: Record, rounds: int) -> None:
    """Points from 0 to 100 of each category; what costs points is named."""
    if not PROGRAM.is_file():
        record.note(f"Lighthouse is not measured: no {PROGRAM.relative_to(ROOT)} (npm ci failed)")
        return
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    points: dict[tuple[str, str, str], list[float]] = {}
    faults: dict[tuple[str, str], list[str]] = {}
    with _host() as (address, host):
        for number in range(min(rounds, MOST_RUNS)):
            for lang, path in PAGES.items():
                for form in FORMS:
                    report = _run(chromium, address + path, form, REPORTS / f"{lang}-{form}-{number}.json")
                    for name in CATEGORIES:
                        points.setdefault((lang, form, name), []).append(
                            round(report["categories"][name]["score"] * 100)
                        )
                    faults[lang, form] = _faults(report)
    group = f"Lighthouse {json.loads((PROGRAM.parents[1] / 'package.json').read_text(encoding='utf-8'))['version']}, home page, {host}"
    for (lang, form, name), values in points.items():
        target = LEAST_ON_A_PHONE if (form, name) == ("mobile", "performance") else 100
        record.add(Figure(group, f"{lang}, {form}: {name}", "points", tuple(values), target))
    for (lang, form), found in faults.items():
        if found:
            record.note(f"{lang}, {form}, what cost points in the last run: {'; '.join(found)}")


@contextmanager
def _host() -> Iterator[tuple[str, str]]:
    """The site's address, and the host's name."""
    if shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        with tempfile.TemporaryDirectory() as folder, hosted("nginx", ROOT / "site", Path(folder)) as address:
            yield address, "nginx"
    else:
        with at_the_end_of_a_line(ROOT / "site") as host:
            yield host.address, "no nginx here: our own server"


def _run(chromium: str, address: str, form: str, out: Path) -> dict[str, Any]:
    command = ["node", str(PROGRAM), address, *FORMS[form], "--quiet", "--output=json", f"--output-path={out}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"]
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert out.is_file(), done.stderr[-2000:]
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert "runtimeError" not in report, report["runtimeError"]
    return report


def _faults(report: dict[str, Any]) -> list[str]:
    """Audits that count and are below the top, with what they show."""
    found = []
    for name in CATEGORIES:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.995:
                found.append(f"{part['id']} {audit.get('displayValue', '')}".strip().replace("\xa0", " "))
    return found
