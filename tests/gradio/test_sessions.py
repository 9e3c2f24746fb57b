"""A session carries one call at a time, belongs to one caller, and is not used after a doubt."""

import anyio
import pytest

from space_tools.gradio import sessions
from space_tools.gradio.sessions import Conversation, Session, SessionPool


async def test_a_pool_gives_a_warm_session_again() -> None:
    pool = SessionPool()
    async with pool.lease() as first:
        pass
    async with pool.lease() as second:
        assert second is first


async def test_sessions_in_use_at_once_are_different() -> None:
    pool = SessionPool()
    async with pool.lease() as first, pool.lease() as second:
        assert first.session_hash != second.session_hash


async def test_a_retired_session_is_not_given_again() -> None:
    pool = SessionPool()
    async with pool.lease() as first:
        first.retire()
    async with pool.lease() as second:
        assert second is not first


async def test_a_session_comes_back_from_a_call_that_failed() -> None:
    pool = SessionPool()
    with pytest.raises(ValueError, match="failed"):
        async with pool.lease() as first:
            raise ValueError("failed")
    async with pool.lease() as second:
        assert second is first


async def test_a_pool_keeps_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "KEPT", 1)
    pool = SessionPool()
    async with pool.lease() as first, pool.lease():
        pass
    async with pool.lease() as kept, pool.lease() as fresh:
        assert fresh is not first
        assert kept is not fresh


async def test_a_conversation_stays_in_its_session_and_takes_turns() -> None:
    conversation = Conversation()
    running: list[Session] = []

    async def take_a_turn() -> None:
        async with conversation.lease() as session:
            assert not running
            running.append(session)
            await anyio.lowlevel.checkpoint()
            running.remove(session)
            seen.append(session)

    seen: list[Session] = []
    async with anyio.create_task_group() as task_group:
        for _ in range(5):
            task_group.start_soon(take_a_turn)
    assert len(seen) == 5
    assert len({session.session_hash for session in seen}) == 1


async def test_a_conversation_starts_anew_when_its_session_was_retired() -> None:
    conversation = Conversation()
    async with conversation.lease() as first:
        first.retire()
    async with conversation.lease() as second:
        assert second is not first
        assert not second.retired


def test_a_session_hash_cannot_be_guessed_and_does_not_show() -> None:
    one, other = Session(), Session()
    assert len(one.session_hash) == 32
    assert one.session_hash != other.session_hash
    assert one.session_hash not in repr(one)
