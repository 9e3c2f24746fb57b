"""What a tool's input schema allows, its app takes: arguments drawn from it, sent for real.

Beside it, once, the schemas that Gradio itself offers over MCP, drawn from in the same way. The
figures are in the log: `pytest --log-cli-level=INFO`.
"""

import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from space_tools import AppError, ConnectionLost, SpaceToolsError, Toolset
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.files import upload
from space_tools.gradio.sessions import SessionPool
from space_tools.tools.tool import Tool
from tests.generations.conftest import ENVIRONMENTS
from tests.gradio_server import APPS, RunningApp, run_app
from tests.schema.drawing import A_FILE, draw
from tests.schema.recorded import read

logger = logging.getLogger(__name__)

NEWEST = "6.31.0"
GENERATIONS = ["3.50.2", "4.0.2", "4.44.1", NEWEST]
EXAMPLES = 10
"""Draws from each schema."""

AT_ONCE = 12
LEAST_ACCEPTED = 0.99

LEFT_OUT = {
    "sleeps, or runs as long as its argument says": (
        *("/big_out", "/sleep", "/sleep_async", "/sleep_counted", "/sleep_plain"),
        *("/limit1", "/limit3", "/limit_none", "/progress", "/progress_tqdm", "/progress_gen"),
        *("/held", "/held_queue", "/held_generator", "/generator_multi", "/generator_async"),
    ),
    "raises by design": (
        *("/raise_error", "/no_queue_error", "/generator_error", "/bad_arity"),
        *("/validated", "/validated_one", "/oauth_required"),
    ),
    "kills the queue's worker in Gradio 4.0": ("/batch",),
    "is fed by a browser": ("/audio_stream_in",),
    "runs ffprobe in Gradio 4.0, which is no part of it": ("/video",),
}
"""Endpoints whose answer says nothing of their arguments, by reason."""

NOT_ACCEPTED = {
    "/json_io": "gives back a string as the text of some JSON, which it need not be",
    "/datetime_ts": "a pattern does not tell that there is no 30th of February",
}
"""Endpoint → why it may refuse what its schema allows."""

ASSETS = {
    **dict.fromkeys(["image", "imageeditor", "gallery"], "red.png"),
    **{"audio": "beep.wav", "video": "clip.mp4", "model3d": "tri.obj"},
}
"""Component → a file that it takes; any other takes a text."""

RAN_OUT = 30.0
"""Seconds that one call may take."""


@dataclass
class Outcome:
    """What became of the calls: how many were made, and which were refused, by endpoint."""

    calls: int
    refused: dict[str, list[str]]

    @property
    def accepted(self) -> float:
        """The share of the calls that the app took."""
        return 1 - sum(map(len, self.refused.values())) / self.calls

    @property
    def unexplained(self) -> dict[str, list[str]]:
        """The refusals that are not on the list."""
        return {name: told for name, told in self.refused.items() if name not in NOT_ACCEPTED}


@pytest.fixture(scope="module", params=GENERATIONS)
def generation(request: pytest.FixtureRequest) -> Iterator[tuple[str, RunningApp]]:
    version: str = request.param
    python = sys.executable if version == NEWEST else ENVIRONMENTS.python(version)
    with run_app("kitchen_sink", python=python) as app:
        yield version, app


@asynccontextmanager
async def tools_of(url: str) -> AsyncIterator[list[Tool]]:
    """The tools of the kitchen sink at `url` that have parameters and are not left out."""
    async with Toolset([f"t={url}"]) as toolset:
        left_out = {name for names in LEFT_OUT.values() for name in names}
        yield [
            tool
            for tool in toolset
            if tool.endpoint.parameters and tool.endpoint.name not in left_out
        ]


async def test_what_a_schema_allows_its_app_accepts(generation: tuple[str, RunningApp]) -> None:
    version, app = generation
    async with tools_of(app.url) as tools:
        files = await upload_assets(tools[0].app)

        async def call(tool: Tool, arguments: Mapping[str, Any]) -> None:
            sources = tool.inputs.file_sources(arguments)
            await tool.call(arguments, files=dict.fromkeys(sources, files[asset_of(tool)]))

        outcome = await outcome_of([(tool, own_schema(tool)) for tool in tools], call)
    logger.info("%s: %.2f %% of %d", version, 100 * outcome.accepted, outcome.calls)
    logger.info("refused: %s", outcome.refused)
    assert len(tools) >= 54
    assert outcome.unexplained == {}
    assert outcome.accepted >= LEAST_ACCEPTED


