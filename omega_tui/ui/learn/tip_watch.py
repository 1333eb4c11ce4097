"""Notices on the screen what a tip could be about, and keeps the tip that is shown.

It asks nobody: what it noticed waits until the app takes it to the teacher, who nearly always says nothing.
"""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.notices import Noticed
from omega_tui.domain.teaching import Finding, Tip
from omega_tui.ui.desk.desk import Desk
from omega_tui.units import NS_PER_S

if TYPE_CHECKING:
    from omega_tui.education.book_notices import BookNotices
    from omega_tui.education.notices import Notices
    from omega_tui.education.signals import BarSignals, Signal

MOST_WAITING: Final = 20
"""What was noticed while an order was entered waits; of more the oldest is forgotten."""
WAITS_NS: Final = 60 * NS_PER_S
"""What waited longer is not news any more."""
SHOWN_NS: Final = 5 * 60 * NS_PER_S
"""How long a tip stays that nobody sends away."""
BARS_A_LOOK: Final = 25
"""Bars of the past that are read in one look: some 3 ms."""


class TipWatch:
    """What was noticed and not yet told, and the tip on the screen.

    Attributes:
        tip: What is shown; None for nothing.
        coming: What is shown at the next turn: it may have come while an order was being entered.
        is_on: Whether tips are wanted at all: nothing is looked at otherwise.
    """

    def __init__(self, desk: Desk) -> None:
        self.tip: Tip | None = None
        self.coming: Tip | None = None
        self.is_on = True
        self._desk = desk
        self._until_ns = 0
        self._waiting: deque[tuple[int, Noticed]] = deque(maxlen=MOST_WAITING)
        self._notices: Notices | None = None
        self._book: tuple[str, BookNotices] | None = None
        self._bars: tuple[tuple[str, int], BarSignals] | None = None
        self._taken_ns = 0
        self._began_ns = 0

    def look(  # noqa: PLR0913 - what is looked at
        self,
        instrument: Instrument,
        bars: Sequence[Candle],
        status: DataStatus,
        *,
        positions: Sequence[Finding],
        record: Sequence[Finding],
        now_ns: int,
    ) -> None:
        """Take in what is on the screen now; once a second is often enough.

        Args:
            instrument: On the ladder.
            bars: As the chart shows them, the last one still growing.
            status: Of the data.
            positions: Findings of the coach.
            record: Findings of the record.
            now_ns: Wall clock of the engine.
        """
        if not self.is_on:
            return
        # Only now: behind the first live book nobody waits for the engines.
        from omega_tui.education.book_notices import BookNotices  # noqa: PLC0415
        from omega_tui.education.notices import Notices, Sight  # noqa: PLC0415

        self._began_ns = self._began_ns or now_ns
        self._notices = self._notices or Notices()
        desk = self._desk
        is_good = status.state.allows_new_orders
        update, other = desk.books.get(instrument.id), desk.books.get(instrument.complement_id or "")
        book = update.book if update is not None and is_good else None
        stale = status.age_ns if status.state is DataState.STALE else None
        found = self._notices.look(
            Sight(
                now_ns=now_ns,
                instrument=instrument,
                book=book,
                mirror=other.book if other is not None and is_good else None,
                orders=tuple(desk.orders.values()),
                positions=positions,
                record=record,
                stale_s=Decimal(stale) / NS_PER_S if stale is not None else None,
            )
        )
        found += self._of_bars(instrument, bars)
        if book is not None:
            if self._book is None or self._book[0] != instrument.id:
                self._book = instrument.id, BookNotices(instrument.tick_size)
            found += self._book[1].look(book, tuple(desk.tapes.of(instrument.id)), now_ns)
        else:
            self._book = None
        self._waiting += ((now_ns, _noticed(signal)) for signal in found)

    def take(self, now_ns: int) -> tuple[Noticed, ...]:
        """Take what was noticed in the last minute and not told yet."""
        fresh = tuple(one for at_ns, one in self._waiting if now_ns - at_ns < WAITS_NS)
        self._waiting.clear()
        return fresh

    @property
    def has_tip(self) -> bool:
        """Whether a tip is shown, or about to be."""
        return self.tip is not None or self.coming is not None

    def turn(self, now_ns: int) -> None:
        """Show the tip that came, and let one go that stood long enough."""
        if self.coming is not None:
            self.tip, self.coming = self.coming, None
            self._until_ns = now_ns + SHOWN_NS
        elif self.tip is not None and now_ns >= self._until_ns:
            self.tip = None

    def _of_bars(self, instrument: Instrument, bars: Sequence[Candle]) -> "list[Signal]":
        """Return what became certain with the bars that closed since; the past is read without a word."""
        from omega_tui.education.signals import BarSignals  # noqa: PLC0415 - as in `look`

        if len(bars) < 2:
            return []
        key = (instrument.id, bars[0].timeframe_s)
        if self._bars is None or self._bars[0] != key:
            self._bars, self._taken_ns = (key, BarSignals()), 0
        unread = [bar for bar in bars[:-1] if bar.start_ns > self._taken_ns or not self._taken_ns]
        found: list[Signal] = []
        for bar in unread[:BARS_A_LOOK]:
            signals = self._bars[1].push(bar)
            self._taken_ns = bar.start_ns
            if bar.end_ns >= self._began_ns:
                found += signals
        return found


def _noticed(signal: "Signal") -> Noticed:
    """Return a signal as it crosses to the teacher."""
    numbers = {name: value for name, value in signal.values.items() if isinstance(value, Decimal)}
    words = {name: value for name, value in signal.values.items() if isinstance(value, str)}
    return Noticed(signal.name, numbers, words, signal.instrument)
