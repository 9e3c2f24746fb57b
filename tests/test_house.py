"""The rooms of the house: which may import which, and what only one of them may do."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import space_tools

PACKAGE = Path(space_tools.__file__).parent

ROOMS = [
    "errors",
    "credentials",
    "config",
    "installing",
    "egress",
    "gradio",
    "hub",
    "schema",
    "files",
    "tools",
    "doctor",
    "client",
    "server",
    "cli",
]
"""From the ground up: a room imports only from those before it. `demo` stands apart."""

PUBLIC_NAMES = [
    "AppError",
    "AppUnreachable",
    "AsyncClient",
    "AsyncJob",
    "AuthenticationError",
    "CallCancelled",
    "CallError",
    "CallTimeout",
    "Client",
    "ConfigurationError",
    "ConnectError",
    "ConnectionLost",
    "Credentials",
    "HubError",
    "HubUnavailable",
    "InvalidAPIEndpointError",
    "Job",
    "NotAGradioApp",
    "ProgressUnit",
    "ProtocolError",
    "QueueError",
    "SpaceBroken",
    "SpaceNotFound",
    "SpacePaused",
    "SpaceSettings",
    "SpaceStarting",
    "SpaceToolsError",
    "SpaceUnavailable",
    "Status",
    "StatusUpdate",
    "TooManyRequestsError",
    "Tool",
    "ToolSettings",
    "Toolset",
    "TransferError",
    "ValidationError",
    "__version__",
    "handle_file",
]

NOWHERE: tuple[str, ...] = ()
MCP = ("server/", "cli/", "tools/adapters/")
NETWORK = ("egress/",)
TERMINAL = ("cli/",)
PRINTING = (*TERMINAL, "demo/app.py")
DEMO = ("demo/",)

ADAPTER = "tools/adapters/mcp_server.py"

LATE = {(ADAPTER, "server")}
"""Modules that import from a room above theirs, when they are called."""

IMPORTED_ONLY_IN = {
    # The core must install and import beside frameworks that pin mcp<2. The adapter imports it
    # when an MCP server is asked for.
    "mcp": MCP,
    "mcp_types": MCP,
    # One door to the network, so that one place decides what may be talked to.
    "httpcore2": NETWORK,
    "httpx2": NETWORK,
    "socket": (*NETWORK, "server/http/serving.py"),  # to be called at, not to call
    "http.client": NETWORK,
    "urllib.request": NETWORK,
    "wsproto": NETWORK,
    "ssl": (*NETWORK, "client/options.py"),  # TLS settings that a user gave
    **dict.fromkeys(
        ("ftplib", "imaplib", "nntplib", "poplib", "smtplib", "telnetlib", "xmlrpc"), NOWHERE
    ),
    **dict.fromkeys(("http.server", "socketserver", "webbrowser"), NOWHERE),
    # The one exception: it has connections of its own, which belong to the whole process, so that
    # a library must not change them. It asks HF_ENDPOINT alone, and drops tokens on redirects
    # elsewhere; elsewhere than in `hub/` it is asked for what is saved on this machine.
    "huggingface_hub": ("hub/", "cli/identity.py", "client/options.py"),
    # Needed by few, and slow to import: where a program has set it up, it is there already. Spans
    # go to the collector that the environment names.
    "opentelemetry": ("cli/tracing.py",),
    "prometheus_client": ("server/metrics.py",),
    # Predecessors that would bring a second stack.
    "aiohttp": NOWHERE,
    "httpcore": NOWHERE,
    "httpx": NOWHERE,
    "requests": NOWHERE,
    "urllib3": NOWHERE,
    # Never run-time dependencies.
    "gradio": DEMO,
    "gradio_client": NOWHERE,
}
"""Where a module (and all below it) may be imported: folders and files of the package."""

CONNECTING = {
    "connect_tcp",
    "connect_unix",
    "create_connected_udp_socket",
    "create_connection",
    "create_datagram_endpoint",
    "create_unix_connection",
    "getaddrinfo",
    "gethostbyname",
    "getnameinfo",
    "open_connection",
    "open_unix_connection",
    "sock_connect",
    "urlopen",
    "urlretrieve",
}
"""What leads to the network, whichever object it is asked of."""

CALLED_ONLY_IN = {
    # The terminal belongs to the command line; over stdio, stdout belongs to MCP. The demo's app
    # is a process of its own, which says when it is ready.
    "print": PRINTING,
    "exit": TERMINAL,
    "quit": TERMINAL,
    "sys.exit": TERMINAL,
    "os._exit": TERMINAL,
    # Somebody may set the wall clock: it says only what people are told, and how old things are
    # that outlast the process. What ends, or lasts, goes by the monotonic one.
    "time.time": (
        "server/http/identity.py",  # tokens say themselves when they expire
        "tools/descriptions.py",
        "tools/job_records.py",
        "tools/jobs.py",
    ),
    "datetime.now": (
        "cli/quota.py",
        "client/jobs.py",
        "egress/retry_after.py",  # a server names a date, and does not say what time it has
        "tools/job.py",
        "tools/loading.py",
        "tools/pins.py",
        "tools/shortage.py",
    ),
}
"""Where a function may be called, by the name it is called by."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package, parsed."""

    name: str
    """Its path in the package: `tools/toolset.py`."""
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.split("/")[0].removesuffix(".py")

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full name of everything imported: `from a import b` counts as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)

    def calls(self) -> Iterator[tuple[int, str]]:
        """Line and name, as written, of everything called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                yield node.lineno, ast.unparse(node.func)

    def names(self) -> Iterator[tuple[int, str]]:
        """Line and name of everything that is named: the last part of `a.b.c`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                yield node.lineno, node.attr
            elif isinstance(node, ast.Name):
                yield node.lineno, node.id

    def is_in(self, places: tuple[str, ...]) -> bool:
        return any(self.name == place or self.name.startswith(place) for place in places)

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        folders = [PACKAGE.name, *self.name.split("/")[:-1]]
        above = folders[: len(folders) - node.level + 1]
        return ".".join([*above, *([node.module] if node.module else [])])


