"""What the pre-trade checks look at, and what they derive from it. Pure; the checks are in `risk`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ONE, ZERO, Instrument, InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderRequest, OrderType
from omega_tui.domain.programs import Role
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.valuation import dollars_per
from omega_tui.domain.venue_health import DeadManState
from omega_tui.domain.venue_state import VenueStatus

NO_DATA = DataStatus(DataState.DOWN, None, "no data yet")


class RiskLimits(Protocol):
    """The limits in force; `config.RiskConfig` is one."""

    @property
    def max_order_notional(self) -> Decimal:
        """Value of one order."""
        ...

    @property
    def max_order_size(self) -> Decimal:
        """Size of one order."""
        ...

    @property
    def max_depth_share(self) -> Decimal:
        """Size of one order that takes, as a part of what rests within the collar of both sides."""
        ...

    @property
    def max_position_notional(self) -> Decimal:
        """Position in one instrument if every working order filled."""
        ...

    @property
    def max_gross_notional(self) -> Decimal:
        """All positions together if every working order filled, without netting."""
        ...

    @property
    def max_total_notional(self) -> Decimal:
        """The same of every account of the process together."""
        ...

    @property
    def max_open_orders_instrument(self) -> int:
        """Working orders in one instrument."""
        ...

    @property
    def max_open_orders_account(self) -> int:
        """Working orders in the account."""
        ...

    @property
    def orders_per_second(self) -> int:
        """New orders in any second."""
        ...

    @property
    def orders_per_minute(self) -> int:
        """New orders in any minute."""
        ...

    @property
    def orders_per_day(self) -> int:
        """New orders of one day, UTC."""
        ...

    @property
    def price_collar(self) -> Decimal:
        """Furthest price beyond the other side's best."""
        ...

    @property
    def collar_ticks(self) -> int:
        """The collar is never narrower than this."""
        ...

    @property
    def duplicate_window_s(self) -> float:
        """An order equal to one this recent is a slip of the hand."""
        ...

    @property
    def daily_loss_limit(self) -> Decimal:
        """Loss of a day that ends trading but for reducing."""
        ...


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an order does not leave.

    Attributes:
        code: Stable and tested.
        text: A sentence for the trader that says what to do.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """A new order that was let through lately, for THROTTLE and DUPLICATE.

    Attributes:
        mono_ns: When, monotonic clock.
        request: What it was.
    """

    mono_ns: int
    request: OrderRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView:
    """All that the checks look at, taken at one instant.

    Attributes:
        mono_ns: Now, monotonic clock.
        mode: What the gate lets through.
        ready: Whether the account has been read from the venue since the last interruption.
        journal_problem: Why nothing can be written down; empty when all is well.
        dead_man: Where the venue's dead-man switch stands.
        loop_lag_ms: How long the engine stood still at most within the last ten seconds.
        first_order_due: Whether money is real and today's first order has not been confirmed by typing.
        orders_today: New orders let through since midnight, UTC.
        clock_skew_ms: Our clock minus the venue's; None not measured.
        venue_status: What the venue takes at the moment.
        metadata_age_s: How long ago the venue told the rules of the instrument; None not known.
        instrument: What is to be traded; None when not known.
        book: Its book; None when there is none.
        data: State of that book's data.
        orders: Every order that may rest, own and external, of every instrument of the venue.
        positions: By instrument.
        balances: By asset.
        marks: A price per instrument to value positions with; the book's mid or last trade.
        instruments: All that are known of the venue, by id.
        recent: Orders let through in the last minute, oldest first.
        day_pnl: Profit or loss of the day; None not known.
        is_margin: Whether more can be sold than is held.
        gross_elsewhere: What the positions of every other account of this process would be worth, in dollars,
            if every order filled.
        passes: Codes of checks that the next order of this instrument passes: somebody typed so.
    """

    mono_ns: int
    mode: TradingMode
    ready: bool = True
    journal_problem: str = ""
    dead_man: DeadManState = DeadManState.NONE
    loop_lag_ms: float = 0.0
    first_order_due: bool = False
    orders_today: int = 0
    clock_skew_ms: float | None = None
    venue_status: VenueStatus = field(default_factory=VenueStatus)
    metadata_age_s: float | None = None
    instrument: Instrument | None = None
    book: BookSnapshot | None = None
    data: DataStatus = NO_DATA
    orders: Sequence[Order] = ()
    positions: Mapping[str, Position] = field(default_factory=dict)
    balances: Mapping[str, Balance] = field(default_factory=dict)
    marks: Mapping[str, Decimal] = field(default_factory=dict)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    recent: Sequence[RecentOrder] = ()
    day_pnl: Decimal | None = None
    is_margin: bool = False
    gross_elsewhere: Decimal = ZERO
    passes: frozenset[str] = frozenset()


