"""A name that leads elsewhere the next time it is asked for, over real connections.

The other address has a server with a certificate that would do: nothing but the policy keeps
anybody from it. Only the resolver is ours.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from space_tools.egress import connector as connector_module
from space_tools.egress import http as http_module
from space_tools.egress.addresses import parse_allowed
from space_tools.egress.external import External
from space_tools.errors import ConnectError
from tests.egress.secure import NAME, Answer, Asked, Names, answering, redirecting, serving
from tests.gradio.leftovers import nothing_left_behind

FRIEND, VICTIM, NOBODY = "127.0.0.1", "127.0.0.2", "127.0.0.3"
"""What the operator allowed, and not, and where nobody listens, which was allowed too."""


@dataclass(slots=True)
class Machines:
    """Two servers at the same port."""

    friend: Asked
    victim: Asked

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.friend.port}/a.txt"


@pytest.fixture(autouse=True)
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.fixture
async def machines(certificate: Path, request: pytest.FixtureRequest) -> AsyncIterator[Machines]:
    """The friend answers as the test says, or with "fine"."""
    answer: Answer = getattr(request, "param", answering("fine"))
    async with (
        serving(answer, certificate, host=FRIEND) as friend,
        serving(answering("secret"), certificate, host=VICTIM, port=friend.port) as victim,
    ):
        yield Machines(friend, victim)


async def fetch(external: External, url: str) -> bytes:
    async with external.get(url) as answer:
        return b"".join([chunk async for chunk in answer.chunks()])


def external_with(*answers: list[str]) -> tuple[External, Names]:
    names = Names(answers)
    return External(parse_allowed([FRIEND, NOBODY]), resolve=names), names


async def test_the_answer_that_was_checked_is_the_one_that_is_connected_to(
    machines: Machines,
) -> None:
    external, names = external_with([FRIEND], [VICTIM])
    async with nothing_left_behind(), external:
        assert await fetch(external, machines.url) == b"fine"
    assert names.asked == [NAME]
    assert machines.victim.heads == []


async def test_the_next_connection_is_checked_again(machines: Machines) -> None:
    external, names = external_with([FRIEND], [VICTIM])
    async with nothing_left_behind(), external:
        assert await fetch(external, machines.url) == b"fine"
        with pytest.raises(ConnectError, match="not at a public address"):
            await fetch(external, machines.url)
    assert names.asked == [NAME, NAME]
    assert machines.victim.heads == []


async def test_a_redirect_to_the_same_name_is_checked_again(certificate: Path) -> None:
    async with serving(redirecting("/again", "fine"), certificate) as friend:
        url = f"https://{NAME}:{friend.port}/a.txt"
        external, _ = external_with([FRIEND])
        async with external:
            assert await fetch(external, url) == b"fine"
    async with (
        serving(redirecting("/again", "fine"), certificate) as friend,
        serving(answering("secret"), certificate, host=VICTIM, port=friend.port) as victim,
    ):
        external, _ = external_with([FRIEND], [VICTIM])
        async with nothing_left_behind(), external:
            with pytest.raises(ConnectError, match="not at a public address"):
                await fetch(external, f"https://{NAME}:{friend.port}/a.txt")
        assert (len(friend.heads), victim.heads) == (1, [])


@pytest.mark.parametrize("answers", [[FRIEND, VICTIM], [VICTIM, FRIEND], [VICTIM], ["::1", FRIEND]])
async def test_one_answer_of_many_that_may_not_be_refuses_them_all(
    machines: Machines, answers: list[str]
) -> None:
    external, _ = external_with(answers)
    async with nothing_left_behind(), external:
        with pytest.raises(ConnectError, match="not at a public address"):
            await fetch(external, machines.url)
    assert machines.friend.heads == machines.victim.heads == []


async def test_whoever_else_answers_is_told_nothing(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if something on the way led connections elsewhere."""
    led: list[str] = []
    connect = connector_module._open

    async def elsewhere(host: str, port: int) -> object:
        led.append(host)
        return await connect(VICTIM, port)

    monkeypatch.setattr(connector_module, "_open", elsewhere)
    external, _ = external_with([FRIEND])
    async with nothing_left_behind(), external:
        with pytest.raises(ConnectError, match="not answered from the address that was checked"):
            await fetch(external, machines.url)
    assert led == [FRIEND]
    assert machines.victim.heads == []


async def test_an_address_that_does_not_answer_leaves_it_to_the_next(machines: Machines) -> None:
    external, names = external_with([NOBODY, FRIEND, FRIEND])
    async with nothing_left_behind(), external:
        assert await fetch(external, machines.url) == b"fine"
    assert names.asked == [NAME]


async def test_addresses_without_an_answer_are_an_error(machines: Machines) -> None:
    external, _ = external_with([NOBODY])
    async with nothing_left_behind(), external:
        with pytest.raises(ConnectError, match="nothing is listening there"):
            await fetch(external, machines.url)


async def test_many_addresses_take_no_longer_than_one(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if packets to them were dropped."""
    tried: list[str] = []

    async def silence(host: str, port: int) -> object:
        tried.append(host)
        return await asyncio.Future()

    monkeypatch.setattr(connector_module, "_open", silence)
    monkeypatch.setattr(http_module, "CONNECT_TIMEOUT", 0.5)
    many = [f"203.1.113.{n}" for n in range(1, 201)]
    external, _ = external_with(many)
    with anyio.fail_after(30):  # 100 s, were each of them given all the time there is
        async with nothing_left_behind(), external:
            with pytest.raises(ConnectError, match="did not answer in time"):
                await fetch(external, machines.url)
    assert tried == many


@pytest.mark.parametrize(
    "error", [OSError("no name server"), UnicodeError("no label"), TimeoutError()]
)
async def test_a_name_that_leads_nowhere_is_an_error(machines: Machines, error: Exception) -> None:
    async def fail(host: str, port: int) -> list[str]:
        raise error

    async with External(resolve=fail) as external:
        with pytest.raises(ConnectError, match="cannot be resolved"):
            await fetch(external, machines.url)


async def test_a_name_server_that_is_silent_is_given_up(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silence(host: str, port: int) -> list[str]:
        return await asyncio.Future()

    monkeypatch.setattr(http_module, "CONNECT_TIMEOUT", 0.1)
    async with External(resolve=silence) as external:
        with anyio.fail_after(30), pytest.raises(ConnectError, match="cannot be resolved"):
            await fetch(external, machines.url)
