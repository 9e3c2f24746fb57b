"""The files of results as MCP resources: each caller's own, and nobody else's."""

from base64 import b64encode

import mcp_types as types
from anyio import to_thread
from mcp.shared.exceptions import MCPError

from space_tools.files.kinds import is_text
from space_tools.files.problems import FileProblem, size_words
from space_tools.files.store import SCHEME, FileStore, StoredFile

PAGE = 100
"""Resources that are listed at once."""

MOST_READ = 16 * 1024**2
"""Bytes of a file that `resources/read` answers with: encoded, they are held in memory."""

TEMPLATE = types.ResourceTemplate(
    uri_template=SCHEME + "{id}/{name}",
    name="result-file",
    title="A file of a result",
    description="A file that a tool made; its URI is in the tool's result, and can be given as a "
    "file argument of any tool. It is kept for an hour after its last use.",
)


def list_resources(store: FileStore, owner: str, cursor: str | None) -> types.ListResourcesResult:
    """The caller's files, newest first. A cursor that is none of ours is -32602."""
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 20):
        raise MCPError(types.INVALID_PARAMS, "Unknown cursor")
    files = store.files_of(owner)
    older = [stored for stored in files if cursor is None or stored.created < int(cursor)]
    page = older[:PAGE]
    return types.ListResourcesResult(
        resources=[_described(stored) for stored in page],
        next_cursor=str(page[-1].created) if len(older) > PAGE else None,
    )


def _described(stored: StoredFile) -> types.Resource:
    return types.Resource(
        uri=stored.uri, name=stored.name, mime_type=stored.mime_type, size=stored.size
    )


def list_templates() -> types.ListResourceTemplatesResult:
    """The one form that our URIs have."""
    return types.ListResourceTemplatesResult(resource_templates=[TEMPLATE])


def find_readable(store: FileStore, owner: str, uri: str) -> StoredFile:
    """A file that can be read whole. One that is unknown, or another caller's, is -32602."""
    stored = store.find(uri, owner)
    if stored is None:
        raise _not_found(uri)
    if stored.size > MOST_READ:
        raise _too_large(stored)
    return stored


async def read_resource(store: FileStore, stored: StoredFile, uri: str) -> types.ReadResourceResult:
    """A file as text or blob. One that is gone meanwhile is -32602."""
    try:
        with store.reading(stored) as file:  # here, since threads must not touch the store
            content = await to_thread.run_sync(file.read)
    except (FileProblem, OSError):
        raise _not_found(uri) from None
    return types.ReadResourceResult(contents=[_to_contents(uri, stored.mime_type, content)])


def _to_contents(
    uri: str, mime_type: str, content: bytes
) -> types.TextResourceContents | types.BlobResourceContents:
    if is_text(mime_type):
        try:
            text = content.decode()
        except UnicodeDecodeError:
            pass
        else:
            return types.TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    blob = b64encode(content).decode("ascii")
    return types.BlobResourceContents(uri=uri, mime_type=mime_type, blob=blob)


def _not_found(uri: str) -> MCPError:
    return MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})


def _too_large(stored: StoredFile) -> MCPError:
    where = f"it is saved as {stored.saved_as}; " if stored.saved_as else ""
    return MCPError(
        types.INTERNAL_ERROR,
        f"{stored.name} has {size_words(stored.size)}, more than the {size_words(MOST_READ)} that "
        f"can be read this way; {where}a tool that takes a file can be given its URI",
        {"uri": stored.uri, "size": stored.size},
    )