def is_marketable(request: OrderRequest, book: BookSnapshot | None) -> bool:
    """Return whether the order could take at once: by its kind, or because its price reaches the other side.

    A stop waits, whatever it is once it was set off.
    """
    if request.trigger_price is not None:
        return False
    if request.order_type is OrderType.MARKET or request.time_in_force in TAKES_ONLY:
        return True
    if book is None:
        return False
    if request.side is Side.BUY:
        return book.best_ask is not None and request.price >= book.best_ask
    return book.best_bid is not None and request.price <= book.best_bid


def reduces(request: OrderRequest, view: RiskView) -> bool:
    """Return whether the order, with the working ones of its side, only makes the position smaller.

    Orders that the venue itself lets do nothing else need not be added up: it cuts what would do more.
    """
    held = held_of(request.instrument, view) * -request.side.sign
    others = [
        order
        for order in working_orders(view, request.instrument, request.side)
        if not are_alternatives(order.request, request) and not _are_cut(order.request, request, view)
    ]
    working = sum((order.remaining for order in others), ZERO)
    return held >= working + request.size


def _are_cut(one: OrderRequest, other: OrderRequest, view: RiskView) -> bool:
    """Whether two orders carry the venue's own reduce-only flag, which only contracts have."""
    instrument = instrument_of(other.instrument, view)
    is_contract = instrument is not None and instrument.kind is not InstrumentKind.SPOT
    return is_contract and one.reduce_only and other.reduce_only


def are_alternatives(one: OrderRequest, other: OrderRequest) -> bool:
    """Return whether two orders are the two ways out of one quantity, so that only one is to be filled."""
    roles = {one.role, other.role}
    return bool(one.program) and one.program == other.program and roles == {Role.TAKE, Role.STOP}


def held_of(instrument: str, view: RiskView) -> Decimal:
    """Return the position, positive for long."""
    position = view.positions.get(instrument)
    return position.quantity if position is not None else ZERO


def working_orders(view: RiskView, instrument: str, side: Side) -> list[Order]:
    """Return the orders of one side that may rest or have an unknown outcome."""
    return [
        order
        for order in view.orders
        if order.request.instrument == instrument and order.request.side is side
    ]


def instrument_of(name: str, view: RiskView) -> Instrument | None:
    """Return what is known of an instrument."""
    if view.instrument is not None and view.instrument.id == name:
        return view.instrument
    return view.instruments.get(name)


def dollar_rate(name: str, view: RiskView) -> Decimal | None:
    """Return what one unit of an instrument's quote is worth in dollars; None where nothing here says so."""
    instrument = instrument_of(name, view)
    return dollars_per("" if instrument is None else instrument.quote, view.marks, view.instruments)


def gross_exposure(view: RiskView, but: str = "") -> Decimal:
    """Return in dollars what all positions would be worth if every order filled, without netting.

    One instrument may be left out.
    """
    involved = {order.request.instrument for order in view.orders} | set(view.positions)
    involved.discard(but)
    return sum((worst_exposure(instrument, view, None) for instrument in involved), ZERO)


def worst_exposure(name: str, view: RiskView, new: OrderRequest | None) -> Decimal:
    """Return in dollars the larger of the two exposures if all buying, or all selling, of it filled.

    Orders count at their own price. What is held counts at the mark, else at its entry price, else at the
    price of an order, else at one: never at nothing. A quote without a rate counts as a dollar; the gate lets
    no order risk it.
    """
    instrument, rate = instrument_of(name, view), dollar_rate(name, view)

    def worth(size: Decimal, price: Decimal) -> Decimal:
        return size * price if instrument is None else instrument.worth(size, price)

    return _worst(name, view, new, worth) * (ONE if rate is None else rate)


def _worst(
    instrument: str,
    view: RiskView,
    new: OrderRequest | None,
    worth: Callable[[Decimal, Decimal], Decimal],
) -> Decimal:
    held = held_of(instrument, view)
    prices = [order.request.price for order in view.orders if order.request.instrument == instrument]
    if new is not None:
        prices.append(new.price)
    position = view.positions.get(instrument)
    entry = position.entry_price if position is not None else None
    mark = view.marks.get(instrument) or entry or max(prices, default=ONE)
    exposures = [worth(abs(held), mark)]
    for side in Side:
        orders = [(order.remaining, order.request.price) for order in working_orders(view, instrument, side)]
        if new is not None and new.side is side:
            orders.append((new.size, new.price))
        left = held * side.sign
        if left >= 0:
            exposures.append(worth(left, mark) + sum((worth(*order) for order in orders), ZERO))
            continue
        total = sum((size for size, _ in orders), ZERO)
        if total > -left:
            dearest = max(price for _, price in orders)
            exposures.append(worth(total + left, dearest))
    return max(exposures)
