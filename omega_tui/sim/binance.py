"""The embedded Binance: one loopback server with REST and the WebSockets of the spot exchange.

Paths begin with the host that was meant, as `/api.binance.com/api/v3/...`, so that an unmodified ccxt needs
nothing but other addresses, and other venues could live on the same server.
"""

import asyncio
import errno
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from omega_tui.clock import Clock, SystemClock
from omega_tui.errors import SimError
from omega_tui.protocol.binance.signing import BinanceCredentials
from omega_tui.protocol.ccxt_urls import loopback_urls
from omega_tui.sim.binance_keys import SECOND as SECOND_ACCOUNT
from omega_tui.sim.binance_keys import TRADER, Keyring
from omega_tui.sim.binance_orders import OrderDesk
from omega_tui.sim.binance_public import PublicDesk
from omega_tui.sim.binance_pushes import Pushes
from omega_tui.sim.binance_rest import MAX_BODY, Rest
from omega_tui.sim.binance_sockets import Sockets
from omega_tui.sim.binance_views import BINANCE_COINS, OrderIndex
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import MILLISECOND
from omega_tui.sim.coin_records import VenueHistory
from omega_tui.sim.coin_venue import SECOND
from omega_tui.sim.coins import CoinSpec
from omega_tui.sim.faults import FaultKind, FaultPlan

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


class EmbeddedBinance:
    """A venue on loopback, for as long as it is entered.

    With `still=True` time stands until `advance` is called, and nothing depends on the wall clock: the same
    seed and the same calls give the same bytes, and the times of requests are not checked. Otherwise time
    flows, from the clock's present on, by its monotonic reading.

    Attributes:
        exchange: What is behind the sockets.
        faults: What goes wrong; may be changed at any time. Frames are chosen by the channel (`depth@100ms`)
            or by the kind of a user's event (`executionReport`) as the path and the symbol as the asset,
            requests by `METHOD /api/v3/...`.
        base_url: As `http://127.0.0.1:PORT`; known once entered.
        ws_base: As `ws://127.0.0.1:PORT`.
    """

    def __init__(  # noqa: PLR0913  (each is a setting of the venue)
        self,
        *,
        seed: int = 1,
        rate: float = 40.0,
        port: int = 0,
        clock: Clock | None = None,
        still: bool = False,
        specs: Sequence[CoinSpec] = BINANCE_COINS,
    ) -> None:
        """Prepare the venue; nothing listens yet.

        Args:
            seed: What keys and the tape are derived from.
            rate: Events per second of the crowd over all books, 1 to 2,000.
            port: To listen on; 0 for any free one.
            clock: What time flows by; the machine's clock by default, a fixed moment for a still venue.
            still: Whether time moves only by `advance`.
            specs: What is traded; spot only.

        Raises:
            SimError: The rate is out of bounds, or there is something else than spot.
        """
        if not RATES[0] <= rate <= RATES[1]:
            raise SimError(
                f"the rate of the exchange must be within {RATES[0]:g} and {RATES[1]:g}, not {rate:g}"
            )
        if any(spec.key.is_perpetual for spec in specs):
            raise SimError("the embedded Binance trades spot only")
        self._port, self._still = port, still
        self._clock = clock or SystemClock()
        self._start_ns = STILL_START_NS if still and clock is None else self._clock.now_ns()
        self._mono_start_ns = self._clock.mono_ns()
        self.faults = FaultPlan(seed)
        self.exchange = CoinExchange(seed=seed, rate=rate, now_ns=self._start_ns, specs=specs)
        for account in (TRADER, SECOND_ACCOUNT):
            self.exchange.enroll(account)
        self._keys = Keyring(seed, checks_time=not still)
        self._rest = Rest(
            self._keys,
            self.faults,
            shown_ms=self._shown_ms,
            catch_up=self._catch_up,
            flush=self._flush,
        )
        index = OrderIndex(self.exchange.venue.orders, self.exchange.plans.plans)
        pushes = Pushes(self.exchange, index)
        self._sockets = Sockets(self.exchange, self.faults, pushes, self._rest, catch_up=self._catch_up)
        self._rest.served = (
            PublicDesk(self.exchange, shown_ms=self._shown_ms).routes()
            | OrderDesk(self.exchange, index).routes()
            | self._sockets.user_routes()
        )
        self.base_url = self.ws_base = ""
        self._stack = AsyncExitStack()

    # --- who and where

    @property
    def credentials(self) -> BinanceCredentials:
        """The key of the account with money."""
        return self._keys.trader.credentials

    @property
    def read_only_credentials(self) -> BinanceCredentials:
        """A key of the same account that may not trade."""
        return self._keys.reader.credentials

    @property
    def second_credentials(self) -> BinanceCredentials:
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
        """Return the `urls` of a ccxt binance, pointing here."""
        return loopback_urls(urls, self.base_url)

    # --- life

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            SimError: The port is in use, or cannot be had.
        """
        async with AsyncExitStack() as stack:
            app = web.Application(client_max_size=MAX_BODY)
            app.add_routes([*self._rest.routes(), *self._sockets.routes()])
            port = await listening(stack, app, self._port)
            stack.callback(self.kill_sockets, "", 1001, "going away")
            self.base_url, self.ws_base = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
            if not self._still:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                pump = group.create_task(self._pump(), name="embedded binance")
                stack.callback(pump.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        await self._stack.__aexit__(kind, error, trace)

    # --- for tests and demonstrations

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass in a still venue, and everybody be told.

        Of more than a minute the crowd sleeps through all but the last second.

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
        """End all WebSockets or those of one kind, `streams` or `user`; return how many.

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
        """Return the time as the venue tells it, which a fault may have put wrong."""
        skew = self.faults.standing(FaultKind.CLOCK_SKEW) if self.faults else None
        skew_ms = 0 if skew is None else int(skew.seconds * 1_000)
        return self.exchange.venue.now_ns // MILLISECOND + skew_ms


async def listening(stack: AsyncExitStack, app: web.Application, port: int) -> int:
    """Serve `app` on loopback until the stack is closed; return the port.

    Raises:
        SimError: The port is in use, or cannot be had.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", port)
    try:
        await site.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SimError(f"port {port} is in use by another program") from error
        raise SimError(f"cannot listen on port {port}: {error.strerror}") from error
    return int(runner.addresses[0][1])
