"""What the desks of the embedded Binance say of a path: who serves it, and what it asks of the caller."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from omega_tui.sim.binance_params import Params


class Security(StrEnum):
    """What a request must show (Binance docs, "Request security")."""

    PUBLIC = "PUBLIC"
    KEY = "KEY"
    """The name of a key."""
    READ = "READ"
    """A signature."""
    TRADE = "TRADE"
    """A signature of a key that may trade."""


PUBLIC: Final = Security.PUBLIC
KEY: Final = Security.KEY
READ: Final = Security.READ
TRADE: Final = Security.TRADE

Handler = Callable[[str, Params], Any]
"""Serves a request of an account; of nobody where it is public."""

Route = tuple[str, str]
"""Method and path."""

Routes = dict[Route, tuple[Security, Handler]]
