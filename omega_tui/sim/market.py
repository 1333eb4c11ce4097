"""One binary market: a single engine for both outcomes, the crowd in it, and everything it says in public.

The engine thinks in outcome 0. Buying outcome 1 at p is selling outcome 0 at 1 - p, so the two tokens' books
are exact mirrors and a buyer of each side can meet (minting) as well as a seller of each (merging).
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from random import Random
from typing import Final

from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.server import BookFields, public_trade
from omega_tui.sim.book_order import BookOrder, Lifetime, Rules
from omega_tui.sim.catalogue import THOUSANDTH, MarketSpec
from omega_tui.sim.flow import Crowd, Place, Pull
from omega_tui.sim.matching import Execution, Match, MatchingEngine
from omega_tui.sim.public_book import MIN_ORDER_SHARES, Emission, PublicBook
from omega_tui.sim.units import LOT, ONE, ONE_PRICE, amount_text, price_text

EDGE: Final = 400
"""Beyond 0.04 and 0.96 the tick of 0.01 becomes 0.001 (fact sheet, section 3, `tick_size_change`)."""

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000

HISTORY_MINUTES: Final = 1_440
"""How much of the price's history is kept."""

ANNOUNCE_MS: Final = (12, 90)
"""How long a print trails the book that shows it: median 23 ms, p95 98 ms on recorded data."""

STEER_BEFORE_S: Final = 45
"""How long before its end a market starts to know the outcome."""

STEER_UNTIL_S: Final = 8
"""How long before its end it knows."""

KNOWN: Final = 9_920
"""The price of an outcome that is known."""

KEPT_PRINTS: Final = 500
"""How many prints of a market are still listed."""

ONLY_IN_BOOK: Final = 0.02
"""How often a fill that empties a level is told by the whole book alone: 9 of 526 on recorded data."""


@dataclass(frozen=True, slots=True)
class Print:
    """What an incoming order traded at one price.

    Attributes:
        taker: The incoming order.
        price: In terms of outcome 0.
        size: Altogether.
        matches: With whom, oldest first.
        transaction_hash: Made up, but the same for the same tape.
    """

    taker: BookOrder
    price: int
    size: int
    matches: tuple[Match, ...]
    transaction_hash: str

    @property
    def taker_price(self) -> int:
        """The price of the token that the taker named."""
        return self.price if self.taker.token == 0 else ONE_PRICE - self.price


