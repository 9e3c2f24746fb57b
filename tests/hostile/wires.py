"""Apps that break HTTP itself."""

import json
from collections.abc import Iterator
from itertools import repeat

from tests.hostile.origins import CONFIG, DATA, INFO, JOIN
from tests.hostile.scenario import Act, Scene, Wired, config_with
from tests.hostile.stage import Bytes
from tests.scripted_app import completed, minimal_app

WIRES = Act()

EVENT = f"data: {json.dumps(completed('event-1', ['hello']))}\n\n".encode()


def answer(
    body: bytes, *headers: str, kind: str = "application/json", length: bool = True
) -> Bytes:
    """An HTTP answer with these headers, too."""
    lines = ["HTTP/1.1 200 OK", f"content-type: {kind}", *headers]
    lines += [f"content-length: {len(body)}"] if length else []
    content = "\r\n".join([*lines, "connection: close", "", ""]).encode("latin-1") + body
    return lambda: iter([content])


def wired(answers: Wired) -> Wired:
    """The minimal app, with these answers."""
    config, info = minimal_app()
    usual = {
        CONFIG: answer(json.dumps(config).encode()),
        INFO: answer(json.dumps(info).encode()),
        JOIN: answer(b'{"event_id": "event-1"}'),
        DATA: answer(EVENT, kind="text/event-stream"),
    }
    return {**usual, **answers}


def config_in(*headers: str, length: bool = False) -> Wired:
    """Its configuration comes with these headers."""
    body = json.dumps(minimal_app()[0]).encode()
    return wired({CONFIG: answer(body, *headers, length=length)})


@WIRES(gives="hello")
def an_app_that_says_it_plainly(scene: Scene) -> Wired:
    return wired({})


@WIRES(error="broke off")
def a_length_that_is_too_long(scene: Scene) -> Wired:
    return config_in("content-length: 1000000")


@WIRES()
def a_length_that_is_too_short(scene: Scene) -> Wired:
    return config_in("content-length: 10")


@WIRES()
def a_length_that_is_negative(scene: Scene) -> Wired:
    return config_in("content-length: -1")


@WIRES()
def two_lengths(scene: Scene) -> Wired:
    return config_in("content-length: 10", "content-length: 1000")


@WIRES()
def a_length_beside_chunks(scene: Scene) -> Wired:
    return config_in("content-length: 10", "transfer-encoding: chunked")


@WIRES()
def a_chunk_of_exabytes(scene: Scene) -> Wired:
    head = answer(b"ffffffffffffffff\r\n{}", "transfer-encoding: chunked", length=False)
    return wired({CONFIG: head})


def endless(head: bytes, more: bytes, times: int) -> Bytes:
    def chunks() -> Iterator[bytes]:
        yield head
        yield from repeat(more, times)

    return chunks


@WIRES()
def headers_without_end(scene: Scene) -> Wired:
    lines = b"".join(b"x-%d: y\r\n" % number for number in range(5000))
    return wired({CONFIG: endless(b"HTTP/1.1 200 OK\r\n", lines, 2000)})


@WIRES()
def a_header_without_end(scene: Scene) -> Wired:
    return wired({CONFIG: endless(b"HTTP/1.1 200 OK\r\nx: ", b"y" * 100_000, 2000)})


@WIRES()
def a_chunk_extension_without_end(scene: Scene) -> Wired:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x="
    return wired({CONFIG: endless(head, b"y" * 100_000, 2000)})


@WIRES()
def answers_before_the_answer(scene: Scene) -> Wired:
    early = b"HTTP/1.1 103 Early Hints\r\nlink: <http://evil.example>\r\n\r\n"
    return wired({CONFIG: endless(early, early * 1000, 20)})


@WIRES()
def no_http_at_all(scene: Scene) -> Wired:
    return wired({CONFIG: endless(b"\x1b[2JSSH-2.0-evil\r\n", b"\0" * 1000, 10)})


@WIRES()
def a_status_with_odd_words(scene: Scene) -> Wired:
    return wired(
        {JOIN: endless(b"HTTP/1.1 500 \x1b[31mowned\r\ncontent-length: 0\r\n\r\n", b"", 0)}
    )


@WIRES()
def a_socket_that_is_none(scene: Scene) -> Wired:
    config = json.dumps(config_with(version="3.50.2", protocol="ws")).encode()
    switched = b"HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nsec-websocket-accept: no\r\n\r\n"
    return wired({CONFIG: answer(config), ("GET", "/queue/join"): lambda: iter([switched])})


@WIRES()
def a_call_with_an_answer_that_never_begins(scene: Scene) -> Wired:
    return wired({JOIN: lambda: iter([])})
