"""Every candlestick pattern: its name, its rule, and from which bar on it is looked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from omega_tui.education import candlesticks_long as long
from omega_tui.education import candlesticks_short as short
from omega_tui.education import candlesticks_three as three
from omega_tui.education.candlestick_window import (
    DOJI_BODY,
    EQUAL,
    FAR,
    LONG_BODY,
    NEAR,
    SHORT_BODY,
    SHORT_SHADOW,
    TINY_SHADOW,
    Means,
    Need,
    Usual,
    Window,
)
from omega_tui.education.candlesticks_hikkake import Hikkake, ModifiedHikkake

Rule = Callable[[Window, Means], int]


class Candlestick(StrEnum):
    """A pattern; its value is TA-Lib's name without `CDL`."""

    TWO_CROWS = "2CROWS"
    THREE_BLACK_CROWS = "3BLACKCROWS"
    THREE_INSIDE = "3INSIDE"
    THREE_LINE_STRIKE = "3LINESTRIKE"
    THREE_OUTSIDE = "3OUTSIDE"
    THREE_STARS_IN_THE_SOUTH = "3STARSINSOUTH"
    THREE_WHITE_SOLDIERS = "3WHITESOLDIERS"
    ABANDONED_BABY = "ABANDONEDBABY"
    ADVANCE_BLOCK = "ADVANCEBLOCK"
    BELT_HOLD = "BELTHOLD"
    BREAKAWAY = "BREAKAWAY"
    CLOSING_MARUBOZU = "CLOSINGMARUBOZU"
    CONCEALING_BABY_SWALLOW = "CONCEALBABYSWALL"
    COUNTERATTACK = "COUNTERATTACK"
    DARK_CLOUD_COVER = "DARKCLOUDCOVER"
    DOJI = "DOJI"
    DOJI_STAR = "DOJISTAR"
    DRAGONFLY_DOJI = "DRAGONFLYDOJI"
    ENGULFING = "ENGULFING"
    EVENING_DOJI_STAR = "EVENINGDOJISTAR"
    EVENING_STAR = "EVENINGSTAR"
    GAP_SIDE_SIDE_WHITE = "GAPSIDESIDEWHITE"
    GRAVESTONE_DOJI = "GRAVESTONEDOJI"
    HAMMER = "HAMMER"
    HANGING_MAN = "HANGINGMAN"
    HARAMI = "HARAMI"
    HARAMI_CROSS = "HARAMICROSS"
    HIGH_WAVE = "HIGHWAVE"
    HIKKAKE = "HIKKAKE"
    MODIFIED_HIKKAKE = "HIKKAKEMOD"
    HOMING_PIGEON = "HOMINGPIGEON"
    IDENTICAL_THREE_CROWS = "IDENTICAL3CROWS"
    IN_NECK = "INNECK"
    INVERTED_HAMMER = "INVERTEDHAMMER"
    KICKING = "KICKING"
    KICKING_BY_LENGTH = "KICKINGBYLENGTH"
    LADDER_BOTTOM = "LADDERBOTTOM"
    LONG_LEGGED_DOJI = "LONGLEGGEDDOJI"
    LONG_LINE = "LONGLINE"
    MARUBOZU = "MARUBOZU"
    MATCHING_LOW = "MATCHINGLOW"
    MAT_HOLD = "MATHOLD"
    MORNING_DOJI_STAR = "MORNINGDOJISTAR"
    MORNING_STAR = "MORNINGSTAR"
    ON_NECK = "ONNECK"
    PIERCING = "PIERCING"
    RICKSHAW_MAN = "RICKSHAWMAN"
    THREE_METHODS = "RISEFALL3METHODS"
    SEPARATING_LINES = "SEPARATINGLINES"
    SHOOTING_STAR = "SHOOTINGSTAR"
    SHORT_LINE = "SHORTLINE"
    SPINNING_TOP = "SPINNINGTOP"
    STALLED_PATTERN = "STALLEDPATTERN"
    STICK_SANDWICH = "STICKSANDWICH"
    TAKURI = "TAKURI"
    TASUKI_GAP = "TASUKIGAP"
    THRUSTING = "THRUSTING"
    TRISTAR = "TRISTAR"
    UNIQUE_THREE_RIVER = "UNIQUE3RIVER"
    UPSIDE_GAP_TWO_CROWS = "UPSIDEGAP2CROWS"
    GAP_THREE_METHODS = "XSIDEGAP3METHODS"

    @property
    def words(self) -> str:
        """Its name for people."""
        return self.name.replace("_", " ").lower()


