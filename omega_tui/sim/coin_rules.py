"""What a coin exchange asks of an order before it takes it. Pure."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.sim.coin_market import CoinMarket
from omega_tui.sim.coin_records import Denied, OrderRecord, Reason, Ticket
from omega_tui.sim.coin_traders import Trader, needed_coins
from omega_tui.sim.coins import CoinKind, plain
from omega_tui.sim.holding import HoldMode, HoldSide, share_up

MAX_SIZE: Final = Decimal(10**9)
"""A larger size is a slip of the hand, and no book has it."""


def malformed(ticket: Ticket, market: CoinMarket) -> Denied | None:
    """Return which rule of the book a ticket breaks; None for none."""
    for check in (_price, _size, _value):
        denied = check(ticket, market)
        if denied is not None:
            return denied
    return None


def unfit(trader: Trader, ticket: Ticket, without: OrderRecord | None = None) -> Denied | None:
    """Return why a ticket does not fit the modes and positions of a trader; None when it does."""
    if not ticket.key.is_perpetual:
        return None
    checks: tuple[Callable[[Trader, Ticket, OrderRecord | None], Denied | None], ...] = (
        _hold_mode,
        _margin_mode,
        _closing,
    )
    for check in checks:
        denied = check(trader, ticket, without)
        if denied is not None:
            return denied
    return None


def unaffordable(
    trader: Trader,
    record: OrderRecord,
    market: CoinMarket,
    marks: Mapping[str, Decimal],
    without: OrderRecord | None = None,
) -> Denied | None:
    """Return a denial where coins or margin are missing; None when they are there."""
    if not record.key.is_perpetual:
        free = trader.wallet.available(record.frozen_coin)
        if without is not None and without.frozen_coin == record.frozen_coin:
            free += without.frozen
        return Denied(Reason.FUNDS) if _spot_cost(record, market) > free else None
    if record.ticket.only_closes:
        return None
    bound = trader.reserved(without=without)
    if record.ticket.price is None:
        needed = _market_margin(trader, record, market)
    else:
        needed = trader.reserved(extra=record, without=without) - bound
    return Denied(Reason.FUNDS) if needed > trader.perpetual.available(marks, bound) else None


def _spot_cost(record: OrderRecord, market: CoinMarket) -> Decimal:
    """Return what a spot order may cost: of a buy at the market by size, what is asked for that much now."""
    ticket, spec = record.ticket, market.spec
    if not ticket.is_bid or ticket.price is not None or ticket.budget is not None:
        return needed_coins(record)
    cost, lots = ZERO, spec.lots(record.size) or 0
    for ticks, there in market.engine.levels(is_bid=False):
        taken = min(lots, there)
        cost += spec.price(ticks) * spec.size(taken)
        lots -= taken
        if not lots:
            break
    return cost


def _market_margin(trader: Trader, record: OrderRecord, market: CoinMarket) -> Decimal:
    lots = market.spec.lots(record.size) or 0
    price = market.spec.price(market.reach(is_bid=record.ticket.is_bid, lots=lots))
    covered = trader.closable(record) if trader.perpetual.hold_mode is HoldMode.ONE_WAY else ZERO
    value = max(ZERO, record.size - covered) * price
    return share_up(value, record.leverage) + value * record.spec.taker_rate


def _price(ticket: Ticket, market: CoinMarket) -> Denied | None:
    if ticket.price is None:
        return None
    spec = market.spec
    ticks = spec.ticks(ticket.price) if ticket.price > 0 else None
    if ticks is None:
        return Denied(Reason.PRICE_SCALE, plain(spec.tick))
    last = spec.price(market.last)
    if ticket.is_bid and ticket.price > last * (ONE + spec.price_band):
        return Denied(Reason.PRICE_HIGH, plain((last * (ONE + spec.price_band)).quantize(spec.tick)))
    if not ticket.is_bid and ticket.price < last * (ONE - spec.price_band):
        return Denied(Reason.PRICE_LOW, plain((last * (ONE - spec.price_band)).quantize(spec.tick)))
    return None


def _size(ticket: Ticket, market: CoinMarket) -> Denied | None:
    spec = market.spec
    if ticket.size is None:
        is_budget = ticket.budget is not None and ticket.price is None and ticket.is_bid
        wrong = not is_budget or ticket.key.is_perpetual
        return Denied(Reason.PARAMETER, "size") if wrong else None
    if not ZERO < ticket.size <= MAX_SIZE:
        return Denied(Reason.MIN_SIZE, plain(spec.min_size))
    if spec.lots(ticket.size) is None:
        return Denied(Reason.SIZE_SCALE, f"{plain(ticket.size)} checkScale={spec.size_places}")
    return Denied(Reason.MIN_SIZE, plain(spec.min_size)) if ticket.size < spec.min_size else None


def _value(ticket: Ticket, market: CoinMarket) -> Denied | None:
    if ticket.only_closes:
        return None
    price = ticket.price or market.spec.price(market.last)
    value = ticket.budget if ticket.size is None else ticket.size * price
    if value is None or value < market.spec.min_value:
        return Denied(Reason.MIN_VALUE, plain(market.spec.min_value))
    return None


def _hold_mode(trader: Trader, ticket: Ticket, without: OrderRecord | None) -> Denied | None:
    del without
    is_hedge = trader.perpetual.hold_mode is HoldMode.HEDGE
    fits = (ticket.closes is not None) == is_hedge and not (is_hedge and ticket.reduce_only)
    return None if fits else Denied(Reason.HOLD_MODE_DIFFERS)


def _margin_mode(trader: Trader, ticket: Ticket, without: OrderRecord | None) -> Denied | None:
    symbol = ticket.key.symbol
    if ticket.margin_mode in {None, trader.perpetual.setting(symbol).margin_mode}:
        return None
    del without
    return Denied(Reason.MARGIN_MODE_FIXED) if is_engaged(trader, symbol) else None


def _closing(trader: Trader, ticket: Ticket, without: OrderRecord | None) -> Denied | None:
    if not ticket.only_closes:
        return None
    symbol = ticket.key.symbol
    held = trader.perpetual.size(symbol, HoldSide.SHORT if ticket.is_bid else HoldSide.LONG)
    if not held:
        return Denied(Reason.NO_POSITION)
    closing = sum(
        (order.remaining for order in trader.closers(symbol, is_bid=ticket.is_bid) if order is not without),
        ZERO,
    )
    free = held - closing
    too_much = free <= 0 or (bool(ticket.closes) and (ticket.size or ZERO) > free)
    return Denied(Reason.POSITION_TOO_SMALL) if too_much else None


def purchasable(trader: Trader, market: CoinMarket, budget: Decimal) -> int:
    """Return how many lots others offer for a budget, best price first."""
    spec, bought = market.spec, 0
    own: dict[Decimal | None, Decimal] = {}
    for order in trader.open_orders((CoinKind.SPOT,), spec.key.symbol):
        if not order.ticket.is_bid:
            own[order.ticket.price] = own.get(order.ticket.price, ZERO) + order.remaining
    for ticks, there in market.engine.levels(is_bid=False):
        price = spec.price(ticks)
        offered = there - (spec.lots(own.get(price, ZERO)) or 0)
        wanted = int(budget / (price * spec.lot))
        bought += min(offered, wanted)
        if wanted < offered:
            break
        budget -= price * spec.size(offered)
    return bought


def is_engaged(trader: Trader, symbol: str = "") -> bool:
    """Whether a trader has positions or open futures orders, of one symbol or of any."""
    has_orders = bool(trader.open_orders((CoinKind.PERPETUAL,), symbol))
    return has_orders or any(symbol in {"", held} for held, _ in trader.perpetual.holdings)
