"""The crowd of a coin exchange: believable order flow, a function of a seed and of virtual time alone.

All books of one coin follow the same hidden index, each at a premium of its own that comes and goes. Events
come in clusters (Hawkes 1971, simulated by thinning after Ogata 1981). Floats hold what is hidden; prices and
sizes that leave are whole numbers on the grid.
"""

from collections.abc import Iterator
from math import exp, log
from random import Random
from typing import Final

from omega_tui.sim.book_order import Lifetime
from omega_tui.sim.coins import CoinSpec
from omega_tui.sim.flow import BRANCHING, CROWD, MAKERS, MAX_EXCITEMENT, TAKER, Action, Place, Pull
from omega_tui.sim.matching import MatchingEngine

SECOND: Final = 1_000_000_000

GRID_NS: Final = SECOND // 5
"""The index moves on this grid, so that what it is does not depend on who asked when."""

LONG_GAP_S: Final = 600
"""A longer gap, in which nobody looked, is crossed in one step."""

SWEPT: Final = 10
"""Levels that a hurried correction clears or fills at once."""

THINNING: Final = 15
"""Levels after which the next one is twice as far away."""


class IndexPath:
    """The hidden price of a coin in the wide world: a random walk in logarithms, with news.

    Attributes:
        seed: What it is drawn from.
        price: Now.
    """

    def __init__(self, seed: str, start: float, volatility: float, *, start_ns: int) -> None:
        self.seed = seed
        self._rng = Random(seed)  # noqa: S311  (a tape, not a secret)
        self._volatility = volatility
        self._at_ns = start_ns
        self.price = start

    def at(self, now_ns: int) -> float:
        """Return the price at `now_ns`, which never goes back."""
        if now_ns - self._at_ns > LONG_GAP_S * SECOND:
            gap_ns = (now_ns - self._at_ns) // GRID_NS * GRID_NS
            self._move(gap_ns)
        while self._at_ns + GRID_NS <= now_ns:
            self._move(GRID_NS)
        return self.price

    def jump(self, price: float) -> None:
        """Be somewhere else from now on."""
        self.price = price

    def _move(self, step_ns: int) -> None:
        self._at_ns += step_ns
        root = (step_ns / SECOND) ** 0.5
        moved = self._volatility * root * self._rng.gauss(0.0, 1.0)
        if self._rng.random() < step_ns / SECOND / 240:
            moved += self._rng.choice((-1, 1)) * self._volatility * self._rng.uniform(3, 9)
        self.price *= exp(moved)


