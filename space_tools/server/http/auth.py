"""Whose a request is: as the Hub confirms (`--auth hf`), or as the request says (`--auth none`).

Either way the SDK learns of it in its own types, so that a session is for nobody but whoever
began it.
"""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
)
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space_tools import errors
from space_tools.hub.users import User, whoami
from space_tools.server.http.identity import GONE, access_of, digest, user_of

CONFIRMED = 280.0
"""Seconds that the Hub's word on a token counts."""

LOOK = 10.0
"""Seconds between two looks at whether the tokens of requests that go on are still good. With
these two, and the Hub's answer, a revoked token works for five minutes at the most."""

REFUSED = 30.0
"""Seconds that it counts if it was no: a token that was only just made may be good soon."""

KNOWN = 10_000
"""Users' tokens that the Hub's word is kept on, and as many that were nobody's; the one used
longest ago goes first."""

STRANGERS = 8
"""Tokens seen for the first time that the Hub is asked about at once: who makes up many keeps
others waiting who are new, but nobody who is known."""

Found = tuple[AuthCredentials, AuthenticatedUser] | None


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an `Authorization: Bearer` header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class AsCarried(AuthenticationBackend):
    """A token is its caller's, unverified; who has none is anonymous."""

    async def authenticate(self, conn: HTTPConnection) -> Found:
        token = bearer(conn.headers)
        # A Hub token has entropy enough that its digest gives nothing away.
        return _user(token, f"token:{digest(token)}") if token else None


@dataclass(slots=True)
class _Word:
    """What the Hub said of a token: whose it is, or nobody's; it counts until `until`."""

    user: User | None = None
    until: float = 0.0
    asking: anyio.Lock = field(default_factory=anyio.Lock)


class AsHubConfirms(AuthenticationBackend):
    """A token is whose the Hub says; without a good one there is nobody. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, _Word] = OrderedDict()
        self._strangers: OrderedDict[bytes, _Word] = OrderedDict()
        self._turn = anyio.Semaphore(STRANGERS)
        self._going_on: dict[anyio.CancelScope, str] = {}

    async def authenticate(self, conn: HTTPConnection) -> Found:
        token = bearer(conn.headers)
        if token is None:
            return None
        try:
            user = await self._owner(token)
        except errors.HubError as error:
            raise HubSilent(str(error)) from None
        return None if user is None else _user(token, f"hf:{user.id}")

    @contextmanager
    def while_good(self, token: str) -> Iterator[anyio.CancelScope]:
        """The block is cancelled once the token is seen to be revoked."""
        with anyio.CancelScope() as scope:
            self._going_on[scope] = token
            try:
                yield scope
            finally:
                del self._going_on[scope]

    async def keep_current(self) -> None:
        """Ends, as time goes by, what goes on for revoked tokens. Never returns."""
        while True:
            await anyio.sleep(LOOK)
            await self.end_revoked()

    async def end_revoked(self) -> None:
        """Asks about the tokens of whatever goes on whose last word counts no longer."""
        async with anyio.create_task_group() as task_group:
            for token in set(self._going_on.values()):
                task_group.start_soon(self._end_if_revoked, token)

    async def _end_if_revoked(self, token: str) -> None:
        # While the Hub is silent nothing says that it was; who comes anew is told to come back.
        with suppress(errors.HubError):
            if await self._owner(token) is None:
                for scope, its_token in self._going_on.items():
                    if its_token == token:
                        scope.cancel()

    async def _owner(self, token: str) -> User | None:
        key = hmac.digest(self._key, token.encode(), "sha256")
        word = self._known.get(key) or self._strangers.setdefault(key, _Word())
        async with word.asking:  # many requests at once are one question
            if word.until < self._clock():
                async with nullcontext() if word.user else self._turn:
                    await self._ask(word, token)
        self._keep(key, word)
        return word.user

    async def _ask(self, word: _Word, token: str) -> None:
        asked_at = self._clock()
        try:
            word.user, lasts = await whoami(token), CONFIRMED
        except errors.AuthenticationError:
            word.user, lasts = None, REFUSED
        word.until = asked_at + lasts

    def _keep(self, key: bytes, word: _Word) -> None:
        kept, other = self._known, self._strangers
        if word.user is None:
            kept, other = other, kept
        other.pop(key, None)
        kept[key] = word
        kept.move_to_end(key)
        if len(kept) > KNOWN:
            kept.popitem(last=False)


class WhileConfirmed:
    """Ends requests, streams above all, once the Hub no longer confirms their tokens."""

    def __init__(self, app: ASGIApp, hub: AsHubConfirms) -> None:
        self._app = app
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        access = access_of(HTTPConnection(scope))
        assert access is not None  # noqa: S101 - nobody without one gets here
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        with self._hub.while_good(access.token) as going_on:
            await self._app(scope, receive, sending)
        if not going_on.cancelled_caught:
            return
        scope[GONE].set()  # a call of a legacy session would go on
        if started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await PlainTextResponse("The token was revoked\n", 401)(scope, receive, send)


class HubSilent(AuthenticationError):
    """Nobody can be told from anybody else now."""


def to_response(connection: HTTPConnection, error: AuthenticationError) -> Response:
    """503 while the Hub cannot be asked: a 401 would make clients ask their users for a login."""
    return PlainTextResponse(f"{error}\n", 503, headers={"retry-after": "10"})


def _user(token: str, principal: str) -> tuple[AuthCredentials, AuthenticatedUser]:
    return AuthCredentials(), user_of(principal, token)
