"""What the arguments of the resource template may be: the caller's own files, and nobody else's."""

from collections.abc import Callable, Mapping

import mcp_types as types
from mcp.shared.exceptions import MCPError

from space_tools.files.store import FileStore, StoredFile
from space_tools.server.resources import TEMPLATE

MOST = 100
"""Values of one answer. Source: MCP 2026-07-28, completion."""

ARGUMENTS: Mapping[str, Callable[[StoredFile], str]] = {
    "id": lambda stored: stored.id,
    "name": lambda stored: stored.name,
}
"""What the URI of a file has for each argument of the template."""

NOTHING = types.CompleteResult(completion=types.Completion(values=[], total=0, has_more=False))


def complete(
    store: FileStore, owner: str, params: types.CompleteRequestParams
) -> types.CompleteResult:
    """Values that begin with what was typed, of the newest file first.

    Arguments that were chosen already leave only the files that have them. What is no argument of
    our template is -32602; for a prompt there is nothing to offer, which is no error: hosts ask
    while somebody types.
    """
    if isinstance(params.ref, types.PromptReference):
        return NOTHING
    if params.ref.uri != TEMPLATE.uri_template:
        raise MCPError(types.INVALID_PARAMS, "Nothing of that name has arguments to complete")
    value_of = ARGUMENTS.get(params.argument.name)
    if value_of is None:
        raise MCPError(types.INVALID_PARAMS, f"Unknown argument: {params.argument.name}")
    typed = params.argument.value.casefold()
    chosen = (params.context.arguments if params.context else None) or {}
    files = [stored for stored in store.files_of(owner) if _has(stored, params, chosen)]
    values = list(dict.fromkeys(v for v in map(value_of, files) if v.casefold().startswith(typed)))
    completion = types.Completion(
        values=values[:MOST], total=len(values), has_more=len(values) > MOST
    )
    return types.CompleteResult(completion=completion)


def _has(
    stored: StoredFile, params: types.CompleteRequestParams, chosen: Mapping[str, str]
) -> bool:
    return all(
        value_of(stored) == chosen[name]
        for name, value_of in ARGUMENTS.items()
        if name in chosen and name != params.argument.name
    )
