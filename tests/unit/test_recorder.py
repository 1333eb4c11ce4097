"""What is recorded is read back, and trouble with files is said in words."""

import gzip
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.domain.events.status import Alert
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import ParsingError
from omega_tui.protocol.recording import BrokenLine, RecordedFrame, RecordedName
from omega_tui.services.base import Platform
from omega_tui.services.recorder import Recorder, read_recording

FRAMES = [
    RecordedFrame(1_783_200_945_000_000_000, "market", '{"event_type":"book"}'),
    RecordedFrame(1_783_200_945_000_000_001, "user", "PONG"),
]


@pytest.fixture
def platform():
    return Platform(LocalBus(), ManualClock())


async def record(platform, path):
    recorder = Recorder(platform, path, "sim")
    await recorder.initialize()
    for frame in FRAMES:
        recorder.write(*frame)
    await recorder.shutdown()
    return recorder


@pytest.mark.parametrize("name", ["session.feedlog", "session.feedlog.gz"])
async def test_what_is_written_is_read_and_a_second_session_is_appended(tmp_path, platform, name):
    path = tmp_path / name
    await record(platform, path)
    recorder = await record(platform, path)
    assert list(read_recording(path)) == [
        *FRAMES,
        *(frame._replace(recv_ns=FRAMES[1].recv_ns) for frame in FRAMES),
    ]
    assert recorder.metrics()["frames_total"] == 2


async def test_what_the_tokens_are_called_is_noted_once_and_read_back(tmp_path, platform):
    path = tmp_path / "session.feedlog"
    named = Instrument("7", "sim", 'Will it "rain"?\n', Decimal("0.01"), base="Yes")
    recorder = Recorder(platform, path, "sim")
    await recorder.initialize()
    recorder.write(*FRAMES[0])
    for instrument in (named, replace(named, venue="other", id="8"), named):
        platform.bus.publish(InstrumentUpdated(instrument))
    recorder.describe(named)
    await recorder.shutdown()
    names = {}
    assert list(read_recording(path, names)) == list(read_recording(path)) == FRAMES[:1], "a name is no frame"
    assert names == {"7": RecordedName("7", 'Will it "rain"?\n', "Yes")}
    with path.open("a") as file:
        file.write("# name\tof somebody else's\n")
    assert path.read_text().count("# name\t") == 2
    assert list(read_recording(path, names)) == FRAMES[:1]
    assert len(names) == 1


async def test_a_full_disk_ends_the_recording_and_not_the_session(platform):
    alerts = platform.bus.subscribe(Alert)
    recorder = Recorder(platform, Path("/dev/full"), "sim")
    await recorder.initialize()
    recorder.write(1, "market", "x" * (2 << 20))
    recorder.write(2, "market", "x")
    await recorder.shutdown()
    (alert,) = alerts.drain()
    assert alert.code == "RECORDING"
    assert recorder.metrics()["recording"] == 0


async def test_a_place_that_cannot_be_written_is_told(tmp_path, platform):
    with pytest.raises(ParsingError, match="cannot record to"):
        await Recorder(platform, tmp_path / "absent" / "x", "sim").initialize()


def test_a_cut_compressed_file_gives_what_it_holds_and_one_broken_line(tmp_path):
    path = tmp_path / "cut.gz"
    text = "".join(f"{1_783_200_945_000_000_000 + n}\tsim/market\t{{}}\n" for n in range(5_000))
    path.write_bytes(gzip.compress(text.encode())[:-200])
    found = list(read_recording(path))
    assert isinstance(found[-1], BrokenLine)
    assert sum(isinstance(frame, RecordedFrame) for frame in found) > 100


@pytest.mark.parametrize("content", [None, b"\x1f\x8bnot gzip at all"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, content):
    path = tmp_path / "x.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ParsingError, match="cannot read"):
        list(read_recording(path))
