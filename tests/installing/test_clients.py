"""Where each client keeps its configuration, on each system, and how our entry looks in it."""

import json
import tomllib
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import json5
import pytest

from space_tools.errors import ConfigurationError
from space_tools.installing.clients import BY_NAME, CLIENTS, find_client
from space_tools.installing.files import BACKUP, write
from space_tools.installing.machine import Machine
from space_tools.installing.plan import addition, look_around, removal, want_command, want_url

READERS = {"json": json.loads, "jsonc": json5.loads, "toml": tomllib.loads}

LINUX = Machine("linux", {}, PurePosixPath("/home/me"), PurePosixPath("/work"))
MAC = Machine("darwin", {}, PurePosixPath("/Users/me"), PurePosixPath("/work"))
WINDOWS = Machine("win32", {}, PureWindowsPath("C:/Users/me"), PureWindowsPath("D:/work"))

APP_DATA = {
    "claude-desktop": "Claude/claude_desktop_config.json",
    "vscode": "Code/User/mcp.json",
    "vscode-insiders": "Code - Insiders/User/mcp.json",
    "cline": "Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
}
HOME = {
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "windsurf": ".codeium/windsurf/mcp_config.json",
    "gemini-cli": ".gemini/settings.json",
    "codex": ".codex/config.toml",
    "lm-studio": ".lmstudio/mcp.json",
    "copilot-cli": ".copilot/mcp-config.json",
    "kiro": ".kiro/settings/mcp.json",
}
PROJECT = {
    "claude-code": ".mcp.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".vscode/mcp.json",
    "vscode-insiders": ".vscode/mcp.json",
    "gemini-cli": ".gemini/settings.json",
    "codex": ".codex/config.toml",
    "kiro": ".kiro/settings/mcp.json",
}


@pytest.mark.parametrize(
    ("machine", "app_data", "zed"),
    [
        (LINUX, "/home/me/.config", "/home/me/.config/zed/settings.json"),
        (MAC, "/Users/me/Library/Application Support", "/Users/me/.config/zed/settings.json"),
        (
            WINDOWS,
            "C:/Users/me/AppData/Roaming",
            "C:/Users/me/AppData/Roaming/Zed/settings.json",
        ),
    ],
    ids=["linux", "mac", "windows"],
)
def test_files_are_where_each_system_has_them(machine: Machine, app_data: str, zed: str) -> None:
    kind = type(machine.home)
    expected = {
        **{name: kind(app_data) / path for name, path in APP_DATA.items()},
        **{name: machine.home / path for name, path in HOME.items()},
        "zed": kind(zed),
    }
    paths = {client.name: client.paths(machine) for client in CLIENTS}
    assert {name: found["user"] for name, found in paths.items() if found} == expected
    assert {name: found["project"] for name, found in paths.items() if "project" in found} == {
        name: machine.folder / path for name, path in PROJECT.items()
    }


@pytest.mark.parametrize(
    ("machine", "environ", "name", "path"),
    [
        (LINUX, {"XDG_CONFIG_HOME": "/cfg"}, "vscode", "/cfg/Code/User/mcp.json"),
        (LINUX, {"XDG_CONFIG_HOME": "/cfg"}, "zed", "/cfg/zed/settings.json"),
        (LINUX, {"XDG_CONFIG_HOME": "not/whole"}, "zed", "/home/me/.config/zed/settings.json"),
        (MAC, {"XDG_CONFIG_HOME": "/cfg"}, "zed", "/Users/me/.config/zed/settings.json"),
        (WINDOWS, {"APPDATA": "E:/Roaming"}, "vscode", "E:/Roaming/Code/User/mcp.json"),
        (LINUX, {"CODEX_HOME": "/c"}, "codex", "/c/config.toml"),
        (LINUX, {"COPILOT_HOME": "/c"}, "copilot-cli", "/c/mcp-config.json"),
        (LINUX, {"CLAUDE_CONFIG_DIR": "/c"}, "claude-code", "/c/.claude.json"),
    ],
)
def test_variables_move_them(
    machine: Machine, environ: dict[str, str], name: str, path: str
) -> None:
    moved = Machine(machine.platform, environ, machine.home, machine.folder)
    assert BY_NAME[name].path(moved, "user") == type(machine.home)(path)


