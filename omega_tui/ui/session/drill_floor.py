"""A drill as its trader sees it: a desk, a ladder and an order grammar of its own. Pure.

What its keys come to is translated into commands of the drill room; no command of it can reach a venue.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace as replace_request
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from omega_tui.bus.codec import decode_event
from omega_tui.domain.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    Command,
    Kill,
    PlaceOrder,
    StartProgram,
)
from omega_tui.domain.drill_view import DrillOpened, DrillStep
from omega_tui.domain.events.account import ArmChanged, OrderChanged, PositionChanged, TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.integrity import Connection, ConnectionState, Integrity, IntegrityState, StreamName
from omega_tui.domain.lesson_commands import CancelInDrill, PlaceInDrill
from omega_tui.domain.orders import Order
from omega_tui.domain.programs import Bracket, Oco, Scale, Stop
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.session.session import Session
from omega_tui.ui.session.session_state import Setting
from omega_tui.units import NS_PER_MS, NS_PER_S

VENUE: Final = "drill"
STILL_NS: Final = NS_PER_S // 2
SIZES: Final = tuple(map(Decimal, (5, 10, 20, 50, 100, 200, 500)))
"""Presets; a drill that names a size has it as the size of the next order."""


class DrillFloor:
    """One run of a drill of orders.

    Attributes:
        opened: The drill.
        session: Its desk, ladder and grammar.
        at_ms: How long it has run, as the room said last.
        is_over: Whether its time is up.
        is_asking: Whether a step is on its way, so that the next one waits.
    """

    def __init__(self, opened: DrillOpened, keymap: Keymap, setting: Setting, *, mono_ns: int) -> None:
        self.opened = opened
        self.at_ms = 0
        self.is_over = False
        self.is_asking = False
        self._began_ns = mono_ns
        self._base_ns = opened.books[0].ts_recv_ns if opened.books else 0
        # Nothing is worth anything here, and a question would be measured as slowness.
        own = replace(setting, venue=VENUE, is_live=False, is_replay=False, ask_above=None)
        self.session = Session(own, OrderEntry(keymap), Sizing.of(SIZES))
        self._apply(
            (
                *(InstrumentUpdated(one) for one in opened.instruments),
                *(self._seen(book) for book in opened.books),
                *(OrderChanged(order) for order in opened.orders),
                *(PositionChanged(position) for position in opened.positions),
                ArmChanged(VENUE, TradingMode.ARMED),
                self._line(is_live=True),
            )
        )
        self.session.desk.clear_log()
        if opened.instruments:
            self.session.show(opened.instruments[0].id)
        size = opened.values.get("size")
        if size is not None:
            self.session.sizing = self.session.sizing.exactly(size)

    @property
    def now_ns(self) -> int:
        """The time on the stage."""
        return self._base_ns + self.at_ms * NS_PER_MS

    def due_ms(self, mono_ns: int) -> int:
        """Return how long the drill has run by the screen's clock."""
        return max(0, (mono_ns - self._began_ns) // NS_PER_MS)

    @property
    def left_s(self) -> int:
        """Whole seconds that are left."""
        return max(0, -(-(round(self.opened.limit_s * 1000) - self.at_ms) // 1000))

    def take(self, step: DrillStep) -> None:
        """Take what happened since the step before."""
        self.at_ms = step.at_ms
        self.is_over = step.is_over
        told = [event for text in step.events if (event := decode_event(text, plain=True)) is not None]
        self._apply((*told, self._line(is_live=step.is_live)))
        if step.is_live:
            self._apply(self._still())

    def _still(self) -> Iterator[Event]:
        """Yield the books that stand still: while the line is up, what the stage shows is the present."""
        for update in tuple(self.session.desk.books.values()):
            if update.book is not None and self.now_ns - update.last_update_ns > STILL_NS:
                yield self._seen(update.book)

    def _seen(self, book: BookSnapshot) -> BookUpdated:
        return BookUpdated(book.instrument, book, Integrity(IntegrityState.UNCHECKED), self.now_ns)

    def _apply(self, events: Iterable[Event]) -> None:
        self.session.apply(events, now_ns=self.now_ns)

    def _line(self, *, is_live: bool) -> ConnectionChanged:
        return ConnectionChanged(
            Connection(
                VENUE,
                StreamName.BOOK,
                ConnectionState.UP if is_live else ConnectionState.DOWN,
                reason="" if is_live else "the line is lost",
                last_recv_ns=self.now_ns,
                ts_ns=self.now_ns,
            )
        )


ALONE: Final = "both ways out stand by themselves here: when one fills, cancel the other"


def in_drill(  # noqa: C901 - one case per command
    commands: Iterable[Command], working: Iterable[Order] = ()
) -> tuple[tuple[Command, ...], str]:
    """Return what commands of the grammar are in a drill, and what is said beside them.

    Args:
        commands: As the keys made them.
        working: Own orders of the drill: an amended one is replaced, a stop before the old one goes.
    """
    orders = {order.request.client_order_id: order for order in working}
    found: list[Command] = []
    said = ""
    for command in commands:
        match command:
            case PlaceOrder(request=request):
                found.append(PlaceInDrill(request))
            case StartProgram(spec=Stop(order=request)):
                found.append(PlaceInDrill(request))
            case StartProgram(spec=Bracket(entry=entry, take=take, stop=stop)):
                found += (PlaceInDrill(one) for one in (entry, stop, take) if one is not None)
                said = ALONE
            case StartProgram(spec=Oco(take=take, stop=stop)):
                found += (PlaceInDrill(one) for one in (stop, take) if one is not None)
                said = ALONE
            case StartProgram(spec=Scale(orders=requests)):
                found += map(PlaceInDrill, requests)
            case AmendOrder(client_order_id=name) if name in orders:
                found += _amended(command, orders[name])
            case CancelOrder(client_order_id=name):
                found.append(CancelInDrill(name))
            case CancelOrders(instrument=instrument, side=side, price=price):
                found.append(CancelInDrill(instrument=instrument, side=side, price=price))
            case Kill():
                found.append(CancelInDrill())
            case _:
                said = "a drill knows orders, stops, brackets and cancels; this it does not"
    return tuple(found), said


def _amended(command: AmendOrder, order: Order) -> tuple[Command, ...]:
    """Return the commands that put another order in the place of one."""
    request = order.request
    is_stop = request.trigger_price is not None
    price = command.price if command.price is not None else request.trigger_price or request.price
    wanted = replace_request(
        request,
        client_order_id="",
        price=price,
        trigger_price=price if is_stop else None,
        size=command.size - order.filled if command.size is not None else order.remaining,
        frame=command.frame,
    )
    place, cancel = PlaceInDrill(wanted), CancelInDrill(request.client_order_id)
    # A position is never without its stop; a resting order is never there twice.
    return (place, cancel) if is_stop else (cancel, place)
