"""What the venue says in public, read by our own client: every hash fits, both books mirror each other."""

import json
from collections import Counter

from sim_trader import START_NS, Trader, make_venue, text_price

from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.protocol.polymarket.server import MarketSession, SendBooks, opening_books, rest_book
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.units import ONE_PRICE

SECOND = 1_000_000_000


class Reader:
    """Our client of the market channel, joined to a venue without a socket."""

    def __init__(self, venue):
        self.venue = venue
        self.client = MarketProtocol(venue="sim", policy=HashPolicy())
        self.kinds: Counter[str] = Counter()
        self.frames: list[str] = []
        session = MarketSession()
        self.client.subscribe([token for market in venue.markets.values() for token in market.tokens])
        self.client.connection_made(now_ns=venue.now_ns)
        for market in venue.markets.values():
            market.watchers = 1
        for text in self.client.to_send():
            for reaction in session.receive(text):
                if isinstance(reaction, SendBooks):
                    found = [venue.find(asset_id) for asset_id in reaction.asset_ids]
                    books = [market.book_fields(outcome) for market, outcome in found]
                    self.client.receive(opening_books(books), now_ns=venue.now_ns)

    def run(self, seconds, step_ns=20_000_000):
        end_ns = self.venue.now_ns + int(seconds * SECOND)
        while self.venue.now_ns < end_ns:
            self.venue.advance(self.venue.now_ns + step_ns)
            self.read()

    def read(self):
        for emission in self.venue.emissions:
            self.kinds[emission.kind] += 1
            self.frames.append(emission.text)
            self.client.receive(emission.text, now_ns=self.venue.now_ns)
        self.venue.emissions.clear()


def test_our_client_verifies_what_the_venue_says():
    reader = Reader(make_venue(seed=3, rate=60))
    reader.run(60)
    stats = reader.client.stats
    assert stats.opening == (12, 12)
    assert stats.groups_at_once > 3_000
    assert stats.groups_unverified < 0.02 * stats.groups_at_once
    assert stats.top_of_book_disagree == 0
    assert stats.later_total > 50
    assert stats.rebuilt_equal >= 0.93 * stats.rebuilt_total
    assert stats.resyncs_requested == 0
    assert not stats.parse_errors
    assert stats.unknown_events == 0


def test_both_tokens_are_exact_mirrors():
    reader = Reader(make_venue(seed=4))
    reader.run(10)
    for market in reader.venue.markets.values():
        first, second = (json.loads(rest_book(market.book_fields(outcome))) for outcome in (0, 1))
        mirrored = [
            (ONE_PRICE - round(float(level["price"]) * ONE_PRICE), level["size"]) for level in second["asks"]
        ]
        assert [
            (round(float(level["price"]) * ONE_PRICE), level["size"]) for level in first["bids"]
        ] == mirrored
        assert first["hash"] != second["hash"]


def test_a_trade_shows_in_the_books_before_it_is_announced():
    reader = Reader(make_venue(seed=4, rate=1, markets=DEFAULT_MARKETS[:1]))
    trader = Trader(reader.venue)
    market = next(iter(reader.venue.markets.values()))
    _, ask = market.best(0)
    reader.frames.clear()
    trader.place(market.tokens[0], Side.BUY, text_price(ask), "10")
    reader.read()
    kinds = [json.loads(frame)["event_type"] for frame in reader.frames]
    assert kinds[-3:].count("book") == 2 or kinds[-4:].count("book") == 2
    assert "last_trade_price" not in kinds
    reader.frames.clear()
    reader.run(0.2)
    announced = [json.loads(frame) for frame in reader.frames if '"last_trade_price"' in frame]
    assert announced[0]["asset_id"] == market.tokens[0]
    assert announced[0]["price"] == text_price(ask)
    assert announced[0]["size"] == "10"
    assert announced[0]["side"] == "BUY"


def test_keys_come_in_the_order_of_recorded_frames():
    reader = Reader(make_venue(seed=4, rate=100))
    reader.run(10)
    keys = {}
    for frame in reader.frames:
        message = json.loads(frame)
        keys[message["event_type"]] = list(message)
        assert all(isinstance(value, str | list) for value in message.values())
    assert keys["price_change"] == ["market", "price_changes", "timestamp", "event_type"]
    assert keys["book"] == ["market", "asset_id", "bids", "asks", "hash", "timestamp", "event_type"]
    assert keys["last_trade_price"][-2:] == ["event_type", "transaction_hash"]
    assert keys["best_bid_ask"][-1] == "event_type"


def test_the_tick_becomes_finer_near_the_edge_and_is_said_for_both_tokens():
    edge = next(spec for spec in DEFAULT_MARKETS if spec.slug == "kestrel-bridge-opens")
    reader = Reader(make_venue(seed=4, rate=10, markets=(edge,)))
    market = next(iter(reader.venue.markets.values()))
    assert market.tick_text == "0.01"
    while market.tick_text == "0.01":
        assert reader.venue.now_ns < START_NS + 900 * SECOND
        reader.run(5)
    changes = [json.loads(frame) for frame in reader.frames if '"tick_size_change"' in frame]
    assert [change["asset_id"] for change in changes] == list(market.tokens)
    assert {(change["old_tick_size"], change["new_tick_size"]) for change in changes} == {("0.01", "0.001")}
    book = wire.decode_rest_book(rest_book(market.book_fields(0)))
    assert book.tick_size == "0.001"


def test_nobody_listening_costs_no_frames():
    venue = make_venue(seed=4)
    venue.advance(venue.now_ns + 20 * SECOND)
    assert venue.emissions == []
