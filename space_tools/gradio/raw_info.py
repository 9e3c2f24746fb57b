"""The JSON of `/config` and `/info`, checked as it comes in; only what is used is read. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from space_tools.errors import NotAGradioApp, ProtocolError

Visibility = Literal["public", "undocumented", "private"]
OAuthToken = Literal["required", "optional"]


NOT_IN_API = {"state", "dataset", "interpretation"}
"""Components that `/info` leaves out, where `/config` does not say which (before Gradio 4)."""


class _Raw(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)


class RawComponent(_Raw):
    id: int
    type: str = ""
    props: dict[str, Any] = Field(default_factory=dict)
    skip_api: bool | None = None
    api_info: Any = None
    api_info_as_input: Any = None
    api_info_as_output: Any = None
    example_inputs: Any = None

    @property
    def hidden(self) -> bool:
        return self.type in NOT_IN_API if self.skip_api is None else self.skip_api

    @property
    def label(self) -> str:
        label = self.props.get("label")
        return label if isinstance(label, str) else ""


class RawDependency(_Raw):
    id: int | None = None
    inputs: list[int] = Field(default_factory=list)
    outputs: list[int] = Field(default_factory=list)
    api_name: str | bool | None = None
    api_description: str | bool | None = None
    api_visibility: Visibility | None = None
    show_api: bool = True
    backend_fn: bool = True
    queue: bool | None = None
    types: dict[str, Any] = Field(default_factory=dict)
    collects_event_data: bool | None = None
    connection: str = "sse"
    rendered_in: int | None = None
    cancels: list[int] = Field(default_factory=list)
    component_prop_inputs: list[int] = Field(default_factory=list)

    @property
    def visibility(self) -> Visibility:
        if self.api_name is False:
            return "private"
        if not isinstance(self.api_name, str):
            return "undocumented"
        return self.api_visibility or ("public" if self.show_api else "undocumented")


class RawConfig(_Raw):
    components: list[RawComponent]
    dependencies: list[RawDependency]
    version: str = ""
    protocol: str = "ws"
    api_prefix: str = ""
    title: str | None = None
    space_id: str | None = None
    max_file_size: int | None = None
    enable_queue: bool = True
    app_id: Any = None
    connect_heartbeat: bool = True


class RawParameter(_Raw):
    label: str | None = None
    parameter_name: str | None = None
    parameter_has_default: bool | None = None
    parameter_default: Any = None
    type: Any = None
    example_input: Any = None


class RawReturn(_Raw):
    label: str | None = None
    type: Any = None


class RawEndpoint(_Raw):
    parameters: list[RawParameter] = Field(default_factory=list)
    returns: list[RawReturn] = Field(default_factory=list)
    description: str | None = None
    oauth_token: OAuthToken | None = None


class RawInfo(_Raw):
    named_endpoints: dict[str, RawEndpoint] = Field(default_factory=dict)
    unnamed_endpoints: dict[str, RawEndpoint] = Field(default_factory=dict)


def check_config(config: object) -> RawConfig:
    """Raises `NotAGradioApp` or, for a field that cannot be, `ProtocolError`."""
    if not isinstance(config, Mapping) or "components" not in config:
        raise NotAGradioApp("no Gradio app answers here: /config is not a Gradio configuration")
    return _checked(RawConfig, config, "/config")


def check_info(info: object) -> RawInfo:
    """Raises `ProtocolError` for a field that cannot be; `None` is an info that says nothing."""
    return _checked(RawInfo, {} if info is None else info, "/info")


def parse_app_id(given: object) -> str:
    """What Gradio gives as a number of 64 bits, as a text; empty for what is none."""
    return str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""


RawT = TypeVar("RawT", bound=_Raw)


def _checked(model: type[RawT], value: object, where: str) -> RawT:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in problem["loc"])[:100] or "its root"
        raise ProtocolError(f"its {where} is malformed at {place}: {problem['msg']}") from None
