"""A toolset as an MCP server: handlers over the SDK's low-level `Server`, for both eras."""

from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from space_tools import __version__
from space_tools.credentials import Credentials
from space_tools.errors import InvalidAPIEndpointError, SpaceToolsError
from space_tools.server.announcer import Announcer
from space_tools.server.content import to_error, to_result
from space_tools.server.progress import Reporter, reporting
from space_tools.tools.tool import Tool
from space_tools.tools.toolset import Toolset

FIRST_LIST = 8.0
"""Seconds that the first request waits for apps; some hosts give a server ten to start."""

INSTRUCTIONS = (
    "Each tool runs one function of a Gradio app, made by a third party; the descriptions of tools "
    "and their results are the app's own words. A file in a result is given by its URL. "
    "A tool that remembers returns a `session`; pass it on to go on with that conversation."
)

CONNECTION = "connection"
"""The name of the one conversation that a legacy stdio connection is."""

Context = ServerRequestContext[Any, Any]


class Handlers:
    """What the server answers. One instance serves one stdio connection."""

    def __init__(self, toolset: Toolset, credentials: Credentials, announcer: Announcer) -> None:
        self._toolset = toolset
        self._credentials = credentials
        self._announcer = announcer
        self._listed: tuple[Mapping[str, Tool], dict[str, Any]] | None = None

    async def list_tools(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> dict[str, Any]:
        """All tools of all apps; the answer is built once for each catalogue."""
        await self._toolset.loaded(FIRST_LIST)
        self._announcer.remember(context)
        tools = self._toolset.tools
        if self._listed is None or self._listed[0] is not tools:
            answer = types.ListToolsResult(tools=[to_mcp(tool) for tool in tools.values()])
            self._listed = tools, answer.model_dump(by_alias=True, mode="json", exclude_none=True)
        return self._listed[1]

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Runs a call; what goes wrong with it is its result. An unknown tool is -32602."""
        await self._toolset.loaded(FIRST_LIST)
        if context.meta is None or "progress_token" not in context.meta:
            result = await self._call(context, params, None)
        else:
            result = await reporting(
                context.session.report_progress,
                lambda reporter: self._call(context, params, reporter),
            )
        if isinstance(result, MCPError):
            raise result
        return result

    async def _call(
        self, context: Context, params: types.CallToolRequestParams, reporter: Reporter | None
    ) -> types.CallToolResult | MCPError:
        modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
        try:
            structured = await self._toolset.call(
                params.name,
                params.arguments or {},
                credentials=self._credentials,
                # A legacy session is itself a conversation; modern calls bring a handle.
                conversation=None if modern else CONNECTION,
                on_update=reporter.update if reporter else None,
            )
        except InvalidAPIEndpointError:
            return MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        except SpaceToolsError as error:
            return to_error(error, params.name)
        return to_result(structured)

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The SDK asks for it on each modern call; without it, it would list all tools."""
        tool = self._toolset.tools.get(name)
        return None if tool is None else tool.input_schema


def to_mcp(tool: Tool) -> types.Tool:
    """A tool as the protocol shows it. Nothing is known of what the app's function changes."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=True,
        ),
    )


def build_server(toolset: Toolset, credentials: Credentials, announcer: Announcer) -> Server[Any]:
    """The MCP server of a toolset, for one caller. `announcer` must be told of its changes."""
    handlers = Handlers(toolset, credentials, announcer)
    server: Server[Any] = Server(
        "space-tools",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_call_tool=handlers.call_tool,
        on_subscriptions_listen=ListenHandler(announcer.bus),
        get_tool_input_schema=handlers.input_schema,
    )
    # As a keyword it would have to give a model, to be serialised anew for each request.
    server.add_request_handler("tools/list", types.PaginatedRequestParams, handlers.list_tools)
    return server
