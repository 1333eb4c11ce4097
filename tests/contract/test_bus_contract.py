"""One suite over every bus: what is published here is read there, in order, and no fact is missing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
from redisrig import RedisServer, eventually, on_bus, until

from omega_tui.bus.base import Cache, EventBus, SharedState, Subscription
from omega_tui.bus.local import LocalBus
from omega_tui.bus.local_store import LocalCache, LocalState
from omega_tui.bus.names import Names
from omega_tui.bus.redis_store import RedisCache, RedisState
from omega_tui.clock import ManualClock
from omega_tui.domain.events.base import Event
from omega_tui.domain.snapshot import PriceLevel
from omega_tui.errors import BusError, SubscriberOverrun


class Fact(Event, frozen=True):
    kind = "test_fact"

    number: int


class Picture(Event, frozen=True):
    kind = "test_picture"
    lossless = False

    name: str
    number: int

    @property
    def key(self) -> str:
        return self.name


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@dataclass
class Pair:
    """Where to publish, and where to read."""

    here: EventBus
    there: EventBus


@asynccontextmanager
async def local_pair(_server: RedisServer) -> AsyncIterator[Pair]:
    bus = LocalBus()
    yield Pair(bus, bus)


@asynccontextmanager
async def redis_pair(server: RedisServer) -> AsyncIterator[Pair]:
    async with (
        on_bus(server, "here") as here,
        on_bus(server, "there", follow=("here",)) as there,
    ):
        # The reader is in once the writer was asked for a picture.
        await until(lambda: here.host.pictures > 1)
        yield Pair(here.bus, there.bus)


PAIRS = pytest.mark.parametrize("pair_of", [local_pair, redis_pair], ids=["local", "redis"])


async def read_until(inbox: Subscription, last: Callable[[list[Event]], bool]) -> list[Event]:
    read: list[Event] = []
    async with asyncio.timeout(20):
        while not last(read):
            read.append(await inbox.next())
            read += inbox.drain()
    return read


@PAIRS
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_reader_gets_a_subsequence_with_every_fact_and_the_last_of_every_key(
    pair_of, redis_server, seed
):
    import random

    rng = random.Random(seed)
    async with pair_of(redis_server) as pair:
        inbox = pair.there.subscribe(Fact, Picture)
        published: list[Event] = []
        for number in range(400):
            event: Event = Fact(number) if rng.random() < 0.4 else Picture(rng.choice("abc"), number)
            published.append(event)
            pair.here.publish(event)
            if rng.random() < 0.05:
                await asyncio.sleep(0)
        published.append(Fact(1_000))
        pair.here.publish(Fact(1_000))
        read = await read_until(inbox, lambda read: Fact(1_000) in read)
    numbers = [event.number for event in read]
    assert numbers == sorted(set(numbers)), "in order, none twice"
    assert [e for e in read if isinstance(e, Fact)] == [e for e in published if isinstance(e, Fact)]
    last = {e.key: e for e in published if isinstance(e, Picture)}
    assert last == {e.key: e for e in read if isinstance(e, Picture)}


@PAIRS
async def test_a_slow_reader_is_closed_and_the_others_never_notice(pair_of, redis_server):
    async with pair_of(redis_server) as pair:
        slow, quick = pair.there.subscribe(Fact, limit=3), pair.there.subscribe(Fact, limit=1_000)
        for number in range(20):
            pair.here.publish(Fact(number))
        read = await read_until(quick, lambda read: len(read) == 20)
        assert [fact.number for fact in read] == list(range(20))
        with pytest.raises(SubscriberOverrun, match="more than 3 events"):
            slow.drain()


# ---------------------------------------------------------------------------------- state and cache


@pytest.fixture(params=["local", "redis"])
async def stores(request, redis_server) -> AsyncIterator[tuple[SharedState, Cache, Callable[[float], None]]]:
    if request.param == "local":
        clock = ManualClock()
        yield LocalState(), LocalCache(clock), clock.advance
        return
    client = redis_server.address.client()
    await client.flushall()
    names = Names("omega-stores")
    yield RedisState(client, names), RedisCache(client, names), lambda _seconds: None
    await client.aclose()


async def test_state_keeps_what_was_put_last_typed_and_in_tables(stores):
    state, _, _ = stores
    await state.put("levels", "a", PriceLevel(Decimal("0.50"), Decimal(7)))
    await state.put("levels", "a", PriceLevel(Decimal("0.510"), Decimal(7)))
    await state.put("levels", "b", PriceLevel(Decimal(1), Decimal(2)))
    got = await state.get("levels", "a", PriceLevel)
    assert got is not None
    assert str(got.price) == "0.510"
    assert set(await state.all("levels", PriceLevel)) == {"a", "b"}
    assert await state.all("others", PriceLevel) == {}
    await state.remove("levels", "a")
    await state.remove("levels", "a")
    assert await state.get("levels", "a", PriceLevel) is None


async def test_state_says_when_what_stands_there_is_something_else(stores):
    state, _, _ = stores
    await state.put("words", "a", "not a number")
    with pytest.raises(BusError, match="no int"):
        await state.get("words", "a", int)
    with pytest.raises(BusError, match="cannot be shared"):
        await state.put("words", "b", object())


async def test_what_is_read_shares_nothing_with_what_was_put(stores):
    state, _, _ = stores
    value = [1, 2]
    await state.put("lists", "a", value)
    value.append(3)
    assert await state.get("lists", "a", list[int]) == [1, 2]


async def test_a_cache_keeps_for_its_time_and_no_longer(stores):
    _, cache, advance = stores
    await cache.put("long", {"tick": "0.01"}, ttl_s=60)
    await cache.put("short", 1, ttl_s=0.02)
    assert await cache.get("long", dict[str, str]) == {"tick": "0.01"}
    assert await cache.get("long", int) is None, "another type is nothing"
    assert await cache.get("nothing", int) is None
    advance(0.03)

    async def is_gone() -> bool:
        return await cache.get("short", int) is None

    await eventually(is_gone)
    assert await cache.get("long", dict[str, str]) is not None


async def test_a_server_that_is_away_fails_state_and_empties_the_cache(tmp_path):
    server = RedisServer(tmp_path)
    client = server.address.client()
    state, cache = RedisState(client, Names()), RedisCache(client, Names())
    with pytest.raises(BusError, match="cannot be reached"):
        await state.put("a", "b", 1)
    await cache.put("a", 1, ttl_s=1)
    assert await cache.get("a", int) is None
    assert cache.failures == 2
    await client.aclose()
