"""What an agent is shown of an endpoint: its input schema."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from space_tools.gradio.app_info import Endpoint, Parameter
from space_tools.schema.inputs import build_inputs
from tests.schema.making import RED, inputs, made_up, problems, schema_of
from tests.schema.recorded import APPS, app, endpoint

FILE_WORDS = "a local path, an https URL, a data: URI, or the uri of an earlier result"


def test_a_whole_schema_with_defaults() -> None:
    assert inputs("defaults").schema == {
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "description": "Prompt."},
            "count": {"type": "integer", "default": 3, "description": "Count."},
            "flag": {"type": "boolean", "default": True, "description": "Flag."},
            "style": {
                "type": "string",
                "enum": ["plain", "fancy"],
                "default": "plain",
                "description": "Style.",
            },
            "opt": {"type": ["string", "null"], "default": None, "description": "Opt."},
        },
        "required": ["prompt"],
        "additionalProperties": False,
    }


def test_a_whole_schema_of_a_typed_function() -> None:
    assert inputs("typed_api").schema == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "description": "A."},
            "b": {"type": "number", "default": 2.0, "description": "B."},
            "name": {"type": "string", "default": "n", "description": "Name."},
            "tags": {
                "anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}],
                "default": None,
                "description": "Tags.",
            },
        },
        "required": ["a"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            "echo_text_limited",
            {"type": "string", "maxLength": 5, "description": "Text. Some info. Ph."},
        ),
        (
            "number",
            {
                "type": "integer",
                "minimum": 0,
                "maximum": 10,
                "default": 5,
                "description": "N. From 0 to 10.",
            },
        ),
        (
            "slider",
            {
                "type": "number",
                "minimum": 0,
                "maximum": 10,
                "default": 2,
                "description": "S. From 0 to 10, in steps of 0.5.",
            },
        ),
        (
            "dropdown_pairs",
            {
                "type": ["string", "integer"],
                "enum": ["val_a", 2],
                "default": "val_a",
                "description": "D. Labels: Label A = val_a; Label B = 2.",
            },
        ),
        (
            "dropdown_multi",
            {
                "type": "array",
                "items": {"type": "string", "enum": ["a", "b", "c"]},
                "maxItems": 2,
                "default": ["a"],
                "description": "D.",
            },
        ),
        (
            "dropdown_custom",
            {
                "type": "string",
                "examples": ["a", "b"],
                "default": "a",
                "description": "D. Values that are not listed may be given too.",
            },
        ),
        (
            "datetime",
            {
                "type": "string",
                "pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
                "[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
                "examples": ["2025-01-31 13:45:00"],
                "description": "When. A time, as YYYY-MM-DD HH:MM:SS.",
            },
        ),
        ("code", {"type": "string", "description": "Code. Python code."}),
        ("image_filepath", {"type": "string", "description": f"I. An image file: {FILE_WORDS}."}),
        (
            "file_multiple",
            {
                "type": "array",
                "items": {"type": "string"},
                "description": f"Fs. Files, each {FILE_WORDS}. Accepted: .txt, image.",
            },
        ),
        (
            "json_io",
            {
                "type": ["object", "array", "string", "number", "boolean", "null"],
                "description": "J. Any JSON.",
            },
        ),
        ("no_label", {"type": "string", "description": "X."}),
    ],
)
def test_a_parameter_is_shown(name: str, shown: dict[str, Any]) -> None:
    assert inputs(name).schema["properties"]["x"] == shown


@pytest.mark.parametrize(
    ("component", "props", "shown"),
    [
        ("slider", {"minimum": 1, "maximum": 50, "step": 1}, {"type": "integer"}),
        ("slider", {"minimum": 0, "maximum": 50, "step": 5}, {"type": "integer", "multipleOf": 5}),
        ("slider", {"minimum": 1, "maximum": 50, "step": 5}, {"type": "integer"}),
        ("slider", {"minimum": 0.0, "maximum": 1.0, "step": 0.1}, {"type": "number"}),
        ("number", {"precision": 0, "minimum": 0.2, "maximum": 0.8}, {"type": "number"}),
        ("number", {"precision": 0, "step": 8}, {"type": "integer", "multipleOf": 8}),
        ("number", {"step": 8}, {"type": "number"}),
    ],
)
def test_steps_bind_only_where_every_place_is_whole(
    component: str, props: dict[str, Any], shown: dict[str, Any]
) -> None:
    schema = schema_of(component, props=props)
    assert {key: schema.get(key) for key in ("type", "multipleOf")} == {"multipleOf": None, **shown}


def test_bounds_that_contradict_each_other_are_not_shown() -> None:
    assert schema_of("number", props={"minimum": 9, "maximum": 1}) == {
        "type": "number",
        "description": "X.",
    }


@pytest.mark.parametrize(
    ("component", "given", "shown"),
    [
        ("textbox", False, "False"),
        ("textbox", "", ""),
        ("textbox", 0, "0"),
        ("number", 0, 0),
        ("number", "7", 7),
        ("number", "7.5", 7.5),
        ("number", None, None),
        ("checkbox", False, False),
        ("checkbox", 1, True),
        ("checkboxgroup", "a", ["a"]),
        ("checkboxgroup", [], []),
        ("radio", "Label A", "a"),
        ("radio", None, None),
        ("image", None, None),
        ("gallery", [], []),
    ],
)
def test_a_default_is_shown_as_its_schema_can_take_it(
    component: str, given: Any, shown: Any
) -> None:
    props = {"choices": [["Label A", "a"], ["b", "b"]]}
    schema = schema_of(component, has_default=True, default=given, props=props)
    assert schema["default"] == shown
    assert type(schema["default"]) is type(shown)


@pytest.mark.parametrize(
    ("component", "given"),
    [
        ("number", "many"),
        ("radio", "zz"),
        ("image", "/srv/app/cat.png"),
        ("image", RED),
        ("file", ["/srv/app/cat.png"]),
        ("textbox", "x" * 5_000),
        ("textbox", float("nan")),
        ("dataframe", {"headers": [], "data": "none"}),
    ],
)
def test_a_default_that_cannot_be_shown_is_sent_all_the_same(component: str, given: Any) -> None:
    built = made_up(component, has_default=True, default=given, props={"choices": ["a"]})
    assert "default" not in built.schema["properties"]["x"]
    assert "required" not in built.schema
    assert built.bind({}).data == [given]


def test_states_and_timers_are_not_shown() -> None:
    for component in ("state", "browserstate", "timer"):
        built = made_up(component, default="kept")
        assert built.schema["properties"] == {}
        assert built.bind({}).data == ["kept"]


def test_hidden_text_reaches_nobody() -> None:
    schema = schema_of(
        "dropdown",
        label="Style\u200b\x1b[31m",
        props={"choices": [["A\u202e", "a\u200d"], ["b", "b"]], "info": "in\ufefffo"},
        has_default=True,
        default="a\u200d",
    )
    assert schema == {
        "type": "string",
        "enum": ["a", "b"],
        "default": "a",
        "description": "Style. Info. Labels: A = a.",
    }


def test_an_unknown_component_shows_the_apps_own_schema_with_its_definitions() -> None:
    point = {"type": "object", "properties": {"x": {"type": "number", "title": "X"}}}
    theirs = {"$defs": {"P": point}, "type": "array", "items": {"$ref": "#/$defs/P"}}
    other = {"$defs": {"P": {"type": "string"}}, "anyOf": [{"$ref": "#/$defs/P"}, True]}
    described: list[tuple[str, dict[str, Any], Any]] = [
        ("a", theirs, [{"x": 1}]),
        ("b", other, "..."),
    ]
    parameters = tuple(
        Parameter(name=n, label="", component="folium", slot=i, schema=schema, example=example)
        for i, (n, schema, example) in enumerate(described)
    )
    built = build_inputs(Endpoint(fn_index=0, name="/f", parameters=parameters))
    assert built.schema["$defs"] == {
        "P": {"type": "object", "properties": {"x": {"type": "number"}}},
        "P_2": {"type": "string"},
    }
    assert built.schema["properties"]["a"] == {
        "type": "array",
        "items": {"$ref": "#/$defs/P"},
        "examples": [[{"x": 1}]],
        "description": "A.",
    }
    assert built.schema["properties"]["b"]["anyOf"][0] == {"$ref": "#/$defs/P_2"}
    assert built.bind({"a": [{"x": 1}], "b": "s"}).data == [[{"x": 1}], "s"]
    assert problems(built, a=[{"x": "no"}], b=1) == [
        '`a[0].x` must be a number, got the string "no"'
    ]


def test_an_unknown_component_that_wants_a_file_gets_one() -> None:
    file = {"type": "object", "properties": {"path": {}, "orig_name": {}, "url": {}}}
    listed = {"$defs": {"F": file}, "type": "array", "items": {"$ref": "#/$defs/F"}}
    assert made_up("pdf", schema=file).bind({"x": "red"}, {"red": RED}).data == [RED]
    assert made_up("pdfs", schema=listed).bind({"x": ["red"]}, {"red": RED}).data == [[RED]]


@pytest.mark.parametrize("name", APPS)
def test_every_recorded_schema_is_valid_and_its_defaults_fit(name: str) -> None:
    for described in app(name).endpoints:
        built = build_inputs(described)
        Draft202012Validator.check_schema(built.schema)
        assert built.schema == build_inputs(described).schema
        for property_name, schema in built.schema["properties"].items():
            assert schema["description"]
            validator = Draft202012Validator({**schema, "$defs": built.schema.get("$defs", {})})
            if "default" in schema:
                assert validator.is_valid(schema["default"])
                arguments = dict.fromkeys(built.schema.get("required", []), "x")
                built.file_sources({**arguments, property_name: schema["default"]})
        if "required" not in built.schema:
            assert built.bind({}).data == list(described.template)


SCALARS = st.one_of(st.text(max_size=4), st.integers(), st.floats(), st.booleans(), st.none())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        ["textbox", "number", "slider", "radio", "dropdown", "checkboxgroup", "folium"]
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "choices": st.lists(st.one_of(SCALARS, st.tuples(SCALARS, SCALARS)), max_size=4),
            "minimum": SCALARS,
            "maximum": SCALARS,
            "step": SCALARS,
            "precision": st.sampled_from([0, 2, None]),
            "max_length": SCALARS,
            "max_choices": SCALARS,
            "multiselect": st.booleans(),
            "allow_custom_value": st.booleans(),
        },
    ),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=3)),
)
def test_whatever_the_properties_the_schema_is_valid_and_its_default_binds(
    component: str, props: dict[str, Any], default: Any
) -> None:
    built = made_up(component, props=props, has_default=True, default=default)
    Draft202012Validator.check_schema(built.schema)
    shown = built.schema["properties"]["x"]
    built.bind({})
    if "default" in shown:
        assert len(built.bind({"x": shown["default"]}).data) == 1
    for choice in shown.get("enum", []):
        assert len(built.bind({"x": choice}).data) == 1


def test_the_same_endpoint_gives_the_same_schema() -> None:
    described = endpoint("dataframe")
    assert build_inputs(described).schema == build_inputs(replace(described)).schema


def test_a_list_of_choices_that_nobody_would_read_is_left_out() -> None:
    values = [f"choice {number}" for number in range(100_000)]
    shown = Parameter(
        name="x",
        label="X",
        component="dropdown",
        slot=0,
        schema={"type": "string", "enum": values},
        props={"choices": [[value, value] for value in values]},
    )
    built = build_inputs(Endpoint(fn_index=0, name="/x", parameters=(shown,), template=(None,)))
    assert "enum" not in str(built.schema)
    assert built.bind({"x": "choice 99999"}).data == ["choice 99999"]


@pytest.mark.parametrize(
    ("values", "kind"), [(list(range(2000)), "integer"), ([str(n) for n in range(2000)], "string")]
)
def test_of_very_many_choices_a_few_are_shown_and_what_they_are(
    values: list[Any], kind: str
) -> None:
    shown = schema_of("dropdown", props={"choices": [[str(value), value] for value in values]})
    assert (shown["type"], shown["examples"]) == (kind, values[:10])
    assert "One of 2,000 choices" in shown["description"]
    several = schema_of(
        "dropdown", props={"choices": [["x", value] for value in values], "multiselect": True}
    )
    assert (several["type"], several["items"]["type"]) == ("array", kind)


def test_labels_stand_for_values_as_json_writes_them() -> None:
    choices = [["None", None], ["Yes", True], ["No", False]]
    assert (
        "None = null; Yes = true; No = false"
        in (schema_of("dropdown", props={"choices": choices})["description"])
    )


def test_the_key_of_a_translated_hint_is_no_description() -> None:
    hint = '__i18n__{"key": "chat_interface.message_placeholder"}'
    shown = schema_of("textbox", label="Message", props={"placeholder": hint})
    assert shown["description"] == "Message."
