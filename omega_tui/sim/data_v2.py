"""The Data API's second contract, of September 2026: everything in an envelope, lists in pages with a cursor.

Names are in snake case, amounts are numbers, times are seconds. The shapes are those that the official client
0.14 reads.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from aiohttp import web

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.paging import END_CURSOR, cursor_of, offset_of
from omega_tui.sim.gamma_rows import event_number, event_slug, neg_risk_id, question_id
from omega_tui.sim.market import Market
from omega_tui.sim.portfolio import NOTHING, Held, Portfolio, Traded
from omega_tui.sim.public_rest import INTERVALS_S, body_of, error, price_rows
from omega_tui.sim.records import SECOND
from omega_tui.sim.venue import Venue

NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 10_000
"""Rows on a page."""

MINUTE_S: Final = 60

FOREVER_S: Final = 10**12

Row = dict[str, object]


class DataApiV2:
    """Handlers for who knows an address, a market or a token."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._books = Portfolio(venue)

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        lists = ("/positions/combos", "/activity/combos", "/biggest-winners", "/builders/leaderboard")
        return [
            web.get("/v2/positions", self._positions),
            web.get("/v2/value", self._value),
            web.get("/v2/trades", self._trades),
            web.get("/v2/activity", self._activity),
            web.get("/v2/user-stats", self._user_stats),
            web.get("/v2/user-pnl", self._user_pnl),
            web.get("/v2/user-volume", self._user_volume),
            web.get("/v2/holders", self._holders),
            web.get("/v2/oi", self._open_interest),
            web.get("/v2/live-volume", self._live_volume),
            web.get("/v2/prices-history", self._prices_history),
            web.get("/v2/tokens", self._tokens),
            web.get("/v2/resolutions", self._resolutions),
            web.get("/v2/leaderboard", self._leaderboard),
            web.get("/v2/builders/volume", self._no_volumes),
            *(web.get(f"/v2{path}", self._empty_page) for path in lists),
        ]

    # --- users

    async def _positions(self, request: web.Request) -> web.Response:
        query = request.query
        user, conditions, events = (
            query.get("user", ""),
            _words(request, "condition_id"),
            _words(request, "event_id"),
        )
        accounts = [self._books.account(user)] if user else self._books.users()
        status, title = query.get("status", ""), query.get("title", "").casefold()
        rows = [
            held
            for account in accounts
            for held in self._books.held(account)
            if (not conditions or held.market.market_id in conditions)
            and (not events or str(event_number(held.market)) in events)
            and title in held.market.spec.title.casefold()
            and _has_status(held, status)
        ]
        key = _ORDERS.get(query.get("sort_by", ""), _ORDERS["CURRENT_VALUE"])
        rows.sort(key=key, reverse=query.get("sort_direction", "DESC") != "ASC")
        return _page(request, [_position_row(held) for held in rows])

    async def _value(self, request: web.Request) -> web.Response:
        user = request.query.get("user", "")
        conditions = _words(request, "condition_id")
        value = sum(
            (
                held.shares * held.current_price
                for held in self._books.held(self._books.account(user))
                if not conditions or held.market.market_id in conditions
            ),
            NOTHING,
        )
        return self._of_user(user, lambda account: {"proxy_wallet": account, "value": value})

    async def _trades(self, request: web.Request) -> web.Response:
        return _page(request, [_trade_row(each) for each in self._chosen_trades(request)])

    async def _activity(self, request: web.Request) -> web.Response:
        kinds = _words(request, "type")
        trades = self._chosen_trades(request) if not kinds or "TRADE" in kinds else []
        if request.query.get("sort_direction") == "ASC":
            trades.reverse()
        rows = [
            {**_trade_row(each), "type": "TRADE", "is_combo": False, "usdc_size": each.money}
            for each in trades
        ]
        return _page(request, rows)

    def _chosen_trades(self, request: web.Request) -> list[Traded]:
        """Return the trades of a user, or everybody's as the takers traded, that the query leaves."""
        query = request.query
        conditions, events = _words(request, "condition_id"), _words(request, "event_id")
        user, side = query.get("user", ""), query.get("side", "")
        taker_only = query.get("taker_only", "false").lower() == "true"
        start, end = _whole(query.get("start"), 0), _whole(query.get("end"), FOREVER_S)
        least = Decimal(_digits(query.get("filter_amount"), "0"))
        in_money = query.get("filter_type", "CASH") == "CASH"
        markets = self._venue.markets.values()
        return [
            each
            for each in (
                self._books.trades(self._books.account(user)) if user else self._books.prints(markets)
            )
            if (not conditions or each.market.market_id in conditions)
            and (not events or str(event_number(each.market)) in events)
            and side in {"", each.party.side.value}
            and (each.takes or not taker_only)
            and start <= each.at_s <= end
            and (each.money if in_money else each.size) >= least
        ]

    async def _user_stats(self, request: web.Request) -> web.Response:
        def stats(account: str) -> Row:
            held = self._books.held(account)
            return {
                "proxy_wallet": account,
                "trades": len({each.market.market_id for each in held if each.trades}),
                "biggest_win": max((each.position.realized_pnl for each in held), default=NOTHING),
                "views": 0,
                "join_date": self._opened_s(),
                "all_time_pnl": self._pnl_point(account),
            }

        return self._of_user(request.query.get("user", ""), stats)

    async def _user_pnl(self, request: web.Request) -> web.Response:
        query = request.query
        interval, fidelity = query.get("interval", "all"), query.get("fidelity", "1d")

        def series(account: str) -> Row:
            return {
                "proxy_wallet": account,
                "interval": interval,
                "fidelity": fidelity,
                "source_fidelity": fidelity,
                "points": [self._pnl_point(account)],
            }

        return self._of_user(query.get("user", ""), series)

    async def _user_volume(self, request: web.Request) -> web.Response:
        def volume(_account: str) -> Row:
            return _volume_row(self._chosen_trades(request))

        return self._of_user(request.query.get("user", ""), volume)

    def _pnl_point(self, account: str) -> Row:
        """Return profit and loss up to now. There is no chain here, so no block either."""
        held = self._books.held(account)
        realized = sum((each.position.realized_pnl for each in held), NOTHING)
        return {
            "timestamp": self._venue.now_ns // SECOND,
            "source_block": 0,
            "realized_market_pnl": realized,
            "realized_lp_pnl": 0,
            "realized_combo_pnl": 0,
            "realized_pnl": realized,
            "unrealized_pnl": sum((each.unrealized_pnl for each in held), NOTHING),
            "fees_paid": sum((each.fees for each in held), NOTHING),
            **_volume_row(self._books.trades(account)),
        }

    async def _leaderboard(self, request: web.Request) -> web.Response:
        rows = []
        for account in self._books.users():
            point = self._pnl_point(account)
            rows.append({"user_id": account, "pnl": point["realized_pnl"], "volume": point["volume"]})
        by_pnl = sorted(rows, key=lambda row: Decimal(str(row["pnl"])), reverse=True)
        by_volume = sorted(rows, key=lambda row: Decimal(str(row["volume"])), reverse=True)
        if "user" in request.query:
            account = self._books.account(request.query["user"])
            own = next((row for row in rows if row["user_id"] == account), None)
            if own is None:
                return _envelope(None)
            ranks = {"rank_pnl": by_pnl.index(own) + 1, "rank_volume": by_volume.index(own) + 1}
            return _envelope({**own, **ranks, "verified": False})
        ranked = by_volume if request.query.get("sort_by") == "VOLUME" else by_pnl
        return _page(
            request, [{**row, "rank": rank, "verified": False} for rank, row in enumerate(ranked, start=1)]
        )

    def _of_user(self, user: str, answer: Callable[[str], Row]) -> web.Response:
        """Answer about a user; for an address that nobody has, as if it had never done anything."""
        if not user:
            return error(400, "user is required")
        return _envelope(answer(self._books.account(user) or user))

    # --- markets

    async def _holders(self, request: web.Request) -> web.Response:
        least = Decimal(_digits(request.query.get("min_balance"), "0"))
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
        return _page(request, rows)

    async def _open_interest(self, request: web.Request) -> web.Response:
        values = [
            (market.market_id, self._books.outstanding(market)) for market in self._named_markets(request)
        ]
        if "condition_id" not in request.query:
            values = [("GLOBAL", sum((value for _, value in values), NOTHING))]
        return _envelope([{"condition_id": name, "value": value} for name, value in values])

    async def _live_volume(self, request: web.Request) -> web.Response:
        wanted = _words(request, "event_id")
        rows = [
            (market.market_id, Decimal(market.volume) / 1_000_000)
            for market in self._venue.markets.values()
            if str(event_number(market)) in wanted
        ]
        return _envelope(
            {
                "taker_volume_total": sum((volume for _, volume in rows), NOTHING),
                "conditions": [{"condition_id": name, "taker_volume": volume} for name, volume in rows],
            }
        )

    async def _prices_history(self, request: web.Request) -> web.Response:
        query, now_s = request.query, self._venue.now_ns // SECOND
        found = self._venue.find_any(query.get("token_id", ""))
        if found is None:
            return _page(request, [])
        end_s = _whole(query.get("as_of") or query.get("end"), now_s)
        span_s = INTERVALS_S.get(query.get("interval", "max"), end_s)
        start_s = _whole(query.get("start"), end_s - span_s)
        step_s = max(MINUTE_S, _whole(query.get("bucket_seconds"), MINUTE_S))
        points = price_rows(*found, start_s=start_s, end_s=end_s, step_s=step_s)
        if "as_of" in query:
            points = points[-1:]
        rows = [
            {"timestamp": at_s, "price": Decimal(price), "resolution_seconds": step_s}
            for at_s, price in points
        ]
        return _page(request, rows)

    async def _tokens(self, request: web.Request) -> web.Response:
        tokens, conditions = _words(request, "token_id"), _words(request, "condition")
        return _envelope(
            [
                _token_row(market, outcome)
                for market in self._venue.markets.values()
                for outcome in (0, 1)
                if market.tokens[outcome] in tokens or market.market_id in conditions
            ]
        )

    async def _resolutions(self, request: web.Request) -> web.Response:
        events, question = _words(request, "event_id"), request.query.get("question_id", "")
        chosen = [
            market
            for market in self._named_markets(request)
            if (not events or str(event_number(market)) in events) and question in {"", question_id(market)}
        ]
        return _envelope([_resolution_row(market, self._venue.now_ns) for market in chosen])

    def _named_markets(self, request: web.Request) -> list[Market]:
        """Return the markets of `condition_id`, all without it."""
        wanted = _words(request, "condition_id")
        return [each for each in self._venue.markets.values() if not wanted or each.market_id in wanted]

    def _opened_s(self) -> int:
        return min(market.opened_ns for market in self._venue.markets.values()) // SECOND

    # --- what the venue does not have: combinations, builders, winners since the first day

    async def _empty_page(self, request: web.Request) -> web.Response:
        return _page(request, [])

    async def _no_volumes(self, _request: web.Request) -> web.Response:
        return _envelope([])


