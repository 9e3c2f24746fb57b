"""Whose a request is: as the Hub confirms (`--auth hf`), or as the request says (`--auth none`).

Either way the SDK learns of it in its own types, so that a session is for nobody but whoever
began it.
"""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
)
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

from space_tools import errors
from space_tools.hub.users import User, whoami

CONFIRMED = 300.0
"""Seconds that the Hub's word on a token counts; a revoked one works no longer than that."""

REFUSED = 30.0
"""Seconds that it counts if it was no: a token that was only just made may be good soon."""

KNOWN = 10_000
"""Tokens that the Hub's word is kept on; the one asked for longest ago goes first."""

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
        return _user(token, f"token:{_digest(token)}") if token else None


@dataclass(slots=True)
class _Word:
    """What the Hub said of a token: whose it is, or nobody's; it counts until `until`."""

    user: User | None = None
    until: float = 0.0
    asking: anyio.Lock = field(default_factory=anyio.Lock)


class AsHubConfirms(AuthenticationBackend):
    """A token is whose the Hub says; without a good one there is nobody."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._words: OrderedDict[bytes, _Word] = OrderedDict()

    async def authenticate(self, conn: HTTPConnection) -> Found:
        token = bearer(conn.headers)
        if token is None:
            return None
        try:
            user = await self._owner(token)
        except errors.HubError as error:
            raise HubSilent(str(error)) from None
        return None if user is None else _user(token, f"hf:{user.id}")

    async def _owner(self, token: str) -> User | None:
        word = self._word(hmac.digest(self._key, token.encode(), "sha256"))
        async with word.asking:  # many requests at once are one question
            if word.until < time.monotonic():
                try:
                    word.user, lasts = await whoami(token), CONFIRMED
                except errors.AuthenticationError:
                    word.user, lasts = None, REFUSED
                word.until = time.monotonic() + lasts
            return word.user

    def _word(self, key: bytes) -> _Word:
        word = self._words.setdefault(key, _Word())
        self._words.move_to_end(key)
        if len(self._words) > KNOWN:
            self._words.popitem(last=False)
        return word


class HubSilent(AuthenticationError):
    """Nobody can be told from anybody else now."""


def to_response(connection: HTTPConnection, error: AuthenticationError) -> Response:
    """503 while the Hub cannot be asked: a 401 would make clients ask their users for a login."""
    return PlainTextResponse(f"{error}\n", 503, headers={"retry-after": "10"})


def _user(token: str, principal: str) -> tuple[AuthCredentials, AuthenticatedUser]:
    access = AccessToken(token=token, client_id=principal, subject=principal, scopes=[])
    return AuthCredentials(), AuthenticatedUser(access)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:32]
