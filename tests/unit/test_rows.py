import re
from dataclasses import replace
from decimal import Decimal

import pytest
from ladder_samples import BTC, LIVE, STALE, VERIFIED, YES, book, model, order, plain_book
from msgspec import structs

from omega_tui.domain.account import Position
from omega_tui.domain.integrity import DataState, DataStatus, Integrity, IntegrityState
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.ui.ladder.heading import heading_line, title_line
from omega_tui.ui.ladder.model import HeldOrder, LastSize
from omega_tui.ui.ladder.rows import ladder_columns, ladder_rows, row_prices, size_scale
from omega_tui.ui.ladder.view import View
from omega_tui.ui.panes.tape_rows import TapeModel, tape_rows
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.style.size_scale import SizeScale, size_grid
from omega_tui.ui.text.formats import (
    age_text,
    exact_size_text,
    money_text,
    price_text,
    signed_text,
    size_decimals,
    size_text,
)


def rows_by_price(shown, width=54):
    return dict(zip(row_prices(shown), ladder_rows(shown, width), strict=True))


def at(shown, tick, width=54):
    return rows_by_price(shown, width)[shown.instrument.from_ticks(tick)]


def roles(row):
    return {piece.role: piece.text for piece in row.pieces}


# ------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("size", "width", "decimals", "text"),
    [
        ("1234", 7, 0, "1,234"),
        ("1234.5", 7, 2, "1,234.5"),
        ("1234.56", 6, 2, "1,235"),
        ("12.5", 7, 2, "12.50"),
        ("123456", 6, 0, "123.5k"),
        ("123456", 5, 0, "123k"),
        ("12345678", 6, 0, "12.3M"),
        ("0.4", 7, 0, "<1"),
        ("0.0004", 7, 3, "<.001"),
        ("999999999999999", 4, 0, "####"),
    ],
)
def test_sizes_are_compacted_to_their_column(size, width, decimals, text):
    assert size_text(Decimal(size), width, decimals) == text


@pytest.mark.parametrize(
    ("size", "width", "text"),
    [("0.25", 5, "0.25"), ("0.25", 3, ".25"), ("3.57", 5, "3.57"), ("300", 5, "300"), ("1E+3", 5, "1,000")],
)
def test_own_sizes_are_exact_where_they_fit(size, width, text):
    assert exact_size_text(Decimal(size), width, 0) == text


def test_prices_have_the_decimals_of_the_tick_and_are_never_rounded():
    assert price_text(Decimal("0.5"), 2) == "0.50"
    assert price_text(Decimal("64254.5"), 1) == "64,254.5"
    assert price_text(Decimal("0.455"), 2) == "0.455"


def test_signs_are_always_printed():
    assert signed_text(Decimal("5.2"), 5, 1) == "+5.2"
    assert signed_text(Decimal(-120), 5, 0) == "-120"
    assert signed_text(Decimal(0), 5, 0) == ""
    assert money_text(Decimal("1234.5")) == "+1,234.50"
    assert money_text(Decimal("-0.001")) == "0.00"


@pytest.mark.parametrize(
    ("ms", "text"),
    [(None, "-"), (38, "38ms"), (4_190, "4.1s"), (75_000, "75s"), (720_000, "12m"), (10_800_000, "3h")],
)
def test_ages_take_a_few_cells(ms, text):
    assert age_text(None if ms is None else ms * 1_000_000) == text


def test_a_column_of_sizes_has_the_decimals_of_the_smallest_order():
    assert size_decimals(YES) == 0
    assert size_decimals(BTC) == 3


# ------------------------------------------------------------------------------------------------- ladder


@pytest.mark.parametrize("width", [30, 31, 39, 40, 41, 53, 54, 55, 80, 120])
def test_every_row_is_exactly_as_wide_as_asked(width):
    shown = model(
        orders=(order(Side.BUY, 47, "300"),), deltas=((48, Decimal(52)),), traded=((48, Decimal(9)),)
    )
    for row in (*ladder_rows(shown, width), title_line(shown, width), heading_line(shown, width)):
        assert len(row.text) == width


@pytest.mark.parametrize("width", [1, 7, 20, 29])
def test_a_ladder_that_is_too_narrow_is_cut(width):
    assert {len(row.text) for row in ladder_rows(model(), width)} == {width}


