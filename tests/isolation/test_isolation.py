"""Fifty users of one server at once, who try to meet, and never do."""

import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import httpx2
import pytest

from tests.gradio_server import RunningApp, run_app
from tests.isolation.by_hand import ByHand, web_client
from tests.isolation.recorded import Note, heartbeats, notes_of, sessions_of, wrong_tokens
from tests.isolation.users import Commons, User, live
from tests.server.http_server import HttpServer, http_server
from tests.stand_in_hub import StandInHub

USERS = 50
DEEDS = 160
"""What each does; some of it takes several operations."""

SEED = 20260728


@pytest.fixture(scope="module")
def apps() -> Iterator[list[RunningApp]]:
    """Two apps that tell what reached them."""
    with run_app("recording_app") as one, run_app("recording_app") as two:
        yield [one, two]


@pytest.fixture
async def server(apps: list[RunningApp], hub: StandInHub) -> AsyncIterator[HttpServer]:
    """Serves both, which are trusted with tokens, to users of the Hub."""
    options = ["--auth", "hf"]
    for alias, app in zip(("one", "two"), apps, strict=True):
        options += ["--space", f"{alias}={app.url}", "--trust-host", f"127.0.0.1:{app.port}"]
    async with http_server(*options, env={"HF_ENDPOINT": hub.url}) as server:
        yield server


def tokens_of(number: int) -> list[tuple[str, str | None]]:
    """What a user sends at first, and what later: some change one token, some the other."""
    hub, ip = f"hf_u{number:02}_first", None if number % 3 == 0 else f"ip_u{number:02}_first"
    later_hub = f"hf_u{number:02}_later" if number % 5 == 0 else hub
    later_ip = f"ip_u{number:02}_later" if number % 3 == 1 else ip
    return [(hub, ip), (later_hub, later_ip)]


def is_modern(number: int) -> bool:
    """Half of them have legacy sessions."""
    return number % 2 == 0


async def visit(number: int, web: httpx2.AsyncClient, url: str, commons: Commons) -> None:
    """One user's whole stay."""
    client = ByHand(web, url, modern=is_modern(number))
    user = User(f"u{number:02}", client, commons, random.Random(SEED + number))
    for client.token, client.ip_token in tokens_of(number):
        if client.session is None and not client.modern:
            await client.begin()
            commons.tell("session", user.name, str(client.session))
        await live(user, DEEDS // 2)
    if client.session is not None:
        assert (await client.end()).status_code == 200


async def test_users_never_meet(
    server: HttpServer,
    apps: list[RunningApp],
    hub: StandInHub,
    record_property: Callable[[str, object], None],
) -> None:
    for number in range(USERS):
        hub.users |= {token: f"u{number:02}" for token, _ in tokens_of(number)}
    commons, started_at = Commons(), time.monotonic()
    async with web_client() as web:
        async with anyio.create_task_group() as task_group:
            for number in range(USERS):
                task_group.start_soon(visit, number, web, server.url, commons)
        took = time.monotonic() - started_at
        notes = await notes_once_left(web, apps)
    sessions = sessions_of(notes)
    foreign = [note for note in notes if len(note.users) > 1]
    shared = [users for users in sessions.values() if len(users) != 1]
    record_property(
        "figure",
        f"{USERS} users, {commons.operations} operations in {took:.0f} s, of them "
        f"{2 * commons.attempts} at what was another's or nobody's; {len(notes)} requests "
        f"reached the apps in {len(sessions)} sessions: foreign tokens {len(foreign)}, "
        f"shared sessions {len(shared)}\n{dict(Counter(note.kind for note in notes))}",
    )
    assert (foreign, shared) == ([], [])
    assert [note for note in notes if len(dict(note.tokens)) != len(note.tokens)] == []
    assert wrong_tokens(notes, commons.sent) == []
    assert not any("x-ip-token" in dict(note.tokens) for note in heartbeats(notes))
    assert commons.operations >= 10_000


async def notes_once_left(web: httpx2.AsyncClient, apps: list[RunningApp]) -> list[Note]:
    """What reached the apps, once they know that those with legacy sessions have left."""
    with anyio.fail_after(60):
        while True:
            notes = [note for app in apps for note in await notes_of(web, app.url)]
            users = {user for beat in heartbeats(notes) if not beat.over for user in beat.users}
            if all(is_modern(int(user[1:])) for user in users):
                return notes
            await anyio.sleep(0.1)
