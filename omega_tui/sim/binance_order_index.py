"""Every order of everybody at the embedded Binance, found as its owner knows it."""

from collections.abc import Iterable

from omega_tui.sim.binance_coins import SPOT
from omega_tui.sim.binance_views import Shown, shown
from omega_tui.sim.coin_records import OrderRecord, OrderSource, PlanRecord


class OrderIndex:
    """Every order of everybody as its owner sees it.

    Attributes:
        cancel_ids: The id of the cancel that ended an order, by the order's id.
    """

    def __init__(self, orders: dict[str, OrderRecord], plans: dict[str, PlanRecord]) -> None:
        """Look at the orders and plans of an exchange, by id."""
        self._orders = orders
        self._plans = plans
        self._plan_of: dict[str, PlanRecord] = {}
        self.cancel_ids: dict[int, str] = {}

    def seen(self, record: OrderRecord) -> Shown:
        """Return an order of the book, under the name of the stop that sent it if one did."""
        return shown(record, self._sender(record))

    def of(self, account: str, symbol: str = "") -> list[Shown]:
        """Return the orders of an account, oldest first."""
        plans = (plan for plan in self._plans.values() if plan.account == account and plan.key.kind is SPOT)
        records = (
            record
            for record in self._orders.values()
            if record.account == account and record.key.kind is SPOT and record.source is OrderSource.NORMAL
        )
        every: Iterable[Shown] = (
            *(shown(record) for record in records),
            *(shown(self._orders.get(plan.order_id), plan) for plan in plans),
        )
        return sorted((each for each in every if symbol in {"", each.symbol}), key=lambda each: each.order_id)

    def find(self, account: str, symbol: str, *, order_id: int, client_id: str) -> Shown | None:
        """Return an order by either of its ids, the newest of those that had the same; None for none."""
        for each in reversed(self.of(account, symbol)):
            if (not order_id or each.order_id == order_id) and client_id in {"", each.client_id}:
                return each
        return None

    def plan(self, order: Shown) -> PlanRecord | None:
        """Return the plan of an order that waits for a price, or waited."""
        return self._plans.get(str(order.order_id))

    def _sender(self, record: OrderRecord) -> PlanRecord | None:
        if record.source is not OrderSource.PLAN:
            return None
        if record.order_id not in self._plan_of:
            self._plan_of |= {plan.order_id: plan for plan in self._plans.values() if plan.order_id}
        return self._plan_of.get(record.order_id)
