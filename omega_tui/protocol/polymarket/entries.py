"""The entries of a `price_change`, applied to the books of their tokens one by one."""

from typing import Final

from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.stated import touch_agrees
from omega_tui.protocol.polymarket.token_book import Change, TokenBook

_SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}


def read_entry(entry: wire.Change, ms: int, timestamp: str) -> Change:
    """Return the change that an entry states; price and size are read when it is applied.

    Raises:
        ValueError: Its side is none, or its hash is so long that it must not be remembered.
    """
    stated, side = entry.hash or "", _SIDES.get(entry.side)
    if len(stated) > wire.MAX_HASH_CHARS:
        raise ValueError("a hash that is none")
    if side is None:
        raise ValueError("neither BUY nor SELL")
    return Change(ms, timestamp, stated, side, entry.price, entry.size)


def is_taken(token: TokenBook, change: Change, stats: MarketStats) -> bool:
    """Return whether a change is to be applied; one that a fresh book must have later is remembered.

    What is not simply newer than the newest of its book is counted.
    """
    if not token.fresh:
        token.remember(change)
        token.last_ms, token.last_hash = change.ms, change.hash
        return False
    if change.ms > token.last_ms:
        return True
    if change.ms == token.last_ms:
        # One like the last is a duplicate that does no harm; one like an earlier of the same time may
        # be a level that went and came back.
        stats.duplicates += bool(token.log) and token.log[-1] == change
        return True
    if token.knows(change):
        stats.duplicates += 1
        return False
    stats.out_of_order += 1
    return not token.is_overtaken(change)


def apply_change(token: TokenBook, change: Change, *, now_ns: int) -> bool:
    """Apply a change; return whether it is the newest, so that its hash is that of the book now.

    Raises:
        ValueError: Price or size is none; the levels are as before.
    """
    token.hashed.set_level(change.side, change.price, change.size)
    token.remember(change)
    token.book.ts_recv_ns = now_ns
    if change.ms < token.last_ms:
        return False
    token.last_ms, token.last_hash = change.ms, change.hash
    return True


def compare_touch(token: TokenBook, entry: wire.Change, stats: MarketStats, *, now_ns: int) -> None:
    """Compare the touch that an entry states with the book's."""
    agrees = touch_agrees(token.book, entry)
    if agrees:
        stats.top_of_book_agree += 1
    else:
        stats.top_of_book_disagree += 1
    token.check.note_touch(agrees=agrees, now_ns=now_ns)
