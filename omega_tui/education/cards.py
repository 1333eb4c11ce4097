"""The cards of the panel: what is worth a look now, in a fixed order. Pure; once a second is often enough.

Risk, Fibonacci, pattern, order flow, own mistakes. A card without anything to say is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.break_even import break_even
from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ONE, ZERO, Instrument, in_ticks, priced
from omega_tui.domain.orders import Order
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.teaching import Finding, aggressor_sides
from omega_tui.domain.trade import Trade
from omega_tui.education.bars import Atr
from omega_tui.education.base_rates import BaseRates
from omega_tui.education.coach import MAX_HEAT, Held
from omega_tui.education.fibonacci import Leg, retracements
from omega_tui.education.live_swing import LiveSwing, Reach, passed_end, swing_in_force
from omega_tui.education.numbers_text import percent, write
from omega_tui.education.risk import DEFAULT_RISK, atr_stop, position_size
from omega_tui.education.swings import Pivot, SwingScale, ZigZag
from omega_tui.units import NS_PER_S

NEAREST: Final = 2
"""Levels that the Fibonacci card shows."""
COACHED: Final = 3
"""Findings of the coach that the risk card shows."""
STOP_ATR: Final = Decimal(2)


class Card(Struct, frozen=True):
    """One card.

    Attributes:
        kind: `risk`, `fibonacci`, `pattern`, `flow` or `mistakes`.
        title: A few words.
        lines: Sentences and numbers, the most important first.
        lesson: What `ge` opens while it is the first card.
    """

    kind: str
    title: str
    lines: tuple[str, ...]
    lesson: str


class BarMemory:
    """What the cards need of bars, kept bar by bar: range, last confirmed leg, shapes and their rates.

    Attributes:
        atr: Average true range; None until it is known.
        pivots: The last two confirmed pivots of the main scale, older first.
        reach: Of the prices since the newer one; None before there is one.
        rates: Shapes at the last bar, and what followed them before.
        count: Bars so far.
    """

    def __init__(self) -> None:
        self.atr: Decimal | None = None
        self.pivots: tuple[Pivot, ...] = ()
        self.reach: Reach | None = None
        self.rates = BaseRates()
        self.count = 0
        self._atr = Atr()
        self._swings = ZigZag(SwingScale.MAIN.factor)

    def push(self, bar: Candle) -> None:
        """Take the next closed bar in."""
        self.count += 1
        self.atr = self._atr.push(bar)
        pivot = self._swings.push(bar)
        if pivot is not None:
            self.pivots = (*self.pivots[-1:], pivot)
            # What makes a pivot certain came back from it: the forming leg holds how far.
            forming = self._swings.forming
            assert forming is not None, "a leg forms after the first pivot"
            self.reach = Reach(bar.low, bar.high).over(forming.price, forming.price)
        elif self.reach is not None:
            self.reach = self.reach.over(bar.low, bar.high)
        self.rates.push(bar)

    def swing(self, growing: Candle, tick: Decimal) -> LiveSwing | None:
        """Return the leg in force; None without a certain one, or where a price has passed one of its ends.

        Args:
            growing: The bar that is not closed yet: it moves no pivot, but it can pass an end.
            tick: Smallest step of the price.
        """
        if self.reach is None:
            return None
        return swing_in_force(self.pivots, self.reach.over(growing.low, growing.high), tick)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """All that the cards are made of, taken at one instant.

    Attributes:
        now_ns: The wall clock.
        instrument: In focus.
        cursor: The price under the cursor; None without.
        book: As painted; None without.
        is_trusted: Whether the book is live and checked.
        bars: What is kept of the closed bars; None without any.
        trades: The last prints, oldest first.
        position: Own; None flat.
        orders: Own working orders in it.
        equity: Of the account, in quote units; None not known.
        open_risk: Of all positions of the account together; None where that is not known or nothing is held.
        unstopped: Positions of it that no stop limits: they are not in that.
        size: The size that an order would have.
        risk_share: Share of the equity that a trade may risk.
        mistakes: Findings of the record, the most telling first.
        coached: What the coach says of the position that is not critical, the gravest first.
    """

    now_ns: int
    instrument: Instrument
    cursor: Decimal | None = None
    book: BookSnapshot | None = None
    is_trusted: bool = True
    bars: BarMemory | None = None
    trades: Sequence[Trade] = ()
    position: Position | None = None
    orders: Sequence[Order] = ()
    equity: Decimal | None = None
    open_risk: Decimal | None = None
    unstopped: int = 0
    size: Decimal | None = None
    risk_share: Decimal = DEFAULT_RISK
    mistakes: Sequence[Finding] = ()
    coached: Sequence[Finding] = ()


def cards(view: PanelView) -> tuple[Card, ...]:
    """Return the cards that have something to say, in their fixed order."""
    made = []
    for kind, title, lesson, lines_of in _CARDS:
        lines = tuple(lines_of(view))
        if lines:
            binary = kind == "risk" and view.instrument.price_max == ONE
            made.append(Card(kind, title, lines, "m-01-price-probability" if binary else lesson))
    return tuple(made)


def _risk(view: PanelView) -> Iterator[str]:
    if view.cursor is not None:
        yield from _binary_risk(view) if view.instrument.price_max == ONE else _linear_risk(view)
    yield from (finding.text for finding in view.coached[:COACHED])
    yield from _heat(view)


def _heat(view: PanelView) -> Iterator[str]:
    """Yield what all positions of the account can lose together, against what it is worth."""
    if view.open_risk is not None and view.equity and view.equity > 0:
        yield (
            f"Open risk of all positions: {write(view.open_risk, '2')}, "
            f"{percent(view.open_risk / view.equity)} of {write(view.equity, '2')}; "
            f"the limit is {percent(MAX_HEAT)}."
        )
    if view.unstopped:
        are = "position has" if view.unstopped == 1 else "positions have"
        yield f"{view.unstopped} {are} no stop: no open risk counts what that can lose."


def _linear_risk(view: PanelView) -> Iterator[str]:
    assert view.cursor is not None, "asked before"
    held, tick = _held(view), view.instrument.tick_size
    stop = held.stop if held is not None else None
    if held is not None and stop is None:
        yield "This position has no working stop."
    if stop is None and view.bars is not None and view.bars.atr:
        stop = atr_stop(Side.BUY, view.cursor, view.bars.atr, STOP_ATR, tick)
        yield f"Stop of a long from here, {STOP_ATR} ATR away: {priced(stop, tick)}."
    if stop is None or stop == view.cursor or stop <= 0:
        return
    distance = abs(view.cursor - stop)
    yield f"From the cursor to the stop {priced(stop, tick)}: {in_ticks(distance / tick)}, {distance} a unit."
    if view.equity and view.equity > 0:
        sizing = position_size(
            equity=view.equity,
            entry=view.cursor,
            stop=stop,
            lot=view.instrument.lot_size,
            fraction=view.risk_share,
            fee_rate_in=view.instrument.taker_fee_rate,
            fee_rate_out=view.instrument.taker_fee_rate,
        )
        yield (
            f"{percent(view.risk_share)} of the equity of {write(view.equity, '2')} allows "
            f"{sizing.quantity:,f} to the stop {priced(stop, tick)}, fees included."
        )
        if view.size:
            risked = view.size * sizing.per_unit
            share = percent(risked / view.equity)
            yield f"Your size of {view.size:,f} would risk {write(risked, '2')}: {share} of the equity."
    if held is not None:
        yield from _result(held)


def _result(held: Held) -> Iterator[str]:
    even = break_even(held.position, held.instrument)
    if even is not None:
        yield f"Break-even, the fee of closing included: {even:,.{held.instrument.price_decimals + 1}f}."


def _binary_risk(view: PanelView) -> Iterator[str]:
    price = view.cursor
    assert price is not None, "asked before"
    spread = view.book.spread if view.book is not None else None
    fee = view.instrument.taker_fee_rate * price * (ONE - price)
    needs = price + fee
    paid = f", the fee of {write(fee, '4')} included" if fee else ""
    at = priced(price, view.instrument.tick_size)
    yield f"Who buys at {at} says: it pays with more than {write(needs, '1%')}{paid}."
    if spread is not None:
        beside = " beside the fee" if fee else ""
        yield f"Half of the spread is {(spread / 2).normalize():,f}: crossing costs that much{beside}."
    if view.size:
        lost, won = price * view.size, (ONE - price) * view.size
        yield (
            f"{view.size:,f} bought here can lose {write(lost, '2')} and win {write(won, '2')}, before "
            f"the fee."
        )
    if view.size and view.equity:
        share = percent(price * view.size / view.equity)
        yield f"{view.size:,f} bought here can lose {share} of the equity of {write(view.equity, '2')}."
    ends = view.instrument.resolves_at_ns
    if ends is not None and ends > view.now_ns:
        left_s = (ends - view.now_ns) // NS_PER_S
        days, hours = divmod(left_s // 3_600, 24)
        yield f"To its planned end: {days} d {hours} h."


def _fibonacci(view: PanelView) -> Iterator[str]:
    bars = view.bars
    if bars is None or len(bars.pivots) < 2 or view.cursor is None:
        return
    start, end = bars.pivots
    leg, tick = Leg.between(start, end), view.instrument.tick_size
    leg_text = f"{priced(start.price, tick)} to {priced(end.price, tick)}"
    age = bars.count - 1 - end.known_at
    passed = passed_end(bars.pivots, bars.reach) if bars.reach is not None else None
    if passed is not None:
        yield f"Main leg {leg_text} was left at {priced(passed, tick)}: the next turn ends it."
        return
    yield f"Main leg {leg_text}, certain for {age} bars; a further turn ends it."
    levels = retracements(leg, tick)
    cursor = view.cursor
    for level in sorted(levels, key=lambda one: abs(one.price - cursor))[:NEAREST]:
        ticks = abs(level.price - cursor) / tick
        yield f"{level.ratio} at {priced(level.price, tick)}: {in_ticks(ticks)} from the cursor."


def _pattern(view: PanelView) -> Iterator[str]:
    bars = view.bars
    if bars is None:
        return
    for match in bars.rates.last[:2]:
        yield f"{match.pattern.words}: {match.reason}."
        if match.direction:
            yield f"Here: {bars.rates.rate(match).words}."


def _flow(view: PanelView) -> Iterator[str]:
    if not view.is_trusted:
        yield "The book is not live or not checked: nothing is computed from it."
        return
    if view.trades:
        sides = aggressor_sides(tuple(view.trades))
        if sides.bought or sides.sold:
            yield (
                f"Last {len(view.trades)} prints: bought {sides.bought:,f}, sold {sides.sold:,f}, delta "
                f"{sides.bought - sides.sold:+,f}."
            )
    book = view.book
    if book is None or not book.bids or not book.asks:
        return
    bid, ask = book.bids[0], book.asks[0]
    lean = (bid.size - ask.size) / (bid.size + ask.size)
    yield f"Touch {bid.size:,f} x {ask.size:,f}: imbalance {write(lean, '+2')}. It can be withdrawn at once."
    if view.size:
        for word, levels in (("Buying", book.asks), ("Selling", book.bids)):
            cost = _taking(levels, view.size)
            mid = (bid.price + ask.price) / 2
            if cost is None:
                yield f"{word} {view.size:,f} at once would empty what is shown."
            else:
                off = abs(cost / view.size - mid)
                yield f"{word} {view.size:,f} at once costs {write(off * view.size, '2')} against the mid."


def _taking(levels: Sequence[PriceLevel], size: Decimal) -> Decimal | None:
    left, cost = size, ZERO
    for level in levels:
        taken = min(left, level.size)
        cost += taken * level.price
        left -= taken
        if not left:
            return cost
    return None


def _mistakes(view: PanelView) -> Iterator[str]:
    yield from (finding.text for finding in view.mistakes[:2])


def _held(view: PanelView) -> Held | None:
    position = view.position
    if position is None or not position.quantity:
        return None
    mark = view.book.mid if view.book is not None else None
    if mark is None:
        mark = view.cursor
    assert mark is not None, "the risk card has a cursor"
    return Held(position=position, instrument=view.instrument, mark=mark, orders=view.orders)


_CARDS: Final[tuple[tuple[str, str, str, Callable[[PanelView], Iterator[str]]], ...]] = (
    ("risk", "Risk", "r-01-r-and-size", _risk),
    ("fibonacci", "Fibonacci", "f-02-retracement", _fibonacci),
    ("pattern", "Shape of the last bar", "k-05-base-rates", _pattern),
    ("flow", "Order flow", "b-03-tape-aggressor", _flow),
    ("mistakes", "From your own record", "d-04-journal", _mistakes),
)
"""Kind, title, lesson and what makes the lines, in the order of the panel."""
