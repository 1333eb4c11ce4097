"""A recording of Binance spot, served as if it happened now: to programs that know only the venue's wire.

The file has one frame per line, `NANOSECONDS JSON`: frames of a combined stream as they came, and among them
the answer of the depth request that the recorder made (`../shared/captures/exchanges/README.md`). Frames are
sent byte for byte. Who asks for the book before the recorded snapshot was taken is given that; who asks
later is given it with the changes since, as the venue would have answered then, as deep as the snapshot was.
"""

import gzip
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import msgspec
from aiohttp import web

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.errors import SimError, VenueRefused
from omega_tui.protocol.binance.refusals import SYMBOL_INVALID
from omega_tui.protocol.binance.streams import StreamSession
from omega_tui.protocol.binance.wire import Row, depth_snapshot, encoded
from omega_tui.protocol.ccxt.urls import loopback_urls
from omega_tui.sim.binance_clients import Client
from omega_tui.sim.binance_coins import BINANCE_COINS
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_public import MOST_LEVELS, symbol_info
from omega_tui.sim.binance_rest import HOST, refused_with
from omega_tui.sim.binance_sockets import STREAMS
from omega_tui.sim.coins import CoinSpec
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.loopback import listening, turned_away
from omega_tui.sim.rest_gate import JSON

DEPTH: Final = "@depth@100ms"

TURN: Final = 64
"""Frames that are sent before those who listen get their turn."""


class Frame(NamedTuple):
    """One recorded frame of a stream.

    Attributes:
        at_ns: When it was received, by the recorder's clock.
        stream: As `btcusdt@depth@100ms`.
        data: As it came, without the name of the stream.
        last: `u`: number of the book after it; 0 where it has none.
    """

    at_ns: int
    stream: str
    data: bytes
    last: int


class Recording(NamedTuple):
    """What one file holds.

    Attributes:
        frames: In the order in which they came.
        snapshot: The answer of the depth request.
        snapshot_at: How many frames had come before it.
        symbol: What it is about.
    """

    frames: Sequence[Frame]
    snapshot: Row
    snapshot_at: int
    symbol: str


class _Numbers(msgspec.Struct):
    """The only fields that are looked at."""

    s: str
    u: int = 0


