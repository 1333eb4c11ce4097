"""Gathers what the pre-trade checks look at, as of one instant.

The account types of an exchange are venues of their own here, with a service and a journal each. To the
trader's limits they are one account: what works and what is held at one counts at the other, and all accounts
together have a limit too.
"""

from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from omega_tui.clock import Clock
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ZERO, InstrumentKind
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.risk_view import RecentOrder, RiskView, gross_exposure
from omega_tui.services.arming import Arming
from omega_tui.services.day_result import DayResult
from omega_tui.services.dead_man import DeadManWatch
from omega_tui.services.first_order import FirstOrder
from omega_tui.services.gate import Gate
from omega_tui.services.journal import Journal
from omega_tui.services.ledger import Ledger
from omega_tui.services.loop_lag import LoopLag
from omega_tui.services.market_view import MarketView
from omega_tui.services.typed_risk import TypedRisk
from omega_tui.services.venue_care import VenueCare
from omega_tui.services.venue_state import VenueStateWatch
from omega_tui.units import NS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskViews:
    """The parts that are looked at.

    Attributes:
        is_ready: Whether the account was read from the venue since the last interruption.
        untold: Instruments of which the holdings were not read yet.
        accounts: Who else trades in this process.
        is_live: Whether money is real here: practice and real money are never added up.
    """

    clock: Clock
    arming: Arming
    journal: Journal
    dead_man: DeadManWatch
    loop_lag: LoopLag
    first_order: FirstOrder
    ledger: Ledger
    market: MarketView
    care: VenueCare
    venue_state: VenueStateWatch
    day: DayResult
    gate: Gate
    is_ready: Callable[[], bool]
    untold: Container[str]
    typed: TypedRisk
    accounts: "Accounts"
    is_live: bool

    @property
    def mode(self) -> TradingMode:
        """What the arming lets through."""
        return self.arming.mode

    def of(self, request: OrderRequest) -> RiskView:
        """Return everything about one order, now, with what its whole account does."""
        return self._joined(request.instrument, self.typed.passes(request.instrument))

    def account(self) -> RiskView:
        """Return what the whole account does, now, as it would count for an order in something else."""
        return self._joined("", frozenset())

    def _joined(self, instrument_id: str, passes: frozenset[str]) -> RiskView:
        same, rest = self.accounts.beside(self)
        elsewhere = sum((gross_exposure(one._own(instrument_id)) for one in rest), ZERO)  # noqa: SLF001 - more of these
        view = self._own(instrument_id, passes, elsewhere)
        for one in same:
            view = _together(view, one._own(instrument_id))  # noqa: SLF001 - likewise
        return view

    def _own(
        self, instrument_id: str, passes: frozenset[str] = frozenset(), elsewhere: Decimal = ZERO
    ) -> RiskView:
        """Return everything about an order in one instrument that this venue knows, and what is given."""
        market, ledger = self.market, self.ledger
        market.catch_up()
        instrument = market.instruments.get(instrument_id)
        return RiskView(
            mono_ns=self.clock.mono_ns(),
            mode=self.mode,
            ready=self.is_ready() and instrument_id not in self.untold,
            journal_problem=self.journal.problem,
            dead_man=self.dead_man.state,
            loop_lag_ms=self.loop_lag.worst_ms(),
            first_order_due=self.first_order.is_due,
            orders_today=ledger.placed_since(self.clock.now_ns() // NS_PER_DAY * NS_PER_DAY),
            clock_skew_ms=self.care.worst_skew_ms(market.clock_skew_ms()),
            venue_status=self.venue_state.status(),
            metadata_age_s=market.metadata_age_s(instrument_id),
            instrument=instrument,
            book=market.book(instrument_id),
            data=market.data(instrument_id),
            orders=tuple(order.at_worst() for order in ledger.working.values()),
            positions=ledger.positions,
            balances=ledger.balances,
            marks=market.marks,
            instruments=market.instruments,
            recent=self.gate.recent,
            day_pnl=self.day.pnl(),
            is_margin=instrument is not None and instrument.kind is not InstrumentKind.SPOT,
            passes=passes,
            gross_elsewhere=elsewhere,
        )


@dataclass(slots=True)
class Accounts:
    """Who trades in this process, by venue. Belongs to the engine's loop."""

    _members: dict[str, tuple[str, Callable[[], RiskViews]]] = field(default_factory=dict)

    def join(self, venue: str, account: str, views: Callable[[], RiskViews]) -> None:
        """Count a venue to an account.

        Args:
            venue: Its name, unique in the process; joining again changes what it is counted to.
            account: What is the same for every venue of one account; empty for one by itself.
            views: Gives what is looked at there, which a restart of its service makes anew.
        """
        self._members[venue] = (account or venue, views)

    def beside(self, mine: RiskViews) -> tuple[list[RiskViews], list[RiskViews]]:
        """Return the other venues of the same account, and those of every other account of the same money."""
        venue = mine.ledger.venue
        account, _ = self._members.get(venue, ("", None))
        same: list[RiskViews] = []
        rest: list[RiskViews] = []
        for name, (theirs, views) in self._members.items():
            other = views()
            if name != venue and other.is_live is mine.is_live:
                (same if theirs == account else rest).append(other)
        return same, rest


def _together(view: RiskView, other: RiskView) -> RiskView:
    """Return a view in which what another venue of the account does counts too; its purse is its own."""
    results = [one for one in (view.day_pnl, other.day_pnl) if one is not None]
    recent: Iterator[RecentOrder] = iter(sorted((*view.recent, *other.recent), key=lambda one: one.mono_ns))
    return replace(
        view,
        orders=(*view.orders, *other.orders),
        positions={**other.positions, **view.positions},
        marks={**other.marks, **view.marks},
        instruments={**other.instruments, **view.instruments},
        recent=deque(recent),
        orders_today=view.orders_today + other.orders_today,
        day_pnl=sum(results, Decimal(0)) if results else None,
    )
