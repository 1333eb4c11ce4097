"""Private REST of the embedded Binance: orders, fills, account.

A stop holds no money until it fires; that there is enough is looked at when it is placed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from omega_tui.domain.instrument import ZERO
from omega_tui.errors import VenueRefused
from omega_tui.protocol.binance.refusals import (
    DUPLICATE,
    EITHER_MISSING,
    ILLEGAL,
    NO_FUNDS,
    NO_ORDER,
    REPLACE_FAILED,
    REPLACE_HALF_FAILED,
    SYMBOL_INVALID,
    UNKNOWN_ORDER,
    WOULD_TAKE,
    WOULD_TRIGGER,
    Refusal,
)
from omega_tui.protocol.binance.wire import Row, failure, number
from omega_tui.sim.binance_coins import SPOT
from omega_tui.sim.binance_order_index import OrderIndex
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_public import MOST_ROWS, find_market
from omega_tui.sim.binance_routes import READ, TRADE, Routes
from omega_tui.sim.binance_tickets import Wanted, allowed, client_id_of, read_wanted, refusal_of
from omega_tui.sim.binance_views import Shown, balances, fill_row, my_trade, shown
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import MILLISECOND, CoinMarket
from omega_tui.sim.coin_records import FillRecord, Force, PlanKind, PlanState, TriggerPrice
from omega_tui.sim.coin_rules import malformed, unaffordable
from omega_tui.sim.coins import plain

PAGE: Final = 500
"""Rows of a list where no `limit` is given."""


class ReplaceFailed(VenueRefused):
    """A replacement of which at least one half failed.

    Attributes:
        data: What became of both halves.
    """

    def __init__(self, refusal: Refusal, data: Row) -> None:
        refused = refusal.error()
        super().__init__(str(refused), venue=refused.venue, code=refused.code)
        self.data = data


class OrderDesk:
    """Answers the owners of accounts."""

    def __init__(self, exchange: CoinExchange, index: OrderIndex) -> None:
        self._exchange = exchange
        self._venue = exchange.venue
        self._index = index

    def routes(self) -> Routes:
        """Return every path with who serves it."""
        api = "/api/v3"
        return {
            ("POST", f"{api}/order"): (TRADE, self._place),
            ("POST", f"{api}/order/test"): (TRADE, self._test),
            ("GET", f"{api}/order"): (READ, self._query),
            ("DELETE", f"{api}/order"): (TRADE, self._cancel),
            ("POST", f"{api}/order/cancelReplace"): (TRADE, self._replace),
            ("GET", f"{api}/openOrders"): (READ, self._open_orders),
            ("DELETE", f"{api}/openOrders"): (TRADE, self._cancel_all),
            ("GET", f"{api}/allOrders"): (READ, self._all_orders),
            ("GET", f"{api}/myTrades"): (READ, self._my_trades),
            ("GET", f"{api}/account"): (READ, self._account),
            ("GET", f"{api}/account/commission"): (READ, self._commission),
            ("GET", "/sapi/v1/asset/tradeFee"): (READ, self._fees),
        }

    # --- orders

    def _place(self, account: str, params: Params) -> Row:
        market = find_market(self._exchange, params.text("symbol"))
        wanted = read_wanted(params, market, self._venue.ids)
        order = self._placed(account, market, wanted)
        row = order.placed()
        if wanted.answer == "ACK":
            names = ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")
            return {name: row[name] for name in names}
        fills = [fill_row(fill) for fill in self._fills(order)]
        return row if wanted.answer == "RESULT" else row | {"fills": fills}

    def _test(self, account: str, params: Params) -> Row:
        del account
        market = find_market(self._exchange, params.text("symbol"))
        denied = malformed(read_wanted(params, market, self._venue.ids).ticket, market)
        if denied is not None:
            raise refusal_of(denied).error(denied.detail)
        return {}

    def _placed(self, account: str, market: CoinMarket, wanted: Wanted) -> Shown:
        ticket = wanted.ticket
        self._free(account, ticket.client_id)
        if wanted.trigger is not None:
            return self._wait(account, market, wanted)
        price = ticket.price
        ticks = None if price is None else market.spec.ticks(price)
        if ticket.force is Force.POST_ONLY and ticks is not None:
            self._stay_out(market, is_bid=ticket.is_bid, ticks=ticks)
        return shown(allowed(self._venue.place(account, ticket)))

    def _stay_out(self, market: CoinMarket, *, is_bid: bool, ticks: int) -> None:
        """Refuse an order that may only rest where it would trade."""
        if market.engine.crosses(is_bid=is_bid, price=ticks):
            raise WOULD_TAKE.error()

    def _wait(self, account: str, market: CoinMarket, wanted: Wanted) -> Shown:
        ticket, trigger = wanted.ticket, wanted.trigger
        assert trigger is not None, "an order that waits names a price"
        last = market.spec.price(market.last)
        if trigger == last or (trigger > last) != wanted.rises:
            raise WOULD_TRIGGER.error()
        trader = self._venue.traders[account]
        # The band of the price is judged when the order is sent: by then the price is elsewhere.
        draft = trader.draft("", replace(ticket, price=ticket.price or trigger), market.spec, 0)
        if unaffordable(trader, draft, market, self._venue.marks) is not None:
            raise NO_FUNDS.error()
        plan = self._exchange.plans.place(account, ticket, PlanKind.NORMAL, trigger, TriggerPrice.LAST)
        return shown(None, allowed(plan))

    def _free(self, account: str, client_id: str) -> None:
        """Let an id be used again whose order ended; one that is open must not come twice.

        Raises:
            VenueRefused: There is an open order of that id.
        """
        earlier = self._index.find(account, "", order_id=0, client_id=client_id)
        if earlier is None:
            return
        if earlier.is_open:
            raise DUPLICATE.error()
        self._venue.traders[account].client_ids.pop((SPOT, client_id), None)

    def _query(self, account: str, params: Params) -> Row:
        found = self._find(account, params)
        if found is None:
            raise NO_ORDER.error()
        return found.queried()

    def _cancel(self, account: str, params: Params) -> Row:
        found = self._find(account, params)
        return self._end(found, params.client_id("newClientOrderId"))

    def _end(self, order: Shown | None, cancel_id: str, reason: str = "normal_cancel") -> Row:
        if order is None or not order.is_open:
            raise UNKNOWN_ORDER.error()
        cancel_id = cancel_id or client_id_of(self._venue.ids)
        self._index.cancel_ids[order.order_id] = cancel_id
        plan = self._index.plan(order)
        if plan is not None and plan.state is PlanState.LIVE:
            self._exchange.plans.cancel(plan)
        else:
            self._venue.cancel(order.record, reason)
        return shown(order.record, plan).canceled(cancel_id)

    def _replace(self, account: str, params: Params) -> Row:
        """Cancel one order and place another, one after the other, as the venue does."""
        market = find_market(self._exchange, params.text("symbol"))
        mode = params.text("cancelReplaceMode")
        if mode not in {"STOP_ON_FAILURE", "ALLOW_FAILURE"}:
            raise ILLEGAL.error("cancelReplaceMode")
        order_id, client_id = params.integer("cancelOrderId", 0), params.word("cancelOrigClientOrderId")
        if not order_id and not client_id:
            raise EITHER_MISSING.error("cancelOrderId")
        wanted = read_wanted(params, market, self._venue.ids)
        data: Row = {
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": None,
            "newOrderResponse": None,
        }
        old = self._index.find(account, market.spec.key.symbol, order_id=order_id, client_id=client_id)
        try:
            canceled = self._end(old, params.client_id("cancelNewClientOrderId"), "cancel_replace")
            data |= {"cancelResult": "SUCCESS", "cancelResponse": canceled}
        except VenueRefused as refused:
            data["cancelResponse"] = failure(int(refused.code), str(refused))
            if mode == "STOP_ON_FAILURE":
                raise ReplaceFailed(REPLACE_FAILED, data) from refused
        try:
            order = self._placed(account, market, wanted)
            fills = [fill_row(fill) for fill in self._fills(order)]
            data |= {"newOrderResult": "SUCCESS", "newOrderResponse": order.placed() | {"fills": fills}}
        except VenueRefused as refused:
            data |= {
                "newOrderResult": "FAILURE",
                "newOrderResponse": failure(int(refused.code), str(refused)),
            }
        results = {data["cancelResult"], data["newOrderResult"]}
        if results != {"SUCCESS"}:
            raise ReplaceFailed(REPLACE_HALF_FAILED if "SUCCESS" in results else REPLACE_FAILED, data)
        return data

    def _open_orders(self, account: str, params: Params) -> list[Row]:
        symbol = params.word("symbol")
        if symbol:
            find_market(self._exchange, symbol)
        return [each.queried() for each in self._index.of(account, symbol) if each.is_open]

    def _cancel_all(self, account: str, params: Params) -> list[Row]:
        symbol = find_market(self._exchange, params.text("symbol")).spec.key.symbol
        chosen = [each for each in self._index.of(account, symbol) if each.is_open]
        if not chosen:
            raise UNKNOWN_ORDER.error()
        return [self._end(each, "") for each in chosen]

    def _all_orders(self, account: str, params: Params) -> list[Row]:
        symbol = find_market(self._exchange, params.text("symbol")).spec.key.symbol
        first = params.integer("orderId", 0)
        start, end = params.integer("startTime", 0), params.integer("endTime", 0)
        rows = [
            each.queried()
            for each in self._index.of(account, symbol)
            if each.order_id >= first and each.created_ms >= start and (not end or each.created_ms <= end)
        ]
        return _page(rows, params, from_start=bool(first or start))

    def _find(self, account: str, params: Params) -> Shown | None:
        symbol = params.text("symbol")
        order_id, client_id = params.integer("orderId", 0), params.word("origClientOrderId")
        if not order_id and not client_id:
            raise EITHER_MISSING.error("orderId")
        market = find_market(self._exchange, symbol)
        return self._index.find(account, market.spec.key.symbol, order_id=order_id, client_id=client_id)

    # --- fills

    def _fills(self, order: Shown) -> list[FillRecord]:
        if order.record is None or not order.filled:
            return []
        return [fill for fill in self._venue.fills if fill.order.order_id == order.record.order_id]

    def _my_trades(self, account: str, params: Params) -> list[Row]:
        symbol = find_market(self._exchange, params.text("symbol")).spec.key.symbol
        order_id, first = params.integer("orderId", 0), params.integer("fromId", 0)
        start, end = params.integer("startTime", 0), params.integer("endTime", 0)
        rows = []
        for fill in self._venue.fills:
            at_ms, order = fill.at_ns // MILLISECOND, fill.order
            if order.account != account or order.key.kind is not SPOT or order.key.symbol != symbol:
                continue
            seen_id = self._index.seen(order).order_id
            in_time = at_ms >= start and (not end or at_ms <= end)
            if in_time and order_id in {0, seen_id} and int(fill.trade_id) >= first:
                rows.append(my_trade(seen_id, fill))
        return _page(rows, params, from_start=bool(first or start))

    # --- account

    def _account(self, account: str, params: Params) -> Row:
        rows = [
            {"asset": coin, "free": free, "locked": locked}
            for coin, free, locked in balances(self._venue.traders[account])
        ]
        if params.word("omitZeroBalances") == "true":
            rows = [row for row in rows if {row["free"], row["locked"]} != {number(ZERO)}]
        spec = next(iter(self._venue.markets.values())).spec
        return {
            "makerCommission": int(spec.maker_rate * 10_000),
            "takerCommission": int(spec.taker_rate * 10_000),
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {
                "maker": number(spec.maker_rate),
                "taker": number(spec.taker_rate),
                "buyer": "0.00000000",
                "seller": "0.00000000",
            },
            "canTrade": True,
            "canWithdraw": False,
            "canDeposit": False,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": self._venue.now_ms,
            "accountType": "SPOT",
            "balances": rows,
            "permissions": ["SPOT"],
            "uid": 354937868,
        }

    def _commission(self, account: str, params: Params) -> Row:
        del account
        spec = find_market(self._exchange, params.text("symbol")).spec
        none = {"maker": "0.00000000", "taker": "0.00000000", "buyer": "0.00000000", "seller": "0.00000000"}
        return {
            "symbol": spec.key.symbol,
            "standardCommission": none | {"maker": number(spec.maker_rate), "taker": number(spec.taker_rate)},
            "taxCommission": none,
            "discount": {
                "enabledForAccount": False,
                "enabledForSymbol": False,
                "discountAsset": "BNB",
                "discount": "0.75000000",
            },
        }

    def _fees(self, account: str, params: Params) -> list[Row]:
        del account
        symbol = params.word("symbol")
        rows: list[Row] = [
            {
                "symbol": market.spec.key.symbol,
                "makerCommission": plain(market.spec.maker_rate),
                "takerCommission": plain(market.spec.taker_rate),
            }
            for market in self._venue.markets.values()
            if symbol in {"", market.spec.key.symbol}
        ]
        if not rows:
            raise SYMBOL_INVALID.error()
        return rows


def _page(rows: Sequence[Row], params: Params, *, from_start: bool) -> list[Any]:
    """Return as many rows as are asked for: the first ones where a start is named, else the last ones."""
    limit = params.integer("limit", PAGE, most=MOST_ROWS) or PAGE
    return list(rows[:limit] if from_start else rows[-limit:])
