"""The rows of the log, the newest first. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from omega_tui.domain.events.status import Severity
from omega_tui.ui.desk.desk_log import LogEntry
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import filled, wrapped
from omega_tui.ui.panes.status_line import Line, clock_text, padded
from omega_tui.ui.text.formats import fitted

_SEVERITY_ROLE = {Severity.INFO: "", Severity.WARNING: "warn", Severity.ALARM: "loud"}
_MARK = {
    Severity.INFO: Piece("  ", ""),
    Severity.WARNING: Piece("! ", "warn"),
    Severity.ALARM: Piece("!", "alarm"),
}


def log_rows(log: Sequence[LogEntry], width: int, rows: int) -> tuple[Line, ...]:
    """Return the newest entries, the newest first; a long sentence goes on indented below."""
    lines: list[Line] = []
    for entry in reversed(log):
        lines += _log_entry(entry, width)
        if len(lines) >= rows:
            break
    return filled(lines[:rows], width, rows)


def rule_line(log: Sequence[LogEntry], width: int, horizontal: str) -> Line:
    """Return a line across the screen; it begins with the newest entry of a log that is not empty."""
    if not log:
        return padded([Piece(horizontal * width, "rule")], width)
    newest = replace(log[-1], text=fitted(log[-1].text, width - 13, "…"))
    return (*log_rows([newest], width, 1)[0][:-1], Piece(f" {horizontal * width}", "rule"))


def _log_entry(entry: LogEntry, width: int) -> list[Line]:
    stamp = clock_text(entry.ts_ns) if width >= 40 else clock_text(entry.ts_ns)[:5]
    indent = len(stamp) + 4
    role = _SEVERITY_ROLE[entry.severity]
    texts = wrapped(entry.text, max(8, width - indent))
    mark = _MARK[entry.severity]
    gap = Piece(" " * (2 - len(mark.text)), "")
    first = padded([Piece(f" {stamp} ", "dim"), mark, gap, Piece(texts[0], role)], width)
    return [first, *(padded([Piece(" " * indent, ""), Piece(text, role)], width) for text in texts[1:3])]
