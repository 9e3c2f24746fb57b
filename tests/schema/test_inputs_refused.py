"""What an agent is told of arguments that do not fit."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from space_tools.errors import ValidationError
from space_tools.schema.inputs import build_inputs
from tests.schema.making import inputs, made_up, problems
from tests.schema.recorded import app

ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("number", 80, "`x` must be at most 10, got 80"),
        ("number", -1, "`x` must be at least 0, got -1"),
        ("number", 1.5, "`x` must be a whole number, got the number 1.5"),
        ("number_echo", "abc", '`x` must be a number, got the string "abc"'),
        ("number_echo", True, "`x` must be a number, got true"),
        ("echo_text_required", None, "`x` must be a string, got null"),
        ("echo_text", ["a"], "`x` must be a string, got an array"),
        ("echo_text_limited", "abcdef", "`x` must be at most 5 characters long, got 6"),
        ("radio", "aa", '`x` must be one of "a", "b", got "aa"; did you mean "a"?'),
        ("radio", 1, '`x` must be one of "a", "b", got 1'),
        ("dropdown_multi", ["a", "q"], '`x[1]` must be one of "a", "b", "c", got "q"'),
        ("dropdown_multi", ["a", "b", "c"], "`x` must have at most 2 items, got 3"),
        (
            "dataframe",
            {"data": [[{}]]},
            "`x.data[0][0]` must be a string, a number, true or false or null, got an object",
        ),
        ("dataframe", {"headers": []}, "`x.data` is required"),
        ("dataframe", {"data": [], "rows": 1}, "`x.rows` is not a property"),
        ("dataframe", "a,b", '`x` must be an array or an object, got the string "a,b"'),
        ("image_filepath", "cat.png", '`x` must be an http(s) URL, got "cat.png"'),
        ("file_multiple", ["https://h/a", "b"], '`x[1]` must be an http(s) URL, got "b"'),
        ("multimodal_textbox", {"files": ["b"]}, '`x.files[0]` must be an http(s) URL, got "b"'),
        (
            "json_io",
            {"a": math.nan},
            "`x` must be JSON, without NaN, infinities, lone surrogates or endless nesting",
        ),
    ],
)
def test_a_sentence_says_what_is_wrong(name: str, given: Any, sentence: str) -> None:
    assert problems(inputs(name), x=given) == [sentence]


def test_every_problem_is_told_in_the_order_of_the_parameters() -> None:
    assert problems(inputs("defaults"), promt="x", style="fanzy", count="three") == [
        "`prompt` is required",
        '`count` must be a whole number, got the string "three"',
        '`style` must be one of "plain", "fancy", got "fanzy"; did you mean "fancy"?',
        "`promt` is not a parameter; did you mean `prompt`?",
    ]


def test_a_failed_alternative_is_one_sentence() -> None:
    built = inputs("typed_api")
    assert problems(built, a=1, tags=5) == ["`tags` must be null or an array, got the number 5"]
    assert problems(built, a=1, tags=[1, 2]) == ["`tags[0]` must be a string, got the number 1"]


def test_a_choice_is_known_by_the_nearest_of_its_names() -> None:
    props = {"choices": [["Emma (US)", 1], ['Liam; "UK"', True], ["c", "third"]]}
    built = made_up("radio", props=props)
    assert built.schema["properties"]["x"] == {
        "type": ["integer", "boolean", "string"],
        "enum": [1, True, "third"],
        "description": 'Labels: Emma (US) = 1; "Liam; \\"UK\\"" = true; c = third.',
    }
    assert problems(built, x="ema (us)") == [
        '`x` must be one of 1, true, "third", got "ema (us)"; did you mean "Emma (US)"?'
    ]
    assert problems(built, x="Thrid") == [
        '`x` must be one of 1, true, "third", got "Thrid"; did you mean "third"?'
    ]
    assert built.bind({"x": 'liam; "uk"'}).data == [True]


def test_long_values_and_lists_of_choices_are_cut() -> None:
    (sentence,) = problems(
        made_up("radio", props={"choices": [f"c{i}" for i in range(500)]}), x="z" * 999
    )
    assert sentence.endswith('"c19", … (500 in all), got "' + "z" * 59 + '…"')


def test_nesting_without_end_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for name in ("json_io", "dataframe", "echo_text"):
        assert "endless nesting" in problems(inputs(name), x=deep)[0]


BUILT = [build_inputs(described) for described in app("6.31.0/kitchen_sink").endpoints]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_binding_anything_raises_nothing_but_a_validation_error(data: st.DataObject) -> None:
    built = data.draw(st.sampled_from(BUILT))
    names = [*built.schema["properties"], "else"]
    arguments = data.draw(st.dictionaries(st.sampled_from(names), ANY_JSON, max_size=4))
    built.file_sources(arguments)
    try:
        outcome: list[Any] = built.bind(arguments).data
    except ValidationError as error:
        outcome = error.problems
    assert outcome or not (arguments or built.bind({}).data)
