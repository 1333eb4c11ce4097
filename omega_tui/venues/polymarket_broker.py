"""Orders and account questions at Polymarket's CLOB, or at the embedded exchange, which speaks its wire.

The id of an order is known before it is sent, and the bytes that are sent are those that were written down.
An order is sent once; what an answer proves is decided in `protocol.polymarket.outcome`.
"""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Final

from omega_tui.clock import Clock
from omega_tui.domain.account import Balance
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import TAKES_ONLY, OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.domain.venue_health import VenueHealth
from omega_tui.errors import (
    OrderRefused,
    OutcomeUnknown,
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
    order_amounts,
)
from omega_tui.protocol.polymarket.fact_answers import (
    decode_neg_risk,
)
from omega_tui.protocol.polymarket.order_answers import decode_cancel_answer, decode_open_orders, decode_order
from omega_tui.protocol.polymarket.posting import Posting
from omega_tui.protocol.polymarket.refusals import Code
from omega_tui.protocol.polymarket.request import RestRequest
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
from omega_tui.text import safe_text
from omega_tui.units import NS_PER_MS, NS_PER_S
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
from omega_tui.venues.http import HttpLimits, HttpSession
from omega_tui.venues.http_answers import HttpAnswer, NoAnswer, NotSent
from omega_tui.venues.polymarket_heartbeat import DEAD_MAN, Heartbeat
from omega_tui.venues.polymarket_rest import ClobClient, PolymarketAccount

COLLATERAL: Final = "pUSD"


FINEST_TICK: Final = Decimal("0.0001")
"""Amounts are computed on the finest tick of the venue: the gate has checked the instrument's own."""


MIN_LIFE_S: Final = 5
"""A GTD order that would live shorter at the venue is refused (fault model, C8)."""

OWNER_MARK: Final = "@owner"
"""Stands for the API key in the bytes that are written down; it is a credential and not part of the order."""


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
        self._clock = clock
        self._rng = rng
        self._order_deadline_s = order_deadline_s
        self._client = ClobClient(
            account,
            venue=venue,
            clob=HttpSession(rest_url, rng=rng, limits=limits, has_orders=True),
            data_api=HttpSession(data_url, rng=rng, limits=limits),
            clock=clock,
        )
        self._exchanges: dict[str, Exchange] = {}
        self._reserved = ZERO
        self._heartbeat = Heartbeat(dead_man)

    # --- sessions

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        await self._client.close()

    # --- orders

    async def warm(self, instrument: str) -> None:
        if instrument not in self._exchanges:
            neg_risk = await self._client.read(rest.neg_risk_request(instrument), decode_neg_risk)
            self._exchanges[instrument] = Exchange.of_market(neg_risk=neg_risk)

    async def prepare(self, request: OrderRequest) -> PreparedOrder:
        try:
            await self.warm(request.instrument)
        except VenueError as error:
            text = f"The venue does not say which contract settles this market: {error}. Try again."
            code = "NOT_SENT" if isinstance(error, VenueUnreachable) else "INSTRUMENT"
            raise OrderRefused(code, text) from error
        key = self._client.key
        assert key is not None, "called while open"
        amounts = _amounts(request)
        now_ns = self._client.venue_ns()
        expires_at_s, bound_s = self._expiration(request, now_ns)
        own_wallet = self._account.signature_type is SignatureType.DEPOSIT_WALLET
        order = OrderStruct(
            salt=self._rng.randint(1, MAX_SALT),
            maker=self._client.maker,
            signer=self._client.maker if own_wallet else self._client.signer,
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
            signature=sign_order(order, domain, key),
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
        result = await self._client.post_order(body, deadline_s=self._order_deadline_s)
        match result:
            case NotSent(reason=reason):
                return Refused(Code.NOT_SENT, f"nothing was sent: {reason}")
            case NoAnswer(reason=reason):
                return Unknown(reason)
            case HttpAnswer():
                return _place_outcome(result, prepared.expected_venue_order_id)

    async def cancel(self, venue_order_ids: Sequence[str]) -> CancelOutcome:
        if len(venue_order_ids) == 1:
            request = rest.cancel_request(venue_order_ids[0])
        else:
            request = rest.cancel_many_request(venue_order_ids)
        answer = self._client.quotable(await self._client.send(request, urgent=True))
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
        answer = self._client.usable(
            request, await self._client.send(request, urgent=True), decode_cancel_answer
        )
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
            return await self._client.send(request, urgent=True)

        return await self._heartbeat.feed(send, self._client.usable)

    async def release_dead_man(self) -> None:
        """Forget the last heartbeat: without further ones the venue cancels what is left."""
        self._heartbeat.forget()

    # --- how the venue answers

    def health(self) -> VenueHealth:
        """Return how the venue answers, as of now."""
        now_ns, rest_s = self._clock.now_ns(), self._client.pauses_s
        return VenueHealth(
            venue=self.venue,
            latency_ms=self._client.latency_ms,
            clock_skew_ms=self._client.certain_skew_ms,
            rate_used=self._client.budget_used,
            rests_until_ns=now_ns + round(rest_s * NS_PER_S) if rest_s else 0,
            rests_reason="the venue asked for less" if rest_s else "",
            ts_ns=now_ns,
        )

    async def look_after(self) -> None:
        """Keep a connection open for orders, and measure the clock if that is due. Never raises."""
        await self._client.warm()
        with suppress(VenueError):
            await self._client.read_clock()

    # --- questions

    async def fetch_open_orders(self) -> list[OrderReported]:
        await self._client.read_clock()
        rows = await self._client.pages(
            lambda cursor: rest.open_orders_request(cursor=cursor),
            decode_open_orders,
            lambda row: row.order_id,
        )
        buying = [row for row in rows if row.side is Side.BUY]
        self._reserved = sum(((row.original_size - row.size_matched) * row.price for row in buying), ZERO)
        return [order_report(row, self.venue) for row in rows]

    async def fetch_order(self, venue_order_id: str) -> OrderReported | None:
        try:
            row = await self._client.read(rest.order_request(venue_order_id), decode_order)
        except VenueRefused as error:
            if error.code == "NOT_FOUND":
                return None
            raise
        return None if row is None else order_report(row, self.venue)

    async def fetch_fills(self, *, since_s: int) -> list[FillReported]:
        rows = await self._client.pages(
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
        row = await self._client.read(request, decode_balance)
        available = max(ZERO, row.balance - self._reserved)
        return [Balance(self.venue, COLLATERAL, row.balance, available, row.largest_allowance)]

    async def fetch_positions(self) -> list[VenuePosition]:
        request = rest.positions_request(self._client.maker)
        answer = await self._client.send(request, of_data_api=True)
        page = self._client.usable(request, answer, decode_positions)
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


def _amounts(request: OrderRequest) -> OrderAmounts:
    """Return the two sides of an order as they are signed; what takes follows the rules of market orders.

    Raises:
        OrderRefused: The price or the size does not fit the venue, or a market order may rest.
    """
    if request.trigger_price is not None:
        raise OrderRefused("INTENT", "Polymarket has no stop orders: nothing was sent.")
    if request.order_type is OrderType.MARKET and request.time_in_force not in TAKES_ONLY:
        raise OrderRefused("TIME_IN_FORCE", "A market order cannot rest: make it IOC or FOK.")
    return order_amounts(request.side, request.price, request.size, FINEST_TICK, request.time_in_force)


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
