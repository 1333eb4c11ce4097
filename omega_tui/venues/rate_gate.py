"""A venue's request budget with priorities: cancels never wait, orders go before questions.

The exchange library's own limiter is a queue: a cancel behind forty tickers waited two seconds (fact sheet,
section 4). This one stands in its place, is shared by all instances of an account and by the accounts that
the venue counts together, and keeps count. A cancel overdraws the budget, and the questions after it pay that
back.
"""

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from omega_tui.clock import Clock
from omega_tui.errors import VenueUnreachable
from omega_tui.units import NS_PER_S

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
    venue: str


class RateLine:
    """Who waits for one budget, of whatever account; what a venue counts by address is counted here once.

    Belongs to one event loop.

    Args:
        budget: What is counted.
        clock: The one that the budget is counted by.
        most_waiting: Who would wait behind so many is sent away.
    """

    def __init__(self, budget: RateBudget, clock: Clock, *, most_waiting: int = MAX_WAITING) -> None:
        self.budget = budget
        self.clock = clock
        self._most_waiting = most_waiting
        self._waiting: list[_Waiter] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def waiting(self, venue: str) -> int:
        """Return how many of a venue wait for their turn."""
        return sum(waiter.venue == venue and not waiter.turn.done() for waiter in self._waiting)

    async def enter(self, venue: str, weight: float) -> None:
        """Return when a request of this weight may leave; raises as `RateGate.enter`."""
        passage, now_ns = _passage.get(), self.clock.mono_ns()
        if passage.priority is Priority.CANCEL or not (self._waiting or self.budget.wait_s(now_ns)):
            self.budget.spend(weight, now_ns)
            return
        if len(self._waiting) >= self._most_waiting:
            raise _not_sent(venue, f"{self._most_waiting} requests wait already")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heappush(self._waiting, _Waiter(passage.priority, self._count, weight, turn, venue))
        self._arm()
        try:
            async with asyncio.timeout(passage.patience_s):
                await turn
        except TimeoutError:
            text = f"the request budget left no room for it within {passage.patience_s:g} s"
            raise _not_sent(venue, text) from None

    def leave(self, venue: str) -> None:
        """Send away all of a venue that wait."""
        leaving = [waiter for waiter in self._waiting if waiter.venue == venue]
        self._waiting = [waiter for waiter in self._waiting if waiter.venue != venue]
        heapify(self._waiting)
        if self._timer is not None and not self._waiting:
            self._timer.cancel()
            self._timer = None
        for waiter in leaving:
            if not waiter.turn.done():
                waiter.turn.set_exception(_not_sent(venue, "the connection to the venue was closed"))

    def _arm(self) -> None:
        if self._timer is None and self._waiting:
            wait_s = self.budget.wait_s(self.clock.mono_ns())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._admit)

    def _admit(self) -> None:
        """Let through who may pass now, the first of the best priority first."""
        self._timer = None
        now_ns = self.clock.mono_ns()
        while self._waiting:
            if self._waiting[0].turn.done():  # Its task was canceled, or lost its patience.
                heappop(self._waiting)
                continue
            if self.budget.wait_s(now_ns):
                break
            waiter = heappop(self._waiting)
            self.budget.spend(waiter.cost, now_ns)
            waiter.turn.set_result(None)
        self._arm()


class RateLines:
    """The lines of one process, by what a venue counts together."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, RateLine] = {}

    def of(self, counted: Hashable, per_s: float, clock: Clock) -> RateLine:
        """Return the line of what is counted together; it is begun with the rate of who comes first."""
        line = self._lines.get(counted)
        if line is None:
            budget = RateBudget(per_s, now_ns=clock.mono_ns())
            line = self._lines[counted] = RateLine(budget, clock)
        return line


class RateGate:
    """Lets the requests of one account through.

    Args:
        venue: Ours, for messages and to tell its requests from those of others in the line.
        line: Where they wait.
    """

    def __init__(self, venue: str, line: RateLine) -> None:
        self._venue = venue
        self._line = line

    @property
    def waiting(self) -> int:
        """How many of this account wait for their turn."""
        return self._line.waiting(self._venue)

    @property
    def used(self) -> float:
        """Which part of the budget of the last seconds was used, by all who share it."""
        return self._line.budget.used(self._line.clock.mono_ns())

    async def enter(self, cost: float | None = None) -> None:
        """Return when a request of this weight may leave. Stands in for the library's `throttle`.

        Raises:
            VenueUnreachable: The patience of `passing` ended before, too many wait already, or the gate was
                closed: nothing was sent.
        """
        await self._line.enter(self._venue, 1.0 if cost is None else float(cost))

    def close(self) -> None:
        """Send away all of this account who wait."""
        self._line.leave(self._venue)


def _not_sent(venue: str, why: str) -> VenueUnreachable:
    return VenueUnreachable(f"not sent to {venue}: {why}", venue=venue, code="RATE_LIMIT")
