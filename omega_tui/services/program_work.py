"""Working one program off: look, decide, and do it through the gate, one order at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.account import ProgramChanged
from omega_tui.domain.events.status import Severity
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.orders import Order, OrderRequest
from omega_tui.domain.program_changes import in_the_way, progress_of, waiting_ways
from omega_tui.domain.program_cover import Part, cover_of, room_for, size_now
from omega_tui.domain.program_rules import decide, wind_up
from omega_tui.domain.program_scene import NEVER_CAME, Cancel, Decision, Edit, End, Scene, Send, Step, Stick
from omega_tui.domain.programs import (
    Amend,
    Bracket,
    Chase,
    Close,
    Oco,
    Program,
    ProgramStatus,
    Scale,
    Spec,
    Twap,
    kind_of,
)
from omega_tui.domain.risk_view import RiskView
from omega_tui.domain.valuation import dollars_per
from omega_tui.errors import OmegaError, OrderRefused, OrderRejected, VenueError
from omega_tui.services.journal import Entry, Journal
from omega_tui.services.ledger import Ledger
from omega_tui.services.market_view import MarketView
from omega_tui.services.program_record import AMENDED, CHANGED, Running
from omega_tui.units import NS_PER_S

RETRY_S = 1.0
"""Pause after a check that will pass by itself: nothing was sent, so it may be tried again."""

PASSING = frozenset(
    {
        "BOOK_UNTRUSTED",
        "CLOCK_SKEW",
        "DATA_STALE",
        "LOOP_LAG",
        "RECONCILING",
        "THROTTLE",
        "UNKNOWN_ORDER_PRESENT",
        "VENUE_STATE",
    }
)
"""Denials that end by themselves: the program waits and says for what. Every other one holds it: also that of
the last look, lest an entry leave minutes later, when the touch comes back to what was seen."""

FROM_THE_FRAME = (Amend, Scale, Bracket)
"""Programs whose first order leaves for what the trader saw, and is judged by it (check LAST_LOOK).

A stop, a held take and a slice leave for where the market has gone since, and what a close cancels first
moves the touch by itself: those are bound by their prices alone.
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """What programs need of the service that they are a part of.

    Attributes:
        send: Sends an order through the gate; errors as there.
        edit: Has a working order changed in place, and waits until it is known what came of it; errors as of
            the gate.
        edits: Whether the venue changes such an order in place.
        cancel: Begins to cancel an order.
        settle: Asks the venue until every fill of some ended orders is known; raises `VenueError`.
        view: Gathers what the checks look at.
        follows_stop: Whether the venue keeps such a stop, and tells what becomes of it under its own id.
        tell: Puts a sentence into the trader's log: severity, code, text, instrument.
        start: Begins work that the service owns.
    """

    send: Callable[[OrderRequest], Awaitable[Order]]
    edit: Callable[[OrderRequest], Awaitable[Order]]
    edits: Callable[[OrderRequest], bool]
    cancel: Callable[[Order], None]
    settle: Callable[[list[Order]], Awaitable[None]]
    view: Callable[[OrderRequest], RiskView]
    follows_stop: Callable[[OrderRequest], bool]
    tell: Callable[[Severity, str, str, str], None]
    start: Callable[[Coroutine[None, None, None], str], None]


