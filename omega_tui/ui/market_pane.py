"""The rows of the list of markets, and the search in it. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice

from omega_tui.domain.instrument import Instrument
from omega_tui.text import cell_width
from omega_tui.ui.desk import Desk
from omega_tui.ui.formats import fitted, left, price_text, right
from omega_tui.ui.pane_lines import (
    OUTCOME_ROLE,
    filled,
    quantity_text,
    sign_role,
)
from omega_tui.ui.row_cells import Piece
from omega_tui.ui.status_line import Line, padded


def market_rows(  # noqa: PLR0913 - what is listed, and how it is looked at
    instruments: Sequence[Instrument],
    desk: Desk,
    *,
    width: int,
    rows: int,
    selected: int | None,
    shown: str = "",
) -> tuple[Line, ...]:
    """Return one line per market and outcome: name, touch, last, own position.

    Args:
        instruments: What is listed, in this order.
        desk: For books, trades and positions.
        width: Cells of a line.
        rows: How many lines there are.
        selected: Which one is under the selection; it is always in view. None for no selection.
        shown: The instrument on the ladder.
    """
    first = 0 if selected is None else max(0, min(selected - rows // 2, len(instruments) - rows))
    lines = [
        _market_line(instrument, desk, width, is_selected=number == selected, is_shown=instrument.id == shown)
        for number, instrument in islice(enumerate(instruments), first, first + rows)
    ]
    return filled(lines, width, rows)


def market_title(width: int) -> Line:
    """Return the heading of `market_rows`."""
    numbers = _market_numbers(width)
    head = f"{'bid':>7}{'ask':>7}" if numbers >= 14 else ""
    head += f"{'last':>8}" if numbers >= 22 else ""
    head += f"{'position':>10}" if numbers >= 32 else ""
    return padded([Piece(left("   market", width - numbers), "dim"), Piece(head, "dim")], width)


def _market_numbers(width: int) -> int:
    return 32 if width >= 64 else 22 if width >= 50 else 14 if width >= 34 else 0


def _market_line(
    instrument: Instrument, desk: Desk, width: int, *, is_selected: bool, is_shown: bool
) -> Line:
    numbers = _market_numbers(width)
    update = desk.books.get(instrument.id)
    book = update.book if update is not None else None
    trade = desk.last_trade(instrument.id)
    position = desk.positions.get(instrument.id)
    token = " " + fitted(instrument.base, 8, "…")
    token += " " * ((6 if numbers >= 22 else 4) - cell_width(token))
    room = max(1, width - numbers - 3 - cell_width(token))
    line = [
        Piece(" ► " if is_selected else " • " if is_shown else "   ", "cursor"),
        Piece(left(fitted(instrument.name, room, "…"), room), "selected" if is_selected else ""),
        Piece(token, OUTCOME_ROLE.get(instrument.base.upper(), "")),
    ]
    line.append(Piece(" " * (width - numbers - sum(cell_width(piece.text) for piece in line)), ""))
    decimals = instrument.price_decimals
    if numbers >= 14:
        line.append(Piece(right(_or_dash(book.best_bid if book else None, decimals), 7), "side.buy"))
        line.append(Piece(right(_or_dash(book.best_ask if book else None, decimals), 7), "side.sell"))
    if numbers >= 22:
        line.append(Piece(right(_or_dash(trade.price if trade else None, decimals), 8), ""))
    if numbers >= 32:
        held = position.quantity if position is not None else Decimal(0)
        line.append(
            Piece(right(quantity_text(held) if held else "", 10), sign_role(held, "pnl.pos", "pnl.neg"))
        )
    return padded(line, width)


def _or_dash(price: Decimal | None, decimals: int) -> str:
    return "-" if price is None else price_text(price, decimals)


def fuzzy(query: str, instruments: Iterable[Instrument]) -> list[Instrument]:
    """Return the instruments whose name and outcome hold every word of `query`, the best first.

    A word counts as held when its letters come in order; a word as a whole, and early, ranks higher. The
    look-up is by what is shown, the choice is by id.
    """
    words = query.casefold().split()
    ranked = []
    for place, instrument in enumerate(instruments):
        text = f"{instrument.name} {instrument.base}".casefold()
        scores = [_score(word, text) for word in words]
        if all(score is not None for score in scores):
            ranked.append((sum(score or 0 for score in scores), place, instrument))
    return [instrument for _, _, instrument in sorted(ranked, key=lambda item: item[:2])]


def _score(word: str, text: str) -> int | None:
    """Return how well `word` is held by `text`, 0 best; None when its letters do not come in order."""
    at = text.find(word)
    if at >= 0:
        return at if at == 0 or text[at - 1] == " " else 100 + at
    position, spread = -1, 0
    for letter in word:
        found = text.find(letter, position + 1)
        if found < 0:
            return None
        spread += found - position
        position = found
    return 1_000 + spread
