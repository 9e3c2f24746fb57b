"""What an app says past the server under test.

The kitchen sink counts the calls it runs: `started:tag`, then `cancelled:tag` or `finished:tag`.
"""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread

from tests.gradio_server import RunningApp

PAUSE = 0.02
"""Seconds between two looks at a counter."""

Counters = dict[str, int]


def fetch_json(app: RunningApp, path: str) -> Any:
    """What the app answers at `path`."""
    with urllib.request.urlopen(f"{app.url}{path}", timeout=30) as answer:
        return json.load(answer)


async def counters(url: str) -> Counters:
    """The counters of the kitchen sink at `url`, read past its queue."""
    return await anyio.to_thread.run_sync(_fetch, url)


async def counted(url: str, name: str, *, within: float) -> float:
    """Waits until the counter is above zero; how many seconds that took.

    Raises AssertionError, with what was counted, if it is not `within` so many seconds.
    """
    return await until(url, lambda seen: seen.get(name, 0) > 0, within=within)


async def until(url: str, holds: Callable[[Counters], bool], *, within: float) -> float:
    """The same for any statement about the counters."""
    started_at = anyio.current_time()
    while not holds(seen := await counters(url)):
        assert anyio.current_time() < started_at + within, seen
        await anyio.sleep(PAUSE)
    return anyio.current_time() - started_at


async def queue_is(app: RunningApp, size: int, *, within: float) -> None:
    """Waits until that many calls wait in the app's queue."""
    deadline = anyio.current_time() + within
    while True:
        status = await anyio.to_thread.run_sync(fetch_json, app, "/gradio_api/queue/status")
        if status["queue_size"] == size:
            return
        assert anyio.current_time() < deadline, status
        await anyio.sleep(PAUSE)


def _fetch(url: str) -> Counters:
    request = urllib.request.Request(
        f"{url}/gradio_api/run/calls_now",
        data=json.dumps({"data": []}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        counted: Counters = json.load(answer)["data"][0]
    return counted
