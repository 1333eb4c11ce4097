"""What a venue lists, without asking it: for venues that nobody has looked at yet."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from omega_tui.clock import Clock
from omega_tui.domain.instrument import Instrument, InstrumentKind, StopSupport
from omega_tui.runtime.lineup import VenueSpec
from omega_tui.services.venues import Listing
from omega_tui.sim.binance_coins import BINANCE_COINS
from omega_tui.sim.coins import DEFAULT_COINS, CoinSpec
from omega_tui.text import safe_text

BINANCE: Final = "binance"
MARKETS_FOLDER: Final = "markets"
"""Below the state folder: what exchanges listed, for a day."""


def embedded_listing(spec: VenueSpec) -> Listing:
    """Return what an embedded exchange lists for an account type, as the exchange library would say it."""
    is_swap = spec.account_type == "swap"
    is_binance = spec.exchange == BINANCE
    coins: Sequence[CoinSpec] = BINANCE_COINS if is_binance else DEFAULT_COINS
    found = [
        _instrument(coin, spec.name, is_binance=is_binance)
        for coin in coins
        if coin.key.is_perpetual is is_swap
    ]
    return Listing(found, "opens when one of its markets is looked at")


def _instrument(coin: CoinSpec, venue: str, *, is_binance: bool) -> Instrument:
    is_swap = coin.key.is_perpetual
    symbol = f"{coin.base}/{coin.quote}" + (f":{coin.quote}" if is_swap else "")
    return Instrument(
        id=f"{venue}:{symbol}",
        venue=venue,
        name=symbol,
        tick_size=coin.tick,
        lot_size=coin.lot,
        min_size=coin.min_size,
        base=coin.base,
        quote=coin.quote,
        taker_fee_rate=coin.taker_rate,
        maker_fee_rate=coin.maker_rate,
        min_notional=coin.min_value,
        kind=InstrumentKind.LINEAR if is_swap else InstrumentKind.SPOT,
        settle=coin.quote if is_swap else "",
        is_fifo=not is_binance,  # It has icebergs.
        stops=StopSupport.SAME_ORDER if is_binance else StopSupport.AT_VENUE,
    )


async def listing_on_disk(spec: VenueSpec, state: Path, clock: Clock) -> Listing | None:
    """Return what an exchange listed when it was last asked, however long ago; None where nothing is kept."""
    return await asyncio.to_thread(_read, spec, state, clock)


def _read(spec: VenueSpec, state: Path, clock: Clock) -> Listing | None:
    # Slow to import, and only for venues of the library.
    from omega_tui.venues.ccxt_loader import ExchangeAccount  # noqa: PLC0415
    from omega_tui.venues.ccxt_markets import age_text, markets_on_disk  # noqa: PLC0415
    from omega_tui.venues.ccxt_session import instruments_in  # noqa: PLC0415

    account = ExchangeAccount(
        venue=spec.name,
        exchange_id=spec.exchange,
        account_type=spec.account_type,
        sandbox=spec.sandbox == "venue",
    )
    saved = markets_on_disk(account, state / MARKETS_FOLDER)
    if saved is None:
        return None
    found = instruments_in(account, saved.markets, saved.precision_mode)
    age = age_text(clock.now_ns() - saved.saved_ns)
    return Listing(
        sorted(found.values(), key=lambda one: one.name),
        safe_text(f"{len(found)} markets from the disk, {age} old"),
    )
