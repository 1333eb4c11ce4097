"""A coin exchange with all its desks: what the dialects put on the wire. Pure."""

from collections.abc import Iterable, Sequence
from copy import copy
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.sim.coin_events import VenueEvent
from omega_tui.sim.coin_plans import PlanDesk
from omega_tui.sim.coin_records import Denied, Reason, VenueHistory
from omega_tui.sim.coin_risk import PerpetualDesk
from omega_tui.sim.coin_rules import is_engaged
from omega_tui.sim.coin_venue import CoinVenue
from omega_tui.sim.coins import DEFAULT_COINS, CoinKind, CoinSpec
from omega_tui.sim.holding import HoldMode, HoldSide, MarginMode, Setting

START_COINS: Final = {"USDT": Decimal(100_000), "BTC": Decimal(2), "ETH": Decimal(30)}
"""What every account starts with in its spot wallet."""

START_CASH: Final = Decimal(50_000)
"""What every account starts with in its futures account."""


class CoinExchange:
    """Books, plans and margins, wired together.

    Attributes:
        venue: Books and orders.
        risk: Marks, funding, liquidation.
        plans: Orders that wait for a price.
    """

    def __init__(
        self, *, seed: int, rate: float, now_ns: int, specs: Sequence[CoinSpec] = DEFAULT_COINS
    ) -> None:
        self.venue = CoinVenue(seed=seed, rate=rate, now_ns=now_ns, specs=specs)
        self.risk = PerpetualDesk(self.venue, seed=seed)
        self.plans = PlanDesk(self.venue, self.risk)
        # Stops come before liquidation: a mark that passes both triggers the stop.
        self.venue.beats += [self.risk.look, self.plans.look, self.risk.liquidate]
        self.venue.after_fill.append(self.plans.forget_exits)
        self.venue.after_end += [self.plans.attach, self.plans.forget_exits]

    def enroll(self, name: str) -> None:
        """Open an account with the usual money."""
        trader = self.venue.enroll(name)
        for coin, amount in START_COINS.items():
            trader.wallet.add(coin, amount)
        trader.perpetual.cash += START_CASH

    def take_events(self) -> list[VenueEvent]:
        """Return what happened since the last call, in order."""
        events = self.venue.events
        self.venue.events = []
        return events

    def history(self) -> VenueHistory:
        """Return the truth about everything that users did."""
        venue = self.venue
        margins = {
            name: sum((held.margin for held in trader.perpetual.holdings.values()), ZERO)
            for name, trader in venue.traders.items()
        }
        return VenueHistory(
            venue.now_ns,
            tuple(copy(order) for order in venue.orders.values()),
            tuple(venue.fills),
            tuple(copy(plan) for plan in self.plans.plans.values()),
            tuple(venue.bills),
            {name: dict(trader.wallet.totals) for name, trader in venue.traders.items()},
            {name: trader.perpetual.cash + margins[name] for name, trader in venue.traders.items()},
        )

    # --- accounts

    def set_leverage(
        self, account: str, symbol: str, leverage: int, sides: Iterable[HoldSide] = tuple(HoldSide)
    ) -> Setting | Denied:
        """Choose the leverage of a symbol."""
        perpetual = self.venue.traders[account].perpetual
        terms = perpetual.terms.get(symbol)
        if terms is None:
            return Denied(Reason.UNKNOWN_SYMBOL, symbol)
        if not 1 <= leverage <= terms.max_leverage:
            return Denied(Reason.LEVERAGE, str(terms.max_leverage))
        if not perpetual.set_leverage(symbol, leverage, sides, self.venue.marks):
            return Denied(Reason.FUNDS)
        setting = perpetual.setting(symbol)
        for order in self.venue.traders[account].open_orders((CoinKind.PERPETUAL,), symbol):
            side = HoldSide.LONG if order.ticket.is_bid else HoldSide.SHORT
            order.leverage = setting.leverage(order.ticket.hold_side or side)
        self.venue.touch(account, CoinKind.PERPETUAL)
        return setting

    def set_margin_mode(self, account: str, symbol: str, mode: MarginMode) -> Setting | Denied:
        """Choose the margin mode of a symbol, which must have no positions and no orders."""
        trader = self.venue.traders[account]
        if symbol not in trader.perpetual.terms:
            return Denied(Reason.UNKNOWN_SYMBOL, symbol)
        setting = trader.perpetual.setting(symbol)
        if setting.margin_mode is not mode:
            if is_engaged(trader, symbol):
                return Denied(Reason.MARGIN_MODE_FIXED)
            setting.margin_mode = mode
        return setting

    def set_hold_mode(self, account: str, mode: HoldMode) -> HoldMode | Denied:
        """Choose one-way or hedge mode; there must be no positions and no orders at all."""
        trader = self.venue.traders[account]
        if trader.perpetual.hold_mode is not mode:
            if is_engaged(trader):
                return Denied(Reason.HOLD_MODE_FIXED)
            trader.perpetual.hold_mode = mode
        return mode

    def transfer(self, account: str, coin: str, amount: Decimal, *, to_futures: bool) -> Denied | None:
        """Move the margin coin between the wallet and the futures account."""
        trader = self.venue.traders[account]
        if amount <= 0 or coin != "USDT":
            return Denied(Reason.PARAMETER, "coin" if amount > 0 else "amount")
        free = (
            trader.wallet.available(coin)
            if to_futures
            else trader.perpetual.transferable(self.venue.marks, trader.reserved())
        )
        if amount > free:
            return Denied(Reason.FUNDS)
        signed = amount if to_futures else -amount
        trader.wallet.add(coin, -signed)
        trader.perpetual.cash += signed + ZERO
        for kind in CoinKind:
            self.venue.touch(account, kind)
        return None
