"""A backend without an engine: events are put in by hand, commands are kept, arming answers like the gate."""

import random
from collections.abc import Sequence
from concurrent.futures import Future
from decimal import Decimal

from msgspec import structs

from omega_tui.clock import ManualClock
from omega_tui.domain.account import Balance, Position
from omega_tui.domain.candle import CandleHistory
from omega_tui.domain.commands import Arm, Command, Disarm, FetchCandles, Kill, PlaceOrder, Unkill
from omega_tui.domain.events.account import (
    ArmChanged,
    BalanceChanged,
    FillRecorded,
    OrderChanged,
    PositionChanged,
    TradingMode,
)
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated, TradePrinted
from omega_tui.domain.events.status import (
    COLLAR_TICKS,
    DAY_LIMIT,
    DAY_RESULT,
    GROSS,
    GROSS_LIMIT,
    OPEN_ORDERS,
    OPEN_ORDERS_LIMIT,
    ORDERS_A_MINUTE,
    ORDERS_A_MINUTE_LIMIT,
    POSITION_LIMIT,
    PRICE_COLLAR,
    Alert,
    ConnectionChanged,
    MetricsSampled,
    ReplayChanged,
    ServiceState,
    ServiceStateChanged,
    Severity,
)
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataState,
    Integrity,
    IntegrityState,
    StreamName,
)
from omega_tui.domain.orders import Fill, Order, OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.trade import Trade
from omega_tui.errors import NoHandler

D = Decimal
NS = 1_000_000_000
NOON = 1_783_339_331 * NS
"""2026-07-06 12:02:11 UTC: where every fixture's clock stands."""

TICK = D("0.01")

MARKETS = (
    ("1001", "1002", "Will the central bank cut its rate in September?"),
    ("2001", "2002", "Will the launch happen before the end of the quarter?"),
    ("3001", "3002", "Will it rain on the opening day of the festival?"),
)


class FakeBackend:
    """A `Backend` whose engine is the test.

    Attributes:
        commands: Everything dispatched, oldest first.
        refusals: What a dispatch of a command of that type ends with.
        candles: What a chart that asks is given, by instrument and length; refused without.
        answers: Whether arm, disarm, kill and unkill change the mode, as the gate would.
        stands_still: Whether what is dispatched gets no answer.
    """

    def __init__(self, *, is_live: bool = False, is_replay: bool = False) -> None:
        self.clock = ManualClock(NOON)
        self.venue = "sim"
        self.is_live = is_live
        self.is_replay = is_replay
        self.started = 0
        self.commands: list[Command] = []
        self.refusals: dict[type[Command], Exception] = {}
        self.candles: dict[tuple[str, str], CandleHistory] = {}
        self.answers = True
        self.stands_still = False
        self.served: dict[str, Future[None]] = {}
        self.restarted: list[str] = []
        self.looked_at: frozenset[str] = frozenset()
        self._waiting: list[Event] = []

    def start(self) -> None:
        self.started += 1

    def look_at(self, instruments) -> None:
        self.looked_at = frozenset(instruments)

    def publish(self, *events: Event) -> None:
        self._waiting += events

    def drain(self) -> Sequence[Event]:
        taken, self._waiting = self._waiting, []
        return taken

    def dispatch(self, command: Command) -> Future[object]:
        future: Future[object] = Future()
        if isinstance(command, FetchCandles):
            # A chart asks by itself, whatever the test is about.
            history = self.candles.get((command.instrument, command.timeframe))
            if history is None:
                future.set_exception(NoHandler("there are no candles here"))
            else:
                future.set_result(history)
            return future
        self.commands.append(command)
        if self.stands_still:
            return future
        refusal = self.refusals.get(type(command))
        if refusal is not None:
            future.set_exception(refusal)
            return future
        if self.answers:
            self._answer(command)
        future.set_result(None)
        return future

    def serve(self, name: str) -> Future[None]:
        return self.served.setdefault(name, Future())

    def restart(self, name: str) -> Future[object]:
        self.restarted.append(name)
        future: Future[object] = Future()
        future.set_result(None)
        return future

    @property
    def service_names(self) -> Sequence[str]:
        return ("journal", "streaming", "exchange")

    def placed(self) -> list[OrderRequest]:
        return [command.request for command in self.commands if isinstance(command, PlaceOrder)]

    def _answer(self, command: Command) -> None:
        match command:
            case Arm(venue):
                until_ns = self.clock.now_ns() + 900 * NS
                self.publish(ArmChanged(venue, TradingMode.ARMED, until_ns=until_ns, is_live=self.is_live))
            case Disarm(_, reason):
                self.publish(ArmChanged(self.venue, TradingMode.DISARMED, reason))
            case Kill(reason):
                self.publish(ArmChanged(self.venue, TradingMode.HALTED, reason))
            case Unkill():
                self.publish(ArmChanged(self.venue, TradingMode.DISARMED))
            case _:
                pass


