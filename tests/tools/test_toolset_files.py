"""Files through a toolset, from Python."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from space_tools.config import Settings
from space_tools.errors import ConfigurationError, ValidationError
from space_tools.files.store import FileStore
from space_tools.tools.serving import toolset_of
from space_tools.tools.toolset import Toolset
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


async def test_files_go_in_and_come_out(
    kitchen_sink: RunningApp, assets: Path, tmp_path: Path
) -> None:
    spaces = [f"sink={kitchen_sink.url}"]
    async with Toolset(spaces, roots=[assets], output_dir=tmp_path / "out") as tools:
        made = (await tools.call("sink_image_filepath", {"x": "red.png"}))["Out"]
        assert made["path"] == str(tmp_path / "out" / "sink_image_filepath-1.png")
        assert (made["name"], made["mime_type"]) == ("red.png", "image/png")
        again = (await tools.call("sink_image_filepath", {"x": made["uri"]}))["Out"]
        assert content_of(again["path"]) == content_of(assets / "red.png")


def content_of(path: str | Path) -> bytes:
    return Path(path).read_bytes()


async def test_without_a_folder_no_path_is_read(kitchen_sink: RunningApp, assets: Path) -> None:
    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        with pytest.raises(ValidationError, match="no folder was named") as raised:
            await tools.call("sink_file_single", {"x": str(assets / "a.txt")})
        assert raised.value.outcome == "not_started"


async def test_files_end_with_the_toolset(kitchen_sink: RunningApp) -> None:
    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        await tools.call("sink_file_out", {})
        folder = tools.files.folder()
        assert len(os.listdir(folder)) == 1
    assert folder.name not in os.listdir(folder.parent)


async def test_files_in_a_store_that_was_given_outlive_it(kitchen_sink: RunningApp) -> None:
    with FileStore() as store:
        async with Toolset([f"sink={kitchen_sink.url}"], store=store) as tools:
            uri = (await tools.call("sink_file_out", {}))["Out"]["uri"]
        async with Toolset([f"again={kitchen_sink.url}"], store=store) as tools:
            seen = await tools.call("again_file_single", {"x": uri})
        assert seen == {"Out": "path a.txt size=8"}


async def test_what_comes_in_is_on_disk_only_while_it_is_sent(kitchen_sink: RunningApp) -> None:
    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        seen = await tools.call("sink_file_single", {"x": "data:;name=a.txt,hello"})
        assert seen == {"Out": "path a.txt size=5"}
        assert os.listdir(tools.files.folder()) == []
        with pytest.raises(ValidationError):
            await tools.call("sink_file_multiple", {"x": ["data:,ok", "data:"]})
        assert os.listdir(tools.files.folder()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"roots": ["/no such folder"]}, "is not a folder"),
        ({"allow_hosts": ["http://host"]}, "neither a host nor a network"),
        ({"allow_hosts": ["0.0.0.0/0"]}, "too wide for an exception"),
        ({"egress_proxy": "ftp://host"}, "cannot be fetched through this proxy"),
    ],
)
async def test_a_toolset_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Toolset([], **options)


async def test_the_proxy_that_settings_name_is_the_toolsets() -> None:
    async def nobody() -> None:
        raise AssertionError

    with pytest.raises(ConfigurationError, match="cannot be fetched through this proxy"):
        toolset_of(Settings(spaces=(), egress_proxy="ftp://host"))
