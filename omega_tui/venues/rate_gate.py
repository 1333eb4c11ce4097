"""A venue's request budget with priorities: cancels never wait, orders go before questions.

The exchange library's own limiter is a queue: a cancel behind forty tickers waited two seconds (fact sheet,
section 4). This one stands in its place, is shared by all instances of an account, and keeps count. A cancel
overdraws the budget, and the questions after it pay that back.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from heapq import heappop, heappush
from typing import Final, NamedTuple

from omega_tui.clock import Clock
from omega_tui.errors import VenueUnreachable

NS_PER_S: Final = 1_000_000_000

WINDOW_S: Final = 10
"""The use that is shown is of so many seconds."""

MAX_WAITING: Final = 2_000
"""Who would wait behind so many is sent away at once: an answer would come too late to be of use."""


class Priority(IntEnum):
    """Who goes first, and who does not wait at all."""

    CANCEL = 0
    ORDER = 1
    QUESTION = 2


class Passage(NamedTuple):
    """How the calls of the present task go through the gate.

    Attributes:
        priority: Before whom.
        patience_s: For how long they would wait; None as long as it takes.
    """

    priority: Priority = Priority.QUESTION
    patience_s: float | None = None


USUAL: Final = Passage()

_passage: ContextVar[Passage] = ContextVar("passage", default=USUAL)


@contextmanager
def passing(priority: Priority, *, patience_s: float | None = None) -> Iterator[None]:
    """Let the calls made inside go through the gate with this priority."""
    token = _passage.set(Passage(priority, patience_s))
    try:
        yield
    finally:
        _passage.reset(token)


class RateBudget:
    """Counts requests, by the venue's weights. Pure.

    It fills at a constant rate up to `capacity` and may be overdrawn, as in the library: whoever finds
    something in it may pass, whatever it then costs.

    Attributes:
        per_s: Weight that comes back in a second.
    """

    def __init__(self, per_s: float, *, now_ns: int, capacity: float = 1.0) -> None:
        self.per_s = per_s
        self._capacity = capacity
        self._left = 0.0
        self._at_ns = now_ns
        self._spent: dict[int, float] = {}

    def wait_s(self, now_ns: int) -> float:
        """Return in how many seconds the next request may pass; 0 for now."""
        self._fill(now_ns)
        return max(0.0, -self._left) / self.per_s

    def spend(self, cost: float, now_ns: int) -> None:
        """Count a request."""
        self._fill(now_ns)
        self._left -= cost
        second = now_ns // NS_PER_S
        self._spent[second] = self._spent.get(second, 0.0) + cost
        if len(self._spent) > WINDOW_S:
            self._spent = {at: spent for at, spent in self._spent.items() if at > second - WINDOW_S}

    def used(self, now_ns: int) -> float:
        """Return which part of the budget of the last seconds was used; above 1 it is overdrawn."""
        since = now_ns // NS_PER_S - WINDOW_S
        spent = sum(spent for at, spent in self._spent.items() if at > since)
        return spent / (WINDOW_S * self.per_s)

    def _fill(self, now_ns: int) -> None:
        elapsed_s = max(0, now_ns - self._at_ns) / NS_PER_S
        self._at_ns = max(now_ns, self._at_ns)
        self._left = min(self._capacity, self._left + elapsed_s * self.per_s)


class _Waiter(NamedTuple):
    priority: Priority
    number: int
    cost: float
    turn: "asyncio.Future[None]"


class RateGate:
    """Lets the requests of one account through. Belongs to one event loop.

    Args:
        venue: For messages.
        budget: What is counted.
        clock: The one that the budget is counted by.
        most_waiting: Who would wait behind so many is sent away.
    """

    def __init__(
        self, venue: str, budget: RateBudget, clock: Clock, *, most_waiting: int = MAX_WAITING
    ) -> None:
        self._most_waiting = most_waiting
        self._venue = venue
        self._budget = budget
        self._clock = clock
        self._waiting: list[_Waiter] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(not waiter.turn.done() for waiter in self._waiting)

    @property
    def used(self) -> float:
        """Which part of the budget of the last seconds was used."""
        return self._budget.used(self._clock.mono_ns())

    async def enter(self, cost: float | None = None) -> None:
        """Return when a request of this weight may leave. Stands in for the library's `throttle`.

        Raises:
            VenueUnreachable: The patience of `passing` ended before, too many wait already, or the gate was
                closed: nothing was sent.
        """
        passage, weight = _passage.get(), 1.0 if cost is None else float(cost)
        now_ns = self._clock.mono_ns()
        if passage.priority is Priority.CANCEL or not (self._waiting or self._budget.wait_s(now_ns)):
            self._budget.spend(weight, now_ns)
            return
        if len(self._waiting) >= self._most_waiting:
            raise self._not_sent(f"{self._most_waiting} requests wait already")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heappush(self._waiting, _Waiter(passage.priority, self._count, weight, turn))
        self._arm()
        try:
            async with asyncio.timeout(passage.patience_s):
                await turn
        except TimeoutError:
            text = f"the request budget left no room for it within {passage.patience_s:g} s"
            raise self._not_sent(text) from None

    def close(self) -> None:
        """Send away all who wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.turn.done():
                waiter.turn.set_exception(self._not_sent("the connection to the venue was closed"))

    def _not_sent(self, why: str) -> VenueUnreachable:
        return VenueUnreachable(f"not sent to {self._venue}: {why}", venue=self._venue, code="RATE_LIMIT")

    def _arm(self) -> None:
        if self._timer is None and self._waiting:
            wait_s = self._budget.wait_s(self._clock.mono_ns())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._admit)

    def _admit(self) -> None:
        """Let through who may pass now, the first of the best priority first."""
        self._timer = None
        now_ns = self._clock.mono_ns()
        while self._waiting:
            if self._waiting[0].turn.done():  # Its task was canceled, or lost its patience.
                heappop(self._waiting)
                continue
            if self._budget.wait_s(now_ns):
                break
            waiter = heappop(self._waiting)
            self._budget.spend(waiter.cost, now_ns)
            waiter.turn.set_result(None)
        self._arm()
