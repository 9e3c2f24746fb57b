"""Heads and bodies, as h11 reads and writes them, however they are cut on their way."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import h11
import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.egress import incoming
from space_tools.egress.incoming import Incoming
from space_tools.egress.wire import (
    Head,
    framing_of,
    parse_chunk_size,
    parse_head,
    request_framing,
    request_head,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz-ABC0123456789"
names = st.text(LETTERS, min_size=1, max_size=12).map(lambda name: f"x-{name}".encode())
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20).map(str.encode)
fields = st.lists(st.tuples(names, values), max_size=6)


@given(fields)
def test_h11_reads_the_request_that_was_written(headers: list[tuple[bytes, bytes]]) -> None:
    reader = h11.Connection(h11.SERVER)
    headers = [(b"Host", b"here"), *headers]
    reader.receive_data(request_head("POST", b"/a?b=%20", headers))
    request = reader.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (b"POST", b"/a?b=%20")
    assert request.headers.raw_items() == headers


@given(st.binary(max_size=12), st.binary(max_size=12), st.binary(max_size=12))
def test_nothing_that_is_sent_is_more_than_it_was_given_as(
    target: bytes, name: bytes, value: bytes
) -> None:
    try:
        head = request_head("GET", target, [(name, value)])
    except httpcore2.LocalProtocolError:
        return
    assert head.count(b"\n") == head.count(b"\r") == 3
    assert head.split(b"\r\n") == [b"GET %b HTTP/1.1" % target, b"%b: %b" % (name, value), b"", b""]


@pytest.mark.parametrize("value", [b"a\r\nx: y", b"a\nb", b"a\0", b"a\rb", b"a\x7f"])
def test_a_value_that_is_more_than_one_is_not_sent(value: bytes) -> None:
    with pytest.raises(httpcore2.LocalProtocolError) as raised:
        request_head("GET", b"/", [(b"x", value)])
    assert str(raised.value) == "no such request can be sent"


@pytest.mark.parametrize(
    ("headers", "framing"),
    [
        ([], 0),
        ([(b"Content-Length", b"12")], 12),
        ([(b"transfer-encoding", b"chunked")], "chunked"),
        ([(b"content-length", b"1"), (b"Content-Length", b"1")], None),
        ([(b"content-length", b"1"), (b"transfer-encoding", b"chunked")], None),
        ([(b"content-length", b"-1")], None),
        ([(b"transfer-encoding", b"gzip")], None),
    ],
)
def test_a_request_says_in_one_way_where_it_ends(
    headers: list[tuple[bytes, bytes]], framing: object
) -> None:
    if framing is None:
        with pytest.raises(httpcore2.LocalProtocolError):
            request_framing(headers)
    else:
        assert request_framing(headers) == framing


@given(st.integers(200, 599), fields, st.sampled_from([b"", b"OK", b"Not Found"]))
def test_a_head_is_read_as_h11_wrote_it(
    status: int, headers: list[tuple[bytes, bytes]], reason: bytes
) -> None:
    writer = h11.Connection(h11.SERVER)
    writer.receive_data(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    writer.next_event()
    said = [*headers, (b"Content-Length", b"0")]
    raw = writer.send(h11.Response(status_code=status, headers=said, reason=reason))
    assert raw is not None
    head = parse_head(raw)
    assert (head.status, head.reason) == (status, reason)
    assert list(head.headers) == said
    assert head.keeps_connection


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200\n",
        b"HTTP/1.1 200 OK\r\nA: b",
        b"HTTP/1.1 200 OK\nA: b\n",
        b"HTTP/1.0 200 OK\r\nA:\t b \t",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c",
    ],
)
def test_heads_that_are_allowed(raw: bytes) -> None:
    if not raw:
        with pytest.raises(httpcore2.RemoteProtocolError):
            parse_head(raw)
        return
    head = parse_head(raw + b"\r\n\r\n")
    assert head.status == 200
    assert list(head.headers) in ([], [(b"A", b"b")], [(b"A", b"b c")])


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/2 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 099 OK",
        b"HTTP/1.1  200 OK",
        b" HTTP/1.1 200 OK",
        b"ICY 200 OK",
        b"HTTP/1.1 200 OK\r\nno colon",
        b"HTTP/1.1 200 OK\r\nA : b",
        b"HTTP/1.1 200 OK\r\n: b",
        b"HTTP/1.1 200 OK\r\nA: b\0c",
        b"HTTP/1.1 200 OK\r\nA: b\rc: d",
        b"HTTP/1.1 200 OK\r\nA: b\x0bc",
    ],
)
def test_heads_that_are_not(raw: bytes) -> None:
    with pytest.raises(httpcore2.RemoteProtocolError):
        parse_head(raw + b"\r\n\r\n")


@given(st.binary(max_size=60))
def test_whatever_begins_a_head_is_one_or_an_error(said: bytes) -> None:
    try:
        head = parse_head(b"HTTP/1.1 200 OK\r\n" + said)
    except httpcore2.RemoteProtocolError:
        return
    assert all(b"\n" not in name + value for name, value in head.headers)


def _head(*headers: tuple[bytes, bytes], status: int = 200) -> Head:
    return Head(status, b"", headers)


@pytest.mark.parametrize(
    ("method", "head", "framing"),
    [
        ("GET", _head((b"Content-Length", b"5")), 5),
        ("GET", _head((b"content-length", b"5, 5"), (b"Content-length", b"5")), 5),
        ("GET", _head((b"Transfer-Encoding", b"Chunked")), "chunked"),
        ("GET", _head(), "until closed"),
        ("HEAD", _head((b"content-length", b"5")), 0),
        ("GET", _head((b"content-length", b"5"), status=204), 0),
        ("GET", _head((b"transfer-encoding", b"chunked"), status=304), 0),
        ("GET", _head(status=101), "until closed"),
        ("GET", _head((b"content-length", b"5"), (b"content-length", b"6")), None),
        ("GET", _head((b"content-length", b"+5")), None),
        ("GET", _head((b"content-length", b"")), None),
        ("GET", _head((b"content-length", b"9" * 19)), None),
        ("GET", _head((b"transfer-encoding", b"gzip, chunked")), None),
        ("GET", _head((b"transfer-encoding", b"identity")), None),
        ("GET", _head((b"transfer-encoding", b"chunked"), (b"content-length", b"5")), None),
    ],
)
def test_an_answer_says_in_one_way_where_it_ends(method: str, head: Head, framing: object) -> None:
    if framing is None:
        with pytest.raises(httpcore2.RemoteProtocolError):
            framing_of(method, head)
    else:
        assert framing_of(method, head) == framing


@pytest.mark.parametrize(
    ("line", "size"),
    [(b"0\r\n", 0), (b"1aF\r\n", 0x1AF), (b"5;a=b\r\n", 5), (b"5 \t;a\n", 5), (b"5\n", 5)],
)
def test_sizes_of_chunks(line: bytes, size: int) -> None:
    assert parse_chunk_size(line) == size


@pytest.mark.parametrize(
    "line", [b"\r\n", b"-1\r\n", b"0x5\r\n", b" 5\r\n", b"5 6\r\n", b"f" * 16 + b"\r\n", b"5;\0\n"]
)
def test_what_is_no_size_of_a_chunk(line: bytes) -> None:
    with pytest.raises(httpcore2.RemoteProtocolError):
        parse_chunk_size(line)


class Pieces:
    """A connection on which these pieces come in, and then nothing."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def cut(raw: bytes, places: list[int]) -> Any:
    ends = sorted({min(place, len(raw)) for place in places} | {0, len(raw)})
    return Pieces([raw[start:end] for start, end in pairwise(ends)])


