"""The one module of the services that knows concrete venues: from a choice to a broker and market data.

The console composes its own; this is for whoever uses the exchange service by itself.
"""

import hashlib
import os
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from omega_tui.config.model import OmegaConfig
from omega_tui.config.sandboxes import EMBEDDED, EMBEDDED_TYPES, OWN_SANDBOX
from omega_tui.errors import ConfigError, SimError, VenueUnreachable
from omega_tui.protocol.binance.signing import BinanceCredentials
from omega_tui.protocol.polymarket.auth import ApiCredentials, address_of
from omega_tui.protocol.polymarket.signing import SignatureType
from omega_tui.secret import Secret
from omega_tui.services.base import Platform
from omega_tui.services.exchange_config import ExchangeChoice, VenueParts
from omega_tui.sim.binance import EmbeddedBinance
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.ccxt_account import PER_SYMBOL
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_controls import CcxtControls
from omega_tui.venues.ccxt_loader import ExchangeAccount
from omega_tui.venues.ccxt_market_data import CcxtMarketData
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.credentials import FIELDS, POLYMARKET, POLYMARKET_FIELDS, find_credentials, variables_of
from omega_tui.venues.polymarket_broker import PolymarketBroker
from omega_tui.venues.polymarket_data import PolymarketData
from omega_tui.venues.polymarket_pictures import PolymarketPictures
from omega_tui.venues.polymarket_rest import PolymarketAccount
from omega_tui.venues.rate_gate import RateLines

EmbeddedCoins = EmbeddedBitget | EmbeddedBinance

BINANCE: Final = "binance"

Progress = Callable[[str], None]


async def enter_venue(  # noqa: PLR0913 - what every venue is made from
    choice: ExchangeChoice,
    settings: OmegaConfig,
    platform: Platform,
    stack: AsyncExitStack,
    *,
    rng: random.Random,
    progress: Progress,
) -> VenueParts:
    """Return a venue whose parts are not opened yet; an embedded exchange lives as long as `stack`.

    Raises:
        ConfigError: The credentials are wrong, or the exchange has no embedded one.
        VenueUnreachable: The embedded exchange cannot be started.
    """
    try:
        if choice.exchange == POLYMARKET:
            return await _polymarket(choice, settings, platform, stack, rng)
        return await _through_library(choice, settings, platform, stack, progress)
    except SimError as error:
        raise VenueUnreachable(str(error), venue=choice.venue, code="NOT_SENT") from error


async def _polymarket(
    choice: ExchangeChoice,
    settings: OmegaConfig,
    platform: Platform,
    stack: AsyncExitStack,
    rng: random.Random,
) -> VenueParts:
    urls = settings.polymarket
    rest_url, data_url = urls.rest_url, urls.data_url
    chain_id, kind, funder = urls.chain_id, SignatureType(urls.signature_type), urls.funder
    parts = choice.credentials
    if choice.sandbox:
        rest_url = data_url = choice.sandbox
        chain_id, kind, funder = EmbeddedExchange.chain_id, SignatureType.EOA, ""
    if choice.sandbox == EMBEDDED:
        sim = settings.sim
        exchange = EmbeddedExchange(
            seed=sim.seed,
            rate=sim.rate,
            port=sim.port,
            clock=platform.clock,
            markets=DEFAULT_MARKETS[: sim.markets],
            cash=sim.cash,
        )
        await stack.enter_async_context(exchange)
        rest_url = data_url = exchange.rest_url
        who = exchange.credentials
        parts = {
            "private_key": who.private_key,
            "api_key": Secret(who.credentials.api_key),
            "api_secret": who.credentials.secret,
            "passphrase": who.credentials.passphrase,
        }
    elif not parts:
        parts = await find_credentials(POLYMARKET, dict(os.environ), file=choice.credentials_file)
    _check_complete(POLYMARKET, parts, POLYMARKET_FIELDS)
    pictures = PolymarketPictures(PolymarketData(rest_url, venue=choice.venue, rng=rng), platform.clock)
    if not parts:
        return VenueParts(broker=None, data=pictures, why_view_only=why_no_keys(POLYMARKET))
    account = PolymarketAccount(
        parts["private_key"],
        ApiCredentials(parts["api_key"].reveal(), parts["api_secret"], parts["passphrase"]),
        chain_id,
        kind,
        funder,
    )
    broker = PolymarketBroker(
        venue=choice.venue,
        is_live=choice.is_real,
        rest_url=rest_url,
        data_url=data_url,
        account=account,
        clock=platform.clock,
        rng=rng,
        order_deadline_s=(settings.risk_live if choice.is_real else settings.risk).order_deadline_s,
    )
    name = "" if choice.sandbox == EMBEDDED else address_of(account.private_key).lower()
    return VenueParts(broker=broker, data=pictures, account=name)


async def enter_public_session(
    choice: ExchangeChoice,
    settings: OmegaConfig,
    platform: Platform,
    stack: AsyncExitStack,
    *,
    progress: Progress,
) -> CcxtSession:
    """Return a session without keys at an exchange of the library, not opened yet; no secret is looked for.

    Raises:
        ConfigError: The exchange has no embedded one.
        VenueUnreachable: The embedded exchange cannot be started.
    """
    try:
        embedded = await _enter_embedded(choice, settings, platform, stack)
    except SimError as error:
        raise VenueUnreachable(str(error), venue=choice.venue, code="NOT_SENT") from error
    return _session(choice, platform, {}, embedded, progress)


