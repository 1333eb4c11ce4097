"""What is on the screen, as far as a question can be made of it."""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ONE


class OnScreen(Struct, frozen=True):
    """A market and an account at one instant.

    Attributes:
        bars: Closed candles of the chart, oldest first; empty for none.
        tick: Step of the price; None takes the finest of the bars.
        lot: Step of the size.
        price: Under the cursor; None not known.
        stop: Where a stop works, or would stand by the range; None not known.
        equity: Of the account; None not known.
        fee_rate: Of the aggressor, a share of the value.
        leverage: Of the position or the account; 1 where nothing is borrowed.
        unit: What is counted: `BTC`; empty for units.
    """

    bars: tuple[Candle, ...] = ()
    tick: Decimal | None = None
    lot: Decimal = Decimal("0.01")
    price: Decimal | None = None
    stop: Decimal | None = None
    equity: Decimal | None = None
    fee_rate: Decimal = Decimal(0)
    leverage: Decimal = ONE
    unit: str = ""


NOTHING = OnScreen()
"""No market and no account."""
