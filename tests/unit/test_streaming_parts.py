"""The pieces of the streaming service that need no socket."""

import ssl
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.config.feeds import IntegrityConfig, StreamingConfig
from omega_tui.domain.events.account import FillReported
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.orders import Fill
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.venue_health import certain_skew_ms
from omega_tui.errors import ParsingError
from omega_tui.services.alerts import Alerts
from omega_tui.services.book_store import MAX_BOOKS, MAX_LEVELS, BookStore
from omega_tui.services.event_reader import EventReader, types_of
from omega_tui.services.market_shard import MarketShard, Placement
from omega_tui.services.samples import Samples
from omega_tui.services.streamer_config import policy_of
from omega_tui.venues.socket_ending import Next, ending_of_close, ending_of_error, ending_of_status

D = Decimal
MS = 1_000_000
S = 1_000 * MS


# ---------------------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1000, "", Next.RETRY),
        (1000, "all subscribed assets resolved", Next.FINISHED),
        (1001, "going away", Next.RETRY),
        (None, "", Next.RETRY),
        (1006, "", Next.RETRY),
        (1008, "invalid subscription payload", Next.BROKEN),
        (1008, "invalid credentials", Next.REFUSED),
        (1008, "authentication required", Next.REFUSED),
        (1011, "", Next.RETRY),
        (1012, "", Next.RETRY),
        (1013, "slow consumer: send buffer full", Next.RETRY),
        (4401, "", Next.REFUSED),
        (4000, "whatever", Next.RETRY),
        (3001, "", Next.RETRY),
    ],
)
def test_what_follows_a_close_code(code, reason, expected):
    ending = ending_of_close(code, reason)
    assert ending.next is expected
    assert ending.reason


def test_a_restarting_or_overloaded_venue_is_given_time():
    assert ending_of_close(1012, "").at_least_s > 0
    assert ending_of_close(1013, "").at_least_s >= 1
    assert ending_of_close(1009, "").at_least_s == 60


def test_the_reason_of_a_close_cannot_write_on_the_screen():
    assert "\x1b" not in ending_of_close(1011, "\x1b[31mred").reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, Next.REFUSED),
        (403, Next.REFUSED),
        (302, Next.SLOW),
        (404, Next.RETRY),
        (429, Next.RETRY),
        (503, Next.RETRY),
    ],
)
def test_what_follows_an_http_status(status, expected):
    assert ending_of_status(status).next is expected


def test_a_header_that_comes_twice_ends_an_attempt_like_any_other():
    headers = Headers([("Retry-After", "7"), ("Retry-After", "9")])
    assert ending_of_error(InvalidStatus(Response(503, "x", headers))).at_least_s == 7


def test_retry_after_is_read_as_seconds_and_bounded():
    assert ending_of_status(429, retry_after="7").at_least_s == 7
    assert ending_of_status(429, retry_after="99999").at_least_s == 300
    assert ending_of_status(429, retry_after="999999999").at_least_s == 300
    assert ending_of_status(429, retry_after="soon").at_least_s == 0
    assert ending_of_status(500, retry_after="7").at_least_s == 0


def test_a_certificate_that_does_not_fit_is_not_asked_about_every_second():
    assert ending_of_error(ssl.SSLCertVerificationError("hostname mismatch")).next is Next.SLOW
    assert ending_of_error(ConnectionRefusedError()).next is Next.RETRY
    assert ending_of_error(TimeoutError()).next is Next.RETRY


# ---------------------------------------------------------------------------- samples, alerts, skew


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.floats(0.01, 1.0))
def test_percentiles_are_measurements_with_the_right_share_below(values, share):
    samples = Samples(100)
    for value in values:
        samples.add(value)
    kept = values[-100:]
    [found] = samples.percentiles(share)
    assert found in kept
    assert sum(value <= found for value in kept) >= share * len(kept) - 1e-6
    assert len(samples) == len(kept)


def test_no_measurement_no_percentile():
    assert Samples().percentiles(0.5, 0.99) == (None, None)


def test_the_same_alert_again_is_counted_not_repeated():
    clock, bus = ManualClock(), LocalBus()
    inbox, alerts = bus.subscribe(Alert), Alerts(bus, clock)
    for _ in range(4):
        alerts.tell(Severity.WARNING, "FEED_LOST", "The feed is lost.")
    alerts.tell(Severity.WARNING, "RESYNC", "A book was fetched.", instrument="a")
    alerts.tell(Severity.WARNING, "RESYNC", "A book was fetched.", instrument="b")
    clock.advance(5.1)
    alerts.tell(Severity.WARNING, "FEED_LOST", "The feed is lost.")
    texts = [alert.text for alert in inbox.drain()]
    assert texts == [
        "The feed is lost.",
        "A book was fetched.",
        "A book was fetched.",
        "The feed is lost. (3 more like it before)",
    ]


def test_skew_is_only_what_is_certain():
    now = 1_700_000_000 * S
    assert certain_skew_ms(now, now + 40 * MS, now + 20 * MS) == 0.0
    assert certain_skew_ms(now + 400 * MS, now + 500 * MS, now) == 0.0, "whole seconds may hide 0.4 s"
    assert certain_skew_ms(now, now + 10 * MS, now + 5_123 * MS) == -5_113.0
    assert certain_skew_ms(now + 7 * S, now + 7 * S, now + 500 * MS) == 6_499.0


