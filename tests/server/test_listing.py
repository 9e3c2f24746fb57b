"""What `tools/list` shows of the kitchen sink."""

import re

import mcp_types as types
import pytest
from jsonschema import Draft202012Validator

from space_tools.server import job_tools
from tests.gradio_server import RunningApp
from tests.server.app_counters import fetch_json
from tests.server.stdio_server import Server, serve

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@pytest.fixture(scope="session")
async def tools(server: Server) -> list[types.Tool]:
    """The app's tools, as they came over the wire."""
    return await listed(server)


async def listed(server: Server) -> list[types.Tool]:
    """The same of any server; our own tools come last."""
    tools = (await server.client.list_tools()).tools
    assert [tool.name for tool in tools[-3:]] == list(job_tools.NAMES)
    return tools[:-3]


def public_names(app: RunningApp) -> set[str]:
    """Every endpoint that the app itself calls public and runs, as a tool would be named."""
    named = fetch_json(app, "/gradio_api/info")["named_endpoints"]
    dependencies = fetch_json(app, "/config")["dependencies"]
    run_here = {f"/{d['api_name']}" for d in dependencies if d["backend_fn"]}
    public = {name for name in run_here & set(named) if named[name]["api_visibility"] == "public"}
    return {"ks_" + re.sub(r"[^a-zA-Z0-9_-]+", "_", name[1:]) for name in public}


async def test_each_public_endpoint_is_a_tool(
    tools: list[types.Tool], kitchen_sink: RunningApp
) -> None:
    assert {tool.name for tool in tools} == public_names(kitchen_sink)


@pytest.mark.parametrize("hidden", ["undocumented", "private", "js_only", "False", "dyn_0"])
async def test_what_is_not_public_is_no_tool(tools: list[types.Tool], hidden: str) -> None:
    assert f"ks_{hidden}" not in {tool.name for tool in tools}


async def test_names_fit_every_host(tools: list[types.Tool]) -> None:
    names = [tool.name for tool in tools]
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert len(set(names)) == len(names) > 100


async def test_schemas_are_valid_objects(tools: list[types.Tool]) -> None:
    for tool in tools:
        for schema in (tool.input_schema, tool.output_schema):
            assert schema is not None, tool.name
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object", tool.name


async def test_inputs_are_closed_and_require_only_what_exists(tools: list[types.Tool]) -> None:
    for tool in tools:
        assert tool.input_schema["additionalProperties"] is False, tool.name
        assert set(tool.input_schema.get("required", [])) <= set(tool.input_schema["properties"])


async def test_outputs_require_nothing(tools: list[types.Tool]) -> None:
    assert [tool.name for tool in tools if (tool.output_schema or {}).get("required")] == []


async def test_each_tool_says_what_it_is_and_what_comes_back(tools: list[types.Tool]) -> None:
    for tool in tools:
        assert tool.title, tool.name
        assert "kitchen sink" in tool.title, tool.name
        assert tool.description, tool.name
        assert "Returns " in tool.description, tool.name


async def test_nothing_is_promised_of_what_an_app_changes(tools: list[types.Tool]) -> None:
    for tool in tools:
        annotations = tool.annotations
        assert annotations is not None, tool.name
        assert annotations.title == tool.title
        assert annotations.open_world_hint is True
        assert annotations.read_only_hint is False
        assert annotations.idempotent_hint is False


async def test_descriptions_are_the_apps_own(tools: list[types.Tool]) -> None:
    described = {tool.name: tool.description or "" for tool in tools}
    assert described["ks_described"].startswith("An explicit api_description\n")
    assert described["ks_defaults"].startswith("Docstring of with_doc: makes a sentence.")
    assert "remembers earlier calls" in described["ks_state_counter"]
    assert "cannot be called" in described["ks_audio_stream_in"]
    assert "event_data" in described["ks_select_event"]


async def test_two_servers_give_the_same_list(
    tools: list[types.Tool], kitchen_sink: RunningApp, era: str
) -> None:
    async with serve("--space", f"ks={kitchen_sink.url}", era=era) as other:
        assert await listed(other) == tools
