"""Results' files where their user finds them."""

from pathlib import Path

import pytest

from space_tools.files.problems import FileProblem
from space_tools.files.saving import SavedFiles
from tests.full_disk import full_disk


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("content")
    return path


def test_files_are_numbered_by_tool(tmp_path: Path, source: Path) -> None:
    saved = SavedFiles(tmp_path / "out" / "deep")
    names = [
        saved.save(source, title, suffix).name
        for title, suffix in [("paint", ".png"), ("paint", ".JPG"), ("say", ".wav"), ("paint", "")]
    ]
    assert names == ["paint-1.png", "paint-2.jpg", "say-1.wav", "paint-3"]
    assert (tmp_path / "out" / "deep" / "paint-3").read_text() == "content"


def test_nothing_is_overwritten(tmp_path: Path, source: Path) -> None:
    for name in ("paint-7.png", "paint-x.png", "painter-99.png", "paint-2"):
        (tmp_path / name).write_text("was here before")
    saved = SavedFiles(tmp_path)
    assert saved.save(source, "paint", ".png").name == "paint-8.png"
    (tmp_path / "paint-9.gif").write_text("came meanwhile")
    (tmp_path / "paint-9.png").write_text("came meanwhile")
    assert saved.save(source, "paint", ".png").name == "paint-10.png"
    assert (tmp_path / "paint-9.png").read_text() == "came meanwhile"


def test_a_copy_is_its_users_to_change(tmp_path: Path, source: Path) -> None:
    saved = SavedFiles(tmp_path).save(source, "paint", ".txt")
    saved.write_text("changed")
    assert source.read_text() == "content"


@pytest.mark.parametrize("suffix", ["./../x", ".a b", "." + "x" * 40, "..", ".é"])
def test_a_suffix_is_letters_and_digits(tmp_path: Path, source: Path, suffix: str) -> None:
    assert SavedFiles(tmp_path).save(source, "paint", suffix) == tmp_path / "paint-1"


def test_only_what_was_saved_here_is_known(tmp_path: Path, source: Path) -> None:
    saved = SavedFiles(tmp_path)
    path = saved.save(source, "paint", ".txt")
    assert saved.has(str(path))
    assert not saved.has(str(source))
    assert not SavedFiles(tmp_path).has(str(path))


def test_a_folder_that_cannot_be_is_a_sentence(source: Path) -> None:
    with pytest.raises(FileProblem, match=r"could not be saved in .*: "):
        SavedFiles(source / "below a file").save(source, "paint", ".txt")


def test_what_cannot_be_copied_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileProblem):
        SavedFiles(tmp_path).save(tmp_path / "missing", "paint", ".txt")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, source: Path) -> None:
    saved = SavedFiles(tmp_path / "out")
    with full_disk(room=3), pytest.raises(FileProblem, match=r"not be saved in .*: File too large"):
        saved.save(source, "paint", ".txt")
    assert list((tmp_path / "out").iterdir()) == []
    assert saved.save(source, "paint", ".txt").read_text() == "content"
