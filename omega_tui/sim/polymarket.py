"""The embedded exchange: one loopback server that carries REST and both WebSockets of the Polymarket wire."""

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from aiohttp import web

from omega_tui.clock import Clock, SystemClock
from omega_tui.errors import SimError
from omega_tui.protocol.polymarket.amounts import to_units
from omega_tui.sim.account_rest import AccountRest
from omega_tui.sim.admin import Admin
from omega_tui.sim.catalogue import DEFAULT_MARKETS, MarketSpec
from omega_tui.sim.data_api import DataApi
from omega_tui.sim.data_v2 import DataApiV2
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.gamma import Gamma
from omega_tui.sim.identity import TRADERS, Identity, Keyring, identity
from omega_tui.sim.kept_venue import KeptVenue
from omega_tui.sim.loopback import listening
from omega_tui.sim.public_rest import PublicRest
from omega_tui.sim.records import SECOND, TradeRecord
from omega_tui.sim.rest_faults import Gate, Next
from omega_tui.sim.rewards_rest import reward_routes
from omega_tui.sim.sockets import Sockets
from omega_tui.sim.store import StateStore
from omega_tui.sim.venue import CHAIN_ID, Venue

STILL_START_NS: Final = 1_780_000_000 * SECOND
"""When a venue without a clock begins: an arbitrary but fixed moment, so that pictures do not change."""

RATES: Final = (1.0, 5_000.0)
"""Lowest and highest book updates per second."""

MIN_NAP_S: Final = 0.008
MAX_NAP_S: Final = 0.25
"""How long the venue sleeps between two looks at the time."""

SLICE_NS: Final = 50_000_000
"""Virtual time that is worked off before others get their turn."""

TOO_LATE_NS: Final = 2 * SECOND
"""A venue that is further behind, because the machine slept or is too slow, lets the crowd miss it."""

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class MarketInfo:
    """One open market, as it is announced to who starts the venue.

    Attributes:
        market_id: Condition id.
        question: What is asked.
        tokens: (token id, outcome) of both.
        tick_size: Now in force.
        neg_risk: Which exchange contract settles it.
    """

    market_id: str
    question: str
    tokens: tuple[tuple[str, str], tuple[str, str]]
    tick_size: Decimal
    neg_risk: bool


