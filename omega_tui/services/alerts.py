"""Sentences for the trader's log, so that a fault that repeats does not flood it."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.units import NS_PER_S

SAME_AGAIN_S: Final = 5.0
"""The same fault is told once in this time; the others are counted (fault model, requirement d)."""

MAX_TOPICS: Final = 512
"""Topics that are remembered; the one that was quiet longest is forgotten first."""


@dataclass(slots=True)
class _Topic:
    told_mono_ns: int
    untold: int = 0


class Alerts:
    """Publishes alerts, each topic at most once in `SAME_AGAIN_S`; the next one counts what was left out."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._topics: OrderedDict[tuple[str, str], _Topic] = OrderedDict()

    def tell(self, severity: Severity, code: str, text: str, *, instrument: str = "") -> None:
        """Publish a sentence; `code` and `instrument` make the topic.

        Args:
            severity: How loud.
            code: Stable word.
            text: A sentence with its full stop; safe.
            instrument: What it is about.
        """
        now_ns = self._clock.mono_ns()
        topic = self._topics.get((code, instrument))
        if topic is not None and now_ns - topic.told_mono_ns < SAME_AGAIN_S * NS_PER_S:
            topic.untold += 1
            return
        if topic is not None and topic.untold:
            text = f"{text} ({topic.untold} more like it before)"
        self._topics[code, instrument] = _Topic(now_ns)
        self._topics.move_to_end((code, instrument))
        if len(self._topics) > MAX_TOPICS:
            self._topics.popitem(last=False)
        self._bus.publish(Alert(self._clock.now_ns(), severity, code, text, instrument))
