"""Prompts: none. Many hosts ask for them all the same, and take an error for a broken server."""

import mcp_types as types
from mcp.shared.exceptions import MCPError

from space_tools.server.callers import Context


async def list_prompts(
    context: Context, params: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
    """The empty list."""
    return types.ListPromptsResult(prompts=[])


async def get_prompt(
    context: Context, params: types.GetPromptRequestParams
) -> types.GetPromptResult:
    """Always -32602, as for any name that is not in the list."""
    raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")
