"""Somebody sets the wall clock while a server runs: nothing ends for that, or lasts longer."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.gradio_server import RunningApp
from tests.server.files_of_results import files_of
from tests.server.http_server import http_client, http_server
from tests.server.stdio_server import data_of, serve
from tests.server.tasks_client import Tasks

HOUR = 3600.0
LIFETIME_MS = 3_600_000
"""For which results are kept."""

PROGRAM = """
import datetime, time
from pathlib import Path

real, real_ns, real_datetime = time.time, time.time_ns, datetime.datetime

def ahead():
    return float(Path(FILE).read_text())

class Datetime(real_datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=ahead())

time.time = lambda: real() + ahead()
time.time_ns = lambda: real_ns() + int(ahead() * 1e9)
datetime.datetime = Datetime
"""
"""Runs before everything else in a process."""

SetClock = Callable[[float], Any]


@pytest.fixture
def set_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the wall clock of all processes that the test starts, so many seconds ahead."""
    file = tmp_path / "seconds ahead"
    file.write_text("0")
    (tmp_path / "sitecustomize.py").write_text(PROGRAM.replace("FILE", repr(str(file))))
    path = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))

    def set_clock(seconds: float) -> None:
        changed = file.with_suffix(".new")
        changed.write_text(str(seconds))
        changed.rename(file)

    return set_clock


async def test_links_files_jobs_and_conversations_go_on(
    kitchen_sink: RunningApp, set_clock: SetClock
) -> None:
    options = ("--space", f"ks={kitchen_sink.url}", "--max-wait", "3")
    async with (
        http_server(*options) as server,
        http_client(server.mcp, era="legacy", token="hf_mine") as client,
        httpx2.AsyncClient(trust_env=False, timeout=30) as web,
    ):
        [file] = files_of(await client.call_tool("ks_file_out", {}))
        assert data_of(await client.call_tool("ks_state_counter", {})) == {"Count": 1}
        lasting = {"tag": "clock", "seconds": 6}
        job = data_of(await client.call_tool("ks_sleep_counted", lasting))["job"]
        for count, hours in enumerate((7, -7), start=2):
            set_clock(hours * HOUR)
            assert (await web.get(file["url"])).status_code == 200
            assert (await client.read_resource(file["uri"])).contents
            assert data_of(await client.call_tool("ks_state_counter", {})) == {"Count": count}
            known = data_of(await client.call_tool("job_status", {"job": job}))
            assert known["created"] <= known["updated"]
        while (result := data_of(await client.call_tool("job_result", {"job": job}))).get("job"):
            assert result["job"] == job
        assert result == {"Out": "slept 6"}


@pytest.mark.parametrize("hours", [7, -7])
async def test_a_task_is_as_old_as_it_is(
    kitchen_sink: RunningApp, set_clock: SetClock, hours: int
) -> None:
    tasks = Tasks()

    async def turn(*_: Any) -> None:
        set_clock(hours * HOUR)

    tasks.on_created = turn
    options = ("--space", f"ks={kitchen_sink.url}")
    async with serve(*options, era="modern", extensions=[tasks]) as server:
        lasting = {"tag": f"task clock {hours}", "seconds": 2}
        assert data_of(await server.call("sleep_counted", **lasting)) == {"Out": "slept 2"}
    (ended,) = tasks.ended
    assert LIFETIME_MS <= ended["ttlMs"] < LIFETIME_MS + 1000 * HOUR
    assert ended["createdAt"] <= ended["lastUpdatedAt"]
