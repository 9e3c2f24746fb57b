"""The calls of a day: most go well, some fail, are cancelled, bring files or take long."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from benchmarks.contestants import StdioTools
from benchmarks.echo_app import DIRECT, FAIL, PICTURE, QUEUED, SIZE_OF, SLOW
from benchmarks.samples import picture

Call = Callable[[StdioTools, str], Awaitable[bool]]
"""One call with a text; whether it ended as it should have."""

CANCELLED_AFTER = 0.05
MAX_WAIT = 2.0
"""Seconds that the server waits before a slow call becomes a job."""


async def ended(tools: StdioTools, endpoint: str, arguments: dict[str, str]) -> Any:
    """A call's result; one that outlasts its request is asked for until it is there."""
    result = await tools.client.call_tool(f"t_{endpoint}", arguments)
    while (job := (result.structured_content or {}).get("job")) is not None:
        result = await tools.client.call_tool("job_result", {"job": job})
    return result


def echo(endpoint: str) -> Call:
    async def call(tools: StdioTools, text: str) -> bool:
        return text in _text_of(await ended(tools, endpoint, {"text": text}))

    call.__qualname__ = endpoint
    return call


async def fail(tools: StdioTools, text: str) -> bool:
    result = await ended(tools, FAIL, {"text": text})
    return bool(result.is_error) and text in _text_of(result)


async def cancel(tools: StdioTools, text: str) -> bool:
    try:
        async with asyncio.timeout(CANCELLED_AFTER):
            await tools.client.call_tool(f"t_{SLOW}", {"text": text})
    except TimeoutError:
        return True
    return False


async def show(tools: StdioTools, text: str) -> bool:
    result = await ended(tools, PICTURE, {})
    shown = [block.data for block in result.content if block.type == "image"]
    return bool(shown) and len(b64decode(shown[0])) == picture().stat().st_size


async def send_file(tools: StdioTools, text: str) -> bool:
    result = await ended(tools, SIZE_OF, await tools.arguments(SIZE_OF, text))
    return str(picture().stat().st_size) in _text_of(result)


def _text_of(result: Any) -> str:
    return "\n".join(getattr(block, "text", "") for block in result.content)


job = echo(SLOW)
ECHOES: Sequence[Call] = (echo(QUEUED), echo(DIRECT))
DAY: Sequence[Call] = (*ECHOES * 16, fail, fail, cancel, job, show, send_file)
"""In turn: thirty-two echoes, two that fail, and one of each of the others."""
