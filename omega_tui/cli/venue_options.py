"""What every command at a venue shares: which venue, what an exit code means, and how a run ends."""

import argparse
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Final

from omega_tui.cli.exit_codes import EXIT_CODES, FAILED, REFUSED_BY_VENUE, REFUSED_HERE, UNKNOWN, UNREACHABLE
from omega_tui.cli.options import (
    FLAGS,
    Parser,
    add_sim_option,
    complain,
    first_error,
    parser,
    run_until_interrupted,
)
from omega_tui.config.loading import LoadedConfig, load_config
from omega_tui.config.sandboxes import ACCOUNT_TYPES
from omega_tui.errors import (
    ConfigError,
    JournalError,
    OmegaError,
    OrderRefused,
    OrderRejected,
    OutputError,
    StateError,
    VenueError,
    VenueRefused,
    VenueUnreachable,
)
from omega_tui.runtime.access import POLYMARKET, SIM, announced
from omega_tui.runtime.lineup import BUILT_IN, SWAP, VenueSpec, resolve
from omega_tui.text import safe_text

OF_THE_SIM: Final = ("--seed", "--rate")
"""Flags of the embedded exchange that a command starts for itself."""

_KNOWN_HERE: Final = frozenset({"NO_EXCHANGE", "NO_SANDBOX", "NOT_SUPPORTED", "INSTRUMENT"})
"""Codes of refusals that this program gives in the name of a venue, before anything is sent to it."""


def venue_parser(command: str, doc: str) -> Parser:
    """Return a parser with the options of every command at a venue."""
    made = parser(command, doc, flags=OF_THE_SIM)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.epilog = EXIT_CODES
    made.add_argument(
        "--venue",
        metavar="NAME",
        help="sim, sim-spot, sim-swap, polymarket, an exchange, as bitget or bitget-swap, or one of yours",
    )
    made.add_argument(
        "--account-type", choices=ACCOUNT_TYPES, help="of an exchange: spot, unless its name says otherwise"
    )
    made.add_argument(
        "--sandbox",
        metavar="WHICH",
        help="practise: embedded (bitget, binance), the address of one that runs, or venue: the venue's own",
    )
    add_sim_option(made)
    made.add_argument("--json", action="store_true", help="JSON, one object a line, instead of a table")
    return made


def run_command(command: str, main: Callable[[], Coroutine[None, None, int]]) -> int:
    """Run the body of a command; its exit code is one of `EXIT_CODES`."""

    async def body() -> int:
        try:
            return await main()
        except* OmegaError as group:  # What is open for a venue wraps what goes through it.
            error = first_error(group)
        if isinstance(error, OutputError):
            raise error
        complain(command, error)
        return exit_code(error)

    return run_until_interrupted(body, command)


def exit_code(error: OmegaError, *, mutating: bool = False) -> int:
    """Return what an error means to a program; `mutating` when something may have been sent."""
    match error:
        case OrderRejected(code="NOT_SENT") | VenueUnreachable():
            return UNREACHABLE
        case VenueRefused(code=code) if code in _KNOWN_HERE:
            return REFUSED_HERE
        case OrderRejected() | VenueRefused():
            return REFUSED_BY_VENUE
        case OrderRefused() | ConfigError() | JournalError() | StateError():
            return REFUSED_HERE
        case VenueError():
            return UNKNOWN if mutating else UNREACHABLE
        case _:
            return FAILED


def loaded_for(arguments: argparse.Namespace) -> LoadedConfig:
    """Return the configuration; a venue of the command line that is none of ours is left out of it.

    Raises:
        ConfigError: Something in it is wrong.
    """
    flags: dict[str, str] = {}
    for flag in OF_THE_SIM:
        value = getattr(arguments, flag.removeprefix("--"), None)
        if value is not None:
            flags[FLAGS[flag][0]] = value
    venue = SIM if arguments.sim is not None else arguments.venue
    if venue in {SIM, POLYMARKET}:
        flags["venue"] = venue
    for pair in arguments.set:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(source="--set", key=safe_text(key), found="no value", allowed="KEY=VALUE")
        flags[key.strip()] = value
    return load_config(path=arguments.config, environ=os.environ, flags=flags)


def choice_of(
    arguments: argparse.Namespace, *, read_only: bool, loaded: LoadedConfig | None = None
) -> dict[str, object]:
    """Return what the exchange service is to be told.

    Raises:
        ConfigError: The options contradict each other, or the configuration is wrong.
    """
    loaded = loaded or loaded_for(arguments)
    spec = spec_of(arguments, loaded)
    live = getattr(arguments, "live", None)
    if live is not None and (live != spec.name or not spec.is_real or arguments.sim):
        raise ConfigError(
            source="flag --live", key="venue", found=spec.name, allowed="--live with the real venue"
        )
    config: dict[str, object] = {
        "name": spec.name,
        "exchange": spec.exchange,
        "settings": loaded.config,
        "read_only": read_only,
        "live": live is not None,
    }
    keys = getattr(arguments, "keys", None)
    file = loaded.config.polymarket.credentials_file if spec.exchange == POLYMARKET else spec.credentials_file
    if keys is not None:
        config["credentials_file"] = keys
    elif file and not spec.is_embedded:
        config["credentials_file"] = file
    if spec.account_type:
        config["account_type"] = spec.account_type
    if arguments.sim is not None:
        return config | _announced(arguments.sim)
    return config | ({"sandbox": spec.sandbox} if spec.sandbox else {})


def spec_of(arguments: argparse.Namespace, loaded: LoadedConfig) -> VenueSpec:
    """Return the venue that is meant, by the names of the console: one of them is one account in both.

    Raises:
        ConfigError: There is none of that name, or the options contradict each other.
    """
    name = arguments.venue or (SIM if arguments.sim else loaded.config.venue)
    if arguments.sim is not None and name != SIM:
        raise ConfigError(source="flag --sim", key="venue", found=name, allowed="sim with --sim FILE")
    asked = arguments.account_type
    known = {one.name for one in BUILT_IN} | {one.name for one in loaded.config.venues}
    if asked == "swap" and name not in known and not name.endswith(SWAP):
        name += SWAP
    spec = resolve(name, loaded.config)
    if asked not in {None, spec.account_type}:
        allowed = f"{spec.account_type or 'none'} at {name}"
        raise ConfigError(source="flag --account-type", key="account_type", found=asked, allowed=allowed)
    if not arguments.sandbox:
        return spec
    if spec.name in {one.name for one in BUILT_IN if one.sandbox}:
        raise ConfigError(
            source="flag --sandbox", key="sandbox", found=name, allowed=f"none: {name} is one already"
        )
    return replace(spec, sandbox=arguments.sandbox)


def _announced(announcement: Path) -> dict[str, object]:
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


def tell(text: str) -> None:
    """Tell a person at a terminal what is being waited for."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
