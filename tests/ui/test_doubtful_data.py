"""What may be bad looks bad wherever it is shown: profit, facts at the cursor, checks, how far it lags."""

from decimal import Decimal

import pytest
from cockpit import console
from colour_vision import contrast
from fake_backend import NOON, FakeBackend, armed, connection, holding, in_state, opening

from omega_tui.domain.account import Position
from omega_tui.domain.events.account import PositionChanged
from omega_tui.domain.integrity import ConnectionState, DataState, StreamName
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.panes.position_pane import position_title
from omega_tui.ui.style.pane_styles import pane_styles
from omega_tui.ui.style.styles import Styles
from omega_tui.ui.style.themes import bundled_files, load_theme

BAD = [state for state in DataState if not state.allows_new_orders]


def pieces_with(cockpit, selector, text):
    lines = cockpit.app.screen.query_one(selector).lines
    return [piece for line in lines for piece in line if text in piece.text]


async def test_what_stands_on_a_book_that_may_be_bad_looks_like_what_was():
    async with console(holding, armed) as cockpit:
        for state in DataState:
            is_bad = state in BAD
            opening(cockpit.backend)
            in_state(cockpit.backend, state)
            await cockpit.frame(0.3)
            assert ("uPnL ~+5.64" in cockpit.header) is is_bad, state
            assert ("day ~+13.59" in cockpit.header) is is_bad, state
            assert "rPnL -4.20" in cockpit.header, "what was realized is no estimate"
            position = next(line for line in cockpit.lines("#positions") if "YES" in line)
            assert ("~+5.64" in position, "~0.46" in position) == (is_bad, is_bad), state
            strip = cockpit.lines("#strip")[0]
            assert (" was bid" in strip and "rested 318" in strip) is is_bad, state
            assert (" = bid" in strip and "rests 318" in strip) is not is_bad, state
            title = cockpit.app.screen.query_one("#ladder").render_line(0).text
            assert ("✓hash" in title) is not is_bad, "no check is ticked beside a state that locks"
            is_silent = state in {DataState.STALE, DataState.DOWN}
            assert ("lag - " in cockpit.header) is is_silent, "what is gone, or tells nothing, has no lag"
            if is_bad:
                shown = [
                    *pieces_with(cockpit, "#header", "~+5.64"),
                    *pieces_with(cockpit, "#positions", "~+5.64"),
                ]
                assert [piece.role for piece in shown] == ["dim", "dim"]


def test_positions_of_an_account_that_tells_nothing_are_as_last_heard():
    desk = Desk()
    backend = FakeBackend()
    opening(backend)
    holding(backend)
    desk.apply(backend.drain(), now_ns=NOON)

    def heading(width):
        first, *_ = position_title(desk, width)
        return first.text.strip(), first.role

    assert heading(62) == ("POSITIONS", "dim")
    desk.apply([connection(StreamName.ACCOUNT, state=ConnectionState.DOWN, reason="refused")], now_ns=NOON)
    assert heading(62) == ("POSITIONS~", "warn")
    assert heading(50) == ("POSITIONS as last heard", "warn")
    desk.positions.clear()
    assert heading(50) == ("POSITIONS", "dim"), "of nothing there is nothing to tell"


async def test_the_day_is_an_estimate_while_a_position_cannot_be_valued():
    """Its open profit is missing from the sum."""
    unknown = PositionChanged(Position("sim", "3002", Decimal(10), Decimal("0.2")))
    async with console(holding, lambda one: one.publish(unknown)) as cockpit:
        assert "uPnL +5.64" in cockpit.header
        assert "day ~+13.59" in cockpit.header


async def test_the_portfolio_says_estimates_too():
    async with console(holding, lambda one: in_state(one, DataState.STALE)) as cockpit:
        await cockpit.keys("g", "3")
        shown = "\n".join(
            "".join(piece.text for piece in line)
            for pane in cockpit.app.screen.query("Lines")
            for line in pane.lines
        )
        assert "day ~+13.59" in shown
        assert "~+5.64" in shown


async def test_a_list_of_markets_greys_the_prices_of_books_that_may_be_bad():
    async with console(holding, lambda one: in_state(one, DataState.DOWN), size="large") as cockpit:
        prices = [*pieces_with(cockpit, "#markets", "0.45"), *pieces_with(cockpit, "#markets", "0.47")]
        assert [piece.role for piece in prices] == ["dim", "dim"]
        opening(cockpit.backend)
        await cockpit.frame(0.4)
        prices = [*pieces_with(cockpit, "#markets", "0.45"), *pieces_with(cockpit, "#markets", "0.47")]
        assert [piece.role for piece in prices] == ["side.buy", "side.sell"]
        in_state(cockpit.backend, DataState.STALE)
        await cockpit.keys("slash", "r", "a")
        assert {piece.role for piece in pieces_with(cockpit, "#found", "0.71")} == {"dim"}


async def test_a_book_that_lags_says_by_how_much_and_what_still_goes():
    async with console(armed, lambda one: in_state(one, DataState.LAG)) as cockpit:
        assert "book LAG 1.4s" in cockpit.header
        assert "1.4 s behind the venue: only resting orders go (b or s, then c j i)" in cockpit.strip
        assert [piece.role for piece in pieces_with(cockpit, "#header", "LAG")] == ["warn"]


@pytest.mark.parametrize("name", bundled_files())
def test_a_warning_on_a_bar_is_underlined_where_all_text_has_one_colour(name):
    theme = load_theme(bundled_files()[name])
    on_bar = pane_styles(theme, "paper-bar")
    assert on_bar["warn"].underline
    assert not on_bar["good"].underline
    assert not pane_styles(theme)["warn"].underline


@pytest.mark.parametrize("name", [name for name in bundled_files() if "-16-" not in name])
def test_an_order_that_is_not_sent_yet_can_be_read(name):
    style = Styles(load_theme(bundled_files()[name])).style("own.intent")
    assert not style.dim
    assert contrast(style.color.name, style.bgcolor.name) >= 4.5
