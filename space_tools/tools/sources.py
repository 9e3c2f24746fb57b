"""The apps that a user named: `[ALIAS=]SRC`, parsed once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from space_tools.credentials import HostKind
from space_tools.egress.policy import Address, parse_address
from space_tools.errors import ConfigurationError
from space_tools.schema.names import aliases

SPACE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
SPACE_PAGE = re.compile(r"https://(?:www\.)?(?:huggingface\.co|hf\.co)/spaces/([^/?#]+/[^/?#]+).*")


@dataclass(frozen=True, slots=True)
class Source:
    """One app: the alias its tools are named by, and where it is."""

    alias: str
    src: str
    address: Address
    kind: HostKind


def parse_sources(texts: Sequence[str]) -> list[Source]:
    """`[ALIAS=]SRC` each, in order, with the aliases of those that have none filled in.

    SRC is the URL of an app, the id of a Space (`owner/name`) or the address of its page on the
    Hub. Raises `ConfigurationError` for anything else, and for two of the same alias.
    """
    pairs = [_split(text) for text in texts]
    addresses = [_address(src) for _, src in pairs]
    named = aliases(pairs)
    return [
        Source(alias, src, address, _kind(address))
        for alias, (_, src), address in zip(named, pairs, addresses, strict=True)
    ]


def _split(text: str) -> tuple[str | None, str]:
    match = re.fullmatch(r"([A-Za-z0-9_-]+)=(.+)", text.strip())
    alias, src = (match[1], match[2]) if match else (None, text.strip())
    page = SPACE_PAGE.fullmatch(src)
    return alias, page[1] if page else src


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


def _kind(address: Address) -> HostKind:
    on_hub = address.scheme == "https" and address.host.endswith(".hf.space")
    return "space" if on_hub else "other"
