"""`omega-tui ticker`: the venue's summary of instruments."""

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import instruments_of, market_at
from omega_tui.cli.output import print_columns, print_json
from omega_tui.cli.trading import market_name
from omega_tui.cli.venue_options import run_command, venue_parser
from omega_tui.domain.ticker import FundingRate
from omega_tui.units import NS_PER_S
from omega_tui.venues.market_data import TellsFunding


def run(argv: list[str]) -> int:
    """Print tickers."""
    options = venue_parser("ticker", "Print the venue's summary of one or more instruments. Needs no keys.")
    options.add_argument("symbol", nargs="+", help="symbol or id, or words of a market's name and outcome")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with market_at(arguments) as market:
            instruments = await instruments_of(market, arguments.symbol)
            tickers = [await market.pictures.fetch_ticker(one.id) for one in instruments]
            pictures = market.pictures
            rates: dict[str, FundingRate | None] = {}
            if isinstance(pictures, TellsFunding):
                rates = {one.id: await pictures.fetch_funding_rate(one.id) for one in instruments}
        if arguments.json:
            for ticker in tickers:
                rate = rates.get(ticker.instrument)
                more = {} if rate is None else {"funding_rate": rate.rate, "funding_at_ns": rate.at_ns}
                print_json(asdict(ticker) | more)
            return DONE
        markets = {one.id: one for one in instruments}
        rows = [
            (
                market_name(one.instrument, markets),
                *(
                    _shown(price, markets[one.instrument].price_decimals)
                    for price in (one.bid, one.ask, one.last, one.high, one.low)
                ),
                _shown(one.quote_volume, 2),
                *((_funding(rates[one.instrument]),) if any(rates.values()) else ()),
            )
            for one in tickers
        ]
        header: tuple[str, ...] = ("market", "bid", "ask", "last", "day high", "day low", "day volume")
        if any(rates.values()):
            header += ("next funding",)
        print_columns(header, rows, right=(1, 2, 3, 4, 5, 6))
        return DONE

    return run_command("ticker", main)


def _funding(rate: FundingRate | None) -> str:
    if rate is None:
        return "-"
    at = f" at {datetime.fromtimestamp(rate.at_ns / NS_PER_S, UTC):%H:%M} UTC" if rate.at_ns else ""
    return f"{rate.rate:.4%}{at}"


def _shown(number: Decimal | None, places: int) -> str:
    return "-" if number is None else f"{number:.{places}f}"
