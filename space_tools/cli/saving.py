"""The files in a result: where they are, and a folder to save them in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from space_tools.cli.connecting import Connected
from space_tools.files.outputs import find_files
from space_tools.files.problems import size_words
from space_tools.gradio.files import download, save_data_url
from space_tools.schema.encoded_files import mime_type_of
from space_tools.schema.outputs import OutputFile


async def save_files(app: Connected, result: Mapping[str, Any], folder: Path) -> None:
    """Saves every file of a result, and adds to it where: its `path`, in place of a `data:` URL."""
    saved: dict[str, str] = {}
    for file in find_files(result):
        url = file["url"]
        if file.fetchable:
            if url not in saved:
                saved[url] = str(await _save(app, url, folder, file["name"]))
            file["path"] = saved[url]
            if mime_type_of(url):
                del file["url"]


async def _save(app: Connected, url: str, folder: Path, name: str) -> Path:
    if mime_type_of(url):
        return await save_data_url(url, folder, name)
    return await download(app.app, url, folder, name, credentials=app.credentials)


def with_places(value: Any) -> Any:
    """A value with each of its files as a line: where it is, or what it is and how large."""
    if isinstance(value, OutputFile):
        return _place(value)
    if isinstance(value, Mapping):
        return {key: with_places(item) for key, item in value.items()}
    return [with_places(item) for item in value] if isinstance(value, list) else value


def _place(file: OutputFile) -> str:
    where: str = file.get("path") or file["url"]
    if not (kind := mime_type_of(where)):
        return where
    return f"{file['name']} ({kind}, about {_size(where)}; --output-dir saves it)"


def _size(url: str) -> str:
    return size_words(len(url.partition(",")[2]) * 3 // 4)
