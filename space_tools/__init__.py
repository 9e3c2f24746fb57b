"""Any Gradio app, on Hugging Face Spaces or elsewhere, as tools for agents."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from space_tools.errors import (
    AppError,
    AppUnreachable,
    AuthenticationError,
    CallCancelled,
    CallError,
    CallTimeout,
    ConfigurationError,
    ConnectError,
    ConnectionLost,
    HubError,
    HubUnavailable,
    InvalidAPIEndpointError,
    NotAGradioApp,
    ProtocolError,
    QueueError,
    SpaceBroken,
    SpaceNotFound,
    SpacePaused,
    SpaceStarting,
    SpaceToolsError,
    SpaceUnavailable,
    TooManyRequestsError,
    TransferError,
    ValidationError,
)

if TYPE_CHECKING:
    from space_tools.client.async_client import AsyncClient
    from space_tools.client.client import Client
    from space_tools.client.files import handle_file
    from space_tools.client.jobs import AsyncJob, Job
    from space_tools.client.status import Status, StatusUpdate
    from space_tools.config import SpaceSettings, ToolSettings
    from space_tools.credentials import Credentials
    from space_tools.gradio.messages import ProgressUnit
    from space_tools.tools.tool import Tool
    from space_tools.tools.toolset import Toolset

__version__ = "0.1.0"

__all__ = [
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

_LAZY = {
    "AsyncClient": "space_tools.client.async_client",
    "AsyncJob": "space_tools.client.jobs",
    "Client": "space_tools.client.client",
    "Credentials": "space_tools.credentials",
    "Job": "space_tools.client.jobs",
    "ProgressUnit": "space_tools.gradio.messages",
    "SpaceSettings": "space_tools.config",
    "Status": "space_tools.client.status",
    "StatusUpdate": "space_tools.client.status",
    "Tool": "space_tools.tools.tool",
    "ToolSettings": "space_tools.config",
    "Toolset": "space_tools.tools.toolset",
    "file": "space_tools.client.files",  # not promised, but what older code for gradio_client has
    "handle_file": "space_tools.client.files",
}


def __getattr__(name: str) -> Any:
    # Importing these takes a moment, which a command line that only prints its help should not.
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
