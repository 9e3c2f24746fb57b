"""The login of apps launched with `auth=`. Source: Gradio's `POST /login`, the same since 3.x."""

from urllib.parse import urlencode

from space_tools.credentials import Credentials, HostKind
from space_tools.egress.http import Http
from space_tools.egress.policy import Address
from space_tools.errors import AuthenticationError
from space_tools.gradio.cookies import Cookies

MAX_ANSWER = 64 * 1024
"""Bytes that the answer to a login may have."""


async def log_in(
    http: Http,
    address: Address,
    auth: tuple[str, str],
    *,
    kind: HostKind,
    credentials: Credentials,
) -> Cookies:
    """The cookies by which the app knows the user from now on.

    Raises `AuthenticationError` if it does not let them in.
    """
    user, password = auth
    reply = await http.request(
        "POST",
        f"{address}/login",
        headers={
            **credentials.headers_for(kind),
            "content-type": "application/x-www-form-urlencoded",
        },
        content=urlencode({"username": user, "password": password}).encode(),
        limit=MAX_ANSWER,
    )
    if reply.status in (400, 401, 403, 422):
        raise AuthenticationError(f"{address} does not accept this user name and password")
    cookies = Cookies()
    cookies.note(reply.headers)
    if reply.status != 200 or not cookies:
        raise AuthenticationError(f"{address} has no login: it answered {reply.status}")
    return cookies
