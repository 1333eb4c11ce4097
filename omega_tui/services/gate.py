"""The gate: the one function of the program that can send an order.

The submit protocol is order safety, section 2: check, name, fix the exact bytes, write the intent down with
an fsync, send once, and note what came of it. Nothing is ever sent a second time.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from omega_tui import __version__
from omega_tui.clock import Clock
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.order_facts import (
    Acknowledged,
    AmendFailed,
    AmendRequested,
    Intent,
    OutcomeLost,
    Rejected,
)
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.risk import check_order
from omega_tui.domain.risk_view import RecentOrder, RiskLimits, RiskView
from omega_tui.errors import JournalError, OrderRefused, OrderRejected
from omega_tui.services.crash_points import point
from omega_tui.services.fact_entry import entry_of
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.ledger import Ledger
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Accepted, Broker, PlaceOutcome, PreparedOrder, Refused, Unknown
from omega_tui.venues.editing import EditsOrders

RECENT_S = 60
"""How long an order is remembered for THROTTLE and DUPLICATE; those checks bound how many that are."""

AMEND_LATENESS_S = 60.0
"""After so long a change cannot be made any more, where the venue promises no bound (order safety, 5.3)."""


@dataclass(slots=True)
class GateCounters:
    """What the gate did since the program began, for metrics.

    Attributes:
        sent: Orders and changes of orders whose bytes left.
        denied: Those that a check held back.
        refused: Those that the venue refused.
        unknown: Those whose outcome was not known at once.
        slowest_to_wire_ns: Longest time of an order from its arrival here to its bytes, nanoseconds.
    """

    sent: int = 0
    denied: int = 0
    refused: int = 0
    unknown: int = 0
    slowest_to_wire_ns: int = 0


class Gate:
    """Lets orders of one venue through, or not.

    Attributes:
        recent: Orders let through in the last minute, oldest first.
        counters: What went through.
    """

    def __init__(  # noqa: PLR0913 - it joins the parts of the submit protocol
        self,
        *,
        broker: Broker,
        journal: Journal,
        ledger: Ledger,
        clock: Clock,
        ids: ClientOrderIds,
        limits: Callable[[], RiskLimits],
        view: Callable[[OrderRequest], RiskView],
        mode: Callable[[], TradingMode],
        on_journal_trouble: Callable[[str], None],
        on_outcome: Callable[[PlaceOutcome], None],
        on_leaving: Callable[[str], None],
    ) -> None:
        self.recent: deque[RecentOrder] = deque()
        self.counters = GateCounters()
        self._broker = broker
        self._journal = journal
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._view = view
        self._mode = mode
        self._on_journal_trouble = on_journal_trouble
        self._on_outcome = on_outcome
        self._on_leaving = on_leaving
        self._one_at_a_time = asyncio.Lock()

    async def send(self, request: OrderRequest) -> Order:
        """Check an order, write it down, send it once, and return what came of it.

        An order whose outcome is unknown is returned as such; it is no error here, and it is not sent again.

        Raises:
            OrderRefused: A check denied it, or the journal could not hold it: nothing was sent.
            OrderRejected: The venue refused it, or it could not be sent; the order is REJECTED.
        """
        began_ns = self._clock.mono_ns()
        # Two orders must not be checked against the same account: the second sees the first one submitted.
        async with self._one_at_a_time:
            prepared = await self._write_down(request)
        request = prepared.request
        point("submitted")
        # While it was written down, of all that was checked only this can have been thrown by hand.
        if self._mode() is TradingMode.HALTED:
            raise self._withheld(request, "the kill switch was thrown before it was sent")
        self.counters.sent += 1
        self.counters.slowest_to_wire_ns = max(
            self.counters.slowest_to_wire_ns, self._clock.mono_ns() - began_ns
        )
        try:
            outcome = await self._broker.place(prepared)
        except asyncio.CancelledError:
            self._note(request, Unknown("the program stopped before the answer came"))
            raise
        point("answered")
        self._on_outcome(outcome)
        order = self._note(request, outcome)
        point("noted")
        if isinstance(outcome, Refused) and order.status is OrderStatus.REJECTED:
            raise OrderRejected(outcome.code, outcome.reason)
        return order

    async def amend(self, request: OrderRequest) -> Order:
        """Change a resting order in place, once, and return it as it then stands.

        The venue's answer only says that it took the change: until it shows the order, the change is in doubt
        (`Order.amending`) and counts by the worse of both prices and sizes. It is not sent again.

        Args:
            request: The order as it is to be; its size is the whole one, what was filled before included.

        Raises:
            OrderRefused: A check denied it, or the journal could not hold it: the order is as before.
            OrderRejected: The venue refused it: likewise.
        """
        assert isinstance(self._broker, EditsOrders), "asked only where the venue does it"
        client_order_id = request.client_order_id
        async with self._one_at_a_time:
            prepared = await self._write_down_change(self._broker, request)
        number = self._ledger.orders[client_order_id].amends
        point("amend-journaled")
        if self._mode() is TradingMode.HALTED:
            reason = "not sent: the kill switch was thrown"
            self._ledger.add(client_order_id, self._unchanged(number, reason))
            raise OrderRefused("HALTED", f"{reason[0].upper()}{reason[1:]}.")
        self.counters.sent += 1
        outcome = await self._broker.edit(prepared)
        point("amend-answered")
        self._on_outcome(outcome)
        match outcome:
            case Refused(code=code, reason=reason):
                self.counters.refused += 1
                self._ledger.add(client_order_id, self._unchanged(number, reason))
                raise OrderRejected(code, reason)
            case Unknown():
                self.counters.unknown += 1
        return self._ledger.orders[client_order_id]

    async def _write_down_change(self, broker: EditsOrders, request: OrderRequest) -> PreparedOrder:
        """Check a change as the order that it makes, fix its bytes and journal it."""
        client_order_id = request.client_order_id
        now = self._ledger.orders[client_order_id]
        if now.is_done or now.amending is not None or now.cancel_requested or not now.venue_order_id:
            raise OrderRefused("NO_SUCH_ORDER", "That order works no more, or is being changed: look again.")
        left = request.size - max(now.filled, now.venue_filled)
        if left <= 0:
            raise OrderRefused("FILLED", f"{now.filled} of it are filled already: nothing would be left.")
        view = self._view(request)
        others = tuple(one for one in view.orders if one.request.client_order_id != client_order_id)
        # A change is no slip of the hand: it names the order that it changes, as an order of a program does.
        named = replace(request, client_order_id="", size=left, program=request.program or client_order_id)
        self._check(named, replace(view, orders=others))
        prepared = await broker.prepare_edit(now.venue_order_id, request)
        point("amend-prepared")
        fact = AmendRequested(
            ts_ns=self._clock.now_ns(),
            number=now.amends + 1,
            price=request.price,
            size=request.size,
            lateness_bound_s=prepared.lateness_bound_s or AMEND_LATENESS_S,
        )
        not_sent = self._unchanged(fact.number, "not sent: journal trouble")
        await self._make_durable(client_order_id, fact, not_sent)
        self._remember(request)
        self._ledger.begin_amend(client_order_id, fact)
        return prepared

    def _unchanged(self, number: int, reason: str) -> AmendFailed:
        return AmendFailed(ts_ns=self._clock.now_ns(), number=number, reason=reason)

    def _check(self, request: OrderRequest, view: RiskView) -> None:
        denial = check_order(request, view, self._limits())
        if denial is not None:
            self.counters.denied += 1
            self._journal.append(self._line("", "denied", (denial.code, denial.text)))
            raise OrderRefused(denial.code, denial.text)

    async def _write_down(self, request: OrderRequest) -> PreparedOrder:
        """Check, name, sign and journal an order; afterwards it is SUBMITTED and must be sent or given up."""
        self._check(request, self._view(request))
        if not request.client_order_id:
            request = replace(request, client_order_id=self._unused_id())
        elif request.client_order_id in self._ledger.orders:
            raise OrderRefused("DUPLICATE", "This very ticket was sent before: make a new one.")
        prepared = await self._broker.prepare(request)
        point("prepared")
        intent = Intent(
            ts_ns=self._clock.now_ns(),
            request=prepared.request,
            expected_venue_order_id=prepared.expected_venue_order_id,
            payload=prepared.payload.decode(),
            lateness_bound_s=prepared.lateness_bound_s,
            build=__version__,
        )
        not_sent = Rejected(ts_ns=intent.ts_ns, code="JOURNAL", reason="not sent: journal trouble")
        await self._make_durable(request.client_order_id, intent, not_sent)
        point("journaled")
        self._remember(prepared.request)
        self._on_leaving(request.instrument)
        self._ledger.begin(intent)
        return prepared

    async def _make_durable(
        self, client_order_id: str, fact: Intent | AmendRequested, not_sent: Rejected | AmendFailed
    ) -> None:
        """Write down what is about to be sent; return when it is on the disk.

        Raises:
            OrderRefused: It is not, or not in time; `not_sent` is written down instead.
        """
        venue = self._ledger.venue
        try:
            await self._journal.commit(entry_of(venue, client_order_id, fact))
        except JournalError as error:
            # It may reach the disk after all: the next start must know that it was not sent.
            given_up = replace(not_sent, ts_ns=self._clock.now_ns())
            self._journal.append(entry_of(venue, client_order_id, given_up))
            self._on_journal_trouble(str(error))
            text = f"Not sent, the journal could not hold it: {error}. Free the disk, then arm again."
            raise OrderRefused("JOURNAL", text) from error

    def _note(self, request: OrderRequest, outcome: PlaceOutcome) -> Order:
        """Turn what the venue answered into a fact."""
        now_ns = self._clock.now_ns()
        fact: Acknowledged | Rejected | OutcomeLost
        match outcome:
            case Accepted(venue_order_id=venue_order_id, filled=filled):
                fact = Acknowledged(ts_ns=now_ns, venue_order_id=venue_order_id, filled=filled)
            case Refused(code=code, reason=reason):
                self.counters.refused += 1
                fact = Rejected(ts_ns=now_ns, code=code, reason=reason)
            case Unknown(reason=reason):
                self.counters.unknown += 1
                fact = OutcomeLost(ts_ns=now_ns, reason=reason)
        return self._ledger.add(request.client_order_id, fact)

    def _unused_id(self) -> str:
        """Return a new id; an earlier run of the same number may have used some of them."""
        while (client_order_id := self._ids.next()) in self._ledger.orders:
            pass
        return client_order_id

    def _withheld(self, request: OrderRequest, reason: str) -> OrderRefused:
        fact = Rejected(ts_ns=self._clock.now_ns(), code="HALTED", reason=f"not sent: {reason}")
        self._ledger.add(request.client_order_id, fact)
        return OrderRefused("HALTED", f"Not sent: {reason}.")

    def _remember(self, request: OrderRequest) -> None:
        now_ns = self._clock.mono_ns()
        while self.recent and self.recent[0].mono_ns < now_ns - RECENT_S * NS_PER_S:
            self.recent.popleft()
        self.recent.append(RecentOrder(now_ns, request))

    def _line(self, subject: str, kind: str, body: object) -> Entry:
        return Entry(self._clock.now_ns(), self._ledger.venue, subject, kind, msgspec.json.encode(body))
