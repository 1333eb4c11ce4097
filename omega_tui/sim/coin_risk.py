"""Marks, funding and liquidation of the perpetuals of a coin exchange. Pure.

The mark is the index plus a slow average of how far the book is from it: trading through a thin book moves
the last price, not the mark. Positions are taken over at the mark by the venue's insurance fund, not sold in
the book. Funding follows the usual formula: average premium, drawn to the interest, clamped.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from math import exp
from random import Random
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.sim.coin_market import MILLISECOND
from omega_tui.sim.coin_records import (
    Bill,
    FillRecord,
    OrderRecord,
    OrderSource,
    OrderState,
    Ticket,
)
from omega_tui.sim.coin_traders import Trader
from omega_tui.sim.coin_venue import SECOND, CoinVenue
from omega_tui.sim.coins import CoinKind, MarketKey
from omega_tui.sim.holding import Holding, HoldSide, MarginMode

FUNDING_HOURS: Final = 8

FUNDING_NS: Final = FUNDING_HOURS * 3_600 * SECOND
"""Funding is exchanged at whole multiples of this since the epoch: 00, 08 and 16 h UTC."""

PREMIUM_S: Final = 30.0
"""Time constant of the average in the mark."""

INTEREST: Final = Decimal("0.0001")
INTEREST_CLAMP: Final = Decimal("0.0005")
RATE_CLAMP: Final = Decimal("0.003")
"""Largest funding rate, as the venue states it for these symbols."""

RATE: Final = Decimal("0.000001")

FUNDING_BILL: Final = "contract_settle_fee"
LIQUIDATION_BILLS: Final = {
    HoldSide.LONG: "burst_long_loss_query",
    HoldSide.SHORT: "burst_short_loss_query",
}

KEPT_RATES: Final = 400


class PerpetualDesk:
    """Looks after the positions of everybody.

    Attributes:
        rates: (milliseconds, rate) of past fundings by symbol, oldest first; those before the beginning are
            made up.
    """

    def __init__(self, venue: CoinVenue, *, seed: int) -> None:
        self._venue = venue
        self._premiums: dict[str, float] = {}
        self._looked_ns = venue.now_ns
        self.next_funding_ns = (venue.now_ns // FUNDING_NS + 1) * FUNDING_NS
        self.rates: dict[str, deque[tuple[int, Decimal]]] = {}
        for symbol in venue.marks:
            self._premiums[symbol] = 0.0
            self.rates[symbol] = deque(_past_rates(f"{seed}:{symbol}", self.next_funding_ns), KEPT_RATES)
            self._mark(symbol)

    def index(self, symbol: str) -> Decimal:
        """Return the index price of a perpetual."""
        spec = self._venue.markets[MarketKey(CoinKind.PERPETUAL, symbol)].spec
        price = Decimal(repr(self._venue.indexes[spec.base].price))
        return price.quantize(spec.tick / 100)

    def rate(self, symbol: str) -> Decimal:
        """Return the rate at which funding would be exchanged now; positive means that longs pay."""
        premium = Decimal(repr(self._premiums[symbol]))
        drawn = min(max(INTEREST - premium, -INTEREST_CLAMP), INTEREST_CLAMP)
        return min(max(premium + drawn, -RATE_CLAMP), RATE_CLAMP).quantize(RATE)

    def look(self, now_ns: int) -> None:
        """Bring the marks to the present and exchange funding when it is due."""
        elapsed = (now_ns - self._looked_ns) / SECOND
        self._looked_ns = now_ns
        weight = 1 - exp(-elapsed / PREMIUM_S)
        for symbol in self._venue.marks:
            market = self._venue.markets[MarketKey(CoinKind.PERPETUAL, symbol)]
            index = self._venue.indexes[market.spec.base].price
            self._premiums[symbol] += (market.mid / index - 1 - self._premiums[symbol]) * weight
            self._mark(symbol)
        while self.next_funding_ns <= now_ns:
            self._settle_funding(self.next_funding_ns)
            self.next_funding_ns += FUNDING_NS

    def liquidate(self, _now_ns: int) -> None:
        """Take over every position whose margin is used up."""
        for trader in self._venue.traders.values():
            doomed = trader.perpetual.endangered(self._venue.marks)
            if doomed:
                self._cancel_orders(trader, doomed)
            # Canceling never changes a position, so those found are still there.
            for holding in doomed:
                self._take_over(trader, holding)

    # --- inside

    def _mark(self, symbol: str) -> None:
        spec = self._venue.markets[MarketKey(CoinKind.PERPETUAL, symbol)].spec
        price = self._venue.indexes[spec.base].price * (1 + self._premiums[symbol])
        self._venue.marks[symbol] = Decimal(repr(price)).quantize(spec.tick)

    def _settle_funding(self, at_ns: int) -> None:
        venue = self._venue
        for symbol, mark in venue.marks.items():
            rate = self.rate(symbol)
            self.rates[symbol].append((at_ns // MILLISECOND, rate))
            coin = venue.markets[MarketKey(CoinKind.PERPETUAL, symbol)].spec.quote
            for trader in venue.traders.values():
                for _, amount in trader.perpetual.settle_funding(symbol, rate, mark, at_ns):
                    venue.bills.append(
                        Bill(venue.ids.next(), trader.name, symbol, FUNDING_BILL, coin, amount, at_ns)
                    )
                    venue.touch(trader.name, CoinKind.PERPETUAL)

    def _cancel_orders(self, trader: Trader, doomed: Iterable[Holding]) -> None:
        """Cancel what could use the margin of doomed positions: of crossed ones, that is everything."""
        symbols = {held.symbol for held in doomed}
        is_crossed = any(held.margin_mode is MarginMode.CROSSED for held in doomed)
        for order in trader.open_orders((CoinKind.PERPETUAL,)):
            if is_crossed or order.key.symbol in symbols:
                self._venue.end(order, "liquidation")

    def _take_over(self, trader: Trader, holding: Holding) -> None:
        venue, now_ns = self._venue, self._venue.now_ns
        mark, size = venue.marks[holding.symbol], holding.size
        direction = Side.BUY if holding.side is HoldSide.LONG else Side.SELL
        is_hedge = trader.perpetual.hold_mode.is_hedge
        leverage = trader.perpetual.leverage(holding)
        before = trader.perpetual.insurance
        effect = trader.perpetual.liquidate(holding, mark, now_ns)
        trader.ended.append(holding)
        market = venue.markets[MarketKey(CoinKind.PERPETUAL, holding.symbol)]
        fee = size * mark * market.spec.taker_rate
        record = OrderRecord(
            order_id=venue.ids.next(),
            account=trader.name,
            ticket=Ticket(
                key=market.spec.key,
                side=direction if is_hedge else direction.opposite,
                size=size,
                closes=True if is_hedge else None,
                reduce_only=not is_hedge,
                client_id=venue.ids.next(),
                margin_mode=holding.margin_mode,
            ),
            spec=market.spec,
            size=size,
            created_ns=now_ns,
            updated_ns=now_ns,
            hold_mode=trader.perpetual.hold_mode,
            margin_mode=holding.margin_mode,
            leverage=leverage,
            source=OrderSource.LIQUIDATION,
            state=OrderState.FILLED,
            filled=size,
            filled_value=size * mark,
            fee=fee,
            profit=effect.realized,
        )
        venue.orders[record.order_id] = record
        fill = FillRecord(
            venue.ids.next(),
            record,
            mark,
            size,
            fee,
            is_taker=True,
            profit=effect.realized,
            closes=True,
            at_ns=now_ns,
        )
        venue.record_fill(record, fill)
        for hear in venue.after_end:
            hear(trader, record)
        insured = trader.perpetual.insurance - before
        if insured:
            kind = LIQUIDATION_BILLS[holding.side]
            coin = market.spec.quote
            venue.bills.append(
                Bill(venue.ids.next(), trader.name, holding.symbol, kind, coin, insured, now_ns)
            )


def _past_rates(seed: str, next_ns: int) -> Iterable[tuple[int, Decimal]]:
    """Return invented rates of the last hundred fundings."""
    rng = Random(seed)  # noqa: S311  (a tape, not a secret)
    for number in range(100, 0, -1):
        rate = Decimal(str(round(rng.gauss(0.00009, 0.00006), 6)))
        yield (next_ns - number * FUNDING_NS) // MILLISECOND, rate + ZERO
