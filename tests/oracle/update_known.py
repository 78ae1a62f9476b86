"""Writes `known_differences.json` anew from what differs now; reasons already given stay, new ones are marked.

Run it with `python tests/oracle/update_known.py`, then give every `?` its reason, or mend what differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from oracle.compare import FLAVOURS, HERE, cases, compare  # noqa: E402  # found through the line above
from oracle.test_golden import ASPECTS, KNOWN  # noqa: E402  # likewise


def main() -> None:
    reasons = {(item["case"], item["aspect"], item.get("flavour")): item["reason"] for item in KNOWN}
    elsewhere = [item for item in KNOWN if item["aspect"] in {"post", "history_text", "transcript"}]
    rows = []
    for flavour in FLAVOURS:
        for folder in cases(flavour):
            found = {row.aspect for row in compare(folder, flavour) if row.aspect in ASPECTS[flavour] and not row.equal}
            for aspect in sorted(found):
                reason = reasons.get((folder.name, aspect, flavour), "?")
                rows.append({"case": folder.name, "aspect": aspect, "flavour": flavour, "reason": reason})
    rows.extend(elsewhere)  # other tests hold these to what differs
    text = ",\n".join("  " + json.dumps(row) for row in rows)
    (HERE / "known_differences.json").write_text(f"[\n{text}\n]\n")
    new = [row for row in rows if row["reason"] == "?"]
    print(f"{len(rows)} differences, {len(new)} of them without a reason", *new, sep="\n")  # noqa: T201  # a tool for the terminal


if __name__ == "__main__":
    main()
