"""What a quit leaves behind, in words. Pure."""

from omega_tui.domain.programs import ProgramStatus
from omega_tui.ui.desk.desk import Desk


def what_stays(desk: Desk) -> str:
    """Return which orders go on and which programs do not after the end; empty when there are none."""
    working = len([order for order in desk.working() if order.status.may_rest])
    held = len([one for one in desk.programs.values() if one.status is ProgramStatus.WORKING])
    parts = []
    if working:
        parts.append(("1 order stays" if working == 1 else f"{working} orders stay") + " at the venue")
    if held:
        parts.append("1 program stops" if held == 1 else f"{held} programs stop")
    return ", ".join(parts)
