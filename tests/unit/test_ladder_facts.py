from dataclasses import replace
from decimal import Decimal

from ladder_samples import CENT, YES, order

from omega_tui.domain.orders import Amendment
from omega_tui.domain.programs import Amend, Program, ProgramStatus, Stop
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.ui.ladder.facts import amending_orders, held_orders, last_sizes, off_tick
from omega_tui.units import NS_PER_S

NOW = 50 * NS_PER_S


def program(spec, held=()):
    return Program(id="p1", spec=spec, status=ProgramStatus.WORKING, held=held)


def test_a_held_stop_stands_at_its_trigger_and_only_in_its_market():
    asked = replace(order(Side.SELL, 40, "30").request, trigger_price=CENT * 42)
    stop = program(Stop(instrument=YES.id, venue="sim", order=asked, cap_ticks=3), held=(asked,))
    assert [(one.price, one.size) for one in held_orders([stop], YES.id)] == [(CENT * 42, 30)]
    assert held_orders([stop], "other") == ()
    assert amending_orders([stop], [], YES.id) == ()


def test_an_amendment_names_the_order_and_where_it_goes():
    new = order(Side.BUY, 45, "300").request
    amend = program(Amend(instrument=YES.id, venue="sim", client_order_id="old", order=new), held=(new,))
    assert amending_orders([amend], [], YES.id) == (("old", CENT * 45),)
    assert held_orders([amend], YES.id) == ()


def test_a_change_in_place_that_is_in_doubt_is_shown_whoever_asked_for_it():
    moving = replace(order(Side.BUY, 47, "300", id_="own"), amending=Amendment(1, CENT * 46, Decimal(300)))
    assert amending_orders([], [moving, order(Side.BUY, 44, "5")], YES.id) == (("own", CENT * 46),)
    new = order(Side.BUY, 45, "300").request
    amend = program(Amend(instrument=YES.id, venue="sim", client_order_id="own", order=new))
    assert amending_orders([amend], [moving], YES.id) == (("own", CENT * 45),), "what is wanted in the end"


def test_the_newest_print_of_each_price_is_news_for_three_seconds():
    def printed(tick, size, age_ms):
        at_ns = NOW - age_ms * 1_000_000
        return Trade(YES.id, CENT * tick, Decimal(size), Side.BUY, "", at_ns, at_ns)

    tape = [printed(50, 9, 3_000), printed(47, 5, 2_000), printed(48, 6, 900), printed(48, 7, 100)]
    shown = last_sizes(tape, YES, NOW)
    assert [(one.tick, one.size, one.fades) for one in shown] == [(48, 7, False), (47, 5, True)]


def test_orders_that_the_new_tick_leaves_behind_are_named():
    fine = order(Side.BUY, 47, "5")
    off = replace(fine, request=replace(fine.request, price=Decimal("0.455")))
    assert off_tick([fine], YES) == ""
    assert off_tick([fine, off], YES) == "off the new tick of 0.01, cancel or move: BUY 0.455"
