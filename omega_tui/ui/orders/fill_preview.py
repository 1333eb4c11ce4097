"""What an order that takes would get of the book as it stands: the preview beside the question. Pure.

Arithmetic over the levels that are shown; what is hidden, or gone when the order arrives, is not in it.
"""

from collections.abc import Iterator
from decimal import Decimal

from omega_tui.domain.instrument import ONE, ZERO, Instrument, InstrumentKind
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.text.words import average_text, price_text, size_text


def fill_words(request: OrderRequest, book: BookSnapshot | None, instrument: Instrument | None) -> str:
    """Return what the order would fill at once, at what average and worst price, its fee and its remainder.

    Empty where nothing can be said: there is no book, or the order waits for its price.
    """
    if book is None or instrument is None or request.trigger_price is not None:
        return ""
    fills = tuple(_fills(request, book))
    filled = sum((fill.size for fill in fills), ZERO)
    left = request.size - filled
    waits = request.order_type is OrderType.LIMIT and request.time_in_force is TimeInForce.GTC
    rest = f"{size_text(left)} {'rests' if waits else 'finds nothing'}" if left else ""
    if not filled:
        return rest
    average = sum((fill.price * fill.size for fill in fills), ZERO) / filled
    words = [f"takes {size_text(filled)} @ {average_text(average, instrument)}"]
    worst = fills[-1].price
    if worst != fills[0].price:
        ticks = abs(instrument.to_ticks(worst) - instrument.to_ticks(fills[0].price))
        words.append(f"worst {price_text(worst, instrument)} ({ticks}t)")
    fee = sum((_fee(fill, instrument) for fill in fills), ZERO)
    if fee:
        words.append(f"fee ~{fee:,.2f}" if fee >= Decimal("0.01") else "fee <0.01")
    return ", ".join([*words, *([rest] if rest else [])])


def _fills(request: OrderRequest, book: BookSnapshot) -> Iterator[PriceLevel]:
    """Yield what the order would take, level by level, the best first."""
    left = request.size
    for level in book.asks if request.side is Side.BUY else book.bids:
        if left <= 0 or (request.price - level.price) * request.side.sign < 0:
            return
        yield PriceLevel(level.price, min(left, level.size))
        left -= level.size


def _fee(fill: PriceLevel, instrument: Instrument) -> Decimal:
    """Return the taker's fee in quote units: of a bounded market `rate x p (1 - p)` a share."""
    if instrument.kind is InstrumentKind.INVERSE:
        return ZERO
    base = fill.price * (ONE - fill.price) if instrument.price_max == ONE else fill.price
    return instrument.taker_fee_rate * base * fill.size
