"""What the trader saw: the last frame of a ladder that was handed to the terminal.

An order key is judged against this, never against the newest book (ladder specification, section 2, rule 4).
"""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import FrameStamp


class PaintedFrame(Struct, frozen=True):
    """One frame of one ladder, as flushed.

    Attributes:
        frame_id: Grows with every flush of this ladder, from 1.
        painted_ns: When it was flushed, monotonic clock.
        instrument: Instrument id.
        prices: The price of each row that was on screen, top first; of a grouped row its lowest price.
        cursor_price: The price under the cursor; None while there is no cursor.
        cursor_row: Index into `prices` of the row that carried the cursor; None while it is not on screen.
        best_bid: As painted; None where that side was empty.
        best_ask: As painted.
        book_sequence: Sequence of the painted snapshot; 0 while there was none.
        data_state: The data state that was painted.
    """

    frame_id: int
    painted_ns: int
    instrument: str
    prices: tuple[Decimal, ...]
    cursor_price: Decimal | None
    cursor_row: int | None
    best_bid: Decimal | None
    best_ask: Decimal | None
    book_sequence: int
    data_state: DataState

    def to_stamp(self, price: Decimal | None = None) -> FrameStamp:
        """Return what is stored with an order.

        Args:
            price: The touch price that the strip showed, for an order that is not placed at the cursor.
                The default is the price under the cursor.
        """
        return FrameStamp(
            frame_id=self.frame_id,
            price=self.cursor_price if price is None else price,
            best_bid=self.best_bid,
            best_ask=self.best_ask,
            book_sequence=self.book_sequence,
            painted_ns=self.painted_ns,
            data_state=self.data_state.value,
            cursor_price=self.cursor_price,
            cursor_row=self.cursor_row,
            top_price=self.prices[0] if self.prices else None,
            row_step=self.prices[0] - self.prices[1] if len(self.prices) > 1 else ZERO,
            rows=len(self.prices),
        )
