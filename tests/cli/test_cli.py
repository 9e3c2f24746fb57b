import json
import re
import shlex
import subprocess

import pytest

import space_tools as package
from space_tools.cli import COMMANDS
from space_tools.config.file import VARIABLE
from space_tools.config.options import OPTIONS, SPACE
from space_tools.errors import UNTOLD
from tests.cli.running import COMMAND, ROOT, fails, space_tools, succeeds
from tests.gradio_server import RunningApp, free_port


def test_version() -> None:
    assert succeeds("--version") == f"space-tools {package.__version__}\n"


def test_help_names_every_command() -> None:
    shown = succeeds("--help")
    assert all(f"  {name} " in shown for name in COMMANDS)


def test_the_readme_shows_the_commands_that_there_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Commands")[2].partition("## ")[0]
    assert re.findall(r"^\| `space-tools ([\w-]+)", table, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(name: str) -> None:
    assert f"Usage: space-tools {name}" in succeeds(name, "--help")


def test_the_readme_has_a_row_for_every_option_of_serve() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Configuration")[2].partition("## ")[0]
    rows = re.findall(r"^\| `(--[a-z-]+)[^`]*` \| `([A-Z_]+)` \|", table, re.MULTILINE)
    flags = re.findall(r"^  (--[a-z-]+)", succeeds("serve", "--help"), re.MULTILINE)
    assert [flag for flag, _ in rows] == flags
    options = {option.flag: option.variable for option in (SPACE, *OPTIONS)}
    assert dict(rows) == {"--config": VARIABLE, **options}


def test_view_api_shows_parameters_and_the_tool(interface_app: RunningApp) -> None:
    shown = succeeds("view-api", f"t={interface_app.url}")
    assert "/greet → t_greet" in shown
    assert re.search(r"name +string +required", shown)
    assert re.search(r"intensity +integer 1-5 += 1", shown)
    assert "greeting" in shown
    assert "\x1b" not in shown


def test_view_api_as_json(kitchen_sink: RunningApp) -> None:
    shown = json.loads(succeeds("view-api", kitchen_sink.url, "--all", "--json"))
    assert shown["gradio"] == "6.31.0"
    number = shown["endpoints"]["/number"]
    assert number["tool"] == f"app_{kitchen_sink.port}_number"
    assert number["input_schema"]["properties"]["x"]["maximum"] == 10
    why = {endpoint["name"]: endpoint["why"] for endpoint in shown["no_tools"]}
    assert why["/private"] == "private"
    assert why["/undocumented"] == "undocumented"


def test_call_prints_a_lone_text_as_it_is(kitchen_sink: RunningApp) -> None:
    assert succeeds("call", kitchen_sink.url, "echo_text", "x=grüß = dich") == "grüß = dich\n"


def test_call_reads_values_as_the_parameter_wants_them(kitchen_sink: RunningApp) -> None:
    arguments = ["prompt=5", "count=7", "flag=false", "style=fancy"]
    assert succeeds("call", kitchen_sink.url, "/defaults", *arguments) == "5|7|False|fancy|None\n"


def test_call_takes_arguments_as_json_and_gives_json(kitchen_sink: RunningApp) -> None:
    arguments = '{"a": "one", "b": "two"}'
    shown = succeeds("call", kitchen_sink.url, "two_outputs", "--args", arguments, "--json")
    assert json.loads(shown) == {"Out A": "one", "Out B": "two"}


def test_call_names_several_outputs(kitchen_sink: RunningApp) -> None:
    assert succeeds("call", kitchen_sink.url, "two_outputs", "a=1", "b=2") == "Out A: 1\nOut B: 2\n"


def test_call_reaches_an_undocumented_endpoint_by_name(kitchen_sink: RunningApp) -> None:
    assert succeeds("call", kitchen_sink.url, "undocumented", "text=hi") == "hi\n"


def test_call_tells_what_the_app_logs_on_stderr(kitchen_sink: RunningApp) -> None:
    ended = space_tools("call", kitchen_sink.url, "logs")
    assert ended.stdout == "logged\n"
    assert ended.stderr.splitlines()[:3] == [
        "info: an info",
        "warning: a warning",
        "success: a success",
    ]


def test_an_output_cannot_command_the_terminal(kitchen_sink: RunningApp) -> None:
    assert succeeds("call", kitchen_sink.url, "echo_text", "x=a\x1b[31mb\x07") == "ab\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["number", "x=99"], "`x` must be at most 10, got 99"),
        (["number", "y=1"], "`y` is not a parameter"),
        (["echo_text_required"], "`x` is required"),
        (["raise_error", "kind=gr"], "the app failed: custom gr error"),
        (["nmber"], "has no endpoint nmber; did you mean /number"),
        (["private", "x=1"], "has no endpoint private"),
    ],
)
def test_a_failed_call_says_why(
    kitchen_sink: RunningApp, arguments: list[str], sentence: str
) -> None:
    assert sentence in fails(1, "call", kitchen_sink.url, *arguments)


def test_an_app_that_hides_why_it_failed_is_said_to_once(strict_app: RunningApp) -> None:
    told = fails(1, "call", strict_app.url, "raise_error", "kind=value")
    assert told == f"space-tools: {UNTOLD}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["echo_text", "text"], "'text' is not NAME=VALUE"),
        (["echo_text", "--args", "[1]"], "--args is not a JSON object"),
        (["echo_text", "--args", "{"], "--args is not JSON"),
    ],
)
def test_wrong_usage_exits_with_2(
    kitchen_sink: RunningApp, arguments: list[str], sentence: str
) -> None:
    assert sentence in fails(2, "call", kitchen_sink.url, *arguments)


def test_an_app_that_is_not_there() -> None:
    said = fails(1, "view-api", f"http://127.0.0.1:{free_port()}")
    assert re.fullmatch(
        r"space-tools: cannot connect to http://127\.0\.0\.1:\d+: nothing is listening there", said
    )


@pytest.mark.parametrize("src", ["nonsense", "ftp://host", "http://user:secret@host", "http://"])
def test_a_source_that_is_none(src: str) -> None:
    said = fails(2, "view-api", src)
    assert said.startswith("space-tools: ")
    assert "secret" not in said


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_serving_needs_its_standard_streams(closed: str) -> None:
    command = shlex.join([*COMMAND, "serve", "--space", "http://127.0.0.1:9"])
    ended = subprocess.run(
        ["sh", "-c", f"{command} {closed}"], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert ended.stderr == "space-tools: serving needs an open stdin and stdout\n"