def test_columns_are_dropped_in_order():
    assert ladder_columns(model(), 54) == (1, 6, 6, 7, 8, 7, 6, 0, 0, 1)
    assert ladder_columns(model(), 40)[2] == 0
    assert ladder_columns(model(), 40).volume == 0
    narrow = ladder_columns(model(), 30)
    assert (narrow.own, narrow.bid, narrow.ask, narrow.total) == (5, 6, 6, 30)


def test_bids_stand_left_of_the_price_and_asks_right_of_it():
    shown = model()
    assert at(shown, 48).text.split() == ["►", "▎148", "0.48", "│"]
    assert at(shown, 52).text.split() == ["0.52", "252", "▉", "▐"]


def test_prices_between_the_touches_are_marked():
    shown = model()
    assert "·0.50·" in at(shown, 50).text
    assert "·" not in at(shown, 48).text + at(shown, 52).text


def test_the_common_prefix_of_the_prices_is_dim():
    shown = structs.replace(model(), view=View(49, 8))
    assert roles(at(shown, 44))["price.prefix"] == "0.4"


def test_the_cursor_marks_its_row_and_a_pending_verb_its_side():
    assert at(model(), 48).text[0] == "►"
    assert at(model(), 48).layer == "cursor"
    pending = at(model(pending_side=Side.SELL), 48)
    assert (pending.text[0], pending.layer) == ("»", "cursor.sell")
    assert at(model(focused=False), 48).layer == "cursor.idle"


def test_the_last_trade_is_marked_with_its_direction():
    trade = Trade(YES.id, Decimal("0.52"), Decimal(1), Side.BUY, "t", 1, 1)
    assert "▲0.52" in at(model(last_trade=trade), 52).text
    assert "▼0.52" in at(model(last_trade=trade, last_up=False), 52).text
    assert "price.last.up" in roles(at(model(last_trade=trade), 52))
    unknown = replace(trade, aggressor=None)
    assert "price.last" in roles(at(model(last_trade=unknown), 52))


def test_average_entry_and_break_even_are_on_their_rows():
    position = Position("sim", YES.id, Decimal(100), Decimal("0.47"), fees=Decimal(2))
    shown = model(position=position)
    assert "0.47◂" in at(shown, 47).text
    assert "0.49=" in at(shown, 49).text
    paying = model(position=position, instrument=replace(YES, taker_fee_rate=Decimal("0.08")))
    assert "0.51=" in at(paying, 51).text, "closing there costs 0.02 a share"


@pytest.mark.parametrize(
    ("status", "glyph", "role"),
    [
        (OrderStatus.INTENT, "·", "own.intent"),
        (OrderStatus.SUBMITTED, ">", "own.sent"),
        (OrderStatus.ACCEPTED, "▐", "own.buy"),
        (OrderStatus.PARTIALLY_FILLED, "~", "own.buy"),
        (OrderStatus.PENDING_CANCEL, "x", "own.canceling"),
        (OrderStatus.UNKNOWN, "?", "own.alarm"),
        (OrderStatus.REJECTED, "!", "own.alarm"),
        (OrderStatus.FILLED, "✓", "own.filled.buy"),
    ],
)
def test_the_glyph_and_the_style_say_where_an_order_stands(status, glyph, role):
    shown = model(orders=(order(Side.BUY, 47, "300", status),))
    assert roles(at(shown, 47))[role] == f"300{glyph}"


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.NOT_PLACED])
def test_an_order_that_is_over_leaves_nothing_behind(status):
    assert "300" not in at(model(orders=(order(Side.BUY, 47, "300", status),)), 47).text


def test_orders_at_one_price_are_summed_under_the_most_urgent_glyph():
    orders = (order(Side.SELL, 53, "10"), order(Side.SELL, 53, "20", OrderStatus.UNKNOWN))
    assert roles(at(model(orders=orders), 53))["own.alarm"] == "?30x2"


def test_only_what_is_left_of_an_order_is_shown():
    part = order(Side.SELL, 53, "99", OrderStatus.PARTIALLY_FILLED, filled="60")
    assert roles(at(model(orders=(part,)), 53))["own.sell"] == "~39/99"


def test_an_order_that_waits_too_long_for_its_answer_stands_out():
    waiting = order(Side.BUY, 47, "300", OrderStatus.SUBMITTED, id_="slow")
    assert "own.late" in roles(at(model(orders=(waiting,), late=frozenset({"slow"})), 47))


