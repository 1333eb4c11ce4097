"""The teacher's place among the services: its engines and lessons are loaded when something is first asked.

They cost several hundred milliseconds and nobody needs them before the first live book.
"""

import asyncio
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from omega_tui.domain.commands import Command
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.lesson_commands import TEACHING
from omega_tui.services.base import Platform, Service

if TYPE_CHECKING:
    from omega_tui.services.education import EducationService


class EducationDoor(Service):
    """An `EducationService` that is not there before its first command.

    It has the name and the state of the one behind it, which is no service of the registry itself.
    """

    name = "education"

    def __init__(self, platform: Platform, path: Path | None = None, *, tips: str = "normal") -> None:
        """Keep the record in `path`, by default in the user's data folder; `tips` is a word of `TipMode`."""
        super().__init__(platform)
        self._path = path
        self._mode = tips
        self._opening = asyncio.Lock()
        self._opened = asyncio.Event()
        self._inner: EducationService | None = None

    def can_handle(self, command: Command) -> bool:
        """Whether it is about learning."""
        return isinstance(command, TEACHING)

    async def process(self, command: Command) -> object:
        """Have the teacher answer; errors as there."""
        return await (await self._open()).process(command)

    async def run(self) -> None:
        """Keep what is learned, from the first command on."""
        await self._opened.wait()
        assert self._inner is not None, "opened with it"
        await self._inner.run()

    async def shutdown(self) -> None:
        """Write what waits and close the record. Never raises."""
        if self._inner is not None:
            await self._inner.shutdown()

    def metrics(self) -> dict[str, float]:
        """Return those of the teacher; nothing before the first command."""
        return self._inner.metrics() if self._inner is not None else {}

    async def _open(self) -> "EducationService":
        async with self._opening:
            if self._inner is None:
                # In a thread: the loop that orders live on goes on meanwhile.
                module = await asyncio.to_thread(importlib.import_module, "omega_tui.services.education")
                mode = module.TipMode(self._mode)
                inner: EducationService = module.EducationService(self.platform, self._path, tips=mode)
                inner.enter(ServiceState.INITIALIZING)
                inner.enter(ServiceState.RUNNING)
                self._inner = inner
                self._opened.set()
            return self._inner
