"""Plan orders of a coin exchange: orders that wait for a price, stops and targets of positions. Pure.

Plans are looked at on the beat, with the highest and lowest print since the last one, so that no spike of the
last price is missed.
"""

from copy import copy
from dataclasses import replace
from decimal import Decimal

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.sim.coin_events import PlanTold
from omega_tui.sim.coin_records import (
    Denied,
    FillRecord,
    OrderRecord,
    OrderSource,
    PlanKind,
    PlanRecord,
    PlanState,
    Reason,
    Ticket,
    TriggerPrice,
)
from omega_tui.sim.coin_risk import PerpetualDesk
from omega_tui.sim.coin_rules import malformed
from omega_tui.sim.coin_traders import Trader
from omega_tui.sim.coin_venue import CoinVenue
from omega_tui.sim.coins import CoinKind, CoinSpec, MarketKey, plain
from omega_tui.sim.holding import HoldSide


class PlanDesk:
    """Every plan of everybody.

    Attributes:
        plans: By id, oldest first; those that are done stay.
    """

    def __init__(self, venue: CoinVenue, risk: PerpetualDesk) -> None:
        self._venue = venue
        self._risk = risk
        self.plans: dict[str, PlanRecord] = {}
        self._live: dict[str, PlanRecord] = {}

    # --- reading

    def find(self, account: str, kind: CoinKind, *, plan_id: str, client_id: str) -> PlanRecord | None:
        """Return a plan of `account` by either of its ids; None where there is none."""
        if not plan_id:
            found = (
                plan
                for plan in self.plans.values()
                if client_id and plan.ticket.client_id == client_id and plan.account == account
            )
            return next(found, None)
        plan = self.plans.get(plan_id)
        return plan if plan is not None and plan.account == account and plan.key.kind is kind else None

    def of(self, account: str, kind: CoinKind, symbol: str = "", *, is_live: bool) -> list[PlanRecord]:
        """Return plans of an account that wait, or that are done, newest first."""
        return [
            plan
            for plan in reversed(self.plans.values())
            if plan.account == account
            and plan.key.kind is kind
            and symbol in {"", plan.key.symbol}
            and (plan.state is PlanState.LIVE) == is_live
        ]

    # --- changing

    def place(  # noqa: PLR0913  (a plan has these facts)
        self,
        account: str,
        ticket: Ticket,
        kind: PlanKind,
        trigger: Decimal,
        trigger_price: TriggerPrice,
        *,
        hold_side: HoldSide | None = None,
        callback: Decimal = ZERO,
    ) -> PlanRecord | Denied:
        """Take a plan; a plan of an exit needs `hold_side`, a trailing one `callback`."""
        market = self._venue.markets.get(ticket.key)
        if market is None:
            return Denied(Reason.UNKNOWN_SYMBOL, ticket.key.symbol)
        if trigger <= 0 or market.spec.ticks(trigger) is None:
            return Denied(Reason.PRICE_SCALE, plain(market.spec.tick))
        if any(plan.ticket.client_id == ticket.client_id for plan in self._of_account(account)):
            return Denied(Reason.DUPLICATE, ticket.client_id)
        rises = trigger > self._price(ticket.key, trigger_price)
        # Whether a limit is too far away is judged when the order is sent: by then the price is elsewhere.
        needs_all = ticket.price is None and not kind.is_exit
        if kind.is_exit:
            denied = self._no_exit(account, ticket.key.symbol, hold_side, kind, trigger)
            if denied is not None:
                return denied
            rises = (hold_side is HoldSide.LONG) != kind.is_stop
        denied = self._misfit(ticket, market.spec) or (malformed(ticket, market) if needs_all else None)
        if denied is not None:
            return denied
        plan = PlanRecord(
            self._venue.ids.next(),
            account,
            ticket,
            kind,
            trigger,
            trigger_price,
            rises,
            self._venue.now_ns,
            self._venue.now_ns,
            hold_side,
            callback,
        )
        self.plans[plan.plan_id] = self._live[plan.plan_id] = plan
        self._tell(plan)
        return plan

    def modify(
        self,
        plan: PlanRecord | None,
        *,
        trigger: Decimal | None,
        price: Decimal | None,
        size: Decimal | None,
    ) -> PlanRecord | Denied:
        """Change a plan that waits."""
        if plan is None or plan.state is not PlanState.LIVE:
            return Denied(Reason.PLAN_NOT_FOUND)
        spec = self._venue.markets[plan.key].spec
        ticket = replace(plan.ticket, price=price or plan.ticket.price, size=size or plan.ticket.size)
        denied = self._misfit(ticket, spec)
        if denied is not None:
            return denied
        if trigger is not None:
            if trigger <= 0 or spec.ticks(trigger) is None:
                return Denied(Reason.PRICE_SCALE, plain(spec.tick))
            if plan.kind.is_exit:
                denied = self._no_exit(plan.account, plan.key.symbol, plan.hold_side, plan.kind, trigger)
                if denied is not None:
                    return denied
            else:
                plan.rises = trigger > self._price(plan.key, plan.trigger_price)
            plan.trigger = trigger
        plan.ticket = ticket
        self._tell(plan)
        return plan

    def cancel(self, plan: PlanRecord | None) -> PlanRecord | Denied:
        """Cancel a plan that waits."""
        if plan is None or plan.state is not PlanState.LIVE:
            return Denied(Reason.PLAN_NOT_FOUND)
        self._end(plan, PlanState.CANCELED)
        return plan

    def look(self, now_ns: int) -> None:
        """Send what waits for a price that was met."""
        del now_ns
        for plan in list(self._live.values()):
            if plan.state is PlanState.LIVE and self._is_met(plan):
                self._fire(plan)

    def forget_exits(self, trader: Trader, record: OrderRecord | FillRecord) -> None:
        """Cancel the stops and targets of positions that are flat."""
        del record
        for plan in list(self._live.values()):
            side = plan.hold_side if plan.account == trader.name else None
            if side is not None and not trader.perpetual.size(plan.key.symbol, side):
                self._end(plan, PlanState.CANCELED)

    def attach(self, trader: Trader, record: OrderRecord) -> None:
        """Place the stop and the target that came with an order, for what it filled."""
        ticket = record.ticket
        if not record.filled or not record.key.is_perpetual or ticket.only_closes:
            return
        side = HoldSide.LONG if ticket.is_bid else HoldSide.SHORT
        wanted = ((ticket.stop_loss, PlanKind.STOP_LOSS), (ticket.take_profit, PlanKind.TAKE_PROFIT))
        for trigger, kind in wanted:
            if trigger is not None:
                leaving = trader.exit_ticket(record.key.symbol, side, record.filled)
                leaving = replace(leaving, client_id=self._venue.ids.next())
                self.place(trader.name, leaving, kind, trigger, TriggerPrice.MARK, hold_side=side)

    # --- inside

    def _of_account(self, account: str) -> list[PlanRecord]:
        return [plan for plan in self.plans.values() if plan.account == account]

    def _misfit(self, ticket: Ticket, spec: CoinSpec) -> Denied | None:
        """Return a denial where price or size is between two steps."""
        if ticket.price is not None and (ticket.price <= 0 or spec.ticks(ticket.price) is None):
            return Denied(Reason.PRICE_SCALE, plain(spec.tick))
        if ticket.size is not None and (ticket.size <= 0 or spec.lots(ticket.size) is None):
            return Denied(Reason.SIZE_SCALE, f"{plain(ticket.size)} checkScale={spec.size_places}")
        return None

    def _price(self, key: MarketKey, which: TriggerPrice) -> Decimal:
        market = self._venue.markets[key]
        if key.is_perpetual and which is TriggerPrice.MARK:
            return self._venue.marks[key.symbol]
        if key.is_perpetual and which is TriggerPrice.INDEX:
            return self._risk.index(key.symbol)
        return market.spec.price(market.last)

    def _range(self, plan: PlanRecord) -> tuple[Decimal, Decimal]:
        """Return the lowest and highest price since the last look."""
        if plan.key.is_perpetual and plan.trigger_price is not TriggerPrice.LAST:
            price = self._price(plan.key, plan.trigger_price)
            return price, price
        market = self._venue.markets[plan.key]
        return market.spec.price(market.low), market.spec.price(market.high)

    def _no_exit(
        self, account: str, symbol: str, side: HoldSide | None, kind: PlanKind, trigger: Decimal
    ) -> Denied | None:
        """Return why a stop or target cannot be set; None when it can."""
        if side is None:
            return Denied(Reason.PARAMETER, "holdSide")
        if not self._venue.traders[account].perpetual.size(symbol, side):
            return Denied(Reason.NO_POSITION)
        mark = self._venue.marks[symbol]
        must_be_below = (side is HoldSide.LONG) == kind.is_stop
        if must_be_below:
            return None if trigger < mark else Denied(Reason.STOP_ABOVE_MARK, plain(mark))
        return None if trigger > mark else Denied(Reason.STOP_BELOW_MARK, plain(mark))

    def _is_met(self, plan: PlanRecord) -> bool:
        low, high = self._range(plan)
        if plan.kind is PlanKind.TRAILING:
            return self._trails_off(plan, low, high)
        return high >= plan.trigger if plan.rises else low <= plan.trigger

    def _trails_off(self, plan: PlanRecord, low: Decimal, high: Decimal) -> bool:
        """Follow the price once it reached the trigger; return whether it came back far enough."""
        is_selling = not plan.ticket.is_bid
        if not plan.extreme:
            reached = high >= plan.trigger if plan.rises else low <= plan.trigger
            if reached:
                plan.extreme = high if is_selling else low
            return False
        plan.extreme = max(plan.extreme, high) if is_selling else min(plan.extreme, low)
        if is_selling:
            return low <= plan.extreme * (ONE - plan.callback)
        return high >= plan.extreme * (ONE + plan.callback)

    def _fire(self, plan: PlanRecord) -> None:
        trader = self._venue.traders[plan.account]
        ticket = plan.ticket
        if plan.kind.is_exit:
            assert plan.hold_side is not None, "an exit names its position"
            held = trader.perpetual.size(plan.key.symbol, plan.hold_side)
            size = held if plan.kind.is_whole else min(held, ticket.size or held)
            ticket = trader.exit_ticket(plan.key.symbol, plan.hold_side, size, price=ticket.price)
        # It is not waiting any more: its own order may end the position, and with it the plans that do.
        del self._live[plan.plan_id]
        sent = self._venue.place(
            plan.account, replace(ticket, client_id=self._venue.ids.next()), OrderSource.PLAN
        )
        if isinstance(sent, Denied):
            plan.failure = sent.reason
            self._tell(plan, PlanState.FAILED)
            return
        plan.order_id = sent.order_id
        self._tell(plan, PlanState.EXECUTED)

    def _end(self, plan: PlanRecord, state: PlanState) -> None:
        if self._live.pop(plan.plan_id, None) is not None:
            self._tell(plan, state)

    def _tell(self, plan: PlanRecord, state: PlanState = PlanState.LIVE) -> None:
        plan.state = state
        plan.updated_ns = self._venue.now_ns
        self._venue.events.append(PlanTold(copy(plan)))
