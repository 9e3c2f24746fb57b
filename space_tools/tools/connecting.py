"""The way to an app: found on the Hub, woken, logged in to, and read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from space_tools.config.spaces import SpaceSettings
from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.http import Http
from space_tools.errors import AuthenticationError, ConfigurationError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.login import log_in
from space_tools.gradio.running import Spawn
from space_tools.hub.spaces import Space
from space_tools.hub.waking import Tell
from space_tools.tools.locating import look_up, until_there
from space_tools.tools.sources import Source, parse_sources

Auth = tuple[str, str]
"""User and password of an app that was launched with `auth=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How apps are connected to: over which connections, in whose name, how patiently.

    `waking_seconds` is how long a Space may take to come up; `on_wait` is told meanwhile.
    `auth_hint` says how to give the login that is missing.
    """

    http: Http
    credentials: Credentials = ANONYMOUS
    waking_seconds: float
    on_wait: Tell | None = None
    spawn: Spawn | None = None
    auth_hint: str = ""


def auth_variable(alias: str) -> str:
    """The environment variable that has `user:password` for the app of that alias."""
    return "SPACE_TOOLS_AUTH_" + re.sub(r"[^A-Za-z0-9]", "_", alias).upper()


def logins(spaces: Sequence[str | SpaceSettings], environ: Mapping[str, str]) -> dict[str, Auth]:
    """(user, password) by alias, from `SPACE_TOOLS_AUTH_<ALIAS>`.

    Raises `ConfigurationError` for one that is not `user:password`.
    """
    found = {}
    for source in parse_sources(spaces):
        variable = auth_variable(source.alias)
        if given := environ.get(variable):
            user, colon, password = given.partition(":")
            if not (user and colon and password):
                raise ConfigurationError(f"{variable} is not user:password")
            found[source.alias] = user, password
    return found


async def connect(source: Source, approach: Approach, *, auth: Auth | None = None) -> GradioApp:
    """The app of a source; `auth` is for one with a login.

    Raises as `look_up` and `enter` do.
    """
    space = await look_up(source, token=approach.credentials.hf_token)
    return await enter(source, space, approach, auth=auth)


async def enter(
    source: Source, space: Space | None, approach: Approach, *, auth: Auth | None = None
) -> GradioApp:
    """The same, once the source was looked up.

    Raises as `until_there`, `log_in` and `GradioApp.connect` do.
    """
    http, credentials = approach.http, approach.credentials
    located = await until_there(
        source,
        space,
        http=http,
        token=credentials.hf_token,
        deadline_seconds=approach.waking_seconds,
        on_wait=approach.on_wait,
    )
    login = None
    if auth is not None:
        login = await log_in(
            http, located.address, auth, kind=located.kind, credentials=credentials
        )
    try:
        return await GradioApp.connect(
            http,
            located.address,
            kind=located.kind,
            credentials=credentials,
            spawn=approach.spawn,
            login=login,
            zero_gpu=located.zero_gpu,
        )
    except AuthenticationError:
        raise AuthenticationError(
            f"{located.address} wants a login; {approach.auth_hint}"
        ) from None
