"""`space-tools install` as a person and as a script run it, in a home of its own."""

import json
import os
import pty
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client as McpClient
from mcp.client.stdio import StdioServerParameters, stdio_client

from space_tools.installing.clients import CLIENTS
from tests.cli.running import COMMAND
from tests.gradio_server import RunningApp

Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]

TOKEN = "hf_averysecrettoken"
CURSOR = b'{\n\t"mcpServers": {\n\t\t"other": {"command": "x"} // mine\n\t}\n}\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The working directory."""
    folder = tmp_path / "work" / "project"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the command finds its user's files."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def environment(home: Path, **env: str) -> dict[str, str]:
    moved = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "APPDATA": str(home)}
    return {**os.environ, **moved, **env}


@pytest.fixture
def install(home: Path, project: Path) -> Run:
    """Runs `space-tools install`, without a terminal."""

    def run(*arguments: str, cwd: Path = project, **env: str) -> Ended:
        return subprocess.run(
            [*COMMAND, "install", *arguments],
            cwd=cwd,
            env=environment(home, **env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def succeeded(ended: Ended) -> str:
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(ended: Ended, status: int = 2) -> str:
    assert ended.returncode == status, (ended.stdout, ended.stderr)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("space-tools: ")
    return ended.stderr.strip()


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# The others' files are in tests/installing: a process for each would take its time.
@pytest.mark.parametrize("name", ["claude-desktop", "vscode", "zed", "codex", "copilot-cli"])
def test_the_entry_is_in_the_file_that_the_client_reads(
    install: Run, home: Path, project: Path, name: str
) -> None:
    told = json.loads(succeeded(install(name, "--space", "a=o/n", "--yes", "--json")))
    assert told["action"] == "written"
    assert told["backup"] is None
    [(path, content)] = everything(home).items()
    assert told["path"] == str(home / path)
    read: Callable[[str], Any] = tomllib.loads if path.endswith(".toml") else json.loads
    ((_, servers),) = read(content.decode()).items()
    entry = servers["space-tools"]
    assert entry == told["entry"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"] == ["serve", "--space", "a=o/n", "--root", str(project)]


def test_installing_twice_changes_nothing_and_removing_leaves_the_file_as_it_was(
    install: Run, home: Path
) -> None:
    path = home / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_bytes(CURSOR)
    said = succeeded(install("cursor", "--space", "o/n", "--yes"))
    backup = path.with_name("mcp.json.space-tools-backup")
    assert f"space-tools was written: {path} (as it was: {backup})" in said
    assert b'{"command": "x"}, // mine' in path.read_bytes()
    assert backup.read_bytes() == CURSOR
    written = everything(home)

    said = succeeded(install("cursor", "--space", "o/n", "--yes"))
    assert said == f"space-tools is already in {path}: nothing to do\n"
    assert everything(home) == written

    said = succeeded(install("cursor", "--remove", "--yes"))
    assert "space-tools was removed" in said
    assert path.read_bytes() == CURSOR
    said = succeeded(install("cursor", "--remove", "--yes"))
    assert said == f"space-tools is not in {path}: nothing to do\n"


def test_project_scope_and_another_name(install: Run, home: Path, project: Path) -> None:
    succeeded(install("vscode", "--space", "o/n", "--scope", "project", "--name", "art", "--yes"))
    assert everything(home) == {}
    [(path, content)] = everything(project).items()
    assert path == ".vscode/mcp.json"
    assert list(json.loads(content)["servers"]) == ["art"]
    assert "Claude Desktop has no configuration for a project here" in refused(
        install("claude-desktop", "--space", "o/n", "--scope", "project", "--yes")
    )


def test_printing_writes_nothing_and_gives_the_entry_and_its_links(
    install: Run, home: Path
) -> None:
    ended = install("cursor", "--space", "o/n", "--print")
    shown = json.loads(succeeded(ended))
    assert shown["mcpServers"]["space-tools"]["args"][:3] == ["serve", "--space", "o/n"]
    assert f"{home}/.cursor/mcp.json:\n" in ended.stderr
    assert "app: cursor://anysphere.cursor-deeplink/mcp/install?name=space-tools" in ended.stderr
    told = json.loads(succeeded(install("cursor", "--space", "o/n", "--print", "--json")))
    assert told["entry"] == shown["mcpServers"]["space-tools"]
    assert sorted(told["links"]) == ["app", "web"]
    ended = install("codex", "--space", "o/n", "--print")
    assert list(tomllib.loads(succeeded(ended))["mcp_servers"]) == ["space-tools"]
    assert succeeded(install("goose", "--space", "o/n", "--print")).startswith("app: goose://")
    assert everything(home) == {}


def test_options_of_serve_come_with_it(install: Run, project: Path) -> None:
    (project / "studio.toml").write_text("[spaces.b]\nsrc = 'o/m'\n")
    (project / "data").mkdir()
    options = ["--config", "studio.toml", "--space", "o/n", "--exclude", "n/x", "--root", "data"]
    told = json.loads(
        succeeded(install("kiro", *options, "--print", "--json", SPACE_TOOLS_EXCLUDE="n/y"))
    )
    expected = ["--config", str(project / "studio.toml"), "--space", "o/n"]
    expected += ["--exclude", "n/x", "--root", str(project / "data")]
    assert told["entry"]["args"] == ["serve", *expected]


def test_in_a_home_no_root_is_written(install: Run, home: Path) -> None:
    told = json.loads(succeeded(install("kiro", "--space", "o/n", "--print", "--json", cwd=home)))
    assert told["entry"]["args"] == ["serve", "--space", "o/n"]


def test_a_server_that_runs_already(install: Run) -> None:
    url = "http://127.0.0.1:8765/mcp"
    told = json.loads(succeeded(install("gemini", "--http", url, "--print", "--json")))
    assert told["entry"] == {"httpUrl": url}
    said = refused(install("gemini", "--http", url, "--space", "o/n", "--print"))
    assert "--http takes no options of `serve`" in said
    assert "Claude Desktop takes no URL" in refused(install("claude-desktop", "--http", url))


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("gemini-cli", {"env": {"HF_TOKEN": "$HF_TOKEN"}}),
        ("codex", {"env_vars": ["HF_TOKEN", "SPACE_TOOLS_AUTH_MINE"]}),
    ],
)
def test_a_secret_is_written_as_its_name_only(
    install: Run, home: Path, name: str, reference: dict[str, Any]
) -> None:
    secrets = {"HF_TOKEN": TOKEN, "SPACE_TOOLS_AUTH_MINE": "user:averysecretword"}
    spaces = ["--space", "mine=o/n"] if name == "codex" else ["--space", "o/n"]
    ended = install(name, *spaces, "--yes", "--json", **secrets)
    assert reference.items() <= json.loads(succeeded(ended))["entry"].items()
    assert "averysecret" not in ended.stdout + ended.stderr
    assert b"averysecret" not in b"".join(everything(home).values())


def test_a_token_is_not_for_an_app_that_is_not_on_the_hub(install: Run) -> None:
    shown = succeeded(
        install("gemini", "--space", "http://127.0.0.1:7860", "--print", HF_TOKEN=TOKEN)
    )
    assert "HF_TOKEN" not in shown


def test_a_client_that_hands_no_variable_on_says_how_else(install: Run, home: Path) -> None:
    arguments = ["claude-desktop", "--space", "o/n", "--print"]
    env = {"HF_TOKEN": TOKEN, "HF_HOME": str(home / "hf")}
    ended = install(*arguments, **env)
    assert "HF_TOKEN" not in succeeded(ended)
    assert "Claude Desktop hands HF_TOKEN to no server" in ended.stderr
    assert "run `hf auth login` once" in ended.stderr
    (home / "hf").mkdir()
    (home / "hf" / "token").write_text(TOKEN)
    assert "hf auth login" not in install(*arguments, **env).stderr


def test_without_a_client_they_are_listed(install: Run, home: Path) -> None:
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").write_bytes(CURSOR)
    succeeded(install("codex", "--space", "o/n", "--yes"))
    lines = succeeded(install()).splitlines()
    states = {line.split()[0]: line for line in lines if not line.startswith(" ")}
    assert set(states) == {client.name for client in CLIENTS}
    assert "found" in states["cursor"]
    assert "has space-tools" in states["codex"]
    assert f"-                {home}/.claude.json" in states["claude-code"]
    assert "--print" in states["goose"]
    told = {client["client"]: client for client in json.loads(succeeded(install("--json")))}
    assert told["cursor"]["files"][0]["found"] is True
    assert told["codex"]["files"][0]["installed"] is True


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["cursr", "--space", "o/n"], "'cursr' is no client that is known; did you mean cursor?"),
        (["cursor"], "no app is named: give --space [ALIAS=]SRC, or --config FILE"),
        (["cursor", "--space", "whisper"], "'whisper' is neither a Space id"),
        (["cursor", "--space", "o/n", "--exclude", "x/y"], "--exclude: 'x/y' matches no alias"),
        (["cursor", "--space", "o/n", "--name", "a b"], "--name: 'a b' is not of A-Z"),
        (["cursor", "--space", "o/n"], "there is no terminal to ask at"),
        (["cursor", "--print", "--remove"], "--print and --remove do not go together"),
        (["goose", "--space", "o/n", "--yes"], "open the link that --print gives"),
    ],
)
def test_wrong_usage_says_what_to_do_and_writes_nothing(
    install: Run, home: Path, arguments: list[str], sentence: str
) -> None:
    assert sentence in refused(install(*arguments))
    assert everything(home) == {}


