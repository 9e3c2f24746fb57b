"""What kind of file it is: by its beginning, then its name, and only then by anyone's word."""

from io import BytesIO

import pytest
from PIL import Image

from space_tools.files.kinds import HEAD, UNKNOWN, is_text, kind_of, suffix_of
from space_tools.files.problems import size_words
from tests.gradio_server import APPS

ASSETS = {
    "red.png": "image/png",
    "blue image.png": "image/png",
    "beep.wav": "audio/wav",
    "clip.mp4": "video/mp4",
    "a.txt": "text/plain",
    "data.csv": "text/csv",
    "tri.obj": "model/obj",
}


@pytest.mark.parametrize("name", ASSETS)
def test_real_files_are_known(name: str) -> None:
    head = (APPS / "assets" / name).read_bytes()[:HEAD]
    assert kind_of(head, name, "application/x-lie") == ASSETS[name]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_pictures_are_known_without_a_name(kind: str) -> None:
    file = BytesIO()
    Image.new("RGB", (3, 3)).save(file, kind)
    assert kind_of(file.getvalue()[:HEAD], "", "") == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    ("head", "name", "claimed", "kind"),
    [
        (b"<html>", "a.png", "image/png", UNKNOWN),
        (b"<html>", "", "image/png", UNKNOWN),
        (b"<html>", "a.html", "image/png", "text/html"),
        (b"<svg", "a.svg", "", "image/svg+xml"),
        (b"\x89PNG\r\n\x1a\n", "a.html", "text/html", "image/png"),
        (b"PK\x03\x04", "a.zip", "", "application/zip"),
        (b"PK\x03\x04", "a", "", "application/zip"),
        (
            b"PK\x03\x04",
            "a.xlsx",
            "",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (b"\x1f\x8b", "a.tar.gz", "", "application/gzip"),
        (b"OggS", "a.ogg", "", "audio/ogg"),
        (b"\x1a\x45\xdf\xa3", "a", "", "video/webm"),
        (b"", "", "text/plain; charset=utf-8", "text/plain"),
        (b"", "", "TEXT/CSV", "text/csv"),
        (b"", "", "no type", UNKNOWN),
        (b"", "", "a/b\r\nx: y", UNKNOWN),
        (b"{}", "a.json", "", "application/json"),
        (b"x", "a.b/../c", "", UNKNOWN),
    ],
)
def test_beginnings_and_names_count_more_than_words(
    head: bytes, name: str, claimed: str, kind: str
) -> None:
    assert kind_of(head, name, claimed) == kind


def test_kinds_have_suffixes() -> None:
    kinds = ["image/png", "image/jpeg", "audio/wav", "video/mp4", "text/plain; charset=utf-8"]
    assert [suffix_of(kind) for kind in kinds] == [".png", ".jpg", ".wav", ".mp4", ".txt"]
    assert suffix_of(UNKNOWN) == suffix_of("a/b") == ""


def test_text_is_known() -> None:
    assert all(map(is_text, ["text/csv", "application/json", "image/svg+xml", "model/gltf+json"]))
    assert not any(map(is_text, ["image/png", UNKNOWN, "application/pdf"]))


def test_sizes_are_told_as_people_read_them() -> None:
    sizes = [0, 1000, 1024, 1536, 512 * 1024, 4 * 1024**3, 5 * 1024**4]
    assert [size_words(size) for size in sizes] == [
        *("0 bytes", "1000 bytes", "1 KB", "1.5 KB", "512 KB", "4 GB", "5120 GB"),
    ]
