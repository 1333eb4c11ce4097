"""What the commands about an account share: which venue, which keys, and what an exit code means."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from omega_tui.cli.market_data import meant
from omega_tui.cli.options import Parser, add_sim_option, complain, parser, run_until_interrupted
from omega_tui.config import LoadedConfig, load_config
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.errors import (
    ConfigError,
    JournalError,
    OmegaError,
    OrderRefused,
    OrderRejected,
    StateError,
    VenueError,
    VenueRefused,
    VenueUnreachable,
)
from omega_tui.runtime.access import POLYMARKET, SIM, announced
from omega_tui.services.exchange import ExchangeService
from omega_tui.services.exchange_config import ACCOUNT_TYPES, EMBEDDED
from omega_tui.text import safe_text

DONE: Final = 0
FAILED: Final = 1
REFUSED_HERE: Final = 2
REFUSED_BY_VENUE: Final = 3
UNKNOWN: Final = 4
UNREACHABLE: Final = 5

EXIT_CODES: Final = (
    "exit codes:\n"
    "  0  done\n"
    "  2  refused here: asked for or configured wrongly, a limit, or the answer was no\n"
    "  3  refused by the venue\n"
    "  4  unknown: something may have been sent, and nobody knows what came of it\n"
    "  5  unreachable: nothing was sent, or the venue gave no usable answer"
)


def trading_parser(command: str, doc: str) -> Parser:
    """Return a parser with the options of every command about an account."""
    made = parser(command, doc, flags=())
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.epilog = EXIT_CODES
    made.add_argument("--venue", metavar="NAME", help="sim, polymarket, or an exchange, as bitget")
    made.add_argument(
        "--account-type", choices=ACCOUNT_TYPES, default="spot", help="of an exchange: spot (default) or swap"
    )
    made.add_argument(
        "--sandbox",
        metavar="WHICH",
        help="practise: embedded (bitget), the address of one that runs, or venue: the venue's own",
    )
    add_sim_option(made)
    made.add_argument("--keys", metavar="FILE", type=Path, help="TOML file of mode 0600 with the API keys")
    made.add_argument("--json", action="store_true", help="JSON for programs instead of a table")
    return made


def add_mutating_options(options: argparse.ArgumentParser) -> None:
    """Add what every command has that changes something at the venue."""
    options.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    options.add_argument("--yes", action="store_true", help="do not ask")
    options.add_argument("--live", metavar="VENUE", help="do it with real money; names the venue")


def run_command(command: str, main: Callable[[], Coroutine[None, None, int]]) -> int:
    """Run the body of a command; its exit code is `EXIT_CODES`."""

    async def body() -> int:
        try:
            return await main()
        except OmegaError as error:
            complain(command, error)
            return exit_code(error)

    return run_until_interrupted(body, command)


def exit_code(error: OmegaError, *, mutating: bool = False) -> int:
    """Return what an error means to a program; `mutating` when something may have been sent."""
    match error:
        case OrderRejected(code="NOT_SENT") | VenueUnreachable():
            return UNREACHABLE
        case OrderRejected() | VenueRefused():
            return REFUSED_BY_VENUE
        case OrderRefused() | ConfigError() | JournalError() | StateError():
            return REFUSED_HERE
        case VenueError():
            return UNKNOWN if mutating else UNREACHABLE
        case _:
            return FAILED


def loaded_for(arguments: argparse.Namespace) -> LoadedConfig:
    """Return the configuration, without the venue of the command line, which may be any exchange.

    Raises:
        ConfigError: Something in it is wrong.
    """
    flags: dict[str, str] = {}
    for pair in arguments.set:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(source="--set", key=safe_text(key), found="no value", allowed="KEY=VALUE")
        flags[key.strip()] = value
    return load_config(path=arguments.config, environ=os.environ, flags=flags)


def choice_of(arguments: argparse.Namespace, *, read_only: bool) -> dict[str, object]:
    """Return what the exchange service is to be told.

    Raises:
        ConfigError: The options contradict each other, or the configuration is wrong.
    """
    loaded = loaded_for(arguments)
    venue = arguments.venue or (SIM if arguments.sim else loaded.config.venue)
    live = getattr(arguments, "live", None)
    if live is not None and (live != venue or arguments.sandbox or arguments.sim):
        raise ConfigError(
            source="flag --live", key="venue", found=venue, allowed="--live with the real venue"
        )
    config: dict[str, object] = {
        "exchange": POLYMARKET if venue == SIM else venue,
        "settings": loaded.config,
        "read_only": read_only,
        "live": live is not None,
    }
    if arguments.keys is not None:
        config["credentials_file"] = arguments.keys
    elif venue == POLYMARKET and loaded.config.polymarket.credentials_file:
        config["credentials_file"] = loaded.config.polymarket.credentials_file
    if venue == SIM:
        return config | _embedded(arguments.sim)
    if arguments.sim is not None:
        raise ConfigError(source="flag --sim", key="venue", found=venue, allowed="sim with --sim FILE")
    if arguments.sandbox:
        config["sandbox"] = arguments.sandbox
    return config | {"account_type": arguments.account_type}


def _embedded(announcement: Path | None) -> dict[str, object]:
    if announcement is None:
        return {"sandbox": EMBEDDED}
    access = announced(announcement)
    assert access.account is not None, "an announcement has keys"
    who = access.account
    return {
        "sandbox": access.endpoints.rest_url,
        "credentials": {
            "private_key": who.private_key,
            "api_key": who.credentials.api_key,
            "api_secret": who.credentials.secret,
            "passphrase": who.credentials.passphrase,
        },
    }


@asynccontextmanager
async def exchange_at(config: Mapping[str, object]) -> AsyncIterator[ExchangeService]:
    """Open the exchange service for one command."""
    service = ExchangeService(config=config, progress=tell)
    try:
        await service.initialize()
        yield service
    finally:
        await service.shutdown()


def tell(text: str) -> None:
    """Tell a person at a terminal what is being waited for."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


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
