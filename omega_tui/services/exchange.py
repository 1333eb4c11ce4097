"""The exchange service: commands in, orders out through the gate, reports in, facts out.

It owns orders, positions, balances and the arming of one venue. It asks the venue at the start, after every
interruption and while anything is in doubt, and believes it; until then nothing new leaves.

Inside the console the runtime composes and runs it. Anywhere else it runs itself:

```python
exchange = ExchangeService(config={"exchange": "bitget"})
await exchange.initialize()
positions = await exchange.get_positions()
await exchange.shutdown()
```
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import overload

import msgspec

from omega_tui import __version__
from omega_tui.bus.base import Subscription
from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.account import Balance, Position
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.commands import (
    Arm,
    CancelOrder,
    CancelOrders,
    Command,
    ConfirmFirst,
    Disarm,
    Kill,
    PassOnce,
    PlaceOrder,
    ProgramCommand,
    Reconcile,
    SetDeadMan,
    SetLimit,
    Unkill,
)
from omega_tui.domain.events.account import (
    AccountGap,
    BalanceChanged,
    FillReported,
    OrderChanged,
    OrderReported,
    PositionChanged,
    ProgramChanged,
    TradingMode,
)
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import MarketResolved
from omega_tui.domain.events.status import Alert, ServiceState, ServiceStateChanged, Severity
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.orders import Order, OrderAlarm, OrderRequest, OrderStatus
from omega_tui.domain.program_changes import matches
from omega_tui.domain.result import Result, results
from omega_tui.domain.risk_view import RiskView
from omega_tui.errors import JournalError, OrderRefused, StateError, SubscriberOverrun
from omega_tui.services.alarms import ALARM_WORDS, DISARMING_ALARMS
from omega_tui.services.alone import Alone, log_progress
from omega_tui.services.arming import Arming, ArmingRules
from omega_tui.services.auto_disarm import AutoDisarm
from omega_tui.services.base import LIVE_STATES, Platform
from omega_tui.services.cancels import Canceler
from omega_tui.services.day_result import DayResult
from omega_tui.services.dead_man import HEARTBEAT_LOST, DeadManLinks, DeadManWatch
from omega_tui.services.errands import Errands
from omega_tui.services.exchange_calls import ExchangeCalls
from omega_tui.services.exchange_config import read_choice
from omega_tui.services.first_order import FirstOrder
from omega_tui.services.gate import Gate
from omega_tui.services.inquiry import Inquiry
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.kill import cancel_everything, protective
from omega_tui.services.ledger import Ledger
from omega_tui.services.loop_lag import LoopLag
from omega_tui.services.market_view import MarketView
from omega_tui.services.new_markets import NewMarkets
from omega_tui.services.order_asks import OrderAsks
from omega_tui.services.program_commands import hold_stop, obey
from omega_tui.services.program_work import Engine
from omega_tui.services.programs import Programs
from omega_tui.services.reconcile import Difference, Reconciler, ReconcileTiming
from omega_tui.services.resolution import Resolutions
from omega_tui.services.risk_views import Accounts, RiskViews
from omega_tui.services.typed_risk import TypedRisk
from omega_tui.services.venue_care import VenueCare
from omega_tui.services.venue_state import VenueStateWatch
from omega_tui.venues.base import Broker, ByInstrument

NS_PER_S = 1_000_000_000

TICK_S = 0.25
"""How often timers are looked at."""

PROBE_EVERY_S = 5.0

PICTURE_ORDERS = 200
"""Orders that are told to a reader who comes late, beside those that work."""

OPENED = "opened"
"""The journal's word for its first line: when it was begun."""

_COMMANDS = (PlaceOrder, CancelOrder, CancelOrders, Arm, Disarm, Kill, Unkill, Reconcile, SetDeadMan)