@given(offset=st.integers(-10_000, 10_000), trip=st.integers(0, 500), at=st.integers(0, 500))
def test_skew_never_exaggerates(offset, trip, at):
    ours = 1_700_000_123_456 * MS
    venue = ours + min(at, trip) * MS - offset * MS
    assert abs(certain_skew_ms(ours, ours + trip * MS, venue)) <= abs(offset)


# ---------------------------------------------------------------------------- placement


def shard(number: int) -> MarketShard:
    return MarketShard(number, protocol=None, pump=None)


def test_both_outcomes_share_a_socket_and_a_place_is_kept_for_the_unknown_one():
    placement, first = Placement(4), shard(1)
    placement.put("yes1", None, first)
    placement.put("yes2", None, first)
    assert placement.choose(None, [first]) is None
    assert placement.choose("yes1", [first]) is first
    placement.put("no1", "yes1", first)
    assert len(first.groups) == 2
    placement.remove("yes1")
    assert len(first.groups) == 2, "the other outcome is still there"
    placement.remove("no1")
    assert placement.choose(None, [first]) is first


# ---------------------------------------------------------------------------- readers


def test_a_fill_concerns_who_reads_its_instrument():
    fill = Fill(trade_id="t", venue_order_id="o", instrument="a", side=Side.BUY, price=D("0.5"), size=D(1))
    mine = EventReader(types_of(None), frozenset({"a"}), limit=10)
    other = EventReader(types_of(None), frozenset({"b"}), limit=10)
    for reader in (mine, other):
        reader.offer(FillReported("sim", fill))
    assert len(mine.drain()) == 1
    assert other.drain() == []


# ---------------------------------------------------------------------------- saved books


def snapshot(instrument: str, levels: int = 2) -> BookSnapshot:
    return BookSnapshot(
        instrument=instrument,
        bids=tuple(PriceLevel(D("0.4") - D(n) / 10_000, D("10.50")) for n in range(levels)),
        asks=tuple(PriceLevel(D("0.6") + D(n) / 10_000, D("3")) for n in range(levels)),
        tick_size=D("0.0001"),
        sequence=7,
        ts_event_ns=123,
        ts_recv_ns=456,
        last_trade_price=D("0.5"),
    )


def test_books_come_back_exactly_but_without_a_receive_time(tmp_path):
    store = BookStore(tmp_path / "state" / "books", venue="sim")
    assert store.load() == []
    assert store.save([snapshot("a"), snapshot("b")], now_ns=1) == 2
    first, second = store.load()
    assert (first.bids, first.asks, first.tick_size) == (snapshot("a").bids, snapshot("a").asks, D("0.0001"))
    assert str(first.bids[0].size) == "10.50"
    assert (first.ts_event_ns, first.ts_recv_ns, first.sequence) == (123, 0, 0)
    assert second.instrument == "b"
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["books"], "no part is left behind"


def test_what_is_saved_is_bounded(tmp_path):
    store = BookStore(tmp_path / "books", venue="sim")
    assert (
        store.save([snapshot("a", MAX_LEVELS + 1), *(snapshot(f"i{n}") for n in range(MAX_BOOKS))], now_ns=1)
        == MAX_BOOKS
    )
    books = store.load()
    assert len(books) == MAX_BOOKS
    assert len(books[0].bids) == MAX_LEVELS


def test_books_of_another_venue_are_not_shown(tmp_path):
    BookStore(tmp_path / "books", venue="sim").save([snapshot("a")], now_ns=1)
    assert BookStore(tmp_path / "books", venue="polymarket").load() == []


@given(st.binary(max_size=200))
def test_nonsense_is_refused_with_one_kind_of_error(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("store") / "books"
    path.write_bytes(body)
    with pytest.raises(ParsingError, match="saved books"):
        BookStore(path, venue="sim").load()


@given(cut=st.integers(0, 10_000), data=st.data())
def test_a_damaged_file_is_refused_or_read_as_plausible_books(tmp_path_factory, cut, data):
    store = BookStore(tmp_path_factory.mktemp("store") / "books", venue="sim")
    store.save([snapshot("a", 5)], now_ns=1)
    body = bytearray(store.path.read_bytes())
    at = cut % len(body)
    body[at] = data.draw(st.integers(0, 255))
    store.path.write_bytes(bytes(body))
    try:
        books = store.load()
    except ParsingError:
        return
    assert all(level.size > 0 for book in books for level in (*book.bids, *book.asks))


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    store = BookStore(tmp_path / "books", venue="sim")
    store.save([snapshot("a")], now_ns=1)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r".+"):
        BookStore(tmp_path / "file" / "books", venue="sim").save([snapshot("b")], now_ns=2)
    assert [book.instrument for book in store.load()] == ["a"]


# ---------------------------------------------------------------------------- settings


def test_the_configuration_sets_the_thresholds_of_the_check():
    policy = policy_of(StreamingConfig(), IntegrityConfig(resync_after_groups=9, crossed_ms=111))
    assert (policy.resync_after_groups, policy.resync_after_ms, policy.crossed_ms) == (9, 250, 111)
    assert policy.opening_ms == 5_000
    assert policy.resyncs_per_s == 0.5
