"""What an account at an exchange is asked for, through the library: orders, fills, balances, positions.

An order's own `filled` is taken from REST only, where it is what was filled in all; fills come from trades.
What is not known is never returned as empty: a page that fails fails the whole answer.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from omega_tui.domain.account import Balance
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.instrument import ZERO
from omega_tui.errors import OutcomeUnknown, RemoteProtocolError, VenueRefused
from omega_tui.protocol.ccxt.account import balances_of, fill_of, funding_of, order_of, position_quantity
from omega_tui.protocol.ccxt.client_id import encode_client_id
from omega_tui.protocol.ccxt.instruments import contract_value_of, symbol_of
from omega_tui.protocol.ccxt.values import number_of
from omega_tui.venues.base import FundingPayment, VenuePosition
from omega_tui.venues.ccxt_outcome import ORDER_NOT_FOUND
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_table import FETCH_BY_CLIENT_ID

PAGE: Final = 100
MAX_PAGES: Final = 50
"""Pages of one question at most; more is no answer, and never a part of one."""

MAX_REMEMBERED: Final = 20_000
"""Orders whose instrument is remembered; the oldest are forgotten."""

TRIGGER: Final = {"trigger": True}
"""The library's parameter for the venues that keep stops in a list of their own."""

KEEP_STOPS_APART: Final = frozenset({"bitget", "okx"})
KEEP_SWAP_STOPS_APART: Final = frozenset({"binance", "binanceusdm"})

PER_SYMBOL: Final[Mapping[str, frozenset[str]]] = {
    "fetchOpenOrders": frozenset({"mexc", "bingx"}),
    "fetchMyTrades": frozenset({"binance", "binanceusdm", "binancecoinm", "mexc", "bitget"}),
}
"""Where the library asks for a symbol."""

Row = Mapping[str, Any]


class Known(NamedTuple):
    """What is remembered of an order.

    Attributes:
        instrument: Instrument id.
        is_trigger: Whether it is a stop that has not fired, which some venues keep apart.
    """

    instrument: str
    is_trigger: bool


