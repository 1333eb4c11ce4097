"""HTTP for what moves orders: connections that are kept open, and little to do before the bytes leave.

A general client takes half a millisecond of interpreter between an order and the socket, and a new connection
to a venue some tenths of a second (`benchmarks/key_to_wire.py`). Here the bytes are put together and written
in one go, on a connection that is open already; h11 reads the answer. Nothing is sent twice, nothing is
followed, and a connection on which anything was not as it should be is never used again.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final, cast

import h11

from omega_tui.errors import LocalProtocolError
from omega_tui.text import safe_text
from omega_tui.venues.failure_words import BROKE_OFF, NO_HTTP, failure_words
from omega_tui.venues.http_answers import HttpAnswer, HttpResult, NoAnswer, NotSent

NEXT_ADDRESS_S: Final = 0.25
"""An address that has not answered by then gets company by the host's next one (RFC 8305)."""

WARM_EVERY_S: Final = 5.0
"""How often a connection is tried for, while there is none to keep warm."""


class OrderWire:
    """Connections to one host. Every method belongs to one event loop.

    Overflow: a call beyond `connections` at once waits for one of them, within its own deadline.
    """

    def __init__(  # noqa: PLR0913 - where to, and its bounds
        self,
        host: str,
        port: int,
        *,
        security: ssl.SSLContext | None,
        headers: Mapping[str, str],
        connect_s: float,
        body_bytes: int,
        connections: int,
        keepalive_s: float,
    ) -> None:
        """Prepare; no connection is made yet.

        Args:
            host: Name or address.
            port: Of it.
            security: For TLS; None for none.
            headers: Of every request.
            connect_s: Bound of making a connection, name resolution included.
            body_bytes: A longer body is no answer.
            connections: Open ones at most.
            keepalive_s: An idle one is not used any more after this, before the venue's side drops it.
        """
        self._host = host
        self._port = port
        self._where = f"{host}:{port}"
        self._security = security
        self._headers = (*headers.items(), ("Accept-Encoding", "identity"))
        self._connect_s = connect_s
        self._body_bytes = body_bytes
        self._keepalive_s = keepalive_s
        self._places = asyncio.Semaphore(connections)
        self._open: set[_Connection] = set()
        self._idle: list[_Connection] = []
        self._tried_s = float("-inf")
        self._is_closed = False

    async def call(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, left_s: float
    ) -> HttpResult:
        """Send one request, once, and return how it ended. Raises for nothing that happens on the network.

        Cancellation is passed on; whoever cancels must treat the request as possibly sent.

        Args:
            method: As on the request line.
            target: Path and query, encoded.
            headers: In addition to those of every request, and to the length.
            body: The exact bytes; empty for none.
            left_s: Deadline, seconds from now.

        Raises:
            LocalProtocolError: Method, target or a header cannot be sent as they are.
        """
        request = _Request(
            method, target, [*self._headers, *headers.items(), ("Content-Length", str(len(body)))], body
        )
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(max(0.0, left_s)), self._places:
                self._drop_old(asyncio.get_running_loop().time())
                connection = self._idle.pop() if self._idle else await self._connect()
                return await connection.ask(request)
        except TimeoutError:
            if connection is not None:
                return NoAnswer("no answer in time")
            return NotSent(f"no connection in time ({self._where})")
        except (OSError, UnicodeError) as error:  # The latter: what is no name of a host.
            return NotSent(f"{failure_words(error) or 'no connection'} ({self._where})")
        finally:
            if connection is not None:
                self._give_back(connection)

    async def warm(self) -> None:
        """See to it that the next call finds a connection that is open. Never raises."""
        now_s = asyncio.get_running_loop().time()
        self._drop_old(now_s)
        lasts = any(now_s - one.idle_since_s < self._keepalive_s / 2 for one in self._idle)
        if lasts or self._places.locked() or now_s - self._tried_s < WARM_EVERY_S:
            return
        self._tried_s = now_s
        try:
            async with self._places:
                self._give_back(await self._connect())
        except (OSError, UnicodeError):
            return  # Whoever has something to send tells why it could not.

    async def close(self) -> None:
        """Close every connection, and wait until the sockets are gone; a call under way has no answer."""
        self._is_closed = True
        for connection in self._open:
            connection.abort()
        if self._open:
            await asyncio.wait([connection.lost for connection in self._open])
        self._idle.clear()

    def _drop_old(self, now_s: float) -> None:
        """Keep the idle connections that are open on both sides, by all that is known."""
        kept = []
        for connection in self._idle:
            if connection.is_open and now_s - connection.idle_since_s < self._keepalive_s:
                kept.append(connection)
            else:
                connection.abort()
        self._idle = kept

    async def _connect(self) -> "_Connection":
        """Open a connection.

        Raises:
            OSError, UnicodeError: It cannot be opened, or not in time.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_s):
            _, connection = await loop.create_connection(
                lambda: _Connection(loop, self._body_bytes),
                self._host,
                self._port,
                ssl=self._security,
                # Canceled in the race of several addresses, asyncio 3.11 leaves a socket to the interpreter:
                # without TLS, on loopback, there is but one.
                happy_eyeballs_delay=NEXT_ADDRESS_S if self._security is not None else None,
            )
        self._open.add(connection)
        connection.lost.add_done_callback(lambda _: self._open.discard(connection))
        return connection

    def _give_back(self, connection: "_Connection") -> None:
        if connection.is_open and not connection.is_busy and not self._is_closed:
            connection.idle_since_s = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.abort()


class _Request:
    """A request, and the bytes of its head."""

    def __init__(self, method: str, target: str, fields: list[tuple[str, str]], body: bytes) -> None:
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        are_plain = all(line.isascii() and line.isprintable() and line == line.strip() for line in lines)
        if not are_plain or " " in target or any(value[:1] == " " for _, value in fields):
            raise LocalProtocolError(f"a request cannot be sent as it is: {method} {safe_text(target)}")
        self.head = ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Connection(asyncio.Protocol):
    """One connection; it carries one request at a time.

    Attributes:
        idle_since_s: When it was opened or its last answer was complete, on the loop's clock.
        lost: Done when its socket is closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, body_bytes: int) -> None:
        self.idle_since_s = loop.time()
        self.lost: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._most = body_bytes
        self._http = h11.Connection(our_role=h11.CLIENT)
        self._transport: asyncio.Transport | None = None
        self._ending: asyncio.Future[HttpAnswer | NoAnswer] | None = None
        self._response: h11.Response | None = None
        self._body = bytearray()

    @property
    def is_open(self) -> bool:
        """Whether it can carry another request."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._ending is not None

    async def ask(self, request: "_Request") -> HttpAnswer | NoAnswer:
        """Write a request now, and return how it ended. Given up, it is busy for ever."""
        assert self._transport is not None, "connected before"
        ending: asyncio.Future[HttpAnswer | NoAnswer] = self._loop.create_future()
        self._ending = ending
        self._transport.write(request.head + request.body)
        # Only now: what h11 wants to know costs more than all that was done for the request before.
        self._http.send(h11.Request(method=request.method, target=request.target, headers=request.fields))
        self._http.send(h11.Data(data=request.body))
        self._http.send(h11.EndOfMessage())
        return await ending

    def abort(self) -> None:
        """Drop it, without waiting for anybody."""
        if self._transport is not None:
            self._transport.abort()

    # --- of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._ending is None:
            self.abort()  # Nobody asked: what it says could be taken for the answer to the next request.
        else:
            self._receive(data, NO_HTTP)

    def eof_received(self) -> None:
        if self._ending is not None:
            self._receive(b"", BROKE_OFF)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(NoAnswer((exc and failure_words(exc)) or BROKE_OFF))
        if not self.lost.done():
            self.lost.set_result(None)

    def _receive(self, data: bytes, otherwise: str) -> None:
        try:
            self._http.receive_data(data)
            self._read()
        except h11.RemoteProtocolError:
            self._end(NoAnswer(otherwise))

    def _read(self) -> None:
        while self._ending is not None:
            match self._http.next_event():
                case h11.NEED_DATA | h11.PAUSED:
                    return
                case h11.Response() as response:
                    self._response = response
                case h11.Data(data=data):
                    self._body += data
                    if len(self._body) > self._most:
                        self._end(NoAnswer(f"the answer is longer than {self._most} bytes"))
                case h11.EndOfMessage():
                    self._complete()
                case h11.ConnectionClosed():
                    self._end(NoAnswer(BROKE_OFF))

    def _complete(self) -> None:
        """Hand over the answer, and be ready for the next request if nothing speaks against it."""
        assert self._response is not None, "h11 gives the head before the end"
        found = {name.decode(): value.decode("latin-1") for name, value in self._response.headers}
        result: HttpAnswer | NoAnswer = HttpAnswer(self._response.status_code, found, bytes(self._body))
        if found.get("content-encoding", "identity") != "identity":
            result = NoAnswer("the answer is packed, which was not asked for")
        self._response, self._body = None, bytearray()
        http = self._http
        if http.our_state is h11.DONE and http.their_state is h11.DONE and not http.trailing_data[0]:
            http.start_next_cycle()
        else:
            self.abort()
        self._end(result)

    def _end(self, result: HttpAnswer | NoAnswer) -> None:
        ending, self._ending = self._ending, None
        if isinstance(result, NoAnswer):
            self.abort()
        if ending is not None and not ending.done():
            ending.set_result(result)
