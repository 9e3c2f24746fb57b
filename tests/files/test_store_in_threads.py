"""Threads read files for calls; the store itself is for its event loop's thread alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from space_tools.files.media import to_media
from space_tools.files.outputs import save
from space_tools.files.saving import SavedFiles
from space_tools.files.store import FileStore, StoredFile
from space_tools.schema.outputs import OutputFile
from space_tools.server.resources import read_resource


class Watched(FileStore):
    """Notes the threads that come to read."""

    threads: set[int]

    @contextmanager
    def reading(self, stored: StoredFile) -> Iterator[BinaryIO]:
        self.threads.add(threading.get_ident())
        with super().reading(stored) as file:
            yield file


@pytest.mark.parametrize("limit", [100_000, 1_000])
async def test_no_other_thread_looks_a_file_up(tmp_path: Path, limit: int) -> None:
    Image.effect_noise((60, 60), 90).save(tmp_path / "a.png")
    with Watched(tmp_path / "kept") as store:
        store.threads = set()
        with store.incoming("ann") as incoming:
            incoming.write((tmp_path / "a.png").read_bytes())
            stored = incoming.keep("a.png")
        assert (await read_resource(store, stored, stored.uri)).contents
        await to_media([OutputFile(uri=stored.uri, name="a.png")], store, "ann", limit)
        assert await save(stored, store, SavedFiles(tmp_path / "saved"), "a title")
        assert store.threads == {threading.get_ident()}
