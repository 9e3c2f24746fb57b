"""Calling: which endpoint, with what, and what comes back."""

from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any

import pytest

from space_tools import (
    AppError,
    AsyncClient,
    Client,
    InvalidAPIEndpointError,
    ValidationError,
    handle_file,
)
from space_tools.client.arguments import ArgumentError
from tests.gradio_server import APPS, RunningApp
from tests.minimal_app import minimal_app
from tests.scripted_app import CLOSE_STREAM, Script, completed, scripted_app


@pytest.fixture(scope="module")
def client(kitchen_sink: RunningApp) -> Iterator[Client]:
    """One for all of these tests."""
    with Client(kitchen_sink.url, verbose=False) as client:
        yield client


def test_one_output_is_the_value_itself(client: Client) -> None:
    assert client.predict("hello", api_name="/echo_text") == "hello"


def test_several_outputs_are_a_tuple_and_none_an_empty_one(client: Client) -> None:
    assert client.predict("1", "2", api_name="/two_outputs") == ("1", "2")
    assert client.predict("x", api_name="/no_outputs") == ()


def test_arguments_go_by_position_or_by_name_and_defaults_fill_the_rest(client: Client) -> None:
    assert client.predict("p", api_name="/defaults") == "p|3|True|plain|None"
    assert (
        client.predict("p", count=5, style="fancy", api_name="/defaults") == "p|5|True|fancy|None"
    )
    assert client.predict(prompt="p", flag=False, api_name="/defaults") == "p|3|False|plain|None"


