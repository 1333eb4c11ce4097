"""`omega-tui book`: one order book, once, with the state of its check."""

import asyncio

from omega_tui.cli.market_data import meant, public_venue, streaming
from omega_tui.cli.options import (
    DONE,
    add_sim_option,
    complain,
    configuration,
    parser,
    positive,
    run_until_interrupted,
)
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import ConfigError, VenueUnreachable
from omega_tui.services.streaming import StreamingService

TIMEOUT_S = 15.0
"""How long the first checked book may take."""


def run(argv: list[str]) -> int:
    """Print a book."""
    options = parser("book", "Print an order book of the venue, the embedded exchange by default.")
    options.add_argument(
        "asset", help="instrument id, its beginning, or words of the market's name and outcome"
    )
    add_sim_option(options)
    options.add_argument("--levels", type=positive, default=10, metavar="N", help="levels a side (10)")
    options.add_argument("--json", action="store_true", help="one JSON object")
    arguments = options.parse_args(argv)
    try:
        loaded = configuration(arguments)
    except ConfigError as error:
        return complain("book", error)

    async def main() -> int:
        async with public_venue(loaded, arguments.sim) as venue:
            instrument = meant(await venue.data.fetch_instruments(), arguments.asset)
            streamer = await streaming(venue, loaded, [instrument.id])
            try:
                snapshot, integrity = await _first_book(streamer, instrument.id)
            finally:
                await streamer.shutdown()
        levels = arguments.levels
        if arguments.json:
            print_json(
                {
                    "instrument": instrument.id,
                    "name": instrument.name,
                    "outcome": instrument.base,
                    "state": integrity.state,
                    "ts_event_ns": snapshot.ts_event_ns,
                    "tick_size": snapshot.tick_size,
                    "bids": snapshot.bids[:levels],
                    "asks": snapshot.asks[:levels],
                }
            )
        else:
            _print(instrument, snapshot, integrity, levels)
        return DONE

    return run_until_interrupted(main, "book")


async def _first_book(streamer: StreamingService, instrument: str) -> tuple[BookSnapshot, Integrity]:
    """Wait for the first book of the stream that is there and fresh.

    Raises:
        VenueUnreachable: It did not come in time.
    """
    updates = streamer.events(assets=[instrument])
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async for _ in updates:
                view = streamer.get_order_book(instrument)
                if view.integrity.state in {IntegrityState.VERIFIED, IntegrityState.UNVERIFIED}:
                    return view.snapshot(), view.integrity
    except TimeoutError:
        pass
    raise VenueUnreachable(f"no book came within {TIMEOUT_S:.0f} s; is the venue up?")


def _print(instrument: Instrument, book: BookSnapshot, integrity: Integrity, levels: int) -> None:
    write(f"{instrument.name}: {instrument.base}  tick {book.tick_size}  {integrity.state}\n")
    places = instrument.price_decimals
    asks = [(f"{price:.{places}f}", f"{size}") for price, size in reversed(book.asks[:levels])]
    bids = [(f"{price:.{places}f}", f"{size}") for price, size in book.bids[:levels]]
    rows = [("", price, size) for price, size in asks] + [(size, price, "") for price, size in bids]
    print_columns(("bid", "price", "ask"), rows, right=(0, 1, 2))
