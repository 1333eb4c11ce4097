"""The teacher as a service: commands in, events out, the record on disk."""

import asyncio
from decimal import Decimal

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.commands import CancelOrders
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.events.teaching import Taught, TipOffered
from omega_tui.domain.lesson_commands import (
    AnswerQuestion,
    Ask,
    DismissTip,
    ExplainThis,
    MarkRead,
    NoteDrill,
    PoseQuestions,
    SetTips,
    ShowLearning,
    ShowLesson,
    ShowProgress,
)
from omega_tui.domain.teaching import Refusal
from omega_tui.education.signals import Signal
from omega_tui.errors import ServiceStateError, TeachingRefused
from omega_tui.services.base import Platform
from omega_tui.services.education import EducationService
from omega_tui.services.education_door import EducationDoor
from omega_tui.services.progress_store import ProgressStore
from omega_tui.services.registry import ServiceRegistry

DAY_S = 86_400


class Classroom:
    """A running service on a real bus, and what it said."""

    def __init__(self, path):
        self.clock = ManualClock()
        self.bus = LocalBus()
        self.service = EducationService(Platform(self.bus, self.clock), path)
        self.registry = ServiceRegistry()
        self.registry.register(self.service)
        self.inbox = self.bus.subscribe(Taught, TipOffered)

    async def __aenter__(self):
        await self.registry.start(self.service)
        return self

    async def __aexit__(self, *_):
        await self.registry.stop(self.service)

    async def told(self, command):
        await self.registry.dispatch(command)
        (event,) = self.inbox.drain()
        assert event.request_id == command.request_id
        return event.answer


@pytest.mark.parametrize(
    ("question", "lesson"),
    [
        ("explain fibonacci", "f-02-retracement"),
        ("how should I size my position?", "r-01-r-and-size"),
        ("what is a head and shoulders?", "p-03-head-shoulders"),
    ],
)
async def test_questions_in_words_are_answered_on_the_bus(tmp_path, question, lesson):
    async with Classroom(tmp_path / "learn.sqlite3") as room:
        assert room.service.can_handle(Ask("q1", question))
        reply = await room.told(Ask("q1", question))
        assert reply.passages[0].lesson == lesson
        assert (await room.told(Ask("q2", "recipe for pancakes"))).passages == ()


async def test_it_takes_nothing_but_teaching(tmp_path):
    async with Classroom(tmp_path / "learn.sqlite3") as room:
        assert not room.service.can_handle(CancelOrders())


async def test_a_refusal_is_explained(tmp_path):
    async with Classroom(tmp_path / "learn.sqlite3") as room:
        found = await room.told(ExplainThis("e", Refusal(code="POST_ONLY", text="would cross")))
        assert found.links[0].id == "o-02-post-only-ioc"


async def test_what_is_learned_is_there_after_a_restart_and_due_tomorrow(tmp_path):
    path = tmp_path / "learn.sqlite3"
    async with Classroom(path) as room:
        await room.registry.dispatch(MarkRead("c-01-tour"))
        await room.registry.dispatch(NoteDrill("wrong-market", passed=True, points=100))
        grade = await room.told(AnswerQuestion("a", "tour-cursor", Decimal(1), seconds=4))
        assert grade.correct
        assert grade.due_ns > room.clock.now_ns()
    async with Classroom(path) as room:
        await room.service.load()
        assert room.service.due() == []
        room.clock.advance(DAY_S)
        assert [quiz.question.card for quiz in room.service.due()] == ["tour-cursor"]
        view = await room.told(ShowProgress("p"))
        assert view.lessons[0].is_read
        assert next(drill for drill in view.drills if drill.id == "wrong-market").passed == 1
        with pytest.raises(TeachingRefused):
            await room.registry.dispatch(MarkRead("no-such-lesson"))
        with pytest.raises(TeachingRefused):
            await room.registry.dispatch(AnswerQuestion("x", "no-such-card", Decimal(1), seconds=1))


async def test_events_are_written_while_it_runs(tmp_path):
    path = tmp_path / "learn.sqlite3"
    async with Classroom(path) as room, asyncio.timeout(20), asyncio.TaskGroup() as group:
        body = group.create_task(room.service.run())
        await room.registry.dispatch(MarkRead("c-01-tour"))
        other = EducationService(Platform(LocalBus(), room.clock), path)
        while True:
            await other.load()
            if other.progress().lessons[0].is_read:
                break
            await other.shutdown()
            other = EducationService(Platform(LocalBus(), room.clock), path)
        await other.shutdown()
        body.cancel()


