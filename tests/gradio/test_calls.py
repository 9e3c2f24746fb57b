"""Calls of a real Gradio app: whatever its functions do, a caller gets it as it is."""

from dataclasses import replace
from typing import Any

import anyio
import pytest

from space_tools.credentials import Credentials
from space_tools.errors import AppError, CallError, ConnectionLost, QueueError, ValidationError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.job import Job
from space_tools.gradio.messages import Log, Partial, Progress, Queued, Started, Update
from space_tools.gradio.sessions import Conversation, SessionPool
from tests.gradio.calling import call, counts, endpoint, partials, submit, updates_of


@pytest.mark.parametrize(
    ("name", "values", "outputs"),
    [
        ("echo_text", ["hello"], ["hello"]),
        ("echo_text", ["ünï 🎉 \u2028 \n\n data: x\n\n"], ["ünï 🎉 \u2028 \n\n data: x\n\n"]),
        ("no_inputs", [], ["no inputs"]),
        ("no_outputs", ["x"], []),
        ("two_outputs", ["a", "b"], ["a", "b"]),
        ("nested/name", ["x"], ["x"]),
        ("Ünï name", ["x"], ["x"]),
        ("dup", ["x"], ["first x"]),
        ("dup_1", ["x"], ["second x"]),
        ("no_queue", ["x"], ["x"]),
        ("no_queue_generator", ["abc"], ["abc"]),
        ("generator", ["abc"], ["abc"]),
        ("generator_yields_nothing", [], [None]),
        ("generator_async", [3], [2]),
        ("unicode_out", [], ["ünï 🎉 \u2028 \n\n data: x\n\n"]),
        ("big_out", [300_000], ["x" * 300_000]),
        ("nan_out", [], [[None, None, -0.0, 1e30]]),
        ("update_no_value", [], [{"visible": False, "__type__": "update"}]),
        ("skip", [], [{"__type__": "update"}]),
        ("hidden_input", ["a"], ["a|hv"]),
        ("state_middle_in", ["a", "b"], ["a|0|b"]),
        ("state_first_out", ["x"], ["x"]),
        ("batch", ["x", 2], ["x:1", 4]),
        ("typed_api", [1], [{"a": 1, "b": 2.0, "name": "n", "tags": None}]),
        ("bad_return_count", [], ["a", "b"]),
    ],
)
async def test_a_call_gives_what_the_function_returned(
    sink: GradioApp, name: str, values: list[Any], outputs: list[Any]
) -> None:
    assert await call(sink, name, *values) == outputs


async def test_a_queued_call_tells_its_place_and_its_start(sink: GradioApp) -> None:
    updates, _ = await updates_of(sink, "echo_text", "x")
    queued, started = updates
    assert isinstance(queued, Queued)
    assert (queued.rank, queued.queue_size) == (0, 1)
    assert isinstance(started, Started)


async def test_a_direct_call_has_nothing_to_tell(sink: GradioApp) -> None:
    assert await updates_of(sink, "no_queue", "x") == ([], ["x"])


@pytest.mark.parametrize("name", ["generator", "no_queue_generator"])
async def test_a_generator_gives_its_outputs_as_they_grow(sink: GradioApp, name: str) -> None:
    updates, outputs = await updates_of(sink, name, "abc")
    assert partials(updates) == [["a"], ["ab"], ["abc"]]
    assert outputs == ["abc"]


async def test_partial_outputs_change_each_output_alone(sink: GradioApp) -> None:
    updates, outputs = await updates_of(sink, "generator_multi", 3)
    assert partials(updates) == [
        ["t0", {"i": 0, "l": [], "even": ""}, 0, [["a", 0]]],
        ["t1t1", {"i": 1, "l": [0], "odd": True}, 1, [["a", 1], ["a", 1]]],
        ["t2t2t2", {"i": 2, "l": [0, 1], "even": "xx"}, 2, [["a", 2], ["a", 2], ["a", 2]]],
    ]
    assert outputs == partials(updates)[-1]


