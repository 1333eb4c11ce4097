"""The log of a screen: which events are worth a line, and how loud it is."""

from collections import deque

from msgspec import Struct

from omega_tui.domain.events.account import ArmChanged, FillRecorded, TradingMode
from omega_tui.domain.events.market import FeedGap, MarketResolved
from omega_tui.domain.events.status import Alert, ServiceState, ServiceStateChanged, Severity
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order, OrderAlarm, OrderStatus, Settlement
from omega_tui.ui.text.words import describe_change, describe_fill

LOG_LINES = 1_000
GAP_NEWS_NS = 30_000_000_000
"""The same interruption is told again after this."""
STARTED_NS = 2_000_000_000
"""A service that has run well for so long has started; what it lacks before that is not worth a line."""

_LOUD = frozenset({OrderStatus.REJECTED, OrderStatus.UNKNOWN, OrderStatus.NOT_PLACED})

_MODES = {
    TradingMode.ARMED: "armed: orders go through",
    TradingMode.DISARMED: "disarmed: no new orders",
    TradingMode.REDUCING: "reducing: only orders that shrink the position go through",
    TradingMode.HALTED: "KILLED: no orders until :unkill",
}


class LogEntry(Struct, frozen=True):
    """One line of the log.

    Attributes:
        ts_ns: When, wall clock of the engine.
        severity: How loud.
        text: A sentence.
    """

    ts_ns: int
    severity: Severity
    text: str


class DeskLog:
    """Lines for people. Times are wall clock, of the engine.

    Attributes:
        lines: Newest last, at most `LOG_LINES`.
    """

    def __init__(self) -> None:
        self.lines: deque[LogEntry] = deque(maxlen=LOG_LINES)
        self._gaps: dict[str, int] = {}
        self._ran_since_ns: dict[str, int] = {}

    def note(self, ts_ns: int, severity: Severity, text: str) -> None:
        """Add a line."""
        self.lines.append(LogEntry(ts_ns, severity, text))

    def alert(self, event: Alert) -> None:
        """Add what the engine tells, unless the line before gives that very reason as loudly: of a disarm."""
        reason, last = event.text.partition(": ")[2].rstrip("."), self.lines[-1] if self.lines else None
        is_told = bool(reason) and last is not None and last.text.endswith(f": {reason}")
        if not is_told or (last is not None and last.severity not in {event.severity, Severity.ALARM}):
            self.note(event.ts_ns, event.severity, event.text)

    def order(self, before: Order | None, order: Order, instrument: Instrument | None, now_ns: int) -> None:
        """Say what became of an order, if it is news."""
        text = describe_change(before, order, instrument)
        if text:
            new = order.alarms - (before.alarms if before is not None else frozenset())
            alarmed = bool(new - {OrderAlarm.FILLS_MISSING})  # A fill may follow its order by a moment.
            severity = Severity.ALARM if alarmed or order.status in _LOUD else Severity.INFO
            self.note(now_ns, severity, text)

    def fill(self, event: FillRecorded, instrument: Instrument | None, now_ns: int) -> None:
        """Tell a fill when it is new, and when it was undone."""
        undone = event.fill.settlement is Settlement.FAILED
        if event.is_new or undone:
            severity = Severity.ALARM if undone else Severity.INFO
            self.note(now_ns, severity, describe_fill(event.fill, instrument))

    def gap(self, event: FeedGap, now_ns: int) -> bool:
        """Say that market data was interrupted, and why; return whether it was news.

        A venue that is away is tried again and again, and each attempt of each stream ends in the same words.
        """
        if now_ns - self._gaps.get(event.reason, -GAP_NEWS_NS) < GAP_NEWS_NS:
            return False
        self._gaps = {why: at for why, at in self._gaps.items() if now_ns - at < GAP_NEWS_NS}
        self._gaps[event.reason] = now_ns
        self.note(now_ns, Severity.WARNING, f"market data was interrupted: {event.reason}")
        return True

    def mode(self, event: ArmChanged, before: TradingMode, now_ns: int) -> None:
        """Say that the gate of a venue lets through something else than before."""
        why = f": {event.reason}" if event.reason else ""
        loud = event.mode is TradingMode.HALTED or (before is TradingMode.ARMED and bool(event.reason))
        severity = Severity.WARNING if loud else Severity.INFO
        self.note(now_ns, severity, f"{event.venue} {_MODES[event.mode]}{why}")

    def service(self, event: ServiceStateChanged, now_ns: int) -> None:
        """Say that a service failed, or is degraded after it had started well."""
        why = f": {event.reason}" if event.reason else ""
        ran_since_ns = self._ran_since_ns.pop(event.service, now_ns)
        if event.state is ServiceState.FAILED:
            self.note(now_ns, Severity.ALARM, f"service {event.service} failed{why}")
        elif event.state is ServiceState.RUNNING:
            self._ran_since_ns[event.service] = ran_since_ns
        elif event.state is ServiceState.DEGRADED and now_ns - ran_since_ns >= STARTED_NS:
            self.note(now_ns, Severity.WARNING, f"service {event.service} is degraded{why}")

    def resolved(self, event: MarketResolved, instrument: Instrument | None, now_ns: int) -> None:
        """Say how a market ended."""
        name = instrument.name if instrument is not None else "a market"
        won = f": {event.winning_outcome} won" if event.winning_outcome else ""
        self.note(now_ns, Severity.WARNING, f"{name} is resolved{won}")
