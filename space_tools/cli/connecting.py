"""One app, for the length of a command."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click

from space_tools.cli.identity import local_credentials
from space_tools.credentials import Credentials
from space_tools.egress.http import Http
from space_tools.gradio.app import GradioApp
from space_tools.tools.catalogue import build_tools
from space_tools.tools.connecting import Approach, auth_variable, connect, logins
from space_tools.tools.selection import Selection
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source, parse_sources
from space_tools.tools.tool import Tool

WAKING_SECONDS = 600.0
"""How long a command waits for a Space that is asleep or being built."""


@dataclass(frozen=True, slots=True)
class Connected:
    """An app, the tools it makes, and who is asking."""

    source: Source
    app: GradioApp
    tools: Sequence[Tool]
    credentials: Credentials


@asynccontextmanager
async def connected(src: str, *include: str) -> AsyncIterator[Connected]:
    """Connects to `[ALIAS=]SRC`; `include` names endpoints that are wanted though undocumented."""
    (source,) = parse_sources([src])
    credentials = local_credentials([src])
    async with Http() as http:
        approach = Approach(
            http=http,
            credentials=credentials,
            waking_seconds=WAKING_SECONDS,
            on_wait=_tell,
            auth_hint=f"set {auth_variable(source.alias)} to user:password",
        )
        app = await connect(source, approach, auth=logins([src], os.environ).get(source.alias))
        named = tuple(f"{source.alias}/{name.strip('/')}" for name in include)
        tools = build_tools(source, app, SessionStore(), Selection(include=named))
        yield Connected(source, app, tools, credentials)


async def _tell(sentence: str) -> None:
    click.echo(f"{sentence} …", err=True)
