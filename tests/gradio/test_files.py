"""Files reach an app and come back whole, under names that are safe, or not at all."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from space_tools.errors import CallError, ProtocolError, TransferError, ValidationError
from space_tools.gradio import files
from space_tools.gradio.app import GradioApp
from space_tools.gradio.files import download, upload
from tests.gradio.calling import call, connected, proxied
from tests.scripted_app import Gate, Script, minimal_app, scripted_app

pytestmark = pytest.mark.usefixtures("clean")

NAMES = ["a.txt", "ünï cödé & #1.txt", "絵.tar.gz", "no suffix", "quo'te%20.txt"]
FILE = "/gradio_api/file=f"


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


async def sent(app: GradioApp, folder: Path, name: str, content: bytes) -> dict[str, Any]:
    """A file of that content and name, uploaded."""
    path = folder / "to be sent"
    path.write_bytes(content)
    with path.open("rb") as file:
        return await upload(app, file, name)


async def output_url(app: GradioApp, name: str, *values: Any) -> tuple[str, str]:
    """Where the app gives out the file that a call returns, and the name it gives it."""
    found = (await call(app, name, *values))[0]
    return app.file_url(found["path"]), found["orig_name"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_makes_its_way_there_and_back(
    sink: GradioApp, tmp_path: Path, name: str
) -> None:
    content = "ünï\0".encode() * 1000
    data = await sent(sink, tmp_path, name, content)
    assert (data["orig_name"], data["size"]) == (name, len(content))
    assert data["meta"] == {"_type": "gradio.FileData"}
    described = (await call(sink, "file_single", data))[0]
    assert described.endswith(f"size={len(content)}")
    back = await download(sink, sink.file_url(data["path"]), tmp_path / "out", name)
    assert back == tmp_path / "out" / name
    assert back.read_bytes() == content


async def test_an_empty_file_is_a_file_too(sink: GradioApp, tmp_path: Path) -> None:
    data = await sent(sink, tmp_path, "empty.txt", b"")
    back = await download(sink, sink.file_url(data["path"]), tmp_path, "empty.txt")
    assert back.read_bytes() == b""


async def test_an_output_with_a_difficult_name_is_fetched(sink: GradioApp, tmp_path: Path) -> None:
    url, name = await output_url(sink, "file_out_unicode")
    assert (await download(sink, url, tmp_path, name)).read_text() == "unicode name\n"


async def test_a_large_file_is_streamed_both_ways(sink: GradioApp, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4 * 4096
    data = await sent(sink, tmp_path, "large.bin", content)
    back = await download(sink, sink.file_url(data["path"]), tmp_path, "large.bin")
    assert back.read_bytes() == content


async def test_files_of_one_name_are_numbered(sink: GradioApp, tmp_path: Path) -> None:
    url, _ = await output_url(sink, "file_out")
    (tmp_path / "a.txt").write_text("was here before")
    names = [(await download(sink, url, tmp_path, "a.txt")).name for _ in range(2)]
    assert names == ["a-1.txt", "a-2.txt"]
    assert (tmp_path / "a.txt").read_text() == "was here before"


async def test_files_fetched_at_once_do_not_meet(sink: GradioApp, tmp_path: Path) -> None:
    url, _ = await output_url(sink, "file_out")
    async with anyio.create_task_group() as task_group:
        for _ in range(8):
            task_group.start_soon(download, sink, url, tmp_path, "a.txt")
    assert names_in(tmp_path) == {"a.txt", *(f"a-{n}.txt" for n in range(1, 8))}


async def test_a_file_that_the_app_would_not_take_is_not_sent(
    strict: GradioApp, tmp_path: Path
) -> None:
    limit = strict.info.max_file_size
    assert limit is not None
    with pytest.raises(ValidationError, match=f"big.bin has {limit + 1} bytes; .* most {limit}"):
        await sent(strict, tmp_path, "big.bin", b"x" * (limit + 1))
    assert (await sent(strict, tmp_path, "fits.bin", b"x" * limit))["size"] == limit


async def test_nothing_is_sent_of_a_file_that_is_too_large(tmp_path: Path) -> None:
    config, info = minimal_app()
    with scripted_app(Script({**config, "max_file_size": 10}, info)) as server:
        async with connected(server.url) as app:
            before = len(server.requests)
            with pytest.raises(ValidationError):
                await sent(app, tmp_path, "big.bin", b"x" * 11)
            assert len(server.requests) == before


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (PlainTextResponse("too large", 413), ValidationError),
        (PlainTextResponse("no", 500), CallError),
        (JSONResponse([]), CallError),
        (JSONResponse(["a", "b"]), CallError),
        (JSONResponse([5]), CallError),
        (JSONResponse({"path": "x"}), CallError),
        (HTMLResponse("<html>"), ProtocolError),
    ],
)
async def test_an_upload_that_is_not_taken_is_an_error(
    tmp_path: Path, answer: Response, kind: type[Exception]
) -> None:
    routes = {("POST", "/gradio_api/upload"): [answer]}
    with scripted_app(Script(*minimal_app(), routes=routes)) as server:
        async with connected(server.url) as app:
            with pytest.raises(kind):
                await sent(app, tmp_path, "a.txt", b"x")


async def test_the_name_of_an_upload_cannot_break_its_request(
    sink: GradioApp, tmp_path: Path
) -> None:
    name = 'a"; filename="b\r\nx: y\\.txt'
    data = await sent(sink, tmp_path, name, b"content")
    assert data["orig_name"] == name
    back = await download(sink, sink.file_url(data["path"]), tmp_path / "out", name)
    assert back.read_bytes() == b"content"
    assert back.parent == tmp_path / "out"


@pytest.mark.parametrize("cut", ["cut_after", "reset_after"])
async def test_a_download_that_is_cut_leaves_nothing(
    sink: GradioApp, tmp_path: Path, cut: str
) -> None:
    data = await sent(sink, tmp_path, "large.bin", b"x" * 1_000_000)
    async with proxied(sink) as (proxy, app):
        setattr(proxy, cut, 500_000)
        with pytest.raises(TransferError, match="broke off"):
            await download(app, app.file_url(data["path"]), tmp_path / "out", "large.bin")
    assert names_in(tmp_path / "out") == set()


async def test_a_download_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    gate = Gate()
    script = Script(*minimal_app(), routes={("GET", FILE): [[b"the beginning", gate]]})
    with scripted_app(script) as server:
        async with connected(server.url) as app, anyio.create_task_group() as task_group:
            task_group.start_soon(download, app, app.file_url("f"), tmp_path / "out", "f")
            await anyio.to_thread.run_sync(gate.reached.wait)
            task_group.cancel_scope.cancel()
    assert names_in(tmp_path / "out") == set()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        *((status, f"answered {status}") for status in (403, 404, 500)),
        (307, "redirected to nowhere"),
    ],
)
async def test_an_answer_that_is_not_the_file_leaves_nothing(
    tmp_path: Path, status: int, words: str
) -> None:
    routes = {("GET", FILE): [PlainTextResponse("not the file", status)]}
    with scripted_app(Script(*minimal_app(), routes=routes)) as server:
        async with connected(server.url) as app:
            with pytest.raises(TransferError, match=words):
                await download(app, app.file_url("f"), tmp_path / "out", "f")
    assert names_in(tmp_path / "out") == set()


async def test_a_file_without_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 1000)
    routes = {("GET", FILE): [[b"x" * 600, b"x" * 600]]}
    with scripted_app(Script(*minimal_app(), routes=routes)) as server:
        async with connected(server.url) as app:
            with pytest.raises(ProtocolError, match="more than 1000 bytes"):
                await download(app, app.file_url("f"), tmp_path / "out", "f")
    assert names_in(tmp_path / "out") == set()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/gradio_api/file=x",
        "{origin}/config",
        "{origin}/gradio_api/upload",
        "{origin}.evil.example/gradio_api/file=x",
        "{origin}@evil.example/gradio_api/file=x",
        "file:///etc/passwd",
        "",
    ],
)
async def test_only_the_apps_own_files_are_fetched(tmp_path: Path, url: str) -> None:
    with scripted_app(Script(*minimal_app())) as server:
        async with connected(server.url) as app:
            before = len(server.requests)
            with pytest.raises(ProtocolError, match="does not serve"):
                await download(app, url.format(origin=server.url), tmp_path / "out", "x")
            assert len(server.requests) == before
    assert names_in(tmp_path / "out") == set()


async def test_an_upload_tells_how_far_it_is(sink: GradioApp, tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(b"x" * 3_000_000)
    told: list[tuple[int, int]] = []
    with big.open("rb") as file:
        data = await upload(sink, file, big.name, on_sent=lambda *sent: told.append(sent))
    assert data["size"] == 3_000_000
    sent = [bytes_sent for bytes_sent, _ in told]
    assert sent == sorted(sent)
    assert len(set(sent)) > 10
    assert told[-1] == (3_000_000, 3_000_000)
