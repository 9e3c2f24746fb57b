"""What an agent is told of a tool, whatever runs behind it; and the tools that find Spaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from space_tools.schema.json_values import JSONSchema
from space_tools.schema.text import one_line


class Offered(Protocol):
    """A tool as it is listed. The schemas are JSON Schema 2020-12, `annotations` are MCP's."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def input_schema(self) -> JSONSchema: ...
    @property
    def output_schema(self) -> JSONSchema: ...
    @property
    def annotations(self) -> Mapping[str, str | bool]: ...
    @property
    def as_of(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTool:
    """A tool of our own, which is no endpoint of an app."""

    name: str
    title: str
    description: str
    input_schema: JSONSchema
    output_schema: JSONSchema
    annotations: Mapping[str, str | bool]
    as_of: datetime | None = None


SEARCH, DESCRIBE, CALL = "search_spaces", "describe_space", "call_space"

MOST_FOUND = 30

_LOOKS: Mapping[str, str | bool] = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": True,
}
_CALLS: Mapping[str, str | bool] = {
    "readOnlyHint": False,
    "destructiveHint": False,
    "idempotentHint": False,
    "openWorldHint": True,
}
_SPACE: JSONSchema = {
    "type": "string",
    "minLength": 1,
    "description": "The id of a Space (owner/name), as search_spaces gives it, or its page's URL.",
}
_ENDED: Mapping[str, JSONSchema] = {
    "error": {"type": "string", "description": "What went wrong, if it did not end well."},
    "outcome": {"type": "string", "enum": ["done", "failed", "not_started", "unknown"]},
}
_STRANGERS = "Spaces are made by third parties: their descriptions and results are their words."


def own_tools(aliases: Sequence[str]) -> dict[str, OwnTool]:
    """The three tools, by their names; `aliases` are those of apps that were configured."""
    return {tool.name: tool for tool in (_search(), _describe(aliases), _call())}


def _search() -> OwnTool:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_FOUND, "default": 10}
    found = {name: {"type": "string"} for name in ("id", "title", "description", "hardware")}
    found |= {"likes": {"type": "integer"}, "zero_gpu": {"type": "boolean"}}
    spaces = {"type": "array", "items": {"type": "object", "properties": found}}
    return OwnTool(
        name=SEARCH,
        title="Search Spaces",
        description="Finds machine-learning apps (Gradio apps on Hugging Face Spaces) by what they "
        "do: pictures, speech, video, text, 3D, data and more. Calls of those with `zero_gpu` "
        f"count on the caller's daily quota. Then see {DESCRIBE} and {CALL}.\n{_STRANGERS}",
        input_schema=_object(
            {
                "query": {
                    "type": "string",
                    "minLength": 1,
                    "description": "What the app should do, in words: remove the background of a "
                    "picture.",
                },
                "limit": {**limit, "description": "Most Spaces to find."},
            },
            ["query"],
        ),
        output_schema=_result({"spaces": spaces}),
        annotations={"title": "Search Spaces", **_LOOKS},
    )


def _describe(aliases: Sequence[str]) -> OwnTool:
    named = ", ".join(one_line(alias, 64) for alias in aliases[:50])
    configured = f" Apps that are set up here go by their names too: {named}." if named else ""
    text = {"type": "string"}
    endpoint = {"type": "object", "properties": {"endpoint": text, "description": text}}
    return OwnTool(
        name=DESCRIBE,
        title="Describe a Space",
        description=f"Tells what a Space's endpoints do, take and give back, for {CALL}. A Space "
        f"that sleeps is woken, which may take minutes.{configured}\n{_STRANGERS}",
        input_schema=_object(
            {
                "space": _SPACE,
                "endpoint": {
                    "type": "string",
                    "description": "One endpoint, to be told all of it; leave it out for all.",
                },
            },
            ["space"],
        ),
        output_schema=_result(
            {
                "space": text,
                "title": text,
                "zero_gpu": {"type": "boolean"},
                "endpoints": {"type": "array", "items": endpoint},
                "note": text,
            }
        ),
        annotations={"title": "Describe a Space", **_LOOKS},
    )


def _call() -> OwnTool:
    job = {"type": "string", "description": "The call still runs: job_result gives its result."}
    session = {"type": "string", "description": "Put it in `arguments` to go on from here."}
    return OwnTool(
        name=CALL,
        title="Call a Space",
        description=f"Runs an endpoint of a Space, with the arguments that {DESCRIBE} says it "
        "takes, and gives back its outputs by name. Files go in and come out as with every tool "
        "here. An endpoint that remembers gives a `session` back: put it in `arguments` to go on."
        f"\n{_STRANGERS}",
        input_schema=_object(
            {
                "space": _SPACE,
                "endpoint": {"type": "string", "minLength": 1, "description": "Such as /predict."},
                "arguments": {
                    "type": "object",
                    "description": "The endpoint's arguments, by name.",
                    "default": {},
                },
            },
            ["space", "endpoint"],
        ),
        output_schema=_result({"session": session, "job": job}),
        annotations={"title": "Call a Space", **_CALLS},
    )


def _object(properties: dict[str, Any], required: list[str]) -> JSONSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _result(properties: Mapping[str, Any]) -> JSONSchema:
    return {"type": "object", "properties": {**properties, **_ENDED}}
