"""Studio, the demo app: started as a user starts it, called as any Gradio client calls it."""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from socket import create_server
from typing import Any

import httpx2
import pytest
from gradio_client import Client  # type: ignore[import-untyped]
from gradio_client.exceptions import AppError  # type: ignore[import-untyped]
from PIL import Image

from space_tools.demo import haiku, poster

START_SECONDS = 90
CALL_SECONDS = 60
ENDPOINTS = {"/poster", "/haiku", "/statistics", "/shout", "/remember"}


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def start(port: int, stderr: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "space_tools.demo.app", "--port", str(port)]
    with stderr.open("w") as sink:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink, text=True)


@pytest.fixture(scope="module")
def stderr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio") / "stderr"


@pytest.fixture(scope="module")
def url(stderr: Path) -> Iterator[str]:
    """The address of a running Studio: the one line that it prints says that it is up."""
    process = start(free_port(), stderr)
    too_late = threading.Timer(START_SECONDS, process.kill)
    too_late.start()
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        too_late.cancel()
        try:
            assert line.startswith("Studio is ready at http://127.0.0.1:"), stderr.read_text()
            yield line.split()[-1]
        finally:
            process.terminate()
        assert process.stdout.read() == ""


@pytest.fixture(scope="module")
def client(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    files = tmp_path_factory.mktemp("downloads")
    client = Client(url, verbose=False, download_files=files, analytics_enabled=False)
    yield client
    client.close()


def stream(url: str, api_name: str, data: list[Any]) -> list[dict[str, Any]]:
    """Every message of one queued call."""
    with httpx2.Client(base_url=url, timeout=CALL_SECONDS, trust_env=False) as http:
        dependencies = http.get("config").json()["dependencies"]
        (index,) = (each["id"] for each in dependencies if each["api_name"] == api_name)
        body = {"data": data, "fn_index": index, "session_hash": f"progress-{api_name}"}
        http.post("gradio_api/queue/join", json=body).raise_for_status()
        session = {"session_hash": body["session_hash"]}
        with http.stream("GET", "gradio_api/queue/data", params=session) as response:
            lines = [line for line in response.iter_lines() if line.startswith("data:")]
    return [json.loads(line.removeprefix("data:")) for line in lines]


def steps_of(messages: list[dict[str, Any]]) -> list[str]:
    """What `gr.Progress` said, each step once."""
    units = [message["progress_data"][0] for message in messages if message["msg"] == "progress"]
    return list(dict.fromkeys(f"{unit['index']}/{unit['length']} {unit['desc']}" for unit in units))


def test_starting_it_warns_of_nothing(url: str, stderr: Path) -> None:
    assert url.startswith("http://127.0.0.1:")
    assert stderr.read_text() == ""


def test_a_port_in_use_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start(port, tmp_path / "stderr") as process:
            assert process.wait(START_SECONDS) == 1
    message = f"127.0.0.1:{port} is taken or not allowed; choose another --port.\n"
    assert (tmp_path / "stderr").read_text() == message


def test_it_publishes_five_endpoints_and_describes_each(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == ENDPOINTS
    assert all(endpoint["description"].endswith(".") for endpoint in endpoints.values())
    has_default = {
        parameter["parameter_name"]: parameter["parameter_has_default"]
        for parameter in endpoints["/poster"]["parameters"]
    }
    assert has_default == {
        "prompt": False,
        "width": True,
        "height": True,
        "palette": True,
        "seed": True,
    }


def test_every_input_is_explained(client: Client) -> None:
    components = {component["id"]: component for component in client.config["components"]}
    inputs = [
        components[identifier]["props"]
        for dependency in client.config["dependencies"]
        for identifier in dependency["inputs"]
        if components[identifier]["type"] != "state"
    ]
    assert len(inputs) == 11
    assert all(props["label"] and props["info"] for props in inputs)


def test_poster_is_a_png_of_the_size_asked_for(client: Client) -> None:
    path = client.predict("Slow tide", 320, 256, "ocean", 7, api_name="/poster")
    with Image.open(path) as image:
        assert (image.format, image.size) == ("PNG", (320, 256))
        expected = poster.draw("Slow tide", width=320, height=256, palette="ocean", seed=7)
        assert image.tobytes() == expected.tobytes()


def test_poster_needs_no_more_than_a_prompt(client: Client) -> None:
    with Image.open(client.predict("North", api_name="/poster")) as image:
        assert image.size == (512, 512)


def test_poster_takes_sizes_as_json_numbers_of_either_kind(client: Client) -> None:
    with Image.open(client.predict("North", 256.0, 320.0, api_name="/poster")) as image:
        assert image.size == (256, 320)


def test_poster_tells_its_steps(url: str) -> None:
    messages = stream(url, "poster", ["Slow tide", 256, 256, "ocean", 7])
    assert steps_of(messages) == ["0/3 sky", "1/3 hills", "2/3 lettering"]
    assert messages[-2]["msg"] == "process_completed"
    assert messages[-2]["success"] is True


def test_haiku_grows_word_by_word(client: Client) -> None:
    drafts = list(client.submit("rain", api_name="/haiku"))
    assert drafts[-1] == "\n".join(haiku.compose("rain"))
    assert len(drafts) >= len(drafts[-1].split())
    assert all(later.startswith(sooner) for sooner, later in itertools.pairwise(drafts))


def test_haiku_tells_how_far_it_is(url: str) -> None:
    words = len(" ".join(haiku.compose("the last train")).split())
    steps = steps_of(stream(url, "haiku", ["the last train"]))
    assert f"{words - 1}/{words} writing" in steps


@pytest.mark.parametrize("numbers", ["1, 2, 3, 6", "1 2 3 6", "[1, 2, 3, 6]", ' ["1", 2.0, 3, 6] '])
def test_statistics_of_numbers_however_written(client: Client, numbers: str) -> None:
    summary, table = client.predict(numbers, api_name="/statistics")
    assert summary == {"count": 4, "mean": 3, "median": 2.5, "minimum": 1, "maximum": 6}
    assert table["headers"] == ["Measure", "Value"]
    assert [row[0] for row in table["data"]] == list(summary)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ("1, two, 3", "“two” is not a number; write them like 1, 2, 3."),
        ("[1, true]", "“True” is not a number; write them like 1, 2, 3."),
        ("nan", "“nan” is not a number; write them like 1, 2, 3."),
        ("[1e999]", "“inf” is not a number; write them like 1, 2, 3."),
        (" ", "There are no numbers: give at least one, such as 1, 2, 3."),
        ("[]", "There are no numbers: give at least one, such as 1, 2, 3."),
        ("[1, 2", "The list is not valid JSON"),
    ],
)
def test_statistics_names_what_is_wrong(client: Client, numbers: str, message: str) -> None:
    with pytest.raises(AppError) as refusal:
        client.predict(numbers, api_name="/statistics")
    assert str(refusal.value).startswith(message)


