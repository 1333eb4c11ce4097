"""How events move and values are shared: the contracts that every bus keeps.

What is read from a subscription is a subsequence of what was published, in order: every lossless event,
and at least the last event of every key of the others. Publishing never blocks, awaits or raises, and a
slow or failing reader harms nobody but itself.
"""

from typing import Protocol, TypeVar

from omega_tui.domain.events.base import Event

T = TypeVar("T")


class Subscription(Protocol):
    """One reader's view of the bus.

    Attributes:
        conflated: How many events were replaced by a later one of the same key before they were read.
        high_water: The most events that ever waited.
    """

    conflated: int
    high_water: int

    def drain(self) -> list[Event]:
        """Take all that waits, oldest first; never waits. May be called from any thread.

        Raises:
            SubscriberOverrun: More than the limit of lossless events were left unread. The subscription is
                closed; its owner resyncs from shared state and subscribes again.
            SubscriptionClosed: It was closed and everything in it has been read.
        """
        ...

    async def next(self) -> Event:
        """Take the oldest event, waiting for one. Cancel-safe: a canceled wait takes nothing.

        For conflated types use `drain`, or a busy key may starve behind its own replacements.
        Raises as `drain` does.
        """
        ...

    def close(self) -> None:
        """Stop receiving. What waits can still be read."""
        ...


class EventBus(Protocol):
    """Where events are published and read."""

    def publish(self, event: Event) -> None:
        """Hand `event` to every subscription of its type. Never blocks, awaits or raises."""
        ...

    def subscribe(self, *types: type[Event], limit: int = 10_000) -> Subscription:
        """Return a subscription to the given types and their subclasses; with none given, to everything.

        Args:
            types: Event classes.
            limit: How many lossless events may wait unread before the subscription is closed.
        """
        ...

    def has_readers(self, event_type: type[Event]) -> bool:
        """Whether anybody would receive events of this type, so that costly ones are made only then."""
        ...


class SharedState(Protocol):
    """Values that every process on the bus may read, in named tables; what is put last stands.

    One writer per table is the rule of the house; nothing here enforces it. Values are plain data or
    `msgspec` structs, and what is read shares nothing with what was put.
    """

    async def put(self, table: str, key: str, value: object) -> None:
        """Let `value` stand under `key`.

        Raises:
            BusError: The server did not take it; it may or may not stand.
        """
        ...

    async def get(self, table: str, key: str, kind: type[T]) -> T | None:
        """Return the value under `key`; None where there is none.

        Raises:
            BusError: The server did not answer, or what stands there is no `kind`.
        """
        ...

    async def all(self, table: str, kind: type[T]) -> dict[str, T]:
        """Return a whole table; errors as in `get`."""
        ...

    async def remove(self, table: str, key: str) -> None:
        """Take a value away; errors as in `put`."""
        ...


class Cache(Protocol):
    """Values that are kept for a while and may be gone at any time: never the only copy of anything."""

    async def put(self, key: str, value: object, *, ttl_s: float) -> None:
        """Keep `value` for at most `ttl_s` seconds, and at least 1 ms; a cache that fails keeps nothing."""
        ...

    async def get(self, key: str, kind: type[T]) -> T | None:
        """Return what is kept under `key`; None for nothing, for another type, or when the server is away."""
        ...
