"""What the file arguments of a call lead to, and how it gets to the app."""

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import anyio
import anyio.lowlevel
from anyio import to_thread

from space_tools.credentials import Credentials
from space_tools.egress.external import External
from space_tools.egress.http import Answer
from space_tools.errors import CallTimeout, SpaceToolsError, ValidationError
from space_tools.files.data_uris import parse_data_uri
from space_tools.files.incoming import Incoming
from space_tools.files.kinds import HEAD, kind_of, suffix_of
from space_tools.files.problems import FileProblem, size_words
from space_tools.files.roots import LocalFiles, Roots
from space_tools.files.saving import SavedFiles
from space_tools.files.side_by_side import side_by_side
from space_tools.files.store import FileStore
from space_tools.gradio.app import GradioApp
from space_tools.gradio.cookies import Cookies
from space_tools.gradio.files import open_file, safe_name, upload
from space_tools.schema.inputs import Inputs
from space_tools.schema.problems import show

SEND_SECONDS = 1800.0
"""How long it may take until all files of a call are with the app."""

FileData = dict[str, Any]

OnSent = Callable[[str, int, int], object]
"""Told the name of a file, how many of its bytes are on their way, and of how many."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file argument: the string given, where in the arguments, and what is accepted there."""

    source: str
    where: str
    file_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be uploaded; `close` ends what it holds."""

    file: BinaryIO
    name: str
    mime_type: str
    close: Callable[[], None]

    @property
    def size(self) -> int:
        """In bytes."""
        return os.fstat(self.file.fileno()).st_size


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom, and for which app, a file is opened."""

    app: GradioApp
    credentials: Credentials
    affinity: Cookies

    def owns(self, url: str) -> bool:
        """Whether a URL is that of a file which the app itself gives out."""
        return self.app.serves(url) and "/../" not in url


@dataclass(frozen=True, slots=True)
class FileAccess:
    """Where file arguments may come from, and where the files of results are kept.

    Unless it `keeps_results`, they stay where they are. `on_sent` hears how far uploads are.
    """

    store: FileStore
    external: External
    roots: LocalFiles = field(default_factory=Roots)
    saved: SavedFiles | None = None
    keeps_results: bool = True
    on_sent: OnSent | None = None

    async def open(self, source: str, caller: Caller) -> Opened:
        """What a file argument leads to. Raises `FileProblem` if that is no file for this caller.

        A URL is fetched, and a `data:` URI is decoded, to disk; the others are opened in place.
        """
        scheme, colon, _ = source[:20].partition(":")
        opener = _OPENERS.get(scheme.lower()) if colon else None
        return await (opener or _from_path)(self, source, caller)


async def _from_path(access: FileAccess, source: str, caller: Caller) -> Opened:
    saved = access.saved
    roots = Roots((saved.folder,)) if saved and saved.has(source) else access.roots
    return await to_thread.run_sync(_open_path, roots, source)


def _open_path(roots: LocalFiles, source: str) -> Opened:
    file, name = roots.open(source)
    head = file.read(HEAD)
    file.seek(0)
    mime_type = kind_of(head, name)
    return Opened(file, _with_suffix(name, mime_type), mime_type, file.close)


async def _from_store(access: FileAccess, source: str, caller: Caller) -> Opened:
    stored = access.store.find(source, caller.credentials.principal)
    if stored is None:
        raise FileProblem("is not known, or no longer kept; have the tool make the file again")
    stack = ExitStack()
    file = stack.enter_context(access.store.reading(stored))
    name = _with_suffix(stored.name, stored.mime_type)
    return Opened(file, name, stored.mime_type, stack.close)


async def _from_data(access: FileAccess, source: str, caller: Caller) -> Opened:
    uri = parse_data_uri(source)
    incoming = access.store.incoming(caller.credentials.principal)
    try:
        for chunk in uri.chunks():
            incoming.write(chunk, limit=caller.app.info.max_file_size)
            await anyio.lowlevel.checkpoint()
        return _opened(incoming, uri.name, uri.mime_type)
    except BaseException:
        incoming.close()
        raise


async def _from_url(access: FileAccess, source: str, caller: Caller) -> Opened:
    incoming = access.store.incoming(caller.credentials.principal)
    try:
        if caller.owns(source):
            # An earlier result of this very app; its caller's right to it is the app's to judge.
            opening = open_file(caller.app, source, credentials=caller.credentials)
        else:
            opening = access.external.get(source)
        async with opening as answer:
            await receive(answer, incoming, limit=caller.app.info.max_file_size)
        name = unquote(urlsplit(source).path).rpartition("/")[2]
        return _opened(incoming, name, answer.headers.get("content-type", ""))
    except SpaceToolsError as error:
        incoming.close()
        raise FileProblem(f"could not be fetched: {error}") from None
    except BaseException:
        incoming.close()
        raise


