"""Signed requests of one account to Polymarket's CLOB and Data API, and what their answers are good for.

Everything is bounded by `HttpSession`. What is quoted from an answer carries none of the account's secrets.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from omega_tui.clock import Clock
from omega_tui.domain.venue_health import certain_skew_ms
from omega_tui.errors import (
    OutcomeUnknown,
    RemoteProtocolError,
    VenueError,
    VenueRefused,
    VenueUnreachable,
)
from omega_tui.protocol.ethereum import SigningKey
from omega_tui.protocol.polymarket import rest
from omega_tui.protocol.polymarket.auth import ApiCredentials, l2_headers
from omega_tui.protocol.polymarket.fact_answers import decode_time
from omega_tui.protocol.polymarket.paging import CursorWalk, Page
from omega_tui.protocol.polymarket.refusals import error_sentence
from omega_tui.protocol.polymarket.request import Auth, RestRequest
from omega_tui.protocol.polymarket.signing import SignatureType
from omega_tui.secret import Redactor, Secret
from omega_tui.text import safe_text
from omega_tui.units import NS_PER_MS, NS_PER_S
from omega_tui.venues.http import HttpSession
from omega_tui.venues.http_answers import HttpAnswer, HttpResult, NoAnswer, NotSent

Answer = TypeVar("Answer")
Row = TypeVar("Row")


READ_ATTEMPTS: Final = 3
"""How often a GET is asked in all; harmless, since it only reads."""

BUDGET_WAIT_S: Final = 0.25
"""An order that cannot leave within this, because the request budget is used up, does not leave at all."""

CLOCK_EVERY_NS: Final = 300 * NS_PER_S

SHORTEST_MASKED: Final = 16
"""No shorter spelling of a secret is taken out of an answer: it could be a part of an order's id."""


@dataclass(frozen=True, slots=True)
class PolymarketAccount:
    """Who trades.

    Attributes:
        private_key: Signs orders.
        credentials: Sign requests.
        chain_id: 137 is Polygon, 80002 Amoy.
        signature_type: Whose signature orders carry.
        funder: Wallet that holds the money; empty for the signing wallet itself.
    """

    private_key: Secret
    credentials: ApiCredentials
    chain_id: int
    signature_type: SignatureType = SignatureType.EOA
    funder: str = ""

    def known(self) -> tuple[Secret, ...]:
        """Return what no log, report or recording may hold, for a redactor."""
        return (self.private_key, *self.credentials.known())


