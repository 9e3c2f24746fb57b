"""Where a toolset lives, and how calls get there."""

import asyncio
import threading

import anyio
import pytest
from anyio import to_thread

from space_tools.errors import ConfigurationError
from space_tools.tools.home import Home

END = 10
"""Seconds that anything here may take."""


class Place:
    """Something with a home, as a toolset has one."""

    def __init__(self) -> None:
        self.home = Home()

    async def __aenter__(self) -> "Place":
        self.home.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.home.leave()


async def thread() -> int:
    return threading.get_ident()


async def test_on_its_own_loop_a_call_just_runs() -> None:
    async with Place() as place:
        assert await place.home.run(thread) == threading.get_ident()
        assert place.home.is_here


async def test_a_thread_waits_for_the_loop() -> None:
    async with Place() as place:
        there = await to_thread.run_sync(place.home.run_blocking, thread)
        assert there == threading.get_ident()


async def test_another_loop_awaits_it() -> None:
    async with Place() as place:
        there = await to_thread.run_sync(asyncio.run, place.home.run(thread))
        assert there == threading.get_ident()


async def test_in_its_own_thread_it_is_not_waited_for() -> None:
    async with Place() as place:
        with pytest.raises(ConfigurationError, match=r"asyncio\.to_thread"):
            place.home.run_blocking(thread)


async def test_cancelled_elsewhere_it_is_cancelled_there() -> None:
    began, ended = threading.Event(), asyncio.Event()

    async def long() -> None:
        began.set()
        try:
            await asyncio.sleep(END)
        finally:
            ended.set()

    async def give_up() -> None:
        task = asyncio.create_task(place.home.run(long))
        await asyncio.to_thread(began.wait, END)
        task.cancel()
        await asyncio.wait([task])

    async with Place() as place:
        with anyio.fail_after(END / 2):
            await to_thread.run_sync(asyncio.run, give_up())
            await ended.wait()


def test_without_a_loop_it_has_one_in_a_thread() -> None:
    place = Place()
    place.home.open(place)
    there = place.home.run_blocking(thread)
    assert there != threading.get_ident()
    assert place.home.run_blocking(thread) == there
    place.home.close()
    assert there not in {each.ident for each in threading.enumerate()}


def test_what_is_closed_cannot_be_called() -> None:
    place = Place()
    with pytest.raises(ConfigurationError, match="this toolset is not open"):
        place.home.run_blocking(thread)
    place.home.open(place)
    place.home.close()
    with pytest.raises(ConfigurationError, match="this toolset is not open"):
        asyncio.run(place.home.run(thread))