async def test_what_gradios_own_mcp_schemas_allow_is_accepted_less(
    kitchen_sink: RunningApp,
) -> None:
    offered = {f"/{t['meta']['endpoint_name']}": t["inputSchema"] for t in read_mcp_schemas()}
    sessions = SessionPool()
    async with tools_of(kitchen_sink.url) as tools:
        files = await upload_assets(tools[0].app)

        async def call(tool: Tool, arguments: Mapping[str, Any]) -> None:
            data = data_of(tool.endpoint, arguments, files[asset_of(tool)])
            async with tool.app.submit(tool.endpoint, data, sessions=sessions) as job:
                async for _ in job:
                    pass

        both = [(t, offered[t.endpoint.name]) for t in tools if t.endpoint.name in offered]
        outcome = await outcome_of(both, call)
    logger.info("Gradio's own: %.2f %% of %d", 100 * outcome.accepted, outcome.calls)
    logger.info("refused: %s", outcome.refused)
    assert len(both) >= 55
    assert outcome.accepted < LEAST_ACCEPTED


def read_mcp_schemas() -> list[dict[str, Any]]:
    tools: list[dict[str, Any]] = read(f"{NEWEST}/kitchen_sink/mcp_schema")
    return tools


def own_schema(tool: Tool) -> dict[str, Any]:
    """A tool's input schema, without what is not its endpoint's."""
    properties = dict(tool.input_schema["properties"])
    for extra in ("session", "event_data"):
        properties.pop(extra, None)
    return {**tool.input_schema, "properties": properties}


async def outcome_of(
    schemas: Sequence[tuple[Tool, Mapping[str, Any]]],
    call: Callable[[Tool, Mapping[str, Any]], Awaitable[None]],
) -> Outcome:
    """Draws from each schema, and calls its tool with what was drawn."""
    drawn = [(tool, given) for tool, schema in schemas for given in draw(schema, EXAMPLES)]
    outcome = Outcome(len(drawn), {})
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def try_one(tool: Tool, given: Mapping[str, Any]) -> None:
        async with limiter:
            try:
                with anyio.fail_after(RAN_OUT):
                    try:
                        await call(tool, given)
                    except ConnectionLost:  # which says nothing of the arguments
                        await call(tool, given)
            except (SpaceToolsError, TimeoutError) as error:
                said = error.message if isinstance(error, AppError) else str(error)
                told = f"{given!r:.200}: {said:.100}"
                outcome.refused.setdefault(tool.endpoint.name, []).append(told)

    async with anyio.create_task_group() as task_group:
        for tool, given in drawn:
            task_group.start_soon(try_one, tool, given)
    return outcome


def asset_of(tool: Tool) -> str:
    return ASSETS.get(tool.endpoint.parameters[0].component, "a.txt")


async def upload_assets(app: GradioApp) -> dict[str, dict[str, Any]]:
    """Every asset, as the app calls its upload."""
    uploaded = {}
    for name in {*ASSETS.values(), "a.txt"}:
        with (APPS / "assets" / name).open("rb") as file:
            uploaded[name] = await upload(app, file, name)
    return uploaded


def data_of(endpoint: Endpoint, arguments: Mapping[str, Any], file: Mapping[str, Any]) -> list[Any]:
    """A call's data as Gradio's MCP server makes it, `file` wherever it knows of one."""
    data = list(endpoint.template)
    for parameter in endpoint.parameters:
        if parameter.name in arguments:
            data[parameter.slot] = with_file(arguments[parameter.name], file)
    return data


def with_file(value: Any, file: Mapping[str, Any]) -> Any:
    if value == A_FILE:
        return dict(file)
    if isinstance(value, list):
        return [with_file(item, file) for item in value]
    if isinstance(value, dict):
        return {key: with_file(item, file) for key, item in value.items()}
    return value
