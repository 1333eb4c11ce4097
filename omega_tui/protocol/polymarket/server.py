"""The venue's role of both WebSocket channels, sans-IO: what a client's frames ask for, what it gets.

Field order and spacing are those of recorded frames (`event_type` is never first; the opening array has no
spaces, later frames have), all numbers are strings. Rules are in the fact sheet, sections 1-4 and 6. Encoders
take text that is already in the wire's form and do not look inside: one frame is made once for all readers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from omega_tui.protocol.polymarket.channel_requests import (
    UserRequest,
    decode_market_request,
    decode_user_request,
)
from omega_tui.protocol.polymarket.wire import INVALID_OPERATION, PING, PONG, DecodeError

NOTHING: Final = "[]"
"""The opening array when none of the tokens has a book."""

MAX_ASSETS: Final = 500
"""Tokens of one connection (fact sheet, section 2, limits); beyond them no opening book comes, silently."""


# --- what a client's frame asks for


@dataclass(frozen=True, slots=True)
class Send:
    """Answer with this text."""

    text: str


@dataclass(frozen=True, slots=True)
class SendBooks:
    """Send one array with the opening books of these tokens; those without a book are left out."""

    asset_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: int
    reason: str


Reaction = Send | SendBooks | Close


@dataclass(slots=True)
class MarketSession:
    """One client of the market channel.

    Attributes:
        assets: The tokens subscribed to, in order.
        custom_features: Whether `best_bid_ask`, `new_market` and `market_resolved` are sent.
        opened: Whether the first message has come.
    """

    assets: dict[str, None] = field(default_factory=dict)
    custom_features: bool = False
    opened: bool = False

    def receive(self, text: str) -> list[Reaction]:
        """Digest one text frame of the client and return what to do, in order.

        Subscribing again to a token changes nothing but the feature flag: no second opening book.
        """
        if text == PING:
            return [Send(PONG)]
        try:
            request = decode_market_request(text)
        except DecodeError:
            return [Send(INVALID_OPERATION)]
        if request.custom_feature_enabled is not None:
            self.custom_features = request.custom_feature_enabled
        if request.operation == "unsubscribe":
            for asset_id in request.assets_ids or ():
                self.assets.pop(asset_id, None)
            return []
        if request.operation == "subscribe" or (request.type or "").lower() == "market":
            return self._subscribe(request.assets_ids or (), with_dump=request.initial_dump)
        return [Send(INVALID_OPERATION)]

    def _subscribe(self, ids: Sequence[str], *, with_dump: bool) -> list[Reaction]:
        first, self.opened = not self.opened, True
        new = tuple(asset_id for asset_id in dict.fromkeys(ids) if asset_id not in self.assets)
        within = new[: max(0, MAX_ASSETS - len(self.assets))]
        self.assets.update(dict.fromkeys(new))
        return [SendBooks(within)] if with_dump and (within or first) else []


@dataclass(slots=True)
class UserSession:
    """One client of the user channel. Nothing is acknowledged; wrong credentials close.

    No market named means all markets, at first and again after the last one was unsubscribed from: that is
    how the official clients go back from some markets to all.

    Attributes:
        is_known: Tells whether (api key, secret, passphrase) are somebody's.
        api_key: Whose; empty until the first message proved it.
        markets: Condition ids in lower case to report about; empty for all.
    """

    is_known: Callable[[str, str, str], bool]
    api_key: str = ""
    markets: set[str] = field(default_factory=set)

    def receive(self, text: str) -> list[Reaction]:
        """Digest one text frame of the client and return what to do, in order."""
        if text == PING:
            return [Send(PONG)]
        try:
            request = decode_user_request(text)
        except DecodeError:
            return [Send(INVALID_OPERATION)]
        if not self.api_key:
            return self._authenticate(request)
        named = {market.lower() for market in request.markets or ()}
        if request.operation == "subscribe":
            self.markets = self.markets | named if named else set()
        elif request.operation == "unsubscribe":
            self.markets -= named
        else:
            return [Send(INVALID_OPERATION)]
        return []

    def wants(self, market_id: str) -> bool:
        """Whether events of this market go to this client."""
        return bool(self.api_key) and (not self.markets or market_id.lower() in self.markets)

    def _authenticate(self, request: UserRequest) -> list[Reaction]:
        auth = request.auth
        if (request.type or "").lower() != "user" or auth is None:
            return [Close(1008, "authentication required")]
        if not self.is_known(auth.apiKey, auth.secret, auth.passphrase):
            return [Close(1008, "invalid credentials")]
        self.api_key = auth.apiKey
        self.markets = {market.lower() for market in request.markets or ()}
        return []


# --- market channel frames


class LevelEntry(NamedTuple):
    """One entry of a `price_change`: a level of one token as it is now, and its book's hash and touch."""

    asset_id: str
    price: str
    size: str
    side: str
    hash: str
    best_bid: str
    best_ask: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFields:
    """A whole book as text.

    Attributes:
        market: Condition id.
        asset_id: Token.
        timestamp: Of the last change, milliseconds.
        hash: Of the book.
        bids: JSON objects joined by commas, ascending.
        asks: The same, descending.
        tick_size: Now in force.
        last_trade_price: Of the market, three decimals.
        min_order_size: Smallest resting order.
        neg_risk: Which exchange settles it.
    """

    market: str
    asset_id: str
    timestamp: str
    hash: str
    bids: str
    asks: str
    tick_size: str
    last_trade_price: str
    min_order_size: str
    neg_risk: bool


