"""Both tokens' books as the public sees them: texts, hashes, and the frames that tell what changed.

The engine knows one book, in terms of outcome 0; the other token's is its exact mirror.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.book_hash import HashedBook, hash_tail
from omega_tui.protocol.polymarket.server import (
    BookFields,
    LevelEntry,
    later_book,
    price_change,
    tick_change,
    touch,
)
from omega_tui.sim.matching import LevelChange
from omega_tui.sim.units import ONE_PRICE, amount_text, last_trade_text, price_text

MIN_ORDER_SHARES: Final = 5
"""Smallest resting order, in shares (fact sheet, section 7, minimums)."""

Touches = tuple[tuple[str, str], tuple[str, str]]


class Emission(NamedTuple):
    """One public frame.

    Attributes:
        market_id: Whose.
        assets: Goes to who subscribed to one of these; empty for everybody.
        text: The frame.
        is_custom: Only for those who asked for the additional events.
        kind: The event type.
    """

    market_id: str
    assets: tuple[str, ...]
    text: str
    is_custom: bool
    kind: str


class PublicBook:
    """What is told of one market's book. Pure: frames are handed to `emit`.

    Attributes:
        timestamp_ms: Of the last change.
        tick: In force, ten-thousandths.
        last_trade: Price of the last print, in terms of the token that was traded; enters the hash at once.
    """

    def __init__(
        self, market_id: str, tokens: tuple[str, str], *, neg_risk: bool, emit: Callable[[Emission], None]
    ) -> None:
        self.timestamp_ms = 0
        self.tick = 0
        self.last_trade = 0
        self._market_id = market_id
        self._tokens = tokens
        self._neg_risk = neg_risk
        self._emit = emit
        self._books = tuple(HashedBook(OrderBook(token), market=market_id) for token in tokens)
        self._told: Touches = (("", ""), ("", ""))

    @property
    def tick_text(self) -> str:
        """The tick in force, as the wire writes it."""
        return price_text(self.tick)

    def fields(self, outcome: int) -> BookFields:
        """Return the whole book of one token as text, with its hash."""
        bids, asks = self._books[outcome].levels_text()
        return BookFields(
            market=self._market_id,
            asset_id=self._tokens[outcome],
            timestamp=str(self.timestamp_ms),
            hash=self._hash(outcome),
            bids=bids.decode(),
            asks=asks.decode(),
            tick_size=self.tick_text,
            last_trade_price=last_trade_text(self.last_trade),
            min_order_size=str(MIN_ORDER_SHARES),
            neg_risk=self._neg_risk,
        )

    def write(self, changes: Iterable[LevelChange]) -> None:
        """Write changes into both books; nobody is told."""
        for change in changes:
            self._set_level(change)

    def tell_changes(self, changes: Iterable[LevelChange]) -> None:
        """Write changes and say each in a frame of its own.

        Those of one burst share the hash of its end, as recorded ones do.
        """
        entries = [self._entries(change) for change in changes]
        hashes = (self._hash(0), self._hash(1))
        timestamp = str(self.timestamp_ms)
        for pair in entries:
            hashed = [entry._replace(hash=digest) for entry, digest in zip(pair, hashes, strict=True)]
            text = price_change(self._market_id, timestamp, hashed)
            self._emit(Emission(self._market_id, self._tokens, text, is_custom=False, kind="price_change"))

    def tell_books(self) -> None:
        """Say both whole books, as after a trade."""
        for outcome in (0, 1):
            fields = self.fields(outcome)
            text = later_book(fields)
            self._emit(Emission(self._market_id, (fields.asset_id,), text, is_custom=False, kind="book"))

    def tell_touches(self) -> None:
        """Say best bid and ask of both tokens if they are not the ones said last."""
        touches = self._touches()
        if touches == self._told:
            return
        self._told = touches
        for outcome, (bid, ask) in enumerate(touches):
            token = self._tokens[outcome]
            text = touch(
                market=self._market_id,
                asset_id=token,
                best_bid=bid,
                best_ask=ask,
                spread=f"{Decimal(ask) - Decimal(bid)}",
                timestamp=str(self.timestamp_ms),
            )
            self._emit(Emission(self._market_id, (token,), text, is_custom=True, kind="best_bid_ask"))

    def tell_tick(self, tick: int) -> None:
        """Put a new tick in force and say so for both tokens."""
        old, self.tick = self.tick_text, tick
        for token in self._tokens:
            text = tick_change(
                market=self._market_id,
                asset_id=token,
                old_tick_size=old,
                new_tick_size=self.tick_text,
                timestamp=str(self.timestamp_ms),
            )
            self._emit(Emission(self._market_id, (token,), text, is_custom=False, kind="tick_size_change"))

    def _entries(self, change: LevelChange) -> tuple[LevelEntry, LevelEntry]:
        """Write one change and return how it is told for each token, with a blank hash."""
        self._set_level(change)
        size = amount_text(change.total)
        sides = ("BUY", "SELL") if change.is_bid else ("SELL", "BUY")
        prices = (price_text(change.price), price_text(ONE_PRICE - change.price))
        touches = self._touches()
        first, second = (
            LevelEntry(self._tokens[outcome], prices[outcome], size, sides[outcome], "", *touches[outcome])
            for outcome in (0, 1)
        )
        return first, second

    def _set_level(self, change: LevelChange) -> None:
        first, second = self._books
        size = amount_text(change.total)
        first.set_level(Side.BUY if change.is_bid else Side.SELL, price_text(change.price), size)
        mirrored = price_text(ONE_PRICE - change.price)
        second.set_level(Side.SELL if change.is_bid else Side.BUY, mirrored, size)

    def _touches(self) -> Touches:
        """Return best bid and ask of both tokens, `0` and `1` where a side is empty."""
        first, second = (_touch(hashed.book) for hashed in self._books)
        return first, second

    def _hash(self, outcome: int) -> str:
        tail = hash_tail(
            min_order_size=str(MIN_ORDER_SHARES), tick_size=self.tick_text, neg_risk=self._neg_risk
        )
        return self._books[outcome].digest(str(self.timestamp_ms), tail, last_trade_text(self.last_trade))


def _touch(book: OrderBook) -> tuple[str, str]:
    bids, asks = book.bids, book.asks
    return (
        bids.spellings[bids.order[-1]] if bids.order else "0",
        asks.spellings[asks.order[-1]] if asks.order else "1",
    )
