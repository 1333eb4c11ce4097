"""What the venue answers to everybody: books and markets.

Each `decode_x` reads what `encode_x` writes: the first is the trader's role, the second the venue's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

import msgspec

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.paging import Page, encode_page
from omega_tui.protocol.polymarket.values import (
    ABSENT,
    decode_json,
    identifier,
    milliseconds,
    number_or_none,
    number_or_zero,
    optional_text,
)
from omega_tui.text import parse_decimal

# --- books


class BookLevel(msgspec.Struct, frozen=True, gc=False):
    """One level, as the venue's text: the hash needs it verbatim."""

    price: str
    size: str


class BookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A book with everything its hash covers, as the venue's text; JSON keys have the names of the fields.

    Attributes:
        market: Condition id.
        asset_id: Token id.
        timestamp: Of the last change, milliseconds since the epoch.
        hash: Of the whole, 40 hexadecimal digits.
        bids: Ascending: the best is last.
        asks: Descending: the best is last.
        min_order_size: Smallest size of a resting order.
        tick_size: Smallest step of the price.
        neg_risk: Whether the negative-risk exchange settles it.
        last_trade_price: Of either token of the market.
    """

    market: str
    asset_id: str
    timestamp: str
    hash: str = ""
    bids: tuple[BookLevel, ...] | None = ()
    asks: tuple[BookLevel, ...] | None = ()
    min_order_size: str = ""
    tick_size: str = ""
    neg_risk: bool = False
    last_trade_price: str = ""


def decode_book(body: bytes) -> BookRow:
    """Read the answer to `GET /book`.

    Raises:
        RemoteProtocolError: It is malformed, or a level has no plain number.
    """
    return _checked(decode_json(body, BookRow, "book"))


def decode_books(body: bytes) -> tuple[BookRow, ...]:
    """Read the answer to `POST /books`. Tokens that the venue does not know are missing, in no said order.

    Raises:
        RemoteProtocolError: As `decode_book`.
    """
    return tuple(_checked(book) for book in decode_json(body, list[BookRow], "books"))


def encode_book(book: BookRow) -> bytes:
    """Write the answer to `GET /book`."""
    return msgspec.json.encode(book)


def encode_books(books: Sequence[BookRow]) -> bytes:
    """Write the answer to `POST /books`."""
    return msgspec.json.encode(books)


def _checked(book: BookRow) -> BookRow:
    identifier(book.asset_id, "book: asset_id")
    bids, asks = book.bids or (), book.asks or ()
    try:
        for level in (*bids, *asks):
            parse_decimal(level.price)
            parse_decimal(level.size)
    except ValueError as error:
        raise RemoteProtocolError(f"book {book.asset_id}: {error}") from error
    return msgspec.structs.replace(book, bids=bids, asks=asks)


# --- markets

MAX_ROWS: Final = 2_000
"""Markets that are read of one page; the venue puts 1,000 on one. The rest counts as skipped."""
MAX_OUTCOMES: Final = 64
"""Outcomes of one market; the order book has two."""
MAX_TAGS: Final = 256


@dataclass(frozen=True, slots=True)
class OutcomeToken:
    """One outcome of a market.

    Attributes:
        token_id: The instrument.
        outcome: Its name, safe text.
        price: The venue's latest; None where not said.
        winner: Whether the market resolved to it.
    """

    token_id: str
    outcome: str
    price: Decimal | None = None
    winner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRow:
    """One market as the venue lists it. The simplified list leaves texts, tick and sizes out.

    Attributes:
        condition_id: Identifies it.
        question: Safe text; empty where left out.
        slug: Its name in addresses of web pages, safe text.
        tokens: Its outcomes.
        tick_size: None where left out.
        min_order_size: In shares; None where left out.
        neg_risk: Whether the negative-risk exchange settles it.
        active: Whether it is open to the public.
        closed: Whether it has ended.
        accepting_orders: Whether orders are taken now.
        has_book: Whether it is traded on the order book at all.
        end_ms: When it is to end, milliseconds since the epoch; 0 where not said.
        maker_fee_bps: Base fee of the resting side.
        taker_fee_bps: Base fee of the aggressor.
        tags: Safe texts.
    """

    condition_id: str
    question: str = ""
    slug: str = ""
    tokens: tuple[OutcomeToken, ...] = ()
    tick_size: Decimal | None = None
    min_order_size: Decimal | None = None
    neg_risk: bool = False
    active: bool = True
    closed: bool = False
    accepting_orders: bool = True
    has_book: bool = True
    end_ms: int = 0
    maker_fee_bps: Decimal = Decimal(0)
    taker_fee_bps: Decimal = Decimal(0)
    tags: tuple[str, ...] = ()


class _Token(msgspec.Struct):
    token_id: str
    outcome: str | None = None
    price: msgspec.Raw = ABSENT
    winner: bool | None = None


class _MarketRow(msgspec.Struct):
    condition_id: str
    question: str | None = None
    market_slug: str | None = None
    tokens: Annotated[list[_Token], msgspec.Meta(max_length=MAX_OUTCOMES)] | None = None
    minimum_tick_size: msgspec.Raw = ABSENT
    minimum_order_size: msgspec.Raw = ABSENT
    neg_risk: bool | None = None
    active: bool | None = None
    closed: bool | None = None
    accepting_orders: bool | None = None
    enable_order_book: bool | None = None
    end_date_iso: msgspec.Raw = ABSENT
    maker_base_fee: msgspec.Raw = ABSENT
    taker_base_fee: msgspec.Raw = ABSENT
    tags: Annotated[list[str], msgspec.Meta(max_length=MAX_TAGS)] | None = None


class _MarketPage(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class MarketPage(Page[MarketRow]):
    """A page of markets.

    Attributes:
        skipped: Rows that could not be read: old markets of the venue have no condition id and odd dates.
    """

    skipped: int = 0


def decode_markets(body: bytes) -> MarketPage:
    """Read a page of `/markets`, `/sampling-markets` or `/simplified-markets`. One bad row does not spoil it.

    Raises:
        RemoteProtocolError: The page itself is malformed.
    """
    raw = decode_json(body, _MarketPage, "markets")
    rows: list[MarketRow] = []
    for text in (raw.data or ())[:MAX_ROWS]:
        try:
            rows.append(decode_market(bytes(text)))
        except RemoteProtocolError:
            continue
    return MarketPage(tuple(rows), raw.next_cursor or "", len(raw.data or ()) - len(rows))


def encode_markets(page: Page[MarketRow]) -> bytes:
    """Write a page of markets."""
    return encode_page([_market_body(row) for row in page.rows], page.next_cursor)


def decode_market(body: bytes) -> MarketRow:
    """Read the answer to `GET /markets/{condition_id}`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    raw = decode_json(body, _MarketRow, "market")
    condition_id = identifier(raw.condition_id, "market: condition_id")
    what = f"market {condition_id}"
    return MarketRow(
        condition_id=condition_id,
        question=optional_text(raw.question),
        slug=optional_text(raw.market_slug),
        tokens=tuple(_token_of(token, what) for token in raw.tokens or () if token.token_id),
        tick_size=number_or_none(raw.minimum_tick_size, f"{what}: minimum_tick_size"),
        min_order_size=number_or_none(raw.minimum_order_size, f"{what}: minimum_order_size"),
        neg_risk=bool(raw.neg_risk),
        active=raw.active is not False,
        closed=bool(raw.closed),
        accepting_orders=raw.accepting_orders is not False,
        has_book=raw.enable_order_book is not False,
        end_ms=milliseconds(raw.end_date_iso, f"{what}: end_date_iso"),
        maker_fee_bps=number_or_zero(raw.maker_base_fee, f"{what}: maker_base_fee"),
        taker_fee_bps=number_or_zero(raw.taker_base_fee, f"{what}: taker_base_fee"),
        tags=tuple(map(optional_text, raw.tags or ())),
    )


