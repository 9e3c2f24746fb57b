"""Every schema of every recorded app, as a whole: what changes shows, and must be meant."""

import json

import pytest

from space_tools.gradio.app_info import AppInfo, Endpoint, parse_app_info
from space_tools.schema.inputs import build_inputs
from tests.schema.recorded import app, read
from tests.schema.snapshots import VERSIONS, file_of, schemas_of, text_of


@pytest.mark.parametrize("version", VERSIONS)
def test_every_tool_has_the_schemas_that_were_read_and_approved(version: str) -> None:
    approved = file_of(version).read_text(encoding="utf-8").splitlines()
    differing = sorted({*text_of(version).splitlines()} ^ {*approved})
    assert differing == [], "if it is meant: python -m tests.schema.snapshots"


def test_ten_generations_are_covered() -> None:
    assert len(VERSIONS) == 10
    assert all(len(schemas_of(version)["kitchen_sink"]) >= 100 for version in VERSIONS)


def test_a_snapshot_is_json() -> None:
    assert json.loads(file_of("6.31.0").read_text(encoding="utf-8"))["kitchen_sink"]["/echo_text"]


def test_what_gradio_3_says_of_a_file_makes_no_difference() -> None:
    # `serialize=false` asks for what goes over the wire instead of what a client would be given.
    both = [read(f"3.50.2/kitchen_sink/{name}") for name in ("info", "info_serialize_false")]
    plain, wire = ({n: _types(e) for n, e in info["named_endpoints"].items()} for info in both)
    assert plain == wire


def _types(described: dict[str, list[dict[str, object]]]) -> list[object]:
    return [given["type"] for given in (*described["parameters"], *described["returns"])]


@pytest.mark.parametrize("version", VERSIONS)
def test_without_info_the_components_say_enough(version: str) -> None:
    # Some versions answer 500 for /info: types, bounds, choices and files come from /config.
    config = read(f"{version}/kitchen_sink/config")
    alone, whole = parse_app_info(config), app(f"{version}/kitchen_sink")
    for name in ("number", "slider", "dropdown_pairs", "dropdown_multi", "image_filepath", "video"):
        schemas = [build_inputs(endpoint_of(info, name)).schema for info in (alone, whole)]
        (one,), (other,) = (schema["properties"].values() for schema in schemas)
        assert {**one, "default": None} == {**other, "default": None}


def endpoint_of(info: AppInfo, name: str) -> Endpoint:
    found = info.endpoint(name)
    assert found is not None
    return found


def test_a_component_of_gradio_3_that_only_config_knows_keeps_its_schema() -> None:
    shape = {"type": "array", "items": {"type": "number"}}
    component = {
        **{"id": 1, "type": "made_up", "props": {"label": "L"}},
        "api_info": {"info": shape, "serialized_info": False},
        "example_inputs": {"raw": [1], "serialized": "[1]"},
    }
    dependency = {"inputs": [1], "outputs": [], "api_name": "f"}
    info = parse_app_info({"components": [component], "dependencies": [dependency]})
    assert build_inputs(endpoint_of(info, "f")).schema["properties"]["l"] == {
        **shape,
        "examples": [[1]],
        "description": "L.",
    }
