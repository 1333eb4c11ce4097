"""Users of a coin exchange: a spot wallet and a futures account each, and how fills are booked. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.sim.coin_records import OrderRecord, Ticket
from omega_tui.sim.coins import CoinKind, CoinSpec, MarketKey
from omega_tui.sim.holding import Holding, HoldMode, HoldSide, share_up
from omega_tui.sim.perpetual import FillEffect, PerpetualAccount
from omega_tui.sim.spot import SpotWallet


@dataclass(slots=True)
class Trader:
    """One account of the exchange.

    Attributes:
        name: Which.
        wallet: Its coins.
        perpetual: Its futures account.
        orders: Open orders by id, oldest first.
        client_ids: Order id by kind and the user's own id, of every order that ever was.
        ended: Positions that are flat again, oldest first.
    """

    name: str
    perpetual: PerpetualAccount
    wallet: SpotWallet = field(default_factory=SpotWallet)
    orders: dict[str, OrderRecord] = field(default_factory=dict)
    client_ids: dict[tuple[CoinKind, str], str] = field(default_factory=dict)
    ended: list[Holding] = field(default_factory=list)

    def draft(
        self,
        order_id: str,
        ticket: Ticket,
        spec: CoinSpec,
        now_ns: int,
        *,
        without: OrderRecord | None = None,
    ) -> OrderRecord:
        """Return the order that a ticket makes, not yet accepted; one that may only reduce is cut to fit.

        Args:
            order_id: Given by the exchange.
            ticket: What is asked for.
            spec: Of its book.
            now_ns: When.
            without: An open order that the new one takes the place of.
        """
        symbol = ticket.key.symbol
        setting = self.perpetual.setting(symbol)
        margin_mode = ticket.margin_mode or setting.margin_mode
        leverage = 1
        if ticket.key.is_perpetual:
            chosen = replace(setting, margin_mode=margin_mode)
            leverage = chosen.leverage(
                ticket.hold_side or (HoldSide.LONG if ticket.is_bid else HoldSide.SHORT)
            )
        record = OrderRecord(
            order_id=order_id,
            account=self.name,
            ticket=ticket,
            spec=spec,
            size=ticket.size or ZERO,
            created_ns=now_ns,
            updated_ns=now_ns,
            hold_mode=self.perpetual.hold_mode,
            margin_mode=margin_mode,
            leverage=leverage,
        )
        if ticket.reduce_only and record.key.is_perpetual:
            closers = self.closers(symbol, is_bid=ticket.is_bid)
            closing = sum((order.remaining for order in closers if order is not without), ZERO)
            record.size = min(record.size, max(ZERO, self.closable(record) - closing))
        return record

    def closers(self, symbol: str, *, is_bid: bool) -> list[OrderRecord]:
        """Return the open orders that may only close a position of `symbol`, oldest first."""
        return [order for order in self._working(symbol) if _closes(order, is_bid=is_bid)]

    def closable(self, order: OrderRecord) -> Decimal:
        """Return the size of the position that an order of this kind would close."""
        side = HoldSide.SHORT if order.ticket.is_bid else HoldSide.LONG
        return self.perpetual.size(order.key.symbol, side)

    def reserved(self, *, extra: OrderRecord | None = None, without: OrderRecord | None = None) -> Decimal:
        """Return the margin that open futures orders bind, fees included.

        In one-way mode orders against the position need none until they would open a new one.

        Args:
            extra: An order that is not open yet, counted as the newest.
            without: An order left out.
        """
        orders = [order for order in self.orders.values() if order is not without]
        if extra is not None:
            orders.append(extra)
        total = ZERO
        cover: dict[tuple[str, bool], Decimal] = {}
        for order in orders:
            if not order.key.is_perpetual or order.ticket.only_closes:
                continue
            size = order.remaining
            if self.perpetual.hold_mode is HoldMode.ONE_WAY:
                group = (order.key.symbol, order.ticket.is_bid)
                left = cover.setdefault(group, self.closable(order))
                covered = min(left, size)
                cover[group] = left - covered
                size -= covered
            value = size * (order.ticket.price or ZERO)
            total += share_up(value, order.leverage) + value * order.spec.taker_rate
        return total

    def freeze(self, order: OrderRecord) -> None:
        """Hold what a new spot order may need.

        Raises:
            SimError: It is not there.
        """
        order.frozen = needed_coins(order)
        self.wallet.freeze(order.frozen_coin, order.frozen)

    def thaw(self, order: OrderRecord) -> None:
        """Give back what an ended spot order still holds."""
        self.wallet.release(order.frozen_coin, order.frozen)
        order.frozen = ZERO

    def book_spot(self, order: OrderRecord, price: Decimal, size: Decimal, rate: Decimal) -> Decimal:
        """Book a fill of a spot order to the wallet and return the fee, which is kept from what comes in."""
        value = price * size
        paid = value if order.ticket.is_bid else size
        held = size * (order.ticket.price or price) if order.ticket.is_bid else size
        held = min(held, order.frozen)
        order.frozen -= held
        self.wallet.release(order.frozen_coin, held)
        self.wallet.add(order.frozen_coin, -paid)
        received = size if order.ticket.is_bid else value
        fee = received * rate
        self.wallet.add(order.fee_coin, received - fee)
        return fee

    def book_perpetual(
        self, order: OrderRecord, price: Decimal, size: Decimal, rate: Decimal, now_ns: int
    ) -> tuple[Decimal, FillEffect]:
        """Book a fill of a futures order and return the fee and what it did."""
        fee = price * size * rate
        effect = self.perpetual.fill(
            order.key.symbol,
            is_buy=order.ticket.is_bid,
            price=price,
            size=size,
            fee=fee,
            now_ns=now_ns,
            hold_side=order.ticket.hold_side,
        )
        if effect.ended is not None:
            self.ended.append(effect.ended)
        return fee, effect

    def open_orders(self, kinds: Iterable[CoinKind], symbol: str = "") -> list[OrderRecord]:
        """Return open orders of some kinds, of one symbol or of all, oldest first."""
        wanted = frozenset(kinds)
        return [
            order
            for order in self.orders.values()
            if order.key.kind in wanted and symbol in {"", order.key.symbol}
        ]

    def exit_ticket(self, symbol: str, side: HoldSide, size: Decimal, price: Decimal | None = None) -> Ticket:
        """Return the ticket that closes `size` of a position."""
        held = self.perpetual.holdings.get((symbol, side))
        key = MarketKey(CoinKind.PERPETUAL, symbol)
        direction = Side.BUY if side is HoldSide.LONG else Side.SELL
        margin_mode = None if held is None else held.margin_mode
        if self.perpetual.hold_mode is HoldMode.HEDGE:
            return Ticket(
                key=key, side=direction, size=size, price=price, closes=True, margin_mode=margin_mode
            )
        return Ticket(
            key=key,
            side=direction.opposite,
            size=size,
            price=price,
            reduce_only=True,
            margin_mode=margin_mode,
        )

    def _working(self, symbol: str) -> Iterator[OrderRecord]:
        return (order for order in self.orders.values() if order.key == (CoinKind.PERPETUAL, symbol))

    def _check(self) -> None:
        """Assert what must be true between two calls."""
        self.wallet._check()  # noqa: SLF001  (checks are called by checks only)
        self.perpetual._check()  # noqa: SLF001
        frozen: dict[str, Decimal] = {}
        for order in self.orders.values():
            assert order.state.is_open, f"{order.order_id} is {order.state}"
            if not order.key.is_perpetual:
                frozen[order.frozen_coin] = frozen.get(order.frozen_coin, ZERO) + order.frozen
        for coin in self.wallet.coins():
            assert self.wallet.held(coin) == frozen.get(coin, ZERO), f"held {coin}"


def needed_coins(order: OrderRecord) -> Decimal:
    """Return what a spot order may cost at most, in the coin that it pays with."""
    ticket = order.ticket
    if not ticket.is_bid:
        return order.remaining
    if ticket.budget is not None:
        return ticket.budget
    return order.remaining * (ticket.price or ZERO)


def _closes(order: OrderRecord, *, is_bid: bool) -> bool:
    return order.ticket.only_closes and order.ticket.is_bid == is_bid
