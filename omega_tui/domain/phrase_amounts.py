"""Order language: prices and sizes as they would be sent, and what was rounded on the way. Pure."""

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import Struct

from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.domain.orders import FrameStamp, Order, OrderRequest, OrderType, TimeInForce
from omega_tui.domain.own_orders import short_of_own
from omega_tui.domain.phrase_values import (
    Expression,
    Kind,
    Names,
    evaluate,
    is_distance,
    moved_by,
    price_at,
)
from omega_tui.domain.phrases import Place, Terms
from omega_tui.domain.program_scene import capped, on_lot
from omega_tui.domain.side import Side
from omega_tui.errors import PhraseError
from omega_tui.text import number_text


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a phrase refers to: the painted frame, the account, the size that was chosen.

    Attributes:
        instrument: What the ladder shows.
        best_bid: As painted.
        best_ask: As painted.
        last: Last trade; None not known.
        cursor: Price under the cursor; None while there is none on screen.
        position: Ours here, in base units, positive for long.
        entry: Its average price.
        size: The size of the next order.
        free: Quote units that may be spent; None not known.
        cap_ticks: How far beyond the far touch an order that crosses may pay.
        orders: Ours that work here.
        mirrored: Ours that work in the other outcome of the market, whose book is the mirror of this one.
        held: Orders of programs that wait here for their price.
        stamp: What was painted; None where there is no screen.
    """

    instrument: Instrument
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    last: Decimal | None = None
    cursor: Decimal | None = None
    position: Decimal = ZERO
    entry: Decimal | None = None
    size: Decimal = ZERO
    free: Decimal | None = None
    cap_ticks: int = 3
    orders: tuple[Order, ...] = ()
    mirrored: tuple[Order, ...] = ()
    held: tuple[OrderRequest, ...] = ()
    stamp: FrameStamp | None = None

    @property
    def mid(self) -> Decimal | None:
        """Half way between the touches."""
        if self.best_bid is None or self.best_ask is None:
            return None
        return (self.best_bid + self.best_ask) / 2

    def names(self) -> Names:
        """Return what `$name` may say."""
        return Names(
            {
                "bid": self.best_bid,
                "ask": self.best_ask,
                "mid": self.mid,
                "last": self.last,
                "cursor": self.cursor,
                "entry": self.entry,
                "size": self.size or None,
                "position": abs(self.position) or None,
            },
            self.instrument.tick_size,
        )


class Amounts:
    """Prices and sizes of one phrase.

    Attributes:
        changes: What was rounded, in words.
    """

    def __init__(self, around: Surroundings) -> None:
        self.changes: list[str] = []
        self.around = around
        self.instrument = around.instrument
        self.names = around.names()

    def exits(  # noqa: PLR0913, PLR0917 - both ways out
        self,
        side: Side,
        size: Decimal,
        take: Expression,
        stop: Expression,
        base: Decimal | None,
        limit: Expression | None,
    ) -> tuple[OrderRequest, OrderRequest]:
        """Return the take and the stop. Distances count from `base`: plus is a gain, minus a loss."""
        goal = self.on_tick(self.way(take, base, side), side, "take")
        trigger = self.on_tick(self.way(stop, base, side), side, "stop")
        price = trigger
        if limit is not None:
            price = self.on_tick(price_at(limit, self.names), side, "limit")
        way = self.request(side, size, goal, Terms(reduce_only=True), is_stamped=False)
        cut = replace(
            way,
            price=price,
            trigger_price=trigger,
            order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        )
        return way, cut

    def way(self, expression: Expression, base: Decimal | None, side: Side) -> Decimal:
        if not is_distance(expression):
            return price_at(expression, self.names)
        if base is None:
            raise self.nowhere("there is no entry price to count from: write prices", expression)
        away = moved_by(base, expression, self.names) - base
        price = base + away * -side.sign
        if price <= 0:
            raise self.nowhere(f"it comes to {price}, which is no price", expression)
        return price

    def price_for(self, at: Expression | Place, side: Side) -> Decimal:
        near = self.around.best_bid if side is Side.BUY else self.around.best_ask
        far = self.far(side)
        tick = self.instrument.tick_size
        match at:
            case Place.JOIN | Place.IMPROVE:
                if near is None:
                    raise PhraseError("nobody is there to join", 0, 0)
                better = near + tick * side.sign
                crosses = far is not None and (better - far) * side.sign >= 0
                return near if at is Place.JOIN or crosses else better
            case Place.CROSS | Place.MARKET:
                if far is None:
                    raise PhraseError("nobody is there to trade with", 0, 0)
                furthest = capped(far, side, self.around.cap_ticks, self.instrument)
                return short_of_own(
                    furthest, far, side, (*self.around.orders, *self.around.mirrored), self.instrument
                )
            case Place.CURSOR:
                if self.around.cursor is None:
                    raise PhraseError("there is no cursor on screen", 0, 0)
                return self.around.cursor
            case _:
                return self.on_tick(price_at(at, self.names), side, "price")

    def far(self, side: Side) -> Decimal | None:
        return self.around.best_ask if side is Side.BUY else self.around.best_bid

    def size(
        self,
        expression: Expression | None,
        price: Decimal | None,
        side: Side,
        *,
        default: Decimal | None = None,
    ) -> Decimal:
        """Return a size on the lot: percent of what it closes, else of the money; money at `price`."""
        around = self.around
        if expression is None:
            size = default if default is not None else around.size
            if not size:
                raise PhraseError("a size is missing", 0, 0, ("0.1", "50%", "100$"))
            return self.on_lot(size)
        value = evaluate(expression, self.names)
        closing = around.position * -side.sign
        share = f"{number_text(value.number)} % of"
        match value.kind:
            case Kind.PERCENT if closing > 0:
                size = closing * value.number / 100
                self.changes.append(f"{share} the {number_text(closing)} held")
            case Kind.PERCENT:
                if side is Side.SELL or around.free is None or not price:
                    raise self.nowhere("there is no position to take a part of", expression)
                size = around.free * value.number / 100 / self.instrument.worth(ONE, price)
                self.changes.append(f"{share} the {number_text(around.free)} {self.instrument.quote} free")
            case Kind.MONEY:
                if not price:
                    raise self.nowhere("there is no price to turn money into a size", expression)
                size = value.number / self.instrument.worth(ONE, price)
            case Kind.TICKS:
                raise self.nowhere("ticks are no size", expression)
            case _:
                size = value.number
        if size <= 0:
            raise self.nowhere("it comes to nothing", expression)
        return self.on_lot(size, at=expression, is_typed=value.kind is Kind.PLAIN)

    def on_lot(self, size: Decimal, *, at: Expression | None = None, is_typed: bool = True) -> Decimal:
        """Return a size in whole lots, never more; note it where another one was typed."""
        rounded = on_lot(size, self.instrument)
        if not rounded:
            lot = self.instrument.lot_size
            message = f"{number_text(size)} is less than the lot {lot}"
            raise self.nowhere(message, at) if at is not None else PhraseError(message, 0, 0)
        if rounded != size and is_typed:
            self.changes.append(f"size {number_text(size)} → {number_text(rounded)}")
        return rounded

    def on_tick(self, price: Decimal, side: Side, what: str) -> Decimal:
        """Return a price on the tick, never worse for the trader; note it when `what` has a name."""
        tick = self.instrument.tick_size
        rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
        rounded = (price / tick).quantize(ONE, rounding=rounding) * tick
        if rounded != price and what:
            self.changes.append(f"{what} {number_text(price)} → {rounded}")
        if not self.instrument.contains(rounded):
            raise PhraseError(f"{number_text(price)} is outside the prices of this market", 0, 0)
        return rounded

    def request(
        self, side: Side, size: Decimal, price: Decimal, terms: Terms, *, is_stamped: bool = True
    ) -> OrderRequest:
        return OrderRequest(
            client_order_id="",
            instrument=self.instrument.id,
            venue=self.instrument.venue,
            side=side,
            size=size,
            price=price,
            time_in_force=terms.time_in_force or TimeInForce.GTC,
            post_only=terms.post_only,
            reduce_only=terms.reduce_only,
            frame=self.stamp(price) if is_stamped else None,
        )

    def stamp(self, price: Decimal) -> FrameStamp | None:
        stamp = self.around.stamp
        return None if stamp is None else replace(stamp, price=price)

    @staticmethod
    def nowhere(message: str, at: Expression) -> PhraseError:
        return PhraseError(message, at.start, at.end)
