"""Own mistakes, counted in one's own orders and fills: arithmetic about the past, no scolding. Pure.

What is called a mistake here is a pattern that studies of traders name; whether it was one is for its owner
to say.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ZERO, Instrument, InstrumentKind
from omega_tui.domain.orders import Fill, Order, Settlement
from omega_tui.domain.side import Side
from omega_tui.domain.teaching import Finding, FindingSeverity
from omega_tui.units import NS_PER_MINUTE

LAST_ORDERS: Final = 10
REVENGE_MINUTES: Final = 10
REVENGE_TIMES: Final = Decimal(2)
STREAK: Final = 3


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A position from flat to flat, or through it.

    Attributes:
        instrument: Instrument id.
        opened_ns: Time of its first fill.
        closed_ns: Time of its last fill.
        side: What opened it.
        largest: The largest size held.
        pnl: In quote units, fees taken off.
        additions: Fills that added to it while it lost, and their sizes.
    """

    instrument: str
    opened_ns: int
    closed_ns: int
    side: Side
    largest: Decimal
    pnl: Decimal
    additions: tuple[Decimal, ...] = ()


def never_short_of(instruments: Iterable[Instrument]) -> frozenset[str]:
    """Return those of which no more can be sold than is held: coins, and outcomes."""
    return frozenset(one.id for one in instruments if one.kind is InstrumentKind.SPOT)


def round_trips(
    fills: Sequence[Fill], never_short: Container[str] = ()
) -> tuple[list[RoundTrip], list[RoundTrip]]:
    """Return the finished round trips in the order of their ends, and those that are still open.

    Args:
        fills: In any order.
        never_short: Instruments of which no more can be sold than is held: what is sold there beyond the
            fills was held before them, at a price that nobody knows, and opens nothing.
    """
    done: list[RoundTrip] = []
    books: dict[str, _Open] = {}
    for fill in sorted(fills, key=lambda one: one.ts_event_ns):
        if fill.settlement is Settlement.FAILED:
            continue
        book = books.setdefault(fill.instrument, _Open(fill.instrument))
        held = book.position.quantity
        if fill.side is Side.SELL and fill.instrument in never_short and fill.size > held:
            if not held:
                continue
            fill = replace(fill, size=held, fee=fill.fee * held / fill.size)  # noqa: PLW2901 - the part that counts
        finished = book.take(fill)
        if finished is not None:
            done.append(finished)
    return done, [book.trip() for book in books.values() if book.position.quantity]


class _Open:
    """The present round trip of one instrument."""

    def __init__(self, instrument: str) -> None:
        self.position = Position("", instrument)
        self._begin()

    def _begin(self) -> None:
        self._before = self.position.realized_pnl - self.position.fees
        self._opened_ns = 0
        self._closed_ns = 0
        self._side = Side.BUY
        self._largest = ZERO
        self._additions: list[Decimal] = []

    def take(self, fill: Fill) -> RoundTrip | None:
        before = self.position
        after = before.after_fill(fill.side, fill.price, fill.size, fill.fee)
        if before.quantity == 0:
            self._opened_ns, self._side = fill.ts_event_ns, fill.side
        elif (before.quantity > 0) == (fill.side is Side.BUY):
            assert before.entry_price is not None, "an open position has one"
            if (fill.price - before.entry_price) * fill.side.sign < 0:
                self._additions.append(fill.size)
        self._closed_ns = fill.ts_event_ns
        self._largest = max(self._largest, abs(before.quantity), abs(after.quantity))
        self.position = after
        flips = before.quantity and after.quantity and (before.quantity > 0) != (after.quantity > 0)
        if after.quantity and not flips:
            return None
        if flips:
            self._largest = abs(before.quantity)
        trip = self.trip()
        self._begin()
        if flips:
            self._opened_ns, self._side, self._largest = fill.ts_event_ns, fill.side, abs(after.quantity)
        return trip

    def trip(self) -> RoundTrip:
        pnl = self.position.realized_pnl - self.position.fees - self._before
        return RoundTrip(
            self.position.instrument,
            self._opened_ns,
            self._closed_ns,
            self._side,
            self._largest,
            pnl,
            tuple(self._additions),
        )


def mistakes(
    orders: Sequence[Order],
    fills: Sequence[Fill],
    *,
    ticks: Mapping[str, Decimal],
    never_short: Container[str] = (),
) -> tuple[Finding, ...]:
    """Return what can be counted in the record.

    Args:
        orders: Own orders, in the order of their intents.
        fills: Their fills.
        ticks: Tick size by instrument; instruments without one are left out where it is needed.
        never_short: As `round_trips`.
    """
    done, running = round_trips(fills, never_short)
    found = (
        _crossed(orders, ticks),
        _revenge(done, [*done, *running]),
        _averaging(done, running),
        _moved_stops(orders),
        _streak(done),
        _holding(done),
    )
    return tuple(finding for finding in found if finding is not None)


def _crossed(orders: Sequence[Order], ticks: Mapping[str, Decimal]) -> Finding | None:
    """Spreads that were paid: what was on the screen at the key says how wide they were."""
    sent = [order for order in orders if order.filled and order.request.frame is not None][-LAST_ORDERS:]
    count, cost, widest = 0, ZERO, ZERO
    for order in sent:
        frame, request = order.request.frame, order.request
        assert frame is not None, "chosen so"
        tick = ticks.get(request.instrument)
        if frame.best_bid is None or frame.best_ask is None or order.average_price is None or not tick:
            continue
        spread = frame.best_ask - frame.best_bid
        mid = (frame.best_ask + frame.best_bid) / 2
        paid = (order.average_price - mid) * request.side.sign
        if spread >= 2 * tick and paid >= spread / 2:
            count += 1
            cost += paid * order.filled
            widest = max(widest, spread / tick)
    if not count:
        return None
    return _finding(
        "CROSSED_SPREADS", "cost of crossing against the mid", cost, None, "quote",
        "sum of (fill - mid at the key) x size", {"orders": str(len(sent)), "widest": f"{widest:f} ticks"},
        f"{count} of your last {len(sent)} filled orders crossed a spread of 2 ticks or more; cost "
        f"{cost:.2f}.",
        "b-01-spread-depth",
    )  # fmt: skip


