"""Runs a call to its end, through the app's queue or past it, and cleans up behind it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import anyio

from space_tools.egress.http import AS_LONG_AS_IT_TAKES
from space_tools.egress.json_text import longest_text
from space_tools.errors import ProtocolError
from space_tools.gradio.call import Call, Run
from space_tools.gradio.cancelling import cancel
from space_tools.gradio.events import EventStream
from space_tools.gradio.heartbeat import Heartbeat
from space_tools.gradio.job import DirectCall, Updates, as_call_errors
from space_tools.gradio.joining import join
from space_tools.gradio.offering import patiently, post_call
from space_tools.gradio.sessions import Session

Spawn = Callable[..., object]
"""Starts a task that outlives a call (a task group's `start_soon`)."""


@asynccontextmanager
async def run_direct(call: Call) -> AsyncIterator[tuple[Run, Updates]]:
    """A call outside the queue."""
    # Without a session the app would make one for each request, at up to 30 ms.
    async with call.sessions.lease() as session:
        run = Run(session)
        running = DirectCall(partial(_answer, call, run))
        try:
            yield run, running
        finally:
            if running.outputs is None:
                session.retire()


async def _answer(call: Call, run: Run) -> list[Any]:
    # The function is found by its index: names may hold slashes, or be given twice.
    memory = call.http.memory
    limit = longest_text(memory)
    post = partial(post_call, "/run/predict", call, run, limit=limit)
    reply = await patiently(partial(post, read_timeout=AS_LONG_AS_IT_TAKES))
    answered = reply.json(memory=memory)
    if not isinstance(answered, dict) or not isinstance(answered.get("data"), list):
        raise ProtocolError("the app answered a call without data")
    outputs: list[Any] = answered["data"]
    return outputs


@asynccontextmanager
async def run_queued(
    call: Call, *, spawn: Spawn | None, kept_by: Mapping[str, str] | None
) -> AsyncIterator[tuple[Run, Updates]]:
    """A call in the queue; if it has not ended with the block, the app is told to stop it.

    `kept_by` are the headers of a heartbeat that keeps the app from forgetting the session, if
    it is to have one and there is a `spawn`.
    """
    async with AsyncExitStack() as stack:
        run = Run(await stack.enter_async_context(call.sessions.lease()))
        try:
            with as_call_errors(run):
                run.stream = await join(call, run, stack)
            if kept_by is not None and spawn is not None and run.session.heartbeat is None:
                run.session.heartbeat = anyio.CancelScope()
                url = f"{call.api}/heartbeat/{run.session.session_hash}"
                heartbeat = Heartbeat(call.http, url, kept_by, call.sessions.affinity)
                spawn(heartbeat.hold, run.session.heartbeat)
            yield run, run.stream
        finally:
            if run.stream is None or not run.stream.done:
                run.session.retire()
                if run.event_id or (call.protocol == "ws" and run.sent):
                    await cancel(call, run)
            elif spawn is None:
                await _settle(run.stream, run.session, stack.pop_all())
            else:
                spawn(_settle, run.stream, run.session, stack.pop_all())


async def _settle(stream: EventStream, session: Session, stack: AsyncExitStack) -> None:
    """Ends what a call used, once the app has ended its stream; the result need not wait for it."""
    async with stack:
        ended = False
        try:
            ended = await stream.drain()
        finally:
            if not ended:
                session.retire()
