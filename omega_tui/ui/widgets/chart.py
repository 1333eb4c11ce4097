"""A chart by the line API: of what a tick changes only the rows that it touches are drawn again."""

from decimal import Decimal

from textual.events import Click
from textual.message import Message

from omega_tui.ui.chart.curve import CurveModel, curve_rows
from omega_tui.ui.chart.layout import Layout
from omega_tui.ui.chart.model import ChartModel
from omega_tui.ui.chart.painter import ChartPainter
from omega_tui.ui.chart.view import Viewport
from omega_tui.ui.widgets.painted_rows import PaintedRows


class Chart(PaintedRows):
    """Shows bars or a curve; it holds no more than that. It takes no keys and orders nothing."""

    class Pointed(Message):
        """The mouse pointed at a bar."""

        def __init__(self, start_ns: int) -> None:
            self.start_ns = start_ns
            super().__init__()

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id, classes=classes)
        self._model: ChartModel | CurveModel | None = None
        self._painter = ChartPainter()

    @property
    def model(self) -> ChartModel | CurveModel | None:
        """What is shown; None before there is anything."""
        return self._model

    @model.setter
    def model(self, model: ChartModel | CurveModel) -> None:
        if model is not self._model:
            self._model = model
            self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        width, height = self.size
        if self._model is None or not (width and height):
            return
        if isinstance(self._model, CurveModel):
            self.show_rows(curve_rows(self._model, width, height))
        else:
            self.show_rows(self._painter.paint(self._model, width, height))

    def row_of(self, price: Decimal) -> int | None:
        """Return the line of the widget that a price is on; None where it is on none."""
        view, layout = self._places()
        row = view.row_of(price) if view is not None else None
        return None if row is None or layout is None else row + layout.heading

    def price_at(self, y: int) -> Decimal | None:
        """Return the price in the middle of a line of the widget; None where there is none."""
        view, layout = self._places()
        if view is None or layout is None or not 0 <= y - layout.heading < layout.rows:
            return None
        return view.price_at(y - layout.heading)

    def bar_at(self, x: int) -> int | None:
        """Return the number of the bar in a column; None where there is none."""
        view, layout = self._places()
        return view.bar_at(x) if view is not None and layout is not None and x < layout.plot else None

    def _places(self) -> tuple[Viewport | None, Layout | None]:
        """Return where bars and prices are; nothing while a curve is shown."""
        if isinstance(self._model, CurveModel):
            return None, None
        return self._painter.view, self._painter.layout

    def on_click(self, event: Click) -> None:
        bar = self.bar_at(event.x)
        if bar is not None and isinstance(self._model, ChartModel):
            self.post_message(self.Pointed(self._model.bars[bar].start_ns))
