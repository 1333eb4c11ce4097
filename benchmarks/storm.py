"""The same storm over two readers of one book: our guarded feed, and plain ccxt in the loop of its examples.

The embedded Bitget stands still between steps, so that what each reader shows can be compared with the whole
book of the venue, level by level. Both hear the same frames: what is lost, doubled, late or wrongly numbered
is so for both, and a killed socket is killed for both. Faults come one at a time first, where it is known
how many gaps there must be; then all at once, where the breaks in what a reader was sent are counted on its
wire. A picture is wrong when the venue never had that book in the present round or at the end of the one
before. Some quiet rounds come first, to show that both readers are right when nothing is wrong. A book of
plain ccxt that has lost a change does not heal, so its best ten levels are looked at by themselves, too.

    python benchmarks/storm.py [--seed N] [--orderly R] [--wild R]
"""

import argparse
import asyncio
import logging
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

from omega_tui.clock import SystemClock
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coins import BTC_SPOT
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.venues.ccxt_feed import CcxtFeed
from omega_tui.venues.ccxt_loader import Exchange, ExchangeAccount, load_library
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import FeedLimits, Stream

SYMBOL: Final = "BTC/USDT"
INSTRUMENT: Final = f"bitget:{SYMBOL}"
CHANNEL: Final = "SPOT/books"
RATE: Final = 300.0
"""Events of the crowd per second: nearly every beat changes the book."""

BEAT_S: Final = 0.1
"""How often the venue tells its book, in its own time."""

PACE_S: Final = 0.008
"""Time between two beats when everything goes wrong at once, so that readers come back into the storm."""

WILD_BEATS: Final = 14
QUIET_ROUNDS: Final = 5
TOP: Final = 10
"""Levels of each side that are looked at by themselves."""

PATIENCE_S: Final = 5.0
"""How long a reader may take to hear of the venue's present book."""

LIMITS: Final = FeedLimits(
    first_message_s=2.0, silence_s=2.0, frame_s=0.002, first_wait_s=0.02, longest_wait_s=0.1, levels=10_000
)

Levels = tuple[tuple[Decimal, Decimal], ...]
Book = tuple[Levels, Levels]


class Weather(StrEnum):
    """What goes wrong in a round."""

    QUIET = "nothing"
    LOST = "changes lost"
    NUMBER = "numbers jump ahead, nothing lost"
    ORDER = "two changes swapped"
    DOUBLED = "changes sent twice"
    KILLED = "sockets killed"
    LOST_KILLED = "changes lost, then sockets killed"
    LATE_KILLED = "sockets killed, then an old change"
    WILD = "all at once"


GAPS: Final[Mapping[Weather, int]] = {Weather.LOST: 1, Weather.NUMBER: 1, Weather.ORDER: 1}
"""Gaps that a reader must find in a round; in other orderly rounds there is none to be found."""


@dataclass(slots=True)
class Looks:
    """What a reader showed when the venue stood still."""

    right: int = 0
    wrong: int = 0
    withheld: int = 0

    def add(self, shown: Book | None, truth: Book) -> None:
        """Count one look; `shown` is None where nothing is called good."""
        if shown is None:
            self.withheld += 1
        elif shown == truth:
            self.right += 1
        else:
            self.wrong += 1

    def __str__(self) -> str:
        return f"{self.right} / {self.wrong} / {self.withheld}"


@dataclass(slots=True)
class Tally:
    """What became of one reader.

    Attributes:
        pictures: Books that it handed over as good.
        wrong_pictures: Those of them that the venue did not have.
        breaks: Gaps in the numbers of what it was sent.
        found: Gaps that it told of.
        quiet: What it showed before anything went wrong.
        at_once: What it showed right after the faults.
        later: What it showed after it had had its time and one more change.
        top: The best levels of that.
    """

    pictures: int = 0
    wrong_pictures: int = 0
    breaks: int = 0
    found: int = 0
    quiet: Looks = field(default_factory=Looks)
    at_once: Looks = field(default_factory=Looks)
    later: Looks = field(default_factory=Looks)
    top: Looks = field(default_factory=Looks)

    @property
    def wrong_as_good(self) -> int:
        """How often a wrong book was shown as good."""
        return self.wrong_pictures + sum(looks.wrong for looks in (self.quiet, self.at_once, self.later))


