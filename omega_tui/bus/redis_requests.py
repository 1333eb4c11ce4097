"""Asking another process to do something, and being asked, over Redis Streams.

Requests to a process lie in one stream that a consumer group reads; each is acknowledged after it was
carried out or refused. Answers go to a stream of the asking run.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from omega_tui.bus.names import Names
from omega_tui.bus.redis_inlet import streamed
from omega_tui.bus.redis_server import TROUBLES, is_canceled, words
from omega_tui.bus.redis_time import ServerTime
from omega_tui.bus.requests import (
    Answer,
    Request,
    RequestCheck,
    answer_done,
    answer_refused,
    make_request,
    read_answer,
    refusal,
)
from omega_tui.domain.commands import Command
from omega_tui.errors import BusError, OmegaError, OutcomeUnknown, RemoteProtocolError, RequestRefused

log = logging.getLogger(__name__)

GROUP: Final = "omega"
"""The consumer group of a process; there is one run of it at a time, so one consumer."""

WAIT_MS: Final = 500
"""How long one question to the server waits for something to come."""

KEPT_REQUESTS: Final = 1_000
KEPT_ANSWERS: Final = 1_000
ANSWERS_EXPIRE_S: Final = 120
"""Bounds of the streams; a stream of answers goes by itself once nobody asks any more."""

AT_ONCE: Final = 64
"""Requests that are carried out at the same time; more are refused."""

GRACE_S: Final = 0.5
"""How long after the deadline an answer is still waited for: it may be on its way."""


class RequestServer:
    """Takes the requests to one process; `dispatch` is given each with the run that asks.

    Attributes:
        handled: Requests that were carried out.
        refused: Requests that were not, for what they are; `last_refusal` says why.
        last_refusal: Code and sentence of the last of them; empty before the first.
    """

    def __init__(  # noqa: PLR0913 - a composition
        self,
        names: Names,
        process: str,
        *,
        key: bytes,
        time: ServerTime,
        dispatch: Callable[[Command, str], Awaitable[object]],
        refused: Callable[[RequestRefused], None],
    ) -> None:
        self.handled = 0
        self.refused = 0
        self.last_refusal = ""
        self._names = names
        self._process = process
        self._key = key
        self._time = time
        self._dispatch = dispatch
        self._tell_refused = refused
        self._check: RequestCheck | None = None
        self._running = 0
        self._unsettled: dict[bytes, _Settled | None] = {}

    def begin(self) -> None:
        """Note that this run has the name of the process from now on; a second call changes nothing.

        What was asked before that is refused: a run before may have carried it out.
        """
        if self._check is None:
            self._check = RequestCheck(self._process, self._key, self._time.now_ns())

    async def run(self, reading: Redis, writing: Redis, carrying: asyncio.TaskGroup) -> None:
        """Serve until the server fails, which is raised.

        Args:
            reading: A client whose answers may take `WAIT_MS`.
            writing: Another one, for what must not wait behind it.
            carrying: Owns what is being carried out; it outlives this call, since a lost server must not
                interrupt an order.

        Raises:
            RedisError, OSError, TimeoutError: See `redis_server.TROUBLES`.
        """
        assert self._check is not None, "begun before it runs"
        stream = self._names.commands(self._process)
        try:
            await writing.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        for entry, settled in list(self._unsettled.items()):
            if settled is not None:
                await self._settle(writing, entry, settled)
        after = "0"
        while not is_canceled():
            rows = streamed(
                await reading.xreadgroup(GROUP, self._process, {stream: after}, count=AT_ONCE, block=WAIT_MS)
            )
            for entry, fields in rows:
                if entry not in self._unsettled:
                    self._begin(carrying, writing, entry, fields.get(b"m", b""))
            # First what was handed to us and never finished, by a run before or before a lost connection.
            after = rows[-1][0].decode() if rows and after != ">" else ">"

    def _begin(self, carrying: asyncio.TaskGroup, client: Redis, entry: bytes, text: bytes) -> None:
        self._unsettled[entry] = None
        admitted, settled = self._judge(text)
        if admitted is None:
            carrying.create_task(self._finish(client, entry, settled), name="request refused")
            return
        self._running += 1
        carrying.create_task(self._carry_out(client, entry, *admitted), name="request")

    def _judge(self, text: bytes) -> tuple[tuple[Request, Command] | None, "_Settled"]:
        """Return what may be carried out; where nothing may, what is to be answered."""
        assert self._check is not None, "made before anything is read"
        try:
            request, command = self._check.admit(text, now_ns=self._time.now_ns())
            if self._running >= AT_ONCE:
                why = f"{AT_ONCE} requests are being carried out"
                raise RequestRefused("FLOODED", why, nonce=request.nonce, origin=request.origin)  # noqa: TRY301
        except RequestRefused as error:
            self.refused += 1
            self.last_refusal = f"{error.code}: {error}"
            log.warning("a request over the bus was refused: %s: %s", error.code, error)
            self._tell_refused(error)
            answer = answer_refused(error.nonce, error, self._key) if error.nonce else b""
            return None, _Settled(error.origin, answer)
        return (request, command), _Settled("", b"")

    async def _carry_out(self, client: Redis, entry: bytes, request: Request, command: Command) -> None:
        try:
            result = await self._dispatch(command, request.origin)
        except OmegaError as error:
            answer = answer_refused(request.nonce, error, self._key)
        else:
            answer = answer_done(request.nonce, result, self._key)
            self.handled += 1
        finally:
            self._running -= 1
        await self._finish(client, entry, _Settled(request.origin, answer))

    async def _finish(self, client: Redis, entry: bytes, settled: "_Settled") -> None:
        """Answer and acknowledge; without a server that waits until it is back."""
        self._unsettled[entry] = settled
        with suppress(*TROUBLES):
            await self._settle(client, entry, settled)

    async def _settle(self, client: Redis, entry: bytes, settled: "_Settled") -> None:
        commands = self._names.commands(self._process)
        pipe = client.pipeline(transaction=False)
        if settled.answer:  # Bytes that tell of no sender are only acknowledged.
            replies = self._names.replies(settled.origin)
            pipe.xadd(replies, {"m": settled.answer}, maxlen=KEPT_ANSWERS, approximate=True)
            pipe.expire(replies, ANSWERS_EXPIRE_S)
        pipe.xack(commands, GROUP, entry)
        pipe.xdel(commands, entry)
        await pipe.execute()
        del self._unsettled[entry]


class _Settled(NamedTuple):
    """What is to be answered to whom; empty texts for a request that told of no sender."""

    origin: str
    answer: bytes


class RequestClient:
    """Asks other processes. Belongs to one event loop; `run` reads the answers."""

    def __init__(self, names: Names, origin: str, *, key: bytes, time: ServerTime) -> None:
        self._names = names
        self._origin = origin
        self._key = key
        self._time = time
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    async def run(self, reading: Redis) -> None:
        """Read answers until the server fails, which is raised.

        Args:
            reading: A client whose answers may take `WAIT_MS`; nothing else uses it.
        """
        stream, last = self._names.replies(self._origin), b"0-0"
        while not is_canceled():
            for entry, fields in streamed(await reading.xread({stream: last}, count=AT_ONCE, block=WAIT_MS)):
                last = entry
                self._take(fields.get(b"m", b""))

    async def ask(self, client: Redis, command: Command, *, to: str, good_for_s: float = 5.0) -> msgspec.Raw:
        """Ask a process to carry out a command; return its answer, as JSON.

        A request is sent once. When no answer comes in time nobody knows what became of it.

        Args:
            client: For the question.
            command: What to do.
            to: Which process.
            good_for_s: How long it may be carried out; later it is refused there.

        Raises:
            BusError: The server cannot be reached; nothing was asked.
            OmegaError: What the process refused it with, or `OutcomeUnknown`.
        """
        try:
            if not self._time.is_known:
                await self._time.measure(client)
        except TROUBLES as error:
            raise BusError(f"nothing was asked: {words(error)}") from error
        nonce, text = make_request(
            command,
            origin=self._origin,
            to=to,
            now_ns=self._time.now_ns(),
            good_for_ns=round(good_for_s * 1e9),
            key=self._key,
        )
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[nonce] = future
        try:
            await client.xadd(self._names.commands(to), {"m": text}, maxlen=KEPT_REQUESTS, approximate=True)
            async with asyncio.timeout(good_for_s + GRACE_S):
                answer = await future
        except TROUBLES as error:
            late = type(error) is TimeoutError
            why = f"{to} did not answer within {good_for_s:g} s" if late else words(error)
            raise OutcomeUnknown(f"{why}: it may have done what was asked, or not") from None
        finally:
            del self._waiting[nonce]
        if not answer.done:
            raise refusal(answer)
        return answer.result

    def _take(self, text: bytes) -> None:
        try:
            answer = read_answer(text, self._key)
        except RemoteProtocolError as error:
            log.warning("an answer over the bus was refused: %s", error)
            return
        future = self._waiting.get(answer.nonce)
        if future is not None and not future.done():
            future.set_result(answer)
