"""A message of each venue: our guarded ccxt, our own decoder with check and book, and plain ccxt.

All take the text of the same frames, at the door where the library takes what its socket read, so that
decoding counts and the socket does not. They take turns in slices; process CPU time is summed, and the table
shows medians over rounds. At the end of each pass all must have the same book. Where no frames of a venue's
present wire are recorded, the table says what stands for them; short recordings are played again and again,
which is kind to every cache. A picture for the screen is made at most once a frame, not once a message, and
has a column of its own; that of plain ccxt is its live book of floats.

First comes the proof that a console without a CCXT venue does not import ccxt, and what the import costs.

    python benchmarks/venues.py [--rounds R] [--captures FOLDER]
"""

import argparse
import asyncio
import gzip
import json
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp
import msgspec

from omega_tui.clock import SystemClock
from omega_tui.domain.book import OrderBook
from omega_tui.domain.instrument import Instrument, decimals_of
from omega_tui.domain.side import Side
from omega_tui.protocol.book_families import Precision, family_of
from omega_tui.protocol.book_sequence import BookCheck, Outcome, SequenceCheck
from omega_tui.protocol.ccxt.instruments import instrument_of
from omega_tui.protocol.ccxt.market_data import book_of
from omega_tui.protocol.ccxt.values import number_of
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coins import BTC_SPOT
from omega_tui.venues.ccxt_guard import BookGuard
from omega_tui.venues.ccxt_loader import Exchange, ExchangeAccount, load_library, make_exchange

CAPTURES: Final = Path(__file__).resolve().parents[2] / "shared" / "captures" / "exchanges"
LEAST_MESSAGES: Final = 3_000
"""Messages of a round; a short recording is played again and again."""

SLICE: Final = 250
"""Messages per turn of a subject."""

PICTURES: Final = 200
LEVELS: Final = 100
"""Levels of a side that are compared and that a picture has."""

WIDTHS: Final = (7, 8, 8, 8, 8, 8, 8, 7)
START_TIMEOUT_S: Final = 40.0
LIVE_BOOK: Final = re.compile(rb"book (?:\x1b\[[0-9;]*m)*(?:LIVE|QUIET)")

CONSOLE: Final = """
import atexit, sys
from pathlib import Path
listing = Path(sys.argv.pop())
atexit.register(lambda: listing.write_text("\\n".join(sys.modules)))
from omega_tui.__main__ import main
sys.exit(main([]))
"""
"""The console as it is started, leaving behind what it imported."""

IMPORT: Final = """
import resource, time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
import ccxt.pro
spent = time.perf_counter() - began
import sys
loaded = sum(name.partition(".")[0] == "ccxt" for name in sys.modules)
print(spent, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, loaded)
"""

Levels = list[tuple[Decimal, Decimal]]
Book = tuple[Levels, Levels]


@dataclass(frozen=True, slots=True)
class Wire:
    """Frames of one book.

    Attributes:
        exchange_id: The library's id.
        source: Where they are from, for the table.
        frames: Their texts, in order, the snapshot first where the stream has one.
        symbol: The library's name of the market.
        market_id: The venue's name of it.
        tick: Smallest step of its price.
        lot: Smallest step of its size.
        url: Of the socket; the library tells kinds of markets by it.
        message_hash: Under which name the library waits for the book.
        snapshot: The book of REST that the frames follow, where the stream has none.
    """

    exchange_id: str
    source: str
    frames: list[str]
    symbol: str
    market_id: str
    tick: float
    lot: float
    url: str
    message_hash: str
    snapshot: Mapping[str, Any] | None = None


# ------------------------------------------------------------------------------------------------- the frames