def opening_books(books: Iterable[BookFields]) -> str:
    """Return the one array that answers a subscription."""
    return "[" + ",".join(_opening_book(book) for book in books) + "]"


def later_book(book: BookFields) -> str:
    """Return the `book` after a trade, which has neither tick size nor last trade price."""
    bids, asks = _spaced(book.bids), _spaced(book.asks)
    return (
        f'{{"market":"{book.market}", "asset_id":"{book.asset_id}", "bids":[{bids}], "asks":[{asks}], '
        f'"hash":"{book.hash}", "timestamp":"{book.timestamp}", "event_type":"book"}}'
    )


def rest_book(book: BookFields) -> str:
    """Return the answer to `GET /book`, whose key order is the one that is hashed."""
    return (
        f'{{"market":"{book.market}","asset_id":"{book.asset_id}","timestamp":"{book.timestamp}",'
        f'"hash":"{book.hash}","bids":[{book.bids}],"asks":[{book.asks}],'
        f'"min_order_size":"{book.min_order_size}","tick_size":"{book.tick_size}",'
        f'"neg_risk":{"true" if book.neg_risk else "false"},"last_trade_price":"{book.last_trade_price}"}}'
    )


def price_change(market: str, timestamp: str, entries: Iterable[LevelEntry]) -> str:
    """Return a `price_change` with its entries in order."""
    changes = ", ".join(
        f'{{"asset_id":"{entry.asset_id}", "price":"{entry.price}", "size":"{entry.size}", '
        f'"side":"{entry.side}", "hash":"{entry.hash}", "best_bid":"{entry.best_bid}", '
        f'"best_ask":"{entry.best_ask}"}}'
        for entry in entries
    )
    return (
        f'{{"market":"{market}", "price_changes":[{changes}], "timestamp":"{timestamp}", '
        '"event_type":"price_change"}'
    )


def public_trade(**fields: str) -> str:
    """Return a `last_trade_price` with its fields but for the event type, all of which are needed."""
    market, asset_id, price, size = (fields[key] for key in ("market", "asset_id", "price", "size"))
    return (
        f'{{"market":"{market}", "asset_id":"{asset_id}", "price":"{price}", "size":"{size}", '
        f'"fee_rate_bps":"{fields["fee_rate_bps"]}", "side":"{fields["side"]}", '
        f'"timestamp":"{fields["timestamp"]}", "event_type":"last_trade_price", '
        f'"transaction_hash":"{fields["transaction_hash"]}"}}'
    )


def tick_change(**fields: str) -> str:
    """Return a `tick_size_change`: market, asset_id, old_tick_size, new_tick_size, timestamp."""
    return event(fields, "tick_size_change")


def touch(**fields: str) -> str:
    """Return a `best_bid_ask`: market, asset_id, best_bid, best_ask, spread, timestamp."""
    return event(fields, "best_bid_ask")


def event(fields: Mapping[str, object], event_type: str) -> str:
    """Return any other event: its fields in order, `event_type` last."""
    return msgspec.json.encode({**fields, "event_type": event_type}).decode()


def _opening_book(book: BookFields) -> str:
    return (
        f'{{"market":"{book.market}","asset_id":"{book.asset_id}","timestamp":"{book.timestamp}",'
        f'"hash":"{book.hash}","bids":[{book.bids}],"asks":[{book.asks}],"tick_size":"{book.tick_size}",'
        f'"event_type":"book","last_trade_price":"{book.last_trade_price}"}}'
    )


def _spaced(levels: str) -> str:
    """Return levels with the spaces that later frames have; no value contains a comma or a quote."""
    return levels.replace(",", ", ")
