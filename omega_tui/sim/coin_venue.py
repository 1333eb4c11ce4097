"""A coin exchange without its sockets: books, accounts, orders, plans and virtual time. Pure.

Everything that happens does so in `advance`, in the order of its time, or at once in the call of a user,
before which the owner advances to the present. The tape is a function of the seed and of what users do when.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.sim.book_order import BookOrder, Lifetime, Refusal
from omega_tui.sim.coin_events import AccountTold, BookTold, OrderTold, PictureTold, PrintsTold, VenueEvent
from omega_tui.sim.coin_flow import IndexPath
from omega_tui.sim.coin_market import HIGHEST_TICKS, MILLISECOND, CoinMarket, Ids, Print
from omega_tui.sim.coin_records import (
    Bill,
    Denied,
    FillRecord,
    Force,
    OrderRecord,
    OrderSource,
    OrderState,
    Reason,
    Ticket,
)
from omega_tui.sim.coin_rules import malformed, purchasable, unaffordable, unfit
from omega_tui.sim.coin_traders import Trader
from omega_tui.sim.coins import DEFAULT_COINS, CoinKind, CoinSpec, MarketKey
from omega_tui.sim.holding import HoldSide, Terms
from omega_tui.sim.matching import Match
from omega_tui.sim.perpetual import PerpetualAccount

SECOND: Final = 1_000_000_000

BEAT_NS: Final = 100 * MILLISECOND
"""How often books are told, plans and margins looked at."""

BEATS_PER_PICTURE: Final = 3
"""Tickers and candles are told at every so many beats, as the venue does (300 ms)."""

LIFETIMES: Final = {
    Force.GTC: Lifetime.GTC,
    Force.POST_ONLY: Lifetime.GTC,
    Force.IOC: Lifetime.FAK,
    Force.FOK: Lifetime.FOK,
}

ENDED_BY: Final = {
    Refusal.POST_ONLY_CROSSES: "post_only_taker",
    Refusal.FOK_NOT_FILLED: "fok_not_filled",
    Refusal.FAK_NO_MATCH: "ioc_not_filled",
}

Traded = Sequence[tuple[BookOrder, Match, Print]]


class CoinVenue:
    """One exchange.

    Attributes:
        now_ns: Virtual time.
        markets: By name.
        indexes: The hidden prices, by base coin.
        marks: Marks of the perpetuals, by symbol; kept by who looks after margins.
        traders: By name of the account.
        orders: Every order that was ever accepted, by id.
        fills: Every fill of a user, oldest first.
        bills: Every bill, oldest first.
        ids: Where numbers come from.
        events: What happened and was not yet taken; the owner empties it after every call.
        beats: Called at every beat, before books are told.
        after_fill: Called after a user's fill was booked.
        after_end: Called after a user's order ended.
    """

    def __init__(
        self, *, seed: int, rate: float, now_ns: int, specs: Sequence[CoinSpec] = DEFAULT_COINS
    ) -> None:
        self.now_ns = now_ns
        self.ids = Ids(f"{seed}:ids")
        self.events: list[VenueEvent] = []
        self.indexes: dict[str, IndexPath] = {}
        self.markets: dict[MarketKey, CoinMarket] = {}
        self.traders: dict[str, Trader] = {}
        self.orders: dict[str, OrderRecord] = {}
        self.fills: list[FillRecord] = []
        self.bills: list[Bill] = []
        self.beats: list[Callable[[int], None]] = []
        self.after_fill: list[Callable[[Trader, FillRecord], None]] = []
        self.after_end: list[Callable[[Trader, OrderRecord], None]] = []
        self.marks: dict[str, Decimal] = {}
        self._beat_ns = now_ns + BEAT_NS
        self._beat_count = 0
        shares = sum(spec.share for spec in specs)
        for spec in specs:
            index = self.indexes.get(spec.base)
            if index is None:
                index = IndexPath(
                    f"{seed}:{spec.base}:index", float(spec.start), spec.volatility, start_ns=now_ns
                )
                self.indexes[spec.base] = index
            name = f"{seed}:{spec.key.kind}:{spec.key.symbol}"
            self.markets[spec.key] = CoinMarket(
                spec, name, index, self.ids, rate=rate * spec.share / shares, now_ns=now_ns
            )
            if spec.key.is_perpetual:
                self.marks[spec.key.symbol] = spec.start

    # --- reading

    @property
    def now_ms(self) -> int:
        """Virtual time in milliseconds."""
        return self.now_ns // MILLISECOND

    def next_ns(self) -> int:
        """When something happens next by itself."""
        return min(self._beat_ns, *(market.crowd.next_ns for market in self.markets.values()))

    def find(self, account: str, kind: CoinKind, *, order_id: str, client_id: str) -> OrderRecord | None:
        """Return an order of `account` by either of its ids; None where there is none."""
        if not order_id and client_id:
            order_id = self.traders[account].client_ids.get((kind, client_id), "")
        record = self.orders.get(order_id)
        if record is None or record.account != account or record.key.kind is not kind:
            return None
        return record

    # --- accounts

    def enroll(self, name: str) -> Trader:
        """Open an account; it is the same one when there is one already."""
        terms = {
            key.symbol: Terms(
                key.symbol, market.spec.taker_rate, market.spec.maintenance_rate, market.spec.max_leverage
            )
            for key, market in self.markets.items()
            if key.is_perpetual
        }
        return self.traders.setdefault(name, Trader(name, PerpetualAccount(terms)))

    # --- time

    def advance(self, now_ns: int) -> None:
        """Let everything happen that is due, in order."""
        while True:
            market = min(self.markets.values(), key=lambda each: each.crowd.next_ns)
            due_ns = min(market.crowd.next_ns, self._beat_ns)
            if due_ns > now_ns:
                break
            self.now_ns = max(self.now_ns, due_ns)
            if due_ns == self._beat_ns:
                self._beat_ns += BEAT_NS
                self.beat()
            else:
                self.settle(market, market.step())
        self.now_ns = max(self.now_ns, now_ns)

    def skip(self, gap_ns: int) -> None:
        """Let `gap_ns` pass in which the crowd did nothing, as after the machine slept."""
        for market in self.markets.values():
            market.crowd.next_ns += gap_ns
        self._beat_ns += gap_ns

    def beat(self) -> None:
        """Look at plans and margins, then tell every book that changed."""
        for index in self.indexes.values():
            index.at(self.now_ns)
        for look in self.beats:
            look(self.now_ns)
        for key, market in self.markets.items():
            market.reset_extremes()
            update = market.tell(self.now_ns)
            if update is not None:
                self.events.append(BookTold(key, update))
        self._beat_count += 1
        if self._beat_count % BEATS_PER_PICTURE == 0:
            self.events.append(PictureTold())

    def shock(self, base: str, price: Decimal) -> None:
        """Have the world price of a coin jump, and all its books with it, through whatever is in the way."""
        self.indexes[base].jump(float(price))
        for market in self.markets.values():
            if market.spec.base == base:
                target = int(price / market.spec.tick)
                self.settle(market, market.shake(target, self.now_ns))
        self.beat()

    # --- orders

    def place(
        self, account: str, ticket: Ticket, source: OrderSource = OrderSource.NORMAL
    ) -> OrderRecord | Denied:
        """Take an order. What the market does not fill of one that may not rest is canceled at once."""
        trader = self.traders[account]
        checked = self._checked(trader, ticket, source)
        if isinstance(checked, Denied):
            return checked
        self._accept(trader, checked)
        self._execute(trader, checked)
        return checked

    def replace(self, account: str, old: OrderRecord, ticket: Ticket) -> OrderRecord | Denied:
        """Cancel an open order and place another; where the other is refused, the old one stays."""
        trader = self.traders[account]
        if not old.state.is_open:
            return Denied(Reason.ORDER_NOT_FOUND)
        checked = self._checked(trader, ticket, old.source, without=old)
        if isinstance(checked, Denied):
            return checked
        self.end(old, "cancel_replace")
        self._accept(trader, checked)
        self._execute(trader, checked)
        return checked

    def cancel(self, record: OrderRecord | None, reason: str = "normal_cancel") -> OrderRecord | Denied:
        """Cancel an open order."""
        if record is None or not record.state.is_open:
            return Denied(Reason.ORDER_NOT_FOUND)
        self.end(record, reason)
        return record

    def end(self, record: OrderRecord, reason: str) -> None:
        """Take what is left of an open order out of its book, for good."""
        market = self.markets[record.key]
        market.engine.cancel(record.order_id)
        self._finish(self.traders[record.account], record, OrderState.CANCELED, reason)

    def close_position(self, account: str, symbol: str, side: HoldSide) -> OrderRecord | Denied:
        """Close a position at the market's price."""
        trader = self.traders[account]
        size = trader.perpetual.size(symbol, side)
        if not size:
            return Denied(Reason.NO_POSITION)
        for is_bid in (True, False):
            for order in trader.closers(symbol, is_bid=is_bid):
                if order.ticket.is_bid == (side is HoldSide.SHORT):
                    self.end(order, "close_position")
        ticket = trader.exit_ticket(symbol, side, size)
        return self.place(account, replace(ticket, client_id=self.ids.next()))

    # --- booking

    def settle(self, market: CoinMarket, traded: Traded) -> None:
        """Tell prints, and book what users have of them."""
        if not traded:
            return
        self.events.append(PrintsTold(market.spec.key, tuple(each for _, _, each in traded)))
        for taker, match, each in traded:
            for order, is_taker in ((match.maker, False), (taker, True)):
                record = self.orders.get(order.key) if isinstance(order.key, str) else None
                if record is not None:
                    self._book(record, each, is_taker=is_taker)

    def record_fill(self, record: OrderRecord, fill: FillRecord) -> None:
        """Write a fill down and tell it."""
        self.fills.append(fill)
        self.events.append(OrderTold(fill.order, fill))
        self.touch(record.account, record.key.kind)

    def touch(self, account: str, kind: CoinKind) -> None:
        """Have the user told what they own."""
        event = AccountTold(account, kind)
        if not self.events or self.events[-1] != event:
            self.events.append(event)

    # --- inside

    def _checked(
        self, trader: Trader, ticket: Ticket, source: OrderSource, without: OrderRecord | None = None
    ) -> OrderRecord | Denied:
        market = self.markets.get(ticket.key)
        if market is None:
            return Denied(Reason.UNKNOWN_SYMBOL, ticket.key.symbol)
        if ticket.client_id and (ticket.key.kind, ticket.client_id) in trader.client_ids:
            return Denied(Reason.DUPLICATE, ticket.client_id)
        denied = malformed(ticket, market) or unfit(trader, ticket, without)
        if denied is not None:
            return denied
        record = trader.draft(self.ids.next(), ticket, market.spec, self.now_ns, without=without)
        record.source = source
        return unaffordable(trader, record, market, self.marks, without) or record

    def _accept(self, trader: Trader, record: OrderRecord) -> None:
        self.orders[record.order_id] = record
        trader.orders[record.order_id] = record
        if record.ticket.client_id:
            trader.client_ids[record.key.kind, record.ticket.client_id] = record.order_id
        if record.key.is_perpetual:
            # The mode comes with the order; a symbol with positions or orders has refused another one.
            trader.perpetual.setting(record.key.symbol).margin_mode = record.margin_mode
        else:
            trader.freeze(record)
        self._tell_order(record)

    def _execute(self, trader: Trader, record: OrderRecord) -> None:
        market = self.markets[record.key]
        ticket, spec = record.ticket, market.spec
        lifetime = LIFETIMES[ticket.force]
        if ticket.price is None:
            ticks = HIGHEST_TICKS if ticket.is_bid else 1
            lifetime = Lifetime.FOK if ticket.force is Force.FOK else Lifetime.FAK
        else:
            ticks = spec.ticks(ticket.price) or 0
        if ticket.budget is not None:
            record.size = spec.size(purchasable(trader, market, ticket.budget))
        lots = spec.lots(record.size) or 0
        order = BookOrder(record.order_id, record.account, is_bid=ticket.is_bid, price=ticks, size=lots)
        post_only = ticket.force is Force.POST_ONLY
        execution, traded = market.place(order, lifetime, self.now_ns, post_only=post_only)
        for crossed in execution.self_crossed:
            self._finish(trader, self.orders[str(crossed.key)], OrderState.CANCELED, "self_trade")
        self.settle(market, traded)
        if not execution.rests and record.state.is_open:
            reason = "not_filled" if execution.refusal is None else ENDED_BY.get(execution.refusal, "refused")
            self._finish(trader, record, OrderState.CANCELED, reason)

    def _book(self, record: OrderRecord, trade: Print, *, is_taker: bool) -> None:
        trader, spec = self.traders[record.account], record.spec
        price, size = spec.price(trade.ticks), spec.size(trade.lots)
        rate = spec.taker_rate if is_taker else spec.maker_rate
        profit, closed = ZERO, ZERO
        if record.key.is_perpetual:
            if record.ticket.only_closes:
                # Two orders that one sweep hits can close more than is held: the rest is not the user's.
                size = min(size, trader.closable(record))
            if size:
                fee, effect = trader.book_perpetual(record, price, size, rate, self.now_ns)
                profit, closed = effect.realized, effect.closed
        else:
            fee = trader.book_spot(record, price, size, rate)
        if not size:
            self.end(record, "reduce_only")
            return
        record.filled += size
        record.filled_value += price * size
        record.fee += fee
        record.profit += profit
        record.updated_ns = self.now_ns
        is_full = record.filled == record.size
        record.state = OrderState.FILLED if is_full else OrderState.PARTIALLY_FILLED
        fill = FillRecord(
            trade.trade_id, copy(record), price, size, fee, is_taker, profit, closed > 0, self.now_ns
        )
        self.record_fill(record, fill)
        if is_full:
            self._forget(trader, record)
        for hear in self.after_fill:
            hear(trader, fill)
        if closed:
            self._trim_closers(trader, record.key.symbol)

    def _trim_closers(self, trader: Trader, symbol: str) -> None:
        """Cancel the newest of the orders that could close more than is still held."""
        for is_bid in (True, False):
            closers = trader.closers(symbol, is_bid=is_bid)
            excess = sum((order.remaining for order in closers), ZERO)
            excess -= trader.perpetual.size(symbol, HoldSide.SHORT if is_bid else HoldSide.LONG)
            for order in reversed(closers):
                if excess <= 0:
                    break
                excess -= order.remaining
                self.end(order, "reduce_only")

    def _finish(self, trader: Trader, record: OrderRecord, state: OrderState, reason: str) -> None:
        record.state = state
        record.cancel_reason = reason
        record.updated_ns = self.now_ns
        self._forget(trader, record)
        self._tell_order(record)

    def _forget(self, trader: Trader, record: OrderRecord) -> None:
        """Let an order that ended hold nothing any more."""
        trader.orders.pop(record.order_id, None)
        if not record.key.is_perpetual:
            trader.thaw(record)
        for hear in self.after_end:
            hear(trader, record)

    def _tell_order(self, record: OrderRecord) -> None:
        self.events.append(OrderTold(copy(record)))
        self.touch(record.account, record.key.kind)

    def _check(self) -> None:
        """Assert what must be true between two calls."""
        for market in self.markets.values():
            market.engine._check()  # noqa: SLF001  (checks are called by checks only)
        for trader in self.traders.values():
            trader._check()  # noqa: SLF001
            for order in trader.orders.values():
                resting = self.markets[order.key].engine.order(order.order_id)
                assert resting is not None, f"{order.order_id} is open but does not rest"
                assert order.spec.size(resting.remaining) == order.remaining
