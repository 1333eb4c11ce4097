"""Writes every received frame to a file, and reads such files back."""

import asyncio
import contextlib
import gzip
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import ParsingError
from omega_tui.protocol.recording import (
    HEADER,
    BrokenLine,
    RecordedFrame,
    RecordedName,
    format_frame,
    format_name,
    read_frames,
    read_name,
)
from omega_tui.services.base import Platform, Service

log = logging.getLogger(__name__)

GZIP_MAGIC = b"\x1f\x8b"
FLUSH_INTERVAL_S = 1.0
BUFFER_BYTES = 1 << 20
MAX_LINE_CHARS = 64 << 20
"""Twice the largest frame that a socket lets in; a longer line is a broken one."""


class Recorder(Service):
    """Appends received frames to one file; `.gz` at the end of its name compresses it.

    Frames are buffered up to 1 MiB and flushed once a second. What the bus tells of the venue's instruments
    is noted beside them: a frame has no names, and a replay has nobody to ask. When the disk refuses,
    recording stops, the trader is told once, and nothing else is touched.
    """

    name = "recorder"

    def __init__(self, platform: Platform, path: Path, venue: str) -> None:
        super().__init__(platform)
        self._path = path
        self._venue = venue
        self._file: io.TextIOBase | None = None
        self._frames = 0
        self._news = platform.bus.subscribe(InstrumentUpdated)
        self._names: dict[str, RecordedName] = {}

    def configuration(self) -> dict[str, str]:
        return {"path": str(self._path)}

    def metrics(self) -> dict[str, float]:
        return {"frames_total": float(self._frames), "recording": float(self._file is not None)}

    async def initialize(self) -> None:
        try:
            if self._path.suffix == ".gz":
                binary = gzip.open(self._path, "ab", compresslevel=6)  # noqa: SIM115 - closed by shutdown
                self._file = io.TextIOWrapper(io.BufferedWriter(binary, BUFFER_BYTES), "utf-8", newline="\n")
            else:
                self._file = self._path.open("a", encoding="utf-8", newline="\n", buffering=BUFFER_BYTES)
            self._file.write(HEADER)
        except OSError as error:
            raise ParsingError(f"cannot record to {self._path}: {error.strerror or error}") from error

    def write(self, recv_ns: int, channel: str, text: str) -> None:
        """Append one frame. Never raises: a full disk ends the recording, not the session."""
        if self._file is None:
            return
        try:
            self._file.write(format_frame(recv_ns, self._venue, channel, text))
            self._frames += 1
        except (OSError, ValueError) as error:
            self._give_up(error)

    def describe(self, instrument: Instrument) -> None:
        """Note what an instrument is called, once. Never raises, as `write`."""
        name = RecordedName(instrument.id, instrument.name, instrument.base)
        if self._file is None or self._names.get(instrument.id) == name:
            return
        self._names[instrument.id] = name
        try:
            self._file.write(format_name(name))
        except (OSError, ValueError) as error:
            self._give_up(error)

    def _describe_new(self) -> None:
        for event in self._news.drain():
            if isinstance(event, InstrumentUpdated) and event.instrument.venue == self._venue:
                self.describe(event.instrument)

    async def run(self) -> None:
        while self._file is not None:
            await asyncio.sleep(FLUSH_INTERVAL_S)
            self._describe_new()
            try:
                if self._file is not None:
                    self._file.flush()
            except OSError as error:
                self._give_up(error)

    async def shutdown(self) -> None:
        self._describe_new()
        self._news.close()
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                log.warning("the end of the recording was lost: %s", error)

    def _give_up(self, error: Exception) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError, ValueError):  # What is left in the buffer has no place to go.
                file.close()
        text = f"Recording stopped after {self._frames} frames: {error}. Free some space and start again."
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), Severity.WARNING, "RECORDING", text))


def why_not_recordable(path: Path) -> str:
    """Return why frames cannot be appended to a file, as the rest of a sentence; empty when they can.

    A file that exists must be a recording of ours, so that a slip of the hand ruins nothing.
    """
    reason = ""
    try:
        if not path.exists():
            if not path.parent.is_dir():
                reason = "cannot be written: there is no such folder"
            elif not os.access(path.parent, os.W_OK | os.X_OK):
                reason = "cannot be written: permission denied"
        elif not path.is_file():
            reason = "" if path.is_char_device() else "is no ordinary file"
        else:
            begin = GZIP_MAGIC if path.suffix == ".gz" else HEADER.encode()
            with path.open("r+b") as file:
                found = file.read(len(begin))
            if found not in {b"", begin}:
                reason = "holds something else already; name a new file, or a recording to go on with"
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        reason = f"cannot be written: {words}"
    return reason


def read_recording(
    path: Path, names: dict[str, RecordedName] | None = None
) -> Iterator[RecordedFrame | BrokenLine]:
    """Yield what a recording holds, in order; a broken end of a compressed file is one broken line.

    Args:
        path: Of the file.
        names: Gets what the tokens are called, as far as the recording says, the newest name of each.

    Raises:
        ParsingError: The file cannot be read.
    """
    yield from read_frames(_lines(path) if names is None else _noting(_lines(path), names))


def _noting(lines: Iterator[str], names: dict[str, RecordedName]) -> Iterator[str]:
    for line in lines:
        name = read_name(line)
        if name is not None:
            names[name.token] = name
        yield line


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        with path.open("rb") as plain:
            compressed = plain.peek(2)[:2] == GZIP_MAGIC
            source = gzip.open(plain) if compressed else plain  # noqa: SIM115 - it closes with `plain`
            reader = io.TextIOWrapper(source, "utf-8", errors="replace", newline="\n")
            try:
                while line := reader.readline(MAX_LINE_CHARS):
                    number += 1
                    yield line
            except (EOFError, gzip.BadGzipFile) as error:
                if not number:
                    raise ParsingError(f"cannot read {path}: {error}") from error
                yield f"broken end of the compressed file: {error}"
    except OSError as error:
        raise ParsingError(f"cannot read {path}: {error.strerror or error}") from error
