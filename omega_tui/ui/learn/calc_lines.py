"""A calculation whose numbers can be changed, as lines of a pane. Pure."""

from omega_tui.text import cell_width
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.calc_hand import CalcHand
from omega_tui.ui.learn.lesson_lines import result_lines, text_lines
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.text.formats import left, right


def calc_page(hand: CalcHand, width: int, height: int, *, glyphs: str) -> tuple[Line, ...]:
    """Return the calculation: its inputs, one of them chosen, and every result with its formula.

    Where they would take more lines than there are, formulas that need one of their own are left out.
    """
    whole = _page(hand, width, glyphs, has_formulas=True)
    return whole if len(whole) <= height else _page(hand, width, glyphs, has_formulas=False)


def _page(hand: CalcHand, width: int, glyphs: str, *, has_formulas: bool) -> tuple[Line, ...]:
    calc = hand.calc
    cursor = GLYPH_SETS[glyphs].cursor
    number, count = hand.counted
    head = f" {number} of {count}" if count > 1 else ""
    lines: list[Line] = [
        padded([Piece(" CALCULATION ", "title"), Piece(f"{calc.title}{head}", "strong")], width),
        padded([], width),
    ]
    labels = [*(one.label for one in calc.inputs), *(line.label for line in calc.lines)]
    shown = {one.name: f"{hand.value_of(one.name).normalize():,f}" for one in calc.inputs}
    texts = [*shown.values(), *(line.text for line in calc.lines)]
    tall = max((cell_width(text) for text in texts), default=1)
    wide = min(max(1, width - tall - 8), max((cell_width(label) for label in labels), default=1))
    for at, one in enumerate(calc.inputs):
        is_chosen = at == hand.at
        typed = is_chosen and hand.typed
        text = f"{hand.typed}_" if typed else shown[one.name]
        role = "selected" if is_chosen else "strong" if one.name in hand.owned else ""
        whose = "  yours" if one.name in hand.owned else ""
        lines.append(
            padded(
                [
                    Piece(f" {cursor if is_chosen else ' '} ", "cursor"),
                    Piece(f"{left(one.label, wide)}  ", "dim"),
                    Piece(right(text, tall), role),
                    Piece(f" {one.unit}{whose}", "dim"),
                ],
                width,
            )
        )
    if hand.complaint:
        lines += text_lines(hand.complaint, width, "warn")
    lines.append(padded([Piece("   " + "-" * min(width - 4, wide + tall + 2), "rule")], width))
    for line in calc.lines:
        result = (Piece(f"   {left(line.label, wide)}  ", ""), Piece(right(line.text, tall), "strong"))
        lines += result_lines(result, line.formula if has_formulas else "", width)
    if hand.owned:
        lines += text_lines("Yours are from the account and the market on the ladder.", width, "dim")
    return tuple(lines)
