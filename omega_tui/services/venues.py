"""The venues of a console: which there are, what each lists, how far it is open; and opening them.

A venue that costs nothing to know is listed and let be until somebody looks at one of its markets: the
exchange library takes seconds and a hundred megabytes that a trader of another venue never needs. One with an
account of real money is opened by itself, since orders may be working there; but after the first book.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from omega_tui.bus.base import Subscription
from omega_tui.domain.commands import Command, OpenVenue, WatchInstrument
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import (
    Alert,
    ServiceState,
    ServiceStateChanged,
    Severity,
    VenueChanged,
    VenuePhase,
)
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import NoHandler, OmegaError, OrderRefused, StateError
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.errands import Errands

FIRST_BOOK_S: Final = 10.0
"""So long the first book is waited for before anything else is done: it is what the trader waits for."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a venue lists, as far as is known without asking it.

    Attributes:
        instruments: In the venue's order.
        text: Where that is known from, for people.
    """

    instruments: Sequence[Instrument]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A venue as this service knows it.

    Attributes:
        venue: Its name.
        exchange: What it is.
        account_type: `spot` or `swap`; empty where there is one kind only.
        is_live: Whether real money is behind it.
        view_only: Why nothing can be ordered there; empty where orders can leave.
        is_open: Whether its services run from the start.
        sleeps: Whether it waits until somebody looks; only with a listing.
        listing: Tells what it lists without asking it; None where that is not known.
    """

    venue: str
    exchange: str
    account_type: str = ""
    is_live: bool = False
    view_only: str = ""
    is_open: bool = False
    sleeps: bool = False
    listing: Callable[[], Awaitable[Listing | None]] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A venue whose services were started.

    Attributes:
        feed: The service of its market data: while it runs, the venue is open.
        view_only: Why nothing can be ordered there, as was found on opening; empty where orders can leave.
    """

    feed: Service
    view_only: str = ""


Open = Callable[[str, Progress], Awaitable[Opened]]
"""Composes and starts the services of a venue."""


class Venues(Service):
    """Keeps the list of venues and opens them. One per console.

    Args:
        platform: Bus and clock.
        stands: Every venue, the first one first.
        open_venue: Starts the services of one; called once for each that succeeds.
    """

    name = "venues"

    def __init__(self, platform: Platform, stands: Sequence[Stand], open_venue: Open) -> None:
        super().__init__(platform)
        self._stands = {stand.venue: stand for stand in stands}
        self._open_venue = open_venue
        self._errands = Errands()
        self._told: dict[str, VenueChanged] = {}
        self._listed: dict[str, Listing] = {}
        self._opened: dict[str, Opened] = {}
        self._wanted: dict[str, dict[str, None]] = {}
        self._halted: set[str] = set()
        self._changes: Subscription | None = None
        self._modes: Subscription | None = None
        self._books: Subscription | None = None

    # ------------------------------------------------------------------------------ life cycle

    async def initialize(self) -> None:
        self._close()
        self._changes = self.platform.bus.subscribe(ServiceStateChanged)
        self._modes = self.platform.bus.subscribe(ArmChanged)
        self._books = self.platform.bus.subscribe(BookUpdated)
        for stand in self._stands.values():
            if stand.venue not in self._told:
                self._tell(stand.venue, VenuePhase.OPEN if stand.is_open else VenuePhase.LISTED, "")

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._errands.open(group)
                group.create_task(self._follow(), name="states")
                await self._first_book()
                for stand in self._stands.values():
                    await self._list(stand)
                for stand in self._stands.values():
                    if not stand.is_open and not (stand.sleeps and stand.venue in self._listed):
                        self._begin(stand.venue)
        finally:
            self._errands.close()

    async def shutdown(self) -> None:
        self._close()

    def _close(self) -> None:
        for subscription in (self._changes, self._modes, self._books):
            if subscription is not None:
                subscription.close()

    def picture(self) -> Sequence[Event]:
        closed = [self._listed[name] for name in self._listed if name not in self._opened]
        listed = [InstrumentUpdated(one) for listing in closed for one in listing.instruments]
        return (*self._told.values(), *listed)

    def metrics(self) -> dict[str, float]:
        is_open = [told for told in self._told.values() if told.phase is VenuePhase.OPEN]
        return {"venues": float(len(self._stands)), "venues_open": float(len(is_open))}

    # ------------------------------------------------------------------------------ commands

    def can_handle(self, command: Command) -> bool:
        match command:
            case OpenVenue():
                return True
            case WatchInstrument(venue=venue):
                return venue in self._told and self._told[venue].phase is not VenuePhase.OPEN
            case _:
                return False

    async def process(self, command: Command) -> None:
        match command:
            case OpenVenue(venue=venue):
                if venue not in self._stands:
                    raise StateError(f"there is no venue {venue[:40]}; there are {', '.join(self._stands)}")
            case WatchInstrument(instrument=instrument, venue=venue):
                self._wanted.setdefault(venue, {})[instrument] = None
            case _:
                raise NoHandler(f"{self.name} does not take {type(command).__name__}")
        await self._errands.opened()
        if self._may_begin(venue) and self._is_killed():
            raise OrderRefused(
                "HALTED", f"{venue} is not opened while the kill switch is on: type :unkill first."
            )
        self._begin(venue)

    # ------------------------------------------------------------------------------ opening

    def _begin(self, venue: str) -> None:
        """Start opening a venue, unless somebody did; what failed on the way is tried again."""
        if self._may_begin(venue):
            self._tell(venue, VenuePhase.OPENING, "connecting")
            self._errands.start(self._open(venue), f"open {venue}")

    def _may_begin(self, venue: str) -> bool:
        phase = self._told[venue].phase
        return phase is VenuePhase.LISTED or (phase is VenuePhase.FAILED and venue not in self._opened)

    async def _open(self, venue: str) -> None:
        try:
            opened = await self._open_venue(venue, lambda text: self._progress(venue, text))
        except OmegaError as error:
            self._tell(venue, VenuePhase.FAILED, str(error))
            self._say(Severity.ALARM, f"{venue} could not be opened: {error}.")
            return
        self._opened[venue] = opened
        await self._follow_services(venue)

    def _progress(self, venue: str, text: str) -> None:
        if self._told[venue].phase is VenuePhase.OPENING:
            self._tell(venue, VenuePhase.OPENING, text)
        self._say(Severity.INFO, f"{venue}: {text}")

    async def _follow(self) -> None:
        """Keep the phases in step with the services, which come back by themselves."""
        assert self._changes is not None, "initialize came first"
        while True:
            event = await self._changes.next()
            for venue, opened in self._opened.items():
                if isinstance(event, ServiceStateChanged) and event.service == opened.feed.name:
                    await self._follow_services(venue)

    def _is_killed(self) -> bool:
        """Whether any venue is halted: a new one must not come up with its gate unlocked."""
        assert self._modes is not None, "initialize came first"
        for event in self._modes.drain():
            if isinstance(event, ArmChanged):
                halts = event.mode is TradingMode.HALTED
                (self._halted.add if halts else self._halted.discard)(event.venue)
        return bool(self._halted)

    async def _follow_services(self, venue: str) -> None:
        """Tell the phase of a venue whose services were started, and watch what waits for it."""
        opened = self._opened[venue]
        feeding = opened.feed
        if feeding.state in LIVE_STATES:
            self._tell(venue, VenuePhase.OPEN, "", opened.view_only)
            for instrument in self._wanted.pop(venue, {}):
                try:
                    await feeding.process(WatchInstrument(instrument, venue))
                except OmegaError as error:
                    self._say(Severity.WARNING, f"{venue}: {error}.")
        elif feeding.state is ServiceState.FAILED:
            reason = feeding.health().reason or "no answer"
            self._tell(venue, VenuePhase.FAILED, f"it is tried again; {reason}")

    # ------------------------------------------------------------------------------ listing

    async def _first_book(self) -> None:
        """Wait until the first venue has shown its first book, or had time enough for it."""
        if not any(stand.is_open for stand in self._stands.values()):
            return
        books = self._books
        assert books is not None, "initialize came first"
        try:
            async with asyncio.timeout(FIRST_BOOK_S):
                while True:
                    event = await books.next()
                    if isinstance(event, BookUpdated) and event.book is not None:
                        return
        except TimeoutError:
            return
        finally:
            books.close()

    async def _list(self, stand: Stand) -> None:
        if stand.is_open or stand.listing is None:
            return
        listing = await stand.listing()
        if listing is None:
            return
        self._listed[stand.venue] = listing
        for instrument in listing.instruments:
            self.platform.bus.publish(InstrumentUpdated(instrument))
        if self._told[stand.venue].phase is VenuePhase.LISTED:
            self._tell(stand.venue, VenuePhase.LISTED, listing.text)

    # ------------------------------------------------------------------------------ inside

    def _tell(self, venue: str, phase: VenuePhase, text: str, view_only: str | None = None) -> None:
        stand, before = self._stands[venue], self._told.get(venue)
        if view_only is None:
            view_only = before.view_only if before is not None else stand.view_only
        told = VenueChanged(
            venue=venue,
            exchange=stand.exchange,
            account_type=stand.account_type,
            phase=phase,
            text=text,
            is_live=stand.is_live,
            view_only=view_only,
        )
        if told != before:
            self._told[venue] = told
            self.platform.bus.publish(told)

    def _say(self, severity: Severity, text: str) -> None:
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), severity, "VENUE", text))
