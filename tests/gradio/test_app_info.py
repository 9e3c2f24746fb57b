"""What an app says of itself is read the same from every generation of Gradio."""

import pytest

from space_tools.gradio.app_info import AppInfo, Endpoint, parse_app_info
from tests.schema.recorded import app, endpoint, read

VERSIONS = ["4.44.1", "5.49.1", "6.0.2", "6.31.0"]
"""Those of the recorded kitchen sinks."""

every_version = pytest.mark.parametrize("version", VERSIONS)


def sink(version: str) -> AppInfo:
    return app(f"{version}/kitchen_sink")


def of(version: str, name: str) -> Endpoint:
    return endpoint(name, of=f"{version}/kitchen_sink")


@every_version
def test_an_app_says_who_it_is(version: str) -> None:
    info = sink(version)
    assert (info.title, info.version, info.protocol) == ("kitchen sink", version, "sse_v3")
    assert info.api_prefix == ("" if version.startswith("4.") else "/gradio_api")
    assert (info.space_id, info.max_file_size) == (None, None)
    assert len({endpoint.fn_index for endpoint in info.endpoints}) == len(info.endpoints)


@every_version
def test_every_endpoint_that_info_names_is_found_by_its_name(version: str) -> None:
    named = read(f"{version}/kitchen_sink/info")["named_endpoints"]
    for name, described in named.items():
        found = of(version, name)
        assert found is of(version, name.removeprefix("/"))
        given = [parameter["parameter_name"] for parameter in described["parameters"]]
        assert [parameter.name for parameter in found.parameters] == given
        assert len(found.returns) == len(described["returns"])
    assert sink(version).endpoint("no such endpoint") is None


@every_version
@pytest.mark.parametrize(
    ("name", "slots", "template", "returned"),
    [
        ("echo_text", {"x": 0}, ("hi",), [0]),
        ("echo_text_required", {"x": 0}, (None,), [0]),
        ("no_inputs", {}, (), [0]),
        ("no_outputs", {"x": 0}, (None,), []),
        ("two_outputs", {"a": 0, "b": 1}, (None, None), [0, 1]),
        ("state_counter", {}, (None,), [0]),
        ("state_append", {"x": 0}, (None, None), [0]),
        ("state_first_out", {"x": 0}, (None, None), [1]),
        ("state_middle_in", {"a": 0, "b": 2}, (None, None, None), [0]),
        ("hidden_input", {"a": 0, "b": 1}, (None, "hv"), [0]),
        (
            "defaults",
            {"prompt": 0, "count": 1, "flag": 2, "style": 3, "opt": 4},
            (None, 3, True, "plain", None),
            [0],
        ),
    ],
)
def test_each_value_has_its_slot(
    version: str,
    name: str,
    slots: dict[str, int],
    template: tuple[object, ...],
    returned: list[int],
) -> None:
    found = of(version, name)
    assert {parameter.name: parameter.slot for parameter in found.parameters} == slots
    assert found.template == template
    assert [shown.slot for shown in found.returns] == returned


@every_version
def test_defaults_are_told_from_none(version: str) -> None:
    shown = {p.name: (p.has_default, p.default) for p in of(version, "defaults").parameters}
    assert shown == {
        "prompt": (False, None),
        "count": (True, 3),
        "flag": (True, True),
        "style": (True, "plain"),
        "opt": (True, None),
    }


@every_version
def test_components_are_known_with_their_properties(version: str) -> None:
    number = of(version, "number").parameters[0]
    assert (number.label, number.component) == ("N", "number")
    assert (number.props["minimum"], number.props["maximum"]) == (0, 10)
    assert number.schema["type"] == ("number" if version.startswith("4.") else "integer")
    shown = of(version, "file_out").returns[0]
    assert (shown.label, shown.component) == ("Out", "file")


@every_version
@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("echo_text", {"queued"}),
        ("no_queue", set()),
        ("no_queue_generator", {"generator"}),
        ("generator", {"queued", "generator"}),
        ("generator_async", {"queued", "generator"}),
        ("state_counter", {"queued", "stateful"}),
        ("generator_state", {"queued", "generator", "stateful"}),
        ("select_event", {"queued", "wants_event_data"}),
    ],
)
def test_each_endpoint_says_how_it_runs(version: str, name: str, flags: set[str]) -> None:
    names = ("queued", "generator", "stateful", "wants_event_data", "streams_input")
    found = of(version, name)
    assert {flag for flag in names if getattr(found, flag)} == flags
    assert found.visibility == "public"