# ------------------------------------------------------------------------------------------- fixtures


def instruments() -> list[Instrument]:
    found = []
    for yes, no, name in MARKETS:
        for token, other, base in ((yes, no, "YES"), (no, yes, "NO")):
            found.append(
                Instrument(
                    id=token,
                    venue="sim",
                    name=name,
                    tick_size=TICK,
                    lot_size=D("0.01"),
                    min_size=D(5),
                    base=base,
                    quote="pUSD",
                    market_id=f"m{yes}",
                    complement_id=other,
                    price_min=D(0),
                    price_max=D(1),
                )
            )
    return found


def book(instrument: str = "1001", bid: int = 45, ask: int = 47, sequence: int = 1) -> BookSnapshot:
    """A book with 30 levels a side whose sizes come from a seed; `bid` and `ask` are in ticks."""
    sizes = random.Random(7)
    bids = [
        PriceLevel(TICK * (bid - n), D(round(sizes.uniform(40, 900) * (1 + n / 6))))
        for n in range(min(30, bid - 1))
    ]
    asks = [
        PriceLevel(TICK * (ask + n), D(round(sizes.uniform(40, 900) * (1 + n / 6))))
        for n in range(min(30, 99 - ask))
    ]
    return BookSnapshot(
        instrument=instrument,
        bids=tuple(bids),
        asks=tuple(asks),
        tick_size=TICK,
        sequence=sequence,
        ts_event_ns=NOON,
        ts_recv_ns=NOON,
    )


def book_event(
    snapshot: BookSnapshot,
    *,
    age_ms: int = 38,
    state: IntegrityState = IntegrityState.VERIFIED,
    now_ns: int = NOON,
) -> BookUpdated:
    integrity = Integrity(state, "hash", since_ns=now_ns - 9 * NS, verified_ns=now_ns - age_ms * 1_000_000)
    return BookUpdated(snapshot.instrument, snapshot, integrity, now_ns - age_ms * 1_000_000)


def connection(stream: StreamName = StreamName.BOOK, **fields: object) -> ConnectionChanged:
    known = Connection(
        venue="sim",
        stream=stream,
        state=ConnectionState.UP,
        last_recv_ns=NOON,
        lag_ms=4.0,
        keepalive_ms=1.2,
        clock_skew_ms=0.4,
        ts_ns=NOON,
    )
    return ConnectionChanged(structs.replace(known, **fields))


def trades(instrument: str = "1001", count: int = 40) -> list[TradePrinted]:
    prints = random.Random(11)
    found = []
    for n in range(count):
        side = prints.choice([Side.BUY, Side.SELL])
        tick = 47 if side is Side.BUY else 45
        at_ns = NOON - (count - n) * 1_700_000_000
        trade = Trade(
            instrument=instrument,
            price=TICK * (tick + prints.choice([-2, -1, 0, 0, 0, 1, 2])),
            size=D(prints.choice([5, 10, 12, 25, 40, 88, 120, 310])),
            aggressor=side,
            trade_id=f"t{n}",
            ts_event_ns=at_ns,
            ts_recv_ns=at_ns,
        )
        found.append(TradePrinted(instrument, at_ns, at_ns, trade))
    return found


def order(  # noqa: PLR0913 - what the tests vary
    number: int,
    status: OrderStatus,
    tick: int,
    side: Side = Side.BUY,
    *,
    size: int = 100,
    filled: int = 0,
    instrument: str = "1001",
    reason: str = "",
    age_s: int = 20,
) -> Order:
    request = OrderRequest(
        client_order_id=f"o7f2{number:04}",
        instrument=instrument,
        venue="sim",
        side=side,
        size=D(size),
        price=TICK * tick,
    )
    return Order(
        request=request,
        status=status,
        venue_order_id=f"0x{number:040x}",
        filled=D(filled),
        average_price=TICK * tick if filled else None,
        reason=reason,
        ts_intent_ns=NOON - age_s * NS,
        ts_changed_ns=NOON - age_s * NS + 71_000_000,
    )


