"""`tools/call`: a tool runs for its caller; what it gives, or what goes wrong, is the result."""

from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from space_tools.errors import InvalidAPIEndpointError, SpaceToolsError
from space_tools.files.outputs import find_files
from space_tools.server.announcer import Announcer
from space_tools.server.callers import Caller, Context
from space_tools.server.content import to_error, to_result
from space_tools.server.media import to_media
from space_tools.server.progress import Reporter, reporting
from space_tools.tools.toolset import Toolset


class Calls:
    """Runs calls. `inline_limit`: bytes of pictures and sound that a result carries itself."""

    def __init__(self, toolset: Toolset, announcer: Announcer, inline_limit: int) -> None:
        self._toolset = toolset
        self._announcer = announcer
        self._inline_limit = inline_limit

    async def answer(
        self, context: Context, caller: Caller, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """The result of a call, reported while it runs if that was asked for.

        Raises `MCPError` -32602 for an unknown tool.
        """
        if context.meta is None or "progress_token" not in context.meta:
            result = await self._call(caller, params, None)
        else:
            result = await reporting(
                context.session.report_progress,
                lambda reporter: self._call(caller, params, reporter),
            )
        if isinstance(result, MCPError):
            raise result
        return result

    async def _call(
        self, caller: Caller, params: types.CallToolRequestParams, reporter: Reporter | None
    ) -> types.CallToolResult | MCPError:
        try:
            structured = await self._toolset.call(
                params.name,
                params.arguments or {},
                credentials=caller.credentials,
                conversation=caller.conversation,
                on_update=reporter.update if reporter else None,
            )
        except InvalidAPIEndpointError:
            return MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        except SpaceToolsError as error:
            return to_error(error, params.name)
        return await self._to_result(caller, params.name, structured)

    async def _to_result(
        self, caller: Caller, name: str, structured: dict[str, Any]
    ) -> types.CallToolResult:
        told = await self._toolset.keeper(caller.credentials, name).fit(structured)
        files = find_files(told.structured)
        if any("uri" in file for file in files):
            await self._announcer.announce_files(caller.principal)
        store = self._toolset.files
        media = await to_media(files, store, caller.principal, self._inline_limit)
        return to_result(structured, told, files, media)
