"""The teacher as a service: answers in events, tips on the bus, and what was learned on disk.

The lessons and the record are read when something is first asked, not at start-up. What happens while
learning is written soon after; a crash loses the last moment of it, never a file.
"""

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from omega_tui.domain.commands import Command
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.events.teaching import Taught, TipOffered
from omega_tui.domain.learning_view import LearningView, ProgressView
from omega_tui.domain.lesson_commands import (
    TEACHING,
    AnswerQuestion,
    Ask,
    DismissTip,
    ExplainThis,
    MarkRead,
    NoteDrill,
    OfferTip,
    PoseQuestions,
    Recalculate,
    SetTips,
    ShowLearning,
    ShowLesson,
    ShowProgress,
)
from omega_tui.domain.lesson_view import LessonView
from omega_tui.domain.notices import Noticed
from omega_tui.domain.on_screen import NOTHING, OnScreen
from omega_tui.domain.teaching import Answer, AnyContext, Explanation, Grade, Reply, Tip
from omega_tui.education.drill_scenes import make_scene
from omega_tui.education.lesson_page import recalculate
from omega_tui.education.progress import AnyHappened, cards_of, learning_view
from omega_tui.education.quiz import Quiz
from omega_tui.education.signals import Signal
from omega_tui.education.teacher import Teacher
from omega_tui.education.tips import TipEngine, TipMode
from omega_tui.errors import ProgressError, ServiceStateError, TeachingRefused
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.services.progress_store import ProgressStore, progress_path

DUE_AFTER: Final = 5
"""Due questions that follow one of the screen: a row is a minute, not an exam."""

MAX_WAITING: Final = 10_000
"""Entries that wait for a disk that refuses; beyond it the oldest is dropped and counted."""


