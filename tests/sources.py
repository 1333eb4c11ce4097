"""The package's own source, for tests that read it: of what nothing may do, and of who alone may do it."""

import ast
import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "omega_tui"


@cache
def sources():
    """Return the text of every module by its path below the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def trees_with(words):
    """Yield name and syntax tree of every module in whose text one of the words stands.

    A name that is used is written down, so that nothing is missed in the others; parsing them is most of what
    such a search costs.
    """
    any_of = re.compile("|".join(map(re.escape, sorted(words))))
    for name, text in sources().items():
        if any_of.search(text):
            yield name, ast.parse(text)
