"""An endpoint's parameters as a tool's input schema, and arguments as a call's `data`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from space_tools.errors import ValidationError
from space_tools.gradio.app_info import Endpoint, Parameter
from space_tools.schema import problems
from space_tools.schema.choices import Choices, parse_choices
from space_tools.schema.components import Component, component_of
from space_tools.schema.defaults import with_default, with_fitting_examples
from space_tools.schema.json_values import JSONSchema
from space_tools.schema.references import Definitions, free_name, hoist, reachable
from space_tools.schema.text import clean, own_label
from space_tools.schema.validator import Validator

Files = Mapping[str, Mapping[str, Any]]

_NO_FILES: Files = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bound:
    """What one call sends: the endpoint's whole `data`, and the arguments that are not its own."""

    data: list[Any]
    extras: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Extra:
    """A property of the tool that is no parameter of the endpoint; `key` is its caller's name."""

    key: str
    validator: Validator
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Argument:
    """A property that stands for a parameter."""

    parameter: Parameter
    component: Component
    choices: Choices | None
    validator: Validator
    required: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """A tool's input schema (a JSON Schema 2020-12 object), and the way from there to a call."""

    schema: JSONSchema
    _properties: Mapping[str, _Argument | _Extra] = field(repr=False)
    _template: tuple[Any, ...] = field(repr=False)

    def bind(self, arguments: Mapping[str, Any], files: Files = _NO_FILES) -> Bound:
        """A call's `data` from a tool's arguments; what is not given keeps its default.

        `files` leads from a string given for a file to the `FileData` of its upload; a string
        that is not there must be an http(s) URL, which the app fetches itself. Raises
        `ValidationError` with a sentence for every problem, in the order of the parameters.
        """
        bound = Bound(data=list(self._template), extras={})
        found: list[str] = []
        for name, entry in self._properties.items():
            if name in arguments:
                found += _bind_argument(name, entry, arguments[name], files, bound)
            elif entry.required:
                found.append(problems.missing(name))
        known = list(self._properties)
        found += [problems.unknown(str(n), known) for n in arguments if n not in self._properties]
        if found:
            raise ValidationError(list(dict.fromkeys(found)))
        return bound

    def file_sources(self, arguments: Mapping[str, Any]) -> list[str]:
        """Every string given where a file is wanted, each once, in the order of the parameters.

        Arguments that do not fit have none: they are left for `bind` to refuse.
        """
        sources: list[str] = []
        for name, entry in self._properties.items():
            if isinstance(entry, _Argument) and entry.component.takes_files:
                value = arguments.get(name)
                if value is not None and _fits(entry, value):
                    entry.component.payload(
                        value, entry.parameter, lambda source, _: sources.append(source)
                    )
        return list(dict.fromkeys(sources))


def build_inputs(
    endpoint: Endpoint, extras: Mapping[str, Mapping[str, Any]] | None = None
) -> Inputs:
    """The inputs of an endpoint; `extras` are further properties (name → valid JSON Schema).

    An extra whose name a parameter has already shows as `<name>_2`; in `Bound.extras` it keeps
    its own name. The same endpoint always gives the same schema.
    """
    schemas: dict[str, JSONSchema] = {}
    definitions: Definitions = {}
    properties: dict[str, _Argument | _Extra] = {}
    for parameter in endpoint.parameters:
        component = component_of(parameter.component, parameter.schema)
        if component.shown:
            choices = parse_choices(parameter.props) if component.has_choices else None
            schema = _shown(parameter, component, choices, definitions)
            schemas[parameter.name] = schema
            validator = Validator(schema, reachable(schema, definitions))
            properties[parameter.name] = _Argument(
                parameter, component, choices, validator, required=not parameter.has_default
            )
    taken = set(schemas)
    for key, extra in (extras or {}).items():
        name = free_name(key, taken)
        schemas[name] = dict(extra)
        properties[name] = _Extra(key, Validator(schemas[name], {}))
    required = [name for name, entry in properties.items() if entry.required]
    return Inputs(_object(schemas, required, definitions), properties, endpoint.template)


def _object(
    properties: dict[str, JSONSchema], required: list[str], definitions: Definitions
) -> JSONSchema:
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
        **({"$defs": definitions} if definitions else {}),
    }


def _shown(
    parameter: Parameter, component: Component, choices: Choices | None, root: Definitions
) -> JSONSchema:
    """One property's schema; the definitions it needs go to `root`."""
    schema = component.input(parameter)
    schema = hoist(schema, schema.pop("$defs", {}), root)
    schema = with_fitting_examples(schema, root)
    if parameter.has_default and not _is_file_of_the_app(component, parameter.default):
        schema = with_default(schema, root, parameter.default, choices)
    return {**schema, "description": _describe(parameter, schema.get("description", ""))}


def _is_file_of_the_app(component: Component, default: Any) -> bool:
    # A path on the app's server is for the app to read, not for an agent to send.
    sent = default if isinstance(default, list) else [default]
    return component.takes_files and any(item and isinstance(item, str) for item in sent)


def _describe(parameter: Parameter, words: str) -> str:
    props = parameter.props
    # The label of an `api` function's parameter is its position.
    label = "" if parameter.component == "api" else own_label(parameter.label)
    said = [label, props.get("info"), words, props.get("placeholder")]
    sentences = dict.fromkeys(_sentence(clean(text)) for text in said)
    return clean(" ".join(filter(None, sentences))) or _sentence(parameter.name)


def _sentence(text: str) -> str:
    # Full-width marks of East Asian scripts end a sentence too.
    ended = text.endswith((".", "!", "?", "…", ":", "\u3002", "\uff01", "\uff1f"))
    return f"{text[:1].upper()}{text[1:]}{'' if ended or not text else '.'}"


def _bind_argument(
    name: str, entry: _Argument | _Extra, given: Any, files: Files, bound: Bound
) -> Iterator[str]:
    """Puts one argument where it belongs in `bound`; the sentences of what is wrong with it."""
    if not _is_json(given):
        yield problems.not_json(name)
        return
    choices = entry.choices if isinstance(entry, _Argument) else None
    value = choices.resolve(given) if choices else given
    try:
        misfits = list(problems.describe_misfits(name, entry.validator.misfits(value)))
    except RecursionError:
        misfits = [problems.not_json(name)]
    if misfits:
        yield from misfits
    elif isinstance(entry, _Extra):
        bound.extras[entry.key] = value
    else:
        yield from _place(name, entry, choices.original(value) if choices else value, files, bound)


def _place(name: str, entry: _Argument, value: Any, files: Files, bound: Bound) -> list[str]:
    not_files: list[str] = []

    def file(source: str, where: str) -> dict[str, Any]:
        if source in files:
            return dict(files[source])
        if not source.startswith(("http://", "https://")):
            not_files.append(problems.not_a_file(name, where, source))
        return _file_data(source)

    parameter = entry.parameter
    payload = None if value is None else entry.component.payload(value, parameter, file)
    bound.data.extend([None] * (parameter.slot + 1 - len(bound.data)))
    bound.data[parameter.slot] = {"value": payload} if parameter.takes_props else payload
    return not_files


def _file_data(url: str) -> dict[str, Any]:
    name = url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    return {"path": url, "orig_name": name or "file", "meta": {"_type": "gradio.FileData"}}


def _fits(entry: _Argument, value: Any) -> bool:
    try:
        return entry.validator.accepts(value)
    except RecursionError:
        return False


def _is_json(value: Any) -> bool:
    if value is None or isinstance(value, bool | int):
        return True
    if isinstance(value, str) and value.isascii():
        return True
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return True
