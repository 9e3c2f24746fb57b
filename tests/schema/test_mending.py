"""Slips that models make are mended, and nothing else is."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from space_tools.schema.mending import mend
from tests.schema.drawing import values_of
from tests.schema.making import inputs, made_up, problems
from tests.schema.test_inputs_refused import ANY_JSON, BUILT

INTEGER = {"type": "integer"}
LIST = {"type": "array", "items": INTEGER}
PAIR = {"type": "object", "properties": {"a": INTEGER, "b": {"type": "boolean"}}}
STYLES = {"type": "string", "enum": ["Oil, thick", "Ink", "ink", "Pen"]}
TABLE = {"type": ["array", "object"], "items": LIST, "required": ["data"]}


@pytest.mark.parametrize(
    ("schema", "given", "meant"),
    [
        (INTEGER, "20", 20),
        (INTEGER, " -3 ", -3),
        (INTEGER, "20.0", 20.0),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "false", False),
        (LIST, 3, [3]),
        (LIST, "3", [3]),
        (LIST, "[3, 4]", [3, 4]),
        (LIST, ["3", 4], [3, 4]),
        (PAIR, '{"a": "1", "b": "true"}', {"a": 1, "b": True}),
        (PAIR, {"a": "1", "b": "true"}, {"a": 1, "b": True}),
        (TABLE, "[[1, 2]]", [[1, 2]]),
        (STYLES, " oil,  thick ", "Oil, thick"),
        (STYLES, "PEN", "Pen"),
        ({"anyOf": [{"type": "null"}, LIST]}, "5", [5]),
        ({"type": "string"}, {"url": "https://h/a.png", "name": "a.png"}, "https://h/a.png"),
    ],
)
def test_what_is_meant_is_taken(schema: Any, given: Any, meant: Any) -> None:
    mended = mend(given, schema, {})
    assert mended == meant
    assert type(mended) is type(meant)


@pytest.mark.parametrize(
    ("schema", "given"),
    [
        (INTEGER, "twenty"),
        (INTEGER, "2.5"),
        (INTEGER, "1,000"),
        (INTEGER, "0x10"),
        (INTEGER, True),
        (INTEGER, "1e999"),
        ({"type": "boolean"}, "yes"),
        ({"type": "boolean"}, 1),
        ({"type": "string"}, 5),
        ({**INTEGER, "maximum": 10}, "80"),
        ({**LIST, "minItems": 2}, 3),
        (LIST, "[3, 4"),
        (LIST, "[NaN]"),
        (LIST, None),
        ({"type": "array", "items": LIST}, 3),
        (STYLES, "INK"),
        (STYLES, "oil"),
        (PAIR, "[1]"),
        ({"type": "string"}, {"url": "https://h/a.png"}),
    ],
)
def test_what_may_be_meant_is_not_guessed(schema: Any, given: Any) -> None:
    assert mend(given, schema, {}) == given


def test_a_part_that_nothing_mends_stays_beside_those_that_were() -> None:
    assert mend(["1", "x", "2"], LIST, {}) == [1, "x", 2]


def test_what_was_given_is_left_as_it_was() -> None:
    given = {"a": "1"}
    assert (mend(given, PAIR, {}), given) == ({"a": 1}, {"a": "1"})


def test_a_label_is_known_in_any_letter_case() -> None:
    built = made_up("radio", props={"choices": [['A "quoted", label', 1], ["Other", 2]]})
    assert built.bind({"x": 'a "Quoted", LABEL'}).data == [1]
    assert built.bind({"x": "1"}).data == [1]
    assert problems(made_up("radio", props={"choices": [["Yes", 1], ["yes", 2]]}), x="YES") == [
        '`x` must be one of 1, 2, got "YES"; did you mean "Yes"?'
    ]


def test_a_call_is_bound_with_what_was_meant() -> None:
    assert inputs("defaults").bind({"prompt": "p", "count": "4", "flag": "FALSE"}).data == [
        "p",
        4,
        False,
        "plain",
        None,
    ]
    assert inputs("typed_api").bind({"a": "1", "tags": "one"}).data == [1, 2.0, "n", ["one"]]


def test_a_lone_file_is_found_and_sent_as_a_list_of_one() -> None:
    built = inputs("file_multiple")
    assert built.file_sources({"x": "red"}) == ["red"]
    assert built.bind({"x": "red"}, {"red": {"path": "/up/red"}}).data == [[{"path": "/up/red"}]]


def test_nesting_without_end_is_refused_as_before() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "endless nesting" in problems(inputs("typed_api"), a=1, tags=deep)[0]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_value_that_fits_is_never_changed(data: st.DataObject) -> None:
    built = data.draw(st.sampled_from(BUILT))
    definitions = built.schema.get("$defs", {})
    for schema in built.schema["properties"].values():
        value = data.draw(st.one_of(values_of(schema, definitions), ANY_JSON))
        if Draft202012Validator({**schema, "$defs": definitions}).is_valid(value):
            assert mend(value, schema, definitions) is value


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_is_mended_fits_better_or_is_left_alone(data: st.DataObject) -> None:
    built = data.draw(st.sampled_from(BUILT))
    for schema in built.schema["properties"].values():
        value = data.draw(ANY_JSON)
        mended = mend(value, schema, {})
        validator = Draft202012Validator(schema)
        before, after = (len(list(validator.iter_errors(v))) for v in (value, mended))
        assert after <= before or mended is value


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_every_numeral_that_json_writes_is_its_number(number: float) -> None:
    mended = mend(str(number), {"type": "number"}, {})
    assert math.isclose(mended, number)
