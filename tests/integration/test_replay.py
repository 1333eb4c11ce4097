"""Recordings of the real venue, through the command line and through the service on the screen's bus."""

import asyncio
import gzip
import json
import subprocess
import sys

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.commands import ReplayControl
from omega_tui.domain.events.market import BookUpdated, FeedGap, InstrumentUpdated, TradePrinted
from omega_tui.domain.events.screen import SCREEN_EVENTS
from omega_tui.domain.events.status import ReplayChanged
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.protocol.recording import HEADER, RecordedName, format_frame, format_name
from omega_tui.services.base import Platform
from omega_tui.services.replay import ReplayService

LOST_LEVEL = "45415751658241142530386585138386640503488308219341470020075667342738719018629"


def omega(*arguments, stdout=subprocess.PIPE):
    command = [sys.executable, "-m", "omega_tui", *map(str, arguments)]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=100)


def report_of(path):
    done = omega("replay", path, "--headless", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "one JSON object"
    return json.loads(done.stdout)


def test_eight_recorded_minutes_verify(captures):
    report = report_of(captures / "polymarket" / "first_8_minutes.feedlog.gz")
    assert report["frames"] == 9_997
    assert report["events"] == {"book": 150, "last_trade_price": 109, "price_change": 9_750}
    assert report["hashes"]["opening"] == [13, 13]
    assert report["hashes"]["later"] == [137, 137]
    groups = report["hashes"]["groups"]
    assert groups["at_once"] + groups["after_last_trade_price"] >= 8_929
    assert groups["unverified"] <= 161
    assert report["top_of_book"] == {"agree": 9_713, "disagree": 37}
    assert report["rebuilt_equals_later_book"][0] >= 132
    assert report["rebuilt_equals_later_book"][1] == 137
    assert report["resyncs"] == 1, "the token that really lost a level, and no other"
    assert len(report["books"]) == 13
    assert {book["state"] for book in report["books"].values()} == {"VERIFIED"}
    assert report["errors"] == 0


def test_the_lost_level_is_found_as_soon_as_the_policy_lets_it(captures):
    report = report_of(captures / "polymarket" / "excerpt_lost_level_at_subscribe.tsv")
    assert report["resyncs"] == 1
    assert report["hashes"]["groups"]["unverified"] == 51
    assert set(report["books"]) == {LOST_LEVEL}


def test_a_trade_shown_before_it_is_announced_is_no_reason_to_resync(captures):
    assert report_of(captures / "polymarket" / "excerpt_trade_reflected_before_announced.tsv")["resyncs"] == 0


def test_joined_frames_without_times_verify_completely(captures):
    report = report_of(captures / "polymarket" / "marfusios_public_replay.txt.gz")
    assert report["frames"] == 240
    assert report["hashes"] == {
        "opening": [24, 24],
        "later": [0, 0],
        "groups": {"at_once": 210, "after_last_trade_price": 0, "unverified": 0},
    }
    assert report["resyncs"] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot read"), (b"", "holds no recorded frame"), (b"hello\n", "1 lines in it are no frames")],
)
def test_a_file_without_frames_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "recording"
    if content is not None:
        path.write_bytes(content)
    done = omega("replay", path, "--headless", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def book_frame(ms, size, token="77"):
    level = f'[{{"price":"0.4","size":"{size}"}}]'
    asks = '[{"price":"0.6","size":"50"}]'
    return (
        f'{{"market":"0xab","asset_id":"{token}","timestamp":"{ms}","hash":"","bids":{level},"asks":{asks},'
        '"event_type":"book","tick_size":"0.01","last_trade_price":"0.500"}'
    )


def trade_frame(ms):
    return (
        f'{{"market":"0xab","asset_id":"77","price":"0.4","size":"5","side":"SELL","timestamp":"{ms}",'
        '"fee_rate_bps":"0","event_type":"last_trade_price"}'
    )


def test_a_broken_line_is_counted_and_skipped(tmp_path):
    path = tmp_path / "own.feedlog.gz"
    ms = 1_783_200_945_000
    lines = [
        HEADER,
        format_frame(ms * 1_000_000, "sim", "market", book_frame(ms, 10)),
        "what is this\n",
        format_frame(ms * 1_000_000, "sim", "market", '{"event_type":"book","bids":[{"pri'),
        format_frame(ms * 1_000_000 + 1, "sim", "user", "PONG"),
    ]
    path.write_bytes(gzip.compress("".join(lines).encode()))
    report = report_of(path)
    assert (report["frames"], report["errors"]) == (3, 2)
    (book,) = report["books"].values()
    assert (book["best_bid"], book["best_ask"], book["bid_levels"]) == ("0.4", "0.6", 1)


class Stopwatch:
    """Real time that a test moves."""

    def __init__(self):
        self.ns = 0

    def __call__(self):
        return self.ns


async def test_pause_step_speed_and_seek_follow_the_time_of_the_recording(tmp_path):
    ms = 1_783_200_945_000
    path = tmp_path / "session.feedlog"
    frames = [
        book_frame(ms, 10),
        trade_frame(ms + 1_000),
        book_frame(ms + 2_000, 20),
        trade_frame(ms + 60_000),
    ]
    stamps = [ms, ms + 1_000, ms + 2_000, ms + 60_000]
    lines = (
        format_frame(at * 1_000_000, "sim", "market", text) for at, text in zip(stamps, frames, strict=True)
    )
    path.write_text("".join(lines))
    clock, watch = ManualClock(), Stopwatch()
    platform = Platform(LocalBus(), clock)
    service = ReplayService(platform, path, clock, policy=HashPolicy(), mono_ns=watch)
    inbox = platform.bus.subscribe(*SCREEN_EVENTS)
    await service.initialize()
    events = []

    async def until(holds):
        """Read events until one of them is what is wanted."""
        while True:
            event = await inbox.next()
            events.append(event)
            if holds(event):
                return event

    def progress(frame):
        return lambda event: isinstance(event, ReplayChanged) and event.frame == frame

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        body = group.create_task(service.run())
        assert (await until(progress(1))).position_ns == ms * 1_000_000
        watch.ns += 1_500_000_000
        moved = await until(progress(2))
        assert moved.position_ns == clock.now_ns() == (ms + 1_500) * 1_000_000
        await service.process(ReplayControl(step=1))
        stepped = await until(progress(3))
        assert stepped.paused
        watch.ns += 3_600_000_000_000
        await service.process(ReplayControl(speed=2.0, paused=False))
        await service.process(ReplayControl(seek_s=-2))
        back = await until(progress(1))
        assert not back.paused
        assert any(isinstance(event, FeedGap) for event in events)
        await service.process(ReplayControl(speed=0))
        end = await until(progress(4))
        assert end.finished
        assert end.position_ns == (ms + 60_000) * 1_000_000
        assert [event.book.bids[0].size for event in events if isinstance(event, BookUpdated)][:1] == [10]
        assert any(isinstance(event, TradePrinted) for event in events)
        assert {type(event) for event in service.picture()} >= {BookUpdated, ReplayChanged}
        body.cancel()


@pytest.mark.parametrize(
    ("noted", "called"),
    [
        (RecordedName("123", "Will it \x1b[31mrain?", "Yes"), ("Will it ·[31mrain?", "Yes")),
        (RecordedName("123", "BTC/USDT", ""), ("BTC/USDT", "")),
        (RecordedName("999", "Another", "Yes"), ("token 123", "")),
    ],
)
async def test_a_replay_calls_a_token_as_the_recording_does(tmp_path, noted, called):
    ms = 1_783_200_945_000
    path = tmp_path / "session.feedlog"
    frame = book_frame(ms, 10, token="123")
    path.write_text(format_name(noted) + format_frame(ms * 1_000_000, "sim", "market", frame))
    clock = ManualClock()
    platform = Platform(LocalBus(), clock)
    news = platform.bus.subscribe(InstrumentUpdated)
    service = ReplayService(platform, path, clock, policy=HashPolicy())
    await service.initialize()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        body = group.create_task(service.run())
        told = (await news.next()).instrument
        assert (told.name, told.base) == called
        body.cancel()
