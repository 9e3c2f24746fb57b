"""HTTP/1.1 as bytes: the head of a request, the head of an answer, and where its body ends.

Source: RFC 9112. What two readers could understand in two ways is refused, in either direction.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import httpcore2

RawHeaders = Sequence[tuple[bytes, bytes]]

_NAME = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_TEXT = rb"[^\x00-\x08\x0a-\x1f\x7f]*"
_TOKEN = re.compile(_NAME)
_TARGET = re.compile(rb"[\x21-\x7e]+")
_VALUE = re.compile(_TEXT)
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: (%b))?" % _TEXT)
_FIELD = re.compile(rb"(%b):(%b)" % (_NAME, _TEXT))
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;%b)?" % _TEXT)

Framing = int | Literal["chunked", "until closed"]
"""How a body ends: after so many bytes, with its last chunk, or with the connection."""


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with; names of headers in whatever case they came."""

    status: int
    reason: bytes
    headers: RawHeaders
    is_old: bool = False
    """Whether it is HTTP/1.0, which keeps no connection."""

    def values(self, name: bytes) -> list[bytes]:
        """The comma-separated values of all headers of that name, in lower case."""
        given = (value for each, value in self.headers if each.lower() == name)
        return [part.strip().lower() for value in given for part in value.split(b",")]

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow on the same connection."""
        return not self.is_old and b"close" not in self.values(b"connection")


def request_head(method: str, target: bytes, headers: RawHeaders) -> bytes:
    """The bytes that begin a request.

    Raises `httpcore2.LocalProtocolError`, which repeats none of it, for what cannot be sent.
    """
    verb = method.encode()
    _check(_TOKEN.fullmatch(verb) and _TARGET.fullmatch(target))
    lines = [b"%b %b HTTP/1.1" % (verb, target)]
    for name, value in headers:
        _check(_TOKEN.fullmatch(name) and _VALUE.fullmatch(value))
        lines.append(b"%b: %b" % (name, value))
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


def request_framing(headers: RawHeaders) -> int | Literal["chunked"]:
    """How the body of a request is to be sent. Raises `httpcore2.LocalProtocolError`."""
    framing: int | Literal["chunked"] = 0
    said = [
        (name.lower(), value)
        for name, value in headers
        if name.lower() in (b"content-length", b"transfer-encoding")
    ]
    _check(len(said) <= 1)
    for name, value in said:
        if name == b"transfer-encoding":
            _check(value.lower() == b"chunked")
            framing = "chunked"
        else:
            _check(_LENGTH.fullmatch(value))
            framing = int(value)
    return framing


def _check(allowed: object) -> None:
    if not allowed:
        raise httpcore2.LocalProtocolError("no such request can be sent")


def parse_head(raw: bytes) -> Head:
    """The head of an answer, up to the empty line. Raises `httpcore2.RemoteProtocolError`."""
    first, *lines = _FOLD.sub(b" ", raw).rstrip(b"\r\n").split(b"\n")
    status = _STATUS.fullmatch(first.removesuffix(b"\r"))
    if status is None:
        raise httpcore2.RemoteProtocolError("the answer begins with no status line")
    return Head(
        status=int(status[2]),
        reason=status[3] or b"",
        headers=list(_fields(lines)),
        is_old=status[1] == b"0",
    )


def _fields(lines: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    for line in lines:
        field = _FIELD.fullmatch(line.removesuffix(b"\r"))
        if field is None:
            raise httpcore2.RemoteProtocolError("the answer has a broken header")
        yield field[1], field[2].strip(b" \t")


def framing_of(method: str, head: Head) -> Framing:
    """How the body of an answer to a request with `method` ends.

    Raises `httpcore2.RemoteProtocolError` if the head says so in two ways, or in an unknown one.
    """
    if method == "HEAD" or head.status in (204, 304):
        return 0
    if head.status == 101:
        return "until closed"
    codings, lengths = head.values(b"transfer-encoding"), set(head.values(b"content-length"))
    if codings:
        if codings != [b"chunked"] or lengths:
            raise httpcore2.RemoteProtocolError("the answer is coded in a way that is not clear")
        return "chunked"
    if not lengths:
        return "until closed"
    length = _LENGTH.fullmatch(lengths.pop())
    if length is None or lengths:
        raise httpcore2.RemoteProtocolError("the answer has no clear length")
    return int(length[0])


def parse_chunk_size(line: bytes) -> int:
    """Bytes in the chunk that a line announces. Raises `httpcore2.RemoteProtocolError`."""
    size = _CHUNK.fullmatch(line.removesuffix(b"\n").removesuffix(b"\r"))
    if size is None:
        raise httpcore2.RemoteProtocolError("the answer has a broken chunk")
    return int(size[1], 16)
