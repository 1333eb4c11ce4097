"""What lies beyond the window of a ladder: the market, the cursor, own orders and the position.

A view never follows the market by itself, so it must say where the market went.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from omega_tui.ui.ladder.model import LadderModel
from omega_tui.ui.ladder.standing_orders import mirror_price
from omega_tui.ui.text.formats import price_text


class Pointer(NamedTuple):
    """One thing beyond an edge of the window.

    Attributes:
        long: With its price.
        short: For narrow ladders.
    """

    long: str
    short: str


def pointers(
    model: LadderModel, best_bid: int | None, best_ask: int | None
) -> tuple[tuple[Pointer, ...], tuple[Pointer, ...]]:
    """Return what lies above the window and what lies below it, the most important first.

    Args:
        model: What is shown.
        best_bid: Its tick; None where nobody buys.
        best_ask: Its tick; None where nobody sells.
    """
    view = model.view
    if view.rows == 0:
        return (), ()
    things = [
        *_touches(model, best_bid, best_ask),
        *_cursor(model),
        *_orders(model),
        *_position(model),
    ]
    top, bottom = view.top_tick, view.bottom_tick
    return (
        tuple(pointer for tick, pointer in things if tick > top),
        tuple(pointer for tick, pointer in things if tick < bottom),
    )


def _touches(model: LadderModel, best_bid: int | None, best_ask: int | None) -> Iterator[tuple[int, Pointer]]:
    """Yield, for each edge, the nearer of the touches beyond it: that one says how far to go."""
    top, bottom = model.view.top_tick, model.view.bottom_tick
    for edge, touches in (
        (top, (("bid", best_bid), ("ask", best_ask))),
        (bottom, (("ask", best_ask), ("bid", best_bid))),
    ):
        for word, tick in touches:
            if tick is not None and (tick > top if edge == top else tick < bottom):
                away = tick - edge
                yield tick, Pointer(f"{word} {_price(model, tick)} {away:+,d}", f"{word}{away:+d}")
                break


def _cursor(model: LadderModel) -> Iterator[tuple[int, Pointer]]:
    tick = model.cursor_tick
    if tick is not None:
        yield tick, Pointer(f"cursor {_price(model, tick)}", "cur")


def _orders(model: LadderModel) -> Iterator[tuple[int, Pointer]]:
    known = model.instrument
    prices = [order.request.stands_at for order in model.orders if not order.is_done]
    prices += [mirror_price(order.request.stands_at, known) for order in model.mirrored if not order.is_done]
    ticks = [known.to_ticks(price) for price in prices]
    for beyond in (
        [tick for tick in ticks if tick > model.view.top_tick],
        [tick for tick in ticks if tick < model.view.bottom_tick],
    ):
        if beyond:
            count = len(beyond)
            yield beyond[0], Pointer(f"{count} order{'s' if count > 1 else ''}", f"{count}ord")


def _position(model: LadderModel) -> Iterator[tuple[int, Pointer]]:
    position = model.position
    if position is not None and position.quantity and position.entry_price is not None:
        tick = model.instrument.to_ticks(position.entry_price)
        yield tick, Pointer(f"avg {_price(model, tick)}", "avg")


def pointer_text(items: Sequence[Pointer], arrow: str, width: int) -> str:
    """Return as many of `items` as fit behind `arrow` in `width` cells, in the longest form that fits."""
    forms = (
        [item.long for item in items],
        [items[0].long, *(item.short for item in items[1:])],
        [item.short for item in items],
    )
    for form in forms:
        text = f"{arrow} {' '.join(form)}"
        if len(text) <= width:
            return text
    for count in range(len(items) - 1, 0, -1):
        for form in forms:
            text = f"{arrow}{' '.join(form[:count])}"
            if len(text) <= width:
                return text
    return arrow[:width]


def _price(model: LadderModel, tick: int) -> str:
    return price_text(model.instrument.from_ticks(tick), model.instrument.price_decimals)
