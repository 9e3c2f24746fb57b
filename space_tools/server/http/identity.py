"""Who each request is made for: its user, its legacy session, or nobody in particular."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.requests import HTTPConnection

from space_tools.credentials import ANYONE, Credentials
from space_tools.server.callers import Caller, Context, is_modern
from space_tools.server.http.ip_tokens import read_ip_token
from space_tools.server.http.links import Links

SESSION_HEADER = "mcp-session-id"


def access_of(connection: HTTPConnection) -> AccessToken | None:
    """What the request's own token gave. The context of a session is that of its first request."""
    user = connection.scope.get("user")
    return user.access_token if isinstance(user, AuthenticatedUser) else None


def principal_of(access: AccessToken | None, session: str | None = None) -> str:
    """What everything is kept by that is kept for a caller.

    An anonymous one is its legacy session, and without one has only handles that nobody can guess.
    """
    if access is not None:
        return access.client_id
    return f"session:{digest(session)}" if session else ANYONE


def user_of(principal: str, token: str = "") -> AuthenticatedUser:
    """That caller as the SDK knows them."""
    return AuthenticatedUser(
        AccessToken(token=token, client_id=principal, subject=principal, scopes=[])
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request is made for, and where they can download from."""

    links: Links
    clock: Callable[[], float] = time.time

    def __call__(self, context: Context) -> Caller:
        """Never from this process's own account."""
        request = context.request
        assert isinstance(request, HTTPConnection)  # noqa: S101 - over HTTP there always is one
        access = access_of(request)
        session = None if is_modern(context) else request.headers.get(SESSION_HEADER)
        ip_token, warning = read_ip_token(request.headers.get("x-ip-token"), self.clock())
        return Caller(
            credentials=Credentials(
                principal=principal_of(access, session),
                hf_token=access.token if access else None,
                ip_token=ip_token,
            ),
            conversation=session,
            warning=warning,
            link=self.links.linking(request),
            gone=request.scope.get(GONE),
            answered=request.scope.get(ANSWERED),
            request_id=request.headers.get("x-request-id"),
        )


GONE = "space_tools.gone"
"""Where a request's scope has the `Gone` that is told when its client hangs up."""

ANSWERED = "space_tools.answered"
"""Where it has an `ExitStack` that is closed when its client has the answer, or will not get it."""


def digest(secret: str) -> str:
    """What stands for a token or the id of a session, both of which nobody can guess."""
    return sha256(secret.encode()).hexdigest()[:32]
