"""The trader's own numbers for questions and calculations: what is on the screen and in the account. Pure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.domain.lesson_view import CalcView
from omega_tui.domain.on_screen import OnScreen
from omega_tui.domain.side import Side
from omega_tui.ui.session.session import Session

MOST_BARS: Final = 300
"""Closed candles that a question may be made of."""
STOP_ATR: Final = Decimal(2)
"""Where no stop works, one would stand so many average true ranges from the cursor, as the panel says."""
LEAST_TRIPS: Final = 10
"""Round trips before a win rate is one."""
DAY_NS: Final = 86_400 * 1_000_000_000

PRICES: Final = frozenset({"price", "entry", "stop", "bid", "ask", "mirror_bid", "atr"})
"""Numbers that only mean something together."""


def on_screen(session: Session) -> OnScreen:
    """Return what questions can be made of."""
    instrument = session.instrument
    if instrument is None:
        return OnScreen()
    is_binary = instrument.price_max == ONE
    price = session.look.cursor_price if session.look is not None else None
    terms = session.position.terms if session.position is not None else None
    return OnScreen(
        bars=session.charts.bars(instrument)[:-1][-MOST_BARS:],
        tick=instrument.tick_size,
        lot=instrument.lot_size,
        price=price,
        # A share of one cannot lose more than it cost: there is nothing to size by a stop.
        stop=None if is_binary or price is None else _stop(session, price),
        equity=session.panel.equity_of(instrument),
        fee_rate=instrument.taker_fee_rate,
        leverage=(terms.leverage if terms is not None else None) or ONE,
        unit="" if is_binary else instrument.base,
    )


def _stop(session: Session, price: Decimal) -> Decimal | None:
    """Return the trigger of the stop that takes the position off, else where the range would put one."""
    instrument = session.instrument
    assert instrument is not None, "asked before"
    position = session.position
    if position is not None and position.quantity:
        side = Side.BUY if position.quantity > 0 else Side.SELL
        triggers = [
            order.request.trigger_price
            for order in session.panel.orders_of(instrument.id)
            if order.request.side is side.opposite and order.request.trigger_price is not None
        ]
        if triggers:
            return min(triggers, key=lambda trigger: abs(trigger - price))
    memory = session.panel.memory_of(instrument.id)
    if memory is None or not memory.atr:
        return None
    ticks = (STOP_ATR * memory.atr / instrument.tick_size).to_integral_value(ROUND_HALF_EVEN)
    stop = price - max(ticks, ONE) * instrument.tick_size
    return stop if stop > 0 else None


def own_numbers(session: Session, now_ns: int) -> dict[str, Decimal]:
    """Return the numbers of the account and of the market on the ladder, by the names that lessons use."""
    from omega_tui.education.mistakes import never_short_of, round_trips  # noqa: PLC0415 - behind the first book

    screen, instrument, book = on_screen(session), session.instrument, session.book
    found: dict[str, Decimal | None] = {"equity": screen.equity, "price": screen.price, "stop": screen.stop}
    if instrument is not None:
        rate = instrument.taker_fee_rate
        price = screen.price
        is_binary = instrument.price_max == ONE
        found["fee"] = rate * price * (ONE - price) if is_binary and price is not None else rate
        found["size"] = session.sizing.size or None
        memory = session.panel.memory_of(instrument.id)
        found["atr"] = memory.atr if memory is not None else None
        ends = instrument.resolves_at_ns
        found["days"] = Decimal((ends - now_ns) // DAY_NS) if ends is not None and ends > now_ns else None
    if book is not None:
        found |= {"bid": book.best_bid, "ask": book.best_ask}
    other = session.desk.books.get(instrument.complement_id or "") if instrument is not None else None
    found["mirror_bid"] = other.book.best_bid if other is not None and other.book is not None else None
    position = session.position
    if position is not None and position.quantity:
        found |= {"position": abs(position.quantity), "entry": position.entry_price}
        terms = position.terms
        found["leverage"] = terms.leverage if terms is not None else None
    never_short = never_short_of(session.desk.instruments.values())
    done, _ = round_trips(tuple(session.desk.fills), never_short)
    won = [trip.pnl for trip in done if trip.pnl > 0]
    lost = [-trip.pnl for trip in done if trip.pnl < 0]
    if len(done) >= LEAST_TRIPS and won and lost:
        found["win_rate"] = (Decimal(len(won)) / len(done)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        average = sum(won, ZERO) / len(won) / (sum(lost, ZERO) / len(lost))
        found["average_win"] = average.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return {name: value for name, value in found.items() if value is not None}


def fitting(calc: CalcView, own: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return which inputs of a calculation the trader's own numbers may stand for, by the inputs' names.

    Prices go in all together or not at all: an entry of one market with a stop of another means nothing.
    Nor do those of a market that pays a share of one where the calculation is about another kind.
    """
    wanted = {one.name: one.user for one in calc.inputs if one.user in own}
    prices = [one for one in calc.inputs if one.user in PRICES]
    levels = [one for one in prices if one.user != "atr"]
    misses = any(one.user not in own for one in prices)
    is_other = any((one.value < ONE) is not (own[one.user] < ONE) for one in levels if one.user in own)
    if misses or is_other:
        wanted = {name: user for name, user in wanted.items() if user not in PRICES}
    return {name: own[user] for name, user in wanted.items()}
