"""Each family's numbers: what follows, what is old, what is missing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.protocol.book_families import FAMILIES, Precision, family_of
from omega_tui.protocol.book_sequence import Outcome, SequenceCheck, Step, alternating_crc

APPLIED, IGNORED, GAP = Outcome.APPLIED, Outcome.IGNORED, Outcome.GAP


def bitget(number, previous, *, snapshot=False, checksum=None, bids=()):
    row = {"seq": number, "pseq": previous, "bids": list(bids), "asks": [], "ts": "1"}
    if checksum is not None:
        row["checksum"] = checksum
    return {"action": "snapshot" if snapshot else "update", "arg": {"instId": "BTCUSDT"}, "data": [row]}


def okx(number, previous, *, snapshot=False):
    row = {"seqId": number, "prevSeqId": previous, "checksum": 0, "bids": [], "asks": []}
    return {"action": "snapshot" if snapshot else "update", "arg": {"instId": "BTC-USDT"}, "data": [row]}


def bybit(number, _previous, *, snapshot=False):
    return {"type": "snapshot" if snapshot else "delta", "data": {"u": number, "s": "BTCUSDT"}}


def cryptocom(number, previous, *, snapshot=False):
    return {"channel": "book" if snapshot else "book.update", "data": [{"u": number, "pu": previous}]}


def deribit(number, previous, *, snapshot=False):
    data = {"change_id": number, "prev_change_id": previous, "type": "snapshot" if snapshot else "change"}
    return {"params": {"data": data}}


def krakenfutures(number, _previous, *, snapshot=False):
    return {"feed": "book_snapshot" if snapshot else "book", "seq": number}


def binance(number, previous, **_):
    return {"e": "depthUpdate", "U": previous + 1, "u": number}


def binance_futures(number, previous, **_):
    return {"e": "depthUpdate", "U": previous - 5, "u": number, "pu": previous}


def gate(number, previous, **_):
    return {"result": {"U": previous + 1, "u": number}}


def gate_whole(number, previous, *, snapshot=False):
    return {"result": {"U": previous + 1, "u": number, "full": snapshot}}


def htx_spot(number, previous, **_):
    return {"tick": {"seqNum": number, "prevSeqNum": previous}}


def htx_contract(number, _previous, *, snapshot=False):
    return {"tick": {"version": number, "event": "snapshot" if snapshot else "update"}}


def kucoin(number, previous, **_):
    return {"data": {"sequenceStart": previous + 1, "sequenceEnd": number}}


def kucoin_futures(number, _previous, **_):
    return {"data": {"sequence": number, "change": "1,buy,2"}}


def mexc(number, previous, **_):
    return {"publicAggreDepths": {"fromVersion": str(previous + 1), "toVersion": str(number)}}


def blofin(number, previous, *, snapshot=False):
    row = {"seqId": str(number), "prevSeqId": str(previous), "asks": [], "bids": []}
    return {"action": "snapshot" if snapshot else "update", "arg": {"channel": "books"}, "data": row}


def backpack(number, previous, **_):
    return {"stream": "depth.ETH_USDC", "data": {"U": previous + 1, "u": number, "s": "ETH_USDC"}}


STREAMS = {
    "bitget": bitget,
    "okx": okx,
    "bybit": bybit,
    "cryptocom": cryptocom,
    "deribit": deribit,
    "krakenfutures": krakenfutures,
    "binance": binance,
    "binanceusdm": binance_futures,
    "gate": gate,
    "gateio": gate_whole,
    "htx": htx_spot,
    "huobi": htx_contract,
    "kucoin": kucoin,
    "kucoinfutures": kucoin_futures,
    "mexc": mexc,
    "blofin": blofin,
    "backpack": backpack,
}


@pytest.mark.parametrize(("exchange", "message"), STREAMS.items())
def test_numbers_that_follow_are_applied_old_ones_ignored_and_missing_ones_are_a_gap(exchange, message):
    check = family_of(exchange).make(Precision())
    assert check.judge(message(10, 9, snapshot=True)).outcome is APPLIED
    assert check.judge(message(11, 10)).outcome is APPLIED
    assert check.judge(message(11, 10)).outcome is IGNORED, "a duplicate"
    assert check.judge(message(12, 11)).outcome is APPLIED
    verdict = check.judge(message(14, 13))
    assert verdict.outcome is GAP
    assert "12" in verdict.reason
    assert "13" in verdict.reason


@pytest.mark.parametrize(
    "exchange", ["bitget", "okx", "bybit", "cryptocom", "deribit", "krakenfutures", "blofin"]
)
def test_nothing_is_applied_between_a_gap_and_the_next_snapshot(exchange):
    check, message = family_of(exchange).make(Precision()), STREAMS[exchange]
    assert check.judge(message(5, 4)).outcome is IGNORED, "no snapshot yet"
    check.judge(message(10, 9, snapshot=True))
    assert check.judge(message(13, 12)).outcome is GAP
    assert check.judge(message(14, 13)).outcome is IGNORED, "a gap is reported once"
    again = check.judge(message(20, 19, snapshot=True))
    assert (again.outcome, again.is_snapshot) == (APPLIED, True)
    assert check.judge(message(21, 20)).outcome is APPLIED


def test_two_messages_in_the_wrong_order_are_a_gap():
    check = family_of("bitget").make(Precision())
    check.judge(bitget(1, 0, snapshot=True))
    assert check.judge(bitget(3, 2)).outcome is GAP
    assert check.judge(bitget(2, 1)).outcome is IGNORED


@pytest.mark.parametrize("drop", [1, 500, 5_000])
def test_numbers_that_fall_are_a_gap_and_not_old_messages(drop):
    check = family_of("bitget").make(Precision())
    check.judge(bitget(10_000, 0, snapshot=True))
    check.judge(bitget(10_003, 10_000))
    assert check.judge(bitget(10_003, 10_000)).outcome is IGNORED, "it has come before"
    assert check.judge(bitget(10_003 - drop, 10_001 - drop)).outcome is GAP


def test_okx_may_count_back_when_the_link_holds():
    check = family_of("okx").make(Precision())
    check.judge(okx(100, -1, snapshot=True))
    assert check.judge(okx(3, 100)).outcome is APPLIED
    assert check.judge(okx(5, 3)).outcome is APPLIED
    assert check.judge(okx(5, 5)).outcome is APPLIED, "nothing changed for a minute"


def test_binance_overlaps_its_rest_snapshot_once():
    check = SequenceCheck(
        lambda message: [Step(False, message["U"] - 1, message["u"])], snapshot_from_rest=True
    )
    check.start_after(100)
    assert check.judge({"U": 90, "u": 100}).outcome is IGNORED
    assert check.judge({"U": 95, "u": 105}).outcome is APPLIED
    assert check.judge({"U": 104, "u": 110}).outcome is GAP, "an overlap in mid-stream is none"


def test_a_snapshot_that_came_too_early_is_a_gap():
    check = SequenceCheck(
        lambda message: [Step(False, message["U"] - 1, message["u"])], snapshot_from_rest=True
    )
    check.start_after(100)
    assert check.judge({"U": 103, "u": 110}).outcome is GAP


def test_bitget_without_numbers_is_checked_by_its_checksum():
    check, book = family_of("bitget").make(Precision()), OrderBook("")

    def message(side, price, size, *, snapshot=False, lie=0):
        book.set_level(side, price, size)
        bids, asks = ([[price, size]], []) if side is Side.BUY else ([], [[price, size]])
        row = {"bids": bids, "asks": asks, "checksum": alternating_crc(book) + lie}
        return {"action": "snapshot" if snapshot else "update", "data": [row]}

    assert check.judge(message(Side.BUY, "100.10", "1.0", snapshot=True)).outcome is APPLIED
    assert check.judge(message(Side.SELL, "101.0", "2")).outcome is APPLIED
    assert check.judge(message(Side.BUY, "100.20", "3", lie=1)).outcome is GAP


def test_a_wrong_checksum_is_a_gap_even_when_the_numbers_are_right():
    check, book = family_of("bitget").make(Precision()), OrderBook("")
    book.set_level(Side.BUY, "100", "1")
    crc = alternating_crc(book)
    whole = bitget(1, 0, snapshot=True, bids=[["100", "1"]], checksum=crc)
    assert check.judge(whole).outcome is APPLIED
    assert check.judge(bitget(2, 1, checksum=crc)).outcome is APPLIED
    verdict = check.judge(bitget(3, 2, checksum=crc + 1))
    assert verdict.outcome is GAP
    assert str(crc) in verdict.reason


def test_a_checksum_after_changes_without_one_is_not_compared():
    """The book of texts was not kept through them; a verdict on it would be a guess."""
    check = family_of("bitget").make(Precision())
    check.judge(bitget(1, 0, snapshot=True, bids=[["100", "1"]]))
    assert check.judge(bitget(2, 1, bids=[["101", "1"]])).outcome is APPLIED
    assert check.judge(bitget(3, 2, checksum=12345)).outcome is APPLIED


def test_kraken_drops_what_is_pushed_out_of_its_depth():
    def level(price):
        return {"price": float(price), "qty": 1.0}

    def message(kind, bids, checksum=None):
        return {
            "type": kind,
            "data": [{"bids": [level(price) for price in bids], "asks": [], "checksum": checksum}],
        }

    check = FAMILIES["kraken"].make(Precision(price_decimals=1, size_decimals=1))
    check.judge(message("snapshot", range(1, 11)))
    check.judge(message("update", [11]))
    assert len(check._book.bids) == 10
    assert check._book.best_bid == 11
    assert [price for price, _ in check._book.levels(Side.BUY)][-1] == "2.0"


def test_whole_books_replace_whatever_was_there():
    assert family_of("hyperliquid").make(Precision()).judge({}).is_snapshot


def test_an_exchange_that_offers_nothing_has_no_family():
    assert family_of("phemex") is None
    assert family_of("bitstamp") is None


@pytest.mark.parametrize(
    "broken", [{}, {"data": None}, {"data": "x"}, {"data": [{"seq": "abc"}]}, {"tick": {}}]
)
@pytest.mark.parametrize("exchange", sorted(FAMILIES))
def test_a_message_that_makes_no_sense_is_never_applied_as_a_change(exchange, broken):
    if FAMILIES[exchange].check != "whole":
        check = FAMILIES[exchange].make(Precision())
        STREAMS.get(exchange) and check.judge(STREAMS[exchange](1, 0, snapshot=True))
        assert check.judge({"action": "update", "type": "change", **broken}).outcome is not APPLIED


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["deliver", "lose", "repeat", "swap"]), min_size=1, max_size=40),
    st.sampled_from(["bitget", "okx", "bybit", "deribit", "cryptocom", "krakenfutures"]),
)
def test_a_book_that_was_never_refused_has_had_every_change_in_order(steps, exchange):
    """Whatever the network does, the numbers that were applied since the last snapshot have no hole."""
    check, message = family_of(exchange).make(Precision()), STREAMS[exchange]
    arriving, number = [(0, True)], 0
    for step in steps:
        number += 1
        if step == "deliver":
            arriving.append((number, False))
        elif step == "repeat":
            arriving += [(number, False)] * 2
        elif step == "swap":
            arriving += [(number + 1, False), (number, False)]
            number += 1
    book, gapped = None, False
    for value, snapshot in arriving:
        verdict = check.judge(message(value + 1_000, value + 999, snapshot=snapshot))
        if verdict.outcome is GAP:
            book, gapped = None, True
        elif verdict.outcome is APPLIED:
            assert not gapped, "only a snapshot may begin again"
            assert snapshot or value == book + 1
            book = value
