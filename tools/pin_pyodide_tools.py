"""Pin with hashes the wheels that run on Pyodide's Python: `pyodide.txt` and `bench-wheels.txt` in `requirements/`.

pip-compile resolves for the Python it runs on; these wheels run on 3.14 inside Pyodide, so pip's own
`--python-version` is asked instead. Of the first list, dependencies that the paths we call never import are left out;
the second is what micropip, JupyterLite's kernel and their dependencies are in Pyodide's own lock, and `comm`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ROOT / "requirements"
TARGET = ("--only-binary", ":all:", "--python-version", "3.14", "--platform", "any", "--implementation", "py")
KERNEL = ("micropip", "ipython", "jedi", "packaging")
TOOLS_NOTE = "# Written by `make requirements`; see pyodide.in.\n"
BENCH_NOTE = """# Written by `make requirements`: what micropip and JupyterLite's kernel load, in the versions of
# Pyodide's own lock, and `comm`, which it lacks. `make bench` downloads and never installs them.
"""


def main() -> None:
    """Download what each list names and write names, versions and hashes."""
    pin("pyodide.txt", TOOLS_NOTE, "-r", str(REQUIREMENTS / "pyodide.in"))
    pin("bench-wheels.txt", BENCH_NOTE, *locked(KERNEL), "comm")


def pin(name: str, note: str, *wanted: str) -> None:
    """Write one file of requirements."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *TARGET)
        subprocess.run([*command, *wanted], check=True)  # noqa: S603
        for wheel in sorted(Path(folder).glob("*.whl")):
            package, version = wheel.name.split("-")[:2]
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            lines += [f"{package.replace('_', '-')}=={version} \\", f"    --hash=sha256:{digest}"]
    (REQUIREMENTS / name).write_text(note + "\n".join(lines) + "\n", encoding="utf-8")


def locked(names: tuple[str, ...]) -> list[str]:
    """Those packages and what they depend on, as `name==version` of Pyodide's lock."""
    lock = json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text(encoding="utf-8"))
    packages = {key.lower().replace("_", "-"): value for key, value in lock["packages"].items()}
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found[name] = f"{name}=={packages[name]['version']}"
            waiting += packages[name]["depends"]
    return list(found.values())


if __name__ == "__main__":
    main()