class CoinCrowd:
    """Everybody but the users in one book.

    Attributes:
        next_ns: Virtual time of the next event.
        fair: Where this book's price ought to be, in ticks.
    """

    def __init__(  # noqa: PLR0913  (each is a fact of the book)
        self,
        seed: str,
        spec: CoinSpec,
        engine: MatchingEngine,
        index: IndexPath,
        *,
        rate: float,
        start_ns: int,
    ) -> None:
        self._rng = Random(seed)  # noqa: S311  (a tape, not a secret)
        self._spec = spec
        self._engine = engine
        self._index = index
        self._base = rate * (1 - BRANCHING)
        self._decay = 1.5 + rate / 12
        self._excitement = 0.0
        self._clock_ns = start_ns
        self._premium = 0.0
        self._spacing = float(spec.spacing / spec.tick)
        self._depth = max(1, int(spec.depth / spec.lot))
        self._half_spread = self._spacing * 0.4
        self.fair = index.price / float(spec.tick)
        self.next_ns = start_ns
        self._schedule()

    # --- what happens

    def opening(self) -> Iterator[Action]:
        """Yield the orders that fill the empty book."""
        for is_bid in (True, False):
            price = self._top(is_bid=is_bid)
            for distance in range(self._spec.levels):
                if price > 0:
                    yield self._rest(is_bid=is_bid, price=price, size=self._target(distance))
                price += (-1 if is_bid else 1) * self._gap(distance)

    def step(self) -> list[Action]:
        """Let the event at `next_ns` happen: return its actions in order and schedule the next one."""
        self._wander(self.next_ns)
        actions = self._corrections() or self._noise()
        self._schedule()
        return actions

    def recenter(self) -> None:
        """Follow the index at once, after it jumped."""
        self.fair = self._index.price * (1 + self._premium) / float(self._spec.tick)

    # --- when

    def _schedule(self) -> None:
        rng, at_ns = self._rng, self.next_ns
        self._excitement = min(self._excitement + self._decay * BRANCHING, self._base * MAX_EXCITEMENT)
        while True:
            ceiling = self._base + self._excitement
            wait = -log(1 - rng.random()) / ceiling
            at_ns += max(1, int(wait * SECOND))
            self._excitement *= exp(-self._decay * wait)
            if rng.random() * ceiling <= self._base + self._excitement:
                self.next_ns = at_ns
                return

    # --- the hidden state

    def _wander(self, now_ns: int) -> None:
        rng = self._rng
        elapsed = min(5.0, (now_ns - self._clock_ns) / SECOND)
        self._clock_ns = now_ns
        if self._spec.key.is_perpetual:
            # The premium is drawn back to a little above zero: longs pay shorts most of the time.
            self._premium += (0.00008 - self._premium) * min(1.0, elapsed / 120)
            self._premium += 0.00002 * elapsed**0.5 * rng.gauss(0.0, 1.0)
        self.fair = self._index.at(now_ns) * (1 + self._premium) / float(self._spec.tick)
        calm = self._spacing * 0.4
        self._half_spread += (calm - self._half_spread) * min(1.0, elapsed / 6)
        self._half_spread *= exp(0.3 * min(1.0, elapsed) ** 0.5 * rng.gauss(0.0, 1.0))
        self._half_spread = min(max(self._half_spread, calm * 0.3), calm * 5)

    def _top(self, *, is_bid: bool) -> int:
        """Return where the best price of a side ought to be."""
        half = max(0.5, self._half_spread)
        return int(self.fair - half) if is_bid else -int(-(self.fair + half) // 1)

    def _target(self, distance: int) -> int:
        """Return how much ought to rest `distance` levels from the touch."""
        shape = 0.4 + 0.35 * min(distance, 20) ** 0.6
        return max(1, int(self._depth * shape * self._rng.lognormvariate(-0.15, 0.55)))

    def _gap(self, distance: int) -> int:
        """Return how far it is from one level to the next, further and further behind the touch."""
        wanted = self._spacing * (1 + distance / THINNING)
        return 1 + int(self._rng.expovariate(1 / (wanted - 1)) if wanted > 1 else 0)

    # --- what people do

    def _corrections(self) -> list[Action]:
        """Return what those do who see the fair price better than the book shows it; often nothing."""
        rng, engine = self._rng, self._engine
        is_bid = rng.random() < 0.5
        top = self._top(is_bid=is_bid)
        best = engine.best_bid if is_bid else engine.best_ask
        if best is None:
            return self._thicken(SWEPT, is_bid=is_bid)
        behind = best - top if is_bid else top - best
        slack = max(1.0, self._spacing * 0.5)
        if behind > slack:
            return self._clear(top, is_bid=is_bid)
        if -behind > slack:
            return self._step_inside(top, best, is_bid=is_bid)
        return []

    def _clear(self, top: int, *, is_bid: bool) -> list[Action]:
        """Have quotes that the price has left behind pulled or taken."""
        rng, engine = self._rng, self._engine
        pulls: list[Action] = []
        for rank in range(SWEPT):
            price = engine.nth_price(rank, is_bid=is_bid)
            if price is None or (price <= top if is_bid else price >= top):
                break
            stale = engine.newest_at(price, is_bid=is_bid, account_prefix=CROWD)
            if stale is not None:
                pulls.append(Pull(stale.key))
        if pulls and rng.random() < 0.6:
            return pulls
        size = max(self._take_size(), self._depth * rng.randrange(1, 4))
        return [self._take(is_bid=not is_bid, price=top, size=size)]

    def _step_inside(self, top: int, best: int, *, is_bid: bool) -> list[Action]:
        """Fill the gap between the touch and where it ought to be."""
        rng, engine = self._rng, self._engine
        towards = 1 if is_bid else -1
        placed: list[Action] = []
        for _ in range(rng.randrange(1, 4)):
            price = top - towards * int(rng.expovariate(2.0) * abs(top - best))
            if engine.crosses(is_bid=is_bid, price=price):
                return [self._take(is_bid=is_bid, price=price, size=self._take_size())]
            if price > 0:
                placed.append(self._rest(is_bid=is_bid, price=price, size=self._target(0)))
        return placed

    def _noise(self) -> list[Action]:
        rng, engine = self._rng, self._engine
        if rng.random() < 0.16:
            return self._noise_take()
        is_bid = rng.random() < 0.5
        count = engine.level_count(is_bid=is_bid)
        levels = self._spec.levels
        if count < levels:
            return self._thicken(1 + (levels - count) // 10, is_bid=is_bid)
        rank = rng.randrange(count) if rng.random() < 0.2 else min(count - 1, int(rng.expovariate(0.25)))
        near = engine.nth_price(rank, is_bid=is_bid)
        assert near is not None, "the rank is within the levels"
        if count < levels + 20 and rng.random() < 0.5:
            return self._thicken(1, is_bid=is_bid)
        if count > levels + 10:
            # Far quotes are given up first, or a trending price would leave a desert behind.
            far = engine.nth_price(count - 1, is_bid=is_bid)
            near = near if far is None else far
        leaving = engine.newest_at(near, is_bid=is_bid, account_prefix=CROWD)
        return [] if leaving is None else [Pull(leaving.key)]

    def _thicken(self, count: int, *, is_bid: bool) -> list[Action]:
        """Quote `count` prices somewhere behind the touch, near it most of the time."""
        rng, engine = self._rng, self._engine
        towards = 1 if is_bid else -1
        levels = self._spec.levels
        reach = self._spacing * levels * (1 + levels / THINNING / 2)
        placed: list[Action] = []
        for _ in range(count):
            away = reach * rng.random() ** 2
            price = self._top(is_bid=is_bid) - towards * int(away)
            if price > 0 and not engine.crosses(is_bid=is_bid, price=price):
                placed.append(
                    self._rest(
                        is_bid=is_bid, price=price, size=self._target(int(levels * (away / reach) ** 0.5))
                    )
                )
        return placed

    def _noise_take(self) -> list[Action]:
        buys = self._rng.random() < 0.5
        best = self._engine.best_ask if buys else self._engine.best_bid
        if best is None:
            return []
        reach = 0 if self._rng.random() < 0.85 else int(self._spacing * self._rng.uniform(0.5, 4))
        price = max(1, best + reach if buys else best - reach)
        return [self._take(is_bid=buys, price=price, size=self._take_size())]

    def _take_size(self) -> int:
        """Return a heavy-tailed size: most are small change, some are several levels."""
        return max(1, int(self._depth * self._rng.lognormvariate(-2.2, 1.5)))

    def _rest(self, *, is_bid: bool, price: int, size: int) -> Place:
        return Place(self._rng.choice(MAKERS), is_bid, price, size, 0, Lifetime.GTC)

    def _take(self, *, is_bid: bool, price: int, size: int) -> Place:
        return Place(TAKER, is_bid, price, size, 0, Lifetime.FAK)
