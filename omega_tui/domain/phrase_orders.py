"""Order language, last step: what a phrase would send now, exactly. Pure.

Prices are put on the tick towards the passive side, sizes down to the lot, and what that changed is said.
Nothing is sent from here; the gate checks everything again.
"""

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct
from msgspec.structs import replace as changed

from omega_tui.domain.commands import AmendOrder, AmendProgram, Command, PlaceOrder, StartProgram
from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.orders import TAKES_ONLY, OrderRequest, OrderType, TimeInForce
from omega_tui.domain.own_orders import only_closes
from omega_tui.domain.phrase_amounts import Amounts, Surroundings
from omega_tui.domain.phrase_values import (
    price_at,
)
from omega_tui.domain.phrases import (
    BracketPhrase,
    ChasePhrase,
    ClosePhrase,
    MovePhrase,
    OcoPhrase,
    OrderPhrase,
    Phrase,
    Place,
    ScalePhrase,
    StopPhrase,
    Terms,
    TwapPhrase,
    Weight,
)
from omega_tui.domain.program_changes import moved_order
from omega_tui.domain.program_checks import shape_mistake
from omega_tui.domain.program_scene import on_lot, stop_cap_ticks
from omega_tui.domain.programs import Bracket, Chase, Oco, Scale, Spec, Twap
from omega_tui.domain.side import Side
from omega_tui.errors import PhraseError


