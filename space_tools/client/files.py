"""Files in a call's values: those that the user marked go up, those that the app gave come down.

Only what `handle_file` marked is read from this machine. What an app sends looks just like it,
and must not make a client that passes it on give away a file.
"""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from space_tools.credentials import Credentials
from space_tools.errors import SpaceToolsError, ValidationError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.cookies import Cookies
from space_tools.gradio.file_data import FILE_KEYS, FILE_TYPE, file_at
from space_tools.gradio.files import download, save_data_url, upload

AT_ONCE = 8
"""Files of one call that are transferred side by side."""

Wanted = Callable[[Any], bool]
Replace = Callable[[Any], Awaitable[Any]]


class LocalFile(dict[str, Any]):
    """A file of this machine that a call is to upload, in the shape that Gradio gives files."""


def handle_file(filepath_or_url: str | os.PathLike[str]) -> dict[str, Any]:
    """Marks an argument as a file: a path on this machine, or an http(s) URL for the app to fetch.

    Raises `ValueError` if it is neither.
    """
    text = os.fspath(filepath_or_url)
    if text.startswith(("http://", "https://")):
        return {**file_at(text), "url": text}
    if not Path(text).is_file():
        kind = "a directory" if Path(text).is_dir() else "neither a file here nor an http(s) URL"
        raise ValueError(f"{text} is {kind}")
    return LocalFile(path=text, orig_name=Path(text).name, meta={"_type": FILE_TYPE})


file = handle_file
"""Its older name."""


class ResultFolder:
    """Where a client's output files go: the folder given, or one of its own.

    Its own is made when first needed and goes with `close`, else with the process: results must
    outlive a client that nobody holds any more. A forked process has one of its own, too.
    """

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._own: Path | None = None
        self._process = os.getpid()

    def path(self) -> Path:
        """The folder, which exists."""
        if self._given is not None:
            return self._given
        if self._own is None or self._process != os.getpid():
            self._own, self._process = Path(tempfile.mkdtemp(prefix="space-tools-")), os.getpid()
            atexit.register(self.close)
        return self._own

    def close(self) -> None:
        """Removes the folder, if it is the client's own."""
        own, self._own = self._own, None
        if own is not None and os.getpid() == self._process:
            shutil.rmtree(own, ignore_errors=True)
            atexit.unregister(self.close)


OnSent = Callable[[str, int, int], object]
"""Told, of a file of that name, how many bytes are on their way, of how many."""


async def upload_marked(
    app: GradioApp,
    data: list[Any],
    *,
    credentials: Credentials,
    affinity: Cookies,
    on_sent: OnSent,
) -> list[Any]:
    """A call's `data` with each `LocalFile` uploaded and replaced by what the app calls it.

    Raises `ValidationError` for a file that is larger than the app takes, or cannot be read.
    """

    async def send(found: Any) -> Any:
        path = Path(found["path"])
        name = found.get("orig_name", path.name)
        try:
            file = await anyio.to_thread.run_sync(path.open, "rb")
        except OSError as error:
            raise ValidationError([f"{path} cannot be read: {error.strerror}"]) from error
        with file:
            return await upload(
                app,
                file,
                name,
                credentials=credentials,
                affinity=affinity,
                on_sent=partial(on_sent, name),
            )

    return await _replace(data, lambda value: isinstance(value, LocalFile), send)


async def download_found(
    app: GradioApp,
    outputs: list[Any],
    folder: ResultFolder,
    *,
    credentials: Credentials,
    replica: str,
    whole: bool,
) -> list[Any]:
    """Outputs with each file fetched and replaced by its path here.

    A file that is elsewhere becomes its URL. A stream stays what it is, unless the call is over
    (`whole`): then it is fetched as one file.
    """

    async def fetch(found: Any) -> Any:
        path, url = found.get("path"), found.get("url")
        if found.get("is_stream") and not (whole and is_playlist(path)):
            return dict(found)
        if not path and url.startswith("data:"):
            here = await save_data_url(url, folder.path(), found.get("orig_name") or "file")
            return str(here.resolve())
        if not path or path.startswith(("http://", "https://")):
            return path or url
        if found.get("is_stream"):
            name, source = found.get("orig_name") or "stream", app.stream_url(path, replica)
        else:
            name, source = re.split(r"[/\\]", path)[-1], app.file_url(path, replica)
        here = await download(app, source, folder.path(), name, credentials=credentials)
        return str(here.resolve())

    return await _replace(outputs, is_file, fetch)


def is_file(value: Any) -> bool:
    """Whether an output, or a part of one, is a file that the app has."""
    if not isinstance(value, Mapping):
        return False
    if not isinstance(value.get("path"), str) and not isinstance(value.get("url"), str):
        return False
    meta = value.get("meta")
    if isinstance(meta, Mapping):
        return meta.get("_type") == FILE_TYPE
    return value.keys() - {"is_stream"} == FILE_KEYS


def is_playlist(path: Any) -> bool:
    """Whether a stream is one that Gradio keeps whole (HLS)."""
    return isinstance(path, str) and path.endswith("/playlist.m3u8")


async def _replace(values: list[Any], wanted: Wanted, replace: Replace) -> list[Any]:
    """A copy of JSON values with all that is `wanted`, at any depth, replaced."""
    places: list[tuple[Any, Any]] = []
    copied: list[Any] = _copy(values, wanted, places)
    if places:
        await _fill(places, replace)
    return copied


def _copy(value: Any, wanted: Wanted, places: list[tuple[Any, Any]]) -> Any:
    """A copy of the containers in `value`; `places` gets (container, key) of what is `wanted`."""
    if not isinstance(value, list | tuple | dict):
        return value
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    for key, item in copied.items() if isinstance(copied, dict) else enumerate(copied):
        if wanted(item):
            places.append((copied, key))
        else:
            copied[key] = _copy(item, wanted, places)
    return copied


async def _fill(places: list[tuple[Any, Any]], replace: Replace) -> None:
    failed: list[Exception] = []
    limit = anyio.Semaphore(AT_ONCE)

    async def fill(container: Any, key: Any) -> None:
        try:
            async with limit:
                container[key] = await replace(container[key])
        except (SpaceToolsError, OSError) as error:
            failed.append(error)
            task_group.cancel_scope.cancel()

    async with anyio.create_task_group() as task_group:
        for container, key in places:
            task_group.start_soon(fill, container, key)
    if failed:
        raise failed[0]
