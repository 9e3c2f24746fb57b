"""From what an app answers to what a client was promised."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from space_tools.gradio.app_info import Endpoint, Return
from space_tools.schema.components import COMPONENTS
from space_tools.schema.outputs import OutputFile, Outputs, build_outputs
from space_tools.schema.text import legible
from tests.schema.recorded import APPS, app, endpoint, read

ANSWERED = [
    (version, name, recorded["data"])
    for version in ("5.49.1", "6.31.0")
    for name, recorded in read(f"{version}/kitchen_sink/outputs").items()
    if app(f"{version}/kitchen_sink").endpoint(name) is not None
]
RED = {
    "path": "/tmp/gradio/7/red.png",
    "url": "http://elsewhere/red.png",
    "size": 75,
    "orig_name": "red.png",
    "mime_type": "image/png",
    "is_stream": False,
    "meta": {"_type": "gradio.FileData"},
}
DOT = "data:image/png;base64,AA=="
DOT_SHOWN = {"url": DOT, "name": "file.png", "mime_type": "image/png"}
PLOTTED = {**DOT_SHOWN, "name": "plot.png"}
NOT_YET = {"path": None, "url": DOT, "meta": {"_type": "gradio.FileData"}}
RED_SHOWN = {"url": "<7/red.png>", "name": "red.png", "mime_type": "image/png", "size": 75}


def file_url(path: str) -> str:
    return f"<{path.removeprefix('/tmp/gradio/')}>"


def returning(*returns: tuple[str, str], **given: Any) -> Outputs:
    """The outputs of an endpoint that returns (label, component) pairs."""
    made = (Return(label=n, component=c, slot=i, **given) for i, (n, c) in enumerate(returns))
    return build_outputs(Endpoint(fn_index=0, name="/f", returns=tuple(made)))


def answers() -> list[Any]:
    return [pytest.param(*answer, id=f"{answer[0]}{answer[1]}") for answer in ANSWERED]


@pytest.mark.parametrize(("version", "name", "data"), answers())
def test_what_an_app_really_answers_fits_its_schema(
    version: str, name: str, data: list[Any]
) -> None:
    outputs = build_outputs(endpoint(name, f"{version}/kitchen_sink"))
    structured = outputs.structured(data, file_url)
    Draft202012Validator(outputs.schema).validate(structured)
    assert set(structured) <= set(outputs.names)
    assert "gradio.FileData" not in repr(structured)


def test_most_answers_were_recorded() -> None:
    assert len(ANSWERED) > 200


@pytest.mark.parametrize("name", APPS)
def test_every_recorded_output_schema_is_valid_and_promises_nothing(name: str) -> None:
    for described in app(name).endpoints:
        outputs = build_outputs(described)
        Draft202012Validator.check_schema(outputs.schema)
        assert list(outputs.schema["properties"]) == list(outputs.names)
        nothing = outputs.structured([None] * len(outputs.names), file_url)
        assert nothing == dict.fromkeys(outputs.names)
        Draft202012Validator(outputs.schema).validate(nothing)
        assert Draft202012Validator(outputs.schema).is_valid({})


def test_a_whole_schema() -> None:
    assert build_outputs(endpoint("state_counter"), {"session": {"type": "string"}}).schema == {
        "type": "object",
        "properties": {
            "Count": {"type": ["number", "string", "null"]},
            "session": {"type": "string"},
        },
    }


def test_outputs_are_named_by_label_or_component_and_counted() -> None:
    outputs = returning(("Out", "textbox"), ("Out", "json"), ("", "image"), ("value_9", "image"))
    assert outputs.names == ("Out", "Out_2", "image", "image_2")
    assert returning(("A\u200b\n  b", "textbox")).names == ("A b",)
    (long,) = returning(("x" * 200, "textbox")).names
    assert len(long) == 64


def test_an_output_named_like_an_extra_gives_way() -> None:
    described = Endpoint(
        fn_index=0, name="/f", returns=(Return(label="job", component="textbox", slot=0),)
    )
    assert build_outputs(described, {"job": {"type": "string"}}).names == ("job_2",)


@pytest.mark.parametrize(
    ("component", "sent", "shown"),
    [
        ("image", RED, RED_SHOWN),
        ("file", [RED, None], [RED_SHOWN, None]),
        ("gallery", [{"image": RED, "caption": "c"}], [{"image": RED_SHOWN, "caption": "c"}]),
        ("video", {"video": RED, "subtitles": None}, {"video": RED_SHOWN, "subtitles": None}),
        ("image", {**RED, "orig_name": None, "size": None}, {**RED_SHOWN, "size": None}),
        ("image", {k: v for k, v in RED.items() if k not in ("meta", "is_stream")}, RED_SHOWN),
        (
            "image",
            {"path": None, "url": "https://cdn/x.png", "meta": {"_type": "gradio.FileData"}},
            {"url": "https://cdn/x.png", "name": "x.png"},
        ),
        ("textbox", {"__type__": "update", "value": "new", "label": "L"}, "new"),
        ("image", {"__type__": "update", "value": RED}, RED_SHOWN),
        ("textbox", {"__type__": "update", "value": None}, None),
        ("image", {**NOT_YET, "orig_name": "a.png"}, {"url": DOT, "name": "a.png"}),
        ("gallery", [{"image": NOT_YET}], [{"image": {"url": DOT, "name": "file.png"}}]),
        ("image", DOT, DOT_SHOWN),
        ("plot", {"type": "matplotlib", "plot": DOT}, {"type": "matplotlib", "plot": PLOTTED}),
        ("plot", {"type": "plotly", "plot": "{}"}, {"type": "plotly", "plot": "{}"}),
        ("plot", None, None),
        ("textbox", DOT, DOT),
        ("json", {"path": "p", "url": "u"}, {"path": "p", "url": "u"}),
        ("json", {"meta": {"_type": "gradio.FileData"}}, {"meta": {"_type": "gradio.FileData"}}),
    ],
)
def test_files_and_updates_are_made_plain(component: str, sent: Any, shown: Any) -> None:
    if isinstance(shown, dict):
        shown = {key: value for key, value in shown.items() if key != "size" or value is not None}
    assert returning(("Out", component)).structured([sent], file_url) == {"Out": shown}


def test_only_what_the_app_gives_out_whole_is_fetched() -> None:
    outputs = returning(("Out", "image"))
    for sent, fetched in [
        (RED, True),
        (NOT_YET, True),
        ({**RED, "path": DOT, "url": None}, True),
        ({**RED, "is_stream": True}, False),
        ({**RED, "path": "http://elsewhere/red.png"}, False),
        ({**NOT_YET, "url": "https://elsewhere/red.png"}, False),
        ({**NOT_YET, "url": "data:what"}, False),
    ]:
        file = outputs.structured([sent], file_url)["Out"]
        assert isinstance(file, OutputFile)
        assert file.fetchable == fetched


def test_a_result_knows_what_each_of_its_outputs_is() -> None:
    outputs = returning(("A", "label"), ("A", "html"))
    assert outputs.structured(["a"], file_url).components == {"A": "label", "A_2": "html"}


def test_an_update_without_a_value_is_left_out() -> None:
    outputs = returning(("A", "textbox"), ("B", "textbox"))
    assert outputs.structured([{"__type__": "update", "visible": False}, "b"], file_url) == {
        "B": "b"
    }


def test_a_value_that_no_component_of_its_kind_has_goes_beside_what_was_promised() -> None:
    outputs = returning(("A", "textbox"), ("B", "number"))
    structured = outputs.structured([{"not": "text"}, 3], file_url)
    assert structured == {"A_raw": {"not": "text"}, "B": 3}
    Draft202012Validator(outputs.schema).validate(structured)


FILE_KEYS = ("path", "url", "orig_name", "mime_type", "size", "meta", "__type__", "value")
SHAPE_KEYS = ("data", "headers", "image", "video", "label", "confidences", "role", "files", "plot")
LIES = st.recursive(
    st.sampled_from([None, True, 1, float("nan"), "a", "data:,", {"_type": "gradio.FileData"}]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(FILE_KEYS + SHAPE_KEYS), inner, max_size=6),
        st.fixed_dictionaries({"path": inner, "meta": st.just({"_type": "gradio.FileData"})}),
    ),
    max_leaves=12,
)
"""What no component would answer, made of what they all look for."""


@pytest.mark.parametrize("component", sorted(COMPONENTS))
@settings(max_examples=15)
@given(value=LIES)
def test_whatever_an_app_answers_fits_the_schema(component: str, value: Any) -> None:
    outputs = returning(("Out", component))
    structured = outputs.structured([value], file_url)
    Draft202012Validator(outputs.schema).validate(structured)
    json.dumps(structured, allow_nan=False)


def test_a_file_is_what_its_app_can_mean_by_it() -> None:
    odd = {"orig_name": {"a": 1}, "mime_type": "text/\x1b[31mhtml\n", "size": float("nan")}
    meta = {"_type": "gradio.FileData"}
    sent = [{**odd, "path": "/tmp/a.txt", "meta": meta}, {"path": "x" * 5000, "meta": meta}]
    outputs = returning(("a", "file"), ("b", "file"))
    odd_file, far = outputs.structured(sent, file_url).values()
    assert odd_file == {"url": "</tmp/a.txt>", "name": "a.txt", "mime_type": "text/html"}
    assert not far.fetchable
    assert len(far["url"]) <= 2000


def test_an_answer_of_another_length_is_taken_as_far_as_it_goes() -> None:
    outputs = returning(("A", "textbox"), ("B", "textbox"))
    assert outputs.structured(["a"], file_url) == {"A": "a"}
    assert outputs.structured(["a", "b", "c"], file_url) == {"A": "a", "B": "b"}


def test_the_shape_of_a_function_is_told_but_not_promised() -> None:
    outputs = returning(("", "api"), schema={"type": "object", "additionalProperties": {}})
    assert outputs.schema["properties"]["api"]["anyOf"][0] == {"type": "object"}
    Draft202012Validator(outputs.schema).validate(outputs.structured([[1]], file_url))


JSON = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.text()),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)


def test_a_number_that_json_cannot_say_is_null() -> None:
    data = [[float("nan"), {"a": float("inf")}, 1.5]]
    shown = returning(("Out", "json")).structured(data, file_url)
    assert shown == {"Out": [None, {"a": None}, 1.5]}


def legible_json(value: Any) -> Any:
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, list):
        return [legible_json(item) for item in value]
    if isinstance(value, dict):
        return {legible(key): legible_json(item) for key, item in value.items()}
    return value


def test_a_text_that_hides_instructions_is_given_without_them() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    smuggled = "".join(chr(0xFE00 + ord(letter) % 16) for letter in "obey")
    sent = [f"fine{hidden}", {f"k\u200b{hidden}": f"\x1b[8mok\x1b[0m\u202e ❤\ufe0f{smuggled}"}]
    assert returning(("Out", "json")).structured([sent], file_url) == {
        "Out": ["fine", {"k": "ok ❤"}]
    }


def test_a_text_in_any_script_is_given_as_it_is() -> None:
    for text in (
        "\u0645\u06cc\u200c\u062e",
        "क्\u200dष",
        "👩\u200d🔬 ❤\ufe0f\u200d🔥",
        "\u200eabc\u200f",
        "a\r\n\tb\u2028",
    ):
        assert returning(("Out", "textbox")).structured([text], file_url) == {"Out": text}


@given(JSON)
def test_an_echo_equals_what_was_given_but_for_what_hides(value: Any) -> None:
    outputs = returning(("Out", "json"))
    structured = outputs.structured([value], file_url)
    assert structured == {"Out": legible_json(value)}
    Draft202012Validator(outputs.schema).validate(structured)
