"""What the venue remembers of the users' orders and trades, and how it tells them: as rows and as events."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from omega_tui.domain.orders import Settlement
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.amounts import from_units
from omega_tui.protocol.polymarket.order_answers import OrderRow
from omega_tui.protocol.polymarket.posting import time_in_force_of
from omega_tui.protocol.polymarket.trade_answers import MakerOrder, TradeRow
from omega_tui.protocol.polymarket.user_wire import MakerOrder as MakerEvent
from omega_tui.protocol.polymarket.user_wire import UserOrder, UserTrade
from omega_tui.protocol.polymarket.wire import encode_message
from omega_tui.sim.accounts import Entry
from omega_tui.sim.book_order import Lifetime
from omega_tui.sim.units import amount_text, price_decimal, price_text

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000


class OrderState(StrEnum):
    """The venue's words for where an order stands."""

    LIVE = "LIVE"
    MATCHED = "MATCHED"
    CANCELED = "CANCELED"
    INVALID = "INVALID"


@dataclass(slots=True, kw_only=True)
class OrderRecord:
    """An order of a user, from its acceptance on.

    Attributes:
        order_id: Its hash.
        account: Address of the owner.
        api_key: That placed it.
        maker: Address that holds the funds.
        market_id: Condition id.
        outcome: 0 or 1.
        outcome_name: Of the token.
        token_id: Of the token.
        side: Buying or selling that token.
        price: Limit, in terms of that token.
        size: Shares asked for.
        matched: Shares filled.
        lost: Shares that were filled by a trade that failed; they are not tried again.
        lifetime: How long it lives.
        expiration_s: As signed; 0 for never.
        state: Where it stands.
        created_ns: When it was accepted.
        reserved: What it holds back of its owner's asset.
        trade_ids: Its executions.
        reason: Why it ended early.
    """

    order_id: str
    account: str
    api_key: str
    maker: str
    market_id: str
    outcome: int
    outcome_name: str
    token_id: str
    side: Side
    price: int
    size: int
    matched: int = 0
    lost: int = 0
    lifetime: Lifetime = Lifetime.GTC
    expiration_s: int = 0
    state: OrderState = OrderState.LIVE
    created_ns: int = 0
    reserved: int = 0
    trade_ids: list[str] = field(default_factory=list)
    reason: str = ""

    @property
    def is_bid(self) -> bool:
        """Whether it buys outcome 0, or sells outcome 1."""
        return (self.side is Side.BUY) == (self.outcome == 0)

    @property
    def remaining(self) -> int:
        """Shares still to be filled."""
        return self.size - self.matched - self.lost

    def row(self) -> OrderRow:
        """Return it as the venue lists it."""
        return OrderRow(
            order_id=self.order_id,
            status=self.state.value,
            owner=self.api_key,
            maker=self.maker,
            condition_id=self.market_id,
            token_id=self.token_id,
            outcome=self.outcome_name,
            side=self.side,
            price=price_decimal(self.price).normalize(),
            original_size=from_units(self.size),
            size_matched=from_units(self.matched),
            time_in_force=time_in_force_of(self.lifetime.value),
            expiration_s=self.expiration_s,
            created_ms=self.created_ns // MILLISECOND,
            trade_ids=tuple(self.trade_ids),
        )

    def event(self, kind: str, now_ns: int) -> str:
        """Return the user event of kind PLACEMENT, UPDATE or CANCELLATION."""
        return encode_message(
            UserOrder(
                id=self.order_id,
                type=kind,
                owner=self.api_key,
                order_owner=self.api_key,
                market=self.market_id,
                asset_id=self.token_id,
                side=self.side.value,
                outcome=self.outcome_name,
                price=price_text(self.price),
                original_size=amount_text(self.size),
                size_matched=amount_text(self.matched),
                order_type=self.lifetime.value,
                status=self.state.value,
                associate_trades=list(self.trade_ids),
                maker_address=self.maker,
                created_at=str(self.created_ns // SECOND),
                expiration=str(self.expiration_s),
                timestamp=str(now_ns // MILLISECOND),
            )
        )

    def killed_event(self, now_ns: int) -> str:
        """Return the event of an order that was killed unfilled, in which most fields are empty."""
        return encode_message(
            UserOrder(
                id=self.order_id,
                type="CANCELLATION",
                owner=self.api_key,
                order_owner=self.api_key,
                market=self.market_id,
                asset_id=self.token_id,
                side=self.side.value,
                outcome="",
                price=price_text(self.price),
                original_size=amount_text(self.size),
                size_matched="",
                order_type=self.lifetime.value,
                status=f"CANCELED_{self.reason}",
                maker_address=self.maker,
                created_at="",
                expiration="0",
                timestamp=str(now_ns // MILLISECOND),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One order's part in a trade.

    Attributes:
        order_id: Of the order.
        account: Address of the user; empty for the crowd.
        api_key: Of the order; made up for the crowd.
        maker: Address that holds the funds.
        outcome: 0 or 1: what *this* order traded.
        outcome_name: Of that token.
        token_id: Of that token.
        side: Buying or selling that token.
        price: In terms of that token.
        size: Shares.
        fee: Paid in collateral, millionths.
        fee_rate_bps: As the venue states it.
    """

    order_id: str
    account: str
    api_key: str
    maker: str
    outcome: int
    outcome_name: str
    token_id: str
    side: Side
    price: int
    size: int
    fee: int = 0
    fee_rate_bps: int = 0


@dataclass(slots=True, kw_only=True)
class TradeRecord:
    """What one incoming order traded at one price with the orders that rested there.

    Attributes:
        trade_id: Unique.
        market_id: Condition id.
        taker: The incoming order.
        makers: The resting ones, oldest first.
        status: How final.
        matched_ns: When.
        updated_ns: When the status last changed.
        transaction_hash: Of the settlement.
        entry: What was booked; turned round when the trade fails.
    """

    trade_id: str
    market_id: str
    taker: Party
    makers: tuple[Party, ...]
    status: Settlement = Settlement.MATCHED
    matched_ns: int = 0
    updated_ns: int = 0
    transaction_hash: str = ""
    entry: Entry = ()

    def accounts(self) -> tuple[str, ...]:
        """Return the users in it."""
        parties = (self.taker, *self.makers)
        return tuple(dict.fromkeys(party.account for party in parties if party.account))

    def row(self, account: str) -> TradeRow:
        """Return it as the venue lists it to `account`."""
        taker = self.taker
        return TradeRow(
            trade_id=self.trade_id,
            status=self.status.value,
            taker_order_id=taker.order_id,
            trader_side="TAKER" if taker.account == account else "MAKER",
            owner=taker.api_key,
            maker=taker.maker,
            condition_id=self.market_id,
            token_id=taker.token_id,
            side=taker.side,
            outcome=taker.outcome_name,
            price=price_decimal(taker.price).normalize(),
            size=from_units(taker.size),
            fee_rate_bps=Decimal(taker.fee_rate_bps),
            matched_ms=self.matched_ns // MILLISECOND,
            updated_ms=self.updated_ns // MILLISECOND,
            transaction_hash=self.transaction_hash,
            maker_orders=tuple(
                MakerOrder(
                    order_id=maker.order_id,
                    owner=maker.api_key,
                    maker=maker.maker,
                    token_id=maker.token_id,
                    side=maker.side,
                    outcome=maker.outcome_name,
                    price=price_decimal(maker.price).normalize(),
                    matched=from_units(maker.size),
                )
                for maker in self.makers
            ),
        )

    def event(self, account: str, now_ns: int) -> str:
        """Return the user event that tells `account` its present status."""
        taker = self.taker
        return encode_message(
            UserTrade(
                id=self.trade_id,
                type="TRADE",
                taker_order_id=taker.order_id,
                market=self.market_id,
                asset_id=taker.token_id,
                side=taker.side.value,
                size=amount_text(taker.size),
                price=price_text(taker.price),
                fee_rate_bps=str(taker.fee_rate_bps),
                status=self.status.value,
                match_time=str(self.matched_ns // SECOND),
                last_update=str(self.updated_ns // SECOND),
                timestamp=str(now_ns // MILLISECOND),
                outcome=taker.outcome_name,
                owner=taker.api_key,
                trade_owner=taker.api_key,
                maker_address=taker.maker,
                transaction_hash=self.transaction_hash,
                bucket_index=0,
                trader_side="TAKER" if taker.account == account else "MAKER",
                maker_orders=[
                    MakerEvent(
                        order_id=maker.order_id,
                        owner=maker.api_key,
                        maker_address=maker.maker,
                        matched_amount=amount_text(maker.size),
                        price=price_text(maker.price),
                        fee_rate_bps=str(maker.fee_rate_bps),
                        asset_id=maker.token_id,
                        side=maker.side.value,
                        outcome=maker.outcome_name,
                        outcome_index=maker.outcome,
                    )
                    for maker in self.makers
                ],
            )
        )
