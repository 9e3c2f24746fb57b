"""One call: what is asked for, who follows it, and what its user gets."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio

from space_tools.client.status import StatusUpdate
from space_tools.gradio.app_info import Endpoint


@dataclass(frozen=True, slots=True)
class Request:
    """One call that is asked for: files still to be uploaded, headers by lower case name."""

    endpoint: Endpoint
    data: Sequence[Any]
    headers: Mapping[str, str] = field(repr=False)


class Track(Protocol):
    """Whoever follows a call is told of it here, on the loop that it runs on.

    `wants_partial`: whether of outputs before the final ones, too; they are kept for as long as
    who follows is there.
    """

    scope: anyio.CancelScope | None
    wants_partial: bool

    def on_status(self, status: StatusUpdate) -> None: ...

    def on_output(self, value: Any) -> None: ...

    def on_end(self, task: "asyncio.Task[Any]") -> None: ...


def to_value(outputs: list[Any]) -> Any:
    """One output as it is, none or several as a tuple."""
    return outputs[0] if len(outputs) == 1 else tuple(outputs)
