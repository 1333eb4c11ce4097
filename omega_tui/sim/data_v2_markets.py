"""What the Data API's second contract tells of markets: their holders, prices, tokens and ends."""

from decimal import Decimal
from typing import Final

from aiohttp import web

from omega_tui.sim.data_v2_answers import Row, digits, envelope, page, whole, words
from omega_tui.sim.gamma_rows import event_number, event_slug, neg_risk_id, question_id
from omega_tui.sim.market import Market
from omega_tui.sim.portfolio import NOTHING, Portfolio
from omega_tui.sim.public_rest import INTERVALS_S, price_rows
from omega_tui.sim.records import SECOND
from omega_tui.sim.venue import Venue

MINUTE_S: Final = 60


class MarketsV2:
    """Handlers for who knows a market or a token."""

    def __init__(self, venue: Venue, books: Portfolio) -> None:
        self._venue = venue
        self._books = books

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/v2/holders", self._holders),
            web.get("/v2/oi", self._open_interest),
            web.get("/v2/live-volume", self._live_volume),
            web.get("/v2/prices-history", self._prices_history),
            web.get("/v2/tokens", self._tokens),
            web.get("/v2/resolutions", self._resolutions),
        ]

    async def _holders(self, request: web.Request) -> web.Response:
        least = Decimal(digits(request.query.get("min_balance"), "0"))
        rows: list[Row] = [
            {
                "token_id": token,
                "holders": [
                    {
                        "proxy_wallet": account,
                        "token_id": token,
                        "amount": amount,
                        "outcome_index": outcome,
                        "display_username_public": False,
                        "verified": False,
                    }
                    for account, amount in self._books.holders(token)
                    if amount >= least
                ],
            }
            for market in self._named_markets(request)
            for outcome, token in enumerate(market.tokens)
        ]
        return page(request, rows)

    async def _open_interest(self, request: web.Request) -> web.Response:
        values = [
            (market.market_id, self._books.outstanding(market)) for market in self._named_markets(request)
        ]
        if "condition_id" not in request.query:
            values = [("GLOBAL", sum((value for _, value in values), NOTHING))]
        return envelope([{"condition_id": name, "value": value} for name, value in values])

    async def _live_volume(self, request: web.Request) -> web.Response:
        wanted = words(request, "event_id")
        rows = [
            (market.market_id, Decimal(market.volume) / 1_000_000)
            for market in self._venue.markets.values()
            if str(event_number(market)) in wanted
        ]
        return envelope(
            {
                "taker_volume_total": sum((volume for _, volume in rows), NOTHING),
                "conditions": [{"condition_id": name, "taker_volume": volume} for name, volume in rows],
            }
        )

    async def _prices_history(self, request: web.Request) -> web.Response:
        query, now_s = request.query, self._venue.now_ns // SECOND
        found = self._venue.find_any(query.get("token_id", ""))
        if found is None:
            return page(request, [])
        end_s = whole(query.get("as_of") or query.get("end"), now_s)
        span_s = INTERVALS_S.get(query.get("interval", "max"), end_s)
        start_s = whole(query.get("start"), end_s - span_s)
        step_s = max(MINUTE_S, whole(query.get("bucket_seconds"), MINUTE_S))
        points = price_rows(*found, start_s=start_s, end_s=end_s, step_s=step_s)
        if "as_of" in query:
            points = points[-1:]
        rows = [
            {"timestamp": at_s, "price": Decimal(price), "resolution_seconds": step_s}
            for at_s, price in points
        ]
        return page(request, rows)

    async def _tokens(self, request: web.Request) -> web.Response:
        tokens, conditions = words(request, "token_id"), words(request, "condition")
        return envelope(
            [
                _token_row(market, outcome)
                for market in self._venue.markets.values()
                for outcome in (0, 1)
                if market.tokens[outcome] in tokens or market.market_id in conditions
            ]
        )

    async def _resolutions(self, request: web.Request) -> web.Response:
        events, question = words(request, "event_id"), request.query.get("question_id", "")
        chosen = [
            market
            for market in self._named_markets(request)
            if (not events or str(event_number(market)) in events) and question in {"", question_id(market)}
        ]
        return envelope([_resolution_row(market, self._venue.now_ns) for market in chosen])

    def _named_markets(self, request: web.Request) -> list[Market]:
        """Return the markets of `condition_id`, all without it."""
        wanted = words(request, "condition_id")
        return [each for each in self._venue.markets.values() if not wanted or each.market_id in wanted]


def _token_row(market: Market, outcome: int) -> Row:
    spec = market.spec
    return {
        "token_id": market.tokens[outcome],
        "condition_id": market.market_id,
        "structural_condition_id": market.market_id,
        "module": "v1_ctf",
        "outcome_index": outcome,
        "clob_index": outcome,
        "outcome": spec.outcomes[outcome],
        "opposite_token_id": market.tokens[1 - outcome],
        "resolved": not market.is_open,
        "final_price": None if market.is_open else int(outcome == spec.winner),
        "title": spec.title,
        "market_slug": market.slug,
        "closed": not market.is_open,
        "neg_risk": spec.neg_risk,
        "neg_risk_market_id": neg_risk_id(market) or None,
        "question_index": None,
        "event_id": event_number(market),
        "event_slug": event_slug(market),
    }


def _resolution_row(market: Market, now_ns: int) -> Row:
    row: Row = {
        "question_id": question_id(market),
        "condition_id": market.market_id,
        "status": "posed" if market.is_open else "resolved",
        "extended_review": False,
        "was_disputed": False,
        "new_version_q": False,
        "last_update_timestamp": now_ns // SECOND,
    }
    if not market.is_open and market.resolves_ns is not None:
        ended_s = market.resolves_ns // SECOND
        won = [1_000_000 * int(outcome == market.spec.winner) for outcome in (0, 1)]
        row |= {"last_update_timestamp": ended_s, "resolved_at": ended_s, "payouts": won}
    return row
