"""The list of markets beside the ladder: those that are watched, or else all, then the alerts. Pure."""

from functools import partial
from itertools import islice

from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.watch_list import WatchList
from omega_tui.ui.panes.market_pane import market_rows, market_title
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.panes.price_alerts import waiting_lines
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.session.session_state import SessionState


def watch_lines(
    session: SessionState, width: int, rows: int, *, now_ns: int
) -> tuple[Line, tuple[Line, ...]]:
    """Return the title, and what stands in the `rows` lines under it.

    Args:
        session: What is listed, watched and waited for.
        width: Cells of a line.
        rows: How many lines there are.
        now_ns: Wall clock of the engine.
    """
    desk, watch = session.desk, session.watch
    title = f"WATCH {len(watch)}" if watch else "MARKETS"
    listed = watch.known(desk.instruments) if watch else list(islice(desk.instruments.values(), rows))
    below = (
        *_elsewhere(desk, watch, width, rows // 3),
        *waiting_lines(session.alerts.waiting, desk, width, rows // 2),
    )
    lines = market_rows(
        listed,
        desk,
        width=width,
        rows=max(0, rows - len(below)),
        selected=None,
        shown=session.instrument_id,
        changes=session.changes,
        may_be_bad=partial(session.may_be_bad, now_ns=now_ns),
    )
    return market_title(desk, width, title, has_changes=True), (*lines, *below)


def _elsewhere(desk: Desk, watch: WatchList, width: int, at_most: int) -> tuple[Line, ...]:
    """Return the watched markets whose venue is not open, by the names that they had."""
    names = [one.name or one.instrument for one in watch.unknown(desk.instruments)[:at_most]]
    return tuple(message(f"  {name}: not listed now", width) for name in names)
