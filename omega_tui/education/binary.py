"""Prediction-market maths: a share costs its price and pays one or nothing.

Prices and probabilities are `Decimal` between 0 and 1. A fee is data of the market, never a constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from math import log
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO

DAYS_PER_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What taking costs: size x rate x (p (1 - p))^exponent + size x flat, rounded up to whole `step`s.

    Attributes:
        rate: Kalshi's articles of 2025 say 0.07 for takers; Polymarket says it per market.
        exponent: Of p (1 - p); 1 at both, and 0 for a fee that is a share of the count alone.
        flat: Per share, whatever the price.
        step: Smallest unit of the fee, as 0.01; zero where it is not rounded.
    """

    rate: Decimal = ZERO
    exponent: int = 1
    flat: Decimal = ZERO
    step: Decimal = ZERO

    def __post_init__(self) -> None:
        if min(self.rate, self.flat, self.step) < 0 or self.exponent < 0:
            raise ValueError("a fee has no part below zero")

    def per_share(self, price: Decimal) -> Decimal:
        """Return the fee of one share at `price`, not rounded."""
        _price(price)
        return self.rate * (price * (ONE - price)) ** self.exponent + self.flat

    def total(self, price: Decimal, size: Decimal) -> Decimal:
        """Return the fee of a whole fill, rounded up."""
        fee = self.per_share(price) * size
        return fee if not self.step else (fee / self.step).to_integral_value(ROUND_CEILING) * self.step


NO_FEE: Final = FeeRule()


class Verdict(StrEnum):
    """What the arithmetic says of your own probability; it says nothing of whether you are right."""

    YES_HAS_EDGE = "YES_HAS_EDGE"
    NO_HAS_EDGE = "NO_HAS_EDGE"
    NO_EDGE = "NO_EDGE"


@dataclass(frozen=True, slots=True)
class Edge:
    """Both sides of a market beside your own probability.

    Attributes:
        yes: Expected gain of a YES share bought at the ask, fee paid: p - ask - fee.
        no: Expected gain of a NO share bought at 1 - bid, fee paid: bid - fee - p.
        verdict: Which of them is above zero.
        kelly_yes: Share of the money that grows it fastest in YES; zero without an edge.
        kelly_no: The same in NO.
    """

    yes: Decimal
    no: Decimal
    verdict: Verdict
    kelly_yes: Decimal
    kelly_no: Decimal


def edge(probability: Decimal, *, bid: Decimal, ask: Decimal, fee: FeeRule = NO_FEE) -> Edge:
    """Return what both sides are worth to somebody who gives YES the `probability`.

    Raises:
        ValueError: A number is not between 0 and 1, or the bid is above the ask.
    """
    _price(probability)
    if bid > ask:
        raise ValueError(f"a bid of {bid} above an ask of {ask}")
    yes = probability - ask - fee.per_share(ask)
    no = bid - fee.per_share(bid) - probability
    verdict = Verdict.YES_HAS_EDGE if yes > 0 else Verdict.NO_HAS_EDGE if no > 0 else Verdict.NO_EDGE
    return Edge(
        yes=yes,
        no=no,
        verdict=verdict,
        kelly_yes=kelly_yes(probability, ask, fee),
        kelly_no=kelly_no(probability, bid, fee),
    )


def expected_value(probability: Decimal, price: Decimal, fee: FeeRule = NO_FEE) -> Decimal:
    """Return what a YES share bought at `price` gains on average: p - c - fee."""
    _price(probability)
    return probability - price - fee.per_share(price)


def max_loss_bought(price: Decimal, size: Decimal, fee: FeeRule = NO_FEE) -> Decimal:
    """Return what is lost if a bought outcome pays nothing."""
    return price * size + fee.total(price, size)


def max_loss_sold(bid: Decimal, size: Decimal, fee: FeeRule = NO_FEE) -> Decimal:
    """Return what is lost if a sold outcome pays: it is the other one, bought at 1 - bid."""
    return (ONE - bid) * size + fee.total(bid, size)


def kelly_yes(probability: Decimal, ask: Decimal, fee: FeeRule = NO_FEE) -> Decimal:
    """Return (p - c') / (1 - c') with c' = ask + fee; zero where that is below zero."""
    _price(probability)
    cost = ask + fee.per_share(ask)
    return max(ZERO, (probability - cost) / (ONE - cost)) if cost < ONE else ZERO


