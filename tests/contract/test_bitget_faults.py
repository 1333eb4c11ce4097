"""Faults of the embedded Bitget as the real library meets them: each is injected, and told by its log."""

import asyncio
import contextlib

import ccxt.pro as ccxt
import pytest

from omega_tui.clock import SystemClock
from omega_tui.errors import RemoteProtocolError
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.venues.ccxt_guard import BookGuard
from tests.contract.test_ccxt_bitget import SPOT, become, connected, until

pytestmark = [pytest.mark.timeout(60)]


@pytest.fixture
async def venue():
    async with EmbeddedBitget(seed=5, rate=60, still=True) as made, asyncio.timeout(50):
        yield made


async def flow(venue):
    """Let time pass at the venue until cancelled."""
    while True:
        await venue.advance(0.1)
        await asyncio.sleep(0.002)


async def watch(venue, client, times):
    for _ in range(times):
        await until(venue, client.watch_order_book(SPOT))


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.DELAY], ids=["lost delta", "wrong order"])
async def test_a_lost_change_and_two_in_the_wrong_order_are_gaps_to_the_guard(venue, kind):
    async with connected(venue) as client:
        guard, gaps = BookGuard(client, clock=SystemClock()), []
        guard.tell_gaps_to(lambda symbol, reason: gaps.append((symbol, reason)))
        await watch(venue, client, 3)
        assert gaps == []
        venue.faults.add(Fault(kind, times=1, path="SPOT/books"))
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(flow(venue))
            while not gaps:
                with contextlib.suppress(RemoteProtocolError):  # What the guard tells whoever waits.
                    await client.watch_order_book(SPOT)
            pump.cancel()
        assert [injected.kind for injected in venue.faults.log] == [kind]
        assert {symbol for symbol, _ in gaps} == {SPOT}
        await watch(venue, client, 3)
        assert guard.book(SPOT).reason == ""


async def test_a_subscription_without_an_answer_is_never_asked_for_again_by_the_library(venue):
    """The mute acknowledgement: what our own deadline for the first message is for."""
    heard = []
    venue.listen_in(heard.append)
    venue.faults.add(Fault(FaultKind.IGNORE_SUBSCRIBE, times=1, path="SPOT/books"))
    async with connected(venue) as client, asyncio.TaskGroup() as group:
        first = group.create_task(client.watch_order_book(SPOT))
        await become(lambda: venue.faults.log)
        second = group.create_task(client.watch_order_book(SPOT))
        await venue.advance(5)
        trades = await until(venue, client.watch_trades(SPOT))  # The socket itself is well.
        assert trades
        assert not first.done()
        assert not second.done()
        asked = [one.body for one in heard if one.method == "WS" and '"books"' in one.body]
        assert len(asked) == 1
        first.cancel()
        second.cancel()


async def test_a_half_open_socket_says_nothing_until_the_library_misses_its_pongs(venue):
    async with connected(venue, streaming={"keepAlive": 150}) as client:
        await watch(venue, client, 2)
        assert venue.freeze_sockets("public") == 1
        with pytest.raises(ccxt.RequestTimeout):
            await watch(venue, client, 1)
        await watch(venue, client, 1)  # A new connection is well.


async def test_pings_that_nobody_answers_end_a_connection(venue):
    venue.faults.add(Fault(FaultKind.NO_PONG))
    async with connected(venue, streaming={"keepAlive": 150}) as client:
        await until(venue, client.watch_order_book(SPOT))
        with pytest.raises(ccxt.RequestTimeout):
            await client.watch_order_book(SPOT)
    assert FaultKind.NO_PONG in {injected.kind for injected in venue.faults.log}


async def both(*bodies):
    async with asyncio.TaskGroup() as group:
        for body in bodies:
            group.create_task(body)


async def killing(venue, channel):
    assert venue.kill_sockets(channel) == 1


@pytest.mark.parametrize("channel", ["public", "private"])
async def test_a_killed_socket_is_a_network_error_and_the_next_call_begins_anew(venue, channel):
    async with connected(venue) as client:

        def call():
            return client.watch_ticker(SPOT) if channel == "public" else client.watch_balance()

        await until(venue, call())
        if channel == "private":
            client.balance = {}
        with pytest.raises(ExceptionGroup) as caught:
            await both(call(), killing(venue, channel))
        assert caught.group_contains(ccxt.NetworkError)
        assert await until(venue, call())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, times=1, status=429), ccxt.DDoSProtection),
        (Fault(FaultKind.STATUS, times=1, status=503), ccxt.OnMaintenance),
        # aiohttp asks a question again by itself when a kept connection is reset; an order it does not.
        (Fault(FaultKind.RESET, times=2), ccxt.ExchangeNotAvailable),
        (Fault(FaultKind.TRICKLE, times=1, seconds=0.1), ccxt.RequestTimeout),
    ],
    ids=["429", "503", "reset", "byte by byte"],
)
async def test_a_question_that_goes_wrong_is_told_by_the_library_and_asked_again(venue, fault, error):
    async with connected(venue) as client:
        if fault.kind is FaultKind.TRICKLE:
            client.timeout = 600
        venue.faults.add(fault)
        with pytest.raises(error):
            await client.fetch_balance()
        assert [injected.kind for injected in venue.faults.log] == [fault.kind] * fault.times
        assert (await client.fetch_balance())["BTC"]["total"] == 2
