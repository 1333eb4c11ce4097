"""The venue's REST paths that everybody may ask: books, prices, markets (fact sheet, section 7)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from aiohttp import web

from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.fact_answers import ClobMarket, encode_clob_market, encode_tick_size
from omega_tui.protocol.polymarket.market_answers import (
    MarketRow,
    OutcomeToken,
    encode_market,
    encode_markets,
)
from omega_tui.protocol.polymarket.paging import Page, cursor_of, offset_of
from omega_tui.protocol.polymarket.server import rest_book
from omega_tui.sim.market import Market
from omega_tui.sim.public_book import MIN_ORDER_SHARES
from omega_tui.sim.units import ONE_PRICE, price_decimal, price_text
from omega_tui.sim.venue import Venue

NO_BOOK: Final = "No orderbook exists for the requested token id"

MAX_BOOKS: Final = 500
"""Tokens in one `POST /books` (byte-limited near that at the venue)."""

JSON: Final = "application/json"

INTERVALS_S: Final = {"1h": 3_600, "6h": 21_600, "1d": 86_400, "1w": 604_800, "1m": 2_592_000}
"""How far back the named spans of the price's history reach; `max` and `all` are everything."""


def error(status: int, words: str) -> web.Response:
    """Return an error as the venue words it."""
    return web.json_response({"error": words}, status=status)


def body_of(encoded: bytes | str) -> web.Response:
    """Return an answer whose JSON is made already."""
    data = encoded.encode() if isinstance(encoded, str) else encoded
    return web.Response(body=data, content_type=JSON)


