"""`omega-tui trades`: the fills of an account, or the public prints of a market."""

import argparse
from datetime import UTC, datetime

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import instrument_of as instrument_of_market
from omega_tui.cli.market_data import market_at
from omega_tui.cli.options import positive
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import exchange_at, instrument_of, market_name, trading_parser
from omega_tui.cli.venue_options import choice_of, run_command
from omega_tui.domain.orders import Fill
from omega_tui.units import NS_PER_S

S_PER_HOUR = 3_600


def run(argv: list[str]) -> int:
    """List fills."""
    options = trading_parser("trades", "List the fills of the account, oldest first.")
    options.add_argument("market", nargs="?", help="of one market; some exchanges must be told which")
    options.add_argument("--hours", type=positive, default=24, metavar="N", help="so far back (24)")
    options.add_argument("--public", action="store_true", help="everybody's newest prints; needs no keys")
    arguments = options.parse_args(argv)
    if arguments.public:
        if arguments.market is None:
            options.error("name the market whose prints are meant")
        return run_command("trades", lambda: _prints(arguments))

    async def main() -> int:
        async with exchange_at(choice_of(arguments, read_only=True)) as exchange:
            symbol = None
            if arguments.market is not None:
                symbol = (await instrument_of(exchange, arguments.market)).id
            now_s = exchange.platform.clock.now_ns() // NS_PER_S
            fills = await exchange.get_my_trades(symbol, since_s=now_s - arguments.hours * S_PER_HOUR)
            if arguments.json:
                for fill in fills:
                    print_json(fill)
                return DONE
            if not fills:
                write("No trades.\n")
                return DONE
            await exchange.get_markets()
            rows = [
                (_time(fill.ts_event_ns), market_name(fill.instrument, exchange.markets), *_numbers(fill))
                for fill in fills
            ]
        print_columns(
            ("time (UTC)", "market", "side", "size", "price", "fee", "trade"), rows, right=(3, 4, 5)
        )
        return DONE

    return run_command("trades", main)


async def _prints(arguments: argparse.Namespace) -> int:
    async with market_at(arguments) as market:
        instrument = await instrument_of_market(market, arguments.market)
        prints = await market.pictures.fetch_trades(instrument.id)
    places = instrument.price_decimals
    if arguments.json:
        for one in prints:
            print_json(one)
    elif prints:
        rows = [
            (
                _time(one.ts_event_ns),
                one.aggressor.value if one.aggressor else "-",
                f"{one.size}",
                f"{one.price:.{places}f}",
            )
            for one in prints
        ]
        print_columns(("time (UTC)", "taker", "size", "price"), rows, right=(2, 3))
    else:
        write("No trades.\n")
    return DONE


def _time(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns / NS_PER_S, UTC):%Y-%m-%d %H:%M:%S}"


def _numbers(fill: Fill) -> tuple[str, ...]:
    fee = f"{fill.fee_paid} {fill.fee_asset}" if fill.fee_asset else f"{fill.fee}"
    return (fill.side.value, f"{fill.size}", f"{fill.price}", fee, fill.trade_id[:18])
