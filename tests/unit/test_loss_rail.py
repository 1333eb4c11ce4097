"""The rail of the day's loss: what it says of two samples, and that narrow terminals do without it."""

from decimal import Decimal

import pytest
from ladder_samples import YES
from msgspec.structs import replace

from omega_tui.domain.events.status import DAY_LIMIT, DAY_RESULT
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.ui.desk.order_facts import Flags
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.panes.header_facts import HeaderFacts
from omega_tui.ui.panes.loss_rail import loss_rail
from omega_tui.ui.panes.money_line import money_and_size
from omega_tui.ui.text.money import Totals


def text(line):
    return "".join(piece.text for piece in line)


@pytest.mark.parametrize(
    ("result", "words", "role"),
    [
        (12.0, "loss stop 100 ░░░░░░░░░░ 0%", "dim"),
        (-0.6, "loss stop 100 ▐░░░░░░░░░ 1%", "dim"),
        (-55.0, "loss stop 100 ▐▐▐▐▐▐░░░░ 55%", "warn"),
        (-80.0, "loss stop 100 ▐▐▐▐▐▐▐▐░░ 80%", "loud"),
        (-180.0, "loss stop 100 ▐▐▐▐▐▐▐▐▐▐ 100%", "loud"),
    ],
)
def test_the_share_of_the_limit_that_is_lost(result, words, role):
    line = loss_rail({DAY_RESULT: result, DAY_LIMIT: 100.0})
    assert text(line) == words
    assert line[-1].role == role


def test_nothing_is_said_while_the_gate_has_not():
    assert loss_rail({}) == ()
    assert loss_rail({DAY_LIMIT: 100.0}) == ()


def facts_with(**changes):
    facts = HeaderFacts(
        venue="sim",
        is_live=False,
        instrument=YES,
        status=DataStatus(DataState.LIVE, 0),
        integrity=None,
        book=None,
        account=None,
        arm=None,
        replay=None,
        now_ns=0,
        ui_lag_ms=0,
        is_screen_late=False,
        position=None,
        unrealized=None,
        day=Totals(),
        cash="10,000.00 pUSD",
        sizing=Sizing.of((YES.min_size or YES.lot_size,)),
        flags=Flags(),
    )
    return replace(facts, **changes)


@pytest.mark.parametrize(
    ("width", "result", "is_shown"), [(80, -12.0, False), (80, -6_000.0, True), (160, -12.0, True)]
)
def test_the_risk_line_has_it_where_there_is_room_and_much_of_it_before_the_rest(width, result, is_shown):
    facts = facts_with(loss_rail=loss_rail({DAY_RESULT: result, DAY_LIMIT: 10_000.0}))
    line = text(money_and_size(facts, width))
    assert len(line) == width
    assert ("loss stop 10,000" in line) is is_shown


def test_a_finding_that_does_not_fit_is_what_stands_before_its_colon():
    text_of_it = "No stop works: what this position can lose is not limited by an order."
    assert text_of_it in text(money_and_size(facts_with(critical=text_of_it), 160))
    short = text(money_and_size(facts_with(critical=text_of_it), 90))
    assert " No stop works " in short
    assert "…" not in short


def test_profit_in_a_market_that_was_not_read_yet_is_told_as_that():
    day = Totals((("pUSD", Decimal("1.5")), ("?", Decimal("0.2")), ("BTC", Decimal("0.001"))))
    line = text(money_and_size(facts_with(day=day), 160))
    assert "day +1.50  and +0.20 in markets not read yet  and +0.001000 BTC" in line