class EmbeddedExchange:
    """A venue on loopback, for as long as it is entered.

    With `still=True` time stands until `advance` is called, and nothing depends on the wall clock: the same
    seed and the same calls give the same bytes. Otherwise time flows, from the clock's present on, by its
    monotonic reading.

    Attributes:
        venue: What is behind the sockets.
        faults: What goes wrong; may be changed at any time.
        identities: Who may trade, by name.
        rest_url: As `http://127.0.0.1:PORT`; known once entered, as are the others.
        ws_market_url: Of the market channel.
        ws_user_url: Of the user channel.
        gamma_url: Of market discovery; the Data API is at `rest_url`.
        admin_url: Of the back door.
        admin_token: For it, as `Authorization: Bearer TOKEN`.
        page_size: Rows on a page of a list.
    """

    chain_id: Final = CHAIN_ID

    def __init__(  # noqa: PLR0913  (each is a setting of the venue)
        self,
        *,
        seed: int = 1,
        rate: float = 40.0,
        port: int = 0,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        still: bool = False,
        markets: Sequence[MarketSpec] = DEFAULT_MARKETS,
        cash: Decimal = Decimal(10_000),
        state_path: Path | None = None,
    ) -> None:
        """Prepare the venue; nothing listens yet.

        Args:
            seed: What keys, markets and the tape are derived from.
            rate: Book updates per second over all markets, 1 to 5,000.
            port: To listen on; 0 for any free one.
            host: A loopback address.
            clock: What time flows by; the machine's clock by default, a fixed moment for a still venue.
            still: Whether time moves only by `advance`.
            markets: What is traded.
            cash: What every trader starts with.
            state_path: Where orders, trades and balances are kept over a restart; None to start fresh.

        Raises:
            SimError: A setting is out of bounds, or the state cannot be read.
        """
        if not RATES[0] <= rate <= RATES[1]:
            raise SimError(
                f"the rate of the exchange must be within {RATES[0]:g} and {RATES[1]:g}, not {rate:g}"
            )
        _check_loopback(host)
        self._host, self._port, self._still = host, port, still
        self._clock = clock or SystemClock()
        start_ns = STILL_START_NS if still and clock is None else self._clock.now_ns()
        self._start_ns = start_ns
        self._mono_start_ns = self._clock.mono_ns()
        store = None if state_path is None else StateStore(state_path, seed=seed)
        state = None if store is None else store.state
        self.faults = FaultPlan(seed)
        self.venue = Venue(markets, seed=seed, rate=rate, now_ns=start_ns, state=state)
        self.venue.fails = self._fails
        self._keys = Keyring(seed)
        self.identities = {name: identity(name, seed) for name in TRADERS}
        for address, nonce in () if state is None else state.keys:
            self._keys.create(address, nonce)
        for who in self.identities.values():
            self._keys.create(who.address, 0)
            if state is None or who.address not in state.accounts:
                self.venue.clearing.fund(who.address, to_units(cash))
        self._sockets = Sockets(self.venue, self.faults, keys=self._keys, catch_up=self._come_up)
        self.page_size = PAGE_SIZE
        self.rest_url = self.gamma_url = self.ws_market_url = self.ws_user_url = self.admin_url = ""
        self.admin_token = secrets.token_urlsafe(24)
        self._kept = None if store is None else KeptVenue(store, self.venue, self._keys)
        self._stack = AsyncExitStack()

    @property
    def credentials(self) -> Identity:
        """The trader with money: key, address, API credentials."""
        return self.identities["trader"]

    @property
    def markets(self) -> tuple[MarketInfo, ...]:
        """What can be traded now."""
        return tuple(
            MarketInfo(
                market.market_id,
                market.spec.title,
                ((market.tokens[0], market.spec.outcomes[0]), (market.tokens[1], market.spec.outcomes[1])),
                Decimal(market.tick_text),
                market.spec.neg_risk,
            )
            for market in self.venue.markets.values()
            if market.is_open
        )

    @property
    def socket_count(self) -> int:
        """How many WebSockets are open."""
        return len(self._sockets)

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            SimError: The port is in use, or cannot be had.
        """
        async with AsyncExitStack() as stack:
            if self._kept is not None:
                self._kept.open()
                stack.callback(self._kept.close)
            port = await self._listen(stack)
            name = f"[{self._host}]" if ":" in self._host else self._host
            self.rest_url = f"http://{name}:{port}"
            self.gamma_url = f"{self.rest_url}/gamma"
            self.ws_market_url = f"ws://{name}:{port}/ws/market"
            self.ws_user_url = f"ws://{name}:{port}/ws/user"
            self.admin_url = f"{self.rest_url}/admin"
            if not self._still:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                pump = group.create_task(self._pump(), name="embedded exchange")
                stack.callback(pump.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        await self._stack.__aexit__(kind, error, trace)

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass in a still venue, and everybody be told.

        Raises:
            SimError: The venue is not still, or time would go back.
        """
        if not self._still:
            raise SimError("only a still exchange is moved by hand")
        if not 0 <= seconds < float("inf"):
            raise SimError(f"time cannot pass by {seconds} s")
        end_ns = self.venue.now_ns + int(seconds * SECOND)
        while True:
            self.venue.advance(min(end_ns, self.venue.now_ns + SLICE_NS))
            self._flush()
            await asyncio.sleep(0)
            if self.venue.now_ns >= end_ns:
                return

    def history(self) -> dict[str, object]:
        """Return the truth: every order, every trade, and what everybody owns. Amounts are millionths."""
        clearing = self.venue.clearing
        return {
            "now_ns": self.venue.now_ns,
            "orders": dict(clearing.orders),
            "trades": dict(clearing.trades),
            "trades_of": {
                who.address: [trade.trade_id for trade in reversed(clearing.trades_of(who.address))]
                for who in self.identities.values()
            },
            "balances": {
                who.address: dict(clearing.ledger[who.address].assets) for who in self.identities.values()
            },
            "faults": list(self.faults.log),
        }

    def kill_sockets(self, channel: str = "", code: int | None = None, reason: str = "") -> int:
        """End all WebSockets or those of one channel, `market` or `user`; return how many.

        Without a code they are cut, with one they are closed.
        """
        return self._sockets.kill(channel, code, reason)

    @property
    def send_buffer(self) -> int:
        """Bytes that may wait for one client."""
        return self._sockets.buffer_limit

    @send_buffer.setter
    def send_buffer(self, limit: int) -> None:
        self._sockets.buffer_limit = limit

    # --- inside

    async def _listen(self, stack: AsyncExitStack) -> int:
        gate = Gate(self.venue, self.faults, catch_up=self._catch_up, flush=self._flush)

        @web.middleware
        async def middleware(request: web.Request, handler: Next) -> web.StreamResponse:
            return await gate(request, handler)

        app = web.Application(middlewares=[middleware])
        public = PublicRest(self.venue, now_ns=self._shown_ns, page_size=lambda: self.page_size)
        account = AccountRest(
            self.venue,
            self._keys,
            self.faults,
            now_ns=self._shown_ns,
            page_size=lambda: self.page_size,
            checks_time=not self._still,
        )
        data = (*DataApi(self.venue).routes(), *DataApiV2(self.venue).routes())
        # Gamma first: its paths are narrower than those of the order book's interface beside it.
        routes = [*Gamma(self.venue).routes(), *public.routes(), *account.routes(), *reward_routes(account)]
        app.add_routes(_with_slash([*routes, *data]))
        app.add_routes(Admin(self, self.faults, self.admin_token).routes())
        app.add_routes([web.get("/ws/market", self._sockets.market), web.get("/ws/user", self._sockets.user)])
        port = await listening(stack, app, self._port, host=self._host)
        stack.callback(self._sockets.kill, "", 1001, "going away")
        return port

    async def _pump(self) -> None:
        """Let time flow."""
        while True:
            self._come_up()
            wait_s = (self.venue.next_ns() - self._present_ns()) / SECOND
            await asyncio.sleep(0 if wait_s < -MAX_NAP_S else min(max(wait_s, MIN_NAP_S), MAX_NAP_S))

    def _present_ns(self) -> int:
        return self._start_ns + self._clock.mono_ns() - self._mono_start_ns

    def _catch_up(self) -> None:
        """Bring the venue to the present, or a good step nearer to it."""
        if self._still:
            return
        present_ns = self._present_ns()
        behind_ns = present_ns - self.venue.now_ns
        if behind_ns > TOO_LATE_NS:
            self.venue.skip(behind_ns - SLICE_NS)
            self.venue.advance(present_ns - SLICE_NS)
        self.venue.advance(min(present_ns, self.venue.now_ns + SLICE_NS))

    def _come_up(self) -> None:
        """Bring the venue to the present and tell everybody: no snapshot runs ahead of what was told."""
        self._catch_up()
        self._flush()

    def _flush(self) -> None:
        """Write down what changed, then tell it."""
        if self._kept is not None:
            self._kept.write_changes()
        else:
            self.venue.clearing.touched.clear()  # Nobody writes it down.
        self._sockets.flush()

    def _shown_ns(self) -> int:
        """Return the time as the venue tells it, which a fault may have put wrong.

        It tells the present even while its matching is still catching up: being late is no wrong clock.
        """
        skew = self.faults.standing(FaultKind.CLOCK_SKEW) if self.faults else None
        right_ns = self.venue.now_ns if self._still else self._present_ns()
        return right_ns + (0 if skew is None else int(skew.seconds * SECOND))

    def _fails(self, trade: TradeRecord) -> bool:
        fault = self.faults.fires(FaultKind.TRADE_FAILED, at_ns=self.venue.now_ns, detail=trade.trade_id)
        return fault is not None


