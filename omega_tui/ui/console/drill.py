"""The console as far as it drills: keys to the drill's own grammar, frames to the drill room, the score.

The room in the engine owns the drill; here is its clock. What stands at a venue is never touched: while
anything of the trader works or is held there, F7, F8 and F9 mean that, also in a drill.
"""

import asyncio
import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from omega_tui.domain.commands import Command
from omega_tui.domain.drill_view import DrillOpened, DrillStep
from omega_tui.domain.lesson_commands import (
    AdvanceDrill,
    AnswerInDrill,
    EndDrill,
    NoteDrill,
    OpenDrill,
    PoseQuestions,
)
from omega_tui.domain.teaching import DrillScore
from omega_tui.errors import OmegaError
from omega_tui.ui.console.learn import LearnApp
from omega_tui.ui.desk.answers import read_as
from omega_tui.ui.desk.order_facts import (
    Decision,
    KeyPress,
    Reflag,
    Refused,
    Resize,
    Send,
    Taken,
    TypeSize,
    Unclaimed,
)
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.late import drill_floor, drill_screen, quiz, quiz_hand
from omega_tui.ui.learn.learning import Page
from omega_tui.units import NS_PER_S

SAID_NS: Final = 4 * NS_PER_S
SEEDS: Final = 1_000_000