def every_order() -> list[Order]:
    """One order in each state, on rows of their own."""
    return [
        order(1, OrderStatus.CANCELED, 38, age_s=400),
        order(2, OrderStatus.FILLED, 44, size=300, filled=300, age_s=200),
        order(3, OrderStatus.REJECTED, 51, Side.SELL, reason="post-only would cross", age_s=3),
        order(4, OrderStatus.ACCEPTED, 43, age_s=64),
        order(5, OrderStatus.PARTIALLY_FILLED, 45, size=250, filled=90, age_s=31),
        order(6, OrderStatus.PENDING_CANCEL, 42, age_s=12),
        order(7, OrderStatus.UNKNOWN, 41, reason="no answer within 10 s", age_s=11),
        order(8, OrderStatus.ACCEPTED, 50, Side.SELL, size=120, age_s=9),
        order(9, OrderStatus.SUBMITTED, 49, Side.SELL, age_s=0),
        order(10, OrderStatus.INTENT, 40, age_s=0),
    ]


def opening(backend: FakeBackend) -> None:
    """Publish what a console at rest has seen: markets, books, trades, account, streams."""
    backend.publish(
        *(InstrumentUpdated(one) for one in instruments()),
        connection(),
        connection(StreamName.ACCOUNT),
        *(ServiceStateChanged(name, ServiceState.RUNNING) for name in backend.service_names),
        MetricsSampled(
            "streaming", (("frames_total", 18_204.0), ("hash_ok_total", 8_929.0), ("lag_ms", 4.1))
        ),
        MetricsSampled(
            "exchange",
            (
                (DAY_LIMIT, 500.0),
                (DAY_RESULT, -61.2),
                (GROSS, 433.7),
                (GROSS_LIMIT, 100_000.0),
                (OPEN_ORDERS, 6.0),
                (OPEN_ORDERS_LIMIT, 50.0),
                (ORDERS_A_MINUTE, 3.0),
                (ORDERS_A_MINUTE_LIMIT, 120.0),
                (POSITION_LIMIT, 50_000.0),
                (PRICE_COLLAR, 0.05),
                (COLLAR_TICKS, 5),
            ),
        ),
        BalanceChanged(Balance("sim", "pUSD", D("10000"), D("9868.5"))),
        book_event(book("1001")),
        book_event(book("1002", 53, 55)),
        book_event(book("2001", 22, 23)),
        book_event(book("3001", 71, 74)),
        *trades(),
        Alert(NOON - 90 * NS, Severity.INFO, "START", "connected to the embedded exchange"),
    )


def holding(backend: FakeBackend) -> None:
    """Publish a position with a fill, and one in another market."""
    fill = Fill(
        trade_id="t39",
        venue_order_id="0x2",
        instrument="1001",
        side=Side.BUY,
        price=D("0.44"),
        size=D(300),
        is_maker=True,
        ts_event_ns=NOON - 30 * NS,
    )
    backend.publish(
        FillRecorded(fill, "o7f20002", is_new=True),
        PositionChanged(Position("sim", "1001", D(300), D("0.4412"), D("-4.20"), D("0.35"))),
        PositionChanged(Position("sim", "2002", D(40), D("0.765"), D("12.10"))),
        book_event(book("2002", 77, 78)),
    )


def armed(backend: FakeBackend) -> None:
    backend.publish(
        ArmChanged("sim", TradingMode.ARMED, until_ns=NOON + 521 * NS, is_live=backend.is_live),
    )


def orders(backend: FakeBackend, *found: Order) -> None:
    backend.publish(*(OrderChanged(one) for one in found))


def in_state(backend: FakeBackend, state: DataState) -> None:
    """Publish what brings the book of 1001 into a data state."""
    snapshot = book("1001", sequence=2)
    match state:
        case DataState.LIVE:
            backend.publish(book_event(snapshot))
        case DataState.QUIET:
            backend.publish(book_event(snapshot, age_ms=4_100))
        case DataState.LAG:
            backend.publish(book_event(snapshot), connection(lag_ms=1_400.0))
        case DataState.STALE:
            backend.publish(book_event(snapshot, age_ms=12_400), connection(keepalives_missed=2))
        case DataState.RESYNC:
            backend.publish(book_event(snapshot, state=IntegrityState.RESYNCING))
        case DataState.DOWN:
            backend.publish(
                book_event(snapshot, age_ms=6_200),
                connection(
                    state=ConnectionState.DOWN,
                    reason="connection refused",
                    attempt=3,
                    retry_at_ns=NOON + 4 * NS,
                ),
            )


def replaying(backend: FakeBackend, *, paused: bool = False) -> None:
    backend.publish(
        connection(state=ConnectionState.REPLAY),
        ReplayChanged(
            position_ns=NOON,
            start_ns=NOON - 254 * NS,
            end_ns=NOON + 226 * NS,
            speed=4.0,
            paused=paused,
            finished=False,
            frame=9_412,
            frames=17_806,
        ),
    )
