"""What is noticed on the screen, and that every rule for tips listens to something that is told."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from omega_tui.bus.codec import decode_command, encode_command
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus, Integrity, IntegrityState
from omega_tui.domain.lesson_commands import OfferTip
from omega_tui.domain.notices import Noticed
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.teaching import Finding, FindingSeverity, Tip
from omega_tui.domain.trade import Trade
from omega_tui.education.book_notices import TOLD, BookNotices
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.notices import LEAST_SPREADS, NAMES, POSITION_CODES, RECORD_CODES, Notices, Sight
from omega_tui.education.progress import Progress
from omega_tui.education.signals import BarSignals, Signal
from omega_tui.education.tips import TipEngine
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.learn.tip_watch import BARS_A_LOOK, MOST_WAITING, SHOWN_NS, WAITS_NS, TipWatch

D = Decimal
EDUCATION = Path(__file__).resolve().parents[2] / "omega_tui" / "education"
S = 1_000_000_000
NOW = 1_780_000_000 * S
SWAP = Instrument("swap", "v", "BTC", D("0.1"), base="BTC", quote="USDT", kind=InstrumentKind.LINEAR)
YES = Instrument(
    "yes", "v", "Will it?", D("0.01"), base="YES", quote="pUSD", price_min=D(0), price_max=D(1),
    complement_id="no", resolves_at_ns=NOW + 30 * 60 * S,
)  # fmt: skip


def book(bid="100", ask="100.1", size="5", instrument="swap"):
    bids, asks = ((PriceLevel(D(price), D(size)),) for price in (bid, ask))
    return BookSnapshot(instrument, bids, asks, D("0.1"))


def order(name, status, *, filled="0", post_only=False, at=1):
    request = OrderRequest(
        client_order_id=name, instrument="swap", venue="v", side=Side.BUY, size=D(10), price=D(99),
        post_only=post_only,
    )  # fmt: skip
    return Order(request=request, status=status, filled=D(filled), ts_changed_ns=NOW + at * S)


def finding(code, value="2", instrument="swap"):
    return Finding(code, FindingSeverity.NOTE, instrument, "", D(value), None, "", "", (), "", "c-01-tour")


class Eyes:
    """Looks once a second."""

    def __init__(self):
        self.notices = Notices()
        self.at = 0

    def see(self, **what):
        self.at += 1
        sight = Sight(**({"now_ns": NOW + self.at * S, "instrument": SWAP} | what))
        return {signal.name: dict(signal.values) for signal in self.notices.look(sight)}


def test_what_was_so_at_the_start_is_no_news_and_what_begins_is_told_once():
    eyes = Eyes()
    assert eyes.see(record=[finding("LOSING_STREAK", "3")]) == {}
    assert eyes.see(record=[finding("LOSING_STREAK", "3")]) == {}
    assert eyes.see(record=[finding("LOSING_STREAK", "4")]) == {"record.losing_streak": {"losses": D(4)}}
    assert eyes.see(record=[]) == {}
    assert eyes.see(record=[finding("LOSING_STREAK", "3")]) == {"record.losing_streak": {"losses": D(3)}}


def test_a_distance_that_changes_is_told_when_it_begins():
    eyes = Eyes()
    eyes.see()
    assert eyes.see(positions=[finding("STOP_IN_NOISE", "0.4")]) == {
        "position.stop_in_noise": {"distance": D("0.4")}
    }
    assert eyes.see(positions=[finding("STOP_IN_NOISE", "0.3")]) == {}
    assert eyes.see(positions=[finding("STOP_IN_NOISE", "0.3", "eth")]) != {}


def test_orders_refused_for_taking_and_first_parts():
    eyes = Eyes()
    old = order("old", OrderStatus.REJECTED, post_only=True, at=-5)
    eyes.see(orders=[old])
    refused = order("a", OrderStatus.REJECTED, post_only=True, at=2)
    assert eyes.see(orders=[old, refused]) == {"order.post_only_rejected": {"price": D(99)}}
    part = order("b", OrderStatus.PARTIALLY_FILLED, filled="4", at=3)
    assert eyes.see(orders=[refused, part]) == {"order.partial_fill": {"filled": D(4), "size": D(10)}}
    more = order("b", OrderStatus.PARTIALLY_FILLED, filled="6", at=4)
    assert eyes.see(orders=[refused, more]) == {}


def test_a_wide_spread_is_wide_against_what_is_usual_here():
    eyes = Eyes()
    for _ in range(LEAST_SPREADS):
        assert eyes.see(book=book()) == {}
    wide = book(ask="100.5")
    assert eyes.see(book=wide) == {"order.wide_spread": {"spread": D("0.5"), "usual": D("0.1")}}
    assert eyes.see(book=wide) == {}


def test_the_market_its_mirror_its_end_and_the_feed():
    eyes = Eyes()
    eyes.see(instrument=SWAP)
    found = eyes.see(
        instrument=YES,
        book=book("0.40", "0.45", instrument="yes"),
        mirror=book("0.40", "0.50", instrument="no"),
        stale_s=D(7),
    )
    assert found == {
        "market.parity_gap": {"gap": D("0.05")},
        "market.resolves_soon": {"minutes": D(29)},
        "feed.stale": {"age": D(7)},
        "instrument.new_kind": {"kind": "prediction", "before": "perpetual"},
    }
    assert eyes.see(instrument=YES, mirror=book("0.50", "0.60", instrument="no")) == {}


# --- the book


def prints(*prices, at=NOW + S + 1, side=Side.BUY):
    return [
        Trade("swap", D(price), D(2), side, str(n), 0, at + n * 10_000_000) for n, price in enumerate(prices)
    ]


def test_a_burst_through_the_book_is_noticed_and_the_past_of_the_tape_is_not():
    made = BookNotices(D("0.1"))
    burst = prints("100.1", "100.2", "100.3", at=NOW - S)
    assert made.look(book(), burst, NOW) == []
    assert made.look(book(), burst, NOW + S) == []
    (signal,) = made.look(book(), [*burst, *prints("100.1", "100.2", "100.3")], NOW + 2 * S)
    assert (signal.name, signal.values["price"]) == ("book.sweep", D("100.3"))


def test_much_that_traded_at_a_price_that_stood_is_noticed():
    made = BookNotices(D("0.1"))
    deep = BookSnapshot(
        "swap",
        tuple(PriceLevel(D(1000 - n) / 10, D(50)) for n in range(10)),
        tuple(PriceLevel(D(1001 + n) / 10, D(50)) for n in range(10)),
        D("0.1"),
    )
    found = []
    for second in range(150):
        at = NOW + second * S
        around = f"100.{1 + second % 8}"
        taken = [replace(one, size=D(9)) for one in prints("100.1", at=at)] if second > 120 else []
        found += made.look(deep, [*prints(around, at=at), *taken], at)
    assert {signal.name for signal in found} == {"book.absorption"}


def test_a_level_that_leaves_the_view_is_not_taken_for_gone():
    made = BookNotices(D("0.1"))
    made.look(book("100", "100.1"), [], NOW)
    rows = [PriceLevel(D(price), D(5)) for price in ("100.2", "100.1")]
    made.look(BookSnapshot("swap", tuple(rows), (PriceLevel(D("100.3"), D(5)),), D("0.1")), [], NOW + S)
    assert made._watch.book.size_at(Side.BUY, D(100)) == D(5)
    made.look(BookSnapshot("swap", tuple(rows[:1]), (), D("0.1")), [], NOW + 2 * S)
    assert made._watch.book.size_at(Side.BUY, D("100.1")) == D(5)
    assert made._watch.book.size_at(Side.SELL, D("100.1")) == 0


# --- the rules


def test_every_rule_listens_to_something_that_is_told_and_its_sentence_can_be_made():
    seen = {f"book.{pattern.value.lower()}" for pattern in TOLD} | NAMES
    numbers = dict.fromkeys(
        ["spread", "usual", "price", "filled", "size", "distance", "ratio", "lag", "times", "count", "losses",
         "in_r", "gap", "minutes", "age"], D(20)
    )  # fmt: skip
    values = {
        **numbers,
        "usual": D(2),
        "ratio": D("0.618"),
        "name": "shape",
        "state": "formed",
        "before": "spot",
    }
    for rule in load_catalogue().tip_rules:
        group = rule.signal.partition(".")[0]
        assert rule.signal in seen or group in {"candle", "pattern", "fib", "swing"}, rule.signal
        kinds = ("prediction", "perpetual", "high")
        made = TipEngine([rule], Progress(), lambda _: 0.0)
        offers = (
            made.offer([Signal(rule.signal, values | {"kind": kind})], now_ns=NOW, is_busy=False)
            for kind in kinds
        )
        found = next((one for one in offers if one is not None), None)
        assert found is not None, rule.id
        assert "{{" not in found[0].text


def test_every_finding_that_is_listened_to_is_one_that_is_made():
    text = "".join((EDUCATION / name).read_text(encoding="utf-8") for name in ("coach.py", "mistakes.py"))
    for code in (*POSITION_CODES, *RECORD_CODES):
        assert f'"{code}"' in text


# --- the watch on the screen


def watch_with(bars=()):
    desk = Desk()
    updated = BookUpdated("swap", book(), Integrity(IntegrityState.UNCHECKED), NOW)
    desk.apply([InstrumentUpdated(SWAP), updated], now_ns=NOW)
    return TipWatch(desk), list(bars)


def look(watch, bars, at, **more):
    facts = {"positions": (), "record": ()} | more
    watch.look(SWAP, bars, DataStatus(DataState.LIVE, 0, ""), now_ns=at, **facts)


def test_bars_that_closed_before_are_read_in_pieces_and_without_a_word():
    series = make_series(SeriesSpec("trend", 3, bars=200))
    start = NOW - 200 * 300 * S
    bars = [replace(bar, start_ns=start + n * 300 * S, instrument="swap") for n, bar in enumerate(series)]
    watch, _ = watch_with()
    expected = []
    silent = BarSignals()
    for bar in bars[:150]:
        silent.push(bar)
    for second in range(150 // BARS_A_LOOK + 2):
        look(watch, bars[:151], start + 151 * 300 * S + second * S)
    assert watch.take(start + 151 * 300 * S) == ()
    at = start + 151 * 300 * S
    for n in range(151, 199):
        at = start + (n + 1) * 300 * S
        expected += [signal.name for signal in silent.push(bars[n - 1])]
        look(watch, bars[: n + 1], at)
    told = [one.name for one in watch.take(at)]
    assert told
    assert all(name in expected for name in told)


def test_what_is_noticed_waits_a_minute_and_no_more_than_so_much_of_it():
    watch, bars = watch_with()
    look(watch, bars, NOW)
    for n in range(MOST_WAITING + 5):
        look(watch, bars, NOW + n * S, record=[finding("LOSING_STREAK", str(3 + n))])
    assert len(watch.take(NOW + 30 * S)) == MOST_WAITING
    assert watch.take(NOW + 30 * S) == ()
    look(watch, bars, NOW + 31 * S, record=[finding("LOSING_STREAK", "99")])
    assert watch.take(NOW + 31 * S + WAITS_NS) == ()


def test_nothing_is_looked_at_while_tips_are_off():
    watch, bars = watch_with()
    watch.is_on = False
    look(watch, bars, NOW)
    look(watch, bars, NOW + S, record=[finding("LOSING_STREAK", "9")])
    assert watch.take(NOW + S) == ()


def test_a_tip_is_shown_at_the_next_turn_and_goes_by_itself():
    watch, _ = watch_with()
    tip = Tip("r", "It is so.", "c-01-tour", 0.5)
    watch.coming = tip
    assert watch.has_tip
    assert watch.tip is None
    watch.turn(NOW)
    assert watch.tip is tip
    watch.turn(NOW + SHOWN_NS - 1)
    assert watch.tip is tip
    watch.turn(NOW + SHOWN_NS)
    assert not watch.has_tip


@pytest.mark.parametrize("numbers", [{}, {"price": D("1.50")}])
def test_what_was_noticed_crosses_to_another_process(numbers):
    command = OfferTip((Noticed("fib.level_touch", numbers, {"kind": "x"}, "btc"),))
    assert decode_command(encode_command(command)) == command
