"""What the things of a market look like in words: rows of the ladder, prints, candles, levels, markets."""

from dataclasses import dataclass
from decimal import Decimal

from omega_tui.domain.instrument import ONE, ZERO, InstrumentKind, in_ticks, priced
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.teaching import (
    CandleBar,
    LadderRow,
    LevelRow,
    MarketRow,
    PrintRow,
    aggressor_sides,
)
from omega_tui.education.binary import annual_yield
from omega_tui.education.catalog import Catalogue
from omega_tui.education.fibonacci import retracement
from omega_tui.education.numbers_text import write
from omega_tui.errors import TeachingRefused
from omega_tui.units import NS_PER_S

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Parts:
    """What the context itself gives; evidence and links come from the lesson."""

    title: str
    see: tuple[str, ...]
    computed: tuple[str, ...]
    wrong: tuple[str, ...]
    lesson: str


def ladder_row(context: LadderRow) -> Parts:
    """Return what there is to say of a row of the ladder."""
    book, price = context.book, context.price
    see, computed = [f"The price {price:,f} of the ladder."], []
    for levels, name, side in ((book.bids, "bid", "buyers"), (book.asks, "ask", "sellers")):
        at = next((level.size for level in levels if level.price == price), None)
        if at is not None:
            better = sum((level.size for level in levels if _is_better(level.price, price, name)), ZERO)
            see.append(f"{at:,f} rest here on the {name} side; {better:,f} stand at better prices.")
            computed.append(f"The size is the sum of the orders of all {side} at this price.")
    if len(see) == 1:
        see.append("Nobody rests at this price.")
        computed.append("An empty row is a price at which no order is known.")
    if book.best_bid is not None and book.best_ask is not None:
        touch = book.best_ask - book.best_bid
        bid, ask = priced(book.best_bid, book.tick_size), priced(book.best_ask, book.tick_size)
        see.append(f"Touch {bid} to {ask}: a spread of {touch}, {in_ticks(touch / book.tick_size)}.")
        computed.append(f"Spread: {ask} - {bid}. Distance of this row: {_ticks(price, book)}.")
    see += _binary_words(price, context)
    for order in context.orders:
        if order.request.price == price and not order.is_done:
            ahead = f", about {context.ahead:,f} ahead of it" if context.ahead is not None else ""
            verb = "buying" if order.request.side.sign > 0 else "selling"
            see.append(f"An own order {verb} {order.remaining:,f}{ahead}.")
    wrong = ["Sizes can be withdrawn before an order arrives; hidden size may stand where none is shown."]
    if not context.is_trusted:
        wrong.insert(
            0, "This book is not trusted now: it is old, or its check failed. Nothing can be placed on it."
        )
    lesson = "b-02-ladder-queue" if context.orders else "b-01-spread-depth"
    return Parts(f"Ladder row {price:,f}", tuple(see), tuple(computed), tuple(wrong), lesson)


def _is_better(price: Decimal, than: Decimal, side: str) -> bool:
    return price > than if side == "bid" else price < than


def _ticks(price: Decimal, book: BookSnapshot) -> str:
    if book.best_bid is not None and price <= book.best_bid:
        return f"{in_ticks((book.best_bid - price) / book.tick_size)} below the best bid"
    if book.best_ask is not None and price >= book.best_ask:
        return f"{in_ticks((price - book.best_ask) / book.tick_size)} above the best ask"
    return "inside the spread"


def _binary_words(price: Decimal, context: LadderRow) -> list[str]:
    if context.instrument is None or context.instrument.price_max != ONE:
        return []
    return [f"Who buys at {price:,f} says that it pays with more than {write(price, '1%')}, fees aside."]


def print_row(context: PrintRow) -> Parts:
    """Return what there is to say of a print."""
    trade = context.trade
    see = [f"{trade.size:,f} traded at {trade.price:,f}."]
    if trade.aggressor is None:
        see.append("The venue does not say who crossed.")
    else:
        who = "buyer" if trade.aggressor.sign > 0 else "seller"
        see.append(f"A {who} crossed: the other side had rested.")
    computed = [f"Value: {trade.price:,f} x {trade.size:,f} = {trade.price * trade.size:,f}."]
    if context.recent:
        sides = aggressor_sides(context.recent)
        see.append(
            f"Of the last {len(context.recent)} prints aggressors bought {sides.bought:,f}, sold "
            f"{sides.sold:,f}."
        )
        computed.append(f"Delta: {sides.bought:,f} - {sides.sold:,f} = {sides.bought - sides.sold:+,f}.")
    return Parts(
        f"Print at {trade.price:,f}",
        tuple(see),
        tuple(computed),
        (
            "A print trails its book by some milliseconds; the touch of now may not be that of the trade.",
            "One print says nothing of why: a hedge, an exit and an opinion look the same.",
        ),
        "b-03-tape-aggressor",
    )


