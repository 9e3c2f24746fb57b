"""Files in and out of `space-tools serve`, with the real client, in both eras."""

import os
import signal
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import MCPError
from mcp.client.session import IncomingMessage
from mcp_types import AudioContent, CallToolResult, ImageContent
from PIL import Image

from tests.gradio_server import RunningApp, run_app
from tests.server.files_of_results import files_of, links_of, media_of, read, text_block
from tests.server.raw_client import raw_client
from tests.server.stdio_server import Server, error_of, serve

TOLD_WITHIN = 5.0
"""Seconds."""

INLINE_LIMIT = 20_000
"""Bytes."""

OUTPUTS: dict[str, list[tuple[str, str]]] = {
    "image_numpy_out": [("image.webp", "image/webp")],
    "image_editor_out": [("red.png", "image/png")] * 2,
    "annotated_image": [("image.webp", "image/webp"), ("image.png", "image/png")],
    "gallery_out": [("red.png", "image/png"), ("blue image.png", "image/png")],
    "audio_numpy_out": [("audio.wav", "audio/wav")],
    "video_out": [("clip.mp4", "video/mp4")],
    "file_out": [("a.txt", "text/plain")],
    "file_out_unicode": [("ünï cödé & #1_.txt", "text/plain")],
    "files_out": [("a.txt", "text/plain"), ("b.txt", "text/plain")],
    "download_button_out": [("a.txt", "text/plain")],
    "generator_file": [("blue image.png", "image/png")],
    "update_image": [("red.png", "image/png")],
    "chatbot_rich_out": [("red.png", "image/png")],
}
"""An endpoint → the names and kinds of the files that it gives."""

INPUTS: dict[str, tuple[dict[str, Any], str]] = {
    "image_numpy": ({"x": "red.png"}, "ndarray shape=(6, 8, 3) dtype=uint8"),
    "audio_numpy": ({"x": "beep.wav"}, "audio sr=8000 shape=(8000,)"),
    "image_pil": ({"x": "data"}, "PIL (8, 6) RGB"),
    "video": ({"x": "clip.mp4"}, "path clip.mp4 size=2670"),
    "file_single": ({"x": "a.txt"}, "path a.txt size=8"),
    "file_multiple": (
        {"x": ["a.txt", "sub/red.png"]},
        'list ["path a.txt size=8", "path red.png size=75"]',
    ),
    "gallery_in": (
        {"x": ["red.png"]},
        'list ["tuple [\\"path red.png size=75\\", \\"NoneType None\\"]"]',
    ),
    "multimodal_textbox": (
        {"x": {"text": "see", "files": ["a.txt", "a.txt"]}},
        'dict {"text": "str \'see\'", '
        '"files": "list [\\"path a.txt size=8\\", \\"path a.txt size=8\\"]"}',
    ),
}
"""An endpoint, what it is given, and what it says that it got."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A server of two apps, `ks` and `other` (files up to 20 kB), and the folders it was given."""

    server: Server
    root: Path
    output_dir: Path

    async def call(self, tool: str, /, **arguments: Any) -> CallToolResult:
        with anyio.fail_after(60):
            return await self.server.client.call_tool(tool, arguments)


@pytest.fixture(scope="session")
def small_files_app() -> Iterator[RunningApp]:
    """A second app, which takes files of up to 20 kB."""
    with run_app("kitchen_sink", KS_MAX_FILE_SIZE="20kb") as app:
        yield app


