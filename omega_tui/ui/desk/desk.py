"""What the screen shows, folded from events: one writer, no clock, no I/O.

`Desk.apply` is the only thing that changes it; everybody else reads. Every collection has a bound, and the
oldest of what is done goes first.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.events.account import (
    ArmChanged,
    BalanceChanged,
    DeadManChanged,
    FillRecorded,
    OrderChanged,
    PositionChanged,
    ProgramChanged,
    TradingMode,
    VenueStateChanged,
)
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import (
    BookUpdated,
    FeedGap,
    InstrumentUpdated,
    MarketResolved,
    TickSizeChanged,
    TradePrinted,
)
from omega_tui.domain.events.status import (
    Alert,
    ConnectionChanged,
    LinkChanged,
    MetricsSampled,
    ReplayChanged,
    ServiceStateChanged,
    Severity,
    VenueChanged,
    VenueHealthChanged,
    VenuePhase,
)
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataLimits,
    DataState,
    DataStatus,
    IntegrityState,
    StreamName,
    assess,
)
from omega_tui.domain.orders import Order
from omega_tui.domain.programs import Program
from omega_tui.domain.trade import Trade
from omega_tui.domain.venue_health import DeadMan, VenueHealth
from omega_tui.ui.desk.ack_times import AckTimes
from omega_tui.ui.desk.desk_log import DeskLog, LogEntry
from omega_tui.ui.desk.own_fills import OwnFills
from omega_tui.ui.desk.queue_places import QueuePlaces
from omega_tui.ui.desk.tapes import Tapes
from omega_tui.ui.text.money import UNTOLD, Totals, pays_in, totals_of
from omega_tui.ui.text.words import token

DONE_ORDERS = 500


class Changes(Struct):
    """What one call of `Desk.apply` touched, so that only that is drawn again."""

    books: set[str]
    prints: list[Trade]
    orders: bool = False
    positions: bool = False
    log: bool = False
    instruments: bool = False
    status: bool = False
    resolved: tuple[MarketResolved, ...] = ()
    ticks: tuple[TickSizeChanged, ...] = ()
    services: tuple[ServiceStateChanged, ...] = ()
    disarmed: tuple[ArmChanged, ...] = ()
    gaps: tuple[str, ...] = ()


class Desk:
    """Everything that the screen shows, as of the last event.

    Attributes:
        instruments: By id, in the order in which they became known.
        books: The last picture of each book.
        connections: By venue and stream.
        services: The last state of each.
        orders: By `order_key`, oldest first; at most `DONE_ORDERS` of them done.
        positions: By instrument id.
        balances: By venue and asset.
        arm: What the gate of each venue lets through.
        venues: Every venue of this console, in their order.
        health: How each venue answers.
        dead_man: The dead-man switch of each venue.
        takes: What each venue takes, where that was told.
        metrics: The last sample of each service.
        replay: Where a replay stands; None outside.
        tapes: The public prints.
        fills: Our own of this session.
        queue: What is thought to rest ahead of our orders.
        programs: By id, those that are not over.
        acks: How long the newest orders took to their answer.
        silence: Why nothing of this is to be believed: whoever tells it is not heard; empty while he is.
    """

    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.books: dict[str, BookUpdated] = {}
        self.connections: dict[tuple[str, StreamName], Connection] = {}
        self.services: dict[str, ServiceStateChanged] = {}
        self.orders: OrderedDict[str, Order] = OrderedDict()
        self.positions: dict[str, Position] = {}
        self.balances: dict[tuple[str, str], Balance] = {}
        self.arm: dict[str, ArmChanged] = {}
        self.venues: dict[str, VenueChanged] = {}
        self.health: dict[str, VenueHealth] = {}
        self.dead_man: dict[str, DeadMan] = {}
        self.takes: dict[str, VenueStateChanged] = {}
        self.metrics: dict[str, dict[str, float]] = {}
        self.link: LinkChanged | None = None
        self.replay: ReplayChanged | None = None
        self.tapes = Tapes()
        self.fills = OwnFills()
        self.queue = QueuePlaces()
        self.programs: dict[str, Program] = {}
        self.acks = AckTimes()
        self.silence = ""
        self._log = DeskLog()
        self._done = 0

    # ------------------------------------------------------------------------------ reading

    @property
    def log(self) -> Sequence[LogEntry]:
        """What there is to read, newest last, at most `LOG_LINES`."""
        return self._log.lines

    def clear_log(self) -> None:
        """Begin with an empty log."""
        self._log.lines.clear()

    def working(self, instrument: str | None = None) -> list[Order]:
        """Return the orders that may rest at a venue or are on their way, oldest first."""
        return [
            order
            for order in self.orders.values()
            if not order.is_done and (instrument is None or order.request.instrument == instrument)
        ]

    def mode(self, venue: str) -> TradingMode:
        """Return what the order gate of a venue lets through; DISARMED until it has said so."""
        arm = self.arm.get(venue)
        return arm.mode if arm is not None else TradingMode.DISARMED

    def account(self, venue: str) -> Connection | None:
        """Return the stream of a venue's account, None before it tells; DOWN while nobody tells of it."""
        account = self.connections.get((venue, StreamName.ACCOUNT))
        if account is not None and self.silence:
            return replace(account, state=ConnectionState.DOWN, reason=self.silence)
        return account

    def data_status(self, instrument: str, *, now_ns: int, limits: DataLimits) -> DataStatus:
        """Return the data state of an instrument's book, by the same rule as the order gate's."""
        if self.silence:
            return DataStatus(DataState.DOWN, None, self.silence)
        known = self.instruments.get(instrument)
        venue = self.venues.get(known.venue) if known is not None else None
        if venue is not None and venue.phase is not VenuePhase.OPEN:
            return DataStatus(DataState.DOWN, None, f"{venue.venue}: {venue.text or 'not open yet'}")
        connection = self.connections.get((known.venue, StreamName.BOOK)) if known is not None else None
        update = self.books.get(instrument)
        return assess(
            connection,
            update.integrity if update is not None and update.book is not None else None,
            last_update_ns=update.last_update_ns if update is not None else 0,
            now_ns=now_ns,
            limits=limits,
        )

    def mark(self, instrument: str) -> Decimal | None:
        """Return the price at which a position is valued: mid, else the one touch, else the last trade."""
        update = self.books.get(instrument)
        book = update.book if update is not None else None
        if book is not None:
            mark = book.mid or book.best_bid or book.best_ask
            if mark is not None:
                return mark
        last = self.tapes.last(instrument)
        return last.price if last is not None else None

    def unrealized(self, instrument: str) -> Decimal | None:
        """Return the open profit or loss of a position at `mark`; None while either is not known."""
        position = self.positions.get(instrument)
        mark = self.mark(instrument)
        if position is None or mark is None:
            return None
        return position.unrealized_pnl(mark)

    def day_totals(self) -> Totals:
        """Return realized and open profit, fees and funding counted, over every position of every venue.

        A position that cannot be valued counts with what it realized. Assets are never mixed: a fee that was
        taken in a third one, as BNB, stands apart under its name.
        """
        return self.totals_of(self.positions)

    def totals_of(self, instruments: Iterable[str]) -> Totals:
        """Return the same over the positions in some instruments."""
        amounts: dict[str, Decimal] = {}
        for instrument in instruments:
            position = self.positions[instrument]
            asset = pays_in(self.instruments.get(instrument)) or UNTOLD
            realized = position.realized_pnl + position.funding - position.fees
            amounts[asset] = amounts.get(asset, ZERO) + realized + (self.unrealized(instrument) or ZERO)
            for other, paid in position.other_fees:
                amounts[other] = amounts.get(other, ZERO) - paid
        return totals_of(amounts)

    def samples(self, service: str, venue: str) -> Mapping[str, float]:
        """Return the last sample of the service that does something for a venue; empty before the first."""
        return self.metrics.get(f"{service}/{venue}") or self.metrics.get(service, {})

    def label(self, instrument: Instrument) -> str:
        """Return the name of an instrument, after its venue where there is more than one."""
        return f"{instrument.venue} {instrument.name}" if len(self.venues) > 1 else instrument.name

    def full_name(self, instrument: Instrument) -> str:
        """Return the label of an instrument with its outcome, where it has one: unique over all venues."""
        return f"{self.label(instrument)} {token(instrument)}".strip()

    def view_only(self, venue: str) -> str:
        """Return why nothing can be ordered at a venue, as far as is known; empty where orders can leave."""
        known, health = self.venues.get(venue), self.health.get(venue)
        if known is not None and known.view_only:
            return f"{venue} is view only: {known.view_only}"
        if health is not None and health.may_trade is False:
            return f"{venue} is view only: its key may only read"
        return ""

    def market_of(self, instrument: Instrument) -> tuple[Instrument, ...]:
        """Return the instrument with its complement, where that is known."""
        other = self.instruments.get(instrument.complement_id or "")
        return (instrument,) if other is None else (instrument, other)

    # ------------------------------------------------------------------------------ writing

    def note(self, ts_ns: int, severity: Severity, text: str) -> None:
        """Add a line to the log that comes from the screen itself, as a refused key."""
        self._log.note(ts_ns, severity, text)

    def apply(  # noqa: C901, PLR0912, PLR0915 - one case per event reads best as one table
        self, events: Iterable[Event], *, now_ns: int
    ) -> Changes:
        """Fold `events`, oldest first, and return what they touched.

        Args:
            events: As drained from the bus.
            now_ns: Time for log lines of events that carry none, wall clock of the engine.
        """
        changes = Changes(set(), [])
        for event in events:
            match event:
                case BookUpdated():
                    self.books[event.instrument] = event
                    changes.books.add(event.instrument)
                    if event.book is None or event.integrity.state is IntegrityState.RESYNCING:
                        self.queue.gap(event.instrument)
                    else:
                        self.queue.book(event.book, now_ns=now_ns)
                case TradePrinted(trade=trade):
                    self.tapes.add(trade)
                    self.queue.trade(trade)
                    changes.prints.append(trade)
                case OrderChanged(order=order):
                    self._order(order, now_ns)
                    changes.orders = changes.log = True
                case FillRecorded():
                    met = self.positions.get(event.fill.instrument)
                    self.fills.take(event.fill, is_new=event.is_new, before=met)
                    self._log.fill(event, self.instruments.get(event.fill.instrument), now_ns)
                    changes.orders = changes.log = True
                case PositionChanged(position=position):
                    self.positions[position.instrument] = position
                    self.fills.met(position)
                    changes.positions = True
                case BalanceChanged(balance=balance):
                    self.balances[balance.venue, balance.asset] = balance
                    changes.positions = True
                case ConnectionChanged(connection=connection):
                    self.connections[connection.venue, connection.stream] = connection
                    changes.status = True
                case InstrumentUpdated(instrument=instrument):
                    self.instruments[instrument.id] = instrument
                    changes.instruments = True
                case VenueChanged():
                    self.venues[event.venue] = event
                    changes.status = True
                case VenueHealthChanged(health=health):
                    self.health[health.venue] = health
                    changes.status = True
                case DeadManChanged(dead_man=dead_man):
                    self.dead_man[dead_man.venue] = dead_man
                    changes.status = True
                case VenueStateChanged():
                    self.takes[event.venue] = event
                    changes.status = True
                case ArmChanged():
                    self._arm(event, now_ns, changes)
                case Alert():
                    self._log.alert(event)
                    changes.log = True
                case ServiceStateChanged():
                    self.services[event.service] = event
                    self._log.service(event, now_ns)
                    changes.services = (*changes.services, event)
                    changes.status = changes.log = True
                case MetricsSampled():
                    self.metrics[event.service] = dict(event.values)
                    changes.status = True
                case LinkChanged():
                    self.link = event
                    changes.status = True
                case ReplayChanged():
                    self.replay = event
                    changes.status = True
                case TickSizeChanged():
                    changes.ticks = (*changes.ticks, event)
                case MarketResolved():
                    self._log.resolved(event, self.instruments.get(event.instrument), now_ns)
                    changes.resolved = (*changes.resolved, event)
                    changes.log = True
                case ProgramChanged(program=program):
                    self._program(program)
                    changes.orders = True
                case FeedGap():
                    self.queue.gap(event.instrument)
                    changes.gaps = (*changes.gaps, event.instrument)
                    changes.log = self._log.gap(event, now_ns) or changes.log
                case _:
                    pass
        return changes

    def _order(self, order: Order, now_ns: int) -> None:
        key = order_key(order)
        before = self.orders.get(key)
        if before is None and order.venue_order_id and order.request.client_order_id:
            # An order first seen as the venue's row may turn out to be ours: one line, not two.
            before = self.orders.pop(f"{order.request.venue}/{order.venue_order_id}", None)
        self.orders[key] = order
        self.acks.take(before, order)
        self._place(order, now_ns)
        self._done += order.is_done - (before is not None and before.is_done)
        self._log.order(before, order, self.instruments.get(order.request.instrument), now_ns)
        if self._done > DONE_ORDERS:
            oldest = next(key for key, known in self.orders.items() if known.is_done)
            del self.orders[oldest]
            self._done -= 1

    def _place(self, order: Order, now_ns: int) -> None:
        known = self.instruments.get(order.request.instrument)
        update = self.books.get(order.request.instrument)
        self.queue.order(
            order,
            update.book if update is not None else None,
            now_ns=now_ns,
            is_visible=known is not None and known.is_fifo,
        )

    def _program(self, program: Program) -> None:
        if program.status.is_over:
            self.programs.pop(program.id, None)
        else:
            self.programs[program.id] = program

    def _arm(self, event: ArmChanged, now_ns: int, changes: Changes) -> None:
        before = self.mode(event.venue)
        self.arm[event.venue] = event
        changes.status = True
        if event.mode is before:
            return
        changes.log = True
        if before is TradingMode.ARMED:
            changes.disarmed = (*changes.disarmed, event)
        self._log.mode(event, before, now_ns)


def order_key(order: Order) -> str:
    """Return what an order is known by for as long as the program runs: our id, else the venue's."""
    request = order.request
    return request.client_order_id or f"{request.venue}/{order.venue_order_id}"
