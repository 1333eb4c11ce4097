"""Virtual time: what happens by itself, in the order of its time. Pure.

Two kinds of things happen: timers, which are called once, and actors, which say when they act next.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

IDLE_NS: Final = 1_000_000_000
"""How far away the next event is when there is none."""


class Actor(Protocol):
    """Something that acts again and again."""

    is_open: bool

    def next_ns(self) -> int:
        """Return when it acts next."""
        ...

    def postpone(self, gap_ns: int) -> None:
        """Act later by `gap_ns`."""
        ...


AnyActor = TypeVar("AnyActor", bound=Actor)


class _Timer(NamedTuple):
    at_ns: int
    number: int
    action: Callable[[int], None]


class Timeline(Generic[AnyActor]):
    """The order of events. Of those at the same time, timers come first, then who joined first.

    Attributes:
        now_ns: Virtual time.
    """

    def __init__(self, now_ns: int, step: Callable[[AnyActor], None]) -> None:
        """Begin at `now_ns`; `step` lets an actor act."""
        self.now_ns = now_ns
        self._step = step
        self._timers: list[_Timer] = []
        self._agenda: list[tuple[int, int, AnyActor]] = []
        self._count = 0

    def next_ns(self) -> int:
        """When something happens next by itself."""
        first = self._agenda[0][0] if self._agenda else self.now_ns + IDLE_NS
        return min(first, self._timers[0].at_ns) if self._timers else first

    def join(self, actor: AnyActor) -> None:
        """Let an actor act until it is no longer open."""
        self._count += 1
        heappush(self._agenda, (actor.next_ns(), self._count, actor))

    def at(self, at_ns: int, action: Callable[[int], None]) -> None:
        """Have `action` called with the time when it is `at_ns`."""
        self._count += 1
        heappush(self._timers, _Timer(at_ns, self._count, action))

    def advance(self, now_ns: int) -> None:
        """Let everything happen that is due, in order."""
        while True:
            timer_ns = self._timers[0].at_ns if self._timers else now_ns + 1
            actor_ns = self._agenda[0][0] if self._agenda else now_ns + 1
            if min(timer_ns, actor_ns) > now_ns:
                break
            if timer_ns <= actor_ns:
                timer = heappop(self._timers)
                self.now_ns = max(self.now_ns, timer.at_ns)
                timer.action(self.now_ns)
                continue
            _, number, actor = self._agenda[0]
            if not actor.is_open:
                heappop(self._agenda)
                continue
            self.now_ns = max(self.now_ns, actor_ns)
            self._step(actor)
            heapreplace(self._agenda, (actor.next_ns(), number, actor))
        self.now_ns = max(self.now_ns, now_ns)

    def skip(self, gap_ns: int) -> None:
        """Let `gap_ns` pass in which no actor acts, as after the machine slept. Timers are not moved."""
        for _, _, actor in self._agenda:
            actor.postpone(gap_ns)
        self._agenda = [(actor.next_ns(), number, actor) for _, number, actor in self._agenda]
        heapify(self._agenda)
