"""What users have written: `gradio_client` and this client give the same, called live."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio_client
import pytest

import space_tools
from space_tools import AppError, Client, handle_file
from tests.environments import Environments
from tests.gradio_server import APPS, RunningApp, run_app

ASSETS = APPS / "assets"
MakeFile = Callable[[Any], Any]
Case = tuple[str, tuple[Any, ...], dict[str, Any]]


def case(name: str, *args: Any, **kwargs: Any) -> Case:
    return name, args, kwargs


class File:
    """Stands for a file among a case's arguments."""

    def __init__(self, name: str) -> None:
        self.path = ASSETS / name


PLAIN = [
    case("/echo_text"),
    case("/echo_text", "ünï 🎉"),
    case("/echo_text", x="by name"),
    case("/echo_text_required", None),
    case("/number", 7),
    case("/number_echo", 2.5),
    case("/slider", 3),
    case("/checkbox", False),
    case("/checkbox_group", ["a", "c"]),
    case("/radio", "b"),
    case("/radio_index", "b"),
    case("/dropdown", "b"),
    case("/dropdown_multi", ["a", "b"]),
    case("/color", "#00ff00"),
    case("/code", "x = 1"),
    case("/json_io", {"a": [1, None, {"b": "c"}]}),
    case("/dataframe", {"headers": ["x", "y"], "data": [[1, "a"]], "metadata": None}),
    case("/dataframe_out"),
    case("/html_out"),
    case("/markdown_out"),
    case("/label_out"),
    case("/label_str_out"),
    case("/highlighted_out"),
    case("/nan_number"),
    case("/unicode_out"),
    case("/big_out", 100_000),
    case("/no_inputs"),
    case("/no_outputs", "x"),
    case("/two_outputs", "1", "2"),
    case("/same_labels", "1", "2"),
    case("/dup", "x"),
    case("/dup_1", "x"),
    case("/nested/name", "x"),
    case("/Ünï name", "x"),
    case("/defaults", "p", style="fancy"),
    case("/no_label", "x"),
    case("/state_counter"),
    case("/state_append", "x"),
    case("/state_first_out", "x"),
    case("/state_middle_in", "1", "2"),
    case("/sleep_async", 0.01),
    case("/progress", 1),
    case("/generator", "abc"),
    case("/generator_multi", 3),
    case("/generator_shapes"),
    case("/generator_dataframe"),
    case("/generator_chat"),
    case("/generator_label"),
    case("/generator_update"),
    case("/generator_state"),
    case("/logs"),
    case("/no_queue", "x"),
    case("/no_queue_generator", "ab"),
    case("/batch", "x", 2),
    case("/undocumented", "x"),
    case("/header_param", "x"),
    case("/oauth_optional", "x"),
    case("/update_value"),
    case("/update_no_value"),
    case("/update_component"),
    case("/skip"),
    case("/hidden_input", "a"),
    case("/validated_one", 5),
    case("/typed_api", 1, b=3.5, tags=["t"]),
    case("/chatbot_rich_out"),
    case("/chain_1", "x"),
]

FILES = [
    case("/image_filepath", File("red.png")),
    case("/image_numpy", File("red.png")),
    case("/image_numpy_out"),
    case("/image_editor_out"),
    case("/image_slider_out"),
    case("/annotated_image"),
    case("/gallery_out"),
    case("/gallery_in", [{"image": File("red.png"), "caption": "c"}]),
    case("/audio_filepath", File("beep.wav")),
    case("/audio_numpy", x=File("beep.wav")),
    case("/video_out"),
    case("/file_single", File("a.txt")),
    case("/file_multiple", [File("a.txt"), File("b.txt")]),
    case("/file_out"),
    case("/file_out_unicode"),
    case("/files_out"),
    case("/file_none_out"),
    case("/upload_button", File("a.txt")),
    case("/download_button_out"),
    case("/multimodal_textbox", {"text": "see", "files": [File("red.png")]}),
    case("/generator_gallery"),
    case("/generator_file"),
    case("/update_image"),
    case("/plot"),
]

FAILING = [
    case("/raise_error", "gr"),
    case("/raise_error", "value"),
    case("/raise_error", "gr_dur"),
    case("/generator_error", "gr"),
    case("/no_queue_error", "gr"),
    case("/private", "x"),
    case("/nowhere", "x"),
    case("/echo_text_required"),
    case("/echo_text", nothing="x"),
]

STATEFUL = ("/state", "/generator_state")

OLD = [
    case("/echo_text"),
    case("/number", 7),
    case("/dropdown_multi", ["a", "b"]),
    case("/defaults", "p"),
    case("/label_out"),
    case("/two_outputs", "1", "2"),
    case("/state_counter"),
    case("/generator", "abc"),
    case("/no_queue", "x"),
    case("/file_out"),
    case("/gallery_out"),
    case("/video_out"),
    case("/image_filepath", File("red.png")),
    case("/file_multiple", [File("a.txt"), File("b.txt")]),
]
"""What the other generations have too."""


