"""What stands for a venue where no real money is meant, in the words of the configuration."""

from collections.abc import Mapping
from typing import Final

EMBEDDED: Final = "embedded"
EMBEDDED_TYPES: Final[Mapping[str, tuple[str, ...]]] = {"bitget": ("spot", "swap"), "binance": ("spot",)}
"""Exchanges of the library that have an embedded one, with its account types."""

OWN_SANDBOX: Final = "venue"
"""Values of `sandbox` besides an address: one that is started here, and the venue's own test system."""

ACCOUNT_TYPES: Final = ("spot", "swap")