def test_a_level_of_the_swing_marks_the_row_that_its_tick_is_in_and_none_without_a_price():
    shown = model(view=View(105, 16, 5), levels=(38, 64, 102))
    marked = [price for price, row in rows_by_price(shown).items() if "slot.level" in roles(row)]
    assert marked == [Decimal("0.60"), Decimal("0.35")], "a tick beyond the market's prices marks nothing"
    stale = ladder_rows(structs.replace(shown, status=STALE), 54)
    assert not any("slot.level" in roles(row) for row in stale)


def test_an_order_that_waits_here_and_not_at_the_venue_says_so():
    shown = model(held=(HeldOrder(Side.SELL, Decimal("0.42"), Decimal(30)),))
    assert roles(at(shown, 42))["own.held"] == "s30"


def test_an_order_that_is_being_replaced_stands_on_both_rows():
    shown = model(orders=(order(Side.BUY, 47, "300", id_="old"),), amending=(("old", Decimal("0.45")),))
    assert roles(at(shown, 47))["own.amending"] == "300»"
    assert roles(at(shown, 45))["own.amending"] == "300»"


def test_an_unknown_order_is_louder_than_its_replacement():
    lost = order(Side.BUY, 47, "300", OrderStatus.UNKNOWN, id_="old")
    shown = model(orders=(lost,), amending=(("old", Decimal("0.45")),))
    assert roles(at(shown, 47))["own.alarm"] == "300?"


def test_a_stop_stands_on_the_row_that_sets_it_off():
    stop = order(Side.SELL, 41, "7")
    stop = replace(stop, request=replace(stop.request, trigger_price=Decimal("0.43")))
    assert "7" in at(model(orders=(stop,)), 43).text.partition("0.43")[2]
    assert roles(at(model(orders=(stop,)), 43))["own.sell"] == "▌7"


def test_a_fill_flashes_only_where_it_may():
    filled = order(Side.BUY, 47, "300", OrderStatus.FILLED)
    assert "own.filled.buy" in roles(at(model(orders=(filled,)), 47))
    calm = roles(at(model(orders=(filled,), flashes=False), 47))
    assert calm["own.buy"] == "300✓"


def test_what_is_ahead_is_always_marked_as_an_estimate_and_only_beside_our_orders():
    shown = model(
        orders=(order(Side.BUY, 47, "5", id_="a"), order(Side.BUY, 47, "5", id_="b")),
        ahead=(("a", Decimal(120)), ("b", Decimal(90))),
    )
    assert roles(at(shown, 47, 66))["own.ahead"].strip() == "~90"
    assert "~" not in at(shown, 47, 54).text, "no column for it in a narrow ladder"
    assert not any("~" in at(shown, tick, 66).text for tick in (46, 48, 52))


def test_the_size_last_traded_stands_at_its_price_and_fades():
    fresh = LastSize(52, Decimal(31), Side.BUY)
    old = LastSize(48, Decimal(7), Side.SELL, fades=True)
    shown = model(last_sizes=(fresh, old))
    assert roles(at(shown, 52, 66))["print.buy"].strip() == "31"
    assert roles(at(shown, 48, 66))["last.fades"].strip() == "7"
    assert ladder_columns(model(last_sizes=None), 66).last == 0


@pytest.mark.parametrize("width", [54, 60, 66, 90])
def test_the_heading_names_the_columns_that_are_there(width):
    words = heading_line(model(), width).text.split()
    columns = ladder_columns(model(), width)
    assert ("AHEAD" in words, "LTQ" in words) == (columns.ahead > 0, columns.last > 0)
    assert words.count("Δ") == 2


def test_decimal_points_stand_in_line_on_both_sides():
    shown = model(
        instrument=BTC,
        book=book(
            {128_000: "1.5", 127_999: "12.25", 127_998: "0.004"},
            {128_010: "2", 128_011: "113.7", 128_012: "0.5"},
            instrument=BTC,
        ),
        view=View(128_014, 20),
        cursor_tick=128_000,
        framing="",
        bars=False,
    )
    for ticks in ((128_000, 127_999, 127_998), (128_010, 128_011, 128_012)):
        points = {
            index
            for tick in ticks
            for index, letter in enumerate(at(shown, tick).text)
            if letter == "." and not 21 < index < 30
        }
        assert len(points) == 1, points


def test_decimals_go_before_the_usual_sizes_stop_fitting():
    assert size_grid(SizeScale(Decimal(500), Decimal("432.1"), Decimal("999.9")), 3, 7) == (3, 7)
    assert size_grid(SizeScale(Decimal(5000), Decimal("4321.5"), Decimal(9000)), 3, 7) == (1, 7)
    assert size_grid(SizeScale(Decimal(1), Decimal(1), Decimal(1)), 0, 7) == (0, 1)


