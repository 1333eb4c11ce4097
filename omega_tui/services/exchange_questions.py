"""The exchange service asked by code: markets, books, orders, fills, balances and positions, each typed.

Every answer is the venue's of now, or an exception: "unreachable" never looks like "nothing there".
"""

from collections.abc import Mapping
from dataclasses import replace

from omega_tui.domain.account import Balance
from omega_tui.domain.candle import Candle
from omega_tui.domain.events.account import OrderReported
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.order_facts import CANCELED, EXPIRED, MATCHED, REJECTED
from omega_tui.domain.orders import Fill, Order, OrderRequest, OrderStatus, TimeInForce
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.ticker import FundingRate, Ticker
from omega_tui.domain.trade import Trade
from omega_tui.domain.venue_health import certain_skew_ms
from omega_tui.errors import OrderRefused, StateError, VenueRefused
from omega_tui.services.account_service import AccountService
from omega_tui.services.alone import Alone
from omega_tui.services.base import LIVE_STATES
from omega_tui.services.exchange_config import VenueParts, instrument_named
from omega_tui.services.tickets import Number, number
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Broker, ByInstrument, LeverageControls, VenuePosition
from omega_tui.venues.ccxt_rights import KeyRights
from omega_tui.venues.market_data import TellsFunding

DAY_S = 86_400

QUOTES = ("USDT", "USDC", "USD", "EUR")
"""By which of several markets a held asset is named, first choice first."""

_STATUS = {
    MATCHED: OrderStatus.FILLED,
    CANCELED: OrderStatus.CANCELED,
    EXPIRED: OrderStatus.EXPIRED,
    REJECTED: OrderStatus.REJECTED,
}


class ExchangeQuestions(AccountService):
    """What `ExchangeService` answers to code. Every method belongs to the loop that initialized it.

    All of them raise `VenueError` when the venue did not answer usably (`VenueUnreachable`: nothing was
    sent), `VenueRefused` when it said no, and `StateError` when the service cannot do this now. Instruments
    go by id, by the venue's symbol, or by name.
    """

    _alone: Alone
    _instruments: dict[str, Instrument]

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

    async def get_funding_rate(self, symbol: str) -> FundingRate | None:
        """Return what the holders of a perpetual pay next; None where nothing is paid, or told."""
        data, instrument = self._parts().data, await self.get_market(symbol)
        return await data.fetch_funding_rate(instrument.id) if isinstance(data, TellsFunding) else None

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
            orders = list(self._account.ledger.working.values())
        else:
            orders = [order_as_reported(row) for row in await self._own_broker().fetch_open_orders()]
        return [order for order in orders if wanted in {None, order.request.instrument}]

    async def get_order(self, order_id: str, symbol: str | None = None) -> Order | None:
        """Return an order by our id or the venue's; None when neither we nor the venue know it.

        Args:
            order_id: Client order id, or the venue's id.
            symbol: What it trades, for the venues that must be told so of orders which are not ours.
        """
        broker = self._own_broker()
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
        broker = self._own_broker()
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
        broker = self._own_broker()
        if self._parts().controls is None:
            await broker.fetch_open_orders()  # What they hold is not available, and only they tell how much.
        return await broker.fetch_balances()

    async def get_positions(self) -> list[VenuePosition]:
        """Return what is held, as the venue says; at spot each asset, as the market that would buy it."""
        broker = self._own_broker()
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
        self._own_broker()
        ask = self._parts().fetch_rights
        return None if ask is None else await ask()

    async def set_leverage(self, symbol: str, leverage: Number, *, margin_mode: str = "") -> None:
        """Set how many times its margin a position may be worth; with the mode where both go in one."""
        instrument = await self.get_market(symbol)
        mode = margin_mode and margin_mode_of(margin_mode)
        await self._controls().set_leverage(number(leverage, "leverage"), instrument.id, margin_mode=mode)

    async def set_margin_mode(self, symbol: str, mode: str, *, leverage: Number | None = None) -> None:
        """Set `cross` or `isolated`; with the leverage where both go in one."""
        instrument = await self.get_market(symbol)
        factor = None if leverage is None else number(leverage, "leverage")
        await self._controls().set_margin_mode(margin_mode_of(mode), instrument.id, leverage=factor)

    # --- inside: what there is

    def _parts(self) -> VenueParts:
        if self._alone.parts is None:
            raise StateError("the exchange service is not initialized: nothing can be asked through it")
        return self._alone.parts

    def _own_broker(self) -> Broker:
        parts = self._parts()
        if parts.broker is None:
            raise StateError(parts.why_view_only)
        return parts.broker

    def _controls(self) -> LeverageControls:
        self._own_broker()
        controls = self._parts().controls
        if controls is None:
            raise VenueRefused(f"{self.venue} has no leverage", venue=self.venue, code="NOT_SUPPORTED")
        return controls

    @property
    def _can_order(self) -> bool:
        return self._alone.is_trading and self.state in LIVE_STATES

    def _known(self, order_id: str) -> Order | None:
        ledger = self._account.ledger
        return ledger.find(client_order_id=order_id) or ledger.find(venue_order_id=order_id)

    async def _order_or_none(self, venue_order_id: str) -> OrderReported | None:
        try:
            return await self._own_broker().fetch_order(venue_order_id)
        except VenueRefused as error:
            if error.code == "ORDER_NOT_FOUND":
                return None
            raise

    async def _ask_account(self) -> None:
        account = self._account
        await account.errands.carry_out(account.inquiry.ask())

    async def _measure_skew(self) -> float:
        """Return how far our clock is certainly off: neither the way nor whole seconds prove anything."""
        clock = self.platform.clock
        began_ns = clock.now_ns()
        venue_ns = await self._parts().data.fetch_server_time_ns()
        ended_ns = clock.now_ns()
        return certain_skew_ms(began_ns, ended_ns, venue_ns)

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
        ours = self._account.ledger.positions.get(position.instrument)
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


def margin_mode_of(word: str) -> str:
    """Return `cross` or `isolated` as it is; everything else is refused."""
    if word not in {"cross", "isolated"}:
        raise OrderRefused("MARGIN_MODE", f"There is no margin mode {word[:20]!r}: cross or isolated.")
    return word
