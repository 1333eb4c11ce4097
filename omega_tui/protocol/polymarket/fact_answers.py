"""What the venue answers to small questions about a market, a token or itself.

Each `decode_x` reads what `encode_x` writes: the first is the trader's role, the second the venue's.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Final

import msgspec

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.market_answers import OutcomeToken
from omega_tui.protocol.polymarket.refusals import error_sentence
from omega_tui.protocol.polymarket.values import (
    ABSENT,
    decode_json,
    identifier,
    milliseconds,
    number,
    number_or_none,
    number_or_zero,
    optional_text,
    whole_number,
)

_EXPECTED: Final = re.compile(r"heartbeat id.*expected ?(\S*)$").search

_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")
"""These endpoints send numbers as JSON numbers."""


# --- what trading in a market needs


@dataclass(frozen=True, slots=True, kw_only=True)
class ClobMarket:
    """The answer to `GET /clob-markets/{condition_id}`.

    Attributes:
        tokens: Its outcomes.
        tick_size: Smallest step of the price.
        min_order_size: In shares.
        neg_risk: Whether the negative-risk exchange settles it.
        fee_rate: Of the fee formula; zero where there is none.
        fee_exponent: Of the fee formula.
    """

    tokens: tuple[OutcomeToken, ...]
    tick_size: Decimal
    min_order_size: Decimal = Decimal(0)
    neg_risk: bool = False
    fee_rate: Decimal = Decimal(0)
    fee_exponent: Decimal = Decimal(0)


class _ClobToken(msgspec.Struct):
    t: str
    o: str | None = None


class _ClobFee(msgspec.Struct):
    r: msgspec.Raw = ABSENT
    e: msgspec.Raw = ABSENT


class _ClobMarket(msgspec.Struct):
    t: list[_ClobToken | None]
    mts: msgspec.Raw
    mos: msgspec.Raw = ABSENT
    nr: bool | None = None
    fd: _ClobFee | None = None


def decode_clob_market(body: bytes) -> ClobMarket:
    """Read the answer to `GET /clob-markets/{condition_id}`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    raw = decode_json(body, _ClobMarket, "clob market")
    fee = raw.fd or _ClobFee()
    return ClobMarket(
        tokens=tuple(
            OutcomeToken(identifier(token.t, "clob market: token"), optional_text(token.o))
            for token in raw.t
            if token is not None
        ),
        tick_size=number(raw.mts, "clob market: mts"),
        min_order_size=number_or_zero(raw.mos, "clob market: mos"),
        neg_risk=bool(raw.nr),
        fee_rate=number_or_zero(fee.r, "clob market: fd.r"),
        fee_exponent=number_or_zero(fee.e, "clob market: fd.e"),
    )


def encode_clob_market(row: ClobMarket) -> bytes:
    """Write the answer to `GET /clob-markets/{condition_id}`."""
    fee = {"r": row.fee_rate, "e": row.fee_exponent, "to": True}
    body: dict[str, object] = {
        "t": [{"t": token.token_id, "o": token.outcome} for token in row.tokens],
        "mts": row.tick_size,
        "mos": row.min_order_size,
        "nr": row.neg_risk,
        "fd": fee,
    }
    return _NUMBERS.encode(body)


# --- small facts


class _Small(msgspec.Struct):
    """Every field of every answer that consists of one."""

    minimum_tick_size: msgspec.Raw = ABSENT
    neg_risk: bool | None = None
    base_fee: msgspec.Raw = ABSENT
    version: msgspec.Raw = ABSENT
    time: msgspec.Raw = ABSENT
    timestamp: msgspec.Raw = ABSENT
    mid: msgspec.Raw = ABSENT
    price: msgspec.Raw = ABSENT
    spread: msgspec.Raw = ABSENT
    condition_id: str | None = None
    closed_only: bool | None = None
    heartbeat_id: str | None = None


def decode_tick_size(body: bytes) -> Decimal:
    """Read the answer to `GET /tick-size`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return number(decode_json(body, _Small, "tick size").minimum_tick_size, "tick size")


def encode_tick_size(tick_size: Decimal) -> bytes:
    """Write the answer to `GET /tick-size`."""
    return _NUMBERS.encode({"minimum_tick_size": tick_size})


def decode_neg_risk(body: bytes) -> bool:
    """Read the answer to `GET /neg-risk`. A missing flag is an error: the exchange to sign for depends on it.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    flag = decode_json(body, _Small, "neg risk").neg_risk
    if flag is None:
        raise RemoteProtocolError("neg risk: the flag is missing")
    return flag


def decode_fee_rate(body: bytes) -> Decimal:
    """Read the answer to `GET /fee-rate`: basis points.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return number_or_zero(decode_json(body, _Small, "fee rate").base_fee, "fee rate")


def decode_price(body: bytes) -> Decimal:
    """Read the answer to `GET /midpoint`, `/price`, `/spread` or `/last-trade-price`.

    Raises:
        RemoteProtocolError: It is malformed, or has no number.
    """
    raw = decode_json(body, _Small, "price")
    for field in (raw.mid, raw.price, raw.spread):
        value = number_or_none(field, "price")
        if value is not None:
            return value
    raise RemoteProtocolError("price: the number is missing")


def decode_version(body: bytes) -> int:
    """Read the answer to `GET /version`: which order struct the venue takes. Only 2 and 3 can be signed here.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return whole_number(decode_json(body, _Small, "version").version, "version")


def decode_time(body: bytes) -> int:
    """Read the answer to `GET /time`, a bare number or an object: milliseconds since the epoch.

    Raises:
        RemoteProtocolError: It is malformed, or has no number.
    """
    raw = body if not body.lstrip().startswith(b"{") else b""
    if raw:
        moment = milliseconds(decode_json(raw, msgspec.Raw, "time"), "time")
    else:
        small = decode_json(body, _Small, "time")
        moment = milliseconds(small.time, "time") or milliseconds(small.timestamp, "time")
    if moment <= 0:
        raise RemoteProtocolError("time: the number is missing")
    return moment


def decode_condition_id(body: bytes) -> str:
    """Read the answer to `GET /markets-by-token/{token_id}`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return identifier(
        decode_json(body, _Small, "market of token").condition_id, "market of token: condition_id"
    )


def decode_closed_only(body: bytes) -> bool:
    """Read whether the account may only close positions.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return bool(decode_json(body, _Small, "closed only").closed_only)


def decode_heartbeat(body: bytes) -> str:
    """Read the id that the next heartbeat must carry.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return decode_json(body, _Small, "heartbeat").heartbeat_id or ""


def expected_heartbeat(status: int, body: bytes) -> str | None:
    """Return the id that the venue would have taken, from its refusal of another; None for other answers.

    It is a field of the refusal or, where that has none, the last word of its sentence; empty: none is
    expected, the switch is off.
    """
    if status != HTTPStatus.BAD_REQUEST:
        return None
    try:
        stated = decode_json(body, _Small, "heartbeat").heartbeat_id
    except RemoteProtocolError:
        stated = None
    if stated is not None:
        return stated
    found = _EXPECTED(error_sentence(body) or "")
    return None if found is None else found.group(1)
