"""Which lesson to offer with an explanation: what fits what is looked at, and what the learner needs.

Three for a signal that it explains, two for the thing, two for the kind of instrument, one for a question
that is due, one where it is not mastered, and two less where it was offered today (education sheet,
section 3). Pure.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.education.catalog import Catalogue
from omega_tui.education.lesson import Lesson

SIGNAL, THING, KIND, DUE, NEW, SHOWN = 3, 2, 2, 1, 1, -2
MASTERED: Final = 0.8
"""Share of a lesson's questions that are remembered, from which on it counts as mastered."""
PREDICTION: Final = "prediction"
"""The track about instruments that pay one or nothing."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of the learner.

    Attributes:
        mastery: Share of a lesson's questions that are remembered, by its id.
        due: Lessons with a question that is due.
        shown: Lessons that were offered today.
    """

    mastery: Callable[[str], float] = lambda _: 0.0
    due: Collection[str] = ()
    shown: Collection[str] = ()


NOBODY: Final = Learned()
"""Somebody of whom nothing is known."""


def best_lesson(  # noqa: PLR0913, PLR0917 - what decides
    own: str,
    about: str,
    signals: Collection[str],
    instrument: Instrument | None,
    catalogue: Catalogue,
    learned: Learned = NOBODY,
) -> Lesson:
    """Return the lesson that fits best; `own`, which explains the thing itself, where others fit no better.

    Args:
        own: Id of the lesson that the explanation is taken from.
        about: Which kind of thing is explained.
        signals: What was recognised in it.
        instrument: What it belongs to; None where there is none.
        catalogue: The lessons.
        learned: What is known of the learner.
    """
    fitting = [
        lesson
        for lesson in catalogue.lessons.values()
        if lesson.id == own or about in lesson.header.widgets or set(signals) & set(lesson.header.signals)
    ]
    return max(
        fitting,
        key=lambda lesson: (score(lesson, about, signals, instrument, learned), lesson.id == own),
    )


def score(
    lesson: Lesson, about: str, signals: Collection[str], instrument: Instrument | None, learned: Learned
) -> int:
    """Return how well a lesson fits, as the module says."""
    header = lesson.header
    points = SIGNAL if set(signals) & set(header.signals) else 0
    points += THING if about in header.widgets else 0
    if instrument is not None:
        points += KIND if (header.track == PREDICTION) is (instrument.price_max == ONE) else 0
    points += DUE if lesson.id in learned.due else 0
    points += NEW if learned.mastery(lesson.id) < MASTERED else 0
    return points + (SHOWN if lesson.id in learned.shown else 0)
