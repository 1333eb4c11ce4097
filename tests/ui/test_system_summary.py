"""How the engine is, in a few lines: what each says, what is loud, and what gives way."""

from dataclasses import replace

import pytest
from cockpit import console
from fake_backend import NOON, FakeBackend, connection, opening, order

from omega_tui.domain.events.account import ArmChanged, DeadManChanged, OrderChanged, TradingMode
from omega_tui.domain.events.status import (
    OPEN_ORDERS,
    OPEN_ORDERS_LIMIT,
    ORDERS_A_MINUTE,
    ORDERS_A_MINUTE_LIMIT,
    Alert,
    MetricsSampled,
    ServiceState,
    ServiceStateChanged,
    Severity,
    VenueChanged,
    VenuePhase,
)
from omega_tui.domain.integrity import ConnectionState, StreamName
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.venue_health import DeadMan, DeadManState
from omega_tui.text import cell_width
from omega_tui.ui.desk.ack_times import KEPT, LONGEST_NS, AckTimes
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.panes.system_pane import service_rows, stream_rows, venue_rows
from omega_tui.ui.panes.system_summary import system_lines
from omega_tui.ui.text.state_words import state_word

MS = 1_000_000


def desk_with(*events):
    backend = FakeBackend()
    opening(backend)
    desk = Desk()
    desk.apply((*backend.drain(), *events), now_ns=NOON)
    return desk


def sampled(service, **values):
    return MetricsSampled(service, tuple(values.items()))


def lines_of(desk, width=90, lag_ms=2):
    lines = system_lines(desk, "sim", ui_lag_ms=lag_ms, is_late=lag_ms > 250, width=width, rows=5)
    assert len(lines) == 5
    assert all(sum(cell_width(piece.text) for piece in line) == width for line in lines)
    return ["".join(piece.text for piece in line).strip() for line in lines]


def roles_of(desk, lag_ms=2):
    lines = system_lines(desk, "sim", ui_lag_ms=lag_ms, is_late=lag_ms > 250, width=90, rows=5)
    return {piece.text: piece.role for line in lines for piece in line}


def answered(took_ms, *, number=1, before=OrderStatus.SUBMITTED, status=OrderStatus.ACCEPTED):
    sent = order(number, before, 45)
    return sent, replace(sent, status=status, ts_changed_ns=sent.ts_intent_ns + took_ms * MS)


def test_every_line_says_what_was_told():
    sent, taken = answered(41)
    desk = desk_with(
        sampled(
            "exchange/sim",
            **{ORDERS_A_MINUTE: 3.0, ORDERS_A_MINUTE_LIMIT: 120.0, OPEN_ORDERS: 6.0, OPEN_ORDERS_LIMIT: 50.0},
            rate_used=0.1,
            latency_ms=6.3,
            clock_skew_ms=4.0,
            slowest_key_to_wire_ms=21.6,
        ),
        sampled(
            "streaming/sim", lag_p50_ms=3.6, lag_p99_ms=20.5, resyncs_total=0.0, hash_verified_total=1810.0
        ),
        sampled("recorder", recording=1.0, frames_total=9412.0),
        sampled("bus", server_ms=0.42),
        OrderChanged(sent),
        OrderChanged(taken),
    )
    assert lines_of(desk) == [
        "streams 2/2 · services 3/3 · redis 0.4 ms · screen 2 ms",
        "orders 3/120 a minute · open 6/50 · requests 10%",
        "order to answer p50 41 p99 41 ms of 1 · to the wire 22 ms at most · venue asked 6 ms",
        "market data p50 4 p99 20 ms · resyncs 0 · books checked 1,810",
        "recorded on 9,412 frames",
    ]
    assert lines_of(desk, width=50)[2] == "order to answer p50 41 p99 41 ms of 1", "never cut in a number"


def test_what_is_wrong_is_loud():
    desk = desk_with(
        connection(state=ConnectionState.DOWN),
        ServiceStateChanged("journal", ServiceState.FAILED),
        sampled("exchange/sim", rate_used=0.9, requests_waiting=4.0),
        sampled("streaming/sim", lag_ms=4.0, reconnects_total=2.0),
    )
    roles = roles_of(desk, lag_ms=260)
    assert (roles["1/2"], roles["2/3"]) == ("alarm", "alarm")
    assert {roles[text] for text in ("260 ms", "90%", "4 wait", "2")} == {"warn"}
    assert "not recorded: --record FILE at the start" in lines_of(desk)


@pytest.mark.parametrize(
    ("before", "status", "counts"),
    [
        (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, True),
        (OrderStatus.INTENT, OrderStatus.FILLED, True),
        (OrderStatus.SUBMITTED, OrderStatus.REJECTED, True),
        (OrderStatus.ACCEPTED, OrderStatus.FILLED, False),
        (OrderStatus.UNKNOWN, OrderStatus.ACCEPTED, False),
        (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, False),
    ],
)
def test_only_the_first_answer_to_an_order_is_timed(before, status, counts):
    acks = AckTimes()
    acks.take(*answered(41, before=before, status=status))
    assert len(acks) == int(counts)


