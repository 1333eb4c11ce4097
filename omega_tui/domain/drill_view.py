"""What a drill looks like to whoever shows it: its stage, what happens on it, step by step."""

from decimal import Decimal

from msgspec import Raw, Struct

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.lesson_view import Question
from omega_tui.domain.orders import Order
from omega_tui.domain.snapshot import BookSnapshot


class DrillOpened(Struct, frozen=True):
    """A drill whose stage is set; nothing has happened yet.

    Attributes:
        drill: Its id.
        title: For people.
        brief: What to do, with the numbers of this run.
        limit_s: When it ends at the latest.
        instruments: What can be traded; empty for drills that are answered.
        orders: Own orders that work from the beginning.
        positions: What is held from the beginning.
        questions: In their order; empty for drills of orders.
        values: Numbers of the brief by name, as `entry`, `stop`, `size`.
        books: Of the instruments, as they stand at the beginning.
    """

    drill: str
    title: str
    brief: str
    limit_s: float
    instruments: tuple[Instrument, ...]
    orders: tuple[Order, ...]
    positions: tuple[Position, ...]
    questions: tuple[Question, ...]
    values: dict[str, Decimal]
    books: tuple[BookSnapshot, ...] = ()


class DrillStep(Struct, frozen=True):
    """What was told since the step before.

    Attributes:
        at_ms: How long the drill has run.
        events: In their order: books, prints, own orders, fills, positions, alerts; each as it goes over a
            bus, since an answer does not keep what kind of event it holds.
        is_live: Whether the line to the venue is up; while it is not, nothing is told.
        is_locked: Whether the loss limit of the day was reached.
        is_over: Whether its time is up, or every question answered.
    """

    at_ms: int
    events: tuple[Raw, ...]
    is_live: bool
    is_locked: bool
    is_over: bool
