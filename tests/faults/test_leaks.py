"""Calls that fail or are cancelled, thousands of them, leave nothing behind."""

import contextlib
import gc
import os
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from space_tools.credentials import Credentials
from space_tools.egress.messages import to_target
from space_tools.files.store import FileStore
from space_tools.gradio import offering
from space_tools.tools import breaker
from space_tools.tools.job import Job
from space_tools.tools.jobs import Jobs
from space_tools.tools.kept import Kept
from space_tools.tools.toolset import Toolset
from tests.faults.misbehaving import misbehaving
from tests.gradio.calling import eventually
from tests.gradio.leftovers import open_sockets, running_tasks

CALLS = int(os.environ.get("LEAKS_CALLS", "20000"))
SECONDS = float(os.environ.get("LEAKS_SECONDS", "150"))
"""How long calls are made, if there are not so many before."""

SEED = 20261121
AT_ONCE = 20
ANN = Credentials(principal="ann")


ENDINGS = (
    *("failing", "garbage", "breaking off", "hanging up", "full", "refused", "broken join"),
    *("hanging", "endless", "cut"),
)
CANCELLED = frozenset({"hanging", "endless"})
"""What ends only by being cancelled."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """That of the app, which is called whatever it does, and offered at once what it refused."""
    monkeypatch.setattr(offering, "PAUSES", (0.001, 0.001, None))
    monkeypatch.setattr(breaker, "MOST_FAILURES", sys.maxsize)
    with misbehaving() as url:
        yield url


class Calls:
    """Calls as a server makes them: each a job, until somebody no longer wants it."""

    def __init__(self, tools: Toolset, jobs: Jobs) -> None:
        self._tools = tools
        self._jobs = jobs
        self.asked: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()

    async def make(self, asked: str, patience: float = 60.0) -> None:
        async def run(_: Job) -> Kept:
            return Kept.of(await self._tools.call("app_echo", {"x": asked}, credentials=ANN))

        self.asked[asked] += 1
        with anyio.move_on_after(patience):
            job = await self._jobs.run("ann", "app_echo", run)
            self.ended[type(job.error).__name__ if job.error else "done"] += 1
            return
        self.ended["cancelled"] += 1

    async def make_many(self, dice: random.Random, until: float) -> None:
        while self.ended.total() < CALLS and time.monotonic() < until:
            asked = dice.choice(ENDINGS)
            hasty = asked in CANCELLED or dice.random() < 0.3
            await self.make(asked, dice.uniform(0, 0.05) if hasty else 60.0)


@asynccontextmanager
async def calling(url: str, folder: Path) -> AsyncIterator[tuple[Calls, Toolset]]:
    """A toolset of the app, with its files and its jobs in `folder`."""
    with FileStore(folder / "files") as store:
        async with (
            Toolset([f"app={url}"], store=store) as tools,
            Jobs(store, folder=folder / "jobs") as jobs,
        ):
            yield Calls(tools, jobs), tools


def left(tools: Toolset, folder: Path) -> dict[str, int]:
    """How many there are of all that a call may leave."""
    to_target.cache_clear()  # it keeps a thousand addresses, and no more
    gc.collect()
    ours = [str(type(one).__module__).startswith("space_tools.") for one in gc.get_objects()]
    census = tools.census()
    return {
        "tasks": len(running_tasks()),
        "connections": len(connections()),
        "descriptors": len(os.listdir("/dev/fd")),
        "files": sum(path.is_file() for path in folder.rglob("*")),
        "sessions": census.warm_sessions + census.conversations,
        "objects": sum(ours),
    }


async def test_calls_that_fail_or_are_cancelled_leave_nothing_behind(
    url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    dice = random.Random(SEED)
    async with calling(url, tmp_path) as (calls, tools):
        async with anyio.create_task_group() as task_group:
            for _ in range(AT_ONCE):  # as many sessions as there will be calls at once
                task_group.start_soon(calls.make, "nothing")
        await eventually(lambda: not connections(), within=30)
        before, until = left(tools, tmp_path), time.monotonic() + SECONDS
        async with anyio.create_task_group() as task_group:
            for _ in range(AT_ONCE):
                task_group.start_soon(calls.make_many, dice, until)
        seconds = SECONDS - (until - time.monotonic())
        with contextlib.suppress(TimeoutError):
            await eventually(lambda: not more(left(tools, tmp_path), before), within=30)
        after = left(tools, tmp_path)
    record_property(
        "figure",
        f"{calls.ended.total() - AT_ONCE} calls in {seconds:.0f} s, {dict(calls.ended)}: "
        f"leaks {sum(more(after, before).values())}; before {before}, after {after}",
    )
    assert more(after, before) == {}
    assert calls.asked.keys() >= set(ENDINGS)
    kinds = {"AppError", "CallError", "ConnectionLost", "QueueError", "cancelled", "done"}
    assert calls.ended.keys() >= kinds


def connections() -> list[socket.socket]:
    """Those of this process, both ends of each."""
    sockets = [found for found in open_sockets() if isinstance(found, socket.socket)]
    return [found for found in sockets if found.family == socket.AF_INET and is_connected(found)]


def is_connected(found: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        return bool(found.getpeername())
    return False


def more(now: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """What there is more of than before, and how much more."""
    return {kind: now[kind] - before[kind] for kind in now if now[kind] > before[kind]}
