"""What one caller's calls remember is found by that caller, in that app, and by nobody else."""

import time

import pytest

from space_tools.errors import ValidationError
from space_tools.tools import sessions
from space_tools.tools.sessions import SessionStore


class Clock:
    """The time that the store goes by; a test moves `now` on, in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


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
    clock.now += sessions.HANDLE_LIFETIME - 1
    conversation = store.conversation("app", "ann", handle)
    clock.now += sessions.HANDLE_LIFETIME - 1
    assert store.conversation("app", "ann", handle) is conversation
    clock.now += sessions.HANDLE_LIFETIME + 1
    with pytest.raises(ValidationError, match="leave it out to start anew"):
        store.conversation("app", "ann", handle)


def test_a_conversation_in_use_outlives_one_that_began_later(clock: Clock) -> None:
    store = SessionStore()
    used, unused = store.start("app", "ann"), store.start("app", "ann")
    clock.now += sessions.HANDLE_LIFETIME - 1
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
