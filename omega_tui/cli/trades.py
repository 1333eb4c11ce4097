"""`omega-tui trades`: the fills of an account."""

from datetime import UTC, datetime

from omega_tui.cli.options import positive
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import (
    DONE,
    choice_of,
    exchange_at,
    instrument_of,
    market_name,
    run_command,
    trading_parser,
)
from omega_tui.domain.integrity import NS_PER_S
from omega_tui.domain.orders import Fill

S_PER_HOUR = 3_600


def run(argv: list[str]) -> int:
    """List fills."""
    options = trading_parser("trades", "List the fills of the account, oldest first.")
    options.add_argument("market", nargs="?", help="of one market; some exchanges must be told which")
    options.add_argument("--hours", type=positive, default=24, metavar="N", help="so far back (24)")
    arguments = options.parse_args(argv)

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
                (_time(fill), market_name(fill.instrument, exchange.markets), *_numbers(fill))
                for fill in fills
            ]
        print_columns(
            ("time (UTC)", "market", "side", "size", "price", "fee", "trade"), rows, right=(3, 4, 5)
        )
        return DONE

    return run_command("trades", main)


def _time(fill: Fill) -> str:
    return f"{datetime.fromtimestamp(fill.ts_event_ns / NS_PER_S, UTC):%Y-%m-%d %H:%M:%S}"


def _numbers(fill: Fill) -> tuple[str, ...]:
    fee = f"{fill.fee_paid} {fill.fee_asset}" if fill.fee_asset else f"{fill.fee}"
    return (fill.side.value, f"{fill.size}", f"{fill.price}", fee, fill.trade_id[:18])
