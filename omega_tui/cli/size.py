"""`omega-tui size`: how much to trade so that the stop costs what was meant."""

import argparse
from decimal import Decimal

from omega_tui.cli.amounts import above_zero, decimal, plain, share
from omega_tui.cli.exit_codes import DONE, REFUSED_HERE
from omega_tui.cli.options import bare_parser, complain_of
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.side import Side
from omega_tui.education.risk import (
    DEFAULT_RISK,
    WARN_RISK,
    break_even_win_rate,
    is_inside_noise,
    liquidation_price,
    position_size,
)

Figures = dict[str, Decimal | str | None]


def run(argv: list[str]) -> int:
    """Print a size."""
    options = bare_parser(
        "size",
        "Print the size at which a stop costs a given share of the equity: equity x risk / (distance + fees "
        "+ slippage), in whole lots, rounded down. A stop below the entry is a long, above it a short.",
    )
    options.add_argument("entry", metavar="ENTRY", type=above_zero, help="price to get in at")
    options.add_argument("stop", metavar="STOP", type=above_zero, help="price to get out at if wrong")
    options.add_argument("--equity", type=above_zero, required=True, help="what the account is worth")
    options.add_argument("--risk", type=share, default=DEFAULT_RISK, help="of it to lose, else 0.5%%")
    options.add_argument(
        "--lot", type=above_zero, default=Decimal("0.0001"), help="smallest step of the size"
    )
    options.add_argument(
        "--multiplier", type=above_zero, default=Decimal(1), help="gain of one unit per 1 of price"
    )
    options.add_argument("--fee", type=share, default=Decimal(0), help="of each of the two fills, as 0.05%%")
    options.add_argument(
        "--slippage", type=decimal, default=Decimal(0), help="expected at the stop, in price"
    )
    options.add_argument(
        "--target", type=above_zero, help="price to take a gain at: adds R and the break-even rate"
    )
    options.add_argument(
        "--atr", type=above_zero, help="average true range: says whether the stop is in the noise"
    )
    options.add_argument(
        "--leverage", type=above_zero, help="of an isolated linear position: adds its liquidation"
    )
    options.add_argument("--maintenance", type=share, default=Decimal("0.005"), help="margin rate, as 0.5%%")
    options.add_argument("--json", action="store_true", help="one JSON object")
    arguments = options.parse_args(argv)
    try:
        figures, warnings = _figures(arguments)
    except ValueError as error:
        return complain_of("size", str(error), REFUSED_HERE)
    if arguments.json:
        print_json({**figures, "warnings": warnings})
        return DONE
    rows = [(name.replace("_", " "), _shown(value)) for name, value in figures.items() if value is not None]
    print_columns(("figure", "value"), rows, right=(1,))
    for warning in warnings:
        write(f"! {warning}\n")
    return DONE


def _figures(arguments: argparse.Namespace) -> tuple[Figures, list[str]]:
    """Return every figure by its name, and what to think about.

    Raises:
        ValueError: The numbers make no sense together.
    """
    entry, stop, target = arguments.entry, arguments.stop, arguments.target
    sizing = position_size(
        equity=arguments.equity,
        entry=entry,
        stop=stop,
        lot=arguments.lot,
        fraction=arguments.risk,
        multiplier=arguments.multiplier,
        fee_rate_in=arguments.fee,
        fee_rate_out=arguments.fee,
        slippage=arguments.slippage,
    )
    side = Side.BUY if stop < entry else Side.SELL
    figures: Figures = {
        "side": "long" if side is Side.BUY else "short",
        "size": sizing.quantity,
        "risk": sizing.risk,
        "budget": sizing.budget,
        "risk_per_unit": sizing.per_unit,
        "notional": sizing.notional,
        "effective_leverage": sizing.leverage,
        "cost_in_r": 1 - abs(entry - stop) * arguments.multiplier / sizing.per_unit,
        "reward_in_r": None,
        "break_even_win_rate": None,
        "liquidation_estimate": None,
    }
    warnings = []
    if not sizing.quantity:
        warnings.append(f"one lot of {plain(arguments.lot)} already risks more than {plain(sizing.budget)}")
    if arguments.risk > WARN_RISK:
        warnings.append(
            f"more than {WARN_RISK:.0%} in one trade: halving the account becomes likely, not rare"
        )
    if sizing.leverage > 1:
        warnings.append(f"the position is {sizing.leverage:.2f} times the equity")
    if target is not None:
        gain = (target - entry) * side.sign
        if gain <= 0:
            raise ValueError("the target is on the side of the stop")
        fees = (entry + target) * arguments.fee
        reward = (gain - fees) * arguments.multiplier / sizing.per_unit
        figures["reward_in_r"] = reward
        figures["break_even_win_rate"] = break_even_win_rate(reward)
    if arguments.atr is not None and is_inside_noise(entry, stop, arguments.atr):
        warnings.append("the stop is less than half an ATR away: an ordinary bar reaches it")
    if arguments.leverage is not None:
        price = liquidation_price(
            InstrumentKind.LINEAR, side, entry, leverage=arguments.leverage, maintenance=arguments.maintenance
        )
        figures["liquidation_estimate"] = price
        if (price - stop) * side.sign >= 0:
            warnings.append("the position is liquidated before its stop: lower the leverage or the distance")
    return figures, warnings


def _shown(value: Decimal | str | None) -> str:
    if not isinstance(value, Decimal):
        return value or ""
    return plain(value if len(value.as_tuple().digits) <= 10 else round(value, 6))
