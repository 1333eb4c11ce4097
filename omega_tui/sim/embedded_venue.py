"""What every embedded exchange in the dialect of a CCXT venue is: one loopback server, and time.

Paths begin with the host that was meant, as `/api.bitget.com/api/v2/...`, so that an unmodified library
needs nothing but other addresses, and other venues could live on the same server.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from types import TracebackType
from typing import Any, ClassVar, Final, Generic, Protocol, Self, TypeVar

from aiohttp import web

from omega_tui.clock import Clock, SystemClock
from omega_tui.errors import SimError
from omega_tui.protocol.ccxt.urls import loopback_urls
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import MILLISECOND
from omega_tui.sim.coin_records import VenueHistory
from omega_tui.sim.coin_venue import SECOND
from omega_tui.sim.coins import CoinSpec
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.loopback import Ear, listening
from omega_tui.sim.rest_gate import MAX_BODY, RestGate
from omega_tui.sim.socket_client import SocketClient

STILL_START_NS: Final = 1_780_000_000 * SECOND
"""When a venue without a clock begins: an arbitrary but fixed moment."""

RATES: Final = (1.0, 2_000.0)
"""Lowest and highest events per second of the crowd."""

MIN_NAP_S: Final = 0.004
MAX_NAP_S: Final = 0.1
"""How long the venue sleeps between two looks at the time."""

SLICE_NS: Final = SECOND // 20
"""Virtual time that is worked off before others get their turn."""

TOO_LATE_NS: Final = 2 * SECOND
"""A venue that is further behind, because the machine slept or is too slow, lets the crowd miss it."""

TRADER: Final = "trader"
SECOND_ACCOUNT: Final = "second"
"""The accounts of every embedded exchange; both have money."""

Credentials_co = TypeVar("Credentials_co", covariant=True)


class Key(Protocol[Credentials_co]):
    """One API key."""

    @property
    def credentials(self) -> Credentials_co:
        """What its owner has."""
        ...


class Keyring(Protocol[Credentials_co]):
    """The keys of a venue: of the account with money, one of it that only reads, and of another account."""

    @property
    def trader(self) -> Key[Credentials_co]: ...
    @property
    def reader(self) -> Key[Credentials_co]: ...
    @property
    def second(self) -> Key[Credentials_co]: ...


class Sockets(Protocol):
    """Every open WebSocket of a venue."""

    ear: Ear | None

    def __len__(self) -> int: ...

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        ...

    def chosen(self, channel: str = "") -> Sequence[SocketClient]:
        """Return the clients of one kind of socket, or all."""
        ...

    def flush(self) -> None:
        """Take what the exchange has to say and queue it for those who listen."""
        ...


class EmbeddedVenue(Generic[Credentials_co]):
    """A venue on loopback, for as long as it is entered. A dialect fills in who is served, and how.

    With `still=True` time stands until `advance` is called, and nothing depends on the wall clock: the same
    seed and the same calls give the same bytes, and the times of requests are not checked. Otherwise time
    flows, from the clock's present on, by its monotonic reading.

    Attributes:
        exchange: What is behind the sockets.
        faults: What goes wrong; may be changed at any time.
        base_url: As `http://127.0.0.1:PORT`; known once entered.
        ws_base: As `ws://127.0.0.1:PORT`.
    """

    hostname: ClassVar[str] = ""
    """What the library calls `hostname`, where its addresses have one."""

    _keys: Keyring[Credentials_co]
    _gate: RestGate
    _sockets: Sockets

    def __init__(  # noqa: PLR0913  (each is a setting of the venue)
        self,
        *,
        seed: int,
        rate: float,
        port: int,
        clock: Clock | None,
        still: bool,
        specs: Sequence[CoinSpec],
    ) -> None:
        """Prepare the venue; nothing listens yet.

        Args:
            seed: What keys and the tape are derived from.
            rate: Events per second of the crowd over all books, 1 to 2,000.
            port: To listen on; 0 for any free one.
            clock: What time flows by; the machine's clock by default, a fixed moment for a still venue.
            still: Whether time moves only by `advance`.
            specs: What is traded.

        Raises:
            SimError: The rate is out of bounds.
        """
        if not RATES[0] <= rate <= RATES[1]:
            raise SimError(
                f"the rate of the exchange must be within {RATES[0]:g} and {RATES[1]:g}, not {rate:g}"
            )
        self._port, self._still = port, still
        self._clock = clock or SystemClock()
        self._start_ns = STILL_START_NS if still and clock is None else self._clock.now_ns()
        self._mono_start_ns = self._clock.mono_ns()
        self.faults = FaultPlan(seed)
        self.exchange = CoinExchange(seed=seed, rate=rate, now_ns=self._start_ns, specs=specs)
        for account in (TRADER, SECOND_ACCOUNT):
            self.exchange.enroll(account)
        self.base_url = self.ws_base = ""
        self._stack = AsyncExitStack()

    # --- who and where

    @property
    def credentials(self) -> Credentials_co:
        """The key of the account with money."""
        return self._keys.trader.credentials

    @property
    def read_only_credentials(self) -> Credentials_co:
        """A key of the same account that may not trade."""
        return self._keys.reader.credentials

    @property
    def second_credentials(self) -> Credentials_co:
        """The key of another account with money."""
        return self._keys.second.credentials

    @property
    def account(self) -> str:
        """The name of the account of `credentials`, in the history."""
        return TRADER

    @property
    def socket_count(self) -> int:
        """How many WebSockets are open."""
        return len(self._sockets)

    def urls(self, urls: Mapping[str, Any]) -> dict[str, Any]:
        """Return the `urls` of an instance of the library, pointing here."""
        return loopback_urls(urls, self.base_url, hostname=self.hostname)

    def listen_in(self, ear: Ear | None) -> None:
        """Have everything that clients send told to `ear`, before it is served; None ends that."""
        self._gate.ear = self._sockets.ear = ear

    # --- life

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            SimError: The port is in use, or cannot be had.
        """
        async with AsyncExitStack() as stack:
            app = web.Application(client_max_size=MAX_BODY)
            app.add_routes([*self._gate.routes(), *self._sockets.routes()])
            port = await listening(stack, app, self._port)
            stack.callback(self.kill_sockets, "", 1001, "going away")
            self.base_url, self.ws_base = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
            if not self._still:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                pump = group.create_task(self._pump(), name=type(self).__name__)
                stack.callback(pump.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        await self._stack.__aexit__(kind, error, trace)

    # --- for tests, drills and demonstrations

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass in a still venue, and everybody be told.

        Of more than a minute the crowd sleeps through all but the last second; funding comes all the same.

        Raises:
            SimError: The venue is not still, or time would go back.
        """
        if not self._still:
            raise SimError("only a still exchange is moved by hand")
        if not 0 <= seconds < float("inf"):
            raise SimError(f"time cannot pass by {seconds} s")
        venue = self.exchange.venue
        end_ns = venue.now_ns + int(seconds * SECOND)
        if seconds > 60:
            venue.skip(end_ns - venue.now_ns - SECOND)
        while venue.now_ns < end_ns:
            venue.advance(min(end_ns, venue.now_ns + SLICE_NS) if seconds <= 60 else end_ns)
            self._sockets.flush()
            await asyncio.sleep(0)

    def shock(self, base: str, price: Decimal) -> None:
        """Have the world price of a coin jump to `price`, through every order that is in the way."""
        self._catch_up()
        self.exchange.venue.shock(base, price)
        self._sockets.flush()

    def history(self) -> VenueHistory:
        """Return the truth about everything that users did."""
        return self.exchange.history()

    def kill_sockets(self, channel: str = "", code: int | None = None, reason: str = "") -> int:
        """End all WebSockets or those of one kind, in the words of the dialect; return how many.

        Without a code they are cut, with one they are closed.
        """
        chosen = self._sockets.chosen(channel)
        for client in chosen:
            if code is None:
                client.cut()
            else:
                client.close(code, reason)
        return len(chosen)

    def freeze_sockets(self, channel: str = "") -> int:
        """Leave the present WebSockets half open: they stay, but nothing is heard and nothing sent any more.

        Those that connect afterwards are well. Returns how many were frozen.
        """
        chosen = self._sockets.chosen(channel)
        for client in chosen:
            client.is_frozen = True
        return len(chosen)

    # --- inside

    async def _pump(self) -> None:
        """Let time flow."""
        while True:
            self._catch_up()
            self._sockets.flush()
            wait_s = (self.exchange.venue.next_ns() - self._present_ns()) / SECOND
            await asyncio.sleep(0 if wait_s < -MAX_NAP_S else min(max(wait_s, MIN_NAP_S), MAX_NAP_S))

    def _flush(self) -> None:
        self._sockets.flush()

    def _present_ns(self) -> int:
        return self._start_ns + self._clock.mono_ns() - self._mono_start_ns

    def _catch_up(self) -> None:
        """Bring the venue to the present, or a good step nearer to it."""
        if self._still:
            return
        venue = self.exchange.venue
        present_ns = self._present_ns()
        behind_ns = present_ns - venue.now_ns
        if behind_ns > TOO_LATE_NS:
            venue.skip(behind_ns - SLICE_NS)
            venue.advance(present_ns - SLICE_NS)
        venue.advance(min(present_ns, venue.now_ns + SLICE_NS))

    def _shown_ms(self) -> int:
        """Return the time as the venue tells it, which a fault may have put wrong.

        It tells the present even while its matching is still catching up: being late is no wrong clock.
        """
        skew = self.faults.standing(FaultKind.CLOCK_SKEW) if self.faults else None
        skew_ms = 0 if skew is None else int(skew.seconds * 1_000)
        right_ns = self.exchange.venue.now_ns if self._still else self._present_ns()
        return right_ns // MILLISECOND + skew_ms
