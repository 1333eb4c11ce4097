"""One consumer of raw events: an asynchronous iterator with a filter and a bounded buffer of its own."""

from collections.abc import Collection
from typing import Final, Self

from omega_tui.bus.local import LocalSubscription
from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import MARKET_EVENTS, FeedGap, MarketEvent
from omega_tui.errors import OmegaError, StateError, SubscriptionClosed

ACCOUNT_EVENTS: Final[tuple[type[Event], ...]] = (OrderReported, FillReported, AccountGap)
"""What the private stream says."""

KINDS: Final[dict[str, type[Event]]] = {
    event_type.kind: event_type for event_type in (*MARKET_EVENTS, *ACCOUNT_EVENTS)
}
"""Every kind that a reader can ask for, by its word."""


def types_of(kinds: Collection[str | type[Event]] | None) -> frozenset[type[Event]]:
    """Return the event types that `kinds` names, by word or class; all of them for None.

    Raises:
        StateError: One is no kind of raw event.
    """
    if kinds is None:
        return frozenset(KINDS.values())
    types: set[type[Event]] = set()
    for kind in kinds:
        event_type = KINDS.get(kind) if isinstance(kind, str) else kind
        if event_type is None or event_type not in KINDS.values():
            raise StateError(f"there is no event kind {kind!r}; there are {', '.join(KINDS)}")
        types.add(event_type)
    return frozenset(types)


class EventReader:
    """Yields events as they come, oldest first, from the moment it was made.

    Overflow: when more than `limit` events wait unread the reader is closed and its next step raises
    `SubscriberOverrun`; nobody else notices. It ends when the service shuts down and everything was read, or
    raises what ended the stream it reads.

    Attributes:
        types: The event types that it takes.
        assets: The instruments that it takes; None for all. A gap of a whole connection concerns everybody.
        wants_account: Whether events of the account were asked for by name.
    """

    def __init__(
        self,
        types: frozenset[type[Event]],
        assets: frozenset[str] | None,
        *,
        limit: int,
        wants_account: bool = False,
    ) -> None:
        self.types = types
        self.assets = assets
        self.wants_account = wants_account
        self._buffer = LocalSubscription((Event,), limit)
        self._failure: OmegaError | None = None

    @property
    def conflated(self) -> int:
        """Always 0: raw events are delivered one by one."""
        return self._buffer.conflated

    @property
    def high_water(self) -> int:
        """The most events that ever waited."""
        return self._buffer.high_water

    def offer(self, event: Event) -> bool:
        """Take an event if it passes the filter; return False when this one is what it could not hold."""
        if type(event) not in self.types or not (self.assets is None or _concerns(event, self.assets)):
            return True
        before = self._buffer.overrun
        self._buffer.put(event)
        return before or not self._buffer.overrun

    def fail(self, error: OmegaError) -> None:
        """End the reader with an error, after what waits has been read."""
        self._failure = error
        self._buffer.close()

    def close(self) -> None:
        """Take nothing more; what waits can still be read."""
        self._buffer.close()

    def drain(self) -> list[Event]:
        """Take all that waits; never waits.

        Raises:
            SubscriberOverrun: It fell behind its limit.
            SubscriptionClosed: It is closed and empty.
        """
        return self._buffer.drain()

    async def next(self) -> Event:
        """Take the oldest event, waiting for one. Cancel-safe.

        Raises:
            SubscriberOverrun: It fell behind its limit.
            SubscriptionClosed: It is closed and empty.
            StreamError: What ended the stream.
        """
        try:
            return await self._buffer.next()
        except SubscriptionClosed:
            if self._failure is not None:
                raise self._failure from None
            raise

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        try:
            return await self.next()
        except SubscriptionClosed:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        """Close, as `contextlib.aclosing` does."""
        self.close()


def _concerns(event: Event, assets: frozenset[str]) -> bool:
    match event:
        case FeedGap(instrument=""):
            return True
        case MarketEvent(instrument=instrument) | OrderReported(instrument=instrument):
            return instrument in assets
        case FillReported(fill=fill):
            return fill.instrument in assets
        case _:
            return True
