"""How a call gets into an app's queue, in each generation of the protocol.

Source: Gradio queue protocols ws (3.x), sse (4.0 to 4.8), sse_v1 to sse_v3.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from space_tools.egress.http import READ_TIMEOUT
from space_tools.egress.json_text import longest_text, parse_json
from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    CallError,
    ConnectError,
    ConnectionLost,
    ProtocolError,
    QueueError,
)
from space_tools.gradio.call import Call, Run
from space_tools.gradio.events import EventStream, check_stream
from space_tools.gradio.lines import split_lines
from space_tools.gradio.offering import offer, patiently
from space_tools.gradio.replicas import replica_in

if TYPE_CHECKING:
    from space_tools.egress.websocket import WebSocket

Join = Callable[[Call, Run, AsyncExitStack], Awaitable[EventStream]]


async def join(call: Call, run: Run, stack: AsyncExitStack) -> EventStream:
    """Joins the queue → the call's stream, which `stack` ends."""
    return await JOINS.get(call.protocol, _join)(call, run, stack)


async def _join(call: Call, run: Run, stack: AsyncExitStack) -> EventStream:
    await offer("/queue/join", call, run)
    path = f"/queue/data?session_hash={run.session.session_hash}"
    try:
        chunks = await _open(path, call, run, stack)
    except ConnectError as error:
        raise ConnectionLost(f"{error}, while the call was running") from error
    diffs = call.protocol != "sse_v1"
    memory = call.http.memory
    payloads = split_lines(chunks, longest_text(memory))
    return EventStream(payloads, run.event_id, diffs=diffs, memory=memory)


async def _join_by_stream(call: Call, run: Run, stack: AsyncExitStack) -> EventStream:
    """The stream comes first, and asks for the data when it is the call's turn."""

    async def send_data(event_id: str) -> None:
        run.event_id, run.sent = event_id, True
        await offer("/queue/data", call, run)

    run.sent = False
    first, payloads = await patiently(partial(_line_up, call, run, stack))
    return _invited(first, payloads, call, send_data)


async def _line_up(
    call: Call, run: Run, stack: AsyncExitStack
) -> tuple[bytes, AsyncIterator[bytes]]:
    """A stream that is in the queue: its first payload, and the others.

    Raises `QueueError` if the queue is full; then nothing is left of it.
    """
    session_hash, fn_index = run.session.session_hash, call.endpoint.fn_index
    path = f"/queue/join?session_hash={session_hash}&fn_index={fn_index}"
    async with AsyncExitStack() as entering:
        try:
            chunks = await _open(path, call, run, entering)
        except ConnectError as error:
            raise AppUnreachable(str(error)) from error
        payloads = split_lines(chunks, longest_text(call.http.memory))
        first = await anext(payloads, b"")
        _check_taken(first)
        await stack.enter_async_context(entering.pop_all())
    return first, payloads


def _check_taken(first: bytes) -> None:
    if not first:
        raise ConnectionLost("the app's queue hung up", outcome="not_started")
    if _kind(first) == "queue_full":
        raise QueueError("the app's queue is full")


async def _open(path: str, call: Call, run: Run, stack: AsyncExitStack) -> AsyncIterator[bytes]:
    answer = await stack.enter_async_context(
        call.http.stream("GET", call.api + path, headers=call.sent_headers())
    )
    check_stream(answer.status, answer.headers.get("content-type", ""))
    run.replica = run.replica or replica_in(answer.headers)
    call.sessions.affinity.note(answer.headers)
    return answer.chunks()


async def _join_by_websocket(call: Call, run: Run, stack: AsyncExitStack) -> EventStream:
    """A socket of its own for each call, which asks for its session, and later for its data."""
    run.sent = False
    socket, messages, first = await patiently(partial(_enter, call, run, stack))

    async def send_data(_: str) -> None:
        run.sent = True
        await socket.send(call.body(run).decode())

    return _invited(first, messages, call, send_data)


async def _enter(
    call: Call, run: Run, stack: AsyncExitStack
) -> "tuple[WebSocket, AsyncIterator[bytes], bytes]":
    """A socket that is in the queue, its messages, and the first of them.

    Raises `QueueError` if the queue is full; then nothing is left of it.
    """
    async with AsyncExitStack() as entering, _promptly():
        socket = await _connect(call, run, entering)
        messages = socket.messages()
        if _kind(await anext(messages, b"")) != "send_hash":
            raise ProtocolError("the app's queue does not ask for a session")
        session = {"session_hash": run.session.session_hash, "fn_index": call.endpoint.fn_index}
        await socket.send(json.dumps(session))
        first = await anext(messages, b"")
        _check_taken(first)
        await stack.enter_async_context(entering.pop_all())
    return socket, messages, first


@asynccontextmanager
async def _promptly() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            yield
    except TimeoutError:
        raise ConnectionLost("the app's queue fell silent", outcome="not_started") from None


async def _connect(call: Call, run: Run, stack: AsyncExitStack) -> "WebSocket":
    try:
        answer, socket = await stack.enter_async_context(
            call.http.websocket(f"{call.api}/queue/join", headers=call.sent_headers())
        )
    except ConnectError as error:
        raise AppUnreachable(str(error)) from error
    if answer.status in (401, 403):
        raise AuthenticationError("the app wants a login")
    if socket is None:
        raise CallError(
            f"the app answered {answer.status} where its queue should be", outcome="not_started"
        )
    run.replica = replica_in(answer.headers)
    return socket


def _invited(
    first: bytes,
    others: AsyncIterator[bytes],
    call: Call,
    send_data: Callable[[str], Awaitable[None]],
) -> EventStream:
    """The stream of a call whose data the app asks for."""
    payloads, memory = _after(first, others), call.http.memory
    return EventStream(payloads, diffs=False, on_invited=send_data, memory=memory)


async def _after(first: bytes, messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """All of them; none is held on to, for it may be large."""
    yield first
    with suppress(StopAsyncIteration):
        while True:
            yield await anext(messages)


def _kind(payload: bytes) -> str:
    try:
        message = parse_json(payload)
    except ValueError:
        return ""
    return str(message.get("msg")) if isinstance(message, dict) else ""


JOINS: Mapping[str, Join] = {"ws": _join_by_websocket, "sse": _join_by_stream}
"""By the name of the protocol; all others join and then open a stream."""
