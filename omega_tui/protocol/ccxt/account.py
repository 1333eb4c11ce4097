"""What ccxt's unified structures say of an account: orders, fills, balances, positions, funding."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from omega_tui.domain.account import Balance
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.instrument import ZERO, Instrument, InstrumentKind
from omega_tui.domain.order_facts import CANCELED, EXPIRED, LIVE, MATCHED, REJECTED
from omega_tui.domain.orders import Fill
from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.ccxt.instruments import contract_value_of, price_of, size_of
from omega_tui.protocol.ccxt.values import SIDES, ns_of, number_of, text_of
from omega_tui.text import safe_text

_STATUS: Final[Mapping[str, str]] = {
    "open": LIVE,
    "canceling": LIVE,
    "closed": MATCHED,
    "canceled": CANCELED,
    "expired": EXPIRED,
    "rejected": REJECTED,
}
"""ccxt's order statuses. `closed` is refined by `status_of`: it also covers what ended half filled."""


_OTHER_SIDE: Final = {"buy": Side.SELL, "sell": Side.BUY}


class FundingRow(NamedTuple):
    """A funding payment: received, in the settling asset; negative is paid."""

    payment_id: str
    amount: Decimal
    ts_event_ns: int


def status_of(order: Mapping[str, Any]) -> str:
    """Return the normalised status of a ccxt order.

    A row without a status proves that the order exists, and no more: it counts as live. A `closed` order that
    is not filled in full ended some other way, so it counts as canceled; its fills tell how much traded.
    """
    status = _STATUS.get(order.get("status") or "", LIVE)
    if status is MATCHED:
        filled, amount = number_of(order.get("filled")), number_of(order.get("amount"))
        if filled is not None and amount is not None and filled < amount:
            return CANCELED
    return status


def order_of(
    order: Mapping[str, Any], instrument: Instrument, *, client_order_id: str = "", cumulative: bool
) -> OrderReported:
    """Return what the venue says of an order.

    Args:
        order: A ccxt order structure.
        instrument: What it trades.
        client_order_id: Our id, where it is not the one that the venue carries.
        cumulative: Whether `filled` is what was filled in all. On streams it may be the last fill alone
            (bitget), so it is then left out, and quantities come from trades.

    Raises:
        RemoteProtocolError: It has no id or no side.
    """
    order_id, side = order.get("id"), SIDES.get(order.get("side") or "")
    if not order_id or side is None:
        raise RemoteProtocolError(f"{instrument.name}: an order without id or side")
    price = price_of(order.get("price"), instrument)
    return OrderReported(
        venue=instrument.venue,
        venue_order_id=safe_text(order_id),
        client_order_id=client_order_id or text_of(order.get("clientOrderId")),
        instrument=instrument.id,
        side=side,
        price=price or None,
        size=size_of(order.get("amount"), instrument),
        venue_status=status_of(order),
        filled=size_of(order.get("filled"), instrument) if cumulative else None,
        reason="",
        ts_event_ns=ns_of(order.get("lastUpdateTimestamp") or order.get("timestamp")),
        time_in_force=text_of(order.get("timeInForce")),
    )


def fill_of(trade: Mapping[str, Any], instrument: Instrument) -> FillReported:
    """Return one of our executions.

    Raises:
        RemoteProtocolError: It has no id, order, side, price or size: it could not be counted once.
    """
    trade_id, order_id = trade.get("id"), trade.get("order")
    side = _closing_side(trade) or SIDES.get(trade.get("side") or "")
    price, size = price_of(trade.get("price"), instrument), size_of(trade.get("amount"), instrument)
    if not trade_id or not order_id or side is None or price is None or size is None:
        raise RemoteProtocolError(f"{instrument.name}: a fill without id, order, side, price or size")
    fee = _fee_of(trade, instrument, price)
    return FillReported(
        venue=instrument.venue,
        fill=Fill(
            trade_id=safe_text(trade_id),
            venue_order_id=safe_text(order_id),
            instrument=instrument.id,
            side=side,
            price=price,
            size=size,
            fee=fee.value,
            is_maker=trade.get("takerOrMaker") == "maker",
            ts_event_ns=ns_of(trade.get("timestamp")),
            fee_asset=fee.asset,
            fee_paid=fee.paid,
            base_fee=fee.of_base,
            contract_value=contract_value_of(instrument),
        ),
    )


