"""The drill room: a service that plays one drill at a time on the exchange's matching engine.

It stands beside the trading services and shares nothing with them: no order of a drill can reach a venue,
and no account is touched. Time in it is what the screen says.
"""

from typing import TYPE_CHECKING

from msgspec import Raw

from omega_tui.bus.codec import encode_event
from omega_tui.clock import ManualClock
from omega_tui.domain.commands import CancelOrder, CancelOrders, Command, PlaceOrder
from omega_tui.domain.drill_view import DrillOpened, DrillStep
from omega_tui.domain.events.base import Event
from omega_tui.domain.lesson_commands import (
    DRILLING,
    AdvanceDrill,
    AnswerInDrill,
    CancelInDrill,
    EndDrill,
    OpenDrill,
    PlaceInDrill,
)
from omega_tui.errors import TeachingRefused
from omega_tui.services.base import Service

if TYPE_CHECKING:
    from omega_tui.sim.drill_stage import DrillStage

MAX_STEP_MS = 600_000
"""Of one step; the longest drill takes a quarter of it."""


class DrillRoom(Service):
    """Owner of the open drill. The engines are imported with the first one."""

    name = "drills"

    _stage: "DrillStage | None" = None
    _drills_total = 0

    def can_handle(self, command: Command) -> bool:
        """Whether it is about a drill."""
        return isinstance(command, DRILLING)

    async def process(self, command: Command) -> object:  # noqa: PLR0911 - one answer per command
        """Play; see the commands for what answers them.

        Raises:
            TeachingRefused: There is no such drill, none is open, or its time is up.
            OrderRefused: An order was refused, as the console or a venue would; it counts in the score.
        """
        match command:
            case OpenDrill(drill=drill, seed=seed):
                return self._open(drill, seed)
            case AdvanceDrill(to_ms=to_ms):
                stage = self._open_stage()
                return self._step(stage.advance(min(max(to_ms, stage.now_ms), MAX_STEP_MS)))
            case PlaceInDrill(request=request):
                return self._step(self._running().submit(PlaceOrder(request)))
            case CancelInDrill(client_order_id=name) if name:
                return self._step(self._running().submit(CancelOrder("drill", name)))
            case CancelInDrill(instrument=instrument, side=side, price=price):
                meant = CancelOrders(instrument=instrument, side=side, price=price)
                return self._step(self._running().submit(meant))
            case AnswerInDrill(answer=answer):
                return self._running().answer(answer)
            case EndDrill():
                found = self._open_stage().score()
                self._stage = None
                return found
            case _:
                return await super().process(command)

    def metrics(self) -> dict[str, float]:
        """Return how many drills were begun."""
        return {"drills_total": self._drills_total, "open": self._stage is not None}

    def _open(self, drill: str, seed: int) -> DrillOpened:
        # The scenes and the engine are imported by who drills.
        from omega_tui.education.drill_list import DRILLS  # noqa: PLC0415
        from omega_tui.sim.drill_stage import DrillStage  # noqa: PLC0415

        stage = DrillStage(drill, seed, ManualClock())
        self._stage = stage
        self._drills_total += 1
        scene, spec = stage.scene, DRILLS[drill]
        return DrillOpened(
            drill,
            spec.title,
            scene.brief,
            spec.limit_s,
            scene.instruments,
            tuple(stage.orders().values()),
            tuple(stage.position(one.id) for one in scene.instruments),
            tuple(quiz.question for quiz in scene.questions),
            dict(scene.values),
            tuple(stage.books().values()),
        )

    def _step(self, events: list[Event]) -> DrillStep:
        stage = self._open_stage()
        told = tuple(Raw(encode_event(event)) for event in events)
        return DrillStep(stage.now_ms, told, stage.is_live, stage.is_locked, stage.is_over)

    def _open_stage(self) -> "DrillStage":
        if self._stage is None:
            raise TeachingRefused("NO_DRILL", "No drill is open.")
        return self._stage

    def _running(self) -> "DrillStage":
        stage = self._open_stage()
        if stage.is_over:
            raise TeachingRefused("DRILL_OVER", "The drill is over.")
        return stage
