"""The same calls on every generation of Gradio, each a real server of its version.

`oracle/` holds what `gradio_client` got from the same app and the same version.
"""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from space_tools import AppError, SpaceToolsError, Toolset
from space_tools.gradio.files import download, upload
from space_tools.gradio.messages import Log, Partial, Progress, Update
from space_tools.tools.tool import Tool
from tests.gradio_server import RunningApp

ORACLE = Path(__file__).parent / "oracle"

NOT_COMPARED = {
    "/update_value": "an update is unwrapped to its value",
    "/update_no_value": "an update is unwrapped to its value",
    "/update_component": "an update is unwrapped to its value",
    "/update_image": "an update is unwrapped to its value",
    "/generator_update": "an update is unwrapped to its value",
    "/skip": "an update is unwrapped to its value",
    "/undocumented": "becomes a tool only by its name",
    "/chatbot_tuples": "histories are always given as messages",
    "/state_middle_in": "depends on what was called before",
    "/plot": "a picture is a file, not encoded",
    "/validated": "the oracle counts on a default that breaks the validator",
    "/cached": "counts its calls",
}

OTHERWISE = {
    ("3.50.2", "/dataframe_out"): "says that it has no metadata",
    ("3.50.2", "/label_str_out"): "leaves confidences out instead of giving null",
    ("3.50.2", "/highlighted_out"): "gives pairs instead of objects",
}
"""What a generation does not give as its oracle has it."""

ORACLE_OF = {"3.50.2": "4.0.2"}
"""`gradio_client` cannot call Gradio 3: it is held to what its next generation gives."""


@pytest.fixture
async def tools(old_app: RunningApp) -> AsyncIterator[Toolset]:
    async with Toolset([f"t={old_app.url}"]) as toolset:
        assert toolset.problems == {}
        yield toolset


def find(tools: Toolset, endpoint: str) -> Tool:
    return next(tool for tool in tools if tool.endpoint.name == endpoint)


def version_of(tools: Toolset) -> str:
    return next(iter(tools)).app.info.version


def recorded(version: str) -> list[dict[str, Any]]:
    text = gzip.decompress((ORACLE / f"{ORACLE_OF.get(version, version)}.json.gz").read_bytes())
    results: list[dict[str, Any]] = json.loads(text)
    return [
        result
        for result in results
        if result["endpoint"] not in NOT_COMPARED
        and (version, result["endpoint"]) not in OTHERWISE
        # "zz" is no choice: Gradio let it pass for a while, a tool's schema never does.
        and result["args"] != ["zz"]
    ]


async def call(tools: Toolset, endpoint: str, *given: Any, **options: Any) -> Any:
    """Calls with arguments in order; a lone output as it is, several as a list."""
    tool = find(tools, endpoint)
    names = [parameter.name for parameter in tool.endpoint.parameters]
    arguments = dict(zip(names, given, strict=False))
    with anyio.fail_after(30):
        outputs = list((await tool.call(arguments, conversation="test", **options)).values())
    return outputs[0] if len(outputs) == 1 else outputs


async def updates_of(tools: Toolset, endpoint: str, *given: Any) -> list[Update]:
    seen: list[Update] = []

    async def watch(update: Update) -> None:
        seen.append(update)

    await call(tools, endpoint, *given, on_update=watch)
    return seen


async def test_every_call_gives_what_gradio_client_gives(tools: Toolset) -> None:
    expected = recorded(version_of(tools))
    assert len(expected) >= 55
    differing = []
    for case in expected:
        count = len(find(tools, case["endpoint"]).endpoint.parameters)
        try:
            result = await call(tools, case["endpoint"], *case["args"][:count])
        except SpaceToolsError as error:
            result = error
        if result != case["result"]:
            differing.append((case, result))
    assert differing == []


async def test_an_app_tells_by_its_id_that_it_is_still_the_same(tools: Toolset) -> None:
    app = next(iter(tools)).app
    assert app.info.app_id.isdecimal()
    assert await app.fetch_app_id() == app.info.app_id


