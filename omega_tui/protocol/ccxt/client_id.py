"""Our order ids in the form that each exchange takes, and nothing is ever cut to fit.

Ours have at most 20 characters of `[a-z0-9]` (order safety, section 3), which nearly every exchange takes as
they are. Where the venue wants a number of fixed form the id is hashed: the same id gives the same text, so a
restarted program finds its orders by computing it again.
"""

import hashlib
from typing import Final

from omega_tui.errors import OrderRefused

LONGEST: Final = {"kraken": 18, "binance": 36, "okx": 32, "gate": 28, "bybit": 36, "bitget": 40}
"""Characters that a venue takes (their API references); others take at least 32."""

HASHED: Final = frozenset({"hyperliquid", "polymarket"})
"""Venues that want exactly 128 bits in hex."""

PREFIXED: Final = frozenset({"hyperliquid"})

MARKED: Final = {"gate": "t-"}
"""What ids of traders begin with at a venue."""


def encode_client_id(client_order_id: str, exchange_id: str) -> str:
    """Return the id as it is sent to an exchange.

    Raises:
        OrderRefused: It is longer than the venue takes.
    """
    if exchange_id in HASHED:
        digits = hashlib.sha256(client_order_id.encode()).hexdigest()[:32]
        return f"0x{digits}" if exchange_id in PREFIXED else digits
    longest = LONGEST.get(exchange_id, 32)
    if len(client_order_id) > longest:
        raise OrderRefused(
            "CLIENT_ID", f"{exchange_id} takes order ids of {longest} characters, not {len(client_order_id)}"
        )
    return MARKED.get(exchange_id, "") + client_order_id