async def test_partial_outputs_may_change_their_shape(sink: GradioApp) -> None:
    updates, outputs = await updates_of(sink, "generator_shapes")
    shown = [data[0] for data in partials(updates)]
    assert shown == [
        {"a": 1},
        {"a": 1, "b": [1, 2, 3]},
        {"b": [1, 3]},
        {"b": [9, 3, {"k": "x"}]},
        {"b": [9, 3, {"k": "xy"}], "c": None},
        {"c": 0},
        [1, 2, 3, 4],
        [4],
        [],
        None,
        {"": "empty key", "s": "str"},
        {"": "empty key", "s": "string"},
        {"s": "x"},
    ]
    assert outputs == [{"s": "x"}]


async def test_partial_outputs_leave_state_out(sink: GradioApp) -> None:
    updates, outputs = await updates_of(sink, "generator_state")
    assert partials(updates) == [[1], [2], [3]]
    assert outputs == [3]


async def test_progress_is_told(sink: GradioApp) -> None:
    updates, outputs = await updates_of(sink, "progress", 2)
    units = [update.units[0] for update in updates if isinstance(update, Progress)]
    assert [(unit.desc, unit.fraction) for unit in units] == [
        ("starting", 0.0),
        ("step 1", 0.5),
        ("step 2", 1.0),
    ]
    assert outputs == ["done"]


async def test_progress_of_a_generator_comes_among_its_outputs(sink: GradioApp) -> None:
    updates, outputs = await updates_of(sink, "progress_gen", 2)
    kinds = [type(u) for u in updates if isinstance(u, Progress | Partial)]
    assert kinds.count(Partial) == 2
    assert Progress in kinds
    assert outputs == ["0 1 "]


async def test_logs_are_told(sink: GradioApp) -> None:
    updates, _ = await updates_of(sink, "logs")
    assert [update for update in updates if isinstance(update, Log)] == [
        Log("an info", "info", "Info"),
        Log("a warning", "warning", "Warning"),
        Log("a success", "success", "Success"),
        Log("timed", "info", "T"),
    ]


async def test_a_conversation_remembers_and_another_does_not(sink: GradioApp) -> None:
    one, other = Conversation(), Conversation()
    counted = [await call(sink, "state_counter", sessions=one) for _ in range(3)]
    assert counted == [[1], [2], [3]]
    assert await call(sink, "state_counter", sessions=other) == [1]


async def test_an_event_handler_is_given_its_event(sink: GradioApp) -> None:
    event = {"index": [0, 1], "value": "v"}
    assert await call(sink, "select_event", event_data=event) == ["selected [0, 1] 'v'"]


async def test_stateless_calls_reuse_a_warm_session(sink: GradioApp) -> None:
    pool = SessionPool()
    answers = [await call(sink, "headers", str(n), sessions=pool) for n in range(4)]
    assert len({answer[0]["session_hash"] for answer in answers}) == 1
    assert answers[0][0]["session_hash"]


async def test_a_call_that_failed_gives_its_session_back(sink: GradioApp) -> None:
    pool = SessionPool()
    before = await call(sink, "headers", "x", sessions=pool)
    with pytest.raises(AppError):
        await call(sink, "raise_error", "gr", sessions=pool)
    after = await call(sink, "headers", "x", sessions=pool)
    assert after[0]["session_hash"] == before[0]["session_hash"]


async def test_no_credentials_reach_an_app_that_is_nobody_in_particular(sink: GradioApp) -> None:
    secret = Credentials(hf_token="hf_secret", ip_token="ip_secret")
    for name in ("headers", "headers_no_queue"):
        seen = (await call(sink, name, "x", credentials=secret))[0]["headers"]
        assert "secret" not in str(seen)


@pytest.mark.parametrize("name", ["raise_error", "no_queue_error"])
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("gr", "custom gr error"),
        ("gr_empty", "Error raised."),
        ("gr_html", '<b>html</b> & "quotes"'),
        ("value", "plain value error"),
        ("empty", ""),
    ],
)
async def test_an_error_has_the_words_of_the_app(
    sink: GradioApp, name: str, kind: str, message: str
) -> None:
    with pytest.raises(AppError) as raised:
        await call(sink, name, kind)
    assert (raised.value.message, raised.value.title) == (message, "Error")
    assert raised.value.outcome == "failed"


