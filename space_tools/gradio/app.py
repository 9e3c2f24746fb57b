"""One running Gradio app: connect to it, submit calls, cancel them.

A call is sent again only if it certainly never started: no connection could be made, or the
queue refused it. Once a join was sent, dropping the stream and joining anew would run it twice.
"""

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import quote

import anyio

from space_tools.credentials import ANONYMOUS, Credentials, HostKind
from space_tools.egress.http import READ_TIMEOUT, Http, Reply
from space_tools.egress.policy import Address
from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    ConnectError,
    ConnectionLost,
    NotAGradioApp,
    ProtocolError,
    QueueError,
    SpaceToolsError,
)
from space_tools.gradio.app_info import AppInfo, Endpoint
from space_tools.gradio.call import Call, Run
from space_tools.gradio.discovery import fetch_app_info
from space_tools.gradio.events import EventStream, check_stream
from space_tools.gradio.finishing import finish
from space_tools.gradio.job import DirectCall, Job, Updates, as_call_errors
from space_tools.gradio.replies import check_reply
from space_tools.gradio.sessions import Session, Sessions

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes that a direct answer may have."""

MAX_TOLD = 64 * 1024
"""Bytes that the answer to a cancellation may have."""

PAUSES = (0.3, 1.0, None)
"""Seconds, give or take a half, between the offers of a call that is not taken; then it fails."""

TAKING_SECONDS = 2.0
"""How long a cancellation waits for the answer of an app that is just taking the call: until
then, the call has no name to cancel it by."""

CANCEL_SECONDS = 1.0
"""How long a cancelled call may take to tell the app."""

Spawn = Callable[..., object]

T = TypeVar("T")


class GradioApp:
    """One running app; `api` is where its API is mounted.

    `kind` tells which of a caller's credentials its host may see. `spawn` starts a task that
    outlives a call (a task group's `start_soon`); without one, calls end all that they began.
    """

    def __init__(
        self,
        http: Http,
        address: Address,
        info: AppInfo,
        *,
        kind: HostKind = "other",
        spawn: Spawn | None = None,
    ) -> None:
        self.http = http
        self.address = address
        self.info = info
        self.api = str(address) + info.api_prefix
        self._kind = kind
        self._spawn = spawn

    @classmethod
    async def connect(
        cls,
        http: Http,
        address: Address,
        *,
        kind: HostKind = "other",
        credentials: Credentials = ANONYMOUS,
        spawn: Spawn | None = None,
    ) -> Self:
        """Reads what the app says of itself.

        Raises `ConnectError`, `NotAGradioApp`, `AuthenticationError`, or `ProtocolError` for a
        malformed description or a generation of Gradio that is not spoken.
        """
        headers = {"accept-encoding": "gzip", **credentials.headers_for(kind)}
        try:
            info = await fetch_app_info(http, address, headers)
        except (NotAGradioApp, ProtocolError, AuthenticationError) as error:
            raise type(error)(f"{address}: {error}") from None
        return cls(http, address, info, kind=kind, spawn=spawn)

    def headers_for(self, credentials: Credentials) -> dict[str, str]:
        """What a request of that caller to this app carries."""
        return {"accept-encoding": "identity", **credentials.headers_for(self._kind)}

    def file_url(self, path: str) -> str:
        """Where a file that the app named by its path on the server can be fetched."""
        return f"{self.api}/file={quote(path)}"

    @asynccontextmanager
    async def submit(
        self,
        endpoint: Endpoint,
        data: Sequence[Any],
        *,
        sessions: Sessions,
        credentials: Credentials = ANONYMOUS,
        event_data: Any = None,
        oauth_token: str | None = None,
    ) -> AsyncIterator[Job]:
        """Starts a call with a value for every input slot; leaving the block ends it.

        If it is still running then, the app is told within a second, and its session is not
        used again. `oauth_token`, with which the app can act in its user's name, is sent only to
        an endpoint that asks for one. Raises a `CallError`, whose `outcome` tells whether the
        app's function ran, or `ValidationError` if the app's own validator refused the arguments.
        """
        headers = {"content-type": "application/json", **self.headers_for(credentials)}
        call = Call(endpoint, data, sessions, headers, event_data, oauth_token)
        route = self._direct if self._goes_direct(endpoint) else self._queued
        async with route(call) as updates:
            yield Job(endpoint, updates, quoted=self.info.version.startswith(("4.", "5.0.")))

    def _goes_direct(self, endpoint: Endpoint) -> bool:
        if endpoint.queued or endpoint.generator:  # a generator would give its first output only
            return False
        # Gradio 5 answers a direct call's JSON outputs as Python repr.
        is_repr = self.info.version.startswith("5.")
        return not (is_repr and any(shown.component == "json" for shown in endpoint.returns))

    @asynccontextmanager
    async def _direct(self, call: Call) -> AsyncIterator[Updates]:
        # Without a session the app would make one for each request, at up to 30 ms.
        async with call.sessions.lease() as session:
            running = DirectCall(partial(self._run, call, Run(session)))
            try:
                yield running
            finally:
                if running.outputs is None:
                    session.retire()

    async def _run(self, call: Call, run: Run) -> list[Any]:
        # The function is found by its index: names may hold slashes, or be given twice.
        post = partial(self._post, "/run/predict", call, run, read_timeout=None)
        reply = await _patiently(post)
        answered = reply.json()
        if not isinstance(answered, dict) or not isinstance(answered.get("data"), list):
            raise ProtocolError("the app answered a call without data")
        outputs: list[Any] = answered["data"]
        return outputs

    @asynccontextmanager
    async def _queued(self, call: Call) -> AsyncIterator[Updates]:
        async with AsyncExitStack() as stack:
            run = Run(await stack.enter_async_context(call.sessions.lease()))
            start = self._start_v0 if self.info.protocol == "sse" else self._start
            try:
                with as_call_errors():
                    run.stream = await start(call, run, stack)
                yield run.stream
            finally:
                if run.stream is None or not run.stream.done:
                    run.session.retire()
                    if run.event_id:
                        await self._cancel(call, run)
                elif self._spawn is None:
                    await _settle(run.stream, run.session, stack.pop_all())
                else:
                    self._spawn(_settle, run.stream, run.session, stack.pop_all())

    async def _start(self, call: Call, run: Run, stack: AsyncExitStack) -> EventStream:
        await self._offer("/queue/join", call, run)
        path = f"/queue/data?session_hash={run.session.session_hash}"
        try:
            chunks = await self._open(path, call, stack)
        except ConnectError as error:
            raise ConnectionLost(f"{error}, while the call was running") from error
        return EventStream(chunks, run.event_id, diffs=self.info.protocol != "sse_v1")

    async def _start_v0(self, call: Call, run: Run, stack: AsyncExitStack) -> EventStream:
        """Gradio 4.0 to 4.8: the stream comes first, and asks for the data when it is its turn."""

        async def send_data(event_id: str) -> None:
            run.event_id = event_id
            await self._offer("/queue/data", call, run)

        session_hash, fn_index = run.session.session_hash, call.endpoint.fn_index
        path = f"/queue/join?session_hash={session_hash}&fn_index={fn_index}"
        try:
            chunks = await self._open(path, call, stack)
        except ConnectError as error:
            raise AppUnreachable(str(error)) from error
        return EventStream(chunks, diffs=False, on_invited=send_data)

    async def _open(self, path: str, call: Call, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        answer = await stack.enter_async_context(
            self.http.stream("GET", self.api + path, headers=call.headers)
        )
        check_stream(answer.status, answer.headers.get("content-type", ""))
        return answer.chunks()

    async def _offer(self, path: str, call: Call, run: Run) -> None:
        """Has the app take a call, and notes its event id; again if it certainly was not taken.

        A cancellation that comes meanwhile waits for the id, to cancel by; but not for long.
        """

        async def post() -> None:
            reply = await self._post(path, call, run, read_timeout=READ_TIMEOUT)
            run.event_id = run.event_id or _event_id(reply.json())

        await _patiently(lambda: finish(post(), TAKING_SECONDS))

    async def _post(self, path: str, call: Call, run: Run, *, read_timeout: float | None) -> Reply:
        """Posts a call; a good answer."""
        try:
            reply = await self.http.request(
                "POST",
                self.api + path,
                content=call.body(run),
                headers=call.headers,
                limit=MAX_ANSWER,
                read_timeout=read_timeout,
            )
        except ConnectError as error:
            raise AppUnreachable(str(error)) from error
        check_reply(reply)
        return reply

    async def _cancel(self, call: Call, run: Run) -> None:
        """Tells the app to stop a call. One that cannot be told is gone or hung."""
        fn_index = call.endpoint.fn_index
        named = {"session_hash": run.session.session_hash, "fn_index": fn_index}
        with anyio.move_on_after(CANCEL_SECONDS, shield=True), suppress(SpaceToolsError):
            status = await self._tell(call, "/cancel", {**named, "event_id": run.event_id})
            if status in (404, 405) and call.endpoint.cancelled_by is not None:
                # Before Gradio 4.31 only the app's own Cancel button stops a call, if it has one.
                named["fn_index"] = call.endpoint.cancelled_by
                await self._tell(call, "/run/predict", {**named, "data": []})

    async def _tell(self, call: Call, path: str, body: Mapping[str, Any]) -> int:
        content = json.dumps(body).encode()
        reply = await self.http.request(
            "POST", self.api + path, content=content, headers=call.headers, limit=MAX_TOLD
        )
        return reply.status


async def _patiently(offer: Callable[[], Awaitable[T]]) -> T:
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


async def _settle(stream: EventStream, session: Session, stack: AsyncExitStack) -> None:
    """Ends what a call used, once the app has ended its stream; the result need not wait for it."""
    async with stack:
        ended = False
        try:
            ended = await stream.drain()
        finally:
            if not ended:
                session.retire()


def _event_id(joined: object) -> str:
    event_id = joined.get("event_id") if isinstance(joined, dict) else None
    if not isinstance(event_id, str) or not event_id:
        raise ProtocolError("the app took a call but gave it no event id")
    return event_id
