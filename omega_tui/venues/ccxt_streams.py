"""What can be watched at an exchange, and how what it says is read into events."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

from omega_tui.domain.candle import Candle, CandleMaker
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import TradePrinted
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.book_families import MISREAD
from omega_tui.protocol.ccxt.account import fill_of, order_of
from omega_tui.protocol.ccxt.market_data import candle_of, trade_of
from omega_tui.venues.ccxt_loader import Exchange
from omega_tui.venues.ccxt_session import CcxtSession

Row = Mapping[str, Any]
Made = TypeVar("Made")
Given = TypeVar("Given")

CANDLE: Final = ("1m", 60)
"""The timeframe that is watched, in the library's words and in seconds."""

SEEN_TRADES: Final = 2_000
"""Prints that are remembered, to show each once."""


class Stream(StrEnum):
    """What can be watched."""

    BOOK = "OrderBook"
    TRADES = "Trades"
    TICKER = "Ticker"
    CANDLES = "OHLCV"
    ORDERS = "Orders"
    FILLS = "MyTrades"
    BALANCE = "Balance"
    POSITIONS = "Positions"

    @property
    def is_private(self) -> bool:
        """Whether it is of the account."""
        return self in PRIVATE

    @property
    def may_be_silent(self) -> bool:
        """Whether it says nothing for hours when nothing happens."""
        return self in PRIVATE


PRIVATE: Final = frozenset({Stream.ORDERS, Stream.FILLS, Stream.BALANCE, Stream.POSITIONS})

WATCH: Final = {
    Stream.BOOK: "watch_order_book",
    Stream.TRADES: "watch_trades",
    Stream.TICKER: "watch_ticker",
    Stream.CANDLES: "watch_ohlcv",
    Stream.ORDERS: "watch_orders",
    Stream.FILLS: "watch_my_trades",
    Stream.BALANCE: "watch_balance",
    Stream.POSITIONS: "watch_positions",
}
NAMES_ORDER: Final[Mapping[Stream, str]] = {Stream.ORDERS: "id", Stream.FILLS: "order"}
"""Where the rows of a stream name the order that they are about."""

