"""Which files of a result are seen or heard at once, and how."""

import io
import sys
import threading
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import anyio
import pytest
from PIL import Image

from space_tools.files import previews
from space_tools.files.media import DECODED, Media, Medium, to_media
from space_tools.files.store import FileStore, StoredFile
from space_tools.schema.outputs import OutputFile
from tests.gradio_server import APPS

BEEP = (APPS / "assets" / "beep.wav").read_bytes()


@pytest.fixture
def store() -> Iterator[FileStore]:
    with FileStore() as store:
        yield store


def keep(store: FileStore, content: bytes, name: str, claimed: str = "") -> StoredFile:
    with store.incoming("ann") as incoming:
        incoming.write(content)
        return incoming.keep(name, claimed)


def picture(side: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """One that does not compress well at that size, but does once it is smaller."""
    encoded = io.BytesIO()
    Image.effect_noise((40, 40), 90).convert(mode).resize((side, side)).save(encoded, kind)
    return encoded.getvalue()


async def media(store: FileStore, *files: StoredFile, limit: int, owner: str = "ann") -> Media:
    return await to_media([OutputFile(uri=file.uri) for file in files], store, owner, limit)


def shown(media: Media) -> list[tuple[str, int]]:
    return [(medium.mime_type, len(medium.content)) for medium in media.items]


async def test_pictures_and_sound_are_carried_whole_while_they_fit(store: FileStore) -> None:
    small, beep = picture(20), BEEP
    files = keep(store, small, "a.png"), keep(store, beep, "b.wav")
    both = await media(store, *files, limit=len(small) + len(beep))
    assert both.items == (Medium("image/png", small), Medium("audio/wav", beep))
    assert [medium.is_sound for medium in both.items] == [False, True]
    assert both.previewed == ()


async def test_few_pictures_are_decoded_at_once(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most, lock = 0, 0, threading.Lock()
    make_preview = previews.make_preview

    def counted(file: BinaryIO, limit: int) -> bytes | None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        try:
            return make_preview(file, limit)
        finally:
            with lock:
                at_once -= 1

    monkeypatch.setattr(previews, "make_preview", counted)
    files = [keep(store, picture(400), "a.png") for _ in range(12)]
    async with anyio.create_task_group() as task_group:
        for file in files:
            task_group.start_soon(partial(media, store, file, limit=20_000))
    assert most == DECODED


async def test_they_share_the_limit(store: FileStore) -> None:
    beeps = [keep(store, BEEP, "b.wav") for _ in range(3)]
    assert shown(await media(store, *beeps, limit=2 * len(BEEP) + 10)) == [
        ("audio/wav", len(BEEP)),
        ("audio/wav", len(BEEP)),
    ]
    assert shown(await media(store, *beeps, limit=0)) == []


async def test_a_file_named_twice_is_carried_once(store: FileStore) -> None:
    beep = keep(store, BEEP, "b.wav")
    assert len((await media(store, beep, beep, limit=10**6)).items) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
async def test_a_picture_that_does_not_fit_is_smaller(store: FileStore, kind: str) -> None:
    large = keep(store, picture(1500, kind), f"large.{kind.lower()}")
    limit = min(40_000, large.size - 1)
    smaller = await media(store, large, limit=limit)
    [(mime_type, size)] = shown(smaller)
    assert mime_type == "image/jpeg"
    assert 0 < size <= limit
    with Image.open(io.BytesIO(smaller.items[0].content)) as image:
        assert 160 <= image.width == image.height <= 1024
    assert smaller.previewed == (large.name,)


async def test_what_is_see_through_is_shown_on_white(store: FileStore) -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (2000, 2000), (0, 0, 0, 0)).save(clear, "PNG", compress_level=0)
    file = keep(store, clear.getvalue(), "clear.png")
    [shown] = (await media(store, file, limit=100_000)).items
    with Image.open(io.BytesIO(shown.content)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


async def test_without_pillow_a_large_picture_is_a_link_only(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = keep(store, picture(1500), "large.png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert await media(store, large, limit=40_000) == Media()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg onload='alert(1)'/>", "a.svg"),
        (b"<html>", "a.png"),
        (b"<html>", "a.html"),
        (b"\x89PNG\r\n\x1a\n" + b"broken" * 20_000, "broken.png"),
        (b"plain", "a.txt"),
    ],
)
async def test_nothing_else_is_carried(store: FileStore, content: bytes, name: str) -> None:
    file = keep(store, content, name, "image/png")
    assert await media(store, file, limit=100_000 if len(content) < 100 else 1000) == Media()


async def test_a_picture_that_would_fill_the_memory_is_not_opened(store: FileStore) -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    file = keep(store, bomb.getvalue(), "bomb.png")
    assert await media(store, file, limit=file.size - 1) == Media()


async def test_nobody_sees_what_is_not_theirs(store: FileStore) -> None:
    beep = keep(store, BEEP, "b.wav")
    assert await media(store, beep, limit=10**6, owner="bob") == Media()
