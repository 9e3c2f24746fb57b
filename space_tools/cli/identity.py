"""The account of the person at this machine."""

import logging
import os
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from space_tools.credentials import Credentials
from space_tools.installing.entries import is_reference

if TYPE_CHECKING:
    from space_tools.config import SpaceSettings

logger = logging.getLogger(__name__)


def local_credentials(
    spaces: Sequence["str | SpaceSettings"], trust_hosts: Sequence[str] = ()
) -> Credentials:
    """With `HF_TOKEN` or the token that `hf auth login` saved, if any of the apps may see it."""
    from space_tools.tools.sources import parse_sources, parse_trusted

    sources = parse_sources(spaces, trusted=parse_trusted(trust_hosts))
    if all(source.kind == "other" for source in sources):
        return Credentials()
    return Credentials(hf_token=hub_token())


def hub_token() -> str | None:
    """`HF_TOKEN`, or the token that `hf auth login` saved."""
    # What is known without the Hub's library need not wait for its import.
    if not any(os.environ.get(name) for name in ("HF_OIDC_RESOURCE", "HUGGING_FACE_HUB_TOKEN")):
        if token := os.environ.get("HF_TOKEN", "").strip():
            return token
        if not has_saved_login():
            return None
    from huggingface_hub import get_token

    return get_token()


def drop_references(environ: MutableMapping[str, str]) -> None:
    """Takes out what should be a secret, but is the reference that a host left in its place.

    Hosts that have no such variable themselves do that; a saved login is better then, or none.
    """
    for name, value in list(environ.items()):
        may_be_secret = name == "HF_TOKEN" or name.startswith("SPACE_TOOLS_AUTH_")
        if may_be_secret and is_reference(name, value):
            logger.warning("%s is not set where this was started from", name)
            del environ[name]


def secret_variables(spaces: Sequence["str | SpaceSettings"]) -> list[str]:
    """The names, of those that are set here, of what a server of these apps reads secrets from."""
    from space_tools.tools.connecting import auth_variable
    from space_tools.tools.sources import parse_sources

    sources = parse_sources(spaces)
    token = ["HF_TOKEN"] if any(source.kind != "other" for source in sources) else []
    names = [*token, *(auth_variable(source.alias) for source in sources)]
    return [name for name in dict.fromkeys(names) if os.environ.get(name)]


def has_saved_login() -> bool:
    """Whether `hf auth login` saved a token, which a server finds without any variable."""
    from huggingface_hub import constants

    return Path(constants.HF_TOKEN_PATH).is_file()
