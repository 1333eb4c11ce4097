"""The venue's checksum of a book: SHA-1 over one exact JSON text.

The recipe (fact sheet, section 5): keys in the order below, `hash` blank, no spaces, bids ascending and asks
descending, levels as the wire wrote them, every value a string except `neg_risk`. The same function is behind
the REST book, the `book` event, and each entry of a `price_change`, whose hash is that of the token's whole
book after the change. `book_hash` is the recipe; `HashedBook` gives the same digest for the price of what
changed.
"""

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import sha1
from typing import TYPE_CHECKING, Final

from omega_tui.domain.book import OrderBook
from omega_tui.domain.book_side import BookSide
from omega_tui.domain.side import Side

if TYPE_CHECKING:
    from hashlib import _Hash

_BUY: Final = Side.BUY


def book_hash(  # noqa: PLR0913  (the recipe has as many inputs)
    *,
    market: str,
    asset_id: str,
    timestamp: str,
    bids: Iterable[tuple[str, str]],
    asks: Iterable[tuple[str, str]],
    min_order_size: str,
    tick_size: str,
    neg_risk: bool,
    last_trade_price: str,
) -> str:
    """Return the hash of a book, 40 lower-case hex digits.

    Args:
        market: Condition id.
        asset_id: Token id.
        timestamp: Milliseconds, as on the wire.
        bids: Price and size in the order to be hashed; the venue's is ascending.
        asks: Likewise; the venue's is descending.
        min_order_size: As on the wire, `5`.
        tick_size: As on the wire, `0.001`.
        neg_risk: Whether the market is one of several of which one outcome wins.
        last_trade_price: Of the market, whichever token traded last; three decimals.
    """
    sides = [
        ",".join(f'{{"price":"{price}","size":"{size}"}}' for price, size in side) for side in (bids, asks)
    ]
    text = (
        f'{{"market":"{market}","asset_id":"{asset_id}","timestamp":"{timestamp}","hash":"",'
        f'"bids":[{sides[0]}],"asks":[{sides[1]}],"min_order_size":"{min_order_size}",'
        f'"tick_size":"{tick_size}","neg_risk":{"true" if neg_risk else "false"},'
        f'"last_trade_price":"{last_trade_price}"}}'
    )
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def hash_tail(*, min_order_size: str, tick_size: str, neg_risk: bool) -> bytes:
    """Return what stands between the asks and the last trade price."""
    text = (
        f'],"min_order_size":"{min_order_size}","tick_size":"{tick_size}",'
        f'"neg_risk":{"true" if neg_risk else "false"},"last_trade_price":"'
    )
    return text.encode()


def finish(state: "_Hash", last_trade_price: str) -> str:
    """Return the digest of a state made by `HashedBook.begin`, with this last trade price.

    The state can be used again.
    """
    state = state.copy()
    state.update(f'{last_trade_price}"}}'.encode())
    return state.hexdigest()


class _SideText:
    """The JSON text of one side, kept up to date level by level.

    Each level's piece of it begins with a comma, so the text begins with one too many; `text` leaves it out.
    A piece is unique, since it names its price, and is looked for from the end, where the best prices are.
    """

    __slots__ = ("_buffer", "_levels", "_pieces")

    def __init__(self, levels: BookSide) -> None:
        self._levels = levels
        self._pieces: dict[int, bytes] = {}
        self._buffer = bytearray()

    def rebuild(self) -> None:
        """Make everything anew."""
        spellings, sizes = self._levels.spellings, self._levels.sizes
        self._pieces = {
            key: f',{{"price":"{spellings[key]}","size":"{sizes[key]}"}}'.encode()
            for key in self._levels.order
            if sizes[key] is not None
        }
        self._buffer = bytearray(b"".join(self._pieces.values()))

    def set_level(self, key: int, price: str, size: str) -> None:
        """Follow a level that the book has just set or removed."""
        pieces, buffer = self._pieces, self._buffer
        if self._levels.sizes.get(key) is None:
            old = pieces.pop(key, None)
            if old is not None:
                at = buffer.rfind(old)
                del buffer[at : at + len(old)]
            return
        piece = f',{{"price":"{price}","size":"{size}"}}'.encode()
        old = pieces.get(key)
        pieces[key] = piece
        if old is not None:
            at = buffer.rfind(old)
            buffer[at : at + len(old)] = piece
            return
        order = self._levels.order
        for index in range(bisect_right(order, key), len(order)):
            above = pieces.get(order[index])
            if above is not None:
                at = buffer.rfind(above)
                buffer[at:at] = piece
                return
        buffer += piece

    def is_text_of(self, rows: list[tuple[str, str]]) -> bool:
        """Whether these are the levels, in this order and spelling."""
        if len(rows) != len(self._pieces):
            return False
        return (
            "".join([f',{{"price":"{price}","size":"{size}"}}' for price, size in rows]).encode()
            == self._buffer
        )

    def text(self) -> bytearray:
        """Return the levels as JSON without brackets."""
        return self._buffer[1:]


