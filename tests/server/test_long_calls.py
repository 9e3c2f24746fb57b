"""A call of three minutes comes back whole, though its client waits one minute for an answer."""

import anyio
import mcp_types as types

from tests.gradio_server import RunningApp
from tests.server.app_counters import counters
from tests.server.stdio_server import Server, data_of, serve
from tests.server.tasks_client import Tasks

LONG = 180
"""Seconds that the calls take."""

PATIENCE = 60.0
"""Seconds after which a client gives up: many hosts have that for a limit."""

ALL = LONG + 120.0
"""Seconds that all of this may take, on a machine that is busy with other tests."""


async def by_job(server: Server) -> types.CallToolResult:
    """As a model does it that reads what it is told."""
    result = await server.client.call_tool(
        "slow_slow_compute", {"seconds": LONG, "label": "long job"}
    )
    while job := data_of(result).get("job"):
        result = await server.client.call_tool("job_result", {"job": job})
    return result


async def by_task(server: Server) -> types.CallToolResult:
    """As a client does it that knows tasks."""
    return await server.client.call_tool(
        "slow_slow_compute", {"seconds": LONG, "label": "long task"}
    )


async def by_progress(server: Server) -> types.CallToolResult:
    """As a host does it that waits on while progress comes; the SDK's client alone does not."""
    with anyio.CancelScope(deadline=anyio.current_time() + PATIENCE) as patience:

        async def go_on(progress: float, total: float | None, message: str | None) -> None:
            patience.deadline = anyio.current_time() + PATIENCE

        return await server.client.call_tool(
            "slow_slow_compute",
            {"seconds": LONG, "label": "long progress"},
            read_timeout_seconds=ALL,
            progress_callback=go_on,
        )
    raise TimeoutError("no progress came for a minute")


async def test_a_call_of_three_minutes_comes_back_through_each_way(slow_app: RunningApp) -> None:
    results: dict[str, types.CallToolResult] = {}
    options = ("--space", f"slow={slow_app.url}")
    tasks = Tasks()
    async with (
        serve(*options, era="legacy", alias="slow", read_timeout=PATIENCE) as plain,
        serve(
            *options, era="modern", alias="slow", read_timeout=PATIENCE, extensions=[tasks]
        ) as knowing,
    ):
        ways = {
            "job": (by_job, plain),
            "task": (by_task, knowing),
            "progress": (by_progress, plain),
        }

        async def go(name: str) -> None:
            way, server = ways[name]
            results[name] = await way(server)

        with anyio.fail_after(ALL):
            async with anyio.create_task_group() as task_group:
                for name in ways:
                    task_group.start_soon(go, name)
    assert {name: data_of(result) for name, result in results.items()} == {
        name: {"Out": f"long {name} took {LONG} s"} for name in ways
    }
    assert len(tasks.ended) == 1
    seen = await counters(slow_app.url)
    assert [seen[f"started:long {name}"] for name in ways] == [1, 1, 1]
