"""The bus inside one process: one ordered dictionary per reader.

A conflated event replaces the one before of its key *and moves to the end*; left in its old place it would
be read before events that were published earlier than itself.
"""

import asyncio
import threading
from collections import OrderedDict

from omega_tui.domain.events.base import Event
from omega_tui.errors import SubscriberOverrun, SubscriptionClosed


class LocalSubscription:
    """A bounded buffer between the bus and one reader. See `bus.base.Subscription` for the contract.

    Overflow: conflated events cannot overflow, there is one per key; more than `limit` unread lossless
    events close the subscription and its next read raises.
    """

    def __init__(self, types: tuple[type[Event], ...], limit: int) -> None:
        self.types = types
        self.limit = limit
        self.conflated = 0
        self.high_water = 0
        self._pending: OrderedDict[object, Event] = OrderedDict()
        self._lock = threading.Lock()
        self._lossless = 0
        self._serial = 0
        self._overrun = False
        self._closed = False
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def put(self, event: Event) -> None:
        """Called by the bus, from any thread."""
        with self._lock:
            if self._closed:
                return
            pending = self._pending
            if event.lossless:
                if self._lossless >= self.limit:
                    self._overrun = self._closed = True
                    pending.clear()
                    self._lossless = 0
                else:
                    self._serial += 1
                    self._lossless += 1
                    pending[self._serial] = event
            else:
                key = (type(event), event.key)
                if key in pending:
                    self.conflated += 1
                    pending[key] = event
                    pending.move_to_end(key)
                else:
                    pending[key] = event
            self.high_water = max(self.high_water, len(pending))
            waiter = self._waiter
        if waiter is not None:
            self._wake(waiter)

    @property
    def unread(self) -> int:
        """How many events wait. No `__len__`: a reader that has read all must not be false."""
        return len(self._pending)

    @property
    def overrun(self) -> bool:
        """Whether it fell behind its limit and was closed for that."""
        return self._overrun

    def drain(self) -> list[Event]:
        with self._lock:
            if self._overrun:
                raise SubscriberOverrun(self.limit)
            if not self._pending:
                if self._closed:
                    raise SubscriptionClosed
                return []
            taken = list(self._pending.values())
            self._pending.clear()
            self._lossless = 0
            return taken

    async def next(self) -> Event:
        while True:
            await self.pending()
            with self._lock:
                if self._overrun:
                    raise SubscriberOverrun(self.limit)
                if self._pending:
                    _, event = self._pending.popitem(last=False)
                    self._lossless -= event.lossless
                    return event
                if self._closed:
                    raise SubscriptionClosed

    async def pending(self) -> None:
        """Wait until a read would give something, or raise. Takes nothing."""
        while True:
            with self._lock:
                if self._pending or self._closed:
                    return
                ready = asyncio.Event()
                self._waiter = (asyncio.get_running_loop(), ready)
            await ready.wait()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiter = self._waiter
        if waiter is not None:
            self._wake(waiter)

    def _wake(self, waiter: tuple[asyncio.AbstractEventLoop, asyncio.Event]) -> None:
        """Wake the reader on its own loop; a loop that has ended has no reader any more."""
        with self._lock:
            if self._waiter is not waiter:
                return
            self._waiter = None
        loop, ready = waiter
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is loop:
            ready.set()
        elif not loop.is_closed():
            loop.call_soon_threadsafe(ready.set)


class LocalBus:
    """Delivers to the readers of this process. `publish` may be called from any thread."""

    def __init__(self) -> None:
        self._subscriptions: tuple[LocalSubscription, ...] = ()
        self._routes: dict[type[Event], tuple[LocalSubscription, ...]] = {}
        self._lock = threading.Lock()

    def publish(self, event: Event) -> None:
        for subscription in self._readers(type(event)):
            subscription.put(event)

    def subscribe(self, *types: type[Event], limit: int = 10_000) -> LocalSubscription:
        subscription = LocalSubscription(types or (Event,), limit)
        with self._lock:
            alive = (known for known in self._subscriptions if not known._closed)  # noqa: SLF001 - one module
            self._subscriptions = (*alive, subscription)
            self._routes = {}
        return subscription

    def has_readers(self, event_type: type[Event]) -> bool:
        return any(not subscription._closed for subscription in self._readers(event_type))  # noqa: SLF001

    def _readers(self, event_type: type[Event]) -> tuple[LocalSubscription, ...]:
        """Return who reads this type; the answer is kept until somebody subscribes."""
        routes = self._routes
        readers = routes.get(event_type)
        if readers is None:
            with self._lock:
                readers = tuple(s for s in self._subscriptions if issubclass(event_type, s.types))
                self._routes[event_type] = readers
        return readers