def test_times_of_many_orders_and_no_more_than_are_kept():
    acks = AckTimes()
    assert acks.shares(50) == []
    acks.take(None, answered(41)[1])
    acks.take(*answered(LONGEST_NS // MS))
    assert len(acks) == 0, "found out later, and not answered"
    for took_ms in range(1, KEPT + 101):
        acks.take(*answered(took_ms))
    assert len(acks) == KEPT
    assert acks.shares(50, 99, 100) == [200.0, 298.0, 300.0]


def test_of_a_feed_that_is_down_no_lag_is_told_as_if_it_were_of_now():
    desk = desk_with(connection(state=ConnectionState.DOWN, reason="refused", lag_ms=4.0))
    line = next(line for line in lines_of(desk) if line.startswith("market data"))
    assert line.startswith("market data DOWN")
    assert " ms" not in line
    assert roles_of(desk)["DOWN"] == "alarm"
    (row,) = [text for text in rows_of(stream_rows(desk, NOON, 100)) if "sim/book" in text.lower()]
    assert "4ms" not in row


def test_what_is_minutes_late_stays_within_its_column():
    desk = desk_with(connection(lag_ms=190_837.4, keepalive_ms=7_079.2, clock_skew_ms=-12_345.0))
    (row,) = [text for text in rows_of(stream_rows(desk, NOON, 100)) if "sim/book" in text.lower()]
    assert row.split()[3:6] == ["3m", "7.0s", "-12s"]


def test_of_a_feed_that_answers_nothing_no_lag_is_told_as_if_it_were_of_now():
    desk = desk_with(connection(keepalives_missed=2, lag_ms=4.0))
    line = next(line for line in lines_of(desk) if line.startswith("market data"))
    assert line.startswith("market data 2 keep-alives unanswered")
    assert " ms" not in line
    roles = roles_of(desk)
    assert roles["2 keep-alives unanswered"] == "warn"
    assert (roles["2/2"], roles[" 1 silent"]) == ("warn", "warn"), "connected, and not well"
    assert lines_of(desk)[0].startswith("streams 2/2 1 silent · services")


def rows_of(lines):
    return ["".join(piece.text for piece in line) for line in lines]


async def test_a_large_terminal_has_the_log_below_the_strip_and_the_engine_beside_the_ladder():
    async with console(size="large") as cockpit:
        session = cockpit.app.session
        session.desk.note(NOON, Severity.WARNING, "the newest")
        session.desk.note(NOON, Severity.INFO, "newer still")
        cockpit.backend.publish(Alert(NOON, Severity.INFO, "X", "the newest of all"))
        await cockpit.frame(0.3)
        strip = cockpit.lines("#strip")
        expected = (" the newest of all", " newer still", "! the newest")
        assert all(line.endswith(end) for line, end in zip(strip[2:], expected, strict=True)), strip
        assert cockpit.lines("#system")[0].strip().startswith("streams 2/2")
        assert not cockpit.app.screen.query_one("#log-pane").display
        for columns, rows in ((200, 40), (120, 60)):
            await cockpit.pilot.resize_terminal(columns, rows)
            await cockpit.frame(0.3)
            assert len(cockpit.lines("#strip")) == 2
            assert cockpit.app.screen.query_one("#strip").size.height == 2
            assert "the newest of all" in "\n".join(cockpit.lines("#log"))
            assert not cockpit.app.screen.query_one("#system-pane").display


@pytest.mark.parametrize(
    ("state", "said"),
    [(ConnectionState.CONNECTING, "connecting"), (ConnectionState.SYNCING, "syncing")],
)
def test_a_state_has_one_word_wherever_it_is_shown(state, said):
    """Streams, services and venues once had the names that the program has for them."""
    desk = desk_with(
        connection(state=state),
        connection(StreamName.ACCOUNT, state=state),
        ServiceStateChanged("journal", ServiceState.INITIALIZING),
        VenueChanged("sim", "polymarket", "", VenuePhase.OPENING),
        ArmChanged("sim", TradingMode.HALTED, "the kill switch was thrown"),
        DeadManChanged(DeadMan("sim", DeadManState.LOST, 30.0, reason="no answer")),
    )
    assert f"market data {said}" in "\n".join(lines_of(desk))
    shown = "\n".join(
        rows_of([*venue_rows(desk, NOON, 120), *stream_rows(desk, NOON, 120), *service_rows(desk, 120)])
    )
    assert shown.count(f" {said} ") == 2
    for word in (" starting ", " running ", " opening ", " KILLED ", "dead-man switch LOST: no answer"):
        assert word in shown, word
    assert not {state.value for kind in (ConnectionState, ServiceState, VenuePhase) for state in kind} & {
        *shown.split()
    }


@pytest.mark.parametrize("kind", [ConnectionState, ServiceState, VenuePhase, TradingMode, DeadManState])
def test_every_state_has_a_word_that_fits_its_column(kind):
    words = [state_word(state) for state in kind]
    assert len(set(words)) == len(words)
    assert all(0 < cell_width(word) <= 10 for word in words)
