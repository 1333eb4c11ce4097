"""The rows of the list of markets, and the search in it. Pure."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from omega_tui.domain.instrument import Instrument, decimals_of
from omega_tui.text import cell_width
from omega_tui.ui.desk.day_changes import Change, DayChanges
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import (
    OUTCOME_ROLE,
    filled,
    quantity_text,
    sign_role,
)
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import fitted, left, price_text, right
from omega_tui.ui.text.words import token

LEAST_PRICE = 7
"""Cells of a price with the gap before it, where no price is longer."""
POSITION = 10
CHANGE = 10
LEAST_NAME = 20
SHORTEST_NAME = 16
"""With this little the last price alone stands beside it."""
WIDEST = 110
"""Cells of a line at most: further away the eye loses the row between the name and its prices."""


def market_rows(  # noqa: PLR0913 - what is listed, and how it is looked at
    instruments: Sequence[Instrument],
    desk: Desk,
    *,
    width: int,
    rows: int,
    selected: int | None,
    shown: str = "",
    watched: Container[str] = (),
    changes: DayChanges | None = None,
    may_be_bad: Callable[[str], bool] = lambda _: False,
) -> tuple[Line, ...]:
    """Return one line per market and outcome: name, touch, last, change since a day ago, own position.

    Args:
        instruments: What is listed, in this order.
        desk: For books, trades and positions.
        width: Cells of a line.
        rows: How many lines there are.
        selected: Which one is under the selection; it is always in view. None for no selection.
        shown: The instrument on the ladder.
        watched: The instruments on the trader's list; they are marked.
        changes: What each cost before; None for no such column.
        may_be_bad: Whether nothing could be ordered on the book of an instrument: its prices are grey.
    """
    first = 0 if selected is None else first_row(selected, rows, len(instruments))
    whole, width = width, min(width, WIDEST)
    columns = _columns(desk, width, has_changes=changes is not None)
    lines = [
        _market_line(
            instrument,
            desk,
            width,
            columns,
            changes,
            mark="►" if number == selected else "•" if instrument.id == shown else " ",
            is_watched=instrument.id in watched,
            is_bad=may_be_bad(instrument.id),
        )
        for number, instrument in islice(enumerate(instruments), first, first + rows)
    ]
    return filled([padded(line, whole) for line in lines], whole, rows)


def first_row(selected: int, rows: int, count: int) -> int:
    """Return which of `count` markets stands on the first of `rows` rows while `selected` is in view."""
    return max(0, min(selected - rows // 2, count - rows))


def market_title(desk: Desk, width: int, title: str = "MARKETS", *, has_changes: bool = False) -> Line:
    """Return the heading of `market_rows`; `has_changes` where they have that column."""
    whole, width = width, min(width, WIDEST)
    columns = _columns(desk, width, has_changes=has_changes)
    texts = zip(("bid", "ask", "last", "24 h", "position"), columns, strict=True)
    head = "".join(right(text, cells) for text, cells in texts if cells)
    return padded([Piece(left(f" {title}", width - sum(columns)), "dim"), Piece(head, "dim")], whole)


class _Columns(NamedTuple):
    """Cells of each number, the gap before it included; 0 where there is no room for it."""

    bid: int
    ask: int
    last: int
    change: int
    position: int


def _columns(desk: Desk, width: int, *, has_changes: bool) -> _Columns:
    """Return what fits: a price is shown whole or not at all, and a name keeps room to be told by."""
    price = max((len(text) + 1 for text in _price_texts(desk)), default=0)
    price = max(LEAST_PRICE, price)
    change = CHANGE if has_changes else 0
    for columns in (
        _Columns(price, price, price + 1, change, POSITION),
        _Columns(price, price, price + 1, change, 0),
        _Columns(price, price, price + 1, 0, 0),
        _Columns(price, price, 0, 0, 0),
    ):
        if sum(columns) + LEAST_NAME <= width:
            return columns
    return _Columns(0, 0, price, 0, 0) if price + SHORTEST_NAME <= width else _Columns(0, 0, 0, 0, 0)


def _price_texts(desk: Desk) -> Iterator[str]:
    for instrument_id, update in desk.books.items():
        known, book = desk.instruments.get(instrument_id), update.book
        if known is not None and book is not None:
            yield _or_dash(book.best_ask or book.best_bid, known.price_decimals)


def _market_line(  # noqa: PLR0913 - what is listed, and how
    instrument: Instrument,
    desk: Desk,
    width: int,
    columns: _Columns,
    changes: DayChanges | None,
    *,
    mark: str,
    is_watched: bool,
    is_bad: bool,
) -> Line:
    update = desk.books.get(instrument.id)
    book = update.book if update is not None else None
    trade = desk.tapes.last(instrument.id)
    position = desk.positions.get(instrument.id)
    what = f" {fitted(token(instrument), 8, '…')}"
    what += " " * ((6 if columns.last and columns.bid else 4) - cell_width(what))
    room = max(1, width - sum(columns) - 3 - cell_width(what))
    line = [
        Piece(f" {mark}", "cursor"),
        Piece("*" if is_watched else " ", "dim"),
        Piece(left(fitted(desk.label(instrument), room, "…"), room), "selected" if mark == "►" else ""),
        Piece(what, OUTCOME_ROLE.get(instrument.base.upper(), "")),
    ]
    line.append(Piece(" " * (width - sum(columns) - sum(cell_width(piece.text) for piece in line)), ""))
    decimals = instrument.price_decimals
    if columns.bid:
        line.append(
            Piece(
                right(_or_dash(book.best_bid if book else None, decimals), columns.bid),
                "dim" if is_bad else "side.buy",
            )
        )
        line.append(
            Piece(
                right(_or_dash(book.best_ask if book else None, decimals), columns.ask),
                "dim" if is_bad else "side.sell",
            )
        )
    if columns.last:
        line.append(
            Piece(
                right(_or_dash(trade.price if trade else None, decimals), columns.last),
                "dim" if is_bad else "",
            )
        )
    if columns.change and changes is not None:
        moved = _change(changes.of(instrument.id, desk.mark(instrument.id)), instrument, columns.change)
        line.append(moved._replace(role="dim") if is_bad else moved)
    if columns.position:
        held = position.quantity if position is not None else Decimal(0)
        text = right(quantity_text(held) if held else "", columns.position)
        line.append(Piece(text, sign_role(held, "pnl.pos", "pnl.neg")))
    return padded(line, width)


def _change(change: Change | None, instrument: Instrument, cells: int) -> Piece:
    """Return how far a market has moved: a share of its price, of an outcome's the difference.

    A `~` stands before what is measured from the beginning of this session.
    """
    if change is None:
        return Piece(right("-", cells), "dim")
    decimals = max(instrument.price_decimals, decimals_of(change.moved)) if change.moved else 0
    text = f"{change.moved:+,.{decimals}f}"
    if instrument.price_max is None:
        text = "-" if change.share is None else f"{change.share:+.2%}"
    if not change.moved:
        text = "0"
    role = sign_role(change.moved, "candle.up", "candle.down")
    return Piece(right(text if change.is_day else f"~{text}", cells), role)


def _or_dash(price: Decimal | None, decimals: int) -> str:
    return "-" if price is None else price_text(price, decimals)


def fuzzy(query: str, instruments: Iterable[Instrument]) -> list[Instrument]:
    """Return the instruments whose name, outcome and venue hold every word of `query`, the best first.

    A word counts as held when its letters come in order; a word as a whole, and early, ranks higher. The
    look-up is by what is shown, the choice is by id.
    """
    words = query.casefold().split()
    ranked = []
    for place, instrument in enumerate(instruments):
        text = f"{instrument.name} {instrument.base} {instrument.venue}".casefold()
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
