"""How the venue words its refusals (fact sheet, section 7, "Errors")."""

from typing import Final, NamedTuple

from omega_tui.sim.book_order import Refusal
from omega_tui.sim.public_book import MIN_ORDER_SHARES
from omega_tui.sim.records import OrderRecord
from omega_tui.sim.units import amount_text, price_text

DUPLICATED: Final = (
    "order {} is invalid. Duplicated. Same order has already been placed, can't be placed again"
)
GONE: Final = "order can't be found - already canceled or matched"
NO_ORDERBOOK: Final = "the orderbook {} does not exist"
NOT_OWNER: Final = "the order owner has to be the owner of the API KEY"
INVALID_SIGNATURE: Final = "invalid signature"
INVALID_EXPIRATION: Final = "invalid expiration"
NOT_ENOUGH: Final = "not enough balance / allowance"
TOO_LITTLE: Final = "invalid amount for a marketable BUY order (${}), min size: $1"
INVALID_PAYLOAD: Final = "Invalid order payload"
VERSION_MISMATCH: Final = "order_version_mismatch"
HEARTBEAT: Final = "invalid heartbeat id, expected {}"

KILLED: Final = frozenset({Refusal.FOK_NOT_FILLED, Refusal.FAK_NO_MATCH})
"""Refusals of orders that were taken and killed unfilled; their owner is told."""

_FIXED: Final = {
    Refusal.LOT: "invalid amounts, sizes are limited to two decimals",
    Refusal.EXPIRED: INVALID_EXPIRATION,
    Refusal.DUPLICATE: "Duplicated. Same order has already been placed, can't be placed again",
    Refusal.POST_ONLY_TYPE: "invalid post-only order: only GTC and GTD orders are supported",
    Refusal.POST_ONLY_CROSSES: "invalid post-only order: order crosses book",
    Refusal.FOK_NOT_FILLED: "order couldn't be fully filled. FOK orders are fully filled or killed.",
    Refusal.FAK_NO_MATCH: (
        "no orders found to match with FAK order. "
        "FAK orders are partially filled or killed if no match is found."
    ),
}


class Denied(NamedTuple):
    """The venue says no.

    Attributes:
        status: HTTP status.
        words: As the venue words it.
        order_id: Of the order; empty where it does not come so far.
    """

    status: int
    words: str
    order_id: str = ""


def words_of(refusal: Refusal, record: OrderRecord, tick: str) -> str:
    """Return why the engine did not take an order, in the venue's words."""
    match refusal:
        case Refusal.TICK | Refusal.PRICE_RANGE:
            return f"Price ({price_text(record.price)}) breaks minimum tick size rule: {tick}"
        case Refusal.MIN_SIZE:
            return f"Size ({amount_text(record.size)}) lower than the minimum: {MIN_ORDER_SHARES}"
        case _:
            return _FIXED[refusal]
