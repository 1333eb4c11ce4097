"""Every open WebSocket of an embedded exchange: who is there, and frames that go wrong on request."""

import asyncio
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from aiohttp import web

from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.loopback import Ear, Heard, turned_away
from omega_tui.sim.socket_client import SEND_BUFFER, SocketClient

AnyClient = TypeVar("AnyClient", bound=SocketClient)

Bend = Callable[[str], str]
"""Makes a frame wrong."""


class SocketHub(Generic[AnyClient]):
    """What the dialects share. Frames are chosen for a fault by a path of the dialect and by a symbol.

    Attributes:
        buffer_limit: Bytes that may wait for a client that connects from now on.
        ear: Told every connection and frame before it is served; None: nobody.
    """

    def __init__(self, exchange: CoinExchange, plan: FaultPlan, *, catch_up: Callable[[], None]) -> None:
        self.buffer_limit = SEND_BUFFER
        self.ear: Ear | None = None
        self._exchange = exchange
        self._plan = plan
        self._catch_up = catch_up
        self._clients: dict[AnyClient, None] = {}
        self._held: dict[Hashable, list[tuple[AnyClient, bytes]]] = {}

    def __len__(self) -> int:
        return len(self._clients)

    async def _serve(
        self,
        request: web.Request,
        make: Callable[[], AnyClient],
        hear: Callable[[AnyClient, str], None],
        *,
        path: str,
    ) -> web.StreamResponse:
        """Serve a connection to its end.

        Args:
            request: That asks for it.
            make: Makes the client of a connection that is taken.
            hear: Takes every frame.
            path: What a fault refuses it by.
        """
        away = turned_away(request)
        if away is not None:
            return away
        self._tell_ear("OPEN", request.path, "")
        fault = self._plan.fires(FaultKind.REFUSE_SOCKET, at_ns=self._exchange.venue.now_ns, path=path)
        if fault is not None:
            return web.Response(status=fault.status or 503, text=fault.body)

        def heard(client: AnyClient, text: str) -> None:
            self._tell_ear("WS", request.path, text)
            hear(client, text)

        client = make()
        self._clients[client] = None
        try:
            return await client.run(request, heard)
        finally:
            self._clients.pop(client, None)
            self._left(client)

    def _left(self, client: AnyClient) -> None:
        """Forget what a client that is gone listened to."""

    def _tell_ear(self, method: str, path: str, text: str) -> None:
        if self.ear is not None:
            self.ear(Heard(method, path, "", text))

    # --- sending, with the faults in force

    def _spread(
        self,
        path: str,
        symbol: str,
        key: Hashable,
        frames: list[tuple[AnyClient, bytes]],
        *,
        is_own: bool,
    ) -> None:
        """Send one frame of a stream, as each client gets it, after the faults in force.

        Args:
            path: What a fault chooses it by.
            symbol: Likewise; empty where it is about none.
            key: Of the stream, in which a later frame may overtake it.
            frames: Whom it goes to, and in which bytes.
            is_own: Whether it is of an account.
        """
        chosen: Iterable[tuple[AnyClient, bytes]] = frames
        if self._plan or self._held:
            chosen = self._spoiled(path, symbol, key, frames, is_own=is_own)
        for client, frame in chosen:
            client.send(frame)

    def _spoiled(
        self,
        path: str,
        symbol: str,
        key: Hashable,
        frames: list[tuple[AnyClient, bytes]],
        *,
        is_own: bool,
    ) -> list[tuple[AnyClient, bytes]]:
        """Return what is sent in the place of one frame."""
        if self._is_mute(symbol) or (is_own and self._plan.standing(FaultKind.MUTE_USER)):
            return []
        if self._fires(FaultKind.DROP_USER if is_own else FaultKind.DROP, path, symbol):
            return []
        bend = self._bend(path, symbol)
        if bend is not None:
            frames = [(client, bend(frame.decode()).encode()) for client, frame in frames]
        if self._fires(FaultKind.GARBLE, path, symbol):
            frames = [(client, frame[: len(frame) // 2]) for client, frame in frames]
        late = self._plan.fires(
            FaultKind.DELAY_USER if is_own else FaultKind.DELAY,
            at_ns=self._exchange.venue.now_ns,
            path=path,
            assets=(symbol,),
        )
        if late is not None:
            self._postpone(key, frames, late.seconds)
            return []
        twice = self._fires(FaultKind.DUPLICATE_USER if is_own else FaultKind.DUPLICATE, path, symbol)
        return [*frames, *(frames if twice else []), *self._held.pop(key, [])]

    def _bend(self, path: str, symbol: str) -> Bend | None:
        """Return how a frame is made wrong, where a fault of the dialect says so."""
        del path, symbol
        return None

    def _postpone(self, key: Hashable, frames: list[tuple[AnyClient, bytes]], seconds: float) -> None:
        """Send frames later; without a time, right after the next ones of their stream."""
        if not seconds:
            self._held.setdefault(key, frames)
            return
        loop = asyncio.get_running_loop()
        for client, frame in frames:
            loop.call_later(seconds, client.send, frame)

    def _is_mute(self, symbol: str) -> bool:
        fault = self._plan.standing(FaultKind.MUTE) if self._plan else None
        return fault is not None and fault.asset in {"", symbol}

    def _fires(self, kind: FaultKind, path: str, symbol: str = "") -> bool:
        now_ns = self._exchange.venue.now_ns
        return (
            bool(self._plan) and self._plan.fires(kind, at_ns=now_ns, path=path, assets=(symbol,)) is not None
        )
