"""What a ladder draws beyond book and orders, from what the desk knows. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.domain.programs import Amend, Program, ProgramStatus
from omega_tui.domain.trade import Trade
from omega_tui.ui.ladder.model import HeldOrder, LastSize
from omega_tui.ui.ladder.view import View
from omega_tui.ui.text.words import price_text
from omega_tui.units import NS_PER_S

if TYPE_CHECKING:
    from omega_tui.education.live_swing import LiveSwing, SwingMark

LAST_SIZE_NS = 3 * NS_PER_S
"""A print is news for so long (ladder specification, section 3)."""
FADES_NS = LAST_SIZE_NS // 2
"""And drawn faintly from here on."""


def held_orders(programs: Iterable[Program], instrument: str) -> tuple[HeldOrder, ...]:
    """Return the orders of an instrument that wait here for their price and are not at the venue.

    Those of a program that is held are left out: nothing watches their price, as the list of programs says.
    """
    return tuple(
        HeldOrder(order.side, order.stands_at, order.size)
        for program in programs
        if not isinstance(program.spec, Amend) and program.status is ProgramStatus.WORKING
        for order in program.held
        if order.instrument == instrument
    )


def amending_orders(
    programs: Iterable[Program], orders: Iterable[Order], instrument: str
) -> tuple[tuple[str, Decimal], ...]:
    """Return the working orders of an instrument that go to another price, with that price.

    Those that the trader moves, and those of which a change in place is in doubt: a bracket or a chase moves
    its orders by itself, and after a restart nobody else tells of it.
    """
    asked = {
        program.spec.client_order_id: program.spec.order.price
        for program in programs
        if isinstance(program.spec, Amend) and program.spec.instrument == instrument
    }
    in_doubt = {
        order.request.client_order_id: order.amending.price
        for order in orders
        if order.amending is not None and order.request.instrument == instrument
    }
    return tuple((in_doubt | asked).items())


def last_sizes(tape: Sequence[Trade], instrument: Instrument, now_ns: int) -> tuple[LastSize, ...]:
    """Return the newest print at each price of the last three seconds, newest first.

    Args:
        tape: Public prints, oldest first.
        instrument: Theirs.
        now_ns: Time on the clock of their `ts_recv_ns`.
    """
    newest: dict[Decimal, Trade] = {}
    for trade in reversed(tape):
        if now_ns - trade.ts_recv_ns >= LAST_SIZE_NS:
            break
        newest.setdefault(trade.price, trade)
    found: dict[int, LastSize] = {}
    for price, trade in newest.items():
        tick = instrument.to_ticks(price)
        if tick not in found:
            found[tick] = LastSize(tick, trade.size, trade.aggressor, now_ns - trade.ts_recv_ns >= FADES_NS)
    return tuple(found.values())


def level_ticks(swing: "LiveSwing | None", instrument: Instrument, last: Decimal | None) -> tuple[int, ...]:
    """Return the ticks that the swing in force marks; none once the last price has passed one of its ends.

    Args:
        swing: As of the last look at the bars, up to a second ago.
        instrument: Its instrument, with the tick in force.
        last: Price of the last print; None before the first.
    """
    if swing is None or last is None or not min(swing[:2]) <= last <= max(swing[:2]):
        return ()
    return _ticks(swing.marks, instrument)


def level_at(swing: "LiveSwing | None", ticks: Sequence[int], view: View, tick: int) -> str:
    """Return the labels of the marks on the row of a tick, as `.618`, or `.5 .618` of a row of many ticks.

    Args:
        swing: What `ticks` were made from.
        ticks: As `level_ticks` gives them.
        view: Of the ladder.
        tick: Where the cursor is.
    """
    if swing is None or not ticks:
        return ""
    row = view.row_of(tick)
    if row is None:
        return ""
    return " ".join(mark.label for mark, at in zip(swing.marks, ticks, strict=True) if view.row_of(at) == row)


@lru_cache(16)
def _ticks(marks: "tuple[SwingMark, ...]", instrument: Instrument) -> tuple[int, ...]:
    return tuple(instrument.to_ticks(mark.price) for mark in marks)


def off_tick(orders: Iterable[Order], instrument: Instrument) -> str:
    """Return which working orders stand on no price of their market any more; empty for none."""
    off = [
        f"{order.request.side} {price_text(order.request.price, None)}"
        for order in orders
        if not (instrument.is_on_tick(order.request.price) and instrument.contains(order.request.price))
    ]
    if not off:
        return ""
    return f"off the new tick of {instrument.tick_size.normalize():f}, cancel or move: {', '.join(off)}"