def test_a_home_is_no_project() -> None:
    at_home = Machine("linux", {}, PurePosixPath("/home/me"), PurePosixPath("/home/me"))
    assert set(BY_NAME["cursor"].paths(at_home)) == {"user"}
    with pytest.raises(ConfigurationError, match="Cursor has no configuration for a project here"):
        BY_NAME["cursor"].path(at_home, "project")


STDIO = {"command": "/bin/uvx", "args": ["space-tools", "serve"]}
URL = "http://127.0.0.1:8765/mcp"
REFERENCES = {
    "cursor": {"env": {"HF_TOKEN": "${env:HF_TOKEN}"}},
    "windsurf": {"env": {"HF_TOKEN": "${env:HF_TOKEN}"}},
    "cline": {"env": {"HF_TOKEN": "${env:HF_TOKEN}"}},
    "gemini-cli": {"env": {"HF_TOKEN": "$HF_TOKEN"}},
    "codex": {"env_vars": ["HF_TOKEN"]},
    "copilot-cli": {"env": {"HF_TOKEN": "${HF_TOKEN}"}},
    "kiro": {"env": {"HF_TOKEN": "${HF_TOKEN}"}},
}
KINDS = {
    "claude-code": {"type": "stdio"},
    "vscode": {"type": "stdio"},
    "vscode-insiders": {"type": "stdio"},
    "cline": {"type": "stdio"},
    "zed": {"source": "custom"},
    "copilot-cli": {"type": "local", "tools": ["*"]},
}
HTTP = {
    "claude-code": {"type": "http", "url": URL},
    "vscode": {"type": "http", "url": URL},
    "vscode-insiders": {"type": "http", "url": URL},
    "windsurf": {"serverUrl": URL},
    "cline": {"type": "streamableHttp", "url": URL},
    "gemini-cli": {"httpUrl": URL},
    "copilot-cli": {"type": "http", "url": URL, "tools": ["*"]},
}


@pytest.mark.parametrize("name", BY_NAME)
def test_an_entry_is_as_its_client_wants_it(name: str) -> None:
    client = BY_NAME[name]
    command = [STDIO["command"], *STDIO["args"]]
    plain = want_command(client, "s", command, shared=command)
    assert plain.entry == {**KINDS.get(name, {}), **STDIO}
    with_token = want_command(client, "s", command, shared=command, variables=["HF_TOKEN"])
    assert with_token.entry == {**plain.entry, **REFERENCES.get(name, {})}


@pytest.mark.parametrize("name", BY_NAME)
def test_an_entry_for_a_url_is_as_its_client_wants_it(name: str) -> None:
    if name in ("claude-desktop", "goose"):
        with pytest.raises(ConfigurationError, match="takes no URL in its configuration"):
            want_url(BY_NAME[name], "s", URL)
    else:
        assert want_url(BY_NAME[name], "s", URL).entry == HTTP.get(name, {"url": URL})


@pytest.mark.parametrize("url", ["ftp://h/mcp", "127.0.0.1:8765/mcp", "http://", "http://u:p@h/"])
def test_what_is_no_url_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="--http: that is not") as refused:
        want_url(BY_NAME["cursor"], "s", url)
    assert "u:p" not in str(refused.value)


FOREIGN = {
    "json": (
        '\ufeff{\r\n\t"theme": "dark",\r\n\t"ROOT": {\r\n\t\t"other": '
        '{"command": "x", "env": {"T": "\\u00e9é"}}\r\n\t},\r\n\t"n": [1,  2]\r\n}'
    ),
    "jsonc": (
        '// of mine\n{\n   "theme": "dark", // nice\n   "ROOT": {\n      /* this\n one */ "other": '
        '{"url": "http://x//y",},\n      // "old": {},\n   },\n   "n": [1,  2,],\n}\n'
    ),
    "toml": (
        'model = "x"   # nice\n\n[ROOT.other]\ncommand = "x"\nargs = [\n  "a", # one\n]\n\n'
        "[ROOT.other.env]\nT = 'é'\n\n# of mine\n[profiles.a]\nn = [1,  2]\n"
    ),
}


