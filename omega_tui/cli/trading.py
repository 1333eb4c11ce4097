"""What the commands about an account share: its keys, who is asked, and how an order looks."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from omega_tui.cli.market_data import meant
from omega_tui.cli.options import Parser, positive
from omega_tui.cli.venue_options import tell, venue_parser
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.errors import StateError, VenueRefused
from omega_tui.services.exchange import ExchangeService
from omega_tui.text import safe_text

WAIT_S: Final = 15
"""How long the venue is asked about an order of unknown outcome before the exit code says so."""


def trading_parser(command: str, doc: str) -> Parser:
    """Return a parser with the options of every command about an account."""
    made = venue_parser(command, doc)
    made.add_argument("--keys", metavar="FILE", type=Path, help="TOML file of mode 0600 with the API keys")
    return made


def add_mutating_options(options: argparse.ArgumentParser) -> None:
    """Add what every command has that changes something at the venue."""
    options.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    options.add_argument(
        "--wait",
        type=positive,
        default=WAIT_S,
        metavar="SECONDS",
        help=f"how long the venue is asked about a doubtful outcome ({WAIT_S})",
    )
    options.add_argument("--yes", action="store_true", help="do not ask")
    options.add_argument("--live", metavar="VENUE", help="do it with real money; names the venue")


@asynccontextmanager
async def exchange_at(config: Mapping[str, object]) -> AsyncIterator[ExchangeService]:
    """Open the exchange service for one command."""
    service = ExchangeService(config=config, progress=tell)
    try:
        await service.initialize()
        yield service
    finally:
        await service.shutdown()


async def instrument_of(exchange: ExchangeService, words: str) -> Instrument:
    """Return what a person means: by symbol or id anywhere, by words of the name at a prediction market.

    Raises:
        VenueRefused: The exchange does not list it.
        StateError: The words mean nothing, or more than one market.
        VenueError: There is no answer.
    """
    try:
        return await exchange.get_market(words)
    except VenueRefused:
        markets = list(exchange.markets.values())
        if any(one.market_id for one in markets):
            return meant(markets, words)
        raise


def check_can_ask(arguments: argparse.Namespace) -> None:
    """Look, before anything else is done, whether somebody is there to be asked.

    Raises:
        StateError: There is no terminal, and it was neither said not to ask nor not to do anything.
    """
    if not (arguments.yes or arguments.dry_run or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise StateError("there is no terminal to ask on: say --yes to do it, or --dry-run to look")


async def confirmed(question: str) -> bool:
    """Ask a person; meanwhile the exchange service goes on."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def order_fields(order: Order) -> dict[str, object]:
    """Return an order as flat fields for programs."""
    request = order.request
    return {
        "client_order_id": request.client_order_id,
        "venue_order_id": order.venue_order_id,
        "venue": request.venue,
        "instrument": request.instrument,
        "side": request.side,
        "size": request.size,
        "price": request.price,
        "type": request.order_type,
        "time_in_force": request.time_in_force,
        "trigger_price": request.trigger_price,
        "status": order.status,
        "filled": max(order.filled, order.venue_filled),
        "average_price": order.average_price,
        "external": order.external,
        "reason": order.reason,
    }


ORDER_COLUMNS: Final[Sequence[str]] = ("id", "market", "side", "size", "price", "filled", "status")
ORDER_RIGHT: Final = (3, 4, 5)


def order_row(order: Order, markets: Mapping[str, Instrument]) -> tuple[str, ...]:
    """Return an order as a row for people."""
    request = order.request
    own_id = request.client_order_id
    shown = order.venue_order_id[:18] if order.external or not own_id else own_id
    return (
        shown,
        market_name(request.instrument, markets),
        request.side.value,
        f"{request.size}",
        f"{request.price}" + (f" from {request.trigger_price}" if request.trigger_price is not None else ""),
        f"{max(order.filled, order.venue_filled)}",
        order.status.value,
    )


def market_name(instrument: str, markets: Mapping[str, Instrument]) -> str:
    """Return how a person calls an instrument, not longer than a column should be."""
    known = markets.get(instrument)
    if known is None:
        return instrument.partition(":")[2] or instrument[:12]
    if not known.market_id:
        return known.name
    return f"{safe_text(known.name, max_cells=44)}: {known.base}"