# --- rows

_ORDERS: Final[dict[str, Callable[[Held], Decimal]]] = {
    "CURRENT_VALUE": lambda held: held.shares * held.current_price,
    "PRICE": lambda held: held.current_price,
    "TOKENS": lambda held: held.shares,
    "UNREALIZED_PNL": lambda held: held.unrealized_pnl,
    "REALIZED_PNL": lambda held: held.position.realized_pnl,
    "TOTAL_PNL": lambda held: held.unrealized_pnl + held.position.realized_pnl,
    "TIMESTAMP": lambda held: Decimal(held.trades[-1].at_s if held.trades else 0),
}


def _has_status(held: Held, status: str) -> bool:
    """Whether a position is of a status; without one, whether it is held. Winners are paid out at once."""
    return held.shares > 0 if status in {"", "OPEN"} else status == "CLOSED" and held.shares == 0


def _position_row(held: Held) -> Row:
    market, position, mark = held.market, held.position, held.current_price
    bought, spent = held.bought
    cost, realized, unrealized = held.average_price * held.shares, position.realized_pnl, held.unrealized_pnl
    return {
        "proxy_wallet": held.account,
        "token_id": held.token_id,
        "condition_id": market.market_id,
        "current_size": held.shares,
        "avg_price": held.average_price,
        "entry_cost_usdc": cost,
        "entry_fees_usdc": held.fees,
        "total_cost_usdc": spent,
        "current_price": mark,
        "current_value": held.shares * mark,
        "total_size": bought,
        "realized_pnl": realized,
        "unrealized_pnl": unrealized,
        "total_pnl": realized + unrealized,
        "percent_pnl": _percent(unrealized, cost),
        "percent_realized_pnl": _percent(realized, spent),
        "status": "OPEN" if held.shares > 0 else "CLOSED",
        "redeemable": False,
        "mergeable": False,
        "negative_risk": market.spec.neg_risk,
        "archived": False,
        "verified": False,
        **_names(market, held.outcome),
        "opposite_outcome": market.spec.outcomes[1 - held.outcome],
        "opposite_token_id": market.tokens[1 - held.outcome],
        "event_id": f"{event_number(market)}",
        "last_event_at": held.trades[-1].at_s if held.trades else None,
        "first_entry_at": held.trades[0].at_s if held.trades else None,
    }


