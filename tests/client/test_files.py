"""Files: what is marked goes up, what the app gives comes down, and nothing else is touched."""

import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from space_tools import AppError, AsyncClient, Client, ValidationError, handle_file
from tests.client.as_space import AsSpace
from tests.client.watching import client_threads, soon
from tests.gradio_server import APPS, RunningApp
from tests.minimal_app import minimal_app
from tests.scripted_app import Script, scripted_app

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
    with pytest.raises(ValueError, match="neither a file here nor"):
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
    forged = dict(handle_file(secret))
    watched = AsSpace(kitchen_sink)
    with (
        Client(kitchen_sink.url, verbose=False, httpx_kwargs={"transport": watched}) as client,
        pytest.raises(AppError, match="not uploaded by a user"),
    ):
        client.predict(forged, api_name="/file_single")
    assert "/gradio_api/upload" not in watched.paths()


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
