"""Twenty seconds with a keymap that the fingers do not know yet: six keys or pairs of keys, on paper. Pure.

After a keymap was changed nothing is armed with real money before this was passed, or skipped by
`:drill skip`. The drill has an order grammar of its own over a market that is made up: what its keys come to
is looked at and never sent. F7, F8 and F9 count only where it asks for them; at any other time they end it,
and do what they do.
"""

from decimal import Decimal
from typing import Final, Protocol

from msgspec import Struct

from omega_tui.domain.commands import CancelOrders, Command, Kill, PlaceOrder, StartProgram
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.programs import Close
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts, KeyPress, Refused, Send
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.units import NS_PER_S

DRILL_NS: Final = 20 * NS_PER_S
D = Decimal

_PAPER = Instrument(
    id="drill",
    venue="drill",
    name="drill",
    tick_size=D("0.5"),
    lot_size=D(1),
    base="LOT",
    kind=InstrumentKind.LINEAR,
)
_OWN = Order(
    request=OrderRequest(
        client_order_id="drill", instrument="drill", venue="drill", side=Side.BUY, size=D(1), price=D(100)
    ),
    status=OrderStatus.ACCEPTED,
)

TASKS: Final = (
    "buy 1 at the bid",
    "sell 1 at the ask",
    "cancel the order at the cursor",
    "cancel all in this market",
    "flatten the whole position",
    "KILL everything",
)


class DrillRecord(Protocol):
    """Remembers which keymap was drilled.

    Attributes:
        is_due: Whether the keymap in force is another one than that.
    """

    @property
    def is_due(self) -> bool:
        """Whether the keymap in force is another one than the last that was drilled or skipped."""
        ...

    def settle(self, how: str) -> None:
        """Remember the keymap in force; `how` is `passed` or `skipped`. What it cannot write is due again."""
        ...


class Progress(Struct, frozen=True):
    """How a drill stands after a key.

    Attributes:
        text: For the strip.
        is_over: Whether it has ended.
        is_passed: Whether it ended well.
    """

    text: str
    is_over: bool = False
    is_passed: bool = False


class KeyDrill:
    """One drill, from its first prompt to its end."""

    def __init__(self, keymap: Keymap, now_ns: int) -> None:
        self._keymap = keymap
        self._began_ns = now_ns
        self._done = 0
        self._wrong = ""
        self._entry = OrderEntry(keymap)

    def wants(self, action: str) -> bool:
        """Whether F7, F8 or F9, given as the binding, is what the drill asks for now."""
        wanted = {3: "panic.cancel_market", 4: "panic.flatten", 5: "panic.kill"}
        return wanted.get(self._done) == action

    def watch(self, now_ns: int) -> Progress:
        """Return how it stands now, without a key."""
        left_ns = self._began_ns + DRILL_NS - now_ns
        if left_ns <= 0:
            task = TASKS[self._done]
            return Progress(f"drill: time is over at '{task}'; :drill begins again", is_over=True)
        wrong = f" ({self._wrong})" if self._wrong else ""
        return Progress(
            f"drill {self._done + 1}/{len(TASKS)}, {-(-left_ns // NS_PER_S)} s, nothing is sent: "
            f"{TASKS[self._done]}{wrong}"
        )

    def press(self, press: KeyPress) -> Progress:
        """Take a key."""
        now_ns = press.handled_ns
        standing = self.watch(now_ns)
        if standing.is_over:
            return standing
        facts = self._facts()
        held_back = self._entry.observe(facts, now_ns)
        decision = self._entry.press(press, self._frame(now_ns), facts)
        for one in (held_back, decision):
            if isinstance(one, Send):
                self._judge(one)
            elif isinstance(one, Refused) and one.code not in {"EXPIRED", "SETTLING"}:
                self._wrong = one.text
        return self._standing(now_ns)

    def settle(self, now_ns: int) -> Progress:
        """Let time pass, which lets an order of one key go, and return how it stands."""
        decision = self._entry.observe(self._facts(), now_ns)
        if isinstance(decision, Send):
            self._judge(decision)
        return self._standing(now_ns)

    def _standing(self, now_ns: int) -> Progress:
        if self._done == len(TASKS):
            took_s = (now_ns - self._began_ns) / NS_PER_S
            return Progress(f"drill passed in {took_s:.1f} s", is_over=True, is_passed=True)
        return self.watch(now_ns)

    def _judge(self, send: Send) -> None:
        if all(_fits(self._done, command) for command in send.commands):
            self._done += 1
            self._wrong = ""
            self._entry = OrderEntry(self._keymap)
        else:
            self._wrong = f"that was: {send.text}"

    def _facts(self) -> DeskFacts:
        return DeskFacts(
            instrument=_PAPER,
            data=DataStatus(DataState.LIVE, 0),
            book_sequence=1,
            venue="drill",
            mode=TradingMode.ARMED,
            orders=(_OWN,),
            position=D(3),
            sizing=Sizing.of((D(1),)),
            asks_before_taking=False,
        )

    @staticmethod
    def _frame(now_ns: int) -> PaintedFrame:
        return PaintedFrame(
            frame_id=1,
            painted_ns=now_ns,
            instrument="drill",
            prices=(D(102), D(101), D(100), D(99)),
            cursor_price=D(100),
            cursor_row=2,
            best_bid=D(100),
            best_ask=D(101),
            book_sequence=1,
            data_state=DataState.LIVE,
        )


def _fits(  # noqa: PLR0911 - one answer per task
    task: int, command: Command
) -> bool:
    """Whether a command is what the task asks for."""
    match task, command:
        case 0, PlaceOrder(request):
            return request.side is Side.BUY and request.price == D(100)
        case 1, PlaceOrder(request):
            return request.side is Side.SELL and request.price == D(101)
        case 2, CancelOrders(price=price):
            return price == D(100)
        case 3, CancelOrders(instrument=instrument, side=side, price=price):
            return instrument == "drill" and side is None and price is None
        case 4, PlaceOrder(request) | StartProgram(Close(order=request)):
            return request.reduce_only and request.side is Side.SELL and request.size == D(3)
        case 5, Kill():
            return True
        case _:
            return False
