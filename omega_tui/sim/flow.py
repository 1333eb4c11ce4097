"""The crowd: believable order flow for one market, a function of a seed and of virtual time alone.

A hidden fair price wanders (calm spells pull it back, trends push it, news make it jump), a hidden spread
breathes, and events come in clusters: each makes others likelier for a while (Hawkes 1971, simulated by
thinning after Ogata 1981). Quotes that the fair price has left behind are pulled or taken, gaps are filled;
otherwise people join, leave and take at random with heavy-tailed sizes.

Floats hold what is hidden; every price and size that leaves is a whole number on the grid.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from random import Random
from typing import Final

from omega_tui.sim.book_order import Lifetime
from omega_tui.sim.matching import MatchingEngine
from omega_tui.sim.units import LOT, ONE, ONE_PRICE

SECOND: Final = 1_000_000_000

CROWD: Final = "crowd:"
"""What the names of the crowd's accounts start with."""

TAKER: Final = CROWD + "takers"
"""The account of everybody who takes."""

MAKERS: Final = tuple(f"{CROWD}maker-{number}" for number in range(4))
"""The accounts that rest."""

BRANCHING: Final = 0.55
"""Events that one event causes on average; below 1 or the flow explodes."""

MAX_EXCITEMENT: Final = 12.0
"""The intensity never exceeds this many times its base."""

ROUND_SHARES: Final = (5, 10, 20, 25, 50, 100, 100, 150, 200, 250, 500, 1_000)
"""Sizes that people type."""


@dataclass(frozen=True, slots=True)
class Place:
    """An order of the crowd; `token` 1 means that the owner named the complement."""

    account: str
    is_bid: bool
    price: int
    size: int
    token: int
    lifetime: Lifetime


@dataclass(frozen=True, slots=True)
class Pull:
    """A resting order of the crowd is cancelled."""

    key: str | int


Action = Place | Pull


@dataclass(frozen=True, slots=True)
class Temper:
    """The character of one market.

    Attributes:
        start: Fair price at the beginning, in ten-thousandths.
        rate: Book updates per second in the long run.
        volatility: How far the fair price wanders, ten-thousandths per root second.
        home: Where it is drawn to in the long run; 0 for where it starts.
        home_s: How many seconds that takes, by order of magnitude.
        half_spread: Of the touch in calm times, ten-thousandths.
        depth: Typical shares resting per level near the touch.
        levels: How many levels a side has.
    """

    start: float
    rate: float
    volatility: float = 25.0
    home: float = 0.0
    home_s: float = 600.0
    half_spread: float = 60.0
    depth: float = 600.0
    levels: int = 55


