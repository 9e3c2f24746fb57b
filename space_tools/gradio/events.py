"""One call's event stream, from bytes to messages."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, NoReturn, Self

import anyio

from space_tools.egress.json_text import MOST_MEMORY
from space_tools.errors import CallCancelled, ConnectionLost, ProtocolError, SpaceToolsError
from space_tools.gradio.messages import (
    Broken,
    Closed,
    Completed,
    Failed,
    Invited,
    MessageParser,
    Update,
)

DRAIN_SECONDS = 2.0
"""How long to wait for the end of a stream whose call is done."""

AT_ONCE = 50
"""Messages of a call that are read before others have their turn."""

AS_THEY_COME = 1000
"""Messages of a call that are read as fast as they come; no app that means well sends so many in
a second, but one that floods would take all there is of this process."""

FLOOD_PAUSE = 0.05
"""Seconds after each `AT_ONCE` of those beyond."""


class EventStream:
    """The messages of the call `event_id`, in order, until its end; `payloads` are their JSON.

    Iterating gives updates; when it ends, `outputs` has the final outputs. Raises `AppError` if
    the app's function failed, `CallCancelled` if the call was cancelled over there,
    `ConnectionLost` if the stream ends before the call did, and `ProtocolError` for a stream
    that is none. `done` tells whether the app said how the call ended; after that, `drain`.
    `on_invited` is given the id of a call whose data the app wants only when its turn has come.
    `memory` is what a message may take, in bytes.
    """

    def __init__(
        self,
        payloads: AsyncIterator[bytes],
        event_id: str = "",
        *,
        diffs: bool = True,
        memory: int = MOST_MEMORY,
        on_invited: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self.outputs: list[Any] | None = None
        self.done = False
        self._payloads = payloads
        self._read = 0
        self._event_id = event_id
        self._on_invited = on_invited
        self._parser = MessageParser(diffs=diffs, memory=memory)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Update:
        async for payload in self._payloads:
            self._read += 1
            if self._read % AT_ONCE == 0:
                await anyio.sleep(FLOOD_PAUSE if self._read > AS_THEY_COME else 0)
            event_id, message = self._parser.parse(payload)
            if isinstance(message, Invited) and self._on_invited:
                self._event_id = message.event_id
                await self._on_invited(message.event_id)
                continue
            if message is None or event_id not in (self._event_id, None):
                continue
            if isinstance(message, Completed | Failed):
                self.done = True
                self._finish(message)
            if isinstance(message, Broken | Invited):
                raise ConnectionLost(_reason(message))
            if isinstance(message, Closed):
                break
            return message
        raise ConnectionLost("the app ended the stream before the call was done")

    async def drain(self) -> bool:
        """Reads on to the app's own end → whether it came, and the session can be used again."""
        with anyio.move_on_after(DRAIN_SECONDS), suppress(SpaceToolsError):
            async for _ in self._payloads:
                pass
            return True
        return False

    def _finish(self, end: Completed | Failed) -> NoReturn:
        if isinstance(end, Failed):
            raise end.error
        if end.data is None:
            raise CallCancelled("the call was cancelled in the app")
        self.outputs = end.data
        raise StopAsyncIteration


def _reason(message: Broken | Invited) -> str:
    if isinstance(message, Invited) or message.session_not_found or not message.text:
        return "the app no longer knows the session of this call"
    return f"the app broke off the call: {message.text}"


def check_stream(status: int, content_type: str) -> None:
    """Raises unless an answer's head is that of an event stream."""
    if status != 200:
        raise ConnectionLost(f"the app answered {status} where this call's messages should be")
    if not content_type.startswith("text/event-stream"):
        raise ProtocolError("the app answered something else where this call's messages should be")
