"""Whether new orders may leave: DISARMED, ARMED, REDUCING or HALTED, who said so, and until when.

A halt is written down and survives a restart; an arming does not: every start is DISARMED.
"""

from dataclasses import dataclass

import msgspec

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.services.journal import Entry, Journal
from omega_tui.units import NS_PER_MINUTE

MODE = "mode"
"""The journal's word for a change of mode."""

OPEN_MODES = frozenset({TradingMode.ARMED, TradingMode.REDUCING})


@dataclass(frozen=True, slots=True)
class ArmingRules:
    """What is armed and how it ends.

    Attributes:
        venue: Venue name.
        is_live: Whether real money is behind it.
        idle_minutes: So long without an order disarms.
    """

    venue: str
    is_live: bool
    idle_minutes: float


class Arming:
    """The mode of one venue. Single writer; every change is published and written down.

    Attributes:
        mode: What the gate lets through.
    """

    def __init__(self, rules: ArmingRules, bus: EventBus, clock: Clock, journal: Journal) -> None:
        self.mode = TradingMode.DISARMED
        self._venue = rules.venue
        self._is_live = rules.is_live
        self._idle_ns = round(rules.idle_minutes * NS_PER_MINUTE)
        self._bus = bus
        self._clock = clock
        self._journal = journal
        self._reason = ""
        self._idle_since_ns = 0

    @property
    def is_open(self) -> bool:
        """Whether any new order may leave."""
        return self.mode in OPEN_MODES

    def restore(self, entries: list[Entry]) -> None:
        """Take the halt back up if the journal ends in one; whatever else it ends in is DISARMED."""
        for entry in entries:
            if entry.kind == MODE and entry.venue == self._venue:
                mode, reason = msgspec.json.decode(entry.body, type=tuple[TradingMode, str])
                halted = mode is TradingMode.HALTED
                self.mode = TradingMode.HALTED if halted else TradingMode.DISARMED
                self._reason = reason if halted else ""

    def enter(self, mode: TradingMode, reason: str = "") -> None:
        """Change the mode. Out of HALTED leads only DISARMED; the caller sees to who may do what."""
        self._idle_since_ns = self._clock.mono_ns()
        if mode is self.mode and reason == self._reason:
            return
        self.mode = mode
        self._reason = reason
        body = msgspec.json.encode((mode, reason))
        self._journal.append(Entry(self._clock.now_ns(), self._venue, "", MODE, body))
        self.publish()

    def disarm(self, reason: str, code: str = "DISARMED") -> None:
        """Stop new orders because of something that happened, and say so. A halt stays a halt."""
        if not self.is_open:
            return
        self.enter(TradingMode.DISARMED, reason)
        text = f"Disarmed: {reason}."
        self._bus.publish(Alert(self._clock.now_ns(), Severity.WARNING, code, text))

    def touch(self) -> None:
        """Somebody is there: the idle time begins again."""
        self._idle_since_ns = self._clock.mono_ns()
        if self.is_open:
            self.publish()

    def check_idle(self) -> None:
        """Disarm when nobody was there for too long."""
        if self.is_open and self._clock.mono_ns() - self._idle_since_ns >= self._idle_ns:
            self.disarm(f"nothing was ordered for {self._idle_ns / NS_PER_MINUTE:g} min", "IDLE")

    def publish(self) -> None:
        """Tell the mode as it is."""
        self._bus.publish(self.told())

    def told(self) -> ArmChanged:
        """Return the mode as it is, as it is told."""
        until_ns = 0
        if self.is_open:
            left_ns = self._idle_ns - (self._clock.mono_ns() - self._idle_since_ns)
            until_ns = self._clock.now_ns() + max(0, left_ns)
        return ArmChanged(
            venue=self._venue,
            mode=self.mode,
            reason=self._reason,
            until_ns=until_ns,
            is_live=self._is_live,
        )
