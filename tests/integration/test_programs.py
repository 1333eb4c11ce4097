"""Order programs through the real service, gate, journal and sockets, compared with the exchange's truth."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from sim_trader import Trader
from tradingrig import console

from omega_tui.bus.local import LocalBus
from omega_tui.domain.commands import (
    AmendOrder,
    AmendProgram,
    CancelOrder,
    CancelOrders,
    CancelProgram,
    Disarm,
    Kill,
    PlaceOrder,
    ResumeProgram,
    StartProgram,
)
from omega_tui.domain.events.account import ProgramChanged
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.events.status import Alert
from omega_tui.domain.orders import FrameStamp, OrderStatus, OrderType
from omega_tui.domain.programs import Bracket, Chase, Close, Oco, ProgramStatus, Scale, Twap
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange

PLACE = "POST /order"
LIVE = {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=200) as venue:
        yield venue


@pytest.fixture
async def trading(venue, tmp_path):
    async with console(venue, tmp_path / "journal") as trading:
        await trading.arm()
        yield trading


def told(trading):
    """The programs as last told, by id."""
    return {event.program.id: event.program for event in trading.watch.of(ProgramChanged)}


async def start(trading, spec):
    """Start a program and return its id."""
    before = set(told(trading))
    await trading.exchange.process(StartProgram(spec))
    await trading.watch.until(lambda: set(told(trading)) - before)
    [program] = set(told(trading)) - before
    return program


async def until(trading, program, status):
    try:
        await trading.watch.until(lambda: told(trading)[program].status is status)
    except TimeoutError:
        raise AssertionError(told(trading)[program]) from None


def legs(trading, program):
    return [one for one in trading.exchange.orders.values() if one.request.program == program]


def here(trading):
    return {"instrument": trading.token, "venue": "sim"}


def scale_of(trading, count=3, ticks=14):
    orders = tuple(trading.resting(ticks=ticks + at) for at in range(count))
    return Scale(orders=orders, **here(trading))


async def hold_some(trading, size=20):
    await trading.place(trading.taking(size=size))
    await trading.watch.until(lambda: trading.held() == size)


def way_out(trading, size, *, take, stop):
    """A take and a stop so many ticks from the market."""
    book = trading.book()
    sell = trading.resting(size=size, side=Side.SELL, reduce_only=True)
    return (
        replace(sell, price=book.best_ask + take * book.tick_size),
        replace(
            sell,
            price=book.best_bid - stop * book.tick_size,
            trigger_price=book.best_bid - stop * book.tick_size,
            order_type=OrderType.MARKET,
        ),
    )


def seen(trading):
    """The market as the trader sees it now; a stop leaves when it has moved away from there."""
    book = trading.book()
    return FrameStamp(1, book.best_bid, book.best_bid, book.best_ask, book.sequence, 0, "LIVE")


def push_down(trading, ticks):
    """Somebody sells through the book, by buying the other outcome, until the price has fallen so far."""
    venue, book = trading.venue.venue, trading.book()
    whale = Trader(venue, "whale", cash=1_000_000)
    target = book.best_bid - ticks * book.tick_size
    other = trading.venue.markets[0].tokens[1][0]
    whale.place(other, Side.BUY, f"{1 - target}", "50000")


async def test_a_scale_is_one_thing(trading):
    program = await start(trading, scale_of(trading))
    await trading.watch.until(lambda: len([o for o in legs(trading, program) if o.status in LIVE]) == 3)
    assert [one.request.role for one in legs(trading, program)] == ["entry 1", "entry 2", "entry 3"]
    await trading.exchange.process(CancelProgram("sim", program))
    await until(trading, program, ProgramStatus.CANCELED)
    assert {one.status for one in legs(trading, program)} == {OrderStatus.CANCELED}
    await trading.agree()


class CountingBus(LocalBus):
    """Counts who has ever subscribed."""

    subscribed = 0

    def subscribe(self, *types, limit=10_000):
        self.subscribed += 1
        return super().subscribe(*types, limit=limit)


async def test_a_program_that_waits_reads_the_bus_once(venue, tmp_path):
    """A reader more at every look would drown the market data within minutes of a stop that is held."""
    bus = CountingBus()
    async with console(venue, tmp_path / "journal", bus=bus) as trading:
        await trading.arm()
        books = bus.subscribe(BookUpdated)
        before = bus.subscribed
        await start(trading, scale_of(trading))
        for _ in range(20):
            await asyncio.wait_for(books.next(), 10)
        assert bus.subscribed == before + 1


async def test_a_program_is_refused_as_a_whole(trading):
    spec = scale_of(trading)
    off_tick = replace(spec.orders[-1], price=spec.orders[-1].price + Decimal("0.0001"))
    with pytest.raises(OrderRefused) as refused:
        await trading.exchange.process(StartProgram(replace_orders(spec, off_tick)))
    assert refused.value.code == "TICK"
    assert not told(trading)
    assert not trading.truth()


def replace_orders(spec, last):
    return Scale(instrument=spec.instrument, venue=spec.venue, orders=(*spec.orders[:-1], last))


async def test_an_order_is_moved_by_a_proven_cancel_and_one_new_order(trading):
    order = await trading.place(trading.resting(ticks=14))
    lower = order.request.price - trading.book().tick_size
    await trading.exchange.process(AmendOrder("sim", order.request.client_order_id, price=lower))
    await trading.watch.until(lambda: any(o.status in LIVE for o in trading.exchange.orders.values()))
    await trading.watch.until(lambda: [p.status for p in told(trading).values()] == [ProgramStatus.DONE])
    assert trading.order(order).status is OrderStatus.CANCELED
    [new] = [o for o in trading.exchange.orders.values() if o.status in LIVE]
    assert (new.request.price, new.request.size) == (lower, order.request.size)
    await trading.agree()


async def test_a_move_that_would_be_refused_cancels_nothing(trading):
    order = await trading.place(trading.resting(ticks=14))
    with pytest.raises(OrderRefused):
        await trading.exchange.process(
            AmendOrder("sim", order.request.client_order_id, price=order.request.price + Decimal("0.0001"))
        )
    assert trading.order(order).status is OrderStatus.ACCEPTED


async def test_a_twap_buys_slice_by_slice_and_not_more(trading):
    book = trading.book()
    spec = Twap(
        side=Side.BUY,
        size=Decimal(20),
        limit_price=book.best_ask + 5 * book.tick_size,
        slices=2,
        seconds=2,
        cap_ticks=3,
        **here(trading),
    )
    program = await start(trading, spec)
    await until(trading, program, ProgramStatus.DONE)
    assert [one.request.role for one in legs(trading, program)] == ["slice 1", "slice 2"]
    assert told(trading)[program].filled == sum(one.filled for one in legs(trading, program)) <= 20
    await trading.agree()


async def test_a_chase_joins_the_touch_with_one_order_and_is_canceled_with_the_buys(trading):
    book = trading.book()
    spec = Chase(side=Side.BUY, size=Decimal(10), limit_price=book.best_ask, seconds=60, **here(trading))
    program = await start(trading, spec)
    await trading.watch.until(lambda: legs(trading, program))
    await trading.watch.until(
        lambda: any(o.status in LIVE for o in legs(trading, program)) or told(trading)[program].status.is_over
    )
    await trading.exchange.process(CancelOrders("sim", trading.token, Side.BUY))
    await trading.watch.until(lambda: told(trading)[program].status.is_over)
    assert all(one.request.post_only for one in legs(trading, program))
    assert sum(one.filled for one in legs(trading, program)) <= 10
    await trading.agree()


async def test_a_stop_that_the_venue_does_not_keep_is_held_and_set_off_by_the_market(trading):
    await hold_some(trading)
    _, stop = way_out(trading, 20, take=4, stop=3)
    await trading.exchange.process(PlaceOrder(replace(stop, frame=seen(trading))))
    [program] = told(trading)
    assert [one.role for one in told(trading)[program].held] == ["stop"]
    assert not legs(trading, program), "nothing of it is at the venue"
    push_down(trading, 6)
    await until(trading, program, ProgramStatus.DONE)
    await trading.watch.until(lambda: trading.held() == 0)
    assert told(trading)[program].filled == 20
    assert {one.request.frame for one in legs(trading, program)} == {None}, "LAST_LOOK would keep it back"
    await trading.agree()


async def test_an_oco_takes_one_way_out_and_never_both(trading):
    await hold_some(trading)
    take, stop = way_out(trading, 20, take=12, stop=3)
    program = await start(trading, Oco(take=take, stop=stop, cap_ticks=5, **here(trading)))
    await trading.watch.until(lambda: [o.status for o in legs(trading, program)] == [OrderStatus.ACCEPTED])
    assert [one.role for one in told(trading)[program].held] == ["stop"]
    push_down(trading, 6)
    await until(trading, program, ProgramStatus.DONE)
    await trading.watch.until(lambda: trading.held() == 0)
    taken = [one for one in legs(trading, program) if one.request.role == "take"]
    assert [one.status for one in taken] == [OrderStatus.CANCELED]
    await trading.agree()


async def test_a_bracket_protects_what_its_entry_bought_and_a_part_of_it_can_be_moved(trading):
    book = trading.book()
    take, stop = way_out(trading, 10, take=12, stop=12)
    entry = trading.taking(size=10)
    program = await start(trading, Bracket(entry=entry, take=take, stop=stop, cap_ticks=5, **here(trading)))
    await trading.watch.until(
        lambda: [o.request.price for o in legs(trading, program) if o.status in LIVE] == [take.price]
    )
    higher = take.price + book.tick_size
    await trading.exchange.process(AmendProgram("sim", program, "take", higher))
    await trading.watch.until(
        lambda: [o.request.price for o in legs(trading, program) if o.status in LIVE] == [higher]
    )
    await trading.exchange.process(Disarm("sim"))
    assert told(trading)[program].status is ProgramStatus.WORKING, "a way out goes on"
    await trading.exchange.process(CancelOrders("sim", spare_protective=True))
    assert told(trading)[program].status is ProgramStatus.WORKING
    await trading.exchange.process(Kill())
    await until(trading, program, ProgramStatus.HELD)
    assert [o.request.role for o in legs(trading, program) if o.status in LIVE] == ["take"], "it protects"
    await trading.exchange.process(Kill(everything=True))
    await until(trading, program, ProgramStatus.CANCELED)
    assert trading.held() == 10
    await trading.agree()


async def test_a_bracket_round_what_closes_is_refused_as_its_ways_out_would_close_nothing(trading):
    await hold_some(trading)
    book, entry = trading.book(), trading.resting(size=10, side=Side.SELL)
    back = replace(entry, side=Side.BUY, reduce_only=True, price=entry.price - 3 * book.tick_size)
    spec = Bracket(entry=entry, take=back, stop=None, cap_ticks=5, **here(trading))
    with pytest.raises(OrderRefused) as refused:
        await trading.exchange.process(StartProgram(spec))
    assert refused.value.code == "PROGRAM"
    assert "this SELL closes" in str(refused.value)
    assert not told(trading)


async def test_an_entry_that_the_last_look_refuses_is_held_and_leaves_by_hand_alone(trading):
    """Waiting for the touch to come back it would leave when nobody looks any more."""
    book = trading.book()
    take, stop = way_out(trading, 10, take=12, stop=12)
    spec = Bracket(entry=trading.taking(size=10), take=take, stop=stop, cap_ticks=5, **here(trading))
    lower = replace(seen(trading), best_ask=book.best_ask - 5 * book.tick_size)
    await trading.exchange.process(StartProgram(spec, lower))
    [program] = told(trading)
    await until(trading, program, ProgramStatus.HELD)
    assert "since you looked" in told(trading)[program].reason
    [told_so] = [alert.text for alert in trading.watch.of(Alert) if "is held: " in alert.text]
    assert told_so.endswith("press again.")
    assert not legs(trading, program)
    await trading.exchange.process(ResumeProgram("sim", program))
    await trading.watch.until(lambda: trading.held() == 10)


async def test_disarming_holds_what_adds_risk_and_resuming_asks_for_the_arming(trading):
    book = trading.book()
    spec = Twap(
        side=Side.BUY,
        size=Decimal(20),
        limit_price=book.best_bid,
        slices=2,
        seconds=60,
        cap_ticks=0,
        **here(trading),
    )
    program = await start(trading, spec)
    await trading.exchange.process(Disarm("sim"))
    await until(trading, program, ProgramStatus.HELD)
    with pytest.raises(OrderRefused) as refused:
        await trading.exchange.process(ResumeProgram("sim", program))
    assert refused.value.code == "NOT_ARMED"
    await trading.arm()
    await trading.exchange.process(ResumeProgram("sim", program))
    await until(trading, program, ProgramStatus.WORKING)


@pytest.mark.parametrize("kind", [FaultKind.ACCEPT_THEN_RESET, FaultKind.RESET])
async def test_an_answer_that_is_lost_stops_the_rest_until_the_venue_was_asked(venue, trading, kind):
    venue.faults.add(Fault(kind, path=PLACE, times=1))
    program = await start(trading, scale_of(trading))
    await trading.watch.until(lambda: legs(trading, program))
    await trading.watch.until(
        lambda: (
            len(legs(trading, program)) > 1
            or told(trading)[program].status.is_over
            or told(trading)[program].status is ProgramStatus.HELD
        )
    )
    first = legs(trading, program)[0]
    assert first.status is not OrderStatus.UNKNOWN, "the rest waited for the answer"
    if kind is FaultKind.ACCEPT_THEN_RESET:
        await trading.watch.until(lambda: len(legs(trading, program)) == 3)
    else:
        assert told(trading)[program].status is ProgramStatus.HELD, (
            "an order that is not there stops the rest"
        )
    await trading.agree()


async def test_after_a_restart_a_program_is_found_held_and_its_orders_are_still_there(venue, tmp_path):
    async with console(venue, tmp_path / "journal") as trading:
        await trading.arm()
        program = await start(trading, scale_of(trading))
        await trading.watch.until(lambda: len([o for o in legs(trading, program) if o.status in LIVE]) == 3)
        await hold_some(trading)
        take, stop = way_out(trading, 20, take=12, stop=12)
        exits = await start(trading, Oco(take=take, stop=stop, cap_ticks=5, **here(trading)))
        await trading.watch.until(lambda: any(o.status in LIVE for o in legs(trading, exits)))
    async with console(venue, tmp_path / "journal", seed=2) as trading:
        await trading.watch.until(lambda: trading.exchange.is_ready)
        assert {name: one.status for name, one in told(trading).items()} == {
            program: ProgramStatus.HELD,
            exits: ProgramStatus.HELD,
        }
        assert [one.role for one in told(trading)[exits].held] == ["stop"]
        assert trading.watch.codes().count("PROGRAM_FOUND") == 2
        assert len([o for o in trading.exchange.orders.values() if o.status in LIVE]) == 4
        await trading.arm()
        await trading.exchange.process(ResumeProgram("sim", exits))
        await until(trading, exits, ProgramStatus.WORKING)
        await asyncio.sleep(0)
        assert len(legs(trading, exits)) == 1, "what is there is not sent again"
        for one in (program, exits):
            await trading.exchange.process(CancelProgram("sim", one))
            await until(trading, one, ProgramStatus.CANCELED)
        await trading.agree()
    async with console(venue, tmp_path / "journal", seed=3) as trading:
        await trading.watch.until(lambda: trading.exchange.is_ready)
        assert not told(trading)


async def test_a_leg_that_the_trader_cancels_is_not_sent_again(trading):
    program = await start(trading, scale_of(trading))
    await trading.watch.until(lambda: len([o for o in legs(trading, program) if o.status in LIVE]) == 3)
    gone = legs(trading, program)[1]
    await trading.exchange.process(CancelOrder("sim", gone.request.client_order_id))
    await trading.watch.until(lambda: trading.order(gone).status is OrderStatus.CANCELED)
    await trading.exchange.process(CancelOrders("sim", price=legs(trading, program)[0].request.price))
    await trading.watch.until(lambda: len([o for o in legs(trading, program) if o.status in LIVE]) == 1)
    assert told(trading)[program].status is ProgramStatus.WORKING
    assert len(legs(trading, program)) == 3


# ---------------------------------------------------------------------------- close


async def held_with_an_order_in_the_way(trading):
    """A position of 20, and an own bid that the order which closes it would meet; return both orders."""
    await trading.place(trading.taking(size=20))
    await trading.watch.until(lambda: trading.held() == 20)
    own = await trading.place(trading.resting(ticks=3))
    price = own.request.price - trading.book().tick_size
    out = replace(trading.taking(size=20), side=Side.SELL, price=price, reduce_only=True)
    return own, out


async def test_a_close_takes_own_orders_out_of_its_way_even_while_disarmed(trading):
    own, out = await held_with_an_order_in_the_way(trading)
    with pytest.raises(OrderRefused) as refused:
        await trading.place(out)
    assert refused.value.code == "SELF_TRADE"
    await trading.exchange.process(Disarm("sim"))
    program = await start(trading, Close(order=out, clears=True, whole=True, **here(trading)))
    await until(trading, program, ProgramStatus.DONE)
    assert trading.order(own).is_done
    await trading.watch.until(lambda: trading.held() == 0)
    [closing] = legs(trading, program)
    assert closing.request.price == out.price, "the price that was seen"
    await trading.agree()


async def test_a_close_sends_nothing_while_what_is_in_its_way_is_not_proven_gone(venue, trading):
    own, out = await held_with_an_order_in_the_way(trading)
    venue.faults.add(Fault(FaultKind.RESET, path="DELETE /order*"))
    program = await start(trading, Close(order=out, clears=True, whole=True, **here(trading)))
    await trading.watch.until(lambda: trading.exchange._account.canceler.sent > 1)
    assert not legs(trading, program)
    venue.faults.clear()
    await until(trading, program, ProgramStatus.DONE)
    assert trading.order(own).is_done
    await trading.watch.until(lambda: trading.held() == 0)
    await trading.agree()


async def test_a_close_that_is_canceled_before_it_leaves_leaves_never(venue, trading):
    _, out = await held_with_an_order_in_the_way(trading)
    venue.faults.add(Fault(FaultKind.RESET, path="DELETE /order*"))
    program = await start(trading, Close(order=out, clears=True, whole=True, **here(trading)))
    await trading.exchange.process(CancelProgram("sim", program))
    await until(trading, program, ProgramStatus.CANCELED)
    assert not legs(trading, program)
    assert trading.held() >= 20


async def test_a_close_of_everything_ends_the_other_ways_out_and_a_close_of_a_part_leaves_them(trading):
    await trading.place(trading.taking(size=20))
    await trading.watch.until(lambda: trading.held() == 20)
    book = trading.book()
    take = replace(
        trading.resting(size=20), side=Side.SELL, price=book.best_ask + 15 * book.tick_size, reduce_only=True
    )
    trigger = book.best_bid - 15 * book.tick_size
    stop = replace(take, price=trigger, trigger_price=trigger, order_type=OrderType.MARKET)
    oco = await start(trading, Oco(take=take, stop=stop, cap_ticks=5, **here(trading)))
    await trading.watch.until(lambda: [one for one in legs(trading, oco) if one.status in LIVE])
    price = trading.book().best_bid - 3 * book.tick_size
    out = replace(trading.taking(size=20), side=Side.SELL, price=price, reduce_only=True)
    part = Close(order=replace(out, size=Decimal(5)), clears=False, whole=False, **here(trading))
    some = await start(trading, part)
    await until(trading, some, ProgramStatus.DONE)
    await trading.watch.until(lambda: trading.held() == 15)
    assert [one.filled for one in legs(trading, some)] == [5]
    await trading.watch.until(
        lambda: [one.remaining for one in legs(trading, oco) if one.status in LIVE] == [15]
    )
    assert [one.size for one in told(trading)[oco].held] == [15], "the stop shrinks with it"
    assert told(trading)[oco].status is ProgramStatus.WORKING
    lower = stop.trigger_price - book.tick_size
    await trading.exchange.process(AmendProgram("sim", oco, "stop", lower))
    assert [one.trigger_price for one in told(trading)[oco].held] == [lower], "in the size that is left"
    out = replace(out, size=Decimal(15))
    program = await start(trading, Close(order=out, clears=True, whole=True, **here(trading)))
    await until(trading, oco, ProgramStatus.CANCELED)
    await until(trading, program, ProgramStatus.DONE)
    await trading.watch.until(lambda: trading.held() == 0)
    await trading.agree()
