"""The contract of the bus, as one property over random publishing and reading."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.bus.local import LocalBus
from omega_tui.domain.events.base import Event
from omega_tui.errors import SubscriberOverrun, SubscriptionClosed


class Fact(Event, frozen=True):
    number: int


class Picture(Event, frozen=True):
    lossless = False

    name: str
    number: int

    @property
    def key(self) -> str:
        return self.name


PUBLISH = st.one_of(st.just("fact"), st.sampled_from(["a", "b", "c"]))
STEPS = st.lists(st.one_of(PUBLISH, st.just("drain")), max_size=60)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_reader_gets_a_subsequence_with_every_fact_and_the_last_of_every_key(steps):
    bus = LocalBus()
    inbox = bus.subscribe(Fact, Picture)
    published: list[Event] = []
    read: list[Event] = []
    for number, step in enumerate(steps):
        if step == "drain":
            read += inbox.drain()
            continue
        event = Fact(number) if step == "fact" else Picture(step, number)
        published.append(event)
        bus.publish(event)
    read += inbox.drain()
    numbers = [event.number for event in read]
    assert numbers == sorted(set(numbers)), "in order, none twice"
    assert [e for e in read if isinstance(e, Fact)] == [e for e in published if isinstance(e, Fact)]
    last = {e.key: e for e in published if isinstance(e, Picture)}
    assert last == {e.key: e for e in read if isinstance(e, Picture)}
    assert inbox.conflated == len(published) - len(read)


def test_slow_reader_is_closed_and_the_others_never_notice():
    bus = LocalBus()
    slow, quick = bus.subscribe(Fact, limit=3), bus.subscribe(Fact, limit=3)
    seen = []
    for number in range(10):
        bus.publish(Fact(number))
        seen += quick.drain()
    assert [fact.number for fact in seen] == list(range(10))
    with pytest.raises(SubscriberOverrun, match="more than 3 events"):
        slow.drain()


async def test_next_waits_and_a_canceled_wait_takes_nothing():
    bus = LocalBus()
    inbox = bus.subscribe(Fact)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(inbox.next())
        await asyncio.sleep(0)
        waiting.cancel()
    bus.publish(Fact(1))
    assert await inbox.next() == Fact(1)
    inbox.close()
    with pytest.raises(SubscriptionClosed):
        await inbox.next()


async def test_events_of_another_thread_wake_the_reader():
    bus = LocalBus()
    inbox = bus.subscribe(Fact)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(inbox.next())
        await asyncio.sleep(0)
        group.create_task(asyncio.to_thread(bus.publish, Fact(7)))
    assert waiting.result() == Fact(7)


def test_nobody_reads_so_nobody_need_make_it():
    bus = LocalBus()
    assert not bus.has_readers(Fact)
    inbox = bus.subscribe(Fact)
    assert bus.has_readers(Fact)
    assert not bus.has_readers(Picture)
    inbox.close()
    assert not bus.has_readers(Fact)
