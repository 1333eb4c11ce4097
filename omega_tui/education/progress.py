"""What was learned, folded from what happened. Pure; where it is kept is elsewhere.

Events are only ever appended; the state is a function of them, so that two copies can be merged by their
union.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.learning_view import (
    CalibrationRow,
    DrillMark,
    LearningView,
    LessonMark,
    PracticeMark,
    ProgressView,
    QueueRow,
    TrackView,
)
from omega_tui.education.binary import calibration
from omega_tui.education.catalog import Catalogue
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.lesson import QuizSpec
from omega_tui.education.quiz_make import MADE, TITLES

DAY_NS: Final = 86_400 * 1_000_000_000
KEPT_TIMES: Final = 50
"""Answer times that the median is taken of."""

DRILL_RUNS: Final = 5
DRILL_HALF_LIFE_NS: Final = 30 * DAY_NS
"""The record of a drill is the best of its last five runs, and half as much a month later (education sheet,
section 5): hands forget, too."""

MAX_QUEUE: Final = 200
"""Questions of the queue that are shown."""


class Happened(Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """Something that happened while learning; `at_ns` is the wall clock."""

    at_ns: int


class LessonRead(Happened, frozen=True, tag="lesson"):
    """A lesson was read to its end."""

    lesson: str


class CardAnswered(Happened, frozen=True, tag="card"):
    """A question was answered.

    Attributes:
        card: Its id.
        lesson: Where it is explained.
        correct: Whether right.
        rating: AGAIN, HARD, GOOD or EASY.
        seconds: How long it took.
        state: The scheduler's memory of the card after it.
        due_ns: When it comes again, wall clock.
    """

    card: str
    lesson: str
    correct: bool
    rating: str
    seconds: float
    state: str
    due_ns: int


class ForecastScored(Happened, frozen=True, tag="forecast"):
    """A forecast and what came of it."""

    card: str
    probability: Decimal
    happened: bool


class DrillDone(Happened, frozen=True, tag="drill"):
    """A drill was run to its end."""

    drill: str
    passed: bool
    points: int


class TipShown(Happened, frozen=True, tag="tip"):
    """A tip was on the screen."""

    rule: str


class TipDismissed(Happened, frozen=True, tag="dismissed"):
    """A tip was sent away; for good with `never`."""

    rule: str
    never: bool = False


AnyHappened = LessonRead | CardAnswered | ForecastScored | DrillDone | TipShown | TipDismissed


@dataclass(slots=True)
class CardState:
    """What is known of a card: see `CardAnswered`; `answers` counts, `right` those that were right."""

    card: str
    lesson: str
    state: str
    due_ns: int
    last_ns: int
    is_right: bool
    answers: int = 0
    right: int = 0

    @property
    def is_mastered(self) -> bool:
        """Whether it was right the last time, and will be asked in a day at the earliest."""
        return self.is_right and self.due_ns - self.last_ns >= DAY_NS


@dataclass(slots=True)
class TipState:
    """How often a tip was shown and when last; whether it was dismissed, and for good."""

    shown: int = 0
    last_ns: int = 0
    dismissed: int = 0
    never: bool = False


@dataclass(slots=True)
class Progress:
    """The fold of all events.

    Attributes:
        read: Lessons that were read, and when last.
        cards: By id.
        forecasts: (probability, happened), oldest first.
        drills: Runs by drill, oldest first.
        tips: By rule.
        seconds: Times of the last answers.
    """

    read: dict[str, int] = field(default_factory=dict)
    cards: dict[str, CardState] = field(default_factory=dict)
    forecasts: list[tuple[Decimal, bool]] = field(default_factory=list)
    drills: dict[str, list[DrillDone]] = field(default_factory=dict)
    tips: dict[str, TipState] = field(default_factory=dict)
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_TIMES))

    def fold(self, event: AnyHappened) -> None:
        """Take one event in; they come in the order of their times."""
        match event:
            case LessonRead(at_ns=at_ns, lesson=lesson):
                self.read[lesson] = at_ns
            case CardAnswered():
                self._answered(event)
            case ForecastScored(probability=probability, happened=happened):
                self.forecasts.append((probability, happened))
            case DrillDone(drill=drill):
                self.drills.setdefault(drill, []).append(event)
            case TipShown(at_ns=at_ns, rule=rule):
                tip = self.tips.setdefault(rule, TipState())
                tip.shown += 1
                tip.last_ns = at_ns
            case TipDismissed(rule=rule, never=never):
                tip = self.tips.setdefault(rule, TipState())
                tip.dismissed += 1
                tip.never = tip.never or never

    def _answered(self, event: CardAnswered) -> None:
        card = self.cards.get(event.card)
        if card is None:
            card = self.cards[event.card] = CardState(event.card, event.lesson, "", 0, 0, is_right=False)
        card.state, card.due_ns, card.last_ns = event.state, event.due_ns, event.at_ns
        card.is_right = event.correct
        card.answers += 1
        card.right += event.correct
        self.seconds.append(event.seconds)

    def due(self, now_ns: int) -> list[CardState]:
        """Return the cards that are due, the longest overdue first."""
        waiting = (card for card in self.cards.values() if card.due_ns <= now_ns)
        return sorted(waiting, key=lambda card: (card.due_ns, card.card))

    def mastery(self, cards: Iterable[str]) -> float:
        """Return the share of these cards that are remembered well; 0 for none."""
        names = list(cards)
        known = sum(name in self.cards and self.cards[name].is_mastered for name in names)
        return known / len(names) if names else 0.0


def folded(events: Iterable[AnyHappened]) -> Progress:
    """Return the state that these events lead to, whatever order they come in."""
    progress = Progress()
    for event in sorted(events, key=lambda one: one.at_ns):
        progress.fold(event)
    return progress


def cards_of(catalogue: Catalogue, lesson: str) -> list[str]:
    """Return the ids of a lesson's questions."""
    blocks = catalogue.lessons[lesson].blocks
    return [block.content.card for block in blocks if isinstance(block.content, QuizSpec)]


