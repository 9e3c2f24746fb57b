"""Which MCP SDK is installed, and whether the server runs on it."""

from importlib.metadata import version

from space_tools.errors import ConfigurationError

OLDEST = 2


def check_sdk(wanted_by: str) -> None:
    """Raises `ConfigurationError` if the MCP SDK is one that the server does not run on.

    The library installs beside older ones, for programs that need only its client.
    """
    found = version("mcp")
    if int(found.split(".")[0]) < OLDEST:
        raise ConfigurationError(
            f"{wanted_by} needs mcp {OLDEST} or later, found {found}: pip install -U mcp"
        )