@pytest.fixture(scope="module")
def oracle(
    kitchen_sink: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[gradio_client.Client]:
    folder = tmp_path_factory.mktemp("oracle")
    client = gradio_client.Client(kitchen_sink.url, verbose=False, download_files=folder)
    yield client
    client.close()


@pytest.fixture(scope="module")
def client(kitchen_sink: RunningApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("ours")
    with Client(kitchen_sink.url, verbose=False, download_files=folder) as client:
        yield client


def given(value: Any, make_file: MakeFile) -> Any:
    """Arguments with the files among them made as that client wants them."""
    if isinstance(value, File):
        return make_file(value.path)
    if isinstance(value, list | tuple):
        return [given(item, make_file) for item in value]
    if isinstance(value, dict):
        return {key: given(item, make_file) for key, item in value.items()}
    return value


def comparable(value: Any) -> Any:
    """A result with its local files replaced by what is in them; types are kept."""
    if isinstance(value, str) and value.startswith("/") and Path(value).is_file():
        return Path(value).suffix, Path(value).read_bytes()
    if isinstance(value, list | tuple):
        return type(value)(comparable(item) for item in value)
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key != "layer_key"}
    return value


def called(client: Any, make_file: MakeFile, call: Case) -> Any:
    name, args, kwargs = call
    return client.predict(*given(args, make_file), api_name=name, **given(kwargs, make_file))


def same(ours: Any, theirs: Any, call: Case) -> bool:
    got = comparable(called(ours, handle_file, call))
    expected = comparable(called(theirs, gradio_client.handle_file, call))
    assert repr(got) == repr(expected), call[0]
    return True


@pytest.mark.parametrize("call", [*PLAIN, *FILES], ids=lambda call: call[0])
def test_every_call_gives_the_same(
    client: Client, oracle: gradio_client.Client, call: Case
) -> None:
    if call[0].startswith(STATEFUL):
        oracle.reset_session()
        client.reset_session()
    assert same(client, oracle, call)


@pytest.mark.parametrize("call", FAILING, ids=lambda call: call[0])
def test_every_failure_is_of_a_kind_that_they_expect(
    client: Client, oracle: gradio_client.Client, call: Case
) -> None:
    with pytest.raises(Exception) as expected:  # noqa: PT011 - whatever it is
        called(oracle, gradio_client.handle_file, call)
    wanted = TypeError if expected.type is TypeError else ValueError
    with pytest.raises(wanted) as caught:
        called(client, handle_file, call)
    if isinstance(caught.value, AppError):
        assert caught.value.message == getattr(expected.value, "message", None)


@pytest.mark.parametrize(
    "name", ["/generator", "/generator_multi", "/generator_file", "/no_inputs"]
)
def test_outputs_come_in_the_same_steps(
    client: Client, oracle: gradio_client.Client, name: str
) -> None:
    theirs = oracle.submit(api_name=name)
    theirs.result()
    ours = client.submit(api_name=name)
    assert comparable(list(ours)) == comparable(theirs.outputs())


def test_the_description_as_a_dict_is_the_same(
    client: Client, oracle: gradio_client.Client
) -> None:
    theirs = oracle.view_api(print_info=False, return_format="dict")
    ours = client.view_api(print_info=False, return_format="dict")
    assert isinstance(ours, dict)
    assert ours["named_endpoints"] == theirs["named_endpoints"]
    assert ours["unnamed_endpoints"] == theirs["unnamed_endpoints"]


def test_what_can_be_read_of_a_client_is_the_same(
    client: Client, oracle: gradio_client.Client
) -> None:
    assert client.src == oracle.src
    assert client.space_id == oracle.space_id
    assert client.config == oracle.config
    for each in client, oracle:
        assert each.predict("x", api_name="/headers")["session_hash"] == each.session_hash
        before = each.session_hash
        each.reset_session()
        assert each.session_hash != before
    assert space_tools.file is handle_file


@pytest.mark.parametrize("version", ["4.44.1", "5.49.1"])
def test_other_generations_give_the_same(version: str, tmp_path: Path) -> None:
    with run_app("kitchen_sink", python=Environments().python(version)) as app:
        theirs = gradio_client.Client(app.url, verbose=False, download_files=tmp_path / "theirs")
        with Client(app.url, verbose=False, download_files=tmp_path / "ours") as ours:
            assert all(same(ours, theirs, call) for call in OLD)
            with pytest.raises(ValueError, match="private"):
                ours.predict("x", fn_index=_hidden(theirs))
        theirs.close()


def _hidden(theirs: gradio_client.Client) -> int:
    """The function that the app keeps from its API."""
    index: int = next(
        dependency.get("id", position)
        for position, dependency in enumerate(theirs.config["dependencies"])
        if dependency["api_name"] is False and dependency["inputs"]
    )
    return index
