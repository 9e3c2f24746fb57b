"""An app's endpoints as tools: which are offered, and what each is called. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.schema.inputs import build_inputs
from space_tools.schema.names import check_unique, tool_name
from space_tools.schema.outputs import build_outputs
from space_tools.tools.describe import description, title
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool

SESSION_ARGUMENT = {
    "type": "string",
    "description": "Goes on with an earlier call: the `session` that its result gave. "
    "Leave it out to start anew.",
}
EVENT_DATA_ARGUMENT = {
    "type": "object",
    "description": "The details of the event that this handles, as the app's page would send "
    'them, such as {"index": 0, "value": "…"}.',
}
RESULT_EXTRAS: Mapping[str, Mapping[str, Any]] = {
    "error": {"type": "string", "description": "What went wrong, if the call did not end well."},
    "outcome": {
        "type": "string",
        "enum": ["done", "failed", "not_started", "unknown"],
        "description": "Whether the app's function ran, if the call did not end well.",
    },
    "session": {"type": "string", "description": "Pass it on to go on with this conversation."},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which endpoints become tools: glob patterns matched against `alias/endpoint`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, alias: str, endpoint: Endpoint) -> bool:
        """Public ones that are not excluded; undocumented ones only if included by their name."""
        path = f"{alias}{endpoint.name}"
        if not endpoint.name or any(fnmatchcase(path, pattern) for pattern in self.exclude):
            return False
        match endpoint.visibility:
            case "public":
                included = any(fnmatchcase(path, pattern) for pattern in self.include)
                return included or not self.include
            case "undocumented":
                return path in self.include
        return False


def build_tools(
    source: Source, app: GradioApp, sessions: SessionStore, selection: Selection
) -> list[Tool]:
    """The tools of one app, in the order in which it lists its endpoints.

    Raises `ConfigurationError` if two endpoints would have the same name.
    """
    endpoints = [e for e in app.info.endpoints if selection.takes(source.alias, e)]
    tools = [_build_tool(source, app, sessions, endpoint) for endpoint in endpoints]
    check_unique(
        (tool.name, source.alias + endpoint.name)
        for tool, endpoint in zip(tools, endpoints, strict=True)
    )
    return tools


def _build_tool(source: Source, app: GradioApp, sessions: SessionStore, endpoint: Endpoint) -> Tool:
    return Tool(
        name=tool_name(source.alias, endpoint.name),
        title=title(endpoint, app.info),
        description=description(endpoint, app.info, source.src),
        endpoint=endpoint,
        inputs=build_inputs(endpoint, dict(_argument_extras(endpoint))),
        outputs=build_outputs(endpoint, RESULT_EXTRAS),
        app=app,
        sessions=sessions,
    )


def _argument_extras(endpoint: Endpoint) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if endpoint.stateful:
        yield "session", SESSION_ARGUMENT
    if endpoint.wants_event_data:
        yield "event_data", EVENT_DATA_ARGUMENT


def check_names(catalogues: Mapping[str, Sequence[Tool]]) -> None:
    """Raises `ConfigurationError` if tools of two apps (alias → tools) have the same name."""
    check_unique(
        (tool.name, alias + tool.endpoint.name)
        for alias, tools in catalogues.items()
        for tool in tools
    )
