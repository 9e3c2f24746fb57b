"""One app that hangs, breaks off and floods costs the calls of another next to nothing."""

import itertools
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
from starlette.responses import JSONResponse

from space_tools.credentials import Credentials
from space_tools.errors import CallError
from space_tools.tools.toolset import Toolset
from tests.scripted_app import (
    ABORT,
    CLOSE_STREAM,
    Answer,
    Gate,
    Recorded,
    Script,
    ScriptedApp,
    Step,
    completed,
    minimal_app,
    scripted_app,
)

BLOCKS = int(os.environ.get("POISON_BLOCKS", "3"))
CALLS = 150
"""Calls of the good app in a block, four at once."""

BOUND = 3.0
"""How much longer the slowest of a hundred calls may take, and calls in general. It is to be within
a tenth, which is printed; on a shared machine, calm blocks differ by more by themselves."""

MOODS = ("hanging", "breaking off", "flooding")
FLOOD = b'data: {"msg": "heartbeat", "event_id": "event-1"}\n\n' * 1000
DATA = "/gradio_api/queue/data"
ANN, BOB = Credentials(principal="ann"), Credentials(principal="bob")


@contextmanager
def app_that(data: Callable[[Recorded], Answer]) -> Iterator[ScriptedApp]:
    join = [JSONResponse({"event_id": "event-1"})]
    with scripted_app(Script(*minimal_app(), join=join, data=data)) as app:
        yield app


def well(_: Recorded) -> Answer:
    return [completed("event-1", ["hello"]), CLOSE_STREAM]


def poisoned() -> Callable[[Recorded], Answer]:
    """Every call gets what is bad in another way."""
    streams: list[Callable[[], Iterator[Step]]] = [
        lambda: iter([Gate()]),
        lambda: iter([ABORT]),
        lambda: itertools.repeat(FLOOD, 2000),  # not for ever, or it would never learn of its end
    ]
    turns = itertools.cycle(streams)
    return lambda _: next(turns)()


@asynccontextmanager
async def poison(tools: Toolset, app: ScriptedApp) -> AsyncIterator[None]:
    """Within it, nine callers never stop calling the bad app."""

    async def insist() -> None:
        while True:
            with anyio.move_on_after(2):
                try:
                    await tools.call("bad_echo", {}, credentials=BOB)
                except CallError:
                    await anyio.sleep(0.05)

    already = len(app.of(DATA))
    async with anyio.create_task_group() as task_group:
        for _ in range(9):
            task_group.start_soon(insist)
        await app.arrival(DATA, count=already + len(MOODS), timeout=30)
        yield
        task_group.cancel_scope.cancel()


async def latencies(tools: Toolset) -> list[float]:
    """Seconds that calls of the good app take."""
    taken: list[float] = []

    async def call() -> None:
        while len(taken) < CALLS:
            began = time.perf_counter()
            assert await tools.call("good_echo", {}, credentials=ANN) == {"Out": "hello"}
            taken.append(time.perf_counter() - began)

    async with anyio.create_task_group() as task_group:
        for _ in range(4):
            task_group.start_soon(call)
    return taken


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def test_one_bad_app_costs_the_calls_of_another_next_to_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    calm: list[float] = []
    beside: list[float] = []
    with app_that(well) as good, app_that(poisoned()) as bad:
        async with Toolset([f"good={good.url}", f"bad={bad.url}"]) as tools:
            await latencies(tools)
            for _ in range(BLOCKS):
                calm += await latencies(tools)
                async with poison(tools, bad):
                    beside += await latencies(tools)
        asked = len(bad.of(DATA))
    ratio, usual = p99(beside) / p99(calm), statistics.median(beside) / statistics.median(calm)
    record_property(
        "figure",
        f"{len(beside)} calls beside {asked} of a bad app: p99 {1000 * p99(beside):.1f} ms, "
        f"{1000 * p99(calm):.1f} ms without it, {ratio:.2f} times as long; median "
        f"{usual:.2f} times",
    )
    assert max(ratio, usual) < BOUND
