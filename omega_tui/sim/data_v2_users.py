"""What the Data API's second contract tells of users: what they hold, traded and gained."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from aiohttp import web

from omega_tui.sim.data_v2_answers import Row, digits, envelope, page, whole, words
from omega_tui.sim.gamma_rows import event_number, event_slug
from omega_tui.sim.market import Market
from omega_tui.sim.portfolio import NOTHING, Held, Portfolio, Traded
from omega_tui.sim.public_rest import error
from omega_tui.sim.records import SECOND
from omega_tui.sim.venue import Venue

FOREVER_S: Final = 10**12


class UsersV2:
    """Handlers for who knows an address."""

    def __init__(self, venue: Venue, books: Portfolio) -> None:
        self._venue = venue
        self._books = books

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/v2/positions", self._positions),
            web.get("/v2/value", self._value),
            web.get("/v2/trades", self._trades),
            web.get("/v2/activity", self._activity),
            web.get("/v2/user-stats", self._user_stats),
            web.get("/v2/user-pnl", self._user_pnl),
            web.get("/v2/user-volume", self._user_volume),
            web.get("/v2/leaderboard", self._leaderboard),
        ]

    async def _positions(self, request: web.Request) -> web.Response:
        query = request.query
        user, conditions, events = (
            query.get("user", ""),
            words(request, "condition_id"),
            words(request, "event_id"),
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
        return page(request, [_position_row(held) for held in rows])

    async def _value(self, request: web.Request) -> web.Response:
        user = request.query.get("user", "")
        conditions = words(request, "condition_id")
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
        return page(request, [_trade_row(each) for each in self._chosen_trades(request)])

    async def _activity(self, request: web.Request) -> web.Response:
        kinds = words(request, "type")
        trades = self._chosen_trades(request) if not kinds or "TRADE" in kinds else []
        if request.query.get("sort_direction") == "ASC":
            trades.reverse()
        rows = [
            {**_trade_row(each), "type": "TRADE", "is_combo": False, "usdc_size": each.money}
            for each in trades
        ]
        return page(request, rows)

    def _chosen_trades(self, request: web.Request) -> list[Traded]:
        """Return the trades of a user, or everybody's as the takers traded, that the query leaves."""
        query = request.query
        conditions, events = words(request, "condition_id"), words(request, "event_id")
        user, side = query.get("user", ""), query.get("side", "")
        taker_only = query.get("taker_only", "false").lower() == "true"
        start, end = whole(query.get("start"), 0), whole(query.get("end"), FOREVER_S)
        least = Decimal(digits(query.get("filter_amount"), "0"))
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
                return envelope(None)
            ranks = {"rank_pnl": by_pnl.index(own) + 1, "rank_volume": by_volume.index(own) + 1}
            return envelope({**own, **ranks, "verified": False})
        ranked = by_volume if request.query.get("sort_by") == "VOLUME" else by_pnl
        return page(
            request, [{**row, "rank": rank, "verified": False} for rank, row in enumerate(ranked, start=1)]
        )

    def _of_user(self, user: str, answer: Callable[[str], Row]) -> web.Response:
        """Answer about a user; for an address that nobody has, as if it had never done anything."""
        if not user:
            return error(400, "user is required")
        return envelope(answer(self._books.account(user) or user))

    def _opened_s(self) -> int:
        return min(market.opened_ns for market in self._venue.markets.values()) // SECOND


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


def _volume_row(trades: Sequence[Traded]) -> Row:
    return {
        "volume": sum((each.size for each in trades), NOTHING),
        "volume_usdc": sum((each.money for each in trades), NOTHING),
        "trade_count": len(trades),
    }


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return NOTHING if whole == 0 else (100 * part / whole).quantize(Decimal("0.0001"))
