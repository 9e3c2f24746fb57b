"""URLs that a stranger named: anonymously, and to public addresses only."""

from collections.abc import AsyncIterator
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from space_tools.egress.addresses import Allowed, is_public, parse_allowed
from space_tools.egress.external import External
from space_tools.errors import ConfigurationError, ConnectError, TransferError
from tests.gradio.leftovers import nothing_left_behind
from tests.minimal_app import minimal_app
from tests.scripted_app import Answers, Script, scripted_app

REFUSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "64:ff9b::808:808",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:7f00:1",
    "ff02::1",
    "host.example",
    "",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.167.255.255", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_not_everybody_may_talk_to_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_fine(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    special = address.is_private, address.is_loopback, address.is_link_local, address.is_multicast
    if any(special) or address.is_reserved or address.is_unspecified:
        assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_clothes_is_never_public(address: IPv4Address) -> None:
    number = int(address)
    for disguise in (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112):
        assert not is_public(str(IPv6Address(disguise)))


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("files.intern", "files.intern"),
        ("Files.Intern.", "FILES.intern"),
        ("10.0.0.0/8", "10.200.3.4"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("fd00::/8", "fd12::1"),
        ("fc00::/7", "fd12::1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "Bücher.example"),
    ],
)
def test_an_exception_allows_what_it_names(text: str, host: str) -> None:
    assert parse_allowed([text]).has_host(host)
    assert not parse_allowed([text]).has_host("192.168.0.1")
    assert not parse_allowed([]).has_host(host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "http://host",
        "host:80",
        "a b",
        "user@host",
        "10.0.0.0/99",
        "*.intern",
        "a\\b",
        "[x]",
    ],
)
def test_an_exception_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="neither a host nor a network"):
        parse_allowed([text])


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/7", "2000::/3", "[::/6]"]
)
def test_an_exception_for_everybody_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="too wide for an exception"):
        parse_allowed([text])


@pytest.mark.parametrize("network", ["::/7", "::ffff:0:0/96"])
def test_no_exception_of_ipv6_is_one_for_ipv4(network: str) -> None:
    allowed = parse_allowed([network])
    assert allowed.has_address("::ffff:10.0.0.1") is False
    assert allowed.lets("host.example", ["10.0.0.1"]) is False


def test_an_exception_holds_for_each_address_of_a_host() -> None:
    allowed = parse_allowed(["10.0.0.0/8", "named.example"])
    assert allowed.lets("host.example", ["10.0.0.1", "8.8.8.8"])
    assert not allowed.lets("host.example", ["10.0.0.1", "192.168.0.1"])
    assert allowed.lets("named.example", ["192.168.0.1"])


@pytest.fixture
async def external() -> AsyncIterator[External]:
    """One whose operator allowed loopback, and nothing else."""
    async with nothing_left_behind(), External(parse_allowed(["127.0.0.1"])) as external:
        yield external


def serving(**paths: Answers | Response) -> Script:
    """A server that answers these paths, and `/a.txt`."""
    given = {**paths, "a.txt": PlainTextResponse("content")}
    routes = {
        ("GET", f"/{path}"): [answer] if isinstance(answer, Response) else answer
        for path, answer in given.items()
    }
    return Script(*minimal_app(), routes=routes)


async def fetch(external: External, url: str) -> bytes:
    async with external.get(url) as answer:
        return b"".join([chunk async for chunk in answer.chunks()])


async def test_an_allowed_host_is_asked_for_the_file_and_told_of_nobody(external: External) -> None:
    with scripted_app(serving()) as server:
        assert await fetch(external, f"{server.url}/a.txt") == b"content"
        [request] = server.requests
    assert set(request.headers) == {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001"])
async def test_this_machine_is_not_reached_under_any_of_its_names(host: str) -> None:
    with scripted_app(serving()) as server:
        async with External() as external:
            with pytest.raises(ConnectError, match="not at a public address"):
                await fetch(external, f"https://{host}:{server.port}/a.txt")
        assert server.requests == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://host.example/a.txt", "only https:// addresses are fetched"),
        ("ftp://host.example/a.txt", "not an http:// or https:// address"),
        ("https://user:secret@host.example/a", "must not carry a user name"),
        ("https://host%2eexample/a", "names no host"),
        ("https://[fe80::1%25eth0]/a", "names no host"),
        ("https:///a", "names no host"),
        ("https://name.invalid/a", "cannot be resolved"),
        ("https://127。0。0。1/a", "read in more than one way"),
        ("https://\uff11\uff12\uff17.0.0.1/a", "read in more than one way"),
        ("https://host.example\\@127.0.0.1/a", "must not carry a user name"),
        ("https://host.example\\.other/a", "names no host"),
        ("https://192.0.2.1/a", "not at a public address"),
        ("https://[::ffff:127.0.0.1]/a", "not at a public address"),
    ],
)
async def test_other_urls_are_refused_before_anything_is_sent(url: str, words: str) -> None:
    async with External() as external:
        with pytest.raises(ConnectError, match=words) as raised:
            await fetch(external, url)
    assert "secret" not in str(raised.value)


async def test_an_allowed_address_needs_no_name(external: External) -> None:
    with scripted_app(serving()) as server:
        with pytest.raises(ConnectError, match="only https"):
            await fetch(external, f"http://localhost:{server.port}/a.txt")
        named = Allowed(frozenset({"localhost"}))
        async with External(named) as other:
            assert await fetch(other, f"http://localhost:{server.port}/a.txt") == b"content"


async def test_redirects_are_followed_three_times(external: External) -> None:
    hops = {str(n): RedirectResponse(f"/{n + 1}") for n in range(1, 3)}
    with scripted_app(serving(**hops, **{"3": RedirectResponse("/a.txt")})) as server:
        assert await fetch(external, f"{server.url}/1") == b"content"
        assert len(server.requests) == 4
        server.requests.clear()
    with scripted_app(serving(again=RedirectResponse("/again"))) as server:
        with pytest.raises(TransferError, match="redirected more than 3 times"):
            await fetch(external, f"{server.url}/again")
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/a.txt",
        "https://localhost:{port}/a.txt",
        "https://169.254.169.254/latest",
        "//localhost:{port}/a.txt",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.1:{port}/a.txt",
        "http://127.0.0.1:{port}\\@localhost/a.txt",
        "gopher://127.0.0.1:{port}/a.txt",
    ],
)
async def test_a_redirect_leads_nowhere_that_a_url_would_not(
    external: External, target: str
) -> None:
    def redirect(_: object) -> Response:
        return RedirectResponse(target.format(port=server.port))

    with scripted_app(serving(away=redirect)) as server:
        with pytest.raises(ConnectError):
            await fetch(external, f"{server.url}/away")
        assert [request.path for request in server.requests] == ["/away"]


@pytest.mark.parametrize("status", [204, 302, 401, 404, 500])
async def test_what_is_not_the_file_is_an_error(external: External, status: int) -> None:
    script = serving(gone=Response(status_code=status))
    with scripted_app(script) as server, pytest.raises(TransferError):
        await fetch(external, f"{server.url}/gone")
