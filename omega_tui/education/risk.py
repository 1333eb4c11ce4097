"""What a position risks: size, R, expectancy, streaks, Kelly, liquidation, heat.

Money is `Decimal`; probabilities that follow from statistics are floats. Everything is arithmetic on stated
inputs: nothing here knows whether a trade is a good idea.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import sqrt
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO, InstrumentKind, multiple_of
from omega_tui.domain.side import Side
from omega_tui.education.fibonacci import on_tick

DEFAULT_RISK: Final = Decimal("0.005")
WARN_RISK: Final = Decimal("0.02")
"""Shares of the equity at risk in one trade: usual, and where drawdowns of a half become likely (education
sheet, section 4: 5.6 % of 1,000-trade runs of a good system)."""

KELLY_CAP: Final = Decimal("0.25")
"""Never more than a quarter of what Kelly gives: with a probability wrong by 10 points, half of it already
loses growth."""

NOISE_ATR: Final = Decimal("0.5")
"""A stop nearer than this many ATR is inside the noise of one bar."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """How much to trade so that the stop costs what was meant.

    Attributes:
        quantity: In base units, a whole number of lots; zero where one lot already risks more.
        risk: What the stop costs at that quantity, costs included, in quote units.
        budget: What it may cost: equity x fraction.
        per_unit: What it costs per base unit: distance x multiplier + costs.
        notional: Quantity x entry x multiplier.
        leverage: Notional in multiples of the equity.
    """

    quantity: Decimal
    risk: Decimal
    budget: Decimal
    per_unit: Decimal
    notional: Decimal
    leverage: Decimal


def position_size(  # noqa: PLR0913 - the formula has these inputs
    *,
    equity: Decimal,
    entry: Decimal,
    stop: Decimal,
    lot: Decimal,
    fraction: Decimal = DEFAULT_RISK,
    multiplier: Decimal = ONE,
    fee_rate_in: Decimal = ZERO,
    fee_rate_out: Decimal = ZERO,
    slippage: Decimal = ZERO,
) -> Sizing:
    """Return the fixed-fractional size: equity x f / (|entry - stop| x m + fees + slippage), whole lots.

    Args:
        equity: Of the account, in quote units.
        entry: Price.
        stop: Price; on either side of the entry.
        lot: Smallest step of the quantity.
        fraction: Of the equity to be risked, above 0 and at most 1.
        multiplier: Quote units that one base unit gains when the price rises by one.
        fee_rate_in: Fee of the entry, a share of its value.
        fee_rate_out: Fee of the stop.
        slippage: Expected at the stop, in price.

    Raises:
        ValueError: An input makes no sense, as a stop at the entry.
    """
    _positive(equity=equity, entry=entry, stop=stop, lot=lot, multiplier=multiplier)
    if not ZERO < fraction <= ONE:
        raise ValueError(f"a fraction of {fraction}; between 0 and 1 is meant")
    if min(fee_rate_in, fee_rate_out, slippage) < 0:
        raise ValueError("fees and slippage cannot be below zero")
    if stop == entry:
        raise ValueError("the stop is at the entry: there is no distance to size by")
    budget = equity * fraction
    costs = (entry * fee_rate_in + stop * fee_rate_out + slippage) * multiplier
    per_unit = abs(entry - stop) * multiplier + costs
    quantity = multiple_of(budget / per_unit, lot, ROUND_FLOOR)
    notional = quantity * entry * multiplier
    return Sizing(quantity, quantity * per_unit, budget, per_unit, notional, notional / equity)


def r_multiple(pnl: Decimal, initial_risk: Decimal) -> Decimal:
    """Return a result in multiples of what was at risk when the trade was opened."""
    _positive(initial_risk=initial_risk)
    return pnl / initial_risk


def expectancy(win_rate: Decimal, payoff: Decimal, *, loss: Decimal = ONE, cost: Decimal = ZERO) -> Decimal:
    """Return the mean result of a trade in R: p W - (1 - p) L - c."""
    _share(win_rate=win_rate)
    return win_rate * payoff - (ONE - win_rate) * loss - cost


def break_even_win_rate(payoff: Decimal, *, cost: Decimal = ZERO) -> Decimal:
    """Return the win rate at which nothing is gained: (1 + c) / (1 + b), payoff and cost in R."""
    if payoff <= -ONE:
        raise ValueError(f"a payoff of {payoff} R")
    return (ONE + cost) / (ONE + payoff)


def atr_stop(side: Side, entry: Decimal, atr: Decimal, factor: Decimal, tick: Decimal) -> Decimal:
    """Return the stop `factor` ATR against the entry, on a tick and never nearer."""
    _positive(atr=atr, factor=factor)
    return on_tick(entry - side.sign * factor * atr, tick, up=side is Side.SELL)


def is_inside_noise(entry: Decimal, stop: Decimal, atr: Decimal) -> bool:
    """Whether a stop is so near that an ordinary bar reaches it."""
    return abs(entry - stop) < NOISE_ATR * atr


def streak_probability(loss_probability: float, length: int, trades: int) -> float:
    """Return the chance of at least one run of `length` losses in a row within `trades` trades. Exact."""
    if not 0.0 <= loss_probability <= 1.0:
        raise ValueError(f"a probability of {loss_probability}")
    if length < 1 or trades < 0:
        raise ValueError("a run has at least one trade")
    runs = [0.0] * length
    runs[0] = 1.0
    seen = 0.0
    for _ in range(trades):
        seen += runs[-1] * loss_probability
        alive = sum(runs)
        runs = [alive * (1.0 - loss_probability), *(run * loss_probability for run in runs[:-1])]
    return seen


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of an equity curve from a peak before it.

    Attributes:
        depth: In quote units.
        share: As a share of the peak.
        peak_at: Index of the peak.
        trough_at: Index of the lowest point after it.
    """

    depth: Decimal
    share: Decimal
    peak_at: int
    trough_at: int


