"""What a user wants otherwise than an app has it, as changes of its endpoints. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from space_tools.config.spaces import ToolSettings
from space_tools.config.values import blaming, suggest
from space_tools.errors import ConfigurationError, ValidationError
from space_tools.gradio.app_info import Endpoint, Parameter
from space_tools.schema.inputs import Inputs, build_inputs


def with_overrides(endpoint: Endpoint, tool: ToolSettings) -> Endpoint:
    """The endpoint with another description and other defaults, without what is hidden.

    A parameter is named as the tool's input schema names it. Raises `ConfigurationError` for one
    that is not there, a default that does not fit, and one that is hidden without a default.
    """
    described = endpoint.description if tool.description is None else tool.description
    if not tool.defaults and not tool.hidden:
        return replace(endpoint, description=described)
    inputs = build_inputs(endpoint)
    template = list(endpoint.template)
    # The others keep their names when one of them goes.
    parameters = {p.slot: replace(p, name=name) for name, p in inputs.parameters.items()}
    for parameter, sent in _defaults(inputs, tool.defaults):
        parameters[parameter.slot] = parameter
        template.extend([None] * (parameter.slot + 1 - len(template)))
        template[parameter.slot] = sent
    hidden = _hidden(tool.hidden, list(parameters.values()))
    return replace(
        endpoint,
        description=described,
        parameters=tuple(
            parameters.get(p.slot, p) for p in endpoint.parameters if p.slot not in hidden
        ),
        template=tuple(template),
    )


def _defaults(inputs: Inputs, defaults: Mapping[str, Any]) -> Iterator[tuple[Parameter, Any]]:
    """Each parameter with its default, and what is sent for that."""
    parameters = inputs.parameters
    for name, value in defaults.items():
        with blaming("defaults"):
            _check_known(name, parameters)
            try:
                shown, sent = inputs.payload(name, value)
            except ValidationError as error:
                raise ConfigurationError(str(error)) from None
        yield replace(parameters[name], name=name, has_default=True, default=shown), sent


def _hidden(names: Collection[str], parameters: Collection[Parameter]) -> set[int]:
    known = {parameter.name: parameter for parameter in parameters}
    for name in names:
        with blaming("hidden"):
            _check_known(name, known)
            if not known[name].has_default:
                raise ConfigurationError(f"`{name}` has no default to send; give it in `defaults`")
    return {known[name].slot for name in names}


def _check_known(name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ConfigurationError(f"there is no parameter `{name}`{suggest(name, known)}")
