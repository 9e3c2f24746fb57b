"""The apps that a user named: `[ALIAS=]SRC` or `SpaceSettings`, parsed once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from space_tools.config.spaces import SpaceSettings, ToolSettings, parse_space
from space_tools.config.values import blaming
from space_tools.credentials import HostKind
from space_tools.egress.addresses import is_loopback
from space_tools.egress.policy import Address, parse_address
from space_tools.errors import ConfigurationError
from space_tools.hub.api import hub_endpoint
from space_tools.hub.spaces import SPACE_ID, Space
from space_tools.schema.names import Names, aliases

SPACE_PAGE = re.compile(r"https://(?:www\.)?(?:huggingface\.co|hf\.co)/spaces/([^/?#]+/[^/?#]+).*")
SPACE_HOST = re.compile(r"https://([A-Za-z0-9-]+)\.hf\.space(?:[/?#].*)?")


@dataclass(frozen=True, slots=True)
class Source:
    """One app: the alias its tools are named by, and where it is.

    A Space that is named by its `space_id` is where the Hub says; until that was asked, its
    address is the usual one. `include` and `exclude` are globs of its endpoints, `tools` leads
    from an endpoint's name, with its slash, to what is wanted of it. `zero_gpu`: the Hub said that
    it runs on ZeroGPU.
    """

    alias: str
    src: str
    address: Address
    kind: HostKind
    space_id: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tools: Mapping[str, ToolSettings] = field(default_factory=dict)
    zero_gpu: bool = False

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's, where another app may run at its address tomorrow."""
        return is_loopback(self.address.host)

    @property
    def key(self) -> str:
        """Which app it is, however it is named: a Space of one Hub, or what answers at a URL."""
        if self.space_id is None:
            return str(self.address)
        return f"{hub_endpoint()}/spaces/{self.space_id}"

    def at(self, space: Space) -> "Source":
        """The same app where the Hub said that it is, so that the Hub need not be asked again."""
        return replace(
            self, address=space.host, kind="space", space_id=None, zero_gpu=space.zero_gpu
        )

    def may_name(self, tool: str) -> bool:
        """Whether one of its tools may be called that."""
        given = (settings.name for settings in self.tools.values())
        return tool.startswith(f"{self.alias}_") or tool in given


Trusted = frozenset[tuple[str, int | None]]
"""Hosts that count as the Hub's own; with a port, only there."""


def parse_trusted(hosts: Iterable[str]) -> Trusted:
    """`HOST[:PORT]` each. Raises `ConfigurationError` for anything else."""
    return frozenset(_trusted(host) for host in hosts)


def _trusted(text: str) -> tuple[str, int | None]:
    try:
        address = parse_address(f"http://{text}")
    except ConfigurationError:
        address = None
    if address is None or address.path or "?" in text or "#" in text:
        raise ConfigurationError(f"{text[:100]!r} is not HOST or HOST:PORT")
    given = re.search(r":(\d+)$", text)
    return address.host, int(given[1]) if given else None


def parse_sources(
    spaces: Sequence[str | SpaceSettings], *, trusted: Trusted = frozenset()
) -> list[Source]:
    """The apps, in order, with the aliases of those that have none filled in.

    Those at `trusted` hosts count as Spaces.

    What is no `SpaceSettings` is `[ALIAS=]SRC`, where SRC is the URL of an app, the id of a Space
    (`owner/name`) or the address of its page on the Hub. Raises `ConfigurationError` for anything
    else, for two apps of the same alias, and for two tools that are given the same name.
    """
    named = [_named(space) for space in spaces]
    addresses = [_address_of(space) for space in named]
    chosen = aliases([(space.alias, space.src) for space in named])
    sources = [
        _source(alias, space, address, trusted)
        for alias, space, address in zip(chosen, named, addresses, strict=True)
    ]
    Names().take(
        (tool.name, source.alias + endpoint)
        for source in sources
        for endpoint, tool in source.tools.items()
        if tool.name is not None
    )
    return sources


def _named(space: str | SpaceSettings) -> SpaceSettings:
    """With its alias apart, and a Space by its id."""
    settings = parse_space(space) if isinstance(space, str) else space
    if settings.alias is None:
        plain = parse_space(settings.src)
        settings = replace(settings, alias=plain.alias, src=plain.src)
    page = SPACE_PAGE.fullmatch(settings.src.strip())
    return replace(settings, src=page[1] if page else settings.src.strip())


def _address_of(space: SpaceSettings) -> Address:
    with blaming(space.origin):
        return _address(space.src)


def _source(alias: str, space: SpaceSettings, address: Address, trusted: Trusted) -> Source:
    return Source(
        alias,
        space.src,
        address,
        _kind(address, trusted),
        None if "://" in space.src else space.src,
        include=_slashed(space.include),
        exclude=_slashed(space.exclude),
        tools=_tools(alias, space.tools),
    )


def _slashed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple("/" + name.removeprefix("/") for name in names)


def _tools(alias: str, tools: Mapping[str, ToolSettings]) -> Mapping[str, ToolSettings]:
    slashed = dict(zip(_slashed(tools), tools.values(), strict=True))
    if len(slashed) < len(tools):
        twice = next(name for name in slashed if {name, name[1:]} <= tools.keys())
        raise ConfigurationError(f"{alias}{twice} is configured twice: with its slash and without")
    return slashed


def _address(src: str) -> Address:
    if "://" in src:
        return parse_address(src)
    if not SPACE_ID.fullmatch(src):
        raise ConfigurationError(
            f"{src[:100]!r} is neither a Space id (owner/name) nor the URL of a Gradio app"
        )
    # Where the Hub serves a Space, as documented: `owner-name`, lowered, other runs as hyphens.
    subdomain = re.sub(r"[^a-z0-9]+", "-", src.lower()).strip("-")
    return parse_address(f"https://{subdomain}.hf.space")


def _kind(address: Address, trusted: Trusted) -> HostKind:
    on_hub = address.scheme == "https" and address.host.endswith(".hf.space")
    is_trusted = not trusted.isdisjoint({(address.host, None), (address.host, address.port)})
    return "space" if on_hub or is_trusted else "other"
