"""Keeps one app in sight for as long as it is served: until it is up, and whether it changes.

An app is looked at behind calls, never before them, and now and then when nobody calls it.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from space_tools.tools.loading import Loader
from space_tools.tools.watched import WatchedApp

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between attempts to reach an app that is down; doubled from the first to the longest."""

LONGEST_HUB_PAUSE = 300.0
"""The same for a Space, about which the Hub is asked each time."""

LOOK_SECONDS = 10.0
"""Seconds between two looks at an app that is called."""

QUIET_SECONDS = 300.0
"""Seconds between two looks at an app that nobody calls."""

LOCAL_SECONDS = 2.0
"""What an app on this machine has to describe itself, before what is remembered is offered."""

STARTING_SECONDS = 2.0
"""What a program has to start in, before an app that is remembered is looked at."""

REREAD_PAUSE = 1.0
"""Seconds between two readings of an app that is up, whatever its calls come to."""


async def keep(
    watched: WatchedApp,
    loader: Loader,
    *,
    publish: Callable[[], None],
    on_change: Callable[[], Awaitable[None]],
) -> None:
    """Loads the app again and again, as there is reason to. Never returns.

    What is remembered of it is offered until it was read. `publish` is called after each time,
    `on_change` if its tools are defined otherwise then.
    """

    async def read() -> None:
        before = _definitions(watched)
        with watched.trial():
            await loader.load(watched)
            publish()
            if _definitions(watched) != before:
                logger.info("%s: %d tools", watched.source.alias, len(watched.tools))
                await on_change()

    longest = LONGEST_PAUSE if watched.source.space_id is None else LONGEST_HUB_PAUSE
    pause = FIRST_PAUSE
    if watched.source.is_local:
        with anyio.move_on_after(LOCAL_SECONDS):
            await read()
    if not watched.current:
        loader.recall(watched)
        if watched.tools:
            publish()
            watched.loaded.set()
            with anyio.move_on_after(STARTING_SECONDS):
                await watched.doubted.wait()
        await read()
    while True:
        if watched.problem is None:
            pause = FIRST_PAUSE
            await until_changed(watched, loader)
        else:
            with anyio.move_on_after(pause):
                await watched.doubted.wait()
            pause = min(2 * pause, longest)
        await read()


async def until_changed(watched: WatchedApp, loader: Loader) -> None:
    """Returns when the app is to be read anew."""
    looked = anyio.current_time()
    if watched.current:
        await anyio.sleep(REREAD_PAUSE)
    while True:
        with anyio.move_on_after(QUIET_SECONDS):
            await watched.stirred.wait()
        if await _doubted_within(watched, looked + LOOK_SECONDS - anyio.current_time()):
            return
        looked = anyio.current_time()
        called, watched.stirred = watched.stirred.is_set(), anyio.Event()
        if await loader.has_changed(watched, called=called):
            return


async def _doubted_within(watched: WatchedApp, seconds: float) -> bool:
    with anyio.move_on_after(seconds):
        await watched.doubted.wait()
    return watched.doubted.is_set()


def _definitions(watched: WatchedApp) -> list[tuple[Any, ...]]:
    return [tool.definition for tool in watched.tools]