@pytest.fixture(scope="session")
def root(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files, links, a pipe and a secret."""
    folder = tmp_path_factory.mktemp("files") / "root"
    (folder / "sub").mkdir(parents=True)
    for name in ("red.png", "beep.wav", "clip.mp4", "a.txt"):
        copy(assets / name, folder)
    copy(assets / "red.png", folder / "sub")
    copy(assets / "red.png", folder / "data")
    (folder / ".env").write_text("KEY=value")
    (folder.parent / "outside.txt").write_text("outside")
    (folder / "way out").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    (folder / "big.bin").write_bytes(b"x" * 30_000)
    Image.effect_noise((60, 40), 90).resize((1200, 800)).save(folder / "noise.png")
    return folder


@pytest.fixture(scope="session")
async def filing(
    kitchen_sink: RunningApp,
    small_files_app: RunningApp,
    root: Path,
    era: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Filing]:
    output_dir = tmp_path_factory.mktemp("out") / era
    spaces = ["--space", f"ks={kitchen_sink.url}", "--space", f"other={small_files_app.url}"]
    folders = ["--root", str(root), "--output-dir", str(output_dir)]
    async with serve(*spaces, *folders, "--inline-limit", str(INLINE_LIMIT), era=era) as server:
        yield Filing(server, root, output_dir)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize("endpoint", OUTPUTS)
async def test_the_files_of_a_result_are_there(filing: Filing, endpoint: str) -> None:
    result = await filing.call(f"ks_{endpoint}")
    files = files_of(result)
    assert [(file["name"], file["mime_type"]) for file in files] == OUTPUTS[endpoint]
    links = {link.uri: link for link in links_of(result)}
    assert set(links) == {file["uri"] for file in files}
    for file in files:
        content = await read(filing.server.client, file["uri"])
        path = Path(file["path"])
        assert content_of(path) == content
        assert path.parent == filing.output_dir
        assert path.name.startswith(f"ks_{endpoint}-")
        assert path.suffix == Path(file["name"]).suffix
        assert file["size"] == links[file["uri"]].size == len(content)
        assert f"{file['name']}: {file['path']} ({file['uri']})" in text_block(result)


@pytest.mark.parametrize(
    ("endpoint", "kind", "count"),
    [
        ("image_numpy_out", ImageContent, 1),
        ("gallery_out", ImageContent, 2),
        ("audio_numpy_out", AudioContent, 1),
        ("video_out", ImageContent, 0),
        ("file_out", ImageContent, 0),
    ],
)
async def test_what_can_be_seen_or_heard_is_in_the_result(
    filing: Filing, endpoint: str, kind: type, count: int
) -> None:
    result = await filing.call(f"ks_{endpoint}")
    media, files = media_of(result), files_of(result)
    assert [type(block) for block in media] == [kind] * count
    for block, file in zip(media, files, strict=bool(count)):
        assert isinstance(block, ImageContent | AudioContent)
        assert block.mime_type == file["mime_type"]
        assert b64decode(block.data) == content_of(Path(file["path"]))


@pytest.mark.parametrize("endpoint", INPUTS)
async def test_local_files_are_sent(filing: Filing, endpoint: str) -> None:
    arguments, seen = INPUTS[endpoint]
    [name] = await parameters(filing, f"ks_{endpoint}")
    result = await filing.call(f"ks_{endpoint}", **{name: arguments["x"]})
    assert text_block(result) == seen


async def parameters(filing: Filing, tool: str) -> list[str]:
    tools = (await filing.server.client.list_tools()).tools
    [schema] = [listed.input_schema for listed in tools if listed.name == tool]
    return list(schema["properties"])


async def test_a_picture_that_is_too_large_is_shown_smaller(filing: Filing) -> None:
    assert len(content_of(filing.root / "noise.png")) > INLINE_LIMIT
    result = await filing.call("ks_image_filepath", x="noise.png")
    [file], [preview] = files_of(result), media_of(result)
    assert isinstance(preview, ImageContent)
    assert preview.mime_type == "image/jpeg"
    assert 1000 < len(b64decode(preview.data)) <= INLINE_LIMIT
    assert text_block(result).endswith("only as a smaller preview: noise.png.")
    assert len(content_of(Path(file["path"]))) == file["size"] > INLINE_LIMIT


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("../outside.txt", "is not below {root}, where files may be read from"),
        ("way out/outside.txt", "is not below {root}, where files may be read from"),
        ("/etc/passwd", "is not below {root}, where files may be read from"),
        ("pipe", "is not a file"),
        (".env", "looks like a file of passwords or tokens, which no tool may read"),
        ("missing.txt", "is not there"),
        ("space-tools://files/x/a.txt", "is not known, or no longer kept"),
        ("data:text/plain;base64,!", "is a data: URI whose base64 is broken"),
        ("https://127.0.0.1:1/a.txt", "could not be fetched: 127.0.0.1 is not at a public address"),
        ("http://169.254.169.254/latest", "only https:// addresses are fetched"),
    ],
)
async def test_what_may_not_be_read_is_a_sentence(filing: Filing, given: str, problem: str) -> None:
    message, outcome = error_of(await filing.call("ks_file_single", x=given))
    assert message.startswith("`x`: ")
    assert problem.format(root=filing.root) in message
    assert outcome == "not_started"


async def test_each_file_that_will_not_do_has_its_sentence(filing: Filing) -> None:
    given = ["a.txt", "missing.txt", "clip.mp4", "../outside.txt"]
    message, outcome = error_of(await filing.call("ks_file_multiple", x=given))
    where = [line.partition(":")[0] for line in message.splitlines()]
    assert where == ["`x[1]`", "`x[2]`", "`x[3]`"]
    assert '"clip.mp4" is video/mp4; accepted are .txt, image' in message
    assert outcome == "not_started"


async def test_a_file_that_the_app_would_not_take_is_not_sent(filing: Filing) -> None:
    message, outcome = error_of(await filing.call("other_file_single", x="big.bin"))
    assert message == '`x`: "big.bin" has 29.3 KB; the app takes at most 20 KB'
    assert outcome == "not_started"
    assert text_block(await filing.call("ks_file_single", x="big.bin")).endswith("size=30000")


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("data:,hi%20there", "path file.txt size=8"),
        ("data:text/plain;name=subs.srt;base64,aGk=", "path subs.srt size=2"),
        ("data:text/csv;name=..%2F..%2Fa.csv,1", "path a.csv size=1"),
        ("data:image/png;base64,iVBORw0KGgo=", "path file.png size=8"),
    ],
)
async def test_a_data_uri_is_a_file(filing: Filing, given: str, seen: str) -> None:
    assert text_block(await filing.call("ks_file_single", x=given)) == seen


async def test_a_large_data_uri_is_a_file_unless_the_app_takes_none_so_large(
    filing: Filing,
) -> None:
    given = "data:;name=a.bin;base64," + b64encode(b"x" * 3_000_000).decode()
    result = await filing.call("ks_file_single", x=given)
    assert text_block(result) == "path a.bin size=3000000"
    message, _ = error_of(await filing.call("other_file_single", x=given))
    assert "has more than 20 KB, the most that is taken here" in message


async def test_the_output_of_one_app_is_the_input_of_another(filing: Filing) -> None:
    [made] = files_of(await filing.call("ks_audio_numpy_out"))
    heard = await filing.call("other_audio_numpy", x=made["uri"])
    assert text_block(heard) == "audio sr=8000 shape=(800,)"
    [back] = files_of(await filing.call("other_audio_filepath", x=made["uri"]))
    client = filing.server.client
    assert await read(client, back["uri"]) == await read(client, made["uri"])


@pytest.mark.parametrize("key", ["path", "url", "uri"])
async def test_a_result_can_be_passed_on_by_all_that_it_says(filing: Filing, key: str) -> None:
    [made] = files_of(await filing.call("ks_file_out"))
    result = await filing.call("ks_file_single", x=made[key])
    assert text_block(result).endswith("size=8")


async def test_files_are_listed_newest_first_and_read(filing: Filing) -> None:
    client = filing.server.client
    made = [files_of(await filing.call(f"ks_{name}"))[0] for name in ("file_out", "video_out")]
    listed = await client.list_resources(cache_mode="refresh")
    newest = listed.resources[:2]
    assert [resource.uri for resource in newest] == [file["uri"] for file in made[::-1]]
    assert [resource.name for resource in newest] == ["clip.mp4", "a.txt"]
    assert [resource.size for resource in newest] == [2670, 8]
    [text] = (await client.read_resource(made[0]["uri"])).contents
    assert isinstance(text, types.TextResourceContents)
    assert (text.mime_type, text.text) == ("text/plain", "hello a\n")
    [blob] = (await client.read_resource(made[1]["uri"])).contents
    assert isinstance(blob, types.BlobResourceContents)
    assert blob.mime_type == "video/mp4"


async def test_the_form_of_uris_is_told(filing: Filing) -> None:
    templates = (await filing.server.client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == ["space-tools://files/{id}/{name}"]


@pytest.mark.parametrize("uri", ["space-tools://files/unknown/a.txt", "file:///etc/passwd"])
async def test_an_unknown_resource_is_an_error_that_names_it(filing: Filing, uri: str) -> None:
    with pytest.raises(MCPError) as raised:
        await filing.server.client.read_resource(uri)
    assert raised.value.error.code == types.INVALID_PARAMS
    assert raised.value.error.data == {"uri": uri}


async def test_instructions_say_how_files_are_given(filing: Filing) -> None:
    instructions = filing.server.client.instructions
    assert instructions is not None
    assert all(words in instructions for words in ("data: URI", "`uri`", "`path`", "`session`"))


async def test_a_legacy_client_is_told_of_new_files(kitchen_sink: RunningApp) -> None:
    told = anyio.Event()

    async def hear(message: IncomingMessage) -> None:
        if isinstance(message, types.ResourceListChangedNotification):
            told.set()

    space = ["--space", f"ks={kitchen_sink.url}"]
    async with serve(*space, era="legacy", message_handler=hear) as server:
        capabilities = server.client.server_capabilities
        assert capabilities.resources is not None
        assert capabilities.resources.list_changed
        assert (await server.client.list_resources()).resources == []
        await server.call("file_out")
        with anyio.fail_after(TOLD_WITHIN):
            await told.wait()


async def test_a_modern_client_that_listens_is_told_of_new_files(
    kitchen_sink: RunningApp,
) -> None:
    async with (
        serve("--space", f"ks={kitchen_sink.url}", era="modern") as server,
        server.client.listen(resources_list_changed=True) as events,
    ):
        await server.call("file_out")
        with anyio.fail_after(TOLD_WITHIN):
            await anext(aiter(events))


@pytest.mark.parametrize("ending", [signal.SIGTERM, None], ids=["SIGTERM", "closed stdin"])
async def test_kept_files_end_with_the_server(
    kitchen_sink: RunningApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: signal.Signals | None,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    async with raw_client("--space", f"ks={kitchen_sink.url}") as client:
        await client.handshake()
        request = client.call("file_out")
        await client.send(request)
        assert (await client.answer(request))["result"]["structuredContent"]["Out"]["uri"]
        assert len(kept_in(tmp_path)) == 1
        if ending is None:
            await client.close_stdin()
        else:
            client.process.send_signal(ending)
        await client.exit_code(within=10)
    assert kept_in(tmp_path) == []


def kept_in(folder: Path) -> list[Path]:
    return list(folder.glob("space-tools-files-*/*"))