class EducationService(Service):
    """Lessons, explanations, questions and tips. Single writer of the record of learning.

    The methods are for whoever shares the process; the commands do the same over the bus.
    """

    name = "education"

    def __init__(
        self, platform: Platform, path: Path | None = None, *, tips: TipMode = TipMode.NORMAL
    ) -> None:
        """Keep the record in `path`, by default in the user's data folder; `tips` is how talkative it is."""
        super().__init__(platform)
        self._mode = tips
        self._store = ProgressStore(path or progress_path())
        self._teacher: Teacher | None = None
        self._loading = asyncio.Lock()
        self._tips: TipEngine | None = None
        self._posed: dict[str, Quiz] = {}
        self._waiting: list[AnyHappened] = []
        self._something = asyncio.Event()
        self._asked_total = 0
        self._dropped_total = 0

    # --- the life of the service

    async def run(self) -> None:
        """Write what happened, as it happens. A disk that refuses is tried again with the next entry."""
        while True:
            await self._something.wait()
            self._something.clear()
            await self._write()

    async def shutdown(self) -> None:
        """Write what waits and close the record. Never raises."""
        await self._write()
        await asyncio.to_thread(self._store.close)

    async def _write(self) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            await asyncio.to_thread(self._store.append, batch)
            if self.state is ServiceState.DEGRADED:
                self.enter(ServiceState.RUNNING)
        except ProgressError as error:
            kept = [*batch, *self._waiting]
            self._dropped_total += max(0, len(kept) - MAX_WAITING)
            self._waiting = kept[-MAX_WAITING:]
            self._degrade(str(error))

    async def load(self) -> None:
        """Read the lessons and the record, unless that was done. Every command does so first.

        Raises:
            LessonError: A lesson is wrong.
            ProgressError: The record cannot be read.
        """
        async with self._loading:  # The first look at the Learn screen asks for several things at once.
            if self._teacher is None:
                await self._load()

    async def _load(self) -> None:
        catalogue, past = await asyncio.to_thread(lambda: (load_catalogue(), self._store.load()))
        self._teacher = teacher = Teacher(catalogue, past)
        self._tips = TipEngine(
            catalogue.tip_rules,
            teacher.progress,
            lambda lesson: teacher.progress.mastery(cards_of(catalogue, lesson)),
        )
        self._tips.mode = self._mode

    # --- commands

    def can_handle(self, command: Command) -> bool:
        """Whether it is about learning."""
        return isinstance(command, TEACHING)

    async def process(self, command: Command) -> object:  # noqa: PLR0911 - one answer per command
        """Answer, or note what happened; who asked with a request id is answered by `Taught`, too.

        Raises:
            TeachingRefused: It cannot be done: code and sentence.
            LessonError: A lesson is wrong.
            ProgressError: The record cannot be read.
        """
        await self.load()
        match command:
            case Ask(request_id=request_id, question=question):
                return self._told(request_id, self.ask(question))
            case ExplainThis(request_id=request_id, context=context):
                return self._told(request_id, self.explain(context))
            case AnswerQuestion(request_id=request_id, card=card):
                quiz = self._posed.pop(card, None) or self.teacher.question(card)
                found = self.grade(quiz, command.answer, seconds=command.seconds, hinted=command.hinted)
                return self._told(request_id, found)
            case ShowProgress(request_id=request_id):
                return self._told(request_id, self.progress())
            case ShowLearning():
                return self.learning()
            case ShowLesson(lesson=lesson):
                # Computing a page would hold up the loop that orders live on.
                return await asyncio.to_thread(self.lesson, lesson)
            case PoseQuestions():
                return await self._pose(command)
            case Recalculate(lesson=lesson, calc=calc, inputs=inputs):
                page = await asyncio.to_thread(self.teacher.catalogue.page, lesson)
                return recalculate(page, calc, inputs)
            case OfferTip(noticed=noticed):
                return self.tips(map(_signal, noticed), is_busy=False)
            case _:
                await self._note(command)
                return None

    async def _note(self, command: Command) -> None:
        """Keep what happened."""
        match command:
            case MarkRead(lesson=lesson):
                self.mark_read(lesson)
            case NoteDrill(drill=drill, passed=passed, points=points):
                now_ns = self.platform.clock.now_ns()
                self._keep(self.teacher.drilled(drill, passed=passed, points=points, now_ns=now_ns))
            case DismissTip(rule=rule, never=never):
                self.dismiss(rule, never=never)
            case SetTips(mode=mode):
                self.set_tips(mode)
            case _:
                await super().process(command)

    async def _pose(self, command: PoseQuestions) -> tuple[Quiz, ...]:
        """Return the questions that are wanted, and remember them until they are answered."""

        def make() -> Sequence[Quiz]:
            if command.drill:
                return make_scene(command.drill, command.seed).questions
            if command.card:
                return [self.teacher.question(command.card, screen=command.screen)]
            if command.lesson:
                return self.quiz(command.lesson, screen=command.screen)
            made = self.teacher.of_screen(command.screen)
            due = self.due(limit=DUE_AFTER if made is not None else 20)
            others = (quiz for quiz in due if made is None or quiz.question.card != made.question.card)
            return [*([made] if made is not None else ()), *others]

        quizzes = tuple(await asyncio.to_thread(make))
        # Whoever poses again has left the questions before: no more than one row is remembered.
        self._posed = {quiz.question.card: quiz for quiz in quizzes}
        return quizzes

    def _told(self, request_id: str, answer: Answer) -> Answer:
        self.platform.bus.publish(Taught(request_id, answer))
        return answer

    # --- for whoever shares the process

    @property
    def teacher(self) -> Teacher:
        """The engine: catalogue, questions, record.

        Raises:
            ServiceStateError: `load` was not awaited yet.
        """
        if self._teacher is None:
            raise ServiceStateError("education: the lessons are not read yet: await load() first")
        return self._teacher

    def ask(self, question: str) -> Reply:
        """Return the lessons that answer a question in words, or that there is none."""
        self._asked_total += 1
        return self.teacher.catalogue.answer(question)

    def explain(self, context: AnyContext) -> Explanation:
        """Explain one thing on the screen in five parts."""
        self._asked_total += 1
        return self.teacher.explain(context, self.platform.clock.now_ns())

    def lesson(self, lesson_id: str) -> LessonView:
        """Return a lesson with everything computed.

        Raises:
            TeachingRefused: There is none of that id.
        """
        return self.teacher.catalogue.page(lesson_id).view

    def mark_read(self, lesson_id: str) -> None:
        """Note that a lesson was read to its end; errors as in `lesson`."""
        self._keep(self.teacher.read(lesson_id, now_ns=self.platform.clock.now_ns()))

    def quiz(self, lesson_id: str, *, screen: OnScreen = NOTHING) -> list[Quiz]:
        """Return the questions of a lesson; made ones use what is on the screen where that is enough."""
        return self.teacher.questions(lesson_id, screen=screen)

    def due(self, *, limit: int = 20) -> list[Quiz]:
        """Return the questions that are due, the longest overdue first."""
        return self.teacher.due(self.platform.clock.now_ns(), limit=limit)

    def grade(self, quiz: Quiz, answer: Decimal, *, seconds: float, hinted: bool = False) -> Grade:
        """Grade an answer and plan when the question comes again."""
        found, events = self.teacher.answer(
            quiz, answer, seconds=seconds, hinted=hinted, now_ns=self.platform.clock.now_ns()
        )
        self._keep(events)
        return found

    def progress(self) -> ProgressView:
        """Return everything that the record shows."""
        return self.teacher.view(self.platform.clock.now_ns())

    def learning(self) -> LearningView:
        """Return what there is to learn, how far it is, and what comes again."""
        return learning_view(self.teacher.progress, self.teacher.catalogue, self.platform.clock.now_ns())

    def tips(self, signals: Iterable[Signal], *, is_busy: bool) -> Tip | None:
        """Return the tip to show now, if any; it is published as `TipOffered`, too.

        Args:
            signals: What was noticed since the last call.
            is_busy: Whether an order is being entered, a drill runs, or a position is in trouble.
        """
        assert self._tips is not None or self._teacher is None, "made together"
        if self._tips is None:
            return None
        found = self._tips.offer(signals, now_ns=self.platform.clock.now_ns(), is_busy=is_busy)
        if found is None:
            return None
        tip, event = found
        self.teacher.progress.fold(event)
        self._keep([event])
        self.platform.bus.publish(TipOffered(tip))
        return tip

    def dismiss(self, rule: str, *, never: bool = False) -> None:
        """Send a tip away.

        Raises:
            TeachingRefused: There is no such tip.
        """
        _ = self.teacher
        assert self._tips is not None, "made with the teacher"
        event = self._tips.dismiss(rule, now_ns=self.platform.clock.now_ns(), never=never)
        self.teacher.progress.fold(event)
        self._keep([event])

    def set_tips(self, mode: str) -> None:
        """Say how talkative the teacher is.

        Raises:
            TeachingRefused: There is no such mode.
        """
        _ = self.teacher
        assert self._tips is not None, "made with the teacher"
        try:
            self._tips.mode = TipMode(mode)
        except ValueError:
            modes = ", ".join(TipMode)
            raise TeachingRefused("TIPS", f"Tips are {modes}, not {mode[:20]!r}.") from None

    def metrics(self) -> dict[str, float]:
        """Return what was asked, what waits, and what was lost."""
        return {
            "questions_total": self._asked_total,
            "waiting": len(self._waiting),
            "dropped_total": self._dropped_total,
        }

    def _keep(self, events: Iterable[AnyHappened]) -> None:
        self._waiting += events
        self._something.set()

    def _degrade(self, reason: str) -> None:
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED, reason)


def _signal(noticed: Noticed) -> Signal:
    """Return what was noticed as the engine knows it."""
    return Signal(noticed.name, {**noticed.numbers, **noticed.words}, noticed.instrument)