def test_hidden_state_keeps_its_place_among_the_arguments(client: Client) -> None:
    client.reset_session()
    assert client.predict("a", "b", api_name="/state_middle_in") == "a|0|b"


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((), {}, "`x` is missing"),
        (("a", "b"), {}, "it takes 1 argument, not 2"),
        ((), {"y": "a"}, "there is no parameter `y`; there is `x`"),
        (("a",), {"x": "a"}, "`x` is already given by position"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(
    client: Client, args: tuple[Any, ...], kwargs: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(TypeError, match=said) as caught:
        client.submit(*args, api_name="/echo_text_required", **kwargs)
    assert isinstance(caught.value, ArgumentError)
    assert isinstance(caught.value, ValidationError)


@pytest.mark.parametrize("name", ["/private", "/nowhere", "echo_texd"])
def test_an_endpoint_that_there_is_not_is_said_at_once(client: Client, name: str) -> None:
    with pytest.raises(InvalidAPIEndpointError, match="no endpoint") as caught:
        client.submit("x", api_name=name)
    assert isinstance(caught.value, ValueError)


def test_without_a_name_an_app_of_many_endpoints_says_which_there_are(client: Client) -> None:
    with pytest.raises(InvalidAPIEndpointError, match="/echo_text, /echo_text_required"):
        client.predict("x")


def test_without_a_name_the_only_public_endpoint_is_called() -> None:
    answers = [[completed("event-1", ["hello"]), CLOSE_STREAM]]
    with (
        scripted_app(Script(*minimal_app(), data=answers)) as app,
        Client(app.url, verbose=False) as client,
    ):
        assert client.predict("x") == "hello"


def test_an_endpoint_can_be_named_by_its_index_and_without_its_slash(client: Client) -> None:
    found = next(e for e in client._connection.app.info.endpoints if e.name == "/echo_text")
    assert client.predict("x", fn_index=found.fn_index) == "x"
    assert client.predict("x", api_name="echo_text") == "x"
    with pytest.raises(InvalidAPIEndpointError):
        client.predict("x", fn_index=99_999)


def test_undocumented_endpoints_can_be_called_by_their_name(client: Client) -> None:
    assert client.predict("x", api_name="/undocumented") == "x"


def test_updates_come_as_the_app_sent_them(client: Client) -> None:
    update = client.predict(api_name="/update_value")
    assert update["__type__"] == "update"
    assert update["value"] == "new"


def test_what_the_app_raises_is_raised_here(client: Client) -> None:
    with pytest.raises(AppError, match="custom gr error"):
        client.predict("gr", api_name="/raise_error")
    with pytest.raises(AppError, match="custom gr error"):
        client.predict("gr", api_name="/no_queue_error")


def test_an_app_that_hides_why_it_failed_still_makes_a_sentence(strict_app: RunningApp) -> None:
    with Client(strict_app.url, verbose=False) as client, pytest.raises(AppError) as caught:
        client.predict("value", api_name="/raise_error")
    assert caught.value.message == ""
    assert "keeps the reason to itself" in str(caught.value)
    assert "launch(show_error=True)" in str(caught.value)


def test_what_the_validator_refuses_is_a_validation_error(client: Client) -> None:
    with pytest.raises(ValidationError, match=r"Age must be 1\.\.119"):
        client.predict(500, "Bo", api_name="/validated")


@pytest.mark.parametrize("number", [float("nan"), float("-inf")])
def test_a_number_that_json_does_not_have_is_told(client: Client, number: float) -> None:
    with pytest.raises(ValidationError, match=r"`x`: (nan|-inf) is no number that JSON has"):
        client.predict({"a": [1.5, number, number]}, api_name="/json_io")


def test_a_value_that_json_cannot_say_is_an_error_of_the_call(client: Client) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        client.predict(object(), api_name="/echo_text")
    assert client.predict("next", api_name="/echo_text") == "next"


def test_state_survives_from_call_to_call_until_the_session_is_reset(client: Client) -> None:
    client.reset_session()
    assert [client.predict(api_name="/state_counter") for _ in range(3)] == [1, 2, 3]
    client.reset_session()
    assert client.predict(api_name="/state_counter") == 1


def test_state_is_each_clients_own(kitchen_sink: RunningApp) -> None:
    with (
        Client(kitchen_sink.url, verbose=False) as one,
        Client(kitchen_sink.url, verbose=False) as two,
    ):
        one.predict(api_name="/state_counter")
        assert two.predict(api_name="/state_counter") == 1


def test_calls_in_turn_run_in_one_gradio_session(client: Client) -> None:
    def session() -> Any:
        return client.predict("x", api_name="/headers")["session_hash"]

    first = session()
    client.predict(api_name="/state_counter")
    assert session() == first
    client.reset_session()
    assert session() != first


async def test_the_awaited_client_gives_the_same(async_client: AsyncClient) -> None:
    assert await async_client.predict("hello", api_name="/echo_text") == "hello"
    assert await async_client.predict("1", b="2", api_name="/two_outputs") == ("1", "2")
    assert [await async_client.predict(api_name="/state_counter") for _ in range(2)] == [1, 2]
    with pytest.raises(AppError, match="custom gr error"):
        await async_client.predict("gr", api_name="/raise_error")
    with pytest.raises(TypeError):
        await async_client.predict(nothing=1, api_name="/echo_text")


async def test_connect_gives_a_client_that_is_open_until_it_is_closed(
    kitchen_sink: RunningApp,
) -> None:
    client = await AsyncClient.connect(kitchen_sink.url, verbose=False)
    assert await client.predict("x", api_name="/echo_text") == "x"
    await client.close()
    await client.close()
    with pytest.raises(RuntimeError, match="not open"):
        await client.predict("x", api_name="/echo_text")


def test_a_client_that_was_closed_says_so(kitchen_sink: RunningApp) -> None:
    client = Client(kitchen_sink.url, verbose=False)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="not open"):
        client.predict("x", api_name="/echo_text")


def test_a_call_in_flight_when_the_client_closes_is_cancelled(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False) as client:
        job = client.submit("closing", api_name="/held")
    with pytest.raises(CancelledError):
        job.result(0)


def test_connecting_says_where_to(
    kitchen_sink: RunningApp, capsys: pytest.CaptureFixture[str]
) -> None:
    Client(kitchen_sink.url).close()
    assert capsys.readouterr().out == f"Loaded as API: {kitchen_sink.url}/ ✔\n"
    Client(kitchen_sink.url, verbose=False).close()
    assert capsys.readouterr().out == ""


def test_a_chat_with_files_goes_on_turn_by_turn(chat_multimodal_app: RunningApp) -> None:
    with Client(chat_multimodal_app.url, verbose=False) as client:
        message = {"text": "look", "files": [handle_file(APPS / "assets" / "red.png")]}
        assert "text=look files=1" in str(client.predict(message, api_name="/respond"))
        assert "text=again files=0" in str(
            client.predict({"text": "again", "files": []}, api_name="/respond")
        )