@pytest.mark.parametrize("name", ["raise_error", "no_queue_error"])
async def test_an_error_says_how_a_browser_would_have_shown_it(sink: GradioApp, name: str) -> None:
    with pytest.raises(AppError, match="with extras") as raised:
        await call(sink, name, "gr_dur")
    error = raised.value
    assert (error.title, error.duration, error.visible) == ("My Title", 3, False)


@pytest.mark.parametrize("name", ["raise_error", "no_queue_error"])
async def test_an_app_may_keep_its_reasons_to_itself(strict: GradioApp, name: str) -> None:
    with pytest.raises(AppError) as raised:
        await call(strict, name, "value")
    assert raised.value.message == ""
    with pytest.raises(AppError, match="custom gr error"):
        await call(strict, name, "gr")


@pytest.mark.parametrize(("kind", "message"), [("gr", "gen failed"), ("value", "gen plain")])
async def test_a_generator_that_fails_has_given_what_it_had(
    sink: GradioApp, kind: str, message: str
) -> None:
    given: list[Update] = []
    async with submit(sink, "generator_error", kind) as job:
        with pytest.raises(AppError, match=message):
            await read_into(given, job)
        with pytest.raises(ConnectionLost, match="no outputs"):
            assert job.outputs is None
    assert partials(given) == [["one"], ["two"]]


async def read_into(given: list[Update], job: Job) -> None:
    async for update in job:
        given.append(update)


async def test_what_the_apps_validator_refuses_never_runs(sink: GradioApp) -> None:
    with pytest.raises(ValidationError) as raised:
        await call(sink, "validated", 500, "x")
    assert raised.value.problems == ["`age`: Age must be 1..119", "`name`: Name too short"]
    assert raised.value.outcome == "not_started"
    assert await call(sink, "validated", 5, "Bob") == ["Bob 5"]


async def test_a_value_that_a_component_refuses_is_the_apps_error(sink: GradioApp) -> None:
    with pytest.raises(AppError, match="Value 99 is greater than maximum value 10"):
        await call(sink, "number", 99)


async def test_a_function_that_is_not_there_is_an_error_without_a_traceback(
    sink: GradioApp,
) -> None:
    gone = replace(endpoint(sink, "echo_text"), fn_index=9999)
    with pytest.raises(CallError, match=r"^the app answered 500$"):
        async with sink.submit(gone, ["x"], sessions=SessionPool()):
            pass


async def test_a_call_does_not_suffer_from_a_failure_before_it(sink: GradioApp) -> None:
    gone = replace(endpoint(sink, "echo_text"), fn_index=9999)
    for _ in range(3):
        with pytest.raises(CallError, match=r"^the app answered 500$"):
            async with sink.submit(gone, ["x"], sessions=SessionPool()):
                pass
        # The server hangs up after such an answer.
        assert await call(sink, "echo_text", "again") == ["again"]


async def test_a_full_queue_is_offered_the_call_again_and_then_told(strict: GradioApp) -> None:
    async with (
        submit(strict, "sleep", 4) as running,
        submit(strict, "sleep", 0) as waiting,
    ):
        with pytest.raises(QueueError, match="queue is full") as raised:
            await call(strict, "echo_text", "x")
        assert raised.value.outcome == "not_started"
        assert await running.result() == ["slept 4"]
        assert await waiting.result() == ["slept 0"]
    assert await call(strict, "echo_text", "x") == ["x"]


async def test_a_call_that_does_not_fit_the_queue_at_once_runs_once_it_does(
    strict: GradioApp,
) -> None:
    before = (await counts(strict))["no_outputs"]
    async with submit(strict, "sleep", 0.4) as running, submit(strict, "sleep", 0) as waiting:
        assert await call(strict, "no_outputs", "x") == []
        await running.result()
        await waiting.result()
    assert (await counts(strict))["no_outputs"] == before + 1


async def test_calls_run_side_by_side_in_sessions_of_their_own(sink: GradioApp) -> None:
    pool = SessionPool()
    answers: list[Any] = []

    async def ask(text: str) -> None:
        answers.append((text, await call(sink, "generator", text, sessions=pool)))

    async with anyio.create_task_group() as task_group:
        for n in range(8):
            task_group.start_soon(ask, f"t{n}")
    assert sorted(answers) == [(f"t{n}", [f"t{n}"]) for n in range(8)]
