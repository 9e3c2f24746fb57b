"""Following a call: its outputs as they come, its status, its end."""

import asyncio
import concurrent.futures
import threading
from typing import Any

import anyio
import pytest

from space_tools import AppError, AsyncClient, Client, Status
from tests.client.watching import counts, soon
from tests.gradio.calling import eventually


def test_iterating_gives_the_outputs_as_they_come(client: Client) -> None:
    job = client.submit("abc", api_name="/generator")
    assert next(job) == "a"
    assert list(job) == ["ab", "abc"]
    assert job.outputs() == ["a", "ab", "abc"]
    assert job.result() == "abc"


def test_a_plain_function_has_one_output(client: Client) -> None:
    job = client.submit("x", "y", api_name="/two_outputs")
    assert list(job) == [("x", "y")]
    assert job.outputs() == [("x", "y")]


def test_iteration_ends_with_a_call_that_fails_and_its_result_tells(client: Client) -> None:
    job = client.submit("gr", api_name="/generator_error")
    assert list(job) == ["one", "two"]
    with pytest.raises(AppError, match="gen failed"):
        job.result()
    assert isinstance(job.exception(), AppError)
    assert (job.status().code, job.status().success) == (Status.FINISHED, False)


def test_changing_an_output_does_not_change_the_next(client: Client) -> None:
    job = client.submit(api_name="/generator_shapes")
    expected = list(client.submit(api_name="/generator_shapes"))
    seen = []
    for output in job:
        seen.append(output.copy() if isinstance(output, dict | list) else output)
        if isinstance(output, dict | list):
            output.clear()
    assert seen == expected


def test_status_tells_how_far_a_call_is(client: Client) -> None:
    job = client.submit(4, api_name="/progress")
    unit = soon(lambda: next(iter(job.status().progress_data or []), None))
    assert unit.desc in {"starting", "step 1", "step 2", "step 3", "step 4"}
    assert job.status().code is Status.PROGRESS
    assert job.running()
    assert job.result() == "done"
    assert not job.running()
    assert (job.status().code, job.status().success) == (Status.FINISHED, True)
    assert Status.IN_QUEUE < Status.PROCESSING < Status.FINISHED


def test_status_tells_what_the_app_logs(client: Client) -> None:
    job = client.submit(api_name="/logs")
    text, level = soon(lambda: job.status().log)
    assert text in {"an info", "a warning", "a success", "timed"}
    assert level in {"info", "warning", "success"}
    assert job.result() == "logged"


def test_status_tells_the_place_in_the_queue(client: Client) -> None:
    first = client.submit("first", api_name="/held_queue")
    assert soon(lambda: first.status().code is Status.PROCESSING)
    second = client.submit("second", api_name="/held_queue")
    assert soon(lambda: second.status().code is Status.IN_QUEUE)
    assert second.status().rank == 0
    assert second.cancel()
    assert first.cancel()


def test_waiting_no_longer_than_told_leaves_the_call_running(client: Client) -> None:
    job = client.submit(0.5, api_name="/sleep_async")
    with pytest.raises(TimeoutError):
        job.result(timeout=0.01)
    assert job.result(timeout=10) == "slept 0.5"


def test_cancelling_a_running_call_stops_it_in_the_app(client: Client) -> None:
    job = client.submit("job-cancel", api_name="/held")
    assert soon(lambda: counts(client).get("started:job-cancel"))
    assert job.cancel()
    assert job.done()
    assert job.cancelled()
    assert job.status().code is Status.CANCELLED
    assert not job.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        job.result()
    assert soon(lambda: counts(client).get("cancelled:job-cancel"))


def test_a_call_cancelled_at_once_never_finishes(client: Client) -> None:
    jobs = [client.submit(f"at-once-{i}", api_name="/held") for i in range(5)]
    assert all(job.cancel() for job in jobs)
    assert soon(
        lambda: (
            counts(client).get("started:at-once-0", 0)
            == counts(client).get("cancelled:at-once-0", 0)
        )
    )
    assert client.predict("on", api_name="/echo_text") == "on"


def test_a_generator_that_is_cancelled_keeps_what_it_gave(client: Client) -> None:
    job = client.submit("gen-cancel", api_name="/held_generator")
    assert next(job) == "held gen-cancel 0"
    job.cancel()
    assert job.outputs()[0] == "held gen-cancel 0"
    assert len(list(job)) == len(job.outputs()) - 1
    assert soon(lambda: counts(client).get("cancelled:gen-cancel"))


def test_state_starts_anew_after_a_cancelled_call_and_other_calls_go_on(client: Client) -> None:
    held = client.submit("beside", api_name="/held")
    other = client.submit(0.3, api_name="/sleep_async")
    held.cancel()
    assert other.result() == "slept 0.3"


def test_no_more_calls_run_than_there_are_workers(client: Client) -> None:
    with Client(client.src, max_workers=1, verbose=False) as narrow:
        first = narrow.submit("narrow-1", api_name="/held")
        assert soon(lambda: counts(client).get("started:narrow-1"))
        second = narrow.submit("x", api_name="/echo_text")
        assert second.status().code is Status.STARTING
        first.cancel()
        assert second.result() == "x"