def encode_market(row: MarketRow) -> bytes:
    """Write the answer to `GET /markets/{condition_id}`."""
    return msgspec.json.encode(_market_body(row))


def _token_of(raw: _Token, what: str) -> OutcomeToken:
    return OutcomeToken(
        identifier(raw.token_id, f"{what}: token_id"),
        optional_text(raw.outcome),
        number_or_none(raw.price, f"{what}: price"),
        bool(raw.winner),
    )


def _market_body(row: MarketRow) -> dict[str, object]:
    return {
        "enable_order_book": row.has_book,
        "active": row.active,
        "closed": row.closed,
        "archived": False,
        "accepting_orders": row.accepting_orders,
        "minimum_order_size": _json_number(row.min_order_size),
        "minimum_tick_size": _json_number(row.tick_size),
        "condition_id": row.condition_id,
        "question": row.question,
        "market_slug": row.slug,
        "end_date_iso": row.end_ms or None,
        "maker_base_fee": _json_number(row.maker_fee_bps),
        "taker_base_fee": _json_number(row.taker_fee_bps),
        "neg_risk": row.neg_risk,
        "tokens": [
            {
                "token_id": token.token_id,
                "outcome": token.outcome,
                "price": _json_number(token.price),
                "winner": token.winner,
            }
            for token in row.tokens
        ],
        "tags": row.tags,
    }


def _json_number(value: Decimal | None) -> msgspec.Raw:
    return ABSENT if value is None else msgspec.Raw(f"{value:f}")
