"""The market protocol against frames made here, with the hashes of a book kept here."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.events.market import (
    BestQuoteChanged,
    BookReplaced,
    FeedGap,
    LevelChanged,
    MarketListed,
    MarketResolved,
    TickSizeChanged,
    TradePrinted,
)
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.book_hash import book_hash
from omega_tui.protocol.polymarket.fresh_books import Comparison
from omega_tui.protocol.polymarket.market import MAX_BROKEN_IN_A_ROW, MarketProtocol
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.protocol.polymarket.wire import RestBook, decode_rest_book
from omega_tui.units import NS_PER_MS, NS_PER_S

MARKET = "0x" + "ab" * 32
YES, NO = "7" * 77, "8" * 77
START_NS = 1_790_000_000_000 * NS_PER_MS
POLICY = HashPolicy()


@dataclass
class Venue:
    """One token's book at the venue, and the frames that tell of it."""

    token: str = YES
    bids: dict[str, str] = field(default_factory=lambda: {"0.4": "100", "0.39": "50"})
    asks: dict[str, str] = field(default_factory=lambda: {"0.42": "80", "0.5": "10"})
    ltp: str = "0.410"
    tick: str = "0.01"
    ms: int = START_NS // NS_PER_MS
    min_order_size: str = "5"

    def rows(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        def by_price(row: tuple[str, str]) -> Decimal:
            return Decimal(row[0])

        return sorted(self.bids.items(), key=by_price), sorted(self.asks.items(), key=by_price, reverse=True)

    def hash(self) -> str:
        bids, asks = self.rows()
        return book_hash(
            market=MARKET,
            asset_id=self.token,
            timestamp=str(self.ms),
            bids=bids,
            asks=asks,
            min_order_size=self.min_order_size,
            tick_size=self.tick,
            neg_risk=False,
            last_trade_price=self.ltp,
        )

    def book(self, *, opening: bool = True, **fields: object) -> dict:
        bids, asks = ([{"price": price, "size": size} for price, size in side] for side in self.rows())
        message = {"market": MARKET, "asset_id": self.token, "timestamp": str(self.ms), "hash": self.hash()}
        message |= {"bids": bids, "asks": asks, "event_type": "book"}
        if opening:
            message |= {"tick_size": self.tick, "last_trade_price": self.ltp}
        return message | fields

    def rest(self) -> RestBook:
        message = self.book() | {"min_order_size": self.min_order_size, "neg_risk": False}
        return decode_rest_book(json.dumps(message))

    def set(self, side: str, price: str, size: str, *, after_ms: int = 10) -> None:
        """Change a level at the venue without telling."""
        self.ms += after_ms
        levels = self.bids if side == "BUY" else self.asks
        if size == "0":
            levels.pop(price, None)
        else:
            levels[price] = size

    def entry(self, side: str, price: str, size: str, **fields: object) -> dict:
        bids, asks = self.rows()
        entry = {"asset_id": self.token, "price": price, "size": size, "side": side, "hash": self.hash()}
        entry["best_bid"] = bids[-1][0] if bids else "0"
        entry["best_ask"] = asks[-1][0] if asks else "1"
        return entry | fields

    def change(self, side: str, price: str, size: str, *, after_ms: int = 10) -> str:
        self.set(side, price, size, after_ms=after_ms)
        return self.message([self.entry(side, price, size)])

    def message(self, entries: list[dict], **fields: object) -> str:
        message = {"market": MARKET, "price_changes": entries, "timestamp": str(self.ms)}
        return json.dumps(message | {"event_type": "price_change"} | fields)


def connected(*tokens: str, policy: HashPolicy = POLICY, **options: object) -> MarketProtocol:
    protocol = MarketProtocol(venue="polymarket", policy=policy, **options)
    protocol.subscribe(tokens or (YES,))
    protocol.connection_made(now_ns=START_NS)
    return protocol


def opened(venue: Venue, **options: object) -> MarketProtocol:
    protocol = connected(**options)
    protocol.receive(json.dumps([venue.book()]), now_ns=START_NS)
    protocol.take_changed_books()
    protocol.to_send()
    return protocol


def levels(protocol: MarketProtocol, token: str = YES) -> tuple[dict[str, str], dict[str, str]]:
    book = protocol.book(token)
    book._check()
    return dict(book.levels(Side.BUY)), dict(book.levels(Side.SELL))


def state(protocol: MarketProtocol, token: str = YES) -> IntegrityState:
    return protocol.integrity(token).state


# ---------------------------------------------------------------------- connection and keep-alive


def test_the_first_message_subscribes_and_later_ones_operate():
    protocol = connected(YES, NO)
    first = {"type": "market", "assets_ids": [YES, NO], "custom_feature_enabled": True}
    assert [json.loads(text) for text in protocol.to_send()] == [first]
    protocol.subscribe(["123", YES])
    protocol.unsubscribe([NO, "not there"])
    operations = [json.loads(text) for text in protocol.to_send()]
    assert [(each["operation"], each["assets_ids"]) for each in operations] == [
        ("subscribe", ["123"]),
        ("unsubscribe", [NO]),
    ]
    assert protocol.subscribed == {YES, "123"}


def test_without_tokens_the_first_subscription_is_the_first_message():
    protocol = MarketProtocol(venue="polymarket", policy=POLICY, custom_features=False)
    protocol.connection_made(now_ns=START_NS)
    assert protocol.to_send() == []
    protocol.subscribe([YES])
    assert [json.loads(text) for text in protocol.to_send()] == [{"type": "market", "assets_ids": [YES]}]


@pytest.mark.parametrize("token", ["", "a b", "x" * 129, "\x1b[2J"])
def test_what_is_no_token_id_is_not_subscribed(token):
    with pytest.raises(LocalProtocolError, match="token id"):
        connected(token)


def test_ping_every_ten_seconds_and_the_round_trip_of_its_pong():
    protocol = connected(policy=HashPolicy(opening_ms=60_000))
    protocol.to_send()
    assert protocol.next_timer_ns() == START_NS + 10 * NS_PER_S
    protocol.on_timer(now_ns=START_NS + 10 * NS_PER_S)
    assert protocol.to_send() == ["PING"]
    protocol.receive("PONG", now_ns=START_NS + 10 * NS_PER_S + 140 * NS_PER_MS)
    assert protocol.keepalive_ms == 140
    assert protocol.keepalives_missed == 0
    for seconds in (20, 30, 40):
        protocol.on_timer(now_ns=START_NS + seconds * NS_PER_S)
    assert protocol.keepalives_missed == 2


def test_a_lost_connection_makes_every_book_stale_and_a_new_one_starts_anew():
    venue = Venue()
    protocol = opened(venue)
    gap, picture = protocol.connection_lost("gone", now_ns=START_NS + NS_PER_S)
    assert isinstance(gap, FeedGap)
    assert picture.integrity.state is IntegrityState.STALE
    assert picture.book.best_bid == Decimal("0.4")
    protocol.connection_made(now_ns=START_NS + 2 * NS_PER_S)
    assert state(protocol) is IntegrityState.RESYNCING
    protocol.receive(venue.change("BUY", "0.41", "1"), now_ns=START_NS + 2 * NS_PER_S)
    assert levels(protocol)[0] == {"0.4": "100", "0.39": "50"}
    protocol.receive(json.dumps(venue.book()), now_ns=START_NS + 2 * NS_PER_S)
    assert state(protocol) is IntegrityState.VERIFIED
    assert levels(protocol) == (venue.bids, venue.asks)


def test_a_missing_opening_book_is_asked_for():
    protocol = connected(YES, NO)
    protocol.receive(json.dumps([Venue().book()]), now_ns=START_NS)
    due_ns = START_NS + POLICY.opening_ms * NS_PER_MS
    assert protocol.next_timer_ns() == due_ns
    protocol.on_timer(now_ns=due_ns)
    assert [request.instrument for request in protocol.take_resync_requests()] == [NO]
    protocol.resync_failed(NO, "no orderbook", now_ns=due_ns)
    protocol.mark_stale(NO, "the venue does not know it", now_ns=due_ns)
    assert state(protocol, NO) is IntegrityState.STALE


# ---------------------------------------------------------------------- books and hashes


def test_the_inputs_of_the_hash_are_found_from_the_opening_book():
    for minimum in ("5", "15", "1"):
        venue = Venue(min_order_size=minimum)
        protocol = opened(venue)
        protocol.receive(venue.change("BUY", "0.41", "7"), now_ns=START_NS)
        assert protocol.stats.opening == (1, 1)
        assert protocol.stats.groups_at_once == 1
        assert state(protocol) is IntegrityState.VERIFIED


def test_only_the_entries_of_a_token_change_its_book():
    venue, other = Venue(), Venue(token=NO, bids={"0.58": "80"}, asks={"0.6": "100"})
    protocol = opened(venue)
    venue.set("BUY", "0.41", "7")
    other.ms = venue.ms
    other.set("SELL", "0.59", "7", after_ms=0)
    entries = [venue.entry("BUY", "0.41", "7"), other.entry("SELL", "0.59", "7")]
    protocol.receive(venue.message(entries), now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert protocol.stats.other_entries == 1
    assert protocol.stats.groups_at_once == 1


def test_the_old_wording_is_understood():
    venue = Venue()
    protocol = opened(venue)
    venue.set("SELL", "0.42", "0")
    old = {
        "asset_id": YES,
        "market": MARKET,
        "hash": venue.hash(),
        "timestamp": str(venue.ms),
        "changes": [{"price": "0.42", "side": "SELL", "size": "0"}],
        "event_type": "price_change",
    }
    protocol.receive(json.dumps(old), now_ns=START_NS)
    assert levels(protocol)[1] == {"0.5": "10"}
    assert protocol.stats.groups_at_once == 1


def test_a_group_over_several_messages_is_judged_by_its_last():
    venue = Venue()
    protocol = opened(venue)
    venue.set("BUY", "0.41", "7")
    venue.set("SELL", "0.43", "9", after_ms=0)
    first = venue.message([venue.entry("BUY", "0.41", "7")])
    second = venue.message([venue.entry("SELL", "0.43", "9")])
    protocol.receive(first, now_ns=START_NS)
    assert protocol.stats.groups_unverified == 1
    protocol.receive(second, now_ns=START_NS)
    assert (protocol.stats.groups_unverified, protocol.stats.groups_at_once) == (0, 1)
    assert protocol.integrity(YES).unverified == 0


def test_a_group_that_fails_in_every_message_fails_once():
    venue = Venue()
    protocol = opened(venue)
    venue.ms += 1
    for size in ("7", "8", "9"):
        text = venue.message([venue.entry("BUY", "0.41", size, hash="e" * 40)])
        protocol.receive(text, now_ns=START_NS)
    assert protocol.integrity(YES).unverified == protocol.stats.groups_unverified == 1


def test_two_groups_in_one_message_are_judged_one_by_one():
    venue = Venue()
    protocol = opened(venue)
    venue.set("BUY", "0.41", "7")
    first = venue.entry("BUY", "0.41", "7")
    venue.set("SELL", "0.43", "9", after_ms=0)
    second = venue.entry("SELL", "0.43", "9")
    protocol.receive(venue.message([first, second]), now_ns=START_NS)
    assert (protocol.stats.groups_unverified, protocol.stats.groups_at_once) == (0, 2)


def test_a_trade_of_either_token_is_found_as_the_last_trade_price():
    venue = Venue()
    protocol = opened(venue)
    trade = {"market": MARKET, "asset_id": NO, "price": "0.77", "size": "5", "timestamp": str(venue.ms)}
    protocol.receive(json.dumps(trade | {"event_type": "last_trade_price"}), now_ns=START_NS)
    venue.ltp = "0.770"
    protocol.receive(venue.change("BUY", "0.41", "7"), now_ns=START_NS)
    protocol.receive(venue.change("BUY", "0.41", "8"), now_ns=START_NS)
    assert protocol.stats.groups_after_last_trade_price == protocol.stats.groups_at_once == 1


def test_a_price_nobody_announced_needs_the_grid():
    for grid, verified in ((False, 0), (True, 1)):
        venue = Venue()
        protocol = opened(venue, policy=HashPolicy(price_grid=grid))
        venue.ltp = "0.123"
        protocol.receive(venue.change("BUY", "0.41", "7"), now_ns=START_NS)
        assert protocol.stats.groups_after_last_trade_price == verified


def test_a_later_book_replaces_everything_and_counts_what_differed():
    venue = Venue()
    protocol = opened(venue)
    protocol.receive(json.dumps(venue.book(opening=False)), now_ns=START_NS)
    venue.set("BUY", "0.4", "0")
    protocol.receive(json.dumps(venue.book(opening=False)), now_ns=START_NS)
    assert protocol.stats.rebuilt_equals_later_book == (1, 2)
    assert protocol.stats.later == (2, 2)
    assert levels(protocol) == (venue.bids, venue.asks)


def test_the_tick_size_changes_in_the_book_and_in_the_hash():
    venue = Venue()
    protocol = opened(venue)
    venue.tick = "0.001"
    news = {"market": MARKET, "asset_id": YES, "old_tick_size": "0.01", "new_tick_size": "0.001"}
    news |= {"timestamp": str(venue.ms), "event_type": "tick_size_change"}
    (event,) = protocol.receive(json.dumps(news), now_ns=START_NS)
    assert isinstance(event, TickSizeChanged)
    assert (event.old_tick_size, event.new_tick_size) == (Decimal("0.01"), Decimal("0.001"))
    protocol.receive(venue.change("BUY", "0.411", "7"), now_ns=START_NS)
    assert protocol.stats.groups_at_once == 1
    assert protocol.book(YES).tick_size == Decimal("0.001")


def test_a_repeated_message_changes_nothing():
    venue = Venue()
    protocol = opened(venue)
    old = venue.change("BUY", "0.41", "7")
    protocol.receive(old, now_ns=START_NS)
    protocol.receive(old, now_ns=START_NS)
    protocol.receive(venue.change("BUY", "0.41", "0"), now_ns=START_NS)
    protocol.receive(old, now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert protocol.stats.duplicates == 2
    assert state(protocol) is IntegrityState.VERIFIED


def test_an_older_change_counts_only_where_nothing_newer_came():
    venue = Venue()
    protocol = opened(venue)
    late = venue.change("BUY", "0.38", "7")
    overtaken = venue.change("BUY", "0.37", "1")
    newest = venue.change("BUY", "0.37", "2")
    for text in (newest, overtaken, late):
        protocol.receive(text, now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert protocol.stats.out_of_order == 2


def test_a_level_that_goes_and_comes_back_within_a_millisecond_is_there():
    venue = Venue()
    protocol = opened(venue)
    venue.ms += 1
    there, gone = venue.entry("BUY", "0.4", "100"), venue.entry("BUY", "0.4", "0")
    for entry in (there, gone, there):
        protocol.receive(venue.message([entry]), now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)


# ---------------------------------------------------------------------- policy


def lose(
    venue: Venue, protocol: MarketProtocol, *, groups: int, apart_ms: int, start_ns: int = START_NS
) -> list:
    """Let the venue change a level without telling, then tell of `groups` others."""
    venue.set("SELL", "0.5", "16620")
    requests = []
    for number in range(groups):
        text = venue.change("BUY", "0.3", f"{number + 1}")
        now_ns = start_ns + number * apart_ms * NS_PER_MS
        protocol.receive(text, now_ns=now_ns)
        requests += [(number, request) for request in protocol.take_resync_requests()]
    return requests


@pytest.mark.parametrize(
    ("groups", "apart_ms", "asked_at"),
    [(2, 500, None), (3, 100, None), (3, 125, 2), (3, 124, None), (6, 50, 5), (4, 1_000, 2)],
)
def test_a_fresh_book_is_asked_for_after_three_groups_and_a_quarter_second(groups, apart_ms, asked_at):
    venue = Venue()
    protocol = opened(venue)
    protocol.receive(venue.change("BUY", "0.3", "9"), now_ns=START_NS)
    requests = lose(venue, protocol, groups=groups, apart_ms=apart_ms)
    assert [number for number, _ in requests] == ([] if asked_at is None else [asked_at])
    assert (state(protocol) is IntegrityState.RESYNCING) == (asked_at is not None)


def test_time_alone_completes_the_policy():
    venue = Venue()
    protocol = opened(venue)
    protocol.receive(venue.change("BUY", "0.3", "9"), now_ns=START_NS)
    assert lose(venue, protocol, groups=3, apart_ms=1) == []
    due_ns = START_NS + POLICY.resync_after_ms * NS_PER_MS
    assert protocol.next_timer_ns() == due_ns
    protocol.on_timer(now_ns=due_ns)
    assert [request.instrument for request in protocol.take_resync_requests()] == [YES]


def test_a_quiet_book_whose_first_group_fails_is_asked_for_too():
    venue = Venue()
    protocol = opened(venue)
    assert lose(venue, protocol, groups=1, apart_ms=1) == []
    due_ns = START_NS + POLICY.first_group_ms * NS_PER_MS
    assert protocol.next_timer_ns() == due_ns
    protocol.on_timer(now_ns=due_ns)
    assert [request.instrument for request in protocol.take_resync_requests()] == [YES]


def test_one_good_hash_ends_the_doubt():
    venue = Venue()
    protocol = opened(venue)
    protocol.receive(venue.change("BUY", "0.3", "9"), now_ns=START_NS)
    lose(venue, protocol, groups=2, apart_ms=1)
    assert protocol.integrity(YES).unverified == 2
    protocol.receive(venue.change("SELL", "0.5", "16620"), now_ns=START_NS)
    assert protocol.integrity(YES).unverified == 0
    assert state(protocol) is IntegrityState.VERIFIED
    assert protocol.next_timer_ns() > START_NS + NS_PER_S


def test_a_fresh_book_that_could_not_be_had_is_asked_for_again():
    venue = Venue()
    protocol = opened(venue)
    lose(venue, protocol, groups=4, apart_ms=200)
    now_ns = START_NS + NS_PER_S
    protocol.resync_failed(YES, "timed out", now_ns=now_ns)
    assert state(protocol) is IntegrityState.UNVERIFIED
    requests = lose(venue, protocol, groups=4, apart_ms=1_000, start_ns=now_ns + NS_PER_S)
    assert len(requests) == 1


def test_resyncs_are_rationed():
    policy = HashPolicy(resync_burst=2, resyncs_per_s=0.001)
    venues = [Venue(token=f"{number}") for number in range(1, 6)]
    protocol = connected(*(venue.token for venue in venues), policy=policy)
    protocol.receive(json.dumps([venue.book() for venue in venues]), now_ns=START_NS)
    asked = 0
    for venue in venues:
        protocol.receive(venue.change("BUY", "0.3", "9"), now_ns=START_NS)
        asked += len(lose(venue, protocol, groups=4, apart_ms=100))
    assert asked == 2
    late_ns = START_NS + 5 * NS_PER_S
    assert protocol.next_timer_ns() > START_NS
    protocol.on_timer(now_ns=late_ns)
    assert protocol.take_resync_requests() == []
    assert protocol.next_timer_ns() > late_ns
    assert protocol.integrity("5").beyond_policy


def test_when_most_hashes_fail_the_check_becomes_advisory():
    policy = HashPolicy(advisory_min_groups=20)
    venue = Venue()
    protocol = opened(venue, policy=policy)
    protocol.receive(venue.change("BUY", "0.3", "9"), now_ns=START_NS)
    lose(venue, protocol, groups=40, apart_ms=1)
    assert protocol.integrity(YES).advisory
    now_ns = START_NS + NS_PER_S
    protocol.receive(venue.change("BUY", "0.3", "99"), now_ns=now_ns)
    assert protocol.take_resync_requests() == []
    assert state(protocol) is IntegrityState.UNVERIFIED


def test_a_snapshot_that_fails_from_the_start_is_replaced_once_in_spite_of_doubt():
    policy = HashPolicy(advisory_min_groups=1)
    venue = Venue()
    protocol = connected(policy=policy)
    protocol.receive(json.dumps(venue.book(hash="0" * 40)), now_ns=START_NS)
    assert len(lose(venue, protocol, groups=4, apart_ms=100)) == 1
    assert protocol.integrity(YES).advisory
    rest = venue.rest()
    rest.hash = "1" * 40
    now_ns = START_NS + NS_PER_S
    protocol.apply_rest_book(YES, rest, now_ns=now_ns)
    protocol.on_timer(now_ns=now_ns + POLICY.rest_join_ms * NS_PER_MS)
    venue.set("SELL", "0.6", "1")
    assert lose(venue, protocol, groups=4, apart_ms=100, start_ns=now_ns + 3 * NS_PER_S) == []
    assert protocol.integrity(YES).unverified == 5


def test_a_crossed_book_is_asked_for_in_the_end():
    venue = Venue()
    protocol = opened(venue)
    protocol.receive(venue.change("BUY", "0.45", "9"), now_ns=START_NS)
    assert protocol.take_resync_requests() == []
    protocol.on_timer(now_ns=START_NS + POLICY.crossed_ms * NS_PER_MS)
    (request,) = protocol.take_resync_requests()
    assert "crossed" in request.reason


def test_a_touch_that_stays_other_than_stated_is_asked_for():
    venue = Venue()
    protocol = opened(venue)
    for number in range(4):
        venue.set("BUY", "0.3", f"{number + 1}")
        text = venue.message([venue.entry("BUY", "0.3", f"{number + 1}", best_bid="0.39")])
        protocol.receive(text, now_ns=START_NS + number * 100 * NS_PER_MS)
    (request,) = protocol.take_resync_requests()
    assert "best bid" in request.reason
    assert protocol.stats.top_of_book_disagree == 4


# ---------------------------------------------------------------------- REST


def test_a_rest_book_takes_over_where_its_hash_was_seen():
    venue = Venue()
    protocol = opened(venue)
    lose(venue, protocol, groups=4, apart_ms=100)
    rest = venue.rest()
    later = venue.change("BUY", "0.31", "5")
    protocol.receive(later, now_ns=START_NS)
    protocol.apply_rest_book(YES, rest, now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert state(protocol) is IntegrityState.VERIFIED
    protocol.receive(venue.change("BUY", "0.32", "6"), now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert state(protocol) is IntegrityState.VERIFIED


def test_a_rest_book_ahead_of_the_stream_waits_for_its_hash():
    venue = Venue()
    protocol = opened(venue)
    lose(venue, protocol, groups=4, apart_ms=100)
    texts = [venue.change("BUY", "0.31", "5"), venue.change("BUY", "0.32", "6")]
    rest = venue.rest()
    texts.append(venue.change("BUY", "0.33", "7"))
    protocol.apply_rest_book(YES, rest, now_ns=START_NS)
    assert state(protocol) is IntegrityState.RESYNCING
    protocol.receive(texts[0], now_ns=START_NS)
    assert protocol.stats.rest_books == 0
    protocol.receive(texts[1], now_ns=START_NS)
    assert protocol.stats.rest_books == 1
    protocol.receive(texts[2], now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert state(protocol) is IntegrityState.VERIFIED


def test_a_rest_book_whose_hash_never_comes_takes_over_by_time():
    venue = Venue()
    protocol = opened(venue)
    lose(venue, protocol, groups=4, apart_ms=100)
    venue.set("BUY", "0.2", "1")
    rest = venue.rest()
    protocol.apply_rest_book(YES, rest, now_ns=START_NS)
    protocol.receive(venue.change("BUY", "0.31", "5"), now_ns=START_NS)
    due_ns = START_NS + POLICY.rest_join_ms * NS_PER_MS
    assert protocol.next_timer_ns() == due_ns
    protocol.on_timer(now_ns=due_ns)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert state(protocol) is IntegrityState.VERIFIED


def test_no_change_is_forgotten_while_a_rest_book_waits():
    venue = Venue()
    protocol = opened(venue)
    venue.set("BUY", "0.2", "1")
    protocol.apply_rest_book(YES, venue.rest(), now_ns=START_NS)
    for number in range(1, 300):
        protocol.receive(venue.change("BUY", f"0.1{number:03d}", "1", after_ms=1), now_ns=START_NS)
    protocol.on_timer(now_ns=START_NS + POLICY.rest_join_ms * NS_PER_MS)
    assert protocol.stats.rest_books == 1
    assert levels(protocol) == (venue.bids, venue.asks)


def test_a_rest_book_before_the_opening_one_is_shown_and_joined():
    venue = Venue()
    protocol = connected()
    rest = venue.rest()
    protocol.apply_rest_book(YES, rest, now_ns=START_NS)
    (picture,) = protocol.take_changed_books()
    assert picture.book.best_bid == Decimal("0.4")
    assert picture.integrity.state is IntegrityState.RESYNCING
    protocol.receive(venue.change("BUY", "0.41", "5"), now_ns=START_NS)
    protocol.on_timer(now_ns=START_NS + POLICY.rest_join_ms * NS_PER_MS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert state(protocol) is IntegrityState.VERIFIED


def test_while_a_first_rest_book_waits_older_changes_do_not_touch_the_picture():
    venue = Venue()
    protocol = connected()
    old = venue.change("BUY", "0.41", "5")
    newer = venue.change("BUY", "0.41", "0")
    protocol.apply_rest_book(YES, venue.rest(), now_ns=START_NS)
    protocol.receive(old, now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    protocol.receive(newer, now_ns=START_NS)
    assert state(protocol) is IntegrityState.VERIFIED
    assert levels(protocol) == (venue.bids, venue.asks)


def test_a_book_of_the_stream_makes_a_waiting_rest_book_void():
    venue = Venue()
    protocol = connected()
    stale = venue.rest()
    venue.set("BUY", "0.41", "5")
    protocol.apply_rest_book(YES, stale, now_ns=START_NS)
    protocol.receive(json.dumps(venue.book()), now_ns=START_NS)
    protocol.on_timer(now_ns=START_NS + POLICY.rest_join_ms * NS_PER_MS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert protocol.stats.rest_books == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["0.3", "0.31", "0.32"]), st.sampled_from(["0", "1", "2"])), max_size=12
    ),
    st.data(),
)
def test_wherever_rest_and_stream_meet_the_book_is_the_venues(steps, data):
    venue = Venue()
    protocol = opened(venue)
    venue.set("SELL", "0.5", "16620")
    asked_at = data.draw(st.integers(0, len(steps)))
    answered_at = data.draw(st.integers(0, len(steps)))
    rest, texts = venue.rest(), []
    for number, (price, size) in enumerate(steps):
        texts.append(venue.change("BUY", price, size))
        if number + 1 == asked_at:
            rest = venue.rest()
    for number, text in enumerate(texts):
        if number == answered_at:
            protocol.apply_rest_book(YES, rest, now_ns=START_NS)
        protocol.receive(text, now_ns=START_NS)
    if answered_at == len(texts):
        protocol.apply_rest_book(YES, rest, now_ns=START_NS)
    protocol.on_timer(now_ns=START_NS + POLICY.rest_join_ms * NS_PER_MS)
    assert levels(protocol) == (venue.bids, venue.asks)
    if texts:
        assert state(protocol) is IntegrityState.VERIFIED


def test_a_quiet_book_is_verified_by_rest_or_replaced_when_it_differs_twice():
    venue = Venue()
    protocol = opened(venue)
    now_ns = START_NS + 40 * NS_PER_S
    assert protocol.compare_rest_book(YES, venue.rest(), now_ns=now_ns) is Comparison.EQUAL
    assert protocol.integrity(YES).verified_ns == now_ns
    venue.set("BUY", "0.41", "5")
    assert protocol.compare_rest_book(YES, venue.rest(), now_ns=now_ns) is Comparison.DIFFERS
    assert protocol.compare_rest_book(YES, venue.rest(), now_ns=now_ns) is Comparison.ADOPTED
    protocol.on_timer(now_ns=now_ns + POLICY.rest_join_ms * NS_PER_MS)
    assert levels(protocol) == (venue.bids, venue.asks)


def test_a_rest_book_that_is_nonsense_is_refused():
    venue = Venue()
    protocol = opened(venue)
    broken = decode_rest_book(json.dumps(venue.book() | {"bids": [{"price": "nan", "size": "1"}]}))
    broken.hash = venue.hash()
    with pytest.raises(RemoteProtocolError, match="malformed"):
        protocol.apply_rest_book(YES, broken, now_ns=START_NS)
    other = Venue(token=NO).rest()
    with pytest.raises(RemoteProtocolError, match="another token"):
        protocol.apply_rest_book(YES, other, now_ns=START_NS)
    assert protocol.apply_rest_book("555", other, now_ns=START_NS) == []


def test_a_saved_book_is_stale_until_a_fresh_one_comes():
    venue = Venue()
    saved = opened(venue).book(YES).snapshot()
    protocol = MarketProtocol(venue="polymarket", policy=POLICY)
    protocol.subscribe([YES])
    protocol.restore_book(saved, now_ns=START_NS)
    protocol.connection_made(now_ns=START_NS)
    (picture,) = protocol.take_changed_books()
    assert picture.integrity.state is IntegrityState.STALE
    assert picture.book.bids == saved.bids
    protocol.receive(json.dumps(venue.book()), now_ns=START_NS)
    assert state(protocol) is IntegrityState.VERIFIED


# ---------------------------------------------------------------------- events


def trade(**fields: object) -> str:
    message = {"market": MARKET, "asset_id": YES, "price": "0.42", "size": "5", "side": "BUY"}
    message |= {"timestamp": "1790000000123", "transaction_hash": "0xaa", "event_type": "last_trade_price"}
    return json.dumps(message | fields)


def test_a_print_is_told_once():
    protocol = opened(Venue())
    (event,) = protocol.receive(trade(), now_ns=START_NS)
    assert isinstance(event, TradePrinted)
    assert (event.trade.price, event.trade.size, event.trade.aggressor) == (Decimal("0.42"), 5, Side.BUY)
    assert event.trade.ts_event_ns == 1790000000123 * NS_PER_MS
    assert protocol.receive(trade(), now_ns=START_NS) == []
    assert len(protocol.receive(trade(size="6"), now_ns=START_NS)) == 1
    assert protocol.receive(trade(asset_id=NO), now_ns=START_NS) == []
    assert protocol.book(YES).last_trade_price == Decimal("0.42")


def test_prints_without_a_transaction_are_all_told():
    protocol = opened(Venue())
    assert [len(protocol.receive(trade(transaction_hash=""), now_ns=START_NS)) for _ in range(2)] == [1, 1]


def test_a_resolved_market_is_told_for_each_of_its_tokens():
    protocol = opened(Venue())
    message = {"market": MARKET, "assets_ids": json.dumps([YES, NO]), "winning_asset_id": NO}
    message |= {"winning_outcome": "No\x1b[2J", "timestamp": "1", "event_type": "market_resolved"}
    (event,) = protocol.receive(json.dumps(message), now_ns=START_NS)
    assert isinstance(event, MarketResolved)
    assert (event.instrument, event.winning_instrument) == (YES, NO)
    assert "\x1b" not in event.winning_outcome
    assert len(protocol.receive(json.dumps(message | {"assets_ids": None}), now_ns=START_NS)) == 1


def test_raw_events_come_only_when_wanted():
    quote = {"market": MARKET, "asset_id": YES, "best_bid": "0.4", "best_ask": "1", "timestamp": "5"}
    listed = {
        "condition_id": MARKET,
        "question": "Will [red]it?",
        "clob_token_ids": f'["{YES}"]',
        "timestamp": 5,
    }
    for wanted in (False, True):
        venue = Venue()
        protocol = connected(publish_raw=wanted)
        frames = [
            json.dumps(venue.book()),
            venue.change("BUY", "0.41", "7"),
            json.dumps(quote | {"event_type": "best_bid_ask"}),
            json.dumps(listed | {"event_type": "new_market"}),
        ]
        events = [event for frame in frames for event in protocol.receive(frame, now_ns=START_NS)]
        raw = [BookReplaced, LevelChanged, BestQuoteChanged] if wanted else []
        assert [type(event) for event in events] == [*raw, MarketListed], "what is listed is always told"
    level = events[1]
    assert (level.side, level.price, level.size, level.best_bid) == (
        Side.BUY,
        Decimal("0.41"),
        7,
        Decimal("0.41"),
    )
    assert events[2].best_ask is None
    assert events[3].instruments == (YES,)


# ---------------------------------------------------------------------- nonsense


@pytest.mark.parametrize(
    "text", ["PONG", "[]", "NO NEW ASSETS", "INVALID OPERATION", "", "hello", b"PONG", "\ufeff{}"]
)
def test_control_text_is_counted_and_survived(text):
    protocol = opened(Venue())
    assert protocol.receive(text, now_ns=START_NS) == []
    assert state(protocol) is IntegrityState.VERIFIED


def test_unknown_events_and_fields_are_survived():
    venue = Venue()
    protocol = opened(venue)
    protocol.receive('{"event_type":"comet","x":[1,{"y":null}]}', now_ns=START_NS)
    protocol.receive('{"no":"type"}', now_ns=START_NS)
    assert protocol.stats.unknown_events == 2
    venue.set("BUY", "0.41", "7")
    text = venue.message([venue.entry("BUY", "0.41", "7", novelty=1)], extra={"deep": []})
    protocol.receive(text, now_ns=START_NS)
    assert protocol.stats.groups_at_once == 1


def test_a_frame_above_the_limit_ends_the_connection(monkeypatch):
    monkeypatch.setattr(wire, "FRAME_CHARS", 100)
    monkeypatch.setattr(wire, "FRAME_CHARS_PER_TOKEN", 0)
    with pytest.raises(RemoteProtocolError, match="allowed"):
        connected().receive("[" + " " * 100 + "]", now_ns=START_NS)


def test_a_batch_survives_its_broken_members():
    venue = Venue()
    protocol = opened(venue)
    good = venue.change("BUY", "0.41", "7")
    protocol.receive(f'[7,{{"event_type":"comet"}},{{"event_type":"book"}},{good}]', now_ns=START_NS)
    assert levels(protocol) == (venue.bids, venue.asks)
    assert protocol.stats.parse_errors == {"object": 1, "book": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "NaN"},
        {"price": "1"},
        {"price": "0"},
        {"price": "1.0001"},
        {"price": "-0.4"},
        {"price": 0.4},
        {"price": None},
        {"price": "1E+999999"},
        {"size": "-5"},
        {"size": "Infinity"},
        {"size": "1,000"},
        {"side": "HOLD"},
        {"side": None},
    ],
)
def test_a_malformed_change_costs_its_token_a_resync_and_nothing_else(fields):
    venue = Venue()
    protocol = opened(venue)
    venue.set("BUY", "0.41", "7")
    protocol.receive(venue.message([venue.entry("BUY", "0.41", "7") | fields]), now_ns=START_NS)
    assert [request.instrument for request in protocol.take_resync_requests()] == [YES]
    assert protocol.stats.parse_errors == {"price_change": 1}
    protocol.apply_rest_book(YES, venue.rest(), now_ns=START_NS)
    protocol.on_timer(now_ns=START_NS + POLICY.rest_join_ms * NS_PER_MS)
    assert levels(protocol) == (venue.bids, venue.asks)


@pytest.mark.parametrize(
    "fields",
    [
        {"bids": [{"price": "0.4"}]},
        {"bids": [{"price": "0.4", "size": "x"}]},
        {"asks": [{"price": f"0.{number}", "size": "1"} for number in range(10_000, 15_001)]},
        {"tick_size": "0"},
        {"market": "\x1b[2J"},
        {"timestamp": "yesterday"},
        {"timestamp": "1" * 40},
        {"bids": {}},
    ],
)
def test_a_malformed_book_is_not_shown_as_one(fields):
    venue = Venue()
    protocol = opened(venue)
    protocol.receive(json.dumps(venue.book(**fields)), now_ns=START_NS)
    assert [request.instrument for request in protocol.take_resync_requests()] == [YES]
    assert state(protocol) is IntegrityState.RESYNCING


def test_empty_and_missing_sides_are_an_empty_book():
    venue = Venue(bids={}, asks={})
    protocol = connected()
    protocol.receive(json.dumps(venue.book(bids=None)), now_ns=START_NS)
    assert protocol.stats.opening == (1, 1)
    protocol.receive(venue.change("BUY", "0.4", "1"), now_ns=START_NS)
    protocol.receive(venue.change("BUY", "0.4", "0"), now_ns=START_NS)
    assert protocol.stats.top_of_book_agree == 2
    assert levels(protocol) == ({}, {})


@pytest.mark.parametrize("hashed", ["", None, "x", "A" * 40, "0" * 40])
def test_a_hash_that_is_none_is_a_failed_check(hashed):
    venue = Venue()
    protocol = opened(venue)
    venue.set("BUY", "0.41", "7")
    protocol.receive(venue.message([venue.entry("BUY", "0.41", "7", hash=hashed)]), now_ns=START_NS)
    assert state(protocol) is IntegrityState.UNVERIFIED
    assert levels(protocol) == (venue.bids, venue.asks)


def test_broken_frames_are_survived_until_there_are_too_many_in_a_row():
    venue = Venue()
    protocol = opened(venue)
    broken = ['{"event_type":"book",', "[" * 100_000, '{"a":1}{"b":2}', b'{"a":"\xff"}']
    for number in range(3 * MAX_BROKEN_IN_A_ROW):
        protocol.receive(broken[number % len(broken)], now_ns=START_NS)
        if number % 5 == 4:
            protocol.receive(venue.change("BUY", "0.41", f"{number}"), now_ns=START_NS)
    protocol.receive(venue.change("BUY", "0.41", "1"), now_ns=START_NS)
    for _ in range(MAX_BROKEN_IN_A_ROW - 1):
        protocol.receive("{", now_ns=START_NS)
    with pytest.raises(RemoteProtocolError, match="in a row"):
        protocol.receive("{", now_ns=START_NS)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_frames_never_crash_it(data):
    venue = Venue()
    protocol = opened(venue, publish_raw=True)
    frames = [json.dumps([venue.book()]), venue.change("BUY", "0.41", "7"), trade()]
    text = data.draw(st.sampled_from(frames))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    inserted = data.draw(
        st.one_of(st.text(max_size=6), st.sampled_from(["null", '""', "[]", "{}", "1e999", "-"]))
    )
    protocol.receive(text[:start] + inserted + text[end:], now_ns=START_NS)
    protocol.on_timer(now_ns=START_NS + 60 * NS_PER_S)
    protocol.take_changed_books()
    protocol.book(YES)._check()
    protocol.receive(json.dumps(venue.book()), now_ns=START_NS + 61 * NS_PER_S)
    assert levels(protocol) == (venue.bids, venue.asks)


def test_a_recording_may_subscribe_by_itself():
    protocol = MarketProtocol(venue="polymarket", policy=POLICY, adopt_unknown_tokens=True)
    protocol.receive(json.dumps([Venue().book()]), now_ns=START_NS)
    assert protocol.subscribed == {YES}
    strict = connected(NO)
    strict.receive(json.dumps([Venue().book()]), now_ns=START_NS)
    assert strict.subscribed == {NO}
