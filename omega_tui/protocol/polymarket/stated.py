"""What the venue states beside the levels: times and the touch; and changes of books as events."""

from decimal import Decimal
from typing import Final

from omega_tui.domain.book import OrderBook
from omega_tui.domain.events.market import BookReplaced, LevelChanged
from omega_tui.domain.integrity import Integrity
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.token_book import Change, TokenBook
from omega_tui.text import parse_decimal, safe_text
from omega_tui.units import NS_PER_MS

_NO_BID: Final = ("0", "", None)
_NO_ASK: Final = ("1", "", None)


def milliseconds(text: str | int | None) -> int:
    """Return a time of the venue in ms; 0 where it says nothing.

    Raises:
        ValueError: It is no such time.
    """
    if text is None or text == "":
        return 0
    words = text if isinstance(text, str) else str(text)
    if words.isdecimal() and words.isascii() and len(words) <= 16:
        return int(words)
    raise ValueError(f"not a time in ms: {safe_text(words, max_cells=40)}")


def stated_price(text: str | None, *, none: tuple[str | None, ...]) -> Decimal | None:
    """Return a price that an event states; None where it says that there is none, or nothing.

    Raises:
        ValueError: It is no number.
    """
    return None if text in none or text is None else parse_decimal(text)


def stated_touch(bid: str | None, ask: str | None) -> tuple[Decimal | None, Decimal | None]:
    """Return a stated best bid and ask: "0", "1" and nothing mean that a side is empty.

    Raises:
        ValueError: One of them is no number.
    """
    return stated_price(bid, none=_NO_BID), stated_price(ask, none=_NO_ASK)


def touch_agrees(book: OrderBook, entry: wire.Change) -> bool:
    """Whether the book's touch is the one that an entry states. What is not stated is not contradicted."""
    bids, asks = book.bids, book.asks
    bid = bids.spellings[bids.order[-1]] if bids.order else "0"
    ask = asks.spellings[asks.order[-1]] if asks.order else "1"
    if bid == entry.best_bid and ask == entry.best_ask:
        return True
    return _is_same(bid, entry.best_bid) and _is_same(ask, entry.best_ask)


def _is_same(price: str, stated: str | None) -> bool:
    """Whether a stated price is ours, in whatever spelling; a price that cannot be read is not."""
    if not stated or price == stated:
        return True
    try:
        return Decimal(price) == parse_decimal(stated)
    except ValueError:
        return False


def level_changed(instrument: str, change: Change, entry: wire.Change, now_ns: int) -> LevelChanged:
    """Return a change as an event; a touch that cannot be read counts as not stated."""
    try:
        best_bid, best_ask = stated_touch(entry.best_bid, entry.best_ask)
    except ValueError:
        best_bid = best_ask = None
    return LevelChanged(
        instrument=instrument,
        ts_event_ns=change.ms * NS_PER_MS,
        ts_recv_ns=now_ns,
        side=change.side,
        price=parse_decimal(change.price),
        size=parse_decimal(change.size),
        best_bid=best_bid,
        best_ask=best_ask,
    )


def book_replaced(token: TokenBook, integrity: Integrity, now_ns: int) -> BookReplaced:
    """Return a whole book as an event, with how far it can be trusted."""
    snapshot = token.book.snapshot()
    return BookReplaced(
        instrument=token.asset_id,
        ts_event_ns=snapshot.ts_event_ns,
        ts_recv_ns=now_ns,
        bids=snapshot.bids,
        asks=snapshot.asks,
        integrity=integrity,
    )