def now(coroutine: Awaitable[Any]) -> Any:
    """Runs what never has to wait."""
    try:
        coroutine.__await__().send(None)  # type: ignore[attr-defined]
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.lists(st.integers(0, 400)))
def test_chunks_come_out_as_they_were_however_they_are_cut(
    chunks: list[bytes], places: list[int]
) -> None:
    coded = b"".join(b"%X;x=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    source = Incoming(cut(coded + b"0\r\nTrailer: x\r\n\r\nNEXT", places))
    got = []
    while size := now(source.chunk_size(first=not got)):
        chunk = b""
        while len(chunk) < size:
            chunk += now(source.some(size - len(chunk)))
        got.append(chunk)
    assert got == chunks
    rest = source.rest()
    while more := now(source.some(100)):
        rest += more
    assert (rest, source.is_empty) == (b"NEXT", True)


@given(st.lists(st.integers(0, 120), max_size=20))
def test_a_head_is_found_however_it_is_cut(places: list[int]) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    source = Incoming(cut(interim + b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", places))
    head = now(source.head())
    assert (head.status, head.headers) == (200, [(b"A", b"b")])
    body = b""
    while piece := now(source.some(3)):
        body += piece
    assert body == b"body"


ENDLESS: dict[str, tuple[bytes, Callable[[Incoming], Awaitable[object]]]] = {
    "a head": (b"x" * 1000, lambda source: source.head()),
    "interim heads": (b"HTTP/1.1 100 Continue\r\n\r\n", lambda source: source.head()),
    "a size": (b"0" * 1000, lambda source: source.chunk_size(first=True)),
    "trailers": (b"0\r\n" + b"a: b\r\n" * 100, lambda source: source.chunk_size(first=True)),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_does_not_end_is_given_up(what: str) -> None:
    piece, reading = ENDLESS[what]

    class Endless:
        served = 0

        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            self.served += 1
            return piece if self.served == 1 or what != "trailers" else b"a: b\r\n" * 100

    endless: Any = Endless()
    with pytest.raises(httpcore2.RemoteProtocolError, match=r"end|begin|broken"):
        now(reading(Incoming(endless)))
    assert endless.served * len(piece) < 3 * incoming.LONGEST_HEAD
