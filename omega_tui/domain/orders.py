"""Orders: what was asked for, what we know of it, and the table of what may follow what.

How the facts of the journal fold into an `Order` is in `order_fold`.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.text import number_text


class OrderType(StrEnum):
    """How the price is to be understood.

    A MARKET order carries a price too: the worst one that the trader accepts (order safety, check 15).
    """

    LIMIT = "LIMIT"
    MARKET = "MARKET"


class TimeInForce(StrEnum):
    """How long an order lives. Names after FIX 4.4 tag 59; Polymarket's FAK is IOC."""

    GTC = "GTC"
    GTD = "GTD"
    IOC = "IOC"
    FOK = "FOK"


TAKES_ONLY: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})
"""What never rests: whatever is not filled at once is gone."""


class SizeUnit(StrEnum):
    """What the size of an order counts.

    Some venues count a market buy in money (Polymarket, Bitget spot): the same number then means another
    order. Everything here counts BASE units; a broker alone turns them into what its wire counts.
    """

    BASE = "BASE"
    QUOTE = "QUOTE"


class OrderStatus(StrEnum):
    """Where an order stands.

    INTENT is written down and not sent; UNKNOWN means that the venue must be asked; NOT_PLACED is a
    proven absence. REJECTED and NOT_PLACED can be undone by positive evidence.
    """

    INTENT = "INTENT"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    NOT_PLACED = "NOT_PLACED"

    @property
    def is_done(self) -> bool:
        """Whether nothing more is expected, late fills and resurrections aside."""
        return self in DONE

    @property
    def may_rest(self) -> bool:
        """Whether the order may be in the venue's book now: everything that is not done and left us."""
        return self not in DONE and self is not OrderStatus.INTENT


DONE = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
        OrderStatus.REJECTED,
        OrderStatus.NOT_PLACED,
    }
)


def _table(**after: str) -> dict[OrderStatus, frozenset[OrderStatus]]:
    return {
        OrderStatus(name): frozenset(OrderStatus(word) for word in words.split())
        for name, words in after.items()
    }


TRANSITIONS = _table(
    INTENT="SUBMITTED UNKNOWN NOT_PLACED REJECTED ACCEPTED PARTIALLY_FILLED PENDING_CANCEL FILLED CANCELED"
    " EXPIRED",
    SUBMITTED="ACCEPTED PARTIALLY_FILLED PENDING_CANCEL FILLED CANCELED EXPIRED REJECTED UNKNOWN",
    UNKNOWN="ACCEPTED PARTIALLY_FILLED PENDING_CANCEL FILLED CANCELED EXPIRED REJECTED NOT_PLACED",
    ACCEPTED="PARTIALLY_FILLED PENDING_CANCEL FILLED CANCELED EXPIRED",
    PARTIALLY_FILLED="PENDING_CANCEL FILLED CANCELED EXPIRED ACCEPTED",
    PENDING_CANCEL="CANCELED FILLED EXPIRED ACCEPTED PARTIALLY_FILLED",
    FILLED="PARTIALLY_FILLED CANCELED EXPIRED ACCEPTED",
    CANCELED="FILLED",
    EXPIRED="FILLED CANCELED",
    REJECTED="ACCEPTED PARTIALLY_FILLED PENDING_CANCEL FILLED CANCELED EXPIRED",
    NOT_PLACED="REJECTED ACCEPTED PARTIALLY_FILLED PENDING_CANCEL FILLED CANCELED EXPIRED",
)
"""What may follow what (order safety, section 1).

Out of INTENT any venue state may come at once, when a restarted program finds the order at the venue.
Out of FILLED and PARTIALLY_FILLED only a trade that FAILED on chain leads back.
"""


class OrderAlarm(StrEnum):
    """Something about an order that a trader must hear of."""

    FILLS_MISSING = "FILLS_MISSING"
    OVERFILL = "OVERFILL"
    RESURRECTED = "RESURRECTED"
    TRADE_ID_CONFLICT = "TRADE_ID_CONFLICT"
    TRADE_FINALITY_CONFLICT = "TRADE_FINALITY_CONFLICT"
    TRADE_FAILED = "TRADE_FAILED"


