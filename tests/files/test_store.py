"""Kept files: for their owners alone, within a quota, for a while."""

import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.files import store as store_module
from space_tools.files.problems import FileProblem
from space_tools.files.store import FileStore, StoredFile
from tests.full_disk import full_disk
from tests.gradio.calling import eventually


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    """Room for a hundred bytes, forty a file."""
    with FileStore(tmp_path, quota=100, max_file=40) as store:
        yield store


def keep(store: FileStore, size: int, owner: str = "ann", name: str = "a.bin") -> StoredFile:
    with store.incoming(owner) as incoming:
        incoming.write(b"x" * size)
        return incoming.keep(name)


def content(store: FileStore, stored: StoredFile) -> bytes:
    with store.reading(stored) as file:
        return file.read()


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_found_by_its_uri_by_its_owner(store: FileStore) -> None:
    with store.incoming("ann") as incoming:
        incoming.write(b"\x89PNG\r\n")
        incoming.write(b"\x1a\nrest")
        stored = incoming.keep("../ünï #1.png", "text/html")
    assert (stored.name, stored.mime_type, stored.size) == ("ünï #1.png", "image/png", 12)
    assert stored.uri == f"space-tools://files/{stored.id}/%C3%BCn%C3%AF%20%231.png"
    assert store.find(stored.uri, "ann") is stored
    assert store.find(f"space-tools://files/{stored.id}", "ann") is stored
    assert content(store, stored) == b"\x89PNG\r\n\x1a\nrest"
    assert store.files_of("ann") == [stored]


def test_nobody_else_learns_of_it(store: FileStore) -> None:
    stored = keep(store, 1)
    assert store.find(stored.uri, "bob") is None
    assert store.files_of("bob") == []
    assert stored.id not in repr(stored)


@pytest.mark.parametrize(
    "uri", ["", "space-tools://files/", "space-tools://files/../x", "file:///etc/passwd", "x" * 999]
)
def test_an_unknown_uri_is_like_a_foreign_one(store: FileStore, uri: str) -> None:
    keep(store, 1)
    assert store.find(uri, "ann") is None


def test_ids_are_unguessable_and_files_have_their_order(store: FileStore) -> None:
    files = [keep(store, 1) for _ in range(50)]
    assert len({stored.id for stored in files}) == 50
    assert min(len(stored.id) for stored in files) >= 24
    assert store.files_of("ann") == files[::-1]
    assert len({stored.created for stored in files}) == 50


