"""The first line of the strip: where the cursor is, and what would follow from an order there. Pure.

What does not fit is left out from the least important on, never cut in the middle of a number.
"""

from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.events.status import VenueChanged, VenuePhase
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.domain.price_band import PriceBand
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.text import cell_width
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.ladder.standing_orders import Mirrored, as_sent
from omega_tui.ui.panes.status_line import Line, cells_of, padded
from omega_tui.ui.text.formats import fitted
from omega_tui.ui.text.words import price_text, size_text

WIDE: Final = 160
"""From so many cells on the line says, too, that the price is inside the band; outside, it always does."""


_MINE: Final = Piece("mine ", "dim")


class CursorFacts(Struct, frozen=True):
    """What line 1 of the strip is made of.

    Attributes:
        instrument: What the ladder shows.
        book: Its book.
        cursor_price: Where the cursor is.
        orders: Ours that work there.
        position: Ours in it, signed.
        next_size: Size of the next order.
        ahead: What is thought to rest ahead of ours at the cursor; None where nothing of ours does.
        mirrored: Ours in the other outcome of the market, where they stand on this ladder.
        other: That outcome; None where there is none or it is not known.
        alert: What is waited for at that price.
        level: Which level of the swing in force lies there, as `.618`; empty for none.
        bands: How far beyond the market the gate lets an order be priced, for a buy and for a sell.
        limit: How large the position may be, in units of the instrument; None where that is not known.
        is_past: Whether the book may be bad: it is what was, and looks it.
        venue: How far the ladder's venue has been opened, for while there is no market; None where nothing
            is to be opened.
    """

    instrument: Instrument | None
    book: BookSnapshot | None
    cursor_price: Decimal | None
    orders: tuple[Order, ...]
    position: Decimal
    next_size: Decimal
    ahead: Decimal | None = None
    mirrored: tuple[Mirrored, ...] = ()
    other: Instrument | None = None
    alert: str = ""
    level: str = ""
    bands: tuple[PriceBand, ...] = ()
    limit: Decimal | None = None
    is_past: bool = False
    venue: VenueChanged | None = None


def cursor_line(facts: CursorFacts, cursor_glyph: str, width: int) -> Line:
    """Return where the cursor is, what rests there, what is ours, and what could become of the position."""
    instrument, price = facts.instrument, facts.cursor_price
    if instrument is None:
        return padded([_no_market(facts.venue, width)], width)
    if price is None:
        return padded([Piece(" no cursor yet: it comes with the first book", "dim")], width)
    line = [
        Piece(f" {cursor_glyph} ", "cursor"),
        Piece(price_text(price, instrument), "strong"),
        _offset(facts, price, instrument),
    ]
    for part in (*_outside(facts, price), *_resting_here(facts, price), _worst(facts)):
        if cells_of(line) + 3 + cells_of(part) > width and part[0] == _MINE:
            part = part[1:]  # noqa: PLW2901 - what is ours is said before whose it is
        if cells_of(line) + 3 + cells_of(part) > width:
            return padded(line, width)
        line += [Piece(" · ", "dim"), *part]
    limit = None if facts.limit is None else Piece(f" of {size_text(_whole(facts.limit))}", "dim")
    if limit is not None and cells_of(line) + cell_width(limit.text) < width:
        line.append(limit)
    for extra in _extras(facts, price, width):
        if cells_of(line) + 3 + cells_of(extra) <= width:
            line += [Piece(" · ", "dim"), *extra]
    return padded(line, width)


def _no_market(venue: VenueChanged | None, width: int) -> Piece:
    """Return what is waited for before there is a market, or why there is none."""
    if venue is not None and venue.text:
        if venue.phase is VenuePhase.FAILED:
            return Piece(fitted(f" {venue.venue} failed: {venue.text}", width, "…"), "warn")
        if venue.phase is VenuePhase.OPENING:
            return Piece(fitted(f" {venue.venue}: {venue.text}", width, "…"), "dim")
    return Piece(" no market yet: / finds one, g4 lists them", "dim")


def _outside(facts: CursorFacts, price: Decimal) -> Iterator[Line]:
    """Yield the band that the price is outside of, before all else: no order of that side goes there."""
    for band in facts.bands:
        if not (facts.is_past or band.holds(price)):
            bound = price_text(band.bound, facts.instrument)
            yield (Piece(f"band: no {band.side} beyond {bound}", "warn"),)


