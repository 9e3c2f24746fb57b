"""Every option of `serve`: a flag, an environment variable and a key of the file."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from space_tools.config.settings import HOST, PORT
from space_tools.config.values import (
    INLINE_LIMIT,
    MAX_WAIT,
    default_output_dir,
    default_roots,
    parse_choice,
    parse_folder,
    parse_new_folder,
    parse_port,
    parse_proxy,
    parse_public_url,
    parse_size,
    parse_switch,
    parse_wait,
)

PREFIX = "SPACE_TOOLS_"
TRANSPORTS = ("stdio", "http")
AUTHS = ("none", "hf")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")

Read = Callable[[str, Path], Any]
"""A text, and the folder that relative paths in it start from, as a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. Its key in the file and its environment variable are called as its flag is.

    `field`: of `Settings`. `absent` makes its value if nobody gave one. `many`: may be given
    several times; in the environment they are apart by `separator`, or by spaces. `numbers`: the
    file may have a number for it. `switch`: the flag takes no value; elsewhere it is true or false.
    """

    field: str
    flag: str
    metavar: str
    help: str
    read: Read = lambda text, _: text
    absent: Callable[[], Any] = tuple
    many: bool = False
    separator: str | None = None
    numbers: bool = False
    switch: bool = False

    @property
    def key(self) -> str:
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        return PREFIX + self.key.upper()


SPACE = Option(
    field="spaces",
    flag="--space",
    metavar="[ALIAS=]SRC",
    help="An app: a Space id (owner/name) or a URL. Can be given several times. One of the same "
    "alias as in the file takes its place there.",
    many=True,
)


def _switch(field: str, flag: str, help: str) -> Option:
    """One that is off unless it is given."""
    return Option(
        field=field,
        flag=flag,
        metavar="",
        help=help,
        read=lambda text, _: parse_switch(text),
        absent=lambda: False,
        switch=True,
    )


OPTIONS = (
    Option(
        field="include",
        flag="--include",
        metavar="GLOB",
        help="Only endpoints whose alias/endpoint matches; an undocumented one by its whole name.",
        many=True,
    ),
    Option(
        field="exclude",
        flag="--exclude",
        metavar="GLOB",
        help="No endpoints that match.",
        many=True,
    ),
    Option(
        field="roots",
        flag="--root",
        metavar="DIR",
        help="A folder whose files tools may read. Can be given several times. Default: the "
        "working directory, unless it is a home or a whole drive: then none.",
        read=parse_folder,
        absent=lambda: default_roots(Path.cwd(), Path("~").expanduser()),
        many=True,
        separator=os.pathsep,
    ),
    Option(
        field="output_dir",
        flag="--output-dir",
        metavar="DIR",
        help="Where the files of results are saved. Default: space-tools in the user's cache.",
        read=parse_new_folder,
        absent=default_output_dir,
    ),
    Option(
        field="inline_limit",
        flag="--inline-limit",
        metavar="SIZE",
        help="Pictures and sound that a result carries itself, in all; the rest are links. "
        "Default: 512KB.",
        read=lambda text, _: parse_size(text),
        absent=lambda: INLINE_LIMIT,
        numbers=True,
    ),
    Option(
        field="max_wait",
        flag="--max-wait",
        metavar="SECONDS",
        help="How long a request waits for its call; one that takes longer gives a job, unless its "
        f"client asked for progress or knows tasks. off: never. Default: {MAX_WAIT:.0f}.",
        read=lambda text, _: parse_wait(text),
        absent=lambda: MAX_WAIT,
        numbers=True,
    ),
    Option(
        field="allow_hosts",
        flag="--allow-host",
        metavar="HOST|CIDR",
        help="A host or network that URL arguments may lead to though it is not public, or not "
        "https.",
        many=True,
    ),
    Option(
        field="egress_proxy",
        flag="--egress-proxy",
        metavar="URL",
        help="The proxy that URL arguments are fetched through. It resolves names by itself, so "
        "that it decides which addresses they may lead to.",
        read=lambda text, _: parse_proxy(text),
        absent=lambda: None,
    ),
    _switch(
        "discover",
        "--discover",
        "Tools to search for Spaces, describe them and call them, beside those of the apps "
        "that are named, or instead of naming any.",
    ),
    _switch(
        "pin",
        "--pin",
        "Refuses tools that are not what they were when they were first seen; "
        "`space-tools doctor --accept` takes them as they are now.",
    ),
    Option(
        field="trust_hosts",
        flag="--trust-host",
        metavar="HOST[:PORT]",
        help="A host of your own that callers' tokens may go to, as they do to Spaces.",
        many=True,
    ),
    Option(
        field="transport",
        flag="--transport",
        metavar="[stdio|http]",
        help="How clients connect. Default: stdio.",
        read=lambda text, _: parse_choice(text, TRANSPORTS),
        absent=lambda: "stdio",
    ),
    Option(
        field="host",
        flag="--host",
        metavar="HOST",
        help=f"Over HTTP: the address to listen on. Default: {HOST}, this machine alone.",
        absent=lambda: HOST,
    ),
    Option(
        field="port",
        flag="--port",
        metavar="PORT",
        help=f"Over HTTP: the port. Default: {PORT}.",
        read=lambda text, _: parse_port(text),
        absent=lambda: PORT,
        numbers=True,
    ),
    Option(
        field="auth",
        flag="--auth",
        metavar="[none|hf]",
        help="Over HTTP: hf takes requests with a Hugging Face token only, confirmed with the Hub; "
        "none takes all, each in the name of the token that it has. Default: none.",
        read=lambda text, _: parse_choice(text, AUTHS),
        absent=lambda: "none",
    ),
    _switch(
        "allow_anonymous",
        "--allow-anonymous",
        "Over HTTP: lets anybody in who reaches --host, though it is not this machine alone.",
    ),
    Option(
        field="public_url",
        flag="--public-url",
        metavar="URL",
        help="Over HTTP: where clients reach the server, if something stands before it.",
        read=lambda text, _: parse_public_url(text),
        absent=lambda: None,
    ),
    Option(
        field="log_level",
        flag="--log-level",
        metavar="[" + "|".join(LOG_LEVELS) + "]",
        help="What is written to stderr. Default: info.",
        read=lambda text, _: parse_choice(text, LOG_LEVELS),
        absent=lambda: "info",
    ),
    Option(
        field="log_format",
        flag="--log-format",
        metavar="[" + "|".join(LOG_FORMATS) + "]",
        help="How that is written: as text, or as one JSON object a line. Default: text.",
        read=lambda text, _: parse_choice(text, LOG_FORMATS),
        absent=lambda: "text",
    ),
)
"""All but `--space`, for which the file has tables."""
