"""`omega-tui book`: one order book of the stream, once, with the state of its check."""

import asyncio

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import PublicMarket, instrument_of, market_at
from omega_tui.cli.options import positive
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.venue_options import run_command, venue_parser
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import VenueUnreachable

TIMEOUT_S = 15.0
"""How long the first book that is not known to be wrong may take."""

NOT_YET = frozenset({IntegrityState.RESYNCING, IntegrityState.STALE})


def run(argv: list[str]) -> int:
    """Print a book."""
    options = venue_parser("book", "Print an order book of a venue, the embedded exchange by default.")
    options.add_argument("asset", help="symbol or id, its beginning, or words of a market's name and outcome")
    options.add_argument("--levels", type=positive, default=10, metavar="N", help="levels a side (10)")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with market_at(arguments) as market:
            instrument = await instrument_of(market, arguments.asset)
            book, integrity = await _first_book(market, instrument)
        levels = arguments.levels
        if arguments.json:
            print_json(
                {
                    "instrument": instrument.id,
                    "venue": instrument.venue,
                    "name": instrument.name,
                    "outcome": instrument.base,
                    "state": integrity.state,
                    "check": integrity.check,
                    "reason": integrity.reason,
                    "ts_event_ns": book.ts_event_ns,
                    "ts_recv_ns": book.ts_recv_ns,
                    "tick_size": book.tick_size,
                    "bids": book.bids[:levels],
                    "asks": book.asks[:levels],
                }
            )
        else:
            _print(instrument, book, integrity, levels)
        return DONE

    return run_command("book", main)


async def _first_book(market: PublicMarket, instrument: Instrument) -> tuple[BookSnapshot, Integrity]:
    """Wait for the first book of the stream that is there and not known to be wrong.

    Raises:
        VenueUnreachable: It did not come in time.
    """
    updates = await market.watch([instrument], [BookUpdated.kind])
    reason = "no book came"
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                match await updates.next():
                    case BookUpdated(instrument=instrument.id, book=book, integrity=integrity):
                        if book is not None and integrity.state not in NOT_YET:
                            return book, integrity
                        reason = integrity.reason or reason
    except TimeoutError:
        pass
    raise VenueUnreachable(f"{reason} within {TIMEOUT_S:.0f} s; is the venue up?", venue=market.venue)


def _print(instrument: Instrument, book: BookSnapshot, integrity: Integrity, levels: int) -> None:
    title = f"{instrument.name}: {instrument.base}" if instrument.market_id else instrument.name
    state = f"{integrity.state}{f' ({integrity.check})' if integrity.check else ''}"
    if integrity.state is not IntegrityState.VERIFIED and integrity.reason:
        state += f": {integrity.reason}"
    write(f"{title}  tick {book.tick_size}  {state}\n")
    places = instrument.price_decimals
    asks = [(f"{price:.{places}f}", f"{size}") for price, size in reversed(book.asks[:levels])]
    bids = [(f"{price:.{places}f}", f"{size}") for price, size in book.bids[:levels]]
    rows = [("", price, size) for price, size in asks] + [(size, price, "") for price, size in bids]
    print_columns(("bid", "price", "ask"), rows, right=(0, 1, 2))
