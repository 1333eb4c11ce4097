"""The teacher: lessons, questions, grades and what is due, over one record of progress. Pure.

Whoever owns a teacher keeps the events that its methods return; the record in memory has them already.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from omega_tui.domain.instrument import ONE
from omega_tui.domain.learning_view import ProgressView
from omega_tui.domain.on_screen import NOTHING, OnScreen
from omega_tui.domain.teaching import AnyContext, Explanation, Grade
from omega_tui.education.catalog import Catalogue
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.explain import explain
from omega_tui.education.lesson import QuizSpec
from omega_tui.education.progress import (
    DAY_NS,
    AnyHappened,
    CardAnswered,
    CardState,
    DrillDone,
    ForecastScored,
    LessonRead,
    Progress,
    cards_of,
    folded,
    progress_view,
)
from omega_tui.education.quiz import Kind, Quiz, grade, mixed
from omega_tui.education.quiz_make import MADE, MAKERS, kinds_on, make_quiz
from omega_tui.education.rank import Learned
from omega_tui.education.review import Rating, rate, schedule
from omega_tui.errors import TeachingRefused


class Teacher:
    """Single owner of what is known of the learner.

    Attributes:
        catalogue: The lessons.
        progress: The record.
    """

    def __init__(self, catalogue: Catalogue, past: Iterable[AnyHappened] = ()) -> None:
        self.catalogue = catalogue
        self.progress: Progress = folded(past)
        self._offered: dict[str, int] = {}
        self._homes: dict[str, QuizSpec] = {}
        self._lessons: dict[str, str] = {}
        for lesson in catalogue.lessons.values():
            for block in lesson.blocks:
                if isinstance(block.content, QuizSpec):
                    self._homes[block.content.card] = block.content
                    self._lessons[block.content.card] = lesson.id

    # --- questions

    def questions(self, lesson_id: str, *, screen: OnScreen = NOTHING) -> list[Quiz]:
        """Return the questions of a lesson in their order; made ones are new each time.

        Raises:
            TeachingRefused: There is no such lesson.
        """
        page = self.catalogue.page(lesson_id)
        return [self.question(quiz.question.card, screen=screen) for quiz in page.quizzes]

    def question(self, card: str, *, screen: OnScreen = NOTHING) -> Quiz:
        """Return the question of a card as it is asked now.

        Raises:
            TeachingRefused: There is no such card.
        """
        seen = self.progress.cards[card].answers if card in self.progress.cards else 0
        if card in self._homes:
            spec, lesson = self._homes[card], self._lessons[card]
            if spec.generate:
                return make_quiz(
                    spec.generate, seed=f"{card}:{seen}", card=card, lesson=lesson, screen=screen
                )
            page = self.catalogue.page(lesson)
            found = next(quiz for quiz in page.quizzes if quiz.question.card == card)
            return mixed(found, seed=f"{card}:{seen}")
        kind = card.removeprefix(MADE)
        if card.startswith(MADE) and kind in MAKERS:
            return make_quiz(kind, seed=f"{card}:{seen}", screen=screen)
        raise TeachingRefused("NO_SUCH_CARD", f"There is no question {card[:60]!r}: `learn quiz` lists them.")

    def made(self, kind: str, *, seed: str | int, screen: OnScreen = NOTHING) -> Quiz:
        """Return a made question of a kind.

        Raises:
            TeachingRefused: There is no such kind.
        """
        if kind not in MAKERS:
            raise TeachingRefused(
                "NO_SUCH_KIND", f"There are no questions {kind[:40]!r}; there are: {', '.join(MAKERS)}."
            )
        return make_quiz(kind, seed=seed, screen=screen)

    def of_screen(self, screen: OnScreen) -> Quiz | None:
        """Return a question made of what is on the screen, of the kind that was asked longest ago.

        None where nothing there makes one.
        """
        kinds = kinds_on(screen)
        cards = self.progress.cards
        asked = {kind: cards[MADE + kind].last_ns if MADE + kind in cards else 0 for kind in kinds}
        kind = min(kinds, key=lambda one: asked[one], default="")
        return self.question(MADE + kind, screen=screen) if kind else None

    def due(self, now_ns: int, *, limit: int = 20, screen: OnScreen = NOTHING) -> list[Quiz]:
        """Return the questions that are due, the longest overdue first; of lessons that are still there."""
        cards = (card.card for card in self.due_cards(now_ns))
        return [self.question(card, screen=screen) for card in list(cards)[:limit]]

    def due_cards(self, now_ns: int) -> list[CardState]:
        """Return the cards that are due and can still be asked."""
        return [card for card in self.progress.due(now_ns) if self._can_ask(card.card)]

    def _can_ask(self, card: str) -> bool:
        return card in self._homes or (card.startswith(MADE) and card.removeprefix(MADE) in MAKERS)

    # --- explaining

    def explain(self, context: AnyContext, now_ns: int) -> Explanation:
        """Explain one thing on the screen; the lesson that is offered with it counts as offered today.

        Raises:
            TeachingRefused: There is nothing to explain in it.
        """
        today = now_ns // DAY_NS
        self._offered = {lesson: day for lesson, day in self._offered.items() if day == today}
        learned = Learned(
            mastery=lambda lesson: self.progress.mastery(cards_of(self.catalogue, lesson)),
            due=frozenset(card.lesson for card in self.progress.due(now_ns)),
            shown=frozenset(self._offered),
        )
        found = explain(context, self.catalogue, learned)
        self._offered |= {link.id: today for link in found.links if link.kind == "lesson"}
        return found

    # --- what is learned

    def answer(
        self, quiz: Quiz, value: Decimal, *, seconds: float, hinted: bool, now_ns: int
    ) -> tuple[Grade, list[AnyHappened]]:
        """Grade an answer and plan when the question comes again."""
        return self.note(quiz, grade(quiz, value, seconds=seconds, hinted=hinted), value, now_ns=now_ns)

    def note(
        self, quiz: Quiz, found: Grade, value: Decimal, *, now_ns: int
    ) -> tuple[Grade, list[AnyHappened]]:
        """Note a grade that was given already, as by a `QuizSession`."""
        card, lesson = quiz.question.card, quiz.question.lesson
        events: list[AnyHappened] = []
        rating = rate(found, list(self.progress.seconds))
        if quiz.question.kind == Kind.PROBABILITY:
            events.append(ForecastScored(now_ns, card, value, quiz.answer == ONE))
            # Nobody can know a coming price: the card comes back as practice, whatever came of it.
            rating = Rating.GOOD
        known = self.progress.cards.get(card)
        state, due_ns = schedule(card, known.state if known else "", rating, now_ns=now_ns)
        events.append(
            CardAnswered(now_ns, card, lesson, found.correct, rating.value, found.seconds, state, due_ns)
        )
        self._fold(events)
        return msgspec.structs.replace(found, due_ns=due_ns), events

    def read(self, lesson_id: str, *, now_ns: int) -> list[AnyHappened]:
        """Note that a lesson was read to its end.

        Raises:
            TeachingRefused: There is no such lesson.
        """
        return self._fold([LessonRead(now_ns, self.catalogue.lesson(lesson_id).id)])

    def drilled(self, drill: str, *, passed: bool, points: int, now_ns: int) -> list[AnyHappened]:
        """Note the result of a drill.

        Raises:
            TeachingRefused: There is no such drill.
        """
        if drill not in DRILLS:
            raise TeachingRefused(
                "NO_SUCH_DRILL", f"There is no drill {drill[:40]!r}; there are: {', '.join(DRILLS)}."
            )
        return self._fold([DrillDone(now_ns, drill, passed, points)])

    def view(self, now_ns: int) -> ProgressView:
        """Return everything that the record shows."""
        return progress_view(self.progress, self.catalogue, now_ns)

    def _fold(self, events: list[AnyHappened]) -> list[AnyHappened]:
        for event in events:
            self.progress.fold(event)
        return events
