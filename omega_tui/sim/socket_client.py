"""One WebSocket of an embedded venue: a bounded queue of frames, and a reader that may turn deaf."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import ClassVar, Final, Self

from aiohttp import WSCloseCode, WSMsgType, web

SEND_BUFFER: Final = 8 * 1024 * 1024
"""Bytes that may wait for one client; a slower one is closed."""

MAX_REQUEST: Final = 64 * 1024
"""Bytes of one frame from a client."""

CLOSE_S: Final = 2.0
"""How long a client may take to answer a close frame before the connection is cut."""


class SocketClient:
    """One connection: frames wait here for its writer.

    Attributes:
        is_frozen: Whether it is half open: nothing is heard and nothing sent, though the socket stays.
        limit: Bytes that may wait.
    """

    silence_s: ClassVar[float | None] = None
    """A client that says nothing for so long is disconnected; None: for ever."""
    heartbeat_s: ClassVar[float | None] = None
    """How often a client is pinged; it must answer within half of that. None: never."""

    def __init__(self, *, limit: int = SEND_BUFFER) -> None:
        self.is_frozen = False
        self.limit = limit
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._taken = asyncio.Event()
        self._taken.set()
        self._closing: tuple[int, str] | None = None
        self._transport: asyncio.Transport | None = None

    def send(self, text: str | bytes) -> None:
        """Queue a frame. Beyond the bound what waits is dropped and the connection closed as too slow."""
        if self._closing is not None or self.is_frozen:
            return
        frame = text.encode() if isinstance(text, str) else text
        self._bytes += len(frame)
        if self._bytes > self.limit:
            self._frames.clear()
            self.close(WSCloseCode.TRY_AGAIN_LATER, "slow consumer")
            return
        self._frames.append(frame)
        self._ready.set()
        self._taken.clear()

    async def taken(self) -> None:
        """Wait until nothing waits any more: all was written, or the connection ended."""
        await self._taken.wait()

    def close(self, code: int, reason: str = "") -> None:
        """Close after what waits has been sent."""
        self._closing = self._closing or (code, reason)
        self._ready.set()

    def cut(self) -> None:
        """End the connection without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    def send_half(self, text: str) -> None:
        """Write the header of a whole frame and half of its payload, then end the connection."""
        if self._transport is not None:
            frame = text.encode()
            self._transport.write(b"\x81\x7f" + len(frame).to_bytes(8, "big") + frame[: len(frame) // 2])
            self._transport.close()

    async def run(self, request: web.Request, hear: Callable[[Self, str], None]) -> web.StreamResponse:
        """Serve the connection until it ends; `hear` is called with every frame."""
        socket = web.WebSocketResponse(
            compress=False,
            max_msg_size=MAX_REQUEST,
            timeout=CLOSE_S,
            receive_timeout=self.silence_s,
            heartbeat=self.heartbeat_s,
        )
        await socket.prepare(request)
        transport = request.transport
        if not isinstance(transport, asyncio.Transport):
            return socket
        self._transport = transport
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self._read(socket, hear), name="read")
                writer = group.create_task(self._write(socket), name="write")
                await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
                reader.cancel()
                writer.cancel()
        finally:
            self._taken.set()
            if not socket.closed:
                transport.abort()
        return socket

    async def _read(self, socket: web.WebSocketResponse, hear: Callable[[Self, str], None]) -> None:
        with contextlib.suppress(TimeoutError):
            async for message in socket:
                if message.type is WSMsgType.TEXT and not self.is_frozen:
                    hear(self, message.data)

    async def _write(self, socket: web.WebSocketResponse) -> None:
        # A peer that is gone shows at the reader; here its socket merely takes no more.
        with contextlib.suppress(ConnectionError):
            while self._closing is None or self._frames:
                await self._ready.wait()
                self._ready.clear()
                while self._frames and not self.is_frozen:
                    frame = self._frames.popleft()
                    self._bytes -= len(frame)
                    await socket.send_frame(frame, WSMsgType.TEXT)
                if not self._frames:
                    self._taken.set()
                if self._closing is not None:
                    break
            code, reason = self._closing or (WSCloseCode.OK, "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close(code=code, message=reason.encode())
