"""The exchange service: commands in, orders out through the gate, reports in, facts out.

It owns orders, positions, balances and the arming of one venue. It asks the venue at the start, after every
interruption and while anything is in doubt, and believes it; until then nothing new leaves.
"""

import asyncio
import random
from collections.abc import Coroutine, Mapping
from dataclasses import fields
from typing import ClassVar, TypeVar

import msgspec

from omega_tui import __version__
from omega_tui.bus.base import Subscription
from omega_tui.config import RiskConfig
from omega_tui.domain.account import Balance, Position
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.commands import (
    Arm,
    CancelOrder,
    CancelOrders,
    Command,
    Disarm,
    Kill,
    PlaceOrder,
    Reconcile,
    Unkill,
)
from omega_tui.domain.events import (
    AccountGap,
    Alert,
    Event,
    FillReported,
    MarketResolved,
    OrderReported,
    ServiceState,
    Severity,
    TradingMode,
)
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.orders import Order, OrderAlarm, OrderRequest, OrderStatus
from omega_tui.domain.risk_view import RiskView
from omega_tui.errors import (
    JournalError,
    OmegaError,
    OrderRefused,
    ServiceStateError,
    SubscriberOverrun,
    VenueError,
)
from omega_tui.services.arming import Arming, ArmingRules
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.cancels import Canceler
from omega_tui.services.day_result import DayResult
from omega_tui.services.gate import Gate
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.kill import cancel_everything
from omega_tui.services.ledger import Ledger
from omega_tui.services.market_view import MarketView
from omega_tui.services.reconcile import Difference, Reconciler, ReconcileTiming
from omega_tui.services.resolution import Resolutions
from omega_tui.venues.base import Broker

T = TypeVar("T")

NS_PER_S = 1_000_000_000

TICK_S = 0.25
"""How often timers are looked at."""

RETRY_FIRST_S = 0.5
RETRY_MOST_S = 10.0
"""Pause after a venue that did not answer: it doubles from the first to the most, with jitter."""

DOWN_DISARMS_S = 10.0
PROBE_EVERY_S = 5.0

OPENED = "opened"
"""The journal's word for its first line: when it was begun."""

DISARMING_ALARMS = frozenset({OrderAlarm.OVERFILL, OrderAlarm.RESURRECTED, OrderAlarm.TRADE_ID_CONFLICT})

ALARM_WORDS: Mapping[OrderAlarm, str] = {
    OrderAlarm.OVERFILL: "was filled for more than it asked for",
    OrderAlarm.RESURRECTED: "works although it was held for refused or absent",
    OrderAlarm.TRADE_ID_CONFLICT: "has two different trades under one id",
    OrderAlarm.TRADE_FINALITY_CONFLICT: "has a trade that was final and then failed",
    OrderAlarm.TRADE_FAILED: "has a trade that failed to settle: it is taken back",
}

_COMMANDS = (PlaceOrder, CancelOrder, CancelOrders, Arm, Disarm, Kill, Unkill, Reconcile)


