"""Gathers what the pre-trade checks look at, as of one instant."""

from collections.abc import Callable, Container
from dataclasses import dataclass

from omega_tui.clock import Clock
from omega_tui.domain.events import TradingMode
from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.risk_view import RiskView
from omega_tui.services.arming import Arming
from omega_tui.services.day_result import DayResult
from omega_tui.services.dead_man import DeadManWatch
from omega_tui.services.first_order import NS_PER_DAY, FirstOrder
from omega_tui.services.gate import Gate
from omega_tui.services.journal import Journal
from omega_tui.services.ledger import Ledger
from omega_tui.services.loop_lag import LoopLag
from omega_tui.services.market_view import MarketView
from omega_tui.services.venue_care import VenueCare
from omega_tui.services.venue_state import VenueStateWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskViews:
    """The parts that are looked at.

    Attributes:
        is_ready: Whether the account was read from the venue since the last interruption.
        untold: Instruments of which the holdings were not read yet.
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

    @property
    def mode(self) -> TradingMode:
        """What the arming lets through."""
        return self.arming.mode

    def of(self, request: OrderRequest) -> RiskView:
        """Return everything about one order, now."""
        market, ledger = self.market, self.ledger
        market.catch_up()
        instrument = market.instruments.get(request.instrument)
        return RiskView(
            mono_ns=self.clock.mono_ns(),
            mode=self.mode,
            ready=self.is_ready() and request.instrument not in self.untold,
            journal_problem=self.journal.problem,
            dead_man=self.dead_man.state,
            loop_lag_ms=self.loop_lag.worst_ms(),
            first_order_due=self.first_order.is_due,
            orders_today=ledger.placed_since(self.clock.now_ns() // NS_PER_DAY * NS_PER_DAY),
            clock_skew_ms=self.care.worst_skew_ms(market.clock_skew_ms()),
            venue_status=self.venue_state.status(),
            metadata_age_s=market.metadata_age_s(request.instrument),
            instrument=instrument,
            book=market.book(request.instrument),
            data=market.data(request.instrument),
            orders=tuple(order.at_worst() for order in ledger.working.values()),
            positions=ledger.positions,
            balances=ledger.balances,
            marks=market.marks,
            instruments=market.instruments,
            recent=self.gate.recent,
            day_pnl=self.day.pnl(),
            is_margin=instrument is not None and instrument.kind is not InstrumentKind.SPOT,
        )
