"""The SDK's endpoint, with an eye on which legacy sessions are alive, and whose."""

from contextlib import ExitStack

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space_tools.credentials import ANYONE
from space_tools.server.http.identity import SESSION_HEADER, access_of, principal_of, user_of
from space_tools.server.http.sessions import LegacySessions


class Mcp:
    """`app`, and what it says of sessions told to `sessions`."""

    def __init__(self, app: ASGIApp, sessions: LegacySessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner = principal_of(access_of(HTTPConnection(scope)))
        session_id: str | None = None
        with ExitStack() as stack:

            async def noting(message: Message) -> None:
                nonlocal session_id
                # What a request names may be no session, or another's; this one is the caller's.
                if message["type"] == "http.response.start" and message["status"] < 400:
                    session_id = MutableHeaders(raw=message["headers"]).get(SESSION_HEADER)
                    if session_id is not None:
                        stack.enter_context(self._sessions.request(session_id, owner))
                await send(message)

            await self._app(scope, receive, noting)
        if session_id is None:
            return
        if scope["method"] == "DELETE":
            self._sessions.end(session_id)
        for surplus in self._sessions.surplus(owner):
            await self._end(surplus, scope)

    async def _end(self, session_id: str, scope: Scope) -> None:
        """As its owner's own client would."""
        headers = [(SESSION_HEADER.encode(), session_id.encode())]
        owner = self._sessions.owner_of(session_id)
        user = None if owner == ANYONE else user_of(owner)
        asked = {**scope, "method": "DELETE", "headers": headers, "user": user}
        await self._app(asked, _nothing, _ignore)
        self._sessions.end(session_id)


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _ignore(message: Message) -> None:
    pass
