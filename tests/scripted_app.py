"""A Gradio app that does what its script says: for what a real Gradio will not do on demand.

    script = Script(*minimal_app(), data=[[completed("event-1", ["hello"]), CLOSE_STREAM]])
    with scripted_app(script) as app:
        ...  # talk to app.url
        assert app.requests[-1].path == "/gradio_api/queue/data"

It runs in a thread with an event loop of its own, so that blocking and asynchronous tests can use
it alike.
"""

import asyncio
import itertools
import json
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.minimal_app import PREFIX
from tests.minimal_app import minimal_app as minimal_app

END_DEADLINE = 30.0
"""Seconds. asyncio waits for connections whose clients still wait for an answer: those of the Hub's
library do so for 10 s."""

App = TypeVar("App", bound=ASGIApp)


@dataclass(slots=True)
class Recorded:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    answered: threading.Event = field(default_factory=threading.Event)
    """Set when its answer was sent, or broken off."""
    hung_up: bool = False
    """Whether the client went away before the answer was complete."""

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Gate:
    """A step of a stream at which it waits until the test opens the gate."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = False
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def open(self) -> None:
        """Let every stream through, now and later. May be called from any thread."""
        with self._lock:
            self._opened = True
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    async def passed(self) -> None:
        """Wait for the gate to be open."""
        event = asyncio.Event()
        with self._lock:
            if self._opened:
                event.set()
            self._waiting.append((asyncio.get_running_loop(), event))
        self.reached.set()
        await event.wait()


@dataclass(frozen=True, slots=True)
class Abort:
    """A step of a stream that breaks the connection off, with no orderly end of the answer."""


ABORT = Abort()
CLOSE_STREAM = {"msg": "close_stream", "event_id": None}

Step = bytes | Mapping[str, Any] | Gate | Abort
"""Bytes go out as they are, as one chunk; a mapping as one event of the queue's stream."""

Stream = Iterable[Step]
Answer = Response | Stream
Answers = Sequence[Answer] | Callable[[Recorded], Answer]
"""One answer for each request, the last for all that follow; or what makes an answer of a request.

The callable runs on the app's event loop, so it must not block; a stream may be a generator.
"""


def completed(event_id: str, data: Sequence[Any]) -> dict[str, Any]:
    """The message that ends a call well."""
    output = {"data": list(data), "is_generating": False, "duration": 0.1}
    return {"msg": "process_completed", "event_id": event_id, "output": output, "success": True}


def failed(event_id: str, error: str | None, **more: Any) -> dict[str, Any]:
    """The message that ends a call with the app's error."""
    output = {"error": error, **more}
    return {"msg": "process_completed", "event_id": event_id, "output": output, "success": False}


@dataclass(slots=True)
class Script:
    """What the app answers.

    `join`, `data` and `cancel` are the queue's routes; without them a join answers event-1,
    event-2, …, the stream ends at once and a cancel succeeds. `routes` adds others, or replaces
    these, by method and path (`("GET", "/config")`). Everything else is a 404.
    """

    config: Mapping[str, Any]
    info: Mapping[str, Any]
    join: Answers | None = None
    data: Answers = ((CLOSE_STREAM,),)
    cancel: Answers | None = None
    routes: Mapping[tuple[str, str], Answers] = field(default_factory=dict)


