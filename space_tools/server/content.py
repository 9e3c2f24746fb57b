"""What a call gave, as MCP content. Pure.

The structured result alone must be enough: some hosts show the model only that, others only the
text. So each carries everything, and a file shows in both as its URL.
"""

import json
from collections.abc import Mapping
from typing import Any

import mcp_types as types

from space_tools.errors import AppError, CallError, SpaceToolsError, ValidationError
from space_tools.schema.text import clean

ADVICE = {
    "not_started": "The call did not start, so it can be made again.",
    "unknown": "It is not known whether it ran; make it again only if running twice does no harm.",
}


def to_result(structured: Mapping[str, Any]) -> types.CallToolResult:
    """A structured result with the same as text before it."""
    return types.CallToolResult(
        content=[types.TextContent(text=to_text(structured))],
        structured_content=dict(structured),
    )


def to_text(structured: Mapping[str, Any]) -> str:
    """One output as itself, several by name, nothing as a sentence; never empty."""
    if not structured:
        return "Done. This tool returns nothing."
    if len(structured) == 1:
        (value,) = structured.values()
        return _to_line(value) or "Done. The result is an empty text."
    return "\n".join(f"{name}: {_to_line(value)}" for name, value in structured.items())


def _to_line(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "(nothing)"
    if isinstance(value, dict) and "url" in value and "name" in value:
        return f"{value['name']}: {value['url']}"
    return json.dumps(value, ensure_ascii=False)


def to_error(error: SpaceToolsError, tool: str) -> types.CallToolResult:
    """An error that a model can act on, and whether the app's function ran."""
    message = _to_message(error, tool)
    advice = ADVICE.get(error.outcome, "") if isinstance(error, CallError) else ""
    return types.CallToolResult(
        content=[types.TextContent(text=f"{message} {advice}".strip())],
        structured_content={"error": message, "outcome": error.outcome},
        is_error=True,
    )


def _to_message(error: SpaceToolsError, tool: str) -> str:
    if isinstance(error, ValidationError):
        return "\n".join(clean(problem) for problem in error.problems)
    if not isinstance(error, AppError):
        return _sentence(clean(str(error)))
    message = clean(error.message)
    if not message:
        return f"{tool} failed; the app keeps the reason to itself."
    title = clean(error.title, 80)
    return message if title in ("", "Error") else f"{title}: {message}"


def _sentence(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
