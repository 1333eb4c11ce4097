"""Asking the venue what is true, and believing it (order safety, section 5).

The same code runs at the start, after every interruption and while anything is in doubt. It is idempotent:
a second run on the same answers adds nothing. "Not found" is no answer until the venue cannot take the order
any more: until then the order is in quarantine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from omega_tui.clock import Clock
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.events.status import Severity
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.order_facts import CANCELED, NotFound, VenueSaid
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderAlarm, OrderStatus, TimeInForce
from omega_tui.errors import VenueError
from omega_tui.services.amend_looks import AmendLooks
from omega_tui.services.funding import Funding
from omega_tui.services.journal import Entry
from omega_tui.services.ledger import Ledger
from omega_tui.services.stated_positions import Stated, stated_positions
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Broker, ByInstrument, VenuePosition

TRADES_BACK_S = 300
"""Trades are asked for from so long before the oldest thing in doubt (5.2, step 1)."""

CLEAN_LOOKS = 3
"""So often the venue must not know an order before it is believed (5.3)."""

DOUBTFUL = frozenset({OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.PENDING_CANCEL})
"""States in which an answer of the venue is due."""

POSITION_LOOKS = 2
"""So often in a row a position must differ, with no fill between, before the venue's is adopted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something the venue says otherwise than we did.

    Attributes:
        code: Stable word.
        text: A sentence for the trader.
        severity: How loud.
        instrument: What it is about.
        disarms: Whether no new order may leave before somebody has looked.
    """

    code: str
    text: str
    severity: Severity = Severity.WARNING
    instrument: str = ""
    disarms: bool = False


@dataclass(slots=True)
class _Quarantine:
    """An order that the venue was asked about and did not know.

    Attributes:
        since_ns: When nothing could be sent any more for it, monotonic clock.
        looks: How often in a row it was not there.
        cancel_sent: Whether a cancel by its id went out, harmless if it is absent.
    """

    since_ns: int
    looks: int = 0
    cancel_sent: bool = False


@dataclass(slots=True)
class _Differing:
    """A position that the venue states otherwise.

    Attributes:
        ours: What the fills explain.
        theirs: What the venue says.
        since_ns: When these two were first seen together, monotonic clock.
        looks: How often in a row.
    """

    ours: Decimal
    theirs: Decimal
    since_ns: int
    looks: int = 0


@dataclass(frozen=True, slots=True)
class ReconcileTiming:
    """How long things may take, and how often the venue is asked (order safety, 5.1).

    Attributes:
        quiet_s: An order heard of within this is not looked for: lists lag behind answers (R17).
        quarantine_s: How long an unknown order may still turn up where the venue names no bound.
        doubt_every_s: While an order or a position is in doubt.
        working_every_s: While orders work.
        idle_every_s: While nothing does.
        after_fill_s: After a fill, for the balance.
    """

    quiet_s: float = 5.0
    quarantine_s: float = 120.0
    doubt_every_s: float = 2.0
    working_every_s: float = 10.0
    idle_every_s: float = 60.0
    after_fill_s: float = 1.0


@dataclass(slots=True)
class Reconciler:
    """Compares one account with one ledger.

    Attributes:
        runs: Complete runs.
        opened_s: When this journal was begun, seconds since the epoch; older trades are in the positions.
        resolved: What a unit pays, for instruments whose market ended.
        looks: Takes what the venue shows of orders that works.
    """

    broker: Broker
    ledger: Ledger
    clock: Clock
    timing: ReconcileTiming
    opened_s: int
    resolved: Mapping[str, Decimal]
    runs: int = 0
    _quarantine: dict[str, _Quarantine] = field(default_factory=dict)
    _missing: bool = False
    _fills_seen: int = 0
    _differing: dict[str, _Differing] = field(default_factory=dict)
    looks: AmendLooks = field(init=False)
    _funding: Funding = field(init=False)

    def __post_init__(self) -> None:
        self.looks = AmendLooks(self.ledger, self.clock)
        self._funding = Funding(self.broker, self.ledger, self.clock, self.opened_s)

    async def run(self, *, stream_healthy: bool, at_start: bool = False) -> list[Difference]:
        """Ask for everything, take it over, and return what differed.

        Args:
            stream_healthy: Whether the private stream was up since the last run: else a look is not clean.
            at_start: Whether positions may have changed while nobody watched.

        Raises:
            VenueError: Some question was not answered. Nothing is concluded from what was not.
        """
        known = set(self.ledger.orders)
        fills_seen = self.ledger.fills_booked
        rows = await self.broker.fetch_open_orders()
        fills = await self.broker.fetch_fills(since_s=self._trades_since_s())
        of_fills = await self._orders_of(fills)
        balances = await self.broker.fetch_balances()
        positions = await self.broker.fetch_positions()
        # What the stream and the answers told meanwhile is no difference.
        before = {name: order for name, order in self.ledger.orders.items() if name in known}
        for row in (*rows, *of_fills):
            self.looks.take(row)
        for fill in filter(self._is_news, fills):
            self.ledger.filled(fill)
        self.ledger.balance(balances)
        await self._look_for_missing(rows, stream_healthy=stream_healthy)
        differences = self._order_differences(before)
        differences += self._compare_positions(positions, at_start=at_start)
        await self._funding.take()
        self.runs += 1
        self._fills_seen = fills_seen
        if differences:
            self._write_verdict(differences)
        return differences

    @property
    def settling(self) -> bool:
        """Whether a position differs and another look will tell whether it does for good."""
        return bool(self._differing)

    def ask_again_s(self) -> float:
        """Return after how long the venue is to be asked again."""
        if self._differing or self._missing or any(map(self._is_doubtful, self.ledger.working.values())):
            return self.timing.doubt_every_s
        if self.ledger.fills_booked != self._fills_seen:
            return self.timing.after_fill_s
        return self.timing.working_every_s if self.ledger.working else self.timing.idle_every_s

    def _is_doubtful(self, order: Order) -> bool:
        takes = order.request.time_in_force in TAKES_ONLY or order.amending is not None
        waits = (
            order.status in DOUBTFUL
            or takes
            or order.amending is not None
            or OrderAlarm.FILLS_MISSING in order.alarms
        )
        return waits and self.ledger.quiet_ns(order) > self.timing.quiet_s * NS_PER_S

    # --- orders

    def _trades_since_s(self) -> int:
        open_ns = [order.ts_intent_ns for order in self.ledger.orders.values() if needs_trades(order)]
        since_s = min([self.clock.now_ns(), *open_ns]) // NS_PER_S - TRADES_BACK_S
        return max(self.opened_s - TRADES_BACK_S, since_s)

    async def _orders_of(self, fills: Iterable[FillReported]) -> list[OrderReported]:
        """Ask for the orders of fills that may be ours: with the answer the venue tells whose they are."""
        asked = {each.fill.venue_order_id: each.fill for each in fills if self.ledger.may_be_ours(each.fill)}
        found = []
        for venue_order_id, fill in asked.items():
            if isinstance(self.broker, ByInstrument):
                self.broker.remember(venue_order_id, fill.instrument)
            row = await self.broker.fetch_order(venue_order_id)
            if row is not None:
                found.append(row)
        return found

    def _is_news(self, report: FillReported) -> bool:
        """Whether a trade is not in the positions that were there when the journal was begun.

        One of an order of ours never is, however old the venue calls it: its clock may be behind.
        """
        began_ns = self.opened_s * NS_PER_S
        return report.fill.ts_event_ns >= began_ns or self.ledger.is_ours(report.fill.venue_order_id)

    async def _look_for_missing(self, rows: Sequence[OrderReported], *, stream_healthy: bool) -> None:
        listed = {row.venue_order_id for row in rows}
        self._missing = False
        for order in list(self.ledger.working.values()):
            venue_id = self.ledger.expected_id(order)
            if venue_id in listed:
                self._quarantine.pop(order.request.client_order_id, None)
                continue
            self._missing = True
            unknown = order.status is OrderStatus.UNKNOWN
            if not unknown and self.ledger.quiet_ns(order) < self.timing.quiet_s * NS_PER_S:
                continue
            row = await self._asked_for(order, venue_id)
            if row is not None:
                self._quarantine.pop(order.request.client_order_id, None)
                self.ledger.reported(row)
            elif order.status is not OrderStatus.SUBMITTED:
                # While its bytes are under way, that it is not there yet says nothing.
                await self._not_there(order, venue_id, stream_healthy=stream_healthy)

    async def _asked_for(self, order: Order, venue_id: str) -> OrderReported | None:
        if venue_id:
            return await self.broker.fetch_order(venue_id)
        if isinstance(self.broker, ByInstrument):
            request = order.request
            return await self.broker.fetch_order_by_client_id(request.client_order_id, request.instrument)
        return None

    async def _not_there(self, order: Order, venue_id: str, *, stream_healthy: bool) -> None:
        """Count a look at an order that is neither listed nor known by its id."""
        client_order_id = order.request.client_order_id
        now_ns = self.clock.mono_ns()
        entry = self._quarantine.setdefault(client_order_id, _Quarantine(order.ts_sent_ns or now_ns))
        if not entry.cancel_sent and venue_id:
            try:
                await self.broker.cancel([venue_id])
            except VenueError:
                return  # Not a clean look, and the cancel goes out again next time.
            entry.cancel_sent = True
        if not stream_healthy:
            entry.looks = 0
            return
        entry.looks += 1
        current = self.ledger.orders[client_order_id]
        if current.is_done or entry.looks < CLEAN_LOOKS:
            return
        if current.status is OrderStatus.UNKNOWN:
            if self._may_still_come(current, entry, now_ns):
                return
            reason = f"the venue was asked {entry.looks} times and does not know it"
            self.ledger.add(client_order_id, NotFound(ts_ns=self.clock.now_ns(), reason=reason))
        else:
            # It was there once; the venue forgets orders that are over. Fills that come later still count.
            gone = VenueSaid(
                ts_ns=self.clock.now_ns(),
                venue_order_id=venue_id,
                status=CANCELED,
                reason="the venue lists it no more",
            )
            self.ledger.add(client_order_id, gone)
        del self._quarantine[client_order_id]

    def _may_still_come(self, order: Order, entry: _Quarantine, now_ns: int) -> bool:
        intent = self.ledger.intent(order)
        bound_s = intent.lateness_bound_s if intent is not None else None
        if bound_s is None:
            bound_s = self.timing.quarantine_s
        if order.request.time_in_force is TimeInForce.GTD and order.request.expires_at_s:
            left_s = order.request.expires_at_s - self.clock.now_ns() / NS_PER_S
            if left_s <= 0:
                return False  # The venue refuses what has expired.
        return now_ns - entry.since_ns < bound_s * NS_PER_S

    def _order_differences(self, before: Mapping[str, Order]) -> list[Difference]:
        differences = []
        for client_order_id, order in self.ledger.orders.items():
            old = before.get(client_order_id)
            request = order.request
            words = request.words
            if old is None:
                # What is ours was placed while the venue was being asked, and is no news.
                if order.external and not order.is_done:
                    text = f"An order from elsewhere works: {words}."
                    differences.append(Difference("EXTERNAL_ORDER", text, Severity.INFO, request.instrument))
            elif old.status is not order.status or old.filled != order.filled:
                filled = f", {order.filled} filled" if order.filled else ""
                text = f"{words}: {old.status} here, {order.status}{filled} at the venue."
                severity = Severity.WARNING if old.status is OrderStatus.UNKNOWN else Severity.INFO
                differences.append(Difference("ORDER_RECONCILED", text, severity, request.instrument))
        return differences

    # --- positions

    def _compare_positions(self, rows: Sequence[VenuePosition], *, at_start: bool) -> list[Difference]:
        differences: list[Difference] = []
        stated = {one.instrument: one for one in stated_positions(rows)}
        told = {name for one in stated.values() for name in one.shares}
        for instrument in sorted(stated.keys() | self.ledger.positions.keys() - told):
            one = stated.get(instrument) or Stated(instrument, ZERO)
            difference = self._compare(one, at_start=at_start)
            if difference is not None:
                differences.append(difference)
            self.ledger.terms(instrument, one.terms)
        return differences

    def _compare(self, said: Stated, *, at_start: bool) -> Difference | None:
        """Compare one position with the venue's, and take that where they differ for good."""
        instrument, ledger = said.instrument, self.ledger
        elsewhere = sum((self._held(name) for name in said.shares), ZERO)
        ours, theirs = self._held(instrument), said.quantity - elsewhere
        settled = ledger.holdings.settled(instrument)
        if min(ours, settled) <= theirs <= max(ours, settled):
            self._differing.pop(instrument, None)
            return None
        is_new = not ledger.holdings.has(instrument)
        untouched = (
            is_new
            and not at_start
            and not any(o.request.instrument == instrument for o in ledger.orders.values())
        )
        if not untouched and not self._differs_for_good(instrument, ours, theirs, at_start=at_start):
            return None
        if instrument in self.resolved and not theirs:
            ledger.pay_out(instrument, self.resolved[instrument])
            return None
        reason = "held before" if is_new else f"the fills explain {ours}, the venue holds {theirs}"
        ledger.adopt_position(
            instrument, theirs, said.entry_price, reason, contract_value=said.contract_value
        )
        if is_new:
            return None
        if any(map(ledger.holdings.has, said.spends)):
            text = f"{said.asset} was also paid with in another market: {theirs} is left, and is shown."
            return Difference("POSITION_SPENT", text, Severity.INFO, instrument)
        return Difference(
            "POSITION_DIFFERS",
            f"The position differs by {theirs - ours}: {reason}. The venue's is shown.",
            Severity.WARNING if at_start else Severity.ALARM,
            instrument,
            disarms=not at_start,
        )

    def _held(self, instrument: str) -> Decimal:
        position = self.ledger.positions.get(instrument)
        return ZERO if position is None else position.quantity

    def _differs_for_good(self, instrument: str, ours: Decimal, theirs: Decimal, *, at_start: bool) -> bool:
        """Whether the same two quantities were seen often and long enough.

        Fills and positions are read one after the other, and some venues' positions lag.
        """
        now_ns = self.clock.mono_ns()
        seen = self._differing.get(instrument)
        if seen is None or (seen.ours, seen.theirs) != (ours, theirs):
            seen = self._differing[instrument] = _Differing(ours, theirs, now_ns)
        seen.looks += 1
        waited = at_start or now_ns - seen.since_ns >= self.timing.quiet_s * NS_PER_S
        if seen.looks < POSITION_LOOKS or not waited:
            return False
        del self._differing[instrument]
        return True

    def _write_verdict(self, differences: Sequence[Difference]) -> None:
        body = msgspec.json.encode([(difference.code, difference.text) for difference in differences])
        entry = Entry(self.clock.now_ns(), self.ledger.venue, "", "verdict", body)
        self.ledger.note(entry)


def needs_trades(order: Order) -> bool:
    """Whether the venue may have trades of an order that are not here: it goes on, or fills are missing."""
    return not order.is_done or order.venue_filled > order.filled
