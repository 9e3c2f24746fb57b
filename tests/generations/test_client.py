"""What somebody who knows `gradio_client` would write first, on every generation of Gradio."""

import concurrent.futures
from collections.abc import Iterator
from pathlib import Path

import pytest

from space_tools import AppError, Client, InvalidAPIEndpointError, Status, handle_file
from tests.client.watching import counts, soon
from tests.gradio_server import APPS, RunningApp

ASSETS = APPS / "assets"


@pytest.fixture
def client(old_app: RunningApp, tmp_path: Path) -> Iterator[Client]:
    with Client(old_app.url, verbose=False, download_files=tmp_path / "files") as client:
        yield client


@pytest.fixture
def chat(old_chat: RunningApp) -> Iterator[Client]:
    with Client(old_chat.url, verbose=False) as client:
        yield client


def test_predict_and_callbacks(client: Client) -> None:
    assert client.predict("a", "b", api_name="/two_outputs") == ("a", "b")
    got: list[tuple[str, ...]] = []
    job = client.submit(
        "c", "d", api_name="/two_outputs", result_callbacks=lambda *outputs: got.append(outputs)
    )
    assert job.result() == ("c", "d")
    assert soon(lambda: got) == [("c", "d")]


def test_a_generator_gives_its_outputs_one_by_one(client: Client) -> None:
    job = client.submit("abc", api_name="/generator")
    assert list(job) == ["a", "ab", "abc"]
    assert (job.status().code, job.status().success) == (Status.FINISHED, True)


def test_a_call_that_waits_says_so_and_can_be_cancelled(client: Client) -> None:
    started = counts(client).get("started:first", 0)
    first = client.submit("first", api_name="/held_queue")
    assert soon(lambda: counts(client).get("started:first", 0) > started)
    waiting = client.submit("second", api_name="/held_queue")
    assert soon(lambda: waiting.status().code is Status.IN_QUEUE), waiting.status()
    for job in (waiting, first):
        assert job.cancel()
        with pytest.raises(concurrent.futures.CancelledError):
            job.result()
        assert job.status().code is Status.CANCELLED
    assert client.predict("x", api_name="/echo_text") == "x"


@pytest.mark.parametrize(
    ("endpoint", "name", "kind"),
    [
        ("/image_filepath", "red.png", b"\x89PNG"),
        ("/audio_filepath", "beep.wav", b"RIFF"),
    ],
)
def test_media_go_up_and_come_back(client: Client, endpoint: str, name: str, kind: bytes) -> None:
    result = client.predict(handle_file(ASSETS / name), api_name=endpoint)
    assert Path(result).read_bytes().startswith(kind)


def test_a_file_goes_up_under_its_name(client: Client) -> None:
    assert "a.txt" in client.predict(handle_file(ASSETS / "a.txt"), api_name="/file_single")


def test_files_come_back_under_names_of_their_own(client: Client) -> None:
    paths = client.predict(api_name="/files_out")
    again = client.predict(api_name="/files_out")
    assert [Path(path).read_bytes() for path in paths] == [
        Path(path).read_bytes() for path in again
    ]
    assert len({*paths, *again}) == 4
    gallery = client.predict(api_name="/gallery_out")
    assert [Path(item["image"]).is_file() for item in gallery] == [True, True]
    assert gallery[0]["caption"] == "cap red"


def test_state_lasts_until_the_session_is_reset(client: Client) -> None:
    assert [client.predict(api_name="/state_counter") for _ in range(2)] == [1, 2]
    client.reset_session()
    assert client.predict(api_name="/state_counter") == 1


def test_an_error_of_the_app_is_raised_in_its_words(client: Client) -> None:
    with pytest.raises(AppError, match=r"^custom gr error$"):
        client.predict("gr", api_name="/raise_error")


def test_a_name_that_is_not_there_names_the_nearest(client: Client) -> None:
    with pytest.raises(InvalidAPIEndpointError, match="did you mean /echo_text"):
        client.predict("x", api_name="/echo_txt")


def test_view_api_in_its_formats(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert client.view_api() is None
    printed = capsys.readouterr().out
    text = client.view_api(print_info=False, return_format="str")
    assert (text, capsys.readouterr().out) == (printed.removesuffix("\n"), "")
    assert "api_name='/two_outputs'" in printed
    described = client.view_api(print_info=False, return_format="dict")
    assert isinstance(described, dict)
    (parameter,) = described["named_endpoints"]["/echo_text"]["parameters"]
    assert {"label", "type", "python_type", "component", "example_input"} <= parameter.keys()


def test_a_chat_goes_on_turn_by_turn(chat: Client) -> None:
    chat_endpoint = next(
        name
        for name in chat.view_api(print_info=False, return_format="dict")["named_endpoints"]  # type: ignore[index,call-overload]
        if name in {"/chat", "/respond"}
    )
    turns = [chat.predict("hello", api_name=chat_endpoint) for _ in range(2)]
    chat.reset_session()
    turns.append(chat.predict("hello", "pirate", api_name=chat_endpoint))
    before = [int(str(turn).split("(")[1].split()[0]) for turn in turns]
    assert before[0] == before[2] == 0
    assert before[1] > 0
    assert "pirate" in str(turns[2])
    partials = list(chat.submit("hello", api_name=chat_endpoint))
    assert len(partials) > 2
