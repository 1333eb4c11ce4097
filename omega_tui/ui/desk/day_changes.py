"""How far each watched market has moved since a day ago, or since it was first seen here. Pure.

The price of a day ago comes from the venue's candles, asked for one market at a time; what a venue does not
keep is measured from the first mark of this session, and said to be.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.candle import CandleHistory
from omega_tui.domain.commands import FetchCandles
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import NoHandler, OmegaError, VenueError
from omega_tui.units import NS_PER_DAY, NS_PER_S

TIMEFRAME: Final = "1h"
ASKED: Final = 26
"""Candles of an hour that reach back a day, with the one that still grows."""
AGAIN_NS: Final = 900 * NS_PER_S
"""So long an answer is good for: a day ago moves on by an hour in an hour."""
RETRY_NS: Final = 60 * NS_PER_S
"""After a question that was not answered."""
NEVER_NS: Final = 3_600 * NS_PER_S
"""After a venue said that it has no candles."""
KNOWN: Final = 500
"""Markets that are remembered; the one that was looked at longest ago goes first."""


class Change(Struct, frozen=True):
    """How far a market has moved.

    Attributes:
        moved: Its mark less the price before, in its own unit.
        share: The same as a part of the price before; None where that was nothing.
        is_day: Whether the price before is of a day ago, and not of this session's beginning.
    """

    moved: Decimal
    share: Decimal | None
    is_day: bool


class _Before(Struct):
    """What is known of the past of a market."""

    first: Decimal
    day_ago: Decimal | None = None
    due_ns: int = 0


class DayChanges:
    """Remembers what each market cost before, and decides when to ask for it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Before] = OrderedDict()
        self._waiting: str | None = None

    def look(self, marks: Iterable[tuple[str, Decimal | None]]) -> None:
        """Take the marks of the watched markets; the first of each is remembered."""
        for name, mark in marks:
            if mark is not None and name not in self._known:
                self._known[name] = _Before(mark)
                if len(self._known) > KNOWN:
                    self._known.popitem(last=False)

    def of(self, instrument: str, mark: Decimal | None) -> Change | None:
        """Return how far a market has moved to its mark; None while nothing is known of it."""
        known = self._known.get(instrument)
        if known is None or mark is None:
            return None
        before = known.first if known.day_ago is None else known.day_ago
        return Change(mark - before, (mark - before) / before if before else None, known.day_ago is not None)

    def question(
        self, watched: Iterable[Instrument], may_ask: Callable[[Instrument], bool], *, now_ns: int
    ) -> FetchCandles | None:
        """Return what to ask a venue now, and take it for asked; None for nothing.

        Args:
            watched: The markets, the most wanted first.
            may_ask: Whether the venue of one is open.
            now_ns: Wall clock of the engine.
        """
        if self._waiting is not None:
            return None
        for instrument in watched:
            known = self._known.get(instrument.id)
            if known is not None and now_ns >= known.due_ns and may_ask(instrument):
                self._waiting = instrument.id
                return FetchCandles(instrument.id, TIMEFRAME, instrument.venue, ASKED)
        return None

    def answered(self, answer: CandleHistory, *, now_ns: int) -> None:
        """Take the candles that were asked for: the price of a day ago is where the hour ended by then."""
        known = self._asked()
        if known is None:
            return
        ago_ns = now_ns - NS_PER_DAY
        past = [one for one in answer.candles if one.end_ns <= ago_ns]
        begun = [one for one in answer.candles if one.start_ns <= ago_ns < one.end_ns]
        if begun:
            known.day_ago = begun[-1].open
        elif past:
            known.day_ago = past[-1].close
        known.due_ns = now_ns + AGAIN_NS

    def refused(self, error: OmegaError, *, now_ns: int) -> None:
        """Take note that there is no answer."""
        known = self._asked()
        if known is None:
            return
        has_none = isinstance(error, NoHandler) or (
            isinstance(error, VenueError) and error.code == "NOT_SUPPORTED"
        )
        known.due_ns = now_ns + (NEVER_NS if has_none else RETRY_NS)

    def _asked(self) -> _Before | None:
        name, self._waiting = self._waiting, None
        return None if name is None else self._known.get(name)
