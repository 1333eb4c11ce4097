"""What the trader's commands about programs mean to the programs of a venue."""

from dataclasses import replace

from omega_tui.domain.commands import (
    AmendOrder,
    AmendProgram,
    CancelProgram,
    HoldProgram,
    ProgramCommand,
    ResumeProgram,
    StartProgram,
)
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.program_changes import moved_order
from omega_tui.domain.program_scene import stop_cap_ticks
from omega_tui.domain.programs import Amend, Stop
from omega_tui.errors import OrderRefused
from omega_tui.services.ledger import Ledger
from omega_tui.services.programs import Programs


async def obey(programs: Programs, ledger: Ledger, command: ProgramCommand) -> None:
    """Carry out a command.

    Raises:
        OrderRefused: It may not be; nothing was sent, and nothing was canceled.
    """
    match command:
        case StartProgram(spec=spec, frame=frame):
            await programs.begin(spec, frame)
        case AmendOrder():
            await _amend(programs, ledger, command)
        case AmendProgram(program=program, role=role, price=price):
            programs.move(program, role, price)
        case CancelProgram(program=program):
            programs.cancel(program)
        case HoldProgram(program=program):
            programs.hold(program)
        case ResumeProgram(program=program):
            programs.resume(program)


async def hold_stop(programs: Programs, request: OrderRequest, instrument: Instrument | None) -> None:
    """Hold a stop here, for a venue that keeps none.

    Raises:
        OrderRefused: It may not be; nothing is held.
    """
    if instrument is None:
        raise OrderRefused("INSTRUMENT", "Nothing is known of this instrument yet: open it, then order.")
    order = replace(request, client_order_id="", frame=None)
    cap_ticks = stop_cap_ticks(request.price, instrument)
    spec = Stop(instrument=request.instrument, venue=request.venue, order=order, cap_ticks=cap_ticks)
    await programs.begin(spec, request.frame)


async def _amend(programs: Programs, ledger: Ledger, command: AmendOrder) -> None:
    """Change an order: one of a program in its program, any other by a program of its own."""
    order = ledger.find(client_order_id=command.client_order_id)
    if order is None or order.is_done:
        raise OrderRefused("NO_SUCH_ORDER", "That order does not work any more.")
    if order.external:
        raise OrderRefused("EXTERNAL", "That order was placed elsewhere: cancel it and place a new one.")
    old = order.request
    price = command.price
    if old.program in programs.programs:
        if price is None or command.size is not None:
            raise OrderRefused("PROGRAM", "An order of a program can be moved; its size is the program's.")
        programs.move(old.program, old.role, price)
        return
    new = replace(old, client_order_id="", frame=None, program="", role="", size=command.size or old.size)
    new = moved_order(new, price) if price is not None else new
    if new.size <= order.filled:
        raise OrderRefused("FILLED", f"{order.filled} of it are filled already: nothing would be left.")
    spec = Amend(instrument=old.instrument, venue=old.venue, client_order_id=old.client_order_id, order=new)
    await programs.amend(spec, command.frame)
