"""The order programs of one venue: written down, worked off through the gate, held, and found again.

What a program does next is decided by `domain.program_rules` from the facts of the moment; here that is
carried out, one order at a time and through the very function that every order goes through.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

import msgspec

from omega_tui.bus.base import EventBus, Subscription
from omega_tui.clock import Clock
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.commands import CancelOrders
from omega_tui.domain.events.account import ArmChanged, OrderChanged, TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, TradePrinted
from omega_tui.domain.events.status import Severity
from omega_tui.domain.orders import FrameStamp, Order
from omega_tui.domain.program_changes import (
    adds_risk,
    in_the_way,
    is_canceled_by,
    matches,
    moved,
    outstanding,
    waiting_ways,
    without,
)
from omega_tui.domain.program_checks import check_move, check_program
from omega_tui.domain.program_cover import Part
from omega_tui.domain.program_rules import elapsed_after_restart
from omega_tui.domain.programs import (
    Amend,
    Close,
    Program,
    ProgramStatus,
    Spec,
    any_order,
    kind_of,
)
from omega_tui.domain.risk_view import RiskLimits
from omega_tui.errors import (
    JournalError,
    OrderRefused,
    SubscriberOverrun,
)
from omega_tui.services.crash_points import point
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.ledger import Ledger
from omega_tui.services.market_view import MarketView
from omega_tui.services.program_record import CHANGED, STARTED, Running, Started, read_programs
from omega_tui.services.program_work import Engine, Worker
from omega_tui.units import NS_PER_S

LOOK_EVERY_S = 0.1
"""How often programs are looked at when nothing happens: their times are seconds."""

MOST_AT_ONCE = 20
"""Programs of one venue that are not over."""

FOUND = "found after a restart: :resume lets it go on, :cancel with its name ends it"


class Programs:
    """Every program of one venue. Single writer; every change is published."""

    def __init__(  # noqa: PLR0913 - a composition
        self,
        *,
        engine: Engine,
        bus: EventBus,
        clock: Clock,
        journal: Journal,
        ledger: Ledger,
        market: MarketView,
        limits: Callable[[], RiskLimits],
        ids: ClientOrderIds,
    ) -> None:
        self._engine = engine
        self._work = Worker(
            engine=engine,
            bus=bus,
            clock=clock,
            journal=journal,
            ledger=ledger,
            market=market,
            catch_up=self._catch_up,
        )
        self._bus = bus
        self._clock = clock
        self._journal = journal
        self._ledger = ledger
        self._limits = limits
        self._ids = ids
        self._used: set[str] = set()
        self._inbox: Subscription | None = None
        self._begun = asyncio.Event()
        self._recent: list[tuple[int, Spec]] = []

    # --- reading

    @property
    def programs(self) -> dict[str, Program]:
        """Those that are not over, by id, as they were last told."""
        return {one.id: one.shown for one in self._work.live.values() if one.shown is not None}

    # --- life

    def restore(self, entries: Iterable[Entry]) -> None:
        """Find the programs that were not over. None goes on by itself; what is at the venue stays there.

        Raises:
            JournalError: An entry cannot be read.
        """
        entries = list(entries)
        self._used = {entry.subject for entry in entries if entry.kind == STARTED}
        self._work.live = read_programs(entries, self._ledger.venue)
        self._index()
        now_ns = self._clock.now_ns()
        for one in self._work.live.values():
            orders = tuple(self._work.orders_of(one))
            one.elapsed_ns = elapsed_after_restart(one.spec, orders, max(0, now_ns - one.started_ns))
            if one.status is not ProgramStatus.CANCELING:
                one.status, one.reason = ProgramStatus.HELD, FOUND
                one.held = waiting_ways(one.spec, one.id, orders)
                text = f"was {FOUND}; until then nothing of it is watched"
                self._work.say(one, Severity.WARNING, "PROGRAM_FOUND", text)
            self._work.publish(one)
        if self._work.live:
            self._begun.set()

    async def run(self) -> None:
        """Work programs off until canceled."""
        try:
            while True:
                await self._begun.wait()
                self._inbox = self._subscribe() if self._inbox is None else self._inbox
                for event in await self._events(self._inbox):
                    self._take(event)
                for one in list(self._work.live.values()):
                    self._work.look(one)
                if not self._work.live:
                    self._begun.clear()
                    self._close_inbox()
        finally:
            self._close_inbox()

    # --- what the trader asks for

    async def begin(self, spec: Spec, frame: FrameStamp | None = None) -> str:
        """Check a program as a whole, write it down, and let it work. Returns its id.

        Raises:
            OrderRefused: It may not begin, or could not be written down; nothing was sent.
        """
        self._check_start(spec)
        program_id = self._unused_id()
        now_ns = self._clock.now_ns()
        body = msgspec.json.encode(Started(spec, frame, now_ns))
        entry = Entry(now_ns, self._ledger.venue, program_id, STARTED, body)
        self._used.add(program_id)
        self._recent.append((self._clock.mono_ns(), spec))
        try:
            await self._journal.commit(entry)
        except JournalError as error:
            # It may reach the disk after all: the next start must know that it never began.
            self._work.write(program_id, CHANGED, (ProgramStatus.CANCELED, "never begun: journal trouble"))
            raise OrderRefused("JOURNAL", f"Not begun, the journal could not hold it: {error}.") from error
        point("program-journaled")
        one = Running(program_id, spec, now_ns, frame)
        one.working_since_ns, one.began_ns = self._clock.mono_ns(), now_ns
        self._work.live[program_id] = one
        self._begun.set()
        self._inbox = self._subscribe() if self._inbox is None else self._inbox
        if isinstance(spec, Close) and spec.clears:
            # What would send another way out ends with those that are there.
            self.cancel_matching(CancelOrders(spec.venue, spec.instrument, spec.order.side), program_id)
        self._work.look(one)
        return program_id

    def hold(self, program: str, reason: str = "held by you") -> None:
        """Have it send nothing more for now.

        Raises:
            OrderRefused: There is no such program.
        """
        one = self._known(program)
        if one.status is ProgramStatus.WORKING:
            self._work.enter(one, ProgramStatus.HELD, reason)

    def resume(self, program: str) -> None:
        """Let it go on, from the market as it is now.

        Raises:
            OrderRefused: There is no such program, it is being canceled, or it may not go on.
        """
        one = self._known(program)
        if one.status is ProgramStatus.WORKING:
            return
        if one.status is not ProgramStatus.HELD:
            raise OrderRefused("PROGRAM", "It is being canceled: start another one.")
        mode = self._engine.view(any_order(one.spec)).mode
        is_closed = mode not in {TradingMode.ARMED, TradingMode.REDUCING}
        if mode is TradingMode.HALTED or (is_closed and adds_risk(one.spec, self._work.orders_of(one))):
            raise OrderRefused("NOT_ARMED", f"{one.spec.venue} is not armed: arm it, then resume.")
        one.sent_before = len(one.orders)
        one.uncancelable.clear()
        one.forget_trades()
        one.retry_ns, one.frame = 0, None  # It goes on from the market as it is now.
        self._work.enter(one, ProgramStatus.WORKING, "")
        self._work.look(one)

    def cancel(self, program: str, reason: str = "") -> None:
        """End it: cancel its orders, drop what it holds.

        Raises:
            OrderRefused: There is no such program.
        """
        one = self._known(program)
        one.uncancelable.clear()
        self._work.enter(one, ProgramStatus.CANCELING, reason)
        self._work.look(one)

    def move(self, program: str, role: str, price: Decimal) -> None:
        """Move one of its orders, also one that is held.

        Raises:
            OrderRefused: There is no such order in it, or it may not be there.
        """
        one = self._known(program)
        if one.status is not ProgramStatus.WORKING:
            raise OrderRefused("PROGRAM", f"The {kind_of(one.spec)} is held: resume it, then move it.")
        spec = moved(one.spec, role, price)
        if spec is None:
            raise OrderRefused("PROGRAM", f"This {kind_of(one.spec)} has no {role} to move.")
        mine = set(one.orders)
        view = self._engine.view(any_order(spec))
        others = [order for order in view.orders if order.request.client_order_id not in mine]
        part = Part(one.id, spec, tuple(self._work.orders_of(one)))
        view = replace(view, orders=others)
        denial = check_move(part, role, self._work.cover(one), view, self._limits())
        if denial is not None:
            raise OrderRefused(denial.code, denial.text)
        self._work.change(one, spec)

    async def amend(self, spec: Amend, frame: FrameStamp | None) -> None:
        """Begin to change an order; one that is being changed already gets the new aim while it can.

        Raises:
            OrderRefused: It may not become that, or its successor has left already.
        """
        wanted = spec.client_order_id
        for one in self._work.live.values():
            if isinstance(one.spec, Amend) and one.spec.client_order_id == wanted:
                if one.status is not ProgramStatus.WORKING or one.orders or one.is_sending:
                    raise OrderRefused("PROGRAM", "It is being moved already: wait until it is there.")
                self._check(spec)
                self._work.change(one, spec)
                return
        await self.begin(spec, frame)

    def cancel_matching(self, command: CancelOrders, spared: str = "") -> None:
        """End the programs that a cancel of orders means but one, and drop single ways out that it means."""
        for one in [one for one in self._work.live.values() if one.id != spared]:
            orders = self._work.orders_of(one)
            found = outstanding(one.spec, orders, one.held)
            protects = command.spare_protective and not adds_risk(one.spec, orders)
            if is_canceled_by(one.spec, found, command) and not protects:
                self.cancel(one.id, "canceled with the orders")
                continue
            for request in one.held:
                left = without(one.spec, request.role) if matches(request, command) else None
                if left is not None:
                    self._work.change(one, left)

    def halt(self, spared: frozenset[str] = frozenset()) -> None:
        """The kill switch: every program ends, but one whose orders are `spared` is held with them."""
        for one in list(self._work.live.values()):
            if spared.intersection(one.orders):
                self._work.enter(one, ProgramStatus.HELD, "killed: its orders at the venue stay")
            else:
                self.cancel(one.id, "killed")

    def cancel_failed(self, order: Order) -> None:
        """Take note that the venue does not cancel an order."""
        client_order_id = order.request.client_order_id
        for one in self._work.live.values():
            amended = one.spec.client_order_id if isinstance(one.spec, Amend) else ""
            if client_order_id in one.orders or client_order_id in one.asked or client_order_id == amended:
                one.uncancelable.add(client_order_id)

    # --- events

    def _subscribe(self) -> Subscription:
        return self._bus.subscribe(OrderChanged, BookUpdated, TradePrinted, ArmChanged)

    def _close_inbox(self) -> None:
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            inbox.close()

    async def _events(self, inbox: Subscription) -> list[Event]:
        """Return what happened, at the latest after `LOOK_EVERY_S`."""
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                first = await inbox.next()
            return [first, *inbox.drain()]
        except TimeoutError:
            return []
        except SubscriberOverrun:
            # Nothing is decided by events alone: the orders are read from the ledger, the book from the view.
            self._inbox = self._subscribe()
            self._index()
            return []

    def _catch_up(self) -> None:
        """Take in what happened until now, before something is decided outside of `run`."""
        try:
            for event in self._inbox.drain() if self._inbox is not None else ():
                self._take(event)
        except SubscriberOverrun:
            self._inbox = self._subscribe()
            self._index()

    def _take(self, event: Event) -> None:
        match event:
            case OrderChanged(order=order) if order.request.program in self._work.live:
                one = self._work.live[order.request.program]
                if order.request.client_order_id not in one.orders:
                    one.orders.append(order.request.client_order_id)
            case TradePrinted(instrument=instrument, trade=trade):
                for one in self._work.live.values():
                    if one.spec.instrument == instrument and self._work.is_trusted(instrument):
                        one.see_trade(trade.price)
            case ArmChanged(venue=self._ledger.venue, mode=mode, reason=reason):
                self._armed(mode, reason)

    def _armed(self, mode: TradingMode, reason: str) -> None:
        """Hold what may not go on in the new mode. A way out goes on, as F7 does while disarmed."""
        if mode in {TradingMode.ARMED, TradingMode.HALTED}:
            return  # A halt ends programs by itself.
        words = "disarmed" if mode is TradingMode.DISARMED else "only reducing orders leave"
        for one in self._work.live.values():
            if one.status is ProgramStatus.WORKING and adds_risk(one.spec, self._work.orders_of(one)):
                self._work.enter(one, ProgramStatus.HELD, f"{words}: {reason}" if reason else words)

    def _index(self) -> None:
        """Find the orders of every program."""
        for one in self._work.live.values():
            one.orders = [
                name for name, order in self._ledger.orders.items() if order.request.program == one.id
            ]

    # --- changing what is

    def _check_start(self, spec: Spec) -> None:
        if len(self._work.live) >= MOST_AT_ONCE:
            raise OrderRefused("PROGRAM", f"{MOST_AT_ONCE} programs are not over: cancel one first.")
        now_ns = self._clock.mono_ns()
        window_ns = round(self._limits().duplicate_window_s * NS_PER_S)
        self._recent = [(at_ns, other) for at_ns, other in self._recent if now_ns - at_ns < window_ns]
        if any(other == spec for _, other in self._recent):
            raise OrderRefused("DUPLICATE", "The same program began a moment ago: wait, or change it.")
        self._check(spec)

    def _check(self, spec: Spec) -> None:
        """Refuse a program of which an order would not leave.

        Raises:
            OrderRefused: The first reason.
        """
        view = self._engine.view(any_order(spec))
        if isinstance(spec, Amend):
            left = [one for one in view.orders if one.request.client_order_id != spec.client_order_id]
            view = replace(view, orders=left)
        if isinstance(spec, Close) and view.instrument is not None:
            held = self._work.held(view.instrument.id)
            met = in_the_way(spec, view.orders, view.instrument, held)
            left = [one for one in view.orders if one not in met]
            view = replace(view, orders=[one for one in left if spec.clears or not one.request.program])
        denial = check_program(spec, view, self._limits())
        if denial is not None:
            raise OrderRefused(denial.code, denial.text)

    def _known(self, program: str) -> Running:
        one = self._work.live.get(program)
        if one is None:
            raise OrderRefused("NO_SUCH_PROGRAM", f"No program here is called {program[:40]}.")
        return one

    def _unused_id(self) -> str:
        while (program_id := f"p{self._ids.next()[1:]}") in self._used:
            pass
        return program_id