def max_drawdown(equity: Sequence[Decimal]) -> Drawdown:
    """Return the deepest fall as a share of its peak; the first one where several are as deep.

    Raises:
        ValueError: There is no point, or a peak is not above zero.
    """
    if not equity or equity[0] <= 0:
        raise ValueError("an equity curve starts above zero")
    worst = Drawdown(ZERO, ZERO, 0, 0)
    peak, peak_at = equity[0], 0
    for at, value in enumerate(equity):
        if value > peak:
            peak, peak_at = value, at
        share = (peak - value) / peak
        if share > worst.share:
            worst = Drawdown(peak - value, share, peak_at, at)
    return worst


def equity_curve(start: Decimal, results_r: Sequence[Decimal], fraction: Decimal) -> list[Decimal]:
    """Return the equity after each trade when every trade risks `fraction` of what is there, results in R."""
    _positive(start=start)
    curve = [start]
    for result in results_r:
        curve.append(max(ZERO, curve[-1] * (ONE + fraction * result)))
    return curve


def kelly(win_rate: Decimal, payoff: Decimal) -> Decimal:
    """Return the fraction of greatest growth, p - (1 - p) / b; zero where there is no edge."""
    _share(win_rate=win_rate)
    _positive(payoff=payoff)
    return max(ZERO, win_rate - (ONE - win_rate) / payoff)


def kelly_continuous(mean: Decimal, variance: Decimal) -> Decimal:
    """Return mean / variance of the returns: Kelly for small steps; zero where there is no edge."""
    _positive(variance=variance)
    return max(ZERO, mean / variance)


def kelly_capped(fraction: Decimal) -> Decimal:
    """Return a quarter of what Kelly gives: an upper bound, never a recommendation."""
    return fraction * KELLY_CAP


