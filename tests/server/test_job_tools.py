"""A call that outlasts its request gives a job, and the job tools give what the tool would have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types as types
import pytest
from jsonschema import Draft202012Validator
from mcp import Client

from space_tools.config import SpaceSettings
from space_tools.config.spaces import ToolSettings
from space_tools.credentials import Credentials
from space_tools.server import job_tools
from space_tools.server.announcer import Announcer
from space_tools.server.app import build_server
from space_tools.server.callers import always
from tests.gradio_server import RunningApp
from tests.server.app_counters import counted, counters
from tests.server.files_of_results import files_of, text_block
from tests.server.in_memory import Connection, connect
from tests.server.stdio_server import ERAS, ProgressLog, Server, data_of, error_of, serve, text_of

WAIT = 0.3
"""Seconds that these servers wait for a call."""


@asynccontextmanager
async def waiting(app: RunningApp, era: str, **options: Any) -> AsyncIterator[Connection]:
    """A server of that app that does not wait long."""
    spaces = options.pop("spaces", [f"slow={app.url}"])
    async with connect(spaces, era=era, max_wait=WAIT, wait=20, **options) as connection:
        yield connection


@pytest.fixture(params=ERAS)
async def server(request: pytest.FixtureRequest, slow_app: RunningApp) -> AsyncIterator[Connection]:
    async with waiting(slow_app, request.param) as connection:
        yield connection


@pytest.fixture(scope="module", params=ERAS)
async def served(request: pytest.FixtureRequest, slow_app: RunningApp) -> AsyncIterator[Server]:
    """The same over stdio, where progress has a token in both eras."""
    options = ("--space", f"slow={slow_app.url}", "--max-wait", str(WAIT))
    async with serve(*options, era=request.param, alias="slow") as running:
        yield running


async def job_of(server: Connection, tool: str, /, **arguments: Any) -> str:
    """The job that a call gives instead of its result."""
    return str(data_of(await server.call(f"slow_{tool}", **arguments))["job"])


async def result_of(server: Connection, job: str) -> types.CallToolResult:
    """The result of a job, asked for until it is there."""
    while True:
        result = await server.call("job_result", job=job)
        structured = result.structured_content
        assert isinstance(structured, dict)
        if structured.get("job") != job:
            return result


async def test_a_long_call_gives_a_job_and_that_its_result(server: Connection) -> None:
    handle = await server.call("slow_slow_compute", seconds=1, label="long")
    job = data_of(handle)["job"]
    assert f"job: {job}" in text_of(handle)
    assert "Call job_result with this job" in text_of(handle)
    result = await result_of(server, job)
    assert data_of(result) == {"Out": "long took 1 s"}
    assert text_of(result) == "long took 1 s"
    assert await result_of(server, job) == result


@pytest.mark.parametrize("era", ERAS)
async def test_a_short_call_gives_its_result(slow_app: RunningApp, era: str) -> None:
    async with connect([f"slow={slow_app.url}"], era=era, max_wait=30, wait=20) as server:
        assert data_of(await server.call("slow_greet", name="Ann")) == {"Out": "Hello, Ann!"}


async def test_a_job_says_that_it_still_runs(server: Connection) -> None:
    job = await job_of(server, "slow_compute", seconds=30, label="still")
    waited = await server.call("job_result", job=job)
    assert data_of(waited)["job"] == job
    assert text_of(waited).startswith("Still running: running")
    await server.call("job_cancel", job=job)


async def test_what_is_given_conforms_to_what_was_promised(server: Connection) -> None:
    listed = await server.client.list_tools()
    promised = {tool.name: tool.output_schema for tool in listed.tools}
    handle = await server.call("slow_slow_compute", seconds=1, label="promise")
    given = {"slow_slow_compute": handle}
    job = data_of(handle)["job"]
    given["job_status"] = await server.call("job_status", job=job)
    given["job_cancel"] = await server.call("job_cancel", job=job)
    given["job_result"] = await server.call("job_result", job=job)
    for name, result in given.items():
        schema = promised[name]
        assert schema is not None
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema).validate(result.structured_content)


async def test_a_job_tells_how_it_goes(server: Connection) -> None:
    job = await job_of(server, "steps", number=100)
    seen = await server.call("job_status", job=job)
    status = data_of(seen)
    assert (status["tool"], status["status"]) == ("slow_steps", "working")
    assert "of 100 · computing" in status["message"]
    assert 0 < status["progress"] < 1
    assert status["created"] <= status["updated"]
    assert text_of(seen).startswith("slow_steps is working: steps ")
    await server.call("job_cancel", job=job)


async def test_waiting_for_a_job_tells_how_it_goes(served: Server) -> None:
    asked = {"job": data_of(await served.call("steps", number=100))["job"]}
    log = ProgressLog()
    with anyio.fail_after(30):
        while not log.lines:
            await served.client.call_tool("job_result", asked, progress_callback=log)
    assert any("of 100 · computing" in line for line in log.lines)
    await served.client.call_tool("job_cancel", asked)


async def test_cancelling_a_job_tells_the_app_within_a_second(
    server: Connection, slow_app: RunningApp
) -> None:
    job = await job_of(server, "slow_compute", seconds=30, label=f"cancel {id(server)}")
    status = data_of(await server.call("job_cancel", job=job))
    assert status["status"] == "cancelled"
    await counted(slow_app.url, f"cancelled:cancel {id(server)}", within=1)
    problem, outcome = error_of(await server.call("job_result", job=job))
    assert (problem, outcome) == ("The call was cancelled.", "unknown")
    assert data_of(await server.call("job_cancel", job=job))["status"] == "cancelled"


async def test_a_request_that_ends_leaves_the_job_that_it_waits_for(
    server: Connection, slow_app: RunningApp
) -> None:
    tag = f"left {id(server)}"
    job = await job_of(server, "slow_compute", seconds=1.5, label=tag)
    with anyio.move_on_after(WAIT / 3):
        await server.call("job_result", job=job)
    assert data_of(await result_of(server, job)) == {"Out": f"{tag} took 1.5 s"}
    assert f"cancelled:{tag}" not in await counters(slow_app.url)


async def test_a_request_that_ends_before_the_hand_over_takes_its_call_with_it(
    slow_app: RunningApp,
) -> None:
    async with connect([f"slow={slow_app.url}"], era="modern", max_wait=20, wait=20) as server:
        async with anyio.create_task_group() as task_group:
            call = {"seconds": 30, "label": "before"}
            task_group.start_soon(server.client.call_tool, "slow_slow_compute", call)
            await counted(slow_app.url, "started:before", within=10)
            task_group.cancel_scope.cancel()
        await counted(slow_app.url, "cancelled:before", within=1)


async def test_an_output_that_is_called_status_is_not_taken_for_that_of_the_job(
    server: Connection,
) -> None:
    handle = data_of(await server.call("slow_paint", seconds=1))
    assert handle.keys() == {"job", "message", "next"}
    result = await result_of(server, handle["job"])
    assert result.structured_content is not None
    assert result.structured_content["status"] == "red"


async def test_a_picture_comes_with_its_job(server: Connection) -> None:
    job = await job_of(server, "paint", seconds=1)
    result = await result_of(server, job)
    (file,) = files_of(result)
    kinds = [block.type for block in result.content]
    assert kinds == ["text", "image", "resource_link"]
    assert file["uri"] in text_block(result)
    read = await server.client.read_resource(file["uri"])
    assert len(read.contents) == 1


async def test_a_failure_is_told_as_the_tool_would_have(server: Connection) -> None:
    job = await job_of(server, "failing_job")
    failed = await result_of(server, job)
    assert error_of(failed) == ("the furnace is cold", "failed")
    status = data_of(await server.call("job_status", job=job))
    assert (status["status"], status["next"]) == ("failed", "It has failed; job_result says why.")


async def test_a_conversation_that_begins_with_a_job_can_be_gone_on_with(
    slow_app: RunningApp,
) -> None:
    async with waiting(slow_app, "modern") as server:
        handle = data_of(await server.call("slow_remember", word="one", seconds=1))
        assert data_of(await result_of(server, handle["job"]))["session"] == handle["session"]
        going_on = {"word": "two", "seconds": 1, "session": handle["session"]}
        job = await job_of(server, "remember", **going_on)
        assert data_of(await result_of(server, job))["Out"] == "one two"


async def test_a_call_with_a_progress_token_is_waited_for(served: Server) -> None:
    result = await served.call("slow_compute", ProgressLog(), seconds=1, label="told")
    assert data_of(result) == {"Out": "told took 1 s"}


async def test_without_a_wait_there_are_no_jobs(slow_app: RunningApp) -> None:
    async with connect([f"slow={slow_app.url}"], era="modern", wait=20) as server:
        assert not await server.names() & set(job_tools.NAMES)
        result = await server.call("slow_slow_compute", seconds=1, label="whole")
        assert data_of(result) == {"Out": "whole took 1 s"}


async def test_a_foreign_job_is_as_unknown_as_none(slow_app: RunningApp) -> None:
    ann = Credentials(principal="ann")
    async with waiting(slow_app, "modern", credentials=ann) as server:
        job = await job_of(server, "slow_compute", seconds=30, label="foreign")
        bob = always(Credentials(principal="bob"))
        theirs = build_server(server.toolset, bob, Announcer(), max_wait=WAIT)
        async with Client(theirs) as client:
            for name in job_tools.NAMES:
                foreign = await client.call_tool(name, {"job": job})
                unknown = await client.call_tool(name, {"job": "no such job"})
                assert foreign == unknown
                problem, outcome = error_of(foreign)
                assert problem.startswith("There is no such `job` of yours here")
                assert outcome == "unknown"
        status = data_of(await server.call("job_status", job=job))
        assert status["status"] == "working"


@pytest.mark.parametrize("name", job_tools.NAMES)
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "`job` is required, a text: the `job` that a call gave which still runs"),
        ({"job": 7}, "`job` is required, a text: the `job` that a call gave which still runs"),
        ({"job": "x", "wait": 9}, "`wait` is no argument of this tool"),
    ],
)
async def test_wrong_arguments_are_refused(
    slow_app: RunningApp, name: str, arguments: dict[str, Any], problem: str
) -> None:
    async with waiting(slow_app, "modern") as server:
        result = await server.client.call_tool(name, arguments)
        assert error_of(result) == (problem, "not_started")


async def test_a_tool_of_the_same_name_is_a_problem_that_names_both(slow_app: RunningApp) -> None:
    named = {"/greet": ToolSettings(name="job_result")}
    spaces = [SpaceSettings(slow_app.url, "slow", tools=named)]
    async with waiting(slow_app, "modern", spaces=spaces) as server:
        assert "space-tools itself and slow/greet would both be the tool 'job_result'" in str(
            server.toolset.problems["slow"]
        )
        assert await server.names() == set(job_tools.NAMES)


async def test_after_a_restart_its_owner_is_told_that_nothing_is_known(
    slow_app: RunningApp,
) -> None:
    options = ("--space", f"slow={slow_app.url}", "--max-wait", "0.3")
    async with serve(*options, era="modern", alias="slow") as before:
        handle = data_of(await before.call("slow_compute", seconds=30, label="restart"))
    async with serve(*options, era="modern", alias="slow") as after:
        asked = {"job": handle["job"]}
        told = await after.client.call_tool("job_result", asked)
        assert error_of(told) == (
            "The server was restarted while it ran; whether the function finished is not known.",
            "unknown",
        )
        status = await after.client.call_tool("job_status", asked)
        assert data_of(status)["status"] == "unknown"
