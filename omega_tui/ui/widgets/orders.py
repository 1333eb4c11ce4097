"""The table of orders, of which only the rows that changed are drawn."""

from decimal import Decimal

from textual import events
from textual.message import Message
from textual.reactive import reactive

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.ui.panes.order_pane import order_table
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.widgets.lines import Lines

Shown = tuple[tuple[Order, Instrument | None], ...]


class Orders(Lines):
    """Our orders, newest first, the working ones above those that are over.

    Attributes:
        orders: What is shown, in this order.
        now_ns: Wall clock for the ages, in whole seconds so that it changes once a second.
        glyphs: Name of the glyph set.
        ahead: What is thought to rest ahead of each, by its id.
        labels: What tells their instruments from each other and from that on the ladder, by instrument.
    """

    orders: reactive[Shown] = reactive((), repaint=False)
    now_ns: reactive[int] = reactive(0, repaint=False)
    glyphs: reactive[str] = reactive("unicode", repaint=False)
    ahead: reactive[tuple[tuple[str, Decimal], ...]] = reactive((), repaint=False)
    labels: reactive[tuple[tuple[str, str], ...]] = reactive((), repaint=False)

    class Chosen(Message):
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
        row = event.y - 1  # Below the heading.
        if 0 <= row < len(self.orders):
            self.post_message(self.Chosen(self, self.orders[row][0]))

    def watch_orders(self) -> None:
        self._show()

    def watch_labels(self) -> None:
        self._show()

    def watch_ahead(self) -> None:
        self._show()

    def watch_now_ns(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        width, height = self.size
        if width:
            self.lines = order_table(
                self.orders,
                width,
                height,
                GLYPH_SETS[self.glyphs],
                self.now_ns,
                ahead=dict(self.ahead),
                labels=dict(self.labels),
            )
