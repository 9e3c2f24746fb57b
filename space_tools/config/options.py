"""Every option of `serve`: a flag, an environment variable and a key of the file, resolved once."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from space_tools.config.spaces import SpaceSettings, parse_space
from space_tools.config.values import (
    INLINE_LIMIT,
    MAX_WAIT,
    blaming,
    default_output_dir,
    default_roots,
    parse_choice,
    parse_folder,
    parse_path,
    parse_port,
    parse_public_url,
    parse_size,
    parse_switch,
    parse_wait,
)

PREFIX = "SPACE_TOOLS_"
TRANSPORTS = ("stdio", "http")
AUTHS = ("none", "hf")
HOST, PORT = "127.0.0.1", 8765
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")

Read = Callable[[str, Path], Any]
"""A text, and the folder that relative paths in it start from, as a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of `space-tools serve`; `include` and `exclude` are globs of `alias/endpoint`.

    `roots`: folders that tools may read files from. `output_dir`: where results' files are saved.
    `inline_limit`: bytes. `max_wait`: seconds that a call is waited for; None: however long it
    takes. `allow_hosts`: exceptions to what URLs may lead to. `discover`: tools to find and use
    any Space. `trust_hosts`: hosts that callers' tokens may go to, beside the Hub's. `host` to
    `public_url` are about serving over HTTP. `origins` leads from a field that was given to where
    it was, for errors about it.
    """

    spaces: tuple[SpaceSettings, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()
    output_dir: Path | None = None
    inline_limit: int = INLINE_LIMIT
    max_wait: float | None = MAX_WAIT
    allow_hosts: tuple[str, ...] = ()
    discover: bool = False
    trust_hosts: tuple[str, ...] = ()
    transport: str = "stdio"
    host: str = HOST
    port: int = PORT
    auth: str = "none"
    allow_anonymous: bool = False
    public_url: str | None = None
    log_level: str = "info"
    log_format: str = "text"
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)


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
        read=parse_path,
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
        field="discover",
        flag="--discover",
        metavar="",
        help="Tools to search for Spaces, describe them and call them, beside those of the apps "
        "that are named, or instead of naming any.",
        read=lambda text, _: parse_switch(text),
        absent=lambda: False,
        switch=True,
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
    Option(
        field="allow_anonymous",
        flag="--allow-anonymous",
        metavar="",
        help="Over HTTP: lets anybody in who reaches --host, though it is not this machine alone.",
        read=lambda text, _: parse_switch(text),
        absent=lambda: False,
        switch=True,
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


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for an option, where, and the folder that its relative paths start from."""

    origin: str
    texts: tuple[str, ...]
    base: Path


@dataclass(frozen=True, slots=True)
class FromFile:
    """What a file says: key → what is given there, and its apps."""

    options: Mapping[str, Given] = field(default_factory=dict)
    spaces: tuple[SpaceSettings, ...] = ()


def resolve(
    flags: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    file: FromFile | None = None,
) -> Settings:
    """The settings: of each option what the flag says, else the environment, the file, the default.

    `flags`: an option's `key` → what was given for it. Raises `ConfigurationError`, which names
    where the wrong value was given.
    """
    file = file or FromFile()
    given = {option.field: _find(option, flags, environ, file) for option in OPTIONS}
    values = {option.field: _value(option, given[option.field]) for option in OPTIONS}
    origins = {name: found.origin for name, found in given.items() if found}
    named = _find(SPACE, flags, environ, FromFile())
    spaces = tuple(parse_space(text, named.origin) for text in named.texts) if named else ()
    return Settings(spaces=merged(file.spaces, spaces), origins=origins, **values)


def _find(
    option: Option,
    flags: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    file: FromFile,
) -> Given | None:
    if texts := flags.get(option.key):
        return Given(option.flag, tuple(texts), Path.cwd())
    if text := environ.get(option.variable):
        several = [part for part in text.split(option.separator) if part]
        return Given(option.variable, tuple(several if option.many else [text]), Path.cwd())
    return file.options.get(option.key)


def _value(option: Option, given: Given | None) -> Any:
    if given is None:
        return option.absent()
    with blaming(given.origin):
        values = tuple(option.read(text, given.base) for text in given.texts)
    return values if option.many else values[-1]


def merged(
    file: Sequence[SpaceSettings], named: Sequence[SpaceSettings]
) -> tuple[SpaceSettings, ...]:
    """The apps of the file, then others that are `named` elsewhere.

    One of the same alias is another `src` for what the file says.
    """
    spaces = list(file)
    places: dict[str | None, int] = {space.alias: place for place, space in enumerate(file)}
    for space in named:
        place = places.pop(space.alias, None)  # a second one of that alias is left to clash
        if place is None:
            spaces.append(space)
        else:
            spaces[place] = replace(spaces[place], src=space.src, origin=space.origin)
    return tuple(spaces)
