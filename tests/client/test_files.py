"""Files: what is marked goes up, what the app gives comes down, and nothing else is touched."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import gradio_client
import pytest
from starlette.responses import Response

from space_tools import (
    AppError,
    AsyncClient,
    CallError,
    Client,
    Status,
    ValidationError,
    handle_file,
)
from tests.client.as_space import AsSpace
from tests.client.watching import client_threads, soon
from tests.full_disk import full_disk
from tests.gradio_server import APPS, RunningApp
from tests.minimal_app import minimal_app
from tests.scripted_app import CLOSE_STREAM, Script, completed, scripted_app

ASSETS = APPS / "assets"


def test_handle_file_marks_a_path_or_a_url(tmp_path: Path) -> None:
    path = tmp_path / "a b.txt"
    path.write_text("x")
    marked = handle_file(path)
    assert marked == {
        "path": str(path),
        "orig_name": "a b.txt",
        "meta": {"_type": "gradio.FileData"},
    }
    assert handle_file("https://host/dir/pic.png?size=2#top") == {
        "path": "https://host/dir/pic.png?size=2#top",
        "url": "https://host/dir/pic.png?size=2#top",
        "orig_name": "pic.png",
        "meta": {"_type": "gradio.FileData"},
    }


@pytest.mark.parametrize("nothing", ["/no/such/file", "ftp://host/file", "/"])
def test_handle_file_refuses_what_is_neither(nothing: str) -> None:
    with pytest.raises(ValueError, match=r"neither a file here nor|is a directory"):
        handle_file(nothing)


def test_a_url_is_passed_on_for_the_app_to_fetch(kitchen_sink: RunningApp) -> None:
    url = f"{kitchen_sink.url}/nowhere.png"
    watched = AsSpace(kitchen_sink)
    with (
        Client(kitchen_sink.url, verbose=False, httpx_kwargs={"transport": watched}) as client,
        pytest.raises(AppError),  # Gradio fetches no private address
    ):
        client.predict(handle_file(url), api_name="/image_filepath")
    assert watched.joined() == [[handle_file(url)]]
    assert "/nowhere.png" not in watched.paths()


def test_a_marked_file_goes_up_and_comes_back(client: Client) -> None:
    path = client.predict(handle_file(ASSETS / "blue image.png"), api_name="/image_filepath")
    assert Path(path).read_bytes() == (ASSETS / "blue image.png").read_bytes()


def test_what_looks_like_a_file_but_is_not_marked_is_not_read(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    forged = {**handle_file(secret), "url": "http://elsewhere.example/secret.txt"}
    watched = AsSpace(kitchen_sink)
    with (
        Client(kitchen_sink.url, verbose=False, httpx_kwargs={"transport": watched}) as client,
        pytest.raises(AppError, match="not uploaded by a user"),
    ):
        client.predict(forged, api_name="/file_single")
    assert "/gradio_api/upload" not in watched.paths()


@pytest.mark.parametrize("wrap", [lambda file: file, lambda file: [file], lambda f: {"a": [f]}])
@pytest.mark.parametrize("mark", [lambda path: dict(handle_file(path)), gradio_client.handle_file])
def test_a_file_of_this_machine_that_is_not_marked_is_told(
    kitchen_sink: RunningApp, mark: Callable[[Path], Any], wrap: Callable[[Any], Any]
) -> None:
    watched = AsSpace(kitchen_sink)
    path = ASSETS / "a.txt"
    with Client(kitchen_sink.url, verbose=False, httpx_kwargs={"transport": watched}) as client:
        with pytest.raises(ValidationError) as caught:
            client.predict(wrap(mark(path)), api_name="/json_io")
        (problem,) = caught.value.problems
        assert problem.startswith("`x`: ")
        assert problem.endswith(f"give space_tools.handle_file('{path}')")
        assert watched.joined() == []


def test_two_files_of_one_name_are_kept_apart(client: Client) -> None:
    first, second = (client.predict(api_name="/file_out") for _ in range(2))
    assert first != second
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_files_can_be_left_with_the_app(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False, download_files=False) as client:
        found = client.predict(api_name="/file_out")
        assert found["meta"] == {"_type": "gradio.FileData"}
        assert found["path"].endswith("a.txt")
        # It can be given to the app again as it is.
        assert "a.txt" in client.predict(found, api_name="/file_single")


def test_a_temporary_folder_goes_when_the_client_is_closed(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False) as client:
        path = Path(client.predict(api_name="/file_out"))
        assert path.read_text() == (ASSETS / "a.txt").read_text()
    assert not path.parent.exists()


def test_results_outlive_a_client_that_nobody_holds(kitchen_sink: RunningApp) -> None:
    path = Path(Client(kitchen_sink.url, verbose=False).predict(api_name="/file_out"))
    assert soon(lambda: not client_threads())
    assert path.read_text() == (ASSETS / "a.txt").read_text()


def test_a_folder_that_was_given_stays_with_nothing_half_done(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "folder"
    with Client(kitchen_sink.url, verbose=False, download_files=folder) as client:
        client.predict(api_name="/gallery_out")
    assert sorted(os.listdir(folder)) == ["blue image.png", "red.png"]


def test_a_download_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ValueError, match="is not a folder"):
        Client("http://127.0.0.1:9", download_files=file)


def test_a_file_larger_than_the_app_takes_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_bytes(b"x" * 2000)
    config, info = minimal_app()
    config["max_file_size"] = 1000
    with (
        scripted_app(Script(config, info)) as app,
        Client(app.url, verbose=False) as client,
        pytest.raises(ValidationError, match="at most 1000"),
    ):
        client.predict(handle_file(big))
    assert {request.method for request in app.requests} == {"GET"}


async def test_the_awaited_client_transfers_files_too(async_client: AsyncClient) -> None:
    files: list[Any] = [handle_file(ASSETS / "a.txt"), handle_file(ASSETS / "b.txt")]
    described = await async_client.predict(files, api_name="/file_multiple")
    assert "a.txt" in described
    assert "b.txt" in described
    shown = await async_client.predict(api_name="/gallery_out")
    assert [await anyio.Path(item["image"]).is_file() for item in shown] == [True, True]


def test_files_that_cannot_be_meant_are_refused_before_anything_is_sent(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    gone, empty, folder = tmp_path / "gone.png", tmp_path / "empty.png", tmp_path / "folder.png"
    for path in (gone, folder):
        path.write_bytes(b"x")
    empty.touch()
    files = [handle_file(path) for path in (gone, empty, folder)]
    gone.unlink()
    folder.unlink()
    folder.mkdir()
    watched = AsSpace(kitchen_sink)
    with Client(kitchen_sink.url, verbose=False, httpx_kwargs={"transport": watched}) as client:
        for file, words in zip(
            files, ["No such file", "is empty, so it is no image", "cannot be read"], strict=True
        ):
            with pytest.raises(ValidationError, match=words):
                client.submit(file, api_name="/image_filepath")
        assert {request.method for request in watched.requests} == {"GET"}
        assert "empty.png size=0" in client.predict(files[1], api_name="/file_single")


def test_the_status_tells_how_much_of_a_file_has_gone_up(client: Client, tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(100_000_000)
    job = client.submit(handle_file(big), api_name="/file_single")
    (unit,) = soon(lambda: job.status().progress_data)
    assert job.status().code is Status.SENDING_DATA
    assert (unit.length, unit.unit, unit.desc) == (100_000_000, "bytes", "uploading big.bin")
    assert 0 < unit.index < unit.length
    assert job.cancel()


def test_a_stream_becomes_one_file_when_the_call_is_over(tmp_path: Path) -> None:
    stream = {
        "path": "session/run/1/playlist.m3u8",
        "url": "http://elsewhere.example/stream/session/run/1/playlist.m3u8",
        "orig_name": "beep.wav",
        "is_stream": True,
        "meta": {"_type": "gradio.FileData"},
    }
    partial = {
        "msg": "process_generating",
        "event_id": "event-1",
        "output": {"data": [stream], "is_generating": True},
        "success": True,
    }
    whole = ("GET", "/gradio_api/stream/session/run/1/playlist-file")
    script = Script(
        *minimal_app(),
        data=[[partial, completed("event-1", [stream]), CLOSE_STREAM]],
        routes={whole: [Response(b"RIFF all of it")]},
    )
    with (
        scripted_app(script) as app,
        Client(app.url, verbose=False, download_files=tmp_path) as client,
    ):
        job = client.submit("x")
        assert next(job)["is_stream"]
        path = Path(job.result())
    assert (path.name, path.read_bytes()) == ("beep.wav", b"RIFF all of it")


def test_an_image_that_comes_inside_the_data_is_saved_too(tmp_path: Path) -> None:
    image = {
        "path": None,
        "url": "data:image/png;base64,iVBORw0KGgo=",
        "orig_name": "image.png",
        "meta": {"_type": "gradio.FileData"},
    }
    script = Script(*minimal_app(), data=[[completed("event-1", [image]), CLOSE_STREAM]])
    with (
        scripted_app(script) as app,
        Client(app.url, verbose=False, download_files=tmp_path) as client,
    ):
        path = Path(client.predict("x"))
    assert (path.name, path.read_bytes()) == ("image.png", b"\x89PNG\r\n\x1a\n")


def test_a_full_disk_does_not_make_the_call_undone_and_leaves_nothing(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    with Client(kitchen_sink.url, verbose=False, download_files=tmp_path) as client:
        with full_disk(), pytest.raises(CallError, match=r"done, but .*File too large") as raised:
            client.predict(api_name="/file_out")
        assert raised.value.outcome == "done"
        assert list(tmp_path.iterdir()) == []
        assert Path(client.predict(api_name="/file_out")).read_bytes()


def test_a_file_that_is_gone_does_not_make_the_call_undone(tmp_path: Path) -> None:
    file = {"path": "/tmp/gone.txt", "orig_name": "gone.txt", "meta": {"_type": "gradio.FileData"}}
    partial = {
        "msg": "process_generating",
        "event_id": "event-1",
        "output": {"data": [file], "is_generating": True},
        "success": True,
    }
    script = Script(*minimal_app(), data=[[partial, completed("event-1", [file]), CLOSE_STREAM]])
    with (
        scripted_app(script) as app,
        Client(app.url, verbose=False, download_files=tmp_path) as client,
    ):
        job = client.submit("x")
        assert next(job)["path"] == "/tmp/gone.txt"
        with pytest.raises(CallError, match="the call is done, but") as raised:
            job.result()
    assert raised.value.outcome == "done"