class CcxtQuestions:
    """The asking half of a broker.

    Attributes:
        venue: Our name of the venue.
    """

    def __init__(self, session: CcxtSession) -> None:
        self.venue = session.venue
        self._session = session
        self._orders: OrderedDict[str, Known] = OrderedDict()
        self._client_ids: OrderedDict[str, str] = OrderedDict()
        self._used: dict[str, None] = {}

    async def warm(self, instrument: str) -> None:
        """Name an instrument whose orders, fills and holdings are to be asked for."""
        self._used[self._session.instrument(instrument).id] = None

    def remember(
        self, venue_order_id: str, instrument: str, client_order_id: str = "", *, is_trigger: bool = False
    ) -> None:
        """Say which instrument an order is of: most venues ask for it with a cancel."""
        self._used.setdefault(instrument)
        client_id, symbol = self._encoded(client_order_id), symbol_of(instrument)
        self._session.fired.note(venue_order_id, symbol, is_stop=is_trigger, client_id=client_id)
        if venue_order_id:
            self._orders[venue_order_id] = Known(instrument, is_trigger)
        if client_order_id:
            self._client_ids[client_id] = client_order_id
        for known in (self._orders, self._client_ids):
            while len(known) > MAX_REMEMBERED:
                known.popitem(last=False)

    async def fetch_open_orders(self) -> list[OrderReported]:
        """Return every open order: of the account, or of the instruments in use where asked one by one."""
        return await self._open_orders(urgent=False)

    async def _open_orders(self, *, urgent: bool) -> list[OrderReported]:
        found: dict[str, OrderReported] = {}
        for params in self._order_lists():
            for symbol in self._symbols_for("fetchOpenOrders"):
                rows = await self._fetch(
                    "the open orders", "fetch_open_orders", symbol, None, None, dict(params), urgent=urgent
                )
                for row in rows if params else await self._session.fired.renamed(rows, "id"):
                    report = self._order(row, is_trigger=bool(params))
                    if report is not None:
                        found[report.venue_order_id] = report
        return list(found.values())

    async def fetch_order(self, venue_order_id: str) -> OrderReported | None:
        """Return one order; None when the venue says that it does not know it."""
        known = await self._known(venue_order_id)
        symbol, params = symbol_of(known.instrument), TRIGGER if known.is_trigger else {}
        fired_as = self._session.fired.order_of(venue_order_id)
        if fired_as:
            return await self._one_order(fired_as, symbol, {})
        found = await self._one_order(venue_order_id, symbol, params)
        if found is None and known.is_trigger:
            found = await self._past_stop(symbol, lambda row: row.get("id") == venue_order_id)
        return found

    async def _past_stop(self, symbol: str, is_it: Callable[[Row], bool]) -> OrderReported | None:
        """Return what became of a stop that is not in its list any more; None where nothing is told of it."""
        if not self._session.fired.are_told:
            return None
        row = next((one for one in await self._session.fired.past(symbol) if is_it(one)), None)
        if row is None:
            return None
        fired_as = self._session.fired.order_of(str(row["id"]))
        return await self._one_order(fired_as, symbol, {}) if fired_as else self._order(row, is_trigger=True)

    async def fetch_order_by_client_id(self, client_order_id: str, instrument: str) -> OrderReported | None:
        """Return an order by our id; None when the venue shows no trace of it.

        Where the venue can be asked by our id it is, and what it does not know is still looked for among the
        stops; elsewhere it is looked for among open and recent orders.
        """
        symbol, encoded = symbol_of(instrument), self._encoded(client_order_id)
        self.remember("", instrument, client_order_id)
        parameter = FETCH_BY_CLIENT_ID.get(self._session.exchange_id, ("", ""))[0]
        if parameter:
            # The venue's id is not known; ours in its place, for the library puts it into its messages.
            found = await self._one_order(encoded, symbol, {parameter: encoded})
            if found is not None or len(self._order_lists()) == 1:
                return found
            rows = await self._fetch("our stops", "fetch_open_orders", symbol, None, None, dict(TRIGGER))
        else:
            rows = await self._fetch("the open orders", "fetch_open_orders", symbol)
            if self._session.data.has.get("fetchClosedOrders"):
                rows = [*rows, *await self._fetch("recent orders", "fetch_closed_orders", symbol)]
        row = next((row for row in rows if row.get("clientOrderId") == encoded), None)
        if row is None and parameter:
            return await self._past_stop(symbol, lambda one: one.get("clientOrderId") == encoded)
        return None if row is None else self._order(row, is_trigger=bool(parameter))

    async def fetch_fills(self, *, since_s: int) -> list[FillReported]:
        """Return our fills since `since_s` (seconds since the epoch), all pages, oldest first, each once."""
        seen: dict[tuple[str, str], FillReported] = {}
        for symbol in self._symbols_for("fetchMyTrades"):
            since_ms = since_s * 1000
            for _ in range(MAX_PAGES):
                rows = await self._fetch("our trades", "fetch_my_trades", symbol, since_ms, PAGE)
                rows = await self._session.fired.renamed(rows, "order")
                fills = [fill for row in rows if (fill := self._fill(row)) is not None]
                new = [one for one in fills if (one.fill.trade_id, one.fill.venue_order_id) not in seen]
                seen |= {(one.fill.trade_id, one.fill.venue_order_id): one for one in new}
                if len(rows) < PAGE or not new:
                    break
                since_ms = max(since_ms, max(one.fill.ts_event_ns for one in new) // 1_000_000)
            else:
                raise OutcomeUnknown(
                    f"{self.venue} has more than {MAX_PAGES * PAGE} trades since then; ask for less time",
                    venue=self.venue,
                )
        return sorted(seen.values(), key=lambda one: (one.fill.ts_event_ns, one.fill.trade_id))

    async def fetch_balances(self) -> list[Balance]:
        """Return the balances of this account type that are not empty."""
        params = {"type": self._session.account.account_type}
        answer = await self._fetch("the balances", "fetch_balance", params)
        with self._readable():
            return balances_of(answer, venue=self.venue)

    async def fetch_positions(self) -> list[VenuePosition]:
        """Return the positions that are not flat, in hedge mode one per direction.

        At spot a row is of an asset in use, held or not, under the first instrument in use that buys it.
        """
        if self._session.account.account_type == "spot":
            return await self._holdings()
        rows = await self._fetch("the positions", "fetch_positions")
        with self._readable():
            found = [position_of(row, self._session) for row in rows]
        return [position for position in found if position is not None and position.quantity]

    async def fetch_funding(self, instruments: Sequence[str], *, since_s: int) -> list[FundingPayment]:
        """Return the funding payments in these instruments since then, oldest first."""
        if self._session.account.account_type == "spot" or not self._session.data.has.get(
            "fetchFundingHistory"
        ):
            return []
        found: list[FundingPayment] = []
        for name in instruments:
            instrument = self._session.instrument(name)
            symbol = symbol_of(name)
            rows = await self._fetch("the funding", "fetch_funding_history", symbol, since_s * 1000, PAGE)
            with self._readable():
                found += [
                    FundingPayment(name, row.amount, row.payment_id, row.ts_event_ns)
                    for row in (funding_of(one, instrument) for one in rows)
                ]
        return sorted(found, key=lambda one: one.ts_event_ns)

    # --- inside

    async def _fetch(self, asked: str, method: str, *args: object, urgent: bool = False) -> Any:  # noqa: ANN401 - as given
        return await self._session.ask(
            asked, lambda exchange: getattr(exchange, method)(*args), urgent=urgent
        )

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn a row that cannot be read into a failure of the whole answer: without it, it would lie."""
        try:
            yield
        except RemoteProtocolError as error:
            raise OutcomeUnknown(
                f"{self.venue} gave a row that cannot be read: {error}", venue=self.venue
            ) from error

    def _encoded(self, client_order_id: str) -> str:
        return encode_client_id(client_order_id, self._session.exchange_id) if client_order_id else ""

    def _order_lists(self) -> tuple[Row, ...]:
        """Return the parameters of every list of open orders that the venue keeps."""
        exchange_id, is_spot = self._session.exchange_id, self._session.account.account_type == "spot"
        apart = exchange_id in KEEP_STOPS_APART or (exchange_id in KEEP_SWAP_STOPS_APART and not is_spot)
        return ({}, TRIGGER) if apart else ({},)

    def _symbols_for(self, method: str) -> list[str | None]:
        """Return the symbols to ask for one by one; None alone where the venue answers for all at once."""
        if self._session.exchange_id in PER_SYMBOL[method]:
            return [symbol_of(instrument) for instrument in self._used]
        return [None]

    async def _known(self, venue_order_id: str, *, urgent: bool = False) -> Known:
        if venue_order_id not in self._orders:
            await self._open_orders(urgent=urgent)  # It remembers whatever it finds.
        try:
            return self._orders[venue_order_id]
        except KeyError:
            raise VenueRefused(
                f"{self.venue} does not list {venue_order_id} as open, and its instrument is not known here",
                venue=self.venue,
                code=ORDER_NOT_FOUND,
            ) from None

    async def _one_order(self, order_id: str, symbol: str, params: Row) -> OrderReported | None:
        try:
            row = await self._fetch("an order", "fetch_order", order_id, symbol, dict(params))
        except VenueRefused as error:
            if error.code == ORDER_NOT_FOUND:
                return None
            raise
        [row] = await self._session.fired.renamed([row], "id")
        return self._order(row, is_trigger=bool(params.get("trigger")))

    def _order(self, row: Row, *, is_trigger: bool = False) -> OrderReported | None:
        instrument = self._session.instrument_of_row(row)
        if instrument is None:
            return None
        ours = self._client_ids.get(row.get("clientOrderId") or "", "")
        with self._readable():
            report = order_of(row, instrument, client_order_id=ours, cumulative=True)
        self.remember(report.venue_order_id, instrument.id, is_trigger=is_trigger)
        return report

    def _fill(self, row: Row) -> FillReported | None:
        instrument = self._session.instrument_of_row(row)
        if instrument is None:
            return None
        with self._readable():
            return fill_of(row, instrument)

    async def _holdings(self) -> list[VenuePosition]:
        totals = {balance.asset: balance.total for balance in await self.fetch_balances()}
        used = [self._session.instrument(name) for name in self._used]
        found: list[VenuePosition] = []
        for asset in dict.fromkeys(instrument.base for instrument in used):
            first, *shares = (one.id for one in used if one.base == asset)
            spends = tuple(one.id for one in used if one.quote == asset)
            quantity = totals.get(asset, ZERO)
            found.append(VenuePosition(first, quantity, asset=asset, shares=tuple(shares), spends=spends))
        return found


def position_of(row: Row, session: CcxtSession) -> VenuePosition | None:
    """Return what a ccxt position says; None for an instrument that is not listed, or without a size.

    Raises:
        RemoteProtocolError: It has a size and no side.
    """
    instrument = session.instrument_of_row(row)
    quantity = None if instrument is None else position_quantity(row, instrument)
    if instrument is None or quantity is None:
        return None
    number = number_of
    return VenuePosition(
        instrument=instrument.id,
        quantity=quantity,
        entry_price=number(row.get("entryPrice")),
        mark_price=number(row.get("markPrice")),
        liquidation_price=number(row.get("liquidationPrice")) or None,
        leverage=number(row.get("leverage")),
        margin_mode=row.get("marginMode") or "",
        unrealized_pnl=number(row.get("unrealizedPnl")),
        realized_pnl=number(row.get("realizedPnl")),
        hedged=bool(row.get("hedged")),
        contract_value=contract_value_of(instrument),
    )
