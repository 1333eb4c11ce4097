"""How much of a position each way out covers."""

from dataclasses import replace
from decimal import Decimal

from ladder_samples import CENT, YES, order

from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.orders import OrderStatus, TimeInForce
from omega_tui.domain.program_cover import Part, closing, cover_of, room_for, size_now, without_room
from omega_tui.domain.programs import Bracket, Close, Oco, Role, Scale
from omega_tui.domain.side import Side

D = Decimal
WHERE = {"instrument": YES.id, "venue": "sim"}


def ways(size):
    take = replace(order(Side.SELL, 60, size).request, reduce_only=True)
    return take, replace(take, price=CENT * 40, trigger_price=CENT * 40)


def an_oco(name, size, *orders):
    take, stop = ways(size)
    return Part(name, Oco(take=take, stop=stop, cap_ticks=5, **WHERE), orders)


def a_bracket(*, entered, left):
    take, stop = ways("50")
    entry = order(Side.BUY, 45, "50").request
    sent = (
        replace(order(Side.BUY, 45, "50"), request=replace(entry, role=Role.ENTRY), filled=D(entered)),
        replace(order(Side.SELL, 60, "40"), request=replace(take, role=Role.TAKE), filled=D(left)),
    )
    return Part("a", Bracket(entry=entry, take=take, stop=stop, cap_ticks=5, **WHERE), sent)


def a_close(size, *, clears=False, orders=()):
    out = replace(order(Side.SELL, 50, size).request, reduce_only=True, time_in_force=TimeInForce.IOC)
    return Part("c", Close(order=out, clears=clears, whole=clears, **WHERE), orders)


def test_a_way_out_covers_what_is_held_and_the_oldest_first():
    first, second = an_oco("a", "50"), an_oco("b", "50")
    assert cover_of("a", [first, second], D(100)) == 100
    assert cover_of("b", [first, second], D(100)) == 50
    assert cover_of("b", [first, second], D(70)) == 20
    assert cover_of("a", [first], D(30)) == 30


def test_what_is_being_closed_is_covered_by_nobody_else():
    part = an_oco("a", "50")
    assert cover_of("a", [part, a_close("20")], D(50)) == 30
    filled = replace(order(Side.SELL, 50, "20"), status=OrderStatus.PARTIALLY_FILLED, filled=D(15))
    assert closing([a_close("20", orders=(filled,))], YES.id, Side.SELL) == 5
    assert cover_of("a", [part, a_close("50", clears=True)], D(50)) == 50, "that ends the others by itself"


def test_what_is_not_held_any_more_is_not_covered():
    part = an_oco("a", "50")
    assert cover_of("a", [part], D(0)) == cover_of("a", [part], D(-50)) == 0
    assert cover_of("a", [part], None) is None, "no position was told yet"
    assert cover_of("a", [a_bracket(entered=40, left=0)], D(0)) is None, "its entry is told, not yet that"
    assert cover_of("a", [a_bracket(entered=40, left=10)], D(0)) == 0


def test_nothing_bounds_what_others_cover_or_what_opens():
    part = an_oco("a", "50")
    assert cover_of("b", [part, an_oco("b", "50")], D(50)) is None
    assert cover_of("s", [Part("s", Scale(orders=(), **WHERE), ())], D(50)) is None
    assert cover_of("nobody", [part], D(50)) is None


def test_a_bracket_needs_what_was_entered_and_not_left_again():
    bracket = a_bracket(entered=40, left=10)
    assert cover_of("b", [bracket, an_oco("b", "50")], D(100)) == 70


def test_room_is_what_no_working_order_offers():
    request = a_close("20").spec.order
    program = replace(
        order(Side.SELL, 60, "30"), request=replace(order(Side.SELL, 60, "30").request, program="a")
    )
    working = [program, order(Side.BUY, 40, "50"), order(Side.SELL, 58, "15")]
    assert room_for(request, working, D(50), YES) == 5
    assert without_room(request, working, D(50), YES) == [], "30 are left, and the program gives way"
    assert without_room(request, working, D(30), YES) == [working[2]]


def test_of_a_contract_only_orders_that_only_close_take_room():
    swap, request = replace(YES, kind=InstrumentKind.LINEAR), a_close("20").spec.order
    plain = order(Side.SELL, 60, "50")
    closing_too = replace(plain, request=replace(plain.request, reduce_only=True))
    stop = replace(plain, request=replace(closing_too.request, trigger_price=D("0.30")))
    assert room_for(request, [plain, stop], D(50), swap) == 50
    assert room_for(request, [plain, closing_too], D(50), swap) == 0
    assert without_room(request, [plain, closing_too], D(50), swap) == [closing_too]


def test_a_program_is_as_large_as_what_its_ways_out_still_cover():
    part = an_oco("a", "50")
    assert size_now(part, None) == 50
    assert size_now(part, D(30)) == 30, "20 were closed otherwise"
    half = replace(order(Side.SELL, 60, "50"), filled=D(10))
    assert size_now(an_oco("a", "50", half), D(20)) == 30, "10 by itself, 20 to come"
    assert size_now(a_bracket(entered=40, left=10), D(20)) == 50, "its entry"
    scale = Scale(orders=(order(Side.BUY, 40, "50").request,), **WHERE)
    assert size_now(Part("s", scale, ()), D(20)) == 50