def binance(folder: Path) -> Wire:
    """Return recorded changes of Binance spot and the snapshot that they follow."""
    frames, snapshot = [], None
    with gzip.open(folder / "spot_btcusdt_20240808.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            text = line.partition(" ")[2]
            if "depthUpdate" in text:
                frames.append(json.dumps(json.loads(text)["data"], separators=(",", ":")))
            elif "lastUpdateId" in text:
                content = json.loads(text)
                snapshot = content.get("data", content)
    assert snapshot is not None, "the recording has a snapshot"
    first = snapshot["lastUpdateId"]
    frames = [frame for frame in frames if json.loads(frame)["u"] > first]
    return Wire(
        "binance",
        "recorded 2024, today's wire",
        frames,
        "BTC/USDT",
        "BTCUSDT",
        0.01,
        0.00001,
        "wss://stream.binance.com:9443/ws/0",
        "orderbook::BTC/USDT",
        snapshot,
    )


def okx(folder: Path) -> list[Wire]:
    """Return recorded changes of OKX as they were, with checksums, and numbered as the venue does today."""
    frames = []
    with gzip.open(folder / "OKX.ws.1.0.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            text = line.rstrip("\n").partition(": ")[2]
            if text.startswith('{"arg":{"channel":"books","instId":"BTC-USDT"},"action"'):
                frames.append(text)
    numbered = []
    for number, frame in enumerate(frames):
        content = json.loads(frame)
        previous = -1 if content["action"] == "snapshot" else number
        for row in content["data"]:
            row |= {"checksum": 0, "prevSeqId": previous, "seqId": number + 1}
        numbered.append(json.dumps(content, separators=(",", ":")))
    return [
        Wire(
            "okx",
            source,
            texts,
            "BTC/USDT",
            "BTC-USDT",
            0.1,
            1e-8,
            "wss://ws.okx.com:8443/ws/v5/public",
            "books:BTC/USDT",
        )
        for source, texts in (
            ("recorded 2022, with crc", frames),
            ("the same, numbered as today", numbered),
        )
    ]


def kraken(folder: Path) -> Wire:
    """Return the recorded frames of Kraken v2."""
    text = (folder / "kraken_v2" / "kraken_btcusd_book.jsonl").read_text(encoding="utf-8")
    return Wire(
        "kraken",
        "recorded, today's wire, with crc",
        text.splitlines(),
        "BTC/USD",
        "XXBTZUSD",
        0.1,
        1e-8,
        "wss://ws.kraken.com/v2",
        "orderbook@BTC/USD",
    )


def hyperliquid(folder: Path) -> Wire:
    """Return recorded books of Hyperliquid, each of which is whole."""
    with gzip.open(folder / "hyperliquid_btcusd_20250126.gz", "rt", encoding="utf-8") as lines:
        texts = [line.rstrip("\n").partition(" ")[2] for line in lines]
    return Wire(
        "hyperliquid",
        "recorded 2025, whole books",
        [text for text in texts if '"channel":"l2Book"' in text],
        "BTC/USDC:USDC",
        "BTC/USDC:USDC",
        1.0,
        0.00001,
        "wss://api.hyperliquid.xyz/ws",
        "orderbook:BTC/USDC:USDC",
    )


async def bitget(*, checksums: bool) -> Wire:
    """Return frames of the embedded Bitget: no frames of the v2 wire are recorded."""
    frames: list[str] = []
    async with (
        EmbeddedBitget(seed=1, rate=300.0, still=True, checksums=checksums) as venue,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{venue.ws_base}/ws.bitget.com/v2/ws/public") as socket,
    ):
        arg = {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"}
        await socket.send_json({"op": "subscribe", "args": [arg]})
        book = venue.exchange.venue.markets[BTC_SPOT]
        while len(frames) < 1_000:
            frame = await socket.receive(timeout=5)
            if '"action"' in frame.data:
                frames.append(frame.data)
                before = book.sequence
                while book.sequence == before:
                    await venue.advance(0.1)
    return Wire(
        "bitget",
        "embedded venue, with crc" if checksums else "embedded venue, seq as today",
        frames,
        "BTC/USDT",
        "BTCUSDT",
        0.01,
        0.000001,
        "wss://ws.bitget.com/v2/ws/public",
        "orderbook:BTC/USDT",
    )


async def all_wires(folder: Path) -> list[Wire]:
    """Return what is measured."""
    generated = [await bitget(checksums=checksums) for checksums in (False, True)]
    return [binance(folder), *generated, kraken(folder), *okx(folder), hyperliquid(folder)]


def changed_levels(wire: Wire) -> float:
    """Return how many levels a frame names, on average; an opening snapshot is left out."""
    counts = []
    for frame in wire.frames[1:]:
        content = json.loads(frame)
        if wire.exchange_id == "hyperliquid":
            counts.append(sum(map(len, content["data"]["levels"])))
            continue
        row = content.get("data", [content])[0]
        counts.append(sum(len(row.get(name, ())) for name in ("b", "a", "bids", "asks")))
    return statistics.mean(counts)


# ----------------------------------------------------------------------------------------------- the subjects


class Subject(Protocol):
    """Somebody who keeps the book."""

    def begin(self) -> None:
        """Make ready for the first frame of a pass; not measured."""
        ...

    def feed(self, frames: Sequence[str]) -> None:
        """Take frames."""
        ...

    def book(self) -> Book:
        """Return the best levels."""
        ...


class Plain:
    """The library as it comes."""

    def __init__(self, wire: Wire, exchange: Exchange) -> None:
        exchange.set_markets([market(exchange, wire)])
        self.wire = wire
        self.exchange = exchange
        self._client: Any = None

    def begin(self) -> None:
        exchange, wire = self.exchange, self.wire
        exchange.clients.clear()
        exchange.orderbooks.clear()
        self._client = exchange.client(wire.url)
        self._client.subscriptions[wire.message_hash] = {}
        if wire.snapshot is not None:  # As the library does after its question over REST.
            book = exchange.order_book({}, 1_000)
            rows = exchange.parse_order_book(wire.snapshot, wire.symbol)
            book.reset(rows | {"nonce": wire.snapshot["lastUpdateId"]})
            exchange.orderbooks[wire.symbol] = book

    def feed(self, frames: Sequence[str]) -> None:
        handle, text = self._client.handle_message, aiohttp.WSMsgType.TEXT
        for frame in frames:
            handle(aiohttp.WSMessage(text, frame, None))

    def book(self) -> Book:
        book = self.exchange.orderbooks[self.wire.symbol]
        bids, asks = (
            [(known(row[0]), known(row[1])) for row in book[name][:LEVELS]] for name in ("bids", "asks")
        )
        return bids, asks

    def picture(self) -> None:
        """Make what `watch_order_book` hands over."""
        self.exchange.orderbooks[self.wire.symbol].limit()


class Guarded(Plain):
    """The library as the console uses it: every message is judged first."""

    def __init__(self, wire: Wire, exchange: Exchange) -> None:
        self.guard = BookGuard(exchange, clock=SystemClock())
        super().__init__(wire, exchange)
        listed = instrument_of(
            exchange.market(wire.symbol), venue=exchange.id, precision_mode=exchange.precisionMode
        )
        assert listed is not None
        self._instrument: Instrument = listed

    def picture(self) -> None:
        """Make what the screen is shown."""
        book = self.exchange.orderbooks[self.wire.symbol]
        book_of(book, self._instrument, levels=LEVELS, sequence=1, ts_recv_ns=1)


class Own:
    """No library: msgspec, the check of `book_sequence`, and the exact `OrderBook`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._read = READERS[wire.exchange_id]
        self._decode = msgspec.json.Decoder().decode
        self._book = OrderBook(wire.symbol)
        self._check: BookCheck

    def begin(self) -> None:
        wire = self._wire
        family = family_of(wire.exchange_id)
        assert family is not None
        price, size = (decimals_of(known(step)) for step in (wire.tick, wire.lot))
        self._check = family.make(Precision(price, size))
        self._book.clear()
        if wire.snapshot is not None:
            assert isinstance(self._check, SequenceCheck)
            self._check.start_after(wire.snapshot["lastUpdateId"])
            self._book.replace(wire.snapshot["bids"], wire.snapshot["asks"])

    def feed(self, frames: Sequence[str]) -> None:
        decode, read, book, judge = self._decode, self._read, self._book, self._check.judge
        change = book.set_level
        for frame in frames:
            message = decode(frame)
            verdict = judge(message)
            if verdict.outcome is not Outcome.APPLIED:
                raise SystemExit(f"{self._wire.exchange_id}: {verdict.reason}")
            if verdict.is_snapshot:
                book.clear()
            bids, asks = read(message)
            for row in bids:
                change(Side.BUY, row[0], row[1])
            for row in asks:
                change(Side.SELL, row[0], row[1])

    def book(self) -> Book:
        bids, asks = (
            [(Decimal(price), Decimal(size)) for price, size in self._book.levels(side)][:LEVELS]
            for side in (Side.BUY, Side.SELL)
        )
        return bids, asks


Rows = Iterable[Sequence[str]]


def _first_row(message: Mapping[str, Any]) -> tuple[Rows, Rows]:
    row = message["data"][0]
    return row["bids"], row["asks"]


def _whole(message: Mapping[str, Any]) -> tuple[Rows, Rows]:
    bids, asks = ([(row["px"], row["sz"]) for row in side] for side in message["data"]["levels"])
    return bids, asks


READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], tuple[Rows, Rows]]]] = {
    "binance": lambda message: (message["b"], message["a"]),
    "bitget": _first_row,
    "hyperliquid": _whole,
    "okx": _first_row,
}
"""Where an exchange whose numbers are texts has its levels. Kraken sends numbers and asks for truncation,
which the book inside of its check does, so that an own book beside it would be a second one."""


def market(exchange: Exchange, wire: Wire) -> dict[str, Any]:
    """Return the one market of an instance, as the library's own parsers make it."""
    base, _, rest = wire.symbol.partition("/")
    quote, _, settle = rest.partition(":")
    is_spot = not settle
    made: dict[str, Any] = exchange.safe_market_structure(
        {
            "id": wire.market_id, "lowercaseId": wire.market_id.lower(), "symbol": wire.symbol,
            "base": base, "quote": quote, "baseId": base, "quoteId": quote,
            "type": "spot" if is_spot else "swap", "spot": is_spot, "swap": not is_spot,
            "margin": False, "future": False, "option": False,
            "contract": not is_spot, "settle": settle or None, "linear": None if is_spot else True,
            "contractSize": None if is_spot else 1.0,
            "active": True, "precision": {"price": wire.tick, "amount": wire.lot},
            "limits": {"amount": {"min": wire.lot}, "price": {}, "cost": {}, "leverage": {}},
            "info": {"wsname": wire.symbol},
        }
    )  # fmt: skip
    return made


def known(value: float) -> Decimal:
    """Return a number of the library as the venue wrote it."""
    number = number_of(value)
    assert number is not None
    return number


# ---------------------------------------------------------------------------------------------- the measuring


@dataclass(slots=True)
class Row:
    """Medians of a wire, in microseconds; None where there is no such path."""

    wire: Wire
    messages: int
    guarded: float
    plain: float
    own: float | None
    ratio: float
    picture: float
    plain_picture: float


async def measure(wire: Wire, library: Any, rounds: int) -> Row:  # noqa: ANN401 - it has no types
    """Play the frames to everybody in turn and return the medians."""
    account = ExchangeAccount(venue=wire.exchange_id, exchange_id=wire.exchange_id)
    guarded = Guarded(wire, make_exchange(library, account))
    plain = Plain(wire, getattr(library, wire.exchange_id)())
    subjects: dict[str, Subject] = {"guarded": guarded, "plain": plain}
    if wire.exchange_id in READERS:
        subjects["own"] = Own(wire)
    passes = -(-LEAST_MESSAGES // len(wire.frames))
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    try:
        for number in range(rounds + 1):
            spent = one_round(wire, subjects, passes)
            if number:  # The first round warms the caches of all.
                for name, seconds in spent.items():
                    samples[name].append(seconds / (passes * len(wire.frames)) * 1e6)
        pictures = [once(subject.picture) for subject in (guarded, plain)]
        watch = guarded.guard.book(wire.symbol)
        assert (watch.gaps_total, watch.ignored_total) == (0, 0), watch.reason
    finally:
        for exchange in (guarded.exchange, plain.exchange):
            exchange.clients.clear()
            await exchange.close()
    ratios = [mine / theirs for mine, theirs in zip(samples["guarded"], samples["plain"], strict=True)]
    return Row(
        wire,
        passes * len(wire.frames),
        statistics.median(samples["guarded"]),
        statistics.median(samples["plain"]),
        statistics.median(samples["own"]) if "own" in samples else None,
        statistics.median(ratios),
        *pictures,
    )


def one_round(wire: Wire, subjects: Mapping[str, Subject], passes: int) -> dict[str, float]:
    """Return the seconds that each took; everybody must end on the same book."""
    spent = dict.fromkeys(subjects, 0.0)
    order = list(subjects.items())
    for number in range(passes):
        for _, subject in order:
            subject.begin()
        for start in range(0, len(wire.frames), SLICE):
            part = wire.frames[start : start + SLICE]
            for name, subject in order if number % 2 else reversed(order):
                before = time.process_time()
                subject.feed(part)
                spent[name] += time.process_time() - before
    books = [subject.book() for _, subject in order]
    assert all(book == books[0] for book in books), f"{wire.exchange_id}: the books differ"
    return spent


def once(call: Callable[[], None]) -> float:
    """Return the microseconds of one call."""
    before = time.process_time()
    for _ in range(PICTURES):
        call()
    return (time.process_time() - before) / PICTURES * 1e6


# ----------------------------------------------------------------------------------------------- the start-up


def console_modules() -> list[str]:
    """Start the console in a pty, end it when its book is live, and return what it had imported."""
    with tempfile.TemporaryDirectory() as home:
        listing = Path(home) / "modules"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "XDG_STATE_HOME": home,
            "XDG_CACHE_HOME": home,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", CONSOLE, str(listing)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=Path(__file__).resolve().parents[1],
            start_new_session=True,
        )
        os.close(slave)
        written, ended = b"", False
        deadline = time.monotonic() + START_TIMEOUT_S
        try:
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise SystemExit(f"the console did not start or end; last bytes: {written[-300:]!r}")
                if select.select([master], [], [], 0.1)[0]:
                    try:
                        written += os.read(master, 1 << 16)
                    except OSError:
                        break
                if not ended and LIVE_BOOK.search(written):
                    process.send_signal(signal.SIGTERM)
                    ended = True
            process.wait(START_TIMEOUT_S)
        finally:
            process.kill()
            os.close(master)
        if not ended or not listing.is_file():
            raise SystemExit(f"the console ended early: {written[-500:]!r}")
        return listing.read_text(encoding="utf-8").splitlines()


def import_cost(runs: int) -> tuple[float, float, int]:
    """Return seconds, MiB and modules of the import of the library, medians of fresh interpreters."""
    found = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
        seconds, mib, modules = done.stdout.split()
        found.append((float(seconds), float(mib), int(modules)))
    seconds, mib, modules = (statistics.median(column) for column in zip(*found, strict=True))
    return seconds, mib, int(modules)


def main() -> int:
    """Print the tables; return the exit status."""
    parser = argparse.ArgumentParser(description="Microseconds per message of each venue, and the start-up.")
    parser.add_argument("--rounds", type=int, default=5, metavar="R", help="rounds; the median counts (5)")
    parser.add_argument("--captures", type=Path, default=CAPTURES, help="folder of the recorded frames")
    arguments = parser.parse_args()
    if not arguments.captures.is_dir():
        print(f"no recordings at {arguments.captures}; name their folder with --captures", file=sys.stderr)
        return 2
    modules = console_modules()
    foreign = [name for name in modules if name.partition(".")[0] == "ccxt"]
    assert not foreign, f"the console imported {foreign[:5]}"
    ours = sum(name.startswith("omega_tui") for name in modules)
    print(f"console, up to a live book: {len(modules):,} modules, {ours} of them ours, 0 of ccxt")
    seconds, mib, loaded = import_cost(3)
    print(
        f"import ccxt.pro: {seconds:.2f} s, {mib:.0f} MiB more, {loaded} modules; medians of 3 interpreters"
    )
    rows = asyncio.run(measure_all(arguments.captures, arguments.rounds))
    print(f"\nµs a message, CPU, medians of {arguments.rounds} rounds{'':45}own check{'':7}a picture")
    heads = zip(
        ("levels", "guarded", "plain", "x plain", "+ book", "x plain", "ours", "plain"), WIDTHS, strict=True
    )
    print(f"{'':12}{'frames':34}" + "".join(f"{head:>{width}}" for head, width in heads))
    for row in rows:
        own = ("-", "-") if row.own is None else (f"{row.own:.1f}", f"{row.own / row.plain:.2f}")
        name = f"{row.wire.exchange_id:12}{row.wire.source:34}"
        print(
            f"{name}{changed_levels(row.wire):7.1f}{row.guarded:8.1f}{row.plain:8.1f}{row.ratio:8.2f}{own[0]:>8}{own[1]:>8}"
            f"{row.picture:8.1f}{row.plain_picture:7.1f}"
        )
    counts = ", ".join(f"{row.wire.exchange_id} {len(row.wire.frames):,}" for row in rows)
    print(f"\nframes: {counts}; at least {LEAST_MESSAGES:,} messages a round; every book equal at its end")
    return 0


async def measure_all(folder: Path, rounds: int) -> list[Row]:
    """Measure every wire."""
    library = await load_library(lambda _text: None)
    return [await measure(wire, library, rounds) for wire in await all_wires(folder)]


if __name__ == "__main__":
    sys.exit(main())
