"""How far the learner is: lessons, drills, questions that come again. Plain values that cross the bus."""

from decimal import Decimal

from msgspec import Struct


class LessonMark(Struct, frozen=True):
    """How far a lesson is.

    Attributes:
        id: Of the lesson.
        track: Of the lesson.
        title: For people.
        badge: Its evidence.
        minutes: How long it takes.
        is_read: Whether it was read to the end.
        mastery: Share of its questions that are remembered well, 0 to 1.
        due: How many of its questions are due.
        is_open: Whether all that it requires was read.
    """

    id: str
    track: str
    title: str
    badge: str
    minutes: int
    is_read: bool
    mastery: float
    due: int
    is_open: bool


class DrillMark(Struct, frozen=True):
    """How a drill went so far: runs, passed ones, the best score, and what the record is worth now."""

    id: str
    title: str
    runs: int
    passed: int
    best: int
    now: int


class CalibrationRow(Struct, frozen=True):
    """The forecasts of one tenth: from and to which probability, how many, what was said, what happened."""

    low: Decimal
    high: Decimal
    count: int
    said: Decimal
    happened: Decimal


class ProgressView(Struct, frozen=True, tag_field="what", tag="progress"):
    """All that was learned.

    Attributes:
        lessons: In the order of the curriculum.
        drills: In their order.
        due: Cards that are due.
        reviews: Answers so far.
        correct: Right ones.
        forecasts: Forecasts whose outcome is known.
        brier: Mean squared error of those; None without any.
        next_lesson: What to read next; empty when all is read.
        next_due_ns: When the next card is due, wall clock; 0 for none.
        calibration: Forecasts by tenths of their probability, those without any left out.
    """

    lessons: tuple[LessonMark, ...]
    drills: tuple[DrillMark, ...]
    due: int
    reviews: int
    correct: int
    forecasts: int
    brier: Decimal | None
    next_lesson: str
    next_due_ns: int
    calibration: tuple[CalibrationRow, ...] = ()


class TrackView(Struct, frozen=True):
    """A row of lessons: its id, its title, and what it teaches in a sentence."""

    id: str
    title: str
    words: str


class QueueRow(Struct, frozen=True):
    """A question that comes again.

    Attributes:
        card: Its id.
        lesson: Where it is explained; empty for a made one.
        title: Of the lesson, or what kind of question it is.
        due_ns: When, wall clock.
        answers: How often it was answered.
        right: How often rightly.
    """

    card: str
    lesson: str
    title: str
    due_ns: int
    answers: int
    right: int


class PracticeMark(Struct, frozen=True):
    """A kind of made questions: its id, what it is called, and how often it was answered, and rightly."""

    kind: str
    card: str
    title: str
    answers: int
    right: int


class LearningView(Struct, frozen=True):
    """What there is to learn, how far it is, and what comes again, the soonest first."""

    tracks: tuple[TrackView, ...]
    progress: ProgressView
    queue: tuple[QueueRow, ...]
    practice: tuple[PracticeMark, ...] = ()
