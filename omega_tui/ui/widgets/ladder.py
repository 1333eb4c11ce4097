"""The price ladder. Prices stand on fixed rows; what moves is the market.

The app assigns `model` at its frame, and reads `painted` when an order key comes: what the trader saw.
"""

from decimal import Decimal
from typing import Final

from msgspec.structs import replace
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from omega_tui.clock import Clock
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.heading import heading_line, title_line
from omega_tui.ui.ladder.model import LadderModel
from omega_tui.ui.ladder.rows import ladder_rows, row_prices, size_scale
from omega_tui.ui.style.internals import is_batching, unwritten
from omega_tui.ui.style.size_scale import SizeScale
from omega_tui.ui.widgets.painted_rows import PaintedRows

HEADING_LINES: Final = 2
"""Lines above the first price: the title and the names of the columns."""
_WHEEL_ROWS: Final = 3


class Ladder(PaintedRows, can_focus=True):
    """A ladder of one instrument.

    What was painted is worked out from the compositor's own order (Textual 8.2, `Screen._on_timer_update`):
    it takes the regions that a widget marked, renders them and writes the result, all in one call that
    nothing of ours can interrupt. So a model counts as painted when a render follows the taking of its own
    regions. A render that happens to pass over the ladder for another widget's sake, a picture for a
    screenshot, and anything rendered while a batch update throws output away count for nothing.
    """

    class Dragged(Message):
        """The mouse moved to another row with its button held down.

        Attributes:
            ladder: Where.
            start: The price painted on the row where the button went down.
            price: That of the row where it is now.
        """

        def __init__(self, ladder: "Ladder", start: Decimal, price: Decimal) -> None:
            self.ladder = ladder
            self.start = start
            self.price = price
            super().__init__()

    class Clicked(Message):
        """A price was clicked.

        Attributes:
            ladder: Where.
            price: As painted on the row that was hit.
        """

        def __init__(self, ladder: "Ladder", price: Decimal) -> None:
            self.ladder = ladder
            self.price = price
            super().__init__()

        @property
        def control(self) -> "Ladder":
            return self.ladder

    class Scrolled(Message):
        """The wheel was turned over the ladder.

        Attributes:
            ladder: Where.
            rows: How far; positive is towards higher prices.
        """

        def __init__(self, ladder: "Ladder", rows: int) -> None:
            self.ladder = ladder
            self.rows = rows
            super().__init__()

        @property
        def control(self) -> "Ladder":
            return self.ladder

    class RowsChanged(Message):
        """The ladder has another number of price rows; its view is to be resized.

        Attributes:
            ladder: Where.
            rows: How many.
        """

        def __init__(self, ladder: "Ladder", rows: int) -> None:
            self.ladder = ladder
            self.rows = rows
            super().__init__()

        @property
        def control(self) -> "Ladder":
            return self.ladder

    def __init__(
        self,
        clock: Clock,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._clock = clock
        self._model: LadderModel | None = None
        self._scale: SizeScale | None = None
        self._scale_key: object = None
        self._prices_key: object = None
        self._row_prices: tuple[Decimal, ...] = ()
        self._marked = False
        self._taken: LadderModel | None = None
        self._frame_id = 0
        self._first_row = 0
        self._drag_from: Decimal | None = None
        self._drag_at: Decimal | None = None
        self._drawn_frame: PaintedFrame | None = None
        self._painted: PaintedFrame | None = None

    @property
    def price_rows(self) -> int:
        """How many prices fit."""
        return max(0, self.size.height - HEADING_LINES)

    @property
    def model(self) -> LadderModel | None:
        """What is shown; None before the first."""
        return self._model

    @model.setter
    def model(self, model: LadderModel) -> None:
        if model is self._model:
            return
        self._model = model
        self._show()

    @property
    def painted(self) -> PaintedFrame | None:
        """The last frame that was handed to the terminal; None before the first and while hidden.

        A frame that waits in Textual's output queue has not been handed over.
        """
        if self._drawn_frame is not None and unwritten(self.app) == 0:
            self._painted = self._drawn_frame
        return self._painted

    def paint_begins(self) -> None:
        self._taken = self._model
        self._marked = False

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        if self._taken is not None and self._taken is self._model:
            if is_batching(self.app):
                self._marked = True
                self.call_later(self.refresh)
            else:
                self._note_frame(self._taken, crop)
            self._taken = None
        return strips

    def on_resize(self) -> None:
        self._show()
        self.post_message(self.RowsChanged(self, self.price_rows))

    def on_hide(self) -> None:
        self._drawn_frame = self._painted = self._taken = None

    def on_click(self, event: events.Click) -> None:
        price = self._price_at(event.y)
        if price is not None:
            self.post_message(self.Clicked(self, price))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._drag_from = self._drag_at = self._price_at(event.y) if event.button == 1 else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell of a drag from row to row. A button that was let go of elsewhere ends it."""
        if event.button != 1:
            self._drag_from = None
        price = self._price_at(event.y)
        if self._drag_from is None or price is None or price == self._drag_at:
            return
        self._drag_at = price
        self.post_message(self.Dragged(self, self._drag_from, price))

    def on_mouse_up(self) -> None:
        self._drag_from = None

    def _price_at(self, y: int) -> Decimal | None:
        """Return the price painted on a line of the widget; None beside the rows."""
        row = y - HEADING_LINES - self.gutter.top - self._first_row
        painted = self.painted
        return painted.prices[row] if painted is not None and 0 <= row < len(painted.prices) else None

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(self, _WHEEL_ROWS))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(self, -_WHEEL_ROWS))

    def _show(self) -> None:
        model, width = self._model, self.size.width
        if model is None or not width:
            return
        rows = (
            title_line(model, width),
            heading_line(model, width),
            *ladder_rows(model, width, scale=self._size_scale(model)),
        )
        if self.show_rows(rows):
            self._marked = True
        elif not self._marked and self._drawn_frame is not None:
            # The picture is the same, so what is on the screen shows the newer book just as well.
            self._drawn_frame = replace(
                self._drawn_frame,
                best_bid=model.book.best_bid if model.book else None,
                best_ask=model.book.best_ask if model.book else None,
                book_sequence=model.book.sequence if model.book else 0,
            )

    def _size_scale(self, model: LadderModel) -> SizeScale:
        """Return what sizes are drawn by: taken when the trader asks for it, never by the market itself."""
        view = model.view
        key = (model.instrument.id, view.group, view.rows == 0, model.book is None, model.rescaled)
        if self._scale is None or key != self._scale_key:
            self._scale_key = key
            self._scale = size_scale(model)
        return self._scale

    def _prices(self, model: LadderModel) -> tuple[Decimal, ...]:
        """Return the price of each row, worked out once per view."""
        key = (model.instrument.tick_size, model.view)
        if key != self._prices_key:
            self._prices_key = key
            self._row_prices = row_prices(model)
        return self._row_prices

    def _note_frame(self, model: LadderModel, crop: Region) -> None:
        """Remember what is being painted; the time is that before the write, so no age looks too small."""
        if self._drawn_frame is not None and unwritten(self.app) == 0:
            self._painted = self._drawn_frame
        gutter = self.gutter.top
        first = max(0, crop.y - HEADING_LINES - gutter)
        last = min(self.price_rows, model.view.rows, crop.bottom - HEADING_LINES - gutter)
        cursor = model.cursor_tick
        row = None if cursor is None else model.view.row_of(cursor)
        book = model.book
        self._first_row = first
        self._frame_id += 1
        self._drawn_frame = PaintedFrame(
            frame_id=self._frame_id,
            painted_ns=self._clock.mono_ns(),
            instrument=model.instrument.id,
            prices=self._prices(model)[first : max(first, last)],
            cursor_price=None if cursor is None else model.instrument.from_ticks(cursor),
            cursor_row=row - first if row is not None and first <= row < last else None,
            best_bid=book.best_bid if book else None,
            best_ask=book.best_ask if book else None,
            book_sequence=book.sequence if book else 0,
            data_state=model.status.state,
        )
