"""Apps that are away or asleep: what a client sees of their tools, and what a call is told."""

from pathlib import Path

import pytest

from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.server.in_memory import connect
from tests.server.stdio_server import ProgressLog, data_of, error_of
from tests.stand_in_hub import StandInHub
from tests.tools.deployed import Deployed, deployed


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_tools_of_an_app_that_is_away_stay_as_they_were_and_say_since_when(
    era: str, tmp_path: Path
) -> None:
    with deployed(Deployed()) as served:
        async with FaultProxy(served.port) as proxy:
            sources = [f"app=http://127.0.0.1:{proxy.port}"]
            async with connect(sources, era=era, memory_dir=tmp_path) as connection:
                (there,) = (await connection.client.list_tools()).tools
                assert there.meta is None
            await proxy.refuse()
            async with connect(sources, era=era, memory_dir=tmp_path) as connection:
                (away,) = (await connection.client.list_tools()).tools
                assert away.meta is not None
                assert away.meta["space-tools/as-of"].endswith("+00:00")
                assert away.model_copy(update={"meta": None}) == there
                error, outcome = error_of(await connection.call("app_echo"))
                assert "nothing is listening" in error
                assert outcome == "not_started"
                await proxy.accept()
                assert data_of(await connection.call("app_echo")) == {"Out": "echo"}
                (back,) = (await connection.client.list_tools(cache_mode="refresh")).tools
                assert back == there


async def test_a_call_that_wakes_a_space_tells_so_as_progress(
    hub: StandInHub, tmp_path: Path
) -> None:
    with deployed(Deployed()) as served:
        space = hub.add("owner/name", host=served.url)
        async with connect(["app=owner/name"], era="legacy", memory_dir=tmp_path) as connection:
            await eventually(lambda: connection.toolset.tools)
        space.stages = ["BUILDING", "BUILDING", "RUNNING"]
        progress = ProgressLog()
        async with connect(["app=owner/name"], era="legacy", memory_dir=tmp_path) as connection:
            called = await connection.client.call_tool("app_echo", {}, progress_callback=progress)
        assert data_of(called) == {"Out": "echo"}
        assert "building owner/name" in progress.lines
