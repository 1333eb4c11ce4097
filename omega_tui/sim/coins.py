"""What a coin exchange trades, and the whole numbers its books count in.

Prices are counted in ticks and sizes in lots inside the books; outside they are `Decimal`, and text with a
fixed number of places on the wire.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from omega_tui.domain.instrument import ZERO


class CoinKind(StrEnum):
    """What is bought: the coin itself, or a perpetual contract on it."""

    SPOT = "SPOT"
    PERPETUAL = "PERPETUAL"


class MarketKey(NamedTuple):
    """Names one book: `BTCUSDT` exists as spot and as a perpetual."""

    kind: CoinKind
    symbol: str

    @property
    def is_perpetual(self) -> bool:
        """Whether positions, not coins, come of trading it."""
        return self.kind is CoinKind.PERPETUAL


@dataclass(frozen=True, slots=True)
class CoinSpec:
    """One book of the exchange.

    Attributes:
        key: Its name.
        base: What is bought and sold.
        quote: What it is paid in.
        price_places: Decimals of a price; a tick is one unit of the last.
        size_places: Decimals of a size; a lot is one unit of the last.
        min_size: Smallest order, in base units.
        min_value: Smallest order, in quote units.
        maker_rate: Fee of who rests, as a share of the value.
        taker_rate: Fee of who takes.
        start: First price.
        share: Of the venue's flow, relative to the other books.
        depth: Typical size of a level near the touch, in base units.
        spacing: Typical distance between two levels, in quote units.
        levels: How many levels a side has.
        volatility: How far the fair price wanders, as a share of itself per root second.
        max_leverage: Of a perpetual.
        maintenance_rate: Of a perpetual.
        price_band: How far a limit may be beyond the mark, as a share of it.
    """

    key: MarketKey
    base: str
    quote: str
    price_places: int
    size_places: int
    min_size: Decimal
    min_value: Decimal
    maker_rate: Decimal
    taker_rate: Decimal
    start: Decimal
    share: float
    depth: Decimal
    spacing: Decimal
    levels: int = 80
    volatility: float = 0.00008
    max_leverage: int = 1
    maintenance_rate: Decimal = ZERO
    price_band: Decimal = Decimal("0.05")

    @property
    def tick(self) -> Decimal:
        """The smallest step of the price."""
        return Decimal(1).scaleb(-self.price_places)

    @property
    def lot(self) -> Decimal:
        """The smallest step of a size."""
        return Decimal(1).scaleb(-self.size_places)

    def price(self, ticks: int) -> Decimal:
        """Return a price as a number."""
        return Decimal(ticks).scaleb(-self.price_places)

    def size(self, lots: int) -> Decimal:
        """Return a size as a number."""
        return Decimal(lots).scaleb(-self.size_places)

    def ticks(self, price: Decimal) -> int | None:
        """Return a price in ticks, None when it is between two."""
        scaled = price.scaleb(self.price_places)
        return int(scaled) if scaled == scaled.to_integral_value() else None

    def lots(self, size: Decimal) -> int | None:
        """Return a size in lots, None when it is between two."""
        scaled = size.scaleb(self.size_places)
        return int(scaled) if scaled == scaled.to_integral_value() else None

    def price_text(self, ticks: int) -> str:
        """Return a price as the wire writes it, with all its places."""
        return _fixed(ticks, self.price_places)

    def size_text(self, lots: int) -> str:
        """Return a size as the wire writes it, with all its places."""
        return _fixed(lots, self.size_places)


def plain(value: Decimal) -> str:
    """Return a number without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fixed(units: int, places: int) -> str:
    if not places:
        return str(units)
    sign, units = ("-", -units) if units < 0 else ("", units)
    whole, rest = divmod(units, 10**places)
    return f"{sign}{whole}.{rest:0{places}}"


BTC_SPOT: Final = MarketKey(CoinKind.SPOT, "BTCUSDT")
ETH_SPOT: Final = MarketKey(CoinKind.SPOT, "ETHUSDT")
BTC_PERP: Final = MarketKey(CoinKind.PERPETUAL, "BTCUSDT")
ETH_PERP: Final = MarketKey(CoinKind.PERPETUAL, "ETHUSDT")

DEFAULT_COINS: Final = (
    CoinSpec(
        key=BTC_SPOT,
        base="BTC",
        quote="USDT",
        price_places=2,
        size_places=6,
        min_size=Decimal("0.000001"),
        min_value=Decimal(1),
        maker_rate=Decimal("0.001"),
        taker_rate=Decimal("0.001"),
        start=Decimal("64210.40"),
        share=0.28,
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
        min_value=Decimal(1),
        maker_rate=Decimal("0.001"),
        taker_rate=Decimal("0.001"),
        start=Decimal("3120.55"),
        share=0.20,
        depth=Decimal(6),
        spacing=Decimal("0.06"),
        volatility=0.0001,
    ),
    CoinSpec(
        key=BTC_PERP,
        base="BTC",
        quote="USDT",
        price_places=1,
        size_places=4,
        min_size=Decimal("0.0001"),
        min_value=Decimal(5),
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal("0.0006"),
        start=Decimal("64210.4"),
        share=0.34,
        depth=Decimal("1.6"),
        spacing=Decimal("0.7"),
        max_leverage=125,
        maintenance_rate=Decimal("0.004"),
    ),
    CoinSpec(
        key=ETH_PERP,
        base="ETH",
        quote="USDT",
        price_places=2,
        size_places=2,
        min_size=Decimal("0.01"),
        min_value=Decimal(5),
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal("0.0006"),
        start=Decimal("3120.55"),
        share=0.18,
        depth=Decimal(22),
        spacing=Decimal("0.05"),
        volatility=0.0001,
        max_leverage=100,
        maintenance_rate=Decimal("0.005"),
    ),
)
"""Invented prices of real coins. Places, minimums and fees are those that Bitget states for these symbols."""
