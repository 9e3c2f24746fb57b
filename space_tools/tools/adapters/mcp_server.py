"""A toolset as an MCP server. The one place here that needs `mcp`, and only when it is called."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from space_tools.errors import ConfigurationError
from space_tools.tools.adapters.calls import Calls

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server


def build(calls: Calls) -> "Server[Any]":
    """The server. Raises `ConfigurationError` if `mcp` is older than 2."""
    if int((found := version("mcp")).split(".")[0]) < 2:
        raise ConfigurationError(
            f"mcp_server() needs mcp 2 or later, found {found}: pip install -U mcp"
        )
    # Rooms above this one: they are entered when somebody asks for a server, and never before.
    from space_tools.server.announcer import Announcer
    from space_tools.server.app import build_server
    from space_tools.server.callers import always

    announcer = Announcer()
    calls.toolset.tell_of_changes(announcer.announce)
    return build_server(
        calls.toolset, always(calls.credentials), announcer, inline_limit=calls.inline_limit
    )
