"""Files of several callers, from apps that want a login, and from strangers' addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import MCPError
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from space_tools.credentials import Credentials
from space_tools.egress.http import Http, cookies_in
from space_tools.files.store import FileStore
from space_tools.server import resources
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp, run_app
from tests.minimal_app import minimal_app
from tests.scripted_app import (
    CLOSE_STREAM,
    Answer,
    Gate,
    Script,
    ScriptedApp,
    completed,
    scripted_app,
)
from tests.server.files_of_results import files_of, links_of, read, structure_of, text_block
from tests.server.in_memory import connect
from tests.server.stdio_server import error_of

TOKEN = "hf_a-token-that-must-stay-home"
ANN = Credentials(principal="ann", hf_token=TOKEN, ip_token=TOKEN)
BOB = Credentials(principal="bob")


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


def only(app: RunningApp, *names: str) -> dict[str, Any]:
    """The app as `ks`, with these endpoints as its tools."""
    return {"spaces": [f"ks={app.url}"], "include": [f"ks/{name}" for name in names], "wait": 30}


async def test_nobody_reads_lists_or_passes_on_what_is_not_theirs(
    kitchen_sink: RunningApp, era: str
) -> None:
    tools = only(kitchen_sink, "file_out", "file_single")
    with FileStore() as store:
        async with connect(**tools, era=era, credentials=ANN, store=store) as ann:
            [made] = files_of(await ann.call("ks_file_out"))
            async with connect(**tools, era=era, credentials=BOB, store=store) as bob:
                assert (await bob.client.list_resources()).resources == []
                with pytest.raises(MCPError) as foreign:
                    await bob.client.read_resource(made["uri"])
                with pytest.raises(MCPError) as unknown:
                    await bob.client.read_resource("space-tools://files/unknown/a.txt")
                assert foreign.value.error.code == unknown.value.error.code == types.INVALID_PARAMS
                assert foreign.value.error.message == unknown.value.error.message
                message, _ = error_of(await bob.call("ks_file_single", x=made["uri"]))
                assert "is not known, or no longer kept" in message
            assert await read(ann.client, made["uri"]) == b"hello a\n"


async def logged_in(app: RunningApp) -> Credentials:
    """Ann, as the app knows her after her login."""
    async with Http() as http:
        form = b"username=user&password=pass"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = await http.request(
            "POST", f"{app.url}/login", content=form, headers=headers, limit=10_000
        )
    cookie = "; ".join(f"{name}={value}" for name, value in cookies_in(reply.headers).items())
    return Credentials(principal="ann", headers={"cookie": cookie})


async def test_what_an_app_with_a_login_made_is_passed_on_to_one_without(
    kitchen_sink: RunningApp, era: str
) -> None:
    with run_app("kitchen_sink", KS_AUTH="1") as guarded, FileStore() as store:
        ann = await logged_in(guarded)
        maker = only(guarded, "image_numpy_out", "file_single")
        taker = only(kitchen_sink, "image_numpy", "headers")
        async with connect(**maker, era=era, credentials=ann, store=store) as made_by:
            [made] = files_of(await made_by.call("ks_image_numpy_out"))
            assert "note" not in made
            again = await made_by.call("ks_file_single", x=made["url"])
            assert text_block(again) == f"path image.webp size={made['size']}"
        async with connect(**taker, era=era, credentials=ANN, store=store) as given_to:
            seen = await given_to.call("ks_image_numpy", x=made["uri"])
            assert text_block(seen) == "ndarray shape=(4, 5, 3) dtype=uint8"
            headers = structure_of(await given_to.call("ks_headers", x="x"))["Out"]["headers"]
            assert "cookie" not in headers


async def test_a_url_is_fetched_and_sent_without_a_word_of_who_asks(
    kitchen_sink: RunningApp, era: str
) -> None:
    async with serving_files() as server:
        allowed = {"allow_hosts": ["127.0.0.1"], "credentials": ANN}
        async with connect(**only(kitchen_sink, "file_single"), era=era, **allowed) as connection:
            for path, seen in [
                ("/a%20b.txt?x=1", "a b.txt size=7"),
                ("/moved", "moved.txt size=7"),
            ]:
                result = await connection.call("ks_file_single", x=server.url + path)
                assert text_block(result) == f"path {seen}"
        headers = [request.headers for request in server.requests]
        assert len(headers) == 3
    assert all("authorization" not in given and "cookie" not in given for given in headers)
    assert TOKEN not in repr(headers)


async def test_a_url_is_refused_unless_its_host_is_allowed(kitchen_sink: RunningApp) -> None:
    async with serving_files() as server:
        tools = only(kitchen_sink, "file_single")
        async with connect(**tools, era="modern", credentials=ANN) as connection:
            for scheme, words in [("http", "only https"), ("https", "not at a public address")]:
                url = f"{scheme}://127.0.0.1:{server.port}/a%20b.txt"
                message, outcome = error_of(await connection.call("ks_file_single", x=url))
                assert words in message
                assert outcome == "not_started"
        assert server.requests == []


async def test_a_url_of_too_much_is_given_up(kitchen_sink: RunningApp) -> None:
    tools = only(kitchen_sink, "file_single")
    with FileStore(max_file=5) as store:
        allowed = {"allow_hosts": ["127.0.0.1"], "store": store}
        async with serving_files() as server, connect(**tools, era="modern", **allowed) as there:
            for path in ("/a%20b.txt", "/endless"):
                message, _ = error_of(await there.call("ks_file_single", x=server.url + path))
                assert "has more than 5 bytes, the most that is taken here" in message
        assert paths_in(store.folder()) == []


@asynccontextmanager
async def serving_files() -> AsyncIterator[ScriptedApp]:
    """A stranger's server."""
    routes: dict[tuple[str, str], list[Answer]] = {
        ("GET", "/a b.txt"): [PlainTextResponse("content")],
        ("GET", "/moved"): [RedirectResponse("/a%20b.txt")],
        ("GET", "/endless"): [[b"x"] * 100],
    }
    with scripted_app(Script(*minimal_app(), routes=routes)) as server:
        yield server


