"""Where levels of different legs lie close together, and how often chance alone would put them there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.education.fibonacci import Level

ATR_SHARE: Final = Decimal("0.25")
MIN_TICKS: Final = 2
"""Levels closer than a quarter of the ATR, or than two ticks, are one place."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Levels of different sources within one width.

    Attributes:
        low: The lowest of them.
        high: The highest.
        levels: Lowest first; at most one of each source, the heaviest.
        score: The sum of their weights.
    """

    low: Decimal
    high: Decimal
    levels: tuple[Level, ...]
    score: Decimal


@dataclass(frozen=True, slots=True)
class Confluence:
    """What coincides, beside what would coincide anyhow.

    Attributes:
        clusters: Highest score first, then lowest price.
        width: How close is close, in quote units.
        level_count: How many levels were looked at.
        pairs: Pairs of levels of different sources that lie within `width`.
        expected_pairs: As many would, on average, if all were thrown on the range blindly.
        coverage: Share of the range that lies within `width` of any level: how often a price that turns
            anywhere turns "at a level".
    """

    clusters: tuple[Cluster, ...]
    width: Decimal
    level_count: int
    pairs: int
    expected_pairs: Decimal
    coverage: Decimal


def confluence_width(atr: Decimal, tick: Decimal) -> Decimal:
    """Return how close two levels must be to be one place."""
    return max(ATR_SHARE * atr, MIN_TICKS * tick)


def confluence(
    levels: Iterable[Level], *, atr: Decimal, tick: Decimal, low: Decimal, high: Decimal
) -> Confluence:
    """Find where levels of different sources coincide between `low` and `high`, as on a chart.

    Levels outside that range are left out. Two points thrown on a range R are within w of each other with the
    probability 2 w/R - (w/R)^2.

    Raises:
        ValueError: The range is empty.
    """
    if low >= high:
        raise ValueError(f"a range from {low} to {high}")
    width = confluence_width(atr, tick)
    inside = sorted(
        (level for level in levels if low <= level.exact <= high),
        key=lambda level: (level.exact, level.source),
    )
    share = min(Decimal(1), width / (high - low))
    clusters = sorted(_clusters(inside, width), key=lambda cluster: (-cluster.score, cluster.low))
    return Confluence(
        clusters=tuple(clusters),
        width=width,
        level_count=len(inside),
        pairs=_close_pairs(inside, width),
        expected_pairs=_possible_pairs(inside) * (2 * share - share * share),
        coverage=_coverage(inside, width, low, high),
    )


def _clusters(levels: Sequence[Level], width: Decimal) -> Iterable[Cluster]:
    """Yield the widest groups, from the lowest level up; a level is in one group only."""
    place = 0
    while place < len(levels):
        end = place
        while end < len(levels) and levels[end].exact - levels[place].exact <= width:
            end += 1
        best: dict[str, Level] = {}
        for level in levels[place:end]:
            if level.source not in best or level.weight > best[level.source].weight:
                best[level.source] = level
        if len(best) > 1:
            chosen = tuple(sorted(best.values(), key=lambda level: level.exact))
            score = sum((level.weight for level in chosen), ZERO)
            yield Cluster(chosen[0].exact, chosen[-1].exact, chosen, score)
            place = end
        else:
            place += 1


def _close_pairs(levels: Sequence[Level], width: Decimal) -> int:
    pairs = 0
    for place, level in enumerate(levels):
        for other in levels[place + 1 :]:
            if other.exact - level.exact > width:
                break
            pairs += other.source != level.source
    return pairs


def _possible_pairs(levels: Sequence[Level]) -> int:
    counts = Counter(level.source for level in levels).values()
    total = sum(counts)
    return (total * total - sum(count * count for count in counts)) // 2


def _coverage(levels: Sequence[Level], width: Decimal, low: Decimal, high: Decimal) -> Decimal:
    covered, reached = ZERO, low
    for level in levels:
        start, end = max(reached, level.exact - width), min(high, level.exact + width)
        if end > start:
            covered += end - start
            reached = end
    return covered / (high - low)
