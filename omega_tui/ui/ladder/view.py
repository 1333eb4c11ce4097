"""Which prices stand on which rows of a ladder. The market never changes a `View`; only the trader does.

This module and the `Cursor = price` rule are what makes a wrong-price order impossible: nothing here takes a
book, so no book can move a price to another row (ladder specification, section 2).
"""

from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.instrument import ONE


class View(Struct, frozen=True):
    """The window on the price axis that a ladder shows.

    Rows go down in price. A row stands for `group` neighbouring ticks and is called by the lowest of them.

    Attributes:
        anchor_tick: Lowest tick of the top row.
        rows: How many rows are shown, at least 0.
        group: How many ticks a row stands for, at least 1.
    """

    anchor_tick: int
    rows: int
    group: int = 1

    def __post_init__(self) -> None:
        if self.rows < 0 or self.group < 1:
            raise ValueError(f"a view has no negative rows and groups of at least one tick: {self}")

    @property
    def middle_row(self) -> int:
        """The row that keeps its price when the view is resized, regrouped or remapped."""
        return self.rows // 2

    @property
    def bottom_tick(self) -> int:
        """Lowest tick of the lowest row; meaningless while there are no rows."""
        return self.tick_at(self.rows - 1)

    @property
    def top_tick(self) -> int:
        """Highest tick of the top row."""
        return self.anchor_tick + self.group - 1

    def tick_at(self, row: int) -> int:
        """Return the lowest tick of `row`, also for rows beyond the window."""
        return self.anchor_tick - row * self.group

    def row_of(self, tick: int) -> int | None:
        """Return the row that shows `tick`, or None while it is outside the window."""
        row = (self.top_tick - tick) // self.group
        return row if 0 <= row < self.rows else None

    def scrolled(self, rows: int) -> "View":
        """Return the view moved by `rows` towards higher prices, or towards lower ones where negative."""
        return replace(self, anchor_tick=self.anchor_tick + rows * self.group)

    def centred_on(self, tick: int) -> "View":
        """Return the view whose middle row shows `tick`; group boundaries stay multiples of `group`."""
        lowest = tick // self.group * self.group
        return replace(self, anchor_tick=lowest + self.middle_row * self.group)

    def resized(self, rows: int) -> "View":
        """Return the view with another number of rows; the middle row keeps its price."""
        middle = self.tick_at(self.middle_row)
        return replace(self, anchor_tick=middle + rows // 2 * self.group, rows=rows)

    def regrouped(self, group: int) -> "View":
        """Return the view with `group` ticks to a row; the middle row keeps its price."""
        return replace(self, group=group).centred_on(self.tick_at(self.middle_row))

    def remapped(self, old_tick_size: Decimal, new_tick_size: Decimal) -> "View":
        """Return the view for another tick size; the middle row keeps its price, to the nearest new tick."""
        price = self.tick_at(self.middle_row) * old_tick_size
        tick = int((price / new_tick_size).quantize(ONE, rounding=ROUND_HALF_EVEN))
        return self.centred_on(tick)

    def within(self, lowest_tick: int, highest_tick: int) -> "View":
        """Return the view moved so that it wastes no row beyond a bounded axis, centred where all of it fits.

        For the trader's own movements in a bounded market: call it after scrolling, centring or resizing.
        """
        lowest = lowest_tick // self.group * self.group
        highest = highest_tick // self.group * self.group
        needed = (highest - lowest) // self.group + 1
        if needed <= self.rows:
            spare = (self.rows - needed) // 2
            return replace(self, anchor_tick=highest + spare * self.group)
        floor = lowest + (self.rows - 1) * self.group
        return replace(self, anchor_tick=min(highest, max(floor, self.anchor_tick)))
