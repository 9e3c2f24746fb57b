"""What a request must be like before anything else looks at it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space_tools.egress.policy import is_literal
from space_tools.server.gone import Gone
from space_tools.server.http.identity import ANSWERED, GONE

ONCE = ("host", "origin", "authorization", "mcp-session-id", "x-ip-token")
"""Headers of which two could be understood in two ways: here, and by a proxy on the way."""

SILENCE = 20.0
"""Seconds that a client may leave the body of its request unfinished, without another piece."""

PIECE = 64 * 1024
"""Bytes of an answer that wait at once for its client to take them."""

ARRIVING = 256 * 1024**2
"""Bytes of messages that are not whole yet, which are held in memory, of all requests together."""

BODY = 120.0
"""Seconds that the whole body of a message may take; that of a file may take longer."""


class Guard:
    """Lets in requests that were meant for this server, and tells when their client has gone.

    A page of another site cannot make its visitor's browser talk to this server: the names that
    it is called by (`hosts`) are checked, and so is where a script came from (`Origin`).
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], slow_paths: tuple[str, ...]) -> None:
        self._app = app
        self._hosts = hosts
        self._slow_paths = slow_paths
        self._arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if problem := self._problem(Headers(scope=scope)):
            await PlainTextResponse(f"{problem[1]}\n", problem[0])(scope, receive, send)
            return
        scope[GONE] = Gone()
        with ExitStack() as answered:
            scope[ANSWERED] = answered
            if scope["path"] in self._slow_paths:  # to the disk, as it comes
                arriving = _in_time(receive, None)
            else:
                arriving = answered.enter_context(self._held(_in_time(receive, BODY)))
            with suppress(ClientDisconnect):  # there is nobody to be answered
                await self._app(scope, _watching(scope[GONE], arriving), _in_pieces(send))

    @contextmanager
    def _held(self, receive: Receive) -> Iterator[Receive]:
        """Raises `TooMuchAtOnce` if there is no room for another piece of a message."""
        held = 0

        def let_go() -> None:
            nonlocal held
            self._arriving -= held
            held = 0

        async def receiving() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            if self._arriving + size > ARRIVING:
                raise TooMuchAtOnce
            held += size
            self._arriving += size
            if not message.get("more_body", False):
                let_go()
            return message

        try:
            yield receiving
        finally:
            let_go()

    def _problem(self, headers: Headers) -> tuple[int, str] | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        name = _name(f"//{host}")
        given = headers.keys()
        if any(given.count(once) > 1 for once in ONCE):
            return 400, f"Each of these headers can be given once: {', '.join(ONCE)}"
        # A name server that lies can give a name our address, but cannot name us by an address.
        if name not in self._hosts and not is_literal(name):
            return 421, "This server does not go by that name; --public-url tells it another"
        if origin and origin.split("://")[-1] != host and _name(origin) not in self._hosts:
            return 403, "Requests from pages of that origin are not taken"
        return None


class SlowBody(HTTPException):
    """The body of a request did not come in time."""

    def __init__(self) -> None:
        super().__init__(408, "The request came too slowly", {"connection": "close"})


class TooMuchAtOnce(HTTPException):
    """So much of other requests is on its way in that there is no room for this one."""

    def __init__(self) -> None:
        again = {"connection": "close", "retry-after": "10"}
        super().__init__(503, "The server takes in too much at once to take this, too", again)


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _in_time(receive: Receive, total: float | None) -> Receive:
    """Raises `SlowBody` if a body takes too long; what comes after it may."""
    deadline = None if total is None else anyio.current_time() + total
    whole = False

    async def receiving() -> Message:
        nonlocal whole
        if whole:
            return await receive()
        until = anyio.current_time() + SILENCE
        with anyio.CancelScope(deadline=until if deadline is None else min(until, deadline)):
            message = await receive()
            whole = not message.get("more_body", False)
            return message
        raise SlowBody

    return receiving


def _in_pieces(send: Send) -> Send:
    """An answer that nobody takes is held once here, and not again on its way out."""

    async def sending(message: Message) -> None:
        body = message.get("body", b"")
        last = max(len(body) - 1, 0) // PIECE * PIECE
        for start in range(0, last, PIECE):
            piece = bytes(body[start : start + PIECE])
            await send({**message, "body": piece, "more_body": True})
        await send({**message, "body": bytes(body[last:])} if last else message)

    return sending


def _watching(gone: Gone, receive: Receive) -> Receive:
    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            gone.set()
        return message

    return receiving
