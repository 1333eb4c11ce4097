"""Orders and fills of the coin exchange as Binance shows them, over REST and WebSocket.

A stop is an order like any other at Binance: it keeps its id and its owner's id when it fires. The coin
exchange has plans that send orders of their own; both are shown here as the one order that they are.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.protocol.binance.wire import NO_LIST, Row, number
from omega_tui.sim.coin_market import MILLISECOND
from omega_tui.sim.coin_records import (
    FillRecord,
    Force,
    OrderRecord,
    OrderState,
    PlanRecord,
    PlanState,
    Ticket,
)
from omega_tui.sim.coin_traders import Trader

ORDER_TYPES: Final = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)

STATES: Final = {
    OrderState.LIVE: "NEW",
    OrderState.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderState.FILLED: "FILLED",
}
PLAN_STATES: Final = {
    PlanState.LIVE: "NEW",
    PlanState.EXECUTED: "NEW",
    PlanState.FAILED: "EXPIRED",
    PlanState.CANCELED: "CANCELED",
}

EXPIRED_BY: Final = {
    "not_filled": "EXPIRED",
    "fok_not_filled": "EXPIRED",
    "ioc_not_filled": "EXPIRED",
    "self_trade": "EXPIRED_IN_MATCH",
}
"""Status of an order that the venue ended, by the reason."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One order as its owner sees it.

    Attributes:
        order_id: Given by the exchange.
        client_id: Given by the owner.
        account: Whose.
        ticket: What was asked for.
        kind: As `LIMIT` or `STOP_LOSS_LIMIT`.
        status: As `NEW` or `EXPIRED`.
        size: In base units.
        filled: Of it.
        value: For how much.
        trigger: Price that it waits for, or waited; zero for none.
        works: Whether it is or was in the book, rather than waiting for a price.
        created_ms: When.
        updated_ms: Time of the last change.
        record: Its order in the book; None while it waits for a price.
    """

    order_id: int
    client_id: str
    account: str
    ticket: Ticket
    kind: str
    status: str
    size: Decimal
    filled: Decimal
    value: Decimal
    trigger: Decimal
    works: bool
    created_ms: int
    updated_ms: int
    record: OrderRecord | None

    @property
    def symbol(self) -> str:
        """Where."""
        return self.ticket.key.symbol

    @property
    def is_open(self) -> bool:
        """Whether it may still be filled."""
        return self.status in {"NEW", "PARTIALLY_FILLED"}

    def fields(self) -> Row:
        """Return what every answer about an order has."""
        ticket = self.ticket
        row = {
            "symbol": self.symbol,
            "orderId": self.order_id,
            "orderListId": NO_LIST,
            "clientOrderId": self.client_id,
            "price": number(ticket.price or ZERO),
            "origQty": number(self.size),
            "executedQty": number(self.filled),
            "origQuoteOrderQty": number(ticket.budget or ZERO),
            "cummulativeQuoteQty": number(self.value),
            "status": self.status,
            "timeInForce": force_word(ticket),
            "type": self.kind,
            "side": str(ticket.side),
            "selfTradePreventionMode": "EXPIRE_MAKER",
        }
        if self.trigger:
            row["stopPrice"] = number(self.trigger)
        return row

    def placed(self) -> Row:
        """Return it as the answer to its placing, without its fills."""
        return self.fields() | {"transactTime": self.updated_ms, "workingTime": self._working_ms()}

    def queried(self) -> Row:
        """Return it as the answer to a question about it."""
        return (
            {"stopPrice": number(self.trigger), "icebergQty": number(ZERO)}
            | self.fields()
            | {
                "time": self.created_ms,
                "updateTime": self.updated_ms,
                "isWorking": self.works,
                "workingTime": self._working_ms(),
            }
        )

    def canceled(self, cancel_id: str) -> Row:
        """Return it as the answer to its cancel, which has an id of its own."""
        return self.fields() | {
            "origClientOrderId": self.client_id,
            "clientOrderId": cancel_id,
            "transactTime": self.updated_ms,
        }

    def _working_ms(self) -> int:
        return self.created_ms if self.record is None else self.record.created_ns // MILLISECOND


def shown(record: OrderRecord | None, plan: PlanRecord | None = None) -> Shown:
    """Return an order as its owner sees it: one in the book, one that waits for a price, or one that did."""
    if plan is None:
        assert record is not None, "an order is in the book or waits for a price"
        ticket = record.ticket
        return Shown(
            order_id=int(record.order_id),
            client_id=ticket.client_id,
            account=record.account,
            ticket=ticket,
            kind=_plain_type(ticket),
            status=_status(record),
            size=record.size,
            filled=record.filled,
            value=record.filled_value,
            trigger=ZERO,
            works=True,
            created_ms=record.created_ns // MILLISECOND,
            updated_ms=record.updated_ns // MILLISECOND,
            record=record,
        )
    return Shown(
        order_id=int(plan.plan_id),
        client_id=plan.ticket.client_id,
        account=plan.account,
        ticket=plan.ticket,
        kind=stop_type(plan.ticket, rises=plan.rises),
        status=PLAN_STATES[plan.state] if record is None else _status(record),
        size=plan.ticket.size or ZERO if record is None else record.size,
        filled=ZERO if record is None else record.filled,
        value=ZERO if record is None else record.filled_value,
        trigger=plan.trigger,
        works=record is not None,
        created_ms=plan.created_ns // MILLISECOND,
        updated_ms=(plan.updated_ns if record is None else record.updated_ns) // MILLISECOND,
        record=record,
    )


def force_word(ticket: Ticket) -> str:
    """Return `timeInForce`."""
    return "GTC" if ticket.force is Force.POST_ONLY else str(ticket.force).upper()


def stop_type(ticket: Ticket, *, rises: bool) -> str:
    """Return the type of an order that waits: one that follows the price limits a loss."""
    kind = "STOP_LOSS" if (ticket.side is Side.BUY) == rises else "TAKE_PROFIT"
    return kind if ticket.price is None else f"{kind}_LIMIT"


def fill_row(fill: FillRecord) -> Row:
    """Return a fill as the answer to a placing has it."""
    return {
        "price": number(fill.price),
        "qty": number(fill.size),
        "commission": number(fill.fee),
        "commissionAsset": fill.order.fee_coin,
        "tradeId": int(fill.trade_id),
    }


def my_trade(order_id: int, fill: FillRecord) -> Row:
    """Return a fill of the owner's list."""
    return fill_row(fill) | {
        "symbol": fill.order.key.symbol,
        "id": int(fill.trade_id),
        "orderId": order_id,
        "orderListId": NO_LIST,
        "quoteQty": number(fill.value),
        "time": fill.at_ns // MILLISECOND,
        "isBuyer": fill.order.ticket.side is Side.BUY,
        "isMaker": not fill.is_taker,
        "isBestMatch": True,
    }


