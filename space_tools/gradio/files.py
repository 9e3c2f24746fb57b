"""Files to and from an app."""

import base64
import io
import os
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, BinaryIO
from unicodedata import category
from urllib.parse import unquote_to_bytes

from anyio import to_thread

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.http import Answer
from space_tools.egress.policy import MOST_REDIRECTS, REDIRECTS, follow
from space_tools.errors import CallError, ProtocolError, TransferError, ValidationError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.cookies import Cookies
from space_tools.gradio.file_data import FILE_TYPE

MAX_REPLY = 1024 * 1024
"""Bytes that the answer to an upload may have."""

MAX_FILE = 4 * 1024**3
"""Bytes that a downloaded file may have."""

WRITTEN_AT_ONCE = 1024 * 1024
"""Bytes that are written together, in a thread: a slow disk must not hold up other calls."""

RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d) *")
"""Names of devices, on some systems with any suffix."""

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of what does not show, or not as what it is."""


Sent = Callable[[int, int], object]
"""Told how many bytes of a file are on their way, of how many."""


class _Counted(io.RawIOBase):
    """An open file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, size: int, on_sent: Sent) -> None:
        self._file = file
        self._size = size
        self._on_sent = on_sent

    def fileno(self) -> int:
        return self._file.fileno()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._on_sent(self._file.tell(), self._size)
        return chunk


async def upload(
    app: GradioApp,
    file: BinaryIO,
    name: str,
    *,
    credentials: Credentials = ANONYMOUS,
    affinity: Cookies | None = None,
    on_sent: Sent | None = None,
) -> dict[str, Any]:
    """Uploads an open file; what a call's data has for it (`gradio.FileData`).

    `affinity` is that of the sessions of the call that will use it. Raises `ValidationError` if
    the app takes no file of that size.
    """
    size = os.fstat(file.fileno()).st_size
    limit = app.info.max_file_size
    if limit is not None and size > limit:
        raise ValidationError([f"{name} has {size} bytes; the app takes at most {limit}"])
    affinity = Cookies() if affinity is None else affinity
    read: Any = _Counted(file, size, on_sent) if on_sent else file
    reply = await app.http.request(
        "POST",
        f"{app.api}/upload",
        headers=affinity.add_to(app.headers_for(credentials)),
        files={"files": (name, read)},
        limit=MAX_REPLY,
    )
    affinity.note(reply.headers)
    if reply.status == 413:
        raise ValidationError([f"{name} has {size} bytes, more than the app takes"])
    paths = reply.json() if reply.status == 200 else None
    if not isinstance(paths, list) or len(paths) != 1 or not isinstance(paths[0], str):
        raise CallError(
            f"the app did not take {name}: it answered {reply.status}", outcome="not_started"
        )
    return {
        "path": paths[0],
        "orig_name": name,
        "size": size,
        "meta": {"_type": FILE_TYPE},
    }


async def download(
    app: GradioApp, url: str, folder: Path, name: str, *, credentials: Credentials = ANONYMOUS
) -> Path:
    """Fetches a file that the app gave into `folder` → where it is.

    The file appears whole or not at all, under its own name made safe; one that is there stays,
    and the new one is numbered. Raises `ProtocolError` for a URL that is not the app's.
    """
    if not app.serves(url):
        raise ProtocolError(f"{app.address} does not serve {url}")
    return await _save(folder, name, lambda file: _fetch(app, url, file, credentials))


async def save_data_url(url: str, folder: Path, name: str) -> Path:
    """The content of a `data:` URL as a file in `folder`, as `download` has it.

    Raises `ProtocolError` for a URL that is none.
    """

    async def decode(file: IO[bytes]) -> None:
        file.write(decode_data_url(url))

    return await _save(folder, name, decode)


def decode_data_url(url: str) -> bytes:
    """The content of a `data:` URL (RFC 2397). Raises `ProtocolError` for one that is none."""
    head, comma, content = url.partition(",")
    if not head.startswith("data:") or not comma:
        raise ProtocolError("the app sent a file that is none")
    try:
        if not head.endswith(";base64"):
            return unquote_to_bytes(content)
        return base64.b64decode(content, validate=True)
    except ValueError:  # bad base64, or characters that no URL has
        raise ProtocolError("the app sent a file that is not whole") from None


async def _save(folder: Path, name: str, fill: Callable[[IO[bytes]], Awaitable[None]]) -> Path:
    temporary = await to_thread.run_sync(_open_temporary, folder)
    try:
        with temporary:
            await fill(temporary)
        return await to_thread.run_sync(_settle, temporary.name, folder, safe_name(name))
    finally:
        os.unlink(temporary.name)


def _open_temporary(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    number, path = tempfile.mkstemp(dir=folder, prefix=".space-tools-")
    os.close(number)
    return open(path, "wb")


@asynccontextmanager
async def open_file(
    app: GradioApp, url: str, *, credentials: Credentials = ANONYMOUS
) -> AsyncIterator[Answer]:
    """A file that the app gave, still coming in; who reads it stops where it gets too long.

    At most `MOST_REDIRECTS` are followed, none of them away from the app, which alone may see its
    callers' tokens; headers that were given for it go past none. Raises `ProtocolError` for a URL
    that is not the app's, `TransferError` if it gives no file.
    """
    if not app.serves(url):
        raise ProtocolError(f"{app.address} does not serve {url}")
    for _ in range(MOST_REDIRECTS + 1):
        async with app.http.stream("GET", url, headers=app.headers_for(credentials)) as answer:
            if answer.status == 200:
                yield answer
                return
            if answer.status not in REDIRECTS:
                raise TransferError(f"{app.address} answered {answer.status} instead of the file")
            url = follow(url, answer.headers.get("location", ""))
        if not app.owns(url):
            raise TransferError(f"{app.address} sends elsewhere for the file")
        credentials = replace(credentials, headers={})
    raise TransferError(f"{app.address} redirected more than {MOST_REDIRECTS} times")


async def _fetch(app: GradioApp, url: str, file: IO[bytes], credentials: Credentials) -> None:
    size, unwritten = 0, bytearray()
    async with open_file(app, url, credentials=credentials) as answer:
        async for chunk in answer.chunks():
            size += len(chunk)
            if size > MAX_FILE:
                raise ProtocolError(f"{app.address} sent a file of more than {MAX_FILE} bytes")
            unwritten += chunk
            if len(unwritten) >= WRITTEN_AT_ONCE:
                await to_thread.run_sync(file.write, bytes(unwritten))
                unwritten.clear()
        await to_thread.run_sync(file.write, bytes(unwritten))


def _settle(temporary: str, folder: Path, name: str) -> Path:
    """Gives a finished file its name, the first that is free."""
    stem, suffix = os.path.splitext(name)
    count = 0
    while True:
        target = folder / (f"{stem}-{count}{suffix}" if count else name)
        try:
            os.link(temporary, target)
        except FileExistsError:
            count += 1
        else:
            return target


def safe_name(name: str) -> str:
    """A file name of an app's choosing as one that is safe on every system.

    No path, no control, invisible or reserved characters, no reserved word, no leading or closing
    dot; at most 120 bytes, with its suffix kept. Never empty.
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join("_" if c in '<>:"|?*' or category(c) in UNSEEN else c for c in last)
    stem, suffix = os.path.splitext(shown.strip(". ") or "file")
    suffix = _cut(suffix, 20).rstrip(". ")
    stem = _cut(stem, 120 - len(suffix.encode())).strip(". ") or "file"
    return f"_{stem}{suffix}" if RESERVED.fullmatch(stem.split(".")[0]) else stem + suffix


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
