"""What code asks for, turned into the exact order that would leave: rounded here, and never later."""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, TypeVar

from omega_tui.domain.instrument import Instrument, multiple_of
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.risk_view import Denial
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import OrderRefused

Number = Decimal | str | int
"""A price or a size as code gives it. A float is refused: it is not the number that was typed."""

Word = TypeVar("Word", bound=StrEnum)

MARKET_BOUND: Final = Decimal("0.01")
"""How far beyond the best price a market order without a worst price may go, where prices are unbounded."""

MARKET_BOUND_TICKS: Final = 5
"""The same in ticks, where prices are bounded; and nowhere less than this."""


_SIGNATURE: Final = re.compile(r'("signature":")[^"]*')


class Kind(StrEnum):
    """What an order is, in a trader's words."""

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop-limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What is asked for.

    Attributes:
        symbol: Instrument id, symbol or name.
        side: Buying or selling.
        size: In base units.
        price: Limit; for a market order the worst price, None for one near the best.
        kind: What it is.
        time_in_force: None: GTC, and IOC for what takes.
        post_only: Refuse rather than take.
        reduce_only: Only make the position smaller.
        trigger_price: What sets a stop off.
        client_order_id: Ours; empty: one is made.
        expires_at_s: End of a GTD order, seconds since the epoch.
    """

    symbol: str
    side: Side
    size: Decimal
    price: Decimal | None = None
    kind: Kind = Kind.LIMIT
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    client_order_id: str = ""
    expires_at_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An order as it would leave.

    Attributes:
        ticket: What was asked for.
        request: What would be sent, on tick and lot.
        instrument: What it trades.
        book: The prices that were looked at.
        denial: Why it would not leave; None where it would.
        payload: What would be sent, without credentials and signature; empty where it would not leave.
    """

    ticket: Ticket
    request: OrderRequest
    instrument: Instrument
    book: BookSnapshot
    denial: Denial | None = None
    payload: str = ""

    @property
    def notional(self) -> Decimal:
        """What it is worth in quote units."""
        return self.instrument.worth(self.request.size, self.request.price)

    @property
    def changes(self) -> tuple[str, ...]:
        """Return in words what was rounded; empty where nothing was."""
        found = []
        for word, asked, sent in (
            ("size", self.ticket.size, self.request.size),
            ("price", self.ticket.price, self.request.price),
            ("trigger price", self.ticket.trigger_price, self.request.trigger_price),
        ):
            if asked is not None and sent is not None and asked != sent:
                found.append(f"the {word} {asked} becomes {sent}")
        return tuple(found)


