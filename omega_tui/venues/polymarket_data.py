"""Public questions to Polymarket's CLOB over REST: instruments, books, the venue's clock.

Nothing here is signed, so nothing here can do harm; every call is bounded by `HttpSession`.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.errors import RemoteProtocolError, VenueError, VenueRefused, VenueUnreachable
from omega_tui.protocol.polymarket.fact_answers import (
    decode_condition_id,
    decode_neg_risk,
    decode_tick_size,
    decode_time,
)
from omega_tui.protocol.polymarket.fees import MAX_FEE_BPS
from omega_tui.protocol.polymarket.market_answers import MarketPage, MarketRow, decode_market, decode_markets
from omega_tui.protocol.polymarket.paging import CursorWalk
from omega_tui.protocol.polymarket.refusals import error_sentence
from omega_tui.protocol.polymarket.request import RestRequest
from omega_tui.protocol.polymarket.rest import (
    book_request,
    books_request,
    market_of_token_request,
    market_request,
    markets_request,
    neg_risk_request,
    sampling_markets_request,
    tick_size_request,
    time_request,
)
from omega_tui.protocol.polymarket.values import MIN_TICK
from omega_tui.protocol.polymarket.wire import DecodeError, RestBook, decode_rest_book, decode_rest_books
from omega_tui.text import safe_text
from omega_tui.units import NS_PER_MS
from omega_tui.venues.http import HttpLimits, HttpSession
from omega_tui.venues.http_answers import HttpAnswer, NoAnswer, NotSent

BOOKS_PER_CALL: Final = 100
"""Tokens asked for in one POST /books: it is limited by bytes near 500 (fact sheet, section 7)."""

MAX_TRADED_PAGES: Final = 20
"""Pages of `/sampling-markets` that are read: 10,000 markets are more than anybody scrolls through."""

MAX_LISTED_PAGES: Final = 2
"""Pages of `/markets` that are read. It lists oldest first: only of a small venue do its first pages help."""

READ_ATTEMPTS: Final = 3
"""How often a GET is asked in all; harmless, since it only reads."""

LOT_SIZE: Final = Decimal("0.01")
"""Shares have two decimals whatever the tick (fact sheet, section 7, the table of decimals)."""

MIN_MARKETABLE: Final = ONE
"""The smallest value of an order that takes, in pUSD (fact sheet, section 7, "Minimums")."""

COLLATERAL: Final = "pUSD"

_BPS: Final = Decimal(10_000)
_NO_SUCH: Final = frozenset({404, 405, 501})
_NOT_NOW: Final = frozenset({408, 425, 429})

Answer = TypeVar("Answer")


class PolymarketData:
    """Asks one CLOB. Satisfies `venues.base.MarketData`.

    Attributes:
        venue: The name that instruments carry: `polymarket`, or `sim` for the embedded exchange.
        skipped_rows: Rows of market lists that could not be read or are not tradable at all, so far.
        unanswered: Calls that brought no usable answer, so far.
    """

    def __init__(
        self, rest_url: str, *, venue: str, rng: random.Random, limits: HttpLimits | None = None
    ) -> None:
        """Prepare a session with `rest_url`; nothing is sent before `open`.

        Args:
            rest_url: Scheme, host and port.
            venue: Name of the venue for instruments and errors.
            rng: Jitter of repeated reads.
            limits: Bounds of the session.
        """
        self.venue = venue
        self.skipped_rows = 0
        self.unanswered = 0
        self._session = HttpSession(rest_url, rng=rng, limits=limits)

    async def open(self) -> None:
        await self._session.open()

    async def close(self) -> None:
        await self._session.close()

    async def fetch_instruments(self) -> list[Instrument]:
        """Return every outcome that is traded now, in the venue's order, each once.

        The list of markets traded now comes first, then what a short `/markets` adds; both are cut at a bound
        of pages.

        Raises:
            VenueError: No usable answer came.
        """
        found: dict[str, Instrument] = {}
        for request, max_pages in (
            (sampling_markets_request, MAX_TRADED_PAGES),
            (markets_request, MAX_LISTED_PAGES),
        ):
            for row in await self._read_pages(request, max_pages):
                if not row.closed:
                    for instrument in self._instruments_of(row):
                        found.setdefault(instrument.id, instrument)
        return list(found.values())

    async def fetch_instrument(self, instrument: str) -> Instrument:
        """Return one outcome, whether it is still traded or not.

        Raises:
            VenueRefused: The venue does not know it.
            VenueError: No usable answer came.
        """
        outcomes = await self.fetch_outcomes(instrument)
        return next(outcome for outcome in outcomes if outcome.id == instrument)

    async def fetch_outcomes(self, instrument: str) -> list[Instrument]:
        """Return all outcomes of the market that `instrument` belongs to, itself among them.

        Raises:
            VenueRefused: The venue does not know it.
            VenueError: No usable answer came.
        """
        condition_id = await self._read(market_of_token_request(instrument), decode_condition_id)
        outcomes = self._instruments_of(await self._read(market_request(condition_id), decode_market))
        if instrument not in {outcome.id for outcome in outcomes}:
            message = f"the market {condition_id[:10]}… does not list {instrument[:12]}…"
            raise VenueRefused(message, venue=self.venue, code="NOT_FOUND")
        return outcomes

    async def fetch_server_time_ns(self) -> int:
        """Return the venue's clock, nanoseconds since the epoch; it counts whole seconds or milliseconds.

        Raises:
            VenueError: No usable answer came.
        """
        return await self._read(time_request(), decode_time) * NS_PER_MS

    async def fetch_tick_size(self, instrument: str) -> Decimal:
        """Return the smallest step of the price.

        Raises:
            VenueRefused: The venue does not know the instrument.
            VenueError: No usable answer came.
        """
        return await self._read(tick_size_request(instrument), decode_tick_size)

    async def fetch_neg_risk(self, instrument: str) -> bool:
        """Return whether the negative-risk exchange settles it.

        Raises:
            VenueRefused: The venue does not know the instrument.
            VenueError: No usable answer came.
        """
        return await self._read(neg_risk_request(instrument), decode_neg_risk)

    async def fetch_book(self, instrument: str) -> RestBook:
        """Return one book, for `MarketProtocol.apply_rest_book`.

        Raises:
            VenueRefused: The venue has no book for it.
            VenueError: No usable answer came.
        """
        return await self._read(book_request(instrument), decode_rest_book)

    async def fetch_books(self, instruments: Sequence[str]) -> dict[str, RestBook]:
        """Return the books of `instruments` by id; what the venue has no book for is missing.

        Asks for many in one call, and one by one where the venue does not offer that.

        Raises:
            VenueError: No usable answer came for some of them.
        """
        books: dict[str, RestBook] = {}
        for start in range(0, len(instruments), BOOKS_PER_CALL):
            batch = instruments[start : start + BOOKS_PER_CALL]
            try:
                found = await self._read(books_request(batch), decode_rest_books)
            except VenueRefused as error:
                if error.code != "NOT_FOUND":
                    raise
                found = await self._fetch_one_by_one(batch)
            wanted = set(batch)
            books.update((book.asset_id, book) for book in found if book.asset_id in wanted)
        return books

    async def _fetch_one_by_one(self, instruments: Iterable[str]) -> list[RestBook]:
        books: list[RestBook] = []
        for instrument in instruments:
            try:
                books.append(await self.fetch_book(instrument))
            except VenueRefused as error:
                if error.code != "NOT_FOUND":
                    raise
        return books

    async def _read_pages(self, request: Callable[[str], RestRequest], max_pages: int) -> list[MarketRow]:
        """Return the rows of all pages up to the bound; none where the venue does not offer the list."""
        walk = CursorWalk()
        rows: list[MarketRow] = []
        for _ in range(max_pages):
            if walk.cursor is None:
                break
            try:
                page: MarketPage = await self._read(request(walk.cursor), decode_markets)
                walk.advance(page.next_cursor)
            except VenueRefused as error:
                if error.code != "NOT_FOUND":
                    raise
                break
            except RemoteProtocolError as error:
                raise VenueError(str(error), venue=self.venue, code="UNREADABLE") from error
            self.skipped_rows += page.skipped
            rows += page.rows
        return rows

    def _instruments_of(self, row: MarketRow) -> list[Instrument]:
        """Return the outcomes of a market; none of one that has no book, or a tick or fees that are none."""
        if not row.has_book or row.tick_size is None or not row.tokens:
            self.skipped_rows += 1
            return []
        fees = (row.taker_fee_bps, row.maker_fee_bps)
        if not MIN_TICK <= row.tick_size < ONE or not all(ZERO <= fee <= MAX_FEE_BPS for fee in fees):
            self.skipped_rows += 1
            return []
        ids = [token.token_id for token in row.tokens]
        return [
            Instrument(
                id=token.token_id,
                venue=self.venue,
                name=row.question or row.slug or row.condition_id,
                tick_size=row.tick_size,
                lot_size=LOT_SIZE,
                min_size=row.min_order_size or ZERO,
                base=token.outcome,
                quote=COLLATERAL,
                market_id=row.condition_id,
                complement_id=ids[1 - index] if len(ids) == 2 else None,
                price_min=ZERO,
                price_max=ONE,
                taker_fee_rate=row.taker_fee_bps / _BPS,
                maker_fee_rate=row.maker_fee_bps / _BPS,
                min_notional=MIN_MARKETABLE,
                active=row.active and row.accepting_orders and not row.closed,
                resolves_at_ns=row.end_ms * NS_PER_MS if row.end_ms else None,
            )
            for index, token in enumerate(row.tokens)
        ]

    async def _read(self, request: RestRequest, decode: Callable[[bytes], Answer]) -> Answer:
        """Ask, and read the answer.

        Raises:
            VenueRefused: The venue says no; code NOT_FOUND where it knows no such thing.
            VenueUnreachable: Nothing was sent.
            VenueError: Nothing usable came back.
        """
        what = f"{request.method} {request.path}"
        result = await self._session.call(
            request.method,
            request.path,
            query=request.query,
            headers={"Content-Type": "application/json"} if request.body else None,
            body=request.body,
            attempts=READ_ATTEMPTS if request.method == "GET" else 1,
        )
        match result:
            case NotSent(reason=reason):
                self.unanswered += 1
                raise VenueUnreachable(f"{what}: {reason}", venue=self.venue, code="NOT_SENT")
            case NoAnswer(reason=reason):
                self.unanswered += 1
                raise VenueError(f"{what}: {reason}", venue=self.venue, code="NO_ANSWER")
            case HttpAnswer(status=200, body=body):
                try:
                    return decode(body)
                except (RemoteProtocolError, DecodeError) as error:
                    self.unanswered += 1
                    reason = safe_text(str(error))
                    raise VenueError(f"{what}: {reason}", venue=self.venue, code="UNREADABLE") from error
            case HttpAnswer(status=status, body=body):
                raise self._refusal(what, status, body)

    def _refusal(self, what: str, status: int, body: bytes) -> VenueError:
        """Return what an answer other than 200 means."""
        words = safe_text(error_sentence(body) or body[:300].decode("utf-8", "replace") or "no reason given")
        message = f"{what}: HTTP {status}: {words}"
        if status in _NO_SUCH:
            return VenueRefused(message, venue=self.venue, code="NOT_FOUND")
        if 400 <= status < 500 and status not in _NOT_NOW:
            return VenueRefused(message, venue=self.venue, code="REFUSED")
        self.unanswered += 1
        return VenueError(message, venue=self.venue, code="RATE_LIMIT" if status == 429 else "UNAVAILABLE")
