"""One token's book with its check, and the joining of a REST book to the stream.

A REST book is a state that the stream has passed, passes or will pass; its hash says which (fact sheet,
section 5, "Joining REST to the stream"). Changes are logged; when the entry with that hash is among them, or
arrives, the REST book takes over and what came after is replayed. When it does not come within the policy's
`rest_join_ms`, the REST book takes over as it is and later changes by the venue's time are replayed.
"""

from collections import deque
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.book import OrderBook
from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.protocol.polymarket.book_hash import HashedBook
from omega_tui.protocol.polymarket.token_check import TokenCheck
from omega_tui.protocol.polymarket.validator import (
    HashInputs,
    HashPolicy,
    MarketPrice,
    Verdict,
    infer_inputs,
    verify_with_other_price,
)
from omega_tui.protocol.polymarket.values import MIN_TICK
from omega_tui.protocol.polymarket.wire import Book, RestBook
from omega_tui.text import is_venue_id, parse_decimal
from omega_tui.units import NS_PER_MS

LOG_ENTRIES: Final = 64
"""Changes that are remembered while all is well: the REST answer may be as old as they are."""
LOG_ENTRIES_RESYNCING: Final = 4_096
"""Changes that are remembered while a fresh book is under way; beyond it the oldest are forgotten, and the
next hashes tell whether they were missed."""


class Change(NamedTuple):
    """One logged change.

    Attributes:
        ms: The venue's time.
        timestamp: The same, as on the wire.
        hash: The hash of the book after it.
        side: BUY for bids.
        price: As on the wire.
        size: As on the wire.
    """

    ms: int
    timestamp: str
    hash: str
    side: Side
    price: str
    size: str


class _Join(NamedTuple):
    """A REST book that waits for its hash on the stream."""

    book: RestBook
    deadline_ns: int


