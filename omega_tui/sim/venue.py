"""The whole venue without its sockets: markets, accounts, orders, and virtual time. Pure.

Everything that happens does so in `advance`, in the order of its time, or at once in the call of a user,
before which the owner advances to the present. The tape is a function of the seed and of what users do when.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random
from typing import Final

from omega_tui.domain.orders import Settlement
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.amounts import GTD_MARGIN_S, from_units
from omega_tui.protocol.polymarket.order_answers import CancelAnswer, PlaceAnswer
from omega_tui.protocol.polymarket.posting import ORDER_TYPE_WORDS, Posting
from omega_tui.protocol.polymarket.signing import (
    AMOY,
    Exchange,
    order_domain,
    order_id,
)
from omega_tui.sim.announcing import market_resolved, new_market
from omega_tui.sim.book_order import BookOrder, Lifetime, Refusal
from omega_tui.sim.catalogue import MarketSpec, with_rate
from omega_tui.sim.clearing import Clearing, UserEmission, making_and_taking
from omega_tui.sim.dead_man import DeadMansSwitches
from omega_tui.sim.intake import read_terms, why_unproven
from omega_tui.sim.market import Market, Print
from omega_tui.sim.public_book import Emission
from omega_tui.sim.records import MILLISECOND, SECOND, OrderRecord, OrderState, TradeRecord
from omega_tui.sim.store import MarketState, State
from omega_tui.sim.timeline import Timeline
from omega_tui.sim.units import ONE, ONE_PRICE, cost_of
from omega_tui.sim.wording import (
    DUPLICATED,
    GONE,
    INVALID_EXPIRATION,
    KILLED,
    NO_ORDERBOOK,
    NOT_ENOUGH,
    TOO_LITTLE,
    Denied,
    words_of,
)

CHAIN_ID: Final = AMOY
"""The test chain: no signature made for the embedded exchange is good on the main one."""

MIN_MARKETABLE: Final = ONE
"""Smallest money of a BUY that takes (fact sheet, section 7, minimums)."""

MAX_RESOLVED: Final = 20
"""Resolved markets that are still listed."""

FOLLOWING: Final = {Settlement.MINED: Settlement.CONFIRMED, Settlement.RETRYING: Settlement.FAILED}
"""What the chain makes of a trade once it is past MATCHED."""

SETTLE_S: Final = {Settlement.MINED: (1.2, 3.0), Settlement.CONFIRMED: (1.5, 4.0)}
"""How long a trade takes to its next status, seconds from and to."""


class Venue:
    """One exchange.

    Attributes:
        seed: What everything is derived from.
        markets: By condition id, in order of their opening; the newest resolved ones stay.
        clearing: What users own and did.
        emissions: Public frames not yet taken.
        user_emissions: Frames for users not yet taken.
        switches: The dead man's switches of its users.
        fails: Asked once per trade whether it is to fail on chain.
    """

    def __init__(
        self, specs: Sequence[MarketSpec], *, seed: int, rate: float, now_ns: int, state: State | None = None
    ) -> None:
        self.seed = seed
        self.emissions: list[Emission] = []
        self.user_emissions: list[UserEmission] = []
        self.clearing = Clearing(self.user_emissions.append)
        self.markets: dict[str, Market] = {}
        self.fails: Callable[[TradeRecord], bool] = lambda _trade: False
        self._tokens: dict[str, tuple[Market, int]] = {}
        self._timeline: Timeline[Market] = Timeline(now_ns, self._step)
        self._settling = Random(f"{seed}:settlement")  # noqa: S311  (a tape, not a secret)
        self.switches = DeadMansSwitches(self.at, self.cancel_all)
        for spec in with_rate(specs, rate):
            kept = None if state is None else state.markets.get(spec.slug)
            self._open(spec if kept is None else spec.at_round(kept.round, seed), kept)
        if state is not None:
            self._restore(state)

    # --- reading

    def find(self, token_id: str) -> tuple[Market, int] | None:
        """Return the open market of a token and which outcome it is."""
        found = self._tokens.get(token_id)
        return found if found is not None and found[0].is_open else None

    def find_any(self, token_id: str) -> tuple[Market, int] | None:
        """Return the market of a token, open or resolved."""
        return self._tokens.get(token_id)

    @property
    def now_ns(self) -> int:
        """Virtual time."""
        return self._timeline.now_ns

    def next_ns(self) -> int:
        """When something happens next by itself."""
        return self._timeline.next_ns()

    def conserves_value(self) -> bool:
        """Whether nothing has appeared or vanished since the beginning."""
        tokens = ((market.market_id, *market.tokens) for market in self.markets.values())
        return self.clearing.ledger.conserves_value(tokens)

    # --- time

    def advance(self, now_ns: int) -> None:
        """Let everything happen that is due, in order."""
        self._timeline.advance(now_ns)

    def skip(self, gap_ns: int) -> None:
        """Let `gap_ns` pass in which the crowd does nothing, as after the machine slept."""
        self._timeline.skip(gap_ns)

    def at(self, at_ns: int, action: Callable[[int], None]) -> None:
        """Have `action` called with the time when it is `at_ns`."""
        self._timeline.at(at_ns, action)

    def _step(self, market: Market) -> None:
        prints = market.step()
        if prints:
            self._after_prints(market, prints)

    # --- orders

    def place(self, posting: Posting, account: str, api_key: str) -> PlaceAnswer | Denied:
        """Take one order of the owner of `api_key`."""
        found = self.find(posting.order.token_id)
        if found is None:
            return Denied(400, NO_ORDERBOOK.format(posting.order.token_id))
        market, outcome = found
        exchange = Exchange.of_market(neg_risk=market.spec.neg_risk)
        identifier = order_id(posting.order, order_domain(CHAIN_ID, exchange))
        words = why_unproven(posting, order_domain(CHAIN_ID, exchange), account, api_key)
        if not words and identifier in self.clearing.orders:
            words = DUPLICATED.format(identifier)
        if words:
            return Denied(400, words, identifier)
        lifetime = Lifetime(ORDER_TYPE_WORDS[posting.time_in_force])
        terms = read_terms(posting, lifetime, tick=market.engine.rules.tick)
        if isinstance(terms, str):
            return Denied(400, terms, identifier)
        record = OrderRecord(
            order_id=identifier,
            account=account,
            api_key=api_key,
            maker=posting.order.maker,
            market_id=market.market_id,
            outcome=outcome,
            outcome_name=market.spec.outcomes[outcome],
            token_id=posting.order.token_id,
            side=posting.order.side,
            price=terms.price,
            size=terms.shares,
            lifetime=lifetime,
            expiration_s=posting.expiration_s,
            created_ns=self.now_ns,
        )
        words = self._forbidden(record, market, posting)
        if words:
            return Denied(400, words, identifier)
        return self._execute(record, market, posting)

    def cancel(self, account: str, order_ids: Iterable[str]) -> CancelAnswer:
        """Cancel orders of `account` by id."""
        canceled: list[str] = []
        refused: dict[str, str] = {}
        touched: dict[str, Market] = {}
        for identifier in dict.fromkeys(order_ids):
            record = self.clearing.orders.get(identifier)
            if record is None or record.account != account or record.state is not OrderState.LIVE:
                refused[identifier] = GONE
                continue
            market = self.markets[record.market_id]
            market.engine.cancel(identifier)
            touched[market.market_id] = market
            self.clearing.end(record, OrderState.CANCELED, "canceled by its owner", self.now_ns)
            canceled.append(identifier)
        for market in touched.values():
            market.publish(self.now_ns)
        return CancelAnswer(tuple(canceled), refused)

    def cancel_all(self, account: str, *, market_id: str = "", token_id: str = "") -> CancelAnswer:
        """Cancel every order of `account`, of one market, or of one token."""
        chosen = [
            record.order_id
            for record in self.clearing.open_orders(account)
            if market_id in {"", record.market_id} and token_id in {"", record.token_id}
        ]
        return self.cancel(account, chosen)

    def heartbeat(self, account: str, last_id: str) -> str | Denied:
        """Feed the dead man's switch of `account`; return the id that the next heartbeat must carry."""
        return self.switches.feed(account, last_id, self.now_ns)

    # --- inside: orders

    def _forbidden(self, record: OrderRecord, market: Market, posting: Posting) -> str:
        """Return which rule of the venue the order breaks, in its words; empty when none."""
        now_s = self.now_ns // SECOND
        lifetime, expiration = record.lifetime, posting.expiration_s
        if (lifetime is Lifetime.GTD) != (expiration > 0) or 0 < expiration <= now_s + GTD_MARGIN_S:
            return INVALID_EXPIRATION
        yes_price = record.price if record.outcome == 0 else ONE_PRICE - record.price
        crosses = market.engine.crosses(is_bid=record.is_bid, price=yes_price)
        if crosses and record.side is Side.BUY and cost_of(record.size, record.price) < MIN_MARKETABLE:
            money = from_units(cost_of(record.size, record.price))
            return TOO_LITTLE.format(f"{money:f}")
        fee = market.spec.fees.fee(record.size, record.price) if crosses else 0
        available = self.clearing.ledger[record.account].available(self.clearing.asset_of(record))
        if self.clearing.needs(record, fee if record.side is Side.BUY else 0) > available:
            return NOT_ENOUGH
        return ""

    def _execute(self, record: OrderRecord, market: Market, posting: Posting) -> PlaceAnswer | Denied:
        order = self._book_order(record)
        expires_ns = (posting.expiration_s - GTD_MARGIN_S) * SECOND
        execution, prints = market.place(
            order, record.lifetime, post_only=posting.post_only, expires_ns=expires_ns, now_ns=self.now_ns
        )
        if execution.refusal is not None:
            return self._refuse(record, market, execution.refusal)
        clearing = self.clearing
        for crossed in execution.self_crossed:
            clearing.end(clearing.orders[str(crossed.key)], OrderState.CANCELED, "self trade", self.now_ns)
        clearing.accept(record, self.now_ns)
        trades = self._after_prints(market, prints)
        clearing.settle_state(record, rests=execution.rests, now_ns=self.now_ns)
        market.publish(self.now_ns, prints)
        if execution.rests and record.lifetime is Lifetime.GTD:
            self.at(expires_ns, partial(self._expire, market))
        making, taking = making_and_taking(record, trades)
        return PlaceAnswer(
            success=True,
            order_id=record.order_id,
            status="live" if execution.rests else "matched",
            making_amount=from_units(making) if trades else None,
            taking_amount=from_units(taking) if trades else None,
            trade_ids=tuple(trade.trade_id for trade in trades),
            transaction_hashes=tuple(trade.transaction_hash for trade in trades),
        )

    def _book_order(self, record: OrderRecord) -> BookOrder:
        """Return what is left of an order as the engine sees it."""
        return BookOrder(
            record.order_id,
            record.account,
            is_bid=record.is_bid,
            price=record.price if record.outcome == 0 else ONE_PRICE - record.price,
            size=record.remaining,
            token=record.outcome,
        )

    def _refuse(self, record: OrderRecord, market: Market, refusal: Refusal) -> Denied:
        words = words_of(refusal, record, market.tick_text)
        if refusal in KILLED:
            self.clearing.kill(record, words, self.now_ns)
        return Denied(400, words, record.order_id)

    def _expire(self, market: Market, now_ns: int) -> None:
        for gone in market.engine.expire(now_ns):
            self.clearing.end(self.clearing.orders[str(gone.key)], OrderState.CANCELED, "expired", now_ns)
        market.publish(now_ns)

    # --- inside: trades

    def _after_prints(self, market: Market, prints: Iterable[Print]) -> list[TradeRecord]:
        """Book what was traded, let it settle, and have the prints announced some time after the book."""
        for each in prints:
            delay = market.announcement_delay_ns()
            self.at(self.now_ns + delay, partial(market.announce, each))
        trades = self.clearing.book(market, prints, self.now_ns)
        for trade in trades:
            self._settle_later(trade)
        return trades

    def _settle_later(self, trade: TradeRecord) -> None:
        """Let the chain do its work on a trade."""
        if trade.status is Settlement.MATCHED:
            following = Settlement.RETRYING if self.fails(trade) else Settlement.MINED
        elif trade.status in FOLLOWING:
            following = FOLLOWING[trade.status]
        else:
            return
        low, high = SETTLE_S.get(following, (1.0, 2.0))

        def settle(now_ns: int) -> None:
            self.clearing.advance(trade, following, now_ns)
            self._settle_later(trade)

        self.at(self.now_ns + int(self._settling.uniform(low, high) * SECOND), settle)

    # --- inside: markets

    def _open(self, spec: MarketSpec, kept: MarketState | None = None) -> Market:
        market = Market(spec, self.seed, now_ns=self.now_ns, outbox=self.emissions.append)
        if kept is not None:
            market.resume_at(kept.fair, kept.tick, kept.last_trade, self.now_ns)
        self.markets[market.market_id] = market
        for outcome, token in enumerate(market.tokens):
            self._tokens[token] = (market, outcome)
        self.clearing.stock(market)
        self._timeline.join(market)
        if market.resolves_ns is not None:
            self.at(market.resolves_ns, partial(self._resolve, market))
        return market

    def market_states(self) -> list[MarketState]:
        """Return where the open markets are, for a store."""
        return [
            MarketState(
                market.spec.slug,
                market.spec.round,
                market.crowd.fair,
                market.engine.rules.tick,
                market.last_trade,
            )
            for market in self.markets.values()
            if market.is_open
        ]

    def _restore(self, state: State) -> None:
        """Take back what a store kept: money, trades, and orders, which join the end of their queues."""
        clearing = self.clearing
        for account, assets in state.accounts.items():
            clearing.restore_account(account, assets, self.markets.values())
        for trade in state.trades.values():
            clearing.restore_trade(trade)
            self._settle_later(trade)
        for record in state.orders.values():
            clearing.restore(record)
        for record in [order for order in state.orders.values() if order.state is OrderState.LIVE]:
            self._restore_order(record)

    def _restore_order(self, record: OrderRecord) -> None:
        market = self.markets.get(record.market_id)
        if market is None or not market.is_open:
            self.clearing.end(record, OrderState.INVALID, "market resolved", self.now_ns)
            return
        order = self._book_order(record)
        expires_ns = (record.expiration_s - GTD_MARGIN_S) * SECOND
        execution, prints = market.place(
            order, record.lifetime, post_only=False, expires_ns=expires_ns, now_ns=self.now_ns
        )
        if execution.refusal is not None:
            self.clearing.end(record, OrderState.CANCELED, "expired", self.now_ns)
            return
        self._after_prints(market, prints)
        self.clearing.settle_state(record, rests=execution.rests, now_ns=self.now_ns)
        market.publish(self.now_ns, prints)
        if execution.rests and record.lifetime is Lifetime.GTD:
            self.at(expires_ns, partial(self._expire, market))

    def _resolve(self, market: Market, now_ns: int) -> None:
        """End a market: nothing is traded any more, tokens are paid out, a successor opens.

        The successor is announced first: who watches nothing else is disconnected after the end.
        """
        for order in market.close(now_ns):
            record = self.clearing.orders.get(str(order.key))
            if record is not None:
                self.clearing.end(record, OrderState.INVALID, "market resolved", now_ns)
        self.clearing.pay_out(market)
        stamp = str(now_ns // MILLISECOND)
        successor = self._open(market.spec.successor(self.seed))
        self.emissions.append(new_market(successor, stamp))
        self.emissions.append(market_resolved(market, stamp))
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Drop resolved markets beyond the bound; nobody owns anything in them any more."""
        resolved = [market for market in self.markets.values() if not market.is_open]
        for market in resolved[:-MAX_RESOLVED]:
            del self.markets[market.market_id]
            for token in market.tokens:
                del self._tokens[token]
