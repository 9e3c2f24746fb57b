"""A server for the one caller who started it, on stdio."""

from space_tools.config import Settings
from space_tools.credentials import Credentials
from space_tools.server.announcer import Announcer
from space_tools.server.app import build_server
from space_tools.server.callers import always
from space_tools.server.stdio import serve_stdio
from space_tools.tools.toolset import Toolset


async def serve(toolset: Toolset, credentials: Credentials, settings: Settings) -> None:
    """Serves the tools, in the name of whoever the credentials are of, until the client goes."""
    announcer = Announcer()
    toolset.tell_of_changes(announcer.announce)
    server = build_server(
        toolset,
        always(credentials),
        announcer,
        inline_limit=settings.inline_limit,
        max_wait=settings.max_wait,
    )
    await serve_stdio(server)
