"""The words of the conformance table: what a trader means, and how it is put to the exchange library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from omega_tui.domain.instrument import InstrumentKind

SPOT: Final = InstrumentKind.SPOT
LINEAR: Final = InstrumentKind.LINEAR


class Intent(StrEnum):
    """What a trader means by an order."""

    LIMIT = "limit"
    MARKET = "market"
    POST_ONLY = "post-only"
    IOC = "immediate-or-cancel"
    FOK = "fill-or-kill"
    STOP = "stop"
    STOP_LIMIT = "stop-limit"


@dataclass(frozen=True, slots=True)
class Shape:
    """How an intent is put to the library, and what must then be seen leaving it.

    Attributes:
        kind: `limit` or `market`, the library's type.
        path: Path of the request that leaves.
        wire: Fields that it must carry, with dots where they lie deeper; a value of None means that the field
            must be there, whatever it says.
        params: Fixed parameters for the library.
        trigger: Name of the parameter for the trigger price; empty for orders without one.
        direction: Whether the library must be told on which side of the market the trigger lies.
        sell_only: Whether a buy would be counted in quote units, and so would not be what was asked for.
        client_id: Name of the parameter for our order id.
        client_id_field: Name of the field in which it must leave.
    """

    kind: str
    path: str
    wire: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    trigger: str = ""
    direction: bool = False
    sell_only: bool = False
    client_id: str = "clientOrderId"
    client_id_field: str = "clientOrderId"


Key = tuple[str, InstrumentKind, Intent, bool]
"""Exchange, kind of instrument, intent, reduce-only."""
