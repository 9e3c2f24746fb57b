"""A configuration file is replaced whole, and what it was is kept."""

import os
from pathlib import Path

import pytest

from space_tools.errors import SpaceToolsError
from space_tools.installing.files import Change, read, write


def change(path: Path, after: bytes) -> Path | None:
    return write(Change(path, read(path), after))


def test_a_new_file_is_made_with_its_folders_and_needs_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "mcp.json"
    assert change(path, b"{}") is None
    assert path.read_bytes() == b"{}"
    assert [file.name for file in path.parent.iterdir()] == ["mcp.json"]
    mask = os.umask(0o022)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_mode_stays_and_the_backup_is_as_private(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"secret = 1\n")
    path.chmod(0o600)
    backup = change(path, b"secret = 2\n")
    assert backup == tmp_path / "config.toml.space-tools-backup"
    assert (path.stat().st_mode & 0o777, backup.stat().st_mode & 0o777) == (0o600, 0o600)
    assert (path.read_bytes(), backup.read_bytes()) == (b"secret = 2\n", b"secret = 1\n")


def test_an_older_backup_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_bytes(b"one")
    names = [change(path, after) for after in (b"two", b"three", b"one", b"four")]
    assert [backup and backup.name for backup in names] == [
        "mcp.json.space-tools-backup",
        "mcp.json.space-tools-backup.2",
        "mcp.json.space-tools-backup.3",
        "mcp.json.space-tools-backup",  # which has the same in it
    ]
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert kept == {
        "mcp.json": b"four",
        "mcp.json.space-tools-backup": b"one",
        "mcp.json.space-tools-backup.2": b"two",
        "mcp.json.space-tools-backup.3": b"three",
    }


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "cursor.json"
    target.parent.mkdir()
    target.write_bytes(b"before")
    link = tmp_path / "mcp.json"
    link.symlink_to("dotfiles/cursor.json")
    backup = change(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
    assert backup == target.with_name("cursor.json.space-tools-backup")

    dangling = tmp_path / "dangling.json"
    dangling.symlink_to("elsewhere/new.json")
    assert change(dangling, b"new") is None
    assert (tmp_path / "elsewhere" / "new.json").read_bytes() == b"new"


def test_a_file_that_changed_meanwhile_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_bytes(b"read")
    planned = Change(path, read(path), b"mine")
    path.write_bytes(b"theirs")
    with pytest.raises(SpaceToolsError, match="has changed meanwhile and was not touched"):
        write(planned)
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpaceToolsError, match="cannot be"):
        write(Change(tmp_path / "file" / "mcp.json", None, b"{}"))