def number(value: Number, what: str) -> Decimal:
    """Return a number that code gave.

    Raises:
        OrderRefused: It is a float or no number above zero.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        kind = type(value).__name__
        raise OrderRefused("NUMBER", f"The {what} came as {kind}: give a Decimal, an int or text.")
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        raise OrderRefused("NUMBER", f"The {what} {str(value)[:40]!r} is no number above zero.")
    return found


def member(words: type[Word], given: str, what: str) -> Word:
    """Return the member of a closed set that a word means, in any case.

    Raises:
        OrderRefused: It means none.
    """
    for word in words:
        if word.value.casefold() == given.casefold():
            return word
    allowed = ", ".join(word.value for word in words)
    raise OrderRefused("INTENT", f"There is no {what} {given[:20]!r}: {allowed}.")


def check_grid(
    instrument: Instrument, *, size: Decimal, price: Decimal | None, trigger: Decimal | None = None
) -> None:
    """Refuse what is not on tick and lot: here nothing is rounded.

    Raises:
        OrderRefused: Something is not.
    """
    for what, value in (("price", price), ("trigger price", trigger)):
        if value is not None and not instrument.is_on_tick(value):
            tick = instrument.tick_size
            raise OrderRefused("TICK", f"The {what} {value} is not a multiple of the tick {tick}: change it.")
    if not instrument.is_on_lot(size):
        lot = instrument.lot_size
        raise OrderRefused("LOT", f"The size {size} is not a multiple of the lot {lot}: change it.")


def request_of(ticket: Ticket, instrument: Instrument, book: BookSnapshot) -> OrderRequest:
    """Return the order that a ticket means, on tick and lot: never a worse price, never a larger size.

    Raises:
        OrderRefused: Its parts contradict each other, or nothing of it is left after rounding.
    """
    _check_parts(ticket)
    size = multiple_of(ticket.size, instrument.lot_size, ROUND_DOWN)
    if not size:
        least = max(instrument.lot_size, instrument.min_size)
        raise OrderRefused(
            "LOT", f"{ticket.size} is less than the smallest size of {instrument.name}, {least}."
        )
    trigger = ticket.trigger_price
    if trigger is not None:
        trigger = _on_tick(trigger, instrument, ticket.side)
    is_market = ticket.kind in {Kind.MARKET, Kind.STOP}
    if ticket.price is not None:
        price = _on_tick(ticket.price, instrument, ticket.side)
    elif trigger is not None:
        price = trigger  # No venue keeps a worst price for a stop; this one is what limits count with.
    else:
        price = _worst_price(ticket, instrument, book)
    takes = ticket.kind is Kind.MARKET
    return OrderRequest(
        client_order_id=ticket.client_order_id,
        instrument=instrument.id,
        venue=instrument.venue,
        side=ticket.side,
        size=size,
        price=price,
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        time_in_force=ticket.time_in_force or (TimeInForce.IOC if takes else TimeInForce.GTC),
        post_only=ticket.post_only,
        reduce_only=ticket.reduce_only,
        expires_at_s=ticket.expires_at_s,
        trigger_price=trigger,
    )


def unsigned(payload: bytes) -> str:
    """Return an order's bytes as text, without the signature: a preview must not be good for sending."""
    return _SIGNATURE.sub(r"\1***", payload.decode())


def _check_parts(ticket: Ticket) -> None:
    is_stop = ticket.kind in {Kind.STOP, Kind.STOP_LIMIT}
    if is_stop and ticket.trigger_price is None:
        raise OrderRefused("INTENT", f"A {ticket.kind} order needs a trigger price.")
    if not is_stop and ticket.trigger_price is not None:
        raise OrderRefused("INTENT", f"A {ticket.kind} order has no trigger price: make it a stop.")
    if ticket.kind in {Kind.LIMIT, Kind.STOP_LIMIT} and ticket.price is None:
        raise OrderRefused("INTENT", f"A {ticket.kind} order needs a price.")
    if ticket.kind is Kind.STOP and ticket.price is not None:
        raise OrderRefused(
            "INTENT", "A stop takes any price once it is set off: make it stop-limit for a limit."
        )
    if (ticket.time_in_force is TimeInForce.GTD) != bool(ticket.expires_at_s):
        raise OrderRefused("INTENT", "GTD and the time of its end go together.")
    _check_id(ticket.client_order_id)


def _check_id(client_order_id: str) -> None:
    text = client_order_id.replace("-", "").replace("_", "")
    if client_order_id and not (len(client_order_id) <= 36 and text.isascii() and text.isalnum()):
        raise OrderRefused("CLIENT_ID", "A client order id has up to 36 letters, digits, - and _.")


def _worst_price(ticket: Ticket, instrument: Instrument, book: BookSnapshot) -> Decimal:
    best = book.best_ask if ticket.side is Side.BUY else book.best_bid
    if best is None:
        raise OrderRefused("MARKET_WITHOUT_BOUND", "Nobody is on the other side: give a worst price.")
    least = instrument.tick_size * MARKET_BOUND_TICKS
    width = least if instrument.price_max is not None else max(least, best * MARKET_BOUND)
    price = best + width * ticket.side.sign
    if instrument.price_max is not None:
        price = min(price, instrument.price_max - instrument.tick_size)
    return _on_tick(max(price, instrument.tick_size), instrument, ticket.side)


def _on_tick(price: Decimal, instrument: Instrument, side: Side) -> Decimal:
    """Return the price on the tick that is not worse for the trader."""
    return multiple_of(price, instrument.tick_size, ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)
