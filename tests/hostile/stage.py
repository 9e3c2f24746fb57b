"""Where hostile apps play: one origin of theirs, and another that nobody is to come to.

Each app has a path of its own there (`/h07`), at which nothing answers until it is its turn: so a
server that has all of them configured reads each when it is called for the first time.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Self

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from tests.scripted_app import Recorded, Script, ScriptedApp, record

SESSION = re.compile(r"(?<=/heartbeat/).*")
"""What a path has of a caller's own, which no script can know."""


class Stage(ScriptedApp):
    """Plays one script at a time, at the path of its name, or at the root.

    What it is asked is in `requests`, by their paths below the app's own.
    """

    def __init__(self, port: int) -> None:
        super().__init__(Script({}, {}), port)
        self._playing = ""

    @contextmanager
    def playing(self, name: str, script: Script) -> Iterator[None]:
        """The app of that name, until the block ends."""
        self.requests.clear()
        self.take(script)
        self._playing = f"/{name}/" if name else "/"
        try:
            yield
        finally:
            self._playing = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if not (self._playing and path.startswith(self._playing)):
            await JSONResponse({"detail": "not now"}, 404)(scope, receive, send)
            return
        below = SESSION.sub("", path.removeprefix(self._playing[:-1]))
        await super().__call__({**scope, "path": below}, receive, send)


class Elsewhere:
    """An origin that an app may name, and that notes whoever comes."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.requests: list[Recorded] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests.append(await record(scope, receive))
            answer = JSONResponse({"event_id": "event-1", "data": ["elsewhere"]})
            await answer(scope, receive, send)


Bytes = Callable[[], Iterator[bytes]]
"""What comes where an answer should be."""


class Wire:
    """The same for apps that speak bytes, not HTTP; as a block, in the event loop of its own."""

    def __init__(self) -> None:
        self.port = 0
        self._playing = ""
        self._answers: Mapping[tuple[str, str], Bytes] = {}
        self._talking: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.gather(*self._talking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def playing(self, name: str, answers: Mapping[tuple[str, str], Bytes]) -> Iterator[None]:
        """The app of that name, until the block ends; what has no answer is a 404."""
        self._playing, self._answers = f"/{name}/", answers
        try:
            yield
        finally:
            self._playing = ""

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = head.decode("latin-1").split(" ", 2)
            for chunk in self._answer_to(method, path)():
                writer.write(chunk)
                await writer.drain()
        writer.close()

    def _answer_to(self, method: str, path: str) -> Bytes:
        if not (self._playing and path.startswith(self._playing)):
            return _nothing
        below = path.removeprefix(self._playing[:-1]).partition("?")[0]
        return self._answers.get((method, below), _nothing)


def _nothing() -> Iterator[bytes]:
    yield b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
