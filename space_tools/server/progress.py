"""A call's updates as MCP progress: strictly increasing, at most ten a second, never silent."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import anyio

from space_tools.gradio.messages import Log
from space_tools.tools.narration import Meter, Telling, describe

HEARTBEAT = 10.0
"""Seconds of silence after which a call says that it still runs; 15 are the most allowed."""

INTERVAL = 0.1
"""Seconds between two notifications of one call."""

LOGS = 20
"""Log messages that wait to be sent; older ones are dropped."""

ResultT = TypeVar("ResultT")


class Report(Protocol):
    """Sends one progress notification."""

    def __call__(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> Awaitable[None]: ...


class Reporter:
    """Reports one call: `update` takes its updates, `run` beside it sends them on."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._meter = Meter()
        self._started_at = time.monotonic()
        self._logs: list[str] = []
        self._latest: str | None = None
        self._told = "waiting"
        self._news = anyio.Event()

    async def update(self, update: Telling) -> None:
        """Takes an update. Of several at once the last is told, and each log message."""
        message = describe(update)
        if message is None:
            return
        self._meter.advance(update)
        if isinstance(update, Log):
            self._logs = [*self._logs, message][-LOGS:]
        else:
            self._latest = message
        self._news.set()

    async def run(self) -> None:
        """Sends what there is to tell, or else that the call still runs. Never returns."""
        while True:
            with anyio.move_on_after(HEARTBEAT):
                await self._news.wait()
            await self.flush(or_heartbeat=True)
            await anyio.sleep(INTERVAL)

    async def flush(self, *, or_heartbeat: bool = False) -> None:
        """Sends what there is to tell now."""
        messages = [*self._logs, *([self._latest] if self._latest else [])]
        self._logs, self._latest, self._news = [], None, anyio.Event()
        if messages:
            self._told = messages[-1]
        elif or_heartbeat:
            running = time.monotonic() - self._started_at
            messages = [f"{self._told} ({running:.0f} s so far)"]
        if messages:
            await self._report(self._meter.advance(None), 1.0, "\n".join(messages))


async def reporting(report: Report, call: Callable[[Reporter], Awaitable[ResultT]]) -> ResultT:
    """Runs a call with a `Reporter` beside it; the call's result. `call` must not raise."""
    reporter = Reporter(report)
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(reporter.run)
        result = await call(reporter)
        task_group.cancel_scope.cancel()
    await reporter.flush()
    return result
