"""Every endpoint called: what comes back fits its output schema, and reads as something.

For the newest generation, what an agent reads is compared with `results-6.31.md`, which people
have read; after a change that is meant, write it anew: `WRITE_RESULTS=1 pytest …`.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp_types import CallToolResult, TextContent

from tests.environments import Environments
from tests.gradio_server import APPS, RunningApp, run_app
from tests.server.in_memory import connect

NEWEST = "6.31.0"
GENERATIONS = ["3.50.2", "4.44.1", NEWEST]
ENVIRONMENTS = Environments()
ASSETS = APPS / "assets"
SNAPSHOT = Path(__file__).with_name("results-6.31.md")

GIVEN: dict[str, dict[str, Any]] = {
    "audio_filepath": {"x": "beep.wav"},
    "audio_numpy": {"x": "beep.wav"},
    "bad_arity": {"a": "a"},
    "batch": {"xs": "x", "ns": 1},
    "big_out": {"n": 300_000},
    "chatbot_messages": {"h": [{"role": "user", "content": "hi"}]},
    "chatbot_tuples": {"x": [{"role": "user", "content": "hi"}]},
    "code": {"x": "print(1)"},
    "color": {"x": "#00ff00"},
    "dataframe": {"x": {"headers": ["x", "y"], "data": [[1, "a"]]}},
    "datetime": {"x": "2024-01-02 03:04:05"},
    "datetime_ts": {"x": "2024-01-02 03:04:05"},
    "dropdown_custom": {"x": "new"},
    "dropdown_pairs": {"x": "val_a"},
    "echo_text_limited": {"x": "12345"},
    "file_binary": {"x": "a.txt"},
    "file_multiple": {"x": ["a.txt", "b.txt"]},
    "file_single": {"x": "a.txt"},
    "gallery_in": {"x": ["red.png"]},
    "generator_multi": {"n": 2},
    "image_editor": {"x": "red.png"},
    "image_filepath": {"x": "red.png"},
    "image_numpy": {"x": "red.png"},
    "image_pil": {"x": "red.png"},
    "json_io": {"x": {"a": [1, {"b": None}]}},
    "limit1": {"n": 0},
    "limit3": {"n": 0},
    "limit_none": {"n": 0},
    "model3d": {"x": "tri.obj"},
    "multimodal_textbox": {"x": {"text": "hi", "files": ["a.txt"]}},
    "no_queue_error": {"kind": "nothing"},
    "raise_error": {"kind": "nothing"},
    "select_event": {"event_data": {"index": [0, 0], "value": "v"}},
    "sleep": {"n": 0},
    "sleep_async": {"n": 0},
    "typed_api": {"a": 1},
    "upload_button": {"x": "a.txt"},
    "validated": {"age": 5, "name": "Bob"},
    "validated_one": {"a": 5},
    "video": {"x": "clip.mp4"},
}
"""Arguments, by the names that Gradio 6 has for them; a lone one goes by any name."""

NOT_CALLED = {
    "audio_stream_in": "is fed by a browser",
    "audio_stream_out": "runs ffmpeg, which is no part of Gradio",
    "generator_forever": "runs until it is cancelled",
    "oauth_required": "wants somebody who is logged in",
    "oauth_optional": "the same",
}

FAILS = {"bad_type_out", "bad_return_count", "bad_arity", "generator_empty", "generator_error"}
"""Endpoints that may fail by design, as some generations let them; an error has its own shape."""

DIFFERS = {
    *("calls", "calls_now", "generator_state", "headers", "headers_no_queue", "slider_randomize"),
    *("state_append", "state_counter", "state_first_out", "state_middle_in", "get_random_value"),
    *("bad_type_out", "generator_empty", "cached", "select_event", "browser_state", "plot"),
}
"""Endpoints whose results are not the same each time, and so are in no snapshot."""


@pytest.fixture(scope="module", params=GENERATIONS)
def generation(request: pytest.FixtureRequest) -> Iterator[tuple[str, RunningApp]]:
    version: str = request.param
    python = sys.executable if version == NEWEST else ENVIRONMENTS.python(version)
    with run_app("kitchen_sink", python=python) as app:
        yield version, app


def arguments_for(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Arguments for a tool, with the paths of files; elsewhere a parameter has another name."""
    parameters = [key for key in schema["properties"] if key not in ("session", "event_data")]
    given = with_paths(GIVEN.get(name, {}))
    if not given:
        return dict.fromkeys(schema.get("required", []), "x")
    known = set(given) <= set(schema["properties"])
    return given if known else dict(zip(parameters, given.values(), strict=False))


def with_paths(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: with_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_paths(item) for item in value]
    is_asset = isinstance(value, str) and "." in value and (ASSETS / value).is_file()
    return str(ASSETS / value) if is_asset else value


async def results_of(client: Client) -> dict[str, tuple[dict[str, Any], CallToolResult]]:
    """Each tool's output schema, and what it gave."""
    results = {}
    for tool in (await client.list_tools()).tools:
        name = tool.name.removeprefix("ks_")
        if name not in NOT_CALLED and not name.startswith("held"):
            with anyio.fail_after(60):
                result = await client.call_tool(tool.name, arguments_for(name, tool.input_schema))
            results[name] = (tool.output_schema or {}, result)
    return results


async def test_everything_that_comes_back_fits_its_schema(
    generation: tuple[str, RunningApp],
) -> None:
    version, app = generation
    async with connect([f"ks={app.url}"], era="legacy", wait=60, roots=[ASSETS]) as connection:
        results = await results_of(connection.client)
    assert len(results) > 100
    failed = {n: result.structured_content for n, (_, result) in results.items() if result.is_error}
    assert {name: said for name, said in failed.items() if name not in FAILS} == {}
    for name, (schema, result) in results.items():
        first = result.content[0]
        assert isinstance(first, TextContent)
        assert first.text
        if name not in failed:
            problems = list(Draft202012Validator(schema).iter_errors(result.structured_content))
            assert problems == [], name
    if version == NEWEST:
        check_snapshot({n: r for n, (_, r) in results.items() if n not in DIFFERS | FAILS}, app)


def check_snapshot(results: dict[str, CallToolResult], app: RunningApp) -> None:
    shown = "\n".join(described(name, results[name], app) for name in sorted(results))
    if os.environ.get("WRITE_RESULTS"):
        SNAPSHOT.write_text(shown, encoding="utf-8")
    assert shown == SNAPSHOT.read_text(encoding="utf-8")


def described(name: str, result: CallToolResult, app: RunningApp) -> str:
    """A result as a reader sees it, without what is another each time."""
    first = result.content[0]
    assert isinstance(first, TextContent)
    kinds = ", ".join(block.type for block in result.content)
    data = json.dumps(result.structured_content, ensure_ascii=False)
    return plain(f"## {name}\n{kinds}\n\n{cut(first.text)}\n\n{cut(data)}\n", app)


def cut(text: str) -> str:
    return text if len(text) < 1000 else f"{text[:100]} … {text[-300:]}"


def plain(text: str, app: RunningApp) -> str:
    text = text.replace(app.url, "APP")
    text = re.sub(r"space-tools://files/[\w-]+/", "space-tools://files/ID/", text)
    return re.sub(r"file=[^\"\s]*/", "file=…/", text)
