"""The Data API's first contract, public by address: positions, their value, trades, activity.

Lists are bare arrays, paged by `limit` and `offset`; names are in camel case, numbers are numbers.
"""

from typing import Final, TypeVar

import msgspec
from aiohttp import web

from omega_tui.protocol.polymarket.account_answers import PositionRow, encode_positions
from omega_tui.sim.gamma_rows import event_slug
from omega_tui.sim.portfolio import NOTHING, Held, Portfolio, Traded
from omega_tui.sim.public_rest import body_of
from omega_tui.sim.venue import Venue

NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 500
"""Rows on a page."""

Row = dict[str, object]
Rows = TypeVar("Rows")


class DataApi:
    """Handlers for who knows an address."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._books = Portfolio(venue)

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/positions", self._positions),
            web.get("/value", self._value),
            web.get("/trades", self._trades),
            web.get("/activity", self._activity),
            web.get("/markets/live-activity/{condition_id}", self._live_activity),
            web.get("/live-activity/events/{condition_id}", self._live_activity),
        ]

    async def _positions(self, request: web.Request) -> web.Response:
        rows = [_position_row(held) for held in self._held(request)]
        return body_of(encode_positions(_cut(request, rows)))

    async def _value(self, request: web.Request) -> web.Response:
        value = sum((held.shares * held.current_price for held in self._held(request)), NOTHING)
        return body_of(NUMBERS.encode([{"user": request.query.get("user", ""), "value": value}]))

    async def _trades(self, request: web.Request) -> web.Response:
        rows = [_trade_row(each) for each in self._chosen(request) if each.takes or not _takers_only(request)]
        return body_of(NUMBERS.encode(_cut(request, rows)))

    async def _activity(self, request: web.Request) -> web.Response:
        rows = [
            {**_trade_row(each), "type": "TRADE", "usdcSize": each.money} for each in self._chosen(request)
        ]
        kinds = {word.upper() for text in request.query.getall("type", []) for word in text.split(",")}
        return body_of(NUMBERS.encode(_cut(request, rows if not kinds or "TRADE" in kinds else [])))

    async def _live_activity(self, request: web.Request) -> web.Response:
        """Return the last trades of a market; the order book's interface has them."""
        market = self._venue.markets.get(request.match_info["condition_id"])
        rows = self._books.prints(() if market is None else (market,))
        return body_of(NUMBERS.encode([_live_row(each) for each in rows[:DEFAULT_LIMIT]]))

    def _held(self, request: web.Request) -> list[Held]:
        markets = _markets(request)
        return [
            held
            for held in self._books.held(self._books.account(request.query.get("user", "")))
            if held.shares > 0 and (not markets or held.market.market_id in markets)
        ]

    def _chosen(self, request: web.Request) -> list[Traded]:
        """Return the trades of a user, or everybody's as the takers traded, that the query leaves."""
        query, markets = request.query, _markets(request)
        user, side = query.get("user", ""), query.get("side", "").upper()
        rows = (
            self._books.trades(self._books.account(user))
            if user
            else self._books.prints(self._venue.markets.values())
        )
        return [
            each
            for each in rows
            if (not markets or each.market.market_id in markets) and side in {"", each.party.side.value}
        ]


def _position_row(held: Held) -> PositionRow:
    market = held.market
    return PositionRow(
        wallet=held.account,
        condition_id=market.market_id,
        token_id=held.token_id,
        outcome=market.spec.outcomes[held.outcome],
        title=market.spec.title,
        size=held.shares,
        average_price=held.average_price,
        current_price=held.current_price,
        realized_pnl=held.position.realized_pnl,
        opposite_token_id=market.tokens[1 - held.outcome],
        neg_risk=market.spec.neg_risk,
    )


def _trade_row(each: Traded) -> Row:
    market, party = each.market, each.party
    return {
        "proxyWallet": party.account or party.maker,
        "side": party.side.value,
        "asset": party.token_id,
        "conditionId": market.market_id,
        "size": each.size,
        "price": each.price,
        "timestamp": each.at_s,
        "title": market.spec.title,
        "slug": market.slug,
        "eventSlug": event_slug(market),
        "outcome": party.outcome_name,
        "outcomeIndex": party.outcome,
        "transactionHash": each.transaction_hash,
    }


def _live_row(each: Traded) -> Row:
    market, party = each.market, each.party
    return {
        "event_type": "trade",
        "market": {
            "condition_id": market.market_id,
            "asset_id": party.token_id,
            "question": market.spec.title,
            "icon": "",
            "slug": market.slug,
        },
        "user": {
            "address": party.account or party.maker,
            "username": "",
            "profile_picture": "",
            "optimized_profile_picture": "",
            "pseudonym": "",
        },
        "side": party.side.value,
        "size": f"{each.size:f}",
        "fee_rate_bps": f"{market.spec.fees.rate_bps}",
        "price": f"{each.price:f}",
        "outcome": party.outcome_name,
        "outcome_index": party.outcome,
        "transaction_hash": each.transaction_hash,
        "timestamp": f"{each.at_s}",
    }


def _takers_only(request: web.Request) -> bool:
    """Whether what a user did as a maker is left out."""
    return request.query.get("takerOnly", "false").lower() == "true"


def _markets(request: web.Request) -> set[str]:
    return {word for text in request.query.getall("market", []) for word in text.split(",") if word}


def _cut(request: web.Request, rows: list[Rows]) -> list[Rows]:
    offset, limit = _whole(request, "offset", 0), _whole(request, "limit", DEFAULT_LIMIT)
    return rows[offset : offset + min(limit, MAX_LIMIT)]


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
