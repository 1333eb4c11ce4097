"""What the stream says, applied to the books of one feed: changes in, verdicts counted.

Both tokens of a market are in every `price_change`, even when one is subscribed: an entry is applied to the
book of the token it names, if that is kept, and to no other.
"""

from decimal import Decimal

from omega_tui.domain.events.base import Event
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.entries import apply_change, compare_touch, is_taken, read_entry
from omega_tui.protocol.polymarket.fresh_books import FreshBooks
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.stated import book_replaced, level_changed, milliseconds
from omega_tui.protocol.polymarket.token_book import TokenBook
from omega_tui.protocol.polymarket.token_books import TokenBooks
from omega_tui.protocol.polymarket.validator import Verdict
from omega_tui.units import NS_PER_MS


class BookKeeper:
    """The writer of the subscribed tokens' books: each message of the stream is one call."""

    def __init__(self, books: TokenBooks, fresh: FreshBooks, stats: MarketStats) -> None:
        self._books = books
        self._fresh = fresh
        self._tokens = books.tokens
        self._stats = stats

    def change(
        self, entries: list[wire.Change], timestamp: str, raw: list[Event] | None, *, now_ns: int
    ) -> int:
        """Apply the entries of one message and check each group; return the venue's time in ms, 0 for none.

        Args:
            entries: In the order of the message.
            timestamp: As on the wire.
            raw: Where events of the changes go; None for none.
            now_ns: Receive time.
        """
        try:
            ms = milliseconds(timestamp)
        except ValueError:
            self._books.damage("price_change", [entry.asset_id for entry in entries], now_ns=now_ns)
            return 0
        groups: dict[str, str] = {}
        for entry in entries:
            token = self._tokens.get(entry.asset_id)
            if token is None:
                self._stats.other_entries += 1
                continue
            stated = entry.hash or ""
            group = groups.get(entry.asset_id)
            if group is not None and group != stated:
                self._check_group(token, timestamp, group, now_ns)
            try:
                change = read_entry(entry, ms, timestamp)
                if not is_taken(token, change, self._stats):
                    continue
                is_newest = apply_change(token, change, now_ns=now_ns)
                if raw is not None:
                    raw.append(level_changed(token.asset_id, change, entry, now_ns))
                if is_newest:
                    compare_touch(token, entry, self._stats, now_ns=now_ns)
                    groups[entry.asset_id] = stated
            except ValueError:
                groups.pop(entry.asset_id, None)
                self._books.damage("price_change", (entry.asset_id,), now_ns=now_ns)
        for asset_id, stated in groups.items():
            self._check_group(self._tokens[asset_id], timestamp, stated, now_ns)
        return ms

    def load(self, message: wire.Book, raw: list[Event] | None, *, now_ns: int) -> None:
        """Replace a book by the one the stream brings, and check it."""
        stats = self._stats
        token = self._tokens.get(message.asset_id)
        if token is None:
            stats.other_entries += 1
            return
        opening = not token.fresh or message.last_trade_price is not None
        before = token.hashed.levels_text() if token.fresh else None
        try:
            ms = milliseconds(message.timestamp)
            price = self._books.prices.of(message.market)
            verdict = token.load(message, ms=ms, price=price, now_ns=now_ns)
        except ValueError:
            self._books.damage("book", (message.asset_id,), now_ns=now_ns)
            return
        verified = verdict is not Verdict.UNVERIFIED
        if opening:
            stats.opening_total += 1
            stats.opening_verified += verified
            token.check.begin_book(verified=verified, now_ns=now_ns)
        else:
            stats.later_total += 1
            stats.later_verified += verified
            stats.rebuilt_total += 1
            stats.rebuilt_equal += before == token.hashed.levels_text()
            token.check.replace_book(verified=verified, now_ns=now_ns)
        self._fresh.supersede(token)
        self._books.settle(token, now_ns)
        if raw is not None:
            raw.append(book_replaced(token, self._books.integrity(token, now_ns=now_ns), now_ns))

    def change_tick_size(self, message: wire.TickSizeChange, *, now_ns: int) -> bool:
        """Take over a new tick size; return whether the token is kept."""
        token = self._tokens.get(message.asset_id)
        if token is None:
            return False
        try:
            token.use_tick_size(message.new_tick_size)
        except ValueError:
            self._books.damage("tick_size_change", (message.asset_id,), now_ns=now_ns)
            return False
        token.book.sequence += 1
        self._books.note_change(token)
        return True

    def announce_trade(self, market: str, asset_id: str, price: Decimal) -> None:
        """Take over the price of a print of either token of a market."""
        self._books.prices.announce(market, price)
        token = self._tokens.get(asset_id)
        if token is not None:
            token.book.last_trade_price = price
            token.book.sequence += 1
            self._books.note_change(token)

    def _check_group(self, token: TokenBook, timestamp: str, stated: str, now_ns: int) -> None:
        """Compare a book with the hash that its last entries stated; a group judged before is judged anew."""
        token.book.ts_event_ns = token.last_ms * NS_PER_MS
        verdict = token.verify(timestamp, stated)
        verified = verdict is not Verdict.UNVERIFIED
        resyncs = self._books.resyncs
        if token.check.judge_group(stated, verified=verified, now_ns=now_ns):
            self._stats.count_group(token.group_verdict, -1)
        else:
            resyncs.count_group(verified=verified)
        token.group_verdict = verdict
        self._stats.count_group(verdict, 1)
        if verified:
            token.insisted = False
        if verified and token.asked and not self._fresh.awaits(token):
            token.asked = False
            resyncs.withdraw(token.asset_id)
        self._books.settle(token, now_ns)
