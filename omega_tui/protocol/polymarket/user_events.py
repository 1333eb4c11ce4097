"""Messages of the user channel as reports of the domain.

Rules (fact sheet, section 6), cited by number below:

1. As maker our fills are the `maker_orders` rows of our api key; their token and side may be the complement
   of the header's.
2. Times are seconds or milliseconds; the magnitude tells.
3. A killed FOK is `CANCELED_<reason>` with empty texts for numbers.
"""

from decimal import Decimal
from typing import Final

from omega_tui.domain.events.account import OrderReported
from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.domain.order_facts import CANCELED, EXPIRED, LIVE, MATCHED, REJECTED
from omega_tui.domain.orders import Fill, Settlement
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.fees import MAX_FEE_BPS, taker_fee
from omega_tui.protocol.polymarket.user_wire import Loose, MakerOrder, UserOrder, UserTrade
from omega_tui.text import is_venue_id, parse_decimal, safe_text
from omega_tui.units import NS_PER_MS, NS_PER_S

_STATUSES: Final = {
    "LIVE": LIVE,
    "DELAYED": LIVE,
    "UNMATCHED": LIVE,
    "MATCHED": MATCHED,
    "CANCELED": CANCELED,
    "CANCELLED": CANCELED,
    "INVALID": CANCELED,
    "EXPIRED": EXPIRED,
    "REJECTED": REJECTED,
}
"""The venue's words; INVALID is a cancel by the venue, DELAYED and UNMATCHED will be in the book soon."""
_BY_TYPE: Final = {"PLACEMENT": LIVE, "UPDATE": LIVE, "CANCELLATION": CANCELED}
_SECONDS_BELOW: Final = 10**11
_MILLISECONDS_BELOW: Final = 10**14


def order_reported(message: UserOrder, *, venue: str) -> OrderReported:
    """Return what an event says of an order.

    Raises:
        ValueError: It cannot be read.
    """
    status, reason = order_status(message.status, message.type)
    price, size, filled = (
        _number(text) for text in (message.price, message.original_size, message.size_matched)
    )
    if any(number is not None and number < ZERO for number in (price, size, filled)):
        raise ValueError("a number below zero")
    return OrderReported(
        venue=venue,
        venue_order_id=_identifier(message.id),
        client_order_id="",
        instrument=_identifier(message.asset_id),
        side=Side(message.side),
        price=price,
        size=size,
        venue_status=status,
        filled=filled,
        reason=reason,
        ts_event_ns=event_ns(message.timestamp or message.created_at),
        time_in_force=safe_text(message.order_type, max_cells=8) if message.order_type else "",
    )


def fills_of(message: UserTrade, *, api_key: str) -> tuple[Fill, ...]:
    """Return the fills of our orders in a trade, at least one.

    Raises:
        ValueError: One of them cannot be read, or none of the orders is ours.
    """
    trade_id = _identifier(message.id)
    settlement = Settlement(message.status.upper())
    when = message.match_time or message.matchtime or message.timestamp or message.last_update
    ts_event_ns = event_ns(when)
    rows = [row for row in message.maker_orders or () if row.owner == api_key]
    fills = [_maker_fill(row, message, trade_id, settlement, ts_event_ns) for row in rows]
    role = (message.trader_side or "").upper()
    if role == "TAKER" or (role != "MAKER" and not rows and api_key in (message.trade_owner, message.owner)):
        price, size = _price(message.price), _size(message.size)
        rate_bps = (
            parse_decimal(str(message.fee_rate_bps)) if message.fee_rate_bps not in (None, "") else ZERO
        )
        if not ZERO <= rate_bps <= MAX_FEE_BPS:
            raise ValueError(f"a fee of {rate_bps} basis points")
        taken = Fill(
            trade_id=trade_id,
            venue_order_id=_identifier(message.taker_order_id),
            instrument=_identifier(message.asset_id),
            side=Side(message.side),
            price=price,
            size=size,
            fee=taker_fee(size=size, price=price, rate_bps=rate_bps),
            settlement=settlement,
            ts_event_ns=ts_event_ns,
        )
        fills.append(taken)
    if not fills:
        raise ValueError("a trade without an order of ours")
    return tuple(fills)


def order_status(status: str | None, event_type: str | None = None) -> tuple[str, str]:
    """Return the normalised status of an order and the venue's reason in safe text, empty for none (rule 3).

    Raises:
        ValueError: Neither the status nor the type of the event says where the order stands.
    """
    word = (status or "").strip()
    head, _, reason = word.partition("_")
    known = _STATUSES.get(head.upper()) or _BY_TYPE.get((event_type or "").upper())
    if known is None:
        raise ValueError(f"an order in no known state: {safe_text(word, max_cells=40)}")
    if head.upper() not in _STATUSES or head.upper() == "INVALID":
        reason = word
    return known, safe_text(reason.replace("_", " ")) if reason else ""


def event_ns(value: Loose) -> int:
    """Return a time given in seconds, milliseconds or finer in ns; 0 where nothing is said (rule 2).

    Raises:
        ValueError: It is no time.
    """
    if value is None or value == "":
        return 0
    text = str(value)
    if not (text.isascii() and text.isdecimal()) or len(text) > 19:
        raise ValueError(f"not a time: {safe_text(text, max_cells=40)}")
    number = int(text)
    if number < _SECONDS_BELOW:
        return number * NS_PER_S
    if number < _MILLISECONDS_BELOW:
        return number * NS_PER_MS
    return number * 1_000 if number < _MILLISECONDS_BELOW * 1_000 else number


def _maker_fill(
    row: MakerOrder,
    message: UserTrade,
    trade_id: str,
    settlement: Settlement,
    ts_event_ns: int,
) -> Fill:
    """Return the fill of a resting order (rule 1).

    Raises:
        ValueError: It cannot be read.
    """
    token = row.asset_id or message.asset_id
    header_side = Side(message.side)
    # Against the same token the maker is on the other side; against the complement both buy or both sell.
    implied = header_side.opposite if token == message.asset_id else header_side
    return Fill(
        trade_id=trade_id,
        venue_order_id=_identifier(row.order_id),
        instrument=_identifier(token),
        side=Side(row.side) if row.side else implied,
        price=_price(row.price),
        size=_size(row.matched_amount),
        is_maker=True,
        settlement=settlement,
        ts_event_ns=ts_event_ns,
    )


def _identifier(text: str | None) -> str:
    if text is None or not is_venue_id(text):
        raise ValueError("not an id")
    return text


def _number(text: str | None) -> Decimal | None:
    return None if text is None or text == "" else parse_decimal(text)


def _price(text: str) -> Decimal:
    price = parse_decimal(text)
    if not ZERO <= price <= ONE:
        raise ValueError(f"a price of {price}")
    return price


def _size(text: str) -> Decimal:
    size = parse_decimal(text)
    if size <= ZERO:
        raise ValueError(f"a fill of {size}")
    return size
