"""The one writer of orders, positions and balances of a venue.

Facts come in, are written down, folded, and what changed is published. A fact that says nothing new leaves no
trace: asking the venue twice adds nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.account import Balance, MarginTerms, Position
from omega_tui.domain.events.account import (
    BalanceChanged,
    FillRecorded,
    FillReported,
    OrderChanged,
    OrderReported,
    PositionChanged,
)
from omega_tui.domain.holdings import Adopted, Funded, Holdings, PaidOut
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.order_facts import (
    FACTS,
    Acknowledged,
    AmendRequested,
    CancelFailed,
    CancelRequested,
    External,
    Fact,
    Filled,
    Intent,
    OutcomeLost,
    Sent,
    VenueSaid,
)
from omega_tui.domain.order_fold import expected_venue_order_id, fold, submitted
from omega_tui.domain.orders import TRANSITIONS, Fill, Order, OrderAlarm, OrderRequest, OrderStatus
from omega_tui.errors import JournalError
from omega_tui.services.fact_entry import WORDS, entry_of
from omega_tui.services.journal import Entry
from omega_tui.services.order_owners import OrderOwners

ADOPTED = "adopted"
PAID_OUT = "paid_out"
FUNDED = "funded"

WITHOUT_TIME = 0
"""Facts are compared with this for their time: a repeated report is not news."""


class Ledger:
    """Orders by client order id; an order from elsewhere goes by the venue's id.

    Attributes:
        venue: Venue name.
        holdings: The positions and how they came about.
        balances: By asset.
        duplicates: Reports that said nothing new.
        fills_booked: Fills, and steps of their settlement, that changed a position.
        owners: Whose the venue's ids are; a fill that is kept there is taken when its order is known.
    """

    def __init__(
        self,
        venue: str,
        bus: EventBus,
        clock: Clock,
        write: Callable[[Entry], None],
        on_alarm: Callable[[Order, OrderAlarm], None],
    ) -> None:
        self.venue = venue
        self.holdings = Holdings(venue)
        self.balances: dict[str, Balance] = {}
        self.duplicates = 0
        self.fills_booked = 0
        self._bus = bus
        self._clock = clock
        self._write = write
        self._on_alarm = on_alarm
        self._facts: dict[str, dict[Fact, Fact]] = {}
        self._orders: dict[str, Order] = {}
        self._working: dict[str, Order] = {}
        self.owners = OrderOwners()
        self._heard_ns: dict[str, int] = {}
        self._restoring = False

    # --- reading

    @property
    def orders(self) -> Mapping[str, Order]:
        """Every order known, by client order id, oldest first."""
        return self._orders

    @property
    def working(self) -> Mapping[str, Order]:
        """Those that may rest at the venue or whose outcome is unknown."""
        return self._working

    def placed_since(self, ts_ns: int) -> int:
        """Return how many orders of ours were written down since then, wall clock."""
        count = 0
        for order in reversed(self._orders.values()):
            if order.ts_intent_ns < ts_ns:
                break  # They are kept in the order in which they were learned of.
            count += not order.external
        return count

    @property
    def positions(self) -> Mapping[str, Position]:
        """By instrument."""
        return self.holdings.positions

    def find(self, *, client_order_id: str = "", venue_order_id: str = "") -> Order | None:
        """Return the order that goes by either id, or None."""
        return self._orders.get(client_order_id or self.owners.of(venue_order_id) or venue_order_id)

    def quiet_ns(self, order: Order) -> int:
        """Return for how long nothing was heard of an order, monotonic; since the start for older ones."""
        return self._clock.mono_ns() - self._heard_ns.get(order.request.client_order_id, 0)

    def expected_id(self, order: Order) -> str:
        """Return the id that the venue has or will have for it; empty when nobody can know yet."""
        if order.venue_order_id:
            return order.venue_order_id
        return expected_venue_order_id(self._facts[order.request.client_order_id])

    def is_ours(self, venue_order_id: str) -> bool:
        """Whether an order of the venue was placed by this program."""
        owner = self._owner_of(venue_order_id, "")
        return owner is not None and not self.orders[owner].external

    def facts_of(self, order: Order) -> Iterable[Fact]:
        """Return everything that is known of it, oldest first."""
        return self._facts[order.request.client_order_id]

    def intent(self, order: Order) -> Intent | None:
        """Return what was written down before it was sent; None for an order from elsewhere."""
        return next((fact for fact in self.facts_of(order) if isinstance(fact, Intent)), None)

    # --- restoring

    def restore(self, entries: Iterable[Entry]) -> None:
        """Fold what the journal holds. Orders that were left in the air become UNKNOWN.

        Publishes every order that is not done, every position, and nothing else.

        Raises:
            JournalError: An entry cannot be read.
        """
        self._restoring = True
        for entry in entries:
            if entry.venue != self.venue:
                continue
            try:
                self._restore_one(entry)
            except (msgspec.DecodeError, ValueError) as error:
                raise JournalError(f"an entry of kind {entry.kind} cannot be read: {error}") from error
        for client_order_id, facts in list(self._facts.items()):
            if any(isinstance(fact, Intent | External) for fact in facts):
                self._refold(client_order_id, facts)
            else:
                # An intent that was given up before it was durable, and the note that it was.
                del self._facts[client_order_id]
        self._restoring = False
        for order in list(self._working.values()):
            self._heard_ns[order.request.client_order_id] = self._clock.mono_ns()
            self._bus.publish(OrderChanged(order))
        for order in list(self._orders.values()):
            if order.status is OrderStatus.INTENT:
                reason = "the program ended before the venue's answer was written down"
                self.add(
                    order.request.client_order_id, OutcomeLost(ts_ns=self._clock.now_ns(), reason=reason)
                )
        for position in self.positions.values():
            self._bus.publish(PositionChanged(position))

    def _restore_one(self, entry: Entry) -> None:
        kind = FACTS.get(entry.kind)
        if kind is not None:
            fact = msgspec.json.decode(entry.body, type=kind)
            self._remember(entry.subject, fact)
            if isinstance(fact, Filled):
                self.holdings.fill(fact.fill)
        elif entry.kind == ADOPTED:
            self.holdings.adopt(msgspec.json.decode(entry.body, type=Adopted))
        elif entry.kind == FUNDED:
            self.holdings.fund(msgspec.json.decode(entry.body, type=Funded))
        elif entry.kind == PAID_OUT:
            self.holdings.pay_out(msgspec.json.decode(entry.body, type=PaidOut))

    # --- facts in

    def begin(self, intent: Intent) -> Order:
        """Take up an order whose intent is durable and whose bytes are about to leave: SUBMITTED."""
        client_order_id = intent.request.client_order_id
        assert client_order_id not in self._facts, "a client order id is used once"
        self._remember(client_order_id, intent)
        sent = Sent(ts_ns=self._clock.now_ns(), mono_ns=self._clock.mono_ns())
        self._remember(client_order_id, sent)
        self._heard_ns[client_order_id] = sent.mono_ns
        return self._take(client_order_id, submitted(intent, sent))

    def begin_amend(self, client_order_id: str, fact: AmendRequested) -> Order:
        """Take up a change of an order that is durable and whose bytes are about to leave."""
        self._remember(client_order_id, fact)
        self._heard_ns[client_order_id] = self._clock.mono_ns()
        return self._refold(client_order_id, self._facts[client_order_id])

    def add(self, client_order_id: str, *facts: Fact) -> Order:
        """Add facts of a known order; those that say nothing new are counted and forgotten."""
        known = self._facts[client_order_id]
        new = [fact for fact in facts if replace(fact, ts_ns=WITHOUT_TIME) not in known]
        self.duplicates += len(facts) - len(new)
        for fact in new:
            self._remember(client_order_id, fact)
            if type(fact) in WORDS:
                self._write(entry_of(self.venue, client_order_id, fact))
        if not new:
            return self._orders[client_order_id]
        if not all(isinstance(fact, CancelRequested | CancelFailed) for fact in new):
            self._heard_ns[client_order_id] = self._clock.mono_ns()
        order = self._refold(client_order_id, known)
        for fact in new:
            if isinstance(fact, Filled):
                self._book(fact, client_order_id)
        for early in self.owners.take_early(order.venue_order_id):
            order = self.filled(early)
        return order

    def reported(self, report: OrderReported) -> Order:
        """Take what the venue said of an order; one that nobody here sent becomes an external order."""
        client_order_id = self._owner_of(report.venue_order_id, report.client_order_id)
        now_ns = self._clock.now_ns()
        if client_order_id is None or self._is_larger(report, self._orders[client_order_id]):
            request = OrderRequest(
                client_order_id=report.venue_order_id,
                instrument=report.instrument,
                venue=self.venue,
                side=report.side,
                size=report.size if report.size is not None else report.filled or ZERO,
                price=report.price if report.price is not None else ZERO,
            )
            client_order_id = self._adopt_order(request, report.venue_order_id)
        self._heard_ns[client_order_id] = self._clock.mono_ns()
        said = VenueSaid(
            ts_ns=now_ns,
            venue_order_id=report.venue_order_id,
            status=report.venue_status,
            filled=report.filled,
            reason=report.reason,
        )
        return self.add(client_order_id, said)

    def said(self, fact: VenueSaid) -> None:
        """Take a row about an order that is known here by the venue's id."""
        if (owner := self._owner_of(fact.venue_order_id, "")) is not None:
            self.add(owner, fact)

    def may_be_ours(self, fill: Fill) -> bool:
        """Whether a fill of an unknown order may be of one of ours whose id the venue has not told yet."""
        return self._owner_of(fill.venue_order_id, "") is None and any(
            (order.request.instrument, order.request.side) == (fill.instrument, fill.side)
            and not self.expected_id(order)
            for order in self._working.values()
        )

    def filled(self, report: FillReported) -> Order:
        """Take a fill, or a step of its settlement; one of an unknown order is of one from elsewhere."""
        fill = report.fill
        client_order_id = self._owner_of(fill.venue_order_id, "")
        if client_order_id is None:
            client_order_id = self._adopt_order(
                OrderRequest(
                    client_order_id=fill.venue_order_id,
                    instrument=fill.instrument,
                    venue=self.venue,
                    side=fill.side,
                    size=fill.size,
                    price=fill.price,
                ),
                fill.venue_order_id,
            )
        self._heard_ns[client_order_id] = self._clock.mono_ns()
        return self.add(client_order_id, Filled(ts_ns=self._clock.now_ns(), fill=fill))

    def adopt_position(
        self,
        instrument: str,
        quantity: Decimal,
        entry: Decimal | None,
        reason: str,
        *,
        contract_value: Decimal = ZERO,
    ) -> None:
        """Take the venue's quantity for ours."""
        step = Adopted(
            instrument=instrument,
            quantity=quantity,
            entry_price=entry,
            reason=reason,
            ts_ns=self._clock.now_ns(),
            contract_value=contract_value,
        )
        self._write(Entry(step.ts_ns, self.venue, instrument, ADOPTED, msgspec.json.encode(step)))
        self.holdings.adopt(step)
        self._bus.publish(PositionChanged(self.positions[instrument]))

    def funded(self, step: Funded) -> None:
        """Take a funding payment; one that is known says nothing new."""
        if self.holdings.fund(step):
            self._write(Entry(step.ts_ns, self.venue, step.instrument, FUNDED, msgspec.json.encode(step)))
            self._bus.publish(PositionChanged(self.positions[step.instrument]))

    def terms(self, instrument: str, terms: MarginTerms | None) -> None:
        """Take what the venue says of the margin of a position; it is shown, and not written down."""
        if self.holdings.note_terms(instrument, terms):
            self._bus.publish(PositionChanged(self.positions[instrument]))

    def pay_out(self, instrument: str, price: Decimal) -> None:
        """Close a position at what its resolved market pays."""
        step = PaidOut(instrument=instrument, price=price, ts_ns=self._clock.now_ns())
        self._write(Entry(step.ts_ns, self.venue, instrument, PAID_OUT, msgspec.json.encode(step)))
        self.holdings.pay_out(step)
        self._bus.publish(PositionChanged(self.positions[instrument]))

    def balance(self, balances: Sequence[Balance]) -> None:
        """Take the venue's balances for ours."""
        for balance in balances:
            if self.balances.get(balance.asset) != balance:
                self.balances[balance.asset] = balance
                self._bus.publish(BalanceChanged(balance))

    def note(self, entry: Entry) -> None:
        """Write down something that is no fact of an order: a verdict, a denial, a change of mode."""
        self._write(entry)

    # --- inside

    def _owner_of(self, venue_order_id: str, client_order_id: str) -> str | None:
        if client_order_id in self._facts:
            return client_order_id
        owner = self.owners.of(venue_order_id)
        return owner if owner in self._facts else None

    @staticmethod
    def _is_larger(report: OrderReported, order: Order) -> bool:
        """Whether an external order was first met by a fill of it, so that only now its size is known."""
        return order.external and report.size is not None and report.size > order.request.size

    def _adopt_order(self, request: OrderRequest, venue_order_id: str) -> str:
        fact = External(ts_ns=self._clock.now_ns(), request=request, venue_order_id=venue_order_id)
        self._remember(request.client_order_id, fact)
        self._write(entry_of(self.venue, request.client_order_id, fact))
        return request.client_order_id

    def _remember(self, client_order_id: str, fact: Fact) -> None:
        known = self._facts.setdefault(client_order_id, {})
        known.setdefault(replace(fact, ts_ns=WITHOUT_TIME), fact)
        match fact:
            case Intent(expected_venue_order_id=venue_order_id):
                pass
            case VenueSaid() | Acknowledged() | External():
                venue_order_id = fact.venue_order_id
            case _:
                return
        if venue_order_id:
            self.owners.learn(venue_order_id, client_order_id)

    def _refold(self, client_order_id: str, facts: Mapping[Fact, Fact]) -> Order:
        return self._take(client_order_id, fold(facts.values()))

    def _take(self, client_order_id: str, order: Order) -> Order:
        """Keep what became of an order, and tell of it where that is news."""
        before = self._orders.get(client_order_id)
        if before is not None and order.status is not before.status:
            assert order.status in TRANSITIONS[before.status], (client_order_id, before.status, order.status)
        self._orders[client_order_id] = order
        if order.status.may_rest:
            self._working[client_order_id] = order
        else:
            self._working.pop(client_order_id, None)
        if not self._restoring and (
            before is None or replace(order, ts_changed_ns=0) != replace(before, ts_changed_ns=0)
        ):
            self._bus.publish(OrderChanged(order))
            for alarm in sorted(order.alarms - (before.alarms if before else frozenset())):
                self._on_alarm(order, alarm)
        return order

    def _book(self, fact: Filled, client_order_id: str) -> None:
        booked = self.holdings.fill(fact.fill)
        if booked is not None:
            fill, is_new = booked
            self.fills_booked += 1
            self._bus.publish(FillRecorded(fill, client_order_id, is_new))
            self._bus.publish(PositionChanged(self.positions[fill.instrument]))
