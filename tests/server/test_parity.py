"""The same call through MCP and through Gradio's own client: the same data."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from space_tools.tools.catalogue import RESULT_EXTRAS
from tests.gradio_server import RunningApp
from tests.server.app_counters import fetch_json
from tests.server.gradio_oracle import GradioError, Oracle, oracle_of
from tests.server.oracle_cases import ELSEWHERE, FAILING, SAME, TOOL_NAMES, Case
from tests.server.stdio_server import Server, data_of, error_of, text_of

EXTRAS = set(RESULT_EXTRAS)
"""Properties of every output schema that are no outputs."""

FILES = {
    "annotatedimage",
    "audio",
    "downloadbutton",
    "file",
    "gallery",
    "image",
    "imageeditor",
    "imageslider",
    "model3d",
    "multimodaltextbox",
    "plot",
    "uploadbutton",
    "video",
}
"""Components whose values are files, or may have files in them."""


@pytest.fixture(scope="session")
def oracle(kitchen_sink: RunningApp) -> Iterator[Oracle]:
    """Gradio's own client of the kitchen sink."""
    with oracle_of(kitchen_sink.url) as client:
        yield client


@pytest.fixture(scope="session")
async def schemas(server: Server) -> dict[str, Any]:
    """Name of a tool of the app's → its output schema."""
    listed = (await server.client.list_tools()).tools
    return {tool.name: tool.output_schema for tool in listed if tool.name.startswith("ks_")}


def as_structured(returned: Any, names: list[str]) -> dict[str, Any]:
    """What Gradio's client returns as what a tool returns: outputs by name.

    Two differences are meant: an update of a component stands for the value it sets, and for no
    output at all if it sets none, since a tool has no component to update.
    """
    values = [returned] if len(names) == 1 else list(returned)
    outputs = {}
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, dict) or value.get("__type__") != "update":
            outputs[name] = value
        elif "value" in value:
            outputs[name] = value["value"]
    return outputs


@pytest.mark.parametrize("case", SAME, ids=str)
async def test_a_tool_gives_what_gradios_own_client_gives(
    case: Case, server: Server, schemas: dict[str, Any], oracle: Oracle
) -> None:
    schema = schemas[f"ks_{case.tool}"]
    names = [name for name in schema["properties"] if name not in EXTRAS]
    result = await server.call(case.tool, **case.arguments)
    expected = as_structured(await oracle.ask_once(case.endpoint, case.arguments), names)
    assert data_of(result) == expected
    Draft202012Validator(schema).validate(expected)
    assert text_of(result)


@pytest.mark.parametrize("case", FAILING, ids=str)
async def test_a_tool_fails_with_what_gradios_own_client_raises(
    case: Case, server: Server, oracle: Oracle
) -> None:
    with pytest.raises(GradioError) as raised:
        await oracle.ask(case.endpoint, case.arguments)
    message, outcome = error_of(await server.call(case.tool, **case.arguments))
    assert message == str(raised.value)
    assert outcome == "failed"


def with_files(app: RunningApp) -> set[str]:
    """The endpoints that take or give files, by the app's own description."""
    named = fetch_json(app, "/gradio_api/info")["named_endpoints"]
    return {
        name[1:]
        for name, endpoint in named.items()
        for shown in (*endpoint["parameters"], *endpoint["returns"])
        if shown["component"].lower() in FILES
    }


async def test_no_endpoint_without_files_is_left_out(
    server: Server, kitchen_sink: RunningApp
) -> None:
    compared = {case.endpoint for case in SAME + FAILING}
    names = [tool.name for tool in (await server.client.list_tools()).tools]
    listed = {name.removeprefix("ks_") for name in names if name.startswith("ks_")}
    left = listed - {TOOL_NAMES.get(name, name) for name in compared | with_files(kitchen_sink)}
    assert left == set(ELSEWHERE)


@pytest.mark.parametrize("endpoint", ["headers", "headers_no_queue"])
async def test_an_app_sees_the_same_kind_of_request(endpoint: str, server: Server) -> None:
    seen = data_of(await server.call(endpoint, x="x"))["Out"]
    assert (seen["x"], seen["query"], seen["username"]) == ("x", {}, None)
    assert seen["headers"]["content-type"] == "application/json"
    secrets = {"authorization", "cookie", "x-hf-authorization", "x-ip-token"}
    assert secrets.isdisjoint(seen["headers"])


async def test_the_handler_of_an_event_takes_its_details(server: Server) -> None:
    details = {"index": [0, 1], "value": "cell"}
    result = await server.call("select_event", event_data=details)
    assert data_of(result) == {"Out": "selected [0, 1] 'cell'"}


async def test_what_only_a_browser_keeps_is_left_at_its_default(server: Server) -> None:
    assert data_of(await server.call("browser_state"))["Out"] == "bs"


async def test_an_endpoint_that_only_a_browser_can_feed_says_so_at_once(server: Server) -> None:
    message, outcome = error_of(await server.call("audio_stream_in", a=None))
    assert "is fed live by a browser and cannot be called" in message
    assert outcome == "not_started"


async def test_a_title_of_an_error_stands_before_it(server: Server) -> None:
    message, _ = error_of(await server.call("raise_error", kind="gr_dur"))
    assert message == "My Title: with extras"


async def test_an_error_without_words_is_a_sentence_all_the_same(server: Server) -> None:
    message, outcome = error_of(await server.call("raise_error", kind="empty"))
    assert message == "ks_raise_error failed; the app keeps the reason to itself."
    assert outcome == "failed"


async def test_plain_text_does_for_a_chat_message(server: Server) -> None:
    """Gradio's own client must be given lists of typed parts."""
    chat = data_of(await server.call("chatbot_messages", h=[{"role": "user", "content": "hi"}]))
    assert [message["role"] for message in chat["Out"]] == ["user", "assistant"]
    assert chat["Out"][0]["content"] == [{"text": "hi", "type": "text"}]


async def test_a_choice_may_be_given_by_its_label(server: Server) -> None:
    assert data_of(await server.call("dropdown_pairs", x="Label A")) == {"Out": "str 'val_a'"}
