"""When the screen takes an arming back: the ground for it is gone (ladder specification, section 6). Pure."""

from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.integrity import ConnectionState, DataState
from omega_tui.ui.session.session import Session

NO_GROUND = frozenset({DataState.STALE, DataState.DOWN})


def armed(session: Session) -> list[ArmChanged]:
    """Return the armings in force, of every venue."""
    return [arm for arm in session.desk.arm.values() if arm.mode is TradingMode.ARMED]


def why_disarm(session: Session, venue: str, now_ns: int) -> str:
    """Return why a venue must not stay armed; empty where it may.

    Args:
        session: With every ladder on screen.
        venue: One that is armed.
        now_ns: Wall clock of the engine.
    """
    if session.too_small:
        return "the terminal is too small to trade"
    for place in session.places:
        if place.instrument is None or place.instrument.venue != venue:
            continue
        data = session.status(now_ns, place)
        if data.state in NO_GROUND:
            return f"the book is {data.state}" + (f": {data.reason}" if data.reason else "")
    account = session.desk.account(venue)
    if account is not None and account.state is ConnectionState.DOWN:
        return "the private stream is down"
    return ""
