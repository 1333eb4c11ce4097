"""Rows of the venue's lists as reports: the same words that the user channel's events become."""

from omega_tui.domain.events.account import OrderReported
from omega_tui.domain.orders import Fill, Settlement
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.fees import taker_fee
from omega_tui.protocol.polymarket.order_answers import OrderRow
from omega_tui.protocol.polymarket.trade_answers import MakerOrder, TradeRow
from omega_tui.protocol.polymarket.user_events import order_status
from omega_tui.text import safe_text
from omega_tui.units import NS_PER_MS


def order_report(row: OrderRow, venue: str) -> OrderReported:
    """Return what a row of the order list says.

    Raises:
        RemoteProtocolError: Its status is none that is known.
    """
    try:
        status, reason = order_status(row.status)
    except ValueError as error:
        raise RemoteProtocolError(f"order {row.order_id}: {error}") from error
    return OrderReported(
        venue=venue,
        venue_order_id=row.order_id,
        client_order_id="",
        instrument=row.token_id,
        side=row.side,
        price=row.price,
        size=row.original_size,
        venue_status=status,
        filled=row.size_matched,
        reason=reason,
        ts_event_ns=row.created_ms * NS_PER_MS,
        time_in_force=row.time_in_force,
    )


def fills_of(row: TradeRow, *, api_key: str) -> list[Fill]:
    """Return the fills of the account's orders in a trade: as taker the trade itself, as maker its rows.

    Raises:
        RemoteProtocolError: Its status is none that is known.
    """
    try:
        settlement = Settlement(row.status)
    except ValueError as error:
        status = safe_text(row.status)
        raise RemoteProtocolError(f"trade {row.trade_id} is in no known state: {status}") from error
    ours = [maker for maker in row.maker_orders if maker.owner == api_key]
    fills = [_maker_fill(maker, row, settlement) for maker in ours]
    if row.trader_side == "TAKER" or (row.trader_side != "MAKER" and row.owner == api_key):
        fills.append(
            Fill(
                trade_id=row.trade_id,
                venue_order_id=row.taker_order_id,
                instrument=row.token_id,
                side=row.side,
                price=row.price,
                size=row.size,
                fee=taker_fee(size=row.size, price=row.price, rate_bps=row.fee_rate_bps),
                is_maker=False,
                settlement=settlement,
                ts_event_ns=row.matched_ms * NS_PER_MS,
            )
        )
    return fills


def _maker_fill(maker: MakerOrder, row: TradeRow, settlement: Settlement) -> Fill:
    # A row of the complement carries its own side; where it does not, it met the taker on the other side.
    side = maker.side
    if side is None:
        side = row.side.opposite if maker.token_id == row.token_id else row.side
    return Fill(
        trade_id=row.trade_id,
        venue_order_id=maker.order_id,
        instrument=maker.token_id,
        side=side,
        price=maker.price,
        size=maker.matched,
        is_maker=True,
        settlement=settlement,
        ts_event_ns=row.matched_ms * NS_PER_MS,
    )
