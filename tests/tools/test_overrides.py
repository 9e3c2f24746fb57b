"""What a user wants otherwise than the app has it: what the agent sees of it, and what is sent."""

from typing import Any

import pytest

from space_tools.config.spaces import ToolSettings
from space_tools.errors import ConfigurationError, ValidationError
from space_tools.gradio.app_info import AppInfo, Endpoint, Parameter
from space_tools.schema.inputs import build_inputs
from space_tools.tools.overrides import with_overrides
from tests.schema.recorded import app

SINK: AppInfo = app("6.31.0/kitchen_sink")


def endpoint(name: str) -> Endpoint:
    found = SINK.endpoint(name)
    assert found is not None
    return found


def shown(name: str, **wanted: Any) -> dict[str, Any]:
    """The input schema of an endpoint for which that is wanted."""
    return build_inputs(with_overrides(endpoint(name), ToolSettings(**wanted))).schema


def sent(name: str, arguments: dict[str, Any], **wanted: Any) -> list[Any]:
    """What a call of it sends."""
    return build_inputs(with_overrides(endpoint(name), ToolSettings(**wanted))).bind(arguments).data


def refused(name: str, **wanted: Any) -> str:
    with pytest.raises(ConfigurationError) as raised:
        with_overrides(endpoint(name), ToolSettings(**wanted))
    return str(raised.value)


@pytest.mark.parametrize("found", SINK.endpoints, ids=lambda found: found.name)
def test_nothing_wanted_changes_nothing(found: Endpoint) -> None:
    assert with_overrides(found, ToolSettings()) == found


def test_a_description_takes_the_place_of_the_apps() -> None:
    changed = with_overrides(endpoint("/defaults"), ToolSettings(description="Mine."))
    assert changed.description == "Mine."
    assert changed.parameters == endpoint("/defaults").parameters


@pytest.mark.parametrize(
    ("name", "parameter", "value", "shows", "sends"),
    [
        ("/defaults", "count", 9, 9, 9),
        ("/defaults", "flag", False, False, False),
        ("/defaults", "style", "fancy", "fancy", "fancy"),
        ("/echo_text_required", "x", "", "", ""),
        ("/dropdown_pairs", "x", "Label A", "val_a", "val_a"),
        ("/dropdown_pairs", "x", 2, 2, 2),
        ("/checkbox_group", "x", ["b", "c"], ["b", "c"], ["b", "c"]),
        ("/json_io", "x", {"a": [1]}, {"a": [1]}, {"a": [1]}),
        ("/number", "x", "7", 7, 7),
    ],
)
def test_a_default_is_shown_and_sent_when_none_is_given(
    name: str, parameter: str, value: Any, shows: Any, sends: Any
) -> None:
    defaults = {parameter: value}
    schema = shown(name, defaults=defaults)
    assert schema["properties"][parameter]["default"] == shows
    assert parameter not in schema.get("required", [])
    [slot] = [p.slot for p in endpoint(name).parameters if p.name == parameter]
    given = {"prompt": "x"} if name == "/defaults" else {}
    assert sent(name, given, defaults=defaults)[slot] == sends


def test_what_is_given_goes_before_a_default() -> None:
    assert sent("/number", {"x": 3}, defaults={"x": 7}) == [3]


def test_the_default_of_a_file_is_a_url_that_the_app_fetches() -> None:
    [file] = sent("/file_single", {}, defaults={"x": "https://host.example/a.txt"})
    assert file["path"] == "https://host.example/a.txt"


def test_what_is_hidden_is_not_shown_or_taken_and_its_default_is_sent() -> None:
    hidden = {"hidden": ("count", "style"), "defaults": {"style": "fancy"}}
    assert list(shown("/defaults", **hidden)["properties"]) == ["prompt", "flag", "opt"]
    assert sent("/defaults", {"prompt": "p", "opt": "o"}, **hidden) == ["p", 3, True, "fancy", "o"]
    with pytest.raises(ValidationError, match="`count` is not a parameter"):
        sent("/defaults", {"prompt": "p", "count": 4}, **hidden)


def test_a_required_parameter_is_hidden_with_a_default() -> None:
    wanted = {"hidden": ["x"], "defaults": {"x": "always"}}
    assert shown("/echo_text_required", **wanted)["properties"] == {}
    assert sent("/echo_text_required", {}, **wanted) == ["always"]


def test_the_others_keep_their_names_when_one_is_hidden() -> None:
    same = Endpoint(
        fn_index=0,
        name="/same",
        parameters=tuple(
            Parameter(name=name, label="Same", component="textbox", slot=slot, has_default=True)
            for slot, name in enumerate(("a b", "a*b"))
        ),
        template=(None, None),
    )
    assert list(build_inputs(same).schema["properties"]) == ["a_b", "a_b_2"]
    changed = build_inputs(with_overrides(same, ToolSettings(hidden=("a_b",))))
    assert list(changed.schema["properties"]) == ["a_b_2"]
    assert changed.bind({"a_b_2": "x"}).data == [None, "x"]


@pytest.mark.parametrize(
    ("name", "wanted", "sentence"),
    [
        ("/number", {"defaults": {"x": 99}}, "defaults: `x` must be at most 10, got 99"),
        ("/radio", {"defaults": {"x": "c"}}, 'defaults: `x` must be one of "a", "b", got "c"'),
        (
            "/defaults",
            {"defaults": {"cuont": 1}},
            "parameter `cuont`; did you mean count or opt",
        ),
        ("/no_inputs", {"defaults": {"x": 1}}, "defaults: there is no parameter `x`"),
        ("/file_single", {"defaults": {"x": "a.txt"}}, "`x` must be an http(s) URL, got"),
        ("/defaults", {"hidden": ["stlye"]}, "hidden: there is no parameter `stlye`; did you mean"),
        ("/echo_text_required", {"hidden": ["x"]}, "hidden: `x` has no default to send"),
        ("/state_append", {"hidden": ["session"]}, "hidden: there is no parameter `session`"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_allowed(
    name: str, wanted: dict[str, Any], sentence: str
) -> None:
    assert sentence in refused(name, **wanted)
