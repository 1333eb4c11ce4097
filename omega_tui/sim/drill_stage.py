"""Plays a drill on the exchange's matching engine: the crowd by its scene, time by hand.

Pure: nothing listens anywhere, and no account of the exchange is touched. Events are the ones that a console
knows, so that a ladder draws a drill as it draws a market.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from omega_tui.clock import ManualClock
from omega_tui.domain.account import Position
from omega_tui.domain.commands import CancelOrder, CancelOrders, Command, PlaceOrder
from omega_tui.domain.events.account import FillRecorded, OrderChanged, PositionChanged
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, TradePrinted
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import (
    Fill,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.teaching import DrillScore, Grade
from omega_tui.domain.trade import Trade
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.drill_scene import TICK, VENUE, Feed, Pull, Rest, Scene, Take
from omega_tui.education.drill_scenes import make_scene
from omega_tui.education.drill_score import Answered, DrillLog, Saw, Sent, score
from omega_tui.education.quiz import grade
from omega_tui.errors import OrderRefused, OrderRejected, SimError
from omega_tui.sim.book_order import BookOrder, Lifetime, Refusal
from omega_tui.sim.drill_market import MAX_TICKS, DrillMarket, check_numbers, is_meant
from omega_tui.sim.matching import Execution
from omega_tui.units import NS_PER_MS

YOU: Final = "you"
CROWD: Final = "crowd"

_LIFETIMES: Final = {
    TimeInForce.GTC: Lifetime.GTC,
    TimeInForce.GTD: Lifetime.GTC,
    TimeInForce.IOC: Lifetime.FAK,
    TimeInForce.FOK: Lifetime.FOK,
}
_CODES: Final = {
    Refusal.POST_ONLY_CROSSES: "POST_ONLY",
    Refusal.FOK_NOT_FILLED: "FOK",
    Refusal.FAK_NO_MATCH: "FAK_NO_MATCH",
}


class DrillStage:
    """One run of one drill. `advance` lets time pass, `submit` acts, `score` ends it.

    Attributes:
        drill: Its id.
        scene: What is played.
        log: What happened.
        is_live: Whether the trader's line is up.
        is_locked: Whether the loss limit of the day was reached.
    """

    def __init__(self, drill: str, seed: int, clock: ManualClock) -> None:
        """Set the stage; the clock moves as `advance` is called, from where it stands.

        Raises:
            TeachingRefused: There is no such drill.
        """
        self.drill = drill
        self.scene: Scene = make_scene(drill, seed)
        self.log = DrillLog()
        self.is_live = True
        self.is_locked = False
        self._clock = clock
        self._start_ns = clock.now_ns()
        self._markets = {one.id: DrillMarket(one) for one in self.scene.instruments}
        self._beats = iter(self.scene.beats)
        self._next = next(self._beats, None)
        self._orders: dict[str, Order] = {}
        self._stops: list[str] = []
        self._withheld: list[Event] = []
        self._fills = 0
        self._asked_ms = 0
        self._position = {name: Position(VENUE, name) for name in self._markets}
        self._set_up()

    # --- reading

    @property
    def now_ms(self) -> int:
        """How long it runs, on the stage's clock."""
        return (self._clock.now_ns() - self._start_ns) // NS_PER_MS

    @property
    def is_over(self) -> bool:
        """Whether its time is up, or every question is answered."""
        if self.scene.questions and len(self.log.answers) == len(self.scene.questions):
            return True
        return self.now_ms >= DRILLS[self.drill].limit_s * 1000

    def books(self) -> dict[str, BookSnapshot]:
        """Return the books of now, by instrument."""
        return {name: market.snapshot(self._clock.now_ns()) for name, market in self._markets.items()}

    def order(self, client_order_id: str) -> Order | None:
        """Return an order of the trader."""
        return self._orders.get(client_order_id)

    def orders(self) -> dict[str, Order]:
        """Return every order of the trader by its id."""
        return dict(self._orders)

    def position(self, instrument: str) -> Position:
        """Return what the trader holds."""
        return self._position[instrument]

    def score(self) -> DrillScore:
        """Return what the run is worth up to now."""
        return score(self.drill, self.scene, self.log, self.now_ms)

    # --- playing

    def advance(self, to_ms: int) -> list[Event]:
        """Let time pass up to `to_ms` and return what the trader is told meanwhile."""
        told: list[Event] = []
        while self._next is not None and self._next.at_ms <= to_ms:
            self._go_to(self._next.at_ms)
            told += self._told(self._play(self._next.act))
            self._next = next(self._beats, None)
        self._go_to(to_ms)
        return told

    def submit(self, command: Command) -> list[Event]:
        """Carry out what the trader wants and return what he is told at once.

        Raises:
            OrderRefused: Refused, by the console's rules or (`OrderRejected`) by the exchange; it is in the
            log. SimError: A drill knows orders and cancels only.
        """
        books = self.books()
        try:
            events = list(self._carry_out(command))
        except OrderRefused as refusal:
            self.log.note(Sent(self.now_ms, command, books, self.is_live, refusal.code))
            raise
        self.log.note(Sent(self.now_ms, command, books, self.is_live))
        return self._told(events)

    def answer(self, value: Decimal) -> Grade:
        """Answer the present question.

        Raises:
            SimError: Every question is answered, or there is none.
        """
        number = len(self.log.answers)
        if number >= len(self.scene.questions):
            raise SimError(f"{self.drill}: no question is open")
        quiz = self.scene.questions[number]
        seconds = (self.now_ms - self._asked_ms) / 1000
        found = grade(quiz, value, seconds=seconds)
        off = abs(value - quiz.answer) / quiz.answer if quiz.answer else ZERO
        self.log.note(Answered(self.now_ms, found.correct, seconds, off))
        self._asked_ms = self.now_ms
        return found

    # --- inside

    def _set_up(self) -> None:
        while self._next is not None and self._next.at_ms == 0:
            self._play(self._next.act)
            self._next = next(self._beats, None)
        if self.scene.quantity:
            first = self.scene.instruments[0].id
            side = Side.BUY if self.scene.quantity > 0 else Side.SELL
            held = self._position[first].after_fill(side, self.scene.entry, abs(self.scene.quantity))
            self._position[first] = held
        for request in self.scene.orders:
            self._told(list(self._place(request)))

    def _go_to(self, at_ms: int) -> None:
        self._clock.advance_ns(max(0, self._start_ns + at_ms * NS_PER_MS - self._clock.now_ns()))

    def _told(self, events: list[Event]) -> list[Event]:
        """Note and return what reaches the trader; all that was withheld once the line is up."""
        if not self.is_live:
            self._withheld += events
            return []
        events = [*self._withheld, *events]
        self._withheld = []
        for event in events:
            if not isinstance(event, BookUpdated | TradePrinted):
                self.log.note(Saw(self.now_ms, event))
        return events

    def _play(self, act: Rest | Pull | Take | Feed) -> list[Event]:
        match act:
            case Feed(is_live=is_live):
                self.is_live = is_live
                words = "The line is back." if is_live else "The line to the venue is lost."
                return [self._alert("FEED_BACK" if is_live else "FEED_LOST", words)]
            case Rest(side=side, ticks=ticks, size=size):
                market, key = self._market(act.market), f"{CROWD}:{act.key}"
                order = BookOrder(key, CROWD, is_bid=side is Side.BUY, price=ticks, size=size)
                return self._after(market, order, market.engine.place(order))
            case Pull(key=key):
                market = self._market(act.market)
                gone = market.engine.cancel(f"{CROWD}:{key}")
                return [] if gone is None else [market.updated(self._clock.now_ns())]
            case Take(side=side, ticks=ticks, size=size):
                market = self._market(act.market)
                market.takes += 1
                key = f"{CROWD}:take{market.takes}"
                order = BookOrder(key, f"{CROWD}:taker", is_bid=side is Side.BUY, price=ticks, size=size)
                return self._after(market, order, market.engine.place(order, Lifetime.FAK))

    def _market(self, number: int) -> DrillMarket:
        return self._markets[self.scene.instruments[number].id]

    def _carry_out(self, command: Command) -> Iterator[Event]:
        match command:
            case PlaceOrder(request=request):
                self._check(request)
                yield from self._place(request)
            case CancelOrder(client_order_id=name):
                order = self._orders.get(name)
                if order is None or order.is_done:
                    raise OrderRefused("NO_SUCH_ORDER", f"No order that works is called {name[:40]!r}.")
                yield from self._cancel(order)
            case CancelOrders():
                for order in list(self._orders.values()):
                    if not order.is_done and is_meant(command, order):
                        yield from self._cancel(order)
            case _:
                raise SimError(f"a drill does not take {type(command).__name__}")

    def _check(self, request: OrderRequest) -> None:
        """Refuse what the console would: blind, locked, off the tick, or reducing nothing."""
        if not self.is_live:
            raise OrderRefused("DATA_STALE", "The prices are not live: wait until they are.")
        if request.instrument not in self._markets:
            raise OrderRefused("INSTRUMENT", f"{request.instrument[:60]!r} is not traded in this drill.")
        if request.client_order_id in self._orders:
            raise OrderRefused("DUPLICATE", "This very order was sent before.")
        held = self._position[request.instrument].quantity * -request.side.sign
        check_numbers(request, held=held, is_locked=self.is_locked)

    def _place(self, request: OrderRequest) -> Iterator[Event]:
        order = Order(
            request=request,
            status=OrderStatus.ACCEPTED,
            venue_order_id=f"v-{request.client_order_id}",
            ts_intent_ns=self._clock.now_ns(),
        )
        if request.trigger_price is not None:
            self._stops.append(request.client_order_id)
            yield self._keep(order)
            return
        yield from self._execute(order)

    def _execute(self, order: Order) -> Iterator[Event]:
        """Send an order to the engine and tell what came of it."""
        request = order.request
        market = self._markets[request.instrument]
        size = request.size
        if request.reduce_only:
            size = min(size, abs(self._position[request.instrument].quantity))
        lifetime = _LIFETIMES[request.time_in_force]
        if request.order_type is OrderType.MARKET:
            lifetime = Lifetime.FAK
        booked = BookOrder(
            order.request.client_order_id,
            YOU,
            is_bid=request.side is Side.BUY,
            price=int(request.price / TICK),
            size=int(size),
        )
        done = market.engine.place(booked, lifetime, post_only=request.post_only)
        if done.refusal is not None:
            code = _CODES.get(done.refusal, done.refusal.value)
            if request.trigger_price is None:
                raise OrderRejected(code, f"The exchange refuses: {done.refusal.value.lower()}.")
            yield self._keep(replace(order, status=OrderStatus.CANCELED, reason=code))
            return
        yield self._keep(order)
        yield from self._after(market, booked, done)
        left = self._orders[request.client_order_id]
        if not done.rests and not left.is_done:
            yield self._keep(replace(left, status=OrderStatus.CANCELED, reason="nothing more was there"))

    def _cancel(self, order: Order) -> Iterator[Event]:
        market = self._markets[order.request.instrument]
        if order.request.client_order_id in self._stops:
            self._stops.remove(order.request.client_order_id)
        market.engine.cancel(order.request.client_order_id)
        yield self._keep(replace(order, status=OrderStatus.CANCELED))
        yield market.updated(self._clock.now_ns())

    def _after(self, market: DrillMarket, taker: BookOrder, done: Execution) -> list[Event]:
        """Return what an execution means: prints, own fills, stops that it sets off, the new book."""
        events: list[Event] = []
        now_ns = self._clock.now_ns()
        for own in done.self_crossed:
            if own.account == YOU:
                order = self._orders[str(own.key)]
                events.append(self._keep(replace(order, status=OrderStatus.CANCELED, reason="own order met")))
        side = Side.BUY if taker.is_bid else Side.SELL
        for match in done.matches:
            price, size = TICK * match.price, Decimal(match.size)
            market.last = price
            market.prints += 1
            trade = Trade(market.instrument.id, price, size, side, f"t{market.prints}", now_ns, now_ns)
            events.append(TradePrinted(market.instrument.id, now_ns, now_ns, trade))
            if taker.account == YOU:
                events += self._fill(str(taker.key), side, price, size, is_maker=False)
            if match.maker.account == YOU:
                events += self._fill(str(match.maker.key), side.opposite, price, size, is_maker=True)
        events.append(market.updated(now_ns))
        if done.matches:
            events += self._set_off(market)
        events += self._watch_loss()
        return events

    def _fill(self, name: str, side: Side, price: Decimal, size: Decimal, *, is_maker: bool) -> list[Event]:
        order = self._orders[name]
        self._fills += 1
        fill = Fill(
            trade_id=f"f{self._fills}",
            venue_order_id=order.venue_order_id,
            instrument=order.request.instrument,
            side=side,
            price=price,
            size=size,
            is_maker=is_maker,
            ts_event_ns=self._clock.now_ns(),
        )
        filled = order.filled + size
        average = ((order.average_price or ZERO) * order.filled + price * size) / filled
        whole = filled >= order.request.size
        status = OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED
        held = self._position[fill.instrument].after_fill(side, price, size)
        self._position[fill.instrument] = held
        return [
            FillRecorded(fill, name, is_new=True),
            self._keep(replace(order, filled=filled, average_price=average, status=status)),
            PositionChanged(held),
        ]

    def _set_off(self, market: DrillMarket) -> list[Event]:
        """Send the stops whose trigger the last print reached."""
        events: list[Event] = []
        for name in list(self._stops):
            order = self._orders[name]
            trigger = order.request.trigger_price
            assert trigger is not None, "only stops wait here"
            if order.request.instrument != market.instrument.id or market.last is None:
                continue
            if (market.last - trigger) * order.request.side.sign >= 0:
                self._stops.remove(name)
                if self._position[market.instrument.id].quantity * order.request.side.sign >= 0:
                    gone = replace(order, status=OrderStatus.CANCELED, reason="nothing left to close")
                    events.append(self._keep(gone))
                    continue
                worst = 1 if order.request.side is Side.SELL else MAX_TICKS - 1
                wide = replace(order.request, price=TICK * worst, order_type=OrderType.MARKET)
                events += self._execute(replace(order, request=wide))
        return events

    def _watch_loss(self) -> list[Event]:
        """Lock once the loss of the day reaches its limit: the position at the touch that closes it."""
        limit = self.scene.day_limit
        if limit is None or self.is_locked:
            return []
        name = self.scene.instruments[0].id
        held, book = self._position[name], self._markets[name].snapshot(0)
        touch = book.best_bid if held.quantity > 0 else book.best_ask
        open_pnl = held.unrealized_pnl(touch) if touch is not None else None
        if open_pnl is None or open_pnl + held.realized_pnl > -limit:
            return []
        self.is_locked = True
        self.log.locked_ms = self.now_ms
        return [self._alert("DAILY_LOSS", f"The loss of the day reached {limit}: only what shrinks leaves.")]

    def _keep(self, order: Order) -> OrderChanged:
        order = replace(order, ts_changed_ns=self._clock.now_ns())
        self._orders[order.request.client_order_id] = order
        return OrderChanged(order)

    def _alert(self, code: str, text: str) -> Alert:
        return Alert(self._clock.now_ns(), Severity.WARNING, code, text)
