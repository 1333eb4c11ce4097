"""The exchange library: imported only when an exchange is used, off the loop, and tamed before any call.

The import takes seconds and loads every exchange; parsing the markets blocks for half a second. Both happen
in a thread, with a word to the screen. What the library does by itself and no trader asked for is switched
off in `make_exchange`, and listed in `UNASKED`.
"""

import asyncio
import hashlib
import importlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType
from typing import Any, Final

import msgspec

from omega_tui.clock import Clock
from omega_tui.errors import VenueError, VenueRefused
from omega_tui.protocol.ccxt.instruments import TICK_SIZE
from omega_tui.protocol.ccxt.urls import loopback_urls
from omega_tui.secret import Secret
from omega_tui.venues.ccxt_outcome import PARSE_FAILURES, failure_of

Progress = Callable[[str], None]
"""Told what is being waited for, in sentences for the screen."""

Exchange = Any
"""An instance of a class of the library; it has no types."""

LIBRARY: Final = "ccxt.pro"
MARKETS_FRESH_NS: Final = 24 * 3600 * 1_000_000_000
"""Markets on disk are used for a day (fact sheet, section 5)."""

REQUEST_TIMEOUT_MS: Final = 10_000
"""The deadline of one request (order safety, section 2, step 5)."""

CREDENTIAL_FIELDS: Final = (
    "apiKey",
    "secret",
    "password",
    "uid",
    "privateKey",
    "walletAddress",
    "token",
    "login",
)
"""What the library calls the parts of a credential."""

SILENT: Final = logging.getLogger("ccxt.silent")
SILENT.disabled = True
"""For the library, which logs the headers of every request, keys and signatures among them, at DEBUG."""

_LOGGER = logging.getLogger(__name__)

_BINANCE_QUIRKS: Final = {
    **dict.fromkeys(("fetchCurrencies", "fetchMargins"), False),  # A request each, and nothing reads them.
    # Otherwise the library raises where all open orders are asked for, since that weighs more.
    "fetchOpenOrders": {"warnWithoutSymbol": False},
    "warnOnFetchOpenOrdersWithoutSymbol": False,
}

QUIRKS: Final[Mapping[str, Mapping[str, Any]]] = {
    # With keys and without `uta` the library asks the account which kind it is, and any failure means "no".
    # Checksums are compared here, on the same messages, and lead to one kind of recovery.
    "bitget": {"uta": False, "watchOrderBook": {"checksum": False}},
    # Likewise.
    "kucoin": {"uta": False},
    "gate": {"unifiedAccount": False},
    "binance": _BINANCE_QUIRKS,
    "binanceusdm": _BINANCE_QUIRKS,
    "binancecoinm": _BINANCE_QUIRKS,
}
"""Options that make an exchange do what it says (fact sheet, section 1)."""

