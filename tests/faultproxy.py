"""A TCP proxy for tests that breaks connections on purpose, and writes down what it broke.

It stands between a client and a server on loopback. Faults are set per direction and change while
connections are open; on the way down it can also look at whole WebSocket text messages. Randomness is seeded;
`log` is the ground truth that a test compares with what the client noticed.
"""

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

CHUNK = 65_536
TEXT = 1


@dataclass(slots=True)
class Direction:
    """What happens to bytes that go one way.

    Attributes:
        blackhole: They are read and vanish.
        delay_s: They wait.
        slice_bytes: They go on in pieces of this size; 0 for whole.
        slice_delay_s: Between the pieces.
        corrupt_p: Chance, per piece read after the handshake, that one bit of it flips.
        limit_bytes: After so many bytes of a connection, `limit_action`; None for never.
        limit_action: How the connection ends then.
    """

    blackhole: bool = False
    delay_s: float = 0.0
    slice_bytes: int = 0
    slice_delay_s: float = 0.0
    corrupt_p: float = 0.0
    limit_bytes: int | None = None
    limit_action: Literal["fin", "rst"] = "fin"


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault that happened: what, to which connection (from 1), and details."""

    fault: str
    connection: int
    detail: str = ""


@dataclass(slots=True, eq=False)
class _Pair:
    number: int
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Way:
    """State of one direction of one connection."""

    passed: int = 0
    handshake: bytes = b""
    handshaken: bool = False
    frames: bytes = field(default=b"")


class FaultProxy:
    """`async with FaultProxy(port) as proxy:` and connect to `proxy.port` instead.

    Attributes:
        up: Client to server.
        down: Server to client.
        on_message: Looks at each text message on the way down: returns what goes on, or None to drop it.
        log: Every fault that happened, in order.
        opened: How many connections were ever accepted.
    """

    def __init__(self, target_port: int, *, seed: int = 1, target_host: str = "127.0.0.1") -> None:
        self.target = (target_host, target_port)
        self.up = Direction()
        self.down = Direction()
        self.on_message: Callable[[str], str | None] | None = None
        self.log: list[Injected] = []
        self.opened = 0
        self.port = 0
        self._random = random.Random(seed)
        self._pairs: set[_Pair] = set()
        self._group = asyncio.TaskGroup()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        await self.accept()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.refuse()
        for pair in tuple(self._pairs):
            pair.over.set()
        await self._group.__aexit__(None, None, None)

    async def accept(self) -> None:
        """Listen (again), always on the same port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self.log.append(Injected("refuse", 0))

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._pairs)

    def rst_all(self) -> None:
        """Reset every connection."""
        for pair in tuple(self._pairs):
            self._rst(pair)

    def fin_all(self) -> None:
        """End every connection without a close frame."""
        for pair in tuple(self._pairs):
            self._fin(pair)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        pair = _Pair(self.opened, writer)
        self._pairs.add(pair)
        self._group.create_task(self._serve(pair, reader))

    async def _serve(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        """Move bytes both ways until one end breaks or the proxy goes."""
        try:
            from_server, pair.server = await asyncio.open_connection(*self.target)
            async with asyncio.TaskGroup() as group:
                ways = [
                    group.create_task(self._move(pair, reader, pair.server, self.up)),
                    group.create_task(self._move(pair, from_server, pair.client, self.down)),
                ]
                over = group.create_task(pair.over.wait())
                await asyncio.wait([over, *ways], return_when=asyncio.FIRST_COMPLETED)
                for task in (over, *ways):
                    task.cancel()
        except* OSError:
            pass  # One end broke; both are dropped below.
        finally:
            self._pairs.discard(pair)
            for end in (pair.client, pair.server):
                if end is not None and not end.is_closing():
                    end.transport.abort()

    async def _move(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction
    ) -> None:
        state = _Way()
        while data := await reader.read(CHUNK):
            if way.blackhole:
                self.log.append(Injected("blackhole", pair.number, f"{len(data)} bytes"))
                continue
            if way.delay_s:
                await asyncio.sleep(way.delay_s)
            if way is self.down:
                data = self._look(pair, state, data)
            if way.corrupt_p and state.handshaken and self._random.random() < way.corrupt_p:
                data = self._flip(pair, data)
            if way.limit_bytes is not None and state.passed + len(data) >= way.limit_bytes:
                writer.write(data[: max(0, way.limit_bytes - state.passed)])
                self.log.append(Injected(f"cut-{way.limit_action}", pair.number, f"at {way.limit_bytes}"))
                (self._fin if way.limit_action == "fin" else self._rst)(pair)
                return
            state.passed += len(data)
            await self._write(writer, data, way)
        writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, way: Direction) -> None:
        size = way.slice_bytes or len(data)
        for start in range(0, len(data), size or 1):
            writer.write(data[start : start + size])
            await writer.drain()
            if way.slice_delay_s:
                await asyncio.sleep(way.slice_delay_s)

    def _look(self, pair: _Pair, state: _Way, data: bytes) -> bytes:
        """Let `on_message` see the text messages; only for uncompressed, unmasked frames from the server."""
        if not state.handshaken:
            state.handshake += data
            head, end, rest = state.handshake.partition(b"\r\n\r\n")
            if not end:
                return data
            state.handshaken = True
            before = state.handshake[: len(state.handshake) - len(data)]
            passed_on = (head + end)[len(before) :]
            return passed_on + self._messages(pair, state, rest)
        return self._messages(pair, state, data)

    def _messages(self, pair: _Pair, state: _Way, data: bytes) -> bytes:
        state.frames += data
        out = bytearray()
        while (frame := _split(state.frames)) is not None:
            head, payload, state.frames = frame
            if head & 0x0F == TEXT and head & 0x80 and self.on_message is not None:
                text = payload.decode()
                changed = self.on_message(text)
                if changed is None:
                    self.log.append(Injected("drop", pair.number, text[:80]))
                    continue
                if changed != text:
                    self.log.append(Injected("change", pair.number, text[:80]))
                payload = changed.encode()
            out += _join(head, payload)
        return bytes(out)

    def _flip(self, pair: _Pair, data: bytes) -> bytes:
        at = self._random.randrange(len(data))
        bit = 1 << self._random.randrange(8)
        self.log.append(Injected("corrupt", pair.number, f"byte {at}, bit {bit}"))
        return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]

    def _rst(self, pair: _Pair) -> None:
        self.log.append(Injected("rst", pair.number))
        for end in (pair.client, pair.server):
            if end is not None and not end.is_closing():
                sock = end.get_extra_info("socket")
                if sock is not None:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.transport.abort()

    def _fin(self, pair: _Pair) -> None:
        self.log.append(Injected("fin", pair.number))
        for end in (pair.client, pair.server):
            if end is not None:
                end.close()


def _split(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Return first byte, payload and rest of the first whole frame; None while it is not whole."""
    if len(data) < 2:
        return None
    length, at = data[1] & 0x7F, 2
    if length in {126, 127}:
        at = 4 if length == 126 else 10
        if len(data) < at:
            return None
        length = int.from_bytes(data[2:at])
    if len(data) < at + length:
        return None
    return data[0], data[at : at + length], data[at + length :]


def _join(head: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return bytes([head, length]) + payload
    if length < 65_536:
        return bytes([head, 126]) + length.to_bytes(2) + payload
    return bytes([head, 127]) + length.to_bytes(8) + payload
