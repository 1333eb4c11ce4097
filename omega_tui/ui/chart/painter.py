"""Draws a chart as rows of styled pieces, the whole of it or what a tick of the last bar changes. Pure.

A painter remembers what it drew: while nothing but the last bar moves, and stays on the scale, only the rows
that it touches are made again, and all others are the same objects as before.
"""

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from omega_tui.ui.chart.axis import time_axis
from omega_tui.ui.chart.bars import (
    Zoom,
    bar_column,
    bar_shapes,
    direction_role,
    pair_column,
    price_range,
    zooms,
)
from omega_tui.ui.chart.cells import Spot, pieces_of, put, put_all, spots_by_row
from omega_tui.ui.chart.glyphs import CHART_GLYPHS, ChartGlyphs
from omega_tui.ui.chart.heading import heading
from omega_tui.ui.chart.heat import heat_cells
from omega_tui.ui.chart.layers import (
    LINE_ROLE,
    Cell,
    label_cells,
    line_cells,
    outline_cells,
    placed,
    point_cells,
)
from omega_tui.ui.chart.layout import LEAST_HEIGHT, LEAST_WIDTH, Layout, layout_of
from omega_tui.ui.chart.log_scale import LogScale, fitted_log_scale
from omega_tui.ui.chart.model import ChartModel
from omega_tui.ui.chart.scale import PriceScale, Scale, axis_prices, fitted_scale
from omega_tui.ui.chart.view import Viewport, Window, capacity, label_room, window
from omega_tui.ui.chart.volume import most_volume, volume_rows
from omega_tui.ui.ladder.row_cells import LadderRow, Piece
from omega_tui.ui.text.formats import centred, fitted, price_text, right

_PARTIAL: Final = "candle.part"
_MIXED: Final = "candle.flat"
_NEAR: Final = Decimal("0.3")
"""Lines of our own that are no further from the candles than this part of their range are made room for."""
_NORMAL_FROM: Final = 50
"""Columns from which on candles are of the normal width where none is chosen, below it compact."""


class ChartPainter:
    """Draws one chart again and again.

    Attributes:
        view: Which bar and which price is where, as drawn last; None while there is nothing to see.
        layout: The shares of the lines, as drawn last; None likewise.
    """

    def __init__(self) -> None:
        self.view: Viewport | None = None
        self.layout: Layout | None = None
        self._model: ChartModel | None = None
        self._size = (0, 0)
        self._plan: _Plan | None = None
        self._rows: tuple[LadderRow, ...] = ()

    def paint(self, model: ChartModel, width: int, height: int) -> tuple[LadderRow, ...]:
        """Return `height` rows of exactly `width` cells."""
        if model is self._model and (width, height) == self._size:
            return self._rows
        layer = "stale" if model.state else ""
        before, plan = self._model, self._plan
        same_size = (width, height) == self._size
        self._model, self._size = model, (width, height)
        if width < LEAST_WIDTH or height < LEAST_HEIGHT or not model.bars:
            self.view = self.layout = self._plan = None
            self._rows = _empty(model, width, height, layer)
        elif same_size and before is not None and plan is not None and plan.takes(before, model):
            self._rows = plan.ticked(model, self._rows)
        else:
            scale = (
                plan.view.scale if plan is not None and same_size and _is_same_look(before, model) else None
            )
            self._plan = _Plan(model, width, height, scale)
            self.view, self.layout = self._plan.view, self._plan.layout
            self._rows = self._plan.all_rows()
        return self._rows


def _is_same_look(before: ChartModel | None, now: ChartModel) -> bool:
    """Whether the reader still looks at the same bars, so that the scale may stay."""
    return before is not None and (before.title, before.zoom, before.back, before.tick) == (
        now.title,
        now.zoom,
        now.back,
        now.tick,
    )


