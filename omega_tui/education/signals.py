"""What the engines notice in bars: named signals with numbers, the input of tips and explanations."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from omega_tui.domain.candle import Candle
from omega_tui.education.bars import Atr
from omega_tui.education.candlestick_names import Candlestick
from omega_tui.education.candlesticks import CandlestickReader
from omega_tui.education.chart_patterns import ChartPatternReader
from omega_tui.education.expressions import Value
from omega_tui.education.fibonacci import RETRACEMENT_RATIOS, retracement
from omega_tui.education.swings import Pivot, ZigZag

PATTERNS: Final = tuple(
    Candlestick[name]
    for name in (
        "DOJI", "DRAGONFLY_DOJI", "GRAVESTONE_DOJI", "HAMMER", "HANGING_MAN", "INVERTED_HAMMER",
        "SHOOTING_STAR",
        "MARUBOZU", "ENGULFING", "HARAMI", "PIERCING", "DARK_CLOUD_COVER", "MORNING_STAR", "EVENING_STAR",
        "THREE_INSIDE", "THREE_OUTSIDE", "THREE_WHITE_SOLDIERS", "THREE_BLACK_CROWS",
    )
)  # fmt: skip
"""The shapes that lessons are about; of all 61 nearly every bar has one."""


class Signal(Struct, frozen=True):
    """Something that was noticed.

    Attributes:
        name: As `fib.level_touch`; rules and lessons listen to it.
        values: Numbers and words that came with it, by the names that a tip's sentence uses.
        instrument: Instrument id; empty where it is about none.
    """

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    instrument: str = ""


@dataclass(slots=True)
class _Touch:
    price: Decimal
    ratio: Decimal
    done: bool = False


class BarSignals:
    """Turns closed bars of one instrument into signals; some 100 microseconds a bar."""

    def __init__(self) -> None:
        self._atr = Atr()
        self._swings = ZigZag()
        self._candles = CandlestickReader(PATTERNS)
        self._shapes = ChartPatternReader()
        self._last: Pivot | None = None
        self._levels: list[_Touch] = []
        self._before: Candle | None = None

    def push(self, bar: Candle) -> list[Signal]:
        """Take the next closed bar in and return what became certain with it."""
        atr = self._atr.push(bar)
        found = self._swing(bar)
        found += self._touches(bar, atr)
        found += [
            Signal(
                f"candle.{match.pattern.name.lower()}",
                {"name": match.pattern.words, "trend": Decimal(match.trend), "why": match.reason},
                bar.instrument,
            )
            for match in self._candles.push(bar)
        ]
        found += [
            Signal(
                f"pattern.{shape.kind.name.lower()}",
                {"name": shape.kind.words, "state": shape.state.value.lower()},
                bar.instrument,
            )
            for shape in self._shapes.push(bar)
        ]
        self._before = bar
        return found

    def _swing(self, bar: Candle) -> list[Signal]:
        pivot = self._swings.push(bar)
        if pivot is None:
            return []
        before, self._last = self._last, pivot
        if before is not None:
            self._levels = [
                _Touch(retracement(before.price, pivot.price, ratio), ratio) for ratio in RETRACEMENT_RATIOS
            ]
        values: dict[str, Value] = {
            "kind": pivot.kind.value.lower(),
            "price": pivot.price,
            "lag": Decimal(pivot.known_at - pivot.bar),
        }
        return [Signal("swing.confirmed", values, bar.instrument)]

    def _touches(self, bar: Candle, atr: Decimal | None) -> list[Signal]:
        """Return the levels of the last confirmed leg that are reached for the first time."""
        found = []
        for level in self._levels:
            if not level.done and bar.low <= level.price <= bar.high:
                level.done = True
                values: dict[str, Value] = {
                    "price": level.price,
                    "ratio": level.ratio,
                    "atr": atr if atr is not None else Decimal(0),
                }
                found.append(Signal("fib.level_touch", values, bar.instrument))
        return found