class PublicRest:
    """Handlers for everybody. They answer from the venue as it is now."""

    def __init__(self, venue: Venue, *, now_ns: Callable[[], int], page_size: Callable[[], int]) -> None:
        self._venue = venue
        self._now_ns = now_ns
        self._page_size = page_size

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/", self._ok),
            web.get("/ok", self._ok),
            web.get("/time", self._time),
            web.get("/version", self._version),
            web.get("/book", self._book),
            web.post("/books", self._books),
            web.get("/midpoint", self._midpoint),
            web.post("/midpoints", self._midpoints),
            web.get("/price", self._price),
            web.post("/prices", self._prices),
            web.get("/spread", self._spread),
            web.post("/spreads", self._spreads),
            web.get("/last-trade-price", self._last_trade_price),
            web.post("/last-trades-prices", self._last_trades_prices),
            web.get("/tick-size", self._tick_size),
            web.get("/neg-risk", self._neg_risk),
            web.get("/fee-rate", self._fee_rate),
            web.get("/prices-history", self._prices_history),
            web.get("/markets", self._markets),
            web.get("/simplified-markets", self._markets),
            web.get("/sampling-markets", self._sampling_markets),
            web.get("/sampling-simplified-markets", self._sampling_markets),
            web.get("/markets/{condition_id}", self._market),
            web.get("/clob-markets/{condition_id}", self._clob_market),
            web.get("/markets-by-token/{token_id}", self._market_by_token),
            web.get("/fees/builder-fees/{code}", self._builder_fees),
        ]

    # --- about itself

    async def _ok(self, _request: web.Request) -> web.Response:
        return web.json_response("OK")

    async def _time(self, _request: web.Request) -> web.Response:
        return web.json_response(self._now_ns() // 1_000_000_000)

    async def _version(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": 2})

    async def _builder_fees(self, _request: web.Request) -> web.Response:
        return web.json_response({"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0})

    # --- books and prices

    async def _book(self, request: web.Request) -> web.Response:
        found = self._venue.find(request.query.get("token_id", ""))
        return error(404, NO_BOOK) if found is None else body_of(rest_book(found[0].book_fields(found[1])))

    async def _books(self, request: web.Request) -> web.Response:
        wanted = await _items(request)
        if wanted is None or len(wanted) > MAX_BOOKS:
            return error(400, "Invalid payload")
        found = [self._venue.find(str(item.get("token_id", ""))) for item in wanted]
        books = ",".join(rest_book(each[0].book_fields(each[1])) for each in found if each is not None)
        return body_of(f"[{books}]")

    async def _midpoint(self, request: web.Request) -> web.Response:
        return self._of_token(request, lambda market, outcome: {"mid": midpoint_text(market, outcome)})

    async def _midpoints(self, request: web.Request) -> web.Response:
        return await self._of_tokens(request, lambda market, outcome, _: midpoint_text(market, outcome))

    async def _price(self, request: web.Request) -> web.Response:
        side = request.query.get("side", "").upper()
        if side not in Side.__members__:
            return error(400, "Invalid side")
        return self._of_token(request, lambda market, outcome: {"price": _price(market, outcome, side)})

    async def _prices(self, request: web.Request) -> web.Response:
        return await self._of_tokens(
            request, lambda market, outcome, side: {side: _price(market, outcome, side)} if side else {}
        )

    async def _spread(self, request: web.Request) -> web.Response:
        return self._of_token(request, lambda market, outcome: {"spread": _spread(market, outcome)})

    async def _spreads(self, request: web.Request) -> web.Response:
        return await self._of_tokens(request, lambda market, outcome, _: _spread(market, outcome))

    async def _last_trade_price(self, request: web.Request) -> web.Response:
        return self._of_token(request, lambda market, _: _last(market))

    async def _last_trades_prices(self, request: web.Request) -> web.Response:
        wanted = await _items(request)
        if wanted is None:
            return error(400, "Invalid payload")
        rows = []
        for item in wanted:
            token_id = str(item.get("token_id", ""))
            found = self._venue.find(token_id)
            if found is not None:
                rows.append({"token_id": token_id, **_last(found[0])})
        return web.json_response(rows)

    async def _tick_size(self, request: web.Request) -> web.Response:
        found = self._venue.find(request.query.get("token_id", ""))
        return (
            error(404, NO_BOOK) if found is None else body_of(encode_tick_size(Decimal(found[0].tick_text)))
        )

    async def _neg_risk(self, request: web.Request) -> web.Response:
        return self._of_token(request, lambda market, _: {"neg_risk": market.spec.neg_risk})

    async def _fee_rate(self, request: web.Request) -> web.Response:
        return self._of_token(request, lambda market, _: {"base_fee": market.spec.fees.rate_bps})

    async def _prices_history(self, request: web.Request) -> web.Response:
        found = self._venue.find_any(request.query.get("market", ""))
        if found is None:
            return web.json_response({"history": []})
        market, outcome = found
        try:
            end_s = int(request.query.get("endTs", str(self._now_ns() // 1_000_000_000)))
            span_s = INTERVALS_S.get(request.query.get("interval", "max"), end_s)
            start_s = int(request.query.get("startTs", str(end_s - span_s)))
            step_s = 60 * max(1, int(request.query.get("fidelity", "1")))
        except ValueError:
            return error(400, "invalid time range")
        rows = price_rows(market, outcome, start_s=start_s, end_s=end_s, step_s=step_s)
        history = ",".join(f'{{"t":{at_s},"p":{price}}}' for at_s, price in rows)
        return body_of(f'{{"history":[{history}]}}')

    # --- markets

    async def _markets(self, request: web.Request) -> web.Response:
        return self._page(request, list(self._venue.markets.values()))

    async def _sampling_markets(self, request: web.Request) -> web.Response:
        return self._page(request, [market for market in self._venue.markets.values() if market.is_open])

    async def _market(self, request: web.Request) -> web.Response:
        market = self._venue.markets.get(request.match_info["condition_id"])
        return (
            error(404, "market not found") if market is None else body_of(encode_market(market_row(market)))
        )

    async def _clob_market(self, request: web.Request) -> web.Response:
        market = self._venue.markets.get(request.match_info["condition_id"])
        if market is None:
            return error(404, "market not found")
        row = market_row(market)
        fees = market.spec.fees
        return body_of(
            encode_clob_market(
                ClobMarket(
                    tokens=row.tokens,
                    tick_size=Decimal(market.tick_text),
                    min_order_size=Decimal(MIN_ORDER_SHARES),
                    neg_risk=market.spec.neg_risk,
                    fee_rate=Decimal(fees.rate_bps) / 10_000,
                    fee_exponent=Decimal(fees.exponent if fees.rate_bps else 0),
                )
            )
        )

    async def _market_by_token(self, request: web.Request) -> web.Response:
        found = self._venue.find_any(request.match_info["token_id"])
        if found is None:
            return error(404, "market not found")
        market = found[0]
        return web.json_response(
            {
                "condition_id": market.market_id,
                "primary_token_id": market.tokens[0],
                "secondary_token_id": market.tokens[1],
            }
        )

    # --- shapes

    def _page(self, request: web.Request, markets: list[Market]) -> web.Response:
        try:
            offset = offset_of(request.query.get("next_cursor", ""))
        except RemoteProtocolError:
            return error(400, "next item should be greater than or equal to 0")
        size = self._page_size()
        rows = tuple(market_row(market) for market in markets[offset : offset + size])
        return body_of(encode_markets(Page(rows, cursor_of(offset + size, len(markets)))))

    def _of_token(
        self, request: web.Request, answer: Callable[[Market, int], dict[str, object]]
    ) -> web.Response:
        found = self._venue.find(request.query.get("token_id", ""))
        return error(404, NO_BOOK) if found is None else web.json_response(answer(*found))

    async def _of_tokens(
        self, request: web.Request, answer: Callable[[Market, int, str], object]
    ) -> web.Response:
        wanted = await _items(request)
        if wanted is None:
            return error(400, "Invalid payload")
        rows: dict[str, object] = {}
        for item in wanted:
            token_id, side = str(item.get("token_id", "")), str(item.get("side", "")).upper()
            found = self._venue.find(token_id)
            if found is None:
                continue
            value = answer(*found, side)
            earlier = rows.get(token_id)
            rows[token_id] = (
                {**earlier, **value} if isinstance(earlier, dict) and isinstance(value, dict) else value
            )
        return web.json_response(rows)


def price_rows(
    market: Market, outcome: int, *, start_s: int, end_s: int, step_s: int
) -> list[tuple[int, str]]:
    """Return (seconds, price of that outcome) between two times: the first of every step, oldest first."""
    rows: dict[int, tuple[int, str]] = {}
    for at_s, price in market.history:
        if start_s <= at_s <= end_s:
            own = price if outcome == 0 else ONE_PRICE - price
            rows.setdefault(at_s // step_s, (at_s, price_text(own)))
    return list(rows.values())


def market_row(market: Market) -> MarketRow:
    """Return a market as the venue lists it."""
    spec = market.spec
    tokens = tuple(
        OutcomeToken(
            token_id,
            spec.outcomes[outcome],
            Decimal(midpoint_text(market, outcome)) if market.is_open else Decimal(outcome == spec.winner),
            winner=not market.is_open and outcome == spec.winner,
        )
        for outcome, token_id in enumerate(market.tokens)
    )
    return MarketRow(
        condition_id=market.market_id,
        question=spec.title,
        slug=market.slug,
        tokens=tokens,
        tick_size=Decimal(market.tick_text),
        min_order_size=Decimal(MIN_ORDER_SHARES),
        neg_risk=spec.neg_risk,
        active=True,
        closed=not market.is_open,
        accepting_orders=market.is_open,
        end_ms=0 if market.resolves_ns is None else market.resolves_ns // 1_000_000,
        taker_fee_bps=Decimal(spec.fees.rate_bps),
        tags=(spec.group,) if spec.group else (),
    )


async def _items(request: web.Request) -> list[dict[str, object]] | None:
    """Return the objects of an array body, None for anything else."""
    try:
        body = await request.json()
    except ValueError:
        return None
    if isinstance(body, list) and all(isinstance(item, dict) for item in body):
        return body
    return None


def midpoint_text(market: Market, outcome: int) -> str:
    """Return the middle of the touch; an empty side counts as 0 or 1."""
    bid, ask = market.best(outcome)
    both = (0 if bid is None else bid) + (ONE_PRICE if ask is None else ask)
    return f"{(price_decimal(both) / 2).normalize():f}"


def _price(market: Market, outcome: int, side: str) -> str:
    """Return the best price of one side of the book: BUY is the bid."""
    bid, ask = market.best(outcome)
    if side == Side.BUY:
        return price_text(bid or 0)
    return price_text(ONE_PRICE if ask is None else ask)


def _spread(market: Market, outcome: int) -> str:
    bid, ask = market.best(outcome)
    return price_text((ONE_PRICE if ask is None else ask) - (bid or 0))


def _last(market: Market) -> dict[str, object]:
    return {"price": price_text(market.last_trade), "side": market.last_trade_side.value}
