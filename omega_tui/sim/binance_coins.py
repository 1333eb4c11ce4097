"""What is traded at the embedded Binance."""

from decimal import Decimal
from typing import Final

from omega_tui.sim.coins import BTC_SPOT, ETH_SPOT, CoinKind, CoinSpec

SPOT: Final = CoinKind.SPOT

BINANCE_COINS: Final = (
    CoinSpec(
        key=BTC_SPOT,
        base="BTC",
        quote="USDT",
        price_places=2,
        size_places=5,
        min_size=Decimal("0.00001"),
        min_value=Decimal(5),
        maker_rate=Decimal("0.001"),
        taker_rate=Decimal("0.001"),
        start=Decimal("64210.40"),
        share=0.6,
        depth=Decimal("0.35"),
        spacing=Decimal("0.90"),
    ),
    CoinSpec(
        key=ETH_SPOT,
        base="ETH",
        quote="USDT",
        price_places=2,
        size_places=4,
        min_size=Decimal("0.0001"),
        min_value=Decimal(5),
        maker_rate=Decimal("0.001"),
        taker_rate=Decimal("0.001"),
        start=Decimal("3120.55"),
        share=0.4,
        depth=Decimal(6),
        spacing=Decimal("0.06"),
        volatility=0.0001,
    ),
)
"""Invented prices of real coins. Places, minimums and fees are those that Binance states for them."""
