"""What the teacher says."""

from omega_tui.domain.events.base import Event
from omega_tui.domain.teaching import Answer, Tip


class Taught(Event, frozen=True):
    """What the teacher answers to a command that carried this request id."""

    kind = "taught"

    request_id: str
    answer: Answer


class TipOffered(Event, frozen=True):
    """A tip to show; it was not shown before it came, and counts as shown now."""

    kind = "tip"

    tip: Tip
