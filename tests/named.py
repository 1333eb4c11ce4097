"""The names of all tests, for indexes that say where something is tested."""

import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent


@cache
def names_of_tests():
    """Return the name of every test function."""
    test = re.compile(r"^(?:async )?def (\w+)\(", re.MULTILINE)
    return {name for path in TESTS.rglob("test_*.py") for name in test.findall(path.read_text("utf-8"))}