class Market:
    """One market of the venue. Pure: time is an argument, frames are appended to `outbox`.

    Attributes:
        spec: What it is.
        market_id: Condition id.
        tokens: Token ids of outcome 0 and 1.
        engine: The one book, in terms of outcome 0.
        crowd: Everybody but the users.
        is_open: Whether it takes orders; False once it has resolved.
        watchers: How many clients listen; frames are not even made for nobody.
        opened_ns: When it began.
        resolves_ns: When it ends; None for never.
        public: What is told of its book.
        last_trade_side: Of the taker of the last print.
        volume: Shares traded.
        prints: The last ones with their times, oldest first.
    """

    def __init__(
        self, spec: MarketSpec, seed: int, *, now_ns: int, outbox: Callable[[Emission], None]
    ) -> None:
        self.spec = spec
        self.market_id, self.tokens = spec.ids(seed)
        edge = spec.tick
        self.engine = MatchingEngine(
            Rules(edge, LOT, MIN_ORDER_SHARES * ONE, price_min=edge, price_max=ONE_PRICE - edge)
        )
        self.crowd = Crowd(f"{seed}:{self.market_id}", spec.temper, self.engine, start_ns=now_ns)
        self.is_open = True
        self.watchers = 0
        self.opened_ns = now_ns
        self.resolves_ns = None if not spec.lifetime_s else now_ns + int(spec.lifetime_s * SECOND)
        self.public = PublicBook(self.market_id, self.tokens, neg_risk=spec.neg_risk, emit=outbox)
        self.public.tick = spec.tick
        self.public.timestamp_ms = now_ns // MILLISECOND
        self.public.last_trade = int(spec.temper.start // spec.tick) * spec.tick
        self.last_trade_side = Side.BUY
        self.volume = 0
        self.prints: deque[tuple[int, Print]] = deque(maxlen=KEPT_PRINTS)
        self._emit = outbox
        self._announcements = Random(f"{seed}:{self.market_id}:announcements")  # noqa: S311  (a tape)
        self._numbers = 0
        self._steered = False
        self._recent: deque[tuple[int, int]] = deque(maxlen=HISTORY_MINUTES)
        self._recent.append((now_ns // SECOND, self.public.last_trade))
        self._past_seed = f"{seed}:{self.market_id}:past"
        self._fill(now_ns)

    # --- reading

    @property
    def tick_text(self) -> str:
        """The tick in force, as the wire writes it."""
        return self.public.tick_text

    @property
    def last_trade(self) -> int:
        """Price of the last print, in terms of the token that was traded."""
        return self.public.last_trade

    @property
    def number(self) -> int:
        """The number by which lists name the market beside its condition id."""
        return int(self.market_id[2:9], 16)

    @property
    def slug(self) -> str:
        """Its name in addresses, of its own among the rounds."""
        return f"{self.spec.slug}-{self.spec.round}"

    def book_fields(self, outcome: int) -> BookFields:
        """Return the whole book of one token as text, with its hash."""
        return self.public.fields(outcome)

    def best(self, outcome: int) -> tuple[int | None, int | None]:
        """Return best bid and best ask of one token, in its own terms."""
        bid, ask = self.engine.best_bid, self.engine.best_ask
        if outcome == 0:
            return bid, ask
        return None if ask is None else ONE_PRICE - ask, None if bid is None else ONE_PRICE - bid

    @cached_property
    def _past(self) -> list[tuple[int, int]]:
        """A made-up day of prices that ends at the opening price; made when somebody asks."""
        rng, temper = Random(self._past_seed), self.spec.temper  # noqa: S311  (a tape)
        price, rows = temper.start, []
        opened_s, tick = self.opened_ns // SECOND, self.spec.tick
        for minute in range(1, HISTORY_MINUTES):
            price += rng.gauss(0.0, temper.volatility) + (temper.start - price) / 300
            rows.append((opened_s - 60 * minute, min(max(int(price), tick), ONE_PRICE - tick)))
        return rows[::-1]

    @property
    def history(self) -> list[tuple[int, int]]:
        """(Seconds, price of outcome 0) once a minute, oldest first; before the opening it is made up."""
        return [*self._past, *self._recent][-HISTORY_MINUTES:]

    def next_ns(self) -> int:
        """When the crowd acts next."""
        return self.crowd.next_ns

    def postpone(self, gap_ns: int) -> None:
        """Have the crowd act later."""
        self.crowd.next_ns += gap_ns

    def announcement_delay_ns(self) -> int:
        """Draw how long the next print trails its book."""
        low, high = ANNOUNCE_MS
        drawn = low + self._announcements.expovariate(1 / 18)
        return int(min(drawn, high) * MILLISECOND)

    # --- changing

    def step(self) -> tuple[Print, ...]:
        """Let the crowd's next event happen and say so; return what was traded."""
        now_ns = self.crowd.next_ns
        if self.resolves_ns is not None and not self._steered:
            self._steer(now_ns)
        prints: tuple[Print, ...] = ()
        for action in self.crowd.step():
            prints += self._place(action, now_ns)
        self.publish(now_ns, prints)
        return prints

    def place(
        self, order: BookOrder, lifetime: Lifetime, *, post_only: bool, expires_ns: int, now_ns: int
    ) -> tuple[Execution, tuple[Print, ...]]:
        """Take a user's order; the caller publishes."""
        execution = self.engine.place(
            order, lifetime, post_only=post_only, expires_ns=expires_ns, now_ns=now_ns
        )
        return execution, self._prints(order, execution.matches)

    def publish(self, now_ns: int, prints: Sequence[Print] = ()) -> None:
        """Say what changed since the last time: levels one by one, and after a trade both whole books."""
        changes = self.engine.take_changes()
        if not changes:
            return
        public = self.public
        public.timestamp_ms = max(public.timestamp_ms, now_ns // MILLISECOND)
        if prints:
            last = prints[-1]
            public.last_trade = last.taker_price
            buys = last.taker.is_bid == (last.taker.token == 0)
            self.last_trade_side = Side.BUY if buys else Side.SELL
            self.volume += sum(each.size for each in prints)
            self.prints.extend((now_ns, each) for each in prints)
        only_in_book = bool(prints) and self._announcements.random() < ONLY_IN_BOOK
        if self.watchers and not only_in_book:
            public.tell_changes(changes)
        else:
            public.write(changes)
        if self.watchers:
            if prints:
                public.tell_books()
            public.tell_touches()
        self._check_edge()
        self._remember(now_ns)

    def announce(self, trade: Print, now_ns: int) -> None:
        """Say a print, some time after the book that shows it."""
        if not self.watchers:
            return
        token = self.tokens[trade.taker.token]
        buys = trade.taker.is_bid == (trade.taker.token == 0)
        text = public_trade(
            market=self.market_id,
            asset_id=token,
            price=price_text(trade.taker_price),
            size=amount_text(trade.size),
            fee_rate_bps=str(self.spec.fees.rate_bps),
            side="BUY" if buys else "SELL",
            timestamp=str(now_ns // MILLISECOND),
            transaction_hash=trade.transaction_hash,
        )
        self._emit(Emission(self.market_id, (token,), text, is_custom=False, kind="last_trade_price"))

    def close(self, now_ns: int) -> list[BookOrder]:
        """Stop trading: empty the book, say so, and return the orders that were in it."""
        self.is_open = False
        orders = self.engine.clear()
        self.publish(now_ns)
        return orders

    def resume_at(self, fair: float, tick: int, last_trade: int, now_ns: int) -> None:
        """Move the crowd to where it was before a restart, with a book to match."""
        self.engine.clear()
        self.public.last_trade, self.public.tick = last_trade, tick
        self._set_tick(tick)
        self.crowd.resume_at(fair)
        self._fill(now_ns)

    # --- inside

    def _fill(self, now_ns: int) -> None:
        """Let the crowd fill the book before anybody looks."""
        for action in self.crowd.opening():
            self._place(action, now_ns)
        self.public.write(self.engine.take_changes())

    def _place(self, action: Place | Pull, now_ns: int) -> tuple[Print, ...]:
        if isinstance(action, Pull):
            self.engine.cancel(action.key)
            return ()
        self._numbers += 1
        order = BookOrder(
            self._numbers,
            action.account,
            is_bid=action.is_bid,
            price=action.price,
            size=action.size,
            token=action.token,
        )
        execution = self.engine.place(order, action.lifetime, now_ns=now_ns)
        return self._prints(order, execution.matches) if execution.matches else ()

    def _prints(self, taker: BookOrder, matches: Iterable[Match]) -> tuple[Print, ...]:
        prints = []
        for price, group in groupby(matches, key=lambda match: match.price):
            same_price = tuple(group)
            size = sum(match.size for match in same_price)
            name = f"{self.market_id}:{taker.key}:{price}:{size}"
            prints.append(Print(taker, price, size, same_price, "0x" + sha256(name.encode()).hexdigest()))
        return tuple(prints)

    def _check_edge(self) -> None:
        """Make the tick finer near the edges, for good."""
        bid, ask = self.engine.best_bid, self.engine.best_ask
        if self.engine.rules.tick <= THOUSANDTH or bid is None or ask is None:
            return
        if not EDGE <= (bid + ask) // 2 <= ONE_PRICE - EDGE:
            self._set_tick(THOUSANDTH)
            self.public.tell_tick(THOUSANDTH)

    def _set_tick(self, tick: int) -> None:
        rules = self.engine.rules
        rules.tick = tick
        rules.price_min, rules.price_max = tick, ONE_PRICE - tick

    def _remember(self, now_ns: int) -> None:
        """Note the price once a minute."""
        now_s = now_ns // SECOND
        bid, ask = self.engine.best_bid, self.engine.best_ask
        if now_s >= self._recent[-1][0] + 60 and bid is not None and ask is not None:
            self._recent.append((now_s, (bid + ask) // 2))

    def _steer(self, now_ns: int) -> None:
        """Let the crowd begin to know how it ends."""
        assert self.resolves_ns is not None
        if self.resolves_ns - now_ns <= STEER_BEFORE_S * SECOND:
            self._steered = True
            goal = KNOWN if self.spec.winner == 0 else ONE_PRICE - KNOWN
            self.crowd.steer(goal, self.resolves_ns - STEER_UNTIL_S * SECOND)
