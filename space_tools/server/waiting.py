"""A request that waits: it tells how that goes if it was asked to, and ends if its client goes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio

from space_tools.server.callers import Caller, Context
from space_tools.server.progress import reporting
from space_tools.tools.narration import Listener

ResultT = TypeVar("ResultT")

Wait = Callable[[Listener | None], Awaitable[ResultT]]
"""Waits for something, and tells the watcher, if there is one, how it goes. Must not raise."""


def wants_progress(context: Context) -> bool:
    """Whether the request asked for progress: its client goes on waiting while some comes."""
    return context.meta is not None and "progress_token" in context.meta


async def waited(context: Context, caller: Caller, wait: Wait[ResultT]) -> ResultT | None:
    """What comes of waiting; nothing if the client has hung up."""
    result: ResultT | None = None
    async with _while_there(caller):
        if wants_progress(context):
            report = context.session.report_progress
            result = await reporting(report, lambda reporter: wait(reporter.update))
        else:
            result = await wait(None)
    return result


@asynccontextmanager
async def _while_there(caller: Caller) -> AsyncIterator[None]:
    """Cancels the block once its client has hung up: nobody would get what it gives."""
    if caller.gone is None:
        yield
        return
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(_cancel_when, caller.gone, task_group.cancel_scope)
        yield
        task_group.cancel_scope.cancel()


async def _cancel_when(gone: anyio.Event, scope: anyio.CancelScope) -> None:
    await gone.wait()
    scope.cancel()
