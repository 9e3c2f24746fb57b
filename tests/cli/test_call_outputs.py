"""`space-tools call`: what comes back, and where its files are."""

import json
import re
import subprocess
from pathlib import Path

from tests.cli.running import COMMAND, ROOT, fails, succeeds
from tests.full_disk import on_full_disk
from tests.gradio_server import RunningApp


def test_call_saves_the_files_that_come_back(
    kitchen_sink: RunningApp, assets: Path, tmp_path: Path
) -> None:
    for expected in ("a.txt", "a-1.txt"):
        saved = succeeds("call", kitchen_sink.url, "file_out", "--output-dir", str(tmp_path))
        assert Path(saved.strip()) == tmp_path / expected
        assert Path(saved.strip()).read_bytes() == (assets / "a.txt").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1.txt", "a.txt"]


def test_call_whose_files_cannot_be_saved_says_so_beside_its_result(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    arguments = ["call", kitchen_sink.url, "file_out", "--output-dir", str(tmp_path)]
    command = on_full_disk([*COMMAND, *arguments])
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"{kitchen_sink.url}/gradio_api/file=")
    said = "space-tools: the call is done, but its files cannot be saved: File too large\n"
    assert ended.stderr == said
    assert list(tmp_path.iterdir()) == []


def test_call_without_a_folder_prints_where_the_file_is(kitchen_sink: RunningApp) -> None:
    shown = succeeds("call", kitchen_sink.url, "file_out")
    assert re.fullmatch(rf"{kitchen_sink.url}/gradio_api/file=\S+/a\.txt\n", shown)


def test_json_that_looks_like_a_file_is_not_fetched(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    given = '{"url": "http://elsewhere.invalid/x", "name": "x"}'
    shown = succeeds(
        "call", kitchen_sink.url, "json_io", f"x={given}", "--output-dir", str(tmp_path)
    )
    assert json.loads(shown) == json.loads(given)
    assert list(tmp_path.iterdir()) == []


def test_a_result_cannot_command_the_terminal_as_a_file_either(kitchen_sink: RunningApp) -> None:
    given = json.dumps({"url": "http://a/\x1b]0;owned\x07", "name": "x"})
    assert "\x1b" not in succeeds("call", kitchen_sink.url, "json_io", f"x={given}")


def test_files_within_an_output_are_shown_by_their_place(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    saved = succeeds("call", kitchen_sink.url, "files_out", "--output-dir", str(tmp_path))
    assert json.loads(saved) == [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]


def test_a_plot_is_saved(kitchen_sink: RunningApp, tmp_path: Path) -> None:
    arguments = ["call", kitchen_sink.url, "plot", "--output-dir", str(tmp_path)]
    path = tmp_path / "plot.webp"
    assert json.loads(succeeds(*arguments)) == {"type": "matplotlib", "plot": str(path)}
    assert path.read_bytes()[8:12] == b"WEBP"
    plot = json.loads(succeeds(*arguments, "--json"))["Out"]["plot"]
    again = str(tmp_path / "plot-1.webp")
    assert plot == {"name": "plot.webp", "mime_type": "image/webp", "path": again}


def test_a_plot_that_is_not_saved_is_not_poured_into_the_terminal(
    kitchen_sink: RunningApp,
) -> None:
    shown = json.loads(succeeds("call", kitchen_sink.url, "plot"))["plot"]
    words = r"plot\.webp \(image/webp, about [\d.]+ (bytes|KB); --output-dir saves it\)"
    assert re.fullmatch(words, shown)


def test_json_has_a_plot_whole(kitchen_sink: RunningApp) -> None:
    shown = json.loads(succeeds("call", kitchen_sink.url, "plot", "--json"))
    assert shown["Out"]["plot"]["url"].startswith("data:image/webp;base64,")


def test_what_an_app_remembers_ends_with_the_command(kitchen_sink: RunningApp) -> None:
    for _ in range(2):
        assert succeeds("call", kitchen_sink.url, "generator_state") == "3\n"
    assert json.loads(succeeds("call", kitchen_sink.url, "generator_state", "--json")) == {"Out": 3}
    for given in (["session=x"], ["--args", '{"session": "x"}']):
        said = fails(1, "call", kitchen_sink.url, "generator_state", *given)
        assert said == "space-tools: `session` is not a parameter"


def test_view_api_shows_no_argument_that_a_command_cannot_give(kitchen_sink: RunningApp) -> None:
    shown = succeeds("view-api", kitchen_sink.url).partition("/generator_state ")[2]
    shown = shown.partition("/audio_stream_out")[0]
    assert "session" not in shown
    assert "What the app remembers of a call ends with the command." in shown
