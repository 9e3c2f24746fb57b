"""What one caller's calls remember is found by that caller, in that app, and by nobody else."""

import time
from types import SimpleNamespace

import anyio
import pytest

from space_tools.credentials import ANYONE
from space_tools.errors import ValidationError
from space_tools.gradio.sessions import Conversation, Session
from space_tools.tools import sessions
from space_tools.tools.sessions import SessionStore


class Clock:
    """The time that the store goes by; a test moves `now` on, in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.monotonic()
        monkeypatch.setattr(sessions, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_conversation_is_found_by_its_handle() -> None:
    store = SessionStore()
    handle = store.start("app", "ann")
    assert store.conversation("app", "ann", handle) is store.conversation("app", "ann", handle)


def test_handles_cannot_be_guessed() -> None:
    store = SessionStore()
    handles = {store.start("app", "ann") for _ in range(50)}
    assert len(handles) == 50
    assert all(len(handle) >= 24 for handle in handles)


@pytest.mark.parametrize(("app", "principal"), [("app", "bob"), ("other", "ann")])
def test_a_handle_opens_nothing_for_another_caller_or_app(app: str, principal: str) -> None:
    store = SessionStore()
    handle = store.start("app", "ann")
    with pytest.raises(ValidationError, match="`session` is not known") as foreign:
        store.conversation(app, principal, handle)
    with pytest.raises(ValidationError) as unknown:
        store.conversation(app, principal, "no such handle")
    assert str(foreign.value) == str(unknown.value)


def test_a_conversation_that_nobody_goes_on_with_is_forgotten(clock: Clock) -> None:
    store = SessionStore()
    handle = store.start("app", "ann")
    clock.now += sessions.LIFETIME - 1
    conversation = store.conversation("app", "ann", handle)
    clock.now += sessions.LIFETIME - 1
    assert store.conversation("app", "ann", handle) is conversation
    clock.now += sessions.LIFETIME + 1
    with pytest.raises(ValidationError, match="leave it out to start anew"):
        store.conversation("app", "ann", handle)


def test_a_conversation_in_use_outlives_one_that_began_later(clock: Clock) -> None:
    store = SessionStore()
    used, unused = store.start("app", "ann"), store.start("app", "ann")
    clock.now += sessions.LIFETIME - 1
    store.conversation("app", "ann", used)
    clock.now += 2
    store.conversation("app", "ann", used)
    with pytest.raises(ValidationError):
        store.conversation("app", "ann", unused)


def test_the_one_longest_unused_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "HANDLES", 2)
    store = SessionStore()
    first, second = store.start("app", "ann"), store.start("app", "ann")
    store.conversation("app", "ann", first)
    others = store.start("app", "bob")
    third = store.start("app", "ann")
    for handle in (first, third):
        store.conversation("app", "ann", handle)
    store.conversation("app", "bob", others)
    with pytest.raises(ValidationError):
        store.conversation("app", "ann", second)


def test_pools_are_kept_by_app_and_caller() -> None:
    store = SessionStore()
    pool = store.pool("app", "ann")
    assert store.pool("app", "ann") is pool
    assert store.pool("app", "bob") is not pool
    assert store.pool("other", "ann") is not pool


def test_a_hosts_own_conversations_are_kept_by_app_caller_and_name() -> None:
    store = SessionStore()
    conversation = store.own("app", "ann", "one")
    assert store.own("app", "ann", "one") is conversation
    others = [
        store.own("other", "ann", "one"),
        store.own("app", "bob", "one"),
        store.own("app", "ann", "two"),
    ]
    assert len({id(other) for other in [conversation, *others]}) == 4


def test_a_hosts_own_conversation_has_no_handle() -> None:
    store = SessionStore()
    store.own("app", "ann", "one")
    with pytest.raises(ValidationError):
        store.conversation("app", "ann", "one")


def test_a_caller_who_is_nobody_in_particular_shares_no_pool() -> None:
    store = SessionStore()
    assert store.pool("app", ANYONE) is not store.pool("app", ANYONE)
    assert len(store) == 0


def test_a_caller_who_is_nobody_in_particular_has_their_handles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "HANDLES", 1)
    store = SessionStore()
    one, other = store.start("app", ANYONE), store.start("app", ANYONE)
    assert store.conversation("app", ANYONE, one) is not store.conversation("app", ANYONE, other)


def test_what_was_not_used_for_an_hour_is_forgotten_whatever_it_is(clock: Clock) -> None:
    store = SessionStore()
    old_pool, old = store.pool("app", "ann"), store.own("app", "ann", "one")
    store.start("app", "bob")
    clock.now += sessions.LIFETIME - 1
    used = store.own("app", "ann", "two")
    clock.now += 2
    store.tidy()
    assert store.own("app", "ann", "two") is used
    assert store.own("app", "ann", "one") is not old
    assert store.pool("app", "ann") is not old_pool
    assert len(store) == 1


async def beating(conversation: Conversation) -> Session:
    """A session of that conversation with a heartbeat, after its call."""
    async with conversation.lease() as session:
        session.heartbeat = anyio.CancelScope()
    return session


def is_over(session: Session) -> bool:
    """Whether the app is told no more that somebody is there."""
    assert session.heartbeat is not None
    return session.retired and session.heartbeat.cancel_called


async def test_a_conversation_that_its_host_ends_has_no_heartbeat_any_more() -> None:
    store = SessionStore()
    ended = [await beating(store.own(app, "ann", "one")) for app in ("app", "other")]
    others = [
        await beating(store.own("app", "ann", "two")),
        await beating(store.own("app", "bob", "three")),
    ]
    store.end("one")
    store.end("none")
    assert all(is_over(session) for session in ended)
    assert not any(is_over(session) for session in others)


async def test_a_caller_who_is_forgotten_leaves_nothing() -> None:
    store = SessionStore()
    handle = store.start("app", "ann")
    hers = [
        await beating(store.own("app", "ann", "one")),
        await beating(store.conversation("app", "ann", handle)),
    ]
    his = await beating(store.own("app", "bob", "one"))
    store.pool("app", "ann")
    store.forget("ann")
    store.forget("nobody")
    assert all(is_over(session) for session in hers)
    assert not is_over(his)
    assert len(store) == 1
    with pytest.raises(ValidationError):
        store.conversation("app", "ann", handle)


async def test_an_app_that_was_started_anew_remembers_nobody() -> None:
    store = SessionStore()
    handle = store.start("app", "ann")
    there = [
        await beating(store.conversation("app", "ann", handle)),
        await beating(store.own("app", "bob", "one")),
    ]
    elsewhere = await beating(store.own("other", "ann", "one"))
    pool = store.pool("app", "ann")
    for app_id in ("1", "1", ""):
        store.started("app", app_id)
    assert store.pool("app", "ann") is pool
    store.started("app", "2")
    assert all(is_over(session) for session in there)
    assert not is_over(elsewhere)
    assert store.pool("app", "ann") is not pool


async def test_a_conversation_that_runs_is_over_after_its_call() -> None:
    store = SessionStore()
    conversation = store.own("app", "ann", "one")
    async with conversation.lease() as session:
        session.heartbeat = anyio.CancelScope()
        store.end("one")
        assert not is_over(session)
    assert is_over(session)