class ScriptedApp:
    """An app at `url`, and what it was asked: `requests`, in the order of their arrival."""

    def __init__(self, script: Script, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.requests: list[Recorded] = []
        self._arrival = threading.Condition()
        self.take(script)

    def take(self, script: Script) -> None:
        """From now on it is the app of this script, from its beginning."""
        self._routes = _routes(script)
        self._turns: dict[tuple[str, str], int] = {}

    def of(self, path: str) -> list[Recorded]:
        """The requests for one path so far."""
        return [request for request in self.requests if request.path == path]

    def wait_for(self, path: str, *, count: int = 1, timeout: float = 5.0) -> Recorded:
        """Block until `count` requests for `path` have arrived; the last of them.

        Raises TimeoutError, after `timeout` seconds, with what did arrive.
        """
        with self._arrival:
            if self._arrival.wait_for(lambda: len(self.of(path)) >= count, timeout):
                return self.of(path)[count - 1]
        raise TimeoutError(f"no request {count} for {path} among {[r.path for r in self.requests]}")

    async def arrival(self, path: str, *, count: int = 1, timeout: float = 5.0) -> Recorded:
        """The same as `wait_for`, awaited."""
        return await asyncio.to_thread(self.wait_for, path, count=count, timeout=timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        request = await record(scope, receive)
        with self._arrival:
            self.requests.append(request)
            self._arrival.notify_all()
        try:
            await self._answer(request, scope, receive, send)
        finally:
            request.answered.set()

    async def _answer(self, request: Recorded, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._next_answer(request)
        if isinstance(answer, Response):
            await answer(scope, receive, send)
            return
        sending = asyncio.create_task(_send_stream(answer, send))
        leaving = asyncio.create_task(_hang_up(receive))
        try:
            await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
            request.hung_up = not sending.done()
        finally:
            leaving.cancel()
            sending.cancel()
            results = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(results[0], _Aborted):
            raise results[0]

    def _next_answer(self, request: Recorded) -> Answer:
        key = request.method, request.path
        answers = self._routes.get(key)
        if answers is None:
            return JSONResponse({"detail": "Not Found"}, status_code=404)
        if callable(answers):
            return answers(request)
        turn = self._turns.get(key, 0)
        self._turns[key] = turn + 1
        return answers[min(turn, len(answers) - 1)]


def scripted_app(script: Script) -> AbstractContextManager[ScriptedApp]:
    """The app of a script on a free loopback port, until the block ends."""
    return on_loopback(lambda port: ScriptedApp(script, port))


@contextmanager
def on_loopback(make: Callable[[int], App]) -> Iterator[App]:
    """An ASGI application, made for the loopback port that it is served on until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        app = make(listener.getsockname()[1])
        config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none", http="h11")
        server = uvicorn.Server(config)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_serve, args=[server, listener, loop])
        # Connections wait in the listener until the server is there for them.
        thread.start()
        try:
            yield app
        finally:
            # Streams that still wait at a gate are not waited for.
            server.should_exit = server.force_exit = True
            thread.join(END_DEADLINE)
            if thread.is_alive():
                _stop(thread, loop)


def _serve(
    server: uvicorn.Server, listener: socket.socket, loop: asyncio.AbstractEventLoop
) -> None:
    with suppress(RuntimeError), asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(server.serve([listener]))


def _stop(thread: threading.Thread, loop: asyncio.AbstractEventLoop) -> None:
    """Ends a server that does not end by itself, and says on stderr what it was at."""
    for task in asyncio.all_tasks(loop):
        task.print_stack(file=sys.stderr)
    traceback.print_stack(sys._current_frames().get(thread.ident or 0), file=sys.stderr)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(END_DEADLINE)
    assert not thread.is_alive(), "the app did not end"


def _routes(script: Script) -> dict[tuple[str, str], Answers]:
    return {
        ("GET", "/config"): [JSONResponse(dict(script.config))],
        ("GET", f"{PREFIX}/info"): [JSONResponse(dict(script.info))],
        ("POST", f"{PREFIX}/queue/join"): script.join or _numbered_events(),
        ("GET", f"{PREFIX}/queue/data"): script.data,
        ("POST", f"{PREFIX}/cancel"): script.cancel or [JSONResponse({"success": True})],
        **script.routes,
    }


def _numbered_events() -> Callable[[Recorded], Answer]:
    numbers = itertools.count(1)
    return lambda _: JSONResponse({"event_id": f"event-{next(numbers)}"})


async def record(scope: Scope, receive: Receive) -> Recorded:
    """The request that comes in, with its whole body."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode()
    return Recorded(scope["method"], scope["path"], query, headers, bytes(body))


class _Aborted(Exception):
    """Makes the server drop the connection in the middle of an answer."""


async def _send_stream(steps: Stream, send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for step in steps:
        if isinstance(step, Gate):
            await step.passed()
        elif isinstance(step, Abort):
            raise _Aborted
        else:
            chunk = step if isinstance(step, bytes) else _event(step)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _event(message: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(message).encode() + b"\n\n"


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
