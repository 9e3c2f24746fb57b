"""Schemas as APIs take them: no recorded tool is left out, and none says less than it must."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from space_tools.schema.inputs import Inputs, build_inputs
from space_tools.tools.adapters.names import renamed
from space_tools.tools.adapters.schemas import (
    STRICT_KEYWORDS,
    changed,
    short,
    to_strict,
    with_items,
)
from tests.schema.recorded import APPS, app


def recorded(name: str) -> list[Inputs]:
    """The inputs of every endpoint of a recorded app."""
    return [build_inputs(endpoint) for endpoint in app(name).endpoints]


def schemas_in(schema: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    changed(schema, lambda each: found.append(each) or each)  # type: ignore[func-returns-value]
    return found


def one(schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    """The schema of a tool with one property."""
    return {"type": "object", "properties": {"x": schema}, "required": ["x"] * required}


def strict(schema: dict[str, Any], *, required: bool = True) -> Any:
    """What becomes of that property."""
    found = to_strict(one(schema, required=required))
    return found and found["properties"]["x"]


@pytest.mark.parametrize(
    ("schema", "bent"),
    [
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": ["string", "array"]}, {"type": ["string", "array"], "items": {}}),
        ({"type": "array", "items": {"type": "string"}},) * 2,
        (
            {"anyOf": [{"type": "array", "items": {"type": "array"}}]},
            {"anyOf": [{"type": "array", "items": {"type": "array", "items": {}}}]},
        ),
        ({"type": "string"},) * 2,
    ],
)
def test_every_array_has_items(schema: dict[str, Any], bent: dict[str, Any]) -> None:
    assert with_items(one(schema)) == one(bent)
    shared = {"type": "object", "$defs": {"a": schema}}
    assert with_items(shared) == {"type": "object", "$defs": {"a": bent}}


@pytest.mark.parametrize(
    ("schema", "required", "bent"),
    [
        ({"type": "string"}, True, {"type": "string"}),
        ({"type": "string"}, False, {"type": ["string", "null"]}),
        ({"type": ["number", "null"]}, False, {"type": ["number", "null"]}),
        (
            {"enum": ["a"], "type": "string"},
            False,
            {"enum": ["a", None], "type": ["string", "null"]},
        ),
        ({"enum": ["a", 1]}, False, {"enum": ["a", 1, None]}),
        (
            {"anyOf": [{"type": "string"}]},
            False,
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
        ),
        (
            {"$ref": "#/$defs/a", "description": "A."},
            False,
            {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}], "description": "A."},
        ),
        (
            {"type": "number", "maximum": 10, "default": 5, "description": "Steps."},
            False,
            {"type": ["number", "null"], "maximum": 10, "description": "Steps. Default: 5."},
        ),
        ({"type": "string", "maxLength": 5, "format": "uri"}, True, {"type": "string"}),
        (
            {"type": "array", "items": {"type": "string", "examples": ["a"]}},
            True,
            {"type": "array", "items": {"type": "string"}},
        ),
        ({"type": "array"}, True, None),
        ({"type": "array", "items": {}}, True, None),
        ({"description": "Anything."}, True, None),
        ({"type": "object"}, True, None),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": False}, True, None),
        ({"allOf": [{"type": "string"}]}, True, None),
    ],
)
def test_strict_mode_has_its_own_words(
    schema: dict[str, Any], required: bool, bent: dict[str, Any] | None
) -> None:
    assert strict(schema, required=required) == bent


@pytest.mark.parametrize("name", APPS)
def test_every_recorded_tool_is_taken_by_openai(name: str) -> None:
    for inputs in recorded(name):
        bent = with_items(inputs.schema)
        Draft202012Validator.check_schema(bent)
        assert all("items" in each for each in schemas_in(bent) if "array" in each.get("type", ""))
        assert bent["type"] == "object"
        assert not bent.keys() & {"anyOf", "oneOf", "allOf", "enum", "not"}


@pytest.mark.parametrize("name", APPS)
def test_in_strict_mode_null_stands_for_what_is_left_out(name: str) -> None:
    formed = [(inputs, to_strict(inputs.schema)) for inputs in recorded(name)]
    for inputs, strict in formed:
        if strict is not None:
            Draft202012Validator.check_schema(strict)
            check_strict(strict)
            check_nulls(inputs, strict)


def check_strict(schema: dict[str, Any]) -> None:
    for each in schemas_in(schema):
        assert each.keys() <= STRICT_KEYWORDS
        if each.get("type") == "object":
            assert each["additionalProperties"] is False
            assert each["required"] == list(each["properties"])


def check_nulls(inputs: Inputs, strict: dict[str, Any]) -> None:
    if not inputs.schema.get("required"):
        nothing = dict.fromkeys(strict["properties"])
        Draft202012Validator(strict).validate(nothing)
        assert inputs.bind(nothing) == inputs.bind({})


def test_most_recorded_tools_have_a_strict_form() -> None:
    formed = [to_strict(i.schema) is not None for i in recorded("6.31.0/kitchen_sink")]
    assert sum(formed) / len(formed) > 0.9


def test_a_name_that_cannot_be_is_another_and_leads_back() -> None:
    schema = {
        "properties": {"a-b": {"title": "1"}, "a_b": {"title": "2"}, "class": {"title": "3"}},
        "required": ["a-b", "class"],
    }
    bent, names = renamed(schema, lambda name: name.isidentifier() and name != "class")
    assert bent == {
        "properties": {"a_b_2": {"title": "1"}, "a_b": {"title": "2"}, "class_": {"title": "3"}},
        "required": ["a_b_2", "class_"],
    }
    assert names == {"a_b_2": "a-b", "a_b": "a_b", "class_": "class"}


def test_names_that_can_be_stay() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b.c": {}}, "required": ["a"]}
    assert renamed(schema, lambda name: True) == (schema, {"a": "a", "b.c": "b.c"})


@pytest.mark.parametrize(("length", "shown"), [(1024, 1024), (1025, 1024), (5000, 1024)])
def test_a_description_is_not_too_long(length: int, shown: int) -> None:
    text = short("x" * length)
    assert len(text) == shown
    assert text.endswith("…") == (length > shown)
