"""A book and its tape of which it is known what happened: a crowd, and actors who follow a plan. Pure.

The engine knows its orders: what a reader of totals and prints can only suspect is certain here. The same
seed makes the same tape, so that detectors can be measured, and lessons shown.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random
from statistics import median
from typing import Final

from omega_tui.domain.side import Side
from omega_tui.sim.book_order import BookOrder, Lifetime, Rules
from omega_tui.sim.flow import SECOND, Action, Crowd, Place, Pull, Temper
from omega_tui.sim.matching import Execution, MatchingEngine
from omega_tui.sim.units import LOT, ONE_PRICE, amount_decimal, price_decimal

TICK: Final = 100
TEMPER: Final = Temper(start=5_000, rate=20, volatility=9, half_spread=60, depth=500, levels=40)

MS: Final = 1_000_000
WARM_NS: Final = 60 * SECOND
"""The crowd alone, so that there is something usual."""

PAUSE_S: Final = (12.0, 25.0)
"""Seconds between two plans."""

ACTOR: Final = "actor"
VISITORS: Final = "visitors"
"""The accounts of those who follow a plan: who rests, and who takes from them."""


class PlanKind(StrEnum):
    """What an actor does."""

    ABSORPTION = "ABSORPTION"
    ICEBERG = "ICEBERG"
    SWEEP = "SWEEP"
    PULLING = "PULLING"
    STACKING = "STACKING"
    VACUUM = "VACUUM"


@dataclass(frozen=True, slots=True)
class LevelTold:
    """The new total of a level, as a feed says it."""

    at_ns: int
    side: Side
    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class TradeTold:
    """A print, as a feed says it."""

    at_ns: int
    price: Decimal
    size: Decimal
    aggressor: Side


Told = LevelTold | TradeTold


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened.

    Attributes:
        kind: What.
        side: Of the resting orders, of takers for a sweep; None for both.
        price: Where; None for the whole book.
        start_ns: When it began.
        end_ns: When it was over.
    """

    kind: PlanKind
    side: Side | None
    price: Decimal | None
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Wait:
    """An actor lets time pass.

    Attributes:
        ns: How much.
    """

    ns: int


Plan = Iterator[Wait]
"""What an actor does, with the pauses in it."""


