"""The table of orders: a DataTable by key, of which only the cells that changed are written."""

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.ui.desk import order_key
from omega_tui.ui.glyphs import GLYPH_SETS
from omega_tui.ui.order_pane import Column, order_cells, order_columns, price_cells, size_cells
from omega_tui.ui.pane_styles import pane_styles
from omega_tui.ui.row_cells import Piece

Shown = tuple[tuple[Order, Instrument | None], ...]


class Orders(DataTable[Text]):
    """Our orders, newest first, the working ones above those that are over.

    Attributes:
        orders: What is shown, in this order.
        now_ns: Wall clock for the ages, in whole seconds so that it changes once a second.
        glyphs: Name of the glyph set.
    """

    can_focus = False

    orders: reactive[Shown] = reactive((), repaint=False)
    now_ns: reactive[int] = reactive(0, repaint=False)
    glyphs: reactive[str] = reactive("unicode", repaint=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that Textual uses
        super().__init__(
            id=id, show_cursor=False, cursor_type="none", cell_padding=0, zebra_stripes=False, header_height=1
        )
        self._layout: tuple[Column, ...] = ()
        self._cells: dict[str, tuple[Piece, ...]] = {}
        self._theme = ""

    class Clicked(Message):
        """The row of an order was clicked.

        Attributes:
            table: Where.
            order: Which.
        """

        def __init__(self, table: "Orders", order: Order) -> None:
            self.table = table
            self.order = order
            super().__init__()

        @property
        def control(self) -> "Orders":
            return self.table

    def on_click(self, event: events.Click) -> None:
        row = event.y - self.header_height
        if 0 <= row < len(self.orders):
            self.post_message(self.Clicked(self, self.orders[row][0]))

    def watch_orders(self) -> None:
        self._show()

    def watch_now_ns(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self._show()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_mounted and self.app.theme != self._theme:
            self._cells = {}
            self._show()

    def _show(self) -> None:
        """Bring the table to `orders`, by key: cells that are right stay as they are."""
        width = self.size.width
        if not width:
            return
        layout = order_columns(width, price_cells(self.orders), size_cells(self.orders))
        if layout != self._layout:
            self._layout = layout
            self._cells = {}
            self.clear(columns=True)
            for column in layout:
                self.add_column(Text(column.title), width=column.width, key=column.key)
        self._theme = self.app.theme
        wanted: dict[str, tuple[Piece, ...]] = {}
        for order, instrument in self.orders:
            cells = order_cells(order, instrument, layout, GLYPH_SETS[self.glyphs], self.now_ns)
            wanted[order_key(order)] = cells
        if list(wanted) != list(self._cells):
            self._rebuild(wanted)
        else:
            for key, cells in wanted.items():
                before = self._cells[key]
                for column, cell, old in zip(layout, cells, before, strict=True):
                    if cell != old:
                        self.update_cell(key, column.key, self._text(cell))
        self._cells = wanted

    def _rebuild(self, wanted: dict[str, tuple[Piece, ...]]) -> None:
        """Write every row afresh: an order came, went, or changed its place.

        Nothing is awaited in between, so one repaint shows all of it and none shows a part.
        """
        self.clear()
        for key, cells in wanted.items():
            self.add_row(*self._texts(cells), key=key)

    def _texts(self, cells: Sequence[Piece]) -> list[Text]:
        return [self._text(cell) for cell in cells]

    def _text(self, cell: Piece) -> Text:
        style = pane_styles(self.app.current_theme, is_plain=self.app.no_color)[cell.role]
        return Text(cell.text, style=style, no_wrap=True, end="")
