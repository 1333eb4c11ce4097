"""Times and shares of learning in words. Pure."""

from omega_tui.units import NS_PER_S


def until_words(ns: int) -> str:
    """Return a time to come in words; a minute at least."""
    minutes = max(1, round(ns / NS_PER_S / 60))
    if minutes < 90:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"


def due_words(due_ns: int, now_ns: int) -> str:
    """Return when something is due: `now`, or `in 3 days`."""
    return "now" if due_ns <= now_ns else f"in {until_words(due_ns - now_ns)}"
