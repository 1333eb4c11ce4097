"""`omega-tui stream`: the venue's market events as they come, one line each."""

import argparse
import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from omega_tui.bus.base import Subscription
from omega_tui.cli.exchange_market import ExchangeMarket
from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import PublicMarket, TokenMarket, instruments_of, market_at
from omega_tui.cli.options import positive, recording
from omega_tui.cli.output import event_fields, json_line, write, write_bytes
from omega_tui.cli.venue_options import run_command, venue_parser
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, CandleUpdated, MarketEvent, TickerUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.errors import StateError

KINDS = tuple(dict.fromkeys((*TokenMarket.kinds, *ExchangeMarket.kinds)))

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0}


def run(argv: list[str]) -> int:
    """Print events until interrupted, or for a time."""
    options = venue_parser("stream", "Print market events of a venue, the embedded exchange by default.")
    options.add_argument(
        "--asset",
        action="append",
        metavar="ASSET",
        help="symbol, id or words of its name; repeatable; all if absent, where there are not too many",
    )
    options.add_argument(
        "--kind",
        action="append",
        metavar="KIND",
        help=f"of sim and polymarket: {', '.join(TokenMarket.kinds)}; of an exchange: "
        f"{', '.join(ExchangeMarket.kinds)}; if absent those of the tape and the book",
    )
    options.add_argument(
        "--levels", type=positive, default=10, metavar="N", help="levels a side of a book_updated (10)"
    )
    options.add_argument(
        "--for", dest="duration_s", type=_duration, metavar="TIME", help="as 5s, 500ms or 2m"
    )
    options.add_argument(
        "--record", type=recording, metavar="FILE", help="write every received frame, for replay"
    )
    options.add_argument(
        "--bus",
        metavar="URL",
        help="what a running engine tells over this Redis server, of every kind: see `omega-tui schema`",
    )
    options.add_argument("--engine", metavar="NAME", help="which engine there; `engine` by default")
    arguments = options.parse_args(argv)
    if arguments.bus is not None:
        from omega_tui.cli.stream_bus import follow  # noqa: PLC0415 - it imports the Redis library

        return run_command("stream", lambda: follow(arguments))
    return run_command("stream", lambda: _stream(arguments))


async def _stream(arguments: argparse.Namespace) -> int:
    async with market_at(arguments) as market:
        kinds = _kinds(market, arguments.kind)
        instruments = await instruments_of(market, arguments.asset or ())
        events = await market.watch(instruments, kinds, record=arguments.record)
        only = {one.id for one in instruments} if arguments.asset else None
        with suppress(TimeoutError):
            async with asyncio.timeout(arguments.duration_s):
                await print_all(events, only, levels=arguments.levels, as_json=arguments.json)
    return DONE


def _kinds(market: PublicMarket, asked: Sequence[str] | None) -> Collection[str]:
    """Return the kinds that are streamed.

    Raises:
        StateError: The venue does not have one of them.
    """
    for kind in asked or ():
        if kind not in market.kinds:
            raise StateError(f"{market.venue} has no {kind} events; it has {', '.join(market.kinds)}")
    return dict.fromkeys(asked or market.usual)


async def print_all(
    events: Subscription, only: Collection[str] | None, *, levels: int, as_json: bool
) -> None:
    """Print what comes and concerns those that are meant; what came together is written together."""
    while True:
        batch = [await events.next(), *events.drain()]
        chosen = [_cut(one, levels) for one in batch if only is None or _instrument_of(one) in {*only, ""}]
        if as_json:
            write_bytes(b"".join(json_line(event_fields(one)) for one in chosen))
        elif chosen:
            write("".join(f"{_line(one)}\n" for one in chosen))


def _instrument_of(event: Event) -> str:
    """Return what an event is about; empty for a whole connection."""
    match event:
        case MarketEvent(instrument=instrument) | BookUpdated(instrument=instrument):
            return instrument
        case TickerUpdated(ticker=about) | CandleUpdated(candle=about):
            return about.instrument
        case _:
            return ""


def _cut(event: Event, levels: int) -> Event:
    """Return a picture of a book with no more levels than are asked for."""
    if not isinstance(event, BookUpdated) or event.book is None:
        return event
    book = replace(event.book, bids=event.book.bids[:levels], asks=event.book.asks[:levels])
    return structs.replace(event, book=book)


def _time(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3] if ns else " " * 12


def _shown(*numbers: Decimal | None) -> list[str]:
    return ["-" if number is None else f"{number}" for number in numbers]


def _told(event: Event) -> str | None:
    """Return a picture, which is no raw event, for people; None for everything else."""
    match event:
        case BookUpdated(book=book, integrity=check, last_update_ns=at_ns):
            best = "no book" if book is None else "  ".join(_shown(book.best_bid, book.best_ask))
            words = " ".join(filter(None, (check.state.value, check.check, check.reason)))
            name, words = event.instrument, f"{best}  {words}"
        case ConnectionChanged(connection=one):
            at_ns, name = one.ts_ns, one.venue
            words = f"{one.stream} {one.state}  {one.reason}".rstrip()
        case TickerUpdated(ticker=one):
            at_ns, name = one.ts_recv_ns, one.instrument
            bid, ask, last, volume = _shown(one.bid, one.ask, one.last, one.quote_volume)
            words = f"bid {bid}  ask {ask}  last {last}  day volume {volume}"
        case CandleUpdated(candle=one):
            at_ns, name = one.start_ns, one.instrument
            words = f"open {one.open}  high {one.high}  low {one.low}  close {one.close}  volume {one.volume}"
        case _:
            return None
    return f"{_time(at_ns)}  {event.kind:16}  {_short(name)}  {words}"


def _short(instrument: str) -> str:
    """Return an id as a column: a symbol whole, of a token its beginning."""
    symbol = instrument.partition(":")[2]
    return f"{symbol:14}" if symbol else f"{instrument[:8]:8}"


def _line(event: Event) -> str:
    """Return an event for people: time, kind, and its fields without the ones that are alike everywhere."""
    told = _told(event)
    if told is not None:
        return told
    fields = event_fields(event)
    at_ns = fields.pop("ts_recv_ns", 0)
    fields.pop("ts_event_ns", None)
    kind = fields.pop("kind")
    instrument = str(fields.pop("instrument", ""))
    time = _time(at_ns if isinstance(at_ns, int) else 0)
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
    return f"{time}  {kind:16}  {_short(instrument)}  {words}"


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
