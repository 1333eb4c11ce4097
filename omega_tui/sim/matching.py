"""Price-time priority matching of one book, in whole numbers. Pure: no clock, no randomness, no I/O.

Prices and sizes are integers in units of the owner's choice; what a unit is worth, who may trade and which
words a refusal has, is the venue's business. Who takes is served at the price of the order that rests.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from sortedcontainers import SortedDict

from omega_tui.sim.book_order import BookOrder, Lifetime, Refusal, Rules


class Match(NamedTuple):
    """A resting order met the incoming one.

    Attributes:
        maker: The order that rested; its `remaining` is already reduced.
        price: The maker's.
        size: What changed hands.
    """

    maker: BookOrder
    price: int
    size: int


class LevelChange(NamedTuple):
    """The new total at one price; 0 when nobody is left there."""

    is_bid: bool
    price: int
    total: int


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of an incoming order.

    Attributes:
        refusal: Why it was not taken; None when it was.
        matches: In the order in which they happened: best price first, oldest first.
        self_crossed: Resting orders of the same account that stood in the way and were removed.
        rests: Whether a remainder is now in the book.
    """

    refusal: Refusal | None = None
    matches: tuple[Match, ...] = ()
    self_crossed: tuple[BookOrder, ...] = ()
    rests: bool = False


class _Level:
    __slots__ = ("orders", "total")

    def __init__(self) -> None:
        self.total = 0
        self.orders: dict[str | int, BookOrder] = {}


