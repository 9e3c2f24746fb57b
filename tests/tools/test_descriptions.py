"""What an app said is found again as it was, by whom it is for, or not at all."""

import ast
import gzip
import hashlib
import inspect
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from space_tools.credentials import Credentials
from space_tools.gradio.app_info import AppInfo, Endpoint, Parameter, Return
from space_tools.tools import descriptions as module
from space_tools.tools.descriptions import Descriptions
from tests.full_disk import full_disk
from tests.schema.recorded import APPS, app

INFO = AppInfo(title="An app", version="6.31.0", protocol="sse_v3", api_prefix="/gradio_api")
SRC = "https://huggingface.co/spaces/owner/name"
ANN = Credentials(principal="ann", hf_token="hf_secretOfAnn")

SHAPE = "1: f0bc"
"""VERSION, and a digest of what `AppInfo` is made of: both change together."""


@pytest.fixture
def kept(tmp_path: Path) -> Descriptions:
    return Descriptions(tmp_path / "catalogue")


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json.gz"))


@pytest.mark.parametrize("name", [name for name in APPS if "kitchen_sink" in name])
def test_an_app_is_found_as_it_was(kept: Descriptions, name: str) -> None:
    kept.keep(SRC, app(name), "5ha")
    found = kept.find(SRC)
    assert found is not None
    assert (found.info, found.sha) == (app(name), "5ha")
    assert found.info.app_id == app(name).app_id


def test_most_real_apps_take_little_room(tmp_path: Path, kept: Descriptions) -> None:
    for name in APPS[:40]:
        kept.keep(name, app(name), None)
    sizes = sorted(path.stat().st_size for path in files(tmp_path))
    assert len(sizes) == min(len(APPS), 40)
    assert sizes[len(sizes) // 2] < 32 * 1024


def test_who_changes_what_is_kept_must_count_the_version_up() -> None:
    # As it is written: what types look like differs between versions of Python.
    shape = [
        (kind.__name__, line.target.id, ast.unparse(line.annotation))
        for kind in (AppInfo, Endpoint, Parameter, Return)
        for line in ast.walk(ast.parse(inspect.getsource(kind)))
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    ]
    digest = hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:4]
    assert f"{module.VERSION}: {digest}" == SHAPE


def test_it_is_found_by_another_process(tmp_path: Path) -> None:
    Descriptions(tmp_path).keep(SRC, INFO, "5ha")
    found = Descriptions(tmp_path).find(SRC)
    assert found is not None
    assert found.info == INFO
    assert Descriptions(tmp_path).find(f"{SRC}2") is None


def test_only_this_user_of_the_machine_can_read_it(tmp_path: Path, kept: Descriptions) -> None:
    kept.keep(SRC, INFO, None, kept.owner_of(ANN))
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_what_is_one_callers_is_found_by_nobody_else(tmp_path: Path, kept: Descriptions) -> None:
    kept.keep(SRC, INFO, None, kept.owner_of(ANN))
    again = Descriptions(tmp_path / "catalogue")
    assert again.find(SRC, again.owner_of(ANN)) is not None
    others = [
        Credentials(principal="bob", hf_token="hf_secretOfAnn"),
        Credentials(principal="ann", hf_token="hf_another"),
        Credentials(principal="ann"),
    ]
    assert [again.find(SRC, again.owner_of(other)) for other in others] == [None] * 3
    assert again.find(SRC) is None


def test_nothing_on_the_disk_tells_whose_it_is(tmp_path: Path, kept: Descriptions) -> None:
    owner = kept.owner_of(ANN)
    kept.keep(SRC, INFO, None, owner)
    elsewhere = Descriptions(tmp_path / "elsewhere").owner_of(ANN)
    assert owner != elsewhere
    for path in files(tmp_path):
        content = gzip.decompress(path.read_bytes())
        assert b"hf_secretOfAnn" not in content
        assert b"ann" not in content


def test_what_is_forgotten_is_not_found(kept: Descriptions) -> None:
    kept.keep(SRC, INFO, None)
    kept.forget(SRC)
    kept.forget(SRC)
    assert kept.find(SRC) is None


