"""What the services need of a venue. Concrete venues are known to `runtime` alone.

The sans-IO half (`MarketFeed`, `AccountFeed`) turns frames into events and never waits; the broker asks
and orders over REST.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from omega_tui.domain.account import Balance
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.events.base import Event
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.venue_health import VenueHealth


class Feed(Protocol):
    """One role of a connection, sans-IO: frames in, events out, frames to send. It never waits."""

    def connection_made(self, *, now_ns: int) -> None:
        """Forget everything of the connection before; queue what must be sent first."""
        ...

    def connection_lost(self, reason: str, *, now_ns: int) -> list[Event]:
        """Mark everything as not fresh; return the gap event and the pictures that changed."""
        ...

    def receive(self, text: str | bytes, *, now_ns: int) -> list[Event]:
        """Digest one frame.

        Raises:
            RemoteProtocolError: The frame breaks the protocol so that the connection is of no more use.
        """
        ...

    def to_send(self) -> list[str]:
        """Take what must now be written, in order."""
        ...

    def next_timer_ns(self) -> int | None:
        """When `on_timer` wants to be called, receive clock; None for not at all."""
        ...

    def on_timer(self, *, now_ns: int) -> list[Event]:
        """Keep-alives and time-outs that are due."""
        ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """The venue has the order. `filled` is what it says was matched at once; fills come as fills."""

    venue_order_id: str
    venue_status: str
    filled: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The venue certainly does not have the order."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows; the venue must be asked. Everything that is not listed elsewhere is this.

    `code` says what the venue may be going through, where its answer told.
    """

    reason: str
    code: str = ""


PlaceOutcome = Accepted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """What a cancel brought.

    Attributes:
        canceled: Venue ids that are gone.
        not_canceled: Pairs of venue id and the venue's reason; safe text. "Already gone" is among these:
            the venue must then be asked how it ended.
    """

    canceled: tuple[str, ...]
    not_canceled: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedOrder:
    """An order whose exact bytes are fixed, before anything is written down or sent.

    Attributes:
        request: What was asked for.
        expected_venue_order_id: Known in advance at Polymarket (hash of the order); empty elsewhere.
        payload: The exact bytes that will be sent; carries no credentials.
        lateness_bound_s: After so many seconds without a trace the order cannot appear any more;
            None where the venue documents no bound.
    """

    request: OrderRequest
    expected_venue_order_id: str
    payload: bytes
    lateness_bound_s: float | None = None


@dataclass(frozen=True, slots=True)
class VenuePosition:
    """What the venue says we hold; None for what it does not say.

    Attributes:
        instrument: Instrument id.
        quantity: In the instrument's size units; positive is long. In hedge mode one row per direction.
        entry_price: Average price.
        mark_price: What the venue values it at.
        liquidation_price: Where the venue closes it.
        leverage: Of the position.
        margin_mode: `cross` or `isolated`; empty for spot.
        unrealized_pnl: As the venue computes it, in the settling asset.
        realized_pnl: As the venue computes it, fees and funding included where it includes them.
        hedged: Whether long and short are kept apart.
        contract_value: Quote units that one unit of `quantity` is worth, for inverse contracts; else zero.
        asset: At spot the asset that is held: the row is of all of it, whatever was bought through which
            instrument; empty elsewhere.
        shares: Further instruments in use that hold the same asset.
        spends: Instruments in use that are paid for with the asset: a trade there moves it too.
    """

    instrument: str
    quantity: Decimal
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    leverage: Decimal | None = None
    margin_mode: str = ""
    unrealized_pnl: Decimal | None = None
    realized_pnl: Decimal | None = None
    hedged: bool = False
    contract_value: Decimal = ZERO
    asset: str = ""
    shares: tuple[str, ...] = ()
    spends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FundingPayment:
    """The holders of a perpetual settled with each other.

    Attributes:
        instrument: Instrument id.
        amount: Received, in the settling asset; negative is paid.
        payment_id: The venue's; unique per instrument.
        ts_event_ns: The venue's time.
    """

    instrument: str
    amount: Decimal
    payment_id: str
    ts_event_ns: int


