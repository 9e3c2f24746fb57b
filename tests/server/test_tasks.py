"""The tasks extension: a call that takes long is a task to a client that knows them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from space_tools.credentials import Credentials
from space_tools.server.announcer import Announcer
from space_tools.server.app import build_server
from space_tools.server.callers import always
from space_tools.server.tasks import EXTENSION
from tests.gradio_server import RunningApp
from tests.server.app_counters import counted
from tests.server.files_of_results import files_of
from tests.server.in_memory import Connection, connect
from tests.server.stdio_server import data_of, error_of, serve
from tests.server.tasks_client import ENDED, Tasks, ask, session_of

UNKNOWN = "no-such-task"


@pytest.fixture
def tasks() -> Tasks:
    return Tasks()


@pytest.fixture
async def server(slow_app: RunningApp, tasks: Tasks) -> AsyncIterator[Connection]:
    spaces = [f"slow={slow_app.url}"]
    async with connect(spaces, era="modern", wait=20, extensions=[tasks]) as connection:
        yield connection


async def refused(client: Client, method: str, task_id: str, **more: Any) -> types.ErrorData:
    """What is wrong with a request about a task."""
    with pytest.raises(MCPError) as raised:
        await ask(session_of(client), method, task_id, **more)
    return raised.value.error


async def test_a_long_call_becomes_a_task_and_ends_with_its_result(
    server: Connection, tasks: Tasks
) -> None:
    result = await server.call("slow_slow_compute", seconds=1.5, label="task")
    assert data_of(result) == {"Out": "task took 1.5 s"}
    (created,), (ended,) = tasks.created, tasks.ended
    assert (created["status"], ended["status"]) == ("working", "completed")
    assert created["taskId"] == ended["taskId"]
    assert isinstance(ended["ttlMs"], int)
    assert 3_600_000 <= created["ttlMs"] <= ended["ttlMs"]
    assert created["pollIntervalMs"] > 0
    began, updated = (
        datetime.fromisoformat(ended[name]) for name in ("createdAt", "lastUpdatedAt")
    )
    assert began < updated <= datetime.now(UTC)


async def test_a_short_call_is_no_task(server: Connection, tasks: Tasks) -> None:
    assert data_of(await server.call("slow_greet", name="Ann")) == {"Out": "Hello, Ann!"}
    assert tasks.created == []


async def test_a_task_says_how_it_goes(server: Connection, tasks: Tasks) -> None:
    said: list[str] = []

    async def look(session: Any, task_id: str) -> None:
        with anyio.fail_after(30):
            while not any("of 100 · computing" in line for line in said):
                said.append((await ask(session, "tasks/get", task_id))["statusMessage"])
                await anyio.sleep(0.05)
        await ask(session, "tasks/cancel", task_id)

    tasks.on_created = look
    await server.call("slow_steps", number=100)


async def test_a_failed_function_is_a_task_that_completed_with_an_error(
    server: Connection, tasks: Tasks
) -> None:
    failed = await server.call("slow_failing_job")
    assert error_of(failed) == ("the furnace is cold", "failed")
    assert tasks.ended[0]["status"] == "completed"


async def test_the_files_of_a_task_can_be_read(server: Connection) -> None:
    result = await server.call("slow_paint", seconds=1)
    (file,) = files_of(result)
    assert [block.type for block in result.content] == ["text", "image", "resource_link"]
    assert (await server.client.read_resource(file["uri"])).contents


async def test_cancelling_a_task_tells_the_app_within_a_second(
    server: Connection, slow_app: RunningApp, tasks: Tasks
) -> None:
    async def cancel(session: Any, task_id: str) -> None:
        acknowledged = await ask(session, "tasks/cancel", task_id)
        assert acknowledged.keys() == {"resultType", "_meta"}
        await counted(slow_app.url, "cancelled:cancelled task", within=1)

    tasks.on_created = cancel
    await server.call("slow_slow_compute", seconds=30, label="cancelled task")
    (ended,) = tasks.ended
    assert ended["status"] == "cancelled"
    assert not ended.keys() & {"result", "error", "statusMessage"}
    await ask(session_of(server.client), "tasks/cancel", ended["taskId"])


async def test_a_task_asks_nothing_so_answers_are_ignored(server: Connection, tasks: Tasks) -> None:
    await server.call("slow_slow_compute", seconds=1, label="updated")
    task_id = tasks.ended[0]["taskId"]
    answers = {"nobody-asked": {"action": "accept"}}
    told = await ask(session_of(server.client), "tasks/update", task_id, inputResponses=answers)
    assert told.keys() == {"resultType", "_meta"}


METHODS = [("tasks/get", {}), ("tasks/update", {"inputResponses": {}}), ("tasks/cancel", {})]


@pytest.mark.parametrize(("method", "more"), METHODS)
async def test_an_unknown_task_is_refused(
    server: Connection, method: str, more: dict[str, Any]
) -> None:
    assert (await refused(server.client, method, UNKNOWN, **more)).code == types.INVALID_PARAMS


@pytest.mark.parametrize(("method", "more"), METHODS)
async def test_a_foreign_task_is_as_unknown_as_none(
    slow_app: RunningApp, tasks: Tasks, method: str, more: dict[str, Any]
) -> None:
    ann = Credentials(principal="ann")
    spaces = [f"slow={slow_app.url}"]
    async with connect(
        spaces, era="modern", wait=20, credentials=ann, extensions=[tasks]
    ) as server:
        await server.call("slow_slow_compute", seconds=1, label="foreign")
        bob = always(Credentials(principal="bob"))
        async with Client(
            build_server(server.toolset, bob, Announcer()), extensions=[Tasks()]
        ) as client:
            foreign = await refused(client, method, tasks.ended[0]["taskId"], **more)
            assert foreign == await refused(client, method, UNKNOWN, **more)


@pytest.mark.parametrize(("method", "more"), METHODS)
async def test_a_client_without_tasks_is_told_what_it_needs(
    slow_app: RunningApp, method: str, more: dict[str, Any]
) -> None:
    async with connect([f"slow={slow_app.url}"], era="modern") as server:
        error = await refused(server.client, method, UNKNOWN, **more)
        assert error.code == -32021
        assert error.data == {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}


async def test_a_legacy_client_has_no_tasks_though_it_says_that_it_knows_them(
    slow_app: RunningApp, tasks: Tasks
) -> None:
    spaces = [f"slow={slow_app.url}"]
    async with connect(spaces, era="legacy", wait=20, extensions=[tasks]) as server:
        result = await server.call("slow_slow_compute", seconds=1, label="legacy")
        assert data_of(result) == {"Out": "legacy took 1 s"}
        error = await refused(server.client, "tasks/get", UNKNOWN)
        assert error.code == types.METHOD_NOT_FOUND


async def test_the_extension_is_offered_to_modern_clients(server: Connection) -> None:
    offered = server.client.server_capabilities
    assert offered is not None
    assert offered.extensions == {EXTENSION: {}}


async def test_after_a_restart_a_task_has_failed_with_what_is_known(
    slow_app: RunningApp, tasks: Tasks
) -> None:
    options = ("--space", f"slow={slow_app.url}")

    class Left(Exception):
        """The client goes while its task runs."""

    async def leave(session: Any, task_id: str) -> None:
        raise Left

    tasks.on_created = leave
    async with serve(*options, era="modern", alias="slow", extensions=[tasks]) as before:
        with pytest.raises(Left):
            await before.call("slow_compute", seconds=30, label="restarted task")
    task_id = tasks.created[0]["taskId"]
    async with serve(*options, era="modern", alias="slow", extensions=[Tasks()]) as after:
        task = await ask(session_of(after.client), "tasks/get", task_id)
    assert (task["status"], task["status"] in ENDED) == ("failed", True)
    assert task["error"]["code"] == types.INTERNAL_ERROR
    assert task["error"]["data"] == {"outcome": "unknown"}
    assert "restarted while it ran" in task["error"]["message"]
