"""An app's endpoints as tools: which are offered, and what each is called. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from space_tools.config.spaces import ToolSettings
from space_tools.config.values import blaming
from space_tools.files.inputs import FileAccess
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.schema.inputs import build_inputs
from space_tools.schema.names import Names, tool_name
from space_tools.schema.outputs import build_outputs
from space_tools.tools.describe import description, title
from space_tools.tools.overrides import with_overrides
from space_tools.tools.selection import Selection, is_offered
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
UNKNOWN_EFFECTS: Mapping[str, bool] = {
    "readOnlyHint": False,
    "destructiveHint": False,
    "idempotentHint": False,
    "openWorldHint": True,
}
"""Nothing is known of what the app's function changes."""

AS_IT_IS = ToolSettings()

RESULT_EXTRAS: Mapping[str, Mapping[str, Any]] = {
    "error": {"type": "string"},
    "outcome": {"type": "string", "enum": ["done", "failed", "not_started", "unknown"]},
    "job": {"type": "string"},
    "warning": {"type": "string"},
    "session": {"type": "string"},
}
"""What any result may have beside its outputs. What they mean is said once, by the server, and in
each result that has one: said by every tool, it was a third of a list of tools."""


def build_tools(
    source: Source,
    app: GradioApp,
    sessions: SessionStore,
    selection: Selection,
    files: FileAccess | None = None,
) -> list[Tool]:
    """The tools of one app, in the order in which it lists its endpoints.

    `files` is their `file_access`. Raises `ConfigurationError` if two endpoints would have the
    same name, and for what the source wants of one that cannot be.
    """
    endpoints = [e for e in app.info.endpoints if is_offered(source, e, selection)]
    tools = [_build_tool(source, app, sessions, endpoint, files) for endpoint in endpoints]
    Names().take(origins(source.alias, tools))
    return tools


def _build_tool(
    source: Source,
    app: GradioApp,
    sessions: SessionStore,
    endpoint: Endpoint,
    files: FileAccess | None,
) -> Tool:
    wanted = source.tools.get(endpoint.name, AS_IT_IS)
    with blaming(f"tools: {endpoint.name}"):
        shown = with_overrides(endpoint, wanted)
    annotations = {"title": title(endpoint, app.info), **UNKNOWN_EFFECTS, **wanted.annotations}
    return Tool(
        name=wanted.name or tool_name(source.alias, endpoint.name),
        title=str(annotations["title"]),
        description=description(shown, app.info, source.src, zero_gpu=app.zero_gpu),
        # As the app has it: a parameter that is hidden from the agent is still the app's.
        endpoint=endpoint,
        inputs=build_inputs(
            shown, dict(_argument_extras(endpoint)), max_file_size=app.info.max_file_size
        ),
        outputs=build_outputs(endpoint, RESULT_EXTRAS),
        annotations=annotations,
        app=app,
        sessions=sessions,
        file_access=files,
    )


def _argument_extras(endpoint: Endpoint) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if endpoint.stateful:
        yield "session", SESSION_ARGUMENT
    if endpoint.wants_event_data:
        yield "event_data", EVENT_DATA_ARGUMENT


def reserved_names(names: Iterable[str]) -> Names:
    """With those taken that are no app's."""
    return Names(dict.fromkeys(names, "space-tools itself"))


def origins(alias: str, tools: Iterable[Tool]) -> Iterator[tuple[str, str]]:
    """The name of each tool of an app, and where it comes from, as patterns name that."""
    return ((tool.name, alias + tool.endpoint.name) for tool in tools)