class _Line(msgspec.Struct):
    """A frame of a combined stream, or the answer of a depth request."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    last_update_id: int | None = msgspec.field(default=None, name="lastUpdateId")


def read_recording(path: Path) -> Recording:
    """Return a recording of one symbol.

    Raises:
        SimError: The file cannot be read, is no recording of this kind, or has no snapshot.
    """
    line_of, numbers_of = msgspec.json.Decoder(_Line), msgspec.json.Decoder(_Numbers)
    frames: list[Frame] = []
    found: tuple[Row, int] | None = None
    symbols: set[str] = set()
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                at_ns, _, text = line.partition(b" ")
                decoded = line_of.decode(text)
                if decoded.last_update_id is not None:
                    found = found or (msgspec.json.decode(text), len(frames))
                    continue
                numbers = numbers_of.decode(decoded.data)
                symbols.add(numbers.s)
                frames.append(Frame(int(at_ns), decoded.stream, bytes(decoded.data), numbers.u))
    except (OSError, EOFError, ValueError) as error:
        raise SimError(f"{path.name} cannot be read as a recording of Binance: {error}") from error
    if found is None or len(symbols) != 1:
        raise SimError(f"{path.name} is no recording of one symbol with a snapshot of its book")
    return Recording(frames, *found, symbols.pop())


class BinanceReplay:
    """A recording on loopback, for as long as it is entered. It moves on only by `play_to`.

    Attributes:
        recording: What is served.
        position: How many of its frames were sent.
        faults: Frames are dropped by DROP, chosen by the stream's channel (`depth@100ms`) as the path.
        base_url: As `http://127.0.0.1:PORT`; known once entered.
        ws_base: As `ws://127.0.0.1:PORT`.
    """

    def __init__(
        self, path: Path, *, port: int = 0, seed: int = 0, specs: Sequence[CoinSpec] = BINANCE_COINS
    ) -> None:
        """Read the file; nothing listens yet.

        Args:
            path: Of the recording.
            port: To listen on; 0 for any free one.
            seed: Of the faults' dice.
            specs: What is known of symbols; that of the recording must be among them.

        Raises:
            SimError: As `read_recording`, or nothing is known of its symbol.
        """
        self.recording = read_recording(path)
        known = {spec.key.symbol: spec for spec in specs if not spec.key.is_perpetual}
        spec = known.get(self.recording.symbol)
        if spec is None:
            raise SimError(f"nothing is known of {self.recording.symbol}, which {path.name} is about")
        self._spec = spec
        self._port = port
        self.position = 0
        self.faults = FaultPlan(seed)
        self.base_url = self.ws_base = ""
        self._clients: dict[Client, None] = {}
        self._book = OrderBook(self.recording.symbol, tick_size=spec.tick)
        self._book.replace(self.recording.snapshot["bids"], self.recording.snapshot["asks"])
        self._last: int = self.recording.snapshot["lastUpdateId"]
        self._stack = AsyncExitStack()

    def urls(self, urls: Mapping[str, Any]) -> dict[str, Any]:
        """Return the `urls` of a ccxt binance, pointing here."""
        return loopback_urls(urls, self.base_url)

    @property
    def streams(self) -> set[str]:
        """Every stream that somebody listens to."""
        sessions = (client.session for client in self._clients)
        return {name for session in sessions if session is not None for name in session.streams}

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            SimError: The port is in use, or cannot be had.
        """
        async with AsyncExitStack() as stack:
            app = web.Application()
            app.add_routes(
                [
                    web.get(f"/{HOST}/api/v3/{{name:.+}}", self._rest),
                    web.get(f"{STREAMS}/ws", self._stream),
                    web.get(STREAMS + "/ws/{names:.+}", self._stream),
                    web.get(f"{STREAMS}/stream", self._combined),
                ]
            )
            port = await listening(stack, app, self._port)
            stack.callback(self.kill_sockets, 1001, "going away")
            self.base_url, self.ws_base = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        await self._stack.__aexit__(kind, error, trace)

    async def play_to(self, position: int | None = None) -> None:
        """Send what comes before a position, all by default, as fast as those who listen take it."""
        end = len(self.recording.frames) if position is None else min(position, len(self.recording.frames))
        while self.position < end:
            frame = self.recording.frames[self.position]
            self.position += 1
            self._send(frame)
            if not self.position % TURN or self.position == end:
                for client in list(self._clients):
                    await client.taken()

    def kill_sockets(self, code: int | None = None, reason: str = "") -> int:
        """End all WebSockets and return how many; without a code they are cut."""
        for client in self._clients:
            if code is None:
                client.cut()
            else:
                client.close(code, reason)
        return len(self._clients)

    # --- inside

    def _send(self, frame: Frame) -> None:
        if frame.stream.endswith(DEPTH) and frame.last > self._last:
            self._apply(frame)
        channel = frame.stream.partition("@")[2]
        if self.faults.fires(FaultKind.DROP, at_ns=frame.at_ns, path=channel):
            return
        for client in self._clients:
            if client.session is not None and frame.stream in client.session.streams:
                client.send(client.session.frame(frame.stream, frame.data))

    def _apply(self, frame: Frame) -> None:
        change = msgspec.json.decode(frame.data)
        for side, name in ((Side.BUY, "b"), (Side.SELL, "a")):
            for price, size in change[name]:
                self._book.set_level(side, price, size)
        self._last = frame.last

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        away = turned_away(request)
        if away is not None:
            return away
        served = {
            "ping": lambda _: {},
            "time": lambda _: {"serverTime": self._now_ms()},
            "exchangeInfo": lambda _: {"timezone": "UTC", "symbols": [symbol_info(self._spec)]},
            "depth": self._depth,
        }.get(request.match_info["name"])
        if served is None:
            return web.Response(status=404, text="a recording has no answer to this")
        try:
            body: Any = served(Params(dict(request.query)))
        except VenueRefused as refused:
            status, refusal = refused_with(refused)
            return web.Response(body=encoded(refusal), status=status, content_type=JSON)
        return web.Response(body=encoded(body), content_type=JSON)

    def _depth(self, params: Params) -> Row:
        if params.text("symbol") != self.recording.symbol:
            raise SYMBOL_INVALID.error()
        limit = params.integer("limit", 100, most=MOST_LEVELS) or 100
        bids, asks = (list(self._book.levels(side))[:limit] for side in (Side.BUY, Side.SELL))
        return depth_snapshot(self._last, bids, asks)

    def _now_ms(self) -> int:
        """Return the time at which the recorder received the last frame."""
        return self.recording.frames[max(0, self.position - 1)].at_ns // 1_000_000

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, StreamSession(request.match_info.get("names", "")))

    async def _combined(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, StreamSession(request.query.get("streams", ""), is_combined=True))

    async def _serve(self, request: web.Request, session: StreamSession) -> web.StreamResponse:
        away = turned_away(request)
        if away is not None:
            return away
        client = Client(session)
        self._clients[client] = None
        try:
            return await client.run(request, lambda _, text: client.send(session.receive(text)))
        finally:
            self._clients.pop(client, None)
