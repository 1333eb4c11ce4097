"""What a request of the embedded Binance asks to be placed, read and checked."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.protocol.binance import refusals
from omega_tui.protocol.binance.refusals import Refusal
from omega_tui.sim.binance_coins import SPOT
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_views import ORDER_TYPES
from omega_tui.sim.coin_market import CoinMarket, Ids
from omega_tui.sim.coin_records import Denied, Force, Reason, Ticket
from omega_tui.sim.coins import MarketKey

T = TypeVar("T")

FILTERS: Final = {
    Reason.PRICE_SCALE: "PRICE_FILTER",
    Reason.SIZE_SCALE: "LOT_SIZE",
    Reason.MIN_SIZE: "LOT_SIZE",
    Reason.MIN_VALUE: "NOTIONAL",
    Reason.PRICE_HIGH: "PERCENT_PRICE_BY_SIDE",
    Reason.PRICE_LOW: "PERCENT_PRICE_BY_SIDE",
}
"""The filter that an order failed."""

REFUSALS: Final[dict[Reason, Refusal]] = {
    Reason.UNKNOWN_SYMBOL: refusals.SYMBOL_INVALID,
    Reason.PARAMETER: refusals.MISSING,
    Reason.DUPLICATE: refusals.DUPLICATE,
    Reason.FUNDS: refusals.NO_FUNDS,
    Reason.ORDER_NOT_FOUND: refusals.UNKNOWN_ORDER,
    Reason.PLAN_NOT_FOUND: refusals.UNKNOWN_ORDER,
}

NEEDED: Final = {
    "LIMIT": ("timeInForce", "quantity", "price"),
    "LIMIT_MAKER": ("quantity", "price"),
    "MARKET": (),
    "STOP_LOSS": ("quantity", "stopPrice"),
    "STOP_LOSS_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
    "TAKE_PROFIT": ("quantity", "stopPrice"),
    "TAKE_PROFIT_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
}
"""What an order of each type must say (Binance docs, "New order")."""

OPTIONAL: Final = {"MARKET": ("quantity", "quoteOrderQty")}
"""What it may say besides."""

JUDGED: Final = ("timeInForce", "quantity", "price", "stopPrice", "quoteOrderQty")


def refusal_of(denied: Denied) -> Refusal:
    """Return the venue's words for a denial; those of a filter are complete."""
    named = FILTERS.get(denied.reason)
    if named is None:
        return REFUSALS[denied.reason]
    return Refusal(refusals.FILTER.code, refusals.FILTER.words.replace("{0}", named))


def allowed(outcome: T | Denied) -> T:
    """Return what was not denied.

    Raises:
        VenueRefused: It was, in the venue's words.
    """
    if isinstance(outcome, Denied):
        raise refusal_of(outcome).error(outcome.detail)
    return outcome


@dataclass(frozen=True, slots=True)
class Wanted:
    """One order that is asked for.

    Attributes:
        ticket: What it says.
        kind: Its type.
        trigger: Price that it waits for; None for one that does not wait.
        answer: How much of it is told: `ACK`, `RESULT`, `FULL`.
    """

    ticket: Ticket
    kind: str
    trigger: Decimal | None
    answer: str

    @property
    def rises(self) -> bool:
        """Whether it waits for the price to come up to the trigger."""
        return (self.ticket.side is Side.BUY) == self.kind.startswith("STOP_LOSS")


def read_wanted(params: Params, market: CoinMarket, ids: Ids) -> Wanted:
    """Return what is asked for.

    Raises:
        VenueRefused: A parameter is missing, wrong, or has nothing to do there.
    """
    side_word, kind = params.text("side"), params.text("type")
    if side_word not in {"BUY", "SELL"}:
        raise refusals.SIDE_INVALID.error()
    if kind not in ORDER_TYPES:
        raise refusals.TYPE_INVALID.error()
    for name in NEEDED[kind]:
        if name not in params:
            raise refusals.MISSING.error(name)
    allowed = (*NEEDED[kind], *OPTIONAL.get(kind, ()))
    for name in JUDGED:
        if name in params and name not in allowed:
            raise refusals.NOT_REQUIRED.error(name)
    side = Side(side_word)
    size, budget = params.number_or_none("quantity"), params.number_or_none("quoteOrderQty")
    if (size is None) == (budget is None):
        raise (refusals.EITHER_MISSING.error("quantity") if size is None else refusals.COMBINATION.error())
    if budget is not None and side is Side.SELL:
        size, budget = _sold_for(market, budget), None
    ticket = Ticket(
        key=MarketKey(SPOT, market.spec.key.symbol),
        side=side,
        price=params.number_or_none("price"),
        size=size,
        budget=budget,
        force=_force(params, kind),
        client_id=params.client_id("newClientOrderId", client_id_of(ids)),
    )
    answer = params.word("newOrderRespType", "FULL" if kind in {"MARKET", "LIMIT"} else "ACK")
    return Wanted(ticket, kind, params.number_or_none("stopPrice"), answer)


def client_id_of(ids: Ids) -> str:
    """Return an id as the venue gives it to an order whose owner named none."""
    return f"web_{ids.next()}"


def _force(params: Params, kind: str) -> Force:
    if kind == "LIMIT_MAKER":
        return Force.POST_ONLY
    word = params.word("timeInForce", "GTC")
    if word not in {"GTC", "IOC", "FOK"}:
        raise refusals.FORCE_INVALID.error()
    return Force(word.lower())


def _sold_for(market: CoinMarket, budget: Decimal) -> Decimal:
    """Return the size for which a seller at the market gets an amount of money, in whole lots."""
    spec, lots = market.spec, 0
    for ticks, there in market.engine.levels(is_bid=True):
        price = spec.price(ticks)
        taken = min(there, int(budget / (price * spec.lot)))
        lots += taken
        budget -= price * spec.size(taken)
        if taken < there or budget <= ZERO:
            break
    return spec.size(lots)