async def receive(answer: Answer, incoming: Incoming, *, limit: int | None = None) -> None:
    """Writes an answer's body down; what says that it is too long is not begun with.

    Raises `FileProblem` if it is longer than `limit` (bytes), or than there is room for.
    """
    told = answer.headers.get("content-length", "")
    if told.isdecimal():
        incoming.expect(int(told), limit=limit)
    async for chunk in answer.chunks():
        incoming.write(chunk, limit=limit)


def _opened(incoming: Incoming, name: str, claimed: str) -> Opened:
    mime_type = incoming.kind(name, claimed)
    return Opened(incoming.file, _with_suffix(name, mime_type), mime_type, incoming.close)


def _with_suffix(name: str, mime_type: str) -> str:
    """A safe name from which an app, too, can tell what kind of file it is."""
    safe = safe_name(name)
    return safe if Path(safe).suffix else safe + suffix_of(mime_type)


_OPENERS: Mapping[str, Callable[[FileAccess, str, Caller], Awaitable[Opened]]] = {
    "data": _from_data,
    "http": _from_url,
    "https": _from_url,
    "space-tools": _from_store,
}


def find_places(inputs: Inputs, arguments: Mapping[str, Any]) -> list[Place]:
    """Every file argument, in the order of the parameters. Pure."""
    places: list[Place] = []
    if not inputs.file_sources(arguments):  # as most calls have none
        return places
    for name, parameter in inputs.parameters.items():
        if name in arguments:
            value = arguments[name]
            types = parameter.props.get("file_types")
            accepted = tuple(map(str, types)) if isinstance(types, list) else ()
            for source in inputs.file_sources({name: value}):
                where = next(_where(value, source, name), name)
                places.append(Place(source, where, accepted))
    return places


def _where(value: Any, source: str, so_far: str) -> Iterator[str]:
    if value == source:
        yield so_far
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _where(item, source, f"{so_far}[{index}]")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _where(item, source, f"{so_far}.{key}")


async def send_files(
    access: FileAccess, places: Sequence[Place], caller: Caller
) -> dict[str, FileData]:
    """Uploads what file arguments lead to; source → what a call's data has for it.

    All is looked at before any of it is sent. Raises `ValidationError`, with a sentence for each
    argument that will not do, or what went wrong with an upload.
    """
    with ExitStack() as stack:
        try:
            with anyio.fail_after(SEND_SECONDS):
                opened = await _open_all(access, places, caller, stack)
                return await _upload_all(opened, caller, access.on_sent)
        except TimeoutError:
            raise CallTimeout("the files took too long to send", outcome="not_started") from None


async def _open_all(
    access: FileAccess, places: Sequence[Place], caller: Caller, stack: ExitStack
) -> dict[str, Opened]:
    async def open_one(source: str) -> Opened:
        opened = await access.open(source, caller)
        stack.callback(opened.close)
        return opened

    wanted = list(dict.fromkeys(place.source for place in places))
    results = await side_by_side([partial(open_one, source) for source in wanted])
    found = dict(zip(wanted, results, strict=True))
    problems = [
        f"`{place.where}`: {show(place.source)} {problem}"
        for place in places
        if (problem := _problem(found[place.source], place, caller.app.info.max_file_size))
    ]
    if problems:
        raise ValidationError(problems)
    return {source: file for source, file in found.items() if isinstance(file, Opened)}


def _problem(found: Opened | Exception, place: Place, limit: int | None) -> str:
    if isinstance(found, Exception):
        return str(found)
    if limit is not None and found.size > limit:
        words = size_words(found.size)
        return f"has {words}; the app takes at most {size_words(limit)}"
    if not accepts(place.file_types, found.name, found.mime_type):
        return f"is {found.mime_type}; accepted are {', '.join(place.file_types)}"
    return ""


def accepts(file_types: Sequence[str], name: str, mime_type: str) -> bool:
    """Whether a component takes a file; `file_types` are suffixes, kinds or MIME types. Pure.

    Source: Gradio, `file_types` of gr.File.
    """
    if not file_types:
        return True
    return any(_is_type(kind.strip().lower(), name.lower(), mime_type) for kind in file_types)


def _is_type(kind: str, name: str, mime_type: str) -> bool:
    if kind.startswith("."):
        return name.endswith(kind)
    if "/" in kind:
        return fnmatchcase(mime_type, kind)
    return kind in ("file", "*", "") or mime_type.startswith(f"{kind}/")


async def _upload_all(
    opened: Mapping[str, Opened], caller: Caller, on_sent: OnSent | None
) -> dict[str, FileData]:
    async def send(file: Opened) -> FileData:
        sent = await upload(
            caller.app,
            file.file,
            file.name,
            credentials=caller.credentials,
            affinity=caller.affinity,
            on_sent=on_sent and partial(on_sent, file.name),
        )
        return {**sent, "mime_type": file.mime_type}

    results = await side_by_side([partial(send, file) for file in opened.values()])
    for result in results:
        if isinstance(result, Exception):
            raise result
    return {
        source: result
        for source, result in zip(opened, results, strict=True)
        if not isinstance(result, Exception)
    }