@pytest.mark.parametrize("options", [["--space", "o/n"], ["--remove"]])
def test_a_file_that_is_broken_is_not_touched(install: Run, home: Path, options: list[str]) -> None:
    path = home / ".claude.json"
    path.write_bytes(b'{"mcpServers": {,}}')
    assert refused(install("claude-code", *options, "--yes")) == (
        f"space-tools: {path} is not valid JSON, line 1: ',}}}}' cannot stand there; "
        "it was not touched"
    )
    assert everything(home) == {".claude.json": b'{"mcpServers": {,}}'}


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_a_person_is_shown_the_change_and_asked(
    home: Path, project: Path, answer: str, status: int
) -> None:
    path = home / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_bytes(CURSOR)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal, os.fdopen(ours, "w") as keys:
        keys.write(f"{answer}\n")
        keys.flush()
        ended = subprocess.run(
            [*COMMAND, "install", "cursor", "--space", "o/n"],
            cwd=project,
            env=environment(home),
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ended.returncode == status, ended.stderr
    assert f"{path}:\n" in ended.stderr
    assert '\n-\t\t"other": {"command": "x"} // mine\n' in ended.stderr
    assert '\n+\t\t"other": {"command": "x"}, // mine\n' in ended.stderr
    assert '\n+\t\t"space-tools": {\n' in ended.stderr
    assert "Write this? [y/N]:" in ended.stderr
    assert (path.read_bytes() != CURSOR) is (answer == "y")
    assert ("nothing was written" in ended.stderr) is (answer != "y")


async def test_what_is_written_starts_the_server(
    install: Run, project: Path, kitchen_sink: RunningApp
) -> None:
    (project / "note.txt").write_text("hello")
    succeeded(
        install(
            *("claude-code", "--space", f"ks={kitchen_sink.url}"),
            *("--scope", "project", "--include", "ks/echo_text", "--include", "ks/file_single"),
            "--yes",
        )
    )
    servers = json.loads((project / ".mcp.json").read_text())["mcpServers"]
    entry = servers["space-tools"]
    process = StdioServerParameters(
        command=entry["command"], args=entry["args"], env=dict(os.environ), cwd="/"
    )
    async with McpClient(stdio_client(process)) as client:
        tools = await client.list_tools()
        names = {tool.name for tool in tools.tools if not tool.name.startswith("job_")}
        assert names == {"ks_echo_text", "ks_file_single"}
        echoed = await client.call_tool("ks_echo_text", {"x": "hi"})
        assert echoed.structured_content == {"Out": "hi"}
        read = await client.call_tool("ks_file_single", {"x": "note.txt"})
        assert not read.is_error, read.content