@dataclass(frozen=True, slots=True)
class FrameStamp:
    """What the trader saw when the key was pressed (ladder, section 2, rule 4).

    Attributes:
        frame_id: Number of the painted frame.
        price: The price painted under the cursor, or the touch price that the strip showed.
        best_bid: As painted; None where that side was empty.
        best_ask: As painted.
        book_sequence: Sequence of the snapshot that was painted.
        painted_ns: When that frame was flushed, monotonic clock.
        data_state: The data state that was painted, as a word.
        cursor_price: The price painted under the cursor; None while there was no cursor.
        cursor_row: The row that carried it, 0 the topmost on screen; None while it was off screen.
        top_price: The price of the topmost row; None while no price was on screen.
        row_step: Difference of price from one row to the one above it.
        rows: How many prices were on screen.
    """

    frame_id: int
    price: Decimal | None
    best_bid: Decimal | None
    best_ask: Decimal | None
    book_sequence: int
    painted_ns: int
    data_state: str
    cursor_price: Decimal | None = None
    cursor_row: int | None = None
    top_price: Decimal | None = None
    row_step: Decimal = ZERO
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What the trader asked for.

    Attributes:
        client_order_id: Ours; unique for ever. Written down before anything is sent.
        instrument: Instrument id.
        venue: Venue name.
        side: Buying or selling.
        size: In base units, a whole number of lots.
        price: Limit, or for MARKET the worst price accepted.
        order_type: Limit or market.
        time_in_force: How long it lives.
        post_only: Refuse rather than take.
        reduce_only: Only make the position smaller.
        expires_at_s: End of a GTD order, seconds since the epoch; 0 otherwise.
        trigger_price: The price that sets a stop (MARKET) or a stop-limit (LIMIT) off; None otherwise.
        frame: What was on the screen; None for orders that come from no screen.
        program: The program that sends it (`programs.Program.id`); empty for an order by itself.
        role: Its part in that program, as `stop` or `slice 3`.
        unit: What `size` counts; the gate lets nothing but base units through.
    """

    client_order_id: str
    instrument: str
    venue: str
    side: Side
    size: Decimal
    price: Decimal
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    expires_at_s: int = 0
    trigger_price: Decimal | None = None
    frame: FrameStamp | None = None
    program: str = ""
    role: str = ""
    unit: SizeUnit = SizeUnit.BASE

    @property
    def stands_at(self) -> Decimal:
        """The price at which it is drawn and found: that of a stop is its trigger."""
        return self.price if self.trigger_price is None else self.trigger_price

    @property
    def words(self) -> str:
        """Side, size and where it stands, for a sentence: `BUY 10 at 0.45`, `SELL 0.02 stop 64213.8`."""
        where = "at" if self.trigger_price is None else "stop"
        return f"{self.side} {number_text(self.size)} {where} {self.stands_at:f}"

    @property
    def is_protective(self) -> bool:
        """Whether it only takes risk away, so that canceling everything else leaves it alone."""
        return self.reduce_only


class Settlement(StrEnum):
    """How final a fill is. Matched is not settled where trades settle on a chain."""

    MATCHED = "MATCHED"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of one of our orders.

    Attributes:
        trade_id: The venue's; two of our orders may share one, so the key is (trade_id, venue_order_id).
        venue_order_id: The venue's id of our order.
        instrument: The instrument that *we* traded, which may be the complement of the trade's header.
        side: Our side.
        price: Our price.
        size: Our size, in base units.
        fee: In quote units, of a contract in the settling asset; positive is paid. Zero where the venue took
            it in a third asset.
        is_maker: Whether our order rested.
        settlement: How final; FAILED undoes the fill.
        ts_event_ns: The venue's time.
        fee_asset: The asset in which the fee was taken, where that is not the quote. Taken in the base asset
            it is part of `fee`, at the price of the fill, and makes what was bought that much less.
        fee_paid: How much of that asset.
        base_fee: How much of the base asset the venue kept as fee: what is held is that much less.
        contract_value: Quote units that one unit of `size` is worth, for inverse contracts; zero elsewhere.
    """

    trade_id: str
    venue_order_id: str
    instrument: str
    side: Side
    price: Decimal
    size: Decimal
    fee: Decimal = ZERO
    is_maker: bool = False
    settlement: Settlement = Settlement.CONFIRMED
    ts_event_ns: int = 0
    fee_asset: str = ""
    fee_paid: Decimal = ZERO
    base_fee: Decimal = ZERO
    contract_value: Decimal = ZERO

    @property
    def third_fee(self) -> tuple[str, Decimal] | None:
        """What was taken in an asset that is neither the quote nor the base, and how much of it."""
        return (self.fee_asset, self.fee_paid) if self.fee_asset and self.fee_paid and not self.fee else None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change in place that was sent and of which nobody knows yet whether the venue made it.

    Attributes:
        number: Counts the changes of its order from 1.
        price: The new limit.
        size: The new size in all, what was filled before included.
    """

    number: int
    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What we know of an order now.

    Attributes:
        request: What was asked for. For an order placed elsewhere, rebuilt from the venue's row.
        status: Where it stands.
        venue_order_id: The venue's id; empty until it is known.
        filled: Sum of the fills that did not fail, in base units.
        average_price: Size-weighted price of those fills; None before the first.
        venue_filled: What the venue says is filled; differs from `filled` while fills are missing.
        fees: Sum of the fees, in quote units.
        reason: Why it was refused, canceled or is unknown; safe text.
        external: Placed elsewhere: shown, counted, never canceled by itself.
        alarms: What a trader must hear of.
        ts_intent_ns: When it was written down.
        ts_changed_ns: When anything about it last changed.
        ts_sent_ns: When its bytes left, monotonic clock; 0 before, and after a restart.
        cancel_requested: Whether a cancel waits for an answer or for the venue's id.
        amending: A change in place that is in doubt; `request` is as before it until it is proven.
        amends: How many changes in place were sent.
        amend_refused: Why the newest of them was not made; empty where it was, or may yet be.
    """

    request: OrderRequest
    status: OrderStatus
    venue_order_id: str = ""
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    venue_filled: Decimal = ZERO
    fees: Decimal = ZERO
    reason: str = ""
    external: bool = False
    alarms: frozenset[OrderAlarm] = field(default_factory=frozenset)
    ts_intent_ns: int = 0
    ts_changed_ns: int = 0
    ts_sent_ns: int = 0
    cancel_requested: bool = False
    amending: Amendment | None = None
    amends: int = 0
    amend_refused: str = ""

    @property
    def remaining(self) -> Decimal:
        """Base units that are not filled yet, never negative; while a change is in doubt, at most so many."""
        size = self.request.size if self.amending is None else max(self.request.size, self.amending.size)
        return max(ZERO, size - self.filled)

    def at_worst(self) -> "Order":
        """Return the order as it is to be counted: a change in doubt by the worse of its prices and sizes."""
        amending, request = self.amending, self.request
        if amending is None:
            return self
        worse = max if request.side is Side.BUY else min
        price, size = worse(request.price, amending.price), max(request.size, amending.size)
        return replace(self, request=replace(request, price=price, size=size))

    @property
    def is_done(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.status.is_done