def _trade_row(each: Traded) -> Row:
    return {
        "proxy_wallet": each.party.account or each.party.maker,
        "token_id": each.party.token_id,
        "condition_id": each.market.market_id,
        "side": each.party.side.value,
        "size": each.size,
        "price": each.price,
        "timestamp": each.at_s,
        "transaction_hash": each.transaction_hash,
        **_names(each.market, each.party.outcome),
    }


def _names(market: Market, outcome: int) -> Row:
    return {
        "title": market.spec.title,
        "slug": market.slug,
        "event_slug": event_slug(market),
        "outcome": market.spec.outcomes[outcome],
        "outcome_index": outcome,
    }


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


def _volume_row(trades: Sequence[Traded]) -> Row:
    return {
        "volume": sum((each.size for each in trades), NOTHING),
        "volume_usdc": sum((each.money for each in trades), NOTHING),
        "trade_count": len(trades),
    }


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return NOTHING if whole == 0 else (100 * part / whole).quantize(Decimal("0.0001"))


# --- shapes


def _envelope(data: object) -> web.Response:
    return body_of(NUMBERS.encode({"data": data}))


def _page(request: web.Request, rows: Sequence[Row]) -> web.Response:
    try:
        offset = offset_of(request.query.get("cursor", ""))
    except RemoteProtocolError:
        return error(400, "invalid cursor")
    limit = min(max(1, _whole(request.query.get("limit"), DEFAULT_LIMIT)), MAX_LIMIT)
    following = cursor_of(offset + limit, len(rows))
    more = following != END_CURSOR
    page = {"has_more": more, "next_cursor": following if more else None}
    return body_of(NUMBERS.encode({"data": rows[offset : offset + limit], "pagination": page}))


def _words(request: web.Request, name: str) -> set[str]:
    """Return the values of a parameter that may be repeated or hold several, separated by commas."""
    texts: Iterable[str] = request.query.getall(name, [])
    return {word for text in texts for word in text.split(",") if word}


def _whole(text: str | None, default: int) -> int:
    return int(_digits(text, str(default)))


def _digits(text: str | None, default: str) -> str:
    return text if text and text.isascii() and text.isdigit() and len(text) <= 12 else default
