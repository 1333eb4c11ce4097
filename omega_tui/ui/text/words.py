"""What orders, fills and modes are called on the screen: short words and whole sentences for people."""

from decimal import ROUND_HALF_EVEN, Decimal

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Fill, Order, OrderAlarm, OrderRequest, OrderStatus, OrderType, Settlement
from omega_tui.ui.text import formats

STATUS_WORDS: dict[OrderStatus, str] = {
    OrderStatus.INTENT: "intent",
    OrderStatus.SUBMITTED: "sent",
    OrderStatus.UNKNOWN: "unknown",
    OrderStatus.ACCEPTED: "working",
    OrderStatus.PARTIALLY_FILLED: "partial",
    OrderStatus.PENDING_CANCEL: "cxl sent",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.NOT_PLACED: "unplaced",
}
"""One word per state, at most 8 cells: the word carries the meaning, colour only repeats it."""

ALARM_WORDS: dict[OrderAlarm, str] = {
    OrderAlarm.FILLS_MISSING: "the venue counts more fills than it told us; asking",
    OrderAlarm.OVERFILL: "filled more than was ordered",
    OrderAlarm.RESURRECTED: "came back after it was thought dead",
    OrderAlarm.TRADE_ID_CONFLICT: "two different fills carry one trade id",
    OrderAlarm.TRADE_FINALITY_CONFLICT: "a settled trade was reported as failed",
    OrderAlarm.TRADE_FAILED: "a fill failed to settle and was undone",
}

MODE_WORDS: dict[TradingMode, str] = {
    TradingMode.DISARMED: "DISARMED",
    TradingMode.ARMED: "ARMED",
    TradingMode.REDUCING: "REDUCING",
    TradingMode.HALTED: "KILLED",
}


def status_word(order: Order) -> str:
    """Return where an order stands; of one that is accepted and waits for its price, that it is a stop."""
    if order.status is OrderStatus.ACCEPTED and order.request.trigger_price is not None:
        return "stop"
    return STATUS_WORDS[order.status]


def price_text(price: Decimal | None, instrument: Instrument | None) -> str:
    """Return a price with at least the decimals of its instrument's tick, or `-` for none."""
    if price is None:
        return "-"
    return formats.price_text(price, instrument.price_decimals if instrument is not None else 2)


def average_price(price: Decimal, instrument: Instrument | None) -> Decimal:
    """Return an average price as it is shown: rounded to one decimal more than the tick has."""
    decimals = instrument.price_decimals if instrument is not None else 4
    return price.quantize(Decimal(1).scaleb(-decimals - 1), rounding=ROUND_HALF_EVEN)


def average_text(price: Decimal | None, instrument: Instrument | None) -> str:
    """Return an average price, rounded as `average_price` says, or `-` for none."""
    if price is None:
        return "-"
    text = f"{average_price(price, instrument):,f}"
    return text.removesuffix("0") if "." in text else text


def size_text(size: Decimal) -> str:
    """Return a size to its last digit, without needless zeros and never with an exponent."""
    return f"{size.normalize():,f}"


def outcome(instrument: Instrument | None) -> str:
    """Return what is bought and sold, as `YES`."""
    return instrument.base if instrument is not None and instrument.base else "?"


def token(instrument: Instrument) -> str:
    """Return what a name must be followed by to say what is traded: the outcome; nothing for a coin.

    A coin's name is the venue's symbol, which begins with what is bought and sold.
    """
    return "" if instrument.name.startswith(f"{instrument.base}/") else instrument.base


def describe_request(request: OrderRequest, instrument: Instrument | None) -> str:
    """Return the order in words that name the token and the side actually sent."""
    sign = "≤" if request.order_type is OrderType.MARKET and request.side.sign > 0 else ""
    sign = "≥" if request.order_type is OrderType.MARKET and request.side.sign < 0 else sign
    flags = [request.time_in_force.value]
    if request.order_type is OrderType.MARKET:
        flags.insert(0, "MARKET")
    if request.post_only:
        flags.append("PO")
    if request.reduce_only:
        flags.append("RO")
    size = size_text(request.size)
    price = price_text(request.price, instrument)
    stop = ""
    if request.trigger_price is not None:
        stop = f"STOP {price_text(request.trigger_price, instrument)} "
        flags = flags[1:] if request.order_type is OrderType.MARKET else ["LIMIT", *flags]
    return f"{request.side} {size} {outcome(instrument)} {stop}@ {sign}{price} {' '.join(flags)}"


def describe_order(order: Order, instrument: Instrument | None) -> str:
    """Return the order in the words of the log: side, size, token where it is known, price or trigger."""
    request = order.request
    what = "" if instrument is None else f" {outcome(instrument)}"
    words = f"{request.side} {size_text(request.size)}{what}"
    if request.trigger_price is not None:
        words += f" stop {price_text(request.trigger_price, instrument)}"
        if request.order_type is OrderType.MARKET:
            return words
    return f"{words} @ {price_text(request.price, instrument)}"


def describe_change(  # noqa: PLR0911 - one sentence per state
    before: Order | None, order: Order, instrument: Instrument | None
) -> str:
    """Return a sentence for the log when an order's state changed; empty when there is nothing to say.

    Fills have their own line, so the growth of `filled` alone says nothing here.
    """
    what = describe_order(order, instrument)
    # A fill often follows its order by a moment, and whoever asks for it tells what is found.
    new = order.alarms - before.alarms - {OrderAlarm.FILLS_MISSING} if before is not None else ()
    if new:
        return f"{what}: {'; '.join(ALARM_WORDS[alarm] for alarm in sorted(new))}"
    if before is not None and before.status is order.status:
        return ""
    why = f": {order.reason}" if order.reason else ""
    match order.status:
        case OrderStatus.ACCEPTED if before is not None and before.status is OrderStatus.PENDING_CANCEL:
            return f"{what} still works{why or ': the cancel was refused'}"
        case OrderStatus.ACCEPTED:
            took_ms = (order.ts_changed_ns - order.ts_intent_ns) // 1_000_000
            known = before is not None and 0 < took_ms < 60_000
            return f"{what} working" + (f", {took_ms} ms" if known else "")
        case OrderStatus.CANCELED if order.filled:
            left = size_text(order.remaining)
            return f"{what} canceled with {left} left{why}"
        case OrderStatus.UNKNOWN:
            return f"{what} unknown: asking the venue{why}"
        case OrderStatus.CANCELED | OrderStatus.EXPIRED | OrderStatus.REJECTED | OrderStatus.NOT_PLACED:
            return f"{what} {STATUS_WORDS[order.status]}{why}"
        case _:
            return ""


def describe_fill(fill: Fill, instrument: Instrument | None) -> str:
    """Return a sentence for a fill, or for one that was undone."""
    size = size_text(fill.size)
    what = f"{fill.side} {size} {outcome(instrument)} @ {price_text(fill.price, instrument)}"
    if fill.settlement is Settlement.FAILED:
        return f"fill undone, it did not settle: {what}"
    role = "maker" if fill.is_maker else "taker"
    fee = f" fee {fill.fee.normalize():f}" if fill.fee else ""
    return f"filled {what} {role}{fee}"
