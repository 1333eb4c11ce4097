"""Shared state and cache on a Redis server. See `bus.base` for the contracts."""

from typing import TypeVar

from redis.asyncio import Redis

from omega_tui.bus.names import Names
from omega_tui.bus.redis_server import TROUBLES, words
from omega_tui.bus.values import from_text, to_text
from omega_tui.errors import BusError

T = TypeVar("T")


class RedisState:
    """Tables are hashes. Belongs to one event loop; the client is its owner's."""

    def __init__(self, client: Redis, names: Names) -> None:
        self._client = client
        self._names = names

    async def put(self, table: str, key: str, value: object) -> None:
        text = to_text(value)
        try:
            await self._client.hset(self._names.shared(table), key, text)
        except TROUBLES as error:
            raise BusError(words(error)) from error

    async def get(self, table: str, key: str, kind: type[T]) -> T | None:
        try:
            text = await self._client.hget(self._names.shared(table), key)
        except TROUBLES as error:
            raise BusError(words(error)) from error
        return None if text is None else from_text(_plain(text), kind)

    async def all(self, table: str, kind: type[T]) -> dict[str, T]:
        try:
            rows = await self._client.hgetall(self._names.shared(table))
        except TROUBLES as error:
            raise BusError(words(error)) from error
        return {_plain(key).decode(): from_text(_plain(text), kind) for key, text in rows.items()}

    async def remove(self, table: str, key: str) -> None:
        try:
            await self._client.hdel(self._names.shared(table), key)
        except TROUBLES as error:
            raise BusError(words(error)) from error


class RedisCache:
    """Keys with a time to live. Belongs to one event loop; the client is its owner's.

    Attributes:
        failures: Calls that the server did not answer; the caller was told that nothing is kept.
    """

    def __init__(self, client: Redis, names: Names) -> None:
        self.failures = 0
        self._client = client
        self._names = names

    async def put(self, key: str, value: object, *, ttl_s: float) -> None:
        try:
            await self._client.set(self._names.cache(key), to_text(value), px=max(1, round(ttl_s * 1_000)))
        except TROUBLES:
            self.failures += 1

    async def get(self, key: str, kind: type[T]) -> T | None:
        try:
            text = await self._client.get(self._names.cache(key))
            return None if text is None else from_text(_plain(text), kind)
        except TROUBLES:
            self.failures += 1
        except BusError:
            return None
        return None


def _plain(text: bytes | str) -> bytes:
    """Return what a client that decodes nothing gave, as what it is."""
    assert isinstance(text, bytes), "the client decodes nothing"
    return text
