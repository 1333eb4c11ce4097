"""What the spot and the futures desk of the embedded Bitget share: refusals, paging, reading of tickets."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

from omega_tui.domain.side import Side
from omega_tui.protocol.bitget import refusals
from omega_tui.protocol.bitget.refusals import Refusal
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.bitget_views import force_of
from omega_tui.sim.coin_market import MILLISECOND
from omega_tui.sim.coin_records import Denied, Force, Reason, TriggerPrice

T = TypeVar("T")

Handler = Callable[[Params], Any]
"""Serves a public request."""

AccountHandler = Callable[[str, Params], Any]
"""Serves a request of an account."""

Route = tuple[str, str]
"""Method and path."""

PAGE: Final = 100
"""Rows of a list where no `limit` is given, and the most there are."""

REFUSALS: Final = {
    Reason.UNKNOWN_SYMBOL: refusals.NOT_THERE,
    Reason.PARAMETER: refusals.PARAMETER_WRONG,
    Reason.PRICE_SCALE: refusals.PRICE_SCALE,
    Reason.SIZE_SCALE: refusals.SIZE_SCALE,
    Reason.MIN_SIZE: refusals.MIN_SIZE,
    Reason.MIN_VALUE: refusals.MIN_VALUE,
    Reason.PRICE_HIGH: refusals.PRICE_HIGH,
    Reason.PRICE_LOW: refusals.PRICE_LOW,
    Reason.NO_POSITION: refusals.NO_POSITION,
    Reason.POSITION_TOO_SMALL: refusals.POSITION_TOO_SMALL,
    Reason.HOLD_MODE_DIFFERS: refusals.HOLD_MODE,
    Reason.MARGIN_MODE_FIXED: refusals.MARGIN_MODE_FIXED,
    Reason.HOLD_MODE_FIXED: refusals.HOLD_MODE_FIXED,
    Reason.LEVERAGE: refusals.LEVERAGE,
    Reason.PLAN_NOT_FOUND: refusals.NO_PLAN,
    Reason.NOTHING_TO_CANCEL: refusals.NO_ORDER_TO_CANCEL,
    Reason.STOP_ABOVE_MARK: refusals.STOP_ABOVE_MARK,
    Reason.STOP_BELOW_MARK: refusals.STOP_BELOW_MARK,
}

SPOT_REFUSALS: Final[dict[Reason, Refusal]] = REFUSALS | {
    Reason.FUNDS: refusals.SPOT_FUNDS,
    Reason.DUPLICATE: refusals.SPOT_DUPLICATE,
    Reason.ORDER_NOT_FOUND: refusals.SPOT_NO_ORDER,
}
MIX_REFUSALS: Final[dict[Reason, Refusal]] = REFUSALS | {
    Reason.FUNDS: refusals.MIX_FUNDS,
    Reason.DUPLICATE: refusals.MIX_DUPLICATE,
    Reason.ORDER_NOT_FOUND: refusals.MIX_NO_ORDER,
}


def allowed(outcome: T | Denied, table: dict[Reason, Refusal]) -> T:
    """Return what was not denied.

    Raises:
        VenueRefused: It was, in the venue's words.
    """
    if isinstance(outcome, Denied):
        raise table[outcome.reason].error(outcome.detail)
    return outcome


def page(
    rows: Sequence[T],
    params: Params,
    *,
    id_of: Callable[[T], str],
    at_ns: Callable[[T], int],
    most: int = PAGE,
) -> list[T]:
    """Return one page of rows that come newest first.

    `idLessThan` goes on after an earlier page; `startTime` and `endTime` are inclusive milliseconds.
    """
    before = params.integer("idLessThan", 0)
    start, end = params.integer("startTime", 0), params.integer("endTime", 0)
    found = []
    for row in rows:
        at_ms = at_ns(row) // MILLISECOND
        if at_ms < start or (end and at_ms > end) or (before and int(id_of(row)) >= before):
            continue
        found.append(row)
    return found[: params.integer("limit", most, most=most) or most]


def end_id(rows: Sequence[T], id_of: Callable[[T], str]) -> str | None:
    """Return where the next page begins."""
    return id_of(rows[-1]) if rows else None


def read_side(params: Params) -> Side:
    """Return `side`.

    Raises:
        VenueRefused: It is missing or none.
    """
    word = params.text("side").lower()
    if word not in {"buy", "sell"}:
        raise refusals.PARAMETER_ERROR.error("side")
    return Side.BUY if word == "buy" else Side.SELL


def read_force(params: Params) -> Force:
    """Return `force`.

    Raises:
        VenueRefused: It is none.
    """
    force = force_of(params.word("force", "gtc"))
    if force is None:
        raise refusals.PARAMETER_ERROR.error("force")
    return force


def read_limit(params: Params, name: str = "price") -> Decimal | None:
    """Return the limit of an order, None where `orderType` is `market`.

    Raises:
        VenueRefused: The type is unknown, or a limit has no price.
    """
    kind = params.text("orderType").lower()
    if kind == "market":
        return None
    if kind != "limit":
        raise refusals.PARAMETER_ERROR.error("orderType")
    return params.number(name)


def read_trigger(params: Params) -> TriggerPrice:
    """Return `triggerType`; the last price where nothing is said.

    Raises:
        VenueRefused: It is none.
    """
    try:
        return TriggerPrice(params.word("triggerType", "fill_price"))
    except ValueError as error:
        raise refusals.PARAMETER_ERROR.error("triggerType") from error


def both_ids(params: Params) -> tuple[str, str]:
    """Return order id and the user's own id, of which one is needed.

    Raises:
        VenueRefused: Both are missing.
    """
    order_id, client_id = params.word("orderId"), params.word("clientOid")
    if not order_id and not client_id:
        raise refusals.PARAMETER_EMPTY.error("orderId or clientOid")
    return order_id, client_id
