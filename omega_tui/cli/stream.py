"""`omega-tui stream`: the venue's market events as they come, one line each."""

import argparse
import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

from omega_tui.cli.market_data import meant, public_venue, streaming
from omega_tui.cli.options import (
    DONE,
    add_sim_option,
    complain,
    configuration,
    parser,
    recording,
    run_until_interrupted,
)
from omega_tui.cli.output import event_fields, json_line, write, write_bytes
from omega_tui.config import LoadedConfig
from omega_tui.domain.events import MARKET_EVENTS, Event
from omega_tui.errors import ConfigError
from omega_tui.services.event_reader import EventReader
from omega_tui.services.recorder import Recorder

KINDS = tuple(kind.kind for kind in MARKET_EVENTS)

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0}


def run(argv: list[str]) -> int:
    """Print events until interrupted, or for a time."""
    options = parser("stream", "Print market events of the venue, the embedded exchange by default.")
    add_sim_option(options)
    options.add_argument(
        "--asset",
        action="append",
        metavar="ASSET",
        help="instrument id or words of its name; repeatable; all if absent",
    )
    options.add_argument(
        "--kind", action="append", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}"
    )
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument(
        "--for", dest="duration_s", type=_duration, metavar="TIME", help="as 5s, 500ms or 2m"
    )
    options.add_argument(
        "--record", type=recording, metavar="FILE", help="write every received frame, for replay"
    )
    arguments = options.parse_args(argv)
    try:
        loaded = configuration(arguments)
    except ConfigError as error:
        return complain("stream", error)
    return run_until_interrupted(lambda: _stream(arguments, loaded), "stream")


async def _stream(arguments: argparse.Namespace, loaded: LoadedConfig) -> int:
    async with AsyncExitStack() as stack:
        venue = await stack.enter_async_context(public_venue(loaded, arguments.sim))
        instruments = await venue.data.fetch_instruments()
        assets = [meant(instruments, words).id for words in arguments.asset or ()]
        recorder = None
        if arguments.record is not None:
            recorder = Recorder(venue.platform, arguments.record, venue.access.venue)
            await recorder.initialize()
            stack.push_async_callback(recorder.shutdown)
        streamer = await streaming(venue, loaded, assets or [one.id for one in instruments], recorder)
        stack.push_async_callback(streamer.shutdown)
        events = streamer.events(kinds=arguments.kind, assets=assets or None)
        with suppress(TimeoutError):
            async with asyncio.timeout(arguments.duration_s):
                await _print_all(events, as_json=arguments.json)
    return DONE


async def _print_all(events: EventReader, *, as_json: bool) -> None:
    """Print what comes; what came together is written together."""
    while True:
        batch = [await events.next(), *events.drain()]
        if as_json:
            write_bytes(b"".join(json_line(event_fields(one)) for one in batch))
        else:
            write("".join(f"{_line(one)}\n" for one in batch))


def _line(event: Event) -> str:
    """Return an event for people: time, kind, and its fields without the ones that are alike everywhere."""
    fields = event_fields(event)
    at_ns = fields.pop("ts_recv_ns", 0)
    fields.pop("ts_event_ns", None)
    kind = fields.pop("kind")
    instrument = str(fields.pop("instrument", ""))
    time = (
        datetime.fromtimestamp(at_ns / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3]
        if isinstance(at_ns, int)
        else ""
    )
    if "bids" in fields:
        for side in ("bids", "asks"):
            levels = fields[side]
            assert isinstance(levels, list | tuple), "a book has levels"
            fields[side] = f"{len(levels)} levels" + (f", best {levels[0][0]}" if levels else "")
    fields.pop("integrity", None)
    trade = fields.pop("trade", None)
    if isinstance(trade, dict):
        fields |= {name: trade[name] for name in ("price", "size", "aggressor")}
    words = "  ".join(f"{name} {value}" for name, value in fields.items() if value is not None)
    return f"{time}  {kind:16}  {instrument[:8]:8}  {words}"


def _duration(text: str) -> float:
    for unit in sorted(_UNITS_S, key=len, reverse=True):
        number = text.removesuffix(unit)
        if number != text and number.replace(".", "", 1).isdecimal() and number.isascii():
            duration_s = float(number) * _UNITS_S[unit]
            if duration_s > 0:
                return duration_s
    raise argparse.ArgumentTypeError(
        f"{text!r} is no time; allowed: a number above 0 and ms, s, m or h, as 5s"
    )
