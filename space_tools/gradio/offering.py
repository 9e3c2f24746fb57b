"""Has an app take a call; again if it certainly was not taken."""

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from space_tools.egress.http import READ_TIMEOUT, Reply
from space_tools.errors import AppUnreachable, ConnectError, ProtocolError, QueueError
from space_tools.gradio.call import MAX_WORDS, Call, Run
from space_tools.gradio.finishing import finish
from space_tools.gradio.replicas import replica_in
from space_tools.gradio.replies import check_reply

PAUSES = (0.3, 1.0, None)
"""Seconds, give or take a half, between the offers of a call that is not taken; then it fails."""

TAKING_SECONDS = 2.0
"""How long a cancellation waits for the answer of an app that is just taking the call: until
then, the call has no name to cancel it by."""

LONGEST_EVENT_ID = 200
"""Characters; Gradio's own have 32."""

T = TypeVar("T")


async def patiently(offer: Callable[[], Awaitable[T]]) -> T:
    """Makes an offer, and again after a pause if it certainly was not taken."""
    for pause in PAUSES:
        try:
            return await offer()
        except (AppUnreachable, QueueError) as error:
            if pause is None:
                raise
            wished = getattr(error, "retry_after", None)
        await anyio.sleep(wished or pause * random.uniform(0.5, 1.5))
    raise AssertionError("the last pause ends the loop")


async def post_call(
    path: str,
    call: Call,
    run: Run,
    *,
    limit: int = MAX_WORDS,
    read_timeout: float | None = READ_TIMEOUT,
) -> Reply:
    """Posts a call; a good answer, of at most `limit` bytes.

    Raises `AppUnreachable` if nothing was sent.
    """
    body = call.body(run)
    try:
        reply = await call.post(path, body, limit=limit, read_timeout=read_timeout)
    except ConnectError as error:
        raise AppUnreachable(str(error)) from error
    check_reply(reply)
    run.replica = replica_in(reply.headers)
    return reply


async def offer(path: str, call: Call, run: Run) -> None:
    """Has the app take a call, and notes its event id.

    A cancellation that comes meanwhile waits for the id, to cancel by; but not for long.
    """

    async def post() -> None:
        reply = await post_call(path, call, run)
        run.event_id = run.event_id or _event_id(reply.json())

    await patiently(lambda: finish(post(), TAKING_SECONDS))


def _event_id(joined: object) -> str:
    event_id = joined.get("event_id") if isinstance(joined, dict) else None
    if not isinstance(event_id, str) or not 0 < len(event_id) <= LONGEST_EVENT_ID:
        raise ProtocolError("the app took a call but gave it no event id")
    return event_id
