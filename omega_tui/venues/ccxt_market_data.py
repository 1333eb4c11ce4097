"""Public questions at an exchange over REST: `MarketData`, and the pictures that are not streams."""

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.ticker import FundingRate, Ticker
from omega_tui.domain.timeframe import TIMEFRAMES
from omega_tui.domain.trade import Trade
from omega_tui.errors import OutcomeUnknown, RemoteProtocolError, VenueRefused
from omega_tui.protocol.ccxt.funding import funding_rate_of
from omega_tui.protocol.ccxt.instruments import symbol_of
from omega_tui.protocol.ccxt.market_data import book_of, candle_of, ticker_of, trade_of
from omega_tui.protocol.ccxt.values import oldest_first
from omega_tui.venues.ccxt_session import CcxtSession


class CcxtMarketData:
    """`MarketData` over one session. What cannot be read raises; it is never left out in silence.

    Attributes:
        venue: Our name of the venue.
    """

    def __init__(self, session: CcxtSession) -> None:
        self.venue = session.venue
        self._session = session

    async def open(self) -> None:
        await self._session.open()

    async def close(self) -> None:
        await self._session.close()

    async def fetch_instruments(self) -> list[Instrument]:
        """Return what the account type can trade, by name; the markets are those of `open`."""
        await self._session.open()
        return sorted(self._session.instruments.values(), key=lambda instrument: instrument.name)

    async def fetch_instrument(self, instrument: str) -> Instrument:
        return self._session.instrument(instrument)

    async def fetch_server_time_ns(self) -> int:
        return await self._session.fetch_server_time_ns()

    async def fetch_book(self, instrument: str, *, levels: int = 100) -> BookSnapshot:
        """Return the book as REST shows it.

        Raises:
            VenueError: There is no answer, or none that can be read.
        """
        known, symbol = self._named(instrument)
        book = await self._session.ask("the book", lambda exchange: exchange.fetch_order_book(symbol))
        now_ns = self._session.clock.now_ns()
        try:
            return book_of(book, known, levels=levels, sequence=0, ts_recv_ns=now_ns)
        except RemoteProtocolError as error:
            raise self._unreadable(error) from error

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """Return the venue's summary of an instrument.

        Raises:
            VenueError: As `fetch_book`.
        """
        known, symbol = self._named(instrument)
        ticker = await self._session.ask("the ticker", lambda exchange: exchange.fetch_ticker(symbol))
        try:
            return ticker_of(ticker, known, ts_recv_ns=self._session.clock.now_ns())
        except RemoteProtocolError as error:
            raise self._unreadable(error) from error

    async def fetch_funding_rate(self, instrument: str) -> FundingRate | None:
        """Return what the holders of a perpetual pay next; None at spot, and where the venue does not tell.

        Raises:
            VenueError: As `fetch_book`.
        """
        known, symbol = self._named(instrument)
        offered = self._session.data.has.get("fetchFundingRate")
        if known.kind not in {InstrumentKind.LINEAR, InstrumentKind.INVERSE} or not offered:
            return None
        row = await self._session.ask(
            "the funding rate", lambda exchange: exchange.fetch_funding_rate(symbol)
        )
        try:
            return funding_rate_of(row, known)
        except RemoteProtocolError as error:
            raise self._unreadable(error) from error

    async def fetch_trades(self, instrument: str) -> list[Trade]:
        """Return the newest prints, oldest first.

        Raises:
            VenueError: As `fetch_book`.
        """
        known, symbol = self._named(instrument)
        rows = await self._session.ask("the prints", lambda exchange: exchange.fetch_trades(symbol))
        now_ns = self._session.clock.now_ns()
        try:
            return [trade_of(row, known, ts_recv_ns=now_ns) for row in oldest_first(rows)]
        except RemoteProtocolError as error:
            raise self._unreadable(error) from error

    async def fetch_candles(
        self, instrument: str, timeframe: str = "1m", *, limit: int | None = None
    ) -> list[Candle]:
        """Return candles, oldest first; the last one may still be growing.

        Args:
            instrument: Instrument id.
            timeframe: One of `TIMEFRAMES` that the venue offers.
            limit: How many of the newest are wanted; None for as many as the venue gives unasked.

        Raises:
            VenueError: As `fetch_book`, or the venue has no such candles.
        """
        known, symbol = self._named(instrument)
        if timeframe not in TIMEFRAMES or timeframe not in (self._session.data.timeframes or {}):
            raise VenueRefused(
                f"{self.venue} has no candles of {timeframe}", venue=self.venue, code="NOT_SUPPORTED"
            )
        rows = await self._session.ask(
            "candles", lambda exchange: exchange.fetch_ohlcv(symbol, timeframe, None, limit)
        )
        try:
            return [candle_of(row, known, timeframe_s=TIMEFRAMES[timeframe]) for row in rows]
        except RemoteProtocolError as error:
            raise self._unreadable(error) from error

    def _named(self, instrument: str) -> tuple[Instrument, str]:
        return self._session.instrument(instrument), symbol_of(instrument)

    def _unreadable(self, error: RemoteProtocolError) -> OutcomeUnknown:
        return OutcomeUnknown(f"{self.venue} gave an answer that cannot be read: {error}", venue=self.venue)
