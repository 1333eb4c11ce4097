"""What the expressions of lessons may call: the engines, by short names, and nothing else.

Every function takes and gives `Decimal`; the first argument of those about a chart or a book is its name.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import wraps
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ONE, ZERO, InstrumentKind
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.education import binary, fibonacci, risk
from omega_tui.education.bars import Atr
from omega_tui.education.expressions import Function, Value
from omega_tui.education.sources import Source
from omega_tui.education.swings import Pivot, find_pivots
from omega_tui.errors import ExpressionError

ChartOf = Callable[[str], tuple[Candle, ...]]
BookOf = Callable[[str], BookSnapshot]

PIVOT_SCALE: Final = Decimal(3)


def plain_functions() -> dict[str, Function]:
    """Return the functions that need no chart, book or source."""
    return {name: _decimals(function) for name, function in _PLAIN.items()}


def source_functions(sources: Mapping[str, Source]) -> dict[str, Function]:
    """Return `figure(id, name)`, a number of a source, and `cite(id)`, how prose names it."""

    def find(name: Value) -> Source:
        if not isinstance(name, str) or name not in sources:
            raise ExpressionError(f"there is no source {name!r}")
        return sources[name]

    return {
        "figure": lambda source, name: find(source).figure(str(name)),
        "cite": lambda source: find(source).short,
    }


def chart_functions(chart_of: ChartOf) -> dict[str, Function]:
    """Return the functions about a chart by its name."""

    def bar(name: Value, at: Value) -> Candle:
        bars = chart_of(str(name))
        return bars[_index(at, len(bars))]

    def pivot(name: Value, at: Value) -> Pivot:
        pivots = pivots_of(chart_of(str(name)))
        return pivots[_index(at, len(pivots))]

    return {
        "bars": lambda name: Decimal(len(chart_of(str(name)))),
        "open": lambda name, at: bar(name, at).open,
        "high": lambda name, at: bar(name, at).high,
        "low": lambda name, at: bar(name, at).low,
        "close": lambda name, at: bar(name, at).close,
        "volume": lambda name, at: bar(name, at).volume,
        "body": lambda name, at: abs(bar(name, at).close - bar(name, at).open),
        "range": lambda name, at: bar(name, at).high - bar(name, at).low,
        "upper_shadow": lambda name, at: bar(name, at).high - max(bar(name, at).open, bar(name, at).close),
        "lower_shadow": lambda name, at: min(bar(name, at).open, bar(name, at).close) - bar(name, at).low,
        "highest": lambda name: max(one.high for one in chart_of(str(name))),
        "lowest": lambda name: min(one.low for one in chart_of(str(name))),
        "atr": lambda name: last_atr(chart_of(str(name))),
        "pivots": lambda name: Decimal(len(pivots_of(chart_of(str(name))))),
        "pivot_price": lambda name, at: pivot(name, at).price,
        "pivot_bar": lambda name, at: Decimal(pivot(name, at).bar),
        "pivot_known": lambda name, at: Decimal(pivot(name, at).known_at),
        "pivot_kind": lambda name, at: pivot(name, at).kind.lower(),
    }


def book_functions(book_of: BookOf) -> dict[str, Function]:
    """Return the functions about a book by its name."""

    def best(name: Value) -> tuple[PriceLevel, PriceLevel]:
        book = book_of(str(name))
        return book.bids[0], book.asks[0]

    def micro(name: Value) -> Decimal:
        bid, ask = best(name)
        return (ask.size * bid.price + bid.size * ask.price) / (bid.size + ask.size)

    def imbalance(name: Value, levels: Value) -> Decimal:
        book, count = book_of(str(name)), _index(levels, 1_000)
        bids, asks = (sum(level.size for level in side[:count]) for side in (book.bids, book.asks))
        return Decimal(bids - asks) / Decimal(bids + asks)

    def size_at(name: Value, price: Value) -> Decimal:
        book = book_of(str(name))
        return sum((level.size for level in (*book.bids, *book.asks) if level.price == price), ZERO)

    return {
        "bid": lambda name: best(name)[0].price,
        "ask": lambda name: best(name)[1].price,
        "bid_size": lambda name: best(name)[0].size,
        "ask_size": lambda name: best(name)[1].size,
        "spread": lambda name: best(name)[1].price - best(name)[0].price,
        "mid": lambda name: (best(name)[0].price + best(name)[1].price) / 2,
        "micro": micro,
        "imbalance": imbalance,
        "size_at": size_at,
        "buy_cost": lambda name, size: take_cost(book_of(str(name)).asks, size),
        "sell_cost": lambda name, size: take_cost(book_of(str(name)).bids, size),
    }


def take_cost(levels: Sequence[PriceLevel], size: Value) -> Decimal:
    """Return what taking `size` from these levels comes to, price times size.

    Raises:
        ExpressionError: They do not hold so much.
    """
    left, cost = Decimal(size), ZERO
    for level in levels:
        taken = min(left, level.size)
        cost += taken * level.price
        left -= taken
    if left:
        raise ExpressionError(f"the book holds {left} less than {size}")
    return cost


def pivots_of(bars: Sequence[Candle], scale: Decimal = PIVOT_SCALE) -> list[Pivot]:
    """Return the confirmed pivots of the main scale."""
    return find_pivots(bars, scale)


def last_atr(bars: Sequence[Candle]) -> Decimal:
    """Return the average true range at the last bar.

    Raises:
        ExpressionError: There are too few bars.
    """
    atr = Atr()
    for bar in bars:
        atr.push(bar)
    if atr.value is None:
        raise ExpressionError(f"{len(bars)} bars are too few for an average true range")
    return atr.value


def _index(at: Value, length: int) -> int:
    if not isinstance(at, Decimal) or at != int(at):
        raise ExpressionError(f"{at!r} is no whole number")
    if not -length <= at <= length:
        raise ExpressionError(f"number {at} is out of range; there are {length}")
    return int(at)


def _decimals(function: Callable[..., Decimal | float]) -> Function:
    """Return the function with its arguments checked to be numbers, and its result one."""

    @wraps(function)
    def call(*arguments: Value) -> Value:
        for argument in arguments:
            if not isinstance(argument, Decimal):
                raise ExpressionError(f"{argument!r} is no number")
        result = function(*arguments)
        return result if isinstance(result, Decimal) else Decimal(repr(result))

    return call


def _size(equity: Decimal, share: Decimal, entry: Decimal, stop: Decimal, lot: Decimal) -> Decimal:
    return risk.position_size(equity=equity, fraction=share, entry=entry, stop=stop, lot=lot).quantity


def _size_costs(  # noqa: PLR0913, PLR0917 - the formula has these inputs
    equity: Decimal, share: Decimal, entry: Decimal, stop: Decimal, lot: Decimal, fee: Decimal
) -> Decimal:
    sizing = risk.position_size(
        equity=equity, fraction=share, entry=entry, stop=stop, lot=lot, fee_rate_in=fee, fee_rate_out=fee
    )
    return sizing.quantity


def _liquidation(side: Side) -> Callable[[Decimal, Decimal, Decimal], Decimal]:
    def price(entry: Decimal, leverage: Decimal, maintenance: Decimal) -> Decimal:
        return risk.liquidation_price(
            InstrumentKind.LINEAR, side, entry, leverage=leverage, maintenance=maintenance
        )

    return price


def _session_pivot(high: Decimal, low: Decimal, close: Decimal, number: Decimal) -> Decimal:
    return fibonacci.session_pivots(high, low, close, Decimal("0.01"))[int(number)].exact


def _chance_pairs(levels: Decimal, width: Decimal, reach: Decimal) -> Decimal:
    return levels * (levels - ONE) * width / reach


def _coverage(levels: Decimal, width: Decimal, reach: Decimal) -> Decimal:
    """Return the share of a range that lies within `width` of any of so many levels thrown on it."""
    return ONE - (ONE - 2 * width / reach) ** levels


def _tail(share: Decimal, count: Decimal, tested: Decimal) -> Decimal:
    """Return the chance that at least `count` of `tested` independent events of that chance happen."""
    total, row = ZERO, ONE
    n, p = int(tested), share
    for k in range(n + 1):
        if k >= count:
            total += row * p**k * (ONE - p) ** (n - k)
        row = row * (n - k) / (k + 1)
    return total


def coin_tail(count: Decimal, tested: Decimal) -> Decimal:
    """Return the chance that a coin is right at least `count` of `tested` times."""
    return _tail(Decimal("0.5"), count, tested)


_PLAIN: Final[Mapping[str, Callable[..., Decimal | float]]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "sqrt": lambda x: Decimal(x).sqrt(),
    "ln": lambda x: Decimal(x).ln(),
    "floor": lambda x, step: (x / step).to_integral_value(ROUND_FLOOR) * step,
    "ceil": lambda x, step: (x / step).to_integral_value(ROUND_CEILING) * step,
    "fib": fibonacci.retracement,
    "fib_log": fibonacci.log_retracement,
    "extend": fibonacci.extension,
    "project": fibonacci.projection,
    "retraced": fibonacci.retrace_ratio,
    "session_pivot": _session_pivot,
    "chance_pairs": _chance_pairs,
    "coverage": _coverage,
    "size": _size,
    "size_costs": _size_costs,
    "expectancy": risk.expectancy,
    "break_even": lambda payoff, cost=ZERO: risk.break_even_win_rate(payoff, cost=cost),
    "streak": lambda p, length, trades: risk.streak_probability(float(p), int(length), int(trades)),
    "kelly": risk.kelly,
    "falls_to": lambda share, multiple: risk.chance_of_falling_to(float(share), float(multiple)),
    "ruin": lambda p, units: risk.risk_of_ruin(float(p), int(units)),
    "liquidation_long": _liquidation(Side.BUY),
    "liquidation_short": _liquidation(Side.SELL),
    "curve_fee": lambda rate, price: binary.FeeRule(rate=rate).per_share(price),
    "kelly_yes": lambda p, ask, fee=ZERO: binary.kelly_yes(p, ask, binary.FeeRule(flat=fee)),
    "kelly_no": lambda p, bid, fee=ZERO: binary.kelly_no(p, bid, binary.FeeRule(flat=fee)),
    "annual_yield": binary.annual_yield,
    "brier": lambda p, happened: binary.brier(p, happened=happened == 1),
    "log_score": lambda p, happened: binary.log_score(p, happened=happened == 1),
    "tail": _tail,
}
