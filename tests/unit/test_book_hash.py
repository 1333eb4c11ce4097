"""The hash of a book: the vectors of the official clients, and the spliced form against the recipe."""

from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.book_hash import HashedBook, book_hash, finish, hash_tail

INPUTS = {"min_order_size": "5", "tick_size": "0.001", "neg_risk": True}


def test_the_vector_of_the_official_client():
    digest = book_hash(
        market="0xaabbcc",
        asset_id="100",
        timestamp="123456789",
        bids=[("0.3", "100"), ("0.4", "100")],
        asks=[("0.6", "100"), ("0.7", "100")],
        min_order_size="100",
        tick_size="0.01",
        neg_risk=False,
        last_trade_price="0.5",
    )
    assert digest == "0458ea5755c9f73d64a14636fa5c36ed460ec394"


def test_the_vector_of_the_empty_book():
    digest = book_hash(
        market="0xaabbcc",
        asset_id="100",
        timestamp="",
        bids=[],
        asks=[],
        min_order_size="100",
        tick_size="0.01",
        neg_risk=False,
        last_trade_price="0.5",
    )
    assert digest == "74c6a7c81c1d572f1c877b7d3e25b80c336d8a6e"


def whole(book: OrderBook, price: str) -> str:
    """The hash by the recipe, from the levels of the book."""
    bids, asks = (list(book.levels(side))[::-1] for side in Side)
    return book_hash(
        market="0xabc", asset_id="77", timestamp="17", bids=bids, asks=asks, last_trade_price=price, **INPUTS
    )


ticks = st.integers(1, 30).map(lambda number: f"0.{number:03d}")
finer = st.sampled_from(["0.0005", "0.01234"])
rows = st.tuples(
    st.sampled_from(Side), st.one_of(ticks, ticks, ticks, finer), st.sampled_from(["0", "5", "12.5"])
)


@settings(max_examples=80, deadline=None)
@given(st.lists(rows, max_size=60), st.sets(ticks, max_size=8))
def test_the_spliced_text_hashes_as_the_whole_book(steps, opening):
    hashed = HashedBook(OrderBook("77"), market="0xabc")
    hashed.replace([(price, "3") for price in opening], [(price, "4") for price in opening])
    tail = hash_tail(**INPUTS)
    for side, price, size in steps:
        hashed.set_level(side, price, size)
        assert finish(hashed.begin("17", tail), "0.060") == whole(hashed.book, "0.060")
    hashed.clear()
    assert hashed.levels_text() == (b"", b"")


def test_the_spelling_of_the_venue_is_hashed():
    hashed = HashedBook(OrderBook("77"), market="0xabc")
    hashed.set_level(Side.BUY, "0.50", "10.0")
    assert hashed.levels_text()[0] == b'{"price":"0.50","size":"10.0"}'
    hashed.set_level(Side.BUY, "0.5", "10")
    assert hashed.levels_text()[0] == b'{"price":"0.5","size":"10"}'


def test_one_state_serves_many_last_trade_prices():
    hashed = HashedBook(OrderBook("77"), market="0xabc")
    state = hashed.begin("17", hash_tail(**INPUTS))
    assert [finish(state, price) for price in ("0.1", "0.2", "0.1")] == [
        whole(hashed.book, price) for price in ("0.1", "0.2", "0.1")
    ]


def test_a_price_refused_after_it_made_the_keys_finer_does_no_harm():
    hashed = HashedBook(OrderBook("77"), market="0xabc")
    for number in range(1, 5_001):
        hashed.set_level(Side.BUY, f"{number}", "1")
    try:
        hashed.set_level(Side.BUY, "0.5", "1")
    except ValueError:
        hashed.set_level(Side.BUY, "7", "2")
    assert finish(hashed.begin("17", hash_tail(**INPUTS)), "0.1") == whole(hashed.book, "0.1")
