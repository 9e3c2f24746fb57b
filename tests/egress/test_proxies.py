"""Proxies of the environment go for the Hub and apps; URL arguments take one of their own."""

from pathlib import Path

import pytest

from space_tools.egress.addresses import parse_allowed
from space_tools.egress.external import External
from space_tools.egress.http import Http
from space_tools.egress.proxies import Proxies
from space_tools.errors import ConfigurationError, ConnectError, SpaceToolsError
from tests.egress.secure import NAME, Names, answering, proxying, serving

PROXY = "http://proxy.example:3128"
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def environment(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of whoever runs the tests; and the servers' certificate is trusted."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.parametrize(
    ("variables", "scheme", "proxy"),
    [
        ({}, "https", None),
        ({"HTTPS_PROXY": PROXY}, "https", PROXY),
        ({"https_proxy": PROXY}, "https", PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, "https", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http", None),
        ({"HTTP_PROXY": PROXY}, "http", PROXY),
        ({"HTTP_PROXY": PROXY}, "https", None),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http", None),
        ({"ALL_PROXY": PROXY}, "http", PROXY),
        ({"ALL_PROXY": PROXY}, "https", PROXY),
        ({"ALL_PROXY": "http://other", "HTTPS_PROXY": PROXY}, "https", PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "https", PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "owner-name.hf.space"}, "https", None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "a.example, .hf.space"}, "https", None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "*"}, "https", None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "Owner-Name.HF.space"}, "https", None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "hf.space.example,space"}, "https", None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "f.space,me.hf.space,,"}, "https", PROXY),
    ],
)
def test_the_environment_names_a_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], scheme: str, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Proxies.of_environment().find(scheme, "owner-name.hf.space", 443) == proxy


@pytest.mark.parametrize(
    ("entries", "host", "port", "direct"),
    [
        ("host.example", "host.example", 80, True),
        ("Host.Example", "HOST.example", 80, True),
        ("host.example", "below.host.example", 80, True),
        ("*.host.example", "below.host.example", 80, True),
        (".host.example", "host.example", 80, True),
        ("host.example", "another-host.example", 80, False),
        ("host.example:80", "host.example", 80, True),
        ("host.example:80", "host.example", 81, False),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("10.9.9.9/8", "10.1.2.3", 80, True),
        ("10.1.2.3", "10.1.2.3", 80, True),
        ("fd00::/8", "fd00::1", 80, True),
        ("[fd00::1]", "fd00::1", 80, True),
        ("10.0.0.0/8", "ten.example", 80, False),
        ("", "host.example", 80, False),
        (":80", "host.example", 80, False),
        ("*", "host.example", 80, True),
        ("other", "localhost", 80, True),
        ("other", "127.0.0.1", 80, True),
        ("other", "127.9.9.9", 80, True),
        ("other", "::1", 80, True),
    ],
)
def test_exceptions_and_this_machine_are_reached_directly(
    entries: str, host: str, port: int, direct: bool
) -> None:
    proxies = Proxies(PROXY, PROXY, tuple(entries.lower().split()))
    assert proxies.find("http", host, port) == (None if direct else PROXY)


async def test_an_app_is_reached_through_the_proxy(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answering("of the app"), certificate) as app, proxying(app.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with Http() as http:
            # Names that only the proxy knows the way to.
            reply = await http.request("GET", f"https://{NAME}/a", limit=100)
            assert reply.body == b"of the app"
            reply = await http.request("GET", "http://app.invalid/b", limit=100)
            assert reply.body == b"by the proxy"
    tunnel, plain = proxy.heads
    assert tunnel.startswith(f"CONNECT {NAME}:443 HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in tunnel
    assert plain.startswith(b"GET http://app.invalid/b HTTP/1.1\r\n")
    assert app.heads[0].startswith(b"GET /a HTTP/1.1\r\n")
    assert b"roxy-" not in app.heads[0]


async def test_this_machine_is_never_reached_through_one(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answering("direct"), certificate) as app, proxying(app.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with Http() as http:
            reply = await http.request("GET", f"https://localhost:{app.port}/", limit=100)
        assert (reply.body, proxy.heads) == (b"direct", [])


async def test_a_proxy_that_refuses_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
    async with proxying(1, refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        async with Http() as http:
            with pytest.raises(ConnectError) as raised:
                await http.request("GET", f"https://{NAME}/", limit=100)
    assert str(raised.value) == (
        f"cannot connect to https://{NAME} through the proxy http://127.0.0.1:{proxy.port}: "
        "it did not let the connection through"
    )


@pytest.mark.parametrize("named", ["ftp://user:secret@host", "http://", "socks4://h"])
async def test_what_is_no_proxy_is_said_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", named)
    async with Http() as http, serving(answering("direct")) as app:
        with pytest.raises(SpaceToolsError, match="HTTPS_PROXY, HTTP_PROXY or ALL_PROXY") as raised:
            await http.request("GET", "https://host.example/", limit=100)
        assert "secret" not in str(raised.value)
        reply = await http.request("GET", f"http://127.0.0.1:{app.port}/", limit=100)
        assert reply.body == b"direct"


async def fetch(external: External, url: str) -> bytes:
    async with external.get(url) as answer:
        return b"".join([chunk async for chunk in answer.chunks()])


async def test_urls_take_no_proxy_from_the_environment(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answering("direct"), certificate) as server, proxying(1) as proxy:
        for name in VARIABLES[:3]:
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        allowed = parse_allowed(["127.0.0.1"])
        async with External(allowed, resolve=Names([["127.0.0.1"]])) as external:
            assert await fetch(external, f"https://{NAME}:{server.port}/") == b"direct"
        assert proxy.heads == []


async def test_urls_are_fetched_through_the_one_that_was_chosen_for_them(certificate: Path) -> None:
    names = Names([])  # of which it is not asked for one
    async with (
        serving(answering("tunnelled"), certificate) as server,
        proxying(server.port) as proxy,
    ):
        chosen = f"http://user:pass@127.0.0.1:{proxy.port}"
        async with External(proxy=chosen, resolve=names) as external:
            assert await fetch(external, f"https://{NAME}/a.txt") == b"tunnelled"
    assert names.asked == []
    assert proxy.heads[0].startswith(f"CONNECT {NAME}:443 HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:1.1.1.1]",
    ],
)
async def test_a_proxy_is_not_asked_for_what_is_plainly_private(host: str) -> None:
    async with proxying(1) as proxy, External(proxy=f"http://127.0.0.1:{proxy.port}") as external:
        with pytest.raises(ConnectError, match="not a public address"):
            await fetch(external, f"https://{host}/")
        assert proxy.heads == []


async def test_a_proxy_is_not_asked_for_plain_http_either() -> None:
    async with proxying(1) as proxy, External(proxy=f"http://127.0.0.1:{proxy.port}") as external:
        with pytest.raises(ConnectError, match="only https"):
            await fetch(external, "http://host.example/")
        assert proxy.heads == []


@pytest.mark.parametrize("proxy", ["ftp://user:secret@host", "host", "http://"])
def test_a_chosen_proxy_that_is_none_is_refused(proxy: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be fetched through this proxy") as raised:
        External(proxy=proxy)
    assert "secret" not in str(raised.value)