def _revenge(done: Sequence[RoundTrip], every: Sequence[RoundTrip]) -> Finding | None:
    """A new position much larger than usual, soon after a loss."""
    worst: tuple[Decimal, Decimal, Decimal] | None = None
    for trip in every:
        losses = [
            one
            for one in done
            if one.pnl < 0 and 0 <= trip.opened_ns - one.closed_ns <= REVENGE_MINUTES * NS_PER_MINUTE
        ]
        past = [
            one.largest
            for one in done
            if one.instrument == trip.instrument and one.closed_ns <= trip.opened_ns
        ]
        if not losses or len(past) < STREAK:
            continue
        usual = Decimal(median(past))
        if (
            usual
            and trip.largest >= REVENGE_TIMES * usual
            and (worst is None or trip.largest / usual > worst[0])
        ):
            worst = (trip.largest / usual, trip.largest, usual)
    if worst is None:
        return None
    times, size, usual = worst
    return _finding(
        "REVENGE_SIZE", "size after a loss against usual", times, REVENGE_TIMES, "times",
        "largest size / median of those before", {"size": f"{size:f}", "usual": f"{usual:f}"},
        f"Within {REVENGE_MINUTES} minutes of a loss you held {size:f}, {times:.1f} times your usual "
        f"{usual:f}.",
        "d-03-tilt-loss-limit",
    )  # fmt: skip


def _averaging(done: Sequence[RoundTrip], running: Sequence[RoundTrip]) -> Finding | None:
    added = [trip for trip in (*done, *running) if trip.additions]
    if not added:
        return None
    finished = [trip for trip in added if trip in done]
    total = sum((trip.pnl for trip in finished), ZERO)
    size = sum((sum(trip.additions, ZERO) for trip in added), ZERO)
    return _finding(
        "AVERAGING_DOWN", "added to losing positions", size, ZERO, "base", "sum of fills that add below "
            "the entry",
        {"positions": str(len(added)), "result of those closed": f"{total:.2f}"},
        f"In {len(added)} positions you added while they lost; those that are closed came to {total:+.2f}.",
        "d-03-tilt-loss-limit",
    )  # fmt: skip


def _moved_stops(orders: Sequence[Order]) -> Finding | None:
    """Stops that were replaced by one further away: a later stop of the same side, the earlier canceled."""
    last: dict[tuple[str, Side], Order] = {}
    moved, widest = 0, ZERO
    for order in orders:
        trigger = order.request.trigger_price
        if trigger is None:
            continue
        key = (order.request.instrument, order.request.side)
        before = last.get(key)
        last[key] = order
        if before is None or not before.is_done or before.filled or before.request.trigger_price is None:
            continue
        # A selling stop protects a long: lower is further away.
        further = (trigger - before.request.trigger_price) * order.request.side.sign
        soon = order.ts_intent_ns - before.ts_intent_ns <= 60 * NS_PER_MINUTE
        if further > 0 and soon:
            moved += 1
            widest = max(widest, further)
    if not moved:
        return None
    return _finding(
        "MOVED_STOPS", "stops moved away", Decimal(moved), ZERO, "times", "a later stop further from the "
            "price",
        {"furthest": f"{widest:f}"},
        f"{moved} stops were replaced by one further away, at most by {widest:f}.", "r-07-scale-trail-heat",
    )  # fmt: skip


def _streak(done: Sequence[RoundTrip]) -> Finding | None:
    losses, lost = 0, ZERO
    for trip in reversed(done):
        if trip.pnl >= 0:
            break
        losses += 1
        lost += trip.pnl
    if losses < STREAK:
        return None
    return _finding(
        "LOSING_STREAK", "losses in a row", Decimal(losses), Decimal(STREAK), "trades", "losing round "
            "trips at the end",
        {"lost": f"{lost:.2f}"}, f"The last {losses} round trips lost, {lost:.2f} altogether.",
        "r-04-streaks-drawdown",
    )  # fmt: skip


def _holding(done: Sequence[RoundTrip]) -> Finding | None:
    """Losers held longer than winners: the disposition effect (Odean 1998)."""
    won = [trip.closed_ns - trip.opened_ns for trip in done if trip.pnl > 0]
    lost = [trip.closed_ns - trip.opened_ns for trip in done if trip.pnl < 0]
    if min(len(won), len(lost)) < STREAK or not median(won):
        return None
    times = Decimal(median(lost)) / Decimal(median(won))
    if times < 2:
        return None
    return _finding(
        "LOSERS_HELD", "holding time of losers against winners", times, Decimal(2), "times",
        "median of losers / median of winners", {"winners": str(len(won)), "losers": str(len(lost))},
        f"Losers were held {times:.1f} times as long as winners, in the median.", "d-03-tilt-loss-limit",
    )  # fmt: skip


def _finding(  # noqa: PLR0913, PLR0917 - a finding has these parts
    code: str,
    metric: str,
    value: Decimal,
    limit: Decimal | None,
    unit: str,
    formula: str,
    inputs: Mapping[str, str],
    text: str,
    lesson: str,
) -> Finding:
    severity = FindingSeverity.NOTE
    return Finding(
        code, severity, "", metric, value, limit, unit, formula, tuple(inputs.items()), text, lesson
    )