class ExchangeService(ExchangeCalls):
    """Orders of one account at one venue. Every method belongs to one event loop.

    With `config` it makes its own venue, bus and clock; `initialize` starts the body and `shutdown` ends it.
    Without, it is composed from parts, `run` is the body, and the runtime owns it.

    Args:
        platform: Bus and clock.
        config: What to make by itself, see `exchange_config.ExchangeChoice`; then nothing else is given but
            `progress` and `rng`.
        broker: The venue.
        journal: What survives a crash; opened and closed by this service.
        risk: The limits in force.
        data_limits: From when on prices are not good enough to trade on.
        rng: For the jitter of pauses and the id of this run.
        timing: How long doubts last; the quarantine of `risk` by default.
        no_arming: Why nothing may be armed in this process, as a sentence; empty where it may.
        accounts: Who else trades in this process; nobody by default.
        account: What is the same for every venue of one account; empty for one by itself.
        progress: Told what a slow start waits for, in sentences.

    Raises:
        ConfigError: A key of `config` is unknown, missing, or not what it may be.
    """

    name = "exchange"

    @overload
    def __init__(
        self,
        *,
        config: Mapping[str, object],
        rng: random.Random | None = None,
        progress: Callable[[str], None] = log_progress,
    ) -> None: ...

    @overload
    def __init__(
        self,
        platform: Platform,
        *,
        broker: Broker,
        journal: Journal,
        risk: RiskConfig,
        data_limits: DataLimits,
        rng: random.Random,
        timing: ReconcileTiming | None = None,
        no_arming: str = "",
        accounts: Accounts | None = None,
        account: str = "",
    ) -> None: ...

    def __init__(  # noqa: PLR0913 - a composition
        self,
        platform: Platform | None = None,
        *,
        config: Mapping[str, object] | None = None,
        broker: Broker | None = None,
        journal: Journal | None = None,
        risk: RiskConfig | None = None,
        data_limits: DataLimits | None = None,
        rng: random.Random | None = None,
        timing: ReconcileTiming | None = None,
        no_arming: str = "",
        accounts: Accounts | None = None,
        account: str = "",
        progress: Callable[[str], None] = log_progress,
    ) -> None:
        super().__init__(platform or Platform(LocalBus(), SystemClock()))
        self._rng = rng or random.Random()  # noqa: S311 - jitter and run ids, not secrets
        self._ids = ClientOrderIds(self._rng.getrandbits(16))
        self._errands = Errands()
        self._no_arming = no_arming
        self._accounts, self._account_key = accounts or Accounts(), account
        self._probed_ns = 0
        self._instruments: dict[str, Instrument] = {}
        self._skew_ms: float | None = None
        self._was_armed = False
        self._alone: Alone | None = None
        self._is_composed = False
        if config is not None:
            self._alone = Alone(read_choice(config), progress)
            self.venue = self._alone.choice.venue
            return
        assert platform is not None, "a composed service is given a platform"
        assert broker is not None, "and a broker"
        assert journal is not None, "and a journal"
        assert risk is not None, "and limits"
        assert data_limits is not None, "and limits of the data"
        self._compose(broker, journal, risk, data_limits, timing)

    def _compose(
        self,
        broker: Broker,
        journal: Journal,
        risk: RiskConfig,
        data_limits: DataLimits,
        timing: ReconcileTiming | None,
    ) -> None:
        """Take the parts that the account is made of."""
        self.venue = broker.venue
        self._broker = broker
        self._journal = journal
        self._risk = self._configured = risk
        self._timing = timing or ReconcileTiming(quarantine_s=risk.quarantine_s)
        self._market = MarketView(self.venue, self.platform.bus, self.platform.clock, data_limits)
        self._account_events = self._subscribe()
        self._build([])
        self._is_composed = True

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
    def result(self) -> Mapping[str, Result]:
        """What the positions of this account have brought, fees and funding counted, by asset."""
        self._market.catch_up()
        return results(self._ledger.positions.values(), self._market.marks, self._market.instruments)

    @property
    def mode(self) -> TradingMode:
        """What the gate lets through."""
        return self._arming.mode

    @property
    def is_ready(self) -> bool:
        """Whether the account was read from the venue since the last interruption."""
        return self._inquiry.is_fresh

    # --- life cycle

    async def initialize(self) -> None:
        """Read the journal, fold it, and listen. The venue is asked in `run`, which one alone starts here.

        Raises:
            JournalError: Another process has the journal, or what it says cannot be understood.
            ConfigError: Of a service that makes its own venue: its configuration is wrong.
            VenueError: Of such a one: the venue does not answer.
            StateError: Such a one runs already.
        """
        alone = self._alone
        if alone is None:
            await self._prepare()
            return
        if self.state not in {ServiceState.CREATED, ServiceState.FAILED}:
            raise StateError(f"the exchange service is {self.state} and cannot be initialized")
        self.enter(ServiceState.INITIALIZING)
        try:
            parts = await alone.enter(self.platform, self._rng)
            if alone.is_trading and parts.broker is not None:
                journal = Journal(alone.journal_folder(), self.platform.clock)
                limits = DataLimits(skew_ms=float(alone.settings.data_state.clock_skew_ms))
                self._compose(parts.broker, journal, alone.risk, limits, None)
                await self._prepare()
        except BaseException as error:
            await self._leave(alone)
            self.enter(ServiceState.FAILED, str(error) or type(error).__name__)
            raise
        self.enter(ServiceState.RUNNING)
        if alone.is_trading:
            await alone.start(self.run(), self.name)
            await self._errands.opened()

    async def _prepare(self) -> None:
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
        if not self._opened(entries):
            now_ns = self.platform.clock.now_ns()
            self._journal.append(Entry(now_ns, self.venue, "", OPENED, msgspec.json.encode(__version__)))
        self._arming.publish()
        if self._journal.set_aside is not None:
            kept = self._journal.set_aside.name
            text = f"The journal was damaged: it is kept as {kept}, and the venue is asked for everything."
            self._alert(Severity.ALARM, "JOURNAL", text)
        await self._broker.open()
        if isinstance(self._broker, ByInstrument):
            for order in self._ledger.working.values():
                request = order.request
                own_id = "" if order.external else request.client_order_id
                is_trigger = request.trigger_price is not None
                self._broker.remember(order.venue_order_id, request.instrument, own_id, is_trigger=is_trigger)
            for instrument in self._ledger.positions:
                self._broker.remember("", instrument)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._errands.open(group)
                group.create_task(self._inquiry.run(), name="reconcile")
                group.create_task(self._read_account(), name="account events")
                group.create_task(self._keep_time(), name="timers")
                group.create_task(self._programs.run(), name="programs")
                group.create_task(self._loop_lag.run(), name="loop lag")
                # A cancel that was asked for before the program ended is still asked for.
                for order in list(self._ledger.working.values()):
                    if order.cancel_requested:
                        self._canceler.request(order)
        finally:
            self._errands.close()

    def picture(self) -> Sequence[Event]:
        """Return the account as it stands: what works, the newest of what is over, and what is held."""
        if not self._is_composed:
            return ()
        ledger = self._ledger
        newest = set(list(ledger.orders)[-PICTURE_ORDERS:])
        shown = [one for name, one in ledger.orders.items() if name in newest or name in ledger.working]
        return (
            self._arming.told(),
            *map(OrderChanged, shown),
            *map(ProgramChanged, self._programs.programs.values()),
            *map(PositionChanged, ledger.positions.values()),
            *map(BalanceChanged, ledger.balances.values()),
        )

    async def shutdown(self) -> None:
        alone = self._alone
        if alone is None:
            await self._release()
        elif self.state is not ServiceState.STOPPED:
            self.enter(ServiceState.STOPPING)
            await alone.stop()
            await self._leave(alone)
            self.enter(ServiceState.STOPPED)

    async def _leave(self, alone: Alone) -> None:
        """Release everything of a service that made its own venue; the journal before its folder."""
        if self._is_composed:
            await self._release()
        await alone.leave()

    def metrics(self) -> dict[str, float]:
        if not self._is_composed:
            return {}
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
            **self._care.metrics(),
            **self._dead_man.metrics(),
            **self._journal.metrics(),
        }

    def configuration(self) -> dict[str, str]:
        if not self._is_composed:
            return {}
        return {field.name: str(getattr(self._risk, field.name)) for field in fields(self._risk)}

    # --- commands

    def can_handle(self, command: Command) -> bool:
        match command:
            case PlaceOrder(request=request):
                return request.venue == self.venue
            case (
                CancelOrder(venue=venue)
                | Arm(venue=venue)
                | SetDeadMan(venue=venue)
                | ConfirmFirst(venue=venue)
                | SetLimit(venue=venue)
                | PassOnce(venue=venue)
            ):
                return venue == self.venue
            case _ if isinstance(command, ProgramCommand):
                return command.venue == self.venue
            case CancelOrders(venue=venue) | Disarm(venue=venue) | Reconcile(venue=venue):
                return venue in {None, self.venue}
            case _:
                return isinstance(command, _COMMANDS)

    async def process(self, command: Command) -> None:
        if isinstance(command, PlaceOrder | CancelOrder | CancelOrders | ProgramCommand):
            self._arming.touch()
            await self._trade(command)
        else:
            await self._steer(command)

    async def _trade(self, command: PlaceOrder | CancelOrder | CancelOrders | ProgramCommand) -> None:
        match command:
            case PlaceOrder(request=request):
                await self._errands.carry_out(self._place(request))
            case CancelOrder():
                await self._cancel_one(command)
            case CancelOrders():
                self._cancel_some(command)
            case _:
                await self._errands.carry_out(obey(self._programs, self._ledger, command))

    async def _steer(self, command: Command) -> None:
        match command:
            case Kill():
                await self._errands.carry_out(self._kill(command))
            case Reconcile():
                await self._errands.carry_out(self._inquiry.ask())
            case Arm():
                self._arm()
            case ConfirmFirst(typed=typed):
                self._market.catch_up()
                self._first_order.type(typed, self._market.instruments.values())
            case SetLimit(name=name, value=value):
                self._typed.set_limit(name, value)
            case PassOnce(check=check, instrument=instrument):
                self._typed.let_pass(check, instrument)
            case Disarm(reason=reason) if self._arming.is_open:
                self._arming.enter(TradingMode.DISARMED, reason)
            case SetDeadMan(on=on):
                self._dead_man.switch(on=on)
            case Unkill() if self.mode is TradingMode.HALTED:
                self._arming.enter(TradingMode.DISARMED, "the halt was lifted")

    async def _place(self, request: OrderRequest) -> None:
        """Send an order; a stop that the venue does not keep is held here, as a program."""
        if request.trigger_price is None or self._asks.keeps_stop(request):
            await self._send(request)
        else:
            self._market.catch_up()
            await hold_stop(self._programs, request, self._market.instruments.get(request.instrument))

    def arm(self) -> None:
        self._arm()

    async def _before_order(self) -> None:
        await self._dead_man.feed_now()

    async def _send(self, request: OrderRequest) -> Order:
        try:
            order = await self._gate.send(request)
        except OrderRefused as error:
            if error.code == "AUTH":
                self._arming.disarm("the venue does not take our key: check it, and the clock", "AUTH")
            raise
        if order.status is OrderStatus.UNKNOWN:
            words = f"{request.side} {request.size} at {request.price}"
            text = f"Nobody knows whether the venue has {words}: {order.reason}. It is being asked."
            self._alert(Severity.ALARM, "ORDER_UNKNOWN", text, request.instrument)
            self._inquiry.want()
        return order

    async def _cancel_one(self, command: CancelOrder) -> None:
        order = self._ledger.find(
            client_order_id=command.client_order_id, venue_order_id=command.venue_order_id
        )
        if order is not None:
            self._canceler.request(order)
        elif command.venue_order_id:
            await self._errands.carry_out(self._broker.cancel([command.venue_order_id]))
            self._inquiry.want()
        else:
            raise OrderRefused("NO_SUCH_ORDER", f"No order here is called {command.client_order_id}.")

    def _cancel_some(self, command: CancelOrders) -> None:
        self._programs.cancel_matching(command)
        for order in list(self._ledger.working.values()):
            if matches(order.request, command):
                self._canceler.request(order)

    def _arm(self) -> None:
        if self._no_arming:
            raise OrderRefused("SHOWN_ELSEWHERE", self._no_arming)
        if self.mode is TradingMode.HALTED:
            raise OrderRefused("HALTED", "The kill switch is on: type :unkill first.")
        if not self.is_ready:
            raise OrderRefused("RECONCILING", "The account was not read from the venue yet: wait for that.")
        if self._journal.problem:
            raise OrderRefused("JOURNAL", f"The journal cannot be written: {self._journal.problem}.")
        self._arming.enter(TradingMode.REDUCING if self._auto_disarm.has_lost else TradingMode.ARMED)
        self._dead_man.check()

    async def _kill(self, command: Kill) -> None:
        self._arming.enter(TradingMode.HALTED, command.reason or "the kill switch was thrown")
        ledger = self._ledger
        spared = {} if command.everything else protective(ledger)
        self._programs.halt(frozenset(spared.values()))
        for client_order_id, order in list(ledger.working.items()):
            if client_order_id not in spared.values():
                self._canceler.request(order)
        clock = self.platform.clock
        for severity, text in await cancel_everything(self._broker, ledger, clock, frozenset(spared)):
            self._alert(severity, "KILL", text)
        self._inquiry.want()

    # --- events

    async def _read_account(self) -> None:
        while True:
            try:
                event = await self._account_events.next()
            except SubscriberOverrun:
                self._account_events = self._subscribe()
                self._inquiry.interrupted(connected=True)
                continue
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case OrderReported(venue=self.venue):
                self._ledger.reported(event)
            case FillReported(venue=self.venue):
                self._ledger.filled(event)
            case AccountGap(venue=self.venue, connected=connected):
                self._inquiry.interrupted(connected=connected)
            case MarketResolved():
                self._resolved(event)
            case ServiceStateChanged(service=service, state=ServiceState.FAILED):
                self._auto_disarm.failed(service)

    def _resolved(self, event: MarketResolved) -> None:
        self._market.catch_up()
        ended = self._market.end(event.market_id, event.instrument)
        if ended and self._resolutions.note(event.winning_instrument, ended):
            outcome = f": {event.winning_outcome} pays" if event.winning_outcome else ""
            self._alert(Severity.INFO, "RESOLVED", f"The market ended{outcome}.", event.instrument)
            self._inquiry.want()

    def _on_alarm(self, order: Order, alarm: OrderAlarm) -> None:
        words = ALARM_WORDS.get(alarm)
        if words is None:
            return
        request = order.request
        what = f"The order {request.side} {request.size} at {request.price} {words}"
        self._alert(Severity.ALARM, alarm, f"{what}.", request.instrument)
        if alarm in DISARMING_ALARMS:
            self._arming.disarm(f"an order {words}", alarm)

    # --- what the venue says

    def _read(self, differences: list[Difference]) -> None:
        """The venue has answered everything."""
        self._day.begin()
        self._new_markets.told(self._inquiry.asked_ns)
        if self.is_ready and self.state is ServiceState.DEGRADED:
            self.enter(ServiceState.RUNNING)
        for difference in differences:
            self._alert(difference.severity, difference.code, difference.text, difference.instrument)
            if difference.disarms:
                self._arming.disarm("the position was not what the fills explain", difference.code)

    def _unread(self, reason: str) -> None:
        """The venue did not answer: what is shown is old, and nothing new leaves."""
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED, f"the account could not be read: {reason}")

    # --- timers

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._market.catch_up()
            self._auto_disarm.check(self._alert)
            self._venue_state.check()
            await self._care_for_journal()
            self._inquiry.check_due()
            self._care.check()
            self._dead_man.check()
            self._new_markets.look()

    async def _care_for_journal(self) -> None:
        now_ns = self.platform.clock.mono_ns()
        if now_ns - self._probed_ns > PROBE_EVERY_S * NS_PER_S:
            self._probed_ns = now_ns
            await self._journal.probe()

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
        self._day = DayResult(self._ledger.holdings, self._market.marks, self._market.instruments, clock)
        self._first_order = FirstOrder(venue, clock, self._journal, is_live=self._broker.is_live)
        self._first_order.restore(entries)
        self._loop_lag = LoopLag(clock)
        self._reconciler = Reconciler(
            broker=self._broker,
            ledger=self._ledger,
            clock=clock,
            timing=self._timing,
            opened_s=(self._opened(entries) or clock.now_ns()) // NS_PER_S,
            resolved=self._resolutions.payouts,
        )
        self._care = VenueCare(self._broker, bus, clock, self._errands.start)
        self._venue_state = VenueStateWatch(venue, clock, self._alert)
        self._risk = self._configured  # What was typed holds until a start.
        self._typed = TypedRisk(
            self._risk, venue=venue, clock=clock, journal=self._journal, use=self._limit, tell=self._alert
        )
        self._canceler = Canceler(
            broker=self._broker,
            ledger=self._ledger,
            clock=clock,
            rng=self._rng,
            start=self._errands.start,
            on_failed=self._cancel_failed,
        )
        self._gate = Gate(
            broker=self._broker,
            journal=self._journal,
            ledger=self._ledger,
            clock=clock,
            ids=self._ids,
            limits=lambda: self._risk,
            view=self._view,
            on_journal_trouble=lambda problem: self._arming.disarm(f"journal trouble: {problem}", "JOURNAL"),
            on_outcome=self._venue_state.heard,
            on_leaving=self._typed.used,
        )
        self._inquiry = Inquiry(
            self._reconciler, clock, self._rng, on_read=self._read, on_unread=self._unread
        )
        self._asks = OrderAsks(
            self._broker, self._gate, self._ledger, self._reconciler, self._inquiry, self._alert
        )
        self._programs = Programs(
            engine=Engine(
                send=self._send,
                edit=self._asks.edit,
                edits=self._asks.edits,
                cancel=self._canceler.request,
                settle=self._asks.settle,
                view=self._view,
                follows_stop=self._asks.follows_stop,
                tell=self._alert,
                start=self._errands.start,
            ),
            bus=bus,
            clock=clock,
            journal=self._journal,
            ledger=self._ledger,
            market=self._market,
            limits=lambda: self._risk,
            ids=self._ids,
        )
        self._programs.restore(entries)
        self._new_markets = NewMarkets(self._broker, self._market, clock, self._errands, self._inquiry)
        self._dead_man = DeadManWatch(self._broker, bus, clock, self._journal, self._dead_man_links())
        self._dead_man.restore(entries, wanted=self._risk.dead_man)
        self._views = RiskViews(
            clock=clock,
            arming=self._arming,
            journal=self._journal,
            dead_man=self._dead_man,
            loop_lag=self._loop_lag,
            first_order=self._first_order,
            ledger=self._ledger,
            market=self._market,
            care=self._care,
            venue_state=self._venue_state,
            day=self._day,
            gate=self._gate,
            is_ready=lambda: self.is_ready,
            untold=self._new_markets.untold,
            typed=self._typed,
            accounts=self._accounts,
            is_live=self._broker.is_live,
        )
        self._accounts.join(venue, self._account_key, lambda: self._views)
        self._auto_disarm = AutoDisarm(
            self._views, loss_limit=lambda: self._risk.daily_loss_limit, on_away=self._inquiry.want
        )

    def _limit(self, risk: RiskConfig) -> None:
        self._risk = risk

    def _dead_man_links(self) -> DeadManLinks:
        return DeadManLinks(
            is_needed=lambda: self._arming.is_open or bool(self._ledger.working),
            start=self._errands.start,
            on_lost=lambda why: self._arming.disarm(why, HEARTBEAT_LOST),
            on_late=self._inquiry.want,
        )

    def _rules(self) -> ArmingRules:
        return ArmingRules(self.venue, self._broker.is_live, self._risk.arm_idle_minutes)

    def _opened(self, entries: list[Entry]) -> int:
        """Return when this journal was begun, 0 for now; older trades are in the adopted positions."""
        found = (entry.ts_ns for entry in entries if entry.kind == OPENED and entry.venue == self.venue)
        return next(found, 0)

    def _subscribe(self) -> Subscription:
        return self.platform.bus.subscribe(
            OrderReported, FillReported, AccountGap, MarketResolved, ServiceStateChanged
        )

    async def _release(self) -> None:
        await self._broker.close()
        await self._journal.close()

    def _view(self, request: OrderRequest) -> RiskView:
        return self._views.of(request)

    def _cancel_failed(self, order: Order, reason: str) -> None:
        request = order.request
        self._programs.cancel_failed(order)
        text = f"The venue does not cancel {request.side} {request.size} at {request.price}: {reason}."
        self._alert(Severity.ALARM, "CANCEL_FAILED", text, request.instrument)

    def _alert(self, severity: Severity, code: str, text: str, instrument: str = "") -> None:
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), severity, code, text, instrument))
