"""Schemas and values as smolagents has them."""

from typing import Any

import pytest
from PIL import Image

from space_tools.schema.outputs import OutputFile
from space_tools.tools.adapters.answers import Answer
from space_tools.tools.adapters.names import to_identifier
from space_tools.tools.adapters.smolagents import (
    to_argument,
    to_inputs,
    to_output_type,
    to_value,
)

FILE = OutputFile(uri="space-tools://files/id/a.png", name="a.png")


class Shown:
    """A picture that knows where it came from."""

    uri = "space-tools://files/id/a.png"


@pytest.mark.parametrize(
    ("schema", "given"),
    [
        (
            {"type": "number", "maximum": 5, "default": 1, "description": "Steps."},
            {"type": "number", "maximum": 5, "default": 1, "description": "Steps."},
        ),
        ({"type": "string"}, {"type": "string", "description": "x"}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"], "description": "x"}),
        ({"enum": ["a", 1]}, {"type": "any", "enum": ["a", 1], "description": "x"}),
        (
            {"anyOf": [{"type": "string"}, {"type": ["number", "string"]}]},
            {"type": ["string", "number"], "description": "x"},
        ),
        ({"anyOf": [{"type": "string"}, {}]}, {"type": "any", "description": "x"}),
        ({"$ref": "#/$defs/a"}, {"type": "any", "description": "x"}),
        (
            {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/a"}]}},
            {"type": "array", "description": "x"},
        ),
        (
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "string"}, "description": "x"},
        ),
    ],
)
def test_an_input_has_a_type_and_a_description(
    schema: dict[str, Any], given: dict[str, Any]
) -> None:
    whole = {"type": "object", "properties": {"x": schema}}
    assert to_inputs({**whole, "required": ["x"]}, set()) == {"x": given}
    assert to_inputs(whole, set()) == {"x": {**given, "nullable": True}}


def test_a_file_may_be_given_as_a_picture() -> None:
    schema = {"properties": {"x": {"type": "string", "description": "A."}}, "required": ["x"]}
    assert to_inputs(schema, {"x"}) == {"x": {"type": "any", "description": "A."}}


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("art_paint", "art_paint"), ("flux-1_infer", "flux_1_infer"), ("3d_make", "_3d_make")],
)
def test_a_tool_is_called_what_python_can_call(name: str, identifier: str) -> None:
    assert to_identifier(name) == identifier


@pytest.mark.parametrize(
    ("value", "argument"),
    [
        ("a", "a"),
        (None, None),
        (Shown(), FILE["uri"]),
        (FILE, FILE["uri"]),
        (OutputFile(url="http://127.0.0.1/a", name="a"), "http://127.0.0.1/a"),
        ([FILE, 1], [FILE["uri"], 1]),
        ({"files": (FILE,)}, {"files": [FILE["uri"]]}),
        ({"uri": "mine"}, {"uri": "mine"}),
    ],
)
def test_files_of_results_are_given_on_by_their_uri(value: Any, argument: Any) -> None:
    assert to_argument(value) == argument


def test_a_picture_of_the_agents_own_is_sent_whole() -> None:
    assert to_argument(Image.new("RGB", (2, 2))).startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize(
    ("structured", "only", "value"),
    [
        ({"Out": 1}, "Out", 1),
        ({"Out": None}, "Out", None),
        ({}, "Out", {}),
        ({"Out_raw": 1}, "Out", {"Out_raw": 1}),
        ({"A": 1, "B": 2}, None, {"A": 1, "B": 2}),
        ({"Out": "x" * 300_000}, "Out", "shortened"),
    ],
)
def test_the_only_output_is_the_value(
    structured: dict[str, Any], only: str | None, value: Any
) -> None:
    assert to_value(Answer(text="shortened", structured=structured), only) == value


@pytest.mark.parametrize(
    ("schema", "output_type"),
    [
        ({"type": "string"}, "string"),
        ({"type": "array", "items": {}}, "array"),
        ({"type": "object"}, "any"),
        ({"type": ["string", "null"]}, "any"),
        ({}, "any"),
    ],
)
def test_an_output_has_a_type_where_it_is_one(schema: dict[str, Any], output_type: str) -> None:
    assert to_output_type(schema) == output_type