def chance_of_falling_to(share: float, kelly_multiple: float) -> float:
    """Return the chance of ever falling to `share` of the money at `kelly_multiple` x Kelly: x^(2/c - 1).

    At twice Kelly or more it is certain.
    """
    if not 0.0 < share <= 1.0 or kelly_multiple <= 0.0:
        raise ValueError("a share between 0 and 1, and a multiple above 0")
    return 1.0 if kelly_multiple >= 2.0 else float(share ** (2.0 / kelly_multiple - 1.0))


def risk_of_ruin(win_rate: float, units: int) -> float:
    """Return the chance of losing all of `units` equal stakes at even odds: (q / p)^N; 1 without an edge."""
    if not 0.0 <= win_rate <= 1.0 or units < 0:
        raise ValueError("a win rate between 0 and 1, and a number of stakes")
    return 1.0 if win_rate <= 0.5 else float(((1.0 - win_rate) / win_rate) ** units)


def liquidation_price(
    kind: InstrumentKind, side: Side, entry: Decimal, *, leverage: Decimal, maintenance: Decimal
) -> Decimal:
    """Return the price at which an isolated position has only its maintenance margin left, fees ignored.

    An estimate: venues add tiers, cross margin and fees, and the venue's own number goes before it. Zero
    where no price does it, as for a long with a leverage of 1.

    Raises:
        ValueError: Spot is not liquidated; a leverage below 1; a margin that is used up at the entry already.
    """
    if kind is InstrumentKind.SPOT:
        raise ValueError("a spot holding is never liquidated")
    _positive(entry=entry)
    if leverage < ONE or not ZERO <= maintenance < ONE:
        raise ValueError("a leverage from 1, and a maintenance margin between 0 and 1")
    if maintenance >= ONE / leverage:
        raise ValueError(f"at a leverage of {leverage} the margin is below the maintenance of {maintenance}")
    sign = side.sign
    if kind is InstrumentKind.LINEAR:
        return entry * (ONE - sign / leverage) / (ONE - sign * maintenance)
    if side is Side.SELL and leverage == ONE:
        raise ValueError("an inverse short with a leverage of 1 is never liquidated")
    return entry * (ONE + sign * maintenance) / (ONE + sign / leverage)


@dataclass(frozen=True, slots=True)
class Heat:
    """What is lost if every stop is hit.

    Attributes:
        total: The plain sum, in quote units.
        correlated: With the correlations counted, the square root of r' C r: less than the sum unless
            everything moves together.
    """

    total: Decimal
    correlated: Decimal


def portfolio_heat(risks: Sequence[Decimal], correlations: Sequence[Sequence[float]]) -> Heat:
    """Return the open risk of all positions.

    Args:
        risks: What each loses at its stop, in quote units: above zero for longs, below for shorts, so that a
            hedge takes away from the correlated sum.
        correlations: Of their prices, a symmetric matrix with ones on its diagonal.

    Raises:
        ValueError: The matrix does not fit.
    """
    size = len(risks)
    if len(correlations) != size or any(len(row) != size for row in correlations):
        raise ValueError(f"{size} positions need {size} x {size} correlations")
    for at, row in enumerate(correlations):
        if row[at] != 1.0 or any(
            not -1.0 <= value <= 1.0 or value != correlations[other][at] for other, value in enumerate(row)
        ):
            raise ValueError("correlations are symmetric, between -1 and 1, and 1 with themselves")
    weights = [float(risk) for risk in risks]
    variance = sum(
        left * right * correlations[row][column]
        for row, left in enumerate(weights)
        for column, right in enumerate(weights)
    )
    total = sum((abs(risk) for risk in risks), ZERO)
    return Heat(total, Decimal(repr(sqrt(max(0.0, variance)))))


def _positive(**values: Decimal) -> None:
    for name, value in values.items():
        if not value.is_finite() or value <= 0:
            raise ValueError(f"{name.replace('_', ' ')} must be above zero, not {value}")


def _share(**values: Decimal) -> None:
    for name, value in values.items():
        if not ZERO <= value <= ONE:
            raise ValueError(f"{name.replace('_', ' ')} must be between 0 and 1, not {value}")
