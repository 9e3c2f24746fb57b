"""What a result says of its files, read back through the same server."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from mcp import Client
from mcp_types import (
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

URI = "space-tools://files/"


def files_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every file in a structured value that can be read as a resource."""
    if isinstance(value, dict):
        if str(value.get("uri", "")).startswith(URI):
            yield value
        for item in value.values():
            yield from files_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from files_in(item)


def files_of(result: CallToolResult) -> list[dict[str, Any]]:
    """The files of a result that is no error."""
    return list(files_in(structure_of(result)))


def structure_of(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result that is no error and may have several blocks."""
    assert not result.is_error, text_block(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def text_block(result: CallToolResult) -> str:
    """The text that comes first."""
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def links_of(result: CallToolResult) -> list[ResourceLink]:
    """The links of a result, which must be last."""
    links = [block for block in result.content if isinstance(block, ResourceLink)]
    assert result.content[len(result.content) - len(links) :] == links
    return links


def media_of(result: CallToolResult) -> list[ContentBlock]:
    """What is between the text and the links."""
    return result.content[1 : len(result.content) - len(links_of(result))]


async def read(client: Client, uri: str) -> bytes:
    """The content of a resource."""
    [contents] = (await client.read_resource(uri)).contents
    assert contents.uri == uri
    if isinstance(contents, TextResourceContents):
        return contents.text.encode()
    assert isinstance(contents, BlobResourceContents)
    return b64decode(contents.blob)
