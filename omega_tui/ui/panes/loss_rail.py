"""How much of the day's loss limit is used at a venue, for the risk line. Pure.

Both figures are those that the gate judges by, as it samples them: the screen computes neither.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from omega_tui.domain.events.status import DAY_LIMIT, DAY_RESULT
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.status_line import Line

_CELLS: Final = 10
_MUCH: Final = 50
_NEARLY: Final = 80
"""Per cent of the limit from which it is to be looked at, and from which it is urgent."""


def loss_rail(samples: Mapping[str, float]) -> Line:
    """Return `loss stop 100` with a bar and the share of it that is lost; nothing where it is not known."""
    limit = samples.get(DAY_LIMIT, 0.0)
    if DAY_RESULT not in samples or limit <= 0:
        return ()
    lost = max(0.0, -samples[DAY_RESULT])
    percent = min(100, round(100 * lost / limit))
    full = min(_CELLS, -(-percent * _CELLS // 100))  # What is lost shows, however little it is.
    role = "loud" if percent >= _NEARLY else "warn" if percent >= _MUCH else "dim"
    return (
        Piece(f"loss stop {Decimal(str(limit)).normalize():,f} ", "dim"),
        Piece("\u2590" * full, role),
        Piece("\u2591" * (_CELLS - full), "faint"),
        Piece(f" {percent}%", role),
    )