def progress_view(progress: Progress, catalogue: Catalogue, now_ns: int) -> ProgressView:
    """Return everything that the record shows."""
    due = progress.due(now_ns)
    marks = []
    for lesson in catalogue.lessons.values():
        header = lesson.header
        marks.append(
            LessonMark(
                header.id,
                header.track,
                header.title,
                header.evidence.value,
                header.minutes,
                header.id in progress.read,
                round(progress.mastery(cards_of(catalogue, header.id)), 3),
                sum(card.lesson == header.id for card in due),
                all(other in progress.read for other in header.requires),
            )
        )
    drills = []
    for drill in DRILLS.values():
        runs = progress.drills.get(drill.id, [])
        best = max((run.points for run in runs), default=0)
        passed, now = sum(run.passed for run in runs), drill_standing(runs, now_ns)
        drills.append(DrillMark(drill.id, drill.title, len(runs), passed, best, now))
    cards = progress.cards.values()
    following = next((mark.id for mark in marks if not mark.is_read and mark.is_open), "")
    return ProgressView(
        tuple(marks),
        tuple(drills),
        len(due),
        sum(card.answers for card in cards),
        sum(card.right for card in cards),
        len(progress.forecasts),
        _mean_brier(progress.forecasts),
        following,
        min((card.due_ns for card in cards), default=0),
        tuple(
            CalibrationRow(tenth.low, tenth.high, tenth.count, tenth.mean_forecast, tenth.frequency)
            for tenth in calibration(progress.forecasts)
            if tenth.mean_forecast is not None and tenth.frequency is not None
        ),
    )


def drill_standing(runs: Sequence[DrillDone], now_ns: int) -> int:
    """Return what a drill's record is worth now: the best of its last runs, which fades with their age."""
    fresh = (
        run.points * 0.5 ** (max(0, now_ns - run.at_ns) / DRILL_HALF_LIFE_NS) for run in runs[-DRILL_RUNS:]
    )
    return round(max(fresh, default=0))


def learning_view(progress: Progress, catalogue: Catalogue, now_ns: int) -> LearningView:
    """Return what there is to learn, how far it is, and the questions that come again, the soonest first."""
    tracks = tuple(TrackView(track.id, track.title, track.words) for track in catalogue.tracks)
    queue = []
    for card in sorted(progress.cards.values(), key=lambda one: (one.due_ns, one.card))[:MAX_QUEUE]:
        lesson = catalogue.lessons.get(card.lesson)
        title = lesson.header.title if lesson is not None else card.card
        if card.card.startswith(MADE):
            title = TITLES.get(card.card.removeprefix(MADE), title)
        queue.append(QueueRow(card.card, card.lesson, title, card.due_ns, card.answers, card.right))
    practice = tuple(
        PracticeMark(kind, MADE + kind, title, *_answers(progress, MADE + kind))
        for kind, title in TITLES.items()
    )
    return LearningView(tracks, progress_view(progress, catalogue, now_ns), tuple(queue), practice)


def _answers(progress: Progress, card: str) -> tuple[int, int]:
    """Return how often a card was answered, and how often rightly."""
    state = progress.cards.get(card)
    return (state.answers, state.right) if state is not None else (0, 0)


def _mean_brier(forecasts: list[tuple[Decimal, bool]]) -> Decimal | None:
    if not forecasts:
        return None
    total = sum(((probability - happened) ** 2 for probability, happened in forecasts), ZERO)
    return (total / len(forecasts)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
