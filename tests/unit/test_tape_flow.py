"""What the prints add up to, and what the line above the tape says of it."""

from decimal import Decimal

import pytest

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.ui.desk.tape_flow import WINDOWS_S, Flow, RecentFlow, Window
from omega_tui.ui.panes.tape_rows import TapeModel, flow_line, has_flow_line, tape_heading, tape_rows
from omega_tui.ui.style.glyphs import GLYPH_SETS

D = Decimal
S = 1_000_000_000
YES = Instrument(
    "1001", "sim", "Will it?", D("0.01"), base="YES", quote="pUSD", price_min=D(0), price_max=D(1)
)


def prints():
    sides = ((Side.BUY, "0.50", 30), (Side.SELL, "0.48", 10), (None, "0.49", 5))
    return [
        Trade("1001", D(price), D(size), side, f"t{number}", (100 + number) * S, 0)
        for number, (side, price, size) in enumerate(sides)
    ]


def flow():
    seen = Flow()
    for trade in prints():
        seen = seen.plus(trade)
    return seen


def test_buyers_less_sellers_and_the_average_by_volume():
    seen = flow()
    assert seen.delta == 20, "who crossed is not known of the third"
    assert seen.volume == 45
    assert seen.average == (D(15) + D("4.8") + D("2.45")) / 45
    assert seen.since_ns == 100 * S
    assert Flow().average is None


def test_the_line_above_the_tape_says_as_much_as_fits():
    model = TapeModel(YES, tuple(prints()), flow=flow(), least=D(10))
    wide = tape_heading(model, 35).text
    assert wide.rstrip() == " TAPE from 10 cvd +20.00 vwap 0.494"
    for width in (6, 14, 21, 28, 34):
        text = tape_heading(model, width).text
        assert len(text) == width
        assert wide.startswith(text.rstrip()), "nothing is cut in the middle"
    assert tape_heading(TapeModel(YES), 28).text.strip() == "TAPE"


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
def test_a_print_of_ours_has_a_mark_that_is_no_part_of_its_bar(glyphs):
    model = TapeModel(YES, tuple(prints()), own=frozenset({"t0"}), glyphs=glyphs)
    ours, theirs, _ = tape_rows(model, 30, 3)
    drawn = GLYPH_SETS[glyphs]
    assert drawn.own_print not in {drawn.block, *drawn.eighths}
    assert [piece.text for piece in ours.pieces if piece.role == "mark"] == [drawn.own_print]
    assert not [piece for piece in theirs.pieces if piece.role == "mark"]


# ------------------------------------------------------------------------------------------- of late


def at(second, side, size):
    return Trade("1001", D("0.5"), D(size), side, f"t{second}", 0, second * S + 7)


def recent(*trades):
    seen = RecentFlow()
    for trade in trades:
        seen.add(trade)
    return seen


def test_each_window_goes_back_as_far_as_it_says():
    seen = recent(at(101, Side.BUY, 5), at(341, Side.SELL, 3), at(400, Side.BUY, 10), at(400, None, 7))
    assert seen.windows(400 * S) == (Window(60, D(7)), Window(300, D(12)))
    assert seen.windows(401 * S) == (Window(60, D(10)), Window(300, D(7))), "out of both by a second"
    assert seen.windows(900 * S) == (Window(60, D(0)), Window(300, D(0)))


def test_a_window_that_was_not_seen_as_a_whole_says_how_much_of_it_was():
    seen = recent(at(100, Side.BUY, 5))
    assert recent().windows(100 * S) == ()
    assert seen.windows(100 * S) == (Window(1, D(5)),)
    assert seen.windows(141 * S) == (Window(42, D(5)),)
    assert seen.windows(281 * S) == (Window(60, D(0)), Window(182, D(5)))
    assert seen.windows(281 * S) is seen.windows(281 * S + 1)


def test_a_print_counts_at_once_though_the_windows_were_looked_at_in_the_same_second():
    seen = recent(at(100, Side.BUY, 5))
    assert seen.windows(100 * S) == (Window(1, D(5)),)
    seen.add(at(100, Side.SELL, 2))
    assert seen.windows(100 * S) == (Window(1, D(3)),)


def test_many_prints_of_one_second_push_none_of_earlier_ones_out():
    seen = recent(at(100, Side.BUY, 5), *(at(101, Side.SELL, 1) for _ in range(2 * WINDOWS_S[-1])))
    assert seen.windows(101 * S) == (Window(2, D(5 - 2 * WINDOWS_S[-1])),)


def test_it_keeps_no_more_than_the_longest_window_and_late_ones_count_for_their_time():
    seen = recent(*(at(second, Side.BUY, 1) for second in range(1, 2_000)), at(1_500, Side.BUY, 1))
    assert seen.windows(1_999 * S)[1] == Window(300, D(301))
    assert len(seen._buckets) <= WINDOWS_S[-1] + 1


def test_a_wide_tape_ends_in_the_flow_of_late_and_says_its_times_to_the_millisecond():
    windows = (Window(60, D("-31")), Window(182, D(0)))
    trade = Trade("1001", D("0.5"), D(10), Side.BUY, "t1", 100 * S + 204_000_000, 0)
    model = TapeModel(YES, (trade,), flow=flow(), recent=windows)
    assert flow_line(model, 36).text.rstrip() == " cvd 1m -31.00 3m 0 vwap 0.494"
    assert flow_line(TapeModel(YES), 36).text.strip() == ""
    assert flow_line(TapeModel(YES, stale=True), 36).layer == "stale"
    assert flow_line(TapeModel(YES, flow=flow(), recent=(Window(42, D(5)),)), 36).text.startswith(
        " cvd 42s +5"
    )
    short = TapeModel(YES, flow=flow(), recent=(Window(60, D(5)), Window(69, D(5))))
    assert flow_line(short, 36).text.startswith(" cvd 1m +5.00 69s +5.00")
    assert tape_rows(model, 36, 1)[0].text.startswith(" 00:01:40.204 0.50 b")
    assert tape_rows(model, 35, 1)[0].text.startswith(" 00:01:40 0.50 b")
    assert tape_heading(model, 36).text.rstrip() == " TAPE cvd +20.00 since 00:01:40"
    assert (has_flow_line(36, 11), has_flow_line(36, 10), has_flow_line(35, 40)) == (True, False, False)