class HashedBook:
    """An order book with the text of its hash at hand. All writing to the book goes through it.

    A check of 2 x 60 levels after one change costs some 5 µs, most of it SHA-1.

    Attributes:
        book: The book.
    """

    __slots__ = ("_asks", "_bids", "_head", "_scale", "book")

    def __init__(self, book: OrderBook, *, market: str) -> None:
        """Take over the writing of `book`, which is of the condition `market`."""
        self.book = book
        self.name_market(market)
        self._bids = _SideText(book.bids)
        self._asks = _SideText(book.asks)
        self._rebuild()

    def name_market(self, market: str) -> None:
        """Say of which condition the book is."""
        self._head = f'{{"market":"{market}","asset_id":"{self.book.instrument}","timestamp":"'.encode()

    def set_level(self, side: Side, price: str, size: str) -> None:
        """Set one level.

        Raises:
            ValueError: As `OrderBook.set_level`.
        """
        key = self.book.set_level(side, price, size)
        if self.book.scale != self._scale:
            self._rebuild()
            return
        (self._bids if side is _BUY else self._asks).set_level(key, price, size)

    def replace(self, bids: Iterable[tuple[str, str]], asks: Iterable[tuple[str, str]]) -> None:
        """Replace everything. What is there already, as after most trades, costs a fifth.

        Raises:
            ValueError: As `OrderBook.replace`; the book is then empty.
        """
        rows = (list(bids), list(asks))
        if self._bids.is_text_of(rows[0]) and self._asks.is_text_of(rows[1]):
            self.book.sequence += 1
            return
        try:
            self.book.replace(*rows)
        finally:
            self._rebuild()

    def clear(self) -> None:
        """Remove every level."""
        self.book.clear()
        self._rebuild()

    def levels_text(self) -> tuple[bytes, bytes]:
        """Return both sides as the hash sees them; equal texts are equal books, spelling included."""
        self._follow_scale()
        return bytes(self._bids.text()), bytes(self._asks.text())

    def begin(self, timestamp: str, tail: bytes) -> "_Hash":
        """Return the state of the hash before the last trade price, for `finish`.

        Args:
            timestamp: Of the message that carries the hash to be compared.
            tail: From `hash_tail`.
        """
        return sha1(self._text(timestamp, tail), usedforsecurity=False)

    def digest(self, timestamp: str, tail: bytes, last_trade_price: str) -> str:
        """Return the hash for one last trade price: what `begin` and `finish` give, in one go."""
        text = self._text(timestamp, tail) + last_trade_price.encode() + b'"}'
        return sha1(text, usedforsecurity=False).hexdigest()

    def _text(self, timestamp: str, tail: bytes) -> bytes:
        self._follow_scale()
        parts = (
            self._head,
            timestamp.encode(),
            b'","hash":"","bids":[',
            self._bids.text(),
            b'],"asks":[',
            self._asks.text(),
            tail,
        )
        return b"".join(parts)

    def _follow_scale(self) -> None:
        """Make the pieces anew when a finer price, even one refused in the end, has changed the keys."""
        if self.book.scale != self._scale:
            self._rebuild()

    def _rebuild(self) -> None:
        self._scale = self.book.scale
        self._bids.rebuild()
        self._asks.rebuild()
