"""What a drill plays: instruments, what the crowd does when, what its trader begins with. Pure data.

Prices are whole ticks and sizes whole units, as the matching engine counts; whoever plays a scene converts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.education.quiz import Quiz

TICK: Final = Decimal("0.5")
VENUE: Final = "drill"


@dataclass(frozen=True, slots=True)
class Rest:
    """The crowd places an order; `key` is its name within the scene."""

    side: Side
    ticks: int
    size: int
    key: str
    market: int = 0


@dataclass(frozen=True, slots=True)
class Pull:
    """The crowd cancels one of its orders, if it still rests."""

    key: str
    market: int = 0


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody crosses, no further than `ticks`; what is not filled is gone."""

    side: Side
    ticks: int
    size: int
    market: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """The line to the venue is lost or comes back; what happened meanwhile is told then."""

    is_live: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """Something happens, so many milliseconds after the beginning."""

    at_ms: int
    act: Rest | Pull | Take | Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One drill, ready to be played.

    Attributes:
        brief: What to do, with the scene's own numbers.
        beats: In the order of their times.
        questions: For drills that are answered; others have none.
        instruments: What can be traded; the first is the one that is meant.
        quantity: What the trader holds at first, of the first instrument.
        entry: Its entry price.
        orders: The trader's orders at the beginning.
        values: Numbers of the brief, for the score.
        day_limit: The loss that locks, from the first moment on; None for none.
    """

    brief: str
    beats: tuple[Beat, ...] = ()
    questions: tuple[Quiz, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    quantity: Decimal = ZERO
    entry: Decimal = ZERO
    orders: tuple[OrderRequest, ...] = ()
    values: Mapping[str, Decimal] = field(default_factory=dict)
    day_limit: Decimal | None = None


def instrument(name: str) -> Instrument:
    """Return an instrument of the drills."""
    return Instrument(f"{VENUE}:{name}", VENUE, name, TICK, Decimal(1), Decimal(1), base="UNIT", quote="USD")


def price_of(ticks: int) -> Decimal:
    """Return a price."""
    return TICK * ticks
