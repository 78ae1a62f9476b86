"""Runs inside Pyodide: bytecode without what no page reads, since all of it would travel in the memory snapshot.

Gone are docstrings (by -OO), the annotations of functions, and the tables that lead from bytecode to lines of source:
there is no source beside it in the browser. Annotations of classes stay, dataclasses are made from them.
"""

import ast
import types


def without_annotations(source: bytes) -> ast.Module:
    """The module's tree less what functions say about the types of their arguments, results and variables."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
            given = node.args
            for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
                if one is not None:
                    one.annotation = None
    return tree


def without_lines(code: types.CodeType) -> types.CodeType:
    """The code and all code in it; its line tables say "no line", eight instructions a byte."""
    full, rest = divmod(len(code.co_code) // 2, 8)
    nowhere = b"\xff" * full + (bytes([0xF8 | (rest - 1)]) if rest else b"")
    inner = tuple(without_lines(one) if isinstance(one, types.CodeType) else one for one in code.co_consts)
    return code.replace(co_linetable=nowhere, co_consts=inner)
