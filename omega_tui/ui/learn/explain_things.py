"""Everything on the screen that can be explained now, what is looked at first. Pure."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.teaching import (
    AnyContext,
    CandleBar,
    LadderRow,
    LevelRow,
    MarketRow,
    OrderRow,
    PnlCell,
    PositionRow,
    PrintRow,
    Refusal,
)
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.queue_places import least_ahead
from omega_tui.ui.ladder.place import LadderPlace
from omega_tui.ui.learn.learn_panel import LearnPanel
from omega_tui.units import NS_PER_S

REFUSED_FOR_NS: Final = 60 * NS_PER_S
"""How long a refusal is what one most likely wants explained."""
READ: Final = 120
"""Bars that the recognisers read for the one that is explained."""
RECENT: Final = 20
"""Prints that a print is seen among, and bars that a bar is."""

_FIRST: Final = {
    "tape": ("ladder_row", "print"),
    "chart": ("candle", "level"),
    "orders": ("order",),
    "positions": ("position", "pnl"),
    "log": ("error",),
}
"""What is looked at first where a pane of a narrow terminal was chosen."""


class RefusedHere(Struct, frozen=True):
    """A refusal as it was said: code, sentence, when (wall clock), whether the keys themselves refused."""

    code: str
    text: str
    at_ns: int
    by_keys: bool


def things(  # noqa: PLR0913 - what the screen shows
    desk: Desk,
    place: LadderPlace,
    panel: LearnPanel,
    bars: Callable[[Instrument], tuple[Candle, ...]],
    *,
    refused: RefusedHere | None,
    is_trusted: bool,
    pane: str,
    now_ns: int,
    chart_cursor_ns: int | None = None,
) -> tuple[AnyContext, ...]:
    """Return what can be explained on the trade screen.

    A refusal of the last minute comes first, then what the chosen pane shows, then the row of the cursor.

    Args:
        desk: Everything that is known.
        place: The ladder that has the keys.
        panel: The panel that teaches, which knows the last certain leg.
        bars: Gives the candles of an instrument as the chart shows them.
        refused: The last refusal.
        is_trusted: Whether the book is live and checked.
        pane: The pane of a narrow terminal; empty where several are shown.
        now_ns: Wall clock of the engine.
        chart_cursor_ns: Beginning of the bar under the chart's cursor, which is then what is looked at; None
            while the cursor is away.
    """
    found = {
        "error": list(_refusals(desk, place.instrument, refused, now_ns)),
        "ladder_row": list(_row(desk, place, is_trusted=is_trusted)),
        "order": list(_orders(desk, place)),
        "position": list(_positions(desk, place, panel)),
        "pnl": list(_pnl(desk, place)),
        "print": list(_print(desk, place)),
        "candle": list(_candle(place, bars, chart_cursor_ns)),
        "level": list(_levels(place, panel)),
    }
    is_fresh = refused is not None and now_ns - refused.at_ns < REFUSED_FOR_NS
    first = _FIRST["chart"] if chart_cursor_ns is not None else _FIRST.get(pane, ())
    order = dict.fromkeys(
        (*(("error",) if is_fresh else ()), *first, *(kind for kind in found if kind != "error"), "error")
    )
    return tuple(thing for kind in order for thing in found[kind])


def market_thing(desk: Desk, instrument: Instrument, now_ns: int) -> MarketRow:
    """Return a row of the list of markets."""
    update = desk.books.get(instrument.id)
    other = desk.books.get(instrument.complement_id or "")
    return MarketRow(
        instrument=instrument,
        book=update.book if update is not None else None,
        complement=other.book if other is not None else None,
        now_ns=now_ns,
    )


def _refusals(
    desk: Desk, instrument: Instrument | None, refused: RefusedHere | None, now_ns: int
) -> Iterator[AnyContext]:
    if refused is not None:
        yield Refusal(
            instrument=instrument, code=refused.code, text=refused.text, had_left=not refused.by_keys
        )
    rejected = [one for one in desk.orders.values() if one.status is OrderStatus.REJECTED]
    if rejected and now_ns - rejected[-1].ts_changed_ns < REFUSED_FOR_NS:
        one = rejected[-1]
        code, _, text = one.reason.partition(":")
        is_code = code.isupper() and code.replace("_", "").isalpha()
        yield Refusal(
            instrument=desk.instruments.get(one.request.instrument),
            code=code if is_code else "REJECTED",
            text=text.strip() if is_code else one.reason,
            order=one,
        )


def _row(desk: Desk, place: LadderPlace, *, is_trusted: bool) -> Iterator[AnyContext]:
    look, book = place.look, place.book
    if look is None or book is None or look.cursor_price is None:
        return
    price = look.cursor_price
    here = [one for one in desk.working(place.instrument_id) if one.request.price == price]
    ahead = [size for _, size in least_ahead(desk.queue, here)]
    yield LadderRow(
        instrument=place.instrument,
        price=price,
        book=book,
        orders=tuple(here),
        ahead=min(ahead, default=None),
        position=place.position,
        is_trusted=is_trusted,
    )


def _orders(desk: Desk, place: LadderPlace) -> Iterator[AnyContext]:
    """Yield own orders of the market, the one at the cursor first."""
    at = place.look.cursor_price if place.look is not None else None
    working = desk.working(place.instrument_id)
    for one in sorted(working, key=lambda order: order.request.price != at):
        ahead = [size for _, size in least_ahead(desk.queue, [one])]
        yield OrderRow(
            instrument=place.instrument, order=one, book=place.book, ahead=min(ahead, default=None)
        )


def _positions(desk: Desk, place: LadderPlace, panel: LearnPanel) -> Iterator[AnyContext]:
    """Yield what is held, the market on the ladder first."""
    held = [one for one in desk.positions.values() if one.quantity]
    for position in sorted(held, key=lambda one: one.instrument != place.instrument_id):
        instrument = desk.instruments.get(position.instrument)
        terms = position.terms
        memory = panel.memory_of(position.instrument)
        yield PositionRow(
            instrument=instrument,
            position=position,
            mark=desk.mark(position.instrument),
            orders=panel.orders_of(position.instrument),
            equity=panel.equity_of(instrument) if instrument is not None else None,
            atr=memory.atr if memory is not None else None,
            leverage=(terms.leverage if terms is not None else None) or ONE,
            venue_liquidation=terms.liquidation_price if terms is not None else None,
        )


def _pnl(desk: Desk, place: LadderPlace) -> Iterator[AnyContext]:
    yield PnlCell(
        instrument=place.instrument,
        position=place.position,
        mark=desk.mark(place.instrument_id),
        day=desk.day_totals().usd,
    )


def _print(desk: Desk, place: LadderPlace) -> Iterator[AnyContext]:
    tape = tuple(desk.tapes.of(place.instrument_id))
    if tape:
        yield PrintRow(instrument=place.instrument, trade=tape[-1], recent=tape[-RECENT:], book=place.book)


def _candle(
    place: LadderPlace, bars: Callable[[Instrument], tuple[Candle, ...]], cursor_ns: int | None
) -> Iterator[AnyContext]:
    """Yield the bar under the chart's cursor, else the newest, with the shapes that it completes."""
    instrument = place.instrument
    shown = bars(instrument) if instrument is not None else ()
    if cursor_ns is not None:
        shown = tuple(bar for bar in shown if bar.start_ns <= cursor_ns)
    if not shown:
        return
    # Asked for by a key: whoever wants an explanation waits for the engine.
    from omega_tui.education.candlesticks import find_candlesticks  # noqa: PLC0415
    from omega_tui.education.signals import PATTERNS  # noqa: PLC0415

    read = shown[-READ:]
    names = dict.fromkeys(
        f"candle.{match.pattern.name.lower()}"
        for match in find_candlesticks(read, PATTERNS)
        if match.known_at == len(read) - 1
    )
    yield CandleBar(instrument=instrument, bars=shown[-RECENT:], signals=tuple(names))


def _levels(place: LadderPlace, panel: LearnPanel) -> Iterator[AnyContext]:
    """Yield the retracement of the last certain leg that is nearest to the cursor."""
    memory = panel.memory_of(place.instrument_id)
    instrument, look = place.instrument, place.look
    if memory is None or len(memory.pivots) < 2 or instrument is None or look is None:
        return
    # The engines are there already: the memory is theirs.
    from omega_tui.education.fibonacci import Leg, retracements  # noqa: PLC0415

    start, end = memory.pivots
    levels = retracements(Leg.between(start, end), instrument.tick_size)
    at = look.cursor_price or end.price
    nearest = min(levels, key=lambda level: abs(level.price - at), default=None)
    if nearest is not None:
        yield LevelRow(
            instrument=instrument,
            start=start.price,
            end=end.price,
            ratio=nearest.ratio,
            price=nearest.price,
            known_bars_ago=max(0, memory.count - 1 - end.known_at),
            last=place.book.mid if place.book is not None else None,
            atr=memory.atr,
        )
