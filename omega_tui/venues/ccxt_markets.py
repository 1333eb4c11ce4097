"""What an exchange of the library lists: fetched and parsed in a thread, and kept on disk for a day.

Parsing blocks for half a second, and a disk may block for longer: no loop waits for either.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType
from typing import Any, Final

import msgspec

from omega_tui.clock import Clock
from omega_tui.errors import VenueError
from omega_tui.protocol.ccxt.instruments import TICK_SIZE
from omega_tui.venues.ccxt_loader import Exchange, ExchangeAccount, Progress, make_exchange
from omega_tui.venues.ccxt_outcome import PARSE_FAILURES, failure_of

MARKETS_FRESH_NS: Final = 24 * 3600 * 1_000_000_000
"""Markets on disk are used for a day (fact sheet, section 5)."""


_LOGGER = logging.getLogger(__name__)


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
