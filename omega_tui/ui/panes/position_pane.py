"""The rows of the positions: what is held, at which price, with which open and realized profit. Pure.

A position on margin has a second line: where the venue closes it, its leverage, and what was paid to hold it.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import NamedTuple

from omega_tui.domain.account import MarginTerms, Position
from omega_tui.domain.break_even import break_even
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Connection
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.market_words import telling_words
from omega_tui.ui.panes.money_line import unit_of
from omega_tui.ui.panes.pane_lines import OUTCOME_ROLE, indented, message, quantity_text, sign_role
from omega_tui.ui.panes.status_line import Line, cells_of, padded
from omega_tui.ui.text.formats import fitted, left, right
from omega_tui.ui.text.money import amount_text, is_dollar, pays_in
from omega_tui.ui.text.words import average_text

WIDE = 60
"""From so many cells on a position is a line of a table; below it is a sentence."""
ONE_LINE = 40
"""From so many cells on that is one line; below it is a block of them."""
NAMED = 80
"""From so many cells on that line ends in the name of the market."""
EVEN = 88
"""From so many on it says at which price closing pays everything back."""
LEAST_NUMBER = 9
LEAST_AMOUNT = 11


def position_rows(desk: Desk, width: int, doubted: AbstractSet[str] = frozenset()) -> tuple[Line, ...]:
    """Return the open positions with their open profit, and what was realized; the loudest first.

    Args:
        desk: What is held.
        width: Cells of a line.
        doubted: Instruments whose book may be bad: mark and open profit are estimates, and look it.
    """
    held = _held(desk)
    if not held:
        return (message("no position", width),)
    columns = _columns(desk, held)
    shorts = telling_words(
        desk.instruments[one.instrument] for one in held if one.instrument in desk.instruments
    )
    lines: list[Line] = []
    for position in held:
        instrument = desk.instruments.get(position.instrument)
        row = _Row(
            position,
            instrument,
            desk.mark(position.instrument),
            desk.unrealized(position.instrument),
            is_doubted=position.instrument in doubted,
        )
        name = desk.label(instrument) if instrument is not None else position.instrument
        if width >= WIDE:
            short = shorts.get(position.instrument, "") if width < NAMED else ""
            lines.append(_position_line(row, name, columns, width, short))
        else:
            lines += _position_block(row, name, width)
        terms = _terms(row, width)
        if terms is not None:
            lines.append(terms)
        if width < ONE_LINE:
            lines.append(padded([], width))
    return tuple(lines)


def position_title(desk: Desk, width: int) -> Line:
    """Return the heading of the positions; the columns of `position_rows`.

    While an account tells nothing, what is held there may be something else by now, and the heading says so.
    """
    held = _held(desk)
    is_heard = all(account is None or account.is_up for account in _accounts(desk, held))
    if width < WIDE:
        words, role = ("POSITIONS", "dim") if is_heard else ("POSITIONS as last heard", "warn")
        return message(words, width, role)
    columns = _columns(desk, held)
    titles = ("qty", "avg", "mark", "uPnL", "rPnL", "even" if width >= EVEN else "")
    texts = zip(titles, columns if width >= EVEN else columns._replace(even=0), strict=True)
    words, role = (" POSITIONS ", "dim") if is_heard else (" POSITIONS~", "warn")
    text = "".join(right(word, cells) for word, cells in texts)
    return padded([Piece(words, role), Piece(text + ("  market" if width >= NAMED else ""), "dim")], width)


class _Row(NamedTuple):
    position: Position
    instrument: Instrument | None
    mark: Decimal | None
    unrealized: Decimal | None
    is_doubted: bool

    @property
    def mark_text(self) -> str:
        if self.mark is None:
            return "-"
        return ("~" if self.is_doubted else "") + average_text(self.mark, self.instrument)

    @property
    def open_profit(self) -> Piece:
        text = _amount(self.unrealized, pays_in(self.instrument))
        if self.is_doubted and self.unrealized is not None:
            return Piece(f"~{text}", "dim")
        return Piece(text, _pnl_role(self.unrealized))


class _Columns(NamedTuple):
    """Cells of each number, the gap before it included: no number is ever cut."""

    quantity: int
    average: int
    mark: int
    unrealized: int
    realized: int
    even: int


def _held(desk: Desk) -> list[Position]:
    held = [position for position in desk.positions.values() if position.quantity or position.realized_pnl]
    held.sort(key=lambda position: (position.quantity == 0, -_worth(position, desk)))
    return held


def _accounts(desk: Desk, held: Iterable[Position]) -> Iterator[Connection | None]:
    """Yield the stream of each account that has a position open; None where there is none yet."""
    for venue in {position.venue for position in held if position.quantity}:
        yield desk.account(venue)


def _worth(position: Position, desk: Desk) -> Decimal:
    """Return about what a position is worth: a thousand shares are less than a coin."""
    if position.contract_value:
        return abs(position.quantity) * position.contract_value
    mark = desk.mark(position.instrument) or position.entry_price
    return abs(position.quantity) * mark if mark is not None else abs(position.quantity)


def _columns(desk: Desk, held: list[Position]) -> _Columns:
    """Return the cells of each column: no mark and no open profit gets wider for being an estimate."""
    quantity, average, mark, even = LEAST_NUMBER, LEAST_NUMBER, LEAST_NUMBER - 1, LEAST_NUMBER
    unrealized = realized = LEAST_AMOUNT
    for position in held:
        known = desk.instruments.get(position.instrument)
        asset = pays_in(known)
        quantity = max(quantity, len(quantity_text(position.quantity)) + 1)
        average = max(average, len(average_text(position.entry_price, known)) + 1)
        even = max(even, len(average_text(break_even(position, known), known)) + 1)
        mark = max(mark, len(average_text(desk.mark(position.instrument), known)) + 2)
        unrealized = max(unrealized, len(_amount(desk.unrealized(position.instrument), asset)) + 2)
        realized = max(realized, len(_amount(position.realized_pnl, asset)) + 1)
    return _Columns(quantity, average, mark, unrealized, realized, even)


def _position_line(row: _Row, name: str, columns: _Columns, width: int, short: str) -> Line:
    position, instrument = row.position, row.instrument
    unit, asset = unit_of(instrument), pays_in(instrument)
    side = sign_role(position.quantity, "side.buy", "side.sell")
    line = [
        Piece(left(fitted(f" {unit} {short}".rstrip(), 10, "…"), 11), OUTCOME_ROLE.get(unit.upper(), "")),
        Piece(right(quantity_text(position.quantity), columns.quantity), side),
        Piece(right(average_text(position.entry_price, instrument), columns.average), ""),
        Piece(right(row.mark_text, columns.mark), "dim"),
        row.open_profit._replace(text=right(row.open_profit.text, columns.unrealized)),
        Piece(
            right(_amount(position.realized_pnl, asset), columns.realized), _pnl_role(position.realized_pnl)
        ),
    ]
    if width >= EVEN:
        even = "" if not position.quantity else average_text(break_even(position, instrument), instrument)
        line.append(Piece(right(even, columns.even), "dim"))
    room = width - cells_of(line) - 3
    if width >= NAMED and room > 0:
        unit = "" if is_dollar(asset) else f" in {asset}"
        line.append(Piece(f"  {fitted(name + unit, room, '…')}", "dim"))
    return padded(line, width)


def _position_block(row: _Row, name: str, width: int) -> list[Line]:
    position, instrument = row.position, row.instrument
    token, asset = unit_of(instrument), pays_in(instrument)
    held: Line = (
        Piece(quantity_text(position.quantity), sign_role(position.quantity, "side.buy", "side.sell")),
        Piece(f" {token}", OUTCOME_ROLE.get(token.upper(), "")),
        Piece(f" @{average_text(position.entry_price, instrument)}", ""),
    )
    profit: Line = (
        Piece("u ", "dim"),
        row.open_profit,
        Piece(" r ", "dim"),
        Piece(_amount(position.realized_pnl, asset), _pnl_role(position.realized_pnl)),
        Piece("" if is_dollar(asset) else f" {asset}", "dim"),
    )
    if width < ONE_LINE:
        return [message(fitted(name, width - 2, "…"), width), indented(held, width), indented(profit, width)]
    line = [*held, Piece("  ", ""), *profit]
    room = width - cells_of(line) - 4
    return [indented((*line, Piece(f"  {fitted(name, room, '…')}" if room > 0 else "", "dim")), width)]


def _terms(row: _Row, width: int) -> Line | None:
    """Return what a position on margin costs and where it ends; None where there is nothing to say."""
    position, terms = row.position, row.position.terms
    if not position.quantity or (terms is None and not position.funding):
        return None
    parts = [] if terms is None else _margin_parts(terms, row.instrument)
    if position.funding:
        asset = pays_in(row.instrument)
        parts.append((f"funding {_amount(position.funding, asset)}", _pnl_role(position.funding)))
    if terms is not None and terms.mark_price is not None:
        parts.append((f"venue's mark {average_text(terms.mark_price, row.instrument)}", "dim"))
    line = [Piece("  ", "")]
    for text, role in parts:
        gap = "" if len(line) == 1 else " · "
        if cells_of(line) + len(gap) + len(text) > width:
            break
        line += [Piece(gap, "dim"), Piece(text, role)]
    return padded(line, width)


def _margin_parts(terms: MarginTerms, instrument: Instrument | None) -> list[tuple[str, str]]:
    parts = []
    if terms.liquidation_price is not None:
        parts.append((f"liq {average_text(terms.liquidation_price, instrument)}", "warn"))
    if terms.leverage is not None:
        parts.append((f"{terms.leverage.normalize():f}x {terms.margin_mode}".rstrip(), ""))
    elif terms.margin_mode:
        parts.append((terms.margin_mode, ""))
    if terms.hedged:
        long, short = quantity_text(terms.long_quantity), quantity_text(-terms.short_quantity)
        parts.append((f"hedged {long} {short}", ""))
    return parts


def _amount(value: Decimal | None, asset: str) -> str:
    return "-" if value is None else amount_text(value, asset)


def _pnl_role(value: Decimal | None) -> str:
    return "dim" if value is None else sign_role(value, "pnl.pos", "pnl.neg")
