"""SOCKS5 proxies, for the Hub, apps and URL arguments."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpcore2
import pytest

from space_tools.egress.external import External
from space_tools.egress.http import Http, Profile
from space_tools.egress.socks import SocksConnector
from space_tools.errors import ConnectError
from tests.egress.secure import NAME, Asked, answering, serving, socks_proxying
from tests.gradio.leftovers import nothing_left_behind

LOGIN = b"\x04user\x04pass"
NAMED = b"\x03" + NAME.encode()


@pytest.fixture(autouse=True)
def trusting(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers' certificate is trusted, and no proxy of whoever runs the tests is."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def through(proxy: Asked, user: str = "") -> Http:
    """Connections that this proxy makes."""
    return Http(Profile(proxy=f"socks5://{user}127.0.0.1:{proxy.port}"))


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_an_app_is_reached_through_one_of_the_environment(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    async with (
        serving(answering("of the app"), certificate) as app,
        socks_proxying(app.port, slowly=True) as proxy,
    ):
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        async with Http() as http:
            reply = await http.request("GET", f"https://{NAME}/a", limit=100)
    assert reply.body == b"of the app"
    assert proxy.heads == [NAMED + (443).to_bytes(2, "big")]
    assert app.heads[0].startswith(b"GET /a HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", b"\x01\xc0\x00\x02\x01"),
        ("[2001:db8::1]", b"\x04\x20\x01\x0d\xb8" + b"\0" * 11 + b"\1"),
    ],
)
async def test_addresses_are_told_as_such(host: str, address: bytes) -> None:
    async with (
        serving(answering("here")) as app,
        socks_proxying(app.port) as proxy,
        through(proxy) as http,
    ):
        reply = await http.request("GET", f"http://{host}:81/", limit=100)
    assert reply.body == b"here"
    assert proxy.heads == [address + (81).to_bytes(2, "big")]


async def test_urls_are_fetched_through_the_one_that_was_chosen_for_them(certificate: Path) -> None:
    async with (
        serving(answering("tunnelled"), certificate) as server,
        socks_proxying(server.port, login=LOGIN) as proxy,
    ):
        chosen = f"socks5://user:pass@127.0.0.1:{proxy.port}"
        async with External(proxy=chosen) as external:
            async with external.get(f"https://{NAME}/a.txt") as answer:
                assert b"".join([chunk async for chunk in answer.chunks()]) == b"tunnelled"
            with pytest.raises(ConnectError, match="not a public address"):
                async with external.get("https://127.0.0.1/"):
                    pass
    assert len(proxy.heads) == 1


@pytest.mark.parametrize("user", ["user:wrong@", ""])
async def test_one_that_refuses_is_named_without_its_password(user: str) -> None:
    async with (
        nothing_left_behind(),
        serving(answering("never")) as app,
        socks_proxying(app.port, login=LOGIN) as proxy,
        through(proxy, user) as http,
    ):
        with pytest.raises(ConnectError) as raised:
            await http.request("GET", f"http://{NAME}/", limit=100)
    assert str(raised.value) == (
        f"cannot connect to http://{NAME} through the proxy socks5://127.0.0.1:{proxy.port}: "
        "it did not let the connection through"
    )
    assert app.heads == []


async def test_one_that_cannot_reach_the_host_is_named() -> None:
    async with socks_proxying(1, code=4) as proxy, through(proxy) as http:
        with pytest.raises(ConnectError, match="did not let the connection through"):
            await http.request("GET", f"http://{NAME}/", limit=100)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def check_refused(talk: Talk, error: type[Exception], host: str = NAME) -> None:
    """What a proxy that talks like this comes to, of which nothing is left."""
    async with nothing_left_behind(), await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(error):
            await SocksConnector("127.0.0.1", port).connect(host, 80, timeout=0.3)


@pytest.mark.parametrize("said", [b"", b"\x05", b"HTTP/1.1 400 Bad Request\r\n", b"\x05\x00\x05"])
async def test_what_is_no_such_proxy_is_an_error(said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read(3)
        writer.close()

    await check_refused(talk, httpcore2.ProxyError)


@pytest.mark.parametrize(
    ("said", "host", "error"),
    [
        (b"", NAME, httpcore2.ConnectTimeout),
        (b"\x05\x00", NAME, httpcore2.ConnectTimeout),
        (b"\x05\x00", "x" * 256, httpcore2.ProxyError),
    ],
)
async def test_silence_ends_and_what_it_cannot_be_told_is_refused(
    said: bytes, host: str, error: type[Exception]
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()
        writer.close()

    await check_refused(talk, error, host)
