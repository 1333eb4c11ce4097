"""Orders of ours that stand in a market, and those of its other outcome where they stand in this one. Pure.

The two outcomes of a binary market are one book: a BUY of YES at 0.40 rests among the asks of NO, at 0.60.
What is sent about such an order speaks of it as it was sent; only where it is drawn is mirrored.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.orders import Order, OrderRequest
from omega_tui.domain.programs import Amend, Program
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts
from omega_tui.ui.text.words import price_text, size_text

UNNAMED_MARK: Final = "C"
"""Marks orders of a complement whose name does not begin with a letter that every terminal has."""


class Mirrored(NamedTuple):
    """An order of the other outcome, and where it stands on the ladder of this one.

    Attributes:
        request: As it was sent, or is held.
        left: What is left of it, in base units.
        price: Where it is drawn, in the prices of this outcome.
    """

    request: OrderRequest
    left: Decimal
    price: Decimal


def orders_here(facts: DeskFacts, instrument: Instrument) -> list[Order]:
    """Return the orders of ours that may rest in `instrument`."""
    return [o for o in facts.orders if o.request.instrument == instrument.id and not o.is_done]


def held_here(facts: DeskFacts, instrument: Instrument) -> list[tuple[Program, OrderRequest]]:
    """Return the orders that programs hold in `instrument` until their price comes, each with its program."""
    return _held(facts.programs, instrument.id)


def mirror_price(price: Decimal, instrument: Instrument) -> Decimal:
    """Return a price of one outcome in the prices of the other: both make up `price_max`, exactly.

    Raises:
        ValueError: The prices of `instrument` have no upper bound, so that nothing is their mirror.
    """
    if instrument.price_max is None:
        msg = f"{instrument.id} has no upper bound"
        raise ValueError(msg)
    return instrument.price_max - price


def mirrored_id(instrument: Instrument | None) -> str | None:
    """Return the instrument whose orders stand on the ladder of this one, mirrored; None for none."""
    return instrument.complement_id if instrument is not None and instrument.price_max is not None else None


def mirrored_here(
    orders: Iterable[Order], programs: Iterable[Program], instrument: Instrument | None
) -> list[Mirrored]:
    """Return what may rest or is held in the complement of `instrument`; nothing where it has none."""
    other = mirrored_id(instrument)
    if instrument is None or other is None:
        return []
    found = [(o.request, o.remaining) for o in orders if o.request.instrument == other and not o.is_done]
    found += [(request, request.size) for _, request in _held(programs, other)]
    return [Mirrored(request, left, mirror_price(request.stands_at, instrument)) for request, left in found]


def outcome_mark(other: Instrument | None) -> str:
    """Return the one character that marks orders of an outcome among those of its complement: its initial."""
    initial = other.base[:1].upper() if other is not None else ""
    return initial if initial.isascii() and initial.isalnum() else UNNAMED_MARK


def outcome_name(other: Instrument | None) -> str:
    """Return what the other outcome is called."""
    return other.base if other is not None and other.base else "the other outcome"


def as_sent(mirrored: Iterable[Mirrored], other: Instrument | None) -> list[str]:
    """Return orders of the other outcome by what was sent, as `Yes BUY 5 @ 0.40`; those alike as one."""
    sums: dict[tuple[Side, str, Decimal], Decimal] = {}
    for request, left, _ in mirrored:
        key = request.side, "@" if request.trigger_price is None else "stop", request.stands_at
        sums[key] = sums.get(key, ZERO) + left
    return [
        f"{outcome_name(other)} {side} {size_text(left)} {at} {price_text(price, other)}"
        for (side, at, price), left in sums.items()
    ]


def _held(programs: Iterable[Program], instrument: str) -> list[tuple[Program, OrderRequest]]:
    return [
        (program, request)
        for program in programs
        if not isinstance(program.spec, Amend)
        for request in program.held
        if request.instrument == instrument
    ]
