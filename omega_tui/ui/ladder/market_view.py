"""Where the trader looks in one market: window and cursor, moved by the trader's keys and by nothing else.

A book makes the first window of a market (`opened`); after it the market moves nothing (ladder specification,
section 2, rule 2). A key may ask where the market is (`centred`), and so may a window that the trader lets
follow it while nothing can be ordered (`followed`).
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.ladder.axis import tick_bounds
from omega_tui.ui.ladder.view import View

GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""How many ticks a row may stand for; `Z` and `z` walk along these."""

LEVELS_IN_VIEW = 3
"""Of so many rows one should hold a level of each side when an unbounded market is first looked at."""


class Look(Struct, frozen=True):
    """Window and cursor of one market.

    Attributes:
        view: Which prices stand on which rows.
        cursor_tick: The price of the cursor, in ticks of `tick_size`.
        tick_size: The tick that both count in.
        rescaled: How often the trader asked for the market in the middle, and so for fresh scales.
    """

    view: View
    cursor_tick: int
    tick_size: Decimal
    rescaled: int = 0

    @property
    def cursor_price(self) -> Decimal:
        """The price of the cursor."""
        return self.tick_size * self.cursor_tick


def opened(instrument: Instrument, book: BookSnapshot, rows: int) -> Look | None:
    """Return the first look at a market: centred, the cursor on the bid; None for an empty book."""
    centre = _centre_tick(instrument, book)
    if centre is None:
        return None
    touch = book.best_bid if book.best_bid is not None else book.best_ask
    assert touch is not None
    view = View(centre, rows).regrouped(_first_group(instrument, book, rows)).centred_on(centre)
    view = _bounded(view, instrument)
    return Look(view, _clamped(instrument.to_ticks(touch), instrument), instrument.tick_size)


def _first_group(instrument: Instrument, book: BookSnapshot, rows: int) -> int:
    """Return how many ticks a row stands for at first: the fewest that bring enough levels into view.

    A cent is nothing at 64,000, and a row for each would show none but empty prices. Outcomes are bounded and
    always shown tick by tick.
    """
    if tick_bounds(instrument) is not None or not book.bids or not book.asks:
        return 1
    deepest = max(1, rows // LEVELS_IN_VIEW) - 1
    lowest = book.bids[min(deepest, len(book.bids) - 1)].price
    highest = book.asks[min(deepest, len(book.asks) - 1)].price
    span = instrument.to_ticks(highest) - instrument.to_ticks(lowest)
    return next((group for group in GROUPS if span <= group * rows), GROUPS[-1])


def moved(look: Look, rows: int, instrument: Instrument) -> Look:
    """Return the look with the cursor `rows` up, or down where negative; the window follows it."""
    return _shown(pointed(look, look.cursor_tick + rows * look.view.group, instrument), instrument)


def pointed(look: Look, tick: int, instrument: Instrument) -> Look:
    """Return the look with the cursor at `tick`, inside the market's bounds; the window stays."""
    return replace(look, cursor_tick=_clamped(tick, instrument))


def pointed_in_view(look: Look, tick: int, instrument: Instrument) -> Look:
    """Return the look with the cursor at `tick`, and the window moved as little as shows it."""
    return _shown(pointed(look, tick, instrument), instrument)


def scrolled(look: Look, rows: int, instrument: Instrument) -> Look:
    """Return the look with the window moved by `rows` towards higher prices."""
    return replace(look, view=_bounded(look.view.scrolled(rows), instrument))


def centred(look: Look, instrument: Instrument, book: BookSnapshot | None) -> Look:
    """Return the look with the window on the market (`c`); the cursor keeps its price."""
    centre = _centre_tick(instrument, book) if book is not None else None
    if centre is None:
        return look
    view = _bounded(look.view.centred_on(centre), instrument)
    return replace(look, view=view, rescaled=look.rescaled + 1)


def followed(look: Look, instrument: Instrument, book: BookSnapshot) -> Look:
    """Return the look with the window on the market if a touch left it; otherwise the very same look.

    The one way in which a market moves a window: only while the trader asked for it and nothing can be
    ordered (ladder specification, section 2, rule 10). The cursor keeps its price.
    """
    touches = [price for price in (book.best_bid, book.best_ask) if price is not None]
    if all(look.view.row_of(instrument.to_ticks(price)) is not None for price in touches):
        return look
    return centred(look, instrument, book)


def centred_on_cursor(look: Look, instrument: Instrument) -> Look:
    """Return the look with the window on the cursor (`C`)."""
    return replace(look, view=_bounded(look.view.centred_on(look.cursor_tick), instrument))


def resized(look: Look, rows: int, instrument: Instrument) -> Look:
    """Return the look for a ladder of another height."""
    if rows == look.view.rows:
        return look
    return replace(look, view=_bounded(look.view.resized(rows), instrument))


def regrouped(look: Look, step: int, instrument: Instrument) -> Look:
    """Return the look with coarser (`step` +1) or finer (-1) rows."""
    here = GROUPS.index(look.view.group)
    group = GROUPS[max(0, min(len(GROUPS) - 1, here + step))]
    return replace(look, view=_bounded(look.view.regrouped(group), instrument))


def remapped(look: Look, instrument: Instrument) -> Look:
    """Return the look after the tick size changed: window and cursor keep their prices."""
    if look.tick_size == instrument.tick_size:
        return look
    view = _bounded(look.view.remapped(look.tick_size, instrument.tick_size), instrument)
    tick = _clamped(instrument.to_ticks(look.cursor_price), instrument)
    return replace(look, view=view, cursor_tick=tick, tick_size=instrument.tick_size)


def mirrored(look: Look, instrument: Instrument) -> Look:
    """Return the look at the complement of a market whose prices add up to `price_max`: 0.30 becomes 0.70."""
    if instrument.price_max is None:
        return look
    whole = instrument.to_ticks(instrument.price_max)
    view = look.view.centred_on(whole - look.view.tick_at(look.view.middle_row))
    return Look(_bounded(view, instrument), _clamped(whole - look.cursor_tick, instrument), look.tick_size)


def _centre_tick(instrument: Instrument, book: BookSnapshot) -> int | None:
    price = book.mid or book.best_bid or book.best_ask
    return None if price is None else instrument.to_ticks(price)


def _clamped(tick: int, instrument: Instrument) -> int:
    bounds = tick_bounds(instrument)
    return max(1, tick) if bounds is None else max(bounds[0], min(bounds[1], tick))


def _bounded(view: View, instrument: Instrument) -> View:
    bounds = tick_bounds(instrument)
    return view if bounds is None or view.rows == 0 else view.within(*bounds)


def _shown(look: Look, instrument: Instrument) -> Look:
    """Return the look with the window scrolled as little as puts the cursor's row inside."""
    view, tick = look.view, look.cursor_tick
    if view.rows == 0 or view.row_of(tick) is not None:
        return look
    row = (view.top_tick - tick) // view.group
    rows = -row if row < 0 else view.rows - 1 - row
    return replace(look, view=_bounded(view.scrolled(rows), instrument))
