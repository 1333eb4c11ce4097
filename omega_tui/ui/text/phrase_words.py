"""What a line of the order language would do, in one sentence for the strip. Pure.

What is named first is what would be sent: side, size, token and price. Then what was rounded, whether it
rests or takes, and what it costs.
"""

from decimal import Decimal

from omega_tui.domain.commands import AmendOrder, AmendProgram
from omega_tui.domain.instrument import ZERO, Instrument, StopSupport
from omega_tui.domain.orders import OrderRequest, OrderType
from omega_tui.domain.phrase_orders import Meaning
from omega_tui.domain.programs import Bracket, Chase, Oco, Scale, Twap
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.text.words import describe_request, outcome, price_text, size_text


def describe(meaning: Meaning, instrument: Instrument, book: BookSnapshot | None) -> str:
    """Return the sentence."""
    parts = [_what(meaning, instrument), *meaning.changes]
    first = meaning.orders[0] if meaning.orders else None
    is_single = meaning.spec is None or isinstance(meaning.spec, Bracket)
    if first is not None and is_single and not _is_move(meaning):
        parts.append(_how(first, instrument, book))
    if isinstance(meaning.spec, Bracket | Oco):
        parts.append(where_a_stop_waits(instrument, in_program=True))
    if first is not None and not _is_move(meaning):
        parts.append(_cost(meaning, instrument))
    return " · ".join(part for part in parts if part)


def where_a_stop_waits(instrument: Instrument, *, in_program: bool) -> str:
    """Return where a stop waits for its price, which says what is left of it when this program ends.

    A program of several orders can count only with a stop that stays the same order when it fires.
    """
    needed = {StopSupport.SAME_ORDER} if in_program else {StopSupport.SAME_ORDER, StopSupport.AT_VENUE}
    what = "stop " if in_program else ""
    if instrument.stops in needed:
        return f"{what}at the venue: stays when omega-tui stops"
    return f"{what}held here: gone when omega-tui stops"


def fills_now(request: OrderRequest, book: BookSnapshot | None) -> Decimal:
    """Return how much of an order the book would fill at once, as it stands."""
    if book is None or request.trigger_price is not None:
        return ZERO
    levels = book.asks if request.side is Side.BUY else book.bids
    there = sum(
        (level.size for level in levels if (request.price - level.price) * request.side.sign >= 0), ZERO
    )
    return min(request.size, there)


def _is_move(meaning: Meaning) -> bool:
    return any(isinstance(command, AmendOrder | AmendProgram) for command in meaning.commands)


def _what(meaning: Meaning, instrument: Instrument) -> str:
    match meaning.spec:
        case Scale(orders=orders):
            return _scale(orders, instrument)
        case Chase(seconds=seconds) as spec:
            size = size_text(spec.size)
            limit = price_text(spec.limit_price, instrument)
            only = " RO" if spec.reduce_only else ""
            return f"CHASE {spec.side} {size} {outcome(instrument)} to {limit} for {_time(seconds)}{only}"
        case Twap(slices=slices, seconds=seconds) as spec:
            part = size_text(spec.size / slices // instrument.lot_size * instrument.lot_size)
            limit = price_text(spec.limit_price, instrument)
            every = _time(seconds // slices)
            return (
                f"TWAP {spec.side} {size_text(spec.size)} {outcome(instrument)} to {limit}: "
                f"{slices} x {part} every {every}"
            )
        case Oco(take=take, stop=stop):
            assert take is not None
            assert stop is not None
            head = f"OCO {take.side} {size_text(take.size)} {outcome(instrument)}"
            return f"{head}: {_ways(take, stop, instrument)}"
        case Bracket(entry=entry, take=take, stop=stop):
            return f"{describe_request(entry, instrument)} then {_ways(take, stop, instrument)}"
        case _:
            return "; ".join(_single(order, meaning, instrument) for order in meaning.orders)


def _single(order: OrderRequest, meaning: Meaning, instrument: Instrument) -> str:
    where = order.stands_at
    if _is_move(meaning):
        what = f"{order.side} {size_text(order.size)} {outcome(instrument)}"
        return f"MOVE {what} to {price_text(where, instrument)}"
    if order.trigger_price is None:
        return describe_request(order, instrument)
    limit = ""
    if order.order_type is OrderType.LIMIT:
        limit = f" limit {price_text(order.price, instrument)}"
    only = " RO" if order.reduce_only else ""
    what = f"{order.side} {size_text(order.size)} {outcome(instrument)}"
    return f"STOP {what} at {price_text(where, instrument)}{limit}{only}"


def _ways(take: OrderRequest | None, stop: OrderRequest | None, instrument: Instrument) -> str:
    words = []
    if take is not None:
        words.append(f"take {price_text(take.price, instrument)}")
    if stop is not None:
        limit = ""
        if stop.order_type is OrderType.LIMIT:
            limit = f" limit {price_text(stop.price, instrument)}"
        words.append(f"stop {price_text(stop.trigger_price, instrument)}{limit}")
    return ", ".join(words)


def _scale(orders: tuple[OrderRequest, ...], instrument: Instrument) -> str:
    first, last = orders[0], orders[-1]
    total = size_text(sum((order.size for order in orders), ZERO))
    sizes = {order.size for order in orders}
    each = size_text(first.size) if len(sizes) == 1 else f"{size_text(min(sizes))} to {size_text(max(sizes))}"
    flags = f"{' PO' if first.post_only else ''}{' RO' if first.reduce_only else ''}"
    return (
        f"SCALE {first.side} {total} {outcome(instrument)}: {len(orders)} orders "
        f"{price_text(first.price, instrument)} … {price_text(last.price, instrument)}, {each} each{flags}"
    )


def _how(order: OrderRequest, instrument: Instrument, book: BookSnapshot | None) -> str:
    """Return whether it rests or takes, and where a stop lives."""
    if order.trigger_price is not None:
        return where_a_stop_waits(instrument, in_program=False)
    now = fills_now(order, book)
    if not now:
        return "rests"
    rest = order.size - now
    takes = f"takes {size_text(now)} now"
    if not rest:
        return takes
    is_gone = order.time_in_force.value in {"IOC", "FOK"}
    return f"{takes}, {size_text(rest)} {'lapses' if is_gone else 'rests'}"


def _cost(meaning: Meaning, instrument: Instrument) -> str:
    counted = meaning.orders[:1] if isinstance(meaning.spec, Bracket | Oco) else meaning.orders
    worth = sum((order.size * order.price for order in counted), ZERO)
    return f"{worth:,.2f} {instrument.quote}".rstrip()


def _time(seconds: int) -> str:
    for length, word in ((3600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length} {word}"
    return f"{seconds} s"
