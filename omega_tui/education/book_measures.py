"""Measures of a book at one instant: imbalance, micro-price, order-flow imbalance, delta divergence."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.snapshot import PriceLevel
from omega_tui.education.swings import Pivot, PivotKind

IMBALANCE_LEVELS: Final = 5

_WEIGHTS: Final = tuple((Decimal(-level) / 2).exp() for level in range(IMBALANCE_LEVELS))
"""e^(-i/2): a level counts 0.61 times as much as the one before it."""


def imbalance(bids: Sequence[PriceLevel], asks: Sequence[PriceLevel]) -> Decimal | None:
    """Return the weighted imbalance of the best five levels, from -1 (all asks) to 1; None for an empty book.

    Orders that make it can be canceled at once: it says what is shown, not what is meant.
    """
    bid = sum((weight * level.size for weight, level in zip(_WEIGHTS, bids, strict=False)), ZERO)
    ask = sum((weight * level.size for weight, level in zip(_WEIGHTS, asks, strict=False)), ZERO)
    return (bid - ask) / (bid + ask) if bid + ask else None


def micro_price(bid: PriceLevel, ask: PriceLevel) -> Decimal:
    """Return the mid weighted by the sizes of the other sides: nearer to the side that shows less."""
    return (ask.size * bid.price + bid.size * ask.price) / (bid.size + ask.size)


def order_flow_imbalance(
    before: tuple[PriceLevel, PriceLevel], after: tuple[PriceLevel, PriceLevel]
) -> Decimal:
    """Return what one change of the touch, given as (bid, ask), adds to the order-flow imbalance.

    Cont, Kukanov and Stoikov 2014. Its link with the price is of the same moment, no forecast.
    """
    (old_bid, old_ask), (bid, ask) = before, after
    flow = ZERO
    if bid.price >= old_bid.price:
        flow += bid.size
    if bid.price <= old_bid.price:
        flow -= old_bid.size
    if ask.price <= old_ask.price:
        flow -= ask.size
    if ask.price >= old_ask.price:
        flow += old_ask.size
    return flow


def delta_divergence(first: Pivot, second: Pivot, delta: Mapping[int, Decimal]) -> int:
    """Compare two certain pivots of one kind with the cumulative delta at their bars.

    Returns:
        -1 for a higher high on less delta, 1 for a lower low on more, 0 for neither. Known when the second
        pivot is.

    Raises:
        ValueError: They are of different kinds.
        KeyError: The delta of one of the bars is missing.
    """
    if first.kind is not second.kind:
        raise ValueError("a divergence is between two highs or two lows")
    price, flow = second.price - first.price, delta[second.bar] - delta[first.bar]
    if second.kind is PivotKind.HIGH:
        return -1 if price > 0 > flow else 0
    return 1 if price < 0 < flow else 0
