"""What holds for every schema that is shown, of real apps and of odd ones."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from space_tools.gradio.app_info import Endpoint, Parameter, Return
from space_tools.schema.components import COMPONENTS
from space_tools.schema.inputs import build_inputs
from space_tools.schema.outputs import build_outputs
from space_tools.schema.text import visible_json
from space_tools.schema.witness import has_witness
from tests.schema.recorded import APPS, app
from tests.schema.test_repair import ANYTHING

EVERY_APP = pytest.mark.parametrize("name", APPS)
MAPS = ("properties", "$defs")
LISTS = ("anyOf", "allOf", "prefixItems")
INSIDE = ("items", "additionalProperties")


def subschemas(schema: Any) -> Iterator[Any]:
    """A schema and every one in it."""
    yield schema
    if isinstance(schema, Mapping):
        inner = [item for key in MAPS for item in schema.get(key, {}).values()]
        inner += [item for key in LISTS for item in schema.get(key, [])]
        inner += [schema[key] for key in INSIDE if schema.get(key) not in (None, False)]
        for item in inner:
            yield from subschemas(item)


def promised(schema: dict[str, Any]) -> None:
    """Valid, satisfiable, with no gaps; and its text is safe to show."""
    Draft202012Validator.check_schema(schema)
    definitions = schema.get("$defs", {})
    for part in subschemas(schema):
        assert isinstance(part, Mapping)
        assert {"type", "anyOf", "allOf", "$ref"} & part.keys(), part
        told = {"items", "prefixItems", "enum"} & part.keys()
        assert part.get("type") != "array" or told, part
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/$defs/") in definitions
        if "default" in part:
            whole = {**part, "$defs": definitions}
            assert Draft202012Validator(whole).is_valid(part["default"])
    assert visible_json(schema) == schema
    json.dumps(schema, allow_nan=False).encode()


def keeps_its_promises(endpoint: Endpoint) -> None:
    built = build_inputs(endpoint)
    promised(built.schema)
    promised(build_outputs(endpoint).schema)
    definitions = built.schema.get("$defs", {})
    for schema in built.schema["properties"].values():
        assert schema["description"].strip()
        assert has_witness(schema, definitions)
    # The text too is the same every time, whatever the process.
    assert json.dumps(built.schema) == json.dumps(build_inputs(endpoint).schema)


@EVERY_APP
def test_every_schema_of_a_recorded_app_is_as_promised(name: str) -> None:
    distinct = {json.dumps(build_inputs(e).schema): e for e in app(name).endpoints}
    for endpoint in distinct.values():
        keeps_its_promises(endpoint)


PROPS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ["minimum", "maximum", "step", "precision", "max_length", "max_choices"],
            st.one_of(st.integers(-9, 99), st.floats(), st.text(max_size=3), st.none()),
        ),
        **dict.fromkeys(["multiselect", "allow_custom_value", "include_time"], st.booleans()),
        "choices": st.one_of(ANYTHING, st.lists(st.tuples(st.text(max_size=3), ANYTHING))),
        "file_types": st.one_of(ANYTHING, st.lists(st.text(max_size=4), max_size=3)),
        "file_count": st.sampled_from(["single", "multiple", "directory", None, 3]),
        "headers": st.one_of(ANYTHING, st.lists(st.text(max_size=4), max_size=3)),
        "datatype": st.one_of(ANYTHING, st.lists(st.sampled_from(["str", "number", "bool"]))),
        "samples": ANYTHING,
        "language": ANYTHING,
        **dict.fromkeys(["label", "info", "placeholder"], ANYTHING),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_schema_of_an_odd_app_is_as_promised(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([*COMPONENTS, "custom"]))
    schema = data.draw(ANYTHING)
    props, label = data.draw(PROPS), data.draw(st.text(max_size=9))
    default, has_default = data.draw(ANYTHING), data.draw(st.booleans())
    of = {"label": label, "component": kind, "slot": 0, "props": props}
    of["schema"] = schema if isinstance(schema, dict) else {}
    given_default = {"has_default": has_default, "default": default if has_default else None}
    name = data.draw(st.text(min_size=1, max_size=70))
    parameter = Parameter(name=name, example=data.draw(ANYTHING), **of, **given_default)
    keeps_its_promises(
        Endpoint(fn_index=0, name="/f", parameters=(parameter,), returns=(Return(**of),))
    )
