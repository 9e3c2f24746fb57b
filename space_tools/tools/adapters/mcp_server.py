"""A toolset as an MCP server. The one place here that needs `mcp`, and only when it is called."""

from typing import TYPE_CHECKING, Any

from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.sdk import check_sdk

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server


def build(calls: Calls) -> "Server[Any]":
    """The server. Raises `ConfigurationError` if `mcp` is older than 2."""
    check_sdk("mcp_server()")
    # Rooms above this one: they are entered when somebody asks for a server, and never before.
    from space_tools.server.announcer import Announcer
    from space_tools.server.app import build_server
    from space_tools.server.callers import always

    announcer = Announcer()
    calls.toolset.tell_of_changes(announcer.announce)
    return build_server(
        calls.toolset, always(calls.credentials), announcer, inline_limit=calls.inline_limit
    )
