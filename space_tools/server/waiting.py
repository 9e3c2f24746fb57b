"""A request that waits: it tells how that goes if it was asked to, and ends if its client goes."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TypeVar

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
    with caller.gone.ending() if caller.gone else nullcontext():
        if wants_progress(context):
            report = context.session.report_progress
            result = await reporting(report, lambda reporter: wait(reporter.update))
        else:
            result = await wait(None)
    return result
