"""Errors that are kept, of calls and of apps, keep nothing of where they were raised."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from space_tools.config.spaces import SpaceSettings
from space_tools.errors import ProtocolError, SpaceToolsError
from space_tools.tools.job import Job, run_job
from space_tools.tools.kept import Kept
from space_tools.tools.sources import parse_sources
from space_tools.tools.watched import WatchedApp


class Large:
    """What an app has sent."""


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Memory is given back at once, not when the garbage collector comes."""
    gc.disable()
    yield
    gc.enable()


def refuse(sent: Large) -> None:
    try:
        raise ValueError(str(sent))
    except ValueError as error:
        raise ProtocolError("it answered with too much") from error


async def test_a_call_that_failed_keeps_nothing_of_it() -> None:
    job = Job(owner="me", tool="echo")
    alive: list[weakref.ref[Large]] = []

    async def run(job: Job) -> Kept:
        sent = Large()
        alive.append(weakref.ref(sent))
        refuse(sent)
        return Kept("", {})

    await run_job(job, run)
    assert str(job.error) == "it answered with too much"
    assert [one() for one in alive] == [None]


async def test_an_app_that_is_down_keeps_nothing_of_how_that_was_found() -> None:
    [source] = parse_sources([SpaceSettings(src="http://127.0.0.1:9")])
    watched = WatchedApp(source)
    alive = []

    def fail() -> None:
        sent = Large()
        alive.append(weakref.ref(sent))
        refuse(sent)

    def load() -> None:
        try:
            fail()
        except SpaceToolsError as error:
            watched.no_longer_current(error)

    def ask() -> None:
        sent = Large()
        alive.append(weakref.ref(sent))
        with suppress(SpaceToolsError):
            watched.check()

    load()
    ask()
    assert str(watched.problem) == "it answered with too much"
    assert [one() for one in alive] == [None, None]
