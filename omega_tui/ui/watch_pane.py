"""What the list of markets beside the ladder shows: the watched ones, or all where none is watched. Pure."""

from collections.abc import Sequence
from itertools import islice

from omega_tui.domain.instrument import Instrument
from omega_tui.ui.desk import Desk
from omega_tui.ui.pane_lines import message
from omega_tui.ui.status_line import Line
from omega_tui.ui.watch_list import WatchList


def watch_pane(desk: Desk, watch: WatchList, *, at_most: int) -> tuple[str, Sequence[Instrument]]:
    """Return the title, and what is listed under it."""
    if not watch:
        return "MARKETS", list(islice(desk.instruments.values(), at_most))
    return f"WATCH {len(watch)}", watch.known(desk.instruments)


def watched_elsewhere(desk: Desk, watch: WatchList, width: int, at_most: int) -> tuple[Line, ...]:
    """Return the watched markets whose venue is not open, by the names that they had."""
    names = [one.name or one.instrument for one in watch.unknown(desk.instruments)[:at_most]]
    return tuple(message(f"  {name}: not listed now", width) for name in names)
