"""Orders that were to close a position and outlived it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.teaching import Finding, FindingSeverity
from omega_tui.text import number_text

_WORKING: Final = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
"""What rests for certain and stays there by itself."""


def left_orders(orders: Iterable[Order], positions: Mapping[str, Position]) -> Iterator[Finding]:
    """Yield a finding for each reduce-only order that rests and has nothing to close.

    It is critical: cancels spare such orders, and the next position in the instrument would be closed by one
    that was meant for another.

    Args:
        orders: Own ones that work, everywhere.
        positions: What is held, by instrument.
    """
    for order in orders:
        request = order.request
        position = positions.get(request.instrument)
        held = position.quantity if position is not None else ZERO
        if not request.reduce_only or order.status not in _WORKING or held * request.side.sign < 0:
            continue
        words = replace(request, size=order.remaining).words
        yield Finding(
            "CLOSES_NOTHING", FindingSeverity.CRITICAL, request.instrument, "what it could close", ZERO, None,
            "", "what is held against its side", (("order", words), ("held", number_text(held))),
            f"{words} closes nothing: it would close the next position.", "o-04-reduce-only-bracket",
        )  # fmt: skip
