"""One app, for the length of a command."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from space_tools.cli.token import local_credentials
from space_tools.credentials import Credentials
from space_tools.egress.http import Http
from space_tools.gradio.app import GradioApp
from space_tools.tools.catalogue import Selection, build_tools
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source, parse_sources
from space_tools.tools.tool import Tool


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
        app = await GradioApp.connect(
            http, source.address, kind=source.kind, credentials=credentials
        )
        named = tuple(f"{source.alias}/{name.strip('/')}" for name in include)
        tools = build_tools(source, app, SessionStore(), Selection(include=named))
        yield Connected(source, app, tools, credentials)
