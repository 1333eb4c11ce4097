"""Work that a service's own task group owns, whoever asked for it."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from omega_tui.errors import OmegaError, ServiceStateError

T = TypeVar("T")


class Errands:
    """Runs work in a task group while it is open: a caller that gives up does not end what it asked for."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._is_open = asyncio.Event()

    def open(self, group: asyncio.TaskGroup) -> None:
        """Let `group` own the work from now on."""
        self._group = group
        self._is_open.set()

    async def opened(self) -> None:
        """Wait until there is a group."""
        await self._is_open.wait()

    def close(self) -> None:
        """Take no more work; what runs is the group's to end."""
        self._group = None
        self._is_open.clear()

    def start(self, work: Coroutine[None, None, None], name: str) -> None:
        """Begin `work`; after the group has ended it is dropped."""
        if self._group is None:
            work.close()
        else:
            self._group.create_task(work, name=name)

    async def carry_out(self, work: Coroutine[None, None, T]) -> T:
        """Return what `work` returns, or raise what it raises.

        Raises:
            ServiceStateError: The group is not open.
        """
        if self._group is None:
            work.close()
            raise ServiceStateError("the service is not running")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def body() -> None:
            try:
                result = await work
            except OmegaError as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)
            finally:
                done.cancel()

        self._group.create_task(body(), name="command")
        return await done
