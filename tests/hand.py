"""A trader's hand, for tests of the order grammar: it holds the time, the painted frame and the facts."""

from dataclasses import dataclass, field
from decimal import Decimal

from msgspec import structs

from omega_tui.domain.commands import PlaceOrder
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import OrderRequest
from omega_tui.ui.desk.order_facts import Decision, DeskFacts, KeyPress, Reflag, Resize, Send
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.units import NS_PER_MS

D = Decimal
TICK = D("0.01")

INSTRUMENT = Instrument(
    id="1001",
    venue="sim",
    name="Will it?",
    tick_size=TICK,
    min_size=D(5),
    base="YES",
    quote="pUSD",
    complement_id="1002",
    price_min=D(0),
    price_max=D(1),
)


def painted(
    cursor: int | None = 45, bid: int | None = 45, ask: int | None = 47, **fields: object
) -> PaintedFrame:
    """A frame of ticks 60 down to 30, painted at time 0."""
    prices = tuple(TICK * tick for tick in range(60, 29, -1))
    price = None if cursor is None else TICK * cursor
    frame = PaintedFrame(
        frame_id=7,
        painted_ns=0,
        instrument="1001",
        prices=prices,
        cursor_price=price,
        cursor_row=prices.index(price) if price in prices else None,
        best_bid=None if bid is None else TICK * bid,
        best_ask=None if ask is None else TICK * ask,
        book_sequence=3,
        data_state=DataState.LIVE,
    )
    return structs.replace(frame, **fields)


def armed_facts(**fields: object) -> DeskFacts:
    """An armed desk with a live book that is the one that was painted."""
    facts = DeskFacts(
        instrument=INSTRUMENT,
        complement="1002",
        data=DataStatus(DataState.LIVE, 38 * NS_PER_MS),
        book_sequence=3,
        venue="sim",
        mode=TradingMode.ARMED,
        sizing=Sizing.of((D(10), D(50), D(100))),
    )
    return structs.replace(facts, **fields)


@dataclass
class Hand:
    """Presses keys at a human pace unless told otherwise, and keeps what came of them.

    The clock starts at 10 s; `frame` and `facts` may be replaced between keys.
    """

    frame: PaintedFrame | None = field(default_factory=painted)
    facts: DeskFacts = field(default_factory=armed_facts)
    now_ms: float = 10_000.0
    entry: OrderEntry = field(default_factory=lambda: OrderEntry(shipped("verb", market_orders=True)))
    decisions: list[Decision] = field(default_factory=list)

    @property
    def now_ns(self) -> int:
        return round(self.now_ms * NS_PER_MS)

    def press(self, key: str, *, gap_ms: float = 160.0, waited_ms: float = 1.0) -> Decision:
        """Press `key` after `gap_ms`; it is handled `waited_ms` after it was read."""
        self.now_ms += gap_ms
        read_ns = self.now_ns
        handled_ns = read_ns + round(waited_ms * NS_PER_MS)
        pasteable = len(key) == 1 or key in {"enter", "tab", "plus", "minus", "slash", "colon"}
        decision = self.entry.press(KeyPress(key, read_ns, handled_ns, pasteable), self.frame, self.facts)
        match decision:
            case Resize(sizing):
                self.facts = structs.replace(self.facts, sizing=sizing)
            case Reflag(flags):
                self.facts = structs.replace(self.facts, flags=flags)
            case _:
                pass
        self.decisions.append(decision)
        return decision

    def type(self, *keys: str, gap_ms: float = 160.0) -> Decision:
        """Press several keys and return what the last one came to."""
        decision = Decision()
        for key in keys:
            decision = self.press(key, gap_ms=gap_ms)
        return decision

    @property
    def placed(self) -> list[OrderRequest]:
        """Every order that was sent."""
        return [
            command.request
            for decision in self.decisions
            if isinstance(decision, Send)
            for command in decision.commands
            if isinstance(command, PlaceOrder)
        ]