FETCH: Final = {
    Stream.BOOK: "fetch_order_book",
    Stream.TRADES: "fetch_trades",
    Stream.TICKER: "fetch_ticker",
    Stream.CANDLES: "fetch_ohlcv",
    Stream.ORDERS: "fetch_open_orders",
    Stream.FILLS: "fetch_my_trades",
    Stream.BALANCE: "fetch_balance",
    Stream.POSITIONS: "fetch_positions",
}


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Deadlines and rates.

    Attributes:
        first_message_s: A stream that says nothing for so long after it was asked for is dead.
        silent_first_s: How long one that may be silent is waited for before a live socket is enough for it.
        silence_s: One that was alive and falls silent for so long is asked about, and then maybe dead.
        frame_s: A book is published at most once in this time.
        poll_s: How often is asked what cannot be watched.
        compare_s: How often a book without a check is compared with the one of REST.
        first_wait_s: Ceiling of the first wait after a stream ended.
        longest_wait_s: Ceiling of all of them.
        levels: Levels of each side of a published book.
    """

    first_message_s: float = 10.0
    silent_first_s: float = 2.0
    silence_s: float = 30.0
    frame_s: float = 0.02
    poll_s: float = 2.0
    compare_s: float = 30.0
    first_wait_s: float = 0.25
    longest_wait_s: float = 15.0
    levels: int = 100


@dataclass(slots=True)
class Watched:
    """One stream that is wanted.

    Attributes:
        stream: What it carries.
        instrument: Of what; None for the account's streams.
        is_polled: Whether it is asked over REST.
        urls: Addresses that it watches.
        messages: Since it was last asked for.
        waited_s: For the first of them.
        snapshot: The last book that was published.
        published: How many messages had been applied to the book then.
        seen: Ids of prints already published.
        verified_ns: When REST last agreed with the book, as published.
        maker: Makes candles of prints where the library watches prints only; None elsewhere.
        gap_told: Whether the gap that ends it has been told already.
    """

    stream: Stream
    instrument: Instrument | None
    is_polled: bool
    urls: set[str] = field(default_factory=set)
    messages: int = 0
    waited_s: float = 0.0
    snapshot: BookSnapshot | None = None
    published: int = -1
    seen: dict[str, None] = field(default_factory=dict)
    verified_ns: int = 0
    gap_told: bool = False
    maker: CandleMaker | None = None

    @property
    def name(self) -> str:
        return f"{self.stream.value} {self.instrument.name}" if self.instrument else self.stream.value


def watched_at(exchange: Exchange, stream: Stream, instrument: Instrument | None) -> Watched:
    """Say how a stream is had from an exchange: watched, built from prints, or asked over REST."""
    can_watch = bool(exchange.has.get(f"watch{stream.value}"))
    if stream is Stream.BOOK and exchange.id in MISREAD:
        can_watch = False
    builds = stream is Stream.CANDLES and not can_watch and bool(exchange.has.get("watchTrades"))
    return Watched(
        stream,
        instrument,
        is_polled=not (can_watch or builds),
        maker=CandleMaker(CANDLE[1]) if builds else None,
    )


class RowReader:
    """Reads rows of the library; one that cannot be read is counted, and is no reason to lose the others.

    Attributes:
        rejected_total: Rows that could not be read.
    """

    def __init__(self, session: CcxtSession) -> None:
        self.rejected_total = 0
        self._session = session

    async def own(self, watched: Watched, value: Any) -> Any:  # noqa: ANN401 - what the library gives
        """Return rows of orders and fills under the ids that those orders have here; all else as it is."""
        key = NAMES_ORDER.get(watched.stream)
        return value if key is None else await self._session.fired.renamed(value, key)

    def read(self, rows: Iterable[Given], make: Callable[[Given], Made]) -> Iterator[Made]:
        """Yield what could be made of each row."""
        for row in rows:
            try:
                made = make(row)
            except RemoteProtocolError:
                self.rejected_total += 1
            else:
                yield made

    def events(self, watched: Watched, rows: Iterable[Row], *, now_ns: int) -> Iterator[Event]:
        """Yield the events of rows of prints, orders or fills."""
        for event in self.read(rows, lambda row: self._event_of(watched, row, now_ns)):
            if event is not None:
                yield event

    def candles(self, watched: Watched, rows: Any, *, now_ns: int) -> list[Candle]:  # noqa: ANN401 - as given
        """Return the newest candles, or those that prints come to, each as it now stands.

        One that was joined midway is left out: it would have a wrong open and a wrong volume.
        """
        instrument, maker, built = watched.instrument, watched.maker, dict[int, Candle]()
        assert instrument is not None, "candles are of an instrument"
        if maker is None:
            newest = rows[-2:]
            return list(self.read(newest, lambda row: candle_of(row, instrument, timeframe_s=CANDLE[1])))
        for event in self.read(rows, lambda row: self._print_of(watched, row, now_ns)):
            candle = maker.add(event.trade) if event is not None else None
            if candle is not None and candle.start_ns >= maker.whole_from_ns:
                built[candle.start_ns] = candle
        return list(built.values())

    def _event_of(self, watched: Watched, row: Row, now_ns: int) -> Event | None:
        if watched.stream is Stream.TRADES:
            return self._print_of(watched, row, now_ns)
        instrument = self._session.instrument_of_row(row)
        if instrument is None:
            return None
        if watched.stream is Stream.FILLS:
            return fill_of(row, instrument)
        return order_of(row, instrument, cumulative=watched.is_polled)

    @staticmethod
    def _print_of(watched: Watched, row: Row, now_ns: int) -> TradePrinted | None:
        """Return a print that was not seen before."""
        assert watched.instrument is not None
        trade = trade_of(row, watched.instrument, ts_recv_ns=now_ns)
        name = trade.trade_id or f"{trade.ts_event_ns} {trade.price} {trade.size} {trade.aggressor}"
        if name in watched.seen:
            return None
        watched.seen[name] = None
        if len(watched.seen) > SEEN_TRADES:
            del watched.seen[next(iter(watched.seen))]
        return TradePrinted(trade.instrument, trade.ts_event_ns, now_ns, trade)