def modules() -> list[Module]:
    return [
        Module(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


def parsed(name: str, source: str) -> Module:
    return Module(name, ast.parse(source))


def misplaced(module: Module) -> list[str]:
    """What breaks the direction of the rooms, one sentence each."""
    return [
        f"{module.name}:{line} imports {imported}"
        for line, imported in module.imports()
        if not _may_import(module.room, imported) and not _may_reach_up(module.name, imported)
    ]


def _may_reach_up(name: str, imported: str) -> bool:
    return any(imported.startswith(f"space_tools.{room}.") for own, room in LATE if own == name)


def _may_import(room: str, imported: str) -> bool:
    parts = imported.split(".")
    if parts[0] != PACKAGE.name or room == "__init__":
        return True
    target = parts[1] if len(parts) > 1 else ""
    if target in {room, "__version__"}:
        return True
    if target == "demo" or room == "__main__":
        return room == "cli" or target == "cli"
    return room in ROOMS and target in ROOMS[: ROOMS.index(room)]


def out_of_place(module: Module) -> list[str]:
    """What a module imports or calls that only other rooms may, one sentence each."""
    return [
        *_out_of_place(module, "imports", module.imports(), IMPORTED_ONLY_IN),
        *_out_of_place(module, "calls", module.calls(), CALLED_ONLY_IN),
        *_out_of_place(module, "names", module.names(), dict.fromkeys(CONNECTING, NETWORK)),
    ]


def _out_of_place(
    module: Module, verb: str, uses: Iterator[tuple[int, str]], table: dict[str, tuple[str, ...]]
) -> Iterator[str]:
    for line, name in uses:
        places = _places(name, table)
        if places is not None and not module.is_in(places):
            home = ", ".join(places) or "no room"
            yield f"{module.name}:{line} {verb} {name}, which belongs in {home}"


def _places(name: str, table: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The row of the table that is for `name` or for something that it is in."""
    parts = name.split(".")
    wholes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((table[whole] for whole in wholes if whole in table), None)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_rooms_import_only_from_the_rooms_below_them(module: Module) -> None:
    assert misplaced(module) == []


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_network_terminal_and_mcp_stay_in_their_rooms(module: Module) -> None:
    assert out_of_place(module) == []


def test_the_modules_that_reach_up_do_it_late() -> None:
    at_once = [
        node
        for module in modules()
        if module.name in {name for name, _ in LATE}
        for node in module.tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("space_tools.server")
    ]
    assert at_once == []


def test_every_room_is_in_the_plan() -> None:
    rooms = {module.room for module in modules()}
    assert rooms - {"__init__", "__main__", "demo"} <= set(ROOMS)


def test_public_names_are_the_promised_ones() -> None:
    assert sorted(space_tools.__all__) == sorted(PUBLIC_NAMES)
    assert all(hasattr(space_tools, name) for name in PUBLIC_NAMES)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("gradio/app.py", "from space_tools.tools.tool import Tool"),
        ("gradio/app.py", "from ..tools import tool"),
        ("gradio/app.py", "from .. import tools"),
        ("gradio/app.py", "from space_tools import Client"),
        ("gradio/app.py", "def late():\n    import space_tools.server"),
        ("server/app.py", "from space_tools.demo import app"),
        ("demo/app.py", "from space_tools.errors import SpaceToolsError"),
        ("errors.py", "import space_tools"),
        ("attic/things.py", "from space_tools.errors import SpaceToolsError"),
    ],
)
def test_an_import_against_the_direction_is_found(name: str, source: str) -> None:
    assert len(misplaced(parsed(name, source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tools/tool.py", "from space_tools.gradio.app import GradioApp"),
        ("tools/tool.py", "from ..gradio.app import GradioApp"),
        ("tools/tool.py", "from .toolset import Toolset"),
        ("cli/demo.py", "from space_tools.demo import app"),
        ("cli/main.py", "from space_tools import __version__"),
        ("__main__.py", "from space_tools.cli import main"),
        ("__init__.py", "from space_tools.client import Client"),
        (ADAPTER, "def late():\n    from space_tools.server.app import build_server"),
    ],
)
def test_an_import_along_the_direction_is_fine(name: str, source: str) -> None:
    assert misplaced(parsed(name, source)) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tools/tool.py", "import mcp_types as types"),
        ("tools/tool.py", "from mcp.server import lowlevel"),
        ("gradio/files.py", "import httpx2"),
        ("gradio/files.py", "from urllib import request"),
        ("egress/http.py", "import httpx"),
        ("client/client.py", "def late():\n    from gradio_client import Client"),
        ("gradio/app.py", "asyncio.open_connection('127.0.0.1', 80)"),
        ("gradio/app.py", "self._loop.create_connection(Protocol, host, 80)"),
        ("files/inputs.py", "look_up = asyncio.get_running_loop().getaddrinfo"),
        ("files/inputs.py", "from urllib.request import urlopen"),
        ("tools/tool.py", "from huggingface_hub import get_session"),
        ("server/app.py", "import ssl"),
        ("client/client.py", "print('hello')"),
        ("server/stdio.py", "sys.exit(1)"),
        ("tools/sessions.py", "import time\nold = time.time() - 60"),
    ],
)
def test_a_thing_out_of_place_is_found(name: str, source: str) -> None:
    assert len(out_of_place(parsed(name, source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (ADAPTER, "def late():\n    from mcp.server.lowlevel import Server"),
        ("egress/http.py", "import socket, httpx2\nasyncio.open_connection('127.0.0.1', 80)"),
        ("cli/call.py", "print('done')\nsys.exit(0)"),
        ("demo/app.py", "import gradio as gr"),
        ("tools/tool.py", "from space_tools.gradio import app\nfrom urllib.parse import quote"),
    ],
)
def test_a_thing_in_its_place_is_fine(name: str, source: str) -> None:
    assert out_of_place(parsed(name, source)) == []
