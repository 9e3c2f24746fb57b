"""What the environment of the person at this machine has for their apps."""

import os
from collections.abc import Sequence

from space_tools.config import SpaceSettings
from space_tools.credentials import Credentials
from space_tools.errors import ConfigurationError


def local_credentials(spaces: Sequence[str | SpaceSettings]) -> Credentials:
    """With `HF_TOKEN` or the token that `hf auth login` saved, if any of the apps is on the Hub."""
    from space_tools.tools.sources import parse_sources

    if all(source.kind == "other" for source in parse_sources(spaces)):
        return Credentials()
    from huggingface_hub import get_token

    return Credentials(hf_token=get_token())


def local_logins(spaces: Sequence[str | SpaceSettings]) -> dict[str, tuple[str, str]]:
    """(user, password) by alias, from `SPACE_TOOLS_AUTH_<ALIAS>`.

    Raises `ConfigurationError` for one that is not `user:password`.
    """
    from space_tools.tools.connecting import auth_variable
    from space_tools.tools.sources import parse_sources

    logins = {}
    for source in parse_sources(spaces):
        variable = auth_variable(source.alias)
        if given := os.environ.get(variable):
            user, colon, password = given.partition(":")
            if not (user and colon and password):
                raise ConfigurationError(f"{variable} is not user:password")
            logins[source.alias] = user, password
    return logins
