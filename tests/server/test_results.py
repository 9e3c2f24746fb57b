"""What an agent gets of each kind of output: the text, what is shown, the links, the structure."""

import io
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from tests.gradio_server import RunningApp
from tests.minimal_app import minimal_app
from tests.scripted_app import CLOSE_STREAM, Script, completed, scripted_app
from tests.server.files_of_results import (
    files_of,
    links_of,
    media_of,
    read,
    structure_of,
    text_block,
)
from tests.server.in_memory import Connection, connect


@pytest.fixture
async def tools(kitchen_sink: RunningApp, era: str) -> AsyncIterator[Connection]:
    async with connect([f"ks={kitchen_sink.url}"], era=era, wait=30) as connection:
        yield connection


def shape(result: types.CallToolResult) -> list[str]:
    return [block.type for block in result.content]


async def test_a_plot_is_a_picture_that_can_be_seen_and_passed_on(tools: Connection) -> None:
    result = await tools.call("ks_plot")
    assert shape(result) == ["text", "image", "resource_link"]
    [file] = files_of(result)
    assert structure_of(result) == {"Out": {"type": "matplotlib", "plot": file}}
    assert set(file) == {"uri", "name", "mime_type", "size"}
    assert text_block(result) == f"A matplotlib plot: {file['name']}: {file['uri']}"
    [shown] = media_of(result)
    assert isinstance(shown, types.ImageContent)
    with Image.open(io.BytesIO(b64decode(shown.data))) as image:
        assert image.size == (100, 100)
    assert await read(tools.client, file["uri"]) == b64decode(shown.data)
    seen = await tools.call("ks_image_numpy", x=file["uri"])
    assert text_block(seen) == "ndarray shape=(100, 100, 3) dtype=uint8"


def plotting(value: Any, component: str = "plot") -> Script:
    """An app that gives `value` for a component."""
    config, info = minimal_app()
    shown = {**config, "components": [dict(c) for c in config["components"]]}
    output = config["dependencies"][0]["outputs"][0]
    for given in shown["components"]:
        if given["id"] == output:
            given["type"] = component
    for endpoint in info["named_endpoints"].values():
        endpoint["returns"][0]["component"] = component.capitalize()
    stream = [completed("event-1", [value]), CLOSE_STREAM]
    return Script(shown, info, data=lambda _: stream)


async def result_of(script: Script, **options: Any) -> types.CallToolResult:
    with scripted_app(script) as server:
        async with connect([f"s={server.url}"], era="modern", wait=10, **options) as connection:
            return await connection.call("s_echo")


async def test_a_plot_of_another_library_is_a_sentence_and_its_json() -> None:
    given = {"type": "plotly", "plot": '{"data": []}'}
    result = await result_of(plotting(given))
    assert text_block(result) == "A plotly plot as JSON, which is in `structuredContent`."
    assert structure_of(result) == {"Out": given}
    assert shape(result) == ["text"]


@pytest.mark.parametrize(
    "encoded", ["data:image/png;base64,*", "data:image/png;base64,AAA", "data:image/png,"]
)
async def test_what_is_not_encoded_well_leaves_a_note_or_nothing_seen(encoded: str) -> None:
    given = {"path": None, "url": encoded, "meta": {"_type": "gradio.FileData"}}
    result = await result_of(plotting(given, "image"))
    [file] = structure_of(result).values()
    assert "url" not in file
    assert file.get("note", "") or file["size"] == 0
    assert media_of(result) == []


async def test_a_long_result_is_cut_and_all_of_it_can_be_read(tools: Connection) -> None:
    result = await tools.call("ks_big_out", n=5_000_000)
    text, data = text_block(result), structure_of(result)
    assert len(text) < 61_000
    assert 200_000 < len(data["Out"]) <= 256 * 1024
    [link] = links_of(result)
    assert link.uri == data["Out_whole"]["uri"]
    assert text.endswith(f"(cut after 60,000 characters; all of it is in Out.txt: {link.uri})")
    assert await read(tools.client, link.uri) == b"x" * 5_000_000
    taken = await tools.call("ks_file_single", x=link.uri)
    assert text_block(taken) == "path Out.txt size=5000000"


async def test_a_long_text_within_the_structure_is_cut_in_the_text_alone(tools: Connection) -> None:
    result = await tools.call("ks_big_out", n=100_000)
    assert structure_of(result) == {"Out": "x" * 100_000}
    assert text_block(result).endswith("all of it is in `structuredContent`)")
    assert shape(result) == ["text"]


async def test_ten_megabytes_take_seconds_and_hold_nobody_up(tools: Connection) -> None:
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await anyio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    async with anyio.create_task_group() as task_group:
        task_group.start_soon(tick)
        started = time.monotonic()
        result = await tools.call("ks_big_out", n=10_000_000)
        took = time.monotonic() - started
        task_group.cancel_scope.cancel()
    assert links_of(result)[0].size == 10_000_000
    assert took < 20
    assert longest < 3


async def test_more_than_a_message_may_have_is_said(tools: Connection) -> None:
    result = await tools.call("ks_big_out", n=20_000_000)
    assert result.is_error
    assert "app's result has more than 12,582,912 bytes" in text_block(result)
    assert (result.structured_content or {})["outcome"] == "done"


async def test_a_result_that_is_saved_says_where(
    kitchen_sink: RunningApp, tmp_path: Path, era: str
) -> None:
    spaces = [f"ks={kitchen_sink.url}"]
    async with connect(spaces, era=era, wait=30, output_dir=tmp_path) as connection:
        [plot] = files_of(await connection.call("ks_plot"))
        assert await anyio.Path(plot["path"]).read_bytes() == await read(
            connection.client, plot["uri"]
        )
        [whole] = files_of(await connection.call("ks_big_out", n=500_000))
        assert await anyio.Path(whole["path"]).read_text() == "x" * 500_000


@pytest.mark.parametrize("endpoint", ["video_out", "file_out"])
async def test_what_can_neither_be_seen_nor_heard_is_a_link(
    endpoint: str, tools: Connection
) -> None:
    assert shape(await tools.call(f"ks_{endpoint}")) == ["text", "resource_link"]


async def test_a_result_cut_to_size_still_fits_its_schema(tools: Connection) -> None:
    listed = (await tools.client.list_tools()).tools
    schemas = {tool.name: tool.output_schema for tool in listed}
    for tool, given in [("ks_big_out", {"n": 1_000_000}), ("ks_json_io", {"x": ["y" * 999] * 999})]:
        result = await tools.call(tool, **given)
        assert links_of(result)
        Draft202012Validator(schemas[tool] or {}).validate(result.structured_content)
