"""The swing in force: which prices it marks, and when it is none any more."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from bars import candle, walk
from hypothesis import given, settings
from hypothesis import strategies as st
from ladder_samples import BTC, STALE, YES, model
from msgspec import structs

from omega_tui.domain.account import Position
from omega_tui.domain.trade import Trade
from omega_tui.education.cards import BarMemory, PanelView, cards
from omega_tui.education.live_swing import LiveSwing, Reach, SwingMark, swing_in_force
from omega_tui.education.swings import Pivot, PivotKind
from omega_tui.ui.ladder.facts import level_at, level_ticks
from omega_tui.ui.ladder.heading import heading_line
from omega_tui.ui.ladder.rows import ladder_rows, row_prices
from omega_tui.ui.ladder.view import View
from omega_tui.ui.style.glyphs import GLYPH_SETS

D = Decimal
LOW = Pivot(10, D("64150"), PivotKind.LOW, 14, D(20))
HIGH = Pivot(20, D("64300"), PivotKind.HIGH, 24, D(20))
INSIDE = Reach(D("64200"), D("64290"))
SWING = LiveSwing(D("0.40"), D("0.52"), (SwingMark(D("0.52"), "0"), SwingMark(D("0.45"), ".618")))


def swung(*closes):
    """Return what is remembered of bars that rose from 0.40 to 0.52, turned for certain, and went on so."""
    prices = [0.40, 0.41] * 12 + [0.40, *(0.40 + step / 100 for step in range(1, 13)), 0.50, 0.48, *closes]
    memory = BarMemory()
    for at, (before, close) in enumerate(pairwise(prices)):
        before, close = round(before, 2), round(close, 2)  # noqa: PLW2901 - cents
        memory.push(candle(before, max(before, close), min(before, close), close, at=at))
    return memory


def labels(swing):
    return {mark.label: f"{mark.price.normalize():f}" for mark in swing.marks}


def test_a_leg_in_force_marks_its_ends_and_its_retracements_on_ticks():
    swing = swing_in_force((LOW, HIGH), INSIDE, D("0.5"))
    assert labels(swing) == {
        "0": "64300", ".236": "64264.5", ".382": "64242.5", ".5": "64225", ".618": "64207",
        ".786": "64182", "1": "64150",
    }  # fmt: skip
    assert [mark.label for mark in swing.marks] == ["0", ".236", ".382", ".5", ".618", ".786", "1"]


@pytest.mark.parametrize(
    "reach", [INSIDE.over(D("64300.5"), D("64300.5")), INSIDE.over(D("64149.5"), D("64149.5"))]
)
def test_past_either_end_there_is_no_swing_in_force(reach):
    assert swing_in_force((LOW, HIGH), reach, D("0.5")) is None
    assert swing_in_force((replace(HIGH, bar=5), replace(LOW, bar=9)), reach, D("0.5")) is None


def test_the_ends_themselves_are_not_past_and_before_two_pivots_there_is_no_leg():
    assert swing_in_force((LOW, HIGH), Reach(D("64150"), D("64300")), D("0.5")) is not None
    assert swing_in_force((HIGH,), INSIDE, D("0.5")) is None


def test_of_a_short_leg_each_price_is_marked_once():
    ends = replace(LOW, price=D("0.45")), replace(HIGH, price=D("0.48"))
    swing = swing_in_force(ends, Reach(D("0.45"), D("0.48")), D("0.01"))
    assert labels(swing) == {"0": "0.48", ".236": "0.47", ".382": "0.46", "1": "0.45"}


def test_a_pivot_between_the_ticks_of_today_is_marked_outside_of_it():
    ends = replace(LOW, price=D("0.455")), replace(HIGH, price=D("0.615"))
    marks = labels(swing_in_force(ends, Reach(D("0.50"), D("0.60")), D("0.01")))
    assert (marks["1"], marks["0"]) == ("0.45", "0.62")


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_nothing_that_is_marked_was_ever_left_by_the_price(seed):
    """Against the plain definition: no price since the newer pivot lies beyond either end."""
    bars = walk(Random(seed), 300, step=30)
    memory = BarMemory()
    for number, bar in enumerate(bars[:-1]):
        memory.push(bar)
        growing = bars[number + 1]
        swing = memory.swing(growing, D("0.01"))
        if len(memory.pivots) < 2:
            assert swing is None
            continue
        low, high = sorted(pivot.price for pivot in memory.pivots)
        since = [*bars[memory.pivots[-1].bar + 1 : number + 1], growing]
        left = any(one.low < low or one.high > high for one in since)
        assert (swing is None) is left


def test_the_bar_that_still_grows_ends_a_swing_but_begins_none():
    memory = swung()
    still, above = candle(0.48, 0.49, 0.48, 0.49), candle(0.48, 0.53, 0.48, 0.53)
    swing = memory.swing(still, D("0.01"))
    assert (swing.start, swing.end) == (D("0.4"), D("0.52"))
    assert memory.swing(above, D("0.01")) is None


def test_the_card_says_that_the_leg_was_left():
    def said(memory, cursor="0.48"):
        view = PanelView(now_ns=0, instrument=YES, cursor=D(cursor), bars=memory)
        return next((card.lines for card in cards(view) if card.kind == "fibonacci"), ())

    assert "certain for" in said(swung())[0]
    assert len(said(swung())) == 3
    assert said(swung(), "0.46")[1] == "0.5 at 0.46: 0 ticks from the cursor."
    assert said(swung(), "0.45")[1] == "0.5 at 0.46: 1 tick from the cursor."
    (only,) = said(swung(0.39))
    assert only == "Main leg 0.40 to 0.52 was left at 0.40: the next turn ends it."


# ------------------------------------------------------------------------------------------- on the ladder


def texts(shown, width=54):
    rows = zip(row_prices(shown), ladder_rows(shown, width), strict=True)
    return {str(price): row.text for price, row in rows}


def test_marked_prices_have_an_f_behind_them_and_the_heading_explains_it():
    shown = model(levels=(55, 45))
    rows = texts(shown)
    assert [price for price, text in rows.items() if "f" in text] == ["0.55", "0.45"]
    assert "0.55f" in rows["0.55"]
    assert "YES f " in heading_line(shown).text
    assert "YES f?" in heading_line(model(levels=())).text
    assert " f" not in heading_line(model()).text


def test_a_mark_takes_the_place_of_a_dot_and_gives_way_to_what_is_a_fact():
    spread = texts(model(levels=(50,)))["0.50"]
    assert "·0.50f" in spread
    held = model(levels=(45, 46), position=Position("sim", YES.id, D(10), D("0.45")))
    assert "f0.45◂" in texts(held)["0.45"]
    last = Trade(YES.id, D("0.45"), D(5), None, "t", 1, 1)
    both = structs.replace(held, last_trade=last, last_up=True)
    assert "▲0.45◂" in texts(both)["0.45"]
    assert "0.46f" in texts(both)["0.46"]


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
def test_no_other_sign_of_a_ladder_is_the_sign_of_a_level(glyphs):
    chosen = GLYPH_SETS[glyphs]
    others = [name for name in structs.asdict(chosen) if name not in {"name", "level"}]
    assert not [name for name in others if getattr(chosen, name) == chosen.level]


def test_on_doubtful_data_nothing_is_marked():
    assert not [text for text in texts(model(levels=(55, 45), status=STALE)).values() if "f" in text]


def test_a_row_of_many_ticks_is_marked_for_each_level_in_it():
    shown = model(
        instrument=BTC, book=None, view=View(128_600, 20, 10), cursor_tick=128_500, levels=(128_505, 128_508)
    )
    rows = [text for text in texts(shown).values() if "f" in text]
    assert len(rows) == 1
    swing = LiveSwing(D(1), D(2), (SwingMark(D("64252.5"), ".5"), SwingMark(D("64254"), ".618")))
    assert level_at(swing, (128_505, 128_508), shown.view, 128_500) == ".5 .618"
    assert level_at(swing, (128_505, 128_508), shown.view, 128_520) == ""


def test_the_last_print_past_an_end_takes_the_marks_away_at_once():
    assert level_ticks(SWING, YES, D("0.52")) == (52, 45)
    assert level_ticks(SWING, YES, D("0.53")) == level_ticks(SWING, YES, None) == ()
    assert level_ticks(None, YES, D("0.45")) == ()