class DrillApp(LearnApp):
    """The console's drills."""

    @property
    def floor(self) -> "drill_floor.DrillFloor | None":
        """The drill of orders that is on the screen; None while there is none."""
        screen = self.screen
        if screen is self._trading or not isinstance(screen, drill_screen.DrillScreen):
            return None
        return screen.floor

    # ------------------------------------------------------------------------------ beginning and ending

    def begin_drill(self, drill: str) -> None:
        """Set the stage of a drill; one that is answered goes to the page of questions."""
        self.learning.score = None
        self.learning.drill_seed = secrets.randbelow(SEEDS)
        command = OpenDrill(drill, self.learning.drill_seed)
        self.ask_teacher(command, DrillOpened, self._opened_drill, "The stage is being set")

    def _opened_drill(self, opened: DrillOpened) -> None:
        if opened.questions:
            pose = PoseQuestions(drill=opened.drill, seed=self.learning.drill_seed)
            self.ask_teacher(pose, tuple[quiz.Quiz, ...], self._pose_drill, "The stage is being set")
            return
        floor = drill_floor.DrillFloor(opened, self._binds, self.session.setting, mono_ns=self.mono_ns())
        self.put_over(drill_screen.DrillScreen(self._clock, floor))
        self._step(floor)

    def _pose_drill(self, quizzes: "tuple[quiz.Quiz, ...]") -> None:
        learning = self.learning
        learning.show(Page.QUIZ)
        now_s = self.mono_ns() / NS_PER_S
        learning.hand = quiz_hand.QuizHand(quizzes, now_s=now_s, repeats=False)
        learning.drill_began_ns = self.mono_ns()

    def answer_in_drill(self, hand: "quiz_hand.QuizHand") -> None:
        """Tell the room what was answered, and score the drill after the last."""
        if hand.answered is None:
            return
        elapsed_ms = (self.mono_ns() - self.learning.drill_began_ns) // 1_000_000
        self._tell(AdvanceDrill(elapsed_ms), lambda _: None)
        self._tell(AnswerInDrill(hand.answered), lambda _: None)

    def end_drill(self) -> None:
        """Have the room score the drill, keep the score and show it."""
        self.ask_teacher(EndDrill(), DrillScore, self._scored)

    def _scored(self, score: DrillScore) -> None:
        learning = self.learning
        learning.hand = None
        learning.score = score
        self.open_learning(Page.DRILL)
        note = NoteDrill(score.drill, score.passed, score.points)
        self.ask_teacher(note, type(None), lambda _: None)
        self.refresh_record()

    # ------------------------------------------------------------------------------ its clock

    def frame(self) -> None:
        floor = self.floor
        if floor is not None and not floor.is_asking:
            self._step(floor)
        super().frame()

    def _step(self, floor: "drill_floor.DrillFloor") -> None:
        floor.is_asking = True
        self._tell(AdvanceDrill(floor.due_ms(self.mono_ns())), self._stepped)

    def _stepped(self, answer: object) -> None:
        floor = self.floor
        if floor is None:
            return
        floor.is_asking = False
        step = read_as(answer, DrillStep)
        if step is not None:
            floor.take(step)
            if floor.is_over:
                self.end_drill()

    def _tell(self, command: Command, then: Callable[[object], None]) -> None:
        """Hand a command to the room; what it refuses is said and counts in the score."""
        future = self.backend.dispatch(command)

        async def wait() -> None:
            answer: object = None
            try:
                answer = await asyncio.shield(asyncio.wrap_future(future))
            except OmegaError as error:
                self.say(f"refused: {error}", "warn", SAID_NS)
            then(answer)

        self.run_worker(wait(), name=type(command).__name__, group="drill")

    # ------------------------------------------------------------------------------ its keys

    def drill_panics(self) -> bool:
        """Whether F7, F8 and F9 belong to the drill: nothing of the trader stands at any venue."""
        desk = self.session.desk
        return (
            self.floor is not None
            and not desk.working()
            and not any(position.quantity for position in desk.positions.values())
        )

    def drill_press(self, press: KeyPress, contexts: tuple[Context, ...]) -> bool:
        """Put a key to the drill's grammar; return whether a drill had the keys."""
        screen, floor = self.screen, self.floor
        if floor is None or not isinstance(screen, drill_screen.DrillScreen):
            return False
        session = floor.session
        facts = session.facts(floor.now_ns)
        self._obey_in_drill(floor, session.entry.observe(facts, press.handled_ns) or Taken())
        decision = session.entry.press(press, screen.ladder.painted, facts, contexts)
        if isinstance(decision, Unclaimed):
            self._act_in_drill(floor, self._binds.find(press.key, *contexts))
        elif press.key == "escape" and isinstance(decision, Taken) and not decision.text:
            self.open_learning(Page.DRILL)
        else:
            self._obey_in_drill(floor, decision)
        return True

    def _act_in_drill(self, floor: "drill_floor.DrillFloor", action: str) -> None:
        session = floor.session
        if session.navigate(action):
            return
        match action:
            case "market.next" | "market.previous":
                session.show(session.neighbours(1 if action == "market.next" else -1))
            case "drill.done":
                self.end_drill()
            case "":
                pass
            case _:
                self.say("a drill has the ladder and its keys alone; Esc leaves it")

    def _obey_in_drill(self, floor: "drill_floor.DrillFloor", decision: Decision) -> None:
        session = floor.session
        match decision:
            case Send(commands, text, cursor):
                found, said = drill_floor.in_drill(commands, session.desk.working())
                for command in found:
                    self._tell(command, self._stepped_by_key)
                self.say(said or text)
                if cursor is not None:
                    session.point(cursor)
            case Refused(_, text, _):
                self.say(text, "warn", SAID_NS)
            case Resize(sizing, text):
                session.sizing = sizing
                self.say(text)
            case Reflag(flags, text):
                session.flags = flags
                self.say(text)
            case Taken(text) if text:
                self.say(text)
            case TypeSize():
                self.open_line("size ")
            case _:
                pass

    def read_size(self, text: str) -> tuple[Decimal, str]:
        """Read a typed size: in a drill for its own market, at its own price."""
        screen, floor = self.screen, self.floor
        if floor is None or not isinstance(screen, drill_screen.DrillScreen):
            return super().read_size(text)
        return floor.session.read_size(text, screen.ladder.painted)

    def set_size(self, text: str) -> None:
        """Take a typed size for the next order, of the drill where there is one."""
        floor = self.floor
        if floor is None:
            super().set_size(text)
            return
        try:
            size, words = self.read_size(text)
        except ValueError as error:
            self.say(str(error), "warn", SAID_NS)
            return
        floor.session.sizing = floor.session.sizing.exactly(size)
        self.say(f"size {words}")

    def _stepped_by_key(self, answer: object) -> None:
        step = read_as(answer, DrillStep)
        if self.floor is not None and step is not None:
            self.floor.take(step)
