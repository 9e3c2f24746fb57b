"""URLs that a stranger named: anonymously, and to public addresses only."""

from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from space_tools.egress.addresses import Allowed, parse_allowed
from space_tools.egress.external import External
from space_tools.errors import ConnectError, TransferError
from tests.gradio.leftovers import nothing_left_behind
from tests.minimal_app import minimal_app
from tests.scripted_app import Answers, Script, scripted_app


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