def balances(trader: Trader) -> list[tuple[str, str, str]]:
    """Return coin, free and locked of a wallet."""
    wallet = trader.wallet
    return [(coin, number(wallet.available(coin)), number(wallet.held(coin))) for coin in wallet.coins()]


def report(  # noqa: PLR0913  (an event has these fields)
    order: Shown,
    *,
    execution: str,
    event_ms: int,
    number_of: int,
    cancel_id: str = "",
    fill: FillRecord | None = None,
) -> Row:
    """Return an `executionReport`.

    Args:
        order: As it was then.
        execution: What happened: `NEW`, `TRADE`, `CANCELED`, `EXPIRED`.
        event_ms: When it is told.
        number_of: Of the execution.
        cancel_id: The id of the cancel that ended it.
        fill: What filled it.
    """
    ticket = order.ticket
    row = {
        "e": "executionReport",
        "E": event_ms,
        "s": order.symbol,
        "c": cancel_id or order.client_id,
        "S": str(ticket.side),
        "o": order.kind,
        "f": force_word(ticket),
        "q": number(order.size),
        "p": number(ticket.price or ZERO),
        "P": number(order.trigger),
        "F": number(ZERO),
        "g": NO_LIST,
        "C": order.client_id if cancel_id else "",
        "x": execution,
        "X": order.status,
        "r": "NONE",
        "i": order.order_id,
        "l": number(ZERO),
        "z": number(order.filled),
        "L": number(ZERO),
        "n": "0",
        "N": None,
        "T": order.updated_ms,
        "t": -1,
        "I": number_of,
        "w": order.works and order.is_open and ticket.price is not None,
        "m": False,
        "M": False,
        "O": order.created_ms,
        "Z": number(order.value),
        "Y": number(ZERO),
        "Q": number(ticket.budget or ZERO),
        "V": "EXPIRE_MAKER",
    }
    if order.works:
        row["W"] = order.created_ms
    return row if fill is None else row | _filled(fill)


def _filled(fill: FillRecord) -> Row:
    return {
        "l": number(fill.size),
        "L": number(fill.price),
        "Y": number(fill.value),
        "n": number(fill.fee),
        "N": fill.order.fee_coin,
        "T": fill.at_ns // MILLISECOND,
        "t": int(fill.trade_id),
        "m": not fill.is_taker,
        "M": True,
    }


def _plain_type(ticket: Ticket) -> str:
    if ticket.price is None:
        return "MARKET"
    return "LIMIT_MAKER" if ticket.force is Force.POST_ONLY else "LIMIT"


def _status(record: OrderRecord) -> str:
    return STATES.get(record.state) or EXPIRED_BY.get(record.cancel_reason, "CANCELED")
