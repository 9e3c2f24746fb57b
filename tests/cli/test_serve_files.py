"""The flags of `serve` for files, and the environment in their place."""

import os
from pathlib import Path

import pytest

from tests.cli.running import fails
from tests.gradio_server import RunningApp
from tests.server.files_of_results import files_of, media_of, text_block
from tests.server.stdio_server import error_of, serve


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two folders with a file each, shared through the environment."""
    paths = [tmp_path / "one", tmp_path / "two words"]
    for path in paths:
        path.mkdir()
        (path / f"{path.name}.txt").write_text("x")
    monkeypatch.setenv("SPACE_TOOLS_ROOT", os.pathsep.join(map(str, paths)))
    return paths


async def test_the_environment_says_where_files_are(
    kitchen_sink: RunningApp, folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_TOOLS_OUTPUT_DIR", str(tmp_path / "out"))
    monkeypatch.setenv("SPACE_TOOLS_INLINE_LIMIT", "1KB")
    async with serve("--space", f"ks={kitchen_sink.url}", era="modern") as server:
        for path in folders:
            result = await server.call("file_single", x=f"{path.name}.txt")
            assert text_block(result) == f"path {path.name}.txt size=1"
        result = await server.call("audio_numpy_out")
        [file] = files_of(result)
        assert file["path"] == str(tmp_path / "out" / "ks_audio_numpy_out-1.wav")
        assert file["size"] > 1024
        assert media_of(result) == []


async def test_flags_go_before_the_environment(
    kitchen_sink: RunningApp, folders: list[Path], tmp_path: Path
) -> None:
    options = ["--space", f"ks={kitchen_sink.url}", "--root", str(folders[0])]
    async with serve(*options, "--output-dir", str(tmp_path), era="modern") as server:
        message, _ = error_of(await server.call("file_single", x="two words.txt"))
        assert "is not there" in message


async def test_by_default_the_working_directory_and_the_users_cache(
    kitchen_sink: RunningApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    async with serve("--space", f"ks={kitchen_sink.url}", era="modern") as server:
        assert text_block(await server.call("file_single", x="LICENSE")).startswith("path LICENSE")
        [file] = files_of(await server.call("file_out"))
        assert file["path"] == str(tmp_path / "space-tools" / "files" / "ks_file_out-1.txt")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--root", "/no such folder", "does not exist"),
        ("--inline-limit", "much", "'much' is not a size, such as 512KB"),
        ("--allow-host", "http://host", "neither a host nor a network"),
    ],
)
def test_a_flag_that_makes_no_sense_is_wrong_usage(option: str, value: str, words: str) -> None:
    assert words in fails(2, "serve", "--space", "http://127.0.0.1:1", option, value)