@dataclass(slots=True)
class Result:
    """A storm.

    Attributes:
        injected: Faults by name.
        due: Gaps that the orderly rounds must have.
        due_found: Gaps that our feed found in them.
        ours: Our feed.
        plain: The library alone.
    """

    injected: Counter[str] = field(default_factory=Counter)
    due: int = 0
    due_found: int = 0
    ours: Tally = field(default_factory=Tally)
    plain: Tally = field(default_factory=Tally)


# ------------------------------------------------------------------------------------------------ the readers


class Wire:
    """Listens to what a reader is sent, before the reader does.

    Attributes:
        number: The highest number on the present connection.
        breaks: How often a change did not follow what had been sent before it.
    """

    def __init__(self, exchange: Exchange, *, waits_for_snapshot: bool) -> None:
        """Listen.

        Args:
            exchange: Without connections.
            waits_for_snapshot: Whether nothing counts between a break and the next snapshot.
        """
        self.number = 0
        self.breaks = 0
        self._client: object = None
        self._last: int | None = None
        self._waits = waits_for_snapshot
        handle: Callable[[Any, Any], None] = exchange.handle_message

        def handle_message(client: object, message: Any) -> None:  # noqa: ANN401 - raw JSON
            if isinstance(message, Mapping) and "action" in message:
                self._hear(client, message)
            handle(client, message)

        exchange.handle_message = handle_message

    def _hear(self, client: object, message: Mapping[str, Any]) -> None:
        if client is not self._client:
            self._client, self._last, self.number = client, None, 0
        row = message["data"][0]
        number, previous = int(row["seq"]), int(row["pseq"])
        self.number = max(self.number, number)
        if message["action"] == "snapshot" or previous == self._last:
            self._last = number
        elif self._last is not None and number > self._last:
            self.breaks += 1
            self._last = None if self._waits else number


class Reader(Protocol):
    """Somebody who shows the book."""

    wire: Wire
    pictures: list[Book]

    @property
    def is_current(self) -> bool:
        """Whether it has shown what it was last sent, or says that it cannot."""
        ...

    @property
    def is_good(self) -> bool:
        """Whether it calls what it shows good."""
        ...

    @property
    def found(self) -> int:
        """Gaps that it told of."""
        ...

    def shown(self) -> Book | None:
        """Return the book that it calls good; None while it calls none so."""
        ...


class Ours:
    """The feed of the console: pictures come as events, with the state of their check."""

    def __init__(self, session: CcxtSession) -> None:
        self.pictures: list[Book] = []
        self.wire = Wire(session.data, waits_for_snapshot=True)
        self._watch = session.guard.book(SYMBOL)
        self._last: BookUpdated | None = None
        self._feed = CcxtFeed(
            session, clock=SystemClock(), rng=random.Random(1), publish=self._take, limits=LIMITS
        )
        self._feed.watch(Stream.BOOK, INSTRUMENT)

    async def run(self) -> None:
        """Read until cancelled."""
        await self._feed.run()

    @property
    def is_current(self) -> bool:
        if not self.is_good or self._last is None or self._last.book is None:
            return bool(self._watch.reason)
        return self._last.book.sequence == self._watch.applied_total

    @property
    def is_good(self) -> bool:
        return self._last is not None and self._last.integrity.state is IntegrityState.VERIFIED

    @property
    def found(self) -> int:
        return self._watch.gaps_total

    def shown(self) -> Book | None:
        if not self.is_good or self._last is None or self._last.book is None:
            return None
        return snapshot_book(self._last.book)

    def _take(self, event: Event) -> None:
        if isinstance(event, BookUpdated):
            self._last = event
            if self.is_good and event.book is not None:
                self.pictures.append(snapshot_book(event.book))


