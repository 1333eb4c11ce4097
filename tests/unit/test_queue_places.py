from dataclasses import replace
from decimal import Decimal

from ladder_samples import CENT, YES, book, order

from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.ui.desk.queue_places import QueuePlaces, least_ahead
from omega_tui.units import NS_PER_S

T0 = 100 * NS_PER_S
LATER = T0 + 2 * NS_PER_S
MINE = order(Side.BUY, 47, "10", id_="mine")


def here(size, sequence=1, tick=47):
    return book({48: "50", tick: size, 40: "9"}, {52: "60"}, sequence)


def sold(size, tick=47, aggressor=Side.SELL):
    return Trade(YES.id, CENT * tick, Decimal(size), aggressor, "", 1, 1)


def resting(displayed="100", mine=MINE):
    places = QueuePlaces()
    places.order(mine, here(displayed), now_ns=T0)
    return places


def test_an_order_begins_behind_all_that_is_displayed():
    assert resting("100").ahead("mine") == 100
    assert least_ahead(resting("100"), [MINE]) == (("mine", Decimal(100)),)


def test_what_trades_there_comes_off_the_front():
    places = resting("100")
    places.trade(sold(30))
    assert places.ahead("mine") == 70
    places.trade(sold(300))
    assert places.ahead("mine") == 0


def test_prints_elsewhere_or_of_our_own_kind_of_aggressor_change_nothing():
    places = resting("100")
    places.trade(sold(30, tick=46))
    places.trade(sold(30, aggressor=Side.BUY))
    places.trade(replace(sold(30), instrument="other"))
    assert places.ahead("mine") == 100
    places.trade(sold(1, aggressor=None))
    assert places.ahead("mine") == 99


def test_what_is_canceled_there_is_not_credited_but_clamps():
    places = resting("100")
    places.book(here("105"), now_ns=T0)
    assert places.ahead("mine") == 100, "what came later stands behind"
    places.book(here("60"), now_ns=T0)
    assert places.ahead("mine") == 60, "never more than is displayed"
    places.book(here("90"), now_ns=T0)
    assert places.ahead("mine") == 60, "and it does not grow again"


def test_once_the_book_shows_ours_it_is_not_ahead_of_itself():
    places = resting("10")
    places.book(here("10"), now_ns=T0)
    assert places.ahead("mine") == 10, "at first nobody knows whether the book shows it yet"
    places.book(here("10"), now_ns=LATER)
    assert places.ahead("mine") == 0


def test_ours_behind_are_not_ahead_either_and_ours_before_are():
    places = resting("100")
    second = order(Side.BUY, 47, "20", id_="second")
    places.order(second, here("110"), now_ns=T0 + 1)
    places.book(here("35"), now_ns=LATER + NS_PER_S)
    assert places.ahead("mine") == 5
    assert places.ahead("second") == 15


def test_a_fill_says_that_the_front_is_reached():
    places = resting("100")
    part = replace(MINE, status=OrderStatus.PARTIALLY_FILLED, filled=Decimal(1))
    places.order(part, here("100"), now_ns=T0)
    assert places.ahead("mine") == 0


def test_after_a_gap_nothing_is_known_until_only_ours_is_left():
    for name in ("", YES.id):
        places = resting("100")
        places.gap(name)
        places.book(here("100"), now_ns=LATER)
        assert places.ahead("mine") is None
        places.trade(sold(10))
        assert places.ahead("mine") is None
        places.book(here("10"), now_ns=LATER)
        assert places.ahead("mine") == 0
    places = resting("100")
    places.gap("other")
    assert places.ahead("mine") == 100


def test_a_level_that_emptied_has_nobody_ahead():
    places = resting("100")
    places.gap()
    places.book(book({48: "5", 40: "5"}, {52: "60"}), now_ns=LATER)
    assert places.ahead("mine") == 0


def test_beyond_the_picture_nothing_is_known():
    far = order(Side.BUY, 10, "10", id_="far")
    places = QueuePlaces()
    places.order(far, here("100"), now_ns=T0)
    assert places.ahead("far") is None
    assert least_ahead(places, [far]) == ()


def test_an_order_that_came_before_the_book_waits_for_it():
    places = QueuePlaces()
    places.order(MINE, None, now_ns=T0)
    assert places.ahead("mine") is None
    places.book(here("70"), now_ns=T0)
    assert places.ahead("mine") == 70


def test_where_size_may_be_hidden_nothing_is_said():
    places = QueuePlaces()
    places.order(MINE, here("100"), now_ns=T0, is_visible=False)
    assert places.ahead("mine") is None


def test_an_order_that_is_over_is_forgotten():
    places = resting("100")
    places.order(replace(MINE, status=OrderStatus.CANCELED), here("100"), now_ns=T0)
    assert places.ahead("mine") is None
    assert not places._places


def test_asks_are_counted_the_same_way():
    mine = order(Side.SELL, 53, "10", id_="ask")
    places = QueuePlaces()
    places.order(mine, book({48: "5"}, {52: "60", 53: "40"}), now_ns=T0)
    places.trade(sold(15, tick=53, aggressor=Side.BUY))
    assert places.ahead("ask") == 25
