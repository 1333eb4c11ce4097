"""The first order of a day with real money: confirmed by typing what it trades, and written down."""

from collections.abc import Iterable

import msgspec

from omega_tui.clock import Clock
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import OrderRefused
from omega_tui.services.journal import Entry, Journal
from omega_tui.units import NS_PER_DAY

FIRST = "first_order"
"""The journal's word for a confirmation."""


LEAST_LETTERS = 4
"""So much of a long name must be typed."""


class FirstOrder:
    """Whether today's first order at a venue was confirmed. A day is one of UTC."""

    def __init__(self, venue: str, clock: Clock, journal: Journal, *, is_live: bool) -> None:
        self._venue = venue
        self._clock = clock
        self._journal = journal
        self._is_live = is_live
        self._day = -1

    @property
    def is_due(self) -> bool:
        """Whether money is real and nothing was confirmed today."""
        return self._is_live and self._day != self._today()

    def restore(self, entries: Iterable[Entry]) -> None:
        """Take up what was confirmed before a restart, if that was today."""
        days = [e.ts_ns // NS_PER_DAY for e in entries if e.kind == FIRST and e.venue == self._venue]
        self._day = max(days, default=-1)

    def type(self, typed: str, instruments: Iterable[Instrument]) -> None:
        """Confirm by what was typed: the name of something that is traded here, or its beginning.

        Raises:
            OrderRefused: Nothing here is called so.
        """
        wanted = typed.strip().casefold()
        for one in instruments:
            name = one.name.casefold()
            if name == wanted or (len(wanted) >= LEAST_LETTERS and name.startswith(wanted)):
                self.confirm(one.name)
                return
        raise OrderRefused(
            "FIRST_ORDER", f"Nothing at {self._venue} is called {typed[:40]!r}: type its name."
        )

    def confirm(self, what: str) -> None:
        """Note that somebody named what is to be traded today."""
        if not self.is_due:
            return
        self._day = self._today()
        now_ns = self._clock.now_ns()
        self._journal.append(Entry(now_ns, self._venue, "", FIRST, msgspec.json.encode(what)))

    def _today(self) -> int:
        return self._clock.now_ns() // NS_PER_DAY
