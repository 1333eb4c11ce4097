"""Markets and events as the venue's market-discovery interface (Gamma) writes them.

Lists inside a market are JSON texts, numbers come twice, as text and as a number, and times are ISO 8601, as
the official client's models read them.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final

from omega_tui.sim.market import Market
from omega_tui.sim.public_book import MIN_ORDER_SHARES
from omega_tui.sim.public_rest import midpoint_text
from omega_tui.sim.records import SECOND
from omega_tui.sim.units import ONE_PRICE, amount_decimal, price_decimal

DAY_NS: Final = 86_400 * SECOND

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class EventOf:
    """What holds markets together: a group whose members exclude each other, or one market alone.

    Attributes:
        number: Its id.
        slug: Its name in addresses.
        title: What people read.
        markets: Oldest first.
    """

    number: int
    slug: str
    title: str
    markets: tuple[Market, ...]

    @property
    def is_open(self) -> bool:
        """Whether any of its markets takes orders."""
        return any(market.is_open for market in self.markets)


def events_of(markets: Iterable[Market]) -> list[EventOf]:
    """Return the events of `markets`, in the order of their first markets."""
    groups: dict[str, list[Market]] = {}
    for market in markets:
        groups.setdefault(event_slug(market), []).append(market)
    return [
        EventOf(event_number(members[0]), slug, _event_title(members[0]), tuple(members))
        for slug, members in groups.items()
    ]


def event_slug(market: Market) -> str:
    """Return the name of the event that a market belongs to."""
    return market.spec.group or market.slug


def event_number(market: Market) -> int:
    """Return the number of the event that a market belongs to; it fits 32 bits."""
    return int(sha256(f"event:{event_slug(market)}".encode()).hexdigest()[:7], 16)


def question_id(market: Market) -> str:
    """Return the id under which the oracle is asked."""
    return "0x" + sha256(f"question:{market.market_id}".encode()).hexdigest()


def neg_risk_id(market: Market) -> str:
    """Return the id that the markets of a negative-risk group share; empty for other markets."""
    return "0x" + sha256(f"group:{market.spec.group}".encode()).hexdigest() if market.spec.neg_risk else ""


def outcome_prices(market: Market) -> list[str]:
    """Return what the outcomes are worth: the middle of the touch, 1 and 0 after the end."""
    if market.is_open:
        return [midpoint_text(market, 0), midpoint_text(market, 1)]
    return [str(int(outcome == market.spec.winner)) for outcome in (0, 1)]


def market_row(market: Market, now_ns: int) -> Row:
    """Return a market with the event that it belongs to."""
    event = {
        "id": f"{event_number(market)}",
        "ticker": event_slug(market),
        "slug": event_slug(market),
        "title": _event_title(market),
    }
    return {**bare_market_row(market, now_ns), "events": [event], "tags": []}


def bare_market_row(market: Market, now_ns: int) -> Row:
    """Return a market as it stands inside its event."""
    spec, fees = market.spec, market.spec.fees
    bid, ask = market.best(0)
    traded, liquidity = amount_decimal(market.volume), _liquidity(market)
    opened = iso_time(market.opened_ns)
    row: Row = {
        "id": f"{market.number}",
        "version": "v1",
        "question": spec.title,
        "conditionId": market.market_id,
        "slug": market.slug,
        "groupItemTitle": "",
        "description": "",
        "resolutionSource": "",
        "outcomes": json.dumps(spec.outcomes),
        "outcomePrices": json.dumps(outcome_prices(market)),
        "clobTokenIds": json.dumps(market.tokens),
        "questionID": question_id(market),
        "active": True,
        "closed": not market.is_open,
        "archived": False,
        "acceptingOrders": market.is_open,
        "enableOrderBook": True,
        "negRisk": spec.neg_risk,
        "startDate": opened,
        "createdAt": opened,
        "updatedAt": iso_time(market.public.timestamp_ms * 1_000_000),
        "volume": f"{traded:.2f}",
        "volumeNum": traded,
        "volumeClob": traded,
        "liquidity": f"{liquidity:.2f}",
        "liquidityNum": liquidity,
        "liquidityClob": liquidity,
        "bestBid": price_decimal(bid or 0),
        "bestAsk": price_decimal(ONE_PRICE if ask is None else ask),
        "spread": price_decimal((ONE_PRICE if ask is None else ask) - (bid or 0)),
        "lastTradePrice": price_decimal(market.last_trade),
        "orderPriceMinTickSize": Decimal(market.tick_text),
        "orderMinSize": MIN_ORDER_SHARES,
        "makerBaseFee": 0,
        "takerBaseFee": fees.rate_bps,
        "feesEnabled": fees.rate_bps > 0,
    }
    if spec.neg_risk:
        row["negRiskMarketID"] = neg_risk_id(market)
    if fees.rate_bps:
        row["feeSchedule"] = {
            "exponent": fees.exponent,
            "rate": Decimal(fees.rate_bps) / 10_000,
            "takerOnly": True,
            "rebateRate": 0,
        }
    if market.resolves_ns is not None:
        row["endDate"] = iso_time(market.resolves_ns)
        if not market.is_open:
            row |= {"closedTime": row["endDate"], "umaResolutionStatus": "resolved"}
    if now_ns - market.opened_ns <= DAY_NS:
        row["volume24hr"] = traded
    return row


def event_row(event: EventOf, now_ns: int) -> Row:
    """Return an event with its markets."""
    markets = [bare_market_row(market, now_ns) for market in event.markets]
    first = event.markets[0]
    row: Row = {
        "id": f"{event.number}",
        "ticker": event.slug,
        "slug": event.slug,
        "title": event.title,
        "description": "",
        "startDate": iso_time(first.opened_ns),
        "creationDate": iso_time(first.opened_ns),
        "createdAt": iso_time(first.opened_ns),
        "active": True,
        "closed": not event.is_open,
        "archived": False,
        "new": False,
        "featured": False,
        "restricted": False,
        "liquidity": _sum(markets, "liquidityNum"),
        "liquidityClob": _sum(markets, "liquidityNum"),
        "volume": _sum(markets, "volumeNum"),
        "enableOrderBook": True,
        "negRisk": first.spec.neg_risk,
        "commentCount": 0,
        "markets": markets,
        "series": [],
        "tags": [],
    }
    if first.spec.neg_risk:
        row["negRiskMarketID"] = neg_risk_id(first)
    ends = [market.resolves_ns for market in event.markets]
    if ends and None not in ends:
        row["endDate"] = iso_time(max(end for end in ends if end is not None))
    if all("volume24hr" in market for market in markets):
        row["volume24hr"] = row["volume"]
    return row


def iso_time(at_ns: int) -> str:
    """Return a time as `2026-10-04T14:25:00.123Z`."""
    return datetime.fromtimestamp(at_ns / SECOND, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _event_title(market: Market) -> str:
    group = market.spec.group
    return group.replace("-", " ").capitalize() if group else market.spec.title


def _liquidity(market: Market) -> Decimal:
    """Return the money that rests in the book: an ask at p for outcome 0 is a bid at 1 - p for outcome 1."""
    book = market.book_fields(0)
    bids, asks = (json.loads(f"[{side}]", parse_float=Decimal) for side in (book.bids, book.asks))
    money = sum((Decimal(each["price"]) * Decimal(each["size"]) for each in bids), Decimal(0))
    return money + sum(((1 - Decimal(each["price"])) * Decimal(each["size"]) for each in asks), Decimal(0))


def _sum(rows: Iterable[Row], key: str) -> Decimal:
    return sum((value for row in rows if isinstance(value := row[key], Decimal)), Decimal(0))
