"""What is held to be true of one order: the facts that the journal keeps, and that `order_fold` folds.

They are evidence and never changed: an order is computed from the set of them (order safety, section 1).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from omega_tui.domain.orders import Fill, OrderRequest

LIVE = "LIVE"
MATCHED = "MATCHED"
CANCELED = "CANCELED"
EXPIRED = "EXPIRED"
REJECTED = "REJECTED"
"""The venue's statuses, as the protocols normalise them (`OrderReported.venue_status`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something we hold to be true of one order.

    Attributes:
        ts_ns: When we learned it, wall clock.
    """

    ts_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent(Fact):
    """We mean to send it. Always the first, and durable before a byte leaves.

    Attributes:
        request: What was asked for.
        expected_venue_order_id: Known in advance where the venue derives it from the order; empty elsewhere.
        payload: The exact bytes, as text; no credentials are in it.
        lateness_bound_s: After so long without a trace it cannot appear any more; None where nobody promises.
        build: The program that wrote it.
    """

    request: OrderRequest
    expected_venue_order_id: str = ""
    payload: str = ""
    lateness_bound_s: float | None = None
    build: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class External(Fact):
    """The account has an order that is not ours; the request is rebuilt from the venue's row."""

    request: OrderRequest
    venue_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Fact):
    """Its bytes are being written. Known to this process alone, never journaled.

    Attributes:
        mono_ns: When, monotonic clock.
    """

    mono_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Fact):
    """The venue answered that it has the order. It says nothing on whether it rests or was matched."""

    venue_order_id: str
    filled: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Fact):
    """The venue certainly does not have it. Only where non-acceptance is proven."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLost(Fact):
    """Nobody knows whether it arrived."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSaid(Fact):
    """A row of the venue: on the private stream, or in an answer to a question.

    Attributes:
        venue_order_id: The venue's id.
        status: LIVE, MATCHED, CANCELED, EXPIRED or REJECTED.
        filled: Cumulative; None where the row does not say.
        reason: The venue's words; safe text.
    """

    venue_order_id: str
    status: str
    filled: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(Fact):
    """An execution, or a step of its settlement."""

    fill: Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(Fact):
    """A cancel was asked for, for the `number`-th time."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelFailed(Fact):
    """The venue refused the `number`-th cancel, and the order still rests."""

    number: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendRequested(Fact):
    """A change in place was meant, for the `number`-th time; durable before a byte of it leaves.

    Attributes:
        number: Counts from 1.
        price: The new limit.
        size: The new size in all, what was filled before included.
        lateness_bound_s: Once it shows the order unchanged for longer, the venue cannot change it any more.
    """

    number: int
    price: Decimal
    size: Decimal
    lateness_bound_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended(Fact):
    """The venue shows the order as the `number`-th change made it."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendFailed(Fact):
    """The `number`-th change certainly did not happen: the order is as it was before."""

    number: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound(Fact):
    """The venue was asked often and long enough: the order is not there and cannot come any more."""

    reason: str


FactType = TypeVar("FactType", bound=Fact)

FACTS: dict[str, type[Fact]] = {
    "intent": Intent,
    "external": External,
    "ack": Acknowledged,
    "reject": Rejected,
    "lost": OutcomeLost,
    "venue": VenueSaid,
    "fill": Filled,
    "cancel": CancelRequested,
    "cancel_failed": CancelFailed,
    "amend": AmendRequested,
    "amended": Amended,
    "amend_failed": AmendFailed,
    "not_found": NotFound,
}
"""What the journal keeps, by the word it is kept under. `Sent` is not among them."""