class Plain:
    """The library in the loop that its examples have, with a pause after an error, or it would spin."""

    def __init__(self, exchange: Exchange, library: Any) -> None:  # noqa: ANN401 - it has no types
        self.pictures: list[Book] = []
        self.is_good = False
        self.found = 0
        self.wire = Wire(exchange, waits_for_snapshot=False)
        self._exchange = exchange
        self._library = library
        self._number = 0

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                book = await self._exchange.watch_order_book(SYMBOL)
            except (self._library.BaseError, OSError) as error:
                self.is_good = False
                self.found += isinstance(error, self._library.ChecksumError | self._library.InvalidNonce)
                await asyncio.sleep(0.05)
            else:
                self.is_good = True
                self._number = self.wire.number
                self.pictures.append(rows_book(book))

    @property
    def is_current(self) -> bool:
        return self.is_good and self._number == self.wire.number

    def shown(self) -> Book | None:
        book = self._exchange.orderbooks.get(SYMBOL)
        return None if book is None or not self.is_good else rows_book(book)


def snapshot_book(book: BookSnapshot) -> Book:
    """Return the levels of a picture of the domain."""
    bids, asks = (tuple((level.price, level.size) for level in side) for side in (book.bids, book.asks))
    return bids, asks


def rows_book(book: Mapping[str, Iterable[Any]]) -> Book:
    """Return the levels of a book of the library: floats, whose shortest text is what the venue wrote."""
    bids, asks = (
        tuple((Decimal(repr(row[0])), Decimal(repr(row[1]))) for row in book[side])
        for side in ("bids", "asks")
    )
    return bids, asks


def top_of(book: Book) -> Book:
    """Return the best levels."""
    bids, asks = book
    return bids[:TOP], asks[:TOP]


# ------------------------------------------------------------------------------------------------- the storm


