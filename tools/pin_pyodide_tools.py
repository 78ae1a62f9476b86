"""Write `requirements/pyodide.txt`: the wheels of `pyodide.in` that fit Pyodide's Python, pinned with hashes.

pip-compile resolves for the Python it runs on; these wheels run on 3.14 inside Pyodide, so pip's own
`--python-version` is asked instead. Dependencies that the paths we call never import are left out.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
TARGET = ("--only-binary", ":all:", "--python-version", "3.14", "--platform", "any", "--implementation", "py")


def main() -> None:
    """Download what `pyodide.in` names and write names, versions and hashes."""
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *TARGET)
        subprocess.run([*command, "-r", str(REQUIREMENTS / "pyodide.in")], check=True)  # noqa: S603
        lines = ["# Written by `make requirements`; see pyodide.in."]
        for wheel in sorted(Path(folder).glob("*.whl")):
            name, version = wheel.name.split("-")[:2]
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            lines += [f"{name.replace('_', '-')}=={version} \\", f"    --hash=sha256:{digest}"]
    (REQUIREMENTS / "pyodide.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
