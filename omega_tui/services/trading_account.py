"""One account at one venue: its parts, made from what the journal says, and what they tell each other."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.events.account import BalanceChanged, OrderChanged, PositionChanged, ProgramChanged
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import DAY_LIMIT, DAY_RESULT, Alert, Severity
from omega_tui.domain.orders import Order, OrderAlarm, OrderRequest, OrderStatus
from omega_tui.domain.risk_view import RiskView
from omega_tui.errors import OrderRefused
from omega_tui.services.alarms import ALARM_WORDS, DISARMING_ALARMS
from omega_tui.services.arming import Arming, ArmingRules
from omega_tui.services.auto_disarm import AutoDisarm
from omega_tui.services.cancels import Canceler
from omega_tui.services.day_result import DayResult
from omega_tui.services.dead_man import HEARTBEAT_LOST, DeadManLinks, DeadManWatch
from omega_tui.services.errands import Errands
from omega_tui.services.first_order import FirstOrder
from omega_tui.services.gate import Gate
from omega_tui.services.inquiry import Inquiry
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.ledger import Ledger
from omega_tui.services.loop_lag import LoopLag
from omega_tui.services.market_view import MarketView
from omega_tui.services.new_markets import NewMarkets
from omega_tui.services.order_asks import OrderAsks
from omega_tui.services.program_work import Engine
from omega_tui.services.programs import Programs
from omega_tui.services.reconcile import Difference, Reconciler, ReconcileTiming
from omega_tui.services.resolution import Resolutions
from omega_tui.services.risk_gauges import risk_gauges
from omega_tui.services.risk_views import Accounts, RiskViews
from omega_tui.services.typed_risk import TypedRisk
from omega_tui.services.venue_care import VenueCare
from omega_tui.services.venue_state import VenueStateWatch
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Broker

TICK_S = 0.25
"""How often timers are looked at."""

PROBE_EVERY_S = 5.0

PICTURE_ORDERS = 200
"""Orders that are told to a reader who comes late, beside those that work."""

OPENED = "opened"
"""The journal's word for its first line: when it was begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetup:
    """What an account is made of whatever its journal says; it outlives a restart of its service.

    Attributes:
        broker: The venue.
        journal: What survives a crash.
        market: What the checks know of prices.
        bus: Where facts are told.
        clock: What time it is.
        risk: The configured limits; what was typed holds until a start.
        timing: How long doubts last.
        errands: Owns the work that parts begin.
        ids: Names of new orders.
        rng: For the jitter of pauses.
        accounts: Who else trades in this process.
        shared_key: What is the same for every venue of one account; empty for one by itself.
        no_arming: Why nothing may be armed in this process, as a sentence; empty where it may.
    """

    broker: Broker
    journal: Journal
    market: MarketView
    bus: EventBus
    clock: Clock
    risk: RiskConfig
    timing: ReconcileTiming
    errands: Errands
    ids: ClientOrderIds
    rng: random.Random
    accounts: Accounts
    shared_key: str
    no_arming: str


