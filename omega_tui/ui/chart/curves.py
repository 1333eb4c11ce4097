"""The curves that the chart's pane can show: the book's depth, and the day's profit as it was seen. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.chart.curve import CurveModel
from omega_tui.ui.text.formats import price_text, size_decimals
from omega_tui.ui.text.money import Totals
from omega_tui.units import NS_PER_S

SAMPLES: Final = 60
"""Prices on each side at which a depth chart adds up the sizes."""
LEVELS: Final = 40
"""Levels on each side that decide how far a depth chart reaches."""
MOST_POINTS: Final = 720
"""Points of an equity curve; when it is full, every second one goes and half as many are taken."""
FIRST_STEP_NS: Final = NS_PER_S
_CENT: Final = Decimal("0.01")


def depth_model(
    instrument: Instrument | None, book: BookSnapshot | None, *, state: str, glyphs: str
) -> CurveModel:
    """Return the cumulated sizes of a book by price, as far to both sides.

    Args:
        instrument: Whose book; None while nothing is chosen.
        book: The book; None while there is none.
        state: A word where the book may be bad; empty while it is good.
        glyphs: Name of the glyph set.
    """
    title = "DEPTH"
    middle = None if book is None else book.mid or book.best_bid or book.best_ask
    if instrument is None or book is None or middle is None:
        return CurveModel((), (), _CENT, title, state=state, empty="no book yet", glyphs=glyphs)
    bids, asks = book.bids[:LEVELS], book.asks[:LEVELS]
    ends = [level.price for level in (*bids[-1:], *asks[-1:])]
    reach = max(*(abs(price - middle) for price in ends), instrument.tick_size)
    below = _cumulated(bids, [middle - reach * n / SAMPLES for n in range(1, SAMPLES + 1)], is_bid=True)
    above = _cumulated(asks, [middle + reach * n / SAMPLES for n in range(1, SAMPLES + 1)], is_bid=False)
    step = Decimal(1).scaleb(-size_decimals(instrument))
    decimals = instrument.price_decimals
    low, high = (_on_tick(middle + way * reach, instrument) for way in (-1, 1))
    return CurveModel(
        values=(*reversed(below), *above),
        roles=("chart.bid",) * len(below) + ("chart.ask",) * len(above),
        step=step,
        title=title,
        note=f"size to a price, {len(bids)} bids, {len(asks)} asks",
        state=state,
        ends=(
            price_text(low, decimals),
            price_text(_on_tick(middle, instrument), decimals),
            price_text(high, decimals),
        ),
        filled=True,
        glyphs=glyphs,
    )


def _on_tick(price: Decimal, instrument: Instrument) -> Decimal:
    return instrument.from_ticks(instrument.to_ticks(price))


def _cumulated(levels: Sequence[PriceLevel], prices: Sequence[Decimal], *, is_bid: bool) -> list[Decimal]:
    """Return the size up to each of `prices`, which go away from the touch."""
    sums, total, place = [], ZERO, 0
    for price in prices:
        while place < len(levels) and (
            levels[place].price >= price if is_bid else levels[place].price <= price
        ):
            total += levels[place].size
            place += 1
        sums.append(total)
    return sums


class EquityCurve:
    """Profit and loss of the day as it was while the console ran: a point a second at first, fewer later.

    It remembers nothing of before: a day that began without the console has no curve of then.
    """

    def __init__(self) -> None:
        self._points: list[tuple[int, Decimal]] = []
        self._step_ns = FIRST_STEP_NS
        self._unit = ""

    def sample(self, totals_now: Callable[[], Totals], *, now_ns: int) -> None:
        """Take the totals of now, where the last point is old enough."""
        if self._points and now_ns - self._points[-1][0] < self._step_ns:
            return
        totals = totals_now()
        self._unit = totals.unit
        self._points.append((now_ns, totals.usd))
        if len(self._points) >= MOST_POINTS:
            self._points = self._points[::2]
            self._step_ns *= 2

    def model(self, *, glyphs: str) -> CurveModel:
        """Return the curve."""
        values = tuple(value for _, value in self._points)
        texts = [f"{datetime.fromtimestamp(ts_ns // NS_PER_S, UTC):%H:%M:%S}" for ts_ns in self._ends()]
        return CurveModel(
            values=values,
            roles=tuple("pnl.pos" if value >= 0 else "pnl.neg" for value in values),
            step=_CENT,
            title="EQUITY",
            note=f"day's profit, {self._unit}, fees in, since {texts[0]}" if texts else "",
            ends=(texts[0], "", texts[-1]) if texts else ("", "", ""),
            empty="no profit or loss was seen yet",
            glyphs=glyphs,
        )

    def _ends(self) -> tuple[int, ...]:
        return (self._points[0][0], self._points[-1][0]) if self._points else ()
