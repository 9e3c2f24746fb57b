"""The conformance suite's scenarios of the tasks extension, over HTTP, with tools as it wants them.

Left out are those that no Gradio app can be the fixture of: tasks-mrtr-input and
tasks-mrtr-composition (a call that asks its user something), tasks-required-task-error (a tool
that clients without tasks cannot call; all of ours can be), and tasks-status-notifications, which
the suite itself skips.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.suite import run_scenario
from tests.gradio_server import RunningApp
from tests.node import Node
from tests.server.http_server import HttpServer, http_client, http_server

TOOLS = ("greet", "slow_compute", "failing_job", "protocol_error_job", "confirm_delete")

FAILS = {
    # It wants a call to end with an error of the protocol. What goes wrong with a call is a
    # result here, which a model can act on, whatever it is.
    "tasks-lifecycle": {"sep-2663-tasks-get-status-failed"},
}
"""Scenario → the checks of it that are not passed."""

SCENARIOS = {
    "tasks-lifecycle": 9,
    "tasks-capability-negotiation": 5,
    "tasks-wire-fields": 4,
    "tasks-request-state-removal": 3,
    "tasks-request-headers": 5,
    "tasks-dispatch-and-envelope": 9,
}
"""Scenario → how many checks it has."""


@pytest.fixture(scope="module")
async def served(
    slow_app: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HttpServer]:
    """The app's endpoints under the names that the suite calls."""
    tools = "".join(f'tools."/{name}".name = "{name}"\n' for name in TOOLS)
    endpoints = [f"/{name}" for name in TOOLS]
    config = tmp_path_factory.mktemp("config") / "tasks.toml"
    config.write_text(f'[spaces.tasks]\nsrc = "{slow_app.url}"\ninclude = {endpoints}\n{tools}')
    async with http_server("--config", str(config)) as server:
        # The first call waits until the app is read, and might be a task for that.
        async with http_client(server.mcp, era="modern") as client:
            await client.call_tool("greet", {"name": "first"})
        yield server


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_the_suite_finds_the_extension_as_it_should_be(
    node: Node, served: HttpServer, scenario: str, tmp_path: Path
) -> None:
    checks = await run_scenario(node, served.mcp, scenario, tmp_path)
    failed = {check.name for check in checks if check.status != "SUCCESS"}
    assert failed == FAILS.get(scenario, set())
    assert len(checks) == SCENARIOS[scenario]
