"""`tools/call`: a tool runs for its caller; what it gives, or what goes wrong, is the result."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.exceptions import MCPError

from space_tools.errors import CallCancelled, InvalidAPIEndpointError, SpaceToolsError
from space_tools.files.media import to_media
from space_tools.files.outputs import find_files
from space_tools.schema.outputs import OutputFile
from space_tools.server.announcer import Announcer
from space_tools.server.callers import Caller, Context
from space_tools.server.content import to_error, to_result, with_warning
from space_tools.server.progress import Reporter, reporting
from space_tools.tools.toolset import Toolset

HUNG_UP = CallCancelled("the client hung up while the call was running")


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
        reports = context.meta is not None and "progress_token" in context.meta
        result: types.CallToolResult | MCPError = to_error(HUNG_UP, params.name)
        async with _while_there(caller):
            if not reports:
                result = await self._call(caller, params, None)
            else:
                result = await reporting(
                    context.session.report_progress,
                    lambda reporter: self._call(caller, params, reporter),
                )
        if isinstance(result, MCPError):
            raise result
        return with_warning(result, caller.warning)

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
        self._link(caller, find_files(structured))
        told = await self._toolset.keeper(caller.credentials, name).fit(structured)
        files = find_files(told.structured)
        self._link(caller, files)
        if any("uri" in file for file in files):
            await self._announcer.announce_files(caller.principal)
        store = self._toolset.files
        media = await to_media(files, store, caller.principal, self._inline_limit)
        return to_result(structured, told, files, media)

    def _link(self, caller: Caller, files: Iterable[OutputFile]) -> None:
        """Says of each file that is kept where it can be downloaded, instead of where it was."""
        for file in files if caller.link else ():
            stored = self._toolset.files.find(file.get("uri", ""), caller.principal)
            if stored is not None and caller.link is not None:
                file["url"] = caller.link(stored)


@asynccontextmanager
async def _while_there(caller: Caller) -> AsyncIterator[None]:
    """Cancels the block once its client has hung up: nobody would get what it gives."""
    if caller.gone is None:
        yield
        return
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(_cancel_when, caller.gone, task_group.cancel_scope)
        yield
        task_group.cancel_scope.cancel()


async def _cancel_when(gone: anyio.Event, scope: anyio.CancelScope) -> None:
    await gone.wait()
    scope.cancel()
