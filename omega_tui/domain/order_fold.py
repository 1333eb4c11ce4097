"""The pure fold that turns the facts about an order into an `Order`.

The facts are what is kept; the order is computed from the *set* of them (order safety, section 1). So it does
not matter in which order they came, or how often. Positive evidence (an acknowledgement, a fill, a row at the
venue) always beats a refusal or a proof of absence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.order_facts import (
    CANCELED,
    EXPIRED,
    LIVE,
    MATCHED,
    REJECTED,
    Acknowledged,
    Amended,
    AmendFailed,
    AmendRequested,
    CancelFailed,
    CancelRequested,
    External,
    Fact,
    FactType,
    Filled,
    Intent,
    NotFound,
    OutcomeLost,
    Rejected,
    Sent,
    VenueSaid,
)
from omega_tui.domain.orders import (
    TAKES_ONLY,
    Amendment,
    Fill,
    Order,
    OrderAlarm,
    OrderRequest,
    OrderStatus,
    OrderType,
    Settlement,
)
from omega_tui.domain.side import Side

_FINALITY = (
    Settlement.MATCHED,
    Settlement.RETRYING,
    Settlement.MINED,
    Settlement.CONFIRMED,
    Settlement.FAILED,
)
"""Later wins. A trade that failed stays failed, whatever else was said of it."""


def fold(facts: Iterable[Fact]) -> Order:
    """Return the order that the facts amount to. Their order and number do not matter.

    Raises:
        ValueError: There is neither an intent nor a row to rebuild one from.
    """
    unique = set(facts)
    known = _Known(unique)
    fills = merge_fills(fact.fill for fact in known.fills)
    counted = [fill for fill in fills if fill.settlement is not Settlement.FAILED]
    booked = sum((fill.size for fill in counted), ZERO)
    failed = sum((fill.size for fill in fills), ZERO) - booked
    known.weigh_amendment(booked + failed)
    claimed = known.claimed
    status = known.status(booked, failed)
    filled = max(booked, claimed - failed) if known.external is not None else booked
    return Order(
        request=known.request,
        status=status,
        venue_order_id=known.venue_order_id,
        filled=filled,
        average_price=sum((fill.size * fill.price for fill in counted), ZERO) / booked if booked else None,
        venue_filled=claimed,
        fees=sum((fill.fee for fill in counted), ZERO),
        reason=known.reason(status),
        external=known.external is not None,
        alarms=_alarms(known, fills, counted, booked, failed),
        ts_intent_ns=known.first_ns,
        ts_changed_ns=max(fact.ts_ns for fact in unique),
        ts_sent_ns=max((fact.mono_ns for fact in known.of(Sent)), default=0),
        cancel_requested=not status.is_done and known.cancel_pending,
        amending=None if status.is_done or known.amending is None else _amendment(known.amending),
        amends=max((fact.number for fact in known.of(AmendRequested)), default=0),
        amend_refused=known.amend_refused,
    )


def submitted(intent: Intent, sent: Sent) -> Order:
    """Return `fold((intent, sent))`, with which every order begins, without weighing what nobody said yet.

    An order waits for it before its bytes leave.
    """
    return Order(
        request=intent.request,
        status=OrderStatus.SUBMITTED,
        venue_order_id=intent.expected_venue_order_id,
        ts_intent_ns=intent.ts_ns,
        ts_changed_ns=max(intent.ts_ns, sent.ts_ns),
        ts_sent_ns=sent.mono_ns,
    )


def merge_fills(fills: Iterable[Fill]) -> list[Fill]:
    """Return one fill per trade and order, in its furthest settlement, oldest first.

    Two different sizes or prices for one key are a conflict; the larger is kept, so that exposure is never
    understated. Reports differ in what they know: the largest fee is kept, with all that is known of it.
    """
    by_key: dict[tuple[str, str], Fill] = {}
    for fill in fills:
        key = (fill.trade_id, fill.venue_order_id)
        known = by_key.get(key)
        by_key[key] = fill if known is None else _merged(known, fill)
    return sorted(by_key.values(), key=lambda fill: (fill.ts_event_ns, fill.trade_id, fill.venue_order_id))


def expected_venue_order_id(facts: Iterable[Fact]) -> str:
    """Return the id under which the venue will know the order, if that can be told in advance."""
    return next((fact.expected_venue_order_id for fact in facts if isinstance(fact, Intent)), "")


def _merged(one: Fill, other: Fill) -> Fill:
    first, second = sorted((one, other), key=_fill_order, reverse=True)
    settlement = max(one.settlement, other.settlement, key=_FINALITY.index)
    stamps = [fill.ts_event_ns for fill in (one, other) if fill.ts_event_ns]
    fee = max(first, second, key=_fee_order)
    return replace(
        first,
        settlement=settlement,
        fee=fee.fee,
        fee_asset=fee.fee_asset,
        fee_paid=fee.fee_paid,
        base_fee=fee.base_fee,
        contract_value=max(first.contract_value, second.contract_value),
        is_maker=first.is_maker or second.is_maker,
        ts_event_ns=min(stamps, default=0),
    )


def _fill_order(fill: Fill) -> tuple[Decimal, Decimal, str, str]:
    return (fill.size, fill.price, fill.side, fill.instrument)


def _fee_order(fill: Fill) -> tuple[Decimal, Decimal, Decimal, Decimal, str]:
    return (abs(fill.fee), fill.fee, abs(fill.fee_paid), abs(fill.base_fee), fill.fee_asset)


class _Known:
    """The facts, sorted by what they are evidence of."""

    def __init__(self, facts: set[Fact]) -> None:
        self._by_kind: dict[type[Fact], list[Fact]] = {}
        for fact in facts:
            self._by_kind.setdefault(type(fact), []).append(fact)
        self.intents = self.of(Intent)
        self.externals = self.of(External)
        self.rows = self.of(VenueSaid)
        self.acks = self.of(Acknowledged)
        self.fills = self.of(Filled)
        if not self.intents and not self.externals:
            raise ValueError("an order needs an intent, or a row of the venue to rebuild one from")
        first: Intent | External = (
            min(self.intents, key=_age) if self.intents else min(self.externals, key=_rank)
        )
        self.request = first.request
        self.amending: AmendRequested | None = None
        self._take_amendments()
        self.first_ns = first.ts_ns
        self.external = None if self.intents else first

    def of(self, kind: type[FactType]) -> list[FactType]:
        return cast("list[FactType]", self._by_kind.get(kind, []))

    def _take_amendments(self) -> None:
        """Take every change that is proven, and note the one that is in doubt."""
        proven = {fact.number for fact in self.of(Amended)}
        refused = {fact.number for fact in self.of(AmendFailed)}
        for amend in sorted(self.of(AmendRequested), key=lambda fact: fact.number):
            if amend.number in proven:
                self.request = replace(self.request, price=amend.price, size=amend.size)
                self.amending = None
            elif amend.number not in refused:
                self.amending = amend

    def weigh_amendment(self, booked: Decimal) -> None:
        """Take a change in doubt for made where only it explains what was traded."""
        amend = self.amending
        if amend is None:
            return
        done = max(booked, self.claimed)
        is_larger = done > self.request.size
        is_smaller = self.says(MATCHED) and amend.size <= done < self.request.size
        if is_larger or is_smaller:
            self.request = replace(self.request, price=amend.price, size=amend.size)
            self.amending = None

    @property
    def amend_refused(self) -> str:
        """Why the newest change was not made; empty where it was, or may yet be."""
        newest = max((fact.number for fact in self.of(AmendRequested)), default=0)
        if newest in {fact.number for fact in self.of(Amended)}:
            return ""
        said = [fact.reason for fact in self.of(AmendFailed) if fact.number == newest]
        return max(said) or "the venue did not say why" if said else ""

    @property
    def sizes(self) -> tuple[Decimal, ...]:
        """Return every size that the order may have."""
        return (self.request.size,) if self.amending is None else (self.request.size, self.amending.size)

    @property
    def venue_order_id(self) -> str:
        said: Sequence[VenueSaid | Acknowledged | External] = [*self.acks, *self.rows, *self.externals]
        ids = {fact.venue_order_id for fact in said if fact.venue_order_id}
        ids |= {fact.fill.venue_order_id for fact in self.fills}
        expected = {fact.expected_venue_order_id for fact in self.intents if fact.expected_venue_order_id}
        return min(ids & expected or ids or expected, default="")

    @property
    def claimed(self) -> Decimal:
        """What the venue says is filled."""
        said = [row.filled for row in self.rows if row.filled is not None]
        said += [ack.filled for ack in self.acks if ack.filled is not None]
        if self.says(MATCHED, unless_filled_known=True):
            said.append(min(self.sizes))
        return max(said, default=ZERO)

    def says(self, status: str, *, unless_filled_known: bool = False) -> bool:
        rows = (row for row in self.rows if row.status == status)
        return any(row.filled is None or not unless_filled_known for row in rows)

    @property
    def exists(self) -> bool:
        """Whether anything proves that the venue took it at some time."""
        rows = any(row.status != REJECTED for row in self.rows)
        return bool(rows or self.acks or self.fills or self.external)

    @property
    def rested(self) -> bool:
        """Whether it was exposed to the market: a row that only says how it ended without a fill does not."""
        rows = any(row.status in {LIVE, MATCHED} or row.filled for row in self.rows)
        return bool(rows or self.acks or self.fills)

    @property
    def cancel_pending(self) -> bool:
        asked = max((fact.number for fact in self.of(CancelRequested)), default=0)
        return asked > max((fact.number for fact in self.of(CancelFailed)), default=0)

    def status(self, booked: Decimal, failed: Decimal) -> OrderStatus:
        """Return the state by precedence: what ended it, what moves it, that it exists, what denies it."""
        if self.exists:
            return self._status_of_existing(booked, failed)
        if self.of(Rejected) or self.says(REJECTED):
            return OrderStatus.REJECTED
        if self.of(NotFound):
            return OrderStatus.NOT_PLACED
        if self.of(OutcomeLost):
            return OrderStatus.UNKNOWN
        return OrderStatus.SUBMITTED if self.of(Sent) else OrderStatus.INTENT

    def _status_of_existing(self, booked: Decimal, failed: Decimal) -> OrderStatus:
        request = self.request
        done = max(booked + failed, self.claimed)
        if done >= max(self.sizes) or (self.says(MATCHED) and done >= min(self.sizes) < request.size):
            # What failed on chain is neither filled nor in the book any more.
            return OrderStatus.CANCELED if failed else OrderStatus.FILLED
        ended_matched = self.says(MATCHED) and request.time_in_force in TAKES_ONLY
        if self.says(CANCELED) or self.says(REJECTED) or ended_matched:
            return OrderStatus.CANCELED
        if self.says(EXPIRED):
            return OrderStatus.EXPIRED
        if self.cancel_pending:
            return OrderStatus.PENDING_CANCEL
        return OrderStatus.PARTIALLY_FILLED if done > failed else OrderStatus.ACCEPTED

    def reason(self, status: OrderStatus) -> str:
        """Return the newest words that explain the state."""
        said: list[tuple[int, str]] = []
        if status is OrderStatus.REJECTED:
            said += [(fact.ts_ns, fact.reason) for fact in self.of(Rejected)]
        elif status is OrderStatus.UNKNOWN:
            said += [(fact.ts_ns, fact.reason) for fact in self.of(OutcomeLost)]
        elif status is OrderStatus.NOT_PLACED:
            said += [(fact.ts_ns, fact.reason) for fact in self.of(NotFound)]
        elif not status.is_done and not self.cancel_pending:
            said += [(fact.ts_ns, fact.reason) for fact in self.of(CancelFailed)]
        if status.is_done:
            said += [(row.ts_ns, row.reason) for row in self.rows]
        return max(((ts, text) for ts, text in said if text), default=(0, ""))[1]


def _alarms(
    known: _Known, fills: Sequence[Fill], counted: Sequence[Fill], booked: Decimal, failed: Decimal
) -> frozenset[OrderAlarm]:
    alarms = set()
    if known.external is None and known.claimed > booked + failed:
        alarms.add(OrderAlarm.FILLS_MISSING)
    if _is_overfilled(replace(known.request, size=max(known.sizes)), counted, booked):
        alarms.add(OrderAlarm.OVERFILL)
    denied = bool(known.of(Rejected) or known.of(NotFound))
    if denied and known.rested:
        alarms.add(OrderAlarm.RESURRECTED)
    if failed or any(fill.settlement is Settlement.FAILED for fill in fills):
        alarms.add(OrderAlarm.TRADE_FAILED)
    seen: dict[tuple[str, str], Fill] = {}
    settlements: dict[tuple[str, str], set[Settlement]] = {}
    for fact in known.fills:
        fill = fact.fill
        key = (fill.trade_id, fill.venue_order_id)
        if _fill_order(seen.setdefault(key, fill)) != _fill_order(fill):
            alarms.add(OrderAlarm.TRADE_ID_CONFLICT)
        settlements.setdefault(key, set()).add(fill.settlement)
    if any({Settlement.CONFIRMED, Settlement.FAILED} <= said for said in settlements.values()):
        alarms.add(OrderAlarm.TRADE_FINALITY_CONFLICT)
    return frozenset(alarms)


def _is_overfilled(request: OrderRequest, counted: Sequence[Fill], booked: Decimal) -> bool:
    """Whether more was traded than asked for.

    A market BUY is sized in money at some venues: better prices then give more units for the same money.
    """
    if booked <= request.size:
        return False
    in_money = request.side is Side.BUY and (
        request.order_type is OrderType.MARKET or request.time_in_force in TAKES_ONLY
    )
    if not in_money:
        return True
    return sum((fill.size * fill.price for fill in counted), ZERO) > request.size * request.price


def _amendment(fact: AmendRequested) -> Amendment:
    return Amendment(fact.number, fact.price, fact.size)


def _age(fact: Intent) -> tuple[int, str]:
    return (fact.ts_ns, fact.request.client_order_id)


def _rank(fact: External) -> tuple[Decimal, int]:
    """An order that was first met by one of its fills is known by its whole size later."""
    return (-fact.request.size, fact.ts_ns)
