"""Books and tickers of Polymarket's CLOB as REST shows them, in the shapes that every venue shares."""

from omega_tui.clock import Clock
from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade
from omega_tui.errors import VenueError, VenueRefused
from omega_tui.protocol.polymarket.wire import Level
from omega_tui.text import parse_decimal
from omega_tui.units import NS_PER_MS
from omega_tui.venues.polymarket_data import PolymarketData


class PolymarketPictures:
    """`venues.base.MarketPictures` over one `PolymarketData`."""

    def __init__(self, data: PolymarketData, clock: Clock) -> None:
        self.venue = data.venue
        self._data = data
        self._clock = clock

    async def open(self) -> None:
        await self._data.open()

    async def close(self) -> None:
        await self._data.close()

    async def fetch_instruments(self) -> list[Instrument]:
        return await self._data.fetch_instruments()

    async def fetch_instrument(self, instrument: str) -> Instrument:
        return await self._data.fetch_instrument(instrument)

    async def fetch_server_time_ns(self) -> int:
        return await self._data.fetch_server_time_ns()

    async def fetch_book(self, instrument: str, *, levels: int = 100) -> BookSnapshot:
        rest = await self._data.fetch_book(instrument)
        try:
            bids, asks = _levels(rest.bids), _levels(rest.asks)
            tick = (
                parse_decimal(rest.tick_size)
                if rest.tick_size
                else await self._data.fetch_tick_size(instrument)
            )
            last = parse_decimal(rest.last_trade_price) if rest.last_trade_price else None
            stamp_ns = int(rest.timestamp) * NS_PER_MS if rest.timestamp.isdecimal() else 0
        except ValueError as error:
            message = f"the book of {instrument[:12]} cannot be read: {error}"
            raise VenueError(message, venue=self.venue, code="UNREADABLE") from error
        return BookSnapshot(
            instrument=instrument,
            bids=tuple(sorted(bids, reverse=True)[:levels]),
            asks=tuple(sorted(asks)[:levels]),
            tick_size=tick,
            ts_event_ns=stamp_ns,
            ts_recv_ns=self._clock.now_ns(),
            last_trade_price=last or None,
        )

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the touch and the last price: the venue has no summary of the day for one outcome."""
        book = await self.fetch_book(instrument, levels=1)
        return Ticker(
            instrument=instrument,
            last=book.last_trade_price,
            bid=book.best_bid,
            ask=book.best_ask,
            mark=book.mid,
            ts_event_ns=book.ts_event_ns,
            ts_recv_ns=book.ts_recv_ns,
        )

    async def fetch_trades(self, instrument: str) -> list[Trade]:
        raise self._not_offered(f"prints of {instrument[:12]} over REST; stream them")

    async def fetch_candles(self, instrument: str, timeframe: str = "1m") -> list[Candle]:
        raise self._not_offered(f"candles of {timeframe} of {instrument[:12]}; the console makes them")

    def _not_offered(self, what: str) -> VenueRefused:
        return VenueRefused(f"{self.venue} has no {what}", venue=self.venue, code="NOT_SUPPORTED")


def _levels(rows: list[Level] | None) -> list[PriceLevel]:
    levels = [PriceLevel(parse_decimal(row.price), parse_decimal(row.size)) for row in rows or ()]
    return [level for level in levels if level.size > 0]
