"""The names of all tests, for indexes that say where something is tested."""

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent


@cache
def names_of_tests():
    """Return the name of every test function."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, kinds)
    }
