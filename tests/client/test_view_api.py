"""What an app offers, as text to read and paste from, and as a dict."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from space_tools import AsyncClient, Client, handle_file
from space_tools.client.describe import python_type
from space_tools.gradio.app_info import Parameter, Return
from tests.gradio_server import RunningApp
from tests.minimal_app import minimal_app
from tests.scripted_app import Script, scripted_app


@pytest.fixture(scope="module")
def client(kitchen_sink: RunningApp) -> Iterator[Client]:
    """One for all of these tests."""
    with Client(kitchen_sink.url, verbose=False) as client:
        yield client


def text_of(client: Client, **options: Any) -> str:
    text = client.view_api(print_info=False, return_format="str", **options)
    assert isinstance(text, str)
    return text


def section(text: str, name: str) -> str:
    return text.split(f"\n {name}\n")[1].split("\n\n")[0]


def test_an_endpoint_shows_its_parameters_defaults_and_returns(client: Client) -> None:
    shown = section(text_of(client), "/defaults")
    assert "Docstring of with_doc: makes a sentence." in shown
    assert "prompt: str (required)  [textbox 'Prompt']" in shown
    assert "count: int = 3" in shown
    assert "flag: bool = True" in shown
    assert "style: Literal['plain', 'fancy'] = 'plain'" in shown
    assert "str  [textbox 'Out']" in shown


def test_the_call_that_is_shown_can_be_pasted(client: Client) -> None:
    text = text_of(client)
    for name, expected in [("/defaults", "Hello!!|3|True|plain|Hello!!"), ("/two_outputs", None)]:
        line = next(x.strip() for x in section(text, name).splitlines() if "client.predict" in x)
        got = eval(line, {"client": client, "handle_file": handle_file})  # noqa: S307
        assert expected is None or got.startswith("Hello!!|3|True|plain|")


def test_every_call_that_is_shown_is_python(client: Client) -> None:
    calls = [x.strip() for x in text_of(client).splitlines() if x.startswith("    client.predict(")]
    assert len(calls) > 50
    for call in calls:
        ast.parse(call)


def test_types_are_those_that_the_app_tells(client: Client) -> None:
    text = text_of(client)
    found = client.view_api(print_info=False, return_format="dict")
    assert isinstance(found, dict)
    for name in ("/gallery_in", "/file_multiple", "/multimodal_textbox", "/chatbot_messages"):
        (parameter,) = found["named_endpoints"][name]["parameters"]
        told = parameter["python_type"]["type"]
        assert "filepath" in told
        assert told != "filepath"
        assert f"{parameter['parameter_name']}: {told} " in section(text, name)


def test_files_are_shown_as_handle_file_makes_them(client: Client) -> None:
    shown = section(text_of(client), "/image_filepath")
    assert "filepath (required)" in shown
    assert "handle_file('https://" in shown


def test_it_prints_unless_told_not_to_and_returns_what_is_asked_for(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert client.view_api() is None
    printed = capsys.readouterr().out
    assert printed.strip() == text_of(client).strip()
    found = client.view_api(print_info=False, return_format="dict")
    assert isinstance(found, dict)
    assert found["named_endpoints"]["/defaults"]["parameters"][1]["parameter_default"] == 3
    assert capsys.readouterr().out == ""


def test_a_client_prints_as_what_its_app_offers(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False) as client:
        assert str(client) == text_of(client)
        assert repr(client) == f"Client('{kitchen_sink.url}/')"
    assert str(client) == repr(client)


async def test_the_awaited_client_shows_the_same(async_client: AsyncClient, client: Client) -> None:
    shown = await async_client.view_api(print_info=False, return_format="str")
    assert shown == text_of(client)


def test_private_and_undocumented_endpoints_are_not_shown(client: Client) -> None:
    text = text_of(client, all_endpoints=True)
    assert "\n /private\n" not in text
    assert "\n /undocumented\n" not in text


def test_an_app_cannot_command_the_terminal() -> None:
    config, info = minimal_app()
    config["title"] = "evil \x1b[31m title"
    with (
        scripted_app(Script(config, info)) as app,
        Client(app.url, verbose=False) as client,
    ):
        assert "\x1b" not in text_of(client)
        assert "evil title" in text_of(client)


def test_without_a_description_of_its_own_one_is_made(client: Client) -> None:
    config, _ = minimal_app()
    fails: Any = {("GET", "/gradio_api/info"): [PlainTextResponse("broken", 500)]}
    with (
        scripted_app(Script(config, {}, routes=fails)) as app,
        Client(app.url, verbose=False) as bare,
    ):
        made = bare.view_api(print_info=False, return_format="dict")
    full = client.view_api(print_info=False, return_format="dict")
    assert isinstance(made, dict)
    assert isinstance(full, dict)
    assert made.keys() == full.keys()
    (endpoint,) = made["named_endpoints"].values()
    usual = full["named_endpoints"]["/echo_text"]
    assert usual["parameters"][0].keys() <= endpoint["parameters"][0].keys()
    assert usual["returns"][0].keys() <= endpoint["returns"][0].keys()


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "array", "items": {"type": "number"}}, "list[float]"),
        ({"type": ["string", "null"]}, "str | None"),
        ({"type": "string", "enum": ["a", "b"]}, "Literal['a', 'b']"),
        ({}, "Any"),
    ],
)
def test_types_are_pythons(schema: dict[str, Any], expected: str) -> None:
    parameter = Parameter(name="x", label="", component="api", slot=0, schema=schema)
    assert python_type(parameter) == expected
    image = Return(label="", component="image", slot=0)
    assert python_type(image) == "filepath"
