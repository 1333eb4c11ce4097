"""An owner for a body that runs behind code which has no task group of its own."""

import asyncio
from collections.abc import Coroutine


class Background:
    """Holds a task group open between `start` and `stop`, which may be called from different tasks.

    A body that fails cancels the task that called `start`, and `stop` raises the failure: a bug is not lost.
    """

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, body: Coroutine[None, None, None], name: str) -> None:
        """Start `body`; only when none runs."""
        assert self._group is None, "a body runs already"
        group = asyncio.TaskGroup()
        await group.__aenter__()
        self._group = group
        self._task = group.create_task(body, name=name)

    async def stop(self) -> None:
        """Cancel the body and wait for its end; does nothing when none runs."""
        group, task = self._group, self._task
        self._group = self._task = None
        if group is None or task is None:
            return
        task.cancel()
        await group.__aexit__(None, None, None)