class TradingAccount:
    """Everything that one account is while its service runs. Every method belongs to one event loop.

    Args:
        setup: What it is made of.
        entries: What the journal says, oldest first.
        on_read: Told that the venue has answered everything.
        on_unread: Told, in words, why it did not.

    Attributes:
        risk: The limits in force.
    """

    def __init__(
        self,
        setup: AccountSetup,
        entries: list[Entry],
        *,
        on_read: Callable[[], None],
        on_unread: Callable[[str], None],
    ) -> None:
        bus, clock = setup.bus, setup.clock
        self.venue = setup.broker.venue
        self.broker, self.journal, self.market = setup.broker, setup.journal, setup.market
        self.clock, self.errands, self.ids = clock, setup.errands, setup.ids
        self.risk, self.no_arming = setup.risk, setup.no_arming
        self._bus = bus
        self._on_read = on_read
        self._probed_ns = 0

        self.ledger = Ledger(self.venue, bus, clock, self.journal.append, self._on_alarm)
        self.ledger.restore(entries)
        self.resolutions = Resolutions(self.ledger, clock)
        self.resolutions.restore(entries)
        rules = ArmingRules(self.venue, self.broker.is_live, self.risk.arm_idle_minutes)
        self.arming = Arming(rules, bus, clock, self.journal)
        self.arming.restore(entries)
        self.first_order = FirstOrder(self.venue, clock, self.journal, is_live=self.broker.is_live)
        self.first_order.restore(entries)
        self.typed = TypedRisk(
            self.risk, venue=self.venue, clock=clock, journal=self.journal, use=self._use, tell=self.tell
        )

        self.day = DayResult(self.ledger.holdings, self.market.marks, self.market.instruments, clock)
        self.loop_lag = LoopLag(clock)
        self.care = VenueCare(self.broker, bus, clock, self.errands.start)
        self.venue_state = VenueStateWatch(self.venue, clock, self.tell, bus)

        self.reconciler = Reconciler(
            broker=self.broker,
            ledger=self.ledger,
            clock=clock,
            timing=setup.timing,
            opened_s=(opened_ns(entries, self.venue) or clock.now_ns()) // NS_PER_S,
            resolved=self.resolutions.payouts,
        )
        self.inquiry = Inquiry(
            self.reconciler, clock, setup.rng, on_read=self._account_read, on_unread=on_unread
        )
        self.new_markets = NewMarkets(self.broker, self.market, clock, self.errands, self.inquiry)

        self.canceler = Canceler(
            broker=self.broker,
            ledger=self.ledger,
            clock=clock,
            rng=setup.rng,
            start=self.errands.start,
            on_failed=self._cancel_failed,
        )
        self.gate = Gate(
            broker=self.broker,
            journal=self.journal,
            ledger=self.ledger,
            clock=clock,
            ids=self.ids,
            limits=lambda: self.risk,
            view=self.view,
            mode=lambda: self.arming.mode,
            on_journal_trouble=lambda problem: self.arming.disarm(f"journal trouble: {problem}", "JOURNAL"),
            on_outcome=self.venue_state.heard,
            on_leaving=self.typed.used,
        )
        self.asks = OrderAsks(self.broker, self.gate, self.ledger, self.reconciler, self.inquiry, self.tell)
        self.programs = Programs(
            engine=Engine(
                send=self.send,
                edit=self.asks.edit,
                edits=self.asks.edits,
                cancel=self.canceler.request,
                settle=self.asks.settle,
                view=self.view,
                follows_stop=self.asks.follows_stop,
                tell=self.tell,
                start=self.errands.start,
            ),
            bus=bus,
            clock=clock,
            journal=self.journal,
            ledger=self.ledger,
            market=self.market,
            limits=lambda: self.risk,
            ids=self.ids,
        )
        self.programs.restore(entries)

        links = DeadManLinks(
            is_needed=lambda: self.arming.is_open or bool(self.ledger.working),
            start=self.errands.start,
            on_lost=lambda why: self.arming.disarm(why, HEARTBEAT_LOST),
            on_late=self.inquiry.want,
        )
        self.dead_man = DeadManWatch(self.broker, bus, clock, self.journal, links)
        self.dead_man.restore(entries, wanted=self.risk.dead_man)

        self.views = RiskViews(
            clock=clock,
            arming=self.arming,
            journal=self.journal,
            dead_man=self.dead_man,
            loop_lag=self.loop_lag,
            first_order=self.first_order,
            ledger=self.ledger,
            market=self.market,
            care=self.care,
            venue_state=self.venue_state,
            day=self.day,
            gate=self.gate,
            is_ready=lambda: self.is_ready,
            untold=self.new_markets.untold,
            typed=self.typed,
            accounts=setup.accounts,
            is_live=self.broker.is_live,
        )
        setup.accounts.join(self.venue, setup.shared_key, lambda: self.views)
        self.auto_disarm = AutoDisarm(
            self.views, loss_limit=lambda: self.risk.daily_loss_limit, on_away=self.inquiry.want
        )

    @property
    def is_ready(self) -> bool:
        """Whether the account was read from the venue since the last interruption."""
        return self.inquiry.is_fresh

    def view(self, request: OrderRequest) -> RiskView:
        """Return everything that the checks look at for one order, as of now."""
        return self.views.of(request)

    async def send(self, request: OrderRequest) -> Order:
        """Send an order through the gate, and have the venue asked where nobody knows what came of it.

        Raises:
            OrderRefused: As `Gate.send`.
        """
        try:
            order = await self.gate.send(request)
        except OrderRefused as error:
            if error.code == "AUTH":
                self.arming.disarm("the venue does not take our key: check it, and the clock", "AUTH")
            raise
        if order.status is OrderStatus.UNKNOWN:
            text = f"Nobody knows whether the venue has {request.words}: {order.reason}. It is being asked."
            self.tell(Severity.ALARM, "ORDER_UNKNOWN", text, request.instrument)
            self.inquiry.want()
        return order

    async def keep_time(self) -> None:
        """Look at every timer, some times a second, until canceled."""
        while True:
            await asyncio.sleep(TICK_S)
            self.market.catch_up()
            self.auto_disarm.check(self.tell)
            self.venue_state.check()
            await self._care_for_journal()
            self.inquiry.check_due()
            self.care.check()
            self.dead_man.check()
            self.new_markets.look()

    def tell(self, severity: Severity, code: str, text: str, instrument: str = "") -> None:
        """Put a sentence into the trader's log."""
        self._bus.publish(Alert(self.clock.now_ns(), severity, code, text, instrument))

    def picture(self) -> Sequence[Event]:
        """Return the account as it stands: what works, the newest of what is over, and what is held."""
        ledger = self.ledger
        newest = set(list(ledger.orders)[-PICTURE_ORDERS:])
        shown = [one for name, one in ledger.orders.items() if name in newest or name in ledger.working]
        return (
            self.arming.told(),
            *map(OrderChanged, shown),
            *map(ProgramChanged, self.programs.programs.values()),
            *map(PositionChanged, ledger.positions.values()),
            *map(BalanceChanged, ledger.balances.values()),
        )

    def metrics(self) -> dict[str, float]:
        """Return what was sent, asked and counted."""
        counters, result = self.gate.counters, self.day.pnl()
        return {
            **({} if result is None else {DAY_RESULT: float(result)}),
            DAY_LIMIT: float(self.risk.daily_loss_limit),
            **risk_gauges(self.views.account(), self.risk),
            "orders_sent_total": counters.sent,
            "orders_denied_total": counters.denied,
            "orders_refused_total": counters.refused,
            "orders_unknown_total": counters.unknown,
            "orders_working": len(self.ledger.working),
            "cancels_sent_total": self.canceler.sent,
            "reconciled_total": self.reconciler.runs,
            "duplicate_reports_total": self.ledger.duplicates,
            "slowest_key_to_wire_ms": counters.slowest_to_wire_ns / 1e6,
            **self.care.metrics(),
            **self.dead_man.metrics(),
            **self.journal.metrics(),
        }

    # --- what the parts tell

    def _on_alarm(self, order: Order, alarm: OrderAlarm) -> None:
        words = ALARM_WORDS.get(alarm)
        if words is None:
            return
        request = order.request
        what = f"The order {request.words} {words}"
        self.tell(Severity.ALARM, alarm, f"{what}.", request.instrument)
        if alarm in DISARMING_ALARMS:
            self.arming.disarm(f"an order {words}", alarm)

    def _cancel_failed(self, order: Order, reason: str) -> None:
        request = order.request
        self.programs.cancel_failed(order)
        text = f"The venue does not cancel {request.words}: {reason}."
        self.tell(Severity.ALARM, "CANCEL_FAILED", text, request.instrument)

    def _account_read(self, differences: list[Difference]) -> None:
        """The venue has answered everything."""
        self.day.begin()
        self.new_markets.told(self.inquiry.asked_ns)
        self._on_read()
        for difference in differences:
            self.tell(difference.severity, difference.code, difference.text, difference.instrument)
            if difference.disarms:
                self.arming.disarm("the position was not what the fills explain", difference.code)

    def _use(self, risk: RiskConfig) -> None:
        self.risk = risk

    async def _care_for_journal(self) -> None:
        now_ns = self.clock.mono_ns()
        if now_ns - self._probed_ns > PROBE_EVERY_S * NS_PER_S:
            self._probed_ns = now_ns
            await self.journal.probe()


def opened_ns(entries: list[Entry], venue: str) -> int:
    """Return when a journal was begun, 0 for now; older trades are in the adopted positions."""
    found = (entry.ts_ns for entry in entries if entry.kind == OPENED and entry.venue == venue)
    return next(found, 0)
