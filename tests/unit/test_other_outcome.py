"""Orders of one outcome on the ladder of the other: one book, so they rest there too, mirrored."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hand import INSTRUMENT, Hand, armed_facts, painted
from ladder_samples import YES, model, order
from msgspec import structs

from omega_tui.domain.commands import AmendOrder, CancelOrders
from omega_tui.domain.events.account import OrderChanged, TradingMode
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.integrity import (
    DataLimits,
    DataState,
    DataStatus,
    Integrity,
    IntegrityState,
)
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType
from omega_tui.domain.programs import Program, ProgramStatus, Stop
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.desk.order_facts import Refused
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.ladder.rows import ladder_rows, row_prices
from omega_tui.ui.ladder.standing_orders import mirror_price, mirrored_here, outcome_mark
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.panes.cursor_line import cursor_line
from omega_tui.ui.session.session import Session, Setting

D = Decimal
NOW = 1_000_000_000_000
NO = replace(INSTRUMENT, base="No", id="1001", complement_id="1002")
OTHER = replace(NO, base="Yes", id="1002", complement_id="1001")


def sent(price="0.40", side=Side.BUY, status=OrderStatus.ACCEPTED, number=1, instrument="1002", **fields):
    request = OrderRequest(
        client_order_id=f"o{number}",
        instrument=instrument,
        venue="sim",
        side=side,
        size=D(5),
        price=D(price),
        **fields,
    )
    return Order(request=request, status=status, venue_order_id=f"v{number}", ts_changed_ns=NOW)


def own_piece(shown, tick, width=54):
    """Return the text of own orders on a row, and its role."""
    rows = dict(zip(row_prices(shown), ladder_rows(shown, width), strict=True))
    found = [piece for piece in rows[D("0.01") * tick].pieces if piece.role.startswith("own.")]
    return [(piece.text.strip(), piece.role) for piece in found if piece.text.strip()]


# ---------------------------------------------------------------------------- on the rows


@pytest.mark.parametrize(
    ("side", "tick", "cell"),
    [
        (Side.BUY, 40, [("Y▌5", "own.mirrored.sell")]),
        (Side.SELL, 60, [("5▐Y", "own.mirrored.buy")]),
    ],
)
def test_an_order_of_the_other_outcome_stands_mirrored_on_the_other_side_under_its_mark(side, tick, cell):
    shown = model(rows=40, mirrored=(order(side, tick, "5"),), mirrored_mark="Y")
    assert own_piece(shown, 100 - tick) == cell
    assert own_piece(shown, tick) == []


@pytest.mark.parametrize("glyphs", ["unicode", "cjk", "ascii"])
def test_the_mark_is_a_letter_so_that_no_colour_and_no_glyph_is_needed(glyphs):
    mine, theirs = order(Side.SELL, 60, "5"), order(Side.BUY, 40, "5")
    here = own_piece(model(orders=(mine,), glyphs=glyphs), 60)
    there = own_piece(model(mirrored=(theirs,), mirrored_mark="Y", glyphs=glyphs), 60)
    assert there[0][0] == "Y" + here[0][0]


def test_its_state_is_said_like_any_other():
    texts = {
        status: own_piece(model(mirrored=(order(Side.BUY, 40, "5", status),), mirrored_mark="Y"), 60)
        for status in (OrderStatus.UNKNOWN, OrderStatus.PENDING_CANCEL, OrderStatus.FILLED)
    }
    assert texts == {
        OrderStatus.UNKNOWN: [("Y?5", "own.alarm")],
        OrderStatus.PENDING_CANCEL: [("Yx5", "own.canceling")],
        OrderStatus.FILLED: [("Y✓5", "own.filled.sell")],
    }


def test_orders_of_both_outcomes_at_one_price_are_two_sizes():
    mine, theirs = order(Side.SELL, 60, "30"), order(Side.BUY, 40, "5", OrderStatus.PENDING_CANCEL)
    shown = model(orders=(mine,), mirrored=(theirs,), mirrored_mark="Y")
    assert own_piece(shown, 60) == [("Yx30+5", "own.canceling")]
    too_long = model(
        orders=(order(Side.SELL, 60, "300"),), mirrored=(order(Side.BUY, 40, "50"),), mirrored_mark="Y"
    )
    assert own_piece(too_long, 60, width=30) == [("Y▌350", "own.sell")], "a sum under the mark"


def test_what_is_ahead_is_told_of_one_outcome_alone():
    mine, theirs = order(Side.SELL, 60, "30", id_="m"), order(Side.BUY, 40, "5", id_="t")
    alone = model(mirrored=(theirs,), mirrored_mark="Y", ahead=(("t", D(70)),))
    assert ("~70", "own.ahead") in own_piece(alone, 60, width=80)
    both = structs.replace(alone, orders=(mine,), ahead=(("m", D(90)), ("t", D(70))))
    assert all(role != "own.ahead" for _, role in own_piece(both, 60, width=80))


def test_one_that_is_being_moved_stands_where_it_goes_as_well():
    shown = model(
        mirrored=(order(Side.BUY, 40, "5", id_="t"),), mirrored_mark="Y", amending=(("t", D("0.42")),)
    )
    assert own_piece(shown, 60) == own_piece(shown, 58) == [("Y»5", "own.amending")]


def test_one_beyond_the_window_is_counted_at_the_edge():
    shown = model(mirrored=(order(Side.BUY, 10, "5"),), mirrored_mark="Y")
    assert "1 order" in ladder_rows(shown, 54)[0].text


@pytest.mark.parametrize(
    ("base", "mark"), [("Yes", "Y"), ("lakers", "L"), ("", "C"), ("Да", "C"), ("是", "C")]
)
def test_the_mark_is_one_cell_that_every_terminal_has(base, mark):
    assert outcome_mark(replace(YES, base=base)) == mark
    assert outcome_mark(None) == "C"


def test_a_market_without_bounds_has_no_mirror():
    coin = replace(NO, price_max=None)
    assert mirrored_here([sent()], (), coin) == []
    with pytest.raises(ValueError, match="no upper bound"):
        mirror_price(D(1), coin)


# ---------------------------------------------------------------------------- canceled and not moved


def there(*orders, **fields):
    return armed_facts(instrument=NO, other=OTHER, orders=orders, **fields)


BAD = {"mode": TradingMode.DISARMED, "data": DataStatus(DataState.STALE, None), "book_sequence": 9}


@pytest.mark.parametrize("fields", [{}, BAD])
@pytest.mark.parametrize("keys", ["xc", ["delete"], ["backspace"]])
def test_a_cancel_at_the_cursor_cancels_it_as_it_was_sent(keys, fields):
    hand = Hand(frame=painted(cursor=60), facts=there(sent(), **fields))
    done = hand.type(*keys)
    assert done.commands == (CancelOrders("sim", "1002", None, D("0.40")),)
    assert done.text == "canceling Yes BUY 5 @ 0.40"


def test_a_cancel_at_the_cursor_cancels_those_of_both_outcomes():
    hand = Hand(frame=painted(cursor=60), facts=there(sent(), sent("0.60", Side.SELL, instrument="1001")))
    hand.press("x")
    assert hand.entry.menu(hand.frame, hand.facts).items[0].text == "here 2"
    done = hand.press("c")
    assert done.commands == (
        CancelOrders("sim", "1001", None, D("0.60")),
        CancelOrders("sim", "1002", None, D("0.40")),
    )
    assert done.text == "canceling at 0.60 and Yes BUY 5 @ 0.40"


@pytest.mark.parametrize(
    ("key", "side", "place", "said"),
    [
        ("b", Side.BUY, 1, "canceling every BUY here"),
        ("s", Side.SELL, 2, "canceling every SELL here, and every BUY of Yes, which stands beside them"),
    ],
)
def test_a_side_is_canceled_as_it_stands_on_the_ladder(key, side, place, said):
    """A BUY of Yes stands among the sells of No: who cancels what stands there means it, too."""
    hand = Hand(facts=there(sent(), sent("0.60", Side.SELL, instrument="1001", number=2)))
    hand.press("x")
    item = hand.entry.menu(hand.frame, hand.facts).items[place]
    assert item.text == {"b": "buys 0", "s": "sells 2"}[key]
    done = hand.press(key)
    assert done.commands == (
        CancelOrders("sim", "1001", side),
        CancelOrders("sim", "1002", side.opposite),
    )
    assert done.text == said


def test_a_side_of_a_market_with_one_instrument_is_canceled_there_alone():
    coin = replace(NO, complement_id=None, price_max=None)
    hand = Hand(facts=armed_facts(instrument=coin, complement=None))
    assert hand.type("x", "b").commands == (CancelOrders("sim", "1001", Side.BUY),)


@pytest.mark.parametrize(
    ("instrument", "said"),
    [
        ("1001", "canceling the last order: BUY 5 No @ 0.50"),
        ("1002", "canceling the last order: BUY 5 Yes @ 0.50"),
        ("7", "canceling the last order: BUY 5 @ 0.50, in another market"),
    ],
)
def test_an_undo_says_which_order_of_which_outcome_it_cancels(instrument, said):
    hand = Hand(facts=there(sent("0.5", instrument=instrument)))
    assert hand.type("x", "l").text == said


def test_a_row_of_several_prices_cancels_each():
    grouped = painted(cursor=60, prices=(D("0.60"), D("0.50")), cursor_row=0)
    hand = Hand(
        frame=grouped, facts=there(sent("0.40"), sent("0.39", number=2), sent("0.29", number=3), group=10)
    )
    assert [one.price for one in hand.type("x", "c").commands] == [D("0.39"), D("0.40")]


def test_a_price_between_the_ticks_of_this_outcome_is_canceled_where_it_is_drawn():
    hand = Hand(frame=painted(cursor=60), facts=there(sent("0.398")))
    assert [one.price for one in hand.type("x", "c").commands] == [D("0.398")]


def test_a_stop_that_waits_here_is_mirrored_at_its_trigger():
    stop = sent("0.37", Side.SELL, trigger_price=D("0.40"), order_type=OrderType.MARKET).request
    spec = Stop(instrument="1002", venue="sim", order=stop, cap_ticks=3)
    program = Program(id="p1", spec=spec, status=ProgramStatus.WORKING, size=D(5), held=(stop,))
    hand = Hand(frame=painted(cursor=60), facts=there(programs=(program,)))
    done = hand.type("x", "c")
    assert done.commands == (CancelOrders("sim", "1002", None, D("0.40")),)
    assert done.text == "canceling Yes SELL 5 stop 0.40"


@pytest.mark.parametrize("key", ["u", "d", "U", "D", "space"])
@pytest.mark.parametrize("cursor", [60, 40])
def test_what_moves_an_order_refuses_one_of_the_other_outcome(key, cursor):
    """Neither where it is drawn nor at the price that it was sent with, which is another one here."""
    hand = Hand(frame=painted(cursor=cursor), facts=there(sent()))
    refused = hand.press(key)
    assert isinstance(refused, Refused)
    if cursor == 60:
        assert hand.entry.keymap.said(refused.text) == "that order is one of Yes: Tab, then move it"
    assert refused.code == ("OTHER_OUTCOME" if cursor == 60 else "NO_ORDER")


def test_of_two_at_the_cursor_only_that_of_this_outcome_is_moved_and_the_words_name_it():
    mine = sent("0.60", Side.SELL, number=2, instrument="1001")
    hand = Hand(frame=painted(cursor=60), facts=there(sent(), mine))
    hand.press("u")
    moved = hand.entry.observe(hand.facts, hand.now_ns + 50_000_000)
    (command,) = moved.commands
    assert isinstance(command, AmendOrder)
    assert (command.client_order_id, command.price) == ("o2", D("0.61"))
    assert moved.text.startswith("SELL 5 No 0.60 → 0.61")


def test_an_unnamed_outcome_is_called_the_other():
    hand = Hand(frame=painted(cursor=60), facts=structs.replace(there(sent()), other=None))
    assert hand.type("x", "c").text == "canceling the other outcome BUY 5 @ 0.40"


# ---------------------------------------------------------------------------- the session


def a_session(*events):
    setting = Setting("sim", is_live=False, is_replay=False, limits=DataLimits(), glyphs="unicode")
    session = Session(setting, OrderEntry(shipped("verb")), Sizing.of((D(5), D(10))))
    session.resize(40)
    levels = (PriceLevel(D("0.59"), D(10)),), (PriceLevel(D("0.60"), D(15)),)
    book = BookSnapshot("1001", *levels, D("0.01"), 1)
    shown = BookUpdated("1001", book, Integrity(IntegrityState.VERIFIED, "hash", verified_ns=NOW), NOW)
    session.apply([InstrumentUpdated(NO), InstrumentUpdated(OTHER), shown, *events], now_ns=NOW)
    session.show("1001")
    return session


def test_the_ladder_gets_the_orders_of_both_outcomes_and_those_just_over_while_they_flash():
    filled = replace(sent("0.39", status=OrderStatus.FILLED, number=2), filled=D(5))
    elsewhere = sent(number=3, instrument="9")
    session = a_session(*map(OrderChanged, (sent(), filled, elsewhere)))

    def shown(now_ns):
        return session.ladder(session.facts(now_ns), now_ns)

    assert [one.request.client_order_id for one in shown(NOW).mirrored] == ["o1", "o2"]
    assert [one.request.client_order_id for one in shown(NOW + 1_000_000_000).mirrored] == ["o1"]
    assert (shown(NOW).orders, shown(NOW).mirrored_mark) == ((), "Y")


def test_the_strip_names_it_by_what_was_sent():
    session = a_session(OrderChanged(sent()))
    session.point(D("0.60"))

    def line(width):
        return "".join(piece.text for piece in cursor_line(session.cursor(session.facts(NOW)), ">", width))

    assert "rested 15 · mine Yes BUY 5 @ 0.40 · worst case" in line(120)
    assert line(48).rstrip() == " > 0.60 was ask · rested 15 · Yes BUY 5 @ 0.40", "whose it is gives way"


def test_the_walk_over_own_orders_stops_at_it():
    session = a_session(OrderChanged(sent()), OrderChanged(sent("0.55", instrument="1001", number=2)))
    session.point(D("0.70"))
    assert session.next_own_price() == D("0.60")
    session.point(D("0.60"))
    assert session.next_own_price() == D("0.55")
