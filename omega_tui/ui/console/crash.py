"""What is printed when the screen crashes: what and where, never a value (security, control C11)."""

from collections.abc import Callable
from traceback import TracebackException

from omega_tui.text import safe_text

MAX_FRAMES = 20
MAX_MESSAGE = 300


def crash_report(error: BaseException, redact: Callable[[str], str]) -> str:
    """Return a crash as text: no local variables, no source lines, nothing that a terminal could obey.

    Args:
        error: What was raised.
        redact: Takes known secrets out of a text.
    """
    told = TracebackException.from_exception(error, capture_locals=False, lookup_lines=False)
    frames = [
        f"  {safe_text(frame.filename, max_cells=200)}:{frame.lineno} in {safe_text(frame.name)}"
        for frame in list(told.stack)[-MAX_FRAMES:]
    ]
    message = safe_text(redact(str(error)), max_cells=MAX_MESSAGE) if str(error) else ""
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return "\n".join(
        [
            "omega-tui crashed. The services were stopped in order; working orders stay at the venue.",
            *frames,
            what,
            "The log file has this too.",
        ]
    )
