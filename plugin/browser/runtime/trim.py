"""Runs inside Pyodide after the engine was used: the standard library's modules in use, as bytecode in one zip."""

import importlib._bootstrap_external as bootstrap
import importlib.util
import sys
import zipfile

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
SOURCE = f"/lib/python{sys.version_info.major}{sys.version_info.minor}.zip"
ALWAYS = ("encodings", "codecs", "importlib", "zipfile", "zipimport", "shutil", "json", "re", "collections", "pyodide", "_pyodide")
"""Packages kept whole: a fallback must not fail over a codec or a path that only another boot order takes."""

TYPED = ("pyodide", "_pyodide", "typing", "functools", "importlib", "dataclasses", "annotationlib", "inspect")
"""Packages that read the annotations of functions themselves."""


def module_of(name: str) -> str:
    module = name.removesuffix(".py").replace("/", ".")
    return module.removesuffix(".__init__")


def bytecode(source: bytes, name: str) -> bytes:
    """Hash-based, unchecked: the same bytes at every build."""
    typed = module_of(name).partition(".")[0] in TYPED
    tree = source if typed else without_annotations(source)
    code = without_lines(compile(tree, name, "exec", dont_inherit=True, optimize=2))
    return bytes(bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def main(target: str) -> int:
    """Write the zip; returns how many modules it has."""
    used = set(sys.modules)
    with zipfile.ZipFile(SOURCE) as stdlib, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        names = [
            name
            for name in sorted(stdlib.namelist())
            if name.endswith(".py") and (module_of(name) in used or module_of(name).partition(".")[0] in ALWAYS)
        ]
        for name in names:
            out.writestr(zipfile.ZipInfo(name + "c", FIXED_TIME), bytecode(stdlib.read(name), name))
    return len(names)


result = main("/tmp/trimmed.zip")
