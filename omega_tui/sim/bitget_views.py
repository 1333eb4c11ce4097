"""Records of the coin exchange as REST answers of Bitget v2: every number a text, every time milliseconds."""

from decimal import Decimal
from typing import Any, Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.sim.bitget_keys import USER_ID
from omega_tui.sim.coin_market import MILLISECOND
from omega_tui.sim.coin_records import (
    FillRecord,
    Force,
    OrderRecord,
    OrderSource,
    OrderState,
    PlanRecord,
    PlanState,
)
from omega_tui.sim.coins import plain
from omega_tui.sim.holding import HoldMode, HoldSide

Row = dict[str, Any]

SPOT_STATES: Final = {
    OrderState.LIVE: "live",
    OrderState.PARTIALLY_FILLED: "partially_filled",
    OrderState.FILLED: "filled",
    OrderState.CANCELED: "cancelled",
}
MIX_STATES: Final = SPOT_STATES | {OrderState.CANCELED: "canceled"}
"""Futures spell it with one l."""

SPOT_PLAN_STATES: Final = {
    PlanState.LIVE: "live",
    PlanState.EXECUTED: "executed",
    PlanState.FAILED: "fail_execute",
    PlanState.CANCELED: "cancelled",
}


def ms(at_ns: int) -> str:
    """Return a time as the wire has it."""
    return str(at_ns // MILLISECOND)


def side_word(side: Side) -> str:
    """Return `buy` or `sell`."""
    return side.lower()


def order_type(price: Decimal | None) -> str:
    """Return `limit`, or `market` where there is no price."""
    return "market" if price is None else "limit"


def asked_size(record: OrderRecord) -> str:
    """Return the size of an order: of a buy at the market on spot, the money to be spent."""
    budget = record.ticket.budget
    return plain(record.size if budget is None else budget)


def trade_side(record: OrderRecord) -> str:
    """Return what a futures order is for, as `open`, `close` or `buy_single`."""
    ticket = record.ticket
    burst = record.source is OrderSource.LIQUIDATION
    if record.hold_mode is HoldMode.ONE_WAY:
        word = f"{side_word(ticket.side)}_single"
        return f"burst_{word}" if burst else word
    if burst:
        return f"burst_close_{position_side(record)}"
    return "close" if ticket.closes else "open"


def position_side(record: OrderRecord) -> str:
    """Return the position that a futures order is for: `long`, `short`, or `net` in one-way mode."""
    side = record.ticket.hold_side
    return "net" if side is None else str(side)


# --- spot


def spot_order(record: OrderRecord, *, is_open: bool = False) -> Row:
    """Return an order of `orderInfo` or the history; among unfilled ones the prices have other names."""
    ticket = record.ticket
    price = plain(ticket.price or ZERO)
    average = plain(record.average.quantize(record.spec.tick / 100))
    row = {
        "userId": USER_ID,
        "symbol": record.key.symbol,
        "orderId": record.order_id,
        "clientOid": ticket.client_id,
        "size": asked_size(record),
        "orderType": order_type(ticket.price),
        "side": side_word(ticket.side),
        "status": SPOT_STATES[record.state],
        "force": str(ticket.force),
        "baseVolume": plain(record.filled),
        "quoteVolume": plain(record.filled_value),
        "enterPointSource": "API",
        "orderSource": "normal" if record.source is OrderSource.NORMAL else "plan",
        "triggerPrice": None,
        "tpslType": "normal",
        "cTime": ms(record.created_ns),
        "uTime": ms(record.updated_ns),
    }
    if is_open:
        return row | {"priceAvg": price, "basePrice": average}
    return row | {
        "price": price,
        "priceAvg": average,
        "feeDetail": _fee_text(record),
        "quoteCoin": record.spec.quote,
        "baseCoin": record.spec.base,
        "cancelReason": record.cancel_reason,
    }


def _fee_text(record: OrderRecord) -> str:
    """Return the fee of a spot order: JSON inside of JSON, empty before the first fill."""
    if not record.filled:
        return ""
    fee, coin = plain(-record.fee), record.fee_coin
    new = f'{{"c":0,"d":0,"deduction":false,"r":{fee},"t":{fee},"totalDeductionFee":0}}'
    by_coin = f'{{"deduction":false,"feeCoinCode":"{coin}","totalDeductionFee":0,"totalFee":{fee}}}'
    return f'{{"newFees":{new},"{coin}":{by_coin}}}'


def spot_fill(fill: FillRecord) -> Row:
    """Return a fill of a spot order."""
    order = fill.order
    return {
        "userId": USER_ID,
        "symbol": order.key.symbol,
        "orderId": order.order_id,
        "tradeId": fill.trade_id,
        "orderType": order_type(order.ticket.price),
        "side": side_word(order.ticket.side),
        "priceAvg": plain(fill.price),
        "size": plain(fill.size),
        "amount": plain(fill.value),
        "feeDetail": fee_detail(fill),
        "tradeScope": scope(fill),
        "cTime": ms(fill.at_ns),
        "uTime": ms(fill.at_ns),
    }


def fee_detail(fill: FillRecord) -> Row:
    """Return the fee of one fill; paid is negative."""
    return {
        "deduction": "no",
        "feeCoin": fill.order.fee_coin,
        "totalDeductionFee": "0",
        "totalFee": plain(-fill.fee),
    }


def scope(fill: FillRecord) -> str:
    """Return `taker` or `maker`."""
    return "taker" if fill.is_taker else "maker"


def spot_plan(plan: PlanRecord) -> Row:
    """Return a plan of a spot order."""
    ticket = plan.ticket
    return {
        "orderId": plan.plan_id,
        "clientOid": ticket.client_id,
        "symbol": plan.key.symbol,
        "size": plain(ticket.size or ticket.budget or ZERO),
        "planType": "total" if ticket.budget is not None else "amount",
        "executePrice": "" if ticket.price is None else plain(ticket.price),
        "triggerPrice": plain(plan.trigger),
        "status": SPOT_PLAN_STATES[plan.state],
        "orderType": order_type(ticket.price),
        "side": side_word(ticket.side),
        "triggerType": str(plan.trigger_price),
        "enterPointSource": "API",
        "executeOrderId": plan.order_id,
        "cTime": ms(plan.created_ns),
        "uTime": ms(plan.updated_ns),
    }


# --- futures


def mix_order(record: OrderRecord, *, state_name: str = "status") -> Row:
    """Return a futures order; its state is called `state` where it is asked for alone."""
    ticket = record.ticket
    return {
        "symbol": record.key.symbol,
        "size": plain(record.size),
        "orderId": record.order_id,
        "clientOid": ticket.client_id,
        "baseVolume": plain(record.filled),
        "fee": plain(-record.fee),
        "price": "" if ticket.price is None else plain(ticket.price),
        "priceAvg": plain(record.average.quantize(record.spec.tick / 100)) if record.filled else "",
        state_name: MIX_STATES[record.state],
        "side": side_word(ticket.side),
        "force": str(ticket.force),
        "totalProfits": plain(record.profit),
        "posSide": position_side(record),
        "marginCoin": record.spec.quote,
        "quoteVolume": plain(record.filled_value),
        "leverage": str(record.leverage),
        "marginMode": str(record.margin_mode),
        "enterPointSource": "SYS" if record.source is OrderSource.LIQUIDATION else "API",
        "tradeSide": trade_side(record),
        "posMode": str(record.hold_mode),
        "orderType": order_type(ticket.price),
        "orderSource": {
            OrderSource.NORMAL: "normal",
            OrderSource.PLAN: "plan_market",
            OrderSource.LIQUIDATION: "liquidation",
        }[record.source],
        "presetStopSurplusPrice": "" if ticket.take_profit is None else plain(ticket.take_profit),
        "presetStopLossPrice": "" if ticket.stop_loss is None else plain(ticket.stop_loss),
        "reduceOnly": "YES" if ticket.only_closes else "NO",
        "cancelReason": record.cancel_reason,
        "cTime": ms(record.created_ns),
        "uTime": ms(record.updated_ns),
    }


def mix_fill(fill: FillRecord) -> Row:
    """Return a fill of a futures order."""
    order = fill.order
    return {
        "tradeId": fill.trade_id,
        "symbol": order.key.symbol,
        "orderId": order.order_id,
        "price": plain(fill.price),
        "baseVolume": plain(fill.size),
        "feeDetail": [fee_detail(fill)],
        "side": side_word(order.ticket.side),
        "quoteVolume": plain(fill.value),
        "profit": plain(fill.profit),
        "enterPointSource": "SYS" if order.source is OrderSource.LIQUIDATION else "API",
        "tradeSide": trade_side(order),
        "posMode": str(order.hold_mode),
        "tradeScope": scope(fill),
        "cTime": ms(fill.at_ns),
    }


def mix_plan(plan: PlanRecord, hold_mode: HoldMode) -> Row:
    """Return a futures plan."""
    ticket = plan.ticket
    side = ticket.hold_side if plan.hold_side is None else plan.hold_side
    is_exit = plan.kind.is_exit
    return {
        "planType": str(plan.kind),
        "symbol": plan.key.symbol,
        "size": "" if ticket.size is None else plain(ticket.size),
        "orderId": plan.plan_id,
        "clientOid": ticket.client_id,
        "planStatus": "executed" if plan.state is PlanState.EXECUTED else str(plan.state),
        "price": "" if ticket.price is None else plain(ticket.price),
        "executePrice": "" if ticket.price is None else plain(ticket.price),
        "feeDetail": None,
        "baseVolume": "0",
        "callbackRatio": plain(plan.callback * 100) if plan.callback else "",
        "triggerPrice": plain(plan.trigger),
        "triggerType": str(plan.trigger_price),
        "side": side_word(ticket.side),
        "posSide": str(side) if side is not None and hold_mode.is_hedge else "net",
        "marginCoin": "USDT",
        "marginMode": str(ticket.margin_mode or "crossed"),
        "enterPointSource": "API",
        "tradeSide": _plan_trade_side(plan, hold_mode),
        "posMode": str(hold_mode),
        "orderType": order_type(ticket.price),
        "executeOrderId": plan.order_id,
        "stopSurplusTriggerPrice": plain(plan.trigger) if is_exit and not plan.kind.is_stop else "",
        "stopSurplusExecutePrice": "",
        "stopSurplusTriggerType": str(plan.trigger_price),
        "stopLossTriggerPrice": plain(plan.trigger) if is_exit and plan.kind.is_stop else "",
        "stopLossExecutePrice": "",
        "stopLossTriggerType": str(plan.trigger_price),
        "cTime": ms(plan.created_ns),
        "uTime": ms(plan.updated_ns),
    }


def _plan_trade_side(plan: PlanRecord, hold_mode: HoldMode) -> str:
    if not hold_mode.is_hedge:
        return f"{side_word(plan.ticket.side)}_single"
    return "close" if plan.kind.is_exit or plan.ticket.closes else "open"


def hold_side_of(word: str) -> HoldSide | None:
    """Return the position that `holdSide` names: `long` and `short`, or `buy` and `sell` in one-way mode."""
    return {
        "long": HoldSide.LONG,
        "buy": HoldSide.LONG,
        "short": HoldSide.SHORT,
        "sell": HoldSide.SHORT,
    }.get(word.lower())


def force_of(word: str) -> Force | None:
    """Return how long an order lives, None for a word that is none."""
    try:
        return Force(word.lower() or "gtc")
    except ValueError:
        return None