class Worker:
    """Works off the programs of one venue. `Programs` owns it, and says which there are.

    Attributes:
        live: Those that are not over, by id.
    """

    def __init__(  # noqa: PLR0913 - a composition
        self,
        *,
        engine: Engine,
        bus: EventBus,
        clock: Clock,
        journal: Journal,
        ledger: Ledger,
        market: MarketView,
        catch_up: Callable[[], None],
    ) -> None:
        self.live: dict[str, Running] = {}
        self._engine = engine
        self._bus = bus
        self._clock = clock
        self._journal = journal
        self._ledger = ledger
        self._market = market
        self._catch_up = catch_up

    def look(self, one: Running) -> None:
        """Decide what a program does now, and do it."""
        if one.status.is_over or one.is_sending:
            return
        match one.status:
            case ProgramStatus.WORKING:
                scene = self._scene(one)
                if scene is None:
                    return
                decision = decide(one.spec, scene)
                if not decision.is_watching:
                    one.forget_trades()
            case ProgramStatus.CANCELING:
                decision = wind_up(self.orders_of(one))
            case _:
                decision = Decision(held=one.held)
        one.held = decision.held
        self._settle(one)
        for step in decision.steps:
            self._carry_out(one, step)
        if one.id in self.live:
            self.publish(one)

    def _carry_out(self, one: Running, step: Step) -> None:
        match step:
            case Cancel(client_order_id=client_order_id):
                order = self._ledger.orders.get(client_order_id)
                one.asked.add(client_order_id)
                if order is not None:
                    self._engine.cancel(order)
            case End(reason=reason, is_loud=is_loud):
                done = ProgramStatus.DONE if one.status is ProgramStatus.WORKING else ProgramStatus.CANCELED
                self.enter(one, done, one.reason or reason if done is ProgramStatus.CANCELED else reason)
                if is_loud:
                    self.say(one, Severity.WARNING, "PROGRAM_ENDED", f"ended: {reason}")
            case Stick(code=code, reason=reason):
                self.enter(one, ProgramStatus.HELD, reason)
                self.say(one, Severity.ALARM, code, f"is held: {reason}")
            case Edit(request=request) if self._clock.mono_ns() >= one.retry_ns and not one.is_sending:
                one.is_sending = True
                one.edited.add(request.client_order_id)
                self._engine.start(self._send(one, request, self._engine.edit), f"program {one.id}")
            case Send(request=request) if self._clock.mono_ns() >= one.retry_ns:
                one.is_sending = True
                frame = one.frame if isinstance(one.spec, FROM_THE_FRAME) and not one.orders else None
                work = self._send(one, replace(request, frame=frame), self._engine.send)
                self._engine.start(work, f"program {one.id}")

    async def _send(
        self, one: Running, request: OrderRequest, through: Callable[[OrderRequest], Awaitable[Order]]
    ) -> None:
        try:
            await through(request)
        except OrderRejected:
            pass  # The order is there, REJECTED or as it was: the rules see it.
        except OrderRefused as error:
            if request.client_order_id and error.code not in PASSING and isinstance(one.spec, Amend):
                self._stays(one, str(error))
            one.edited.discard(request.client_order_id)
            self._denied(one, error)
        except OmegaError as error:
            self._stick(one, "PROGRAM", str(error) or type(error).__name__)
        else:
            one.reason = "" if one.status is ProgramStatus.WORKING else one.reason
        finally:
            one.is_sending = False
            one.sent_ns = self._clock.mono_ns()
        self._catch_up()
        self.look(one)

    def _stays(self, one: Running, reason: str) -> None:
        """A change in place was denied, so that nothing of its order has changed: it is over."""
        words = f"the order stays as it was: {reason}"
        self.enter(one, ProgramStatus.DONE, words)
        self.say(one, Severity.WARNING, "PROGRAM_ENDED", f"ended: {words.rstrip('.')}")

    def _denied(self, one: Running, error: OrderRefused) -> None:
        """An order did not leave: wait where that passes, else hold the program."""
        if one.status is not ProgramStatus.WORKING:
            return
        if error.code in PASSING:
            one.retry_ns = self._clock.mono_ns() + round(RETRY_S * NS_PER_S)
            one.reason = f"waits: {error}"
        else:
            self._stick(one, error.code, str(error))

    def _stick(self, one: Running, code: str, reason: str) -> None:
        if one.status is ProgramStatus.WORKING:
            self.enter(one, ProgramStatus.HELD, reason)
            self.say(one, Severity.ALARM, code, f"is held: {reason}")

    def _settle(self, one: Running) -> None:
        """Have the venue asked about ended orders of which a fill may be on its way."""
        open_ends = self._unsettled(one)
        if open_ends and not one.is_settling:
            one.is_settling = True
            self._engine.start(self._ask_for(one, open_ends), f"settle {one.id}")

    async def _ask_for(self, one: Running, names: frozenset[str]) -> None:
        try:
            await self._engine.settle([self._ledger.orders[name] for name in names])
        except VenueError:
            await asyncio.sleep(RETRY_S)  # The next look asks again.
        else:
            one.settled |= names
        finally:
            one.is_settling = False
        self.look(one)

    def _unsettled(self, one: Running) -> frozenset[str]:
        orders = self.orders_of(one)
        if isinstance(one.spec, Amend):
            old = self._ledger.orders.get(one.spec.client_order_id)
            orders += [old] if old is not None else []
        if isinstance(one.spec, Close):
            orders += [self._ledger.orders[name] for name in one.asked if name not in one.orders]
        return frozenset(
            order.request.client_order_id
            for order in orders
            if order.is_done
            and order.status not in NEVER_CAME
            and order.filled < order.request.size
            and order.request.client_order_id not in one.settled
        )

    # --- what is

    def _scene(self, one: Running) -> Scene | None:
        """Return all that a program looks at; None while nothing is known of what it trades."""
        self._market.catch_up()
        spec, now_ns = one.spec, self._clock.mono_ns()
        instrument = self._market.instruments.get(spec.instrument)
        if instrument is None:
            return None
        book = self._market.book(spec.instrument) if self.is_trusted(spec.instrument) else None
        worked_ns = now_ns - one.working_since_ns if one.working_since_ns else 0
        stop = _stop_of(spec)
        amended = self._ledger.orders.get(spec.client_order_id) if isinstance(spec, Amend) else None
        orders, own = self.orders_of(one), self._own(one, instrument)
        return Scene(
            program=one.id,
            instrument=instrument,
            elapsed_ns=one.elapsed_ns + worked_ns,
            since_sent_ns=now_ns - one.sent_ns,
            orders=tuple(orders),
            sent_before=one.sent_before,
            unsettled=self._unsettled(one),
            asked=frozenset(one.asked),
            uncancelable=frozenset(one.uncancelable),
            best_bid=book.best_bid if book is not None else None,
            best_ask=book.best_ask if book is not None else None,
            lowest=one.lowest,
            highest=one.highest,
            native_stops=stop is not None and self._engine.follows_stop(stop),
            editable=self._editable([*orders, *([amended] if amended is not None else [])]),
            edited=frozenset(one.edited),
            amended=amended,
            in_the_way=self._in_the_way(one, instrument, own),
            own=own,
            held=self.held(spec.instrument),
            cover=self.cover(one),
            room=self._room(one, instrument, own),
            rate=dollars_per(instrument.quote, self._market.marks, self._market.instruments),
        )

    def cover(self, one: Running) -> Decimal | None:
        """Return the most that its ways out may cover; None for no bound."""
        parts = [Part(each.id, each.spec, tuple(self.orders_of(each))) for each in self.live.values()]
        return cover_of(one.id, parts, self._told(one.spec.instrument))

    def _room(self, one: Running, instrument: Instrument, own: tuple[Order, ...]) -> Decimal | None:
        if not isinstance(one.spec, Close):
            return None
        return room_for(one.spec.order, own, self.held(instrument.id), instrument)

    def held(self, instrument: str) -> Decimal:
        """Return the position, positive for long; zero while none was told."""
        return self._told(instrument) or ZERO

    def _told(self, instrument: str) -> Decimal | None:
        position = self._ledger.positions.get(instrument)
        return None if position is None else position.quantity

    def _own(self, one: Running, instrument: Instrument) -> tuple[Order, ...]:
        pair = {instrument.id, instrument.complement_id}
        return tuple(
            order
            for name, order in self._ledger.working.items()
            if order.request.instrument in pair and name not in one.orders
        )

    def _in_the_way(self, one: Running, instrument: Instrument, own: tuple[Order, ...]) -> tuple[Order, ...]:
        if not isinstance(one.spec, Close):
            return ()
        return in_the_way(one.spec, own, instrument, self.held(instrument.id))

    def _editable(self, orders: list[Order]) -> frozenset[str]:
        return frozenset(
            order.request.client_order_id
            for order in orders
            if not order.is_done and order.venue_order_id and self._engine.edits(order.request)
        )

    def is_trusted(self, instrument: str) -> bool:
        book = self._market.book(instrument)
        return (
            book is not None and not book.is_crossed and self._market.data(instrument).state.allows_new_orders
        )

    def orders_of(self, one: Running) -> list[Order]:
        return [self._ledger.orders[name] for name in one.orders]

    def change(self, one: Running, spec: Spec) -> None:
        one.spec = spec
        self.write(one.id, AMENDED, spec)
        if one.status is ProgramStatus.HELD:
            one.held = waiting_ways(spec, one.id, self.orders_of(one))
        self.look(one)

    def enter(self, one: Running, status: ProgramStatus, reason: str) -> None:
        now_ns = self._clock.mono_ns()
        if one.working_since_ns and status is not ProgramStatus.WORKING:
            one.elapsed_ns += now_ns - one.working_since_ns
            one.working_since_ns = 0
        elif status is ProgramStatus.WORKING:
            one.working_since_ns, one.began_ns = now_ns, self._clock.now_ns()
        one.status, one.reason = status, reason
        self.write(one.id, CHANGED, (status, reason))
        if status.is_over:
            one.held = ()
        self.publish(one)
        if status.is_over:
            self.live.pop(one.id, None)

    def publish(self, one: Running) -> None:
        """Tell how a program stands, if that is news."""
        filled, average = progress_of(one.spec, self.orders_of(one))
        lasts_s = one.spec.seconds if isinstance(one.spec, Chase | Twap) else 0
        now = Program(
            id=one.id,
            spec=one.spec,
            status=one.status,
            reason=one.reason,
            size=size_now(Part(one.id, one.spec, tuple(self.orders_of(one))), self.cover(one)),
            filled=filled,
            average_price=average,
            orders=tuple(one.orders),
            held=one.held,
            started_ns=one.started_ns,
            ends_ns=self._ends_ns(one, lasts_s),
        )
        if now != one.shown:
            one.shown = now
            self._bus.publish(ProgramChanged(now))

    def _ends_ns(self, one: Running, lasts_s: int) -> int:
        """Return when its time is up, wall clock; 0 while it does not run, or has no time."""
        if not lasts_s or not one.working_since_ns:
            return 0
        left_ns = lasts_s * NS_PER_S - one.elapsed_ns
        return one.began_ns + left_ns

    def write(self, program: str, kind: str, body: object) -> None:
        entry = Entry(self._clock.now_ns(), self._ledger.venue, program, kind, msgspec.json.encode(body))
        self._journal.append(entry)

    def say(self, one: Running, severity: Severity, code: str, words: str) -> None:
        self._engine.tell(
            severity, code, f"The {kind_of(one.spec)} {words.rstrip('.')}.", one.spec.instrument
        )


def _stop_of(spec: Spec) -> OrderRequest | None:
    return spec.stop if isinstance(spec, Oco | Bracket) else None