def candle_bar(context: CandleBar, catalogue: Catalogue) -> Parts:
    """Return what there is to say of the last of some bars.

    Raises:
        TeachingRefused: There is no bar.
    """
    if not context.bars:
        raise TeachingRefused("NO_BARS", "There is no bar to explain.")
    bar = context.bars[-1]
    body, whole = abs(bar.close - bar.open), bar.high - bar.low
    word = "rose" if bar.close > bar.open else "fell" if bar.close < bar.open else "ended where it began"
    see = [
        f"Open {bar.open:,f}, high {bar.high:,f}, low {bar.low:,f}, close {bar.close:,f}: it {word}.",
        (
            f"Body {body:,f}, range {whole:,f}, upper shadow {bar.high - max(bar.open, bar.close):,f}, "
            f"lower shadow {min(bar.open, bar.close) - bar.low:,f}."
        ),
    ]
    computed = ["Body: |close - open|. Range: high - low. Shadows: what is left of the range."]
    past = context.bars[-11:-1]
    if past:
        usual = sum((abs(one.close - one.open) for one in past), ZERO) / len(past)
        computed.append(
            f"Mean body of the {len(past)} bars before: {write(usual, '4')}; rules compare with it."
        )
    lesson = "k-01-anatomy"
    for signal in context.signals:
        found = catalogue.for_signal(signal)
        see.append(f"Recognised: {signal.rpartition('.')[2].replace('_', ' ')}.")
        if found is not None and lesson == "k-01-anatomy":
            lesson = found.id
    return Parts(
        "Candle",
        tuple(see),
        tuple(computed),
        (
            "Whether the high or the low came first is not in these four prices.",
            "While the bar is open its close is only the last trade.",
        ),
        lesson,
    )


def level_row(context: LevelRow) -> Parts:
    """Return what there is to say of a level of a leg."""
    exact = retracement(context.start, context.end, context.ratio)
    age = "" if context.known_bars_ago is None else f", certain for {context.known_bars_ago} bars"
    see = [
        (
            f"The {context.ratio} retracement of the {context.scale} leg from {context.start:,f} to "
            f"{context.end:,f}{age}: "
            f"{context.price:,f}."
        )
    ]
    if context.last is not None:
        away = context.last - context.price
        in_atr = f", {write(abs(away) / context.atr, '1')} average true ranges" if context.atr else ""
        see.append(
            f"The last price is {context.last:,f}: {abs(away):,f} {'above' if away > 0 else 'below'}{in_atr}."
        )
    return Parts(
        f"Level {context.ratio} at {context.price:,f}",
        tuple(see),
        (
            (
                f"B - r (B - A) = {context.end:,f} - {context.ratio} x ({context.end:,f} - "
                f"{context.start:,f}) = {exact:,f}; on a tick {context.price:,f}."
            ),
        ),
        (
            "Another pair of pivots gives another level; platforms disagree on which end is zero.",
            "With many levels drawn, the price is always near one.",
        ),
        "f-02-retracement",
    )


def market_row(context: MarketRow) -> Parts:
    """Return what there is to say of a market of the list."""
    instrument, book = context.instrument, context.book
    if instrument is None:
        return Parts(
            "Market", ("Nothing is known of this market yet.",), ("Its rules come from the venue.",),
            ("Do not order in it before they are here.",), "c-01-tour",
        )  # fmt: skip
    see, computed = [f"{instrument.name}: tick {instrument.tick_size}, lot {instrument.lot_size}."], []
    wrong = ["Two markets may look alike: read name, outcome and date before an order."]
    lesson = "c-01-tour"
    bid, ask = (book.best_bid, book.best_ask) if book is not None else (None, None)
    if bid is not None and ask is not None:
        see.append(f"Bid {bid}, ask {ask}.")
        computed.append(f"Spread {ask - bid}; crossing both ways costs that much a unit, before fees.")
    if instrument.price_max == ONE:
        lesson = "m-01-price-probability"
        if bid is not None and ask is not None:
            computed.append(
                f"Buying claims more than {write(ask, '1%')}, selling less than {write(bid, '1%')}."
            )
            computed += _parity_words(context, bid, ask)
        if instrument.resolves_at_ns is not None:
            left_s = (instrument.resolves_at_ns - context.now_ns) // NS_PER_S
            if left_s > 0:
                see.append(f"It is to resolve in {_span(left_s)}.")
                if ask is not None and left_s >= DAY_S and ask > ZERO:
                    yearly = annual_yield(ask, Decimal(left_s) / DAY_S)
                    computed.append(f"If it pays, {ask} earns {write(yearly, '0%')} a year until then.")
        wrong.append("It pays what its rules say, not what happened in somebody's opinion.")
    elif instrument.kind is not InstrumentKind.SPOT:
        see.append(f"A contract ({instrument.kind.lower()}): a position can be liquidated.")
        lesson = "r-05-leverage-liquidation"
    if not computed:
        computed.append(f"A price is a whole number of ticks of {instrument.tick_size}.")
    return Parts("Market", tuple(see), tuple(computed), tuple(wrong), lesson)


def _parity_words(context: MarketRow, bid: Decimal, ask: Decimal) -> list[str]:
    other = context.complement
    if other is None or other.best_bid is None or other.best_ask is None:
        return []
    return [
        f"Both outcomes: asks add up to {ask + other.best_ask}, bids to {bid + other.best_bid}; they pay 1."
    ]


def _span(seconds: int) -> str:
    if seconds >= 2 * DAY_S:
        return f"{seconds // DAY_S} days"
    return f"{seconds // 3600} h" if seconds >= 7200 else f"{seconds // 60} min"
