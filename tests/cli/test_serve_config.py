"""`serve --config`: a file in place of flags, and tools as it wants them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import mcp_types as types
import pytest

from space_tools.server import job_tools
from tests.cli.running import fails
from tests.gradio_server import RunningApp, free_port
from tests.server.files_of_results import text_block
from tests.server.stdio_server import Server, data_of, error_of, serve

STUDIO = """
inline_limit = "1KB"
root = "shared"

[spaces.ks]
src = "{url}"
include = ["/defaults", "echo_text*", "/number", "/file_single", "/undocumented"]
exclude = ["/*_limited"]

[spaces.ks.tools."/defaults"]
name = "describe-me"
description = "Says what it was given."
defaults = {{ style = "fancy", count = 7 }}
hidden = ["flag", "opt", "count"]
annotations = {{ title = "Describe", readOnlyHint = true, openWorldHint = false }}

[spaces.ks.tools.echo_text_required]
defaults.x = "from the file"
"""


@asynccontextmanager
async def serving(text: str, folder: Path, *options: str, era: str) -> AsyncIterator[Server]:
    """A server with that file."""
    path = folder / "studio.toml"
    path.write_text(text, encoding="utf-8")
    async with serve("--config", str(path), *options, era=era) as server:
        yield server


async def tools_of(server: Server) -> dict[str, types.Tool]:
    listed = await server.client.list_tools()
    return {tool.name: tool for tool in listed.tools if tool.name not in job_tools.NAMES}


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_tools_are_as_the_file_wants_them(
    kitchen_sink: RunningApp, tmp_path: Path, era: str
) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "note.txt").write_text("x")
    async with serving(STUDIO.format(url=kitchen_sink.url), tmp_path, era=era) as server:
        tools = await tools_of(server)
        names = ["echo_text", "echo_text_required", "number", "file_single", "undocumented"]
        assert tools.keys() == {"describe-me", *(f"ks_{name}" for name in names)}

        described = tools["describe-me"]
        assert described.title == "Describe"
        assert described.description is not None
        assert described.description.startswith("Says what it was given.\n")
        assert described.annotations == types.ToolAnnotations(
            title="Describe",
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=False,
        )
        properties = described.input_schema["properties"]
        assert list(properties) == ["prompt", "style"]
        assert properties["style"]["default"] == "fancy"

        async def call(**arguments: str) -> types.CallToolResult:
            return await server.client.call_tool("describe-me", {"prompt": "p", **arguments})

        assert data_of(await call()) == {"Out": "p|7|True|fancy|None"}
        assert data_of(await call(style="plain")) == {"Out": "p|7|True|plain|None"}
        assert "`count` is not a parameter" in error_of(await call(count="1"))[0]
        assert data_of(await server.call("echo_text_required")) == {"Out": "from the file"}
        assert text_block(await server.call("file_single", x="note.txt")).startswith("path note")


async def test_a_flag_puts_another_app_in_the_place_of_one_in_the_file(
    kitchen_sink: RunningApp, interface_app: RunningApp, tmp_path: Path
) -> None:
    text = f"""
    spaces.ks = "http://127.0.0.1:{free_port()}"
    spaces.hello = "{interface_app.url}"
    include = ["hello/*", "*/echo_text"]
    """
    options = ["--space", f"ks={kitchen_sink.url}"]
    async with serving(text, tmp_path, *options, era="modern") as server:
        tools = await tools_of(server)
        assert "ks_echo_text" in tools
        assert "hello_greet" in tools
        assert "ks_number" not in tools


async def test_what_an_app_has_not_costs_that_app_its_tools_and_is_told(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    url = kitchen_sink.url
    text = f"""
    [spaces.ks]
    src = "{url}"
    include = ["/echo_text"]
    [spaces.glob]
    src = "{url}"
    include = ["/eco_text"]
    [spaces.entry]
    src = "{url}"
    tools."/nmber".name = "count"
    [spaces.default]
    src = "{url}"
    tools."/number".defaults.x = 99
    [spaces.hidden]
    src = "{url}"
    tools."/echo_text_required".hidden = ["x"]
    """
    async with serving(text, tmp_path, era="modern") as server:
        assert (await tools_of(server)).keys() == {"ks_echo_text"}
        assert data_of(await server.call("echo_text", x="hi")) == {"Out": "hi"}
        sentences = {
            "glob_echo_text": "the app has no endpoint /eco_text; did you mean /echo_text",
            "count": "the app has no endpoint /nmber; did you mean /number",
            "default_number": "/number: defaults: `x` must be at most 10, got 99",
            "hidden_number": "/echo_text_required: hidden: `x` has no default to send",
        }
        for name, sentence in sentences.items():
            message, outcome = error_of(await server.client.call_tool(name, {}))
            assert sentence in message
            assert outcome == "not_started"
            assert server.stderr().count(sentence) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("inline_limit = 'much'", "inline_limit: 'much' is not a size"),
        ("", "no app is named: give --space [ALIAS=]SRC, or --config FILE, or --discover"),
        ("spaces.a = 'whisper'", "[spaces.a]: src: 'whisper' is neither a Space id"),
        ("spaces.a = 'a/b'\nallow_host = 'http://x'", "allow_host: 'http://x' is neither a host"),
        ("spaces.a = 'a/b'\nexclude = 'b/x'", "exclude: 'b/x' matches no alias/endpoint; the ali"),
        ("spaces.a = 'a/b'\ntoken = 'hf_secret'", "token: secrets do not belong here"),
        (
            "spaces.a = {src='a/b', tools={x={name='t'}, y={name='t'}}}",
            "a/x and a/y would both be the tool 't'",
        ),
    ],
)
def test_what_can_be_seen_without_the_apps_is_wrong_usage(
    text: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "studio.toml"
    path.write_text(text, encoding="utf-8")
    said = fails(2, "serve", "--config", str(path))
    assert sentence in said
    assert said.startswith("space-tools: ")
    assert said.count("\n") == 0
    assert "hf_secret" not in said


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert f"--config: there is no file {path}" in fails(2, "serve", "--config", str(path))
