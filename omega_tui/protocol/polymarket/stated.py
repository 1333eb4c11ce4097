"""What the venue states beside the levels: times and the touch."""

from decimal import Decimal
from typing import Final

from omega_tui.domain.book import OrderBook
from omega_tui.domain.events import LevelChanged
from omega_tui.domain.integrity import NS_PER_MS
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.token_book import Change
from omega_tui.text import parse_decimal, safe_text

_NO_BID: Final = ("0", "", None)
_NO_ASK: Final = ("1", "", None)


def milliseconds(text: str | int | None) -> int:
    """Return a time of the venue in ms; 0 where it says nothing.

    Raises:
        ValueError: It is no such time.
    """
    if text is None or text == "":
        return 0
    words = str(text)
    if not (words.isascii() and words.isdecimal()) or len(words) > 16:
        raise ValueError(f"not a time in ms: {safe_text(words, max_cells=40)}")
    return int(words)


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
    for levels, stated, none in ((book.bids, entry.best_bid, "0"), (book.asks, entry.best_ask, "1")):
        order = levels.order
        best = levels.spellings[order[-1]] if order else none
        if best == stated or not stated:
            continue
        try:
            if Decimal(best) != parse_decimal(stated):
                return False
        except ValueError:
            return False
    return True


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