def balances_of(balance: Mapping[str, Any], *, venue: str) -> list[Balance]:
    """Return the balances that are not empty, by asset.

    An asset of which the venue states neither the total nor its parts is left out. Where only the total is
    known, nothing of it counts as available.
    """
    totals, free, used = (balance.get(part) or {} for part in ("total", "free", "used"))
    result = []
    for asset in sorted(set(totals) | set(free) | set(used)):
        available, locked = number_of(free.get(asset)), number_of(used.get(asset))
        total = number_of(totals.get(asset))
        if total is None and available is not None:
            total = available + (locked or ZERO)
        if total is None:
            continue
        if available is None:
            available = ZERO if locked is None else total - locked
        if total or available:
            result.append(Balance(venue, safe_text(asset), total, available))
    return result


def position_quantity(position: Mapping[str, Any], instrument: Instrument) -> Decimal | None:
    """Return the signed quantity of a ccxt position; None where it is not known."""
    size = size_of(position.get("contracts"), instrument)
    if size is None:
        return None
    side = position.get("side")
    if size and side not in {"long", "short"}:
        raise RemoteProtocolError(f"{instrument.name}: a position without a side")
    return -abs(size) if side == "short" else abs(size)


def funding_of(row: Mapping[str, Any], instrument: Instrument) -> FundingRow:
    """Return a funding payment of ccxt.

    Raises:
        RemoteProtocolError: It has no amount, or nothing to count it once by.
    """
    amount, ts_ns = number_of(row.get("amount")), ns_of(row.get("timestamp"))
    payment_id = text_of(row.get("id")) or (str(ts_ns) if ts_ns else "")
    if amount is None or not payment_id:
        raise RemoteProtocolError(f"{instrument.name}: a funding payment without amount, id or time")
    return FundingRow(payment_id, amount, ts_ns)


def _closing_side(trade: Mapping[str, Any]) -> Side | None:
    """Return our side of a fill that closed a position in hedge mode; None for all others.

    bitget names the side of the *position* there, and the library passes it on (Bitget docs, "Get Order Fill
    Details": `tradeSide` is `close`, or a longer word that ends in `close_long` or `close_short`).
    """
    info = trade.get("info")
    word = str(info.get("tradeSide") or "").lower() if isinstance(info, Mapping) else ""
    if word.endswith("close_long"):
        return Side.SELL
    if word.endswith("close_short"):
        return Side.BUY
    return _OTHER_SIDE.get(str(trade.get("side"))) if word == "close" else None


class _Fee(NamedTuple):
    """A fee: its value in the asset in which the instrument pays, and what was taken in another asset."""

    value: Decimal
    asset: str
    paid: Decimal
    of_base: Decimal


def _fee_of(trade: Mapping[str, Any], instrument: Instrument, price: Decimal) -> _Fee:
    """Return the fee of a fill, valued as far as it can be."""
    is_spot, money = instrument.kind is InstrumentKind.SPOT, instrument.settle or instrument.quote
    value, other, paid, of_base = ZERO, "", ZERO, ZERO
    for fee in trade.get("fees") or [trade.get("fee") or {}]:
        cost, asset = number_of(fee.get("cost")), fee.get("currency") or ""
        if not cost:
            continue
        if asset in {money, ""}:
            value += cost
            continue
        if asset == instrument.base:
            value += cost * price
            of_base += cost if is_spot else ZERO
        other, paid = safe_text(asset), paid + cost
    return _Fee(value, other, paid, of_base)
