"""`data:` URIs in all their forms."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.files import data_uris
from space_tools.files.data_uris import parse_data_uri
from space_tools.files.problems import FileProblem


def content_of(text: str) -> bytes:
    return b"".join(parse_data_uri(text).chunks())


@pytest.mark.parametrize(
    ("text", "mime_type", "name", "content"),
    [
        ("data:,hi", "text/plain", "", b"hi"),
        ("data:text/plain,hi%20there%21", "text/plain", "", b"hi there!"),
        ("data:text/plain;charset=utf-8,%C3%BC", "text/plain", "", "ü".encode()),
        ("data:text/plain,ü", "text/plain", "", "ü".encode()),
        ("data:text/plain;name=subs.srt;base64,aGk=", "text/plain", "subs.srt", b"hi"),
        ("data:text/plain;base64,aGk", "text/plain", "", b"hi"),
        ("data:text/plain;name=a%20b%C3%BC.txt;base64,aGk=", "text/plain", "a bü.txt", b"hi"),
        ('data:text/plain;filename="a.txt";base64,aGk=', "text/plain", "a.txt", b"hi"),
        ("data:image/png;base64,aGk%3D", "image/png", "", b"hi"),
        ("data:IMAGE/PNG;BASE64,aG\nk =", "image/png", "", b"hi"),
        ("data:;base64,", "text/plain", "", b""),
        ("data:;base64,-_-_", "text/plain", "", b"\xfb\xff\xbf"),
        ("data:text/plain,a,b;base64,c", "text/plain", "", b"a,b;base64,c"),
        ("data:text/plain,100%", "text/plain", "", b"100%"),
    ],
)
def test_a_uri_is_read(text: str, mime_type: str, name: str, content: bytes) -> None:
    uri = parse_data_uri(text)
    assert (uri.mime_type, uri.name) == (mime_type, name)
    assert b"".join(uri.chunks()) == content


@pytest.mark.parametrize(
    "text",
    [
        "data:",
        "data:text/plain;base64",
        "data:;base64,a",
        "data:;base64,a===",
        "data:;base64,a!b=",
        "data:;base64,ü",
        "data:;base64,aGk=aGk=",
        "data:text/plain,\ud800",
        "data:" + "x" * 3000 + ",",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(FileProblem, match="data: URI"):
        content_of(text)


@given(st.binary(max_size=200), st.integers(1, 9))
def test_what_was_encoded_comes_back_however_it_is_cut(content: bytes, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(data_uris, "PIECE", piece)
        for encoded in (b64encode(content), urlsafe_b64encode(content)):
            assert content_of(f"data:a/b;base64,{encoded.decode()}") == content
            assert content_of(f"data:a/b;base64,{quote(encoded)}") == content
        assert content_of(f"data:a/b,{quote(content)}") == content