@pytest.mark.parametrize("version", ["5.49.1", "6.0.2", "6.31.0"])
def test_an_input_that_only_a_browser_feeds_is_marked(version: str) -> None:
    assert of(version, "audio_stream_in").streams_input


@every_version
def test_visibility_is_that_of_the_app(version: str) -> None:
    info = sink(version)
    assert of(version, "undocumented").visibility == "undocumented"
    private = info.endpoint("private")
    assert private is None or private.visibility == "private"
    assert all(shown.visibility == "private" for shown in info.endpoints if not shown.name)


@every_version
@pytest.mark.parametrize("name", ["js_only", "cancel_all", "dyn_0"])
def test_what_cannot_be_called_from_here_is_no_endpoint(version: str, name: str) -> None:
    assert sink(version).endpoint(name) is None


@pytest.mark.parametrize("version", ["4.44.1", "5.49.1"])
def test_unnamed_endpoints_are_there_without_a_name(version: str) -> None:
    unnamed = [shown for shown in sink(version).endpoints if not shown.name]
    assert len(unnamed) == 2
    # `/info` leaves them out, so that their parameters are named by their labels.
    assert [parameter.name for parameter in unnamed[0].parameters] == ["text"]


def test_a_name_given_twice_is_numbered() -> None:
    first, second = of("6.31.0", "dup"), of("6.31.0", "dup_1")
    assert second.fn_index == first.fn_index + 1


def test_descriptions_are_the_apps_own() -> None:
    assert of("6.31.0", "defaults").description == "Docstring of with_doc: makes a sentence."
    assert of("6.31.0", "described").description == "An explicit api_description"
    assert of("6.31.0", "undescribed").description == ""


def test_endpoints_that_want_a_login_of_the_user_say_so() -> None:
    assert of("6.31.0", "oauth_required").oauth_token == "required"
    assert of("6.31.0", "oauth_optional").oauth_token == "optional"
    assert of("6.31.0", "echo_text").oauth_token is None


@pytest.mark.parametrize(
    ("name", "endpoints"),
    [
        ("5.49.1/chat_app", {"/chat"}),
        ("6.31.0/chat_app", {"/respond"}),
        ("5.49.1/interface_app", {"/predict"}),
        ("6.31.0/interface_app", {"/greet"}),
        ("6.31.0/mounted_app", {"/echo", "/file_echo"}),
        ("6.31.0/tabbed_app", {"/f", "/f_1"}),
    ],
)
def test_other_kinds_of_app_have_their_endpoints(name: str, endpoints: set[str]) -> None:
    public = {shown.name for shown in app(name).endpoints if shown.visibility == "public"}
    assert endpoints <= public


def test_a_chat_remembers() -> None:
    assert endpoint("respond", of="6.31.0/chat_app").stateful


@pytest.mark.parametrize("version", VERSIONS)
def test_without_info_the_components_must_do(version: str) -> None:
    config = read(f"{version}/kitchen_sink/config")
    info = parse_app_info(config)
    assert [e.name for e in info.endpoints] == [e.name for e in sink(version).endpoints]
    found = info.endpoint("two_outputs")
    assert found is not None
    assert [(p.name, p.slot, p.component) for p in found.parameters] == [
        ("a", 0, "textbox"),
        ("b", 1, "textbox"),
    ]
    assert [shown.label for shown in found.returns] == ["Out A", "Out B"]
    assert found.parameters[0].schema["type"] == "string"
    same = info.endpoint("same_labels")
    assert same is not None
    assert [parameter.name for parameter in same.parameters] == ["same", "same_2"]


def test_hundreds_of_inputs_of_one_label_have_names_of_their_own() -> None:
    count = 500
    components = [{"id": i, "type": "textbox", "props": {"label": "Same"}} for i in range(count)]
    dependency = {"id": 0, "inputs": list(range(count)), "outputs": [], "api_name": "x"}
    config = {"components": components, "dependencies": [dependency], "protocol": "sse_v3"}
    (endpoint,) = parse_app_info(config).endpoints
    names = [parameter.name for parameter in endpoint.parameters]
    assert names[:3] == ["same", "same_2", "same_3"]
    assert len(set(names)) == count
