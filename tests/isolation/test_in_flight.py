"""A thousand calls at once over HTTP, of ten users: none is lost, and memory is bounded."""

import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from space_tools.server.open_files import allow_many
from tests.gradio_server import run_app
from tests.isolation.by_hand import ByHand, response_of, to_call, to_request, web_client
from tests.server.http_server import HttpServer, http_server

USERS, EACH = 10, 100
MOST = 250
"""MiB of the server's process, resident."""


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    """Serves an app whose `gather` ends once a thousand calls of it have come together."""
    allow_many()
    with run_app("recording_app", KS_TOGETHER=str(USERS * EACH)) as app:
        async with http_server("--space", f"one={app.url}") as server:
            yield server


def resident(server: HttpServer) -> float:
    """MiB, the most that there ever was."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


async def test_a_thousand_calls_in_flight(
    server: HttpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before, started_at, lost = resident(server), time.monotonic(), []

    async def call(client: ByHand, tag: str) -> None:
        number = int(tag[-4:]) + 1
        asked = to_call("one_gather", {"tag": tag}, token=tag)
        answer = await client.post(to_request("tools/call", asked, id=number))
        result = response_of(answer, number)["result"]
        if result.get("structuredContent") != {"Out": f"{tag} together"}:
            lost.append(result)

    async with web_client() as web, anyio.create_task_group() as task_group:
        for user in range(USERS):
            client = ByHand(web, server.url, modern=user % 2 == 0, token=f"hf_u{user:02}_first")
            if not client.modern:
                await client.begin()
            for number in range(EACH):
                task_group.start_soon(call, client, f"u{user:02}-{number:04}")
    took, most = time.monotonic() - started_at, resident(server)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{USERS * EACH} calls in flight at once: {len(lost)} lost, {took:.0f} s, resident "
            f"{before:.0f} MiB before, {most:.0f} MiB at most\n"
        )
    assert lost == []
    assert most <= MOST