def test_callbacks_get_the_outputs_as_arguments_in_turn(client: Client) -> None:
    got: list[tuple[str, Any]] = []
    done = threading.Event()
    job = client.submit(
        "1",
        "2",
        api_name="/two_outputs",
        result_callbacks=[
            lambda a, b: got.append(("first", (a, b))),
            lambda *outputs: got.append(("second", outputs)),
            lambda *_: done.set(),
        ],
    )
    assert done.wait(5)
    assert got == [("first", ("1", "2")), ("second", ("1", "2"))]
    assert job.result() == ("1", "2")


def test_a_callback_may_call_the_app_itself(client: Client) -> None:
    got: list[str] = []
    job = client.submit("a", api_name="/echo_text")
    job.add_done_callback(
        lambda job: got.append(client.predict(job.result() + "b", api_name="/echo_text"))
    )
    assert soon(lambda: got) == ["ab"]


def test_a_callback_that_fails_harms_nobody(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    job = client.submit("a", api_name="/echo_text")
    job.add_done_callback(lambda job: 1 / 0)
    assert job.result() == "a"
    assert soon(lambda: "ZeroDivisionError" in caplog.text)
    assert client.predict("b", api_name="/echo_text") == "b"


def test_a_result_callback_that_fails_costs_the_others_nothing(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    got: list[str] = []

    def fails(result: str) -> None:
        raise RuntimeError(f"not {result}")

    client.submit("a", api_name="/echo_text", result_callbacks=(fails, got.append))
    assert soon(lambda: got) == ["a"]
    assert "not a" in caplog.text
    with pytest.raises(TypeError, match="result_callbacks"):
        client.submit("a", api_name="/echo_text", result_callbacks=["told"])  # type: ignore[list-item]


def test_jobs_can_be_waited_for_like_any_future(client: Client) -> None:
    jobs = [client.submit(str(i), api_name="/echo_text") for i in range(10)]
    held = client.submit("waited", api_name="/held")
    done, running = concurrent.futures.wait([*jobs, held], timeout=0)
    done, running = concurrent.futures.wait(jobs, timeout=10)
    assert len(done) == 10
    assert not running
    held.cancel()
    done, running = concurrent.futures.wait([held], timeout=1)
    assert done == {held}


def test_many_threads_may_use_one_client(client: Client) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        calls = pool.map(lambda i: client.predict(str(i), api_name="/echo_text"), range(40))
        assert list(calls) == [str(i) for i in range(40)]


async def test_an_awaited_job_gives_outputs_status_and_result(async_client: AsyncClient) -> None:
    job = async_client.submit("abc", api_name="/generator")
    assert [output async for output in job] == ["a", "ab", "abc"]
    assert await job == "abc"
    assert await job.result(timeout=1) == "abc"
    assert (job.status().code, job.done(), job.running()) == (Status.FINISHED, True, False)
    assert job.exception() is None


async def test_an_awaited_job_that_fails_tells_by_its_result(async_client: AsyncClient) -> None:
    job = async_client.submit("gr", api_name="/generator_error")
    assert [output async for output in job] == ["one", "two"]
    with pytest.raises(AppError, match="gen failed"):
        await job
    assert job.status().success is False


async def test_cancelling_an_awaited_call_stops_it_in_the_app(async_client: AsyncClient) -> None:
    job = async_client.submit("async-cancel", api_name="/held")

    async def counted(what: str) -> Any:
        return (await async_client.predict(api_name="/calls_now")).get(what)

    await eventually(lambda: counted("started:async-cancel"))
    assert job.cancel()
    assert job.status().code is Status.CANCELLED
    with pytest.raises(asyncio.CancelledError):
        await job.result()
    await eventually(lambda: counted("cancelled:async-cancel"))


async def test_giving_up_the_wait_for_predict_stops_the_call(async_client: AsyncClient) -> None:
    async def counted(what: str) -> Any:
        return (await async_client.predict(api_name="/calls_now")).get(what)

    with anyio.move_on_after(5) as scope:
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(lambda: async_client.predict("given-up", api_name="/held"))
            await eventually(lambda: counted("started:given-up"))
            task_group.cancel_scope.cancel()
    assert not scope.cancelled_caught
    await eventually(lambda: counted("cancelled:given-up"))


async def test_a_deadline_on_an_awaited_result_leaves_the_call_running(
    async_client: AsyncClient,
) -> None:
    job = async_client.submit(0.4, api_name="/sleep_async")
    with pytest.raises(TimeoutError):
        await job.result(timeout=0.01)
    assert await job == "slept 0.4"


async def test_awaited_callbacks_get_the_outputs(async_client: AsyncClient) -> None:
    got: list[Any] = []
    job = async_client.submit(
        "1", "2", api_name="/two_outputs", result_callbacks=lambda a, b: got.append((a, b))
    )
    await job
    await eventually(lambda: got)
    assert got == [("1", "2")]


async def test_many_calls_run_side_by_side(async_client: AsyncClient) -> None:
    jobs = [async_client.submit(str(i), api_name="/echo_text") for i in range(50)]
    assert await asyncio.gather(*jobs) == [str(i) for i in range(50)]
