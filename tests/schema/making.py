"""Inputs to ask questions of: of recorded endpoints, and of made-up ones."""

from typing import Any

import pytest

from space_tools.errors import ValidationError
from space_tools.gradio.app_info import Endpoint, Parameter
from space_tools.schema.inputs import Inputs, build_inputs
from tests.schema.recorded import endpoint

RED = {"path": "/tmp/up/red.png", "orig_name": "red.png", "meta": {"_type": "gradio.FileData"}}


def inputs(name: str, of: str = "6.31.0/kitchen_sink") -> Inputs:
    """The inputs of a recorded endpoint."""
    return build_inputs(endpoint(name, of))


def made_up(component: str, **given: Any) -> Inputs:
    """The inputs of an endpoint with one parameter `x`."""
    parameter = Parameter(
        name="x", label=given.pop("label", ""), component=component, slot=0, **given
    )
    template = (parameter.default,)
    return build_inputs(Endpoint(fn_index=0, name="/f", parameters=(parameter,), template=template))


def schema_of(component: str, **given: Any) -> Any:
    """The schema of that parameter."""
    return made_up(component, **given).schema["properties"]["x"]


def problems(built: Inputs, **arguments: Any) -> list[str]:
    """What is wrong with arguments that do not fit."""
    with pytest.raises(ValidationError) as raised:
        built.bind(arguments)
    return raised.value.problems
