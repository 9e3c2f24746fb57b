"""What a call has come to, as the result that its tool answers with: at once, or later."""

from collections.abc import Iterable

import mcp_types as types
from mcp.shared.exceptions import MCPError

from space_tools.errors import CallCancelled, CallError, InvalidAPIEndpointError, SpaceToolsError
from space_tools.files.media import to_media
from space_tools.schema.outputs import OutputFile
from space_tools.server.callers import Caller
from space_tools.server.content import to_error, to_result
from space_tools.tools.job import Job
from space_tools.tools.toolset import Toolset

CANCELLED = CallCancelled("the call was cancelled")
RESTARTED = CallError(
    "the server was restarted while it ran; whether the function finished is not known",
    outcome="unknown",
)


class Results:
    """Makes results. `inline_limit`: bytes of pictures and sound that one carries itself."""

    def __init__(self, toolset: Toolset, inline_limit: int) -> None:
        self._toolset = toolset
        self._inline_limit = inline_limit

    async def of(self, job: Job, caller: Caller) -> types.CallToolResult:
        """The result of a call that has ended, for its caller.

        Raises `MCPError` -32602 for an unknown tool, and what went wrong in the server itself.
        """
        kept = job.result
        if kept is None:
            return _to_failure(job)
        store = self._toolset.files
        self._toolset.jobs.hold_files(job)
        self._link(caller, kept.files)
        media = await to_media(kept.files, store, job.owner, self._inline_limit)
        return to_result(kept, media)

    def _link(self, caller: Caller, files: Iterable[OutputFile]) -> None:
        """Says of each file that is kept where it can be downloaded, instead of where it was."""
        for file in files if caller.link else ():
            stored = self._toolset.files.find(file.get("uri", ""), caller.principal)
            if stored is not None and caller.link is not None:
                file["url"] = caller.link(stored)


def _to_failure(job: Job) -> types.CallToolResult:
    error = job.error or (RESTARTED if job.status == "unknown" else CANCELLED)
    if isinstance(error, InvalidAPIEndpointError):
        raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {job.tool}")
    if not isinstance(error, SpaceToolsError):
        raise error
    return to_error(error, job.tool)