def kelly_no(probability: Decimal, bid: Decimal, fee: FeeRule = NO_FEE) -> Decimal:
    """Return (b' - p) / b' with b' = bid - fee; zero where that is below zero."""
    _price(probability)
    value = bid - fee.per_share(bid)
    return max(ZERO, (value - probability) / value) if value > 0 else ZERO


@dataclass(frozen=True, slots=True)
class Parity:
    """Both outcomes of one market against the one unit that they pay together.

    Attributes:
        buy_both: What YES and NO cost at the asks, fees included.
        sell_both: What they bring at the bids, fees taken off.
        buy_gap: 1 - buy_both: above zero if the pair is cheaper than what it pays, before delay and minimum
            sizes.
        sell_gap: sell_both - 1: above zero if a pair brings more than splitting one unit costs.
    """

    buy_both: Decimal
    sell_both: Decimal
    buy_gap: Decimal
    sell_gap: Decimal


def parity(
    *, bid_yes: Decimal, ask_yes: Decimal, bid_no: Decimal, ask_no: Decimal, fee: FeeRule = NO_FEE
) -> Parity:
    """Return how far the two books of a market are from adding up to one.

    On one book with two views it cannot show a gap: selling YES at x is buying NO at 1 - x.
    """
    buy = ask_yes + ask_no + fee.per_share(ask_yes) + fee.per_share(ask_no)
    sell = bid_yes + bid_no - fee.per_share(bid_yes) - fee.per_share(bid_no)
    return Parity(buy, sell, ONE - buy, sell - ONE)


def mirror(price: Decimal) -> Decimal:
    """Return the price of the other outcome: buying YES at x is selling NO at 1 - x."""
    _price(price)
    return ONE - price


def exclusive_gaps(bids: Sequence[Decimal], asks: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Return (1 - sum of asks, sum of bids - 1) of outcomes of which exactly one pays, before fees.

    The first is above zero where one share of each is cheaper than the one that pays; the second where
    selling one of each brings more.

    Raises:
        ValueError: There are no outcomes, or not a bid and an ask for each.
    """
    if not bids or len(bids) != len(asks):
        raise ValueError("every outcome needs a bid and an ask")
    return ONE - sum(asks, ZERO), sum(bids, ZERO) - ONE


def annual_yield(price: Decimal, days: Decimal) -> Decimal:
    """Return (1 / c)^(365 / d) - 1: what a share that does pay earns a year; 0.95 for 180 days is 11 %.

    Raises:
        ValueError: The price is not above 0, or no time is left.
    """
    _price(price)
    if price <= 0 or days <= 0:
        raise ValueError("a yield needs a price above 0 and days that are left")
    return (ONE / price) ** (DAYS_PER_YEAR / days) - ONE


def brier(probability: Decimal, *, happened: bool) -> Decimal:
    """Return the squared error of a forecast: 0 is perfect, 0.25 is what "half" always earns."""
    _price(probability)
    return (probability - (ONE if happened else ZERO)) ** 2


def log_score(probability: Decimal, *, happened: bool) -> float:
    """Return -ln of the probability that was given to what happened; infinite for a certain error."""
    _price(probability)
    given = probability if happened else ONE - probability
    return -log(given) if given else float("inf")


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The forecasts of one tenth.

    Attributes:
        low: Probabilities from here.
        high: To here; the last tenth includes it.
        count: How many.
        mean_forecast: Of their probabilities; None without any.
        frequency: Share of them that happened; None without any.
    """

    low: Decimal
    high: Decimal
    count: int
    mean_forecast: Decimal | None
    frequency: Decimal | None


def calibration(forecasts: Sequence[tuple[Decimal, bool]]) -> tuple[CalibrationBin, ...]:
    """Return the forecasts, each with whether it happened, by tenths of their probability."""
    tenths: list[list[tuple[Decimal, bool]]] = [[] for _ in range(10)]
    for probability, happened in forecasts:
        _price(probability)
        tenths[min(9, int(probability * 10))].append((probability, happened))
    bins = []
    for number, members in enumerate(tenths):
        count = len(members)
        mean = sum((probability for probability, _ in members), ZERO) / count if count else None
        frequency = Decimal(sum(happened for _, happened in members)) / count if count else None
        bins.append(CalibrationBin(Decimal(number) / 10, Decimal(number + 1) / 10, count, mean, frequency))
    return tuple(bins)


def _price(value: Decimal) -> None:
    if not ZERO <= value <= ONE:
        raise ValueError(f"a price or probability must be between 0 and 1, not {value}")
