"""What the journal keeps of programs, and what the engine keeps of one while it runs.

A program is written down before anything of it is sent; its orders name it in their own intents. So after a
crash the journal alone tells which programs there were and what of each had left.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from omega_tui.domain.orders import FrameStamp, OrderRequest
from omega_tui.domain.programs import Program, ProgramStatus, Spec
from omega_tui.errors import JournalError
from omega_tui.services.journal import Entry

STARTED = "program"
AMENDED = "program_spec"
CHANGED = "program_status"
"""The journal's words: that it began, what it was changed to, where it then stood."""


class Started(msgspec.Struct, frozen=True):
    """The body of the first entry of a program.

    Attributes:
        spec: What was asked for.
        frame: What the trader saw.
        started_ns: When, wall clock.
    """

    spec: Spec
    frame: FrameStamp | None
    started_ns: int


@dataclass(slots=True)
class Running:
    """One program in this process. Only `Programs` writes it.

    Attributes:
        id: Ours.
        spec: As amended since.
        started_ns: Wall clock.
        frame: What the trader saw when it was started; None after a restart.
        status: Where it stands.
        reason: Why, for people.
        orders: Client ids of its orders, oldest first.
        sent_before: So many of them were there when it was last started or resumed.
        asked: Those that it wants canceled.
        uncancelable: Those that the venue does not cancel.
        edited: Those that it had changed in place, or tried to.
        settled: Ended ones of which every fill is known.
        elapsed_ns: Working time before `working_since_ns`.
        working_since_ns: Since when it works, monotonic clock; 0 while it does not.
        began_ns: The same as wall clock.
        sent_ns: When it last sent something, or tried to; monotonic clock.
        retry_ns: Until then nothing is tried, monotonic clock: a check said to wait.
        lowest: Lowest price traded while it watches.
        highest: Highest.
        is_sending: Whether an order of it is on its way through the gate.
        is_settling: Whether the venue is being asked how its ended orders ended.
        held: What it holds, as last decided.
        shown: As last published.
    """

    id: str
    spec: Spec
    started_ns: int
    frame: FrameStamp | None = None
    status: ProgramStatus = ProgramStatus.WORKING
    reason: str = ""
    orders: list[str] = field(default_factory=list)
    sent_before: int = 0
    asked: set[str] = field(default_factory=set)
    uncancelable: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    elapsed_ns: int = 0
    working_since_ns: int = 0
    began_ns: int = 0
    sent_ns: int = 0
    retry_ns: int = 0
    lowest: Decimal | None = None
    highest: Decimal | None = None
    is_sending: bool = False
    is_settling: bool = False
    held: tuple[OrderRequest, ...] = ()
    shown: Program | None = None

    def see_trade(self, price: Decimal) -> None:
        """Take a trade into the extremes."""
        self.lowest = price if self.lowest is None else min(self.lowest, price)
        self.highest = price if self.highest is None else max(self.highest, price)

    def forget_trades(self) -> None:
        """Count the extremes afresh."""
        self.lowest = self.highest = None


def read_programs(entries: Iterable[Entry], venue: str) -> dict[str, Running]:
    """Return the programs of a journal that are not over, by id, as they last stood.

    Raises:
        JournalError: An entry cannot be read.
    """
    found: dict[str, Running] = {}
    for entry in entries:
        if entry.venue != venue or entry.kind not in {STARTED, AMENDED, CHANGED}:
            continue
        try:
            _take(found, entry)
        except (msgspec.DecodeError, ValueError) as error:
            raise JournalError(f"an entry of kind {entry.kind} cannot be read: {error}") from error
    return {one.id: one for one in found.values() if not one.status.is_over}


def _take(found: dict[str, Running], entry: Entry) -> None:
    if entry.kind == STARTED:
        began = msgspec.json.decode(entry.body, type=Started)
        found[entry.subject] = Running(entry.subject, began.spec, began.started_ns)
        return
    running = found.get(entry.subject)
    if running is None:
        return  # It was given up before it was durable, and the note says that it was.
    if entry.kind == AMENDED:
        running.spec = msgspec.json.decode(entry.body, type=Spec)
    else:
        running.status, running.reason = msgspec.json.decode(entry.body, type=tuple[ProgramStatus, str])
