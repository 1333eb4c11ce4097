"""The dead man's switches of an exchange: an account that falls silent loses its orders."""

from collections.abc import Callable
from typing import Final

from omega_tui.sim.records import MILLISECOND, SECOND
from omega_tui.sim.wording import HEARTBEAT, Denied

HEARTBEAT_S: Final = 15
"""How long a dead man's switch waits: 10 s and 5 s of grace (fact sheet, section 4)."""


class DeadMansSwitches:
    """One switch per account, wound up by its first heartbeat.

    Attributes:
        wait_s: So long after the last heartbeat a switch goes off.
        count: Heartbeats taken.
    """

    def __init__(
        self, at: Callable[[int, Callable[[int], None]], None], goes_off: Callable[[str], object]
    ) -> None:
        """Make the switches of a venue.

        Args:
            at: Has something called when a time has come.
            goes_off: Is called with the account.
        """
        self.wait_s: float = HEARTBEAT_S
        self._at = at
        self._goes_off = goes_off
        self._expected: dict[str, str] = {}
        self.count = 0

    def feed(self, account: str, last_id: str, now_ns: int) -> str | Denied:
        """Feed the switch of `account`; return the id that the next heartbeat must carry."""
        expected = self._expected.get(account, "")
        if last_id != expected:
            return Denied(400, HEARTBEAT.format(expected))
        self.count += 1
        fresh = f"hb-{now_ns // MILLISECOND:x}-{self.count:x}"
        self._expected[account] = fresh

        def fire(_now_ns: int) -> None:
            if self._expected.get(account) == fresh:
                del self._expected[account]
                self._goes_off(account)

        self._at(now_ns + int(self.wait_s * SECOND), fire)
        return fresh
