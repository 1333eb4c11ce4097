"""How deep a JSON text is nested, told before anything parses it.

A parser in C descends on the machine's stack. It counts against the interpreter's recursion limit, but a
library that raises that limit turns a hundred thousand opening brackets into a crash of the process.
"""

import re
from typing import Final

MAX_DEPTH: Final = 32
"""Nothing that a venue sends is nested deeper than a handful (security, control C6)."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def is_too_deep(text: str, limit: int = MAX_DEPTH) -> bool:
    """Whether more than `limit` arrays and objects stand inside each other. Stops at the first that does."""
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for token in _TOKEN.finditer(text):
        match text[token.start()]:
            case "[" | "{":
                depth += 1
                if depth > limit:
                    return True
            case "]" | "}":
                depth -= 1
            case _:
                pass
    return False
