"""`tools/list`, for which nothing is made twice.

The SDK checks each answer against the version of MCP that its client speaks, and writes it out for
that; with a thousand tools this takes longer than all else. What it is given to check is an answer
without tools. They are put in behind it, checked and written out for that version once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import mcp_types as types
from mcp.server.context import CallNext, HandlerResult
from mcp_types.methods import SERVER_RESULTS, serialize_server_result

from space_tools.schema.portable import to_portable
from space_tools.server.caching import not_yet_whole
from space_tools.server.callers import Context
from space_tools.tools.derived import Derived
from space_tools.tools.offered import Offered

METHOD = "tools/list"

MOST_LISTED = 100
"""Catalogues whose lists are kept: that of everybody, and those of callers with more."""

AS_OF = "space-tools/as-of"
"""In a tool's `_meta`: when its app was last seen, if that is asleep or cannot be reached now."""

Catalogue = Mapping[str, Offered]

Choose = Callable[[Context], Awaitable[tuple[Catalogue, bool]]]
"""What is offered to whom a request is made for, and whether that is all there will be."""


class Lists:
    """Answers with the tools that `choose` gives, and the server's `own` after them."""

    def __init__(self, choose: Choose, own: Sequence[Offered]) -> None:
        self._choose = choose
        self._own = own
        # By the form of an answer, which several versions share.
        self._written: dict[Any, Derived[Catalogue, list[Any]]] = {}

    async def frame(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """The handler: an answer without tools."""
        # How long it is fresh is said where that is known for every answer: in CACHING.
        return types.ListToolsResult(tools=[])

    async def fill(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """The middleware: the same answer with them."""
        answer = await call_next(ctx)
        if ctx.method != METHOD or not isinstance(answer, dict):
            return answer
        catalogue, is_whole = await self._choose(ctx)
        filled = {**answer, "tools": self._in(ctx.protocol_version).of(catalogue)}
        return filled if is_whole else not_yet_whole(filled)

    def _in(self, version: str) -> Derived[Catalogue, list[Any]]:
        form = SERVER_RESULTS[METHOD, version]
        if form not in self._written:
            self._written[form] = Derived(partial(self._write, version), MOST_LISTED)
        return self._written[form]

    def _write(self, version: str, catalogue: Catalogue) -> list[Any]:
        tools = list(map(to_mcp, [*catalogue.values(), *self._own]))
        answer = types.ListToolsResult(tools=tools, ttl_ms=0, cache_scope="private")
        dumped = answer.model_dump(by_alias=True, mode="json", exclude_none=True)
        written: list[Any] = serialize_server_result(METHOD, version, dumped)["tools"]
        return written


def to_mcp(tool: Offered) -> types.Tool:
    """A tool as the protocol shows it."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=to_portable(tool.input_schema),
        output_schema=to_portable(tool.output_schema),
        annotations=types.ToolAnnotations.model_validate(tool.annotations),
        # Beside the definition, which stays as it was approved.
        _meta={AS_OF: tool.as_of.isoformat(timespec="seconds")} if tool.as_of else None,
    )
