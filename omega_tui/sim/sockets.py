"""The venue's WebSockets: who listens to what, bounded send buffers, and frames that go wrong on request."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from omega_tui.protocol.polymarket.server import (
    NOTHING,
    Close,
    MarketSession,
    Send,
    SendBooks,
    UserSession,
    opening_books,
)
from omega_tui.protocol.polymarket.wire import PING
from omega_tui.sim.clearing import UserEmission
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.identity import Keyring
from omega_tui.sim.public_book import Emission
from omega_tui.sim.spoiling import Spoiled, is_mute, spoil, spoil_user
from omega_tui.sim.venue import Venue

SEND_BUFFER: Final = 8 * 1024 * 1024
"""Bytes that may wait for one client; a slower one is closed with 1013, as the venue does."""

MAX_REQUEST: Final = 1024 * 1024
"""Bytes of one frame from a client."""

CLOSE_S: Final = 1.0
"""How long a client may take to answer a close frame before the connection is cut."""

ALL_RESOLVED: Final = "all subscribed assets resolved"


class Client:
    """One connection: frames wait here for its writer.

    Attributes:
        session: What it asked for.
        address: Whose it is, on the user channel.
        transport: What is cut when the client does not let itself be closed; None before the handshake.
    """

    def __init__(self, session: MarketSession | UserSession, *, limit: int = SEND_BUFFER) -> None:
        self.session = session
        self.address = ""
        self.transport: asyncio.Transport | None = None
        self._limit = limit
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._closing: Close | None = None

    def send(self, frame: bytes) -> None:
        """Queue a frame. Beyond the bound the connection is closed as too slow, and what waits is dropped."""
        if self._closing is not None:
            return
        self._bytes += len(frame)
        if self._bytes > self._limit:
            self._frames.clear()
            self.close(Close(WSCloseCode.TRY_AGAIN_LATER, "slow consumer: send buffer full"))
            return
        self._frames.append(frame)
        self._ready.set()

    def close(self, why: Close) -> None:
        """Close after what waits has been sent; cut the connection if that takes too long."""
        if self._closing is not None:
            return
        self._closing = why
        self._ready.set()
        if self.transport is not None:
            asyncio.get_running_loop().call_later(CLOSE_S, self.transport.abort)

    async def write(self, socket: web.WebSocketResponse) -> Close:
        """Send what is queued until there is a reason to close, and return it."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._frames:
                frame = self._frames.popleft()
                self._bytes -= len(frame)
                await socket.send_frame(frame, WSMsgType.TEXT)
            if self._closing is not None:
                return self._closing


