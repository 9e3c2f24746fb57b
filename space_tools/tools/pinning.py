"""Which tools are still what they were when they were first seen, and which are refused."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from space_tools.errors import ConfigurationError
from space_tools.gradio.app import GradioApp
from space_tools.tools.differences import differences
from space_tools.tools.pins import Pin, Pins, PinsOfApp
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool

Build = Callable[[GradioApp], list[Tool]]
"""Makes the tools of an app, as they are wanted now. May raise `ConfigurationError`."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A tool that is not what it was: its `endpoint`, what `changed`, and a sentence with that."""

    endpoint: str
    changed: str
    why: str


def pins_of(app: GradioApp, endpoints: Sequence[str]) -> dict[str, Pin]:
    """What an app says now of these endpoints."""
    wanted = frozenset(endpoints)
    return {
        endpoint.name: Pin.of(app.info, endpoint, zero_gpu=app.zero_gpu)
        for endpoint in app.info.endpoints
        if endpoint.name in wanted
    }


def judge(
    pins: Pins, source: Source, app: GradioApp, tools: Sequence[Tool], build: Build
) -> tuple[list[Tool], dict[str, Refused]]:
    """Those of an app's `tools` that may be offered, and by their names those that may not.

    What was not seen before is pinned. Raises `ConfigurationError` if that cannot be.
    """
    now = pins_of(app, [tool.endpoint.name for tool in tools])
    kept = pins.keep(source.key, now)
    refused = {
        tool.name: Refused(name, changed, _why(source, tool.name, kept[name], changed))
        for tool in tools
        if (name := tool.endpoint.name) and (changed := drift(kept, now, app, tool, build))
    }
    return [tool for tool in tools if tool.name not in refused], refused


def drift(kept: PinsOfApp, now: PinsOfApp, app: GradioApp, tool: Tool, build: Build) -> str:
    """What is otherwise about a tool than it was pinned, in words; empty if nothing is."""
    name = tool.endpoint.name
    if name not in kept or kept[name].says_the_same_as(now[name]):
        return ""
    try:
        before = build(_as_pinned(app, kept[name]))
    except ConfigurationError:  # what is wanted of it now could not be wanted of it then
        before = []
    return differences(before[0], tool) if before else "arguments"


def _as_pinned(app: GradioApp, pin: Pin) -> GradioApp:
    """The app as it was, to be looked at and not to be called."""
    return GradioApp(app.http, app.address, pin.info, kind=app.kind, zero_gpu=pin.zero_gpu)


def _why(source: Source, name: str, pin: Pin, changed: str) -> str:
    accept = f"space-tools doctor --space {shlex.quote(source.src)} --accept"
    return (
        f"{name} of {source.src} is refused: it is not what it was when it was first seen, on "
        f"{pin.since:%Y-%m-%d} (changed: {changed}); have whoever runs this server look at it, "
        f"and take it as it is now with `{accept}`"
    )
