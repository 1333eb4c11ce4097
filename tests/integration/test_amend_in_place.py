"""Changing an order where the venue keeps it: once, never two orders, and known whatever the answer was.

The venue is a book of one's own orders that changes them in place, as okx, bybit and kraken do; what the real
library sends there is proven in `test_ccxt_intents.py`. Gate, journal, ledger, programs and inquiry are real.
"""

import asyncio
import contextlib
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from ccxt_lab import until
from test_safety_pipeline import Desk

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.account import Balance
from omega_tui.domain.commands import AmendOrder, Arm, CancelOrder, Kill, PlaceOrder, StartProgram
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.order_facts import CANCELED, LIVE, MATCHED
from omega_tui.domain.orders import Fill, OrderStatus
from omega_tui.domain.programs import Chase, ProgramStatus
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.base import Platform
from omega_tui.services.journal import Journal
from omega_tui.services.reconcile import ReconcileTiming
from omega_tui.services.registry import ServiceRegistry
from omega_tui.venues.base import Accepted, CancelOutcome, PreparedOrder, Refused, Unknown, VenuePosition

D = Decimal
ZERO = D(0)
BOUND_S = 0.5


@dataclass
class Resting:
    request: object
    filled: Decimal = ZERO
    status: str = LIVE


@dataclass
class KeepingVenue:
    """A broker and its venue: orders by the venue's id, each changed in place.

    `answers` says what becomes of the next change: taken, refused, lost before or after it was made, or late.
    """

    venue: str = "sim"
    is_live: bool = False
    orders: dict[str, Resting] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    edits: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    late: list[tuple[str, object]] = field(default_factory=list)

    async def open(self):
        pass

    async def close(self):
        pass

    async def warm(self, instrument):
        pass

    async def prepare(self, request):
        return PreparedOrder(request, "", b"{}", BOUND_S)

    async def place(self, prepared):
        venue_id = f"v{len(self.orders) + 1}"
        self.orders[venue_id] = Resting(prepared.request)
        return Accepted(venue_id, LIVE)

    def edits_in_place(self, request):
        return request.trigger_price is None

    async def prepare_edit(self, venue_order_id, request):
        return PreparedOrder(request, "", venue_order_id.encode(), BOUND_S)

    async def edit(self, prepared):
        venue_id, request = prepared.payload.decode(), prepared.request
        self.edits.append((venue_id, request.price, request.size))
        match self.answers.pop(0) if self.answers else "taken":
            case "refused":
                return Refused("NOT_MODIFIED", "the venue says no")
            case "lost before":
                return Unknown("no answer")
            case "lost after":
                self.change(venue_id, request)
                return Unknown("no answer")
            case "late":
                self.late.append((venue_id, request))
                return Accepted(venue_id, LIVE)
            case "filled first":
                self.fill(venue_id, self.orders[venue_id].request.size)
                return Refused("ORDER_NOT_FOUND", "the order is filled")
        self.change(venue_id, request)
        return Accepted(venue_id, LIVE)

    def change(self, venue_id, request):
        order = self.orders[venue_id]
        if order.status == LIVE:
            order.request = replace(order.request, price=request.price, size=request.size)

    def make_late(self):
        for venue_id, request in self.late:
            self.change(venue_id, request)
        self.late.clear()

    def fill(self, venue_id, size):
        order = self.orders[venue_id]
        order.filled += D(size)
        order.status = MATCHED if order.filled >= order.request.size else LIVE
        made = Fill(
            trade_id=f"t{len(self.fills)}",
            venue_order_id=venue_id,
            instrument=order.request.instrument,
            side=order.request.side,
            price=order.request.price,
            size=D(size),
        )
        self.fills.append(made)

    async def cancel(self, venue_order_ids):
        for venue_id in venue_order_ids:
            self.orders[venue_id].status = CANCELED
        return CancelOutcome(tuple(venue_order_ids))

    async def cancel_all(self, instrument=None):
        assert instrument is None
        return await self.cancel([name for name, order in self.orders.items() if order.status == LIVE])

    def row(self, venue_id):
        order = self.orders[venue_id]
        return OrderReported(
            venue=self.venue,
            venue_order_id=venue_id,
            client_order_id=order.request.client_order_id,
            instrument=order.request.instrument,
            side=order.request.side,
            price=order.request.price,
            size=order.request.size,
            venue_status=order.status,
            filled=order.filled,
            reason="",
            ts_event_ns=1,
        )

    async def fetch_open_orders(self):
        return [self.row(name) for name, order in self.orders.items() if order.status == LIVE]

    async def fetch_order(self, venue_order_id):
        return self.row(venue_order_id)

    async def fetch_fills(self, *, since_s):
        assert since_s
        return [FillReported(self.venue, fill) for fill in self.fills]

    async def fetch_balances(self):
        return [Balance("sim", "pUSD", D(10_000), D(10_000))]

    async def fetch_positions(self):
        held = sum((fill.size * fill.side.sign for fill in self.fills), D(0))
        return [VenuePosition(self.fills[0].instrument, held)] if self.fills else []

    # The desk of the safety pipeline names its market by the venue's list.
    class _Market:
        tokens = (("YES",), ("NO",))

    markets = (_Market(),)


