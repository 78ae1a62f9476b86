"""Runs inside Pyodide: the engine's wheel as bytecode of this very interpreter, and a lock that names it alone."""

import ast
import hashlib
import importlib
import marshal
import os
import sys
import zipfile
from pathlib import Path

TOOLS, OUT, CORE = Path("/tools"), Path("/out"), Path("/core")
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
KEPT_DATA = "layerlab/catalogue/data/index.json"


def without_data(wheel: Path, target: Path) -> None:
    """Copy a wheel less the catalogue's data, which the page fetches file by file when it is needed."""
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(source.namelist()):
            if name.startswith("layerlab/catalogue/data/") and name != KEPT_DATA:
                continue
            data = source.read(name)
            if name.endswith(".py"):
                data = ast.unparse(without_annotations(data)).encode()
            if name.endswith(".dist-info/RECORD"):
                lines = data.decode().splitlines(keepends=True)
                data = "".join(
                    line for line in lines if "/catalogue/data/" not in line or line.startswith(KEPT_DATA)
                ).encode()
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)


def rewritten(wheel: Path, target: Path) -> None:
    """Copy a wheel of bytecode less the tables of line numbers."""
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith(".pyc"):
                code = without_lines(marshal.loads(data[16:]))  # noqa: S302  (made a moment ago)
                data = data[:16] + marshal.dumps(code)
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)


def main(wheel_name: str) -> str:
    """Write `/out/layerlab-…-cp314-none-any.whl` and `/out/pyodide-lock.json`; returns the new wheel's name."""
    for tool in sorted(TOOLS.glob("*.whl")):
        zipfile.ZipFile(tool).extractall("/lib/python3.14/site-packages")
    importlib.invalidate_caches()
    from pyodide_build._py_compile import _py_compile_archive
    from pyodide_lock import PyodideLockSpec
    from pyodide_lock.utils import add_wheels_to_spec

    os.environ["SOURCE_DATE_EPOCH"] = "315532800"  # py_compile then writes hash-based files: equal bytes at every build
    work = Path("/work")
    work.mkdir(exist_ok=True)
    plain = work / wheel_name
    without_data(Path("/wheels") / wheel_name, plain)
    compiled = _py_compile_archive(plain, keep=True, compression_level=9)
    if compiled is None:
        raise SystemExit(f"{wheel_name}: nothing to compile")
    target = OUT / compiled.name
    rewritten(compiled, target)
    spec = PyodideLockSpec.from_json(CORE / "pyodide-lock.json")
    spec.packages.clear()
    # pyodide-lock reads names and dependencies from the plain wheel: the tag cp314-none-any, which pyodide-build
    # gives a compiled one, isn't among those it takes for pure Python.
    spec = add_wheels_to_spec(spec, [plain], base_path=work) or spec
    entry = spec.packages["layerlab"]
    entry.file_name = target.name
    entry.sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
    spec.to_json(OUT / "pyodide-lock.json")
    return target.name


result = main(WHEEL)
print(sys.version.split()[0], result)