def _resting_here(facts: CursorFacts, price: Decimal) -> Iterator[Line]:
    """Yield what rests at the cursor, what of it is ours, and what is waited for there."""
    resting = _resting(price, facts.book)
    if resting is not None:
        verb, role = ("rested ", "dim") if facts.is_past else ("rests ", "")
        yield Piece(verb, "dim"), Piece(size_text(resting), role)
    mine = [order for order in facts.orders if order.request.stands_at == price]
    if mine:
        left = sum((order.remaining for order in mine), Decimal(0))
        side = mine[0].request.side
        role = "side.buy" if side is Side.BUY else "side.sell"
        yield _MINE, Piece(f"{side} {size_text(left)}", role)
        if facts.ahead is not None:
            role = "dim" if facts.is_past else ""
            yield Piece("ahead ", "dim"), Piece(f"~{size_text(facts.ahead)}", role)
    # Named as they were sent: a SELL row of this ladder holds a BUY of the other outcome.
    there = [one for one in facts.mirrored if facts.instrument and _is_on(one.price, price, facts.instrument)]
    if there:
        yield _MINE, Piece(", ".join(as_sent(there, facts.other)), "")
    if facts.alert:
        yield Piece("alert ", "dim"), Piece(facts.alert, "strong")


def _is_on(one: Decimal, price: Decimal, instrument: Instrument) -> bool:
    """Whether two prices are drawn on one tick: the two outcomes may have different ones."""
    return instrument.to_ticks(one) == instrument.to_ticks(price)


def _extras(facts: CursorFacts, price: Decimal, width: int) -> Iterator[Line]:
    """Yield what is said of the price where there is room left, the more important first."""
    is_inside = bool(facts.bands) and all(band.holds(price) for band in facts.bands)
    if is_inside and not facts.is_past and width >= WIDE:
        yield Piece(f"price band {_width_text(facts)} ", "dim"), Piece("ok", "good")
    if facts.level:
        yield (Piece(f"fib {facts.level}", "dim"),)


def _offset(facts: CursorFacts, price: Decimal, instrument: Instrument) -> Piece:
    """Return how far a price is from the touch, and that it was where the book may be bad."""
    where = _from_touch(price, facts.book, instrument)
    if not where:
        return Piece("", "")
    return Piece(f" was {where}", "dim") if facts.is_past else Piece(f" = {where}", "")


def _from_touch(price: Decimal, book: BookSnapshot | None, instrument: Instrument) -> str:
    bid = book.best_bid if book is not None else None
    ask = book.best_ask if book is not None else None
    if bid is None and ask is None:
        return ""
    if ask is not None and price >= ask:
        ticks = instrument.to_ticks(price - ask)
        return f"ask+{ticks}t" if ticks else "ask"
    if bid is None:
        assert ask is not None
        return f"ask-{instrument.to_ticks(ask - price)}t"
    ticks = instrument.to_ticks(price - bid)
    return f"bid{ticks:+}t" if ticks else "bid"


def _width_text(facts: CursorFacts) -> str:
    """Return how wide the band is: in units of the price, or as a part of it where prices have no bounds."""
    band, instrument = facts.bands[0], facts.instrument
    if instrument is not None and instrument.price_max is None:
        share = (100 * band.width / band.reference).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
        return f"{share.normalize():f}%"
    return f"{band.width.normalize():f}"


def _resting(price: Decimal, book: BookSnapshot | None) -> Decimal | None:
    if book is None:
        return None
    return next(
        (level.size for side in (book.bids, book.asks) for level in side if level.price == price), None
    )


def _worst(facts: CursorFacts) -> Line:
    """Return position + same-side working + the next order, for both sides (the usual formula of desks).

    A side on which the next order would go beyond the limit of a position is a warning.
    """
    buys = sum((o.remaining for o in facts.orders if o.request.side is Side.BUY), Decimal(0))
    sells = sum((o.remaining for o in facts.orders if o.request.side is Side.SELL), Decimal(0))
    most = facts.position + buys + facts.next_size
    least = facts.position - sells - facts.next_size
    limit = facts.limit
    over = ["warn" if limit is not None and abs(one) > limit else "" for one in (most, least)]
    return (
        Piece("worst case ", "dim"),
        Piece(_signed(most), over[0]),
        Piece("/", ""),
        Piece(_signed(least), over[1]),
    )


def _whole(limit: Decimal) -> Decimal:
    """Return a limit rounded down to three digits, or to all before the point."""
    places = min(0, limit.adjusted() - 2)
    return limit.quantize(Decimal(1).scaleb(places), rounding=ROUND_DOWN)


def _signed(value: Decimal) -> str:
    return f"+{size_text(value)}" if value > 0 else size_text(value) if value else "0"