class Crowd:
    """Everybody but the users in one market.

    Attributes:
        next_ns: Virtual time of the next event.
        fair: The hidden fair price of outcome 0, in ten-thousandths.
    """

    def __init__(self, seed: str, temper: Temper, engine: MatchingEngine, *, start_ns: int) -> None:
        self._rng = Random(seed)  # noqa: S311  (a tape, not a secret)
        self._temper = temper
        self._engine = engine
        self._base = temper.rate * (1 - BRANCHING)
        self._decay = 1.5 + temper.rate / 12
        self._excitement = 0.0
        self._clock_ns = start_ns
        self.fair = temper.start
        self._anchor = temper.start
        self._goal: float | None = None
        self._goal_ns = start_ns
        self._trend = 0.0
        self._spell_ends_ns = start_ns
        self._news_ns = start_ns + self._wait_ns(1 / 150)
        self._half_spread = temper.half_spread
        self.next_ns = start_ns
        self._schedule()

    # --- what happens

    def opening(self) -> Iterator[Action]:
        """Yield the orders that fill the empty book."""
        tick = self._engine.rules.tick
        for is_bid in (True, False):
            top = self._top(is_bid=is_bid)
            for distance in range(self._temper.levels):
                price = top - distance * tick if is_bid else top + distance * tick
                wanted = self._target(distance, price)
                for _ in range(1 + (wanted > 300 * ONE)):
                    size = max(5 * ONE, wanted // (1 + (wanted > 300 * ONE)) // ONE * ONE)
                    if self._on_grid(price):
                        yield self._rest(is_bid=is_bid, price=price, size=size)

    def step(self) -> list[Action]:
        """Let the event at `next_ns` happen: return its actions in order and schedule the next one."""
        now_ns = self.next_ns
        self._wander(now_ns)
        actions = self._corrections() or self._noise()
        self._schedule()
        return actions

    def steer(self, goal: float, by_ns: int) -> None:
        """Have the fair price arrive at `goal` by then, as before a market ends."""
        self._goal, self._goal_ns = goal, by_ns

    def resume_at(self, fair: float) -> None:
        """Go on from this fair price."""
        self.fair = self._anchor = fair

    # --- when

    def _schedule(self) -> None:
        """Draw the time of the next event from the present intensity."""
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

    def _wait_ns(self, per_second: float) -> int:
        return int(self._rng.expovariate(per_second) * SECOND)

    # --- the hidden state

    def _wander(self, now_ns: int) -> None:
        rng, temper = self._rng, self._temper
        elapsed = min(5.0, (now_ns - self._clock_ns) / SECOND)
        self._clock_ns = now_ns
        if self._goal is None:
            self._drift(now_ns, elapsed)
        else:
            self.fair += (self._goal - self.fair) * min(
                1.0, elapsed * SECOND / max(1, self._goal_ns - now_ns)
            )
        self.fair += temper.volatility * elapsed**0.5 * rng.gauss(0.0, 1.0)
        if now_ns >= self._news_ns:
            self._news_ns = now_ns + self._wait_ns(1 / 150)
            self.fair += rng.choice((-1, 1)) * temper.volatility * rng.uniform(3, 9)
            self._half_spread *= 2.2
            self._excitement = self._base * MAX_EXCITEMENT * 0.6
        edge = 0.6 * self._engine.rules.tick
        self.fair = min(max(self.fair, edge), ONE_PRICE - edge)
        calm = temper.half_spread
        self._half_spread += (calm - self._half_spread) * min(1.0, elapsed / 6)
        self._half_spread *= exp(0.35 * min(1.0, elapsed) ** 0.5 * rng.gauss(0.0, 1.0))
        self._half_spread = min(max(self._half_spread, calm * 0.4), calm * 5)

    def _drift(self, now_ns: int, elapsed: float) -> None:
        """Move the fair price as its spell has it: along a trend, or back to where the spell began."""
        rng, temper = self._rng, self._temper
        if now_ns >= self._spell_ends_ns:
            self._spell_ends_ns = now_ns + 8 * SECOND + self._wait_ns(1 / 25)
            trending = rng.random() < 0.4
            self._trend = rng.choice((-1, 1)) * temper.volatility * 0.35 if trending else 0.0
            if not trending:
                self._anchor = self.fair
        pull = 0.0 if self._trend else (self._anchor - self.fair) * min(1.0, elapsed / 12)
        home = ((temper.home or temper.start) - self.fair) * min(1.0, elapsed / temper.home_s)
        self._anchor += home
        self.fair += pull + home + self._trend * elapsed

    def _top(self, *, is_bid: bool) -> int:
        """Return where the best price of a side ought to be, on the grid."""
        tick = self._engine.rules.tick
        if is_bid:
            return int((self.fair - self._half_spread) // tick) * tick
        return -int(-(self.fair + self._half_spread) // tick) * tick

    def _target(self, distance: int, price: int) -> int:
        """Return how much ought to rest `distance` levels from the touch; round prices attract more."""
        attraction = 2.5 if price % 500 == 0 else 1.0
        shape = 0.55 + 0.45 * min(distance, 12) ** 0.6
        ripple = 0.4 + (price * 2_654_435_761 % 1_000) / 800
        return int(self._temper.depth * shape * ripple * attraction) * ONE

    # --- what people do

    def _corrections(self) -> list[Action]:
        """Return what those do who see the fair price better than the book shows it; often nothing."""
        rng, engine = self._rng, self._engine
        is_bid = rng.random() < 0.5
        if rng.random() < 0.25:
            return []
        top = self._top(is_bid=is_bid)
        best = engine.best_bid if is_bid else engine.best_ask
        if best is None:
            return [self._rest(is_bid=is_bid, price=top, size=self._size())] if self._on_grid(top) else []
        behind = best - top if is_bid else top - best
        if behind > 0:
            stale = engine.newest_at(best, is_bid=is_bid, account_prefix=CROWD)
            if stale is not None and rng.random() < 0.85:
                return [Pull(stale.key)]
            size = min(engine.total_at(best, is_bid=is_bid), self._take_size() * 2)
            return [self._take(is_bid=not is_bid, price=best, size=size)]
        if behind < 0 and self._on_grid(top):
            return self._step_inside(top, best, is_bid=is_bid)
        return []

    def _step_inside(self, top: int, best: int, *, is_bid: bool) -> list[Action]:
        """Quote a gap: at the new touch, with a quote from further back taken along half of the time."""
        rng, engine = self._rng, self._engine
        tick = engine.rules.tick
        gap = abs(top - best) // tick
        price = (
            top if gap <= 1 or rng.random() < 0.6 else top + (-1 if is_bid else 1) * rng.randrange(gap) * tick
        )
        crosses = engine.crosses(is_bid=is_bid, price=price)
        new = self._take(is_bid=is_bid, price=price, size=self._size()) if crosses else None
        if new is not None:
            return [new]
        placed = self._rest(is_bid=is_bid, price=price, size=self._size())
        if rng.random() < 0.5:
            return [placed]
        behind = engine.nth_price(1 + int(rng.expovariate(0.5)), is_bid=is_bid)
        old = (
            None if behind is None else engine.newest_at(behind, is_bid=is_bid, account_prefix=placed.account)
        )
        return [placed] if old is None else [Pull(old.key), placed]

    def _noise(self) -> list[Action]:
        rng, engine = self._rng, self._engine
        if rng.random() < 0.09:
            return self._noise_take()
        is_bid = rng.random() < 0.5
        best = engine.best_bid if is_bid else engine.best_ask
        if best is None:
            return []
        deep = rng.random() < 0.12
        levels = self._temper.levels
        distance = rng.randrange(levels) if deep else min(levels - 1, int(rng.expovariate(0.28)))
        tick = engine.rules.tick
        price = best - distance * tick if is_bid else best + distance * tick
        # A touch from before a change of the tick need not be on the new grid.
        price -= price % tick
        if not self._on_grid(price):
            return []
        missing = self._target(distance, price) - engine.total_at(price, is_bid=is_bid)
        if missing > 0 and engine.level_count(is_bid=is_bid) <= levels + 10:
            size = min(self._size(), max(5 * ONE, missing))
            return [self._rest(is_bid=is_bid, price=price, size=size)]
        leaving = engine.newest_at(price, is_bid=is_bid, account_prefix=CROWD)
        if leaving is None:
            last = engine.nth_price(engine.level_count(is_bid=is_bid) - 1, is_bid=is_bid)
            leaving = None if last is None else engine.newest_at(last, is_bid=is_bid, account_prefix=CROWD)
        return [] if leaving is None else [Pull(leaving.key)]

    def _noise_take(self) -> list[Action]:
        rng, engine = self._rng, self._engine
        bias = 0.5 + (0.12 if self._trend > 0 else -0.12 if self._trend < 0 else 0.0)
        buys = rng.random() < bias
        best = engine.best_ask if buys else engine.best_bid
        if best is None:
            return []
        tick = engine.rules.tick
        reach = tick * (0 if rng.random() < 0.9 else rng.randrange(1, 4))
        price = min(max(best + reach if buys else best - reach, tick), ONE_PRICE - tick)
        size = self._take_size()
        if rng.random() < 0.85:
            # Most who take look first, and leave something of the level.
            size = min(size, engine.total_at(best, is_bid=not buys) * 4 // 5 // LOT * LOT)
        return [self._take(is_bid=buys, price=price, size=size)] if size >= LOT else []

    # --- sizes and shapes

    def _size(self) -> int:
        """Return the size of an order that rests: typed round numbers, or odd lots with cents."""
        rng = self._rng
        if rng.random() < 0.7:
            return rng.choice(ROUND_SHARES) * ONE
        return max(500, min(500_000, int(rng.lognormvariate(4.4, 1.1) * 100))) * (ONE // 100)

    def _take_size(self) -> int:
        """Return a heavy-tailed size: half are below 60 shares, one in fifty above 900."""
        rng = self._rng
        if rng.random() < 0.35:
            return rng.choice(ROUND_SHARES) * ONE
        return max(100, min(1_000_000, int(rng.lognormvariate(4.1, 1.3) * 100))) * (ONE // 100)

    def _rest(self, *, is_bid: bool, price: int, size: int) -> Place:
        rng = self._rng
        return Place(rng.choice(MAKERS), is_bid, price, size, int(rng.random() < 0.4), Lifetime.GTC)

    def _take(self, *, is_bid: bool, price: int, size: int) -> Place:
        return Place(TAKER, is_bid, price, size, int(self._rng.random() < 0.4), Lifetime.FAK)

    def _on_grid(self, price: int) -> bool:
        rules = self._engine.rules
        return rules.price_min <= price <= rules.price_max
