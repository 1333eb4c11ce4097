"""A position in a linear perpetual, what its owner chose for the symbol and what the venue demands."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from typing import Final

from omega_tui.domain.instrument import ZERO

MONEY: Final = Decimal("0.00000001")
"""What shares of a cost or a margin are rounded to; the rest stays with the position until it is closed."""

DEFAULT_LEVERAGE: Final = 20


class MarginMode(StrEnum):
    """What answers for the losses of a position."""

    CROSSED = "crossed"
    ISOLATED = "isolated"


class HoldMode(StrEnum):
    """Whether a symbol has one net position, or a long and a short one side by side."""

    ONE_WAY = "one_way_mode"
    HEDGE = "hedge_mode"

    @property
    def is_hedge(self) -> bool:
        """Whether long and short stand side by side."""
        return self is HoldMode.HEDGE


class HoldSide(StrEnum):
    """The direction of a position."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        """+1 for long, -1 for short."""
        return 1 if self is HoldSide.LONG else -1

    @property
    def opposite(self) -> "HoldSide":
        """The other direction."""
        return HoldSide.SHORT if self is HoldSide.LONG else HoldSide.LONG


@dataclass(frozen=True, slots=True)
class Terms:
    """What the venue demands for one symbol.

    Attributes:
        symbol: As `BTCUSDT`.
        taker_rate: Fee that closing costs; part of what must be left.
        maintenance_rate: Share of the value that must be left, or the position is liquidated.
        max_leverage: Inclusive.
    """

    symbol: str
    taker_rate: Decimal
    maintenance_rate: Decimal
    max_leverage: int


@dataclass(slots=True)
class Setting:
    """What the owner chose for one symbol.

    Attributes:
        margin_mode: Of positions opened from now on.
        cross_leverage: Of both directions while crossed.
        long_leverage: Of an isolated long.
        short_leverage: Of an isolated short.
    """

    margin_mode: MarginMode = MarginMode.CROSSED
    cross_leverage: int = DEFAULT_LEVERAGE
    long_leverage: int = DEFAULT_LEVERAGE
    short_leverage: int = DEFAULT_LEVERAGE

    def leverage(self, side: HoldSide) -> int:
        """Return the leverage in force for one direction."""
        if self.margin_mode is MarginMode.CROSSED:
            return self.cross_leverage
        return self.long_leverage if side is HoldSide.LONG else self.short_leverage


@dataclass(slots=True)
class Holding:
    """One position, from its first fill until it is flat.

    Attributes:
        symbol: As `BTCUSDT`.
        side: Direction.
        margin_mode: Fixed when it was opened.
        opened_ns: When.
        updated_ns: Time of the last fill or funding.
        size: What is held, never negative.
        cost: What that was bought, or for a short sold, for.
        margin: Set aside for it alone; only while isolated.
        realized: Gained by parts already closed, before fees.
        fees: Paid for it.
        funding: Received; negative is paid.
        opened_size: Everything that ever was added.
        opened_value: For how much.
        closed_size: Everything that ever was taken off.
        closed_value: For how much.
    """

    symbol: str
    side: HoldSide
    margin_mode: MarginMode
    opened_ns: int
    updated_ns: int = 0
    size: Decimal = ZERO
    cost: Decimal = ZERO
    margin: Decimal = ZERO
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    opened_size: Decimal = ZERO
    opened_value: Decimal = ZERO
    closed_size: Decimal = ZERO
    closed_value: Decimal = ZERO

    @property
    def entry_price(self) -> Decimal:
        """Average price of what is held; zero while flat."""
        return (self.cost / self.size).quantize(MONEY) if self.size else ZERO

    def unrealized(self, mark: Decimal) -> Decimal:
        """Return what closing at `mark` would gain, before fees."""
        return (self.size * mark - self.cost) * self.side.sign


def share_up(amount: Decimal, leverage: int) -> Decimal:
    """Return `amount` divided by the leverage, rounded up: a margin is never too small."""
    return (amount / leverage).quantize(MONEY, ROUND_UP)
