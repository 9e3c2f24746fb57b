"""What a call gave, as MCP content. Pure.

The structured result alone must be enough: some hosts show the model only that, others only the
text. So each carries everything, and a file shows in both by where it is.
"""

from base64 import b64encode
from itertools import islice

import mcp_types as types

from space_tools.errors import SpaceToolsError
from space_tools.files.media import Media, Medium
from space_tools.schema.failures import to_failure
from space_tools.schema.outputs import OutputFile
from space_tools.tools.kept import Kept

NO_MEDIA = Media()

MOST_LINKS = 100
"""Links to files that a result has beside its text and structure, which tell of all."""


def to_result(kept: Kept, media: Media = NO_MEDIA) -> types.CallToolResult:
    """A result: as text, then what is seen or heard of it, then links to its files.

    The first of very many files are linked.
    """
    text = kept.text
    if media.previewed:
        text += f"\nShown here only as a smaller preview: {', '.join(media.previewed)}."
    links = {file["uri"]: _to_link(file) for file in kept.files if "uri" in file}
    blocks: list[types.ContentBlock] = [
        *map(_to_block, media.items),
        *islice(links.values(), MOST_LINKS),
    ]
    content = [types.TextContent(text=text), *blocks]
    return types.CallToolResult(content=content, structured_content=kept.structured)


def with_warning(result: types.CallToolResult, warning: str) -> types.CallToolResult:
    """The result, with what its caller should know of how the call was made."""
    if not warning:
        return result
    structured = {**(result.structured_content or {}), "warning": warning}
    content = [*result.content, types.TextContent(text=f"Warning: {warning}")]
    return result.model_copy(update={"content": content, "structured_content": structured})


def _to_block(medium: Medium) -> types.ImageContent | types.AudioContent:
    data = b64encode(medium.content).decode("ascii")
    if medium.is_sound:
        return types.AudioContent(data=data, mime_type=medium.mime_type)
    return types.ImageContent(data=data, mime_type=medium.mime_type)


def _to_link(file: OutputFile) -> types.ResourceLink:
    return types.ResourceLink(
        uri=file["uri"], name=file["name"], mime_type=file["mime_type"], size=file["size"]
    )


def to_error(error: SpaceToolsError, tool: str) -> types.CallToolResult:
    """An error that a model can act on, and whether the app's function ran."""
    failure = to_failure(error, tool)
    return types.CallToolResult(
        content=[types.TextContent(text=failure.text)],
        structured_content=failure.structured,
        is_error=True,
    )