LIMITS = RiskConfig(duplicate_window_s=0, orders_per_second=40, orders_per_minute=600)
TIMING = ReconcileTiming(quiet_s=0.1, quarantine_s=0.5, doubt_every_s=0.1, working_every_s=5, idle_every_s=5)


@contextlib.asynccontextmanager
async def desk_at(folder, venue, *, risk=LIMITS, **more):
    clock, bus = SystemClock(), LocalBus()
    service = AccountService(
        Platform(bus, clock),
        AccountParts(
            broker=venue,
            journal=Journal(folder, clock),
            risk=risk,
            data_limits=DataLimits(),
            timing=TIMING,
            **more,
        ),
        rng=random.Random(1),
    )
    registry = ServiceRegistry()
    registry.register(service)
    async with asyncio.TaskGroup() as group:
        await registry.start(service)
        task = group.create_task(service.run())
        try:
            await service._errands.opened()
            await service._account.inquiry.ask()
            desk = Desk(venue, service, bus)
            desk.show()
            yield desk
        finally:
            task.cancel()
            await asyncio.wait({task})
            await registry.stop(service)


@contextlib.asynccontextmanager
async def resting(tmp_path, **changes):
    """A desk with one order of 10 at 0.10 that rests."""
    venue = KeepingVenue(**changes)
    async with desk_at(tmp_path / "journal", venue) as desk:
        await desk.service.process(Arm("sim"))
        desk.show()
        await desk.service.process(PlaceOrder(desk.order("0.10")))
        [order] = desk.service.orders.values()
        yield desk, venue, order.request.client_order_id


async def amend(desk, name, price="0.12", size=None):
    desk.show()
    await desk.service.process(
        AmendOrder("sim", name, price=D(price), size=None if size is None else D(size))
    )


async def known(desk):
    """Wait until no change is in doubt and no program works."""
    await until(
        lambda: (
            not desk.service._account.programs.programs
            and all(order.amending is None for order in desk.service.orders.values())
        )
    )


def only(desk):
    [order] = desk.service.orders.values()
    return order


async def test_an_order_is_moved_and_stays_the_same_order(tmp_path):
    async with resting(tmp_path) as (desk, venue, name):
        await amend(desk, name)
        await known(desk)
        assert only(desk).request.price == D("0.12")
        assert only(desk).status is OrderStatus.ACCEPTED
        assert venue.edits == [("v1", D("0.12"), D(10))]
        assert list(venue.orders) == ["v1"], "never another order"


@pytest.mark.parametrize(
    ("answer", "price"),
    [("lost after", "0.12"), ("lost before", "0.10"), ("late", "0.12"), ("refused", "0.10")],
)
async def test_whatever_the_answer_it_is_sent_once_and_known_in_the_end(tmp_path, answer, price):
    async with resting(tmp_path, answers=[answer]) as (desk, venue, name):
        await amend(desk, name)
        if answer == "late":
            await until(lambda: only(desk).amending is not None)
            assert only(desk).request.price == D("0.10"), "what the venue does not show is not shown"
            venue.make_late()
        await known(desk)
        assert only(desk).request.price == D(price) == venue.orders["v1"].request.price
        assert len(venue.edits) == len(venue.orders) == 1