@pytest.mark.parametrize("name", [client.name for client in CLIENTS if client.user])
@pytest.mark.parametrize("kind", [PurePosixPath, PureWindowsPath])
def test_an_entry_comes_and_goes_and_all_else_stays(
    name: str, kind: type[PurePath], tmp_path: Path
) -> None:
    client = BY_NAME[name]
    path = tmp_path / client.path(LINUX, "user").name
    foreign = FOREIGN[client.format].replace("ROOT", client.root).encode()
    path.write_bytes(foreign)
    command = [str(kind("/opt/my tools/space-tools")), "serve", "--space", "a/b"]
    wanted = want_command(client, "space-tools", command, shared=command, variables=["HF_TOKEN"])

    assert write(addition(wanted, path)) == tmp_path / f"{path.name}{BACKUP}"
    written = path.read_bytes()
    read = READERS[client.format]
    value, before = read(written.decode("utf-8-sig")), read(foreign.decode("utf-8-sig"))
    assert value[client.root].pop("space-tools") == wanted.entry
    assert value == before
    assert (tmp_path / f"{path.name}{BACKUP}").read_bytes() == foreign
    assert not addition(wanted, path).is_one

    write(removal(client, "space-tools", path))
    assert path.read_bytes() == foreign
    assert not removal(client, "space-tools", path).is_one


@pytest.mark.parametrize("name", ["cursor", "codex"])
def test_what_a_user_said_of_our_entry_stays(name: str, tmp_path: Path) -> None:
    client = BY_NAME[name]
    path = tmp_path / "config"
    had = {
        "url": "http://gone",
        "command": "gone",
        "env": {"HF_ENDPOINT": "https://mirror.example"},
        "autoApprove": ["a_b"],
        "startup_timeout_sec": 30,
    }
    path.write_text(client.place.shown("space-tools", had), encoding="utf-8")
    wanted = want_command(client, "space-tools", ["new", "serve"], shared=["uvx"])
    write(addition(wanted, path))
    entry: Any = client.place.entries(path.read_bytes())["space-tools"]
    assert entry == {
        "command": "new",
        "args": ["serve"],
        "autoApprove": ["a_b"],
        "startup_timeout_sec": 30,
        "env": {"HF_ENDPOINT": "https://mirror.example"},
    }
    write(addition(want_url(client, "space-tools", URL), path))
    assert client.place.entries(path.read_bytes())["space-tools"] == {
        "url": URL,
        "autoApprove": ["a_b"],
        "startup_timeout_sec": 30,
    }


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text('{"mcpServers": {')
    with pytest.raises(ConfigurationError) as refused:
        removal(BY_NAME["cursor"], "space-tools", path)
    assert str(refused.value) == (
        f"{path} is not valid JSON, line 1: it ends too early; it was not touched"
    )
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigurationError, match=r"mcp\.json cannot be read: Is a directory"):
        removal(BY_NAME["cursor"], "space-tools", path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cursor", "cursor"),
        ("Claude Desktop", "claude-desktop"),
        ("claude_code", "claude-code"),
        ("VS Code", "vscode"),
        ("gemini", "gemini-cli"),
        ("codex-cli", "codex"),
        ("LMStudio", "lm-studio"),
        ("Copilot CLI", "copilot-cli"),
    ],
)
def test_a_client_is_found_however_it_is_spelled(text: str, name: str) -> None:
    assert find_client(text).name == name


@pytest.mark.parametrize(
    ("text", "hint"),
    [("cursr", "did you mean cursor"), ("claude", "did you mean"), ("vscod", "vscode")],
)
def test_a_client_that_is_not_known_is_guessed(text: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        find_client(text)


def test_looking_around_says_what_is_there(tmp_path: Path) -> None:
    machine = Machine("linux", {}, tmp_path, tmp_path / "project")
    wanted = want_command(BY_NAME["cursor"], "space-tools", ["x"], shared=["x"])
    write(addition(wanted, tmp_path / ".cursor" / "mcp.json"))
    (tmp_path / ".claude.json").write_text("{")
    found = {client["client"]: client["files"] for client in look_around(machine, "space-tools")}
    assert found["cursor"] == [
        {
            "scope": "user",
            "path": str(tmp_path / ".cursor/mcp.json"),
            "found": True,
            "installed": True,
        },
        {
            "scope": "project",
            "path": str(tmp_path / "project/.cursor/mcp.json"),
            "found": False,
            "installed": False,
        },
    ]
    assert found["claude-code"][0]["found"]
    assert not found["claude-code"][0]["installed"]
    assert found["goose"] == []
