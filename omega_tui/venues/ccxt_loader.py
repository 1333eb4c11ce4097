"""The exchange library: imported only when an exchange is used, off the loop, and tamed before any call.

The import takes seconds and loads every exchange; it happens in a thread, with a word to the screen. What the
library does by itself and no trader asked for is switched off in `make_exchange`, and listed in `UNASKED`.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

from omega_tui.errors import VenueRefused
from omega_tui.protocol.ccxt.urls import loopback_urls
from omega_tui.secret import Secret
from omega_tui.venues.tls import client_context

Progress = Callable[[str], None]
"""Told what is being waited for, in sentences for the screen."""

Exchange = Any
"""An instance of a class of the library; it has no types."""

LIBRARY: Final = "ccxt.pro"
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


async def load_library(progress: Progress) -> ModuleType:
    """Return the exchange library, imported in a thread the first time."""
    progress("Loading the exchange library; the first time after an installation takes some seconds.")
    return await asyncio.to_thread(_load)


def _load() -> ModuleType:
    """Import it, and read the authorities that every instance trusts."""
    library = importlib.import_module(LIBRARY)
    client_context(importlib.import_module("certifi").where())  # What the library takes, and brings.
    return library


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
    exchange.ssl_context = client_context(exchange.cafile)
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
