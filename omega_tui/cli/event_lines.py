"""Events as lines: JSON for programs, and a short form for people."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from omega_tui.bus.base import Subscription
from omega_tui.cli.output import event_fields, json_line, write, write_bytes
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, CandleUpdated, MarketEvent, TickerUpdated
from omega_tui.domain.events.status import ConnectionChanged


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
