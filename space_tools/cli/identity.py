"""The account of the person at this machine."""

from collections.abc import Sequence

from space_tools.config import SpaceSettings
from space_tools.credentials import Credentials


def local_credentials(
    spaces: Sequence[str | SpaceSettings], trust_hosts: Sequence[str] = ()
) -> Credentials:
    """With `HF_TOKEN` or the token that `hf auth login` saved, if any of the apps may see it."""
    from space_tools.tools.sources import parse_sources, parse_trusted

    sources = parse_sources(spaces, trusted=parse_trusted(trust_hosts))
    if all(source.kind == "other" for source in sources):
        return Credentials()
    return Credentials(hf_token=hub_token())


def hub_token() -> str | None:
    """`HF_TOKEN`, or the token that `hf auth login` saved."""
    from huggingface_hub import get_token

    return get_token()
