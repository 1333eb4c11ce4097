"""The two lines above the rows of a ladder: what it is and how far it can be trusted, and its columns."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from omega_tui.domain.integrity import DataState, Integrity, IntegrityState
from omega_tui.text import cell_width
from omega_tui.ui.ladder.columns import FULL_WIDTH, Columns
from omega_tui.ui.ladder.model import LadderModel
from omega_tui.ui.ladder.row_cells import LadderRow, Piece, merged
from omega_tui.ui.ladder.rows import cut, ladder_columns
from omega_tui.ui.style.glyphs import GLYPH_SETS, GlyphSet
from omega_tui.ui.text.formats import centred, fitted, left, right, steady_age_text
from omega_tui.units import NS_PER_S

_NAME_CELLS: Final = 10
"""Cells that a name needs to be of use; before it gets fewer, the details after it go."""


def title_line(model: LadderModel, width: int = FULL_WIDTH) -> LadderRow:
    """Return the title: outcome, name, tick, the book's own check, and always the data state."""
    glyphs = GLYPH_SETS[model.glyphs]
    return _title(
        _TitleFacts(
            prefix=_prefix(model, glyphs),
            name=model.instrument.name,
            framing=model.framing,
            state=Piece(f" {_state_text(model)} ", f"chip.{model.status.state.value.lower()}"),
            tick=_tick_text(model, glyphs),
            check=_check(model.integrity, model.status.state, glyphs),
            armed=model.armed,
            barred=model.barred,
            flash=model.flash,
            follows=model.follows,
            focused=model.focused,
            ellipsis=glyphs.ellipsis,
        ),
        width,
    )


def _prefix(model: LadderModel, glyphs: GlyphSet) -> str:
    """Return what tells one of several ladders: number and venue, after a mark if it has the keys."""
    if not model.number:
        return ""
    mark = glyphs.cursor if model.focused else " "
    return f"{mark}{model.number} {model.instrument.venue} "


class _TitleFacts(NamedTuple):
    """All that a title is made of."""

    prefix: str
    name: str
    framing: str
    state: Piece
    tick: str
    check: Piece
    armed: bool
    barred: str
    flash: bool
    follows: bool
    focused: bool
    ellipsis: str


@lru_cache(256)
def _title(facts: _TitleFacts, width: int) -> LadderRow:
    armed = [Piece(" ARMED ", "chip.armed"), Piece(" ", "title")] if facts.armed else []
    if facts.barred:
        armed = [Piece(f" {facts.barred} ", "chip.down"), Piece(" ", "title")]
    if facts.follows:
        armed.insert(0, Piece(" FOLLOW ", "chip.follow"))
    framing = Piece(facts.framing, _framing_role(facts.framing))
    tick = Piece(f" {facts.tick} ", "chip.tick") if facts.flash else Piece(facts.tick, "title.detail")
    details = [piece for piece in (tick, facts.check) if piece.text]
    fixed = _cells([facts.state, *armed])

    def room() -> int:
        used = fixed + _cells(details) + len(details) + 1
        return width - used - (_cells([framing]) + 1 if framing.text else 0)

    while details and room() < cell_width(facts.prefix) + min(_NAME_CELLS, cell_width(facts.name)) + 1:
        details.pop(0)
    if room() < 0:
        framing = Piece("", "title")
    name = left(fitted(f"{facts.prefix}{facts.name}", max(0, room() - 1), facts.ellipsis), max(0, room()))
    pieces = [Piece(" ", "title")]
    if framing.text:
        pieces += [framing, Piece(" ", "title")]
    pieces.append(Piece(name, "title.name" if facts.focused else "title"))
    for detail in details:
        pieces += [detail, Piece(" ", "title")]
    layer = "title.focus" if facts.focused else "title"
    return cut(LadderRow(merged([*pieces, *armed, facts.state]), layer), width)


