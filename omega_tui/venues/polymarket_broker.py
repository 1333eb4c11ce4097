"""Orders and account questions at Polymarket's CLOB, or at the embedded exchange, which speaks its wire.

The id of an order is known before it is sent, and the bytes that are sent are those that were written down.
An order is sent once; what an answer proves is decided in `protocol.polymarket.outcome`.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeVar

from omega_tui.clock import Clock
from omega_tui.domain.account import Balance
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.domain.venue_health import VenueHealth, certain_skew_ms
from omega_tui.errors import (
    OrderRefused,
    OutcomeUnknown,
    RemoteProtocolError,
    VenueError,
    VenueRefused,
    VenueUnreachable,
)
from omega_tui.protocol.polymarket import outcome, rest
from omega_tui.protocol.polymarket.account_answers import decode_balance, decode_positions
from omega_tui.protocol.polymarket.account_reports import fills_of, order_report
from omega_tui.protocol.polymarket.amounts import (
    GTD_MARGIN_S,
    OrderAmounts,
    effective_life_s,
    limit_amounts,
    market_amounts,
)
from omega_tui.protocol.polymarket.auth import ApiCredentials, address_of, l2_headers
from omega_tui.protocol.polymarket.fact_answers import (
    decode_neg_risk,
    decode_time,
)
from omega_tui.protocol.polymarket.order_answers import decode_cancel_answer, decode_open_orders, decode_order
from omega_tui.protocol.polymarket.paging import CursorWalk, Page
from omega_tui.protocol.polymarket.posting import Posting
from omega_tui.protocol.polymarket.refusals import Code, error_sentence
from omega_tui.protocol.polymarket.request import Auth, RestRequest
from omega_tui.protocol.polymarket.signing import (
    MAX_SALT,
    Exchange,
    OrderStruct,
    SignatureType,
    order_domain,
    order_id,
    sign_order,
)
from omega_tui.protocol.polymarket.trade_answers import decode_trades
from omega_tui.secret import Redactor, Secret
from omega_tui.text import safe_text
from omega_tui.venues.base import (
    Accepted,
    CancelOutcome,
    DeadManTerms,
    PlaceOutcome,
    PreparedOrder,
    Refused,
    Unknown,
    VenuePosition,
)
from omega_tui.venues.http import HttpAnswer, HttpLimits, HttpSession, NoAnswer, NotSent
from omega_tui.venues.polymarket_heartbeat import DEAD_MAN, Heartbeat

Answer = TypeVar("Answer")
Row = TypeVar("Row")

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000

COLLATERAL: Final = "pUSD"

READ_ATTEMPTS: Final = 3

FINEST_TICK: Final = Decimal("0.0001")
"""Amounts are computed on the finest tick of the venue: the gate has checked the instrument's own."""

BUDGET_WAIT_S: Final = 0.25
"""An order that cannot leave within this, because the request budget is used up, does not leave at all."""

CLOCK_EVERY_NS: Final = 300 * NS_PER_S

MIN_LIFE_S: Final = 5
"""A GTD order that would live shorter at the venue is refused (fault model, C8)."""

OWNER_MARK: Final = "@owner"
"""Stands for the API key in the bytes that are written down; it is a credential and not part of the order."""

SHORTEST_MASKED: Final = 16
"""No shorter spelling of a secret is taken out of an answer: it could be a part of an order's id."""

TAKES: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})


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


