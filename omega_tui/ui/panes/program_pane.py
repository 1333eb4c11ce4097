"""The lines of the order programs, above the orders that they sent: each one thing with one state. Pure."""

from collections.abc import Mapping, Sequence

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.programs import Program, ProgramStatus, side_of
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import SIDE_ROLE
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import fitted, price_text
from omega_tui.ui.text.words import outcome, size_text

MOST_LINES = 5
"""Programs that are listed; the last line says how many more there are."""

_STATUS_ROLE = {
    ProgramStatus.WORKING: "",
    ProgramStatus.HELD: "alarm",
    ProgramStatus.CANCELING: "waiting",
}


def program_names(programs: Sequence[Program]) -> dict[str, Program]:
    """Return how programs are called on the command line: by their kind, numbered where there are several."""
    names: dict[str, Program] = {}
    for program in programs:
        number = sum(other.kind == program.kind for other in names.values())
        names[program.kind if not number else f"{program.kind}{number + 1}"] = program
    return names


def program_lines(
    programs: Sequence[Program],
    instruments: Mapping[str, Instrument],
    width: int,
    *,
    most: int = MOST_LINES,
) -> tuple[Line, ...]:
    """Return a line for each program that is not over, in at most `most` lines."""
    names = program_names(programs)
    lines = [
        _line(name, program, instruments.get(program.spec.instrument), width)
        for name, program in names.items()
    ]
    if len(lines) > most:
        more = len(lines) - most + 1
        lines[most - 1 :] = [padded([Piece(f" and {more} more programs", "dim")], width)]
    return tuple(lines)


def _line(name: str, program: Program, instrument: Instrument | None, width: int) -> Line:
    side = side_of(program.spec)
    progress = f"{size_text(program.filled)}/{size_text(program.size)}"
    head = f"{side.value[0]} "
    what = f"{name} {progress} {outcome(instrument)} "
    state = program.status.value.lower()
    waits = ", ".join(_held(program, instrument))
    words = [state]
    if program.status is ProgramStatus.HELD and program.held:
        # First, so that it is never what a narrow pane cuts off.
        words = [f"unwatched {waits}, {state}"]
    elif waits:
        words.append(f"{waits} here")
    role = _STATUS_ROLE.get(program.status, "dim")
    if program.reason and program.status is ProgramStatus.WORKING:
        # A stop that is set off and cannot leave: why comes before everything else, or it is cut off.
        words, role = [program.reason, *words[1:]], "warn"
    elif program.reason:
        words.append(program.reason)
    left = max(1, width - len(head) - len(what) - 1)
    said = fitted(" · ".join(words), left, "…")
    return padded([Piece(f" {head}", SIDE_ROLE[side]), Piece(what, "strong"), Piece(said, role)], width)


def _held(program: Program, instrument: Instrument | None) -> list[str]:
    decimals = instrument.price_decimals if instrument is not None else 2
    return [f"{order.role} {price_text(order.stands_at, decimals)}" for order in program.held]