def _at(usual: Usual, *backs: int) -> tuple[Need, ...]:
    return tuple((usual, back) for back in backs)


def _stateless(rule: Rule) -> Callable[[], Rule]:
    return lambda: rule


@dataclass(frozen=True, slots=True)
class Spec:
    """How a pattern is looked for.

    Attributes:
        bars: How many bars it is made of.
        first: Number of the first bar that it may end at: TA-Lib's lookback.
        begin: Returns its rule, a new one where it remembers something.
        needs: The lengths that the rule compares with.
        early: Bars before `first` at which the rule begins to watch.
    """

    bars: int
    first: int
    begin: Callable[[], Rule]
    needs: tuple[Need, ...] = ()
    early: int = 0


SPECS: Final[Mapping[Candlestick, Spec]] = {
    Candlestick.TWO_CROWS: Spec(3, 12, _stateless(three.two_crows), _at(LONG_BODY, 2)),
    Candlestick.THREE_BLACK_CROWS: Spec(4, 13, _stateless(long.three_black_crows), _at(TINY_SHADOW, 2, 1, 0)),
    Candlestick.THREE_INSIDE: Spec(
        3, 12, _stateless(three.three_inside), (*_at(LONG_BODY, 2), *_at(SHORT_BODY, 1))
    ),
    Candlestick.THREE_LINE_STRIKE: Spec(4, 8, _stateless(long.three_line_strike), _at(NEAR, 3, 2)),
    Candlestick.THREE_OUTSIDE: Spec(3, 3, _stateless(three.three_outside)),
    Candlestick.THREE_STARS_IN_THE_SOUTH: Spec(
        3,
        12,
        _stateless(three.three_stars_in_the_south),
        (*_at(LONG_BODY, 2), *_at(TINY_SHADOW, 1, 0), *_at(SHORT_BODY, 0)),
    ),
    Candlestick.THREE_WHITE_SOLDIERS: Spec(
        3,
        12,
        _stateless(three.three_white_soldiers),
        (*_at(FAR, 2, 1), *_at(NEAR, 2, 1), *_at(TINY_SHADOW, 2, 1, 0), *_at(SHORT_BODY, 0)),
    ),
    Candlestick.ABANDONED_BABY: Spec(
        3, 12, _stateless(three.abandoned_baby), (*_at(LONG_BODY, 2), *_at(DOJI_BODY, 1), *_at(SHORT_BODY, 0))
    ),
    Candlestick.ADVANCE_BLOCK: Spec(
        3,
        12,
        _stateless(three.advance_block),
        (*_at(FAR, 2, 1), *_at(LONG_BODY, 2), *_at(NEAR, 2, 1), *_at(SHORT_SHADOW, 2, 1, 0)),
    ),
    Candlestick.BELT_HOLD: Spec(
        1, 10, _stateless(short.belt_hold), (*_at(LONG_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.BREAKAWAY: Spec(5, 14, _stateless(long.breakaway), _at(LONG_BODY, 4)),
    Candlestick.CLOSING_MARUBOZU: Spec(
        1, 10, _stateless(short.closing_marubozu), (*_at(LONG_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.CONCEALING_BABY_SWALLOW: Spec(
        4, 13, _stateless(long.concealing_baby_swallow), _at(TINY_SHADOW, 3, 2, 1, 0)
    ),
    Candlestick.COUNTERATTACK: Spec(
        2, 11, _stateless(short.counterattack), (*_at(EQUAL, 1), *_at(LONG_BODY, 1, 0))
    ),
    Candlestick.DARK_CLOUD_COVER: Spec(2, 11, _stateless(short.dark_cloud_cover), _at(LONG_BODY, 1)),
    Candlestick.DOJI: Spec(1, 10, _stateless(short.doji), _at(DOJI_BODY, 0)),
    Candlestick.DOJI_STAR: Spec(2, 11, _stateless(short.doji_star), (*_at(LONG_BODY, 1), *_at(DOJI_BODY, 0))),
    Candlestick.DRAGONFLY_DOJI: Spec(
        1, 10, _stateless(short.dragonfly_doji), (*_at(DOJI_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.ENGULFING: Spec(2, 2, _stateless(short.engulfing)),
    Candlestick.EVENING_DOJI_STAR: Spec(
        3,
        12,
        _stateless(three.evening_doji_star),
        (*_at(LONG_BODY, 2), *_at(DOJI_BODY, 1), *_at(SHORT_BODY, 0)),
    ),
    Candlestick.EVENING_STAR: Spec(
        3, 12, _stateless(three.evening_star), (*_at(LONG_BODY, 2), *_at(SHORT_BODY, 1, 0))
    ),
    Candlestick.GAP_SIDE_SIDE_WHITE: Spec(
        3, 7, _stateless(three.gap_side_side_white), (*_at(EQUAL, 1), *_at(NEAR, 1))
    ),
    Candlestick.GRAVESTONE_DOJI: Spec(
        1, 10, _stateless(short.gravestone_doji), (*_at(DOJI_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.HAMMER: Spec(
        2, 11, _stateless(short.hammer), (*_at(NEAR, 1), *_at(SHORT_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.HANGING_MAN: Spec(
        2, 11, _stateless(short.hanging_man), (*_at(NEAR, 1), *_at(SHORT_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.HARAMI: Spec(2, 11, _stateless(short.harami), (*_at(LONG_BODY, 1), *_at(SHORT_BODY, 0))),
    Candlestick.HARAMI_CROSS: Spec(
        2, 11, _stateless(short.harami_cross), (*_at(LONG_BODY, 1), *_at(DOJI_BODY, 0))
    ),
    Candlestick.HIGH_WAVE: Spec(1, 10, _stateless(short.high_wave), _at(SHORT_BODY, 0)),
    Candlestick.HOMING_PIGEON: Spec(
        2, 11, _stateless(short.homing_pigeon), (*_at(LONG_BODY, 1), *_at(SHORT_BODY, 0))
    ),
    Candlestick.IDENTICAL_THREE_CROWS: Spec(
        3, 12, _stateless(three.identical_three_crows), (*_at(EQUAL, 2, 1), *_at(TINY_SHADOW, 2, 1, 0))
    ),
    Candlestick.IN_NECK: Spec(2, 11, _stateless(short.in_neck), (*_at(EQUAL, 1), *_at(LONG_BODY, 1))),
    Candlestick.INVERTED_HAMMER: Spec(
        2, 11, _stateless(short.inverted_hammer), (*_at(SHORT_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.KICKING: Spec(
        2, 11, _stateless(short.kicking), (*_at(LONG_BODY, 1, 0), *_at(TINY_SHADOW, 1, 0))
    ),
    Candlestick.KICKING_BY_LENGTH: Spec(
        2, 11, _stateless(short.kicking_by_length), (*_at(LONG_BODY, 1, 0), *_at(TINY_SHADOW, 1, 0))
    ),
    Candlestick.LADDER_BOTTOM: Spec(5, 14, _stateless(long.ladder_bottom), _at(TINY_SHADOW, 1)),
    Candlestick.LONG_LEGGED_DOJI: Spec(1, 10, _stateless(short.long_legged_doji), _at(DOJI_BODY, 0)),
    Candlestick.LONG_LINE: Spec(
        1, 10, _stateless(short.long_line), (*_at(LONG_BODY, 0), *_at(SHORT_SHADOW, 0))
    ),
    Candlestick.MARUBOZU: Spec(1, 10, _stateless(short.marubozu), (*_at(LONG_BODY, 0), *_at(TINY_SHADOW, 0))),
    Candlestick.MATCHING_LOW: Spec(2, 6, _stateless(short.matching_low), _at(EQUAL, 1)),
    Candlestick.MAT_HOLD: Spec(
        5, 14, _stateless(long.mat_hold), (*_at(LONG_BODY, 4), *_at(SHORT_BODY, 3, 2, 1))
    ),
    Candlestick.MORNING_DOJI_STAR: Spec(
        3,
        12,
        _stateless(three.morning_doji_star),
        (*_at(LONG_BODY, 2), *_at(DOJI_BODY, 1), *_at(SHORT_BODY, 0)),
    ),
    Candlestick.MORNING_STAR: Spec(
        3, 12, _stateless(three.morning_star), (*_at(LONG_BODY, 2), *_at(SHORT_BODY, 1, 0))
    ),
    Candlestick.ON_NECK: Spec(2, 11, _stateless(short.on_neck), (*_at(EQUAL, 1), *_at(LONG_BODY, 1))),
    Candlestick.PIERCING: Spec(2, 11, _stateless(short.piercing), _at(LONG_BODY, 1, 0)),
    Candlestick.RICKSHAW_MAN: Spec(
        1, 10, _stateless(short.rickshaw_man), (*_at(DOJI_BODY, 0), *_at(NEAR, 0))
    ),
    Candlestick.THREE_METHODS: Spec(
        5, 14, _stateless(long.three_methods), (*_at(LONG_BODY, 4, 0), *_at(SHORT_BODY, 3, 2, 1))
    ),
    Candlestick.SEPARATING_LINES: Spec(
        2, 11, _stateless(short.separating_lines), (*_at(EQUAL, 1), *_at(LONG_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.SHOOTING_STAR: Spec(
        2, 11, _stateless(short.shooting_star), (*_at(SHORT_BODY, 0), *_at(TINY_SHADOW, 0))
    ),
    Candlestick.SHORT_LINE: Spec(
        1, 10, _stateless(short.short_line), (*_at(SHORT_BODY, 0), *_at(SHORT_SHADOW, 0))
    ),
    Candlestick.SPINNING_TOP: Spec(1, 10, _stateless(short.spinning_top), _at(SHORT_BODY, 0)),
    Candlestick.STALLED_PATTERN: Spec(
        3,
        12,
        _stateless(three.stalled_pattern),
        (*_at(LONG_BODY, 2, 1), *_at(NEAR, 2, 1), *_at(TINY_SHADOW, 1), *_at(SHORT_BODY, 0)),
    ),
    Candlestick.STICK_SANDWICH: Spec(3, 7, _stateless(three.stick_sandwich), _at(EQUAL, 2)),
    Candlestick.TAKURI: Spec(1, 10, _stateless(short.takuri), (*_at(DOJI_BODY, 0), *_at(TINY_SHADOW, 0))),
    Candlestick.TASUKI_GAP: Spec(3, 7, _stateless(three.tasuki_gap), _at(NEAR, 1)),
    Candlestick.THRUSTING: Spec(2, 11, _stateless(short.thrusting), (*_at(EQUAL, 1), *_at(LONG_BODY, 1))),
    Candlestick.TRISTAR: Spec(3, 12, _stateless(three.tristar), _at(DOJI_BODY, 2)),
    Candlestick.UNIQUE_THREE_RIVER: Spec(
        3, 12, _stateless(three.unique_three_river), (*_at(LONG_BODY, 2), *_at(SHORT_BODY, 0))
    ),
    Candlestick.UPSIDE_GAP_TWO_CROWS: Spec(
        3, 12, _stateless(three.upside_gap_two_crows), (*_at(LONG_BODY, 2), *_at(SHORT_BODY, 1))
    ),
    Candlestick.GAP_THREE_METHODS: Spec(3, 2, _stateless(three.gap_three_methods)),
    Candlestick.HIKKAKE: Spec(3, 5, Hikkake, early=3),
    Candlestick.MODIFIED_HIKKAKE: Spec(4, 10, ModifiedHikkake, _at(NEAR, 2), early=3),
}

NEUTRAL: Final = frozenset(
    {
        Candlestick.DOJI,
        Candlestick.DRAGONFLY_DOJI,
        Candlestick.GRAVESTONE_DOJI,
        Candlestick.LONG_LEGGED_DOJI,
        Candlestick.RICKSHAW_MAN,
        Candlestick.HIGH_WAVE,
        Candlestick.SHORT_LINE,
        Candlestick.SPINNING_TOP,
    }
)
"""Those whose sign is the colour of the body, or always the same: it is no direction."""

CURATED: Final = frozenset(
    {
        Candlestick.DOJI,
        Candlestick.DRAGONFLY_DOJI,
        Candlestick.GRAVESTONE_DOJI,
        Candlestick.HAMMER,
        Candlestick.HANGING_MAN,
        Candlestick.INVERTED_HAMMER,
        Candlestick.SHOOTING_STAR,
        Candlestick.ENGULFING,
        Candlestick.HARAMI,
        Candlestick.PIERCING,
        Candlestick.DARK_CLOUD_COVER,
        Candlestick.MORNING_STAR,
        Candlestick.EVENING_STAR,
        Candlestick.THREE_INSIDE,
        Candlestick.THREE_OUTSIDE,
        Candlestick.MARUBOZU,
        Candlestick.THREE_WHITE_SOLDIERS,
        Candlestick.THREE_BLACK_CROWS,
    }
)
"""Those that the panel shows. All together mark more than four bars in five, which says nothing."""
