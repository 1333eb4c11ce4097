"""The judgement of a book by its hashes: what to try, when to worry, when to ask for a fresh one.

The policy is that of the fact sheet, section 5. Groups are runs of equal hashes of one token; a group is
judged after each message, and a later entry with the same hash replaces the judgement. Measured on eight
recorded minutes (13 tokens, 9,090 groups, 161 of which do not verify):

1. A resync is asked when a token stays unverified for `resync_after_groups` groups **and**
   `resync_after_ms`. Of the runs that heal by themselves none with three groups or more lasted longer than
   7 ms, and the longest of two groups healed after 195 ms; the one real loss failed 51 times in 30 s.
2. "Always resync once when the first group after a snapshot fails" holds for a snapshot that begins a book
   (opening, REST): that happened once, and it was the real loss. After a later `book` it happened twice, and
   both healed within 10 ms, so there it means nothing. Such a token is asked for by rule 1 like any other,
   but once neither advisory mode nor the rate limit holds it back, and a quiet one, whose three groups may
   never come, is asked for after `first_group_ms`.
3. Disagreement with the stated best bid/ask happened in 19 runs of at most 5 entries and 0.6 ms, each a fill
   that emptied a level and whose `book` was under way; it counts when it outlasts the thresholds of rule 1.
4. A hash covers the market's last trade price before that trade is announced, and the announcement may come
   from the other token: so the price in use changes only when a hash proves the new one.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from typing import Final

from omega_tui.protocol.polymarket.book_hash import HashedBook, finish, hash_tail
from omega_tui.units import NS_PER_S

MIN_ORDER_SIZES: Final = ("5", "15", "1", "10", "0")
"""What `min_order_size` may be, likeliest first (37 of 37 seen were 5)."""
TICK_SIZES: Final = ("0.01", "0.001", "0.0001", "0.1", "0.005", "0.0025")
"""What `tick_size` may be, likeliest first."""
NEG_RISKS: Final = (False, True)

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class HashPolicy:
    """Thresholds of the check.

    Attributes:
        resync_after_groups: So many groups in a row must fail before a fresh book is asked for.
        resync_after_ms: And for so long.
        first_group_ms: A quiet book whose first group after a snapshot failed is asked for after so long.
        crossed_ms: A crossed book is asked for after so long.
        recent_trades: How many prices of trades are tried as the last trade price.
        price_grid: Whether all 1,001 prices of three decimals are tried in the end; it costs some 1 ms.
        advisory_fraction: When more than this part of the groups fail, the recipe is doubted, not the books.
        advisory_min_groups: So many groups must have been seen for that.
        resyncs_per_s: How many fresh books may be asked for, on average.
        resync_burst: How many at once.
        rest_join_ms: How long a REST book waits for its hash on the stream.
        opening_ms: A subscribed token whose book has not come after so long is asked for over REST.
    """

    resync_after_groups: int = 3
    resync_after_ms: int = 250
    first_group_ms: int = 2_000
    crossed_ms: int = 1_000
    recent_trades: int = 4
    price_grid: bool = False
    advisory_fraction: float = 0.5
    advisory_min_groups: int = 200
    resyncs_per_s: float = 2.0
    resync_burst: int = 10
    rest_join_ms: int = 2_000
    opening_ms: int = 5_000


class Verdict(Enum):
    """What a comparison brought."""

    AT_ONCE = auto()
    AFTER_LAST_TRADE_PRICE = auto()
    UNVERIFIED = auto()


@dataclass(frozen=True, slots=True)
class HashInputs:
    """What the hash of a token's books covers besides levels and last trade price, as on the wire."""

    min_order_size: str
    tick_size: str
    neg_risk: bool

    @property
    def tail(self) -> bytes:
        """The part of the hashed text that holds them."""
        return hash_tail(min_order_size=self.min_order_size, tick_size=self.tick_size, neg_risk=self.neg_risk)