class PlantedTape:
    """One market with a crowd and one actor at a time.

    Attributes:
        told: What a feed would have said, in order.
        truths: What really happened, oldest first.
    """

    def __init__(self, seed: str, *, temper: Temper = TEMPER, tick: int = TICK) -> None:
        self._rng = Random(f"plan:{seed}")  # noqa: S311  (a tape, not a secret)
        self._engine = MatchingEngine(Rules(tick, LOT, LOT, price_min=tick, price_max=ONE_PRICE - tick))
        self._crowd = Crowd(seed, temper, self._engine, start_ns=SECOND)
        self._tick = tick
        self._now_ns = SECOND
        self._keys = 0
        self._volumes: dict[tuple[bool, int], int] = {}
        self.told: list[Told] = []
        self.truths: list[Truth] = []
        for action in self._crowd.opening():
            self._act(action)

    @property
    def tick(self) -> Decimal:
        """Smallest step of the price."""
        return price_decimal(self._tick)

    def run(self, kinds: Sequence[PlanKind], *, plans: int) -> None:
        """Let the crowd warm up, then carry out so many plans, of kinds that chance chooses, with pauses."""
        self.wait(WARM_NS)
        for _ in range(plans):
            plan = _PLANS[self._rng.choice(kinds)](self)
            for wait in plan:
                self.wait(wait.ns)
            self.wait(int(self._rng.uniform(*PAUSE_S) * SECOND))

    def wait(self, ns: int) -> None:
        """Let time pass in which only the crowd does something."""
        until_ns = self._now_ns + ns
        while self._crowd.next_ns <= until_ns:
            self._now_ns = self._crowd.next_ns
            for action in self._crowd.step():
                self._act(action)
        self._now_ns = until_ns

    # --- the crowd

    def _act(self, action: Action) -> None:
        if isinstance(action, Pull):
            self._engine.cancel(action.key)
            self._tell(None, Execution())
        else:
            self._place(action)

    def _place(self, wanted: Place) -> str:
        self._keys += 1
        key = str(self._keys)
        order = BookOrder(
            key,
            wanted.account,
            is_bid=wanted.is_bid,
            price=wanted.price,
            size=wanted.size,
            token=wanted.token,
        )
        resting = list(self._engine.levels(is_bid=not wanted.is_bid))[:5]
        done = self._engine.place(order, wanted.lifetime)
        self._note_sweep(wanted, done, sum(total for _, total in resting))
        self._tell(wanted, done)
        return key

    def _note_sweep(self, taker: Place, done: Execution, depth: int) -> None:
        taken = sum(match.size for match in done.matches)
        through = len({match.price for match in done.matches})
        if through >= 3 or (depth and taken * 2 >= depth):
            side = Side.BUY if taker.is_bid else Side.SELL
            self.truths.append(Truth(PlanKind.SWEEP, side, None, self._now_ns, self._now_ns))

    def _tell(self, taker: Place | None, done: Execution) -> None:
        """Say the totals, and the prints before or after them, as feeds differ in that."""
        levels: list[Told] = [
            LevelTold(
                self._now_ns,
                _side(is_bid=change.is_bid),
                price_decimal(change.price),
                amount_decimal(change.total),
            )
            for change in self._engine.take_changes()
        ]
        prints: list[Told] = []
        for match in done.matches:
            assert taker is not None, "somebody took"
            key = (not taker.is_bid, match.price)
            self._volumes[key] = self._volumes.get(key, 0) + match.size
            side = _side(is_bid=taker.is_bid)
            prints.append(
                TradeTold(self._now_ns, price_decimal(match.price), amount_decimal(match.size), side)
            )
        self.told += prints + levels if self._rng.random() < 0.5 else levels + prints

    # --- what actors can do

    def _rest(self, *, is_bid: bool, price: int, size: int) -> str:
        return self._place(Place(ACTOR, is_bid, price, size // LOT * LOT, 0, Lifetime.GTC))

    def _take(self, *, is_bid: bool, price: int, size: int) -> None:
        if self._engine.fillable(is_bid=is_bid, price=price, account=VISITORS):
            self._place(Place(VISITORS, is_bid, price, max(LOT, size // LOT * LOT), 0, Lifetime.FAK))

    def _cancel(self, key: str) -> None:
        if self._engine.cancel(key) is not None:
            self._tell(None, Execution())

    def _coin(self) -> bool:
        return self._rng.random() < 0.5

    def _usual(self, *, is_bid: bool) -> int:
        """Return the median total of the best ten levels."""
        return int(median([total for _, total in list(self._engine.levels(is_bid=is_bid))[:10]]))

    def _behind(self, ticks: int, *, is_bid: bool) -> int | None:
        """Return the price so many ticks behind the best of a side; None where there is none."""
        best = self._engine.best_bid if is_bid else self._engine.best_ask
        if best is None:
            return None
        price = best - ticks * self._tick if is_bid else best + ticks * self._tick
        return price if self._engine.rules.price_min <= price <= self._engine.rules.price_max else None

    def _note(self, kind: PlanKind, start_ns: int, *, is_bid: bool, price: int | None) -> None:
        where = None if price is None else price_decimal(price)
        self.truths.append(Truth(kind, _side(is_bid=is_bid), where, start_ns, self._now_ns))

    # --- what they plan

    def plan_iceberg(self) -> Plan:
        """Show a tip, and show it again each time after somebody has taken from it."""
        is_bid, start_ns = self._coin(), self._now_ns
        price = self._behind(0, is_bid=is_bid)
        if price is None:
            return
        tip = self._usual(is_bid=is_bid) // 2
        key = self._rest(is_bid=is_bid, price=price, size=tip)
        refills = executed = shown = 0
        for _ in range(self._rng.randint(9, 14)):
            yield Wait(int(self._rng.uniform(0.3, 1.2) * SECOND))
            if price != self._behind(0, is_bid=is_bid):
                continue
            resting = self._engine.total_at(price, is_bid=is_bid)
            self._take(is_bid=not is_bid, price=price, size=resting)
            shown = max(shown, resting)
            executed += resting
            yield Wait(int(self._rng.uniform(30, 250) * MS))
            if key not in self._engine and not self._engine.crosses(is_bid=is_bid, price=price):
                key = self._rest(is_bid=is_bid, price=price, size=tip)
                refills += 1
        self._cancel(key)
        if refills >= 4 and executed > 2 * shown:
            self._note(PlanKind.ICEBERG, start_ns, is_bid=is_bid, price=price)

    def plan_absorption(self) -> Plan:
        """Stand with a large order while many take from it."""
        is_bid, start_ns = self._coin(), self._now_ns
        price = self._behind(0, is_bid=is_bid)
        if price is None or len(self._volumes) < 6:
            return
        usual = int(median(self._volumes.values()))
        key = self._rest(is_bid=is_bid, price=price, size=usual * 14)
        taken = 0
        for _ in range(16):
            yield Wait(int(self._rng.uniform(0.5, 1.4) * SECOND))
            before = self._volumes.get((is_bid, price), 0)
            self._take(is_bid=not is_bid, price=price, size=usual // 2)
            taken += self._volumes.get((is_bid, price), 0) - before
            if key not in self._engine:
                break
        if taken >= 4 * usual:
            self._note(PlanKind.ABSORPTION, start_ns, is_bid=is_bid, price=price)
        yield Wait(SECOND)
        self._cancel(key)

    def plan_sweep(self) -> Plan:
        """Take several levels at once."""
        is_bid = self._coin()
        price = self._behind(self._rng.randint(3, 5), is_bid=not is_bid)
        if price is not None:
            size = self._engine.fillable(is_bid=is_bid, price=price, account=VISITORS)
            self._take(is_bid=is_bid, price=price, size=size)
        yield Wait(SECOND)

    def plan_pulling(self) -> Plan:
        """Show a large order near the price and take it back before anybody meets it, again and again."""
        is_bid, start_ns = self._coin(), self._now_ns
        pulled = 0
        for _ in range(self._rng.randint(4, 6)):
            price = self._behind(self._rng.randint(2, 3), is_bid=is_bid)
            if price is None:
                continue
            key = self._rest(is_bid=is_bid, price=price, size=self._usual(is_bid=is_bid) * 16)
            yield Wait(int(self._rng.uniform(0.4, 1.8) * SECOND))
            order = self._engine.order(key)
            pulled += order is not None
            self._cancel(key)
            yield Wait(int(self._rng.uniform(3, 9) * SECOND))
        if pulled >= 3:
            self._note(PlanKind.PULLING, start_ns, is_bid=is_bid, price=None)

    def plan_stacking(self) -> Plan:
        """Add to neighbouring levels behind the best, and leave it there."""
        is_bid, start_ns = self._coin(), self._now_ns
        first = self._rng.randint(1, 3)
        prices = [self._behind(first + number, is_bid=is_bid) for number in range(self._rng.randint(3, 4))]
        keys: list[str] = []
        for price in prices:
            resting = 0 if price is None else self._engine.total_at(price, is_bid=is_bid)
            usual = self._usual(is_bid=is_bid)
            if price is None or resting * 2 < usual:
                break
            size = max(resting, usual) * 2
            keys.append(self._rest(is_bid=is_bid, price=price, size=size))
            yield Wait(int(self._rng.uniform(50, 600) * MS))
        if len(keys) >= 3:
            self._note(PlanKind.STACKING, start_ns, is_bid=is_bid, price=None)
        yield Wait(10 * SECOND)
        for key in keys:
            self._cancel(key)
            yield Wait(int(self._rng.uniform(2, 5) * SECOND))

    def plan_vacuum(self) -> Plan:
        """Have everybody near the middle leave at once, and stay away for two seconds."""
        start_ns = self._now_ns
        for _ in range(20):
            self._clear_middle()
            yield Wait(100 * MS)
        self.truths.append(Truth(PlanKind.VACUUM, None, None, start_ns, self._now_ns))

    def _clear_middle(self) -> None:
        for is_bid in (True, False):
            middle = int(self._crowd.fair)
            while True:
                best = self._behind(0, is_bid=is_bid)
                if best is None or abs(best - middle) > 8 * self._tick:
                    break
                leaving = self._engine.newest_at(best, is_bid=is_bid, account_prefix="")
                assert leaving is not None, "a level has an order"
                self._engine.cancel(leaving.key)
        self._tell(None, Execution())


_PLANS: Final[dict[PlanKind, Callable[[PlantedTape], Plan]]] = {
    PlanKind.ABSORPTION: PlantedTape.plan_absorption,
    PlanKind.ICEBERG: PlantedTape.plan_iceberg,
    PlanKind.SWEEP: PlantedTape.plan_sweep,
    PlanKind.PULLING: PlantedTape.plan_pulling,
    PlanKind.STACKING: PlantedTape.plan_stacking,
    PlanKind.VACUUM: PlantedTape.plan_vacuum,
}


def _side(*, is_bid: bool) -> Side:
    return Side.BUY if is_bid else Side.SELL
