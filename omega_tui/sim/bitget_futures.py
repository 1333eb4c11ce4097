"""Private REST of the embedded Bitget for USDT futures: plans, positions, account and its settings."""

from collections.abc import Callable
from decimal import Decimal

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.errors import VenueRefused
from omega_tui.protocol.bitget.refusals import NOT_THERE, PARAMETER_ERROR
from omega_tui.sim.bitget_accounts import COIN, AccountViews
from omega_tui.sim.bitget_common import (
    MIX_REFUSALS,
    AccountHandler,
    Route,
    allowed,
    both_ids,
    end_id,
    page,
    read_trigger,
)
from omega_tui.sim.bitget_mix import FUTURES, read_hold_side, read_margin_mode, read_ticket
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.bitget_public import has_futures
from omega_tui.sim.bitget_views import Row, mix_plan, ms
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_records import PlanKind, PlanRecord, Ticket
from omega_tui.sim.coins import MarketKey, plain
from omega_tui.sim.holding import HoldMode, HoldSide, Setting

MAX_CALLBACK = Decimal(10)
"""Per cent that a trailing plan may let the price come back."""


class FuturesDesk:
    """Answers the owners of futures accounts about everything but orders."""

    def __init__(self, exchange: CoinExchange) -> None:
        self._exchange = exchange
        self._venue = exchange.venue
        self._plans = exchange.plans
        self._views = AccountViews(exchange.venue)

    def routes(self) -> dict[Route, AccountHandler]:
        """Return every path with who serves it."""
        order, account, position = "/api/v2/mix/order", "/api/v2/mix/account", "/api/v2/mix/position"
        return {
            ("POST", f"{order}/place-plan-order"): self._place_plan,
            ("POST", f"{order}/place-tpsl-order"): self._place_exit,
            ("POST", f"{order}/modify-plan-order"): self._modify_plan,
            ("POST", f"{order}/modify-tpsl-order"): self._modify_exit,
            ("POST", f"{order}/cancel-plan-order"): self._cancel_plans,
            ("GET", f"{order}/orders-plan-pending"): lambda who, params: self._list(
                who, params, is_live=True
            ),
            ("GET", f"{order}/orders-plan-history"): lambda who, params: self._list(
                who, params, is_live=False
            ),
            ("GET", f"{account}/accounts"): self._accounts,
            ("GET", f"{account}/account"): self._account,
            ("GET", f"{account}/bill"): self._bills,
            ("POST", f"{account}/set-leverage"): self._set_leverage,
            ("POST", f"{account}/set-margin-mode"): self._set_margin_mode,
            ("POST", f"{account}/set-position-mode"): self._set_hold_mode,
            ("GET", f"{position}/all-position"): self._positions,
            ("GET", f"{position}/single-position"): self._positions,
            ("GET", f"{position}/history-position"): self._past_positions,
        }

    # --- plans

    def _place_plan(self, account: str, params: Params) -> Row:
        kind = _plan_kind(params.text("planType"), is_exit=False)
        ticket = read_ticket(params.merged({"price": params.word("executePrice")}), self._venue.ids.next)
        placed = self._plans.place(
            account,
            ticket,
            kind,
            params.number("triggerPrice"),
            read_trigger(params),
            callback=_callback(params) if kind is PlanKind.TRAILING else ZERO,
        )
        return _ids(allowed(placed, MIX_REFUSALS))

    def _place_exit(self, account: str, params: Params) -> Row:
        kind = _plan_kind(params.text("planType"), is_exit=True)
        side = read_hold_side(params)
        if side is None:
            raise PARAMETER_ERROR.error("holdSide")
        size = params.number_or_none("size")
        trader = self._venue.traders[account]
        leaving = trader.exit_ticket(
            params.text("symbol"), side, size or ONE, price=params.number_or_none("executePrice")
        )
        ticket = Ticket(
            key=leaving.key,
            side=leaving.side,
            price=leaving.price,
            size=None if kind.is_whole else size,
            client_id=params.word("clientOid") or self._venue.ids.next(),
            reduce_only=leaving.reduce_only,
            closes=leaving.closes,
            margin_mode=leaving.margin_mode,
        )
        placed = self._plans.place(
            account, ticket, kind, params.number("triggerPrice"), read_trigger(params), hold_side=side
        )
        return _ids(allowed(placed, MIX_REFUSALS))

    def _modify_plan(self, account: str, params: Params) -> Row:
        changed = self._plans.modify(
            self._found(account, params),
            trigger=params.number_or_none("newTriggerPrice"),
            price=params.number_or_none("newPrice"),
            size=params.number_or_none("newSize"),
        )
        return _ids(allowed(changed, MIX_REFUSALS))

    def _modify_exit(self, account: str, params: Params) -> Row:
        changed = self._plans.modify(
            self._found(account, params),
            trigger=params.number_or_none("triggerPrice"),
            price=params.number_or_none("executePrice"),
            size=params.number_or_none("size"),
        )
        return _ids(allowed(changed, MIX_REFUSALS))

    def _cancel_plans(self, account: str, params: Params) -> Row:
        """Cancel those named in `orderIdList`, or all of a symbol and kind."""
        rows = params.rows("orderIdList")
        done: list[Row] = []
        failed: list[Row] = []
        for row in rows:
            try:
                done.append(_ids(allowed(self._plans.cancel(self._found(account, row)), MIX_REFUSALS)))
            except VenueRefused as refused:
                ids = {"orderId": row.word("orderId"), "clientOid": row.word("clientOid")}
                failed.append(ids | {"errorMsg": str(refused), "errorCode": refused.code})
        if not rows:
            for plan in self._chosen(account, params, is_live=True):
                self._plans.cancel(plan)
                done.append(_ids(plan))
        return {"successList": done, "failureList": failed}

    def _list(self, account: str, params: Params, *, is_live: bool) -> Row:
        mode = self._venue.traders[account].perpetual.hold_mode
        chosen = self._chosen(account, params, is_live=is_live)
        rows = page(chosen, params, id_of=lambda plan: plan.plan_id, at_ns=lambda plan: plan.created_ns)
        return {
            "entrustedList": [mix_plan(plan, mode) for plan in rows] or None,
            "endId": end_id(rows, lambda plan: plan.plan_id),
        }

    def _chosen(self, account: str, params: Params, *, is_live: bool) -> list[PlanRecord]:
        word = params.word("planType")
        order_id, client_id = params.word("orderId"), params.word("clientOid")
        return [
            plan
            for plan in self._plans.of(account, FUTURES, params.word("symbol"), is_live=is_live)
            if (not word or word == plan.kind or (word == "profit_loss" and plan.kind.is_exit))
            and order_id in {"", plan.plan_id}
            and client_id in {"", plan.ticket.client_id}
        ]

    def _found(self, account: str, params: Params) -> PlanRecord | None:
        plan_id, client_id = both_ids(params)
        return self._plans.find(account, FUTURES, plan_id=plan_id, client_id=client_id)

    # --- account

    def _accounts(self, account: str, params: Params) -> list[Row]:
        return [self._views.account(self._venue.traders[account])] if has_futures(params) else []

    def _account(self, account: str, params: Params) -> Row:
        return self._views.account_of(self._venue.traders[account], self._symbol(params))

    def _bills(self, account: str, params: Params) -> Row:
        kind, symbol = params.word("businessType"), params.word("symbol")
        chosen = [
            bill
            for bill in reversed(self._venue.bills)
            if bill.account == account and kind in {"", bill.kind} and symbol in {"", bill.symbol}
        ]
        rows = page(chosen, params, id_of=lambda bill: bill.bill_id, at_ns=lambda bill: bill.at_ns)
        bills = [
            {
                "billId": bill.bill_id,
                "symbol": bill.symbol,
                "amount": plain(bill.amount),
                "fee": "0",
                "feeByCoupon": "",
                "businessType": bill.kind,
                "coin": bill.coin,
                "cTime": ms(bill.at_ns),
            }
            for bill in rows
        ]
        return {"bills": bills, "endId": end_id(rows, lambda bill: bill.bill_id)}

    def _set_leverage(self, account: str, params: Params) -> Row:
        symbol = self._symbol(params)
        side = read_hold_side(params)
        sides = tuple(HoldSide) if side is None else (side,)
        leverage = params.integer("leverage", 0)
        return self._setting(
            account, symbol, lambda: self._exchange.set_leverage(account, symbol, leverage, sides)
        )

    def _set_margin_mode(self, account: str, params: Params) -> Row:
        symbol, mode = self._symbol(params), read_margin_mode(params)
        if mode is None:
            raise PARAMETER_ERROR.error("marginMode")
        return self._setting(account, symbol, lambda: self._exchange.set_margin_mode(account, symbol, mode))

    def _setting(self, account: str, symbol: str, change: Callable[[], object]) -> Row:
        allowed(change(), MIX_REFUSALS)
        setting: Setting = self._venue.traders[account].perpetual.setting(symbol)
        return {
            "symbol": symbol,
            "marginCoin": COIN,
            "longLeverage": str(setting.leverage(HoldSide.LONG)),
            "shortLeverage": str(setting.leverage(HoldSide.SHORT)),
            "crossMarginLeverage": str(setting.cross_leverage),
            "marginMode": str(setting.margin_mode),
        }

    def _set_hold_mode(self, account: str, params: Params) -> Row:
        try:
            mode = HoldMode(params.text("posMode"))
        except ValueError as error:
            raise PARAMETER_ERROR.error("posMode") from error
        return {"posMode": str(allowed(self._exchange.set_hold_mode(account, mode), MIX_REFUSALS))}

    # --- positions

    def _positions(self, account: str, params: Params) -> list[Row]:
        if not has_futures(params):
            return []
        return self._views.positions(self._venue.traders[account], params.word("symbol"))

    def _past_positions(self, account: str, params: Params) -> Row:
        symbol = params.word("symbol")
        ended = [held for held in reversed(self._venue.traders[account].ended) if symbol in {"", held.symbol}]
        rows = page(ended, params, id_of=lambda held: str(held.opened_ns), at_ns=lambda held: held.updated_ns)
        return {
            "list": [self._views.ended(held) for held in rows],
            "endId": end_id(rows, lambda held: str(held.opened_ns)),
        }

    def _symbol(self, params: Params) -> str:
        symbol = params.text("symbol")
        if MarketKey(FUTURES, symbol) not in self._venue.markets:
            raise NOT_THERE.error(symbol)
        return symbol


def _plan_kind(word: str, *, is_exit: bool) -> PlanKind:
    try:
        kind = PlanKind(word)
    except ValueError as error:
        raise PARAMETER_ERROR.error("planType") from error
    if kind.is_exit != is_exit:
        raise PARAMETER_ERROR.error("planType")
    return kind


def _callback(params: Params) -> Decimal:
    per_cent = params.number("callbackRatio")
    if not ZERO < per_cent <= MAX_CALLBACK:
        raise PARAMETER_ERROR.error("callbackRatio")
    return per_cent / 100


def _ids(plan: PlanRecord) -> Row:
    return {"orderId": plan.plan_id, "clientOid": plan.ticket.client_id}
