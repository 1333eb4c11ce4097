"""Private REST of the embedded Bitget for spot: orders, plans, fills, wallet."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from omega_tui.domain.side import Side
from omega_tui.errors import VenueRefused
from omega_tui.protocol.bitget.refusals import NOT_THERE, PARAMETER_ERROR
from omega_tui.sim.bitget_accounts import AccountViews
from omega_tui.sim.bitget_common import (
    SPOT_REFUSALS,
    AccountHandler,
    Route,
    allowed,
    both_ids,
    page,
    read_force,
    read_limit,
    read_side,
    read_trigger,
)
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.bitget_views import Row, spot_fill, spot_order, spot_plan
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_records import Denied, OrderRecord, PlanKind, PlanRecord, Reason, Ticket
from omega_tui.sim.coins import CoinKind, MarketKey

SPOT = CoinKind.SPOT

ACCOUNTS = {"spot": False, "usdt_futures": True}
"""Names of the accounts between which money is moved, and whether it is the futures account."""


class SpotDesk:
    """Answers the owners of spot accounts.

    `hides` says which orders are left out of answers, as where reads are stale.
    """

    def __init__(self, exchange: CoinExchange, *, hides: Callable[[OrderRecord], bool]) -> None:
        self._exchange = exchange
        self._venue = exchange.venue
        self._hides = hides
        self._views = AccountViews(exchange.venue)

    def routes(self) -> dict[Route, AccountHandler]:
        """Return every path with who serves it."""
        trade = "/api/v2/spot/trade"
        return {
            ("GET", "/api/v2/spot/account/assets"): self._assets,
            ("GET", "/api/v2/common/trade-rate"): self._trade_rate,
            ("POST", "/api/v2/spot/wallet/transfer"): self._transfer,
            ("POST", f"{trade}/place-order"): self._place,
            ("POST", f"{trade}/batch-orders"): self._place_many,
            ("POST", f"{trade}/cancel-replace-order"): self._replace,
            ("POST", f"{trade}/cancel-order"): self._cancel,
            ("POST", f"{trade}/batch-cancel-order"): self._cancel_many,
            ("POST", f"{trade}/cancel-symbol-order"): self._cancel_symbol,
            ("GET", f"{trade}/orderInfo"): self._order_info,
            ("GET", f"{trade}/unfilled-orders"): self._open_orders,
            ("GET", f"{trade}/history-orders"): self._past_orders,
            ("GET", f"{trade}/fills"): self._fills,
            ("POST", f"{trade}/place-plan-order"): self._place_plan,
            ("POST", f"{trade}/modify-plan-order"): self._modify_plan,
            ("POST", f"{trade}/cancel-plan-order"): self._cancel_plan,
            ("POST", f"{trade}/batch-cancel-plan-order"): self._cancel_plans,
            ("GET", f"{trade}/current-plan-order"): lambda who, params: self._plans(
                who, params, is_live=True
            ),
            ("GET", f"{trade}/history-plan-order"): lambda who, params: self._plans(
                who, params, is_live=False
            ),
        }

    # --- account

    def _assets(self, account: str, params: Params) -> list[Row]:
        return self._views.assets(self._venue.traders[account], params.word("coin"))

    def _trade_rate(self, account: str, params: Params) -> Row:
        del account
        kind = SPOT if params.word("businessType", "spot") == "spot" else CoinKind.PERPETUAL
        market = self._venue.markets.get(MarketKey(kind, params.text("symbol")))
        if market is None:
            raise NOT_THERE.error(params.text("symbol"))
        return {
            "makerFeeRate": f"{market.spec.maker_rate}",
            "takerFeeRate": f"{market.spec.taker_rate}",
        }

    def _transfer(self, account: str, params: Params) -> Row:
        names = (params.text("fromType"), params.text("toType"))
        if names[0] == names[1] or any(name not in ACCOUNTS for name in names):
            raise PARAMETER_ERROR.error("toType")
        denied = self._exchange.transfer(
            account, params.text("coin"), params.number("amount"), to_futures=ACCOUNTS[names[1]]
        )
        allowed(denied, SPOT_REFUSALS)
        return {"transferId": self._venue.ids.next(), "clientOid": params.word("clientOid") or None}

    # --- orders

    def _ticket(self, params: Params) -> Ticket:
        side, price = read_side(params), read_limit(params)
        size = params.number("size")
        spends = price is None and side is Side.BUY
        return Ticket(
            key=MarketKey(SPOT, params.text("symbol")),
            side=side,
            price=price,
            size=None if spends else size,
            budget=size if spends else None,
            force=read_force(params),
            client_id=params.word("clientOid") or self._venue.ids.next(),
        )

    def _place(self, account: str, params: Params) -> Row:
        return _ids(allowed(self._venue.place(account, self._ticket(params)), SPOT_REFUSALS))

    def _place_many(self, account: str, params: Params) -> Row:
        done: list[Row] = []
        failed: list[Row] = []
        for row in params.rows("orderList"):
            try:
                done.append(self._place(account, row.merged({"symbol": params.word("symbol")})))
            except VenueRefused as refused:
                failed.append(_failed(row, refused))
        return {"successList": done, "failureList": failed}

    def _replace(self, account: str, params: Params) -> Row:
        order_id, client_id = both_ids(params)
        old = self._venue.find(account, SPOT, order_id=order_id, client_id=client_id)
        if old is None or not old.state.is_open:
            return _replaced(None, allowed_words(Denied(Reason.ORDER_NOT_FOUND)))
        ticket = replace(
            old.ticket,
            price=params.number("price"),
            size=params.number("size"),
            client_id=params.word("newClientOid") or self._venue.ids.next(),
        )
        made = self._venue.replace(account, old, ticket)
        return _replaced(None, allowed_words(made)) if isinstance(made, Denied) else _replaced(made, "")

    def _cancel(self, account: str, params: Params) -> Row:
        order_id, client_id = both_ids(params)
        found = self._venue.find(account, SPOT, order_id=order_id, client_id=client_id)
        return _ids(allowed(self._venue.cancel(found), SPOT_REFUSALS))

    def _cancel_many(self, account: str, params: Params) -> Row:
        done: list[Row] = []
        failed: list[Row] = []
        for row in params.rows("orderList"):
            try:
                done.append(self._cancel(account, row))
            except VenueRefused as refused:
                failed.append(_failed(row, refused))
        return {"successList": done, "failureList": failed}

    def _cancel_symbol(self, account: str, params: Params) -> Row:
        symbol = params.text("symbol")
        for order in self._venue.traders[account].open_orders((SPOT,), symbol):
            self._venue.cancel(order)
        return {"symbol": symbol}

    def _order_info(self, account: str, params: Params) -> list[Row]:
        order_id, client_id = both_ids(params)
        found = self._venue.find(account, SPOT, order_id=order_id, client_id=client_id)
        return [] if found is None or self._hides(found) else [spot_order(found)]

    def _open_orders(self, account: str, params: Params) -> list[Row]:
        orders = self._venue.traders[account].open_orders((SPOT,), params.word("symbol"))
        shown = [order for order in orders if not self._hides(order)]
        return [spot_order(order, is_open=True) for order in self._page(shown, params)]

    def _past_orders(self, account: str, params: Params) -> list[Row]:
        symbol = params.word("symbol")
        ended = [
            order
            for order in self._venue.orders.values()
            if order.account == account
            and order.key.kind is SPOT
            and not order.state.is_open
            and not self._hides(order)
            and symbol in {"", order.key.symbol}
        ]
        return [spot_order(order) for order in self._page(ended, params)]

    def _page(self, orders: list[OrderRecord], params: Params) -> list[OrderRecord]:
        orders.reverse()
        return page(orders, params, id_of=lambda each: each.order_id, at_ns=lambda each: each.created_ns)

    def _fills(self, account: str, params: Params) -> list[Row]:
        order_id, symbol = params.word("orderId"), params.word("symbol")
        mine = [
            fill
            for fill in reversed(self._venue.fills)
            if fill.order.account == account
            and fill.order.key.kind is SPOT
            and symbol in {"", fill.order.key.symbol}
            and order_id in {"", fill.order.order_id}
        ]
        rows = page(mine, params, id_of=lambda each: each.trade_id, at_ns=lambda each: each.at_ns)
        return [spot_fill(fill) for fill in rows]

    # --- plans

    def _place_plan(self, account: str, params: Params) -> Row:
        ticket = self._ticket(params.merged({"price": params.word("executePrice")}))
        placed = self._exchange.plans.place(
            account, ticket, PlanKind.NORMAL, params.number("triggerPrice"), read_trigger(params)
        )
        return _plan_ids(allowed(placed, SPOT_REFUSALS))

    def _modify_plan(self, account: str, params: Params) -> Row:
        changed = self._exchange.plans.modify(
            self._plan(account, params),
            trigger=params.number_or_none("triggerPrice"),
            price=params.number_or_none("executePrice"),
            size=params.number_or_none("size"),
        )
        return _plan_ids(allowed(changed, SPOT_REFUSALS))

    def _cancel_plan(self, account: str, params: Params) -> Row:
        allowed(self._exchange.plans.cancel(self._plan(account, params)), SPOT_REFUSALS)
        return {"result": "success"}

    def _cancel_plans(self, account: str, params: Params) -> Row:
        symbols = params.texts("symbolList")
        plans = self._exchange.plans
        chosen = [
            plan
            for plan in plans.of(account, SPOT, is_live=True)
            if not symbols or plan.key.symbol in symbols
        ]
        for plan in chosen:
            plans.cancel(plan)
        return {"successList": [_plan_ids(plan) for plan in chosen], "failureList": []}

    def _plans(self, account: str, params: Params, *, is_live: bool) -> Row:
        plans = self._exchange.plans.of(account, SPOT, params.word("symbol"), is_live=is_live)
        rows = page(plans, params, id_of=lambda plan: plan.plan_id, at_ns=lambda plan: plan.created_ns)
        last = rows[-1].plan_id if rows else ""
        return {
            "nextFlag": len(rows) < len(plans),
            "idLessThan": last,
            "orderList": [spot_plan(plan) for plan in rows],
        }

    def _plan(self, account: str, params: Params) -> PlanRecord | None:
        plan_id, client_id = both_ids(params)
        return self._exchange.plans.find(account, SPOT, plan_id=plan_id, client_id=client_id)


def allowed_words(denied: Denied) -> str:
    """Return the venue's words for a denial."""
    return str(SPOT_REFUSALS[denied.reason].error(denied.detail))


def _ids(record: OrderRecord) -> Row:
    return {"orderId": record.order_id, "clientOid": record.ticket.client_id}


def _plan_ids(plan: PlanRecord) -> Row:
    return {"orderId": plan.plan_id, "clientOid": plan.ticket.client_id}


def _replaced(record: OrderRecord | None, words: str) -> dict[str, Any]:
    """Return the answer of cancel-replace: it is served even where it fails, and says so inside."""
    return {
        "orderId": None if record is None else record.order_id,
        "clientOid": None if record is None else record.ticket.client_id,
        "success": "failure" if record is None else "success",
        "msg": words or None,
    }


def _failed(row: Params, refused: VenueRefused) -> Row:
    return {
        "orderId": row.word("orderId"),
        "clientOid": row.word("clientOid"),
        "errorMsg": str(refused),
        "errorCode": refused.code,
    }
