"""The venue's market discovery (Gamma): markets, events, search. Everybody may ask.

It has a host of its own at the venue; here its paths stand under `/gamma`, and under the root as well, where
only `/markets` belongs to the order book's interface.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final

import msgspec
from aiohttp import web

from omega_tui.sim.gamma_rows import (
    EventOf,
    Row,
    event_row,
    events_of,
    iso_time,
    market_row,
)
from omega_tui.sim.public_rest import body_of, error
from omega_tui.sim.venue import Venue

NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 500
"""Rows on a page."""

NOT_FOUND: Final = "not found"

LATER: Final = "~"
"""Sorts after every time: what has no end date ends last."""


class Gamma:
    """Handlers for everybody. They answer from the venue as it is now."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        shared = {
            "/markets/keyset": self._markets_keyset,
            r"/markets/{id:\d+}": self._market,
            r"/markets/{id:\d+}/tags": self._tags_of_market,
            "/markets/slug/{slug}": self._market,
            "/events": self._events,
            "/events/keyset": self._events_keyset,
            r"/events/{id:\d+}": self._event,
            r"/events/{id:\d+}/tags": self._tags_of_event,
            "/events/slug/{slug}": self._event,
            "/public-search": self._search,
            "/public-profile": self._profile,
            "/sports/market-types": self._sports_market_types,
            "/comments/keyset": self._no_comments,
            **dict.fromkeys(("/series", "/tags", "/teams", "/sports", "/comments"), self._none),
            "/comments/user_address/{address}": self._none,
        }
        routes = [
            web.get(prefix + path, handler) for prefix in ("", "/gamma") for path, handler in shared.items()
        ]
        return [web.get("/gamma/markets", self._markets), *routes]

    # --- markets

    async def _markets(self, request: web.Request) -> web.Response:
        return _offset_page(request, self._chosen_markets(request))

    async def _markets_keyset(self, request: web.Request) -> web.Response:
        return _keyset_page(request, "markets", self._chosen_markets(request))

    async def _market(self, request: web.Request) -> web.Response:
        row = _one(self._market_rows(), request.match_info)
        return error(404, NOT_FOUND) if row is None else body_of(NUMBERS.encode(row))

    async def _tags_of_market(self, request: web.Request) -> web.Response:
        row = _one(self._market_rows(), request.match_info)
        return error(404, NOT_FOUND) if row is None else web.json_response([])

    def _market_rows(self) -> list[Row]:
        return [market_row(market, self._venue.now_ns) for market in self._venue.markets.values()]

    def _chosen_markets(self, request: web.Request) -> list[Row]:
        wanted = {
            "id": _words(request, "id"),
            "slug": _words(request, "slug"),
            "conditionId": _words(request, "condition_ids"),
            "questionID": _words(request, "question_ids"),
        }
        tokens = set(_words(request, "clob_token_ids"))
        rows = []
        for market in self._venue.markets.values():
            if tokens and not tokens.intersection(market.tokens):
                continue
            row = market_row(market, self._venue.now_ns)
            if all(not words or row[key] in words for key, words in wanted.items()) and _passes(row, request):
                rows.append(row)
        return _sorted(rows, request)

    # --- events

    async def _events(self, request: web.Request) -> web.Response:
        return _offset_page(request, self._chosen_events(request))

    async def _events_keyset(self, request: web.Request) -> web.Response:
        return _keyset_page(request, "events", self._chosen_events(request))

    async def _event(self, request: web.Request) -> web.Response:
        row = _one(self._event_rows(), request.match_info)
        return error(404, NOT_FOUND) if row is None else body_of(NUMBERS.encode(row))

    async def _tags_of_event(self, request: web.Request) -> web.Response:
        row = _one(self._event_rows(), request.match_info)
        return error(404, NOT_FOUND) if row is None else web.json_response([])

    def _all_events(self) -> list[EventOf]:
        return events_of(self._venue.markets.values())

    def _event_rows(self) -> list[Row]:
        return [event_row(event, self._venue.now_ns) for event in self._all_events()]

    def _chosen_events(self, request: web.Request) -> list[Row]:
        wanted = {"id": _words(request, "id"), "slug": _words(request, "slug")}
        title = request.query.get("title_search", "").casefold()
        rows = [
            row
            for row in self._event_rows()
            if all(not words or row[key] in words for key, words in wanted.items())
            and title in str(row["title"]).casefold()
            and _passes(row, request)
        ]
        return _sorted(rows, request)

    # --- the rest

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query
        words = query.get("q", "").casefold().split()
        if not words:
            return error(422, "q is required")
        status = query.get("events_status", "")
        found = [
            event
            for event in self._all_events()
            if status in {"", "active" if event.is_open else "resolved"}
            and all(word in _text_of(event) for word in words)
        ]
        size, page = _whole(request, "limit_per_type", DEFAULT_LIMIT), max(1, _whole(request, "page", 1))
        part = found[(page - 1) * size : page * size]
        return body_of(
            NUMBERS.encode(
                {
                    "events": [event_row(event, self._venue.now_ns) for event in part],
                    "tags": [],
                    "profiles": [],
                    "pagination": {"hasMore": page * size < len(found), "totalResults": len(found)},
                }
            )
        )

    async def _profile(self, request: web.Request) -> web.Response:
        wanted = request.query.get("address", "").lower()
        known = (account for account, _ in self._venue.clearing.ledger.accounts() if account.startswith("0x"))
        wallet = next((account for account in known if account.lower() == wanted), None)
        if wallet is None:
            return error(404, "profile not found")
        opened_ns = min(market.opened_ns for market in self._venue.markets.values())
        return web.json_response(
            {
                "createdAt": iso_time(opened_ns),
                "proxyWallet": wallet,
                "displayUsernamePublic": False,
                "pseudonym": wallet[:10],
                "name": "",
                "bio": "",
                "verifiedBadge": False,
            }
        )

    async def _sports_market_types(self, _request: web.Request) -> web.Response:
        return web.json_response({"marketTypes": []})

    async def _no_comments(self, _request: web.Request) -> web.Response:
        return web.json_response({"comments": []})

    async def _none(self, _request: web.Request) -> web.Response:
        """Say that there are none: the venue has neither series, tags, sports nor comments."""
        return web.json_response([])