class Meaning(Struct, frozen=True, kw_only=True):
    """What a line would do.

    Attributes:
        commands: In the order in which they would be sent.
        orders: Every order of it as it would leave, those that follow later included. Of a chase and of a
            TWAP the whole, at its limit.
        spec: The program; None where there is none.
        changes: What was rounded, in words.
    """

    commands: tuple[Command, ...]
    orders: tuple[OrderRequest, ...] = ()
    spec: Spec | None = None
    changes: tuple[str, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether it may make a position larger."""
        return any(not order.reduce_only for order in self.orders)


def mean(phrase: Phrase, around: Surroundings) -> Meaning:
    """Return what a phrase means now.

    Raises:
        PhraseError: It refers to what is not there, contradicts itself, or comes to nothing.
    """
    resolver = _Resolver(around)
    match phrase:
        case OrderPhrase():
            meaning = resolver.order(phrase)
        case StopPhrase():
            meaning = resolver.stop(phrase)
        case OcoPhrase() | BracketPhrase():
            meaning = resolver.oco(phrase)
        case ScalePhrase():
            meaning = resolver.scale(phrase)
        case ChasePhrase() | TwapPhrase():
            meaning = resolver.working(phrase)
        case ClosePhrase():
            meaning = resolver.close(phrase)
        case MovePhrase():
            meaning = resolver.move(phrase)
    if meaning.spec is not None:
        mistake = shape_mistake(meaning.spec)
        if mistake:
            raise PhraseError(mistake.rstrip("."), 0, 0)
    return changed(meaning, changes=tuple(resolver.changes))


class _Resolver(Amounts):
    """Turns one phrase into orders."""

    # --- phrases

    def order(self, phrase: OrderPhrase) -> Meaning:
        side, terms = phrase.side, phrase.terms
        price = self.price_for(phrase.at, side)
        takes = phrase.at in {Place.CROSS, Place.MARKET}
        if terms.post_only and (takes or terms.time_in_force in TAKES_ONLY):
            raise PhraseError("post-only rests, and this takes", 0, 0)
        size = self.size(phrase.size, price, side)
        request = self.request(side, size, price, terms)
        if takes:
            is_market = phrase.at is Place.MARKET
            request = replace(
                request,
                order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
                time_in_force=terms.time_in_force or TimeInForce.IOC,
            )
        if phrase.take is None or phrase.stop is None:
            return Meaning(commands=(PlaceOrder(request),), orders=(request,))
        far = self.far(side)
        crosses = takes or (far is not None and (price - far) * side.sign >= 0)
        base = far if crosses and far is not None else price
        take, stop = self.exits(side.opposite, size, phrase.take, phrase.stop, base, None)
        spec = Bracket(
            instrument=self.instrument.id,
            venue=self.instrument.venue,
            entry=replace(request, frame=None),
            take=take,
            stop=stop,
            cap_ticks=stop_cap_ticks(price, self.instrument),
        )
        return self._program(spec, (request, take, stop))

    def stop(self, phrase: StopPhrase) -> Meaning:
        trigger = price_at(phrase.trigger, self.names)
        reference = self.around.mid or self.around.last
        side = phrase.side
        if side is None:
            if reference is None:
                raise self.nowhere("there is no market price: say buy or sell", phrase.trigger)
            side = Side.SELL if trigger < reference else Side.BUY
        trigger = self.on_tick(trigger, side, "trigger")
        closing = self.around.position * -side.sign
        size = self.size(phrase.size, trigger, side, default=closing if closing > 0 else None)
        price = trigger
        if phrase.limit is not None:
            price = self.on_tick(price_at(phrase.limit, self.names), side, "limit")
        protects = (phrase.side is None and 0 < size <= closing) or only_closes(
            side, size, self.around.position, self.around.orders, self.around.held
        )
        request = replace(
            self.request(side, size, price, Terms()),
            order_type=OrderType.LIMIT if phrase.limit is not None else OrderType.MARKET,
            trigger_price=trigger,
            reduce_only=phrase.reduce_only or protects,
        )
        return Meaning(commands=(PlaceOrder(request),), orders=(request,))

    def oco(self, phrase: OcoPhrase | BracketPhrase) -> Meaning:
        position, entry = self.around.position, self.around.entry
        side = phrase.side if isinstance(phrase, OcoPhrase) else None
        if side is None:
            if not position:
                raise self.nowhere(
                    "there is no position to close; an order takes its bracket with it: "
                    "buy 1 join bracket +20t -10t",
                    phrase.take,
                )
            side = Side.SELL if position > 0 else Side.BUY
        wanted = phrase.size if isinstance(phrase, OcoPhrase) else None
        closing = position * -side.sign
        size = self.size(wanted, entry or self.around.mid, side, default=closing if closing > 0 else None)
        limit = phrase.limit if isinstance(phrase, OcoPhrase) else None
        take, stop = self.exits(side, size, phrase.take, phrase.stop, entry, limit)
        if size > closing:
            take, stop = replace(take, reduce_only=False), replace(stop, reduce_only=False)
        spec = Oco(
            instrument=self.instrument.id,
            venue=self.instrument.venue,
            take=take,
            stop=stop,
            cap_ticks=stop_cap_ticks(stop.price, self.instrument),
        )
        return self._program(spec, (take, stop))

    def scale(self, phrase: ScalePhrase) -> Meaning:
        first, last = price_at(phrase.first, self.names), price_at(phrase.last, self.names)
        side, count = phrase.side, phrase.count
        if not 2 <= count <= 50:
            raise PhraseError(f"a scale has 2 to 50 orders, not {count}", 0, 0)
        size = self.size(phrase.size, (first + last) / 2, side)
        prices = [self.on_tick(first + (last - first) * at / (count - 1), side, "") for at in range(count)]
        sizes = spread(size, count, phrase.weight, self.instrument)
        if min(sizes) <= 0:
            raise PhraseError(f"{size} is too little for {count} orders", 0, 0)
        orders = tuple(
            self.request(side, part, price, phrase.terms) for part, price in zip(sizes, prices, strict=True)
        )
        spec = Scale(
            instrument=self.instrument.id,
            venue=self.instrument.venue,
            orders=tuple(replace(order, frame=None) for order in orders),
        )
        return self._program(spec, orders)

    def working(self, phrase: ChasePhrase | TwapPhrase) -> Meaning:
        side = phrase.side
        limit = self.on_tick(price_at(phrase.limit, self.names), side, "limit")
        size = self.size(phrase.size, limit, side)
        where = {"instrument": self.instrument.id, "venue": self.instrument.venue}
        whole = self.request(side, size, limit, Terms(reduce_only=phrase.reduce_only))
        spec: Chase | Twap
        if isinstance(phrase, ChasePhrase):
            whole = replace(whole, post_only=True)
            spec = Chase(
                **where,
                side=side,
                size=size,
                limit_price=limit,
                seconds=phrase.seconds,
                reduce_only=phrase.reduce_only,
            )
        else:
            if on_lot(size / phrase.slices, self.instrument) <= 0:
                raise PhraseError(f"{size} is too little for {phrase.slices} slices", 0, 0)
            spec = Twap(
                **where,
                side=side,
                size=size,
                limit_price=limit,
                slices=phrase.slices,
                seconds=phrase.seconds,
                cap_ticks=self.around.cap_ticks,
                reduce_only=phrase.reduce_only,
            )
        return self._program(spec, (whole,))

    def close(self, phrase: ClosePhrase) -> Meaning:
        position = self.around.position
        if not position:
            raise PhraseError("there is no position here to close", 0, 0)
        side = Side.SELL if position > 0 else Side.BUY
        price = self.price_for(phrase.at, side)
        size = self.size(phrase.size, price, side, default=abs(position))
        if size > abs(position):
            raise PhraseError(f"{size} is more than the position, {abs(position)}", 0, 0)
        request = self.request(side, size, price, Terms(reduce_only=True))
        if phrase.at is Place.CROSS:
            request = replace(request, time_in_force=TimeInForce.IOC)
        return Meaning(commands=(PlaceOrder(request),), orders=(request,))

    def move(self, phrase: MovePhrase) -> Meaning:
        source = price_at(phrase.source, self.names)
        target = price_at(phrase.target, self.names)
        mine = [one for one in self.around.orders if one.request.stands_at == source and not one.external]
        waiting = [one for one in self.around.held if one.stands_at == source]
        if not mine and not waiting:
            raise self.nowhere(f"no order of yours is at {source}", phrase.source)
        commands: list[Command] = []
        orders: list[OrderRequest] = []
        for one in mine:
            aim = self.on_tick(target, one.request.side, "price")
            stamp = self.stamp(aim)
            commands.append(
                AmendOrder(one.request.venue, one.request.client_order_id, price=aim, frame=stamp)
            )
            orders.append(replace(moved_order(one.request, aim), size=one.remaining))
        for way in waiting:
            aim = self.on_tick(target, way.side, "trigger")
            commands.append(AmendProgram(way.venue, way.program, way.role, aim))
            orders.append(moved_order(way, aim))
        return Meaning(commands=tuple(commands), orders=tuple(orders))

    def _program(self, spec: Spec, orders: tuple[OrderRequest, ...]) -> Meaning:
        stamp = orders[0].frame or self.stamp(orders[0].price)
        return Meaning(commands=(StartProgram(spec, stamp),), orders=orders, spec=spec)


def spread(size: Decimal, count: int, weight: Weight, instrument: Instrument) -> list[Decimal]:
    """Return the sizes of a scale, which add up to `size` to the lot."""
    shares = {
        Weight.EVEN: [1] * count,
        Weight.RISING: list(range(1, count + 1)),
        Weight.FALLING: list(range(count, 0, -1)),
    }[weight]
    lots = int((size / instrument.lot_size).quantize(ONE, rounding=ROUND_DOWN))
    whole = sum(shares)
    parts = [lots * share // whole for share in shares]
    # What rounding left goes to the largest first, one lot each.
    by_size = sorted(range(count), key=lambda at: -shares[at])
    for at in by_size[: lots - sum(parts)]:
        parts[at] += 1
    return [part * instrument.lot_size for part in parts]