def heading_line(model: LadderModel, width: int = FULL_WIDTH) -> LadderRow:
    """Return the names of the columns, or why new orders are refused, or that ours may be others by now."""
    glyphs = GLYPH_SETS[model.glyphs]
    reason = model.lock_reason if model.armed else ""
    if not model.status.state.allows_new_orders:
        reason = model.lock_reason or model.status.reason or "no orders on such data"
    if reason:
        text = fitted(f" LOCKED {reason}", width, glyphs.ellipsis)
        return LadderRow((Piece(left(text, width), "lock"),), "heading")
    if model.unheard:
        text = fitted(f" ACCOUNT {model.unheard}: orders as last heard", width, glyphs.ellipsis)
        return LadderRow((Piece(left(text, width), "lock"),), "heading")
    price = (model.framing or "PRICE") + _legend(model, glyphs)
    return _names(ladder_columns(model, width), price, glyphs.delta, width)


def _legend(model: LadderModel, glyphs: GlyphSet) -> str:
    """Return the sign of the levels where they are marked; with a question mark where none is certain."""
    if model.levels is None:
        return ""
    return f" {glyphs.level}" if model.levels else f" {glyphs.level}?"


def _cells(pieces: Iterable[Piece]) -> int:
    return sum(cell_width(piece.text) for piece in pieces)


@lru_cache(256)
def _names(columns: Columns, price: str, delta: str, width: int) -> LadderRow:
    text = (
        " " * columns.mark
        + right("MY BUY " if columns.own > 7 else "MINE ", columns.own)
        + (right(delta, columns.delta - 1) + " " if columns.delta else "")
        + right("BID", columns.bid)
        + centred(price, columns.price)
        + left("ASK", columns.ask)
        + right(delta, columns.delta)
        + left(" MY SELL" if columns.own > 7 else " MINE", columns.own)
        + left(" VOL" if columns.volume else "", columns.volume)
        + right("LTQ" if columns.last else "", columns.last)
        + right("AHEAD " if columns.ahead else "", columns.ahead)
        + " " * columns.rail
    )
    return cut(LadderRow((Piece(text, "heading"),), "heading"), width)


def _state_text(model: LadderModel) -> str:
    """Return the data state, with its age in whole seconds: milliseconds would repaint every frame."""
    status = model.status
    # What lags changes often enough: the header says how far behind it is.
    if status.state in {DataState.LIVE, DataState.LAG} or status.age_ns is None or status.age_ns < NS_PER_S:
        return status.state.value
    return f"{status.state.value} {steady_age_text(status.age_ns)}"


def _check(integrity: Integrity | None, state: DataState, glyphs: GlyphSet) -> Piece:
    if integrity is None:
        return Piece("", "title")
    check = integrity.check
    if integrity.state is IntegrityState.VERIFIED:
        if not state.allows_new_orders:
            # It did verify, before it went bad: a tick beside DOWN would say that all is well.
            return Piece("", "title")
        return Piece(f"{glyphs.verified}{check or 'book'}", "check.ok")
    if integrity.state is IntegrityState.UNVERIFIED:
        text = f"{glyphs.unknown}{check or 'book'}"
        if integrity.unverified > 1:
            text += f" {integrity.unverified}"
        return Piece(text, "check.off" if integrity.advisory else "check.bad")
    words = {
        IntegrityState.RESYNCING: "rebuilding",
        IntegrityState.STALE: "saved",
        IntegrityState.UNCHECKED: "unchecked",
    }
    return Piece(words[integrity.state], "check.off")


def _tick_text(model: LadderModel, glyphs: GlyphSet) -> str:
    text = f"t{model.instrument.tick_size.normalize():f}"
    if model.view.group > 1:
        text += f"{'×' if glyphs.name == 'unicode' else 'x'}{model.view.group}"  # noqa: RUF001 - times
    return text


def _framing_role(framing: str) -> str:
    return {"YES": "title.yes", "NO": "title.no"}.get(framing.upper(), "title.detail")