class PolymarketBroker:
    """One account. Satisfies `venues.base.Broker`; every method belongs to one event loop.

    Attributes:
        venue: The name that orders carry: `polymarket`, or `sim` for the embedded exchange.
        is_live: Whether real money is behind it.
    """

    def __init__(  # noqa: PLR0913 - two hosts, an account, and how to call
        self,
        *,
        venue: str,
        is_live: bool,
        rest_url: str,
        data_url: str,
        account: PolymarketAccount,
        clock: Clock,
        rng: random.Random,
        order_deadline_s: float = 10.0,
        limits: HttpLimits | None = None,
        dead_man: DeadManTerms = DEAD_MAN,
    ) -> None:
        """Prepare; nothing is sent before `open`.

        Args:
            venue: Name of the venue.
            is_live: Whether real money is behind it.
            rest_url: Of the CLOB.
            data_url: Of the Data API, for positions.
            account: Who trades.
            clock: For timestamps.
            rng: Of the salts and of jitter. Salts tell equal orders apart; they need not be secret.
            order_deadline_s: After this the outcome of an order counts as unknown.
            limits: Bounds of the sessions.
            dead_man: How the venue's dead-man switch is fed, where it is used.
        """
        self.venue = venue
        self.is_live = is_live
        self._account = account
        self._redactor = Redactor(account.known(), shortest=SHORTEST_MASKED)
        self._clock = clock
        self._rng = rng
        self._order_deadline_s = order_deadline_s
        self._clob = HttpSession(rest_url, rng=rng, limits=limits)
        self._data = HttpSession(data_url, rng=rng, limits=limits)
        self._signer = ""
        self._exchanges: dict[str, Exchange] = {}
        self._reserved = ZERO
        self._clock_ahead_ns = 0
        self._clock_read_ns: int | None = None
        self._heartbeat = Heartbeat(dead_man)
        self._latency_ms: float | None = None
        self._certain_skew_ms: float | None = None

    # --- sessions

    async def open(self) -> None:
        await self._clob.open()
        await self._data.open()
        if not self._signer:
            # Loads the native libraries too: the first order must not wait for them.
            self._signer = await asyncio.to_thread(address_of, self._account.private_key)

    async def close(self) -> None:
        await self._clob.close()
        await self._data.close()

    @property
    def _maker(self) -> str:
        return self._account.funder or self._signer

    # --- orders

    async def warm(self, instrument: str) -> None:
        if instrument not in self._exchanges:
            neg_risk = await self._read(rest.neg_risk_request(instrument), decode_neg_risk)
            self._exchanges[instrument] = Exchange.of_market(neg_risk=neg_risk)

    async def prepare(self, request: OrderRequest) -> PreparedOrder:
        try:
            await self.warm(request.instrument)
        except VenueError as error:
            text = f"The venue does not say which contract settles this market: {error}. Try again."
            code = "NOT_SENT" if isinstance(error, VenueUnreachable) else "INSTRUMENT"
            raise OrderRefused(code, text) from error
        amounts = _amounts(request)
        now_ns = self._venue_ns()
        expires_at_s, bound_s = self._expiration(request, now_ns)
        own_wallet = self._account.signature_type is SignatureType.DEPOSIT_WALLET
        order = OrderStruct(
            salt=self._rng.randint(1, MAX_SALT),
            maker=self._maker,
            signer=self._maker if own_wallet else self._signer,
            token_id=request.instrument,
            maker_amount=amounts.maker_amount,
            taker_amount=amounts.taker_amount,
            side=request.side,
            signature_type=self._account.signature_type,
            timestamp_ms=now_ns // NS_PER_MS,
        )
        domain = order_domain(self._account.chain_id, self._exchanges[request.instrument])
        posting = Posting(
            order=order,
            signature=sign_order(order, domain, self._account.private_key),
            owner=OWNER_MARK,
            time_in_force=request.time_in_force,
            expiration_s=expires_at_s,
            post_only=request.post_only,
        )
        return PreparedOrder(
            request=replace(request, size=amounts.shares),
            expected_venue_order_id=order_id(order, domain),
            payload=rest.place_request(posting).body,
            lateness_bound_s=bound_s,
        )

    async def place(self, prepared: PreparedOrder) -> PlaceOutcome:
        owner = self._account.credentials.api_key.encode()
        body = prepared.payload.replace(f'"{OWNER_MARK}"'.encode(), b'"' + owner + b'"', 1)
        request = RestRequest("POST", "/order", body=body, auth=Auth.L2)
        result = await self._clob.call(
            request.method,
            request.path,
            headers=self._headers(request),
            body=request.body,
            deadline_s=self._order_deadline_s,
            budget_wait_s=BUDGET_WAIT_S,
        )
        match result:
            case NotSent(reason=reason):
                return Refused(Code.NOT_SENT, f"nothing was sent: {reason}")
            case NoAnswer(reason=reason):
                return Unknown(reason)
            case HttpAnswer():
                return _place_outcome(self._quotable(result), prepared.expected_venue_order_id)

    async def cancel(self, venue_order_ids: Sequence[str]) -> CancelOutcome:
        if len(venue_order_ids) == 1:
            request = rest.cancel_request(venue_order_ids[0])
        else:
            request = rest.cancel_many_request(venue_order_ids)
        answer = self._quotable(await self._send(request, urgent=True))
        judged = outcome.classify_cancels(
            outcome.HttpAnswer(answer.status, answer.body, answer.headers), venue_order_ids
        )
        canceled: list[str] = []
        refused: list[tuple[str, str]] = []
        unknown: list[str] = []
        for venue_order_id, verdict in judged.items():
            match verdict:
                case outcome.Canceled():
                    canceled.append(venue_order_id)
                case outcome.DefiniteFailure(code=Code.AUTH, reason=reason):
                    raise VenueRefused(reason, venue=self.venue, code=Code.AUTH)
                case outcome.DefiniteFailure(reason=reason):
                    refused.append((venue_order_id, reason))
                case outcome.Unknown(reason=reason):
                    unknown.append(reason)
        if unknown and not canceled and not refused:
            raise OutcomeUnknown(unknown[0], venue=self.venue)
        return CancelOutcome(tuple(canceled), tuple(refused))

    async def cancel_all(self, instrument: str | None = None) -> CancelOutcome:
        if instrument is None:
            request = rest.cancel_all_request()
        else:
            request = rest.cancel_market_request(token_id=instrument)
        answer = self._usable(request, await self._send(request, urgent=True), decode_cancel_answer)
        refused = tuple((key, safe_text(reason)) for key, reason in answer.not_canceled.items())
        return CancelOutcome(answer.canceled, refused)

    # --- the dead-man switch

    @property
    def dead_man(self) -> DeadManTerms | None:
        """How it is used. Nothing is sent to it before `feed_dead_man`."""
        return self._heartbeat.terms

    async def feed_dead_man(self) -> str:
        """Send a heartbeat; never waits behind questions.

        Raises:
            VenueError: The venue did not take it.
        """

        async def send(request: RestRequest) -> HttpAnswer:
            return await self._send(request, urgent=True)

        return await self._heartbeat.feed(send, self._usable)

    async def release_dead_man(self) -> None:
        """Forget the last heartbeat: without further ones the venue cancels what is left."""
        self._heartbeat.forget()

    # --- how the venue answers

    def health(self) -> VenueHealth:
        """Return how the venue answers, as of now."""
        now_ns, rest_s = self._clock.now_ns(), self._clob.pauses_s
        return VenueHealth(
            venue=self.venue,
            latency_ms=self._latency_ms,
            clock_skew_ms=self._certain_skew_ms,
            rate_used=self._clob.budget_used,
            rests_until_ns=now_ns + round(rest_s * NS_PER_S) if rest_s else 0,
            rests_reason="the venue asked for less" if rest_s else "",
            ts_ns=now_ns,
        )

    async def look_after(self) -> None:
        """Measure the clock if that is due. Never raises."""
        with suppress(VenueError):
            await self._read_clock()

    # --- questions

    async def fetch_open_orders(self) -> list[OrderReported]:
        await self._read_clock()
        rows = await self._pages(
            lambda cursor: rest.open_orders_request(cursor=cursor),
            decode_open_orders,
            lambda row: row.order_id,
        )
        buying = [row for row in rows if row.side is Side.BUY]
        self._reserved = sum(((row.original_size - row.size_matched) * row.price for row in buying), ZERO)
        return [order_report(row, self.venue) for row in rows]

    async def fetch_order(self, venue_order_id: str) -> OrderReported | None:
        try:
            row = await self._read(rest.order_request(venue_order_id), decode_order)
        except VenueRefused as error:
            if error.code == "NOT_FOUND":
                return None
            raise
        return None if row is None else order_report(row, self.venue)

    async def fetch_fills(self, *, since_s: int) -> list[FillReported]:
        rows = await self._pages(
            lambda cursor: rest.trades_request(after_s=since_s, cursor=cursor),
            decode_trades,
            lambda row: row.trade_id,
        )
        key = self._account.credentials.api_key
        fills = [fill for row in rows for fill in fills_of(row, api_key=key)]
        fills.sort(key=lambda fill: fill.ts_event_ns)
        return [FillReported(self.venue, fill) for fill in fills]

    async def fetch_balances(self) -> list[Balance]:
        request = rest.balance_request(self._account.signature_type)
        row = await self._read(request, decode_balance)
        available = max(ZERO, row.balance - self._reserved)
        return [Balance(self.venue, COLLATERAL, row.balance, available)]

    async def fetch_positions(self) -> list[VenuePosition]:
        request = rest.positions_request(self._maker)
        page = self._usable(request, await self._send(request, session=self._data), decode_positions)
        return [
            VenuePosition(row.token_id, row.size, row.average_price or None) for row in page.rows if row.size
        ]

    # --- inside

    def _expiration(self, request: OrderRequest, now_ns: int) -> tuple[int, float | None]:
        """Return what travels as the expiration, and after how long the order cannot be taken any more."""
        if request.time_in_force is not TimeInForce.GTD:
            return 0, None
        expiration_s = request.expires_at_s + GTD_MARGIN_S
        life_s = effective_life_s(expiration_s, now_ns // NS_PER_S)
        if life_s < MIN_LIFE_S:
            text = f"It would live {max(0, life_s)} s, the least is {MIN_LIFE_S} s: give it a later end."
            raise OrderRefused("EXPIRATION", text)
        return expiration_s, float(life_s + GTD_MARGIN_S)

    def _headers(self, request: RestRequest) -> dict[str, str]:
        headers = {"Content-Type": "application/json"} if request.body else {}
        if request.auth is Auth.L2:
            timestamp_s = self._venue_ns() // NS_PER_S
            headers |= l2_headers(self._account.credentials, self._signer, request, timestamp_s=timestamp_s)
        return headers

    def _venue_ns(self) -> int:
        """Return the venue's clock as well as we know it."""
        return self._clock.now_ns() - self._clock_ahead_ns

    async def _read_clock(self) -> None:
        """Measure how far our clock is off now and then: requests with a wrong time are refused."""
        now_ns = self._clock.mono_ns()
        if self._clock_read_ns is not None and now_ns - self._clock_read_ns < CLOCK_EVERY_NS:
            return
        asked_ns = self._clock.now_ns()
        moment_ms = await self._read(rest.time_request(), decode_time)
        # The venue tells whole seconds, at some moment of the way: what both may explain is no finding.
        self._certain_skew_ms = certain_skew_ms(asked_ns, self._clock.now_ns(), moment_ms * NS_PER_MS)
        self._clock_ahead_ns = round(self._certain_skew_ms * NS_PER_MS)
        self._clock_read_ns = now_ns

    async def _pages(
        self,
        request: Callable[[str], RestRequest],
        decode: Callable[[bytes], Page[Row]],
        key: Callable[[Row], str],
    ) -> list[Row]:
        """Return the rows of all pages, each once."""
        walk = CursorWalk()
        rows: dict[str, Row] = {}
        while walk.cursor is not None:
            page = await self._read(request(walk.cursor), decode)
            rows.update((key(row), row) for row in page.rows)
            try:
                walk.advance(page.next_cursor)
            except RemoteProtocolError as error:
                raise VenueError(str(error), venue=self.venue, code="UNREADABLE") from error
        return list(rows.values())

    async def _read(self, request: RestRequest, decode: Callable[[bytes], Answer]) -> Answer:
        return self._usable(request, await self._send(request), decode)

    async def _send(
        self, request: RestRequest, *, urgent: bool = False, session: HttpSession | None = None
    ) -> HttpAnswer:
        """Send anything but an order and return the answer, whatever its status.

        Raises:
            VenueUnreachable: Nothing was sent.
            OutcomeUnknown: No answer came.
        """
        began_ns = self._clock.mono_ns()
        result = await (session or self._clob).call(
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
                self._latency_ms = (self._clock.mono_ns() - began_ns) / NS_PER_MS
                return result

    def _usable(self, request: RestRequest, answer: HttpAnswer, decode: Callable[[bytes], Answer]) -> Answer:
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
        sentence = error_sentence(self._quotable(answer).body)
        words = safe_text(sentence) if sentence is not None else "no reason given"
        message = f"{what}: HTTP {answer.status}: {words}"
        if answer.status == 404:
            raise VenueRefused(message, venue=self.venue, code="NOT_FOUND")
        if answer.status in {400, 401, 403} and sentence is not None:
            raise VenueRefused(message, venue=self.venue, code="REFUSED")
        raise VenueError(message, venue=self.venue, code="UNAVAILABLE")

    def _quotable(self, answer: HttpAnswer) -> HttpAnswer:
        """Return an answer without our secrets, which a refusal may repeat: reasons are shown and kept.

        It is done before anything is cut out of it, since half a secret is not recognised.
        """
        body = self._redactor.redact_known(answer.body.decode("utf-8", "surrogateescape"))
        return replace(answer, body=body.encode("utf-8", "surrogateescape"))

    def _complaint(self, answer: HttpAnswer, decode: Callable[[bytes], object]) -> str:
        """Return why an answer cannot be read, which quotes its beginning."""
        try:
            decode(self._quotable(answer).body)
        except (RemoteProtocolError, ValueError) as error:
            return safe_text(str(error))
        return "an answer that cannot be read"


def _amounts(request: OrderRequest) -> OrderAmounts:
    """Return the two sides of an order as they are signed; what takes follows the rules of market orders.

    Raises:
        OrderRefused: The price or the size does not fit the venue, or a market order may rest.
    """
    if request.trigger_price is not None:
        raise OrderRefused("INTENT", "Polymarket has no stop orders: nothing was sent.")
    takes = request.time_in_force in TAKES
    if request.order_type is OrderType.MARKET and not takes:
        raise OrderRefused("TIME_IN_FORCE", "A market order cannot rest: make it IOC or FOK.")
    if not takes:
        return limit_amounts(request.side, request.price, request.size, FINEST_TICK)
    amount = request.size * request.price if request.side is Side.BUY else request.size
    return market_amounts(request.side, request.price, amount, FINEST_TICK)


def _place_outcome(answer: HttpAnswer, expected_id: str) -> PlaceOutcome:
    verdict = outcome.classify_place(
        outcome.HttpAnswer(answer.status, answer.body, answer.headers), expected_id
    )
    match verdict:
        case outcome.Exists(venue_order_id=venue_order_id, status=status):
            return Accepted(venue_order_id, status)
        case outcome.DefiniteFailure(code=code, reason=reason):
            return Refused(code, reason)
        case outcome.Unknown(code=code, reason=reason):
            return Unknown(reason, code)
