"""When a question is asked again: FSRS, fed by how an answer was given. Pure: the time is an argument.

FSRS models the recall of facts; it is used for questions. Drills have a plain record of their last runs.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, Final
from zlib import crc32

from omega_tui.domain.teaching import Grade
from omega_tui.errors import ProgressError

if TYPE_CHECKING:
    from fsrs import Scheduler

RETENTION: Final = 0.9
MAX_INTERVAL_DAYS: Final = 180
"""A card is asked again at nine in ten odds of being remembered, and twice a year at least."""

USUAL_S: Final = 20.0
"""How long an answer takes before there are any to compare with."""

SLOW: Final = 2.0
FAST: Final = 0.5
"""Multiples of the median time beyond which a right answer was hard, or easy."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Rating(StrEnum):
    """How well it was known; the words are FSRS's."""

    AGAIN = "AGAIN"
    HARD = "HARD"
    GOOD = "GOOD"
    EASY = "EASY"


def rate(grade: Grade, past_seconds: Sequence[float]) -> Rating:
    """Return how well an answer was known: from whether it is right, the hint, and the time that it took."""
    usual = median(past_seconds) if past_seconds else USUAL_S
    if not grade.correct:
        return Rating.AGAIN
    if grade.hinted or grade.seconds > SLOW * usual:
        return Rating.HARD
    return Rating.EASY if past_seconds and grade.seconds < FAST * usual else Rating.GOOD


def schedule(card: str, state: str, rating: Rating, *, now_ns: int) -> tuple[str, int]:
    """Return the card's state after an answer, and when it is due.

    Args:
        card: Its id.
        state: As this function returned it after the answer before; empty for a new card.
        rating: How well it was known.
        now_ns: The wall clock.

    Raises:
        ProgressError: The state is none.
    """
    import fsrs  # noqa: PLC0415 - 60 ms that only who answers a question pays

    now = _EPOCH + timedelta(microseconds=now_ns // 1_000)
    try:
        before = fsrs.Card.from_json(state) if state else fsrs.Card(card_id=crc32(card.encode()), due=now)
    except (ValueError, KeyError, TypeError) as error:
        raise ProgressError(f"what is kept of the card {card!r} cannot be read") from error
    after, _ = _scheduler().review_card(before, fsrs.Rating[rating.value.capitalize()], now)
    due_ns = (after.due - _EPOCH) // timedelta(microseconds=1) * 1_000
    return after.to_json(), due_ns


@lru_cache(maxsize=1)
def _scheduler() -> "Scheduler":
    import fsrs  # noqa: PLC0415 - as above

    # Without fuzz: the same answers give the same days, and nothing draws a random number.
    return fsrs.Scheduler(
        desired_retention=RETENTION, maximum_interval=MAX_INTERVAL_DAYS, enable_fuzzing=False
    )