BROKEN = [
    b"",
    b"no gzip",
    gzip.compress(b"no JSON"),
    gzip.compress(b"[" * 100_000),
    gzip.compress(b"[]"),
    gzip.compress(b'{"is": ["other"], "sha": null, "info": {}}'),
    gzip.compress(json.dumps({"sha": None, "info": {"title": 3}}).encode()),
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_counts_as_none_and_is_written_anew(
    tmp_path: Path, kept: Descriptions, content: bytes
) -> None:
    kept.keep(SRC, INFO, None)
    (path,) = files(tmp_path)
    path.write_bytes(content)
    again = Descriptions(tmp_path / "catalogue")
    assert again.find(SRC) is None
    again.keep(SRC, INFO, None)
    assert again.find(SRC) is not None


@settings(max_examples=50, deadline=None)
@given(cut=st.floats(0, 1), flipped=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_a_damaged_file_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory, cut: float, flipped: float, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    Descriptions(folder).keep(SRC, INFO, None)
    (path,) = files(folder)
    content = bytearray(path.read_bytes())
    content[int(flipped * len(content))] ^= 1 << bit
    path.write_bytes(content[: int(cut * len(content))])
    found = Descriptions(folder).find(SRC)
    assert found is None or found.info == INFO


def test_a_file_of_another_version_counts_as_none(
    kept: Descriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep(SRC, INFO, None)
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    assert kept.find(SRC) is None


def test_a_file_in_the_place_of_another_is_not_taken_for_it(
    tmp_path: Path, kept: Descriptions
) -> None:
    kept.keep(SRC, INFO, None, "private")
    (private,) = files(tmp_path)
    kept.keep(SRC, INFO, None)
    (public,) = set(files(tmp_path)) - {private}
    os.replace(private, public)
    assert kept.find(SRC) is None


def test_a_folder_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    kept = Descriptions(in_the_way / "folder")
    kept.keep(SRC, INFO, None, kept.owner_of(ANN))
    assert kept.find(SRC) is None
    kept.forget(SRC)


def test_a_full_disk_leaves_what_was_remembered(kept: Descriptions, tmp_path: Path) -> None:
    kept.keep(SRC, INFO, "before")
    owner = kept.owner_of(ANN)
    there = sorted(tmp_path.rglob("*"))
    with full_disk():
        kept.keep(SRC, INFO, "after")
        kept.keep("another", INFO, None)
        assert Descriptions(tmp_path / "new").owner_of(ANN)
    assert sorted(tmp_path.rglob("*")) == [*there, tmp_path / "new"]
    again = Descriptions(tmp_path / "catalogue")
    assert again.owner_of(ANN) == owner
    found = again.find(SRC)
    assert found is not None
    assert found.sha == "before"
    kept.keep(SRC, INFO, "after")
    found = again.find(SRC)
    assert found is not None
    assert found.sha == "after"


def test_what_was_longest_unused_makes_room(tmp_path: Path) -> None:
    kept = Descriptions(tmp_path)
    for number in range(4):
        kept.keep(str(number), INFO, None)
        age(tmp_path, by=60)
    kept.keep("0", INFO, None)  # as it was: it counts as used
    (size, *_) = {path.stat().st_size for path in files(tmp_path)}
    age(tmp_path, by=60)
    Descriptions(tmp_path, max_bytes=3 * size + 100).keep("4", INFO, None)
    assert [kept.find(str(n)) is not None for n in range(5)] == [True, False, False, True, True]


def test_what_was_not_seen_for_long_is_removed(tmp_path: Path, kept: Descriptions) -> None:
    kept.keep("old", INFO, None)
    (tmp_path / "catalogue" / "left.part").write_text("")
    (tmp_path / "catalogue" / "foreign").write_text("")
    age(tmp_path / "catalogue", by=module.MAX_AGE + 1)
    kept.keep("new", INFO, None)
    assert kept.find("old") is not None  # it looked a moment ago
    Descriptions(tmp_path / "catalogue").keep("newer", INFO, None)
    names = {path.name for path in (tmp_path / "catalogue").iterdir()}
    assert "foreign" in names
    assert "left.part" not in names
    assert (kept.find("old"), kept.find("new") is None) == (None, False)


def age(folder: Path, *, by: float) -> None:
    """As if what is in a folder had been written `by` seconds earlier."""
    for path in folder.iterdir():
        status: Any = path.stat()
        os.utime(path, (status.st_atime - by, status.st_mtime - by))
