"""Plays a recording through the market protocol: the same events, books and checks as from a live venue.

Time in a replay is the recording's own, at any speed: the thresholds of the checks, the ages on the screen
and the clock of every event follow the receive times of the frames. Nothing can be asked of a venue here, so
a resync that the policy asks for is counted and shown, and the book heals with its next `book` frame.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from omega_tui.clock import ManualClock
from omega_tui.domain.commands import Command, ReplayControl, UnwatchInstrument, WatchInstrument
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, FeedGap, InstrumentUpdated
from omega_tui.domain.events.status import Alert, ConnectionChanged, ReplayChanged, Severity
from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.errors import ParsingError, RemoteProtocolError
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.protocol.recording import BrokenLine, RecordedFrame, RecordedName
from omega_tui.services.base import Platform, Service
from omega_tui.services.playback import AS_FAST_AS_IT_GOES, Playback
from omega_tui.services.recorder import read_recording
from omega_tui.text import safe_text

TICK_S = 1 / 50
"""How often the hand of the clock is moved; also how often books are published."""

BURST_FRAMES = 500
"""Frames played before the loop takes a breath."""

VENUE = "replay"


@dataclass(slots=True)
class Tally:
    """What a recording was seen to hold, beyond the counters of the protocol.

    Attributes:
        frames: Frames played.
        broken_lines: Lines that hold no frame.
        refused_frames: Frames that broke the protocol.
        user_frames: Frames of the private channel; they are kept in the file and not played.
    """

    frames: int = 0
    broken_lines: int = 0
    refused_frames: int = 0
    user_frames: int = 0


class Player:
    """Feeds recorded frames to a market protocol, one after the other; they alone tell the time.

    Attributes:
        protocol: The protocol; its counters are the result.
        tally: What the protocol does not count.
        now_ns: Time of the newest frame.
    """

    def __init__(self, policy: HashPolicy) -> None:
        self.protocol = MarketProtocol(venue=VENUE, policy=policy, adopt_unknown_tokens=True)
        self.tally = Tally()
        self.now_ns = 0

    def play(self, found: RecordedFrame | BrokenLine) -> list[Event]:
        """Digest one line of a recording and return what it says."""
        if isinstance(found, BrokenLine):
            self.tally.broken_lines += 1
            return []
        self.tally.frames += 1
        if found.channel != "market":
            self.tally.user_frames += 1
            return []
        events: list[Event] = []
        if not self.now_ns:
            self.protocol.connection_made(now_ns=found.recv_ns)
        self.now_ns = found.recv_ns
        due_ns = self.protocol.next_timer_ns()
        if due_ns is not None and due_ns <= self.now_ns:
            events += self.protocol.on_timer(now_ns=self.now_ns)
        try:
            events += self.protocol.receive(found.text, now_ns=found.recv_ns)
        except RemoteProtocolError:
            self.tally.refused_frames += 1
        self.protocol.to_send()  # Nobody listens.
        for request in self.protocol.take_resync_requests():
            text = f"A resync would be asked for: {request.reason}. A recording cannot answer."
            events.append(Alert(self.now_ns, Severity.WARNING, "RESYNC", text, request.instrument))
        return events


class ReplayService(Service):
    """Stands in for the streaming service while a recording is played.

    Args:
        platform: Its clock must be `clock`.
        path: The recording.
        clock: The recording's clock, which this service alone moves.
        policy: Thresholds of the book check.
        speed: Times real time at first; 0 is as fast as it goes.
        mono_ns: Real time, for the pace.
    """

    name = "streaming"

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        platform: Platform,
        path: Path,
        clock: ManualClock,
        *,
        policy: HashPolicy,
        speed: float = 1.0,
        mono_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        super().__init__(platform)
        self._path = path
        self._clock = clock
        self._policy = policy
        self._speed = speed
        self._mono_ns = mono_ns
        self._moved_ns = 0
        self._frames = 0
        self._playback = Playback(0, 0, 0, speed)
        self._player = Player(policy)
        self._lines: Iterator[RecordedFrame | BrokenLine] = iter(())
        self._next: RecordedFrame | BrokenLine | None = None
        self._pictures: dict[str, BookUpdated] = {}
        self._instruments: dict[str, Instrument] = {}
        self._names: dict[str, RecordedName] = {}

    def configuration(self) -> dict[str, str]:
        return {"path": str(self._path), "speed": f"{self._playback.speed:g}"}

    def metrics(self) -> dict[str, float]:
        stats = self._player.protocol.stats
        return {
            "frames_total": float(self._player.tally.frames),
            "broken_lines_total": float(self._player.tally.broken_lines),
            "hashes_verified_total": float(stats.groups_at_once + stats.groups_after_last_trade_price),
            "hashes_unverified_total": float(stats.groups_unverified),
            "resyncs_total": float(stats.resyncs_requested),
        }

    async def initialize(self) -> None:
        """Read the recording through, for its length and for what the tokens in it are called.

        Raises:
            ParsingError: It cannot be read, or holds no frame.
        """
        found = await asyncio.to_thread(survey, self._path)
        self._frames, self._names = found.frames, found.names
        self._playback = Playback(found.start_ns, found.end_ns, found.start_ns, self._speed)
        self._rewind()

    async def run(self) -> None:
        self._moved_ns = self._mono_ns()
        while True:
            self._move()
            self._play_on()
            self._publish()
            await asyncio.sleep(0 if self._is_behind() else TICK_S)

    def can_handle(self, command: Command) -> bool:
        return isinstance(command, ReplayControl | WatchInstrument | UnwatchInstrument)

    async def process(self, command: Command) -> None:
        if not isinstance(command, ReplayControl):
            return  # Everything in the recording is watched.
        self._move()
        before_ns = self._playback.position_ns
        self._playback = self._playback.steered(command)
        if self._playback.position_ns < before_ns:
            self._rewind()
            now_ns = self._playback.position_ns
            self.platform.bus.publish(FeedGap("", now_ns, now_ns, "the replay went back"))

    def picture(self) -> list[Event]:
        instruments = (InstrumentUpdated(instrument) for instrument in self._instruments.values())
        return [*instruments, *self._pictures.values(), self._connection(), self._progress()]

    def _move(self) -> None:
        """Let the hand follow real time, at the speed and in the state that it had until now."""
        now_ns = self._mono_ns()
        self._playback = self._playback.advanced(now_ns - self._moved_ns)
        self._moved_ns = now_ns

    def _rewind(self) -> None:
        """Begin again from the first frame; the way to the present position is played without a pause."""
        self._player = Player(self._policy)
        self._lines = read_recording(self._path)
        self._next = next(self._lines, None)

    def _play_on(self) -> None:
        """Play every frame that is due."""
        playback = self._playback
        if playback.speed == AS_FAST_AS_IT_GOES and not playback.paused:
            for _ in islice(self._take(playback.end_ns), BURST_FRAMES):
                pass
            self._playback = playback.at(max(playback.position_ns, self._player.now_ns))
        elif playback.steps:
            for _ in islice(self._take(playback.end_ns), playback.steps):
                pass
            self._playback = playback.at(self._player.now_ns).steered(ReplayControl(paused=True))
        else:
            for _ in islice(self._take(playback.position_ns), BURST_FRAMES):
                pass
        self._clock.set_wall_ns(self._playback.position_ns)

    def _is_behind(self) -> bool:
        """Whether a frame is due already: at full speed always, and after seeking for a while."""
        if not isinstance(self._next, RecordedFrame) or self._playback.paused:
            return False
        return self._playback.speed == AS_FAST_AS_IT_GOES or self._next.recv_ns <= self._playback.position_ns

    def _take(self, until_ns: int) -> Iterator[None]:
        """Play frames one by one up to a time, publishing what they say."""
        while self._next is not None:
            if isinstance(self._next, RecordedFrame) and self._next.recv_ns > until_ns:
                return
            found, self._next = self._next, next(self._lines, None)
            for event in self._player.play(found):
                self.platform.bus.publish(event)
            if isinstance(found, RecordedFrame):
                yield

    def _publish(self) -> None:
        bus = self.platform.bus
        for updated in self._player.protocol.take_changed_books():
            self._announce(updated)
            self._pictures[updated.instrument] = updated
            bus.publish(updated)
        bus.publish(self._connection())
        bus.publish(self._progress())

    def _announce(self, updated: BookUpdated) -> None:
        """Say what is known of an instrument: its book, and what it is called if the recording says so."""
        if updated.book is None:
            return
        known = self._instruments.get(updated.instrument)
        if known is not None and known.tick_size == updated.book.tick_size:
            return
        token = updated.instrument
        unnamed = f"token {token[:6]}…{token[-4:]}" if len(token) > 12 else f"token {token}"
        called = self._names.get(token, RecordedName(token, unnamed, ""))
        instrument = Instrument(
            id=token,
            venue=VENUE,
            name=safe_text(called.name),
            base=safe_text(called.outcome) if called.outcome else "",
            tick_size=updated.book.tick_size,
            quote="pUSD",
            price_min=ZERO,
            price_max=ONE,
            active=False,
        )
        self._instruments[token] = instrument
        self.platform.bus.publish(InstrumentUpdated(instrument))

    def _connection(self) -> ConnectionChanged:
        return ConnectionChanged(
            Connection(
                VENUE,
                StreamName.BOOK,
                ConnectionState.REPLAY,
                last_recv_ns=self._player.now_ns,
                lag_ms=self._player.protocol.lag_ms,
                ts_ns=self._playback.position_ns,
            )
        )

    def _progress(self) -> ReplayChanged:
        playback = self._playback
        return ReplayChanged(
            playback.position_ns,
            playback.start_ns,
            playback.end_ns,
            playback.speed,
            playback.paused,
            self._next is None,
            self._player.tally.frames,
            self._frames,
        )


class Survey(NamedTuple):
    """What is known of a recording once it was read through.

    Attributes:
        start_ns: Time of the first frame.
        end_ns: Of the last one.
        frames: How many there are.
        names: What the tokens in it are called, as far as it says.
    """

    start_ns: int
    end_ns: int
    frames: int
    names: dict[str, RecordedName]


def survey(path: Path) -> Survey:
    """Read a recording through.

    Raises:
        ParsingError: The file cannot be read, or holds no frame.
    """
    first_ns = last_ns = frames = broken = 0
    names: dict[str, RecordedName] = {}
    for found in read_recording(path, names):
        if isinstance(found, BrokenLine):
            broken += 1
            continue
        first_ns = first_ns or found.recv_ns
        last_ns = found.recv_ns
        frames += 1
    if not frames:
        lines = f"; {broken} lines in it are no frames" if broken else ""
        raise ParsingError(f"{path} holds no recorded frame{lines}")
    return Survey(first_ns, last_ns, frames, names)