async def test_tips_are_events_and_silent_while_an_order_is_entered(tmp_path):
    async with Classroom(tmp_path / "learn.sqlite3") as room:
        signal = Signal("order.post_only_rejected", {"price": Decimal("0.52")})
        assert room.service.tips([signal], is_busy=False) is None, "nothing was asked of it yet"
        await room.service.load()
        assert room.service.tips([signal], is_busy=True) is None
        tip = room.service.tips([signal], is_busy=False)
        assert [event.tip for event in room.inbox.drain()] == [tip]
        assert "0.52" in tip.text
        await room.registry.dispatch(DismissTip(tip.rule, never=True))
        room.clock.advance(400 * DAY_S)
        assert room.service.tips([signal], is_busy=False) is None
        await room.registry.dispatch(SetTips("off"))
        with pytest.raises(TeachingRefused, match="off, low, normal"):
            await room.registry.dispatch(SetTips("loud"))


async def test_a_record_that_cannot_be_kept_degrades_and_loses_nothing(tmp_path):
    folder = tmp_path / "data"
    path = folder / "learn.sqlite3"
    async with Classroom(path) as room:
        await room.service.load()
        room.service._store.close()
        path.unlink()
        for side in ("-wal", "-shm"):
            path.with_name(path.name + side).unlink(missing_ok=True)
        path.mkdir()
        room.service.mark_read("c-01-tour")
        await room.service._write()
        assert room.service.state is ServiceState.DEGRADED
        assert room.service.metrics()["waiting"] == 1
        path.rmdir()
        await room.service._write()
        assert room.service.state is ServiceState.RUNNING
        assert room.service.metrics()["waiting"] == 0


def test_using_it_before_the_lessons_are_read_is_told(tmp_path):
    service = EducationService(Platform(LocalBus(), ManualClock()), tmp_path / "learn.sqlite3")
    with pytest.raises(ServiceStateError, match="await load"):
        service.ask("anything")


async def test_questions_are_graded_as_they_were_posed(tmp_path):
    """A made question is another one after each answer; the answer is meant for the one that was shown."""
    async with Classroom(tmp_path / "learn.sqlite3") as room:
        quizzes = await room.registry.dispatch(PoseQuestions(lesson="f-02-retracement"))
        made = next(quiz for quiz in quizzes if quiz.question.card == "fib-draw")
        found = await room.registry.dispatch(AnswerQuestion("a", "fib-draw", made.answer, 4.0))
        assert found.correct
        again = await room.registry.dispatch(PoseQuestions(card="fib-draw"))
        assert [quiz.question.card for quiz in again] == ["fib-draw"]
        assert again[0].answer != made.answer
        queue = (await room.registry.dispatch(ShowLearning())).queue
        assert [(row.card, row.answers, row.right) for row in queue] == [("fib-draw", 1, 1)]
        assert await room.registry.dispatch(PoseQuestions()) == (), "nothing is due yet"
        room.clock.advance(30 * DAY_S)
        assert len(await room.registry.dispatch(PoseQuestions())) == 1
        assert (await room.registry.dispatch(ShowLesson("f-02-retracement"))).title


async def test_the_teacher_is_loaded_by_the_first_question_alone(tmp_path):
    clock, bus = ManualClock(), LocalBus()
    registry = ServiceRegistry()
    door = EducationDoor(Platform(bus, clock), tmp_path / "learn.sqlite3")
    registry.register(door)
    await registry.start(door)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        running = group.create_task(door.run())
        await asyncio.sleep(0)
        assert door.metrics() == {}
        await registry.dispatch(MarkRead("c-01-tour"))
        learning = await registry.dispatch(ShowLearning())
        assert [mark.id for mark in learning.progress.lessons if mark.is_read] == ["c-01-tour"]
        assert [track.id for track in learning.tracks][:2] == ["console", "book"]
        running.cancel()
    await registry.stop(door)
    assert [event.lesson for event in ProgressStore(tmp_path / "learn.sqlite3").load()] == ["c-01-tour"]
