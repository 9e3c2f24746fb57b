"""A description that cannot be is refused with the place where, and never trusted."""

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import NotAGradioApp, ProtocolError
from space_tools.gradio.app_info import parse_app_info
from tests.minimal_app import minimal_app


@pytest.mark.parametrize(
    "config", [None, [], "text", 5, {}, {"version": "6.31.0"}, {"dependencies": []}]
)
def test_what_is_no_configuration_is_no_gradio_app(config: object) -> None:
    with pytest.raises(NotAGradioApp):
        parse_app_info(config)


def changed(path: str, value: object) -> dict[str, Any]:
    """The minimal app's configuration with one value changed: `components.0.id`."""
    config: Any = copy.deepcopy(minimal_app()[0])
    *way, last = path.split(".")
    place = config
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    return dict(config)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("components", {}),
        ("components.0", None),
        ("components.0.id", "one"),
        ("components.1.props", []),
        ("dependencies", None),
        ("dependencies.0.inputs", [None]),
        ("dependencies.0.outputs", "x"),
        ("dependencies.0.api_visibility", "secret"),
        ("dependencies.0.types", 5),
        ("version", 6),
        ("max_file_size", "large"),
    ],
)
def test_a_malformed_configuration_is_refused_with_its_place(path: str, value: object) -> None:
    with pytest.raises(ProtocolError, match=rf"/config is malformed at {path}"):
        parse_app_info(changed(path, value))


@pytest.mark.parametrize(
    ("info", "place"),
    [
        ([], "its root"),
        ({"named_endpoints": []}, "named_endpoints"),
        ({"named_endpoints": {"/echo": {"parameters": [1]}}}, "named_endpoints./echo.parameters.0"),
    ],
)
def test_a_malformed_info_is_refused_with_its_place(info: object, place: str) -> None:
    with pytest.raises(ProtocolError, match=rf"/info is malformed at {place}"):
        parse_app_info(minimal_app()[0], info)


@pytest.mark.parametrize(
    "prefix",
    [
        "//evil.example",
        "/../admin",
        "/a/..",
        "@evil.example",
        ".evil.example",
        ":80",
        "/a?b",
        "/a#b",
        "/a b",
        "/a\\b",
        "/a%2e",
        "/a\n",
        "gradio_api",
        "/",
        "/é",
    ],
)
def test_a_prefix_that_could_lead_elsewhere_is_refused(prefix: str) -> None:
    with pytest.raises(ProtocolError, match="api_prefix"):
        parse_app_info(changed("api_prefix", prefix))


@pytest.mark.parametrize("prefix", ["", "/gradio_api", "/a/b-c_d.e~f"])
def test_a_plain_prefix_is_taken(prefix: str) -> None:
    assert parse_app_info(changed("api_prefix", prefix)).api_prefix == prefix


@pytest.mark.parametrize(
    ("path", "value", "many"),
    [
        ("dependencies", [{}] * 2001, "more than 2000 functions"),
        ("dependencies.0.inputs", [0] * 501, "more than 500 inputs or outputs"),
        ("dependencies.0.outputs", [0] * 501, "more than 500 inputs or outputs"),
    ],
)
def test_an_app_that_is_too_large_is_refused(path: str, value: object, many: str) -> None:
    with pytest.raises(ProtocolError, match=many):
        parse_app_info(changed(path, value))


def test_a_component_that_is_not_there_keeps_its_slot() -> None:
    found = parse_app_info(changed("dependencies.0.inputs", [99, 0])).endpoint("echo")
    assert found is not None
    assert found.template == (None, "hi")
    assert [parameter.slot for parameter in found.parameters] == [1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
PATHS = st.sampled_from(
    [
        *(f"components.0.{key}" for key in ("id", "type", "props", "skip_api", "api_info")),
        *(f"dependencies.0.{key}" for key in minimal_app()[0]["dependencies"][0]),
        *minimal_app()[0],
    ]
)


@given(PATHS, JSON)
def test_a_configuration_with_anything_in_it_is_read_or_refused(path: str, value: Any) -> None:
    with suppress(NotAGradioApp, ProtocolError):
        parse_app_info(changed(path, value), minimal_app()[1])


@given(JSON, JSON)
def test_any_json_is_read_or_refused(config: Any, info: Any) -> None:
    with suppress(NotAGradioApp, ProtocolError):
        parse_app_info(config, info)
