"""Private REST of the embedded Bitget for USDT futures: orders and fills."""

from collections.abc import Callable
from dataclasses import replace

from omega_tui.errors import VenueRefused
from omega_tui.protocol.bitget.refusals import MIX_NO_ORDER, PARAMETER_ERROR
from omega_tui.sim.bitget_common import (
    MIX_REFUSALS,
    AccountHandler,
    Route,
    allowed,
    both_ids,
    end_id,
    page,
    read_force,
    read_limit,
    read_side,
)
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.bitget_public import has_futures
from omega_tui.sim.bitget_views import Row, hold_side_of, mix_fill, mix_order
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_records import Denied, FillRecord, OrderRecord, Reason, Ticket
from omega_tui.sim.coins import CoinKind, MarketKey
from omega_tui.sim.holding import HoldSide, MarginMode

FUTURES = CoinKind.PERPETUAL

TRADE_SIDES = {"": None, "open": False, "close": True}


class MixDesk:
    """Answers the owners of futures accounts.

    `hides` says which orders are left out of answers, as where reads are stale.
    """

    def __init__(self, exchange: CoinExchange, *, hides: Callable[[OrderRecord], bool]) -> None:
        self._exchange = exchange
        self._venue = exchange.venue
        self._hides = hides

    def routes(self) -> dict[Route, AccountHandler]:
        """Return every path with who serves it."""
        order = "/api/v2/mix/order"
        return {
            ("POST", f"{order}/place-order"): self._place,
            ("POST", f"{order}/batch-place-order"): self._place_many,
            ("POST", f"{order}/modify-order"): self._modify,
            ("POST", f"{order}/cancel-order"): self._cancel,
            ("POST", f"{order}/batch-cancel-orders"): self._cancel_many,
            ("POST", f"{order}/cancel-all-orders"): self._cancel_many,
            ("POST", f"{order}/close-positions"): self._close_positions,
            ("GET", f"{order}/detail"): self._detail,
            ("GET", f"{order}/orders-pending"): lambda who, params: self._orders(who, params, is_open=True),
            ("GET", f"{order}/orders-history"): lambda who, params: self._orders(who, params, is_open=False),
            ("GET", f"{order}/fills"): self._fills,
            ("GET", f"{order}/fill-history"): self._fills,
        }

    # --- placing

    def _place(self, account: str, params: Params) -> Row:
        ticket = read_ticket(params, self._venue.ids.next)
        return _ids(allowed(self._venue.place(account, ticket), MIX_REFUSALS))

    def _place_many(self, account: str, params: Params) -> Row:
        shared = {name: params.word(name) for name in ("symbol", "productType", "marginCoin", "marginMode")}
        done: list[Row] = []
        failed: list[Row] = []
        for row in params.rows("orderList"):
            try:
                done.append(self._place(account, row.merged(shared)))
            except VenueRefused as refused:
                failed.append(_failed(row, refused))
        return {"successList": done, "failureList": failed}

    def _modify(self, account: str, params: Params) -> Row:
        """Cancel an order and place another with what is new; where that is refused, the old one stays."""
        old = self._found(account, params)
        if old is None or not old.state.is_open:
            raise MIX_NO_ORDER.error()
        price, size = params.number_or_none("newPrice"), params.number_or_none("newSize")
        ticket = replace(
            old.ticket,
            price=price or old.ticket.price,
            size=size or old.ticket.size,
            client_id=params.word("newClientOid") or self._venue.ids.next(),
            stop_loss=params.number_or_none("newPresetStopLossPrice") or old.ticket.stop_loss,
            take_profit=params.number_or_none("newPresetStopSurplusPrice") or old.ticket.take_profit,
        )
        return _ids(allowed(self._venue.replace(account, old, ticket), MIX_REFUSALS))

    # --- canceling

    def _cancel(self, account: str, params: Params) -> Row:
        return _ids(allowed(self._venue.cancel(self._found(account, params)), MIX_REFUSALS))

    def _cancel_many(self, account: str, params: Params) -> Row:
        """Cancel those named in `orderIdList`, or all, of one symbol or of every one."""
        rows = params.rows("orderIdList")
        if rows:
            return self._cancel_named(account, rows)
        orders = self._venue.traders[account].open_orders((FUTURES,), params.word("symbol"))
        if not orders or not has_futures(params):
            allowed(Denied(Reason.NOTHING_TO_CANCEL), MIX_REFUSALS)
        for order in orders:
            self._venue.cancel(order)
        return {"successList": [_ids(order) for order in orders], "failureList": []}

    def _cancel_named(self, account: str, rows: list[Params]) -> Row:
        done: list[Row] = []
        failed: list[Row] = []
        for row in rows:
            try:
                done.append(self._cancel(account, row))
            except VenueRefused as refused:
                failed.append(_failed(row, refused))
        return {"successList": done, "failureList": failed}

    def _close_positions(self, account: str, params: Params) -> Row:
        symbol, side = params.word("symbol"), read_hold_side(params)
        trader = self._venue.traders[account]
        chosen = [
            (name, held)
            for name, held in trader.perpetual.holdings
            if symbol in {"", name} and side in {None, held}
        ]
        if not chosen:
            allowed(Denied(Reason.NO_POSITION), MIX_REFUSALS)
        done: list[Row] = []
        failed: list[Row] = []
        for name, held in chosen:
            closed = self._venue.close_position(account, name, held)
            if isinstance(closed, Denied):
                refused = MIX_REFUSALS[closed.reason].error(closed.detail)
                failed.append(_failed(params, refused) | {"symbol": name})
            else:
                done.append(_ids(closed) | {"symbol": name})
        return {"successList": done, "failureList": failed}

    # --- asking

    def _detail(self, account: str, params: Params) -> Row:
        found = self._found(account, params)
        if found is None or self._hides(found):
            raise MIX_NO_ORDER.error()
        return mix_order(found, state_name="state")

    def _orders(self, account: str, params: Params, *, is_open: bool) -> Row:
        symbol = params.word("symbol")
        order_id, client_id = params.word("orderId"), params.word("clientOid")
        chosen = [
            order
            for order in reversed(self._venue.orders.values())
            if order.account == account
            and order.key.kind is FUTURES
            and order.state.is_open == is_open
            and not self._hides(order)
            and symbol in {"", order.key.symbol}
            and order_id in {"", order.order_id}
            and client_id in {"", order.ticket.client_id}
        ]
        if not has_futures(params):
            chosen = []
        rows = page(chosen, params, id_of=lambda each: each.order_id, at_ns=lambda each: each.created_ns)
        return {
            "entrustedList": [mix_order(order) for order in rows] or None,
            "endId": end_id(rows, lambda each: each.order_id),
        }

    def _fills(self, account: str, params: Params) -> Row:
        order_id, symbol = params.word("orderId"), params.word("symbol")
        mine = [
            fill
            for fill in reversed(self._venue.fills)
            if fill.order.account == account
            and fill.order.key.kind is FUTURES
            and symbol in {"", fill.order.key.symbol}
            and order_id in {"", fill.order.order_id}
        ]
        rows: list[FillRecord] = page(
            mine, params, id_of=lambda each: each.trade_id, at_ns=lambda each: each.at_ns
        )
        return {
            "fillList": [mix_fill(fill) for fill in rows],
            "endId": end_id(rows, lambda each: each.trade_id),
        }

    def _found(self, account: str, params: Params) -> OrderRecord | None:
        order_id, client_id = both_ids(params)
        return self._venue.find(account, FUTURES, order_id=order_id, client_id=client_id)


