"""What the panel beside the ladder teaches now, and what the coach finds critical. It never takes a key.

It is looked at once a second at most, and stands still while a verb is pending: nothing may change under a
hand that is about to send. The engines are imported by its first look, behind the first live book.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from omega_tui.domain.candle import Candle
from omega_tui.domain.equity import account_of
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataStatus
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.programs import ProgramStatus
from omega_tui.domain.teaching import FindingSeverity
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.place import LadderPlace
from omega_tui.ui.learn.coaching import Coaching, CoachReport
from omega_tui.ui.learn.tip_watch import TipWatch
from omega_tui.units import NS_PER_S

if TYPE_CHECKING:
    from omega_tui.education.cards import BarMemory, Card
    from omega_tui.education.live_swing import LiveSwing

EVERY_NS: Final = NS_PER_S
"""How often it may change."""
FIRST_NS: Final = 2 * NS_PER_S
"""How long after the first market the engines are imported."""
MAX_BARS: Final = 300
"""Bars that are read at first; those that follow are added."""
RECENT_PRINTS: Final = 50
MARKETS: Final = 8
"""Instruments whose bars are remembered; the one that was not looked at longest goes first."""


class PanelCard(Struct, frozen=True):
    """A card as it is drawn: its kind, what it says, and the lesson that explains it."""

    kind: str
    lines: tuple[str, ...]
    lesson: str


class _Bars:
    """What is remembered of the bars of one instrument: each closed one is taken once."""

    def __init__(self, memory: "BarMemory", first: Candle) -> None:
        self.memory = memory
        self.key = (first.timeframe_s, first.start_ns)
        self._taken_ns = -1

    def take(self, bars: Sequence[Candle]) -> None:
        """Take the bars that are closed and were not taken; the last one still grows."""
        for bar in bars[:-1]:
            if bar.start_ns > self._taken_ns:
                self.memory.push(bar)
                self._taken_ns = bar.start_ns


class LearnPanel:
    """The cards of the market on the focused ladder, and the critical findings of every position.

    Attributes:
        cards: In their fixed order; empty before the first look.
        report: What the coach found.
        swing: The leg in force of the market that was looked at last; None without one.
        swing_of: Id of that market.
        is_hidden: Whether the trader has put it away, for this session.
        watch: What a tip could be about, and the tip that is shown.
    """

    def __init__(self, desk: Desk) -> None:
        self.cards: tuple[PanelCard, ...] = ()
        self.report = CoachReport()
        self.swing: LiveSwing | None = None
        self.swing_of = ""
        self.is_hidden = False
        self.watch = TipWatch(desk)
        self._desk = desk
        self._coach = Coaching(desk, self.orders_of, self.memory_of)
        self._bars: dict[str, _Bars] = {}
        self._looked_ns = 0
        self._began_ns = 0

    @property
    def lesson(self) -> str:
        """The lesson on what stands first; empty where nothing stands there."""
        if self.watch.tip is not None:
            return self.watch.tip.lesson
        return self.cards[0].lesson if self.cards else ""

    def is_due(self, mono_ns: int) -> bool:
        """Whether a look would do anything, as far as time goes."""
        return mono_ns - self._looked_ns >= EVERY_NS

    @property
    def critical(self) -> str:
        """Critical findings in one line; empty where there is none."""
        return self.report.critical

    @property
    def tip(self) -> str:
        """A sentence that was offered once; empty for none."""
        return self.watch.tip.text if self.watch.tip is not None else ""

    def equity_of(self, instrument: Instrument) -> Decimal | None:
        """Return what the account is worth that an instrument is traded in; None where that is not known."""
        return self._coach.equity().get(account_of(instrument))

    def look(  # noqa: PLR0913 - what is looked at
        self,
        place: LadderPlace,
        bars: Callable[[Instrument], tuple[Candle, ...]],
        *,
        size: Decimal,
        status: DataStatus,
        now_ns: int,
        mono_ns: int,
    ) -> None:
        """Look at the market of a ladder, unless that was done less than a second ago.

        Args:
            place: The ladder that has the keys.
            bars: Gives the candles of an instrument as the chart shows them, the last one still growing.
            size: Of the next order.
            status: Of its data: whether the book is live and checked.
            now_ns: Wall clock of the engine.
            mono_ns: The screen's monotonic clock.
        """
        instrument = place.instrument
        if instrument is None:
            return
        self._began_ns = self._began_ns or mono_ns
        if mono_ns - self._began_ns < FIRST_NS or mono_ns - self._looked_ns < EVERY_NS:
            return
        self._looked_ns = mono_ns
        # Only now: behind the first live book nobody waits for the engines.
        from omega_tui.education.cards import PanelView, cards  # noqa: PLC0415
        from omega_tui.education.mistakes import mistakes, never_short_of  # noqa: PLC0415

        desk = self._desk
        ticks = {one.id: one.tick_size for one in desk.instruments.values()}
        report = self.report = self._coach.look(now_ns, instrument.id)
        shown, account = bars(instrument)[-MAX_BARS:], account_of(instrument)
        never_short = never_short_of(desk.instruments.values())
        record = mistakes(
            tuple(desk.orders.values()), tuple(desk.fills), ticks=ticks, never_short=never_short
        )
        memory = self._memory(instrument.id, shown)
        self.swing = memory.swing(shown[-1], instrument.tick_size) if memory is not None else None
        self.swing_of = instrument.id
        view = PanelView(
            now_ns=now_ns,
            instrument=instrument,
            cursor=place.look.cursor_price if place.look is not None else None,
            book=place.book,
            is_trusted=status.state.allows_new_orders,
            bars=memory,
            trades=tuple(desk.tapes.of(instrument.id))[-RECENT_PRINTS:],
            position=place.position,
            orders=self.orders_of(instrument.id),
            equity=report.equity.get(account),
            open_risk=report.open_risk.get(account),
            unstopped=report.unstopped.get(account, 0),
            size=size,
            mistakes=record,
            coached=[
                one
                for one in report.findings
                if one.severity is not FindingSeverity.CRITICAL and one.instrument in {"", instrument.id}
            ],
        )
        self.cards = tuple(_card(card) for card in cards(view))
        self.watch.look(instrument, shown, status, positions=report.findings, record=record, now_ns=now_ns)

    def memory_of(self, instrument: str) -> "BarMemory | None":
        """Return what is known of the bars of an instrument; None where it was not looked at."""
        bars = self._bars.get(instrument)
        return bars.memory if bars is not None else None

    def orders_of(self, instrument: str) -> tuple[Order, ...]:
        """Return own working orders of an instrument, those included that programs hold."""
        return (*self._desk.working(instrument), *self._held_here(instrument))

    def _memory(self, instrument: str, bars: Sequence[Candle]) -> "BarMemory | None":
        from omega_tui.education.cards import BarMemory  # noqa: PLC0415 - as in `look`

        known = self._bars.pop(instrument, None)
        if not bars:
            return None
        is_same = (
            known is not None and known.key[0] == bars[0].timeframe_s and known.key[1] <= bars[0].start_ns
        )
        if known is None or not is_same:
            # Another length, or a past that was not known before: what followed from less is forgotten.
            known = _Bars(BarMemory(), bars[0])
        known.take(bars)
        self._bars[instrument] = known
        while len(self._bars) > MARKETS:
            del self._bars[next(iter(self._bars))]
        return known.memory

    def _held_here(self, instrument: str) -> Iterator[Order]:
        """Yield the orders that programs hold until their price comes, stops above all."""
        for program in self._desk.programs.values():
            if program.status is ProgramStatus.WORKING:
                for request in program.held:
                    if request.instrument == instrument:
                        yield Order(request=request, status=OrderStatus.ACCEPTED)


def _card(card: "Card") -> PanelCard:
    return PanelCard(card.kind, card.lines, card.lesson)