class Broker(Protocol):
    """Orders and account questions at one venue, one account.

    Everything that reads raises `VenueError`; what is not known is never returned as empty.
    """

    venue: str
    is_live: bool

    async def open(self) -> None:
        """Acquire sessions. May be called again after a failure."""
        ...

    async def close(self) -> None:
        """Release; never raises."""
        ...

    async def warm(self, instrument: str) -> None:
        """Learn what `prepare` needs of an instrument, so that the first order need not wait for it.

        Raises:
            VenueError: It cannot be learned now; `prepare` will try itself.
        """
        ...

    async def prepare(self, request: OrderRequest) -> PreparedOrder:
        """Fix and sign the exact bytes. Sends nothing.

        Raises:
            OrderRefused: The request breaks a rule of the venue.
        """
        ...

    async def place(self, prepared: PreparedOrder) -> PlaceOutcome:
        """Send the bytes once. Never raises but for cancellation, which means unknown."""
        ...

    async def cancel(self, venue_order_ids: Sequence[str]) -> CancelOutcome:
        """Cancel by venue id. Raises `VenueError` when no answer came; may be repeated."""
        ...

    async def cancel_all(self, instrument: str | None = None) -> CancelOutcome:
        """Cancel everything of the account, or of one instrument. May be repeated."""
        ...

    async def fetch_open_orders(self) -> list[OrderReported]:
        """Return every open order, all pages."""
        ...

    async def fetch_order(self, venue_order_id: str) -> OrderReported | None:
        """Return one order; None when the venue says that it does not know it."""
        ...

    async def fetch_fills(self, *, since_s: int) -> list[FillReported]:
        """Return our fills since `since_s` (seconds since the epoch), all pages, oldest first."""
        ...

    async def fetch_balances(self) -> list[Balance]:
        """Return all balances."""
        ...

    async def fetch_positions(self) -> list[VenuePosition]:
        """Return all positions that are not flat; at spot every asset in use, held or not."""
        ...


class LeverageControls(Protocol):
    """What an account with margin can set, per instrument. Each raises `VenueError`."""

    async def set_leverage(self, leverage: Decimal, instrument: str, *, margin_mode: str = "") -> None:
        """Set how many times its margin a position may be worth."""
        ...

    async def set_margin_mode(self, mode: str, instrument: str, *, leverage: Decimal | None = None) -> None:
        """Set `cross` or `isolated`."""
        ...


@runtime_checkable
class ByInstrument(Protocol):
    """A broker that must be told of which instrument an order is, and can look for one by our id."""

    def remember(
        self, venue_order_id: str, instrument: str, client_order_id: str = "", *, is_trigger: bool = False
    ) -> None:
        """Say which instrument an order is of; empty ids are not known."""
        ...

    async def fetch_order_by_client_id(self, client_order_id: str, instrument: str) -> OrderReported | None:
        """Return an order by our id; None when the venue shows no trace of it."""
        ...


@runtime_checkable
class PaysFunding(Protocol):
    """A broker of contracts whose holders pay each other."""

    async def fetch_funding(self, instruments: Sequence[str], *, since_s: int) -> list[FundingPayment]:
        """Return the payments in these instruments since then, oldest first; empty where there are none."""
        ...


@runtime_checkable
class ReportsHealth(Protocol):
    """A broker that counts its budget and measures the venue's clock."""

    def health(self) -> VenueHealth:
        """Return how the venue answers, as of now."""
        ...

    async def look_after(self) -> None:
        """Measure the clock and learn the rights of the key, as far as they are due; asks little."""
        ...


@dataclass(frozen=True, slots=True)
class DeadManTerms:
    """How a venue's dead-man switch is used.

    Attributes:
        every_s: How often it is fed.
        timeout_s: So long after the last time the venue cancels.
        can_release: Whether it can be switched off while orders rest; otherwise not to feed it any more
            cancels them.
        warning: What it costs, as a sentence for the trader who switches it on.
    """

    every_s: float
    timeout_s: float
    can_release: bool
    warning: str


@runtime_checkable
class DeadManSwitch(Protocol):
    """A broker whose venue cancels our orders when it hears of us no more."""

    @property
    def dead_man(self) -> DeadManTerms | None:
        """How it is used; None where this venue has none that can be."""
        ...

    async def feed_dead_man(self) -> str:
        """Switch it on, or tell it that we are there; return what is wrong all the same, as a sentence.

        Never waits behind questions.

        Raises:
            VenueError: It is not known to be on.
        """
        ...

    async def release_dead_man(self) -> None:
        """Switch it off; where `can_release` is false, forget that it was on.

        Raises:
            VenueError: It may still be on.
        """
        ...


@runtime_checkable
class KeepsStops(Protocol):
    """A broker whose venue keeps stops itself, so that they live on when this program does not."""

    def keeps_stop(self, request: OrderRequest) -> bool:
        """Return whether the venue keeps this stop or stop-limit, as far as is proven."""
        ...

    def follows_stop(self, request: OrderRequest) -> bool:
        """Return whether what a stop becomes when it fires is told under the stop's own id.

        Elsewhere its fills are those of an order that nobody here sent, and no program can count with them.
        """
        ...
