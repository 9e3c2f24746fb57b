"""How many calls run at once, and how they all end."""

import anyio
import anyio.abc
import anyio.lowlevel
import pytest

from space_tools.credentials import ANYONE
from space_tools.errors import CallCancelled, TooManyCalls
from space_tools.tools.limits import CallLimits
from space_tools.tools.toolset import Toolset
from tests.scripted_app import Gate, Script, minimal_app, scripted_app


async def call(
    limits: CallLimits, principal: str, *, task_status: anyio.abc.TaskStatus[None]
) -> None:
    with limits.taking(principal):
        task_status.started()
        await anyio.sleep_forever()


async def test_one_caller_does_not_take_what_is_the_others() -> None:
    limits = CallLimits(most=5, most_each=2)
    async with anyio.create_task_group() as task_group:
        for principal in ("a", "a", "b"):
            await task_group.start(call, limits, principal)
        with (
            pytest.raises(TooManyCalls, match="2 of your calls are running here"),
            limits.taking("a"),
        ):
            raise AssertionError
        assert limits.in_flight == 3
        with limits.taking("b"):
            assert limits.in_flight == 4
        task_group.cancel_scope.cancel()
    assert limits.in_flight == 0


async def test_all_together_take_no_more_than_there_is() -> None:
    limits = CallLimits(most=3, most_each=2)
    async with anyio.create_task_group() as task_group:
        for principal in (ANYONE, ANYONE, ANYONE):
            await task_group.start(call, limits, principal)
        with pytest.raises(TooManyCalls, match="busy") as raised, limits.taking("a"):
            raise AssertionError
        assert raised.value.outcome == "not_started"
        task_group.cancel_scope.cancel()


async def test_one_app_does_not_take_what_is_the_others() -> None:
    limits = CallLimits(most_of_app=2)
    with limits.to_app("a"), limits.to_app("b"):
        with limits.to_app("a"):
            with (
                pytest.raises(TooManyCalls, match="2 calls of a are running here") as raised,
                limits.to_app("a"),
            ):
                raise AssertionError
            assert raised.value.outcome == "not_started"
        with limits.to_app("a"), limits.to_app("b"):
            pass


async def test_a_toolset_counts_the_calls_of_each_app() -> None:
    hang = Script(*minimal_app(), data=lambda _: [Gate()])
    limits = CallLimits(most_of_app=1)
    with scripted_app(hang) as app:
        sources = [f"a={app.url}", f"b={app.url}"]
        async with (
            Toolset(sources, limits=limits) as tools,
            anyio.create_task_group() as task_group,
        ):
            task_group.start_soon(tools.call, "a_echo", {})
            await app.arrival("/gradio_api/queue/data")
            with pytest.raises(TooManyCalls, match="1 calls of"):
                await tools.call("a_echo", {})
            task_group.cancel_scope.cancel()


async def test_an_app_that_is_alone_may_have_all_calls() -> None:
    hang = Script(*minimal_app(), data=lambda _: [Gate()])
    with scripted_app(hang) as app:
        async with (
            Toolset([f"a={app.url}"], limits=CallLimits(most_of_app=1)) as tools,
            anyio.create_task_group() as task_group,
        ):
            for _ in range(2):
                task_group.start_soon(tools.call, "a_echo", {})
            await app.arrival("/gradio_api/queue/data", count=2)
            task_group.cancel_scope.cancel()


async def test_calls_may_end_before_the_server_does() -> None:
    limits = CallLimits()
    ended = anyio.Event()

    async def short() -> None:
        with limits.taking("a"):
            await anyio.sleep(0.05)
        ended.set()

    async with anyio.create_task_group() as task_group:
        task_group.start_soon(short)
        await anyio.lowlevel.checkpoint()
        with anyio.fail_after(5):
            await limits.drain(10)
        assert ended.is_set()
        with pytest.raises(TooManyCalls, match="being stopped"), limits.taking("a"):
            raise AssertionError


async def test_those_that_do_not_are_told_why() -> None:
    limits = CallLimits()
    told = []

    async def long(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        with pytest.raises(CallCancelled, match="the server was stopped") as raised:
            await call(limits, "a", task_status=task_status)
        told.append(raised.value.outcome)

    async with anyio.create_task_group() as task_group:
        await task_group.start(long)
        with anyio.fail_after(5):
            await limits.drain(0.05)
    assert told == ["unknown"]
    assert limits.in_flight == 0