def paths_in(folder: Path) -> list[str]:
    return [str(path) for path in folder.iterdir()]


def giving(file: dict[str, Any], *answers: Answer, **config: Any) -> Script:
    """An app that returns that file, and answers so when it is fetched."""
    given, info = minimal_app()
    data = {"meta": {"_type": "gradio.FileData"}, "orig_name": "a.txt", **file}
    stream = [completed("event-1", [data]), CLOSE_STREAM]
    routes = {("GET", f"/gradio_api/file={file.get('path')}"): list(answers)} if answers else {}
    return Script({**given, **config}, info, data=lambda _: stream, routes=routes)


async def result_of(script: Script, era: str, **options: Any) -> types.CallToolResult:
    with scripted_app(script) as server:
        async with connect([f"s={server.url}"], era=era, wait=10, **options) as connection:
            return await connection.call("s_echo")


async def test_a_file_that_cannot_be_fetched_leaves_the_result_with_a_note(era: str) -> None:
    result = await result_of(giving({"path": "f"}, PlainTextResponse("no", 403)), era)
    [file] = structure_of(result).values()
    assert file["url"].endswith("/gradio_api/file=f")
    assert "answered 403 instead of the file" in file["note"]
    assert file["note"] in text_block(result)
    assert links_of(result) == []


async def test_a_file_that_is_too_large_to_keep_leaves_a_note(era: str) -> None:
    with FileStore(max_file=5) as store:
        script = giving({"path": "f"}, PlainTextResponse("x" * 6))
        result = await result_of(script, era, store=store)
    [file] = structure_of(result).values()
    assert file["note"] == "The file has more than 5 bytes, the most that is taken here"


@pytest.mark.parametrize(
    "file",
    [
        {"path": "http://127.0.0.1:1/a.txt"},
        {"path": None, "url": "http://127.0.0.1:1/a.txt"},
        {"path": "s/playlist.m3u8", "is_stream": True},
    ],
    ids=["elsewhere", "a URL only", "a stream"],
)
async def test_a_stream_or_what_is_elsewhere_stays_a_url(file: dict[str, Any]) -> None:
    with scripted_app(giving(file)) as server:
        async with connect([f"s={server.url}"], era="modern", wait=10) as connection:
            result = await connection.call("s_echo")
        [given] = structure_of(result).values()
        assert set(given) == {"url", "name"}
        assert given["url"] in text_block(result)
        assert not any("file=" in request.path for request in server.requests)


async def test_a_lookalike_in_an_apps_own_data_is_not_fetched(kitchen_sink: RunningApp) -> None:
    tools = only(kitchen_sink, "json_io")
    given = {"url": f"{kitchen_sink.url}/gradio_api/file=/etc/passwd", "name": "x", "uri": "y"}
    async with connect(**tools, era="modern") as connection:
        result = await connection.call("ks_json_io", x=given)
    assert structure_of(result) == {"Out": given}
    assert len(result.content) == 1


