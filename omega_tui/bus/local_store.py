"""Shared state and cache inside one process. Values are kept as text, so that no reader can change them."""

from collections import OrderedDict
from typing import Final, TypeVar

from omega_tui.bus.values import from_text, to_text
from omega_tui.clock import Clock
from omega_tui.errors import BusError

T = TypeVar("T")

MOST_VALUES: Final = 100_000
"""Values of the shared state; more is a program that forgets to take away, and is refused."""

MOST_CACHED: Final = 10_000
"""Values of the cache; the one put longest ago makes room."""


class LocalState:
    """See `bus.base.SharedState`. Belongs to one event loop."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, bytes]] = {}

    async def put(self, table: str, key: str, value: object) -> None:
        rows = self._tables.setdefault(table, {})
        if key not in rows and sum(map(len, self._tables.values())) >= MOST_VALUES:
            raise BusError(f"the shared state holds {MOST_VALUES} values already")
        rows[key] = to_text(value)

    async def get(self, table: str, key: str, kind: type[T]) -> T | None:
        text = self._tables.get(table, {}).get(key)
        return None if text is None else from_text(text, kind)

    async def all(self, table: str, kind: type[T]) -> dict[str, T]:
        return {key: from_text(text, kind) for key, text in self._tables.get(table, {}).items()}

    async def remove(self, table: str, key: str) -> None:
        rows = self._tables.get(table, {})
        rows.pop(key, None)
        if not rows:
            self._tables.pop(table, None)


class LocalCache:
    """See `bus.base.Cache`. Belongs to one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    async def put(self, key: str, value: object, *, ttl_s: float) -> None:
        self._kept[key] = (self._clock.mono_ns() + max(1_000_000, round(ttl_s * 1e9)), to_text(value))
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_CACHED:
            self._kept.popitem(last=False)

    async def get(self, key: str, kind: type[T]) -> T | None:
        until_ns, text = self._kept.get(key, (0, b""))
        if until_ns <= self._clock.mono_ns():
            self._kept.pop(key, None)
            return None
        try:
            return from_text(text, kind)
        except BusError:
            return None
