"""The book against a plain dict, on every kind of price and in every order of events."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain import book_side as book_side_module
from omega_tui.domain.book import MAX_LEVELS, OrderBook
from omega_tui.domain.book_side import SWEEP_AT
from omega_tui.domain.side import Side

Model = dict[Side, dict[Decimal, Decimal]]


def spelled(units: int, decimals: int, extra_zeros: int, *, leading_dot: bool) -> str:
    """A price as some venue may write it: with or without trailing zeros and a leading zero."""
    text = f"{Decimal(units).scaleb(-decimals):f}" + ("0" * extra_zeros if decimals else "")
    return text.removeprefix("0") if leading_dot and decimals and text.startswith("0.") else text


prices = st.builds(
    spelled, st.integers(1, 9), st.integers(0, 2), st.integers(0, 2), leading_dot=st.booleans()
)
odd_prices = st.sampled_from(
    ["0.0005", "0.123456789", "1000000", "-3.5", "-0.25", "0", "-0", "999999999999999.5"]
)
sizes = st.sampled_from(["0", "0.0", "0.00", "-0", "1", "1.50", "250", "0.000001", "16620"])
few_prices = st.sampled_from(["1", "2", "2.0", "3", "3.5", "4", "5"])
some_updates = st.lists(st.tuples(st.sampled_from(Side), st.one_of(prices, odd_prices), sizes), max_size=30)
many_updates = st.lists(st.tuples(st.sampled_from(Side), few_prices, sizes), min_size=30, max_size=90)
updates = st.one_of(some_updates, many_updates, st.builds(list.__add__, many_updates, some_updates))


def apply(model: Model, side: Side, price: str, size: str) -> None:
    if Decimal(size):
        model[side][Decimal(price)] = Decimal(size)
    else:
        model[side].pop(Decimal(price), None)


def assert_equal(book: OrderBook, model: Model) -> None:
    snapshot = book.snapshot()
    assert list(snapshot.bids) == sorted(model[Side.BUY].items(), reverse=True)
    assert list(snapshot.asks) == sorted(model[Side.SELL].items())
    assert book.best_bid == snapshot.best_bid == max(model[Side.BUY], default=None)
    assert book.best_ask == snapshot.best_ask == min(model[Side.SELL], default=None)
    assert book.is_crossed == snapshot.is_crossed


@settings(max_examples=120, deadline=None)
@given(updates, st.integers(1, 8))
def test_the_book_equals_a_plain_dict_after_every_update(steps, sweep_at):
    whole = book_side_module.SWEEP_AT
    book_side_module.SWEEP_AT = sweep_at  # Few tombstones, so that sweeping happens in short runs as well.
    try:
        book, model = OrderBook("x"), {Side.BUY: {}, Side.SELL: {}}
        for side, price, size in steps:
            before = book.sequence
            book.set_level(side, price, size)
            apply(model, side, price, size)
            book._check()
            assert book.sequence > before
        assert_equal(book, model)
        for side in Side:
            for price, size in model[side].items():
                assert book.size_at(side, price) == size
        assert book.size_at(Side.BUY, Decimal("0.0000000001")) is None
    finally:
        book_side_module.SWEEP_AT = whole


@settings(max_examples=60, deadline=None)
@given(updates, updates)
def test_replace_leaves_nothing_of_the_book_before(steps, rows):
    book, model = OrderBook("x"), {Side.BUY: {}, Side.SELL: {}}
    for side, price, size in steps:
        book.set_level(side, price, size)
    bids = [(price, size) for side, price, size in rows if side is Side.BUY]
    asks = [(price, size) for side, price, size in rows if side is Side.SELL]
    book.replace(bids, asks)
    for side, price, size in rows:
        apply(model, side, price, size)
    book._check()
    assert_equal(book, model)


@settings(max_examples=40, deadline=None)
@given(updates, st.integers(0, 5))
def test_a_short_snapshot_is_the_head_of_the_whole_one(steps, levels):
    book = OrderBook("x")
    for side, price, size in steps:
        book.set_level(side, price, size)
    whole, short = book.snapshot(), book.snapshot(levels)
    assert short.bids == whole.bids[:levels]
    assert short.asks == whole.asks[:levels]


def test_the_text_of_the_venue_is_kept():
    book = OrderBook("x")
    book.replace([("0.50", "10.0"), (".49", "7")], [("0.510", "1")])
    assert list(book.levels(Side.BUY)) == [("0.50", "10.0"), (".49", "7")]
    assert list(book.levels(Side.SELL)) == [("0.510", "1")]


def test_numbers_of_the_program_are_taken_as_well():
    book = OrderBook("x")
    book.set_level(Side.BUY, Decimal("1E+2"), Decimal("2.5"))
    book.set_level(Side.BUY, "100", "3")
    assert list(book.levels(Side.BUY)) == [("100", "3")]


def test_an_emptied_side_has_no_best_price_and_fills_again():
    book = OrderBook("x")
    for price in ("1", "2", "3"):
        book.set_level(Side.SELL, price, "1")
    for price in ("2", "1", "3"):
        book.set_level(Side.SELL, price, "0")
        book._check()
    assert book.best_ask is None
    assert len(book.asks) == 0
    book.set_level(Side.SELL, "2", "1")
    assert book.best_ask == 2


def test_tombstones_are_swept_out():
    book = OrderBook("x")
    for ticks in range(1, SWEEP_AT + 50):
        book.set_level(Side.BUY, f"{ticks}", "1")
    for ticks in range(1, SWEEP_AT + 40):
        book.set_level(Side.BUY, f"{ticks}", "0")
        assert book.bids.dead < SWEEP_AT
    book._check()
    assert len(book.bids) == 10


@pytest.mark.parametrize(
    ("price", "size"),
    [
        ("NaN", "1"),
        ("1e5", "1"),
        ("0.5", "Infinity"),
        ("0.5", "-1"),
        ("0.5", ""),
        ("", "1"),
        ("5.", "1"),
        ("+5", "1"),
        ("1_000", "1"),
        ("\u0660\u066b\u0665", "1"),
        ("0.5", "\uff11\uff12"),
        ("0.5", "1E+999999"),
        ("0", "1"),
        ("1", "1"),
        ("1.0001", "1"),
        ("-0.5", "1"),
        (Decimal("NaN"), "1"),
        ("0.5", Decimal("1E+999999")),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(price, size):
    book = OrderBook("x", price_min=Decimal(0), price_max=Decimal(1))
    book.set_level(Side.BUY, "0.5", "7")
    with pytest.raises(ValueError, match=r"\w"):
        book.set_level(Side.BUY, price, size)
    book._check()
    assert list(book.levels(Side.BUY)) == [("0.5", "7")]


def test_a_bad_level_in_a_replacement_empties_the_book():
    book = OrderBook("x")
    book.set_level(Side.BUY, "0.5", "7")
    with pytest.raises(ValueError, match="number"):
        book.replace([("0.4", "1")], [("0.6", "x")])
    assert (len(book.bids), len(book.asks)) == (0, 0)
    book._check()


def test_levels_and_spellings_are_bounded():
    book = OrderBook("x")
    for ticks in range(1, MAX_LEVELS + 1):
        book.set_level(Side.SELL, f"{ticks}", "1")
    with pytest.raises(ValueError, match="levels"):
        book.set_level(Side.SELL, "0.5", "1")
    for zeros in range(1, 5):
        for ticks in range(1, MAX_LEVELS + 1):
            book.set_level(Side.SELL, f"{ticks}." + "0" * zeros, "2")
    book._check()
    assert len(book.asks) == MAX_LEVELS
