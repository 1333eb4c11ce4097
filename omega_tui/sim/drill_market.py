"""One book of a drill: the exchange's matching engine in whole ticks and units, and its picture."""

from decimal import Decimal
from typing import Final

from omega_tui.domain.commands import CancelOrders
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.orders import Order, OrderRequest
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.education.drill_scene import TICK
from omega_tui.errors import OrderRefused
from omega_tui.sim.book_order import Rules
from omega_tui.sim.matching import MatchingEngine

MAX_TICKS: Final = 1_000_000
DEPTH: Final = 20


class DrillMarket:
    """One book.

    Attributes:
        instrument: What is traded in it.
        engine: Who matches.
        last: Price of the last print; None before the first.
        prints: How many there were.
        takes: How often the crowd crossed.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.engine = MatchingEngine(Rules(1, 1, 1, price_min=1, price_max=MAX_TICKS))
        self.last: Decimal | None = None
        self.prints = 0
        self.takes = 0
        self._sequence = 0

    def snapshot(self, now_ns: int) -> BookSnapshot:
        """Return the book as it stands."""
        sides = []
        for is_bid in (True, False):
            levels = []
            for ticks, total in self.engine.levels(is_bid=is_bid):
                levels.append(PriceLevel(TICK * ticks, Decimal(total)))
                if len(levels) == DEPTH:
                    break
            sides.append(tuple(levels))
        bids, asks = sides
        return BookSnapshot(self.instrument.id, bids, asks, TICK, self._sequence, now_ns, now_ns, self.last)

    def updated(self, now_ns: int) -> BookUpdated:
        """Return the book as an event; nobody checks it, because nothing was sent over any line."""
        self._sequence += 1
        return BookUpdated(
            self.instrument.id, self.snapshot(now_ns), Integrity(IntegrityState.UNCHECKED), now_ns
        )


def is_meant(command: CancelOrders, order: Order) -> bool:
    """Return whether a cancel of several orders means this one; what it leaves open matches all."""
    request = order.request
    wanted = (
        (command.instrument, request.instrument),
        (command.side, request.side),
        (command.price, request.price),
    )
    return all(asked is None or asked == found for asked, found in wanted)


def check_numbers(request: OrderRequest, *, held: Decimal, is_locked: bool) -> None:
    """Refuse what is off the tick or the lot, reduces nothing, or adds after the loss limit of the day.

    Args:
        request: The order.
        held: The position that it would take off; below zero where it would add to one.
        is_locked: Whether only orders that shrink a position leave.

    Raises:
        OrderRefused: Code and sentence, as the console has them.
    """
    for price in (request.price, request.trigger_price or request.price):
        if price <= 0 or price % TICK:
            raise OrderRefused("TICK", f"{price} is not a multiple of the tick {TICK}.")
    if request.size <= 0 or request.size % 1:
        raise OrderRefused("LOT", f"{request.size} is no whole number of units.")
    if request.reduce_only and held <= 0:
        raise OrderRefused("REDUCE_ONLY", "There is no position that it could make smaller.")
    if is_locked and (held <= 0 or (request.size > held and not request.reduce_only)):
        raise OrderRefused("DAILY_LOSS", "The loss limit of the day: only orders that shrink leave.")
