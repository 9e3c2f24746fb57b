"""What a Gradio app says of itself, parsed once: `/config` and `/info` become an `AppInfo`. Pure.

`/info` describes parameters and returns as a client sees them; `/config` has everything else
(function ids, queues, hidden inputs, bounds, choices). Either may be wrong or, `/info`, missing:
what is read here is trusted by every other room, so each field has one type and one meaning.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from space_tools.errors import ProtocolError
from space_tools.gradio.raw_info import (
    OAuthToken,
    RawComponent,
    RawConfig,
    RawDependency,
    RawEndpoint,
    RawInfo,
    RawParameter,
    RawReturn,
    Visibility,
    check_config,
    check_info,
    parse_app_id,
)

MOST_FUNCTIONS = 2000
"""That an app may have; of hundreds of real ones, the largest offers 66."""

MOST_SLOTS = 500
"""Inputs, or outputs, that one of them may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument that an endpoint declares.

    `schema` is the app's own JSON Schema for it, which may be invalid; `props` are the
    properties of its component in `/config`; `slot` is its place in a call's `data` list.
    `takes_props`: the app wants `{"value": …}` around the value.
    """

    name: str
    label: str
    component: str
    slot: int
    schema: Mapping[str, Any] = field(default_factory=dict)
    props: Mapping[str, Any] = field(default_factory=dict)
    has_default: bool = False
    default: Any = None
    example: Any = None
    takes_props: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """One output that an endpoint declares; `slot` is its place in the answer's `data` list."""

    label: str
    component: str
    slot: int
    schema: Mapping[str, Any] = field(default_factory=dict)
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One function of an app.

    `name` starts with a slash, as Gradio prints it, and is empty for an unnamed endpoint, which
    is undocumented or, if its author wished it so, private.
    `template` is a call's whole `data` list with the value that each slot has when nobody
    gives one: hidden inputs (`gr.State` among them) keep theirs. `stateful`: the app remembers
    something of each session for it. `streams_input`: only a browser can feed it. `cancelled_by`
    is the index of a function of the app's own that stops calls of this one.
    """

    fn_index: int
    name: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    returns: tuple[Return, ...] = ()
    template: tuple[Any, ...] = ()
    visibility: Visibility = "public"
    queued: bool = True
    generator: bool = False
    stateful: bool = False
    wants_event_data: bool = False
    streams_input: bool = False
    oauth_token: OAuthToken | None = None
    cancelled_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInfo:
    """One app: who it is and what it offers. `max_file_size` is in bytes.

    `heartbeat`: the app wants to know as long as its user is there. `app_id` is another each time
    that the app starts, and empty if there is none to tell by; what the app offers may be the same.
    """

    title: str
    version: str
    protocol: str
    api_prefix: str
    space_id: str | None = None
    max_file_size: int | None = None
    heartbeat: bool = True
    app_id: str = field(default="", compare=False)
    endpoints: tuple[Endpoint, ...] = ()

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint called `name`, with or without its slash."""
        wanted = "/" + name.removeprefix("/")
        return next((endpoint for endpoint in self.endpoints if endpoint.name == wanted), None)


def parse_app_info(config: object, info: object | None = None) -> AppInfo:
    """An app's `/config` and `/info` (decoded JSON) as an `AppInfo`.

    `info` may be missing (some servers answer 500 there): parameters are then read from the
    components alone. Raises `NotAGradioApp` if `config` is no Gradio configuration, and
    `ProtocolError` if it, or `info`, has a field that its kind cannot have, or too many of a kind.
    """
    raw, described = check_config(config), check_info(info)
    _check_counts(raw)
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", raw.api_prefix) or ".." in raw.api_prefix:
        raise ProtocolError("its /config names an api_prefix that is not a plain path")
    return AppInfo(
        title=raw.title or "",
        version=raw.version,
        protocol=raw.protocol,
        api_prefix=raw.api_prefix,
        space_id=raw.space_id,
        max_file_size=raw.max_file_size,
        heartbeat=raw.connect_heartbeat,
        app_id=parse_app_id(raw.app_id),
        endpoints=tuple(_parse_endpoints(raw, described)),
    )


def _check_counts(config: RawConfig) -> None:
    if len(config.dependencies) > MOST_FUNCTIONS:
        raise ProtocolError(f"its /config has more than {MOST_FUNCTIONS} functions")
    for function in config.dependencies:
        if max(len(function.inputs), len(function.outputs)) > MOST_SLOTS:
            raise ProtocolError(
                f"its /config has a function of more than {MOST_SLOTS} inputs or outputs"
            )


def _parse_endpoints(config: RawConfig, info: RawInfo) -> Iterator[Endpoint]:
    components = {component.id: component for component in config.components}
    names = _name_dependencies(config, components, info)
    cancellers = dict(_cancellers(config.dependencies))
    for position, dependency in enumerate(config.dependencies):
        # A function of `gr.render` exists only in the session that rendered it.
        if not dependency.backend_fn or dependency.rendered_in is not None:
            continue
        name = names.get(position, "")
        fn_index = position if dependency.id is None else dependency.id
        described = info.named_endpoints.get(name) if name else None
        described = described or info.unnamed_endpoints.get(str(fn_index)) or RawEndpoint()
        inputs = [components.get(component_id) for component_id in dependency.inputs]
        outputs = [components.get(component_id) for component_id in dependency.outputs]
        parameters = _parse_parameters(dependency, inputs, described.parameters)
        description = described.description or dependency.api_description
        yield Endpoint(
            fn_index=fn_index,
            name=name,
            description=description if isinstance(description, str) else "",
            parameters=parameters,
            returns=_parse_returns(outputs, described.returns),
            template=_template(parameters, inputs),
            visibility=dependency.visibility,
            queued=config.enable_queue if dependency.queue is None else dependency.queue,
            generator=bool(dependency.types.get("generator")),
            stateful=any(c is not None and c.type == "state" for c in (*inputs, *outputs)),
            wants_event_data=bool(dependency.collects_event_data),
            streams_input=dependency.connection == "stream",
            oauth_token=described.oauth_token,
            cancelled_by=cancellers.get(fn_index),
        )


