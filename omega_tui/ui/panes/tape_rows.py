"""The tape as rows of text: public prints, newest on top, with a bar for the size."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct

from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.ui.desk.tape_flow import Flow, Window
from omega_tui.ui.ladder.axis import bar_eighths, rounded_up
from omega_tui.ui.ladder.row_cells import LadderRow, Piece, merged
from omega_tui.ui.ladder.rows import cut
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.text.formats import left, price_text, right, signed_text, size_decimals, size_text
from omega_tui.ui.text.words import average_text
from omega_tui.ui.text.words import size_text as exact_text
from omega_tui.units import NS_PER_MS, NS_PER_S

_FULL_TIME: Final = 30
"""From this width on the time has hours; below it minutes and seconds."""
WIDE: Final = 36
"""From this width on the time has milliseconds, and the volume delta of late and the average have a line."""
LEAST_ROWS: Final = 10
"""Rows of prints that are left before that line is shown."""
_SIZE: Final = 7
_EIGHTHS: Final = 8


class TapeModel(Struct, frozen=True):
    """What a tape shows.

    Attributes:
        instrument: What is traded; None while nothing is chosen.
        trades: Public prints, newest first; more than fit are not drawn.
        own: Trade ids of prints that one of our orders was part of.
        stale: Whether the prints are not to be trusted as the latest.
        glyphs: Name of the glyph set.
        flow: What all prints that were seen add up to.
        least: The smallest size that is shown; zero shows all.
        recent: The volume delta of late.
    """

    instrument: Instrument | None
    trades: tuple[Trade, ...] = ()
    own: frozenset[str] = frozenset()
    stale: bool = False
    glyphs: str = "unicode"
    flow: Flow = Flow()
    least: Decimal = ZERO
    recent: tuple[Window, ...] = ()


def tape_rows(model: TapeModel, width: int, height: int) -> tuple[LadderRow, ...]:
    """Return `height` rows of `width` cells: a print each, then blank ones."""
    blank = LadderRow((Piece(" " * width, "plain"),), "stale" if model.stale else "")
    instrument = model.instrument
    if instrument is None:
        return (blank,) * height
    shown = model.trades[:height]
    scale = tape_scale(shown)
    decimals = instrument.price_decimals
    price_cells = max((len(price_text(trade.price, decimals)) for trade in shown), default=1)
    grid = _Grid(width, price_cells, decimals, size_decimals(instrument), scale, model.glyphs)
    rows = [_row(trade, grid, own=trade.trade_id in model.own) for trade in shown]
    if model.stale:
        rows = [row._replace(layer="stale") for row in rows]
    return (*rows, *(blank,) * (height - len(rows)))


def tape_heading(model: TapeModel, width: int) -> LadderRow:
    """Return the line above the tape: the volume delta and the average price, as far as there is room."""
    flow, instrument = model.flow, model.instrument
    parts = [" TAPE", f"from {exact_text(model.least)}" if model.least else ""]
    if instrument is not None and flow.volume:
        parts.append(f"cvd {_delta_text(flow.delta, instrument)}")
        if width < WIDE:
            parts.append(_average(model))
        parts.append(f"since {time_text(flow.since_ns, min(_FULL_TIME, width))}")
    return _heading(parts, width)


def has_flow_line(width: int, rows: int) -> bool:
    """Return whether a tape with so many rows below its heading ends in the line of `flow_line`."""
    return width >= WIDE and rows > LEAST_ROWS


def flow_line(model: TapeModel, width: int) -> LadderRow:
    """Return the volume delta of the last minutes and the average price, as far as there is room.

    A window is called by how far back prints were really seen: `42s` and `3m` until it is a whole `5m`.
    """
    instrument = model.instrument
    parts = [""]
    if instrument is not None and model.flow.volume:
        deltas = [f"{_length(one.seen_s)} {_delta_text(one.delta, instrument)}" for one in model.recent]
        parts += [f"cvd {deltas[0]}", *deltas[1:]] if deltas else []
        parts.append(_average(model))
    row = _heading(parts, width)
    return row._replace(layer="stale") if model.stale else row


def _heading(parts: Sequence[str], width: int) -> LadderRow:
    """Return words in a line, as many as fit, none of them cut; the first is its indent."""
    text = parts[0]
    for part in filter(None, parts[1:]):
        if len(text) + len(part) + 1 > width:
            break
        text = f"{text} {part}"
    return LadderRow((Piece(left(text, width), "heading"),), "heading")


def _average(model: TapeModel) -> str:
    return f"vwap {average_text(model.flow.average, model.instrument)}"


def _delta_text(delta: Decimal, instrument: Instrument) -> str:
    return signed_text(delta, _SIZE, size_decimals(instrument)) or "0"


def _length(seconds: int) -> str:
    """Return a length of time in words of its own: two windows of different lengths never read the same."""
    return f"{seconds // 60}m" if seconds == 60 or seconds >= 120 else f"{seconds}s"


def tape_scale(trades: Sequence[Trade]) -> Decimal:
    """Return the size that fills a bar: the largest shown, rounded up to 1, 2 or 5 times a power of ten."""
    return rounded_up(max((trade.size for trade in trades if trade.size > 0), default=Decimal(1)))


def time_text(ts_ns: int, width: int) -> str:
    """Return the venue's time of a print, UTC: `14:02:11.204`, and less of it where there is little room."""
    if ts_ns <= 0:
        return ""
    moment = datetime.fromtimestamp(ts_ns // NS_PER_S, UTC)
    if width >= WIDE:
        return f"{moment:%H:%M:%S}.{ts_ns // NS_PER_MS % 1_000:03}"
    return f"{moment:%H:%M:%S}" if width >= _FULL_TIME else f"{moment:%M:%S}"


class _Grid(NamedTuple):
    """What the rows of one tape have in common."""

    width: int
    price_cells: int
    decimals: int
    size_decimals: int
    scale: Decimal
    glyphs: str


@lru_cache(2_048)
def _row(trade: Trade, grid: _Grid, *, own: bool) -> LadderRow:
    """Return one print. The side is said by a letter, an arrow and a colour."""
    glyphs = GLYPH_SETS[grid.glyphs]
    width, price_cells, decimals = grid.width, grid.price_cells, grid.decimals
    time = time_text(trade.ts_event_ns, width)
    word = {Side.BUY: "buy", Side.SELL: "sell", None: "none"}[trade.aggressor]
    arrow = {Side.BUY: glyphs.up, Side.SELL: glyphs.down, None: " "}[trade.aggressor]
    letter = {Side.BUY: "b", Side.SELL: "s", None: " "}[trade.aggressor]
    fixed = [
        Piece(f" {time} ", "dim"),
        Piece(right(price_text(trade.price, decimals), price_cells), f"print.{word}"),
        Piece(f" {letter}{arrow}", f"print.{word}"),
        Piece(right(size_text(trade.size, _SIZE, grid.size_decimals), _SIZE), "size"),
        # In the colour of what is ours: in that of its side it would look like a part of the bar.
        Piece(glyphs.own_print if own else " ", "mark" if own else "plain"),
    ]
    room = max(0, width - sum(len(piece.text) for piece in fixed))
    # Letters that stand for a bar are read as text: they need the contrast of text.
    kind = "print.bar" if glyphs.eighths else "print"
    pieces = merged([*fixed, Piece(_bar(trade.size, grid.scale, room, grid.glyphs), f"{kind}.{word}")])
    text = LadderRow(pieces)
    return text if room else cut(text, width)


def _bar(size: Decimal, scale: Decimal, width: int, glyph_set: str) -> str:
    glyphs = GLYPH_SETS[glyph_set]
    if width == 0 or size <= 0:
        return " " * width
    whole, part = divmod(min(bar_eighths(size, scale, width), width * _EIGHTHS), _EIGHTHS)
    tail = glyphs.eighths[part - 1] if part and glyphs.eighths else ""
    return left(glyphs.block * whole + tail, width)
