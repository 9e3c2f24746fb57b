"""Other people's MCP clients for Python, each with an MCP SDK that it pins, against our server."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.environments import BUILD_DEADLINE, build_from
from tests.gradio_server import RunningApp
from tests.server.http_server import http_server
from tests.server.stdio_server import command_line, environment

HERE = Path(__file__).parent
PINS = HERE / "pins"

CLIENTS = {
    "openai-agents": "run_openai_agents.py",
    "pydantic-ai": "run_pydantic_ai.py",
    "fastmcp": "run_fastmcp.py",
}
"""Client → the program that uses it; its pins are in the file of the same name."""

DEADLINE = 300.0
"""Seconds for one program, on a machine that is busy with other tests."""


@pytest.fixture(scope="session")
def interpreters() -> Iterator[dict[str, Future[str]]]:
    """Client → the interpreter of its environment, all of them built beside one another."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {each: pool.submit(build_from, PINS / f"{each}.txt", each) for each in CLIENTS}


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, interpreters: dict[str, Future[str]]) -> list[str]:
    """The command that runs its program."""
    name: str = request.param
    program = HERE / "programs" / CLIENTS[name]
    return [interpreters[name].result(BUILD_DEADLINE), str(program)]


async def told(command: list[str], *target: str) -> dict[str, Any]:
    """What the program says that it got from the server."""
    env = {**environment(), "PYTHONWARNINGS": "default"}  # they are not ours to mend
    with anyio.fail_after(DEADLINE):
        ended = await anyio.run_process(
            [*command, *target], stdin=subprocess.DEVNULL, env=env, check=False
        )
    assert ended.returncode == 0, ended.stderr.decode()
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def check(told: dict[str, Any]) -> None:
    """It saw the tools, called one, and read the file that another made."""
    assert {"ks_echo_text", "ks_file_out"} <= set(told["names"])
    assert len(told["names"]) > 60
    assert "hi" in json.dumps(told["given"][0])
    assert "space-tools://files/" in json.dumps(told["given"][1])
    assert told["read"] == "hello a\n"


async def test_it_works_over_stdio(client: list[str], kitchen_sink: RunningApp) -> None:
    check(await told(client, *command_line("--space", f"ks={kitchen_sink.url}")))


async def test_it_works_over_http(client: list[str], kitchen_sink: RunningApp) -> None:
    async with http_server("--space", f"ks={kitchen_sink.url}") as server:
        check(await told(client, server.mcp))