def test_a_ladder_without_bars_has_none():
    assert not any(role.startswith("bar.") for row in ladder_rows(model(bars=False)) for role in roles(row))


def test_the_title_says_that_the_window_follows_and_that_the_tick_has_changed():
    assert "FOLLOW" in title_line(model(follows=True), 54).text
    assert "chip.tick" in roles(title_line(model(flash=True), 66))


def test_stacked_and_pulled_size_stands_on_the_side_of_the_market_it_belongs_to():
    shown = model(deltas=((47, Decimal(-3)), (53, Decimal(15))))
    assert at(shown, 47).text.index("-3") < at(shown, 47).text.index("0.47")
    assert at(shown, 53).text.index("+15") > at(shown, 53).text.index("0.53")


def test_a_change_stands_a_cell_away_from_our_orders_beside_it():
    shown = model(
        orders=(order(Side.BUY, 47, "30"), order(Side.SELL, 53, "30")),
        deltas=((47, Decimal(-122)), (53, Decimal(-122))),
    )
    for tick, sides in ((47, "30▐ -122"), (53, "-122 ▌30")):
        assert sides in at(shown, tick).text
        assert sides in at(shown, tick, 74).text


def test_bars_grow_with_the_root_and_away_from_the_price():
    shown = model(book=book({48: "400", 47: "100"}, {52: "400", 53: "100"}))
    wide = {tick: roles(row) for tick, row in ((tick, at(shown, tick)) for tick in (47, 48, 52, 53))}
    assert len(wide[48]["bar.buy"]) > len(wide[47]["bar.buy"])
    assert at(shown, 48).text.index("0.48") > at(shown, 48).text.index("400")
    assert wide[52]["bar.sell"].startswith("400")


def test_a_size_beyond_the_scale_is_marked_as_too_long():
    shown = model(book=book({48: "5000"}, {52: "10"}))
    scale = SizeScale(Decimal(100), Decimal(100), Decimal(100))
    assert "+ 5,000" in ladder_rows(shown, 54, scale=scale)[12].text


def test_the_scale_of_the_bars_ignores_the_rare_wall():
    sizes = dict.fromkeys(range(48, 8, -1), "100") | {48: "1000000"}
    assert size_scale(model(rows=99, book=book(sizes, {}))).full == 100


def test_where_everything_is_gone_is_pointed_at():
    shown = structs.replace(
        model(rows=10, centre=80),
        orders=(order(Side.BUY, 47, "5"), order(Side.SELL, 95, "5"), order(Side.SELL, 96, "5")),
        position=Position("sim", YES.id, Decimal(1), Decimal("0.40")),
    )
    texts = [row.text for row in ladder_rows(shown, 80)]
    assert "▲ 2 orders" in texts[0]
    assert "▼ ask-24 cur 1ord avg" in texts[-1]
    assert not any("▼" in text or "▲" in text for text in texts[1:-1])


def test_a_pointer_never_covers_a_price_a_size_or_an_own_order():
    shown = model(rows=6, centre=45, orders=(order(Side.BUY, 48, "77"), order(Side.SELL, 60, "5")))
    for width in (30, 40, 54, 80):
        top = ladder_rows(shown, width)[0].text
        assert "0.48" in top
        assert "148" in top
        assert "77▐" in top
        assert "▲" in top


def test_the_price_bar_shows_the_window_and_the_market():
    bar = [row.text[-1] for row in ladder_rows(model(rows=33, centre=50))]
    assert bar.count("◂") == 1
    assert bar[0] == bar[-1] == "│"
    assert 9 <= bar.count("▐") <= 12


def test_an_open_axis_has_no_price_bar_and_long_prices_have_room():
    shown = model(
        instrument=BTC,
        book=book({128_000: "1.5"}, {128_010: "2"}, instrument=BTC),
        view=View(128_012, 20),
        framing="",
    )
    row = at(shown, 128_000)
    assert "64,000.0" in row.text
    assert len(row.text) == 54


def test_prices_that_no_order_can_have_are_blank():
    rows = rows_by_price(structs.replace(model(), view=View(102, 12)))
    assert rows[Decimal("1.00")].text.strip(" │▐◂") == ""
    assert "0.99" in rows[Decimal("0.99")].text