class Sockets:
    """Every open WebSocket of the venue.

    Attributes:
        buffer_limit: Bytes that may wait for a client that connects from now on.
    """

    def __init__(
        self,
        venue: Venue,
        plan: FaultPlan,
        *,
        keys: Keyring,
        catch_up: Callable[[], None],
    ) -> None:
        self._venue = venue
        self._plan = plan
        self._keys = keys
        self._catch_up = catch_up
        self._watchers: dict[str, dict[Client, None]] = {}
        self._everybody: dict[Client, web.WebSocketResponse] = {}
        self._users: dict[str, dict[Client, None]] = {}
        self.buffer_limit = SEND_BUFFER

    def __len__(self) -> int:
        return len(self._everybody)

    # --- connections

    async def market(self, request: web.Request) -> web.StreamResponse:
        """Serve `/ws/market`."""
        client = Client(MarketSession(), limit=self.buffer_limit)
        return await self._serve(request, client)

    async def user(self, request: web.Request) -> web.StreamResponse:
        """Serve `/ws/user`."""
        client = Client(UserSession(self._keys.is_known), limit=self.buffer_limit)
        return await self._serve(request, client)

    def kill(self, channel: str = "", code: int | None = None, reason: str = "") -> int:
        """End all connections, or those of the channel `market` or `user`; return how many.

        With a close frame of `code`, or without one by cutting the transport.
        """
        wanted = {"market": (MarketSession,), "user": (UserSession,)}.get(
            channel, (MarketSession, UserSession)
        )
        chosen = [client for client in self._everybody if isinstance(client.session, wanted)]
        for client in chosen:
            if code is not None:
                client.close(Close(code, reason))
            elif client.transport is not None:
                client.transport.abort()
        return len(chosen)

    async def _serve(self, request: web.Request, client: Client) -> web.StreamResponse:
        fault = self._plan.fires(FaultKind.REFUSE_SOCKET, at_ns=self._venue.now_ns, path=request.path)
        if fault is not None:
            return web.Response(status=fault.status or 503, text=fault.body)
        socket = web.WebSocketResponse(
            compress=False, autoping=True, max_msg_size=MAX_REQUEST, timeout=CLOSE_S, decode_text=True
        )
        await socket.prepare(request)
        transport = request.transport
        if not isinstance(transport, asyncio.Transport):
            return socket
        self._everybody[client] = socket
        client.transport = transport
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self._read(socket, client), name="read")
                writer = group.create_task(self._write(socket, client), name="write")
                await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
                reader.cancel()
                writer.cancel()
        finally:
            self._forget(client)
            if not socket.closed:
                transport.abort()
        return socket

    async def _read(self, socket: web.WebSocketResponse, client: Client) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._receive(client, message.data)
            elif message.type is WSMsgType.BINARY:
                client.close(Close(WSCloseCode.UNSUPPORTED_DATA, "text frames only"))

    async def _write(self, socket: web.WebSocketResponse, client: Client) -> None:
        # A peer that is gone shows at the reader; here its socket merely takes no more.
        with contextlib.suppress(ConnectionError):
            why = await client.write(socket)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close(code=why.code, message=why.reason.encode())

    def _receive(self, client: Client, text: str) -> None:
        if text == PING and self._swallows_ping(client):
            return
        self._catch_up()
        for reaction in client.session.receive(text):
            match reaction:
                case Send(text=answer):
                    client.send(answer.encode())
                case SendBooks(asset_ids=ids):
                    self._send_books(client, ids)
                case Close():
                    client.close(reaction)
        self._index(client)

    def _swallows_ping(self, client: Client) -> bool:
        now_ns = self._venue.now_ns
        if self._plan.fires(FaultKind.NO_PONG, at_ns=now_ns) is not None:
            return True
        slow = self._plan.fires(FaultKind.SLOW_PONG, at_ns=now_ns)
        if slow is not None:
            asyncio.get_running_loop().call_later(slow.seconds, client.send, b"PONG")
        return slow is not None

    def _send_books(self, client: Client, asset_ids: tuple[str, ...]) -> None:
        plan, now_ns = self._plan, self._venue.now_ns
        found = [self._venue.find(each) for each in asset_ids if not is_mute(plan, (each,))]
        books = [market.book_fields(outcome) for market, outcome in filter(None, found)]
        if plan.fires(FaultKind.IGNORE_SUBSCRIBE, at_ns=now_ns, assets=asset_ids):
            return
        frame = opening_books(books).encode() if books else NOTHING.encode()
        late = plan.fires(FaultKind.DELAY_SNAPSHOT, at_ns=now_ns, assets=asset_ids)
        if late is not None:
            asyncio.get_running_loop().call_later(late.seconds, client.send, frame)
        elif plan.fires(FaultKind.CUT_SNAPSHOT, at_ns=now_ns, assets=asset_ids):
            self._cut(client, frame)
        else:
            client.send(frame)

    def _cut(self, client: Client, frame: bytes) -> None:
        """Write the header of a whole frame and half of its payload, then end the connection."""
        header = b"\x81\x7f" + len(frame).to_bytes(8, "big")
        if client.transport is not None:
            client.transport.write(header + frame[: len(frame) // 2])
            client.transport.close()

    def _index(self, client: Client) -> None:
        """Bring the lists of who listens up to date with what the client asked for last."""
        session = client.session
        if isinstance(session, UserSession):
            if session.api_key and not client.address:
                client.address = self._keys.address_of(session.api_key)
                self._users.setdefault(client.address, {})[client] = None
            return
        markets = {found[0].market_id for found in map(self._venue.find_any, session.assets) if found}
        for market_id, clients in self._watchers.items():
            if market_id not in markets:
                clients.pop(client, None)
        for market_id in markets:
            self._watchers.setdefault(market_id, {})[client] = None
        self._count_watchers()

    def _forget(self, client: Client) -> None:
        self._everybody.pop(client, None)
        for clients in (*self._watchers.values(), *self._users.values()):
            clients.pop(client, None)
        self._count_watchers()

    def _count_watchers(self) -> None:
        for market_id, market in self._venue.markets.items():
            market.watchers = len(self._watchers.get(market_id, ()))

    # --- sending

    def flush(self) -> None:
        """Take what the venue has to say and queue it for those who listen."""
        venue = self._venue
        if venue.emissions:
            emissions, venue.emissions[:] = list(venue.emissions), []
            for emission in emissions:
                self._spread(emission)
        if venue.user_emissions:
            told, venue.user_emissions[:] = list(venue.user_emissions), []
            for each in told:
                self._tell_user(each)

    def _spread(self, emission: Emission) -> None:
        if not self._plan:
            self._send_market(emission, (emission.text.encode(),))
        else:
            self._later(spoil(emission, self._plan, self._venue.now_ns), partial(self._send_market, emission))
        if emission.kind == "market_resolved":
            self._close_finished(emission.market_id)

    def _send_market(self, emission: Emission, frames: Sequence[bytes]) -> None:
        clients = self._watchers.get(emission.market_id, {}) if emission.assets else self._everybody
        single = emission.assets[0] if len(emission.assets) == 1 else None
        for client in tuple(clients):
            session = client.session
            if not isinstance(session, MarketSession) or (emission.is_custom and not session.custom_features):
                continue
            if single is None or single in session.assets:
                for frame in frames:
                    client.send(frame)

    def _close_finished(self, market_id: str) -> None:
        for client in tuple(self._watchers.get(market_id, ())):
            assets = client.session.assets if isinstance(client.session, MarketSession) else {}
            if not any(self._venue.find(asset_id) for asset_id in assets):
                client.close(Close(WSCloseCode.OK, ALL_RESOLVED))

    def _tell_user(self, emission: UserEmission) -> None:
        if not self._plan:
            self._send_user(emission, (emission.text.encode(),))
            return
        self._later(spoil_user(emission, self._plan, self._venue.now_ns), partial(self._send_user, emission))

    def _send_user(self, emission: UserEmission, frames: Sequence[bytes]) -> None:
        for client in tuple(self._users.get(emission.account, ())):
            if isinstance(client.session, UserSession) and client.session.wants(emission.market_id):
                for frame in frames:
                    client.send(frame)

    def _later(self, spoiled: Spoiled, send: Callable[[Sequence[bytes]], None]) -> None:
        if spoiled.delay_s:
            asyncio.get_running_loop().call_later(spoiled.delay_s, send, spoiled.frames)
        else:
            send(spoiled.frames)
