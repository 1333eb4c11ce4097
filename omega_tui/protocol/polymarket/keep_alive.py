"""The keep-alive of a channel: `PING` when it is due, and how long its `PONG` took."""

from omega_tui.units import NS_PER_MS, NS_PER_S


class KeepAlive:
    """The `PING`s of one connection after another.

    Args:
        interval_s: Time between two of them.

    Attributes:
        due_ns: When the next is due.
        unanswered: How many went out since the last answer.
        round_trip_ms: Of the last that was answered, from the first one unanswered on; None not known.
    """

    def __init__(self, interval_s: float) -> None:
        self.due_ns = 0
        self.unanswered = 0
        self.round_trip_ms: float | None = None
        self._interval_ns = round(interval_s * NS_PER_S)
        self._sent_ns = 0

    @property
    def missed(self) -> int:
        """`PING`s without an answer, less the one under way."""
        return max(0, self.unanswered - 1)

    def begin(self, *, now_ns: int) -> None:
        """Forget the connection before."""
        self.due_ns = now_ns + self._interval_ns
        self.unanswered = 0
        self.round_trip_ms = None

    def take_due(self, *, now_ns: int) -> bool:
        """Return whether a `PING` is to go out now; it then counts as sent."""
        if now_ns < self.due_ns:
            return False
        if not self.unanswered:
            self._sent_ns = now_ns
        self.unanswered += 1
        self.due_ns = now_ns + self._interval_ns
        return True

    def answered(self, *, now_ns: int) -> None:
        """Take note of a `PONG`."""
        if self.unanswered:
            self.round_trip_ms = max(0, now_ns - self._sent_ns) / NS_PER_MS
        self.unanswered = 0
