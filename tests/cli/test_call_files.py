"""`space-tools call`: which arguments are files, and what becomes of them."""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from space_tools.cli.arguments import NamedFiles
from space_tools.cli.connecting import connected
from space_tools.egress.external import External
from space_tools.files.inputs import FileAccess
from space_tools.files.store import FileStore
from tests.cli.running import ROOT, fails, space_tools, succeeds
from tests.gradio_server import RunningApp


def has(app: RunningApp, path: Path) -> bool:
    """Whether the app ever got a file of that name."""
    return any((app.log.parent / "files").rglob(path.name))


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A text file under a name that no other has."""
    path = tmp_path / f"note-{tmp_path.name}.txt"
    path.write_text("a note")
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A file of a kind that few components take, under a name that no other has."""
    path = tmp_path / f"clip-{tmp_path.name}.srt"
    path.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    return path


@pytest.mark.parametrize("mark", ["@", ""])
def test_a_file_is_given_by_its_path(kitchen_sink: RunningApp, note: Path, mark: str) -> None:
    shown = succeeds("call", kitchen_sink.url, "file_single", f"x={mark}{note}")
    assert shown == f"path {note.name} size=6\n"
    assert has(kitchen_sink, note)


def test_a_relative_path_is_one_of_the_working_directory(kitchen_sink: RunningApp) -> None:
    shown = succeeds("call", kitchen_sink.url, "file_single", "x=@README.md")
    assert shown == f"path README.md size={(ROOT / 'README.md').stat().st_size}\n"


def test_a_path_may_begin_with_the_home_of_its_user(
    kitchen_sink: RunningApp, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(note.parent))
    assert note.name in succeeds("call", kitchen_sink.url, "file_single", f"x=@~/{note.name}")


def test_several_files(kitchen_sink: RunningApp, assets: Path) -> None:
    files = [f"x=@{assets / name}" for name in ("a.txt", "b.txt")]
    shown = succeeds("call", kitchen_sink.url, "file_multiple", *files)
    assert shown == 'list ["path a.txt size=8", "path b.txt size=8"]\n'


def test_a_file_within_a_data_uri(kitchen_sink: RunningApp, assets: Path) -> None:
    encoded = b64encode((assets / "red.png").read_bytes()).decode()
    shown = succeeds("call", kitchen_sink.url, "image_pil", f"x=data:image/png;base64,{encoded}")
    assert shown == "PIL (8, 6) RGB\n"


def test_a_file_of_an_earlier_result(kitchen_sink: RunningApp) -> None:
    url = succeeds("call", kitchen_sink.url, "file_out").strip()
    assert succeeds("call", kitchen_sink.url, "file_single", f"x={url}") == "path a.txt size=8\n"


def test_a_url_is_for_the_app_to_fetch(kitchen_sink: RunningApp) -> None:
    said = fails(1, "call", kitchen_sink.url, "file_single", "x=http://127.0.0.1:1/a.txt")
    assert said == "space-tools: the app failed: Hostname 127.0.0.1 failed validation"


@pytest.mark.parametrize(
    "arguments",
    [
        ["x=look", "x=@{note}"],
        ['x={{"text": "look", "files": ["@{note}"]}}'],
        ["--args", '{{"x": {{"text": "look", "files": ["@{note}"]}}}}'],
        ["--args", '{{"x": {{"text": "look", "files": ["{note}"]}}}}'],
    ],
)
def test_a_message_with_a_file(kitchen_sink: RunningApp, note: Path, arguments: list[str]) -> None:
    given = [argument.format(note=note) for argument in arguments]
    shown = succeeds("call", kitchen_sink.url, "multimodal_textbox", *given)
    message = json.loads(shown.removeprefix("dict "))
    assert message == {"text": "str 'look'", "files": f'list ["path {note.name} size=6"]'}


def test_pictures_with_captions(kitchen_sink: RunningApp, assets: Path) -> None:
    captioned = json.dumps({"file": f"@{assets / 'red.png'}", "caption": "red"})
    picture = f"x=@{assets / 'blue image.png'}"
    shown = succeeds("call", kitchen_sink.url, "gallery_in", f"x={captioned}", picture)
    assert "path red.png" in shown
    assert "str 'red'" in shown
    assert "path blue image.png" in shown


def test_text_is_text_though_it_begins_like_a_file(kitchen_sink: RunningApp, note: Path) -> None:
    for text in ("@someone", f"@{note}", "@@someone"):
        assert succeeds("call", kitchen_sink.url, "echo_text", f"x={text}") == f"{text}\n"
    assert not has(kitchen_sink, note)


@pytest.mark.parametrize("given", ["@/no/such/file", "hello", "@~no-such-user/a.txt", "@.", "@"])
def test_what_is_no_file(kitchen_sink: RunningApp, given: str) -> None:
    said = fails(1, "call", kitchen_sink.url, "file_single", f"x={given}")
    words = f'`x`: "{given}" is no file here; give a path, a URL or a data: URI'
    assert said == f"space-tools: {words}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["file_single", "x=@{note}", "knd=1"], "`knd` is not a parameter"),
        (["file_single", "x=@{note}", "y=@{note}"], "`y` is not a parameter"),
        (["file_single", "x=@{note}", 'x={{"a": 1}}'], "`x` must be a string, got an array"),
        (["file_multiple", "x=@{note}", "x=@/no/such/file"], "is no file here"),
        (
            ["file_multiple", "x=@{note}", "x=@{clip}"],
            "is application/x-subrip; accepted are .txt, image",
        ),
    ],
)
def test_nothing_is_sent_for_a_call_that_is_refused(
    kitchen_sink: RunningApp, note: Path, clip: Path, arguments: list[str], sentence: str
) -> None:
    given = [argument.format(note=note, clip=clip) for argument in arguments]
    assert sentence in fails(1, "call", kitchen_sink.url, *given)
    assert not has(kitchen_sink, note)
    assert not has(kitchen_sink, clip)


def test_view_api_says_how_files_are_given(kitchen_sink: RunningApp) -> None:
    shown = " ".join(space_tools("view-api", kitchen_sink.url, COLUMNS="200").stdout.split())
    assert "An image file: a local path, a URL or a data: URI." in shown
    assert "earlier result" not in shown
    for example in ("image_pil x=@FILE", "file_multiple x=@FILE", "image_editor x=@FILE"):
        assert f"space-tools call {kitchen_sink.url} /{example} " in shown
    assert "/same_labels a=… b=… " in shown


async def test_uploads_tell_how_far_they_are(
    kitchen_sink: RunningApp, note: Path, clip: Path
) -> None:
    told: dict[str, tuple[int, int]] = {}

    def hear(name: str, sent: int, size: int) -> None:
        told[name] = (sent, size)

    async with External() as external, connected(kitchen_sink.url) as app:
        with FileStore() as store:
            files = FileAccess(store, external, NamedFiles(), on_sent=hear)
            tool = next(t for t in app.tools if t.endpoint.name == "/multimodal_textbox")
            sources = [f"@{path}" for path in (note, clip)]
            await replace(tool, file_access=files).call({"x": {"text": "", "files": sources}})
    assert told == {path.name: (path.stat().st_size,) * 2 for path in (note, clip)}
