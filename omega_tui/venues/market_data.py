"""What the services ask of a venue about its markets, over REST and without an account."""

from typing import Protocol, runtime_checkable

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.ticker import FundingRate, Ticker
from omega_tui.domain.trade import Trade


class MarketData(Protocol):
    """Public questions at one venue over REST."""

    venue: str

    async def open(self) -> None:
        """Acquire sessions."""
        ...

    async def close(self) -> None:
        """Release; never raises."""
        ...

    async def fetch_instruments(self) -> list[Instrument]:
        """Return what can be traded, all pages up to a bound of the adapter."""
        ...

    async def fetch_instrument(self, instrument: str) -> Instrument:
        """Return one instrument.

        Raises:
            VenueRefused: The venue does not know it.
        """
        ...

    async def fetch_server_time_ns(self) -> int:
        """Return the venue's clock, for the skew."""
        ...


class MarketPictures(MarketData, Protocol):
    """What can also be asked about one instrument. Each raises `VenueError` when no usable answer came."""

    async def fetch_book(self, instrument: str, *, levels: int = 100) -> BookSnapshot:
        """Return the book as REST shows it."""
        ...

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the venue's summary."""
        ...

    async def fetch_trades(self, instrument: str) -> list[Trade]:
        """Return the newest prints, oldest first."""
        ...

    async def fetch_candles(self, instrument: str, timeframe: str = "1m") -> list[Candle]:
        """Return candles, oldest first; the last one may still be growing."""
        ...


@runtime_checkable
class TellsFunding(Protocol):
    """Market data of a venue with perpetuals."""

    async def fetch_funding_rate(self, instrument: str) -> FundingRate | None:
        """Return what is paid next; None for an instrument without funding, and where nothing is told."""
        ...