def test_empty_prompts_and_topics_are_refused(client: Client) -> None:
    with pytest.raises(AppError, match="The prompt is empty"):
        client.predict(" ", api_name="/poster")
    with pytest.raises(AppError, match="The topic is empty"):
        client.predict(" ", api_name="/haiku")


def test_shout_repeats_outside_the_queue(client: Client) -> None:
    (dependency,) = (each for each in client.config["dependencies"] if each["api_name"] == "shout")
    assert dependency["queue"] is False
    assert client.predict("ahoy", 3, True, api_name="/shout") == "AHOY AHOY AHOY!!!"
    assert client.predict("ahoy", 1, False, api_name="/shout") == "AHOY."


def test_notes_are_remembered_for_one_visitor_only(client: Client, url: str) -> None:
    client.predict("Water the ferns", api_name="/remember")
    both = client.predict("Call Zoë", api_name="/remember")
    assert both == "1. Water the ferns\n2. Call Zoë"
    other = Client(url, verbose=False, analytics_enabled=False)
    assert other.predict("", api_name="/remember") == "Nothing yet."
    other.close()


@pytest.mark.parametrize("topic", ["rain", "sea", "autumn", "the last train", "a robot at night"])
def test_haiku_has_5_7_and_5_syllables(topic: str) -> None:
    lines = haiku.compose(topic)
    assert [haiku.count_syllables(line) for line in lines] == [5, 7, 5]
    assert lines[0].lower().startswith(topic)


def test_every_line_of_the_haiku_grammar_has_the_syllables_it_should() -> None:
    count = haiku.count_syllables
    for missing, openings in haiku.OPENINGS.items():
        assert {count(opening) for opening in openings} == {missing}
    assert {count(subject) for subject in haiku.SUBJECTS} == {3}
    assert {count(verb) for verb in haiku.VERBS} == {4}
    assert {count(closing) for closing in haiku.CLOSINGS} == {5}


@pytest.mark.parametrize("palette", poster.PALETTES)
def test_poster_follows_from_its_request_alone(palette: str) -> None:
    first, again, other = (
        poster.draw("North", width=256, height=256, palette=palette, seed=seed).tobytes()
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("  Été \n à la mer ", "Ete a la mer"),
        ("It\u2019s late", "It\u2019s late"),
        ("夜", poster.UNTITLED),
        ("word " * 40, "word " * 17 + "word…"),
        ("x" * 200, "x" * poster.TITLE_LIMIT + "…"),
    ],
)
def test_title_has_only_letters_that_can_be_drawn(prompt: str, title: str) -> None:
    assert poster.to_printable(prompt) == title


@pytest.mark.parametrize(
    "title", ["A", "Night train to Lisbon", "x" * 91, "of all the things " * 5]
)
@pytest.mark.parametrize(("width", "height"), [(200.0, 45.0), (400.0, 170.0), (900.0, 45.0)])
def test_title_stays_within_its_place(title: str, width: float, height: float) -> None:
    lines, font = poster.fit_title(title, width, height)
    assert "".join(lines).replace(" ", "") == title.replace(" ", "")
    assert max(font.getlength(line) for line in lines) <= width
    assert len(lines) * font.size <= height
