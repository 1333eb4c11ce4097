"""What holds of a ladder for every market and every text."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from ladder_samples import BTC, YES, model, order
from msgspec import structs

from omega_tui.domain.integrity import DataState, DataStatus, Integrity, IntegrityState
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.trade import Trade
from omega_tui.text import cell_width
from omega_tui.ui.ladder.heading import heading_line, title_line
from omega_tui.ui.ladder.rows import ladder_columns, ladder_rows, row_prices
from omega_tui.ui.ladder.standing_orders import mirror_price
from omega_tui.ui.ladder.view import View
from omega_tui.ui.panes.tape_rows import TapeModel, tape_rows

sizes = st.decimals(min_value="0.001", max_value="99999999", places=3)
sides = st.dictionaries(st.integers(1, 9_900), sizes, max_size=25)


@st.composite
def books(draw, instrument=YES):
    """Books that may be crossed, one-sided, empty, and have prices between the ticks."""
    step = instrument.tick_size / draw(st.sampled_from([1, 4]))
    limit = 99 if instrument is YES else 9_900
    bids, asks = draw(sides), draw(sides)
    return BookSnapshot(
        instrument.id,
        tuple(PriceLevel(step * t, bids[t]) for t in sorted(bids, reverse=True) if t <= limit),
        tuple(PriceLevel(step * t, asks[t]) for t in sorted(asks) if t <= limit),
        instrument.tick_size,
        draw(st.integers(0, 1_000)),
    )


an_order = st.builds(
    order,
    st.sampled_from(Side),
    st.integers(1, 99),
    st.sampled_from(["0.01", "5", "300", "1234567.89"]),
    st.sampled_from(OrderStatus),
    filled=st.sampled_from(["0", "0.005"]),
)
orders = st.lists(an_order, max_size=8).map(tuple)
views = st.builds(View, st.integers(-20, 10_000), st.integers(0, 40), st.integers(1, 12))
statuses = st.builds(
    DataStatus, st.sampled_from(DataState), st.none() | st.integers(0, 10**13), st.text(max_size=60)
)
checks = st.none() | st.builds(
    Integrity, st.sampled_from(IntegrityState), st.sampled_from(["", "hash", "crc"]), st.integers(0, 10**6)
)


@st.composite
def models(draw):
    instrument = draw(st.sampled_from([YES, BTC]))
    instrument = replace(instrument, name=draw(st.text(max_size=80)))
    return model(
        instrument=instrument,
        book=draw(st.none() | books(instrument)),
        status=draw(statuses),
        integrity=draw(checks),
        view=draw(views),
        cursor_tick=draw(st.none() | st.integers(-5, 10_000)),
        pending_side=draw(st.none() | st.sampled_from(Side)),
        orders=draw(orders),
        mirrored=tuple(draw(st.lists(an_order, max_size=2))) if instrument.price_max is not None else (),
        mirrored_mark="Y",
        last_trade=draw(
            st.none()
            | st.builds(
                Trade,
                st.just(YES.id),
                st.integers(1, 99).map(lambda n: Decimal(n) / 100),
                sizes,
                st.none() | st.sampled_from(Side),
                st.just("t"),
                st.integers(0, 2**62),
                st.just(1),
            )
        ),
        traded=tuple(draw(st.lists(st.tuples(st.integers(1, 99), sizes), max_size=5))),
        deltas=tuple(draw(st.lists(st.tuples(st.integers(1, 99), sizes.map(lambda d: -d)), max_size=5))),
        lock_reason=draw(st.text(max_size=60)),
        framing=draw(st.text(max_size=12)),
        armed=draw(st.booleans()),
        focused=draw(st.booleans()),
        glyphs=draw(st.sampled_from(["unicode", "cjk", "ascii"])),
    )


@settings(max_examples=150, deadline=None)
@given(models(), st.integers(1, 140))
def test_every_line_is_exactly_as_wide_as_the_ladder(shown, width):
    rows = ladder_rows(shown, width)
    assert len(rows) == shown.view.rows
    for row in (title_line(shown, width), heading_line(shown, width), *rows):
        assert cell_width(row.text) == width


@settings(max_examples=100, deadline=None)
@given(models(), st.lists(st.none() | books(), min_size=1, max_size=4), st.sampled_from([30, 40, 54, 90]))
def test_no_market_update_moves_a_price_a_column_or_the_cursor(shown, updates, width):
    """The hazard that this ladder exists to exclude: the price under the finger changes by itself."""
    prices, columns = row_prices(shown), ladder_columns(shown, width)
    start = columns.mark + columns.own + columns.delta + columns.bid
    before = ladder_rows(shown, width)
    for book in updates:
        shown = structs.replace(shown, book=book)
        after = ladder_rows(shown, width)
        assert row_prices(shown) == prices
        assert ladder_columns(shown, width) == columns
        for old, new in zip(before, after, strict=True):
            assert digits(new.text[start : start + columns.price]) == digits(
                old.text[start : start + columns.price]
            )
            assert new.text[0] == old.text[0]
            assert new.layer == old.layer


@given(st.decimals(min_value="0.0001", max_value="0.9999", places=4), st.sampled_from([1, 100]))
def test_mirroring_twice_is_the_identity_and_loses_no_digit(price, whole):
    known, price = replace(YES, price_max=Decimal(whole)), price * whole
    mirror = mirror_price(price, known)
    assert mirror + price == whole
    assert mirror_price(mirror, known) == price
    if known.is_on_tick(price):
        assert known.to_ticks(mirror) == known.to_ticks(known.price_max) - known.to_ticks(price)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            order, st.sampled_from(Side), st.integers(1, 99), st.just("5"), st.sampled_from(OrderStatus)
        ),
        max_size=4,
        unique_by=lambda one: (one.request.side, one.request.price),
    ).map(tuple)
)
def test_orders_of_the_other_outcome_are_those_of_this_one_upside_down_but_for_their_mark(shown):
    """What a flip of the framing must not change: how much rests where, on which side, in which state."""
    view = View(99, 99)
    twins = tuple(
        replace(
            one,
            request=replace(one.request, side=one.request.side.opposite, price=1 - one.request.price),
        )
        for one in shown
    )
    as_mine = ladder_rows(model(view=view, book=None, orders=twins), 90)
    as_theirs = ladder_rows(model(view=view, book=None, mirrored=shown, mirrored_mark="Y"), 90)
    for mine, theirs in zip(as_mine, as_theirs, strict=True):
        assert ("Y" in theirs.text) is (theirs.text != mine.text)
        assert theirs.text.replace("Y", "").split() == mine.text.split()


def digits(cell):
    return "".join(character for character in cell if character.isdigit())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Trade,
            st.just(YES.id),
            st.integers(1, 99_999).map(lambda n: Decimal(n) / 1000),
            sizes,
            st.none() | st.sampled_from(Side),
            st.text(max_size=3),
            st.integers(0, 2**62),
            st.just(1),
        ),
        max_size=6,
    ).map(tuple),
    st.integers(1, 80),
    st.integers(0, 8),
    st.sampled_from(["unicode", "cjk", "ascii"]),
)
def test_a_tape_fills_its_pane_exactly(trades, width, height, glyphs):
    rows = tape_rows(TapeModel(YES, trades, glyphs=glyphs), width, height)
    assert [cell_width(row.text) for row in rows] == [width] * height