class TokenBook:
    """One token's book as the stream, or REST, has it.

    Attributes:
        asset_id: The token.
        hashed: The book and its text.
        book: The book.
        check: What its hashes say.
        fresh: Whether a snapshot has come over the present connection.
        shown: Whether there is anything to show at all.
        restored: Whether that is a saved book.
        last_ms: The venue's time of the newest change; 0 none.
        last_hash: The newest hash that the venue stated.
        log: The newest changes, oldest first.
        group_verdict: The judgement of the newest group.
        asked: Whether a fresh book is under way.
        insisted: Whether a fresh book was asked for in spite of rate and advisory mode, which is done once.
        not_before_ns: When a fresh book that was not granted may be asked for again.
    """

    __slots__ = (
        "_inputs",
        "_join",
        "_market",
        "_policy",
        "_price",
        "_suspect",
        "_tail",
        "asked",
        "asset_id",
        "book",
        "check",
        "fresh",
        "group_verdict",
        "hashed",
        "insisted",
        "last_hash",
        "last_ms",
        "log",
        "not_before_ns",
        "restored",
        "shown",
    )

    def __init__(self, asset_id: str, policy: HashPolicy, *, now_ns: int) -> None:
        self.asset_id = asset_id
        self.book = OrderBook(asset_id, price_min=ZERO, price_max=ONE)
        self.hashed = HashedBook(self.book, market="")
        self.check = TokenCheck(now_ns=now_ns)
        self.fresh = False
        self.shown = False
        self.restored = False
        self.last_ms = 0
        self.last_hash = ""
        self.log: deque[Change] = deque()
        self.group_verdict = Verdict.UNVERIFIED
        self.asked = False
        self.insisted = False
        self.not_before_ns = 0
        self._policy = policy
        self._market = ""
        self._price = MarketPrice(policy)
        self._inputs: HashInputs | None = None
        self._tail: bytes | None = None
        self._join: _Join | None = None
        self._suspect: tuple[str, int] | None = None

    @property
    def join_deadline_ns(self) -> int | None:
        """When a waiting REST book takes over without its hash; None while none waits."""
        return None if self._join is None else self._join.deadline_ns

    @property
    def market(self) -> str:
        """The condition that the token belongs to; empty while not known."""
        return self._market

    def forget(self, reason: str, *, now_ns: int) -> None:
        """Forget what belongs to a connection. The levels stay, to be shown as stale."""
        self.fresh = False
        self.last_ms = 0
        self.last_hash = ""
        self.log.clear()
        self._join = None
        self._suspect = None
        self.asked = False
        self.insisted = False
        self.not_before_ns = 0
        if self.restored:
            self.check.stale(self.check.reason, now_ns=now_ns)
        else:
            self.check.await_book(reason, now_ns=now_ns)

    def load(self, message: Book | RestBook, *, ms: int, price: MarketPrice, now_ns: int) -> Verdict:
        """Replace the book by one of the venue and compare it with its own hash; say nothing to the check.

        A message without tick size and last trade price is a later `book`: those known are carried forward.

        Raises:
            ValueError: A field is not what it must be. The book may be empty then.
        """
        self.fresh = False
        self.restored = False
        if message.tick_size:
            self.use_tick_size(message.tick_size)
        if message.last_trade_price:
            parse_decimal(message.last_trade_price)
            price.prove(message.last_trade_price)
        if message.market != self._market:
            if not is_venue_id(message.market):
                raise ValueError("the condition id is no id")
            self._market = message.market
            self.hashed.name_market(message.market)
        self._price = price
        self.hashed.replace(
            [(level.price, level.size) for level in message.bids or ()],
            [(level.price, level.size) for level in message.asks or ()],
        )
        self.fresh = True
        self.shown = True
        self.asked = False
        self.last_ms = max(self.last_ms, ms) if isinstance(message, Book) else ms
        self.last_hash = message.hash
        self.book.ts_event_ns = ms * NS_PER_MS
        self.book.ts_recv_ns = now_ns
        self._suspect = None
        if isinstance(message, RestBook) and message.min_order_size and message.neg_risk is not None:
            parse_decimal(message.min_order_size)
            tick_size = message.tick_size or (self._inputs.tick_size if self._inputs else "")
            self._use(HashInputs(message.min_order_size, tick_size, message.neg_risk))
        if self._tail is not None and not message.tick_size:
            return self.verify(message.timestamp, message.hash)
        inputs = infer_inputs(
            self.hashed,
            timestamp=message.timestamp,
            expected=message.hash,
            tick_size=message.tick_size or None,
            price=price,
            known=self._inputs,
        )
        if inputs is None:
            return Verdict.UNVERIFIED
        self._use(inputs)
        return Verdict.AT_ONCE

    def verify(self, timestamp: str, expected: str) -> Verdict:
        """Compare the book as it stands with a hash of the venue; say nothing to the check."""
        if self._tail is None or not expected:
            return Verdict.UNVERIFIED
        if self.hashed.digest(timestamp, self._tail, self._price.current) == expected:
            return Verdict.AT_ONCE
        return verify_with_other_price(
            self.hashed,
            timestamp=timestamp,
            expected=expected,
            tail=self._tail,
            price=self._price,
            policy=self._policy,
        )

    def use_tick_size(self, tick_size: str) -> None:
        """Take over a tick size in force from now on.

        Raises:
            ValueError: It is none.
        """
        tick = parse_decimal(tick_size)
        if not MIN_TICK <= tick < ONE:
            raise ValueError(f"a tick size of {tick}")
        self.book.tick_size = tick
        if self._inputs is not None:
            self._use(HashInputs(self._inputs.min_order_size, tick_size, self._inputs.neg_risk))

    def remember(self, change: Change) -> None:
        """Log a change."""
        log = self.log
        log.append(change)
        if len(log) > LOG_ENTRIES:
            needed = self.check.state is IntegrityState.RESYNCING or self._join is not None or not self.fresh
            if not needed or len(log) > LOG_ENTRIES_RESYNCING:
                log.popleft()

    def knows(self, change: Change) -> bool:
        """Whether a change with the same content was logged."""
        return change in self.log

    def is_overtaken(self, change: Change) -> bool:
        """Whether a newer change of the same level was logged."""
        return any(
            other.ms > change.ms
            and other.side is change.side
            and Decimal(other.price) == Decimal(change.price)
            for other in self.log
        )

    def offer_rest(self, rest: RestBook, *, ms: int, price: MarketPrice, now_ns: int) -> Verdict | None:
        """Take a REST book; return its verdict if it took over at once, None while it waits for its hash.

        Raises:
            ValueError: It is malformed.
        """
        if rest.asset_id != self.asset_id:
            raise ValueError("it is the book of another token")
        later = self._after_hash(rest.hash)
        if later is not None:
            return self._take_over(rest, later, ms=ms, price=price, now_ns=now_ns)
        self._join = _Join(rest, now_ns + self._policy.rest_join_ms * NS_PER_MS)
        if not self.fresh:
            last = (self.last_ms, self.last_hash)
            self.load(rest, ms=ms, price=price, now_ns=now_ns)
            self.asked = True
            self.fresh = False  # It is a picture to look at; changes are still only logged.
            self.last_ms, self.last_hash = last
            self.check.resync("joining the stream", now_ns=now_ns)
        return None

    def try_join(self, *, price: MarketPrice, now_ns: int) -> Verdict | None:
        """Let a waiting REST book take over if its hash has come or its time is up; None while it waits.

        Raises:
            ValueError: It is malformed.
        """
        join = self._join
        if join is None:
            return None
        ms = int(join.book.timestamp)
        later = self._after_hash(join.book.hash)
        if later is None:
            if now_ns < join.deadline_ns:
                return None
            later = [change for change in self.log if change.ms > ms]
        return self._take_over(join.book, later, ms=ms, price=price, now_ns=now_ns)

    def drop_join(self) -> None:
        """Let go of a waiting REST book: a fresh `book` has come."""
        self._join = None

    def equals(self, rest: RestBook) -> bool:
        """Whether a REST book is the state that the stream has brought."""
        if rest.hash and rest.hash == self.last_hash:
            return True
        ours = [
            sorted((Decimal(price), Decimal(size)) for price, size in self.book.levels(side)) for side in Side
        ]
        rows = (rest.bids or (), rest.asks or ())
        theirs = [
            sorted((parse_decimal(row.price), parse_decimal(row.size)) for row in side) for side in rows
        ]
        return ours == theirs

    def suspect(self, rest: RestBook) -> bool:
        """Note that REST has another book; return whether it said so before and nothing has moved since."""
        now = (rest.hash, self.book.sequence)
        before, self._suspect = self._suspect, now
        return before == now

    def restore(self, snapshot: BookSnapshot, *, reason: str, now_ns: int) -> None:
        """Show a saved book until a fresh one comes.

        Raises:
            ValueError: A level of it is none.
        """
        self.book.tick_size = snapshot.tick_size
        self.book.last_trade_price = snapshot.last_trade_price
        self.hashed.replace(
            [(f"{price:f}", f"{size:f}") for price, size in snapshot.bids],
            [(f"{price:f}", f"{size:f}") for price, size in snapshot.asks],
        )
        self.book.ts_event_ns = snapshot.ts_event_ns
        self.book.ts_recv_ns = snapshot.ts_recv_ns
        self.shown = True
        self.restored = True
        self.check.stale(reason, now_ns=now_ns)

    def _after_hash(self, wanted: str) -> list[Change] | None:
        """Return the logged changes after the last one with this hash; None when no such hash was stated."""
        if not wanted:
            return None
        if wanted == self.last_hash:
            return []
        log = list(self.log)
        for index in range(len(log) - 1, -1, -1):
            if log[index].hash == wanted:
                return log[index + 1 :]
        return None

    def _take_over(
        self, rest: RestBook, later: list[Change], *, ms: int, price: MarketPrice, now_ns: int
    ) -> Verdict:
        """Replace the book by a REST book and replay `later`; tell the check."""
        self._join = None
        verdict = self.load(rest, ms=ms, price=price, now_ns=now_ns)
        for change in later:
            self.hashed.set_level(change.side, change.price, change.size)
        if later:
            last = later[-1]
            self.last_ms = last.ms
            self.last_hash = last.hash
            self.book.ts_event_ns = last.ms * NS_PER_MS
            verdict = self.verify(last.timestamp, last.hash)
        self.check.begin_book(verified=verdict is not Verdict.UNVERIFIED, now_ns=now_ns)
        while len(self.log) > LOG_ENTRIES:
            self.log.popleft()
        return verdict

    def _use(self, inputs: HashInputs) -> None:
        if inputs != self._inputs:
            self._inputs = inputs
            self._tail = inputs.tail