def _cancellers(dependencies: Sequence[RawDependency]) -> Iterator[tuple[int, int]]:
    """(function, the function that cancels it), both by index."""
    for position, dependency in enumerate(dependencies):
        for cancelled in dependency.cancels:
            yield cancelled, position if dependency.id is None else dependency.id


def _name_dependencies(
    config: RawConfig, components: Mapping[int, RawComponent], info: RawInfo
) -> dict[int, str]:
    """Position → name. Nested Blocks can give one name to two functions, of which `/info`
    describes one: the name goes to the first that its description fits."""
    candidates: dict[str, list[int]] = {}
    for position, dependency in enumerate(config.dependencies):
        if dependency.backend_fn and isinstance(dependency.api_name, str):
            candidates.setdefault(f"/{dependency.api_name}", []).append(position)

    def fits(position: int, name: str) -> bool:
        inputs = [components.get(i) for i in config.dependencies[position].inputs]
        described = info.named_endpoints.get(name)
        return described is None or len(described.parameters) == len(_shown(inputs))

    return {
        next((p for p in positions if fits(p, name)), positions[0]): name
        for name, positions in candidates.items()
    }


def _shown(components: Sequence[RawComponent | None]) -> list[tuple[int, RawComponent]]:
    """The components that a client sees, each with its slot."""
    return [(slot, c) for slot, c in enumerate(components) if c is not None and not c.hidden]


def _template(
    parameters: Sequence[Parameter], inputs: Sequence[RawComponent | None]
) -> tuple[Any, ...]:
    defaults = {parameter.slot: parameter.default for parameter in parameters}
    return tuple(defaults.get(slot, _hidden_value(c)) for slot, c in enumerate(inputs))


def _hidden_value(component: RawComponent | None) -> Any:
    # The value sent for a `gr.State` is ignored, but its slot must be there.
    return None if component is None or component.type == "state" else component.props.get("value")


def _parse_parameters(
    dependency: RawDependency,
    inputs: Sequence[RawComponent | None],
    described: Sequence[RawParameter],
) -> tuple[Parameter, ...]:
    shown = _shown(inputs)
    if len(described) != len(shown):
        described = [RawParameter(label=c.label, example_input=_example(c)) for _, c in shown]
    names = _unique_names(described)
    return tuple(
        Parameter(
            name=name,
            label=given.label or component.label,
            component=component.type,
            slot=slot,
            schema=_first_schema(given.type, component.api_info_as_input, component.api_info),
            props=component.props,
            has_default=_has_default(given, component),
            default=_default(given, component),
            example=given.example_input,
            takes_props=slot in dependency.component_prop_inputs,
        )
        for name, (slot, component), given in zip(names, shown, described, strict=True)
    )


def _example(component: RawComponent) -> Any:
    # Gradio 3 keeps two: as a function gets it, and as a client would save it.
    examples = component.example_inputs
    both = isinstance(examples, dict) and examples.keys() == {"raw", "serialized"}
    return examples["raw"] if both else examples


def _unique_names(described: Sequence[RawParameter]) -> list[str]:
    """Gradio names parameters since 4.23; before, and wherever it does not, labels must do."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for position, parameter in enumerate(described):
        wanted = parameter.parameter_name or (parameter.label or "").lower()
        name = base = re.sub(r"\W+", "_", wanted).strip("_") or f"param_{position}"
        count = counts.get(base, 1)
        while name in names:
            count += 1
            name = f"{base}_{count}"
        counts[base] = count
        names[name] = None
    return list(names)


def _has_default(given: RawParameter, component: RawComponent) -> bool:
    if given.parameter_has_default is None:
        return component.props.get("value") is not None
    return given.parameter_has_default


def _default(given: RawParameter, component: RawComponent) -> Any:
    if given.parameter_has_default is None:
        return component.props.get("value")
    return given.parameter_default if given.parameter_has_default else None


def _parse_returns(
    outputs: Sequence[RawComponent | None], described: Sequence[RawReturn]
) -> tuple[Return, ...]:
    shown = _shown(outputs)
    if len(described) != len(shown):
        described = [RawReturn(label=component.label) for _, component in shown]
    return tuple(
        Return(
            label=given.label or component.label,
            component=component.type,
            slot=slot,
            schema=_first_schema(given.type, component.api_info_as_output, component.api_info),
            props=component.props,
        )
        for (slot, component), given in zip(shown, described, strict=True)
    )


def _first_schema(*candidates: object) -> Mapping[str, Any]:
    # Gradio 3 keeps a component's schema under `info`.
    plain = (
        c.get("info") if isinstance(c, dict) and "serialized_info" in c else c for c in candidates
    )
    return next((c for c in plain if isinstance(c, dict) and c), {})
