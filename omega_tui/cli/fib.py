"""`omega-tui fib`: the levels of a leg."""

from decimal import Decimal

from omega_tui.cli.amounts import above_zero, decimal, plain
from omega_tui.cli.exit_codes import DONE, REFUSED_HERE
from omega_tui.cli.options import bare_parser, complain_of
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.domain.instrument import decimals_of
from omega_tui.education.fibonacci import Leg, Level, extensions, golden_pocket, projections, retracements

MIN_DECIMALS = 2
"""Prices are rounded to the decimals they were given with, and to cents at least."""


def run(argv: list[str]) -> int:
    """Print the levels of a leg."""
    options = bare_parser(
        "fib",
        "Print the Fibonacci levels of the leg from START to END: where a move back or on from END meets its "
        "fractions and multiples. Prices are on a tick, rounded away from where the price comes from.",
    )
    options.add_argument("start", metavar="START", type=decimal, help="price where the leg begins")
    options.add_argument("end", metavar="END", type=decimal, help="price where it ends")
    options.add_argument(
        "--third", metavar="C", type=decimal, help="where the move back ended: adds projections"
    )
    options.add_argument("--log", action="store_true", help="equal fractions are equal percentages")
    options.add_argument(
        "--tick", type=above_zero, help="smallest step of the price; else from START and END"
    )
    options.add_argument("--json", action="store_true", help="one JSON object")
    arguments = options.parse_args(argv)
    start, end, third = arguments.start, arguments.end, arguments.third
    tick = arguments.tick or _tick_of(start, end)
    try:
        leg = Leg(start, end, name=f"{plain(start)}>{plain(end)}")
        levels = [
            *retracements(leg, tick, log=arguments.log),
            *extensions(leg, tick, log=arguments.log),
            *(projections(leg, third, tick, log=arguments.log) if third is not None else ()),
        ]
        pocket = golden_pocket(leg, tick, log=arguments.log)
    except ValueError as error:
        return complain_of("fib", str(error), REFUSED_HERE)
    if arguments.json:
        print_json(
            {
                "start": start,
                "end": end,
                "third": third,
                "scale": "log" if arguments.log else "linear",
                "tick": tick,
                "levels": [_fields(level) for level in levels],
                "golden_pocket": [_fields(level) for level in pocket],
            }
        )
        return DONE
    places = decimals_of(tick)
    write(
        f"Leg {plain(start)} to {plain(end)}, {'up' if leg.is_up else 'down'} {plain(abs(leg.move))}, "
        f"{'logarithmic' if arguments.log else 'linear'}, tick {plain(tick)}. 0 is {plain(end)}, 1 is "
        f"{plain(start)} for retracements.\n"
    )
    rows = [
        (level.tool.lower(), plain(level.ratio), plain(level.price, places), f"{level.exact:.{places + 3}f}")
        for level in levels
    ]
    print_columns(("tool", "ratio", "price", "exact"), rows, right=(1, 2, 3))
    near, far = (plain(level.price, places) for level in pocket)
    write(
        f"Golden pocket {near} to {far} (0.618 to 0.65, a convention).\n"
        "Evidence: weak. Prices turn near these as often as near others; a level says where you are wrong.\n"
    )
    return DONE


def _tick_of(*prices: Decimal) -> Decimal:
    places = max(MIN_DECIMALS, *(decimals_of(price) if price else 0 for price in prices))
    return Decimal(1).scaleb(-places)


def _fields(level: Level) -> dict[str, object]:
    return {"tool": level.tool.lower(), "ratio": level.ratio, "price": level.price, "exact": level.exact}
