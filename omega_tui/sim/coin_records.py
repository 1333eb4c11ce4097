"""What a coin exchange writes down: tickets, orders, fills, plans, bills, and reasons of refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.sim.coins import CoinSpec, MarketKey
from omega_tui.sim.holding import HoldMode, HoldSide, MarginMode


class Reason(StrEnum):
    """Why something was refused; a dialect has a code and words for each."""

    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    PARAMETER = "PARAMETER"
    PRICE_SCALE = "PRICE_SCALE"
    SIZE_SCALE = "SIZE_SCALE"
    MIN_SIZE = "MIN_SIZE"
    MIN_VALUE = "MIN_VALUE"
    PRICE_HIGH = "PRICE_HIGH"
    PRICE_LOW = "PRICE_LOW"
    DUPLICATE = "DUPLICATE"
    FUNDS = "FUNDS"
    NO_POSITION = "NO_POSITION"
    POSITION_TOO_SMALL = "POSITION_TOO_SMALL"
    HOLD_MODE_DIFFERS = "HOLD_MODE_DIFFERS"
    MARGIN_MODE_FIXED = "MARGIN_MODE_FIXED"
    HOLD_MODE_FIXED = "HOLD_MODE_FIXED"
    LEVERAGE = "LEVERAGE"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    PLAN_NOT_FOUND = "PLAN_NOT_FOUND"
    NOTHING_TO_CANCEL = "NOTHING_TO_CANCEL"
    STOP_ABOVE_MARK = "STOP_ABOVE_MARK"
    STOP_BELOW_MARK = "STOP_BELOW_MARK"


@dataclass(frozen=True, slots=True)
class Denied:
    """The exchange says no; nothing changed.

    Attributes:
        reason: Why.
        detail: The number or name that the words quote.
    """

    reason: Reason
    detail: str = ""


class Force(StrEnum):
    """How long an order lives."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class OrderState(StrEnum):
    """What has become of an order."""

    LIVE = "live"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"

    @property
    def is_open(self) -> bool:
        """Whether it may still be filled."""
        return self in {OrderState.LIVE, OrderState.PARTIALLY_FILLED}


class OrderSource(StrEnum):
    """Who made an order."""

    NORMAL = "normal"
    PLAN = "plan"
    LIQUIDATION = "liquidation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a user asks for.

    Attributes:
        key: Where.
        side: As the user names it; in hedge mode the direction of the position, also for closing it.
        price: Limit; None for the market's price.
        size: In base units; None where `budget` is given.
        budget: What a spot buyer at the market wants to spend, in quote units.
        force: How long it lives.
        client_id: The user's own id; empty for none.
        reduce_only: One-way mode: only make the position smaller.
        closes: Hedge mode: True to close, False to open; None in one-way mode.
        margin_mode: Of a perpetual; None for the one chosen for the symbol.
        take_profit: Trigger price of an attached take-profit.
        stop_loss: Trigger price of an attached stop-loss.
    """

    key: MarketKey
    side: Side
    price: Decimal | None = None
    size: Decimal | None = None
    budget: Decimal | None = None
    force: Force = Force.GTC
    client_id: str = ""
    reduce_only: bool = False
    closes: bool | None = None
    margin_mode: MarginMode | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None

    @property
    def is_bid(self) -> bool:
        """Whether it buys in the book: closing trades against the named direction."""
        return (self.side is Side.BUY) != bool(self.closes)

    @property
    def hold_side(self) -> HoldSide | None:
        """In hedge mode, the position it is for."""
        if self.closes is None:
            return None
        return HoldSide.LONG if self.side is Side.BUY else HoldSide.SHORT

    @property
    def only_closes(self) -> bool:
        """Whether it may not open anything."""
        return self.reduce_only or bool(self.closes)


@dataclass(slots=True)
class OrderRecord:
    """One order that was accepted, for ever.

    Attributes:
        order_id: Given by the exchange.
        account: Whose.
        ticket: What was asked for, with the client id filled in.
        spec: Of its book.
        size: In base units; for a spot order with a budget, what it bought.
        created_ns: When.
        updated_ns: Time of the last change.
        hold_mode: Of the account when it was made.
        margin_mode: Of the position it is for.
        leverage: In force when it was made.
        source: Who made it.
        state: What has become of it.
        filled: Size filled so far.
        filled_value: For how much.
        fee: Paid so far, in `fee_coin`.
        profit: Realized so far, before fees.
        frozen: What the wallet still holds for it, in `frozen_coin`.
        cancel_reason: Why it ended, where it was not filled.
    """

    order_id: str
    account: str
    ticket: Ticket
    spec: CoinSpec
    size: Decimal
    created_ns: int
    updated_ns: int
    hold_mode: HoldMode = HoldMode.ONE_WAY
    margin_mode: MarginMode = MarginMode.CROSSED
    leverage: int = 1
    source: OrderSource = OrderSource.NORMAL
    state: OrderState = OrderState.LIVE
    filled: Decimal = ZERO
    filled_value: Decimal = ZERO
    fee: Decimal = ZERO
    profit: Decimal = ZERO
    frozen: Decimal = ZERO
    cancel_reason: str = ""

    @property
    def key(self) -> MarketKey:
        """Its book."""
        return self.ticket.key

    @property
    def remaining(self) -> Decimal:
        """What may still be filled."""
        return self.size - self.filled

    @property
    def average(self) -> Decimal:
        """Average price of what was filled; zero where nothing was."""
        return self.filled_value / self.filled if self.filled else ZERO

    @property
    def frozen_coin(self) -> str:
        """What the wallet holds for a spot order."""
        return self.spec.quote if self.ticket.is_bid else self.spec.base

    @property
    def fee_coin(self) -> str:
        """What the fee is paid in: what a spot order receives, the margin coin of a perpetual."""
        buys_coin = self.ticket.is_bid and not self.key.is_perpetual
        return self.spec.base if buys_coin else self.spec.quote


@dataclass(frozen=True, slots=True)
class FillRecord:
    """One execution of one user's order.

    Attributes:
        trade_id: The same for both sides of a match.
        order: As it was after this fill.
        price: Of the match.
        size: Of the match.
        fee: Paid, in the order's fee coin.
        is_taker: Whether the order came in.
        profit: Realized by it, before fees.
        closes: Whether it made a position smaller.
        at_ns: When.
    """

    trade_id: str
    order: OrderRecord
    price: Decimal
    size: Decimal
    fee: Decimal
    is_taker: bool
    profit: Decimal
    closes: bool
    at_ns: int

    @property
    def value(self) -> Decimal:
        """Price times size."""
        return self.price * self.size


class TriggerPrice(StrEnum):
    """Which price a plan looks at."""

    LAST = "fill_price"
    MARK = "mark_price"
    INDEX = "index_price"


class PlanKind(StrEnum):
    """What a plan is for; the words are Bitget's."""

    NORMAL = "normal_plan"
    TRAILING = "track_plan"
    STOP_LOSS = "loss_plan"
    TAKE_PROFIT = "profit_plan"
    POSITION_STOP = "pos_loss"
    POSITION_PROFIT = "pos_profit"

    @property
    def is_exit(self) -> bool:
        """Whether it ends a position, rather than sending any order."""
        return self not in {PlanKind.NORMAL, PlanKind.TRAILING}

    @property
    def is_stop(self) -> bool:
        """Whether it limits a loss."""
        return self in {PlanKind.STOP_LOSS, PlanKind.POSITION_STOP}

    @property
    def is_whole(self) -> bool:
        """Whether it ends the whole position, however large that is by then."""
        return self in {PlanKind.POSITION_STOP, PlanKind.POSITION_PROFIT}