def test_only_this_user_of_the_machine_can_look(store: FileStore) -> None:
    stored = keep(store, 1)
    assert stat.S_IMODE(store.folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(store.path_of(stored).stat().st_mode) == 0o600


def test_nothing_is_on_disk_before_there_is_a_file(tmp_path: Path) -> None:
    with FileStore(tmp_path / "later"):
        assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_kept_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    with store.incoming("ann") as incoming:
        incoming.write(b"x" * 40)
        assert len(on_disk(tmp_path)) == 1
    assert on_disk(tmp_path) == []
    assert [keep(store, 40), keep(store, 40)] == store.files_of("ann")[::-1]


def test_a_file_is_there_whole_or_not_at_all(store: FileStore) -> None:
    with store.incoming("ann") as incoming:
        incoming.write(b"x")
        assert store.files_of("ann") == []
        incoming.write(b"y")
        stored = incoming.keep("a")
    assert content(store, stored) == b"xy"


def test_at_the_end_everything_is_gone(tmp_path: Path) -> None:
    with FileStore(tmp_path) as store:
        keep(store, 1)
        abandoned = store.incoming("ann")
        abandoned.write(b"x")
    assert list(tmp_path.iterdir()) == []
    abandoned.close()


def test_a_file_has_a_largest_size(store: FileStore) -> None:
    with store.incoming("ann") as incoming:
        incoming.write(b"x" * 40)
        with pytest.raises(FileProblem, match="has more than 40 bytes, the most that is taken"):
            incoming.write(b"x")
    with store.incoming("ann") as incoming, pytest.raises(FileProblem, match="more than 5 bytes"):
        incoming.write(b"x" * 6, limit=5)
    with store.incoming("ann") as incoming, pytest.raises(FileProblem, match="more than 40 bytes"):
        incoming.expect(41)


@pytest.mark.parametrize(
    ("quota", "largest"), [(2**32, 2**30), (2**34, 2**32), (2**20, 2**20), (5 * 2**30, 5 * 2**28)]
)
def test_one_file_may_have_a_gigabyte_or_a_quarter_of_the_quota(quota: int, largest: int) -> None:
    assert FileStore(quota=quota).max_file == largest


def test_the_longest_unused_makes_room(store: FileStore) -> None:
    first, second, third = (keep(store, 30) for _ in range(3))
    content(store, first)
    fourth = keep(store, 30)
    assert store.files_of("ann") == [fourth, third, first]
    with pytest.raises(FileProblem, match="no longer kept"):
        content(store, second)


def test_who_has_the_most_makes_room_first(store: FileStore) -> None:
    bobs = keep(store, 20, "bob")
    anns = [keep(store, 30, "ann") for _ in range(2)]
    carls = keep(store, 30, "carl")
    assert store.files_of("bob") == [bobs]
    assert store.files_of("carl") == [carls]
    assert store.files_of("ann") == anns[1:]


def test_what_is_being_read_stays(store: FileStore) -> None:
    first, second = keep(store, 40), keep(store, 40)
    with store.reading(first) as one, store.reading(second):
        with pytest.raises(FileProblem, match="does not fit in the 100 bytes for files"):
            keep(store, 40)
        assert one.read() == b"x" * 40
    third = keep(store, 40)
    assert store.files_of("ann") == [third, first]


def test_files_are_gone_after_their_time(tmp_path: Path) -> None:
    with FileStore(tmp_path, lifetime=0) as store:
        stored = keep(store, 1)
        with store.reading(stored):
            assert store.find(stored.uri, "ann") is stored
        assert store.find(stored.uri, "ann") is None
        assert on_disk(tmp_path) == []


async def test_old_files_go_though_nobody_asks(tmp_path: Path) -> None:
    with FileStore(tmp_path, lifetime=0.05) as store:
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(store.keep_tidy)
            keep(store, 1)
            await eventually(lambda: on_disk(tmp_path) == [])
            task_group.cancel_scope.cancel()


@given(st.lists(st.tuples(st.integers(0, 45), st.sampled_from("abc"), st.booleans())))
def test_the_quota_holds_whatever_comes(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[int, str, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    with FileStore(folder, quota=100, max_file=40) as store:
        for size, owner, kept in arrivals:
            with store.incoming(owner) as incoming:
                try:
                    incoming.write(b"x" * size)
                except FileProblem:
                    assert size > 40
                    continue
                if kept:
                    incoming.keep("a")
            sizes = [path.stat().st_size for path in on_disk(folder)]
            assert sum(sizes) <= 100
            assert sum(stored.size for o in "abc" for stored in store.files_of(o)) == sum(sizes)
    assert on_disk(folder) == []


def test_a_folder_that_was_cleaned_up_is_made_again(store: FileStore) -> None:
    stored = keep(store, 1)
    shutil.rmtree(store.folder())
    with pytest.raises(FileProblem, match="no longer kept"):
        content(store, stored)
    assert content(store, keep(store, 2)) == b"xx"


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with FileStore(tmp_path / "a file") as store, pytest.raises(FileProblem, match="cannot be st"):
        store.incoming("ann")


def test_a_disk_that_takes_no_more_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with FileStore(tmp_path) as store, full_disk(room=10):
        with pytest.raises(FileProblem, match="cannot be stored here"):
            keep(store, 200_000)
        with pytest.raises(FileProblem, match="cannot be stored here"):
            keep(store, 20)
        assert on_disk(tmp_path) == []
        assert store.files_of("ann") == []


def test_what_is_cleaned_up_while_it_comes_in_is_a_sentence(store: FileStore) -> None:
    with store.incoming("ann") as incoming:
        incoming.write(b"content")
        shutil.rmtree(store.folder())
        with pytest.raises(FileProblem, match="cannot be stored here: No such file"):
            incoming.keep("a.txt")
    assert store.files_of("ann") == []
    assert store.usage[1] == 0


def test_reading_holds_in_other_threads(store: FileStore) -> None:
    stored, read = keep(store, 40), []
    with store.reading(stored) as file:
        thread = threading.Thread(target=lambda: read.append(file.read()))
        thread.start()
        thread.join()
    assert read == [b"x" * 40]


def test_what_is_still_coming_in_is_no_more_than_what_is_there(store: FileStore) -> None:
    """Who leaves files unfinished cannot take the room of all the others that way."""
    stalled = [store.incoming("eve") for _ in range(2)]
    for incoming in stalled:
        incoming.write(b"x" * 40)
    anns = keep(store, 20, "ann")
    bobs = keep(store, 20, "bob")
    assert store.files_of("ann") == [anns]
    assert store.files_of("bob") == [bobs]
    with pytest.raises(FileProblem, match="had to make room"):
        stalled[0].write(b"x")
    with pytest.raises(FileProblem, match="had to make room"):
        stalled[0].keep("a")
    assert stalled[1].keep("a").size == 40


def test_an_empty_file_takes_room_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_FILES", 3)
    with FileStore(tmp_path, quota=100) as store:
        kept = [keep(store, 0) for _ in range(5)]
        assert store.files_of("ann") == kept[:1:-1]


def test_a_file_that_is_whole_and_in_use_stays(store: FileStore) -> None:
    with store.incoming("ann") as incoming:
        incoming.write(b"x" * 40)
        incoming.kind("a")
        keep(store, 40, "bob")
        keep(store, 40, "bob")
        assert incoming.file.read() == b"x" * 40
