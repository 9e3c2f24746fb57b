"""What is too long for a result is kept whole, for its caller, and told where."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings

from space_tools.files.long_values import Keeper, Told
from space_tools.files.saving import SavedFiles
from space_tools.files.store import FileStore
from space_tools.schema.outputs import OutputFile
from tests.schema.test_shortening import LONG_JSON

LONG = "ü" * 300_000


@pytest.fixture
def store() -> Iterator[FileStore]:
    with FileStore() as store:
        yield store


def content_of(store: FileStore, file: dict[str, Any]) -> bytes:
    stored = store.find(file["uri"], "ann")
    assert stored is not None
    assert stored.size == file["size"]
    with store.reading(stored) as opened:
        return opened.read()


async def told_of(store: FileStore, limit: int, /, **result: Any) -> Told:
    return await Keeper(store, None, "ann", "t").fit(result, limit)


async def test_what_fits_is_told_as_it_is(store: FileStore) -> None:
    assert await told_of(store, 10_000, A="short", B=[1]) == Told({"A": "short", "B": [1]})
    assert store.files_of("ann") == []


async def test_a_long_text_is_cut_and_kept_as_a_text(store: FileStore) -> None:
    told = await told_of(store, 10_000, A="short", B=LONG)
    assert list(told.structured) == ["A", "B", "B_whole"]
    assert told.structured["A"] == "short"
    assert LONG.startswith(told.structured["B"].removesuffix("…"))
    assert 9_000 < len(told.structured["B"].encode()) <= 10_000
    whole = told.structured["B_whole"]
    assert isinstance(whole, OutputFile)
    assert (whole["name"], whole["mime_type"]) == ("B.txt", "text/plain")
    assert content_of(store, whole) == LONG.encode()
    assert told.places == {"B": f"B.txt: {whole['uri']}"}
    assert store.find(whole["uri"], "bob") is None


async def test_a_long_list_loses_its_end_and_is_kept_as_json(store: FileStore) -> None:
    rows = [[number, "x" * 50] for number in range(20_000)]
    told = await told_of(store, 10_000, **{"a/b": rows})
    short, whole = told.structured["a/b"], told.structured["a/b_whole"]
    assert short == rows[: len(short)]
    assert 100 < len(short) < 200
    assert (whole["name"], whole["mime_type"]) == ("b.json", "application/json")
    assert json.loads(content_of(store, whole)) == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(LONG_JSON)
async def test_any_value_that_is_cut_is_kept_whole(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    monkeypatch.setattr("space_tools.files.long_values._AT_ONCE", 50)
    told = await told_of(store, 40, Out=value)
    if told.structured["Out"] != value:
        kept = content_of(store, told.structured["Out_whole"]).decode()
        assert (kept if isinstance(value, str) else json.loads(kept)) == printable(value)


def printable(value: Any) -> Any:
    """Results have no lone surrogates; drawn ones are written as `?`."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return value


async def test_a_name_that_is_taken_is_left_to_its_output(store: FileStore) -> None:
    told = await told_of(store, 10_000, Out=LONG, Out_whole="mine")
    assert told.structured["Out_whole"] == "mine"
    assert told.structured["Out_whole_2"]["name"] == "Out.txt"


async def test_it_is_saved_where_files_are_saved(store: FileStore, tmp_path: Path) -> None:
    keeper = Keeper(store, SavedFiles(tmp_path), "ann", "ks_big")
    told = await keeper.fit({"Out": LONG}, 10_000)
    path = told.structured["Out_whole"]["path"]
    assert path == str(tmp_path / "ks_big-1.txt")
    assert await anyio.Path(path).read_text() == LONG
    assert path in told.places["Out"]


async def test_what_cannot_be_kept_says_so() -> None:
    with FileStore(max_file=1000) as store:
        told = await told_of(store, 10_000, Out=LONG)
        whole = told.structured["Out_whole"]
        assert whole["note"] == "The file has more than 1000 bytes, the most that is taken here"
        assert "uri" not in whole
        assert whole["note"] in told.places["Out"]
