"""The rows of the positions: what is held, at which price, with which open and realized profit. Pure."""

from decimal import Decimal

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import Instrument
from omega_tui.ui.desk import Desk
from omega_tui.ui.formats import fitted, left, money_text, right
from omega_tui.ui.pane_lines import OUTCOME_ROLE, filled, indented, message, quantity_text, sign_role
from omega_tui.ui.row_cells import Piece
from omega_tui.ui.status_line import Line, padded
from omega_tui.ui.words import average_text, outcome


def position_rows(desk: Desk, width: int, rows: int) -> tuple[Line, ...]:
    """Return the open positions with their open profit, and what was realized; the loudest first."""
    held = [position for position in desk.positions.values() if position.quantity or position.realized_pnl]
    held.sort(key=lambda position: (position.quantity == 0, -abs(position.quantity)))
    if not held:
        return filled([message("no position", width)], width, rows)
    lines: list[Line] = []
    for position in held:
        instrument = desk.instruments.get(position.instrument)
        unrealized, mark = desk.unrealized(position.instrument), desk.mark(position.instrument)
        if width >= 60:
            lines.append(_position_line(position, instrument, mark, unrealized, width))
        else:
            lines += _position_block(position, instrument, unrealized, width)
    return filled(lines, width, rows)


def position_title(width: int) -> Line:
    """Return the heading of the positions; the columns of `position_rows`."""
    if width < 60:
        return message("POSITIONS", width)
    text = f" {'POSITIONS':<10}{'qty':>10}{'avg':>9}{'mark':>8}{'uPnL':>11}{'rPnL':>11}"
    return padded([Piece(text, "dim"), Piece("  market" if width >= 80 else "", "dim")], width)


def _position_line(
    position: Position,
    instrument: Instrument | None,
    mark: Decimal | None,
    unrealized: Decimal | None,
    width: int,
) -> Line:
    token = outcome(instrument)
    name = instrument.name if instrument is not None else position.instrument
    line = [
        Piece(left(f" {token}", 11), OUTCOME_ROLE.get(token.upper(), "")),
        Piece(
            right(quantity_text(position.quantity), 9), sign_role(position.quantity, "side.buy", "side.sell")
        ),
        Piece(right(average_text(position.entry_price, instrument), 9), ""),
        Piece(right("-" if mark is None else average_text(mark, instrument), 8), "dim"),
        Piece(right("-" if unrealized is None else money_text(unrealized), 11), _pnl_role(unrealized)),
        Piece(right(money_text(position.realized_pnl), 11), _pnl_role(position.realized_pnl)),
    ]
    if width >= 80:
        line.append(Piece(f"  {fitted(name, width - 61, '…')}", "dim"))
    return padded(line, width)


def _position_block(
    position: Position, instrument: Instrument | None, unrealized: Decimal | None, width: int
) -> list[Line]:
    name = instrument.name if instrument is not None else position.instrument
    token = outcome(instrument)
    held: Line = (
        Piece(quantity_text(position.quantity), sign_role(position.quantity, "side.buy", "side.sell")),
        Piece(f" {token}", OUTCOME_ROLE.get(token.upper(), "")),
        Piece(f" @{average_text(position.entry_price, instrument)}", ""),
    )
    open_text = "-" if unrealized is None else money_text(unrealized)
    profit: Line = (
        Piece("u ", "dim"),
        Piece(open_text, _pnl_role(unrealized)),
        Piece(" r ", "dim"),
        Piece(money_text(position.realized_pnl), _pnl_role(position.realized_pnl)),
    )
    blank = padded([], width)
    return [
        message(fitted(name, width - 2, "…"), width),
        indented(held, width),
        indented(profit, width),
        blank,
    ]


def _pnl_role(value: Decimal | None) -> str:
    return "dim" if value is None else sign_role(value, "pnl.pos", "pnl.neg")
