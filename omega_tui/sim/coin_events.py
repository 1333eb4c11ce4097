"""What a coin exchange has to say: to everybody about its books, to users about what is theirs."""

from dataclasses import dataclass

from omega_tui.sim.coin_market import BookUpdate, Print
from omega_tui.sim.coin_records import FillRecord, OrderRecord, PlanRecord
from omega_tui.sim.coins import CoinKind, MarketKey


@dataclass(frozen=True, slots=True)
class BookTold:
    """A book changed."""

    key: MarketKey
    update: BookUpdate


@dataclass(frozen=True, slots=True)
class PrintsTold:
    """Something was traded in public, oldest first."""

    key: MarketKey
    prints: tuple[Print, ...]


@dataclass(frozen=True, slots=True)
class PictureTold:
    """It is time to show tickers and candles."""


@dataclass(frozen=True, slots=True)
class OrderTold:
    """An order of a user changed.

    Attributes:
        order: As it was then.
        fill: What changed it; None for anything but a fill.
    """

    order: OrderRecord
    fill: FillRecord | None = None


@dataclass(frozen=True, slots=True)
class PlanTold:
    """A plan of a user changed; as it was then."""

    plan: PlanRecord


@dataclass(frozen=True, slots=True)
class AccountTold:
    """What a user owns in one kind of account may have changed: coins, or futures cash and positions."""

    account: str
    kind: CoinKind


VenueEvent = BookTold | PrintsTold | PictureTold | OrderTold | PlanTold | AccountTold
