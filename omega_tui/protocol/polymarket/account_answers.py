"""What the venue answers about an account: its balances and positions.

Each `decode_x` reads what `encode_x` writes: the first is the trader's role, the second the venue's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.amounts import from_units, to_units
from omega_tui.protocol.polymarket.paging import Page
from omega_tui.protocol.polymarket.values import (
    ABSENT,
    computed_number,
    decode_json,
    identifier,
    optional_text,
    whole_number,
)

_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")
"""The Data API sends numbers as JSON numbers."""


# --- balances


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What an account holds of the collateral or of one outcome token.

    Attributes:
        balance: In whole units; the wire has millionths.
        allowances: What each exchange contract may move, in whole units, by address.
    """

    balance: Decimal
    allowances: Mapping[str, Decimal]

    @property
    def largest_allowance(self) -> Decimal | None:
        """What the contract with the widest permission may move; None where none is named.

        Which contract settles an order depends on its market: more than this none of them takes.
        """
        return max(self.allowances.values(), default=None)


class _BalanceRow(msgspec.Struct):
    balance: msgspec.Raw
    allowances: dict[str, msgspec.Raw] | None = None


def decode_balance(body: bytes) -> BalanceRow:
    """Read the answer to `GET /balance-allowance`. An allowance without end is cut to 10^15 units.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    raw = decode_json(body, _BalanceRow, "balance")
    allowances = {
        identifier(contract, "allowance"): from_units(_allowance(units))
        for contract, units in (raw.allowances or {}).items()
    }
    return BalanceRow(from_units(whole_number(raw.balance, "balance")), allowances)


def encode_balance(row: BalanceRow) -> bytes:
    """Write the answer to `GET /balance-allowance`."""
    allowances = {contract: f"{to_units(amount)}" for contract, amount in row.allowances.items()}
    return msgspec.json.encode({"balance": f"{to_units(row.balance)}", "allowances": allowances})


_BOUNDLESS: Final = 10**21
"""Allowances are often 2^256 - 1; what is above any balance need not be exact."""


def _allowance(raw: msgspec.Raw) -> int:
    text = bytes(raw).decode("utf-8", "replace").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise RemoteProtocolError(f"allowance: not a whole number: {optional_text(text)}")
    return min(int(text), _BOUNDLESS)


# --- positions


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """One position as the Data API computes it; for comparison and first display, not for arithmetic.

    Attributes:
        wallet: Address that holds it.
        condition_id: Market.
        token_id: Outcome token.
        outcome: Its name, safe text.
        title: The market's question, safe text.
        size: In shares.
        average_price: What was paid per share.
        current_price: The API's mark.
        realized_pnl: In collateral.
        redeemable: Whether the market has resolved and the tokens can be turned in.
        opposite_token_id: The other outcome; empty where not said.
        neg_risk: Whether the negative-risk exchange settles it.
    """

    wallet: str
    condition_id: str
    token_id: str
    outcome: str
    title: str
    size: Decimal
    average_price: Decimal
    current_price: Decimal
    realized_pnl: Decimal = Decimal(0)
    redeemable: bool = False
    opposite_token_id: str = ""
    neg_risk: bool = False


class _PositionRow(msgspec.Struct, rename="camel"):
    asset: str
    size: msgspec.Raw
    proxy_wallet: str | None = None
    condition_id: str | None = None
    outcome: str | None = None
    title: str | None = None
    avg_price: msgspec.Raw = ABSENT
    cur_price: msgspec.Raw = ABSENT
    realized_pnl: msgspec.Raw = ABSENT
    redeemable: bool | None = None
    opposite_asset: str | None = None
    negative_risk: bool | None = None


class _PositionPage(msgspec.Struct):
    data: list[_PositionRow] | None = None
    positions: list[_PositionRow] | None = None
    next_cursor: str | None = None
    next_cursor_camel: str | None = msgspec.field(name="nextCursor", default=None)


def decode_positions(body: bytes) -> Page[PositionRow]:
    """Read the Data API's `/positions`: the bare array of the first contract, or a page of the second.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    if body.lstrip().startswith(b"["):
        return Page(tuple(map(_position_of, decode_json(body, list[_PositionRow], "positions"))), "")
    raw = decode_json(body, _PositionPage, "positions")
    rows = raw.data if raw.data is not None else raw.positions
    return Page(
        tuple(_position_of(row) for row in rows or ()), raw.next_cursor or raw.next_cursor_camel or ""
    )


def encode_positions(rows: Sequence[PositionRow]) -> bytes:
    """Write the Data API's `/positions` as the bare array."""
    return _NUMBERS.encode([_position_body(row) for row in rows])


def _position_of(raw: _PositionRow) -> PositionRow:
    token_id = identifier(raw.asset, "position: asset")
    what = f"position {token_id}"
    return PositionRow(
        wallet=optional_text(raw.proxy_wallet),
        condition_id=identifier(raw.condition_id, f"{what}: conditionId") if raw.condition_id else "",
        token_id=token_id,
        outcome=optional_text(raw.outcome),
        title=optional_text(raw.title),
        size=computed_number(raw.size, f"{what}: size"),
        average_price=computed_number(raw.avg_price, f"{what}: avgPrice"),
        current_price=computed_number(raw.cur_price, f"{what}: curPrice"),
        realized_pnl=computed_number(raw.realized_pnl, f"{what}: realizedPnl"),
        redeemable=bool(raw.redeemable),
        opposite_token_id=identifier(raw.opposite_asset, f"{what}: oppositeAsset")
        if raw.opposite_asset
        else "",
        neg_risk=bool(raw.negative_risk),
    )


def _position_body(row: PositionRow) -> dict[str, object]:
    return {
        "proxyWallet": row.wallet,
        "asset": row.token_id,
        "conditionId": row.condition_id,
        "size": row.size,
        "avgPrice": row.average_price,
        "curPrice": row.current_price,
        "currentValue": row.size * row.current_price,
        "initialValue": row.size * row.average_price,
        "realizedPnl": row.realized_pnl,
        "redeemable": row.redeemable,
        "title": row.title,
        "outcome": row.outcome,
        "oppositeAsset": row.opposite_token_id,
        "negativeRisk": row.neg_risk,
    }