# --- which rows


def _one(rows: Iterable[Row], named: Mapping[str, str]) -> Row | None:
    (key, value), *_ = named.items()
    return next((row for row in rows if row[key] == value), None)


def _text_of(event: EventOf) -> str:
    titles = (market.spec.title for market in event.markets)
    return " ".join((event.title, event.slug, *titles)).casefold()


_BOUNDS: Final = {
    "volume_num": "volumeNum",
    "volume": "volume",
    "liquidity_num": "liquidityNum",
    "liquidity": "liquidity",
}
_DATES: Final = {"start_date": "startDate", "end_date": "endDate"}
_ABSENT_HERE: Final = ("tag_id", "tag_slug", "series_id", "game_id", "sports_market_types", "position_ids")
"""Filters by what no market of this venue has."""


def _passes(row: Row, request: web.Request) -> bool:
    """Whether a row is what the query's flags, bounds and dates leave."""
    query = request.query
    for flag in ("active", "closed", "archived", "featured"):
        if flag in query and row.get(flag, False) is not _is_true(query[flag]):
            return False
    if any(name in query for name in _ABSENT_HERE) or query.get("version", "v1") != "v1":
        return False
    for name, key in _BOUNDS.items():
        value = Decimal(str(row.get(key) or 0))
        low, high = _number(query.get(f"{name}_min")), _number(query.get(f"{name}_max"))
        if (low is not None and value < low) or (high is not None and value > high):
            return False
    for name, key in _DATES.items():
        at = str(row.get(key, LATER))
        if not query.get(f"{name}_min", "") <= at <= query.get(f"{name}_max", LATER):
            return False
    return True


def _sorted(rows: list[Row], request: web.Request) -> list[Row]:
    """Return rows in the order asked for, otherwise by age; unknown fields do not count."""
    query = request.query
    descends = not _is_true(query.get("ascending", "true"))
    for field in reversed(query.get("order", "").split(",")):
        if any(field.strip() in row for row in rows):
            rows = sorted(rows, key=partial(_rank, field.strip()), reverse=descends)
    return rows


def _rank(field: str, row: Row) -> tuple[Decimal, str]:
    value = row.get(field)
    if isinstance(value, Decimal | int):
        return Decimal(value), ""
    number = _number(value) if isinstance(value, str) else Decimal(0)
    return (Decimal(0), str(value)) if number is None else (number, "")


# --- pages


def _offset_page(request: web.Request, rows: Sequence[Row]) -> web.Response:
    offset, limit = _whole(request, "offset", 0), _limit(request)
    return body_of(NUMBERS.encode(rows[offset : offset + limit]))


def _keyset_page(request: web.Request, name: str, rows: Sequence[Row]) -> web.Response:
    """Return a page that goes on after the row that the cursor names."""
    limit = _limit(request)
    try:
        after = base64.b64decode(request.query.get("after_cursor", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return error(422, "invalid cursor")
    ids = [str(row["id"]) for row in rows]
    if after and after not in ids:
        return error(422, "invalid cursor")
    start = ids.index(after) + 1 if after else 0
    page: dict[str, object] = {name: rows[start : start + limit]}
    if start + limit < len(rows):
        page["next_cursor"] = base64.b64encode(ids[start + limit - 1].encode()).decode()
    return body_of(NUMBERS.encode(page))


def _limit(request: web.Request) -> int:
    return min(max(1, _whole(request, "limit", DEFAULT_LIMIT)), MAX_LIMIT)


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _words(request: web.Request, name: str) -> list[str]:
    """Return the values of a parameter that may be repeated or hold several, separated by commas."""
    return [word for text in request.query.getall(name, []) for word in text.split(",") if word]


def _is_true(text: str | None) -> bool:
    return (text or "").lower() == "true"


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None
