"""An explanation as lines of a pane: always the same five parts in the same order. Pure."""

from typing import Final

from omega_tui.domain.teaching import Explanation
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.lesson_lines import BADGE_ROLES, MAX_TEXT
from omega_tui.ui.panes.pane_lines import wrapped
from omega_tui.ui.panes.status_line import Line, padded

WRONG: Final = {"error": "WHAT WOULD MAKE IT GO AWAY"}
"""The heading of the fourth part, where another one says it better."""


def explain_lines(explanation: Explanation, width: int) -> tuple[Line, ...]:
    """Return what you see, how it is computed, the evidence, what would make it wrong, and what to try."""
    blank = padded([], width)
    evidence = explanation.evidence.removeprefix(f"{explanation.badge}:").strip()
    badge = padded([Piece(f"   {explanation.badge}", BADGE_ROLES.get(explanation.badge, "dim"))], width)
    lines: list[Line] = []
    for title, first, rows in (
        ("WHAT YOU SEE", (), explanation.see),
        ("HOW IT IS COMPUTED", (), explanation.computed),
        ("WHAT THE EVIDENCE SAYS", (badge,), (evidence,)),
        (WRONG.get(explanation.about, "WHAT WOULD MAKE IT WRONG"), (), explanation.wrong),
    ):
        lines += [padded([Piece(f" {title}", "title")], width), *first]
        parts = (
            part for row in rows for part in wrapped(row.replace("`", ""), max(1, min(MAX_TEXT, width - 4)))
        )
        lines += (padded([Piece(f"   {part}", "")], width) for part in parts)
        lines.append(blank)
    lines.append(padded([Piece(" TRY IT", "title")], width))
    lines += (
        padded(
            [Piece(f"   {link.key} ", "key"), Piece(f"{link.kind}: ", "dim"), Piece(link.label, "")], width
        )
        for link in explanation.links
    )
    return tuple(lines)