class PlanState(StrEnum):
    """What has become of a plan."""

    LIVE = "live"
    EXECUTED = "executed"
    FAILED = "fail_trigger"
    CANCELED = "cancelled"


@dataclass(slots=True)
class PlanRecord:
    """An order that waits for a price before it is sent.

    Attributes:
        plan_id: Given by the exchange.
        account: Whose.
        ticket: What is sent then.
        kind: What it is for.
        trigger: The price it waits for.
        trigger_price: Which price that is.
        rises: Whether it waits for the price to come up to the trigger, rather than down.
        created_ns: When.
        updated_ns: Time of the last change.
        hold_side: The position that an exit is for.
        callback: How far a trailing plan lets the price come back, as a share.
        extreme: Best price seen by a trailing plan since it was reached; zero before.
        state: What has become of it.
        order_id: What it sent; empty before.
        failure: Why what it sent was refused.
    """

    plan_id: str
    account: str
    ticket: Ticket
    kind: PlanKind
    trigger: Decimal
    trigger_price: TriggerPrice
    rises: bool
    created_ns: int
    updated_ns: int
    hold_side: HoldSide | None = None
    callback: Decimal = ZERO
    extreme: Decimal = ZERO
    state: PlanState = PlanState.LIVE
    order_id: str = ""
    failure: Reason | None = None

    @property
    def key(self) -> MarketKey:
        """Its book."""
        return self.ticket.key


class Bill(NamedTuple):
    """A change of the futures cash that no order of the user explains.

    Attributes:
        bill_id: Given by the exchange.
        account: Whose.
        symbol: What it is about.
        kind: As `contract_settle_fee` for funding, `burst_long_loss_query` for a liquidation.
        coin: Of the amount.
        amount: Received; negative is paid.
        at_ns: When.
    """

    bill_id: str
    account: str
    symbol: str
    kind: str
    coin: str
    amount: Decimal
    at_ns: int


@dataclass(frozen=True, slots=True)
class VenueHistory:
    """The truth about everything that users did, for tests: copies that nothing changes any more.

    Attributes:
        now_ns: When it was taken.
        orders: Every accepted order, oldest first.
        fills: Every fill, oldest first.
        plans: Every plan, oldest first.
        bills: Every bill, oldest first.
        wallets: Totals by coin, by account.
        cash: Futures cash by account, with the margins of isolated positions.
    """

    now_ns: int
    orders: tuple[OrderRecord, ...] = ()
    fills: tuple[FillRecord, ...] = ()
    plans: tuple[PlanRecord, ...] = ()
    bills: tuple[Bill, ...] = ()
    wallets: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    cash: Mapping[str, Decimal] = field(default_factory=dict)
