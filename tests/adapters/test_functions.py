"""Tools as functions of Python."""

import asyncio
import inspect
from typing import Any, Literal, get_type_hints

import pytest

from space_tools import Toolset
from space_tools.tools.adapters.functions import to_docstring, to_signature, to_type
from tests.gradio_server import RunningApp


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, str),
        ({"type": "integer"}, int),
        ({"type": "number"}, float),
        ({"type": "boolean"}, bool),
        ({"type": "object"}, dict[str, Any]),
        ({"type": "array", "items": {"type": "string"}}, list[str]),
        ({"type": "array"}, list[Any]),
        ({"type": ["string", "null"]}, Any),
        ({"anyOf": [{"type": "string"}]}, Any),
        ({"type": "string", "enum": ["a", "b"]}, Literal["a", "b"]),
        ({"enum": ["a", 1]}, Any),
        ({}, Any),
    ],
)
def test_a_schema_is_a_type(schema: dict[str, Any], kind: Any) -> None:
    assert to_type(schema) == kind


def test_what_is_required_comes_first() -> None:
    schema = {
        "properties": {
            "steps": {"type": "integer", "default": 4},
            "seed": {"type": "integer"},
            "prompt": {"type": "string"},
        },
        "required": ["prompt"],
    }
    shown = str(to_signature(schema))
    assert shown == "(prompt: str, steps: int = 4, seed: int | None = None) -> str"


def test_each_parameter_has_a_line() -> None:
    schema = {"properties": {"a": {"description": "The\nfirst."}, "b": {}}}
    assert to_docstring("Paint.", schema) == "Paint.\n\nArgs:\n    a: The first.\n    b: "
    assert to_docstring("Paint.", {"type": "object"}) == "Paint."


def test_functions_are_called_as_others_are(kitchen_sink: RunningApp) -> None:
    include = ["sink/two_outputs", "sink/slider"]
    with Toolset([f"sink={kitchen_sink.url}"], include=include) as tools:
        slider, two = sorted(tools.functions(blocking=True), key=lambda each: each.__name__)
        assert (slider.__name__, two.__name__) == ("sink_slider", "sink_two_outputs")
        assert get_type_hints(two) == {"a": str, "b": str, "return": str}
        assert two("1", b="2") == "Out A: 1\nOut B: 2"
        assert slider(99) == "`x` must be at most 10, got 99"
        awaited = [each for each in tools.functions() if each.__name__ == "sink_two_outputs"]
        assert inspect.iscoroutinefunction(awaited[0])
        assert asyncio.run(awaited[0](a="1", b="2")) == "Out A: 1\nOut B: 2"
        assert two("1", c="2") == "`b` is required\n`c` is not a parameter"


def test_an_argument_too_many_is_not_lost(interface_app: RunningApp) -> None:
    with Toolset([f"app={interface_app.url}"]) as tools:
        [greet] = tools.functions(blocking=True)
        with pytest.raises(TypeError, match="takes at most"):
            greet(*["Ann"] * 9)
