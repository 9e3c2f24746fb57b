"""Every recorded endpoint as a tool that is not called."""

from typing import Any

from space_tools.schema.inputs import build_inputs
from space_tools.schema.outputs import build_outputs
from space_tools.tools.tool import Tool
from tests.schema.recorded import APPS, app


def recorded_tools() -> list[Tool]:
    """The tools of all apps of all versions, each with a name of its own."""
    nowhere: Any = None
    return [
        Tool(
            name=f"app_{number}_{place}",
            title="",
            description=endpoint.description or "No description.",
            endpoint=endpoint,
            inputs=build_inputs(endpoint),
            outputs=build_outputs(endpoint),
            annotations={},
            app=nowhere,
            sessions=nowhere,
        )
        for number, name in enumerate(APPS)
        for place, endpoint in enumerate(app(name).endpoints)
    ]
