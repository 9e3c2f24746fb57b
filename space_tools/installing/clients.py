"""The MCP clients whose configuration we know: where it is, and how an entry looks in it.

Source: the clients' own documentation, read in 2026. Another client is another row.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

from space_tools.config.values import suggest
from space_tools.errors import ConfigurationError
from space_tools.installing import links
from space_tools.installing.documents import Place
from space_tools.installing.entries import PassOn, Shape, by_name, by_reference, inherited
from space_tools.installing.machine import Machine

Scope = Literal["user", "project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One row. `user` and `project` lead to its files; `link` makes links for it.

    `after` says what a person has to do before the entry counts.
    """

    name: str
    title: str
    format: str = "json"
    root: str = "mcpServers"
    user: Callable[[Machine], PurePath] | None = None
    project: str | None = None
    stdio: Mapping[str, Any] = field(default_factory=dict)
    http: Mapping[str, Any] = field(default_factory=dict)
    url_key: str | None = "url"
    pass_on: PassOn | None = None
    link: Callable[[str, links.Entry], links.Links] | None = None
    after: str = ""

    @property
    def place(self) -> Place:
        """Where in its files servers are."""
        return Place(self.format, self.root)

    @property
    def shape(self) -> Shape:
        """How its entries look."""
        return Shape(stdio=self.stdio, http=self.http, url_key=self.url_key, pass_on=self.pass_on)

    def paths(self, machine: Machine) -> dict[Scope, PurePath]:
        """Its configuration files, there or not."""
        paths: dict[Scope, PurePath] = {}
        if self.user is not None:
            paths["user"] = self.user(machine)
        if self.project is not None:
            project = machine.folder / self.project
            if project not in paths.values():  # as it is in a home
                paths["project"] = project
        return paths

    def path(self, machine: Machine, scope: Scope) -> PurePath:
        """The file of that scope. Raises `ConfigurationError` if it has none."""
        paths = self.paths(machine)
        if scope not in paths:
            raise ConfigurationError(f"{self.title} has no configuration for a {scope} here")
        return paths[scope]


def _in_home(*parts: str) -> Callable[[Machine], PurePath]:
    return lambda machine: machine.home.joinpath(*parts)


def _in_settings(*parts: str) -> Callable[[Machine], PurePath]:
    return lambda machine: machine.settings().joinpath(*parts)


def _claude_code(machine: Machine) -> PurePath:
    return machine.named("CLAUDE_CONFIG_DIR", machine.home) / ".claude.json"


def _codex(machine: Machine) -> PurePath:
    return machine.named("CODEX_HOME", machine.home / ".codex") / "config.toml"


def _copilot(machine: Machine) -> PurePath:
    return machine.named("COPILOT_HOME", machine.home / ".copilot") / "mcp-config.json"


def _zed(machine: Machine) -> PurePath:
    if machine.platform == "win32":
        return machine.settings() / "Zed" / "settings.json"
    if machine.platform == "darwin":
        return machine.home / ".config" / "zed" / "settings.json"
    return machine.settings() / "zed" / "settings.json"


_CLINE = ("globalStorage", "saoudrizwan.claude-dev", "settings", "cline_mcp_settings.json")

CLIENTS = (
    Client(
        name="claude-desktop",
        title="Claude Desktop",
        user=_in_settings("Claude", "claude_desktop_config.json"),
        url_key=None,
        after="Quit Claude Desktop and start it again.",
    ),
    Client(
        name="claude-code",
        title="Claude Code",
        user=_claude_code,
        project=".mcp.json",
        stdio={"type": "stdio"},
        http={"type": "http"},
        pass_on=inherited,
        after="Sessions of Claude Code that start from now on have it.",
    ),
    Client(
        name="cursor",
        title="Cursor",
        format="jsonc",
        user=_in_home(".cursor", "mcp.json"),
        project=".cursor/mcp.json",
        pass_on=by_reference("${{env:{}}}"),
        link=links.cursor,
        after="Look for it in Cursor's settings, under MCP.",
    ),
    Client(
        name="vscode",
        title="VS Code",
        format="jsonc",
        root="servers",
        user=_in_settings("Code", "User", "mcp.json"),
        project=".vscode/mcp.json",
        stdio={"type": "stdio"},
        http={"type": "http"},
        pass_on=inherited,
        link=links.vscode,
        after="Start it with the command MCP: List Servers.",
    ),
    Client(
        name="vscode-insiders",
        title="VS Code Insiders",
        format="jsonc",
        root="servers",
        user=_in_settings("Code - Insiders", "User", "mcp.json"),
        project=".vscode/mcp.json",
        stdio={"type": "stdio"},
        http={"type": "http"},
        pass_on=inherited,
        link=links.vscode_insiders,
        after="Start it with the command MCP: List Servers.",
    ),
    Client(
        name="windsurf",
        title="Windsurf",
        user=_in_home(".codeium", "windsurf", "mcp_config.json"),
        url_key="serverUrl",
        pass_on=by_reference("${{env:{}}}"),
        after="Refresh the MCP servers in Windsurf's settings.",
    ),
    Client(
        name="cline",
        title="Cline",
        user=_in_settings("Code", "User", *_CLINE),
        stdio={"type": "stdio"},
        http={"type": "streamableHttp"},
        pass_on=by_reference("${{env:{}}}"),
        after="Look for it among Cline's MCP servers.",
    ),
    Client(
        name="zed",
        title="Zed",
        format="jsonc",
        root="context_servers",
        user=_zed,
        stdio={"source": "custom"},
        pass_on=inherited,
        after="Look for it in Zed's agent panel.",
    ),
    Client(
        name="gemini-cli",
        title="Gemini CLI",
        format="jsonc",
        user=_in_home(".gemini", "settings.json"),
        project=".gemini/settings.json",
        url_key="httpUrl",
        pass_on=by_reference("${}"),
        after="Sessions of Gemini CLI that start from now on have it.",
    ),
    Client(
        name="codex",
        title="Codex CLI",
        format="toml",
        root="mcp_servers",
        user=_codex,
        project=".codex/config.toml",
        pass_on=by_name,
        after="Sessions of Codex that start from now on have it.",
    ),
    Client(
        name="lm-studio",
        title="LM Studio",
        user=_in_home(".lmstudio", "mcp.json"),
        link=links.lm_studio,
        after="Switch it on in LM Studio, under Program.",
    ),
    Client(
        name="copilot-cli",
        title="Copilot CLI",
        user=_copilot,
        stdio={"type": "local", "tools": ["*"]},
        http={"type": "http", "tools": ["*"]},
        pass_on=by_reference("${{{}}}"),
        after="Sessions of Copilot CLI that start from now on have it.",
    ),
    Client(
        name="kiro",
        title="Kiro",
        format="jsonc",
        user=_in_home(".kiro", "settings", "mcp.json"),
        project=".kiro/settings/mcp.json",
        pass_on=by_reference("${{{}}}"),
        link=links.kiro,
        after="Look for it in Kiro's panel of MCP servers.",
    ),
    Client(name="goose", title="Goose", url_key=None, pass_on=inherited, link=links.goose),
)

BY_NAME = {client.name: client for client in CLIENTS}


def find_client(text: str) -> Client:
    """The client of that name, however it is spelled. Raises `ConfigurationError` for none."""
    for client in CLIENTS:
        if _letters(text) in (_letters(client.name), _letters(client.title)):
            return client
    raise ConfigurationError(f"{text!r} is no client that is known{suggest(text, BY_NAME)}")


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower()).removesuffix("cli")