def test_a_grouped_row_sums_and_the_cursor_row_shows_its_exact_price():
    shown = structs.replace(model(cursor_tick=47), view=View(60, 8, group=5))
    row = ladder_rows(shown)[3]
    assert "145" not in row.text
    assert str(145 + 146 + 147 + 148) in row.text
    assert "0.47" in row.text


def test_a_grouped_row_at_the_end_of_the_axis_is_called_by_a_price_that_exists():
    shown = structs.replace(model(), view=View(95, 20, group=5))
    assert row_prices(shown)[-1] == Decimal("0.01")
    assert "0.01" in ladder_rows(shown)[-1].text


def test_stale_prices_are_hatched_dim_and_locked():
    shown = model(status=STALE)
    row = at(shown, 47)
    assert "░0.47░" in row.text
    assert row.layer == "stale"
    assert "bar.buy" not in roles(row)
    assert title_line(shown).text.rstrip().endswith("STALE 4s")
    assert heading_line(shown).text.startswith(" LOCKED no update")


@pytest.mark.parametrize("glyphs", ["unicode", "cjk", "ascii"])
@pytest.mark.parametrize("width", [40, 46, 53, 54, 60, 66, 67, 74])
def test_what_marks_a_stale_price_never_touches_the_digits_of_a_size(glyphs, width):
    shown = model(
        instrument=BTC,
        book=book({128_421: "70.874"}, {128_422: "23.411"}, instrument=BTC),
        status=STALE,
        glyphs=glyphs,
        view=View(128_425, 8),
        cursor_tick=None,
    )
    hatch = GLYPH_SETS[glyphs].hatch
    for row in ladder_rows(shown, width):
        assert hatch in row.text
        assert not re.search(rf"[70]\.\d+{re.escape(hatch)}\d|{re.escape(hatch)}(?:70|23)\.", row.text)


@pytest.mark.parametrize("width", [30, 54, 74])
def test_the_title_says_what_arming_does_not_end(width):
    assert " KILLED " in title_line(model(barred="KILLED"), width).text


@pytest.mark.parametrize("state", list(DataState))
def test_the_word_of_the_data_state_is_always_in_the_title(state):
    for width in (30, 40, 54):
        title = title_line(model(status=DataStatus(state, 2_000_000_000, "why"), armed=True), width)
        assert state.value in title.text


def test_the_title_carries_outcome_tick_and_check():
    assert title_line(model(), 80).text.split()[:3] == ["YES", "Will", "it"]
    text = title_line(model(integrity=Integrity(IntegrityState.UNVERIFIED, "hash", unverified=4)), 80).text
    assert "t0.01" in text
    assert "?hash 4" in text
    assert "✓hash" in title_line(model(integrity=VERIFIED), 54).text


@pytest.mark.parametrize("glyphs", ["unicode", "cjk", "ascii"])
def test_every_glyph_set_draws_a_whole_ladder(glyphs):
    orders = tuple(order(Side.BUY, 40 + n, "7", status) for n, status in enumerate(OrderStatus))
    shown = model(glyphs=glyphs, orders=orders, status=LIVE, traded=((47, Decimal(9)),))
    text = "\n".join(row.text for row in (title_line(shown), heading_line(shown), *ladder_rows(shown)))
    assert {len(line) for line in text.splitlines()} == {54}
    if glyphs == "ascii":
        assert text.isascii()


def test_equal_facts_give_the_same_row_object():
    one, two = ladder_rows(model()), ladder_rows(model(book=plain_book(sequence=2)))
    assert all(a is b for a, b in zip(one, two, strict=True))


# --------------------------------------------------------------------------------------------------- tape


def test_the_tape_has_the_newest_on_top_and_is_exact():
    trades = tuple(
        Trade(YES.id, Decimal("0.46"), Decimal(n), side, str(n), 1_700_000_000_000_000_000 + n, 1)
        for n, side in ((30, Side.BUY), (20, Side.SELL), (10, None))
    )
    rows = tape_rows(TapeModel(YES, trades, own=frozenset({"20"})), 35, 5)
    assert [len(row.text) for row in rows] == [35] * 5
    assert "b▲     30" in rows[0].text
    assert "s▼     20▐" in rows[1].text
    assert rows[0].text.startswith(" 22:13:20 0.46")
    assert not rows[4].text.strip()
    assert {len(row.text) for row in tape_rows(TapeModel(YES, trades), 12, 3)} == {12}


def test_a_tape_of_nothing_is_blank():
    assert {row.text for row in tape_rows(TapeModel(None), 20, 3)} == {" " * 20}