class MatchingEngine:
    """One book. Not thread-safe; whoever owns it serialises the calls.

    Level changes are collected and taken with `take_changes`, so that one burst can be told in one go.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._bids: SortedDict[int, _Level] = SortedDict()
        self._asks: SortedDict[int, _Level] = SortedDict()
        self._orders: dict[str | int, BookOrder] = {}
        self._expiries: list[tuple[int, int, str | int]] = []
        self._expiry_count = 0
        self._changes: list[LevelChange] = []

    # --- reading

    def __contains__(self, key: str | int) -> bool:
        return key in self._orders

    def __len__(self) -> int:
        return len(self._orders)

    def order(self, key: str | int) -> BookOrder | None:
        """Return the resting order, or None when it does not rest."""
        return self._orders.get(key)

    @property
    def best_bid(self) -> int | None:
        """Highest buying price."""
        return -self._bids.keys()[0] if self._bids else None

    @property
    def best_ask(self) -> int | None:
        """Lowest selling price."""
        return int(self._asks.keys()[0]) if self._asks else None

    def levels(self, *, is_bid: bool) -> Iterator[tuple[int, int]]:
        """Yield (price, total) of one side, best first."""
        for rank, level in (self._bids if is_bid else self._asks).items():
            yield (-rank if is_bid else rank), level.total

    def level_count(self, *, is_bid: bool) -> int:
        """Return how many prices of one side have orders."""
        return len(self._bids if is_bid else self._asks)

    def nth_price(self, index: int, *, is_bid: bool) -> int | None:
        """Return the price of the `index`-th best level, None beyond the last."""
        side = self._bids if is_bid else self._asks
        if index >= len(side):
            return None
        return -side.keys()[index] if is_bid else int(side.keys()[index])

    def total_at(self, price: int, *, is_bid: bool) -> int:
        """Return the total size at one price; 0 when there is none."""
        level = (self._bids if is_bid else self._asks).get(-price if is_bid else price)
        return 0 if level is None else level.total

    def newest_at(self, price: int, *, is_bid: bool, account_prefix: str) -> BookOrder | None:
        """Return the last order in the queue at `price` whose account starts with `account_prefix`."""
        level = (self._bids if is_bid else self._asks).get(-price if is_bid else price)
        if level is None:
            return None
        order: BookOrder
        for order in reversed(level.orders.values()):
            if order.account.startswith(account_prefix):
                return order
        return None

    def fillable(self, *, is_bid: bool, price: int, account: str = "", enough: int | None = None) -> int:
        """Return how much an order of `account` at `price` would be filled at once, own orders left out.

        Counting stops once `enough` is reached.
        """
        found = 0
        order: BookOrder
        opposite = self._asks if is_bid else self._bids
        limit = price if is_bid else -price
        for rank, level in opposite.items():
            if rank > limit:
                break
            for order in level.orders.values():
                if order.account != account:
                    found += order.remaining
                    if enough is not None and found >= enough:
                        return found
        return found

    def crosses(self, *, is_bid: bool, price: int) -> bool:
        """Whether an order at `price` would take at once."""
        opposite = self._asks if is_bid else self._bids
        return bool(opposite) and bool(opposite.keys()[0] <= (price if is_bid else -price))

    # --- changing

    def place(
        self,
        order: BookOrder,
        lifetime: Lifetime = Lifetime.GTC,
        *,
        post_only: bool = False,
        expires_ns: int = 0,
        now_ns: int = 0,
    ) -> Execution:
        """Match `order` and let the remainder rest if its lifetime allows.

        Resting orders of the same account that the order would meet are removed first and reported, as far as
        the order gets; the venue tells their owner. FOK counts only what others offer.

        Args:
            order: With its full size as `remaining`.
            lifetime: GTD needs `expires_ns`.
            post_only: Refuse rather than take; only with a lifetime that rests.
            expires_ns: When a GTD order leaves by itself.
            now_ns: The time, to refuse what has expired already.
        """
        refusal = self._refusal(order, lifetime, post_only=post_only, expires_ns=expires_ns, now_ns=now_ns)
        if refusal is not None:
            return Execution(refusal)
        matches: list[Match] = []
        own: list[BookOrder] = []
        if self.crosses(is_bid=order.is_bid, price=order.price):
            self._match(order, matches, own)
        rests = order.remaining > 0 and lifetime.rests
        if rests:
            self._rest(order)
            if lifetime is Lifetime.GTD:
                self._expiry_count += 1
                heappush(self._expiries, (expires_ns, self._expiry_count, order.key))
        return Execution(None, tuple(matches), tuple(own), rests)

    def cancel(self, key: str | int) -> BookOrder | None:
        """Take an order out and return it; None when it does not rest."""
        order = self._orders.get(key)
        if order is not None:
            self._remove(order)
        return order

    def expire(self, now_ns: int) -> list[BookOrder]:
        """Take out every GTD order whose end has come, earliest first."""
        expired: list[BookOrder] = []
        while self._expiries and self._expiries[0][0] <= now_ns:
            order = self._orders.get(heappop(self._expiries)[2])
            if order is not None:
                self._remove(order)
                expired.append(order)
        return expired

    def next_expiry_ns(self) -> int | None:
        """When `expire` has something to do; None for never."""
        while self._expiries and self._expiries[0][2] not in self._orders:
            heappop(self._expiries)
        return self._expiries[0][0] if self._expiries else None

    def clear(self) -> list[BookOrder]:
        """Take everything out; return the orders in no particular order."""
        orders = list(self._orders.values())
        for order in orders:
            self._remove(order)
        return orders

    def take_changes(self) -> list[LevelChange]:
        """Return the level changes since the last call, oldest first."""
        changes, self._changes = self._changes, []
        return changes

    # --- inside

    def _refusal(
        self, order: BookOrder, lifetime: Lifetime, *, post_only: bool, expires_ns: int, now_ns: int
    ) -> Refusal | None:
        broken = (
            (Refusal.DUPLICATE, order.key in self._orders),
            (Refusal.POST_ONLY_TYPE, post_only and not lifetime.rests),
            (Refusal.EXPIRED, lifetime is Lifetime.GTD and expires_ns <= now_ns),
        )
        for refusal, is_broken in broken:
            if is_broken:
                return refusal
        return self.rules.broken_by(order, lifetime) or self._crossing_refusal(
            order, lifetime, post_only=post_only
        )

    def _crossing_refusal(self, order: BookOrder, lifetime: Lifetime, *, post_only: bool) -> Refusal | None:
        if lifetime.rests:
            crosses = post_only and self.crosses(is_bid=order.is_bid, price=order.price)
            return Refusal.POST_ONLY_CROSSES if crosses else None
        wanted = order.remaining if lifetime is Lifetime.FOK else 1
        if (
            self.fillable(is_bid=order.is_bid, price=order.price, account=order.account, enough=wanted)
            >= wanted
        ):
            return None
        return Refusal.FOK_NOT_FILLED if lifetime is Lifetime.FOK else Refusal.FAK_NO_MATCH

    def _match(self, order: BookOrder, matches: list[Match], own: list[BookOrder]) -> None:
        opposite = self._asks if order.is_bid else self._bids
        limit = order.price if order.is_bid else -order.price
        while order.remaining and opposite:
            rank, level = opposite.peekitem(0)
            if rank > limit:
                return
            price = rank if order.is_bid else -rank
            while order.remaining and level.orders:
                maker = next(iter(level.orders.values()))
                if maker.account == order.account:
                    self._remove(maker)
                    own.append(maker)
                    continue
                size = min(order.remaining, maker.remaining)
                order.remaining -= size
                maker.remaining -= size
                level.total -= size
                if not maker.remaining:
                    del level.orders[maker.key]
                    del self._orders[maker.key]
                matches.append(Match(maker, price, size))
                self._changes.append(LevelChange(not order.is_bid, price, level.total))
            if not level.orders:
                opposite.pop(rank, None)

    def _rest(self, order: BookOrder) -> None:
        side, rank = (self._bids, -order.price) if order.is_bid else (self._asks, order.price)
        level = side.get(rank)
        if level is None:
            level = side[rank] = _Level()
        level.orders[order.key] = order
        level.total += order.remaining
        self._orders[order.key] = order
        self._changes.append(LevelChange(order.is_bid, order.price, level.total))

    def _remove(self, order: BookOrder) -> None:
        side, rank = (self._bids, -order.price) if order.is_bid else (self._asks, order.price)
        level = side[rank]
        del level.orders[order.key]
        del self._orders[order.key]
        level.total -= order.remaining
        if not level.orders:
            del side[rank]
        self._changes.append(LevelChange(order.is_bid, order.price, level.total))

    def _check(self) -> None:
        """Assert everything that must be true between two calls."""
        assert self.best_bid is None or self.best_ask is None or self.best_bid < self.best_ask, "crossed"
        seen: dict[str | int, BookOrder] = {}
        for side, is_bid in ((self._bids, True), (self._asks, False)):
            for rank, level in side.items():
                assert level.orders, "an empty level was kept"
                assert level.total == sum(order.remaining for order in level.orders.values())
                for key, order in level.orders.items():
                    assert order.key == key
                    assert order.remaining > 0
                    assert order.is_bid is is_bid
                    assert (-order.price if is_bid else order.price) == rank
                    assert key not in seen
                    seen[key] = order
        assert seen == self._orders
