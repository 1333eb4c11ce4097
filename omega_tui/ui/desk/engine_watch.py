"""Whether the engine is heard, and what it was asked for and has not answered. Pure.

An engine that stands still says nothing, and so it never says that it does: the screen would go on showing
its last book as quiet, and an order that it was handed would come to nothing without a word.
"""

from collections.abc import Sequence
from typing import Final

from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import MetricsSampled
from omega_tui.units import NS_PER_S

SILENT_NS: Final = 3 * NS_PER_S
"""An engine samples its services once a second: one that tells nothing for so long stands still."""
WAITS_NS: Final = 1 * NS_PER_S
"""An order that was handed to an engine of which nothing was heard since is told of after this."""


class EngineWatch:
    """When the engine was heard last. All times are of one monotonic clock, in nanoseconds."""

    def __init__(self) -> None:
        self._heard_ns = 0
        self._sampled: set[str] = set()
        self._samples = False
        self._waiting: dict[object, tuple[str, int]] = {}

    def heard(self, events: Sequence[Event], now_ns: int) -> None:
        """Note what was told; nothing when there is none."""
        if not events:
            return
        self._heard_ns = now_ns
        if self._samples:
            return
        for event in events:
            if isinstance(event, MetricsSampled):
                # Of one sample it cannot be known that another one follows.
                self._samples = self._samples or event.service in self._sampled
                self._sampled.add(event.service)

    def stood_still(self, for_ns: int) -> None:
        """Leave out a time in which nobody listened."""
        self._heard_ns += for_ns

    def asked(self, key: object, text: str, now_ns: int) -> None:
        """Note that the engine was handed something, as `text` says to people."""
        self._waiting[key] = (text, now_ns)

    def answered(self, key: object) -> None:
        """Note that it has answered that, or that nobody waits for the answer any more."""
        self._waiting.pop(key, None)

    def silence(self, now_ns: int) -> str:
        """Return why nothing that the engine told is to be believed any more; empty while it is heard."""
        silent_ns = self._silent_ns(now_ns)
        return f"the engine is silent for {silent_ns // NS_PER_S} s" if silent_ns >= SILENT_NS else ""

    def unanswered(self, now_ns: int) -> str:
        """Return what is to be said of the oldest thing that a silent engine has not answered, if any."""
        silent_ns = self._silent_ns(now_ns)
        for text, asked_ns in self._waiting.values():
            waited_ns = min(silent_ns, now_ns - asked_ns)
            if waited_ns >= WAITS_NS:
                waited = f"no answer from the engine for {waited_ns // NS_PER_S} s"
                return f"{waited}; do not press again, it is not known what became of this: {text}"
        return ""

    def _silent_ns(self, now_ns: int) -> int:
        return now_ns - self._heard_ns if self._samples else 0
