"""Own orders that another of ours would meet: refused, stopped short of, or canceled first."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ladder_samples import CENT, order
from ladder_samples import YES as ALONE
from msgspec import structs

from omega_tui.domain.orders import OrderType, TimeInForce
from omega_tui.domain.own_orders import orders_met, short_of_own
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.phrase_grammar import read_phrase
from omega_tui.domain.phrase_orders import mean
from omega_tui.domain.program_rules import decide
from omega_tui.domain.program_scene import Cancel, Scene, Send
from omega_tui.domain.programs import Stop, Twap
from omega_tui.domain.side import Side

D = Decimal
NO = "8" * 20
YES = replace(ALONE, complement_id=NO)
WHERE = {"instrument": YES.id, "venue": "sim"}


def in_no(side, cents):
    """An order in the other outcome."""
    made = order(side, cents, "10")
    return replace(made, request=replace(made.request, instrument=NO))


@pytest.mark.parametrize(
    ("own", "meets"),
    [
        (order(Side.SELL, 52, "10"), True),
        (order(Side.SELL, 53, "10"), False),
        (order(Side.BUY, 52, "10"), False),
        (in_no(Side.BUY, 48), True),
        (in_no(Side.BUY, 47), False),
        (in_no(Side.SELL, 48), False),
    ],
)
def test_buying_at_52_meets_who_sells_at_52_or_buys_the_other_outcome_at_48(own, meets):
    request = order(Side.BUY, 52, "5").request
    assert orders_met(request, [own], NO) == ([own] if meets else [])
    stop = replace(request, trigger_price=CENT * 52)
    assert orders_met(stop, [own], NO) == [], "nobody knows yet what it will meet"
    assert own.request.instrument == YES.id or orders_met(request, [own], None) == []


def test_what_takes_stops_a_tick_short_of_the_nearest_of_ours():
    own = [order(Side.SELL, 56, "10"), in_no(Side.BUY, 45), order(Side.BUY, 40, "10")]
    assert short_of_own(CENT * 58, CENT * 53, Side.BUY, own, YES) == CENT * 54
    assert short_of_own(CENT * 54, CENT * 53, Side.BUY, own, YES) == CENT * 54
    at_the_touch = [*own, in_no(Side.BUY, 47)]
    assert short_of_own(CENT * 58, CENT * 53, Side.BUY, at_the_touch, YES) == CENT * 58, "it must go first"


def test_a_typed_cross_stops_short_of_an_order_in_the_other_outcome():
    around = Surroundings(
        instrument=YES, best_bid=CENT * 50, best_ask=CENT * 52, cap_ticks=4, mirrored=(in_no(Side.BUY, 46),)
    )
    assert mean(read_phrase("buy 5 cross"), around).orders[0].price == CENT * 53
    assert mean(read_phrase("buy 5 cross"), structs.replace(around, mirrored=())).orders[0].price == CENT * 56


# ---------------------------------------------------------------------------- held stops


def a_stop(**changes):
    request = order(Side.SELL, 48, "10").request
    stop = replace(
        request, trigger_price=CENT * 48, reduce_only=True, order_type=OrderType.MARKET, client_order_id=""
    )
    return Stop(order=replace(stop, **changes), cap_ticks=5, **WHERE)


def fallen(*own, **more):
    """The market has come to 47, where the stop begins to take."""
    return Scene(
        program="p1",
        instrument=YES,
        best_bid=CENT * 47,
        best_ask=CENT * 49,
        lowest=CENT * 47,
        own=own,
        **more,
    )


def test_a_stop_sells_down_to_a_tick_above_a_bid_of_ours():
    """Refused whole it would protect nothing: the trader bids below the stop to buy back."""
    [step] = decide(a_stop(), fallen(order(Side.BUY, 45, "10"))).steps
    assert isinstance(step, Send)
    assert step.request.price == CENT * 46
    [step] = decide(a_stop(), fallen(in_no(Side.SELL, 54))).steps
    assert step.request.price == CENT * 47


@pytest.mark.parametrize("own", [order(Side.BUY, 47, "10"), in_no(Side.SELL, 53)])
def test_a_stop_cancels_the_bid_of_ours_at_the_touch_first(own):
    name = own.request.client_order_id
    assert decide(a_stop(), fallen(own)).steps == (Cancel(name),)
    assert decide(a_stop(), fallen(replace(own, cancel_requested=True))).steps == (), "until it is gone"
    [step] = decide(a_stop(), fallen()).steps
    assert step.request.price == CENT * 42
    [step] = decide(a_stop(), fallen(own, uncancelable=frozenset({name}))).steps
    assert isinstance(step, Send), "the gate says what is in the way, loudly"


def test_a_stop_limit_clears_what_its_limit_would_meet():
    stop = a_stop(order_type=OrderType.LIMIT, price=CENT * 45)
    near, far = order(Side.BUY, 46, "10"), order(Side.BUY, 44, "10")
    assert decide(stop, fallen(near, far)).steps == (Cancel(near.request.client_order_id),)


def test_a_stop_that_opens_cancels_nothing():
    own = order(Side.BUY, 47, "10")
    [step] = decide(a_stop(reduce_only=False), fallen(own)).steps
    assert isinstance(step, Send)


def test_a_slice_of_a_twap_stops_short_too():
    spec = Twap(side=Side.SELL, size=D(10), limit_price=CENT * 30, slices=2, seconds=20, cap_ticks=5, **WHERE)
    [step] = decide(spec, fallen(order(Side.BUY, 44, "10"))).steps
    assert step.request.price == CENT * 45
    assert step.request.time_in_force is TimeInForce.IOC


def test_an_order_is_told_by_where_it_stands_and_a_stop_by_its_trigger():
    request = replace(order(Side.SELL, 52, "10.00").request, price=D("0.50"))
    assert request.words == "SELL 10 at 0.50"
    assert replace(request, trigger_price=D("0.55")).words == "SELL 10 stop 0.55", (
        "and not by its worst price"
    )