class Storm:
    """Moves the venue, does it wrong, and compares."""

    def __init__(self, venue: EmbeddedBitget, ours: Ours, plain: Plain, *, seed: int) -> None:
        self.result = Result()
        self._venue = venue
        self._market = venue.exchange.venue.markets[BTC_SPOT]
        self._readers: tuple[tuple[Reader, Tally], ...] = (
            (ours, self.result.ours),
            (plain, self.result.plain),
        )
        self._ours = ours
        self._rng = random.Random(seed)
        self._truths = [self._truth()]

    async def run(self, weathers: Iterable[Weather]) -> Result:
        """Have one round after the other."""
        await self._settle()
        for weather in weathers:
            await self._round(weather)
        counted = Counter(injection.kind for injection in self._venue.faults.log)
        self.result.injected |= {
            "changes lost": counted[FaultKind.DROP],
            "changes sent twice": counted[FaultKind.DUPLICATE],
            "changes swapped": counted[FaultKind.DELAY],
        }
        for reader, tally in self._readers:
            tally.breaks, tally.found = reader.wire.breaks, reader.found
        return self.result

    async def _round(self, weather: Weather) -> None:
        found = self._ours.found
        self._truths = [self._truth()]
        await self._blow(weather)
        self._venue.faults.clear()
        for _ in range(2):  # A swapped change comes with the first, so that the second is the last of all.
            await self._change()
        await self._settle()
        for reader, tally in self._readers:
            looks = tally.quiet if weather is Weather.QUIET else tally.at_once
            looks.add(reader.shown(), self._truth())
        async with asyncio.timeout(PATIENCE_S):
            await until(lambda: self._ours.is_good)
        await self._change()
        await self._settle()
        for reader, tally in self._readers:
            shown, truth = reader.shown(), self._truth()
            if weather is Weather.QUIET:
                tally.quiet.add(shown, truth)
            else:
                tally.later.add(shown, truth)
                tally.top.add(shown and top_of(shown), top_of(truth))
            tally.pictures += len(reader.pictures)
            tally.wrong_pictures += sum(picture not in self._truths for picture in reader.pictures)
            reader.pictures.clear()
        if weather is not Weather.WILD:
            self.result.due += GAPS.get(weather, 0)
            self.result.due_found += self._ours.found - found

    async def _blow(self, weather: Weather) -> None:
        match weather:
            case Weather.QUIET:
                await self._change()
            case Weather.LOST:
                await self._spoil(FaultKind.DROP, self._rng.randint(1, 3))
            case Weather.NUMBER:
                self._jump()
            case Weather.ORDER:
                await self._spoil(FaultKind.DELAY, 1)
            case Weather.DOUBLED:
                await self._spoil(FaultKind.DUPLICATE, self._rng.randint(1, 3))
            case Weather.KILLED:
                await self._kill()
            case Weather.LOST_KILLED:
                await self._spoil(FaultKind.DROP, self._rng.randint(1, 3))
                await self._kill()
            case Weather.LATE_KILLED:
                await self._spoil(FaultKind.DELAY, 1)
                await self._kill()
            case Weather.WILD:
                await self._blow_wildly()

    async def _blow_wildly(self) -> None:
        for kind, probability in (
            (FaultKind.DROP, 0.15),
            (FaultKind.DUPLICATE, 0.15),
            (FaultKind.DELAY, 0.1),
        ):
            self._venue.faults.add(Fault(kind, probability=probability, path=CHANNEL))
        for _ in range(WILD_BEATS):
            chance = self._rng.random()
            if chance < 0.05:
                self._jump()
            elif chance < 0.12:
                self._cut()
            await self._change()
            await asyncio.sleep(PACE_S)

    async def _spoil(self, kind: FaultKind, times: int) -> None:
        """Have a fault happen to the next changes, one after the other."""
        self._venue.faults.add(Fault(kind, times=times, path=CHANNEL))
        while self._venue.faults:
            await self._change()

    def _jump(self) -> None:
        """Have the next change name a predecessor that nobody was told of."""
        self._market.sequence += self._rng.randint(1, 5_000)
        self.result.injected["jumps of the numbers ahead"] += 1

    async def _kill(self) -> None:
        """End the sockets, let the book change meanwhile, and wait for everybody to be back."""
        self._cut()
        for _ in range(3):
            await self._change()
        await self._heard()

    def _cut(self) -> None:
        self.result.injected["sockets killed"] += self._venue.kill_sockets("public")

    async def _change(self) -> None:
        """Let time pass until the book has changed."""
        before = self._market.sequence
        while self._market.sequence == before:
            await self._venue.advance(BEAT_S)
        self._truths.append(self._truth())

    async def _heard(self) -> None:
        """Wait until everybody was sent the venue's present number."""
        async with asyncio.timeout(PATIENCE_S):
            await until(
                lambda: all(reader.wire.number == self._market.sequence for reader, _ in self._readers)
            )

    async def _settle(self) -> None:
        """Wait until everybody has been sent the last change and shows what it makes of it."""
        await self._heard()
        async with asyncio.timeout(PATIENCE_S):
            await until(lambda: all(reader.is_current for reader, _ in self._readers))

    def _truth(self) -> Book:
        bids, asks = (
            tuple((Decimal(price), Decimal(size)) for price, size in self._market.shown_texts(is_bid=is_bid))
            for is_bid in (True, False)
        )
        return bids, asks


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a fact that nothing announces; each look gives the loop a turn."""
    while not condition():  # noqa: ASYNC110 - the library announces nothing
        await asyncio.sleep(0.001)


def forecast(seed: int, orderly: int, wild: int) -> list[Weather]:
    """Return the weathers of a storm: quiet ones, the orderly ones shuffled, and wild ones."""
    kinds = [weather for weather in Weather if weather not in {Weather.QUIET, Weather.WILD}]
    single = [kinds[number % len(kinds)] for number in range(orderly)]
    random.Random(f"{seed}:weather").shuffle(single)
    return [Weather.QUIET] * QUIET_ROUNDS + single + [Weather.WILD] * wild


@asynccontextmanager
async def readers(venue: EmbeddedBitget) -> AsyncIterator[tuple[Ours, Plain]]:
    """Yield both readers, reading."""
    library = await load_library(lambda _text: None)
    account = ExchangeAccount(venue="bitget", exchange_id="bitget", loopback=venue.base_url)
    session = CcxtSession(account, clock=SystemClock(), cache=None, progress=lambda _text: None)
    async with AsyncExitStack() as stack:
        await session.open()
        stack.push_async_callback(session.close)
        session.data.timeout_on_exit = session.trade.timeout_on_exit = 1
        exchange = library.bitget({"options": {"uta": False, "fetchMarkets": {"types": ["spot"]}}})
        exchange.timeout_on_exit = 1
        exchange.urls = venue.urls(exchange.urls)
        stack.push_async_callback(exchange.close)
        await exchange.load_markets()
        ours, plain = Ours(session), Plain(exchange, library)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(reader.run()) for reader in (ours, plain)]
            try:
                yield ours, plain
            finally:
                for task in tasks:
                    task.cancel()


async def storm(*, seed: int, orderly: int, wild: int) -> Result:
    """Have a storm over both readers and return what became of them.

    Args:
        seed: Of the venue, of the faults and of their order.
        orderly: Rounds with one fault at a time.
        wild: Rounds with all at once.
    """
    async with (
        EmbeddedBitget(seed=seed, rate=RATE, still=True) as venue,
        readers(venue) as (ours, plain),
    ):
        return await Storm(venue, ours, plain, seed=seed).run(forecast(seed, orderly, wild))


def table(result: Result) -> str:
    """Return the result for people."""
    ours, plain = result.ours, result.plain
    rows: list[tuple[str, object, object]] = [
        ("gaps in the numbers that it was sent", ours.breaks, plain.breaks),
        ("  found", ours.found, plain.found),
        ("books handed over as good", ours.pictures, plain.pictures),
        ("  never had by the venue", ours.wrong_pictures, plain.wrong_pictures),
        ("right / wrong / withheld: quiet", ours.quiet, plain.quiet),
        ("  right after the faults", ours.at_once, plain.at_once),
        ("  later", ours.later, plain.later),
        (f"  later, best {TOP} levels alone", ours.top, plain.top),
        ("A WRONG BOOK WAS SHOWN AS GOOD", ours.wrong_as_good, plain.wrong_as_good),
    ]
    lines = ["injected: " + ", ".join(f"{count} {name}" for name, count in sorted(result.injected.items()))]
    lines.append(f"one at a time: {result.due_found} of {result.due} gaps found by ours")
    lines.append(f"{'':40}{'guarded feed':>16}{'plain ccxt':>16}")
    lines += [f"{name:40}{mine!s:>16}{theirs!s:>16}" for name, mine, theirs in rows]
    return "\n".join(lines)


def main() -> int:
    """Print the table; return the exit status, which is 1 where our feed missed a gap or a wrong book."""
    parser = argparse.ArgumentParser(description="The same storm over our guarded feed and plain ccxt.")
    parser.add_argument("--seed", type=int, default=1, help="of venue and faults (1)")
    parser.add_argument("--orderly", type=int, default=70, metavar="R", help="rounds with one fault (70)")
    parser.add_argument("--wild", type=int, default=30, metavar="R", help="rounds with all at once (30)")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # What goes wrong here does so on purpose.
    result = asyncio.run(storm(seed=arguments.seed, orderly=arguments.orderly, wild=arguments.wild))
    print(table(result))
    ours = result.ours
    missed = ours.found != ours.breaks or result.due_found != result.due
    return 1 if missed or ours.wrong_as_good else 0


if __name__ == "__main__":
    sys.exit(main())
