"""A framework is imported when its adapter is called, and not before."""

from importlib import import_module
from typing import Any

from space_tools.errors import ConfigurationError


def need(module: str, *, adapter: str, install: str) -> Any:
    """The module of a framework. Raises `ConfigurationError`, naming what to install, without."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # What is missing may also be something that the framework itself needs.
        missing = f"{adapter}() needs {error.name or module}"
        raise ConfigurationError(f"{missing}, which is not there: pip install {install}") from error
