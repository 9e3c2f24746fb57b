"""TLS connections are made to who they claim to be, or not at all."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from space_tools.egress import http as http_module
from space_tools.egress.http import Http
from space_tools.errors import ConfigurationError, ConnectError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret"


async def answer(stream: anyio.abc.ByteStream) -> None:
    async with stream:
        await stream.receive()
        await stream.send(ANSWER)


async def say_nothing(stream: anyio.abc.ByteStream) -> None:
    async with stream:
        await anyio.sleep_forever()


@asynccontextmanager
async def listening(
    talk: Callable[[anyio.abc.ByteStream], Awaitable[None]], certificate: Path | None
) -> AsyncIterator[int]:
    """A server on loopback, with TLS if it has a certificate; its port."""
    tcp = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = tcp.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610
    listener: anyio.abc.Listener[anyio.abc.ByteStream] = tcp
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        listener = anyio.streams.tls.TLSListener(tcp, context, standard_compatible=False)
    async with listener, anyio.create_task_group() as task_group:
        task_group.start_soon(listener.serve, talk)
        yield port
        task_group.cancel_scope.cancel()


async def test_a_certificate_that_nobody_signed_is_not_trusted(
    http: Http, certificate: Path
) -> None:
    async with listening(answer, certificate) as port:
        with pytest.raises(ConnectError, match="its TLS certificate is not trusted"):
            await http.request("GET", f"https://localhost:{port}/", limit=100)


async def test_a_certificate_that_the_user_trusts_is_taken(
    http: Http, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(answer, certificate) as port:
        reply = await http.request("GET", f"https://localhost:{port}/", limit=100)
    assert reply.body == b"secret"


async def test_a_certificate_of_another_name_is_not_trusted(
    http: Http, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(answer, certificate) as port:
        with pytest.raises(ConnectError, match="its TLS certificate is not trusted"):
            await http.request("GET", f"https://127.0.0.1:{port}/", limit=100)


async def test_a_server_without_tls_is_told_from_one_that_is_not_trusted(http: Http) -> None:
    async with listening(answer, None) as port:
        with pytest.raises(ConnectError, match="the TLS handshake failed"):
            await http.request("GET", f"https://localhost:{port}/", limit=100)


async def test_a_server_that_never_shakes_hands_did_not_answer_in_time(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "CONNECT_TIMEOUT", 0.2)
    async with listening(say_nothing, None) as port:
        with pytest.raises(ConnectError, match="it did not answer in time"):
            await http.request("GET", f"https://localhost:{port}/", limit=100)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file or directory"), ("no certificate", "there are none")],
)
async def test_certificates_that_cannot_be_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, words: str
) -> None:
    path = tmp_path / "certificates"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with Http() as http:
        with pytest.raises(ConfigurationError, match=f"SSL_CERT_FILE .* cannot be read: {words}"):
            await http.request("GET", "https://127.0.0.1:9/", limit=100)
