"""Which exchange's dead-man switch can be used through the exchange library, and how.

The library's `has["cancelAllOrdersAfter"]` promises more than there is: bybit's call sets a window for the
loss of its own socket and starts no timer, whitebit's is of one market. So, as with orders, nothing is used
that is not in this table, and every row is proven on the request that leaves the real library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from omega_tui.venues.base import DeadManTerms

EVERY_S: Final = 10.0
TIMEOUT_S: Final = 45.0
"""Fed every 10 s, fires after 45 (order safety, section 8)."""


@dataclass(frozen=True, slots=True)
class DeadManRow:
    """How a switch is fed, and what must be seen leaving.

    Attributes:
        path: Path of the request.
        wire: Fields that feed it, with `TIMEOUT_S` or the row's own time.
        release: Fields that switch it off; empty where that cannot be done.
        every_s: How often it is fed.
        timeout_s: When it fires.
        only: Account type that it is of; empty for both.
    """

    path: str
    wire: Mapping[str, Any]
    release: Mapping[str, Any]
    every_s: float = EVERY_S
    timeout_s: float = TIMEOUT_S
    only: str = ""


DEAD_MAN: Final[Mapping[str, DeadManRow]] = {
    "okx": DeadManRow("/api/v5/trade/cancel-all-after", {"timeOut": 45}, {"timeOut": 0}),
    # Its documentation advises 15 to 30 s and 60 s, and to switch it off before a maintenance.
    "kraken": DeadManRow(
        "/0/private/CancelAllOrdersAfter", {"timeout": "60"}, {"timeout": "0"}, every_s=15.0, timeout_s=60.0
    ),
    "krakenfutures": DeadManRow(
        "/derivatives/api/v3/cancelallordersafter",
        {"timeout": "60"},
        {"timeout": "0"},
        every_s=15.0,
        timeout_s=60.0,
        only="swap",
    ),
    "woo": DeadManRow("/v3/trade/cancelAllAfter", {"triggerAfter": 45_000}, {"triggerAfter": 0}),
    "htx": DeadManRow("/v2/algo-orders/cancel-all-after", {"timeout": 45}, {"timeout": 0}, only="spot"),
    "bitvavo": DeadManRow(
        "/v2/cancelOrdersAfter", {"expiryAfterSeconds": 45}, {"expiryAfterSeconds": 0}, only="spot"
    ),
}

NOT_USED: Final[Mapping[str, str]] = {
    "bybit": "its call sets what happens when its own socket is lost, and starts no timer",
    "whitebit": "it is of one market at a time",
    "hyperliquid": "the library cannot switch it off, and the venue allows few of them a day",
    "lighter": "its shortest time is five minutes",
    "polymarket": "that is the venue for perpetuals, which is not traded here",
}
"""Why what the library offers is not used, for `doctor`."""


def dead_man_of(exchange_id: str, account_type: str) -> DeadManTerms | None:
    """Return how the switch of an account is used; None where there is none that can be."""
    row = DEAD_MAN.get(exchange_id)
    if row is None or row.only not in {"", account_type}:
        return None
    return DeadManTerms(
        every_s=row.every_s,
        timeout_s=row.timeout_s,
        can_release=bool(row.release),
        warning=f"{exchange_id} now cancels ALL orders of the account, those of other programs too, "
        f"{row.timeout_s:g} s after it last heard of this one: a network cut that long is enough, and so is "
        "ending the program.",
    )