class ClobClient:
    """The two hosts of one account. Nothing is sent before `open`; every method belongs to one event loop.

    Args:
        account: Who asks.
        venue: The name that errors carry.
        clob: To the CLOB; opened and closed here.
        data_api: To the Data API; likewise.
        clock: For timestamps.

    Attributes:
        venue: As given.
        key: Signs the orders; None before `open`.
        latency_ms: Of the last question; None before the first.
        certain_skew_ms: Our clock minus the venue's, as far as it is certain; None before it was measured.
    """

    def __init__(
        self,
        account: PolymarketAccount,
        *,
        venue: str,
        clob: HttpSession,
        data_api: HttpSession,
        clock: Clock,
    ) -> None:
        self.venue = venue
        self.key: SigningKey | None = None
        self.latency_ms: float | None = None
        self.certain_skew_ms: float | None = None
        self._account = account
        self._redactor = Redactor(account.known(), shortest=SHORTEST_MASKED)
        self._clock = clock
        self._clob = clob
        self._data = data_api
        self._clock_ahead_ns = 0
        self._clock_read_ns: int | None = None

    async def open(self) -> None:
        """Open the sessions, and make the key ready."""
        await self._clob.open()
        await self._data.open()
        if self.key is None:
            # Loads the native libraries too: the first order must not wait for them.
            self.key = await asyncio.to_thread(SigningKey, self._account.private_key)

    async def close(self) -> None:
        """Close the sessions."""
        await self._clob.close()
        await self._data.close()

    async def warm(self) -> None:
        """Keep a connection to the CLOB open for the next order or cancel. Never raises."""
        await self._clob.warm()

    @property
    def signer(self) -> str:
        """Address of the key that signs; empty before `open`."""
        return self.key.address if self.key is not None else ""

    @property
    def maker(self) -> str:
        """The wallet that holds the money."""
        return self._account.funder or self.signer

    @property
    def pauses_s(self) -> float:
        """How long the CLOB is left in peace because it asked for it; 0 when it is not."""
        return self._clob.pauses_s

    @property
    def budget_used(self) -> float:
        """Share of the request budget that is used up."""
        return self._clob.budget_used

    def venue_ns(self) -> int:
        """Return the venue's clock as well as we know it."""
        return self._clock.now_ns() - self._clock_ahead_ns

    async def read_clock(self) -> None:
        """Measure how far our clock is off now and then: requests with a wrong time are refused.

        Raises:
            VenueError: The venue did not tell its time.
        """
        now_ns = self._clock.mono_ns()
        if self._clock_read_ns is not None and now_ns - self._clock_read_ns < CLOCK_EVERY_NS:
            return
        asked_ns = self._clock.now_ns()
        moment_ms = await self.read(rest.time_request(), decode_time)
        # The venue tells whole seconds, at some moment of the way: what both may explain is no finding.
        self.certain_skew_ms = certain_skew_ms(asked_ns, self._clock.now_ns(), moment_ms * NS_PER_MS)
        self._clock_ahead_ns = round(self.certain_skew_ms * NS_PER_MS)
        self._clock_read_ns = now_ns

    async def post_order(self, body: bytes, *, deadline_s: float) -> HttpResult:
        """Send the bytes of an order, once, and return what came of it."""
        request = RestRequest("POST", "/order", body=body, auth=Auth.L2)
        result = await self._clob.call(
            request.method,
            request.path,
            headers=self._headers(request),
            body=request.body,
            deadline_s=deadline_s,
            budget_wait_s=BUDGET_WAIT_S,
        )
        return self.quotable(result) if isinstance(result, HttpAnswer) else result

    async def pages(
        self,
        request: Callable[[str], RestRequest],
        decode: Callable[[bytes], Page[Row]],
        key: Callable[[Row], str],
    ) -> list[Row]:
        """Return the rows of all pages, each once; errors as in `read`."""
        walk = CursorWalk()
        rows: dict[str, Row] = {}
        while walk.cursor is not None:
            page = await self.read(request(walk.cursor), decode)
            rows.update((key(row), row) for row in page.rows)
            try:
                walk.advance(page.next_cursor)
            except RemoteProtocolError as error:
                raise VenueError(str(error), venue=self.venue, code="UNREADABLE") from error
        return list(rows.values())

    async def read(self, request: RestRequest, decode: Callable[[bytes], Answer]) -> Answer:
        """Ask the CLOB, and return what its answer says; errors as in `send` and `usable`."""
        return self.usable(request, await self.send(request), decode)

    async def send(
        self, request: RestRequest, *, urgent: bool = False, of_data_api: bool = False
    ) -> HttpAnswer:
        """Send anything but an order and return the answer, whatever its status.

        Args:
            request: What is asked.
            urgent: Do not wait behind questions.
            of_data_api: Ask the Data API, and not the CLOB.

        Raises:
            VenueUnreachable: Nothing was sent.
            OutcomeUnknown: No answer came.
        """
        began_ns = self._clock.mono_ns()
        result = await (self._data if of_data_api else self._clob).call(
            request.method,
            request.path,
            query=request.query,
            headers=self._headers(request),
            body=request.body,
            attempts=READ_ATTEMPTS if request.method == "GET" else 1,
            urgent=urgent,
        )
        what = f"{request.method} {request.path}"
        match result:
            case NotSent(reason=reason):
                raise VenueUnreachable(f"{what}: {reason}", venue=self.venue, code="NOT_SENT")
            case NoAnswer(reason=reason):
                raise OutcomeUnknown(f"{what}: {reason}", venue=self.venue, code="NO_ANSWER")
            case HttpAnswer():
                self.latency_ms = (self._clock.mono_ns() - began_ns) / NS_PER_MS
                return result

    def usable(self, request: RestRequest, answer: HttpAnswer, decode: Callable[[bytes], Answer]) -> Answer:
        """Return what a good answer says.

        Raises:
            VenueRefused: The venue says no; code NOT_FOUND where it knows no such thing.
            VenueError: Anything else but a good answer.
        """
        what = f"{request.method} {request.path}"
        if answer.status == 200:
            try:
                return decode(answer.body)
            except (RemoteProtocolError, ValueError):
                reason = self._complaint(answer, decode)
                raise VenueError(f"{what}: {reason}", venue=self.venue, code="UNREADABLE") from None
        sentence = error_sentence(self.quotable(answer).body)
        words = safe_text(sentence) if sentence is not None else "no reason given"
        message = f"{what}: HTTP {answer.status}: {words}"
        if answer.status == 404:
            raise VenueRefused(message, venue=self.venue, code="NOT_FOUND")
        if answer.status in {400, 401, 403} and sentence is not None:
            raise VenueRefused(message, venue=self.venue, code="REFUSED")
        raise VenueError(message, venue=self.venue, code="UNAVAILABLE")

    def quotable(self, answer: HttpAnswer) -> HttpAnswer:
        """Return an answer without our secrets, which a refusal may repeat: reasons are shown and kept.

        It is done before anything is cut out of it, since half a secret is not recognised.
        """
        body = self._redactor.redact_known(answer.body.decode("utf-8", "surrogateescape"))
        return replace(answer, body=body.encode("utf-8", "surrogateescape"))

    def _complaint(self, answer: HttpAnswer, decode: Callable[[bytes], object]) -> str:
        """Return why an answer cannot be read, which quotes its beginning."""
        try:
            decode(self.quotable(answer).body)
        except (RemoteProtocolError, ValueError) as error:
            return safe_text(str(error))
        return "an answer that cannot be read"

    def _headers(self, request: RestRequest) -> dict[str, str]:
        headers = {"Content-Type": "application/json"} if request.body else {}
        if request.auth is Auth.L2:
            timestamp_s = self.venue_ns() // NS_PER_S
            headers |= l2_headers(self._account.credentials, self.signer, request, timestamp_s=timestamp_s)
        return headers
