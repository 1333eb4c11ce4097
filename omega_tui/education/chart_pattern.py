"""What a chart pattern is, and what becomes of it: formed, confirmed, then target, failed or expired.

A pattern is formed when the last pivot that it needs is certain, never earlier. Nothing here says what a
price will do: on every series that was measured, shuffled bars made nearly as many, and confirmed ones won
half the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from omega_tui.education.bars import Ohlc
from omega_tui.education.fibonacci import on_tick
from omega_tui.education.swings import Pivot


class ChartPatternKind(StrEnum):
    """The families, each with its mirror image."""

    DOUBLE_TOP = "DOUBLE_TOP"
    DOUBLE_BOTTOM = "DOUBLE_BOTTOM"
    TRIPLE_TOP = "TRIPLE_TOP"
    TRIPLE_BOTTOM = "TRIPLE_BOTTOM"
    HEAD_AND_SHOULDERS = "HEAD_AND_SHOULDERS"
    INVERSE_HEAD_AND_SHOULDERS = "INVERSE_HEAD_AND_SHOULDERS"
    SYMMETRIC_TRIANGLE = "SYMMETRIC_TRIANGLE"
    ASCENDING_TRIANGLE = "ASCENDING_TRIANGLE"
    DESCENDING_TRIANGLE = "DESCENDING_TRIANGLE"
    RISING_WEDGE = "RISING_WEDGE"
    FALLING_WEDGE = "FALLING_WEDGE"
    RECTANGLE = "RECTANGLE"
    RISING_CHANNEL = "RISING_CHANNEL"
    FALLING_CHANNEL = "FALLING_CHANNEL"
    BROADENING = "BROADENING"
    BULL_FLAG = "BULL_FLAG"
    BEAR_FLAG = "BEAR_FLAG"

    @property
    def mirrored(self) -> "ChartPatternKind":
        """The same shape upside down."""
        return _MIRRORS.get(self, self)

    @property
    def words(self) -> str:
        """Its name for people."""
        return self.name.replace("_", " ").lower()


_PAIRS: Final = (
    (ChartPatternKind.DOUBLE_TOP, ChartPatternKind.DOUBLE_BOTTOM),
    (ChartPatternKind.TRIPLE_TOP, ChartPatternKind.TRIPLE_BOTTOM),
    (ChartPatternKind.HEAD_AND_SHOULDERS, ChartPatternKind.INVERSE_HEAD_AND_SHOULDERS),
    (ChartPatternKind.ASCENDING_TRIANGLE, ChartPatternKind.DESCENDING_TRIANGLE),
    (ChartPatternKind.RISING_WEDGE, ChartPatternKind.FALLING_WEDGE),
    (ChartPatternKind.RISING_CHANNEL, ChartPatternKind.FALLING_CHANNEL),
    (ChartPatternKind.BULL_FLAG, ChartPatternKind.BEAR_FLAG),
)
_MIRRORS: Final = dict(_PAIRS) | {second: first for first, second in _PAIRS}


class PatternState(StrEnum):
    """How far a pattern is."""

    FORMING = "FORMING"
    FORMED = "FORMED"
    CONFIRMED = "CONFIRMED"
    TARGET = "TARGET"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


TRANSITIONS: Final[Mapping[PatternState, frozenset[PatternState]]] = {
    PatternState.FORMING: frozenset({PatternState.FORMED}),
    PatternState.FORMED: frozenset({PatternState.CONFIRMED, PatternState.FAILED, PatternState.EXPIRED}),
    PatternState.CONFIRMED: frozenset({PatternState.TARGET, PatternState.FAILED, PatternState.EXPIRED}),
    PatternState.TARGET: frozenset(),
    PatternState.FAILED: frozenset(),
    PatternState.EXPIRED: frozenset(),
}
"""What may follow. FORMING hangs on a pivot that may move: it is shown dimmed, and nothing is built on it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line over bars.

    Attributes:
        bar: Where it goes through `price`.
        price: In quote units.
        slope: Quote units per bar.
    """

    bar: int
    price: Decimal
    slope: Decimal = Decimal(0)

    def at(self, bar: int) -> Decimal:
        """Return its price at a bar."""
        return self.price + self.slope * (bar - self.bar)


@dataclass(frozen=True, slots=True)
class ChartPattern:
    """One pattern at one place, as it stands.

    Attributes:
        number: Counts the patterns of one reader; the same one keeps it through its states.
        kind: Which.
        state: How far it is.
        factor: The scale of its pivots, in ATR; 0 for flags, which need none.
        pivots: Its turning points, oldest first.
        start: Bar where it begins.
        end: Bar of its last turning point.
        known_at: Bar at whose close it was formed; nobody could know before.
        changed_at: Bar at whose close it came into its present state.
        height: What its target is measured by, in quote units.
        above: A close above this line confirms it upwards; None where only a fall can.
        below: A close below this line confirms it downwards; None where only a rise can.
        void_above: Trading above it voids a pattern that points down.
        void_below: Trading below it voids a pattern that points up.
        expires_at: The last bar on which it counts.
        reason: Which conditions it met, with the numbers.
        direction: 1 or -1 once confirmed; 0 before.
        target: Once confirmed, `height` from the line at the bar that broke it.
    """

    number: int
    kind: ChartPatternKind
    state: PatternState
    factor: Decimal
    pivots: tuple[Pivot, ...]
    start: int
    end: int
    known_at: int
    changed_at: int
    height: Decimal
    above: Line | None
    below: Line | None
    void_above: Line | None
    void_below: Line | None
    expires_at: int
    reason: str
    direction: int = 0
    target: Decimal | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can become of it any more."""
        return not TRANSITIONS[self.state]

    def target_on_tick(self, tick: Decimal) -> Decimal | None:
        """Return the target on a tick, never beyond the measured one; None before it is confirmed."""
        return None if self.target is None else on_tick(self.target, tick, up=self.direction < 0)

    def overlap(self, start: int, end: int) -> Decimal:
        """Return the share of the bars of both that they have in common (intersection over union)."""
        common = min(self.end, end) - max(self.start, start) + 1
        if common <= 0:
            return Decimal(0)
        return Decimal(common) / (max(self.end, end) - min(self.start, start) + 1)

    def after(self, number: int, bar: Ohlc) -> "ChartPattern":
        """Return it as it stands after a closed bar; itself where nothing changed.

        Where one bar reaches both the target and what voids it, it failed: which came first is not known.
        """
        if self.state is PatternState.FORMED:
            return self._after_forming(number, bar)
        if self.state is PatternState.CONFIRMED:
            return self._after_confirming(number, bar)
        return self

    def expired(self, number: int) -> "ChartPattern":
        """Return it as one that is not followed any more."""
        return self._changed(PatternState.EXPIRED, number)

    def _after_forming(self, number: int, bar: Ohlc) -> "ChartPattern":
        for line, sign in ((self.above, 1), (self.below, -1)):
            if line is not None and (bar.close - line.at(number)) * sign > 0:
                target = line.at(number) + sign * self.height
                return self._changed(PatternState.CONFIRMED, number, direction=sign, target=target)
        # Only a pattern that points one way can be voided before it is confirmed.
        if (self.above is None and self._voided(-1, number, bar)) or (
            self.below is None and self._voided(1, number, bar)
        ):
            return self._changed(PatternState.FAILED, number)
        return self if number < self.expires_at else self.expired(number)

    def _after_confirming(self, number: int, bar: Ohlc) -> "ChartPattern":
        assert self.target is not None, "a confirmed pattern has a target"
        if self._voided(self.direction, number, bar):
            return self._changed(PatternState.FAILED, number)
        reached = bar.high >= self.target if self.direction > 0 else bar.low <= self.target
        if reached:
            return self._changed(PatternState.TARGET, number)
        return self if number < self.expires_at else self.expired(number)

    def _voided(self, direction: int, number: int, bar: Ohlc) -> bool:
        if direction > 0:
            return self.void_below is not None and bar.low < self.void_below.at(number)
        return self.void_above is not None and bar.high > self.void_above.at(number)

    def _changed(
        self, state: PatternState, number: int, *, direction: int | None = None, target: Decimal | None = None
    ) -> "ChartPattern":
        assert state in TRANSITIONS[self.state], f"{self.state} to {state}"
        width = self.end - self.start
        return replace(
            self,
            state=state,
            changed_at=number,
            direction=self.direction if direction is None else direction,
            target=self.target if target is None else target,
            expires_at=number + width if state is PatternState.CONFIRMED else self.expires_at,
        )
