"""The market protocol over recorded frames: what an independent verifier found in them, we find as well."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from omega_tui.domain.events.market import BookReplaced, LevelChanged, TradePrinted
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.protocol.polymarket.resync import ResyncRequest
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.units import NS_PER_MS

LOST_LEVEL = "45415751658241142530386585138386640503488308219341470020075667342738719018629"
FRAME_APART_NS = 10 * NS_PER_MS
"""Between frames of a recording that has no times."""


@dataclass
class Replay:
    protocol: MarketProtocol
    resyncs: list[tuple[int, ResyncRequest]]
    events: list
    start_ns: int


def frames_of(path: Path) -> Iterator[tuple[int, str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = content.decode()
    if ".txt" in path.name:
        for number, frame in enumerate(text.split(";;")):
            yield 1_779_223_883_000_000_000 + number * FRAME_APART_NS, frame
        return
    for line in text.splitlines():
        stamp, *_, frame = line.split("\t")
        yield int(stamp), frame


def replay(path: Path, *, publish_raw: bool = False) -> Replay:
    """Play a recording, with every timer on its time."""
    protocol = MarketProtocol(
        venue="polymarket", policy=HashPolicy(), publish_raw=publish_raw, adopt_unknown_tokens=True
    )
    result = Replay(protocol, [], [], 0)
    for now_ns, text in frames_of(path):
        result.start_ns = result.start_ns or now_ns
        due_ns = protocol.next_timer_ns()
        while due_ns is not None and due_ns <= now_ns:
            result.events += protocol.on_timer(now_ns=due_ns)
            result.resyncs += [(due_ns, request) for request in protocol.take_resync_requests()]
            before, due_ns = due_ns, protocol.next_timer_ns()
            assert due_ns is None or due_ns > before, "a timer that does not move on"
        result.events += protocol.receive(text, now_ns=now_ns)
        result.resyncs += [(now_ns, request) for request in protocol.take_resync_requests()]
    for token in protocol.subscribed:
        protocol.book(token)._check()
    return result


@pytest.fixture
def polymarket(captures: Path) -> Path:
    return captures / "polymarket"


def test_eight_minutes_verify_as_an_independent_verifier_found(polymarket):
    done = replay(polymarket / "first_8_minutes.feedlog.gz")
    stats = done.protocol.stats
    assert stats.frames == 9_997
    assert stats.events == {"price_change": 9_750, "book": 150, "last_trade_price": 109}
    assert stats.opening == (13, 13)
    assert stats.later == (137, 137)
    verified = stats.groups_at_once + stats.groups_after_last_trade_price
    assert verified >= 8_929
    assert stats.groups_unverified <= 161
    assert verified + stats.groups_unverified == 9_090
    equal, total = stats.rebuilt_equals_later_book
    assert equal >= 132
    assert total == 137
    assert (stats.top_of_book_agree, stats.top_of_book_disagree) == (9_713, 37)
    assert stats.other_entries == 9_750
    assert not stats.parse_errors
    assert {request.instrument for _, request in done.resyncs} == {LOST_LEVEL}
    assert len(done.resyncs) == stats.resyncs_requested == 1
    assert sum(isinstance(event, TradePrinted) for event in done.events) == 109
    states = {done.protocol.integrity(token).state for token in done.protocol.subscribed}
    assert states <= {IntegrityState.VERIFIED, IntegrityState.UNVERIFIED}


def test_the_lost_level_is_asked_for_as_soon_as_the_policy_lets_it(polymarket):
    path = polymarket / "excerpt_lost_level_at_subscribe.tsv"
    done = replay(path)
    stats = done.protocol.stats
    (when_ns, request), *others = done.resyncs
    assert not others
    assert request.instrument == LOST_LEVEL
    # The opening frame, then one group per frame: the third failing one is the fourth frame.
    stamps = [now_ns for now_ns, _ in frames_of(path)]
    policy = HashPolicy()
    third_group_ns = stamps[policy.resync_after_groups]
    assert when_ns == max(third_group_ns, stamps[1] + policy.resync_after_ms * NS_PER_MS)
    assert (stats.groups_unverified, stats.groups_at_once) == (51, 18)
    assert (stats.top_of_book_agree, stats.top_of_book_disagree) == (69, 0)
    assert stats.later == (1, 1)
    assert stats.rebuilt_equals_later_book == (0, 1)
    assert done.protocol.integrity(LOST_LEVEL).state is IntegrityState.VERIFIED


def test_a_fill_that_is_reflected_before_it_is_announced_asks_for_nothing(polymarket):
    done = replay(polymarket / "excerpt_trade_reflected_before_announced.tsv")
    stats = done.protocol.stats
    assert done.resyncs == []
    assert stats.groups_unverified == 2
    assert stats.top_of_book_disagree == 3
    assert stats.later == (1, 1)


def test_the_public_replay_verifies_completely(polymarket):
    done = replay(polymarket / "marfusios_public_replay.txt.gz")
    stats = done.protocol.stats
    assert stats.opening == (24, 24)
    assert stats.groups_at_once == 210
    assert stats.groups_after_last_trade_price == stats.groups_unverified == 0
    assert (stats.top_of_book_agree, stats.top_of_book_disagree) == (218, 0)
    assert stats.events["best_bid_ask"] == 10
    assert stats.unknown_events == 120
    assert done.resyncs == []


def test_a_book_rebuilt_from_raw_events_is_the_book(polymarket):
    done = replay(polymarket / "excerpt_first_60s.tsv.gz", publish_raw=True)
    books = {}
    for event in done.events:
        if isinstance(event, BookReplaced):
            books[event.instrument] = {Side.BUY: dict(event.bids), Side.SELL: dict(event.asks)}
        elif isinstance(event, LevelChanged):
            levels = books[event.instrument][event.side]
            if event.size:
                levels[event.price] = event.size
            else:
                levels.pop(event.price, None)
    assert len(books) == 13
    for token, sides in books.items():
        snapshot = done.protocol.book(token).snapshot()
        assert sides == {Side.BUY: dict(snapshot.bids), Side.SELL: dict(snapshot.asks)}


def test_pictures_come_for_what_changed_and_only_once(polymarket):
    protocol = replay(polymarket / "excerpt_first_60s.tsv.gz").protocol
    protocol.depth = 5
    pictures = protocol.take_changed_books()
    assert {picture.instrument for picture in pictures} == protocol.subscribed
    assert all(len(picture.book.bids) <= 5 for picture in pictures)
    assert protocol.take_changed_books() == []
