"""The app of a measurement, running in a process of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.contestants import EchoApp
from benchmarks.processes import json_process

START_SECONDS = 120.0
"""How long an app, or a contestant, may take to start."""


@asynccontextmanager
async def running_app(python: str, *flags: str) -> AsyncIterator[EchoApp]:
    """Run `echo_app` with `flags`; it ends with the block."""
    async with json_process([python, "-m", "benchmarks.echo_app", *flags]) as process:
        answer = await process.answer(START_SECONDS)
        yield EchoApp(url=answer["url"], pid=process.pid)
