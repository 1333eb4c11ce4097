"""The exchange service as code orders through it: every order goes through the one gate."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from omega_tui.domain.commands import CancelOrder, SetDeadMan
from omega_tui.domain.events.account import OrderChanged, TradingMode
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderRequest, OrderStatus, TimeInForce
from omega_tui.domain.risk import check_order
from omega_tui.domain.risk_view import Denial
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import OrderRefused, StateError, VenueError
from omega_tui.services.account_commands import arm
from omega_tui.services.asked_book import asked_book
from omega_tui.services.exchange_questions import ExchangeQuestions, order_as_reported
from omega_tui.services.tickets import (
    Kind,
    Number,
    Preview,
    Ticket,
    check_grid,
    member,
    number,
    request_of,
    unsigned,
)
from omega_tui.venues.base import ByInstrument

CANCEL_WAIT_S = 15.0
"""How long a cancel may take until it is returned as it then stands; it goes on all the same."""

IN_DOUBT = frozenset({OrderStatus.INTENT, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})


class ExchangeCalls(ExchangeQuestions):
    """What `ExchangeService` offers to code that trades. Errors are those of its questions.

    Every method belongs to the loop that initialized it.
    """

    _skew_ms: float | None
    _was_armed: bool

    # --- orders

    def arm(self) -> None:
        """Let new orders through again after something disarmed.

        Raises:
            OrderRefused: They must not leave now.
        """
        arm(self._account)

    async def place_order(  # noqa: PLR0913 - an order has that many parts
        self,
        symbol: str,
        side: Side | str,
        size: Number,
        price: Number | None = None,
        *,
        kind: Kind | str = Kind.LIMIT,
        time_in_force: TimeInForce | str | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        trigger_price: Number | None = None,
        client_order_id: str = "",
    ) -> Order:
        """Place an order, once, and return what came of it; UNKNOWN is a status, and is being asked about.

        Price and size must be on tick and lot: nothing is rounded here. `preview` does, and shows it.

        Raises:
            OrderRefused: It did not leave: a check denied it, or its parts contradict each other.
            OrderRejected: The venue refused it.
        """
        ticket = Ticket(
            symbol=symbol,
            side=member(Side, side, "side"),
            size=number(size, "size"),
            price=None if price is None else number(price, "price"),
            kind=member(Kind, kind, "kind"),
            time_in_force=None
            if time_in_force is None
            else member(TimeInForce, time_in_force, "time_in_force"),
            post_only=post_only,
            reduce_only=reduce_only,
            trigger_price=None if trigger_price is None else number(trigger_price, "trigger price"),
            client_order_id=client_order_id,
        )
        request, instrument, _ = await self._look(ticket)
        check_grid(instrument, size=ticket.size, price=ticket.price, trigger=ticket.trigger_price)
        return await self._place_request(request)

    async def preview(self, ticket: Ticket) -> Preview:
        """Return the order that a ticket means, rounded, checked against every limit, and not sent.

        Raises:
            OrderRefused: Its parts contradict each other.
        """
        request, instrument, book = await self._look(ticket)
        denial, payload = await self._judge(request)
        return Preview(
            ticket=ticket, request=request, instrument=instrument, book=book, denial=denial, payload=payload
        )

    async def place_preview(self, preview: Preview) -> Order:
        """Place exactly what was previewed, checked once more; errors as in `place_order`."""
        await self._publish_book(preview.instrument)
        return await self._place_request(preview.request)

    async def edit_order(
        self, order_id: str, *, price: Number | None = None, size: Number | None = None
    ) -> Order:
        """Give an order of ours another price or size, and return it, or the one that took its place.

        Where the venue keeps the order it is changed in place; what is not proven yet is its `amending`.
        Elsewhere it is canceled, and only when that is proven a new one is sent, less what was filled until
        then: in between there is none.

        Args:
            order_id: Client order id, or the venue's.
            price: The new limit; None keeps it.
            size: The new size in all, what is filled included; None keeps it.

        Raises:
            OrderRefused: It is not ours or not open, it was filled, or the new one did not leave.
            OrderRejected: The venue refused the new one: then none rests any more.
            VenueError: Whether the old one is gone is not known: nothing new was sent.
        """
        old = await self._open_order(order_id)
        if old.external:
            raise OrderRefused("EXTERNAL", "That order was placed elsewhere: cancel it and place a new one.")
        wanted = replace(
            old.request,
            client_order_id="",
            frame=None,
            price=old.request.price if price is None else number(price, "price"),
            size=old.request.size if size is None else number(size, "size"),
        )
        instrument = await self.get_market(wanted.instrument)
        instrument, _ = await self._publish_book(instrument)
        check_grid(instrument, size=wanted.size, price=wanted.price)
        account = self._account
        if account.asks.edits(old.request):
            aim = replace(wanted, client_order_id=old.request.client_order_id)
            return await account.errands.carry_out(account.asks.edit(aim))
        denial, _ = await self._judge(wanted, instead_of=old)
        if denial is not None:
            raise OrderRefused(denial.code, denial.text)
        gone = await self._canceled(old)
        if not gone.is_done:
            text = f"whether {order_id} is canceled is not known: nothing new was sent"
            raise VenueError(text, venue=self.venue, code="CANCEL_UNKNOWN")
        await self._ask_account()  # The last fills count before the rest is computed.
        gone = account.ledger.orders[old.request.client_order_id]
        left = wanted.size - max(gone.filled, gone.venue_filled)
        if left <= 0:
            raise OrderRefused(
                "FILLED", f"It was filled meanwhile ({gone.filled}): nothing is left to place."
            )
        await self._publish_book(instrument)
        return await self._place_request(replace(wanted, size=left))

    async def cancel_order(self, order_id: str, *, timeout_s: float = CANCEL_WAIT_S) -> Order:
        """Cancel one order, of ours or not, and return it as it then stands.

        It is repeated until the venue confirms; what is not confirmed within `timeout_s` comes back as
        PENDING_CANCEL, and goes on all the same.

        Raises:
            OrderRefused: No such order is open; code `NO_SUCH_ORDER`.
        """
        if not self._can_order:
            rows = [one for one in await self.get_open_orders() if order_id in _ids_of(one)]
            if not rows:
                raise _no_such_order(order_id)
            return (await self._cancel_directly(rows))[0]
        return await self._canceled(await self._open_order(order_id), timeout_s)

    async def cancel_orders(
        self, *, symbol: str | None = None, side: Side | str | None = None
    ) -> list[Order]:
        """Cancel everything, or what is of one instrument or one side, and return it as it then stands."""
        wanted = None if side is None else member(Side, side, "side")
        orders = [one for one in await self.get_open_orders(symbol) if wanted in {None, one.request.side}]
        if not self._can_order:
            return await self._cancel_directly(orders)
        for order in orders:  # All of them leave before any is waited for.
            await self.process(CancelOrder(self.venue, order.request.client_order_id))
        return [await self._canceled(order) for order in orders]

    async def set_dead_man(self, *, on: bool) -> None:
        """Have the venue cancel every order of the account when it hears of this service no more, or not.

        Raises:
            OrderRefused: The venue has no such switch, or ending it now would cancel what rests.
        """
        self._check_may_order()
        await self.process(SetDeadMan(self.venue, on))

    async def settled(self, order: Order, *, timeout_s: float = 10.0) -> Order:
        """Wait until it is known whether the venue has an order; return it as it then stands."""
        return await self._until(
            order.request.client_order_id, lambda one: one.status not in IN_DOUBT, timeout_s
        )

    # --- inside: placing

    async def _look(self, ticket: Ticket) -> tuple[OrderRequest, Instrument, BookSnapshot]:
        """Look at the market, and make of a ticket what would be sent."""
        self._check_may_order()
        instrument = await self.get_market(ticket.symbol)
        await self._take_up(instrument)
        # Before the look at the book: prices of a second ago are not live any more.
        await self._make_ready(instrument.id)
        instrument, book = await self._publish_book(instrument)
        return request_of(ticket, instrument, book), instrument, book

    def _check_may_order(self) -> None:
        self._own_broker()
        if not self._can_order:
            raise StateError("this service only asks (read_only): it places no orders")

    async def _take_up(self, instrument: Instrument) -> None:
        """Make an instrument one whose orders and holdings are asked for, and count what is held already."""
        broker, ledger = self._account.broker, self._account.ledger
        if not isinstance(broker, ByInstrument) or ledger.holdings.has(instrument.id):
            return
        await broker.warm(instrument.id)
        for position in await broker.fetch_positions():
            if position.instrument == instrument.id and not ledger.holdings.has(instrument.id):
                ledger.adopt_position(instrument.id, position.quantity, position.entry_price, "held before")

    async def _publish_book(self, instrument: Instrument) -> tuple[Instrument, BookSnapshot]:
        """Give the gate what it checks against: the book and the clock of this moment."""
        data = self._parts().data
        if self._skew_ms is None:
            self._skew_ms = await self._measure_skew()
        book = await data.fetch_book(instrument.id)
        instrument = replace(instrument, tick_size=book.tick_size)
        now_ns = self.platform.clock.now_ns()
        for event in asked_book(instrument, book, clock_skew_ms=self._skew_ms, now_ns=now_ns):
            self.platform.bus.publish(event)
        return instrument, book

    async def _judge(
        self, request: OrderRequest, *, instead_of: Order | None = None
    ) -> tuple[Denial | None, str]:
        """Return why an order would not leave were the venue armed, and the bytes that would."""
        await self._make_ready(request.instrument)
        account = self._account
        named = replace(request, client_order_id=request.client_order_id or account.ids.next())
        view = account.view(named)
        if view.mode is not TradingMode.HALTED:
            view = replace(view, mode=TradingMode.ARMED)
        if instead_of is not None:
            view = replace(view, orders=[one for one in view.orders if one != instead_of], recent=())
        denial = check_order(named, view, account.risk)
        if denial is not None:
            return denial, ""
        try:
            return None, unsigned((await account.broker.prepare(named)).payload)
        except OrderRefused as error:
            return Denial(error.code, str(error)), ""

    async def _make_ready(self, instrument: str) -> None:
        """Read what is held, as far as that is not known, rather than be denied for it."""
        if await self._account.new_markets.meet(instrument) or not self._account.is_ready:
            await self._ask_account()

    async def _place_request(self, request: OrderRequest) -> Order:
        if self._alone.choice.is_real and not self._alone.choice.live:
            raise OrderRefused(
                "NOT_LIVE", f"Money is real at {self.venue}: orders leave only when asked for as live."
            )
        await self._make_ready(request.instrument)
        account = self._account
        if not self._was_armed:
            # Who calls this has decided already; once something disarms, it stays so until `arm` is called.
            arm(account)
            self._was_armed = True
        await account.dead_man.feed_now()
        # Who calls this has named what to trade, and asked for real money by `live`.
        account.first_order.confirm(request.instrument)
        order = await account.errands.carry_out(account.send(request))
        orders, client_order_id = account.ledger.orders, order.request.client_order_id
        with suppress(VenueError):  # If it fails, the service goes on asking.
            await self._ask_account()
            order = orders[client_order_id]
            if request.time_in_force in TAKES_ONLY and order.venue_order_id and not order.is_done:
                # It cannot rest: how it ended need not wait until the lists of the venue have caught up.
                row = await account.broker.fetch_order(order.venue_order_id)
                if row is not None:
                    account.ledger.reported(row)
        return orders[client_order_id]

    # --- inside: canceling

    async def _open_order(self, order_id: str) -> Order:
        self._check_may_order()
        order = self._known(order_id)
        if order is None:
            await self._ask_account()
            order = self._known(order_id)
        if order is None or order.is_done:
            raise _no_such_order(order_id)
        return order

    async def _canceled(self, order: Order, timeout_s: float = CANCEL_WAIT_S) -> Order:
        """Cancel an order and wait until it is over, or the venue refuses to, or the time is."""
        client_order_id = order.request.client_order_id
        await self.process(CancelOrder(self.venue, client_order_id))
        return await self._until(
            client_order_id, lambda one: one.is_done or not one.cancel_requested, timeout_s
        )

    async def _cancel_directly(self, orders: list[Order]) -> list[Order]:
        """Cancel without a journal: whoever holds it hears of it from the venue."""
        if not orders:
            return []
        broker = self._own_broker()
        outcome = await broker.cancel([order.venue_order_id for order in orders])
        reasons = dict(outcome.not_canceled)
        result = []
        for order in orders:
            if order.venue_order_id in outcome.canceled:
                result.append(replace(order, status=OrderStatus.CANCELED))
                continue
            row = await self._order_or_none(order.venue_order_id)
            now = order if row is None else order_as_reported(row)
            result.append(replace(now, reason=reasons.get(order.venue_order_id, now.reason)))
        return result

    async def _until(self, client_order_id: str, holds: Callable[[Order], bool], timeout_s: float) -> Order:
        orders = self._account.ledger.orders
        changes = self.platform.bus.subscribe(OrderChanged)
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(orders[client_order_id]):
                    await changes.next()
        except TimeoutError:
            pass  # It is returned as it stands.
        finally:
            changes.close()
        return orders[client_order_id]


def _ids_of(order: Order) -> set[str]:
    return {order.venue_order_id, order.request.client_order_id} - {""}


def _no_such_order(order_id: str) -> OrderRefused:
    return OrderRefused("NO_SUCH_ORDER", f"No open order is called {order_id[:80]}.")
