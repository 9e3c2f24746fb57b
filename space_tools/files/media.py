"""Pictures and sound of a result as content that a model sees and hears at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from space_tools.files import previews
from space_tools.files.problems import FileProblem
from space_tools.files.store import FileStore, StoredFile
from space_tools.schema.outputs import OutputFile

PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""What hosts show. Others, and never a kind that could carry a script, have at most a preview."""

PREVIEWED = {*PICTURES, "image/bmp"}

DECODED = 2
"""Pictures that are decoded at once: the largest take a quarter of a gigabyte."""

_LIMITER = RunVar[CapacityLimiter]("space_tools.decoders")


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture or a sound, whole or as a preview."""

    mime_type: str
    content: bytes

    @property
    def is_sound(self) -> bool:
        return self.mime_type.startswith("audio/")


@dataclass(frozen=True, slots=True)
class Media:
    """What is shown, and the names of the files of which there is only a smaller preview."""

    items: tuple[Medium, ...] = ()
    previewed: tuple[str, ...] = ()


async def to_media(files: Iterable[OutputFile], store: FileStore, owner: str, limit: int) -> Media:
    """As many of the files as `limit` (bytes, before encoding) allows, in their order."""
    items: list[Medium] = []
    previewed: list[str] = []
    for uri in dict.fromkeys(file["uri"] for file in files if "uri" in file):
        stored = store.find(uri, owner)
        if stored is None:
            continue
        whole = stored.size <= limit
        content = await _content(store, stored, limit)
        if content:
            items.append(Medium(stored.mime_type if whole else previews.MIME_TYPE, content))
            previewed += [] if whole else [stored.name]
            limit -= len(content)
    return Media(tuple(items), tuple(previewed))


async def _content(store: FileStore, stored: StoredFile, limit: int) -> bytes | None:
    """The file, or a preview of it, or nothing, if it is none to be seen or heard."""
    fits = stored.size <= limit
    shown = stored.mime_type in PICTURES or stored.mime_type.startswith("audio/")
    try:
        if fits and shown:
            return await read(store, stored)
        if not fits and stored.mime_type in PREVIEWED and previews.can_preview():
            with store.reading(stored) as file:
                return await to_thread.run_sync(
                    previews.make_preview, file, limit, limiter=_decoders()
                )
    except (FileProblem, OSError):  # it made room for another one meanwhile
        pass
    return None


async def read(store: FileStore, stored: StoredFile) -> bytes:
    """All of a file that is kept. Raises `FileProblem` or `OSError` if it is gone."""
    with store.reading(stored) as file:  # here, since threads must not touch the store
        return await to_thread.run_sync(file.read)


def _decoders() -> CapacityLimiter:
    """Of this event loop."""
    try:
        return _LIMITER.get()
    except LookupError:
        limiter = CapacityLimiter(DECODED)
        _LIMITER.set(limiter)
        return limiter
