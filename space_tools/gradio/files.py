"""Files to and from an app."""

import os
import re
import tempfile
from pathlib import Path
from typing import IO, Any, BinaryIO
from unicodedata import category

from anyio import to_thread

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.errors import AppError, ProtocolError, TransferError, ValidationError
from space_tools.gradio.app import GradioApp

MAX_REPLY = 1024 * 1024
"""Bytes that the answer to an upload may have."""

MAX_FILE = 4 * 1024**3
"""Bytes that a downloaded file may have."""

RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d) *")
"""Names of devices, on some systems with any suffix."""

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of what does not show, or not as what it is."""


async def upload(
    app: GradioApp, file: BinaryIO, name: str, *, credentials: Credentials = ANONYMOUS
) -> dict[str, Any]:
    """Uploads an open file; what a call's data has for it (`gradio.FileData`).

    Raises `ValidationError` if the app takes no file of that size.
    """
    size = os.fstat(file.fileno()).st_size
    limit = app.info.max_file_size
    if limit is not None and size > limit:
        raise ValidationError([f"{name} has {size} bytes; the app takes at most {limit}"])
    reply = await app.http.request(
        "POST",
        f"{app.api}/upload",
        headers=app.headers_for(credentials),
        files={"files": (name, file)},
        limit=MAX_REPLY,
    )
    if reply.status == 413:
        raise ValidationError([f"{name} has {size} bytes, more than the app takes"])
    paths = reply.json() if reply.status == 200 else None
    if not isinstance(paths, list) or len(paths) != 1 or not isinstance(paths[0], str):
        raise AppError(f"the app did not take {name}: it answered {reply.status}")
    return {
        "path": paths[0],
        "orig_name": name,
        "size": size,
        "meta": {"_type": "gradio.FileData"},
    }


async def download(
    app: GradioApp, url: str, folder: Path, name: str, *, credentials: Credentials = ANONYMOUS
) -> Path:
    """Fetches a file that the app gave into `folder` → where it is.

    The file appears whole or not at all, under its own name made safe; one that is there stays,
    and the new one is numbered. Raises `ProtocolError` for a URL that is not the app's.
    """
    if not url.startswith(f"{app.api}/file="):
        raise ProtocolError(f"{app.address} does not serve {url}")
    temporary = await to_thread.run_sync(_open_temporary, folder)
    try:
        with temporary:
            await _fetch(app, url, temporary, credentials)
        return await to_thread.run_sync(_settle, temporary.name, folder, safe_name(name))
    finally:
        os.unlink(temporary.name)


def _open_temporary(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=folder, prefix=".space-tools-", delete=False)


async def _fetch(app: GradioApp, url: str, file: IO[bytes], credentials: Credentials) -> None:
    size = 0
    async with app.http.stream("GET", url, headers=app.headers_for(credentials)) as answer:
        if answer.status != 200:
            raise TransferError(f"{app.address} answered {answer.status} instead of the file")
        async for chunk in answer.chunks():
            size += len(chunk)
            if size > MAX_FILE:
                raise ProtocolError(f"{app.address} sent a file of more than {MAX_FILE} bytes")
            file.write(chunk)


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