async def test_in_doubt_it_counts_by_the_worse_price_and_size(tmp_path):
    async with resting(tmp_path, answers=["late"]) as (desk, venue, name):
        await amend(desk, name, size=20)
        await until(lambda: only(desk).amending is not None)
        [counted] = desk.service._account.view(desk.order()).orders
        assert (counted.request.price, counted.remaining) == (D("0.12"), D(20))
        with pytest.raises(OrderRefused):
            await desk.service._account.gate.amend(replace(only(desk).request, price=D("0.13")))
        assert len(venue.edits) == 1, "not two changes at a time"
        venue.make_late()
        await known(desk)
        assert only(desk).request.size == D(20)


async def test_a_fill_on_the_way_counts_and_the_size_is_the_whole_one(tmp_path):
    async with resting(tmp_path) as (desk, venue, name):
        venue.fill("v1", 4)
        await amend(desk, name)
        await known(desk)
        await desk.service._account.inquiry.ask()
        order = only(desk)
        assert (order.request.size, order.filled, order.remaining) == (D(10), D(4), D(6))
        assert order.alarms == frozenset()


async def test_an_order_that_fills_before_the_change_comes_is_filled_and_nothing_follows(tmp_path):
    async with resting(tmp_path, answers=["filled first"]) as (desk, venue, name):
        await amend(desk, name)
        await until(lambda: not desk.service._account.programs.programs)
        await desk.service._account.inquiry.ask()
        assert only(desk).status is OrderStatus.FILLED
        assert list(venue.orders) == ["v1"]


async def test_a_cancel_works_while_a_change_is_in_doubt_and_nothing_follows(tmp_path):
    async with resting(tmp_path, answers=["late"]) as (desk, venue, name):
        await amend(desk, name)
        await until(lambda: only(desk).amending is not None)
        await desk.service.process(CancelOrder("sim", name))
        await until(lambda: only(desk).is_done and not desk.service._account.programs.programs)
        assert venue.orders["v1"].status == CANCELED
        assert list(venue.orders) == ["v1"]


async def test_a_kill_between_the_journal_and_the_wire_sends_no_change(tmp_path):
    async with resting(tmp_path) as (desk, venue, _):
        commit = desk.service._account.journal.commit

        async def killed_meanwhile(entry, **options):
            await commit(entry, **options)
            if entry.kind == "amend":
                await desk.service.process(Kill())

        desk.service._account.journal.commit = killed_meanwhile
        with pytest.raises(OrderRefused, match="kill switch"):
            await desk.service._account.gate.amend(replace(only(desk).request, price=D("0.12")))
        assert not venue.edits
        assert only(desk).amending is None


@pytest.mark.parametrize("made", [False, True], ids=["it never arrived", "it was made"])
async def test_a_crash_with_a_change_on_its_way_is_told_apart_at_the_next_start(tmp_path, made):
    async with resting(tmp_path, answers=["late"]) as (desk, venue, name):
        await amend(desk, name)
        await until(lambda: only(desk).amending is not None)
    if made:
        venue.make_late()
    async with desk_at(tmp_path / "journal", venue) as desk:
        await until(lambda: only(desk).amending is None)
        assert only(desk).request.price == D("0.12" if made else "0.10")
        [program] = desk.service._account.programs.programs.values()
        assert program.status is ProgramStatus.HELD, "nothing goes on by itself"
        assert "resume" in program.reason
    assert list(venue.orders) == ["v1"]


async def test_a_chase_follows_with_one_order_that_never_leaves_the_market(tmp_path):
    venue = KeepingVenue()
    async with desk_at(tmp_path / "journal", venue) as desk:
        await desk.service.process(Arm("sim"))
        desk.show()
        chase = Chase(side=Side.BUY, size=D(10), limit_price=D("0.31"), seconds=60, **desk.where())
        await desk.service.process(StartProgram(chase))
        await until(lambda: venue.orders)
        desk.show(bid="0.31", ask="0.33")
        await until(lambda: venue.edits)
        await until(lambda: only(desk).request.price == D("0.31"))
        assert list(venue.orders) == ["v1"]
        [program] = desk.service._account.programs.programs.values()
        assert program.status is ProgramStatus.WORKING
