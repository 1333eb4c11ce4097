"""Every command about learning: what the teacher takes, and what the drill room takes."""

from collections.abc import Mapping
from decimal import Decimal

from omega_tui.domain.commands import Command
from omega_tui.domain.notices import Noticed
from omega_tui.domain.on_screen import NOTHING, OnScreen
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.domain.teaching import AnyContext


class Ask(Command, frozen=True):
    """Ask the lessons a question in words; `Taught` carries the `Reply` under the same request id."""

    request_id: str
    question: str


class ExplainThis(Command, frozen=True):
    """Explain one thing on the screen; `Taught` carries the `Explanation`."""

    request_id: str
    context: AnyContext


class AnswerQuestion(Command, frozen=True):
    """Answer a question of the lessons; `Taught` carries the `Grade`.

    Attributes:
        request_id: Which `Taught` answers it.
        card: Of the question, as it was asked.
        answer: A number, the number of a choice, of a bar, or a probability.
        seconds: How long it took.
        hinted: Whether the hint was shown.
    """

    request_id: str
    card: str
    answer: Decimal
    seconds: float
    hinted: bool = False


class ShowProgress(Command, frozen=True):
    """Tell what was learned; `Taught` carries the `ProgressView`."""

    request_id: str


class ShowLearning(Command, frozen=True):
    """Tell what there is to learn and how far it is; the answer is a `LearningView`."""


class ShowLesson(Command, frozen=True):
    """Give a lesson with everything computed; the answer is a `LessonView`."""

    lesson: str


class Recalculate(Command, frozen=True):
    """Make a calculation of a lesson with other numbers; the answer is its `CalcView`.

    Attributes:
        lesson: Its id.
        calc: Title of the calculation.
        inputs: By name; those left out keep the lesson's own.
    """

    lesson: str
    calc: str
    inputs: Mapping[str, Decimal]


class PoseQuestions(Command, frozen=True):
    """Give questions to ask: the answer is a tuple of `education.quiz.Quiz`.

    Who asks grades at once and sends `AnswerQuestion`; until then the same card means the same question.

    Attributes:
        lesson: Those of a lesson, in their order.
        card: One question of its own; goes before `lesson`. Without both: those that are due.
        drill: Those of a drill that is answered, goes before both.
        seed: Of the drill.
        screen: What made questions are made of. Without lesson, card and drill one of them comes first.
    """

    lesson: str = ""
    card: str = ""
    drill: str = ""
    seed: int = 0
    screen: OnScreen = NOTHING


class OpenDrill(Command, frozen=True):
    """Set the stage of a drill, in the place of one that is open; the answer is a `DrillOpened`."""

    drill: str
    seed: int


class AdvanceDrill(Command, frozen=True):
    """Let time pass in the drill, up to so many milliseconds after its beginning; a `DrillStep` answers.

    Whoever shows the drill holds the clock: each frame says how long it has been running.
    """

    to_ms: int


class PlaceInDrill(Command, frozen=True):
    """Place an order in the drill, and nowhere else; a `DrillStep` answers. Refused as an order is."""

    request: OrderRequest


class CancelInDrill(Command, frozen=True):
    """Cancel one order of the drill, or with no id all that match; a `DrillStep` answers."""

    client_order_id: str = ""
    instrument: str | None = None
    side: Side | None = None
    price: Decimal | None = None


class AnswerInDrill(Command, frozen=True):
    """Answer the present question of the drill; the answer is a `Grade`."""

    answer: Decimal


class EndDrill(Command, frozen=True):
    """Take the stage down; the answer is the `DrillScore`. `NoteDrill` keeps it."""


DRILLING: tuple[type[Command], ...] = (
    OpenDrill,
    AdvanceDrill,
    PlaceInDrill,
    CancelInDrill,
    AnswerInDrill,
    EndDrill,
)
"""What the drill room takes."""


class MarkRead(Command, frozen=True):
    """Note that a lesson was read to its end."""

    lesson: str


class NoteDrill(Command, frozen=True):
    """Note the result of a drill."""

    drill: str
    passed: bool
    points: int


class OfferTip(Command, frozen=True):
    """Say what was noticed; the answer is the `Tip` to show now, or nearly always None.

    Only for whoever shows a tip at once and is not busy: an offered tip counts as shown.
    """

    noticed: tuple[Noticed, ...]


class DismissTip(Command, frozen=True):
    """Send a tip away; `never` for good."""

    rule: str
    never: bool = False


class SetTips(Command, frozen=True):
    """Say how talkative the teacher is: off, low or normal."""

    mode: str


TEACHING: tuple[type[Command], ...] = (
    Ask,
    ExplainThis,
    AnswerQuestion,
    ShowProgress,
    ShowLearning,
    ShowLesson,
    PoseQuestions,
    Recalculate,
    MarkRead,
    NoteDrill,
    OfferTip,
    DismissTip,
    SetTips,
)
"""What the teacher takes."""
