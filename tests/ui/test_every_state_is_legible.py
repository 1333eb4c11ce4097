"""Items 11 and 12 of section 10 of the ladder specification, on the cells that a terminal would get."""

import string
from dataclasses import replace
from decimal import Decimal

import pytest
from cockpit import SIZES, console
from fake_backend import NOON, armed, every_order, holding, in_state, opening, order, orders
from textual.strip import Strip

from omega_tui.domain.commands import PlaceOrder
from omega_tui.domain.events.account import OrderChanged
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.ui.ladder.own_cells import OwnOrder, OwnState, own_cell, own_text
from omega_tui.ui.style.glyphs import GLYPH_SETS

ERROR = "[/red][502]"


def drawn(cockpit) -> list[Strip]:
    """Return the whole screen as it goes to the terminal, after every filter."""
    return cockpit.app.screen._compositor.render_strips()


def text(cockpit) -> str:
    return "\n".join(strip.text for strip in drawn(cockpit))


def looks(cockpit) -> tuple[tuple[str, bool, bool, bool, bool], ...]:
    """Return every run of cells with what is no colour: bold, reverse, underline, strike."""
    styled = [(segment.text, segment.style) for strip in drawn(cockpit) for segment in strip]
    return tuple(
        (
            cells,
            *(bool(style and getattr(style, name)) for name in ("bold", "reverse", "underline", "strike")),
        )
        for cells, style in styled
    )


@pytest.mark.parametrize("size", ["small", "medium"])
async def test_every_state_is_legible_without_colour_and_with_every_glyph_in_ascii(monkeypatch, size):
    """Item 11: greys alone, ASCII alone, and still no two states of the data or of an order look alike."""
    monkeypatch.setenv("NO_COLOR", "1")
    seen = {}
    async with console(
        holding, armed, lambda one: orders(one, *every_order()), size=size, glyphs="ascii"
    ) as cockpit:
        for state in DataState:
            opening(cockpit.backend)
            in_state(cockpit.backend, state)
            await cockpit.frame(0.3)
            shown = text(cockpit)
            assert state.value in cockpit.header
            assert set(shown) <= {*string.printable}, sorted(set(shown) - {*string.printable})
            assert all(len(line) == SIZES[size][0] for line in shown.split("\n"))
            for strip in drawn(cockpit):
                for segment in strip:
                    for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                        if colour is not None and colour.triplet is not None:
                            assert len({*colour.triplet}) == 1, (segment.text, colour)
            seen[state] = looks(cockpit)
    assert len({*seen.values()}) == len(DataState)


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
def test_every_state_of_an_order_has_a_sign_of_its_own(glyphs):
    """Item 11: what a colour would say of an order, a character says too."""
    hundred = Decimal(100)
    cells = {state: own_cell([OwnOrder(state, hundred, hundred)], flashes=True) for state in OwnState}
    texts = {state: own_text(cell, Side.BUY, 8, 0, glyphs).strip() for state, cell in cells.items() if cell}
    assert len({*texts.values()}) == len(texts) == len(OwnState), texts
    if glyphs == "ascii":
        assert all(one.isascii() for one in texts.values())


async def test_an_error_of_an_exchange_with_markup_is_shown_letter_by_letter():
    """Item 12: `[/red][502]` once crashed a console that took it for markup."""
    async with console(armed, size="large") as cockpit:
        cockpit.backend.refusals[PlaceOrder] = OrderRefused("VENUE", ERROR)
        await cockpit.keys("b", "j")
        await cockpit.frame(0.3)
        assert f"refused: {ERROR}" in cockpit.strip, "the strip"
        cockpit.backend.publish(
            Alert(NOON, Severity.WARNING, "VENUE", f"alert {ERROR}"),
            OrderChanged(order(1, OrderStatus.REJECTED, 43, reason=f"order {ERROR}")),
        )
        known = cockpit.app.session.instrument
        assert known is not None
        cockpit.app.session.desk.instruments[known.id] = replace(known, name=f"market {ERROR}")
        await cockpit.frame(0.3)
        shown = text(cockpit)
        for where in ("alert", "order", "market"):
            assert f"{where} {ERROR}" in shown, where
