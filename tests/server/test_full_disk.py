"""The disk is full: calls say what could not be kept, nothing is half-written, and all goes on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.full_disk import free, full_disk, on_full_disk
from tests.gradio_server import RunningApp
from tests.server.http_server import http_server
from tests.server.raw_client import RawClient, raw_client
from tests.server.stdio_server import command_line

LONG = "long " * 100_000

FilesIn = Callable[[], list[str]]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilesIn:
    """Where servers write to; gives all files that are there, by their names."""
    for variable in ("TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))

    def files() -> list[str]:
        return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())

    return files


async def call(client: RawClient, endpoint: str, **arguments: Any) -> dict[str, Any]:
    """What a tool gives, which must be no error."""
    request = client.call(endpoint, **arguments)
    await client.send(request)
    result = (await client.answer(request))["result"]
    assert not result.get("isError"), result
    structured: dict[str, Any] = result["structuredContent"]
    return structured


def saved(file: dict[str, str]) -> bytes:
    """What is in a file of a result, where its user finds it."""
    return Path(file["path"]).read_bytes()


def options(app: RunningApp, tmp_path: Path) -> list[str]:
    return ["--space", f"ks={app.url}", "--output-dir", str(tmp_path / "saved")]


async def test_a_disk_that_fills_while_it_serves_costs_files_alone(
    kitchen_sink: RunningApp, tmp_path: Path, folders: FilesIn
) -> None:
    async with raw_client(*options(kitchen_sink, tmp_path)) as client:
        await client.handshake()
        kept = (await call(client, "file_out"))["Out"]
        content = saved(kept)
        before = folders()
        with full_disk(pid=client.process.pid):
            lost = (await call(client, "file_out"))["Out"]
            assert "cannot be stored here: File too large" in lost["note"]
            assert "uri" not in lost
            cut = await call(client, "echo_text", x=LONG)
            assert "cannot be stored here: File too large" in cut["Out_whole"]["note"]
            assert (await call(client, "echo_text", x="short"))["Out"]
            assert folders() == before
        again = (await call(client, "file_out"))["Out"]
        assert saved(again) == saved(kept) == content
        await client.close_stdin()
        assert await client.exit_code(within=30) == 0
        assert "Traceback" not in client.stderr()
    assert os.listdir(tmp_path / "TMPDIR") == []


async def test_a_disk_that_is_full_from_the_start_keeps_nobody_from_being_served(
    kitchen_sink: RunningApp, tmp_path: Path, folders: FilesIn
) -> None:
    command = on_full_disk(command_line(*options(kitchen_sink, tmp_path)))
    async with raw_client(command=command) as client:
        await client.handshake()
        assert (await call(client, "echo_text", x="short"))["Out"]
        assert "cannot be stored here" in (await call(client, "file_out"))["Out"]["note"]
        assert folders() == []
        free(client.process.pid)
        assert saved((await call(client, "file_out"))["Out"])


async def test_what_cannot_be_taken_is_refused_in_a_sentence(
    kitchen_sink: RunningApp, folders: FilesIn
) -> None:
    async with (
        http_server("--space", f"ks={kitchen_sink.url}") as server,
        httpx2.AsyncClient(trust_env=False, timeout=30) as web,
    ):
        before = folders()
        with full_disk(pid=server.process.pid):
            refused = await web.post(f"{server.url}/files?name=a.txt", content=b"a" * 100_000)
            assert refused.status_code == 413
            assert "cannot be stored here" in refused.json()["error"]
            assert folders() == before
        taken = await web.post(f"{server.url}/files?name=a.txt", content=b"a" * 100_000)
        assert taken.status_code == 201
