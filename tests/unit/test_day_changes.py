"""What markets cost a day ago: which question is asked when, and what an answer or a refusal means."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ladder_samples import YES

from omega_tui.domain.candle import Candle, CandleHistory
from omega_tui.errors import NoHandler, VenueError
from omega_tui.ui.desk.day_changes import AGAIN_NS, ASKED, KNOWN, NEVER_NS, RETRY_NS, Change, DayChanges
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.watch_list import MOST, WatchList
from omega_tui.ui.panes.market_pane import market_rows
from omega_tui.units import NS_PER_DAY

D = Decimal
HOUR_NS = 3_600_000_000_000
NOW = 500_000 * HOUR_NS + HOUR_NS // 2
NO = replace(YES, id="no")


def history(*hours):
    """Candles that opened so many hours ago, with their open and close."""
    return CandleHistory(
        tuple(
            Candle(
                "x", 3_600, NOW - NOW % HOUR_NS - ago * HOUR_NS, D(first), D(first), D(first), D(last), D(1)
            )
            for ago, first, last in hours
        )
    )


def seen(*marks):
    changes = DayChanges()
    changes.look(marks)
    return changes


def asked(changes, now_ns=NOW, may_ask=lambda _: True):
    question = changes.question((YES, NO), may_ask, now_ns=now_ns)
    return None if question is None else question.instrument


def test_until_a_venue_answers_the_first_mark_of_the_session_counts():
    changes = seen((YES.id, D("0.40")), (NO.id, None))
    changes.look([(YES.id, D("0.50"))])
    assert changes.of(YES.id, D("0.50")) == Change(D("0.10"), D("0.25"), is_day=False)
    assert changes.of(YES.id, None) is None
    assert changes.of(NO.id, D("0.50")) is None, "never seen"
    assert seen(("zero", D(0))).of("zero", D(1)) == Change(D(1), None, is_day=False)


@pytest.mark.parametrize(
    ("hours", "day_ago"),
    [
        (((25, "0.30", "0.31"), (24, "0.32", "0.33"), (0, "0.5", "0.5")), "0.32"),
        (((26, "0.30", "0.31"), (0, "0.5", "0.5")), "0.31"),
        (((23, "0.30", "0.31"), (0, "0.5", "0.5")), None),
        ((), None),
    ],
)
def test_a_day_ago_is_the_hour_of_then_or_the_last_price_before_it(hours, day_ago):
    changes = seen((YES.id, D("0.40")))
    assert asked(changes) == YES.id
    changes.answered(history(*hours), now_ns=NOW)
    change = changes.of(YES.id, D("0.50"))
    assert change == Change(
        D("0.50") - D(day_ago or "0.40"),
        (D("0.50") - D(day_ago or "0.40")) / D(day_ago or "0.40"),
        is_day=day_ago is not None,
    )
    assert NOW - 24 * HOUR_NS - HOUR_NS // 2 <= NOW - NS_PER_DAY


def test_one_question_at_a_time_and_each_again_when_it_is_due():
    changes = seen((YES.id, D("0.40")), (NO.id, D("0.60")))
    assert asked(changes, may_ask=lambda _: False) is None
    assert asked(changes) == YES.id
    assert asked(changes) is None, "one is on its way"
    changes.answered(history(), now_ns=NOW)
    assert asked(changes) == NO.id
    changes.refused(VenueError("slow", code="TIMEOUT"), now_ns=NOW)
    assert asked(changes) is None
    assert asked(changes, NOW + RETRY_NS) == NO.id
    changes.refused(NoHandler("none"), now_ns=NOW + RETRY_NS)
    assert asked(changes, NOW + AGAIN_NS) == YES.id
    changes.refused(VenueError("none", code="NOT_SUPPORTED"), now_ns=NOW + AGAIN_NS)
    assert asked(changes, NOW + NEVER_NS) is None
    assert asked(changes, NOW + RETRY_NS + NEVER_NS) == NO.id
    assert ASKED * HOUR_NS > NS_PER_DAY + HOUR_NS


def test_no_more_markets_are_remembered_than_are_known():
    changes = seen(*((f"m{number}", D(1)) for number in range(KNOWN + 1)))
    assert changes.of("m0", D(1)) is None
    assert changes.of("m1", D(1)) is not None


def test_a_watch_list_has_room_for_so_many():
    watch = WatchList()
    assert all(watch.add(replace(YES, id=f"m{number}"), "one") for number in range(MOST))
    assert not watch.add(replace(YES, id="another"), "one")
    assert watch.add(replace(YES, id="m1"), "renamed")
    assert (len(watch), watch.drop("another")) == (MOST, False)


@pytest.mark.parametrize("width", [25, 55, 90])
def test_the_column_of_changes_gives_way_before_a_price_does(width):
    lines = market_rows([YES], Desk(), width=width, rows=1, selected=None, changes=DayChanges())
    text = "".join(piece.text for piece in lines[0])
    assert len(text) == width