MARKET_TYPES: Final[Mapping[str, Mapping[str, list[str]]]] = {
    "bitget": {"spot": ["spot"], "swap": ["swap"]},
    "binance": {"spot": ["spot"], "swap": ["linear", "inverse"]},
    "okx": {"spot": ["spot"], "swap": ["swap"]},
    "bybit": {"spot": ["spot"], "swap": ["linear", "inverse"]},
}
"""What to load for an account type, in the library's words for `fetchMarkets.types`."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """Something that the library does for its authors and not for the trader.

    Attributes:
        what: What it is, in words for `doctor`.
        options: Options that end it.
        headers: Headers that are taken off every request; no signature covers them.
        can_be_ended: Whether it is switched off at all; otherwise it is only listed.
    """

    what: str
    options: Mapping[str, Any] = field(default_factory=dict)
    headers: frozenset[str] = frozenset()
    can_be_ended: bool = True


# An empty prefix would bring the default back; `o` is how our own ids begin.
_OWN_PREFIX: Final = dict.fromkeys(("spot", "margin", "swap", "future", "delivery", "option"), "o")
_BINANCE: Final = Unasked("a broker's prefix on order ids", {"broker": _OWN_PREFIX})

UNASKED: Final[Mapping[str, Unasked]] = {
    "bitget": Unasked("a broker's code in a header", headers=frozenset({"X-CHANNEL-API-CODE"})),
    "binance": _BINANCE,
    "binanceusdm": _BINANCE,
    "binancecoinm": _BINANCE,
    "okx": Unasked("a broker's tag on orders", {"brokerId": None}),
    "bybit": Unasked("a broker's code in a header", headers=frozenset({"Referer"})),
    "gate": Unasked("a broker's code in a header", headers=frozenset({"X-Gate-Channel-Id"})),
    "kucoin": Unasked("a partner's name in headers", {"partner": {}}),
    "mexc": Unasked("a broker's code in a header", headers=frozenset({"source"})),
    "bingx": Unasked("a broker's code in a header", headers=frozenset({"X-SOURCE-KEY"})),
    "htx": Unasked("a broker's code on orders of contracts", {"broker": {"id": ""}}, can_be_ended=False),
    "cryptocom": Unasked("a broker's code on orders", can_be_ended=False),
    "woo": Unasked("a broker's code on orders", can_be_ended=False),
    "hyperliquid": Unasked(
        "a signed approval of a builder's fee (1 bp) and of a referrer, with the first private call",
        {"builderFee": False, "approvedBuilderFee": False, "refSet": True},
    ),
}
"""By exchange; nothing of it is switched on by anybody but the trader."""


@dataclass(frozen=True, slots=True)
class ExchangeAccount:
    """One account type of one exchange: what an instance of the library is made from.

    Attributes:
        venue: Our name of it, unique; without a colon.
        exchange_id: The library's id of the exchange.
        account_type: `spot` or `swap`. One instance per type: the library mixes the balances of several.
        credentials: By the library's field names; empty for public data.
        loopback: Base URL of an embedded exchange that stands for the real hosts; empty for the real ones.
        sandbox: Use the venue's own test system.
        keep_unasked: Leave the venue's `UNASKED` on.
        options: Further options of the library.
        timeout_ms: Deadline of one request.
    """

    venue: str
    exchange_id: str
    account_type: str = "spot"
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    loopback: str = ""
    sandbox: bool = False
    keep_unasked: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    timeout_ms: int = REQUEST_TIMEOUT_MS


@dataclass(frozen=True, slots=True)
class Markets:
    """What an exchange lists, as the library wants it back.

    Attributes:
        markets: Market structures by symbol.
        currencies: Currency structures by code; None where the exchange has none.
        saved_ns: When they were fetched, wall clock.
        precision_mode: How the library means the precisions in them.
        from_disk: Whether they were not fetched just now.
        helpers: Options that the library fills beside the markets and reads when it orders, by name.
    """

    markets: dict[str, Any]
    currencies: dict[str, Any] | None
    saved_ns: int
    precision_mode: int = TICK_SIZE
    from_disk: bool = False
    helpers: dict[str, Any] = field(default_factory=dict)


_MARKETS: Final = msgspec.json.Decoder(Markets)
"""Made at the import, since files of several exchanges are read in threads at once: msgspec learns a type at
its first use, which two threads must not do together."""


async def load_library(progress: Progress) -> ModuleType:
    """Return the exchange library, imported in a thread the first time."""
    progress("Loading the exchange library; the first time after an installation takes some seconds.")
    return await asyncio.to_thread(importlib.import_module, LIBRARY)


def make_exchange(library: ModuleType, account: ExchangeAccount) -> Exchange:
    """Return an instance that does only what it is told.

    Raises:
        VenueRefused: The library has no such exchange, or the exchange no sandbox.
    """
    venue, exchange_id = account.venue, account.exchange_id
    if exchange_id == "polymarket":
        raise VenueRefused(
            "the library's polymarket is the venue for perpetuals; Polymarket is traded without it",
            venue=venue,
            code="NO_EXCHANGE",
        )
    if exchange_id not in library.exchanges:
        raise VenueRefused(
            f"the exchange library has no exchange {exchange_id!r} with streams",
            venue=venue,
            code="NO_EXCHANGE",
        )
    exchange = getattr(library, exchange_id)(
        {
            "enableRateLimit": True,
            "timeout": account.timeout_ms,
            "verbose": False,
            **{name: secret.reveal() for name, secret in account.credentials.items()},
        }
    )
    exchange.logger = SILENT
    options = {
        "defaultType": account.account_type,
        "maxRetriesOnFailure": 0,  # More would place one order twice (fact sheet, section 4).
        "adjustForTimeDifference": False,  # The skew is measured, shown and set by `CcxtSession`.
        **QUIRKS.get(exchange_id, {}),
    }
    types = MARKET_TYPES.get(exchange_id, {}).get(account.account_type)
    if types:
        options["fetchMarkets"] = {"types": types}
    unasked = UNASKED.get(exchange_id)
    if unasked is not None and not account.keep_unasked:
        options |= unasked.options
        _take_off(exchange, unasked.headers)
        if exchange_id == "hyperliquid":
            # Even with the fee off, the library signs an approval of it at 0 % before the first private call.
            exchange.handle_builder_fee_approval = _nothing_to_approve
    for name, value in (options | dict(account.options)).items():
        before = exchange.options.get(name)
        both = isinstance(before, dict) and isinstance(value, dict) and value
        exchange.options[name] = {**before, **value} if both else value
    if account.sandbox:
        _use_sandbox(library, exchange, venue)
    if account.loopback:
        hostname = getattr(exchange, "hostname", None) or ""
        exchange.urls = loopback_urls(exchange.urls, account.loopback, hostname=hostname)
    return exchange


def has_sandbox(library: ModuleType, exchange_id: str) -> bool:
    """Return whether an exchange has a test system of its own that the library can use. Nothing is sent."""
    try:
        make_exchange(library, ExchangeAccount(exchange_id, exchange_id, sandbox=True))
    except VenueRefused:
        return False
    return True


def _take_off(exchange: Exchange, headers: frozenset[str]) -> None:
    sign = exchange.sign

    def sign_plainly(*args: object, **named: object) -> dict[str, Any]:
        request: dict[str, Any] = sign(*args, **named)
        kept = {name: value for name, value in (request["headers"] or {}).items() if name not in headers}
        return request | {"headers": kept}

    if headers:
        exchange.sign = sign_plainly
        exchange.headers = {name: value for name, value in exchange.headers.items() if name not in headers}


async def _nothing_to_approve() -> bool:
    return True


def _use_sandbox(library: ModuleType, exchange: Exchange, venue: str) -> None:
    try:
        exchange.set_sandbox_mode(True)
    except (library.NotSupported, TypeError, KeyError):  # The last two: no list of addresses for it.
        raise VenueRefused(
            f"{venue} has no sandbox; use the embedded exchange to practise", venue=venue, code="NO_SANDBOX"
        ) from None


# ------------------------------------------------------------------------------------------------- markets


async def load_markets(
    library: ModuleType, account: ExchangeAccount, *, folder: Path | None, clock: Clock, progress: Progress
) -> Markets:
    """Return what the exchange lists: from disk for a day, else fetched and parsed in a thread.

    Raises:
        VenueError: The exchange did not give them and none are on disk.
    """
    path = None if folder is None else folder / _file_name(library.__version__, account)
    saved = None if path is None else await asyncio.to_thread(_read, path)
    now_ns = clock.now_ns()
    if saved is not None and 0 <= now_ns - saved.saved_ns < MARKETS_FRESH_NS:
        progress(f"Markets of {account.venue} are from the disk, {age_text(now_ns - saved.saved_ns)} old.")
        return saved
    progress(f"Fetching the markets of {account.venue}.")
    try:
        return await fetch_markets(library, account, folder=folder, clock=clock)
    except VenueError as failure:
        if saved is None:
            raise
        _LOGGER.warning("%s; older ones from the disk are used.", failure)
        progress(
            f"{account.venue} gave no markets; "
            f"those on disk, {age_text(now_ns - saved.saved_ns)} old, are used."
        )
        return saved


async def fetch_markets(
    library: ModuleType, account: ExchangeAccount, *, folder: Path | None, clock: Clock
) -> Markets:
    """Return what the exchange lists now, fetched and parsed in a thread, and keep it on disk.

    Raises:
        VenueError: The exchange did not give them.
    """
    try:
        markets = await asyncio.to_thread(_fetch, library, account, clock.now_ns())
    except (library.BaseError, *PARSE_FAILURES) as error:
        raise failure_of(error, venue=account.venue, asked="its markets") from None
    if folder is not None:
        path = folder / _file_name(library.__version__, account)
        await asyncio.to_thread(_write, path, markets)
    return markets


def markets_on_disk(account: ExchangeAccount, folder: Path) -> Markets | None:
    """Return what an exchange listed when it was last asked, however old, without importing the library.

    Blocks while it reads: call it in a thread.
    """
    try:
        version = metadata.version("ccxt")
    except metadata.PackageNotFoundError:
        return None
    return _read(folder / _file_name(version, account))


def install_markets(exchange: Exchange, markets: Markets) -> None:
    """Give an instance its markets. Blocks for some tenths of a second: call it in a thread."""
    exchange.set_markets(markets.markets, markets.currencies)
    for name in exchange.options.get("marketHelperProps") or ():
        # It must be there, if only as nothing: sharing markets looks it up.
        exchange.options[name] = markets.helpers.get(name, exchange.options.get(name))


def _fetch(library: ModuleType, account: ExchangeAccount, now_ns: int) -> Markets:
    """Fetch and parse on a loop of the calling thread, with an instance that lives no longer."""

    async def fetch() -> Markets:
        exchange = make_exchange(library, account)
        try:
            await exchange.load_markets()
        finally:
            await exchange.close()
        names = exchange.options.get("marketHelperProps") or ()
        return Markets(
            exchange.markets,
            exchange.currencies or None,
            now_ns,
            exchange.precisionMode,
            helpers={name: exchange.options.get(name) for name in names},
        )

    return asyncio.run(fetch())


def _file_name(version: str, account: ExchangeAccount) -> str:
    # Another version parses otherwise, and an embedded exchange lists other things than the real one.
    told_apart = f"{version} {account.loopback} {account.sandbox} {account.account_type}"
    digest = hashlib.sha256(told_apart.encode()).hexdigest()[:12]
    return f"markets-{account.exchange_id}-{digest}.json"


def _read(path: Path) -> Markets | None:
    try:
        saved = _MARKETS.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        _LOGGER.warning("The saved markets in %s cannot be read and are fetched again: %s.", path.name, error)
        return None
    return replace(saved, from_disk=True)


def _write(path: Path, markets: Markets) -> None:
    """Put the file in place whole or not at all; a disk that does not take it costs a fetch tomorrow."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(msgspec.json.encode(markets))
        Path(file.name).replace(path)
    except OSError as error:
        _LOGGER.warning("The markets cannot be saved as %s: %s.", path.name, error)


def age_text(age_ns: int) -> str:
    """Return how old something is, in hours and minutes."""
    minutes = age_ns // 60_000_000_000
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
