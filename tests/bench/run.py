"""`make bench-page`: what a reader waits for, as medians of paired rounds on this machine, with their intervals.

Printed as it comes, and recorded with machine and versions in build/bench/page.json and page.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bench import lighthouse, peers, starts, work  # noqa: E402 - the path is set above
from bench.figures import Record  # noqa: E402
from bench.link import FAST, NEAR, SLOW, at_the_end_of_a_line  # noqa: E402
from bench.machine import about  # noqa: E402

PARTS = ("bytes", "starts", "peers", "work", "lighthouse")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def main() -> None:
    """All parts, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be given more than once")
    parser.add_argument("--record", type=Path, default=ROOT / "build/bench/page.json")
    options = parser.parse_args()
    wanted, rounds = options.only or PARTS, options.rounds
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(starts.PLAIN))
        record = Record({**about(browser.version), "Rounds": str(rounds)})
        program = program or playwright.chromium.executable_path
        browsers = starts.Browsers(playwright.chromium, program)
        others, missing = peers.lay_out(Path(folder))
        for reason in missing:
            record.note(reason)
        with at_the_end_of_a_line(Path(folder)) as host:
            if "bytes" in wanted:
                starts.bytes_travelled(browsers, host, record, others)
            if "starts" in wanted:
                for line in (NEAR, FAST, SLOW):
                    starts.against_stock(browsers, host, record, rounds, line)
            if "peers" in wanted:
                starts.against_peers(browsers, host, record, rounds, others)
            if "work" in wanted:
                work.measure(browser, host, Path(folder), record, rounds)
        browser.close()
        if "lighthouse" in wanted:
            lighthouse.measure(program, record, rounds)
    record.about["Took"] = f"{(time.monotonic() - began) / 60:.0f} min"
    record.write(options.record)
    print(f"\nRecorded in {options.record} and {options.record.with_suffix('.md').name}; {record.about['Took']}")


if __name__ == "__main__":
    main()
