"""Orders that were to close a position and outlived it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.teaching import Finding, FindingSeverity

_WORKING: Final = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
"""What rests for certain and stays there by itself."""


def left_orders(
    orders: Iterable[Order], positions: Mapping[str, Position], instruments: Mapping[str, Instrument]
) -> Iterator[Finding]:
    """Yield a finding for each reduce-only order that rests and has nothing to close.

    It is critical: cancels spare such orders, and the next position in the instrument would be closed by one
    that was meant for another.

    Args:
        orders: Own ones that work, everywhere.
        positions: What is held, by instrument.
        instruments: What is known of them, for how a price is written.
    """
    for order in orders:
        request = order.request
        position = positions.get(request.instrument)
        held = position.quantity if position is not None else ZERO
        if not request.reduce_only or order.status not in _WORKING or held * request.side.sign < 0:
            continue
        known = instruments.get(request.instrument)
        price = known.price_text(request.stands_at) if known is not None else f"{request.stands_at:f}"
        what = f"{request.side} {_number(order.remaining)}"
        where = f"{'at' if request.trigger_price is None else 'stop'} {price}"
        yield Finding(
            "CLOSES_NOTHING", FindingSeverity.CRITICAL, request.instrument, "what it could close", ZERO, None,
            known.base if known is not None else "", "what is held against its side",
            (("size", _number(order.remaining)), ("price", price), ("held", _number(held))),
            f"{what} {where} closes nothing: it would close the next position.",
            "o-04-reduce-only-bracket",
        )  # fmt: skip


def _number(value: Decimal) -> str:
    return f"{value.normalize():,f}"