async def test_what_an_app_calls_a_picture_must_be_one(era: str) -> None:
    html = Response("<script>", media_type="image/png")
    named = {"path": "f", "orig_name": "../../evil\u202e.png", "mime_type": "image/png"}
    result = await result_of(giving(named, html), era)
    [link] = links_of(result)
    assert (link.name, link.mime_type) == ("evil.png", "application/octet-stream")
    assert len(result.content) == 2


async def test_a_long_list_comes_in_pages(
    kitchen_sink: RunningApp, monkeypatch: pytest.MonkeyPatch, era: str
) -> None:
    monkeypatch.setattr(resources, "PAGE", 2)
    async with connect(**only(kitchen_sink, "files_out"), era=era) as connection:
        made = [files_of(await connection.call("ks_files_out")) for _ in range(2)]
        uris = {file["uri"] for files in made for file in files}
        first = await connection.client.list_resources()
        second = await connection.client.list_resources(cursor=first.next_cursor)
        assert len(first.resources) == len(second.resources) == 2
        assert {resource.uri for resource in first.resources + second.resources} == uris
        assert second.next_cursor is None
        with pytest.raises(MCPError) as raised:
            await connection.client.list_resources(cursor="nonsense")
        assert raised.value.error.code == types.INVALID_PARAMS


async def test_what_is_too_long_to_read_says_where_it_is(
    kitchen_sink: RunningApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, era: str
) -> None:
    monkeypatch.setattr(resources, "MOST_READ", 7)
    tools = only(kitchen_sink, "file_out")
    async with connect(**tools, era=era, output_dir=tmp_path) as connection:
        [made] = files_of(await connection.call("ks_file_out"))
        with pytest.raises(MCPError) as raised:
            await connection.client.read_resource(made["uri"])
    assert f"saved as {tmp_path}/ks_file_out-1.txt" in raised.value.error.message
    assert raised.value.error.data == {"uri": made["uri"], "size": 8}


async def test_a_file_is_saved_once_however_often_it_is_named(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    tools = only(kitchen_sink, "image_editor_out")
    async with connect(**tools, era="modern", output_dir=tmp_path) as connection:
        files = files_of(await connection.call("ks_image_editor_out"))
    assert len(files) == 2
    assert {file["path"] for file in files} == set(paths_in(tmp_path))


async def test_a_folder_that_cannot_be_written_costs_only_the_path(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("")
    tools = only(kitchen_sink, "file_out")
    async with connect(**tools, era="modern", output_dir=tmp_path / "a file") as connection:
        [file] = files_of(await connection.call("ks_file_out"))
        assert await read(connection.client, file["uri"]) == b"hello a\n"
    assert "could not be saved" in file["note"]
    assert "path" not in file


async def test_for_another_wrong_argument_nothing_is_fetched(kitchen_sink: RunningApp) -> None:
    tools = {**only(kitchen_sink, "file_single"), "allow_hosts": ["127.0.0.1"]}
    async with serving_files() as server:
        async with connect(**tools, era="modern") as connection:
            result = await connection.call("ks_file_single", x=f"{server.url}/a%20b.txt", y=1)
            assert "`y` is not a parameter" in error_of(result)[0]
        assert server.requests == []


async def test_a_url_that_only_begins_like_the_apps_own_is_a_strangers(
    kitchen_sink: RunningApp,
) -> None:
    async with connect(**only(kitchen_sink, "file_single"), era="modern") as connection:
        for path in ("/../../config", "/../upload", "/x/../../queue/status"):
            url = f"{kitchen_sink.url}/gradio_api/file={path}"
            message, _ = error_of(await connection.call("ks_file_single", x=url))
            assert "only https:// addresses are fetched" in message


async def test_a_call_that_is_cancelled_while_its_file_comes_in_leaves_nothing() -> None:
    gate = Gate()
    with FileStore() as store, scripted_app(giving({"path": "f"}, [b"the beginning", gate])) as app:
        async with (
            connect([f"s={app.url}"], era="modern", wait=10, store=store) as connection,
            anyio.create_task_group() as task_group,
        ):
            task_group.start_soon(connection.call, "s_echo")
            await anyio.to_thread.run_sync(gate.reached.wait)
            assert len(paths_in(store.folder())) == 1
            task_group.cancel_scope.cancel()
        assert paths_in(store.folder()) == []
        gate.open()