def _check_loopback(host: str) -> None:
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if not is_loopback:
        raise SimError(f"the embedded exchange listens on loopback only, not on {host}")


def _with_slash(routes: Sequence[web.RouteDef]) -> list[web.RouteDef]:
    """Return routes that take their paths with a slash at the end, too."""
    slashed = [
        web.RouteDef(route.method, route.path + "/", route.handler, route.kwargs)
        for route in routes
        if not route.path.endswith("/")
    ]
    return [*routes, *slashed]


def announcement(exchange: EmbeddedExchange) -> str:
    """Return one line of JSON: where the exchange listens and who may trade, secrets included."""
    who = exchange.credentials
    return msgspec.json.encode(
        {
            "rest": exchange.rest_url,
            "gamma": exchange.gamma_url,
            "data": exchange.rest_url,
            "ws_market": exchange.ws_market_url,
            "ws_user": exchange.ws_user_url,
            "chain_id": exchange.chain_id,
            "markets": [
                {
                    "market_id": market.market_id,
                    "question": market.question,
                    "tokens": [
                        {"token_id": token_id, "outcome": outcome} for token_id, outcome in market.tokens
                    ],
                    "tick_size": f"{market.tick_size}",
                    "neg_risk": market.neg_risk,
                }
                for market in exchange.markets
            ],
            "credentials": {
                "private_key": who.private_key.reveal(),
                "api_key": who.credentials.api_key,
                "secret": who.credentials.secret.reveal(),
                "passphrase": who.credentials.passphrase.reveal(),
                "address": who.address,
            },
            "admin": {"url": exchange.admin_url, "token": exchange.admin_token},
        }
    ).decode()
