"""What is otherwise about a tool than it was, in words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from space_tools.schema.text import one_line
from space_tools.tools.tool import Tool

MOST_NAMED = 6
"""Differences that are named; of more, it is said how many there are."""


def differences(before: Tool, now: Tool) -> str:
    """What an agent is told otherwise: `description, argument `x` (new)`; empty if nothing is."""
    if before.definition == now.definition:
        return ""
    found = list(_differences(before, now)) or ["name"]
    left_out = len(found) - MOST_NAMED
    more = [f"{left_out} more"] if left_out > 0 else []
    return ", ".join([*found[:MOST_NAMED], *more])


def _differences(before: Tool, now: Tool) -> Iterator[str]:
    if before.title != now.title:
        yield "title"
    if before.description != now.description:
        yield "description"
    if {**before.annotations, "title": ""} != {**now.annotations, "title": ""}:
        yield "annotations"
    yield from _of_schemas("argument", before.input_schema, now.input_schema)
    yield from _of_schemas("output", before.output_schema, now.output_schema)


def _of_schemas(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if before == now:
        return
    was, became = _members(before), _members(now)
    changed = [name for name in {**was, **became} if was.get(name) != became.get(name)]
    for name in changed:
        mark = " (new)" if name not in was else " (gone)" if name not in became else ""
        yield f"{kind} `{one_line(name, 64)}`{mark}"
    if not changed:
        yield f"{kind}s"


def _members(schema: Mapping[str, Any]) -> dict[str, tuple[Any, bool]]:
    """Name → its schema, and whether it is required."""
    required = schema.get("required", ())
    return {name: (value, name in required) for name, value in schema["properties"].items()}
