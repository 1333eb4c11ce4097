"""The rows of our own fills, newest first: what was traded, at what fee, and what that realized. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Fill, Settlement
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.own_fills import Gain
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import OUTCOME_ROLE, SIDE_ROLE, message, sign_role
from omega_tui.ui.panes.status_line import Line, cells_of, padded
from omega_tui.ui.text.formats import exact_size_text, fitted, left, minutes_text, price_text, right
from omega_tui.ui.text.money import amount_text, is_dollar, pays_in
from omega_tui.ui.text.words import outcome, size_text

WIDE: Final = 60
"""From so many cells on a fill has its fee and what it realized; below, what was traded at which price."""
NAMED: Final = 80
"""From so many cells on a row ends in the name of the market."""
UNDONE: Final = "undone"
"""In the place of what it realized: the fill did not settle and counts for nothing."""
HOUR_S: Final = 3_600
_WHEN: Final = 11
_SIDE: Final = 5
_TOKEN: Final = 7
_RESTED: Final = 7
_LEAST: Final = (6, 8, 6, 10)
"""Cells of size, price, fee and what was realized."""
_FEE: Final = 8
_FEE_DECIMALS: Final = 4


class _Texts(NamedTuple):
    """The numbers of a fill."""

    size: str
    price: str
    fee: str
    gain: str


def fills_below(desk: Desk, width: int, rows: int, now_ns: int) -> tuple[Line, ...]:
    """Return a heading and the newest fills in at most `rows` lines; nothing without a fill, or without room.

    Args:
        desk: What was filled in this session.
        width: Cells of a line.
        rows: How many lines are left over.
        now_ns: Wall clock, for the ages.
    """
    newest = desk.fills.newest(rows - 1) if rows > 1 else ()
    if not newest:
        return ()
    ages = [minutes_text(now_ns - fill.ts_event_ns, HOUR_S) for fill in newest]
    return fill_rows(desk, newest, ages, width)


def fill_rows(
    desk: Desk, fills: Sequence[Fill], when: Sequence[str], width: int, title: str = "FILLS"
) -> tuple[Line, ...]:
    """Return a heading and a line for each fill.

    Args:
        desk: What is known of them.
        fills: In their order.
        when: What stands first in the line of each: an age, or a time.
        width: Cells of a line.
        title: What stands first in the heading.
    """
    rows = [_row(desk, fill) for fill in fills]
    columns = _columns(rows, width)
    if columns is None:
        lines = [_short(row, at, width) for row, at in zip(rows, when, strict=True)]
        return (message(title, width), *lines)
    lines = [_line(row, at, columns, width) for row, at in zip(rows, when, strict=True)]
    return (_heading(title, columns, width), *lines)


class _Columns(NamedTuple):
    """Cells of each column that may be left out or grow, the gap before a number included."""

    size: int
    price: int
    rested: int
    fee: int
    gain: int


class _Row(NamedTuple):
    """One fill as texts.

    Attributes:
        fill: The fill.
        instrument: What was traded; None where it is not known.
        name: Of its market.
        numbers: Size, price, fee and what was realized.
        gain: What that was in numbers.
    """

    fill: Fill
    instrument: Instrument | None
    name: str
    numbers: _Texts
    gain: Gain

    @property
    def is_undone(self) -> bool:
        return self.fill.settlement is Settlement.FAILED


def _row(desk: Desk, fill: Fill) -> _Row:
    known = desk.instruments.get(fill.instrument)
    decimals = known.price_decimals if known is not None else 2
    gain = desk.fills.gain(fill)
    numbers = _Texts(
        size_text(fill.size),
        price_text(fill.price, decimals),
        _fee(fill),
        UNDONE if fill.settlement is Settlement.FAILED else _gain(gain, pays_in(known)),
    )
    name = desk.label(known) if known is not None else fill.instrument
    return _Row(fill, known, name, numbers, gain)


def _columns(rows: Sequence[_Row], width: int) -> _Columns | None:
    """Return what fits, every number whole; None where size, price and what was realized do not."""
    size, price, fee, gain = (
        max(least, *(len(row.numbers[column]) + 1 for row in rows)) for column, least in enumerate(_LEAST)
    )
    room = width - _WHEN - _SIDE - _TOKEN
    full = _Columns(size, price, _RESTED, fee, gain)
    narrower = (full, full._replace(rested=0), full._replace(rested=0, fee=0))
    return next((columns for columns in narrower if width >= WIDE and sum(columns) <= room), None)


def _fee(fill: Fill) -> str:
    if fill.third_fee is not None:
        asset, paid = fill.third_fee
        return f"{exact_size_text(paid, _FEE, _FEE_DECIMALS)} {asset}"
    return exact_size_text(fill.fee, _FEE, _FEE_DECIMALS) if fill.fee >= 0 else f"{fill.fee.normalize():f}"


def _gain(gain: Gain, asset: str) -> str:
    """Return what a fill realized; nothing of one that took nothing off a position."""
    if not gain.closes:
        return ""
    if gain.realized is None:
        return "?"
    return amount_text(gain.realized, asset) + ("" if is_dollar(asset) else f" {asset}")


def _heading(title: str, columns: _Columns, width: int) -> Line:
    text = (
        left(f" {title}", _WHEN)
        + left("side", _SIDE)
        + right("size", columns.size)
        + " " * _TOKEN
        + right("price", columns.price)
        + " " * columns.rested
        + right("fee", columns.fee)
        + right("realized", columns.gain)
        + ("  market" if width >= NAMED else "")
    )
    return padded([Piece(text, "dim")], width)


def _line(row: _Row, when: str, columns: _Columns, width: int) -> Line:
    numbers, fill = row.numbers, row.fill
    what = outcome(row.instrument)
    line = [
        Piece(left(f" {when}", _WHEN), "dim"),
        Piece(left(fill.side.value, _SIDE), SIDE_ROLE[fill.side]),
        Piece(right(numbers.size, columns.size), "dim" if row.is_undone else "strong"),
        Piece(left(f" {fitted(what, _TOKEN - 2, '…')}", _TOKEN), OUTCOME_ROLE.get(what.upper(), "")),
        Piece(right(numbers.price, columns.price), "dim" if row.is_undone else "strong"),
        Piece(left(" maker" if fill.is_maker else " taker", columns.rested), "dim"),
        Piece(right(numbers.fee, columns.fee), "dim" if row.is_undone else ""),
        Piece(right(numbers.gain, columns.gain), _gain_role(row)),
    ]
    room = width - cells_of(line) - 3
    if width >= NAMED and room > 0:
        line.append(Piece(f"  {fitted(row.name, room, '…')}", "dim"))
    return padded(line, width)


def _gain_role(row: _Row) -> str:
    gain = row.gain
    if row.is_undone:
        return "alarm"
    return "dim" if gain.realized is None else sign_role(gain.realized, "pnl.pos", "pnl.neg")


def _short(row: _Row, when: str, width: int) -> Line:
    """Return what was traded and when, where there is no room for more."""
    fill = row.fill
    pieces = [
        Piece(f" {'B' if fill.side.sign > 0 else 'S'} ", SIDE_ROLE[fill.side]),
        Piece(f"{row.numbers.size}@{row.numbers.price}", "dim" if row.is_undone else "strong"),
        Piece(f" {UNDONE}" if row.is_undone else f" {when}", "alarm" if row.is_undone else "dim"),
    ]
    if row.numbers.gain and not row.is_undone and cells_of(pieces) + len(row.numbers.gain) + 1 <= width:
        pieces.append(Piece(f" {row.numbers.gain}", _gain_role(row)))
    return padded(pieces, width)
