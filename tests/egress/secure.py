"""Servers with TLS that keep what they are asked for, on whichever of loopback's addresses."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

NAME = "files.example"
"""The host that the certificate is for, beside `localhost`."""


def make_certificate(folder: Path) -> Path:
    """A certificate for `NAME` and `localhost`, signed by nobody, with its key in the same file."""
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:localhost"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    both.write_text(cert.read_text() + key.read_text())
    return both


@dataclass(slots=True)
class Asked:
    """What a server was asked: the first bytes of each connection, as far as they came."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)


Answer = Callable[[int], bytes]
"""What is answered to the request of that number, from 1; the connection ends after it."""


def answering(body: str) -> Answer:
    return lambda _: f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def redirecting(url: str, body: str) -> Answer:
    """The first time a redirect, and the body after that."""
    moved = f"HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n".encode()
    return lambda count: moved if count == 1 else answering(body)(count)


@asynccontextmanager
async def serving(
    answer: Answer, certificate: Path | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Asked]:
    """A server that ends each connection after one answer; with TLS if it has a certificate."""
    asked = Asked()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer(len(asked.heads)))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    tls = tls_of(certificate) if certificate else None
    async with await asyncio.start_server(talk, host, port, ssl=tls) as server:
        asked.port = server.sockets[0].getsockname()[1]
        yield asked


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@asynccontextmanager
async def proxying(to_port: int, refusal: bytes = b"") -> AsyncIterator[Asked]:
    """A proxy whose every tunnel leads to that port of loopback, whatever it is asked for.

    What is no tunnel it answers by itself; with a `refusal` it answers that to everything.
    """
    asked = Asked()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            asked.heads.append(head)
            if refusal or not head.startswith(b"CONNECT "):
                writer.write(refusal or answering("by the proxy")(1))
                return
            far = await asyncio.open_connection("127.0.0.1", to_port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_copy(reader, far[1]), _copy(far[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        asked.port = server.sockets[0].getsockname()[1]
        yield asked


@asynccontextmanager
async def socks_proxying(
    to_port: int, *, login: bytes = b"", code: int = 0, slowly: bool = False
) -> AsyncIterator[Asked]:
    """A SOCKS5 proxy whose every connection leads to that port of loopback; `code` is its answer.

    It wants a `login` (user and password, each behind its length), if there is one; `slowly`, its
    answer comes in pieces. What is kept
    of each connection is the address that it was to lead to.
    """
    asked = Asked()
    talks: list[asyncio.Task[None] | None] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        try:
            methods = await _counted(reader, 1)
            wanted = 2 if login else 0
            writer.write(bytes([5, wanted if wanted in methods else 255]))
            if login:
                given = await reader.readexactly(1 + len(login))
                writer.write(bytes([1, given[1:] != login]))
            asked.heads.append(await _socks_address(reader))
            if code:
                writer.write(bytes([5, code, 0, 1, 0, 0, 0, 0, 0, 0]))
                return
            far = await asyncio.open_connection("127.0.0.1", to_port)
            made = b"\x05\0\0\x03\x04name\0\0"
            for start in range(0, len(made), step := 3 if slowly else len(made)):
                writer.write(made[start : start + step])
                await asyncio.sleep(0.01)
            await asyncio.gather(_copy(reader, far[1]), _copy(far[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        asked.port = server.sockets[0].getsockname()[1]
        yield asked
        await asyncio.gather(*filter(None, talks))


async def _counted(reader: asyncio.StreamReader, skipped: int) -> bytes:
    await reader.readexactly(skipped)
    (length,) = await reader.readexactly(1)
    return await reader.readexactly(length)


async def _socks_address(reader: asyncio.StreamReader) -> bytes:
    """Its kind, the address and the port, as they came."""
    assert await reader.readexactly(3) == b"\x05\x01\x00"
    kind = await reader.readexactly(1)
    host = await (_counted(reader, 0) if kind == b"\x03" else reader.readexactly(kind[0] * 4))
    return kind + host + await reader.readexactly(2)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(65536):
        target.write(chunk)
        await target.drain()
    target.close()


@dataclass(slots=True)
class Names:
    """A resolver that gives these answers in turn, and then the last one again and again."""

    answers: Sequence[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]
