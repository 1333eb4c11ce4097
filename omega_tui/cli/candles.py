"""`omega-tui candles`: what the prints of each stretch of time came to, as the venue says."""

from datetime import UTC, datetime

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import instrument_of, market_at
from omega_tui.cli.options import positive
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.venue_options import run_command, venue_parser
from omega_tui.domain.timeframe import TIMEFRAMES
from omega_tui.units import NS_PER_S


def run(argv: list[str]) -> int:
    """Print candles."""
    options = venue_parser("candles", "Print candles, oldest first; the last one still grows.")
    options.add_argument("asset", help="symbol or id")
    options.add_argument("--timeframe", choices=TIMEFRAMES, default="1m", help="length of each (1m)")
    options.add_argument("--limit", type=positive, default=60, metavar="N", help="the newest N (60)")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with market_at(arguments) as market:
            instrument = await instrument_of(market, arguments.asset)
            found = await market.pictures.fetch_candles(instrument.id, arguments.timeframe)
        candles, places = found[-arguments.limit :], instrument.price_decimals
        if arguments.json:
            for candle in candles:
                print_json(candle)
        elif candles:
            rows = [
                (
                    f"{datetime.fromtimestamp(one.start_ns / NS_PER_S, UTC):%Y-%m-%d %H:%M}",
                    *(f"{price:.{places}f}" for price in (one.open, one.high, one.low, one.close)),
                    f"{one.volume}",
                )
                for one in candles
            ]
            header = ("begin (UTC)", "open", "high", "low", "close", "volume")
            print_columns(header, rows, right=(1, 2, 3, 4, 5))
        else:
            write("No candles.\n")
        return DONE

    return run_command("candles", main)