class ExchangeService(Service):
    """Orders of one account at one venue. Every method belongs to the engine's loop.

    Args:
        platform: Bus and clock.
        broker: The venue.
        journal: What survives a crash; opened and closed by this service.
        risk: The limits in force.
        data_limits: From when on prices are not good enough to trade on.
        rng: For the jitter of pauses and the id of this run.
        timing: How long doubts last; the quarantine of `risk` by default.
    """

    name: ClassVar[str] = "exchange"

    def __init__(  # noqa: PLR0913 - a composition
        self,
        platform: Platform,
        *,
        broker: Broker,
        journal: Journal,
        risk: RiskConfig,
        data_limits: DataLimits,
        rng: random.Random,
        timing: ReconcileTiming | None = None,
    ) -> None:
        super().__init__(platform)
        self.venue = broker.venue
        self._broker = broker
        self._journal = journal
        self._risk = risk
        self._rng = rng
        self._timing = timing or ReconcileTiming(quarantine_s=risk.quarantine_s)
        self._ids = ClientOrderIds(rng.getrandbits(16))
        self._group: asyncio.TaskGroup | None = None
        self._wanted = asyncio.Event()
        self._asking = asyncio.Lock()
        self._ready = False
        self._gaps = 0
        self._stream_up = True
        self._gaps_before = 0
        self._last_run_ns = 0
        self._probed_ns = 0
        self._market = MarketView(self.venue, platform.bus, platform.clock, data_limits)
        self._account = self._subscribe()
        self._ledger = Ledger(self.venue, platform.bus, platform.clock, self._journal.append, self._on_alarm)
        self._arming = Arming(self._rules(), platform.bus, platform.clock, journal)

    # --- what code may read

    @property
    def orders(self) -> Mapping[str, Order]:
        """Every order, by client order id; one placed elsewhere by the venue's id."""
        return self._ledger.orders

    @property
    def positions(self) -> Mapping[str, Position]:
        """By instrument."""
        return self._ledger.positions

    @property
    def balances(self) -> Mapping[str, Balance]:
        """By asset."""
        return self._ledger.balances

    @property
    def mode(self) -> TradingMode:
        """What the gate lets through."""
        return self._arming.mode

    @property
    def is_ready(self) -> bool:
        """Whether the account was read from the venue since the last interruption."""
        return self._ready

    # --- life cycle

    async def initialize(self) -> None:
        """Read the journal, fold it, and listen. The venue is asked in `run`.

        Raises:
            JournalError: Another process has the journal, or what it says cannot be understood.
        """
        await self._release()
        entries: list[Entry] = []
        try:
            entries = await self._journal.open()
        except JournalError as error:
            if self._journal.is_taken:
                raise
            # Without a journal no order leaves, but what works can be seen and canceled.
            self._journal.problem = str(error)
            self._alert(Severity.ALARM, "JOURNAL", f"No order can leave: {error}.")
        self._build(entries)
        if self._journal.set_aside is not None:
            kept = self._journal.set_aside.name
            text = f"The journal was damaged: it is kept as {kept}, and the venue is asked for everything."
            self._alert(Severity.ALARM, "JOURNAL", text)
        await self._broker.open()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._ask_venue(), name="reconcile")
                group.create_task(self._read_account(), name="account events")
                group.create_task(self._keep_time(), name="timers")
                # A cancel that was asked for before the program ended is still asked for.
                for order in list(self._ledger.working.values()):
                    if order.cancel_requested:
                        self._canceler.request(order)
        finally:
            self._group = None

    async def shutdown(self) -> None:
        await self._release()

    def metrics(self) -> dict[str, float]:
        counters = self._gate.counters
        return {
            "orders_sent_total": counters.sent,
            "orders_denied_total": counters.denied,
            "orders_refused_total": counters.refused,
            "orders_unknown_total": counters.unknown,
            "orders_working": len(self._ledger.working),
            "cancels_sent_total": self._canceler.sent,
            "reconciled_total": self._reconciler.runs,
            "duplicate_reports_total": self._ledger.duplicates,
            "slowest_key_to_wire_ms": counters.slowest_to_wire_ns / 1e6,
            **self._journal.metrics(),
        }

    def configuration(self) -> dict[str, str]:
        return {field.name: str(getattr(self._risk, field.name)) for field in fields(self._risk)}

    # --- commands

    def can_handle(self, command: Command) -> bool:
        match command:
            case PlaceOrder(request=request):
                return request.venue == self.venue
            case CancelOrder(venue=venue) | Arm(venue=venue):
                return venue == self.venue
            case CancelOrders(venue=venue) | Disarm(venue=venue) | Reconcile(venue=venue):
                return venue in {None, self.venue}
            case _:
                return isinstance(command, _COMMANDS)

    async def process(self, command: Command) -> None:
        match command:
            case PlaceOrder(request=request):
                self._arming.touch()
                await self._carry_out(self._place(request))
            case CancelOrder():
                self._arming.touch()
                await self._cancel_one(command)
            case CancelOrders():
                self._arming.touch()
                self._cancel_some(command)
            case Kill(reason=reason):
                await self._carry_out(self._kill(reason))
            case Reconcile():
                await self._carry_out(self._reconcile_now())
            case Arm():
                self._arm()
            case Disarm(reason=reason) if self._arming.is_open:
                self._arming.enter(TradingMode.DISARMED, reason)
            case Unkill() if self.mode is TradingMode.HALTED:
                self._arming.enter(TradingMode.DISARMED, "the halt was lifted")

    async def _place(self, request: OrderRequest) -> None:
        order = await self._gate.send(request)
        if order.status is OrderStatus.UNKNOWN:
            words = f"{request.side} {request.size} at {request.price}"
            text = f"Nobody knows whether the venue has {words}: {order.reason}. It is being asked."
            self._alert(Severity.ALARM, "ORDER_UNKNOWN", text, request.instrument)
            self._wanted.set()

    async def _cancel_one(self, command: CancelOrder) -> None:
        order = self._ledger.find(
            client_order_id=command.client_order_id, venue_order_id=command.venue_order_id
        )
        if order is not None:
            self._canceler.request(order)
        elif command.venue_order_id:
            await self._carry_out(self._broker.cancel([command.venue_order_id]))
            self._wanted.set()
        else:
            raise OrderRefused("NO_SUCH_ORDER", f"No order here is called {command.client_order_id}.")

    def _cancel_some(self, command: CancelOrders) -> None:
        for order in list(self._ledger.working.values()):
            request = order.request
            if (
                command.instrument in {None, request.instrument}
                and command.side in {None, request.side}
                and command.price in {None, request.price}
            ):
                self._canceler.request(order)

    def _arm(self) -> None:
        if self.mode is TradingMode.HALTED:
            raise OrderRefused("HALTED", "The kill switch is on: type :unkill first.")
        if not self._ready:
            raise OrderRefused("RECONCILING", "The account was not read from the venue yet: wait for that.")
        if self._journal.problem:
            raise OrderRefused("JOURNAL", f"The journal cannot be written: {self._journal.problem}.")
        lost = self._day.is_lost(self._risk.daily_loss_limit)
        self._arming.enter(TradingMode.REDUCING if lost else TradingMode.ARMED)

    async def _kill(self, reason: str) -> None:
        self._arming.enter(TradingMode.HALTED, reason or "the kill switch was thrown")
        for order in list(self._ledger.working.values()):
            self._canceler.request(order)
        for severity, text in await cancel_everything(self._broker, self._ledger, self.platform.clock):
            self._alert(severity, "KILL", text)
        self._wanted.set()

    async def _carry_out(self, work: Coroutine[None, None, T]) -> T:
        """Let the service's own group do `work`: it goes on when whoever asked for it does not wait."""
        if self._group is None:
            work.close()
            raise ServiceStateError("the exchange service is not running")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def body() -> None:
            try:
                result = await work
            except OmegaError as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)
            finally:
                done.cancel()

        self._group.create_task(body(), name="command")
        return await done

    def _start(self, work: Coroutine[None, None, None], name: str) -> None:
        if self._group is None:
            work.close()
        else:
            self._group.create_task(work, name=name)

    # --- events

    async def _read_account(self) -> None:
        while True:
            try:
                event = await self._account.next()
            except SubscriberOverrun:
                self._account = self._subscribe()
                self._gaps += 1
                self._wanted.set()
                continue
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case OrderReported(venue=self.venue):
                self._ledger.reported(event)
            case FillReported(venue=self.venue):
                self._ledger.filled(event)
            case AccountGap(venue=self.venue, connected=connected):
                self._gaps += 1
                self._stream_up = connected
                if connected:
                    self._wanted.set()
                else:
                    self._ready = False
            case MarketResolved():
                self._resolved(event)

    def _resolved(self, event: MarketResolved) -> None:
        self._market.catch_up()
        ended = self._market.end(event.market_id, event.instrument)
        if ended and self._resolutions.note(event.winning_instrument, ended):
            outcome = f": {event.winning_outcome} pays" if event.winning_outcome else ""
            self._alert(Severity.INFO, "RESOLVED", f"The market ended{outcome}.", event.instrument)
            self._wanted.set()

    def _on_alarm(self, order: Order, alarm: OrderAlarm) -> None:
        words = ALARM_WORDS.get(alarm)
        if words is None:
            self._wanted.set()  # Missing fills are asked for, not complained about.
            return
        request = order.request
        what = f"The order {request.side} {request.size} at {request.price} {words}"
        self._alert(Severity.ALARM, alarm, f"{what}.", request.instrument)
        if alarm in DISARMING_ALARMS:
            self._arming.disarm(f"an order {words}", alarm)

    # --- asking the venue

    async def _ask_venue(self) -> None:
        pause_s = RETRY_FIRST_S
        while True:
            try:
                await self._reconcile_now()
            except VenueError as error:
                self._unread(str(error))
                await self._sleep_or_wanted(self._rng.uniform(pause_s / 2, pause_s))
                pause_s = min(RETRY_MOST_S, pause_s * 2)
            else:
                pause_s = RETRY_FIRST_S
                await self._sleep_or_wanted(self._reconciler.ask_again_s())
            self._wanted.clear()

    async def _reconcile_now(self) -> None:
        """Compare with the venue once.

        Raises:
            VenueError: It did not answer everything; what we hold stays as it is.
        """
        async with self._asking:
            first = self._reconciler.runs == 0
            gaps = self._gaps
            healthy = self._stream_up and gaps == self._gaps_before
            differences = await self._reconciler.run(stream_healthy=healthy, at_start=first)
            if first and self._reconciler.settling:
                differences += await self._reconciler.run(stream_healthy=healthy, at_start=True)
            self._gaps_before = gaps
            self._last_run_ns = self.platform.clock.mono_ns()
        self._day.begin()
        if gaps == self._gaps and self._stream_up:
            self._ready = True
            if self.state is ServiceState.DEGRADED:
                self.enter(ServiceState.RUNNING)
        if self._gaps != gaps:
            self._wanted.set()
        self._tell(differences)

    def _tell(self, differences: list[Difference]) -> None:
        for difference in differences:
            self._alert(difference.severity, difference.code, difference.text, difference.instrument)
            if difference.disarms:
                self._arming.disarm("the position was not what the fills explain", difference.code)

    def _unread(self, reason: str) -> None:
        """The venue did not answer: what is shown is old, and nothing new leaves."""
        self._ready = False
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED, f"the account could not be read: {reason}")

    async def _sleep_or_wanted(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return

    # --- timers

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._market.catch_up()
            self._arming.check_idle()
            await self._care_for_journal()
            down_s = self._market.down_for_s()
            if down_s > DOWN_DISARMS_S:
                self._arming.disarm(f"a stream of {self.venue} was down for {down_s:.0f} s", "DISCONNECTED")
            if self.mode is TradingMode.ARMED and self._day.is_lost(self._risk.daily_loss_limit):
                self._arming.enter(TradingMode.REDUCING, "the day's loss limit was reached")
                text = "The day's loss limit was reached: only orders that shrink a position leave."
                self._alert(Severity.ALARM, "DAILY_LOSS", text)
            if self.platform.clock.mono_ns() - self._last_run_ns > self._reconciler.ask_again_s() * NS_PER_S:
                self._wanted.set()
            for instrument in self._market.take_fresh():
                self._start(self._warm(instrument.id), "warm")

    async def _care_for_journal(self) -> None:
        if self._journal.problem:
            self._arming.disarm(f"the journal cannot be written ({self._journal.problem})", "JOURNAL")
        now_ns = self.platform.clock.mono_ns()
        if now_ns - self._probed_ns > PROBE_EVERY_S * NS_PER_S:
            self._probed_ns = now_ns
            await self._journal.probe()

    async def _warm(self, instrument: str) -> None:
        try:
            await self._broker.warm(instrument)
        except VenueError:
            return  # The first order in it asks again, and says so if that fails.

    # --- parts

    def _build(self, entries: list[Entry]) -> None:
        """Make every part that the journal speaks of afresh from what it says."""
        platform, venue = self.platform, self.venue
        bus, clock = platform.bus, platform.clock
        self._ledger = Ledger(venue, bus, clock, self._journal.append, self._on_alarm)
        self._ledger.restore(entries)
        self._resolutions = Resolutions(self._ledger, clock)
        self._resolutions.restore(entries)
        self._arming = Arming(self._rules(), bus, clock, self._journal)
        self._arming.restore(entries)
        self._day = DayResult(self._ledger.holdings, self._market.marks, clock)
        self._reconciler = Reconciler(
            broker=self._broker,
            ledger=self._ledger,
            clock=clock,
            timing=self._timing,
            opened_s=self._opened_s(entries),
            resolved=self._resolutions.payouts,
        )
        self._canceler = Canceler(
            broker=self._broker,
            ledger=self._ledger,
            clock=clock,
            rng=self._rng,
            start=self._start,
            on_failed=self._cancel_failed,
        )
        self._gate = Gate(
            broker=self._broker,
            journal=self._journal,
            ledger=self._ledger,
            clock=clock,
            ids=self._ids,
            limits=self._risk,
            view=self._view,
            on_journal_trouble=lambda problem: self._arming.disarm(f"journal trouble: {problem}", "JOURNAL"),
        )
        self._ready = False

    def _rules(self) -> ArmingRules:
        return ArmingRules(self.venue, self._broker.is_live, self._risk.arm_idle_minutes)

    def _opened_s(self, entries: list[Entry]) -> int:
        """Return when this journal was begun; trades from before are in the positions that are adopted."""
        for entry in entries:
            if entry.kind == OPENED and entry.venue == self.venue:
                return entry.ts_ns // NS_PER_S
        now_ns = self.platform.clock.now_ns()
        self._journal.append(Entry(now_ns, self.venue, "", OPENED, msgspec.json.encode(__version__)))
        return now_ns // NS_PER_S

    def _subscribe(self) -> Subscription:
        return self.platform.bus.subscribe(OrderReported, FillReported, AccountGap, MarketResolved)

    async def _release(self) -> None:
        await self._broker.close()
        await self._journal.close()

    def _view(self, request: OrderRequest) -> RiskView:
        """Gather what the checks look at, as of this instant."""
        market, ledger = self._market, self._ledger
        market.catch_up()
        return RiskView(
            mono_ns=self.platform.clock.mono_ns(),
            mode=self.mode,
            ready=self._ready,
            journal_problem=self._journal.problem,
            clock_skew_ms=market.clock_skew_ms(),
            instrument=market.instruments.get(request.instrument),
            book=market.book(request.instrument),
            data=market.data(request.instrument),
            orders=tuple(ledger.working.values()),
            positions=ledger.positions,
            balances=ledger.balances,
            marks=market.marks,
            recent=self._gate.recent,
            day_pnl=self._day.pnl(),
        )

    def _cancel_failed(self, order: Order, reason: str) -> None:
        request = order.request
        text = f"The venue does not cancel {request.side} {request.size} at {request.price}: {reason}."
        self._alert(Severity.ALARM, "CANCEL_FAILED", text, request.instrument)

    def _alert(self, severity: Severity, code: str, text: str, instrument: str = "") -> None:
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), severity, code, text, instrument))
