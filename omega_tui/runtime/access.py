"""How a venue is reached and who we are there: embedded, announced by another process, or the real one."""

import os
from collections.abc import MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from omega_tui.clock import Clock
from omega_tui.config.loading import LoadedConfig
from omega_tui.config.venues import SimConfig
from omega_tui.errors import ConfigError
from omega_tui.protocol.polymarket.auth import ApiCredentials
from omega_tui.protocol.polymarket.signing import SignatureType
from omega_tui.secret import CREDENTIAL_VARIABLES, Secret
from omega_tui.services.streaming import Endpoints
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.credentials import find_credentials
from omega_tui.venues.polymarket_rest import PolymarketAccount

SIM = "sim"
POLYMARKET = "polymarket"
MAX_ANNOUNCEMENT = 1 << 20


@dataclass(frozen=True, slots=True)
class VenueAccess:
    """Where a venue listens and what we sign with.

    Attributes:
        venue: `sim` or `polymarket`.
        endpoints: CLOB and both WebSockets.
        data_url: Where positions are asked for.
        account: Who trades; None: view only.
        is_live: Whether real money is behind it.
    """

    venue: str
    endpoints: Endpoints
    data_url: str
    account: PolymarketAccount | None = None
    is_live: bool = False


async def enter_embedded(
    stack: AsyncExitStack, config: SimConfig, clock: Clock, *, state_path: Path | None
) -> VenueAccess:
    """Start the embedded exchange for as long as `stack` is entered.

    Raises:
        SimError: The port is taken, or the kept state cannot be read.
    """
    exchange = await stack.enter_async_context(
        EmbeddedExchange(
            seed=config.seed,
            rate=config.rate,
            port=config.port,
            clock=clock,
            markets=DEFAULT_MARKETS[: config.markets],
            cash=config.cash,
            state_path=state_path,
        )
    )
    return access_of(exchange)


def access_of(exchange: EmbeddedExchange) -> VenueAccess:
    """Return the access to an embedded exchange that listens, as its trader with money."""
    who = exchange.credentials
    return VenueAccess(
        SIM,
        Endpoints(exchange.rest_url, exchange.ws_market_url, exchange.ws_user_url),
        exchange.rest_url,
        PolymarketAccount(who.private_key, who.credentials, exchange.chain_id),
    )


class _Credentials(msgspec.Struct):
    private_key: str
    api_key: str
    secret: str
    passphrase: str


class _Announcement(msgspec.Struct):
    rest: str
    ws_market: str
    ws_user: str
    chain_id: int
    credentials: _Credentials


def announced(path: Path) -> VenueAccess:
    """Read what `omega-tui sim --json` printed into a file.

    Raises:
        ConfigError: It cannot be read, or is something else.
    """
    allowed = "the line that `omega-tui sim --json` printed"
    try:
        with path.open("rb") as file:
            text = file.read(MAX_ANNOUNCEMENT)
        told = msgspec.json.decode(text, type=_Announcement)
    except OSError as error:
        raise ConfigError(
            source=path, key="--sim", found=error.strerror or "no file", allowed=allowed
        ) from error
    except msgspec.DecodeError as error:
        raise ConfigError(source=path, key="--sim", found=str(error), allowed=allowed) from error
    for url in (told.rest, told.ws_market, told.ws_user):
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "http://[::1]:", "ws://[::1]:")):
            raise ConfigError(source=path, key="--sim", found=url, allowed="addresses on this machine")
    who = told.credentials
    return VenueAccess(
        SIM,
        Endpoints(told.rest, told.ws_market, told.ws_user),
        told.rest,
        PolymarketAccount(
            Secret(who.private_key),
            ApiCredentials(who.api_key, Secret(who.secret), Secret(who.passphrase)),
            told.chain_id,
        ),
    )


async def configured(
    loaded: LoadedConfig, environ: MutableMapping[str, str] = os.environ, *, trades: bool
) -> VenueAccess:
    """Return the access to Polymarket as configured; without credentials it is view only.

    They come from the environment, the file that is configured or, where both have none, the keychain. Who
    only looks needs no secret: none is read then (security, control C15).

    Raises:
        ConfigError: The file of the credentials is not private, or only some of them are given.
    """
    config = loaded.config.polymarket
    file = Path(config.credentials_file) if config.credentials_file else None
    who = await find_credentials(POLYMARKET, environ, file=file) if trades else {}
    account = None
    if who.keys() == CREDENTIAL_VARIABLES.keys():
        account = PolymarketAccount(
            who["private_key"],
            ApiCredentials(who["api_key"].reveal(), who["api_secret"], who["passphrase"]),
            config.chain_id,
            SignatureType(config.signature_type),
            config.funder,
        )
    elif who:
        names = ", ".join(variable for variable in CREDENTIAL_VARIABLES.values())
        raise ConfigError(
            source="credentials", key="polymarket", found="some of four", allowed=f"all of {names}"
        )
    return VenueAccess(
        POLYMARKET,
        Endpoints(config.rest_url, config.ws_market_url, config.ws_user_url),
        config.data_url,
        account,
        is_live=True,
    )
