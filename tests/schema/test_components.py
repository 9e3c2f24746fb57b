"""Every component of every generation has its row, and what has none is shown as its app does."""

import ast
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from space_tools.gradio.app_info import Endpoint, Parameter, Return
from space_tools.schema.components import COMPONENTS, component_of
from space_tools.schema.inputs import build_inputs
from space_tools.schema.outputs import build_outputs
from tests.schema.making import RED, made_up, problems, schema_of
from tests.schema.recorded import APPS, app

OTHER_NAMES = {
    **dict.fromkeys(["barplot", "lineplot", "scatterplot"], "nativeplot"),
    **{"text": "textbox", "highlight": "highlightedtext"},
}
NO_COMPONENTS = {
    *("Annotated", "ChatMessage", "Component", "Form", "FormComponent", "InputHTMLAttributes"),
    *("MessageDict", "StreamingInput", "StreamingOutput", "component", "get_component_instance"),
    *("_Keywords",),
}


def current_components() -> set[str]:
    """The kinds of component that the installed Gradio exports, read from it unimported."""
    spec = importlib.util.find_spec("gradio")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).with_name("components") / "__init__.py"
    exported = next(
        ast.literal_eval(node.value)
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    kinds = [name.lower() for name in exported if name not in NO_COMPONENTS]
    return {OTHER_NAMES.get(kind, kind) for kind in kinds}


CURRENT = current_components()

RETIRED = {
    *("barplot", "bokehplot", "carousel", "interpretation", "lineplot", "logoutbutton"),
    *("scatterplot", "statustracker", "timeseries", "variable"),
}
"""Components that only Gradio 3 or 4 has."""

FILE = {"type": "object", "properties": {"path": {}, "orig_name": {}, "url": {}}}
OLD_FILE = {"type": "object", "properties": {"name": {}, "data": {}, "is_file": {}}}
WORDS = "a file: a local path, an https URL, a data: URI, or the uri of an earlier result"


def test_every_component_of_the_installed_gradio_has_a_row() -> None:
    assert len(CURRENT) > 40
    assert CURRENT - COMPONENTS.keys() == set()


def test_every_row_is_of_a_component_that_there_is_or_was() -> None:
    assert COMPONENTS.keys() - CURRENT - RETIRED == {"api"}
    assert RETIRED - COMPONENTS.keys() == set()


def test_every_component_of_every_recorded_app_has_a_row() -> None:
    endpoints = [endpoint for name in APPS for endpoint in app(name).endpoints]
    used = {value.component for e in endpoints for value in (*e.parameters, *e.returns)}
    assert used - COMPONENTS.keys() == set()


@pytest.mark.parametrize("kind", [*COMPONENTS, "made_up"])
@pytest.mark.parametrize("props", [{}, {"label": "L", "choices": [["a", 1]], "value": None}])
def test_every_row_makes_valid_schemas_of_nothing(kind: str, props: dict[str, Any]) -> None:
    parameter = Parameter(name="x", label="", component=kind, slot=0, props=props)
    returned = Return(label="", component=kind, slot=0, props=props)
    endpoint = Endpoint(fn_index=0, name="/f", parameters=(parameter,), returns=(returned,))
    shown = build_inputs(endpoint).schema["properties"]
    for schema in (build_inputs(endpoint).schema, build_outputs(endpoint).schema):
        Draft202012Validator.check_schema(schema)
    assert list(shown) == (["x"] if component_of(kind, {}).shown else [])
    assert all(schema["description"] for schema in shown.values())


@pytest.mark.parametrize(
    ("kind", "props", "given", "sent"),
    [
        ("fileexplorer", {}, ["a/b.txt", "c"], [["a", "b.txt"], ["c"]]),
        ("fileexplorer", {"file_count": "single"}, "a/b.txt", [["a", "b.txt"]]),
        ("dataset", {"samples": [["a"], ["b"]]}, 1, 1),
        ("datetime", {}, "2024-02-03T04:05:06", "2024-02-03 04:05:06"),
        ("datetime", {"include_time": False}, "2024-02-03", "2024-02-03"),
        (
            "gallery",
            {},
            ["red", {"file": "red", "caption": "c"}],
            [{"image": RED, "caption": None}, {"image": RED, "caption": "c"}],
        ),
        (
            "imageeditor",
            {},
            {"background": "red", "layers": ["red"]},
            {"background": RED, "layers": [RED], "composite": None},
        ),
        (
            "dataframe",
            {"headers": ["a"]},
            {"headers": ["x", 2], "data": [[1, 2, 3], []]},
            {"headers": ["x", "2", "3"], "data": [[1, 2, 3], [None] * 3], "metadata": None},
        ),
        ("multimodaltextbox", {}, {"files": "red"}, {"text": "", "files": [RED]}),
    ],
)
def test_an_argument_becomes_what_its_component_takes(
    kind: str, props: dict[str, Any], given: Any, sent: Any
) -> None:
    assert made_up(kind, props=props).bind({"x": given}, {"red": RED}).data == [sent]


@pytest.mark.parametrize(
    ("kind", "props", "given", "sentence"),
    [
        ("dataset", {"samples": [["a"]]}, 1, "`x` must be at most 0, got 1"),
        (
            "datetime",
            {},
            "tomorrow",
            '`x` must be a time, as YYYY-MM-DD HH:MM:SS, got the string "tomorrow"',
        ),
        (
            "multimodaltextbox",
            {"file_count": "single"},
            {"files": ["a", "b"]},
            "`x.files` must have at most 1 items, got 2",
        ),
        (
            "dataframe",
            {"headers": ["n"], "datatype": ["number"]},
            [{"n": "many"}],
            '`x[0].n` must be a number or null, got the string "many"',
        ),
    ],
)
def test_what_its_component_does_not_take_is_told(
    kind: str, props: dict[str, Any], given: Any, sentence: str
) -> None:
    assert problems(made_up(kind, props=props), x=given) == [sentence]


@pytest.mark.parametrize("file", [FILE, OLD_FILE])
def test_files_inside_a_shape_of_the_apps_own_are_given_as_strings(file: Any) -> None:
    page = {"type": "object", "properties": {"file": {"$ref": "#/$defs/F"}, "n": {"type": "null"}}}
    pages = {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}}
    theirs = {"$defs": {"F": file, "P": page}, **pages}
    built = made_up("pdf_viewer", schema=theirs)
    assert built.schema["$defs"]["F"] == {"type": "string", "description": WORDS}
    given = [{"file": "red", "n": None}, None]
    assert built.file_sources({"x": given}) == ["red"]
    assert built.bind({"x": given}, {"red": RED}).data == [[{"file": RED, "n": None}, None]]
    assert problems(built, x=[{"file": "blue"}]) == [
        '`x[0].file` must be an http(s) URL, got "blue"'
    ]


