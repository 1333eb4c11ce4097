"""Scores a drill from its log: what was sent when, what was seen, what came of it. Pure arithmetic.

Execution and recognition are measured, never profit. Every measure says its own sum in a sentence.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import median
from typing import Final, NamedTuple

from omega_tui.domain.commands import CancelOrder, CancelOrders, Command, PlaceOrder
from omega_tui.domain.events.account import FillRecorded, OrderChanged, PositionChanged
from omega_tui.domain.events.base import Event
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import Fill, Order, OrderRequest, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.teaching import DrillScore, Measure
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.drill_questions import LEAST_RIGHT
from omega_tui.education.drill_scene import TICK, Scene
from omega_tui.education.functions import coin_tail

MAX_ENTRIES: Final = 20_000
"""Of a log; a drill of a minute has some hundreds. What is beyond is not noted."""


class Sent(NamedTuple):
    """A command left the trader; `books` are what was on the screen, `refused` the code of a refusal."""

    at_ms: int
    command: Command
    books: Mapping[str, BookSnapshot]
    is_live: bool
    refused: str = ""


class Saw(NamedTuple):
    """An event reached the trader."""

    at_ms: int
    event: Event


class Answered(NamedTuple):
    """A question was answered; `error` is how far off, as a share of the right answer."""

    at_ms: int
    correct: bool
    seconds: float
    error: Decimal = ZERO


@dataclass(slots=True)
class DrillLog:
    """What happened in one run.

    Attributes:
        sent: Commands, oldest first.
        saw: Events, oldest first.
        answers: To questions, oldest first.
        locked_ms: When the loss limit of the day locked; None never.
    """

    sent: list[Sent] = field(default_factory=list)
    saw: list[Saw] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    locked_ms: int | None = None

    def note(self, entry: Sent | Saw | Answered) -> None:
        """Add an entry; entries come in the order of their times."""
        match entry:
            case Sent() if len(self.sent) < MAX_ENTRIES:
                self.sent.append(entry)
            case Saw() if len(self.saw) < MAX_ENTRIES:
                self.saw.append(entry)
            case Answered():
                self.answers.append(entry)
            case _:
                pass

    def placed(self) -> list[tuple[Sent, OrderRequest]]:
        """Return the orders that were tried, refused ones included."""
        return [(sent, sent.command.request) for sent in self.sent if isinstance(sent.command, PlaceOrder)]

    def fills(self) -> list[tuple[int, Fill]]:
        """Return the fills and when they were told."""
        return [(saw.at_ms, saw.event.fill) for saw in self.saw if isinstance(saw.event, FillRecorded)]

    def orders(self, until_ms: int | None = None) -> dict[str, Order]:
        """Return every order as it was last told."""
        return {
            saw.event.order.request.client_order_id: saw.event.order
            for saw in self.saw
            if isinstance(saw.event, OrderChanged) and (until_ms is None or saw.at_ms <= until_ms)
        }

    def positions(self, scene: Scene) -> list[tuple[int, Decimal]]:
        """Return (time, quantity) of the first instrument, its beginning first."""
        name = scene.instruments[0].id
        told = [
            (saw.at_ms, saw.event.position.quantity)
            for saw in self.saw
            if isinstance(saw.event, PositionChanged) and saw.event.position.instrument == name
        ]
        return [(0, scene.quantity), *told]

    def flat_ms(self, scene: Scene) -> int | None:
        """Return when the position was flat for good; None if it is not."""
        steps = self.positions(scene)
        if steps[-1][1]:
            return None
        last = len(steps) - 1
        while last and steps[last - 1][1] == 0:
            last -= 1
        return steps[last][0]


def score(drill: str, scene: Scene, log: DrillLog, end_ms: int) -> DrillScore:
    """Return what a run is worth."""
    rules = _answered(drill, scene, log) if scene.questions else _RULES[drill](scene, log, end_ms)
    measures = tuple(rules)
    held = sum(measure.passed for measure in measures)
    return DrillScore(drill, held == len(measures), round(100 * held / len(measures)), measures)


def _measure(  # noqa: PLR0913, PLR0917 - a measure has these parts
    name: str,
    value: Decimal | None,
    limit: Decimal | float,
    unit: str,
    passed: bool,  # noqa: FBT001 - it is the result itself
    text: str,
) -> Measure:
    return Measure(name, value, Decimal(limit), unit, passed, text)


def _time(name: str, at_ms: int | None, limit_s: float) -> Measure:
    if at_ms is None:
        return _measure(name, None, limit_s, "s", False, f"It did not happen within {limit_s:g} s.")
    seconds = Decimal(at_ms) / 1000
    return _measure(
        name,
        seconds,
        limit_s,
        "s",
        at_ms <= limit_s * 1000,
        f"{name.capitalize()}: {seconds} s; limit {limit_s:g} s.",
    )


def _equal(name: str, value: Decimal | None, wanted: Decimal, unit: str) -> Measure:
    shown = "nothing" if value is None else f"{value:f}"
    return _measure(
        name, value, wanted, unit, value == wanted, f"{name.capitalize()}: {shown}; wanted {wanted:f}."
    )


def _at_most(name: str, value: Decimal | None, limit: Decimal, unit: str) -> Measure:
    if value is None:
        return _measure(name, None, limit, unit, False, f"{name.capitalize()}: it did not happen.")
    text = f"{name.capitalize()}: {value:.2f} {unit}; at most {limit:f}."
    return _measure(name, value, limit, unit, value <= limit, text)


def _is(name: str, holds: bool, text: str) -> Measure:  # noqa: FBT001 - it is the result itself
    return _measure(name, Decimal(holds), 1, "", holds, text)


def _first(log: DrillLog) -> tuple[Sent, OrderRequest] | None:
    return next(((sent, request) for sent, request in log.placed() if not sent.refused), None)


def _post_only_below(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    first = _first(log)
    if first is None:
        yield _time("time to the order", None, DRILLS["post-only-below"].limit_s)
        return
    sent, request = first
    best = sent.books[scene.instruments[0].id].best_bid
    away = (best - request.price) / TICK if best is not None else None
    yield _equal("ticks below the best bid", away if request.side is Side.BUY else None, Decimal(2), "ticks")
    yield _is("post-only", request.post_only, f"Post-only: {'yes' if request.post_only else 'no'}.")
    yield _equal("orders", Decimal(len(log.placed())), Decimal(1), "")
    yield _time("time to the order", sent.at_ms, 10)


def _join_and_stay(scene: Scene, log: DrillLog, end_ms: int) -> Iterator[Measure]:
    first = _first(log)
    if first is None:
        yield _time("time in the queue", None, 30)
        return
    sent, request = first
    joined = request.side is Side.BUY and request.price == sent.books[scene.instruments[0].id].best_bid
    yield _is("joined at the best bid", joined, f"The order was at {request.price}.")
    left = [
        one.at_ms for one in log.sent if not isinstance(one.command, PlaceOrder) and one.at_ms >= sent.at_ms
    ]
    filled = log.orders().get(request.client_order_id)
    until = min([*left, end_ms])
    stayed = Decimal(until - sent.at_ms) / 1000
    is_full = filled is not None and filled.remaining == 0
    text = f"It stood in the queue for {stayed} s; wanted 30." + (" It was filled there." if is_full else "")
    yield _measure("time in the queue", stayed, 30, "s", stayed >= 30 or (is_full and not left), text)
    taken = sum((fill.size for _, fill in log.fills() if not fill.is_maker), ZERO)
    yield _equal("units taken", taken, ZERO, "units")


def _cancel_all(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    del scene
    working = [order for order in log.orders().values() if not order.is_done]
    yield _equal("orders left", Decimal(len(working)), ZERO, "orders")
    ended = [saw.at_ms for saw in log.saw if isinstance(saw.event, OrderChanged) and saw.event.order.is_done]
    yield _time("time to the last cancel", max(ended) if ended and not working else None, 2)


def _flatten(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    steps = log.positions(scene)
    yield _equal("position at the end", steps[-1][1], ZERO, "units")
    yield _is("never short", min(size for _, size in steps) >= 0, "The position never went below zero.")
    yield _time("time to flat", log.flat_ms(scene), 3)
    sold = [fill for _, fill in log.fills() if fill.side is Side.SELL]
    size = sum((fill.size for fill in sold), ZERO)
    slip = None
    if size:
        average = sum((fill.price * fill.size for fill in sold), ZERO) / size
        slip = (scene.values["first_bid"] - average) / TICK
    yield _at_most("slippage against the first bid", slip, Decimal(6), "ticks")


def _bracket(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    values = scene.values
    orders = list(log.orders().values())
    entry = [order for order in orders if order.request.side is Side.BUY and order.filled]
    bought = sum((order.filled for order in entry), ZERO)
    risk = bought * (values["entry"] - values["stop"]) / values["equity"]
    wanted = values["units"]
    text = f"{bought:f} bought, {wanted:f} risk half a percent: {risk * 100:.3f} % of the equity at the stop."
    yield _measure("units", bought, wanted, "units", bought == wanted, text)
    exits = [order.request for order in orders if order.request.side is Side.SELL and not order.is_done]
    stops = [one for one in exits if one.trigger_price is not None]
    targets = [one for one in exits if one.trigger_price is None]
    for name, found, price in (("stop", stops, values["stop"]), ("target", targets, values["target"])):
        good = [
            one
            for one in found
            if one.reduce_only and one.size == bought and (one.trigger_price or one.price) == price
        ]
        text = f"A reduce-only {name} of {bought:f} at {price}: {'there' if good else 'not there'}."
        yield _is(f"{name} as planned", bool(good) and len(found) == 1, text)


def _stop_to_break_even(scene: Scene, log: DrillLog, end_ms: int) -> Iterator[Measure]:
    even, first = scene.values["even"], scene.values["stop"]
    widest, bare_ms, since, stop = ZERO, 0, 0, None
    times = sorted({saw.at_ms for saw in log.saw if isinstance(saw.event, OrderChanged)} | {end_ms})
    for at_ms in times:
        if stop is None and at_ms:
            bare_ms += at_ms - since
        since = at_ms
        live = [
            order.request.trigger_price
            for order in log.orders(at_ms).values()
            if not order.is_done
            and order.request.trigger_price is not None
            and order.request.side is Side.SELL
        ]
        stop = max(live, default=None)
        if stop is not None:
            widest = max(widest, (first - stop) / TICK)
    yield _is(
        "final stop", stop is not None and stop >= even, f"Stop at the end: {stop or 'none'}; wanted {even}."
    )
    yield _at_most("widened by", widest, ZERO, "ticks")
    yield _at_most("time without a stop", Decimal(bare_ms) / 1000, Decimal(1), "s")


def _ioc_slippage(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    first = _first(log)
    if first is None:
        yield _time("time to the order", None, DRILLS["ioc-slippage"].limit_s)
        return
    request = first[1]
    is_ioc = request.time_in_force is TimeInForce.IOC
    yield _is("IOC", is_ioc, f"Time in force: {request.time_in_force}.")
    allowed = (request.price - scene.values["ask"]) / TICK
    yield _at_most("slippage allowed", allowed, Decimal(2), "ticks")
    fills = [fill for _, fill in log.fills()]
    size = sum((fill.size for fill in fills), ZERO)
    worst = max(((fill.price - scene.values["ask"]) / TICK for fill in fills), default=None)
    yield _at_most("slippage had", worst, Decimal(2), "ticks")
    yield _equal("size filled", size, scene.values["size"], "units")


def _vacuum(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    fills = {fill.venue_order_id for _, fill in log.fills() if not fill.is_maker}
    orders = log.orders()
    widest = ZERO
    for one, request in log.placed():
        order = orders.get(request.client_order_id)
        book = one.books[scene.instruments[0].id]
        if order is not None and order.venue_order_id in fills and book.spread is not None:
            widest = max(widest, book.spread / scene.values["median"])
    yield _at_most("widest spread taken at", widest, Decimal(3), "medians")
    bought = log.positions(scene)[-1][1]
    yield _equal("size bought", bought, scene.values["size"], "units")


def _reduce_only(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    yield _equal("position at the end", log.positions(scene)[-1][1], ZERO, "units")
    sent = [request for one, request in log.placed() if not one.refused]
    yield _is(
        "reduce-only", bool(sent) and all(one.reduce_only for one in sent), f"{len(sent)} orders were sent."
    )
    size = sent[0].size if sent else None
    yield _equal("size of the order", size, Decimal(50), "units")


def _wrong_market(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    right, wrong = (one.id for one in scene.instruments)
    placed = [(sent, request) for sent, request in log.placed() if not sent.refused]
    here = [(sent, request) for sent, request in placed if request.instrument == right]
    best = [
        request.price == sent.books[right].best_bid and request.side is Side.BUY for sent, request in here
    ]
    yield _is("one bid at the best bid", best == [True], f"{len(here)} orders in the market that was named.")
    there = sum(request.instrument == wrong for _, request in placed)
    yield _equal("orders in the other market", Decimal(there), ZERO, "orders")


def _reconnect(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    del scene
    blind = sum(not one.is_live for one, _ in log.placed())
    yield _equal("orders sent while blind", Decimal(blind), ZERO, "orders")
    working = sum(not order.is_done for order in log.orders().values())
    yield _equal("orders left working", Decimal(working), ZERO, "orders")
    cancels = [one for one in log.sent if isinstance(one.command, CancelOrder | CancelOrders)]
    late = [one for one in cancels if one.refused == "NO_SUCH_ORDER"]
    yield _equal("cancels of orders that were done", Decimal(len(late)), ZERO, "cancels")


def _daily_loss(scene: Scene, log: DrillLog, _: int) -> Iterator[Measure]:
    locked = log.locked_ms
    added = sum(
        sent.refused == "DAILY_LOSS" or request.side is Side.BUY
        for sent, request in log.placed()
        if locked is not None and sent.at_ms >= locked
    )
    yield _equal("orders that add after the lock", Decimal(added), ZERO, "orders")
    yield _equal("position at the end", log.positions(scene)[-1][1], ZERO, "units")
    flat = log.flat_ms(scene)
    after = None if flat is None else max(0, flat - (locked or 0))
    yield _time("time to flat after the lock", after, 10)


def _answered(drill: str, scene: Scene, log: DrillLog) -> Iterator[Measure]:
    right, asked = sum(one.correct for one in log.answers), len(scene.questions)
    least = LEAST_RIGHT[drill]
    text = f"{right} of {asked} right; wanted {least}."
    if all(len(quiz.question.choices) == 2 for quiz in scene.questions):
        luck = coin_tail(Decimal(right), Decimal(asked))
        text += f" A coin does as well in {luck * 100:.1f} % of the runs."
    yield _measure("right answers", Decimal(right), least, "answers", right >= least, text)
    if not log.answers:
        return
    usual = Decimal(repr(median(one.seconds for one in log.answers))).quantize(
        Decimal("0.1"), ROUND_HALF_EVEN
    )
    limit = Decimal(repr(DRILLS[drill].limit_s)) / asked
    yield _at_most("median time of an answer", usual, limit.quantize(Decimal("0.1"), ROUND_HALF_EVEN), "s")


_RULES: Final[Mapping[str, Callable[[Scene, DrillLog, int], Iterator[Measure]]]] = {
    "post-only-below": _post_only_below,
    "join-and-stay": _join_and_stay,
    "cancel-all": _cancel_all,
    "flatten": _flatten,
    "bracket": _bracket,
    "stop-to-break-even": _stop_to_break_even,
    "ioc-slippage": _ioc_slippage,
    "vacuum": _vacuum,
    "reduce-only": _reduce_only,
    "wrong-market": _wrong_market,
    "reconnect": _reconnect,
    "daily-loss": _daily_loss,
}
