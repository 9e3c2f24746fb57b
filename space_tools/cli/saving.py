"""The files in a result, and a folder to save them in."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from space_tools.cli.connecting import Connected
from space_tools.gradio.files import download


def find_files(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every file object in a structured value, outermost first."""
    if isinstance(value, Mapping):
        if isinstance(value.get("url"), str) and isinstance(value.get("name"), str):
            yield value
        else:
            for item in value.values():
                yield from find_files(item)
    elif isinstance(value, list):
        for item in value:
            yield from find_files(item)


async def save_files(app: Connected, result: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Downloads every file of a result; the result with the path of each beside its URL."""
    saved: dict[str, str] = {}
    for file in find_files(result):
        url = file["url"]
        if url not in saved and url.startswith(f"{app.app.api}/file="):
            path = await download(app.app, url, folder, file["name"], credentials=app.credentials)
            saved[url] = str(path)
    placed: dict[str, Any] = _place(result, saved)
    return placed


def _place(value: Any, saved: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        placed = {key: _place(item, saved) for key, item in value.items()}
        url = value.get("url")
        return {**placed, "path": saved[url]} if isinstance(url, str) and url in saved else placed
    if isinstance(value, list):
        return [_place(item, saved) for item in value]
    return value