class MarketPrice:
    """The last trade price that both tokens of a market share in their hashes.

    Attributes:
        current: The price that the last verified hash contained; empty while none is known.
    """

    __slots__ = ("_recent", "current")

    def __init__(self, policy: HashPolicy) -> None:
        self.current = ""
        self._recent: deque[str] = deque(maxlen=policy.recent_trades)

    def announce(self, price: Decimal) -> None:
        """Note the price of a trade that was announced for either token."""
        self._recent.append(padded(price))

    def prove(self, price: str) -> None:
        """Take a price that a hash has proved, and remember the one before."""
        if self.current and self.current not in self._recent:
            self._recent.append(self.current)
        self.current = price

    def candidates(self, hashed: HashedBook) -> Iterator[str]:
        """Yield prices to try when the current one fails, each once, likeliest first."""
        seen = {self.current}
        book = hashed.book
        touches = (book.best_bid, book.best_ask)
        prices = [*reversed(self._recent), *(padded(price) for price in touches if price is not None)]
        prices += [padded(_ONE - price) for price in touches if price is not None]
        for price in prices:
            if price not in seen:
                seen.add(price)
                yield price


def verify_with_other_price(  # noqa: PLR0913  (a hash has as many inputs)
    hashed: HashedBook, *, timestamp: str, expected: str, tail: bytes, price: MarketPrice, policy: HashPolicy
) -> Verdict:
    """Compare a book with a hash that it does not have under the last trade price in use, trying others.

    Args:
        hashed: The book.
        timestamp: Of the message that carried the hash, as on the wire.
        expected: The hash.
        tail: `HashInputs.tail` of the token.
        price: The market's last trade price; a price found to fit is taken over.
        policy: Whether to try the whole grid.
    """
    state = hashed.begin(timestamp, tail)
    grid = (f"{number // 1000}.{number % 1000:03d}" for number in range(1001)) if policy.price_grid else ()
    for candidate in chain(price.candidates(hashed), grid):
        if finish(state, candidate) == expected:
            price.prove(candidate)
            return Verdict.AFTER_LAST_TRADE_PRICE
    return Verdict.UNVERIFIED


def infer_inputs(  # noqa: PLR0913  (a hash has as many inputs)
    hashed: HashedBook,
    *,
    timestamp: str,
    expected: str,
    tick_size: str | None,
    price: MarketPrice,
    known: HashInputs | None,
) -> HashInputs | None:
    """Return the inputs under which the book has the `expected` hash; None when no usual ones give it.

    Tries what is known first, then every usual minimum and both kinds of market, with the market's current
    price and its candidates. Takes over a price found to fit.
    """
    ticks = (tick_size,) if tick_size else TICK_SIZES
    trials = [HashInputs(size, tick, neg) for tick in ticks for size in MIN_ORDER_SIZES for neg in NEG_RISKS]
    if known is not None:
        trials.insert(0, HashInputs(known.min_order_size, tick_size or known.tick_size, known.neg_risk))
    states = [(inputs, hashed.begin(timestamp, inputs.tail)) for inputs in trials]
    for candidate in (price.current, *price.candidates(hashed)):
        for inputs, state in states:
            if finish(state, candidate) == expected:
                if candidate != price.current:
                    price.prove(candidate)
                return inputs
    return None


class FeedTrust:
    """What all tokens of a feed share: doubt in the recipe itself, and the rate of resyncs."""

    __slots__ = ("_failed", "_filled_ns", "_groups", "_policy", "_tokens")

    def __init__(self, policy: HashPolicy) -> None:
        self._policy = policy
        self._groups = 0
        self._failed = 0
        self._tokens = float(policy.resync_burst)
        self._filled_ns = 0

    @property
    def advisory(self) -> bool:
        """Whether most hashes fail, so that a failure says little."""
        enough = self._groups >= self._policy.advisory_min_groups
        return enough and self._failed > self._policy.advisory_fraction * self._groups

    def count(self, *, verified: bool) -> None:
        """Count a group; the older half of the memory fades as new groups come."""
        self._groups += 1
        if not verified:
            self._failed += 1
        if self._groups >= 2 * self._policy.advisory_min_groups:
            self._groups //= 2
            self._failed //= 2

    def take_resync(self, *, now_ns: int) -> bool:
        """Return whether one more resync may be asked for now, and count it."""
        gained = max(0, now_ns - self._filled_ns) / NS_PER_S * self._policy.resyncs_per_s
        self._tokens = min(float(self._policy.resync_burst), self._tokens + gained)
        self._filled_ns = max(now_ns, self._filled_ns)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@lru_cache(4_096)
def padded(price: Decimal) -> str:
    """Return a price as the hash writes `last_trade_price`: three decimals, more only where it has more."""
    exponent = price.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"a price must be finite: {price}"
    return f"{price:.{max(3, -exponent)}f}"
