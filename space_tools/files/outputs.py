"""The files of a result: fetched for its caller, kept, and told of in the result."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
from anyio import to_thread

from space_tools.credentials import Credentials
from space_tools.errors import SpaceToolsError
from space_tools.files.incoming import Incoming
from space_tools.files.inputs import receive
from space_tools.files.kinds import suffix_of
from space_tools.files.problems import FileProblem
from space_tools.files.saving import SavedFiles
from space_tools.files.side_by_side import side_by_side
from space_tools.files.store import FileStore, StoredFile
from space_tools.gradio.app import GradioApp
from space_tools.gradio.files import WRITTEN_AT_ONCE, decode_data_url, open_file
from space_tools.schema.encoded_files import mime_type_of
from space_tools.schema.outputs import OutputFile, Structured
from space_tools.schema.text import clean

FETCH_SECONDS = 900.0
"""How long fetching one file of a result may take."""


ENCODED_SLACK = 400
"""Bytes by which a `data:` URL may be longer than what is encoded in it would make it."""


def find_files(value: Any) -> list[OutputFile]:
    """Every file of a structured result, in the order in which they stand there. Pure."""
    found: list[OutputFile] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[OutputFile]) -> None:
    kind = type(value)
    if kind is OutputFile:
        found.append(value)
    elif kind in _CONTAINERS:
        for item in value if kind is list else value.values():
            if type(item) in _CONTAINERS:
                _collect(item, found)


_CONTAINERS = frozenset({dict, list, OutputFile, Structured})
"""Results can have many thousands of numbers, which are not worth a call each."""


async def keep_files(
    result: Mapping[str, Any],
    app: GradioApp,
    credentials: Credentials,
    store: FileStore,
) -> dict[str, StoredFile]:
    """Fetches the files of a structured result, and says in it where they are.

    Each becomes `{uri, name, mime_type, size, url}`, without a `url` if that was the file itself,
    encoded; one that could not be fetched keeps what was known of it, and a `note` says why.
    URI → what is kept; the result is changed in place.
    """
    files = [file for file in find_files(result) if file.fetchable]
    names = {file["url"]: file["name"] for file in files}
    fetching = [partial(_fetch, app, credentials, store, url, name) for url, name in names.items()]
    fetched = dict(zip(names, await side_by_side(fetching), strict=True))
    for file in files:
        found = fetched[file["url"]]
        if isinstance(found, StoredFile):
            describe(file, found)
        else:
            file["note"] = clean(f"The file {_words(found)}", 300)
        if _is_encoded(file["url"]):
            del file["url"]
    return {kept.uri: kept for kept in fetched.values() if isinstance(kept, StoredFile)}


def _is_encoded(url: str) -> bool:
    return url.startswith("data:")


async def _fetch(
    app: GradioApp, credentials: Credentials, store: FileStore, url: str, name: str
) -> StoredFile:
    owner = credentials.principal
    with anyio.move_on_after(FETCH_SECONDS), store.incoming(owner) as incoming:
        if _is_encoded(url):
            await _decode(url, incoming)
            return incoming.keep(name, mime_type_of(url))
        async with open_file(app, url, credentials=credentials) as answer:
            await receive(answer, incoming)
            claimed = answer.headers.get("content-type", "")
        return incoming.keep(name, claimed)
    raise FileProblem("took too long to fetch")


async def _decode(url: str, incoming: Incoming) -> None:
    # Before it is held twice.
    incoming.expect(len(url) * 3 // 4 - ENCODED_SLACK)
    content = memoryview(await to_thread.run_sync(decode_data_url, url))
    for start in range(0, len(content), WRITTEN_AT_ONCE):
        incoming.write(content[start : start + WRITTEN_AT_ONCE])
        await anyio.lowlevel.checkpoint()


def _words(error: Exception) -> str:
    return f"could not be fetched: {error}" if isinstance(error, SpaceToolsError) else str(error)


def describe(file: OutputFile, stored: StoredFile) -> None:
    """Says of a file of a result where it is kept, and what it is."""
    url = file.get("url")
    file.clear()
    file.update(uri=stored.uri, name=stored.name, mime_type=stored.mime_type, size=stored.size)
    if url is not None:
        file["url"] = url


async def save_files(
    result: Mapping[str, Any],
    kept: Mapping[str, StoredFile],
    store: FileStore,
    saved: SavedFiles,
    title: str,
) -> None:
    """Saves the files of a result that are kept, in their order, and adds each one's `path`."""
    for file in find_files(result) if kept else ():
        stored = kept.get(file.get("uri", ""))
        if stored is not None and "path" not in file and "note" not in file:
            try:
                file["path"] = await save(stored, store, saved, title)
            except FileProblem as problem:
                file["note"] = clean(f"The file {problem}", 300)


async def save(stored: StoredFile, store: FileStore, saved: SavedFiles, title: str) -> str:
    """Saves a file that is kept, unless it is saved already; its path.

    Raises `FileProblem` if it cannot be saved.
    """
    if stored.saved_as is None:
        suffix = Path(stored.name).suffix or suffix_of(stored.mime_type)
        with store.reading(stored):  # here, since threads must not touch the store
            path = store.path_of(stored)
            stored.saved_as = await to_thread.run_sync(saved.save, path, title, suffix)
    return str(stored.saved_as)
