"""Who waits together hears the same, whatever another of them does meanwhile."""

import gc
import weakref
from collections.abc import AsyncIterator

import anyio
import pytest

from space_tools.errors import AppUnreachable
from space_tools.gradio.running import Spawn
from space_tools.hub.waking import Tell
from space_tools.tools.together import News, Together


@pytest.fixture
async def spawn() -> AsyncIterator[Spawn]:
    """Starts what is nobody's own."""
    async with anyio.create_task_group() as task_group:
        yield task_group.start_soon
        task_group.cancel_scope.cancel()


async def test_an_end_that_comes_while_somebody_is_told_is_noticed() -> None:
    news, end, told = News(), anyio.Event(), anyio.Event()

    async def tell(_: str) -> None:
        end.set()
        news.publish("")
        told.set()

    news.publish("waking it")
    with anyio.fail_after(5):
        await news.follow(tell, end)
    assert told.is_set()


async def test_each_is_told_in_their_own_time_and_the_work_waits_for_nobody(spawn: Spawn) -> None:
    heard: list[str] = []
    never = anyio.Event()

    async def work(tell: Tell) -> str:
        await tell("waking it")
        await eventually_told.wait()
        return "awake"

    async def listen(sentence: str) -> None:
        heard.append(sentence)
        eventually_told.set()

    async def hang(_: str) -> None:
        await never.wait()

    eventually_told = anyio.Event()
    reading = Together(work, spawn)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(reading.wait, hang)
            assert await reading.wait(listen) == "awake"
            task_group.cancel_scope.cancel()
    assert heard == ["waking it"]


async def test_what_went_wrong_is_everybodys(spawn: Spawn) -> None:
    tries: list[str] = []

    async def work(_: Tell) -> None:
        tries.append("")
        raise AppUnreachable("nobody there")

    async def wait() -> None:
        with pytest.raises(AppUnreachable, match="nobody there"):
            await reading.wait()

    reading = Together(work, spawn)
    async with anyio.create_task_group() as task_group:
        for _ in range(3):
            task_group.start_soon(wait)
    assert len(tries) == 1
    assert reading.is_over


async def test_what_it_was_done_with_is_not_kept(spawn: Spawn) -> None:
    class Work:
        async def __call__(self, _: Tell) -> str:
            return "done"

    work = Work()
    kept, reading = weakref.ref(work), Together(work, spawn)
    del work
    assert await reading.wait() == "done"
    await anyio.wait_all_tasks_blocked()
    gc.collect()
    assert kept() is None