def _empty(model: ChartModel, width: int, height: int, layer: str) -> tuple[LadderRow, ...]:
    blank = LadderRow((Piece(" " * width, "dim"),), layer)
    rows = [blank] * height
    if height and width >= LEAST_WIDTH:
        rows[0] = heading(model, None, 0, width, 0)
        if height > 1:
            text = centred(fitted(model.empty, width), width)
            rows[height // 2] = LadderRow((Piece(text, "dim"),), layer)
    return tuple(rows)


class _Plan:
    """Everything about one drawing that a tick of the last bar does not change."""

    def __init__(self, model: ChartModel, width: int, height: int, before: Scale | None) -> None:
        self.model = model
        self.layer = "stale" if model.state else ""
        self.glyphs: ChartGlyphs = CHART_GLYPHS[model.glyphs]
        self.zoom = _zoom(model, width)
        self._range: tuple[tuple[int, int], tuple[Decimal, Decimal]] | None = None
        self.layout = self._laid_out(width, height, before)
        plot, rows = self.layout.plot, self.layout.rows
        shown = self._window(plot)
        scale = self._scale(shown.first, shown.stop, rows, before)
        self.view = shown.on(scale, self.zoom, plot)
        self.is_newest = shown.stop == len(model.bars)
        self.lines = placed(model.lines, self.view)
        heat = heat_cells(model.heat, model.bars, self.view, self.glyphs.heat)
        self.under = spots_by_row([*heat, *line_cells(self.lines, self.view, self.glyphs)], rows)
        self.bars = self._bars(shown.first, self._last_from())
        self.over = spots_by_row(self._over(), rows)
        self.axis = dict(axis_prices(scale, model.tick))
        self.most_volume = most_volume(model.bars[shown.first : shown.stop])
        self.last_bars = self._bars(self._last_from(), shown.stop)
        self.last_row = self._last_row()

    # ------------------------------------------------------------------------------ making the plan

    def _laid_out(self, width: int, height: int, before: Scale | None) -> Layout:
        """Lay out for the prices of the scale, whose rows are known only when there is a layout."""
        model = self.model
        layout = layout_of(model, width, height, ())
        for _ in range(2):  # The axis takes columns, and fewer bars may need shorter prices.
            shown = self._window(layout.plot)
            scale = self._scale(shown.first, shown.stop, layout.rows, before)
            prices = [price for _, price in axis_prices(scale, model.tick)]
            prices += [line.price for line in model.lines if scale.holds(line.price)]
            prices += [bar.close for bar in model.bars[-1:]]
            if model.cursor is not None and model.cursor.price is not None:
                prices.append(model.cursor.price)
            layout = layout_of(model, width, height, tuple(prices))
        return layout

    def _window(self, plot: int) -> Window:
        """Return which bars are shown: the newest, or older ones where the cursor is on one."""
        model, back = self.model, self.model.back
        if model.cursor is not None:
            # One further where bars come in pairs: the first may have to stay out.
            out = self.zoom is Zoom.DENSE
            back = max(back, len(model.bars) - capacity(plot, self.zoom) - model.cursor.bar + out)
        return window(len(model.bars), plot, self.zoom, back)

    def _scale(self, first: int, stop: int, rows: int, before: Scale | None) -> Scale:
        model = self.model
        if self._range is None or self._range[0] != (first, stop):
            self._range = (first, stop), price_range(model.bars[first:stop])
        low, high = self._range[1]
        near = (high - low) * _NEAR
        fitting = [
            line.price
            for line in model.lines
            if line.fits or (line.kind.is_own and low - near <= line.price <= high + near)
        ]
        cursor = model.cursor
        if cursor is not None and cursor.price is not None:
            fitting.append(cursor.price)
        low, high = min((low, *fitting)), max((high, *fitting))
        if model.is_log and low > 0:
            kept = before if isinstance(before, LogScale) else None
            return fitted_log_scale(low, high, rows, model.tick, kept)
        return fitted_scale(low, high, rows, model.tick, before if isinstance(before, PriceScale) else None)

    def _last_from(self) -> int:
        """Return the first of the bars that are drawn together with the last one."""
        last = self.view.stop - 1
        if self.zoom is Zoom.DENSE:
            last -= (last - self.view.first) % 2
        return last if self.is_newest else self.view.stop

    def _bars(self, first: int, stop: int) -> list[list[Spot]]:
        """Return what some of the candles put on each row."""
        model, view = self.model, self.view
        shown = model.bars[first:stop]
        shapes = bar_shapes(shown, view.scale)
        spots: list[list[Spot]] = [[] for _ in range(self.layout.rows)]
        pairs, zoom, column = self.zoom.per_column, self.zoom, view.column_of(first) or 0
        for place in range(0, len(shapes), pairs):
            if zoom is Zoom.DENSE:
                one, other = shapes[place], shapes[place + 1] if place + 1 < len(shapes) else None
                drawn = pair_column(one, other)
                is_one = other is None or one.direction == other.direction
                role = direction_role(one.direction) if is_one else _MIXED
            else:
                drawn = bar_column(shapes[place], zoom, model.glyphs, hollow=model.hollow)
                role = direction_role(shapes[place].direction)
            if model.incomplete and any(
                bar.start_ns in model.incomplete for bar in shown[place : place + pairs]
            ):
                role = _PARTIAL
            for row, text in enumerate(drawn.texts, drawn.row):
                spots[row].append((column, text, role))
            column += zoom.pitch
        return spots

    def _over(self) -> list[Cell]:
        model, view, glyphs = self.model, self.view, self.glyphs
        labels = label_cells(self.lines, view, glyphs, decimals=self.layout.decimals)
        cells = outline_cells(model.outlines, view, glyphs, labels)
        cells += point_cells(model.points, model.bars, view, glyphs)
        return cells + labels

    def _last_row(self) -> int | None:
        if not (self.model.is_live and self.is_newest):
            return None
        return self.view.row_of(self.model.bars[-1].close)

    # ------------------------------------------------------------------------------ ticks

    def takes(self, before: ChartModel, now: ChartModel) -> bool:
        """Whether all that differs between two models is the last bar, and it stays on the scale."""
        old, new = before.bars, now.bars
        if len(old) != len(new) or not self.is_newest or old[-1].start_ns != new[-1].start_ns:
            return False
        bar, scale = new[-1], self.view.scale
        return (
            bar.volume <= self.most_volume
            and scale.bottom < bar.low
            and bar.high <= scale.top
            and old[:-1] == new[:-1]
            and replace(before, bars=()) == replace(now, bars=())
        )

    def ticked(self, model: ChartModel, rows: tuple[LadderRow, ...]) -> tuple[LadderRow, ...]:
        """Return the rows after the last bar moved; those that it does not touch are the same objects."""
        is_louder = model.bars[-1].volume != self.model.bars[-1].volume
        self.model = model
        touched = {row for row, spots in enumerate(self.last_bars) if spots}
        touched.add(self.last_row if self.last_row is not None else 0)
        self.last_bars = self._bars(self._last_from(), self.view.stop)
        self.last_row = self._last_row()
        touched |= {row for row, spots in enumerate(self.last_bars) if spots}
        touched.add(self.last_row if self.last_row is not None else 0)
        made = list(rows)
        made[0] = self._heading()
        top = self.layout.heading
        for row in touched:
            made[top + row] = self._row(row)
        if is_louder and self.layout.volume:
            start = top + self.layout.rows
            made[start : start + self.layout.volume] = self._volume_rows()
        return tuple(made)

    # ------------------------------------------------------------------------------ rows

    def all_rows(self) -> tuple[LadderRow, ...]:
        """Return every row."""
        rows = [self._heading(), *(self._row(row) for row in range(self.layout.rows))]
        rows += self._volume_rows()
        if self.layout.times:
            layout = self.layout
            text = time_axis(self.model.bars, self.view, layout.plot, has_times=self.model.has_times)
            rows.append(LadderRow((Piece(text + " " * layout.axis, "chart.axis"),), self.layer))
        return tuple(rows)

    def _heading(self) -> LadderRow:
        model = self.model
        cursor = model.cursor
        number = self.view.stop - 1 if cursor is None else max(0, min(cursor.bar, len(model.bars) - 1))
        return heading(model, model.bars[number], number, self.layout.width, self.layout.decimals)

    def _row(self, row: int) -> LadderRow:
        plot = self.layout.plot
        chars, roles = [" "] * plot, [""] * plot
        cursor = self.model.cursor
        if row == self.last_row:
            room = label_room(plot)
            put(chars, roles, plot - room, self.glyphs.last * room, self._last_role())
        put_all(chars, roles, self.under[row])
        if cursor is not None:
            self._put_cross(row, chars, roles)
        put_all(chars, roles, self.bars[row])
        put_all(chars, roles, self.last_bars[row])
        put_all(chars, roles, self.over[row])
        return LadderRow((*pieces_of(chars, roles), *self._axis(row)), self.layer)

    def _put_cross(self, row: int, chars: list[str], roles: list[str]) -> None:
        cursor, view = self.model.cursor, self.view
        assert cursor is not None, "asked before"
        price = cursor.price if cursor.price is not None else self.model.ladder_price
        if price is not None and view.row_of(price) == row:
            put(chars, roles, 0, self.glyphs.cross * len(chars), "chart.cross")
        column = view.middle_of(cursor.bar)
        if column is not None:
            put(chars, roles, column, self.glyphs.column, "chart.cross")

    def _axis(self, row: int) -> tuple[Piece, ...]:
        """Return rule and price beside a row: the cursor's, else the last one, a line's, a round one."""
        model, layout = self.model, self.layout
        if not layout.axis:
            return ()
        here = model.ladder_price is not None and self.view.row_of(model.ladder_price) == row
        rule = Piece(self.glyphs.here, "mark") if here else Piece(self.glyphs.axis, "chart.axis")
        price, role = self._price_beside(row)
        room = layout.axis - 1
        if price is None:
            return (rule, Piece(" " * room, "chart.axis"))
        text = price_text(price, layout.decimals)
        return (rule, Piece(right(text, room) if len(text) <= room else "#" * room, role))

    def _price_beside(self, row: int) -> tuple[Decimal | None, str]:
        cursor, view = self.model.cursor, self.view
        if cursor is not None:
            price = cursor.price if cursor.price is not None else self.model.ladder_price
            if price is not None and view.row_of(price) == row:
                return price, "price.cursor"
        if row == self.last_row:
            return self.model.bars[-1].close, self._last_role()
        line = next((line for at, line, edge in self.lines if at == row and not edge), None)
        if line is not None:
            return line.price, LINE_ROLE[line.kind]
        return self.axis.get(row), "chart.axis"

    def _last_role(self) -> str:
        bar = self.model.bars[-1]
        return "chart.last.up" if bar.close >= bar.open else "chart.last.down"

    def _volume_rows(self) -> list[LadderRow]:
        shown = self.model.bars[self.view.first : self.view.stop]
        return volume_rows(
            shown,
            self.view,
            self.layout,
            most=self.most_volume,
            glyph_set=self.model.glyphs,
            layer=self.layer,
        )


def _zoom(model: ChartModel, width: int) -> Zoom:
    """Return how wide candles are drawn, which the glyphs must be able to."""
    if model.zoom is None:
        return Zoom.NORMAL if width >= _NORMAL_FROM else Zoom.COMPACT
    return model.zoom if model.zoom in zooms(model.glyphs) else Zoom.COMPACT