def test_an_annotated_image_is_given_with_its_masks() -> None:
    note = {"type": "object", "properties": {"image": FILE, "label": {"type": "string"}}}
    notes = {"type": "array", "items": note}
    theirs = {"type": "object", "properties": {"image": FILE, "annotations": notes}}
    given = {"image": "red", "annotations": [{"image": "red", "label": "box"}]}
    sent = {"image": RED, "annotations": [{"image": RED, "label": "box"}]}
    assert made_up("annotatedimage", schema=theirs).bind({"x": given}, {"red": RED}).data == [sent]


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("prompt", "textbox", "prompt"),
        ("提示词", "textbox", "textbox"),
        ("größe_x", "number", "gr_e_x"),
        ("_1", "textbox", "_1"),
        ("x" * 99, "textbox", "x" * 60),
        ("\u3164", "\u3164", "value"),
    ],
)
def test_a_property_has_a_name_that_every_model_api_takes(name: str, kind: str, shown: str) -> None:
    twice = tuple(
        Parameter(name=n, label="L", component=kind, slot=i) for i, n in enumerate([name, name])
    )
    built = build_inputs(Endpoint(fn_index=0, name="/f", parameters=twice))
    second = f"{shown}_2" if re.search("[a-z]", shown) else kind
    assert list(built.schema["properties"]) == [shown, second]
    assert built.schema["properties"][shown]["description"].startswith("L.")


def test_a_name_of_sixty_four_letters_is_kept() -> None:
    parameter = Parameter(name="x" * 64, label="", component="textbox", slot=0)
    built = build_inputs(Endpoint(fn_index=0, name="/f", parameters=(parameter,)))
    assert list(built.schema["properties"]) == ["x" * 64]


def test_what_nobody_named_is_described_by_its_kind() -> None:
    parameter = Parameter(name="parameter_12", label="parameter_12", component="checkbox", slot=0)
    built = build_inputs(Endpoint(fn_index=0, name="/f", parameters=(parameter,)))
    assert built.schema["properties"]["parameter_12"]["description"] == "Checkbox."


@pytest.mark.parametrize(
    ("size", "words"), [(1024, "1 KB"), (5 * 1024**2, "5 MB"), (1536 * 1024**2, "1.5 GB")]
)
def test_the_most_that_a_file_may_have_is_told(size: int, words: str) -> None:
    parameters = tuple(
        Parameter(name=kind, label=kind, component=kind, slot=i)
        for i, kind in enumerate(["image", "textbox"])
    )
    endpoint = Endpoint(fn_index=0, name="/f", parameters=parameters)
    shown = build_inputs(endpoint, max_file_size=size).schema["properties"]
    assert shown["image"]["description"].endswith(f"At most {words}.")
    assert shown["textbox"]["description"] == "Textbox."


def test_the_places_to_which_a_number_is_rounded_are_told() -> None:
    shown = schema_of("number", props={"precision": 2, "minimum": 0})
    assert shown["description"] == "At least 0, rounded to 2 decimal places."
