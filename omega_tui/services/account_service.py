"""One account at one venue as a service: commands in, orders out through the gate, reports in, facts out.

It owns orders, positions, balances and the arming. It asks the venue at the start, after every interruption
and while anything is in doubt, and believes it; until then nothing new leaves.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import msgspec

from omega_tui import __version__
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.account import Balance, Position
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.commands import Command
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ServiceState, Severity
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.orders import Order
from omega_tui.domain.result import Result, results
from omega_tui.errors import JournalError, StateError
from omega_tui.services.account_commands import concerns, execute
from omega_tui.services.account_events import AccountEvents
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.errands import Errands
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.market_view import MarketView
from omega_tui.services.reconcile import ReconcileTiming, needs_trades
from omega_tui.services.risk_views import Accounts
from omega_tui.services.trading_account import OPENED, AccountSetup, TradingAccount, opened_ns
from omega_tui.venues.base import Broker, ByInstrument


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """What an account is composed of.

    Attributes:
        broker: The venue.
        journal: What survives a crash; opened and closed by the service.
        risk: The limits in force.
        data_limits: From when on prices are not good enough to trade on.
        timing: How long doubts last; None for the usual, with the quarantine of `risk`.
        no_arming: Why nothing may be armed in this process, as a sentence; empty where it may.
        accounts: Who else trades in this process; nobody by default.
        account: What is the same for every venue of one account; empty for one by itself.
    """

    broker: Broker
    journal: Journal
    risk: RiskConfig
    data_limits: DataLimits
    timing: ReconcileTiming | None = None
    no_arming: str = ""
    accounts: Accounts = field(default_factory=Accounts)
    account: str = ""


class AccountService(Service):
    """Orders of one account at one venue; who composed it owns it. Every method belongs to one event loop.

    Args:
        platform: Bus and clock.
        parts: What it is composed of; None where `initialize` finds them.
        rng: For the jitter of pauses and the id of this run.
    """

    name = "exchange"

    def __init__(self, platform: Platform, parts: AccountParts | None, *, rng: random.Random) -> None:
        super().__init__(platform)
        self._rng = rng
        self._ids = ClientOrderIds(rng.getrandbits(16))
        self._errands = Errands()
        self._made: TradingAccount | None = None
        if parts is not None:
            self._compose(parts)

    def _compose(self, parts: AccountParts) -> None:
        """Take the parts that the account is made of."""
        self.venue = parts.broker.venue
        bus, clock = self.platform.bus, self.platform.clock
        self._setup = AccountSetup(
            broker=parts.broker,
            journal=parts.journal,
            market=MarketView(self.venue, bus, clock, parts.data_limits),
            bus=bus,
            clock=clock,
            risk=parts.risk,
            timing=parts.timing or ReconcileTiming(quarantine_s=parts.risk.quarantine_s),
            errands=self._errands,
            ids=self._ids,
            rng=self._rng,
            accounts=parts.accounts,
            shared_key=parts.account,
            no_arming=parts.no_arming,
        )
        self._events = AccountEvents(bus)
        self._build([])

    def _build(self, entries: list[Entry]) -> TradingAccount:
        """Make the account afresh from what the journal says."""
        self._made = TradingAccount(self._setup, entries, on_read=self._read, on_unread=self._unread)
        return self._made

    @property
    def _account(self) -> TradingAccount:
        if self._made is None:
            raise StateError(
                "the exchange service keeps no account: it is not initialized, or only asks (read_only)"
            )
        return self._made

    # --- what code may read

    @property
    def orders(self) -> Mapping[str, Order]:
        """Every order, by client order id; one placed elsewhere by the venue's id."""
        return self._account.ledger.orders

    @property
    def positions(self) -> Mapping[str, Position]:
        """By instrument."""
        return self._account.ledger.positions

    @property
    def balances(self) -> Mapping[str, Balance]:
        """By asset."""
        return self._account.ledger.balances

    @property
    def result(self) -> Mapping[str, Result]:
        """What the positions of this account have brought, fees and funding counted, by asset."""
        market = self._account.market
        market.catch_up()
        return results(self.positions.values(), market.marks, market.instruments)

    @property
    def mode(self) -> TradingMode:
        """What the gate lets through."""
        return self._account.arming.mode

    @property
    def is_ready(self) -> bool:
        """Whether the account was read from the venue since the last interruption."""
        return self._account.is_ready

    # --- life cycle

    async def initialize(self) -> None:
        """Read the journal, fold it, and listen. The venue is asked in `run`.

        Raises:
            JournalError: Another process has the journal, or what it says cannot be understood.
        """
        await self._prepare()

    async def _prepare(self) -> None:
        await self._release()
        journal, broker = self._setup.journal, self._setup.broker
        entries: list[Entry] = []
        try:
            entries = await journal.open()
        except JournalError as error:
            if journal.is_taken:
                raise
            # Without a journal no order leaves, but what works can be seen and canceled.
            journal.problem = str(error)
            self._account.tell(Severity.ALARM, "JOURNAL", f"No order can leave: {error}.")
        account = self._build(entries)
        if not opened_ns(entries, self.venue):
            now_ns = self.platform.clock.now_ns()
            journal.append(Entry(now_ns, self.venue, "", OPENED, msgspec.json.encode(__version__)))
        account.arming.publish()
        if journal.set_aside is not None:
            kept = journal.set_aside.name
            text = f"The journal was damaged: it is kept as {kept}, and the venue is asked for everything."
            account.tell(Severity.ALARM, "JOURNAL", text)
        await broker.open()
        if isinstance(broker, ByInstrument):
            _remember(broker, account)

    async def run(self) -> None:
        account = self._account
        try:
            async with asyncio.TaskGroup() as group:
                self._errands.open(group)
                group.create_task(account.inquiry.run(), name="reconcile")
                group.create_task(self._events.run(account), name="account events")
                group.create_task(account.keep_time(), name="timers")
                group.create_task(account.programs.run(), name="programs")
                group.create_task(account.loop_lag.run(), name="loop lag")
                # A cancel that was asked for before the program ended is still asked for.
                for order in list(account.ledger.working.values()):
                    if order.cancel_requested:
                        account.canceler.request(order)
        finally:
            self._errands.close()

    async def shutdown(self) -> None:
        await self._release()

    async def _release(self) -> None:
        await self._setup.broker.close()
        await self._setup.journal.close()

    def _read(self) -> None:
        """The venue has answered everything."""
        if self.is_ready and self.state is ServiceState.DEGRADED:
            self.enter(ServiceState.RUNNING)

    def _unread(self, reason: str) -> None:
        """The venue did not answer: what is shown is old, and nothing new leaves."""
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED, f"the account could not be read: {reason}")

    # --- what the registry asks

    def can_handle(self, command: Command) -> bool:
        return concerns(command, self.venue)

    async def process(self, command: Command) -> None:
        await execute(self._account, command)

    def picture(self) -> Sequence[Event]:
        return () if self._made is None else self._made.picture()

    def metrics(self) -> dict[str, float]:
        return {} if self._made is None else self._made.metrics()

    def configuration(self) -> dict[str, str]:
        if self._made is None:
            return {}
        risk = self._made.risk
        return {field.name: str(getattr(risk, field.name)) for field in fields(risk)}


def _remember(broker: ByInstrument, account: TradingAccount) -> None:
    """Tell a venue that is asked market by market where this account has orders and holdings."""
    for order in filter(needs_trades, account.ledger.orders.values()):
        request = order.request
        own_id = "" if order.external else request.client_order_id
        is_trigger = request.trigger_price is not None
        broker.remember(order.venue_order_id, request.instrument, own_id, is_trigger=is_trigger)
    for instrument in account.ledger.positions:
        broker.remember("", instrument)
