r"""Recordings of received frames: one line format of our own, and the ones that others write.

Ours is `<receive ns>\t<venue>/<channel>\t<frame>`, a superset of the feed log of others, with comment lines
that begin with `#`; one kind of them says what a token is called. Read as well, told apart line by line, so
that a file may mix them:

1. `<receive ns>\t<venue>\t<frame>` (feed log);
2. `<receive ns>\t<frame>` (tsv);
3. frames joined by `;;`, which carry no receive time;
4. JSON lines: a frame as it is, or an envelope that holds one beside its receive time.

A frame without a receive time is given the newest time that the venue wrote into any frame so far, so that
time never goes back.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

CHANNELS = ("market", "user")
"""What a frame of ours may have come from."""

HEADER = "# omega-tui recording, format 1: receive time in ns, venue/channel, frame; tab separated\n"

_NAME = "# name\t"
"""What the comment begins with that says what a token is called; others who read such files pass over it."""

_JOINT = re.compile(r";;(?=\s*(?:[\[{]|PONG|$))")
_TIMESTAMP = re.compile(r'"timestamp"\s*:\s*"?(\d{10,19})"?')
_TIME_KEYS = (
    "recv_ns",
    "ts_recv_ns",
    "received_ns",
    "recv_ts",
    "ts_recv",
    "received_at",
    "recv",
    "time",
    "ts",
    "t",
)
_FRAME_KEYS = ("frame", "raw", "message", "msg", "payload", "data", "text")


class RecordedFrame(NamedTuple):
    """One received frame.

    Attributes:
        recv_ns: When it was received; nanoseconds since the epoch.
        channel: `market` or `user`.
        text: The frame, byte for byte.
    """

    recv_ns: int
    channel: str
    text: str


class RecordedName(NamedTuple):
    """What a token is called, as the venue wrote it: data from outside.

    Attributes:
        token: Token id, as the frames have it.
        name: Of the market.
        outcome: Which of its outcomes the token is; empty for none.
    """

    token: str
    name: str
    outcome: str


class BrokenLine(NamedTuple):
    """A line that holds no frame.

    Attributes:
        number: Line number, from 1.
        reason: What is wrong with it, in words.
    """

    number: int
    reason: str


def format_frame(recv_ns: int, venue: str, channel: str, text: str) -> str:
    """Return one line of a recording. Line breaks inside a frame, which JSON does not need, become spaces."""
    if "\n" in text or "\r" in text:
        text = text.replace("\r", " ").replace("\n", " ")
    return f"{recv_ns}\t{venue}/{channel}\t{text}\n"


def format_name(name: RecordedName) -> str:
    """Return one line of a recording that says what a token is called."""
    return f"{_NAME}{msgspec.json.encode(name).decode()}\n"


def read_name(line: str) -> RecordedName | None:
    """Return what a line of a recording says that a token is called; None where it says something else."""
    if not line.startswith(_NAME):
        return None
    try:
        return msgspec.json.decode(line.removeprefix(_NAME), type=RecordedName)
    except msgspec.DecodeError:  # A comment of somebody else.
        return None


def nanoseconds(value: int) -> int:
    """Return a time of unknown unit in nanoseconds, judged by its magnitude.

    Seconds, milliseconds, microseconds and nanoseconds of any date from 2001 to 2286 do not overlap.
    """
    for digits, factor in ((11, 1_000_000_000), (14, 1_000_000), (17, 1_000)):
        if value < 10**digits:
            return value * factor
    return value


def read_frames(lines: Iterable[str]) -> Iterator[RecordedFrame | BrokenLine]:
    """Yield every frame of a recording, and every line that holds none, in their order.

    Blank lines and comments are neither. Receive times are made not to go back.
    """
    newest_ns = 0
    for number, raw in enumerate(lines, start=1):
        line = raw.strip("\r\n")
        if not line.strip() or line.startswith("#"):
            continue
        for found in _split(line, number):
            if isinstance(found, BrokenLine):
                yield found
                continue
            recv_ns = found.recv_ns or _stated_ns(found.text)
            newest_ns = max(newest_ns, recv_ns)
            yield found._replace(recv_ns=newest_ns)


def _split(line: str, number: int) -> Iterator[RecordedFrame | BrokenLine]:
    """Take one line apart; a receive time of 0 means that there is none."""
    start = line.lstrip()[:1]
    if start in "[{" or line.lstrip().startswith(("PONG", "PING")):
        parts = [part.strip() for part in _JOINT.split(line)] if ";;" in line else [line.strip()]
        for part in parts:
            if part:
                yield _json_line(part, number) if len(parts) == 1 else RecordedFrame(0, "market", part)
        return
    columns = line.split("\t", 2)
    if not columns[0].strip().isdecimal() or not columns[0].isascii():
        yield BrokenLine(number, "does not begin with a receive time or a JSON frame")
    elif len(columns) == 1 or not columns[-1].strip():
        yield BrokenLine(number, "has a receive time and no frame")
    else:
        recv_ns = nanoseconds(int(columns[0][:25]))
        channel = columns[1].rpartition("/")[2] if len(columns) == 3 else "market"
        yield RecordedFrame(recv_ns, channel if channel in CHANNELS else "market", columns[-1])


def _json_line(line: str, number: int) -> RecordedFrame | BrokenLine:
    """Return the frame of a JSON line: the line itself, or what its envelope holds."""
    try:
        value: Any = msgspec.json.decode(line)
    except msgspec.DecodeError:
        # Left to the protocol, which counts what it cannot read: a frame may have been cut on the wire.
        return (
            RecordedFrame(0, "market", line)
            if line.endswith(("}", "]", "PONG"))
            else BrokenLine(number, "is cut")
        )
    if not isinstance(value, dict) or "event_type" in value:
        return RecordedFrame(0, "market", line)
    held = next((value[key] for key in _FRAME_KEYS if key in value), None)
    if held is None or ("topic" in value and "type" in value):
        return RecordedFrame(0, "market", line)
    text = held if isinstance(held, str) else msgspec.json.encode(held).decode()
    stamp = next((value[key] for key in _TIME_KEYS if key in value), 0)
    channel = value.get("channel")
    return RecordedFrame(_stamp_ns(stamp), channel if channel in CHANNELS else "market", text)


def _stamp_ns(stamp: object) -> int:
    """Return an envelope's time in nanoseconds; 0 for anything that is not a time."""
    if isinstance(stamp, bool):
        return 0
    if isinstance(stamp, int):
        return nanoseconds(stamp) if stamp > 0 else 0
    if isinstance(stamp, float):
        return nanoseconds(round(stamp * 1_000)) if 0 < stamp < 1e17 else 0
    if isinstance(stamp, str) and stamp.isascii() and stamp.isdecimal():
        return nanoseconds(int(stamp[:25]))
    return 0


def _stated_ns(text: str) -> int:
    """Return the newest time that the venue wrote into a frame; 0 where it wrote none."""
    return max((nanoseconds(int(stamp)) for stamp in _TIMESTAMP.findall(text)), default=0)
