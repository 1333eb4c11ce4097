"""The exchange service as code calls it: questions with typed answers, orders through the one gate.

Every answer is the venue's of now, or an exception: "unreachable" never looks like "nothing there".
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from omega_tui.config import RiskConfig
from omega_tui.domain.account import Balance
from omega_tui.domain.candle import Candle
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.commands import CancelOrder, SetDeadMan
from omega_tui.domain.events import (
    BookUpdated,
    ConnectionChanged,
    InstrumentUpdated,
    OrderChanged,
    OrderReported,
    TradingMode,
)
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.integrity import (
    NS_PER_S,
    Connection,
    ConnectionState,
    Integrity,
    IntegrityState,
    StreamName,
)
from omega_tui.domain.order_fold import CANCELED, EXPIRED, MATCHED, REJECTED
from omega_tui.domain.orders import Fill, Order, OrderRequest, OrderStatus, TimeInForce
from omega_tui.domain.risk import check_order
from omega_tui.domain.risk_view import TAKES_ONLY, Denial, RiskView
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade
from omega_tui.domain.venue_health import certain_skew_ms
from omega_tui.errors import OrderRefused, StateError, VenueError, VenueRefused
from omega_tui.services.alone import Alone
from omega_tui.services.base import LIVE_STATES, Service
from omega_tui.services.errands import Errands
from omega_tui.services.exchange_config import VenueParts, instrument_named
from omega_tui.services.first_order import FirstOrder
from omega_tui.services.inquiry import Inquiry
from omega_tui.services.ledger import Ledger
from omega_tui.services.tickets import Kind, Number, Preview, Ticket, number, request_of, unsigned
from omega_tui.venues.base import Broker, ByInstrument, LeverageControls, VenuePosition
from omega_tui.venues.ccxt_rights import KeyRights

Word = TypeVar("Word", bound=StrEnum)

CANCEL_WAIT_S = 15.0
"""How long a cancel may take until it is returned as it then stands; it goes on all the same."""

DAY_S = 86_400

QUOTES = ("USDT", "USDC", "USD", "EUR")
"""By which of several markets a held asset is named, first choice first."""

IN_DOUBT = frozenset({OrderStatus.INTENT, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})

_STATUS = {
    MATCHED: OrderStatus.FILLED,
    CANCELED: OrderStatus.CANCELED,
    EXPIRED: OrderStatus.EXPIRED,
    REJECTED: OrderStatus.REJECTED,
}


class ExchangeCalls(Service):
    """What `ExchangeService` offers to code. Every method belongs to the loop that initialized it.

    All of them raise `VenueError` when the venue did not answer usably (`VenueUnreachable`: nothing was
    sent), `VenueRefused` when it said no, and `StateError` when the service cannot do this now. Instruments
    go by id, by the venue's symbol, or by name.
    """

    venue: str
    _alone: Alone | None
    _broker: Broker
    _ledger: Ledger
    _inquiry: Inquiry
    _errands: Errands
    _ids: ClientOrderIds
    _risk: RiskConfig
    _view: Callable[[OrderRequest], RiskView]
    _instruments: dict[str, Instrument]
    _skew_ms: float | None
    _was_armed: bool
    _first_order: FirstOrder

    @property
    def markets(self) -> Mapping[str, Instrument]:
        """What can be traded, by id, as of the last time that it was asked for."""
        return self._instruments

    # --- public questions

    async def get_markets(self) -> list[Instrument]:
        """Return what can be traded."""
        found = await self._parts().data.fetch_instruments()
        self._instruments = {one.id: one for one in found}
        return found

    async def get_market(self, symbol: str) -> Instrument:
        """Return one instrument.

        Raises:
            VenueRefused: The venue does not list it; code `INSTRUMENT`.
        """
        if not self._instruments:
            await self.get_markets()
        found = instrument_named(self._instruments, symbol)
        if found is not None:
            return found
        if self._parts().controls is None and symbol.isdecimal():
            # A market that is not traded any more is not listed, and still can be asked for by its id.
            return await self._parts().data.fetch_instrument(symbol)
        raise VenueRefused(f"{self.venue} does not list {symbol[:60]!r}", venue=self.venue, code="INSTRUMENT")

    async def get_ticker(self, symbol: str) -> Ticker:
        """Return the venue's summary of an instrument."""
        return await self._parts().data.fetch_ticker((await self.get_market(symbol)).id)

    async def get_order_book(self, symbol: str, *, levels: int = 100) -> BookSnapshot:
        """Return the best levels of a book as REST shows it."""
        return await self._parts().data.fetch_book((await self.get_market(symbol)).id, levels=levels)

    async def get_trades(self, symbol: str) -> list[Trade]:
        """Return the newest public prints, oldest first."""
        return await self._parts().data.fetch_trades((await self.get_market(symbol)).id)

    async def get_candles(self, symbol: str, timeframe: str = "1m") -> list[Candle]:
        """Return candles, oldest first; the last one may still be growing."""
        return await self._parts().data.fetch_candles((await self.get_market(symbol)).id, timeframe)

    # --- questions about the account

    async def get_open_orders(self, symbol: str | None = None) -> list[Order]:
        """Return every order that rests or may rest, those placed elsewhere included."""
        wanted = None if symbol is None else (await self.get_market(symbol)).id
        if self._can_order:
            await self._ask_account()
            orders = list(self._ledger.working.values())
        else:
            orders = [order_as_reported(row) for row in await self._account().fetch_open_orders()]
        return [order for order in orders if wanted in {None, order.request.instrument}]

    async def get_order(self, order_id: str, symbol: str | None = None) -> Order | None:
        """Return an order by our id or the venue's; None when neither we nor the venue know it.

        Args:
            order_id: Client order id, or the venue's id.
            symbol: What it trades, for the venues that must be told so of orders which are not ours.
        """
        broker = self._account()
        if self._can_order:
            await self._ask_account()
            known = self._known(order_id)
            if known is not None:
                return known
        row: OrderReported | None = None
        if isinstance(broker, ByInstrument) and symbol is not None:
            instrument = (await self.get_market(symbol)).id
            row = await broker.fetch_order_by_client_id(order_id, instrument)
            broker.remember(order_id, instrument)
        if row is None:
            row = await self._order_or_none(order_id)
        return None if row is None else order_as_reported(row)

    async def get_my_trades(self, symbol: str | None = None, *, since_s: int | None = None) -> list[Fill]:
        """Return our fills, oldest first, each once.

        Args:
            symbol: Of one instrument. Some venues tell of one at a time and must be told which; without it
                they are asked for every instrument that was used here.
            since_s: Seconds since the epoch; the last day if left out.
        """
        broker = self._account()
        if since_s is None:
            since_s = self.platform.clock.now_ns() // NS_PER_S - DAY_S
        wanted: str | None = None
        if symbol is not None:
            wanted = (await self.get_market(symbol)).id
            if isinstance(broker, ByInstrument):
                await broker.warm(wanted)
        elif self._parts().asks_by_instrument and not self._can_order:
            raise VenueRefused(
                f"{self.venue} tells trades of one market at a time: name it",
                venue=self.venue,
                code="INSTRUMENT",
            )
        fills = [row.fill for row in await broker.fetch_fills(since_s=since_s)]
        return [fill for fill in fills if wanted in {None, fill.instrument}]

    async def get_balances(self) -> list[Balance]:
        """Return the balances that are not empty."""
        broker = self._account()
        if self._parts().controls is None:
            await broker.fetch_open_orders()  # What they hold is not available, and only they tell how much.
        return await broker.fetch_balances()

    async def get_positions(self) -> list[VenuePosition]:
        """Return what is held, as the venue says; at spot each asset, as the market that would buy it."""
        broker = self._account()
        found = await broker.fetch_positions()
        if self._parts().holds_assets:
            found = await self._holdings(found, await broker.fetch_balances())
        if self._can_order:
            found = [self._with_entry(position) for position in found]
        return [position for position in found if position.quantity]

    async def get_clock_skew_ms(self) -> float:
        """Return our clock minus the venue's, as far as it is certain."""
        return await self._measure_skew()

    async def get_key_rights(self) -> KeyRights | None:
        """Return what the key may do; None where the venue does not tell."""
        self._account()
        ask = self._parts().fetch_rights
        return None if ask is None else await ask()

    async def set_leverage(self, symbol: str, leverage: Number, *, margin_mode: str = "") -> None:
        """Set how many times its margin a position may be worth; with the mode where both go in one."""
        instrument = await self.get_market(symbol)
        mode = margin_mode and _margin_mode(margin_mode)
        await self._controls().set_leverage(number(leverage, "leverage"), instrument.id, margin_mode=mode)

    async def set_margin_mode(self, symbol: str, mode: str, *, leverage: Number | None = None) -> None:
        """Set `cross` or `isolated`; with the leverage where both go in one."""
        instrument = await self.get_market(symbol)
        factor = None if leverage is None else number(leverage, "leverage")
        await self._controls().set_margin_mode(_margin_mode(mode), instrument.id, leverage=factor)

    # --- orders

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
            side=_word(Side, side, "side"),
            size=number(size, "size"),
            price=None if price is None else number(price, "price"),
            kind=_word(Kind, kind, "kind"),
            time_in_force=None
            if time_in_force is None
            else _word(TimeInForce, time_in_force, "time_in_force"),
            post_only=post_only,
            reduce_only=reduce_only,
            trigger_price=None if trigger_price is None else number(trigger_price, "trigger price"),
            client_order_id=client_order_id,
        )
        request, instrument, _ = await self._look(ticket)
        _check_grid(instrument, size=ticket.size, price=ticket.price, trigger=ticket.trigger_price)
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
        """Replace an order of ours by one with another price or size, and return the new one.

        The old one is canceled, and only when that is proven a new one is sent, less what was filled until
        then. In between there is none: no venue's own way to amend is used.

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
        _check_grid(instrument, size=wanted.size, price=wanted.price)
        denial, _ = await self._judge(wanted, instead_of=old)
        if denial is not None:
            raise OrderRefused(denial.code, denial.text)
        gone = await self._canceled(old)
        if not gone.is_done:
            text = f"whether {order_id} is canceled is not known: nothing new was sent"
            raise VenueError(text, venue=self.venue, code="CANCEL_UNKNOWN")
        await self._ask_account()  # The last fills count before the rest is computed.
        gone = self._ledger.orders[old.request.client_order_id]
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
        wanted = None if side is None else _word(Side, side, "side")
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

    # --- inside: what there is

    def _parts(self) -> VenueParts:
        if self._alone is None or self._alone.parts is None:
            raise StateError(
                "the exchange service is not initialized by itself: nothing can be asked through it"
            )
        return self._alone.parts

    def _account(self) -> Broker:
        parts = self._parts()
        if parts.broker is None:
            raise StateError(parts.why_view_only)
        return parts.broker

    def _controls(self) -> LeverageControls:
        self._account()
        controls = self._parts().controls
        if controls is None:
            raise VenueRefused(f"{self.venue} has no leverage", venue=self.venue, code="NOT_SUPPORTED")
        return controls

    @property
    def _can_order(self) -> bool:
        return self._alone is not None and self._alone.is_trading and self.state in LIVE_STATES

    def _known(self, order_id: str) -> Order | None:
        return self._ledger.find(client_order_id=order_id) or self._ledger.find(venue_order_id=order_id)

    async def _order_or_none(self, venue_order_id: str) -> OrderReported | None:
        try:
            return await self._account().fetch_order(venue_order_id)
        except VenueRefused as error:
            if error.code == "ORDER_NOT_FOUND":
                return None
            raise

    async def _ask_account(self) -> None:
        await self._errands.carry_out(self._inquiry.ask())

    # --- inside: placing

    async def _look(self, ticket: Ticket) -> tuple[OrderRequest, Instrument, BookSnapshot]:
        """Look at the market, and make of a ticket what would be sent."""
        self._check_may_order()
        instrument = await self.get_market(ticket.symbol)
        await self._take_up(instrument)
        await self._make_ready()  # Before the look at the book: prices of a second ago are not live any more.
        instrument, book = await self._publish_book(instrument)
        return request_of(ticket, instrument, book), instrument, book

    def _check_may_order(self) -> None:
        self._account()
        assert self._alone is not None, "there is an account"
        if not self._can_order:
            raise StateError("this service only asks (read_only): it places no orders")

    async def _take_up(self, instrument: Instrument) -> None:
        """Make an instrument one whose orders and holdings are asked for, and count what is held already."""
        if not isinstance(self._broker, ByInstrument) or self._ledger.holdings.has(instrument.id):
            return
        await self._broker.warm(instrument.id)
        for position in await self._broker.fetch_positions():
            if position.instrument == instrument.id and not self._ledger.holdings.has(instrument.id):
                self._ledger.adopt_position(
                    instrument.id, position.quantity, position.entry_price, "held before"
                )

    async def _publish_book(self, instrument: Instrument) -> tuple[Instrument, BookSnapshot]:
        """Give the gate what it checks against: the book and the clock of this moment."""
        data = self._parts().data
        if self._skew_ms is None:
            self._skew_ms = await self._measure_skew()
        book = await data.fetch_book(instrument.id)
        instrument = replace(instrument, tick_size=book.tick_size)
        now_ns = self.platform.clock.now_ns()
        integrity = Integrity(IntegrityState.UNCHECKED, "REST", since_ns=now_ns, verified_ns=now_ns)
        for event in (
            InstrumentUpdated(instrument),
            ConnectionChanged(
                Connection(
                    self.venue,
                    StreamName.BOOK,
                    ConnectionState.UP,
                    last_recv_ns=now_ns,
                    clock_skew_ms=self._skew_ms,
                    ts_ns=now_ns,
                )
            ),
            BookUpdated(instrument.id, book, integrity, now_ns),
        ):
            self.platform.bus.publish(event)
        return instrument, book

    async def _measure_skew(self) -> float:
        """Return how far our clock is certainly off: neither the way nor whole seconds prove anything."""
        clock = self.platform.clock
        began_ns = clock.now_ns()
        venue_ns = await self._parts().data.fetch_server_time_ns()
        ended_ns = clock.now_ns()
        return certain_skew_ms(began_ns, ended_ns, venue_ns)

    async def _judge(
        self, request: OrderRequest, *, instead_of: Order | None = None
    ) -> tuple[Denial | None, str]:
        """Return why an order would not leave were the venue armed, and the bytes that would."""
        await self._make_ready()
        named = replace(request, client_order_id=request.client_order_id or self._ids.next())
        view = self._view(named)
        if view.mode is not TradingMode.HALTED:
            view = replace(view, mode=TradingMode.ARMED)
        if instead_of is not None:
            view = replace(view, orders=[one for one in view.orders if one != instead_of], recent=())
        denial = check_order(named, view, self._risk)
        if denial is not None:
            return denial, ""
        try:
            return None, unsigned((await self._broker.prepare(named)).payload)
        except OrderRefused as error:
            return Denial(error.code, str(error)), ""

    async def _make_ready(self) -> None:
        if not self._inquiry.is_fresh:
            await self._ask_account()

    async def _place_request(self, request: OrderRequest) -> Order:
        assert self._alone is not None, "checked before"
        if self._alone.choice.is_real and not self._alone.choice.live:
            raise OrderRefused(
                "NOT_LIVE", f"Money is real at {self.venue}: orders leave only when asked for as live."
            )
        await self._make_ready()
        if not self._was_armed:
            # Who calls this has decided already; once something disarms, it stays so until `arm` is called.
            self.arm()
            self._was_armed = True
        await self._before_order()
        # Who calls this has named what to trade, and asked for real money by `live`.
        self._first_order.confirm(request.instrument)
        order = await self._errands.carry_out(self._send(request))
        client_order_id = order.request.client_order_id
        with suppress(VenueError):  # If it fails, the service goes on asking.
            await self._ask_account()
            order = self._ledger.orders[client_order_id]
            if request.time_in_force in TAKES_ONLY and order.venue_order_id and not order.is_done:
                # It cannot rest: how it ended need not wait until the lists of the venue have caught up.
                row = await self._broker.fetch_order(order.venue_order_id)
                if row is not None:
                    self._ledger.reported(row)
        return self._ledger.orders[client_order_id]

    def arm(self) -> None:
        """Let new orders through again after something disarmed.

        Raises:
            OrderRefused: They must not leave now.
        """
        raise NotImplementedError

    async def _send(self, request: OrderRequest) -> Order:
        raise NotImplementedError

    async def _before_order(self) -> None:
        raise NotImplementedError

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
        broker = self._account()
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
        changes = self.platform.bus.subscribe(OrderChanged)
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(self._ledger.orders[client_order_id]):
                    await changes.next()
        except TimeoutError:
            pass  # It is returned as it stands.
        finally:
            changes.close()
        return self._ledger.orders[client_order_id]

    # --- inside: holdings

    async def _holdings(self, said: list[VenuePosition], balances: list[Balance]) -> list[VenuePosition]:
        """Return a position for each asset that is held and has a market."""
        if not self._instruments:
            await self.get_markets()
        found = {position.instrument: position for position in said}
        covered = {self._instruments[name].base for name in found if name in self._instruments}
        for balance in balances:
            market = self._market_of(balance.asset)
            if market is not None and balance.asset not in covered and balance.total:
                found[market.id] = VenuePosition(market.id, balance.total)
        return list(found.values())

    def _market_of(self, asset: str) -> Instrument | None:
        markets = [one for one in self._instruments.values() if one.base == asset and one.quote != asset]
        ranks: Mapping[str, int] = {quote: rank for rank, quote in enumerate(QUOTES)}
        return min(markets, key=lambda one: (ranks.get(one.quote, len(QUOTES)), one.name), default=None)

    def _with_entry(self, position: VenuePosition) -> VenuePosition:
        """Add the average cost that our own fills explain, where the venue names none."""
        ours = self._ledger.positions.get(position.instrument)
        if position.entry_price is not None or ours is None or ours.quantity != position.quantity:
            return position
        return replace(position, entry_price=ours.entry_price)


def order_as_reported(row: OrderReported) -> Order:
    """Return an order that is known only by what the venue says of it."""
    force = row.time_in_force.upper()
    request = OrderRequest(
        client_order_id=row.client_order_id,
        instrument=row.instrument,
        venue=row.venue,
        side=row.side,
        size=row.size or ZERO,
        price=row.price or ZERO,
        time_in_force=TimeInForce(force) if force in TimeInForce.__members__ else TimeInForce.GTC,
    )
    filled = row.filled or ZERO
    status = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.ACCEPTED
    return Order(
        request=request,
        status=_STATUS.get(row.venue_status, status),
        venue_order_id=row.venue_order_id,
        filled=filled,
        venue_filled=filled,
        reason=row.reason,
        external=not row.client_order_id,
        ts_changed_ns=row.ts_event_ns,
    )


def _check_grid(
    instrument: Instrument, *, size: Decimal, price: Decimal | None, trigger: Decimal | None = None
) -> None:
    """Refuse what is not on tick and lot: here nothing is rounded.

    Raises:
        OrderRefused: Something is not.
    """
    for what, value in (("price", price), ("trigger price", trigger)):
        if value is not None and not instrument.is_on_tick(value):
            tick = instrument.tick_size
            raise OrderRefused("TICK", f"The {what} {value} is not a multiple of the tick {tick}: change it.")
    if not instrument.is_on_lot(size):
        lot = instrument.lot_size
        raise OrderRefused("LOT", f"The size {size} is not a multiple of the lot {lot}: change it.")


def _word(words: type[Word], given: str, what: str) -> Word:
    """Return the member of a closed set that a word means, in any case."""
    for word in words:
        if word.value.casefold() == given.casefold():
            return word
    allowed = ", ".join(word.value for word in words)
    raise OrderRefused("INTENT", f"There is no {what} {given[:20]!r}: {allowed}.")


def _margin_mode(word: str) -> str:
    if word not in {"cross", "isolated"}:
        raise OrderRefused("MARGIN_MODE", f"There is no margin mode {word[:20]!r}: cross or isolated.")
    return word


def _ids_of(order: Order) -> set[str]:
    return {order.venue_order_id, order.request.client_order_id} - {""}


def _no_such_order(order_id: str) -> OrderRefused:
    return OrderRefused("NO_SUCH_ORDER", f"No open order is called {order_id[:80]}.")
