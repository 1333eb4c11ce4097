"""What the users own, ordered and traded: reservations, booking of trades, and what becomes of them. Pure.

The crowd is one bottomless pocket: what it trades with itself changes nothing and is not booked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Final, NamedTuple

from omega_tui.domain.account import Position
from omega_tui.domain.orders import Settlement
from omega_tui.domain.side import Side
from omega_tui.sim.accounts import (
    CASH,
    Entry,
    Ledger,
    Leg,
    Posting,
    deposit,
    fee_entry,
    redeem,
    reversed_entry,
    settlement,
    split,
)
from omega_tui.sim.book_order import BookOrder
from omega_tui.sim.market import Market, Print
from omega_tui.sim.records import OrderRecord, OrderState, Party, TradeRecord
from omega_tui.sim.units import ONE, ONE_PRICE, amount_decimal, cost_of, price_decimal

CROWD_ACCOUNT: Final = "crowd"
CROWD_TOKENS: Final = 1_000_000_000 * ONE
"""Pairs of tokens that the crowd has in every market."""

VENUE: Final = "sim"


class UserEmission(NamedTuple):
    """One frame for one user.

    Attributes:
        account: Address.
        market_id: Whose market it is about.
        text: The frame.
        kind: `order` or `trade`.
    """

    account: str
    market_id: str
    text: str
    kind: str


class Clearing:
    """Books of the venue for the users.

    Attributes:
        ledger: Who owns what.
        orders: Every order that was ever accepted, by id.
        trades: Every trade that involves a user, by id, oldest first.
        positions: Average prices by (account, token); for display.
        touched: Ids of orders and trades and addresses that changed since somebody cleared it.
    """

    def __init__(self, tell: Callable[[UserEmission], None]) -> None:
        self.ledger = Ledger()
        self.orders: dict[str, OrderRecord] = {}
        self.trades: dict[str, TradeRecord] = {}
        self.positions: dict[tuple[str, str], Position] = {}
        self.touched: dict[str, None] = {}
        self._tell = tell
        self._trades_of: dict[str, list[str]] = {}
        self._live: dict[str, dict[str, None]] = {}

    # --- accounts

    def fund(self, account: str, amount: int) -> None:
        """Pay collateral in."""
        self.ledger.post(deposit(account, amount))
        self.touched[account] = None

    def stock(self, market: Market) -> None:
        """Give the crowd its tokens of a market."""
        self.ledger.post(deposit(CROWD_ACCOUNT, CROWD_TOKENS))
        self.ledger.post(split(CROWD_ACCOUNT, market.market_id, market.tokens, CROWD_TOKENS))

    def restore_account(self, account: str, assets: Mapping[str, int], markets: Iterable[Market]) -> None:
        """Give a user back what a store kept; the tokens come out of the crowd's stock."""
        self.ledger.post(deposit(account, assets.get(CASH, 0)))
        for token in (token for market in markets for token in market.tokens):
            shares = assets.get(token, 0)
            if shares:
                self.ledger.post((Posting(CROWD_ACCOUNT, token, -shares), Posting(account, token, shares)))

    def open_orders(self, account: str) -> list[OrderRecord]:
        """Return the orders of `account` that rest, oldest first."""
        return [self.orders[order_id] for order_id in self._live.get(account, ())]

    def trades_of(self, account: str) -> list[TradeRecord]:
        """Return the trades of `account`, newest first."""
        return [self.trades[trade_id] for trade_id in reversed(self._trades_of.get(account, ()))]

    # --- orders

    def needs(self, record: OrderRecord, fee: int = 0) -> int:
        """Return how much of its owner's asset the order would hold now."""
        remaining = record.remaining
        return cost_of(remaining, record.price) + fee if record.side is Side.BUY else remaining

    def asset_of(self, record: OrderRecord) -> str:
        """Return what the order gives."""
        return CASH if record.side is Side.BUY else record.token_id

    def accept(self, record: OrderRecord, now_ns: int) -> None:
        """Take an order into the books and tell its owner."""
        self.orders[record.order_id] = record
        self._live.setdefault(record.account, {})[record.order_id] = None
        self._hold(record)
        self._tell_order(record, "PLACEMENT", now_ns)

    def settle_state(self, record: OrderRecord, *, rests: bool, now_ns: int) -> None:
        """Say what became of an order that has just been matched against the book."""
        if record.remaining <= 0:
            record.state = OrderState.MATCHED
        if record.matched:
            self._tell_order(record, "UPDATE", now_ns)
        if record.state is OrderState.LIVE and not rests:
            self.end(record, OrderState.CANCELED, "unfilled remainder of FAK", now_ns)
        else:
            self._hold(record)

    def end(self, record: OrderRecord, state: OrderState, reason: str, now_ns: int) -> None:
        """Take an order out for good and tell its owner."""
        record.state = state
        record.reason = reason
        self._hold(record)
        self._tell_order(record, "CANCELLATION", now_ns)

    def kill(self, record: OrderRecord, reason: str, now_ns: int) -> None:
        """Remember an order that was taken and killed unfilled, and tell its owner."""
        record.state = OrderState.CANCELED
        record.reason = reason
        self.orders[record.order_id] = record
        self.touched[record.order_id] = None
        self._tell(UserEmission(record.account, record.market_id, record.killed_event(now_ns), "order"))

    def restore(self, record: OrderRecord) -> None:
        """Take an order back from a store; nobody is told."""
        self.orders[record.order_id] = record
        if record.state is OrderState.LIVE:
            self._live.setdefault(record.account, {})[record.order_id] = None
        record.reserved = 0
        self._hold(record)

    def restore_trade(self, trade: TradeRecord) -> None:
        """Take a trade back from a store; what it booked is in the restored balances already."""
        self.trades[trade.trade_id] = trade
        for account in trade.accounts():
            self._trades_of.setdefault(account, []).append(trade.trade_id)

    # --- trades

    def book(self, market: Market, prints: Iterable[Print], now_ns: int) -> list[TradeRecord]:
        """Book what users traded; return the new trades. Makers are told of their orders, takers not."""
        return [
            self._book(market, trade, now_ns)
            for trade in prints
            if trade.taker.key in self.orders
            or any(match.maker.key in self.orders for match in trade.matches)
        ]

    def advance(self, trade: TradeRecord, status: Settlement, now_ns: int) -> None:
        """Let a trade go on to its next status and tell everybody in it; FAILED undoes it."""
        trade.status = status
        trade.updated_ns = now_ns
        if status is Settlement.FAILED:
            self._undo(trade, now_ns)
        self._tell_trade(trade, now_ns)

    def pay_out(self, market: Market) -> None:
        """Turn every token of a resolved market into what it is worth."""
        for account, held in list(self.ledger.accounts()):
            for outcome, token in enumerate(market.tokens):
                shares = held.total(token)
                if not shares:
                    continue
                payout = shares if outcome == market.spec.winner else 0
                self.ledger.post(redeem(account, market.market_id, token, shares, payout))
                self._move_position(account, token, Side.SELL, shares, ONE_PRICE if payout else 0, fee=0)
                self.touched[account] = None

    def party(self, market: Market, order: BookOrder, price: int, size: int) -> Party:
        """Return an order's part in a trade at `price` of outcome 0; the crowd's names are made up."""
        outcome = order.token
        record = self.orders.get(str(order.key))
        if record is None:
            digest = sha256(f"{market.market_id}:{order.account}".encode()).hexdigest()
            order_id = "0x" + sha256(f"{market.market_id}:{order.key}".encode()).hexdigest()
            owner = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
            account, maker = "", "0x" + digest[:40]
        else:
            order_id, owner = record.order_id, record.api_key
            account, maker = record.account, record.maker
        return Party(
            order_id=order_id,
            account=account,
            api_key=owner,
            maker=maker,
            outcome=outcome,
            outcome_name=market.spec.outcomes[outcome],
            token_id=market.tokens[outcome],
            side=Side.BUY if order.is_bid == (outcome == 0) else Side.SELL,
            price=price if outcome == 0 else ONE_PRICE - price,
            size=size,
        )

    # --- inside

    def _hold(self, record: OrderRecord) -> None:
        """Hold back what the order still needs, nothing once it is done."""
        live = record.state is OrderState.LIVE
        wanted = self.needs(record) if live else 0
        self.ledger.reserve(record.account, self.asset_of(record), wanted - record.reserved)
        record.reserved = wanted
        if not live:
            self._live.get(record.account, {}).pop(record.order_id, None)
        self.touched[record.order_id] = None
        self.touched[record.account] = None

    def _book(self, market: Market, trade: Print, now_ns: int) -> TradeRecord:
        fees = market.spec.fees
        taker = self.party(market, trade.taker, trade.price, trade.size)
        makers = tuple(self.party(market, match.maker, trade.price, match.size) for match in trade.matches)
        fee = fees.fee(trade.size, taker.price) if taker.account else 0
        taker = replace(taker, fee=fee, fee_rate_bps=fees.rate_bps)
        entry: Entry = ()
        for maker in makers:
            if taker.account or maker.account:
                legs = (_leg(taker), _leg(maker))
                entry += settlement(market.market_id, market.tokens, maker.size, trade.price, legs)
        if fee:
            entry += fee_entry(taker.account, fee)
        self.ledger.post(entry)
        name = f"{trade.transaction_hash}:{now_ns}"
        digest = sha256(name.encode()).hexdigest()
        record = TradeRecord(
            trade_id=f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
            market_id=market.market_id,
            taker=taker,
            makers=makers,
            matched_ns=now_ns,
            updated_ns=now_ns,
            transaction_hash=trade.transaction_hash,
            entry=entry,
        )
        self.restore_trade(record)
        self._count(record, now_ns)
        self._tell_trade(record, now_ns)
        return record

    def _count(self, trade: TradeRecord, now_ns: int) -> None:
        """Add a trade to its users' orders and positions; tell those whose orders rested."""
        for party in (trade.taker, *trade.makers):
            if not party.account:
                continue
            order = self.orders[party.order_id]
            order.matched += party.size
            if trade.trade_id not in order.trade_ids:
                order.trade_ids.append(trade.trade_id)
            self._move_position(
                party.account, party.token_id, party.side, party.size, party.price, fee=party.fee
            )
            if party is trade.taker:
                continue
            if order.remaining <= 0 and order.state is OrderState.LIVE:
                order.state = OrderState.CANCELED if order.lost else OrderState.MATCHED
            self._hold(order)
            self._tell_order(order, "UPDATE", now_ns)

    def _undo(self, trade: TradeRecord, now_ns: int) -> None:
        """Take a trade that failed on chain back. What it filled is not put into the book again."""
        self.ledger.post(reversed_entry(trade.entry))
        for party in (trade.taker, *trade.makers):
            if not party.account:
                continue
            order = self.orders[party.order_id]
            order.matched -= party.size
            order.lost += party.size
            self._move_position(
                party.account,
                party.token_id,
                party.side.opposite,
                party.size,
                party.price,
                fee=-party.fee,
            )
            if order.state is OrderState.MATCHED:
                self.end(order, OrderState.CANCELED, "trade failed", now_ns)
            else:
                self._hold(order)
                self._tell_order(order, "UPDATE", now_ns)

    def _move_position(  # noqa: PLR0913  (a fill has as many parts)
        self, account: str, token: str, side: Side, shares: int, price: int, *, fee: int
    ) -> None:
        key = (account, token)
        position = self.positions.get(key) or Position(VENUE, token)
        self.positions[key] = position.after_fill(
            side, price_decimal(price), amount_decimal(shares), Decimal(fee) / ONE
        )
        self.touched[account] = None

    def _tell_order(self, record: OrderRecord, kind: str, now_ns: int) -> None:
        self.touched[record.order_id] = None
        self._tell(UserEmission(record.account, record.market_id, record.event(kind, now_ns), "order"))

    def _tell_trade(self, trade: TradeRecord, now_ns: int) -> None:
        self.touched[trade.trade_id] = None
        for account in trade.accounts():
            self._tell(UserEmission(account, trade.market_id, trade.event(account, now_ns), "trade"))


def _leg(party: Party) -> Leg:
    return Leg(party.account or CROWD_ACCOUNT, party.outcome, buys=party.side is Side.BUY)


def making_and_taking(record: OrderRecord, trades: Sequence[TradeRecord]) -> tuple[int, int]:
    """Return what an incoming order gave and got in `trades`, millionths, fees apart."""
    shares = sum(trade.taker.size for trade in trades)
    money = sum(cost_of(trade.taker.size, trade.taker.price) for trade in trades)
    return (money, shares) if record.side is Side.BUY else (shares, money)
