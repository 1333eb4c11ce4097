"""Where a replay stands in the time of its recording: pure, steered by commands, told what time it is."""

from dataclasses import dataclass, replace

from omega_tui.domain.commands import ReplayControl
from omega_tui.units import NS_PER_S

AS_FAST_AS_IT_GOES = 0.0
SLOWEST = 1 / 64
FASTEST = 4_096.0


@dataclass(frozen=True, slots=True)
class Playback:
    """A hand on the recording's clock.

    Attributes:
        start_ns: Time of the first frame.
        end_ns: Time of the last frame.
        position_ns: Where it stands, between those two.
        speed: Times real time; 0 is as fast as it goes.
        paused: Whether it stands still.
        steps: So many frames are to be played one by one before it stands still again.
    """

    start_ns: int
    end_ns: int
    position_ns: int
    speed: float = 1.0
    paused: bool = False
    steps: int = 0

    @property
    def finished(self) -> bool:
        """Whether the end is reached."""
        return self.position_ns >= self.end_ns

    def advanced(self, elapsed_ns: int) -> "Playback":
        """Return it after `elapsed_ns` of real time. At full speed time does not move it."""
        if self.paused or self.speed == AS_FAST_AS_IT_GOES:
            return self
        return self.at(self.position_ns + round(elapsed_ns * self.speed))

    def at(self, position_ns: int) -> "Playback":
        """Return it at another place of the recording, kept between its ends."""
        return replace(self, position_ns=min(max(position_ns, self.start_ns), self.end_ns))

    def steered(self, control: ReplayControl) -> "Playback":
        """Return it after a command. A step pauses; seeking keeps what it was doing."""
        changed = self
        if control.paused is not None:
            changed = replace(changed, paused=control.paused, steps=0)
        if control.speed is not None:
            fits = AS_FAST_AS_IT_GOES if control.speed <= 0 else min(max(control.speed, SLOWEST), FASTEST)
            changed = replace(changed, speed=fits)
        if control.step > 0:
            changed = replace(changed, paused=True, steps=changed.steps + control.step)
        if control.seek_s:
            changed = changed.at(changed.position_ns + round(control.seek_s * NS_PER_S))
        return changed
