"""What can be traded, and the venue's rules for prices and sizes of it."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

ZERO = Decimal(0)
ONE = Decimal(1)


class InstrumentKind(StrEnum):
    """How a position of it pays.

    LINEAR pays `(exit - entry) * size` in the quote asset. INVERSE is counted in contracts that are each
    worth `contract_size` quote units and pays `size * contract_size * (1 / entry - 1 / exit)` in the base.
    """

    SPOT = "SPOT"
    LINEAR = "LINEAR"
    INVERSE = "INVERSE"


class StopSupport(StrEnum):
    """Where a stop of an instrument waits for its price, as far as was proven."""

    HERE = "HERE"
    """The venue keeps none: this program holds it, and it is gone when the program ends."""
    AT_VENUE = "AT_VENUE"
    """The venue keeps it, and fires it as another order: a program of several orders holds its own here."""
    SAME_ORDER = "SAME_ORDER"
    """The venue keeps it, and it stays the same order when it fires."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One thing that can be traded at one venue.

    Attributes:
        id: Ours and unique over all venues. At Polymarket the outcome token's id, elsewhere `venue:SYMBOL`.
        venue: The venue's name, as `sim`, `polymarket`, `bitget`.
        name: For people, already made safe for the terminal: the market's question, or the symbol.
        tick_size: The smallest step of the price, as of the newest book or venue event.
        lot_size: The smallest step of the size.
        min_size: The smallest size of a resting order.
        base: What is bought and sold, as `YES` or `BTC`.
        quote: What it is paid in, as `pUSD` or `USDT`.
        market_id: The venue's group of related instruments (Polymarket's condition id); empty where none.
        complement_id: The instrument that pays when this one does not; None where there is no such thing.
        price_min: Exclusive lower bound of the price, for bounded markets; None where unbounded.
        price_max: Exclusive upper bound.
        taker_fee_rate: Fee of the aggressor as the venue states it; how it is applied is the venue's formula.
        maker_fee_rate: Fee of the resting side.
        min_notional: Smallest price times size of a marketable order.
        active: Whether the venue takes orders in it.
        resolves_at_ns: When the market is to end, nanoseconds since the epoch; None where not known.
        kind: How a position pays.
        contract_size: Base units of a linear contract, quote units of an inverse one; 1 for spot. Sizes of
            linear instruments are in base units all the same, those of inverse ones in contracts.
        settle: The asset in which a contract pays; empty for spot.
        is_fifo: Whether the book shows all that rests and serves first what came first, so that a place in
            the queue can be estimated; not so where orders may be hidden or share a price pro rata.
        stops: Where a stop waits; an account in hedge mode may have all of them held here.
        amends_in_place: Whether a resting limit order can be given another price and stay the same order.
    """

    id: str
    venue: str
    name: str
    tick_size: Decimal
    lot_size: Decimal = Decimal("0.01")
    min_size: Decimal = ZERO
    base: str = ""
    quote: str = ""
    market_id: str = ""
    complement_id: str | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    taker_fee_rate: Decimal = ZERO
    maker_fee_rate: Decimal = ZERO
    min_notional: Decimal = ZERO
    active: bool = True
    resolves_at_ns: int | None = None
    kind: InstrumentKind = InstrumentKind.SPOT
    contract_size: Decimal = ONE
    settle: str = ""
    is_fifo: bool = True
    stops: StopSupport = StopSupport.HERE
    amends_in_place: bool = False

    def is_on_tick(self, price: Decimal) -> bool:
        """Whether `price` is a whole number of ticks."""
        return price % self.tick_size == 0

    def is_on_lot(self, size: Decimal) -> bool:
        """Whether `size` is a whole number of lots."""
        return size % self.lot_size == 0

    def contains(self, price: Decimal) -> bool:
        """Whether an order may rest at `price`, by the bounds alone.

        A bounded market ends one tick inside its bounds: `tick <= price <= 1 - tick` at Polymarket
        (fact sheet, section 7).
        """
        if self.price_min is not None and price < self.price_min + self.tick_size:
            return False
        if self.price_max is not None and price > self.price_max - self.tick_size:
            return False
        return price > 0

    def to_ticks(self, price: Decimal) -> int:
        """Return `price` as a number of ticks; a price between ticks goes to the nearest even one."""
        exact = price / self.tick_size
        ticks = int(exact)
        # Nearly every price is on a tick, and rounding costs three times what dividing does.
        return ticks if ticks == exact else int(exact.quantize(ONE, rounding=ROUND_HALF_EVEN))

    def from_ticks(self, ticks: int) -> Decimal:
        """Return the price of `ticks` ticks, with as many decimals as the tick has."""
        return self.tick_size * ticks

    def near(self, price: Decimal, *, ticks: int, share: Decimal) -> Decimal:
        """Return how far from `price` still counts as near it, a whole number of ticks.

        So many ticks where prices are bounded. Elsewhere a tick may be next to nothing, as 0.1 at 64,000, and
        `share` of the price counts if that is more.
        """
        width = self.tick_size * ticks
        if self.price_max is not None:
            return width
        return max(width, multiple_of(price * share, self.tick_size, ROUND_DOWN))

    def worth(self, size: Decimal, price: Decimal) -> Decimal:
        """Return what `size` is worth in quote units; an inverse contract is worth the same at any price."""
        return size * (self.contract_size if self.kind is InstrumentKind.INVERSE else price)

    @property
    def price_decimals(self) -> int:
        """How many decimals a price of this instrument is written with."""
        return decimals_of(self.tick_size)

    def price_text(self, price: Decimal) -> str:
        """Return a price as `priced`, without separators, as the engine writes numbers: `0.50`."""
        return priced(price, self.tick_size).replace(",", "")


def multiple_of(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Return the multiple of `step` next to `value`, on the side that a rounding of `decimal` names."""
    return (value / step).to_integral_value(rounding=rounding) * step


def decimals_of(step: Decimal) -> int:
    """Return how many decimals a multiple of `step` needs, at least 0."""
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"a step must be finite: {step}"
    return max(0, -exponent)


def priced(price: Decimal, step: Decimal) -> str:
    """Return a price in a sentence, with the decimals of `step` as everywhere else: `0.40`, `64,250.5`.

    What lies between two steps is written to its end.
    """
    exponent = price.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return f"{price:,.{max(own, decimals_of(step))}f}"


def in_ticks(count: Decimal) -> str:
    """Return a number of ticks in a sentence: `1 tick`, `2 ticks`, `1,200 ticks`."""
    return f"{count:,f} {'tick' if count == ONE else 'ticks'}"
