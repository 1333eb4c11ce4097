"""What is worth a bell, and how often. Pure.

Each kind rings at most once a second, so that forty fills of one order are one sound and an alarm among them
is still heard (ladder specification, section 9). The eye is told of every one of them elsewhere.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Protocol

from omega_tui.domain.alert_messages import AlertReached
from omega_tui.domain.events.account import ArmChanged, FillRecorded, OrderChanged, TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.orders import OrderStatus
from omega_tui.units import NS_PER_S

BELL_NS = 1 * NS_PER_S
"""The same kind rings no more often than this."""
_MOST = 160
"""Characters of a notification."""


class Sound(StrEnum):
    """A kind of event that can be heard, the gravest last; the settings are `ui.bell_fill` and so on."""

    FILL = "fill"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DISARMED = "disarmed"
    PRICE = "price"
    ALARM = "alarm"


class Player(Protocol):
    """Makes a sound of its own for an event; it never waits.

    Attributes:
        broken: Why the last one could not be made, for people; empty when it could.
    """

    broken: str

    def play(self, event: str) -> None:
        """Make the sound of `event`, one of `Sound`."""
        ...


class Feedback:
    """Decides what is heard, and has the trader's own program play it.

    Attributes:
        player: That program; None where only the bell rings.
    """

    def __init__(self, wanted: Collection[Sound]) -> None:
        self.player: Player | None = None
        self._wanted = frozenset(wanted)
        self._rang_ns: dict[Sound, int] = {}

    def play(self, rings: Collection[Sound]) -> str:
        """Play the gravest of what rings now; return why that failed, when it does for the first time."""
        if self.player is None or not rings:
            return ""
        was_broken = self.player.broken
        self.player.play(max(rings, key=list(Sound).index))
        return self.player.broken if not was_broken else ""

    def heard(self, events: Iterable[Event], now_ns: int) -> frozenset[Sound]:
        """Return the kinds among `events` that ring now.

        Args:
            events: As drained.
            now_ns: Monotonic clock.
        """
        found = {sound for sound in map(sound_of, events) if sound is not None} & self._wanted
        rings = {
            sound for sound in found if sound not in self._rang_ns or now_ns - self._rang_ns[sound] >= BELL_NS
        }
        self._rang_ns |= dict.fromkeys(rings, now_ns)
        return frozenset(rings)


def sound_of(event: Event) -> Sound | None:  # noqa: PLR0911 - one answer per kind
    """Return the kind of sound that an event makes; None for a silent one."""
    match event:
        case FillRecorded(is_new=True):
            return Sound.FILL
        case OrderChanged(order=order) if order.status is OrderStatus.REJECTED:
            return Sound.REFUSED
        case OrderChanged(order=order) if order.status is OrderStatus.UNKNOWN:
            return Sound.UNKNOWN
        case OrderChanged(order=order) if order.status is OrderStatus.NOT_PLACED or order.alarms:
            return Sound.ALARM
        case ArmChanged(mode=mode, reason=reason) if reason and mode is not TradingMode.ARMED:
            return Sound.DISARMED
        case AlertReached():
            return Sound.PRICE
        case Alert(severity=Severity.ALARM):
            return Sound.ALARM
        case _:
            return None


def notification(kind: str, text: str) -> str:
    """Return the escape sequence that has the terminal show `text` on the desktop; empty for `off`.

    Args:
        kind: `osc9`, `osc777` or `off`.
        text: A sentence, already made safe for the terminal.
    """
    plain = "".join(character for character in text if character.isprintable())[:_MOST]
    match kind:
        case "osc9":
            return f"\x1b]9;omega-tui: {plain}\x07"
        case "osc777":
            return f"\x1b]777;notify;omega-tui;{plain.replace(';', ',')}\x07"
        case _:
            return ""
