"""The owner of a body that runs behind code without a task group."""

import asyncio

import pytest

from omega_tui.services.background import Background


async def test_a_body_runs_until_it_is_stopped_from_any_task():
    background, running, ended = Background(), asyncio.Event(), asyncio.Event()

    async def body():
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await background.start(body(), "body")
    await running.wait()
    async with asyncio.TaskGroup() as group:
        group.create_task(background.stop())
    assert ended.is_set()
    await background.stop()


async def test_a_body_that_ended_by_itself_can_be_stopped():
    background = Background()

    async def body():
        pass

    await background.start(body(), "body")
    await background.stop()


async def test_a_bug_in_a_body_is_not_lost():
    async def script():
        background = Background()

        async def body():
            raise LookupError("a bug")

        try:
            await background.start(body(), "body")
            await asyncio.Event().wait()
        finally:
            await background.stop()

    with pytest.raises(ExceptionGroup) as caught:
        await script()
    assert isinstance(caught.value.exceptions[0], LookupError)
