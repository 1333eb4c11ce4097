"""What stands beside the ladder of a drill, and its result. Pure."""

from omega_tui.domain.teaching import DrillScore
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.lesson_lines import text_lines
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.session.drill_floor import DrillFloor
from omega_tui.ui.text.words import size_text


def floor_lines(floor: DrillFloor, width: int) -> tuple[Line, ...]:
    """Return the time that is left, what to do, and what is held and working."""
    opened, desk = floor.opened, floor.session.desk
    blank = padded([], width)
    lines = [
        padded([Piece(" DRILL ", "replay"), Piece(f" {floor.left_s} s left", "strong")], width),
        *text_lines(opened.title, width, "title"),
        blank,
        *text_lines(opened.brief, width),
        blank,
    ]
    if len(opened.instruments) > 1:
        shown = floor.session.instrument
        name = shown.name if shown is not None else ""
        names = ", ".join(one.name for one in opened.instruments)
        lines += [*text_lines(f"Markets: {names}. On the ladder: {name}.", width), blank]
    held = [one for one in desk.positions.values() if one.quantity]
    for position in held:
        name = desk.instruments[position.instrument].name
        paid = f" @ {position.entry_price:,f}" if position.entry_price is not None else ""
        lines += text_lines(f"Position {name}: {position.quantity:+,f}{paid}", width)
    working = desk.working()
    work = "1 order of yours works" if len(working) == 1 else f"{len(working)} orders of yours work"
    lines.append(message(work, width, "dim"))
    for order in working:
        known = desk.instruments.get(order.request.instrument)
        name = known.name if known is not None else ""
        side, price = order.request.side, order.request.price
        lines += text_lines(f"{side} {size_text(order.remaining)} at {price:,f} {name}", width)
    for entry in list(desk.log)[-3:]:
        lines += text_lines(entry.text, width, "dim")
    return tuple(lines)


def score_lines(score: DrillScore, width: int) -> tuple[Line, ...]:
    """Return the result of a drill, measure by measure."""
    word, role = ("PASSED", "good") if score.passed else ("NOT PASSED", "loud")
    lines = [padded([Piece(f" {word} ", role), Piece(f" {score.points} of 100", "strong")], width)]
    for measure in score.measures:
        mark, mark_role = ("ok", "good") if measure.passed else ("no", "loud")
        first, *more = text_lines(measure.text, width - 4)
        lines.append(padded([Piece(f" {mark} ", mark_role), *first], width))
        lines += (padded([Piece("    ", ""), *row], width) for row in more)
    return tuple(lines)