def read_ticket(params: Params, fresh_id: Callable[[], str], *, price_name: str = "price") -> Ticket:
    """Return what a futures request asks for; the user's own id is made up where there is none.

    Raises:
        VenueRefused: Something is missing or wrong.
    """
    word = params.word("tradeSide").lower()
    if word not in TRADE_SIDES:
        raise PARAMETER_ERROR.error("tradeSide")
    return Ticket(
        key=MarketKey(FUTURES, params.text("symbol")),
        side=read_side(params),
        price=read_limit(params, price_name),
        size=params.number("size"),
        force=read_force(params),
        client_id=params.word("clientOid") or fresh_id(),
        reduce_only=params.word("reduceOnly").upper() == "YES",
        closes=TRADE_SIDES[word],
        margin_mode=read_margin_mode(params),
        take_profit=params.number_or_none("presetStopSurplusPrice"),
        stop_loss=params.number_or_none("presetStopLossPrice"),
    )


def read_margin_mode(params: Params) -> MarginMode | None:
    """Return `marginMode`, None where nothing is said.

    Raises:
        VenueRefused: It is none.
    """
    word = params.word("marginMode")
    try:
        return MarginMode(word) if word else None
    except ValueError as error:
        raise PARAMETER_ERROR.error("marginMode") from error


def read_hold_side(params: Params) -> HoldSide | None:
    """Return `holdSide`, None where nothing is said.

    Raises:
        VenueRefused: It is none.
    """
    word = params.word("holdSide")
    side = hold_side_of(word)
    if word and side is None:
        raise PARAMETER_ERROR.error("holdSide")
    return side


def _ids(record: OrderRecord) -> Row:
    return {"orderId": record.order_id, "clientOid": record.ticket.client_id}


def _failed(row: Params, refused: VenueRefused) -> Row:
    return {
        "orderId": row.word("orderId"),
        "clientOid": row.word("clientOid"),
        "errorMsg": str(refused),
        "errorCode": refused.code,
    }