async def _enter_embedded(
    choice: ExchangeChoice, settings: OmegaConfig, platform: Platform, stack: AsyncExitStack
) -> EmbeddedCoins | None:
    """Return the embedded exchange that is asked for, started; None where another one is meant."""
    if choice.sandbox != EMBEDDED:
        return None
    if choice.account_type not in EMBEDDED_TYPES.get(choice.exchange, ()):
        raise ConfigError(
            source="exchange config",
            key="sandbox",
            found=f"'embedded' for {choice.exchange} {choice.account_type}",
            allowed="exchanges with an embedded one: bitget, binance (spot), polymarket",
        )
    return await stack.enter_async_context(embedded_coins(choice.exchange, settings, platform))


def _session(  # noqa: PLR0913 - what a session is made from
    choice: ExchangeChoice,
    platform: Platform,
    parts: Mapping[str, Secret],
    embedded: EmbeddedCoins | None,
    progress: Progress,
    *,
    lines: RateLines | None = None,
) -> CcxtSession:
    loopback = choice.sandbox if choice.sandbox.startswith("http") else ""
    if embedded is not None:
        loopback = embedded.base_url
    account = ExchangeAccount(
        venue=choice.venue,
        exchange_id=choice.exchange,
        account_type=choice.account_type,
        credentials={FIELDS[name]: secret for name, secret in parts.items()},
        loopback=loopback,
        sandbox=choice.sandbox == OWN_SANDBOX,
    )
    keeps = not loopback  # An embedded exchange lists something else after every start.
    return CcxtSession(
        account,
        clock=platform.clock,
        cache=choice.state_dir / "markets" if keeps and choice.state_dir is not None else None,
        progress=progress,
        lines=lines,
    )


@dataclass(frozen=True, slots=True)
class LibraryAccount:
    """An account at an exchange of the library; nothing of it is opened yet.

    Attributes:
        session: What feed, broker and questions share.
        has_keys: Whether it is anybody's account.
        name: Of the folder of its journal; empty: nothing of it may outlive the process.
    """

    session: CcxtSession
    has_keys: bool
    name: str


async def enter_library(  # noqa: PLR0913 - what an account is made from
    choice: ExchangeChoice,
    settings: OmegaConfig,
    platform: Platform,
    stack: AsyncExitStack,
    progress: Progress,
    *,
    wants_keys: bool = True,
    lines: RateLines | None = None,
) -> LibraryAccount:
    """Return an account at an exchange of the library; an embedded exchange lives as long as `stack`.

    Accounts that are given the same `lines` share the request budget of their exchange.

    Raises:
        ConfigError: The credentials are wrong, or the exchange has no embedded one.
        SimError: The embedded exchange cannot be started.
    """
    embedded, parts = await _enter_embedded(choice, settings, platform, stack), choice.credentials
    if embedded is not None:
        parts = keys_of(embedded)
    elif not parts and wants_keys:
        parts = await find_credentials(
            choice.exchange, dict(os.environ), file=choice.credentials_file, account=choice.name
        )
    session = _session(choice, platform, parts, embedded, progress, lines=lines)
    name = "" if embedded is not None else _account_name(choice, parts)
    return LibraryAccount(session, bool(parts), name)


def embedded_coins(exchange_id: str, settings: OmegaConfig, platform: Platform) -> EmbeddedCoins:
    """Return an embedded exchange of `EMBEDDED_TYPES` as it is configured; it listens once entered."""
    kind = EmbeddedBinance if exchange_id == BINANCE else EmbeddedBitget
    return kind(seed=settings.sim.seed, rate=min(settings.sim.rate, 2_000), clock=platform.clock)


def keys_of(embedded: EmbeddedCoins) -> dict[str, Secret]:
    """Return the key of the account with money, by the names of a credential's parts."""
    who = embedded.credentials
    parts = {"api_key": Secret(who.api_key), "api_secret": who.secret}
    return parts if isinstance(who, BinanceCredentials) else parts | {"passphrase": who.passphrase}


async def _through_library(
    choice: ExchangeChoice,
    settings: OmegaConfig,
    platform: Platform,
    stack: AsyncExitStack,
    progress: Progress,
) -> VenueParts:
    account = await enter_library(choice, settings, platform, stack, progress)
    session = account.session
    data = CcxtMarketData(session)
    if not account.has_keys:
        return VenueParts(broker=None, data=data, why_view_only=why_no_keys(choice.venue))
    broker = CcxtBroker(session, is_live=choice.is_real)
    return VenueParts(
        broker=broker,
        data=data,
        controls=CcxtControls(broker),
        account=account.name,
        holds_assets=choice.account_type == "spot",
        asks_by_instrument=choice.exchange in PER_SYMBOL["fetchMyTrades"],
        fetch_rights=session.fetch_rights,
    )


def _account_name(choice: ExchangeChoice, parts: Mapping[str, Secret]) -> str:
    """Return a name for the account's folder: the public part of its key, hashed, since paths are shown."""
    public = parts.get("api_key") or parts.get("wallet_address") or parts.get("uid")
    digest = hashlib.sha256((public.reveal() if public else "").encode()).hexdigest()[:16]
    return f"{choice.account_type}-{'practice-' if choice.sandbox else ''}{digest}"


def _check_complete(venue: str, parts: Mapping[str, Secret], needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if name not in parts]
    if parts and missing:
        raise ConfigError(
            source="credentials",
            key=venue,
            found=f"no {', '.join(missing)}",
            allowed=f"all of {', '.join(needed)}",
        )


def why_no_keys(venue: str) -> str:
    """Return why nothing can be ordered without keys, and where they belong, as a sentence."""
    first = next(iter(variables_of(venue).values()))
    return (
        f"there are no keys of {venue}: add them with `omega-tui keys add {venue}`, or give {first} and its "
        "like, or a file of mode 0600"
    )
