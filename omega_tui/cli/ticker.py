"""`omega-tui ticker`: the venue's summary of instruments."""

from decimal import Decimal

from omega_tui.cli.output import print_columns, print_json
from omega_tui.cli.trading import (
    DONE,
    choice_of,
    exchange_at,
    instrument_of,
    market_name,
    run_command,
    trading_parser,
)


def run(argv: list[str]) -> int:
    """Print tickers."""
    options = trading_parser("ticker", "Print the venue's summary of one or more instruments. Needs no keys.")
    options.add_argument("symbol", nargs="+", help="symbol or id, or words of a market's name and outcome")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with exchange_at(choice_of(arguments, read_only=True)) as exchange:
            instruments = [await instrument_of(exchange, words) for words in arguments.symbol]
            tickers = [await exchange.get_ticker(one.id) for one in instruments]
            markets = dict(exchange.markets)
        if arguments.json:
            for ticker in tickers:
                print_json(ticker)
            return DONE
        rows = [
            (
                market_name(one.instrument, markets),
                *(
                    _shown(number)
                    for number in (one.bid, one.ask, one.last, one.high, one.low, one.quote_volume)
                ),
            )
            for one in tickers
        ]
        header = ("market", "bid", "ask", "last", "day high", "day low", "day volume")
        print_columns(header, rows, right=(1, 2, 3, 4, 5, 6))
        return DONE

    return run_command("ticker", main)


def _shown(number: Decimal | None) -> str:
    return "-" if number is None else f"{number}"
