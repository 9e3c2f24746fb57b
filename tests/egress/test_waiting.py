"""A wait ends when it is woken, or in its time, with one timer for many waits."""

import asyncio
import time
from typing import Any

import pytest

from space_tools.egress.waiting import Waiting


async def wait_and_wake(waiting: Waiting, seconds: float | None) -> None:
    task = asyncio.create_task(waiting.wait(seconds))
    await asyncio.sleep(0)
    waiting.wake()
    await task


async def test_it_ends_in_its_time_and_not_before() -> None:
    waiting = Waiting(asyncio.get_running_loop())
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await waiting.wait(0.05)
    assert time.monotonic() - began >= 0.045


async def test_the_time_of_an_earlier_wait_is_not_that_of_the_next() -> None:
    waiting = Waiting(asyncio.get_running_loop())
    await wait_and_wake(waiting, 0.05)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await waiting.wait(0.2)  # the first one's timer fires meanwhile
    assert time.monotonic() - began >= 0.19


async def test_a_shorter_wait_after_a_long_one_ends_in_its_own_time() -> None:
    waiting = Waiting(asyncio.get_running_loop())
    await wait_and_wake(waiting, 60)
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            await waiting.wait(0.01)
    waiting.end()


async def test_many_waits_take_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []
    call_at = loop.call_at

    def counted(*arguments: Any, **options: Any) -> asyncio.TimerHandle:
        timers.append(call_at(*arguments, **options))
        return timers[-1]

    monkeypatch.setattr(loop, "call_at", counted)
    waiting = Waiting(loop)
    for _ in range(100):
        await wait_and_wake(waiting, 60)
    assert len(timers) == 1
    waiting.end()
    assert timers[0].cancelled()


async def test_a_wait_without_a_limit_makes_none_and_ends_when_woken() -> None:
    waiting = Waiting(asyncio.get_running_loop())
    await wait_and_wake(waiting, None)
    assert waiting._timer is None


async def test_who_is_cancelled_while_waiting_leaves_it_to_the_next() -> None:
    waiting = Waiting(asyncio.get_running_loop())
    task = asyncio.create_task(waiting.wait(60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    waiting.wake()  # nobody is there
    with pytest.raises(TimeoutError):
        await waiting.wait(0.01)
    waiting.end()