async def test_partial_outputs_come_whole(tools: Toolset) -> None:
    partials = [
        next(iter(update.data[0].values()))
        for update in await updates_of(tools, "/generator_shapes")
        if isinstance(update, Partial)
    ]
    assert partials == [
        {"a": 1},
        {"a": 1, "b": [1, 2, 3]},
        {"b": [1, 3]},
        {"b": [9, 3, {"k": "x"}]},
        {"b": [9, 3, {"k": "xy"}], "c": None},
        {"c": 0},
        [1, 2, 3, 4],
        [4],
        [],
        None,
        {"": "empty key", "s": "str"},
        {"": "empty key", "s": "string"},
        {"s": "x"},
    ]


async def test_progress_and_log_messages_arrive(tools: Toolset) -> None:
    progress = [u for u in await updates_of(tools, "/progress", 3) if isinstance(u, Progress)]
    assert progress[-1].units[0].index == 3
    assert progress[-1].units[0].length == 3
    logs = [u for u in await updates_of(tools, "/logs") if isinstance(u, Log)]
    assert [log.text for log in logs[:2]] == ["an info", "a warning"]


@pytest.mark.parametrize("endpoint", ["/raise_error", "/no_queue_error"])
async def test_errors_are_the_apps_own_words(tools: Toolset, endpoint: str) -> None:
    for kind, message in (("gr", "custom gr error"), ("value", "plain value error")):
        with pytest.raises(AppError) as raised:
            await call(tools, endpoint, kind)
        assert (raised.value.message, raised.value.outcome) == (message, "failed")


async def test_a_cancelled_generator_stops_in_the_app(tools: Toolset) -> None:
    running = anyio.Event()

    async def watch(update: Update) -> None:
        if isinstance(update, Partial):
            running.set()

    async def forever() -> None:
        await find(tools, "/generator_forever").call({}, on_update=watch)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(forever)
            await running.wait()
            task_group.cancel_scope.cancel()
    before = (await call(tools, "/calls"))["ticks"]
    assert before > 0
    # The function ticks ten times a second while it runs.
    await anyio.sleep(0.5)
    assert (await call(tools, "/calls"))["ticks"] == before


async def test_files_go_up_and_come_down(tools: Toolset, tmp_path: Path) -> None:
    app = find(tools, "/file_single").app
    sent = tmp_path / "grüße & #1.txt"
    sent.write_text("hello")
    with sent.open("rb") as file:
        uploaded = await upload(app, file, sent.name)
    described = await call(tools, "/file_single", "it", files={"it": uploaded})
    assert ".txt" in described
    given = await call(tools, "/file_out_unicode")
    saved = await download(app, given["url"], tmp_path / "out", given["name"])
    assert saved.read_text() == "unicode name\n"


async def test_what_a_call_gives_is_kept_and_can_be_given_to_another(tools: Toolset) -> None:
    made = await call(tools, "/image_numpy_out")
    assert made["mime_type"] in ("image/png", "image/webp")
    stored = tools.files.find(made["uri"], "local")
    assert stored is not None
    assert stored.size == made["size"] > 0
    assert await call(tools, "/image_numpy", made["uri"]) == "ndarray shape=(4, 5, 3) dtype=uint8"
    assert "a.txt" in await call(tools, "/file_single", "data:text/plain;name=a.txt,hello")
    assert await call(tools, "/file_binary", "data:text/plain;name=a.txt,hello") == "bytes len=5"
    assert len(await call(tools, "/files_out")) == 2
    plot = (await call(tools, "/plot"))["plot"]
    assert plot["mime_type"] in ("image/png", "image/webp")
    assert tools.files.find(plot["uri"], "local") is not None
    assert "url" not in plot
    pictures = await call(tools, "/gallery_out")
    assert [picture["image"]["mime_type"] for picture in pictures] == ["image/png"] * 2


async def test_schemas_have_choices_bounds_and_defaults(tools: Toolset) -> None:
    number = find(tools, "/number").input_schema["properties"]
    (schema,) = number.values()
    assert (schema["maximum"], schema["default"]) == (10, 5)
    (schema,) = find(tools, "/dropdown").input_schema["properties"].values()
    assert schema["enum"] == ["a", "b"]


async def test_an_app_of_any_generation_is_told_the_calls_id(tools: Toolset) -> None:
    for endpoint in ("headers", "headers_no_queue"):
        name = f"t_{endpoint}"
        required = tools.tools[name].input_schema.get("required", [])
        arguments = dict.fromkeys(required, "x")
        seen = await tools.call(name, arguments, request_id="mine-1")
        assert seen["Out"]["headers"]["x-request-id"] == "mine-1"
