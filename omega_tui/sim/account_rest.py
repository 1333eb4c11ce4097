"""The venue's REST paths that need proof of who asks: keys, orders, trades, balances (sections 7 and 8)."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from aiohttp import web

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.account_answers import (
    BalanceRow,
    encode_balance,
)
from omega_tui.protocol.polymarket.amounts import from_units
from omega_tui.protocol.polymarket.auth import ApiCredentials, verify_l1_headers, verify_l2_headers
from omega_tui.protocol.polymarket.order_answers import (
    CancelAnswer,
    PlaceAnswer,
    encode_cancel_answer,
    encode_open_orders,
    encode_order,
    encode_place,
    encode_places,
)
from omega_tui.protocol.polymarket.paging import Page, cursor_of, offset_of
from omega_tui.protocol.polymarket.posting import (
    Posting,
    decode_cancel,
    decode_cancel_many,
    decode_cancel_market,
    decode_posting,
    decode_postings,
)
from omega_tui.protocol.polymarket.request import RestRequest
from omega_tui.protocol.polymarket.signing import CONTRACTS
from omega_tui.protocol.polymarket.trade_answers import encode_trades
from omega_tui.sim.accounts import CASH
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.identity import Keyring
from omega_tui.sim.intake import why_unreadable
from omega_tui.sim.public_rest import body_of, error
from omega_tui.sim.records import SECOND, OrderRecord, TradeRecord
from omega_tui.sim.rest_faults import reset
from omega_tui.sim.venue import CHAIN_ID, Venue
from omega_tui.sim.wording import INVALID_PAYLOAD, Denied

UNAUTHORIZED: Final = "Unauthorized/Invalid api key"
INVALID_L1: Final = "Invalid L1 Request headers"

STAMP_TOLERANCE_S: Final = 60
"""How far the time in a request's headers may be from the venue's."""

ALLOWANCE: Final = Decimal(10**15)
"""What every exchange contract may move: more than there is."""


class Caller(NamedTuple):
    """Who asks, proven."""

    address: str
    api_key: str
    body: bytes


Row = TypeVar("Row")

Handler = Callable[[web.Request, Caller], Awaitable[web.Response]]


class AccountRest:
    """Handlers for owners of API keys."""

    def __init__(  # noqa: PLR0913  (what the venue consists of)
        self,
        venue: Venue,
        keys: Keyring,
        plan: FaultPlan,
        *,
        now_ns: Callable[[], int],
        page_size: Callable[[], int],
        checks_time: bool,
    ) -> None:
        self._venue = venue
        self._keys = keys
        self._plan = plan
        self._now_ns = now_ns
        self._page_size = page_size
        self._checks_time = checks_time

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.post("/auth/api-key", self._create_key),
            web.get("/auth/derive-api-key", self._derive_key),
            web.get("/auth/api-keys", self.proven(self._api_keys)),
            web.delete("/auth/api-key", self.proven(self._delete_key)),
            web.get("/auth/ban-status/closed-only", self.proven(self._closed_only)),
            web.post("/order", self.proven(self._place)),
            web.post("/orders", self.proven(self._place_many)),
            web.delete("/order", self.proven(self._cancel)),
            web.delete("/orders", self.proven(self._cancel_many)),
            web.delete("/cancel-all", self.proven(self._cancel_all)),
            web.delete("/cancel-market-orders", self.proven(self._cancel_market)),
            web.get("/data/orders", self.proven(self._orders)),
            web.get("/data/pre-migration-orders", self.proven(self._no_orders)),
            web.get("/data/order/{order_id}", self.proven(self._order)),
            web.get("/data/trades", self.proven(self._trades)),
            web.get("/balance-allowance", self.proven(self._balance)),
            web.get("/balance-allowance/update", self.proven(self._balance)),
            web.get("/notifications", self.proven(self._notifications)),
            web.delete("/notifications", self.proven(self._notifications)),
            web.get("/order-scoring", self.proven(self._scoring)),
            web.post("/orders-scoring", self.proven(self._scoring_of_many)),
            web.post("/v1/heartbeats", self.proven(self._heartbeat)),
        ]

    # --- proof

    def proven(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return `handler` for those only whose L2 headers are right."""

        async def checked(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            found = self._keys.find(request.headers.get("POLY_API_KEY", ""))
            if found is None:
                return error(401, UNAUTHORIZED)
            address, credentials = found
            asked = RestRequest(request.method, request.path, body=body)
            try:
                stamp_s = verify_l2_headers(request.headers, credentials, address, asked)
            except RemoteProtocolError:
                return error(401, UNAUTHORIZED)
            if not self._is_recent(stamp_s):
                return error(401, UNAUTHORIZED)
            return await handler(request, Caller(address, credentials.api_key, body))

        return checked

    def _is_recent(self, stamp_s: int) -> bool:
        return not self._checks_time or abs(stamp_s - self._now_ns() // SECOND) <= STAMP_TOLERANCE_S

    async def _create_key(self, request: web.Request) -> web.Response:
        return self._key_answer(request, self._keys.create, "Could not create api key")

    async def _derive_key(self, request: web.Request) -> web.Response:
        return self._key_answer(request, self._keys.derive, "Could not derive api key!")

    def _key_answer(
        self, request: web.Request, find: Callable[[str, int], ApiCredentials | None], refusal: str
    ) -> web.Response:
        try:
            proof = verify_l1_headers(request.headers, chain_id=CHAIN_ID)
        except RemoteProtocolError:
            return error(401, INVALID_L1)
        if not self._is_recent(proof.timestamp_s):
            return error(401, INVALID_L1)
        credentials = find(proof.address, proof.nonce)
        if credentials is None:
            return error(400, refusal)
        return web.json_response(
            {
                "apiKey": credentials.api_key,
                "secret": credentials.secret.reveal(),
                "passphrase": credentials.passphrase.reveal(),
            }
        )

    async def _api_keys(self, _request: web.Request, caller: Caller) -> web.Response:
        return web.json_response({"apiKeys": self._keys.keys_of(caller.address)})

    async def _delete_key(self, _request: web.Request, caller: Caller) -> web.Response:
        self._keys.delete(caller.api_key)
        return web.json_response("OK")

    async def _closed_only(self, _request: web.Request, _caller: Caller) -> web.Response:
        return web.json_response({"closed_only": False})

    async def _notifications(self, request: web.Request, _caller: Caller) -> web.Response:
        return web.json_response([] if request.method == "GET" else "OK")

    async def _scoring(self, _request: web.Request, _caller: Caller) -> web.Response:
        return web.json_response({"scoring": False})

    async def _scoring_of_many(self, _request: web.Request, caller: Caller) -> web.Response:
        """Say of each order that it earns nothing: the venue pays no rewards."""
        try:
            return web.json_response(dict.fromkeys(decode_cancel_many(caller.body), False))
        except RemoteProtocolError:
            return error(400, INVALID_PAYLOAD)

    # --- orders

    async def _place(self, request: web.Request, caller: Caller) -> web.Response:
        try:
            posting = decode_posting(caller.body)
        except RemoteProtocolError:
            return error(400, why_unreadable(caller.body))
        late = self._plan.fires(FaultKind.LATE_ACCEPT, at_ns=self._venue.now_ns, path="POST /order")
        if late is not None:
            due_ns = self._venue.now_ns + int(late.seconds * SECOND)
            self._venue.at(due_ns, lambda _now_ns: self._place_late(posting, caller))
            reset(request)
            return error(503, "late")
        answer = self._venue.place(posting, caller.address, caller.api_key)
        if isinstance(answer, Denied):
            return error(answer.status, answer.words)
        return body_of(encode_place(answer))

    def _place_late(self, posting: Posting, caller: Caller) -> None:
        self._venue.place(posting, caller.address, caller.api_key)

    async def _place_many(self, _request: web.Request, caller: Caller) -> web.Response:
        try:
            postings = decode_postings(caller.body)
        except RemoteProtocolError:
            return error(400, why_unreadable(caller.body))
        answers = []
        for posting in postings:
            answer = self._venue.place(posting, caller.address, caller.api_key)
            if isinstance(answer, Denied):
                answer = PlaceAnswer(success=False, error_message=answer.words, order_id=answer.order_id)
            answers.append(answer)
        return body_of(encode_places(answers))

    async def _cancel(self, _request: web.Request, caller: Caller) -> web.Response:
        return self._canceled(
            caller, lambda: self._venue.cancel(caller.address, [decode_cancel(caller.body)])
        )

    async def _cancel_many(self, _request: web.Request, caller: Caller) -> web.Response:
        return self._canceled(
            caller, lambda: self._venue.cancel(caller.address, decode_cancel_many(caller.body))
        )

    async def _cancel_all(self, _request: web.Request, caller: Caller) -> web.Response:
        return self._canceled(caller, lambda: self._venue.cancel_all(caller.address))

    async def _cancel_market(self, _request: web.Request, caller: Caller) -> web.Response:
        def cancel() -> CancelAnswer:
            market_id, token_id = decode_cancel_market(caller.body or b"{}")
            return self._venue.cancel_all(caller.address, market_id=market_id, token_id=token_id)

        return self._canceled(caller, cancel)

    def _canceled(self, _caller: Caller, cancel: Callable[[], CancelAnswer]) -> web.Response:
        try:
            return body_of(encode_cancel_answer(cancel()))
        except RemoteProtocolError:
            return error(400, INVALID_PAYLOAD)

    async def _heartbeat(self, request: web.Request, caller: Caller) -> web.Response:
        try:
            body = await request.json()
        except ValueError:
            return error(400, "Invalid payload")
        last_id = body.get("heartbeat_id") if isinstance(body, dict) else None
        answer = self._venue.heartbeat(caller.address, str(last_id or ""))
        if isinstance(answer, Denied):
            return error(answer.status, answer.words)
        return web.json_response({"heartbeat_id": answer})

    # --- lists

    async def _orders(self, request: web.Request, caller: Caller) -> web.Response:
        query = request.query
        rows = [
            record
            for record in self._venue.clearing.open_orders(caller.address)
            if query.get("market") in {None, "", record.market_id}
            and query.get("asset_id") in {None, "", record.token_id}
            and query.get("id") in {None, "", record.order_id}
            and not self._is_hidden(record)
        ]
        page = self._cut(request, rows)
        if page is None:
            return error(400, "next item should be greater than or equal to 0")
        chosen, cursor = page
        return body_of(encode_open_orders(Page(tuple(record.row() for record in chosen), cursor)))

    async def _no_orders(self, _request: web.Request, _caller: Caller) -> web.Response:
        return body_of(encode_open_orders(Page((), cursor_of(0, 0))))

    async def _order(self, request: web.Request, caller: Caller) -> web.Response:
        record = self._venue.clearing.orders.get(request.match_info["order_id"])
        if record is None or record.account != caller.address or self._is_hidden(record):
            return body_of("null")
        return body_of(encode_order(record.row()))

    def _is_hidden(self, record: OrderRecord) -> bool:
        """Whether a stale read leaves this order out."""
        stale = self._plan.standing(FaultKind.STALE_READ)
        return stale is not None and self._venue.now_ns - record.created_ns < stale.seconds * SECOND

    async def _trades(self, request: web.Request, caller: Caller) -> web.Response:
        query = request.query
        try:
            before, after = int(query.get("before") or 10**12), int(query.get("after") or 0)
        except ValueError:
            return error(400, "invalid time range")
        rows = [
            trade
            for trade in self._venue.clearing.trades_of(caller.address)
            if query.get("id") in {None, "", trade.trade_id}
            and query.get("market") in {None, "", trade.market_id}
            and query.get("asset_id") in {None, "", *_tokens_of(trade, caller.address)}
            and after <= trade.matched_ns // SECOND <= before
        ]
        page = self._cut(request, rows)
        if page is None:
            return error(400, "next item should be greater than or equal to 0")
        chosen, cursor = page
        return body_of(encode_trades(Page(tuple(trade.row(caller.address) for trade in chosen), cursor)))

    def _cut(self, request: web.Request, rows: list[Row]) -> tuple[list[Row], str] | None:
        """Return the page that the cursor asks for with the cursor of the next; None for a bad cursor."""
        try:
            offset = offset_of(request.query.get("next_cursor", ""))
        except RemoteProtocolError:
            return None
        size = self._page_size()
        return rows[offset : offset + size], cursor_of(offset + size, len(rows))

    async def _balance(self, request: web.Request, caller: Caller) -> web.Response:
        conditional = request.query.get("asset_type", "COLLATERAL").upper() == "CONDITIONAL"
        asset = request.query.get("token_id", "") if conditional else CASH
        held = self._venue.clearing.ledger[caller.address].total(asset)
        contracts = dict.fromkeys(CONTRACTS[CHAIN_ID].values(), ALLOWANCE)
        return body_of(encode_balance(BalanceRow(from_units(max(0, held)), contracts)))


def _tokens_of(trade: TradeRecord, account: str) -> set[str]:
    """Return the header's token and those that `account` itself traded."""
    own = {party.token_id for party in (trade.taker, *trade.makers) if party.account == account}
    return own | {trade.taker.token_id}
