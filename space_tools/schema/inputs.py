"""An endpoint's parameters as a tool's input schema, and arguments as a call's `data`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from space_tools.errors import ValidationError
from space_tools.gradio.app_info import Endpoint, Parameter
from space_tools.gradio.file_data import file_at
from space_tools.schema import problems
from space_tools.schema.choices import Choices, parse_choices
from space_tools.schema.components import Component, component_of
from space_tools.schema.json_values import JSONSchema
from space_tools.schema.mending import mend
from space_tools.schema.parameters import parameter_schema, property_name
from space_tools.schema.references import Definitions, free_name, reachable
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
    schema: JSONSchema
    definitions: Definitions
    validator: Validator
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Argument:
    """A property that stands for a parameter."""

    parameter: Parameter
    component: Component
    choices: Choices | None
    schema: JSONSchema
    definitions: Definitions
    validator: Validator
    required: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """A tool's input schema (a JSON Schema 2020-12 object), and the way from there to a call."""

    schema: JSONSchema
    _properties: Mapping[str, _Argument | _Extra] = field(repr=False)
    _template: tuple[Any, ...] = field(repr=False)

    def bind(self, arguments: Mapping[str, Any], files: Files = _NO_FILES) -> Bound:
        """A call's `data` from a tool's arguments; what is not given keeps its default, and so
        does an optional one that is null where its schema has no null, as strict models send it.

        `files` leads from a string given for a file to the `FileData` of its upload; a string
        that is not there must be an http(s) URL, which the app fetches itself. Raises
        `ValidationError` with a sentence for every problem, in the order of the parameters.
        """
        bound = Bound(data=list(self._template), extras={})
        found: list[str] = []
        for name, entry in self._properties.items():
            if name in arguments and not _means_nothing(entry, arguments[name]):
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
                value, misfits = _fitted(name, entry, arguments.get(name))
                if value is not None and not misfits:
                    entry.component.payload(
                        value, entry.parameter, lambda source, _: sources.append(source)
                    )
        return list(dict.fromkeys(sources))

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Property → the parameter that it stands for."""
        entries = self._properties.items()
        return {name: e.parameter for name, e in entries if isinstance(e, _Argument)}

    def payload(self, name: str, given: Any) -> tuple[Any, Any]:
        """(the value that was meant, what a call's `data` has for it), of one of `parameters`.

        Raises `ValidationError` for a value that does not fit.
        """
        entry = self._properties[name]
        value, _ = _fitted(name, entry, given)
        bound = Bound(data=list(self._template), extras={})
        if found := list(_bind_argument(name, entry, given, _NO_FILES, bound)):
            raise ValidationError(found)
        return value, bound.data[self.parameters[name].slot]


def _means_nothing(entry: "_Argument | _Extra", given: Any) -> bool:
    return given is None and not entry.required and not entry.validator.accepts(None)


def build_inputs(
    endpoint: Endpoint,
    extras: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    max_file_size: int | None = None,
) -> Inputs:
    """The inputs of an endpoint; `extras` are further properties (name → valid JSON Schema).

    `max_file_size` is in bytes, and only told.

    An extra whose name a parameter has already shows as `<name>_2`; in `Bound.extras` it keeps
    its own name. The same endpoint always gives the same schema.
    """
    schemas: dict[str, JSONSchema] = {}
    definitions: Definitions = {}
    properties: dict[str, _Argument | _Extra] = {}
    taken: set[str] = set()
    for parameter in endpoint.parameters:
        component = component_of(parameter.component, parameter.schema)
        if component.shown:
            choices = parse_choices(parameter.props) if component.has_choices else None
            schema = parameter_schema(parameter, component, choices, definitions, max_file_size)
            name = property_name(parameter, taken)
            schemas[name] = schema
            properties[name] = _argument(parameter, component, choices, schema, definitions)
    for key, extra in (extras or {}).items():
        name = free_name(key, taken)
        schemas[name] = dict(extra)
        properties[name] = _Extra(key, schemas[name], {}, Validator(schemas[name], {}))
    required = [name for name, entry in properties.items() if entry.required]
    return Inputs(_object(schemas, required, definitions), properties, endpoint.template)


def _argument(
    parameter: Parameter,
    component: Component,
    choices: Choices | None,
    schema: JSONSchema,
    definitions: Definitions,
) -> _Argument:
    used = reachable(schema, definitions)
    validator = Validator(schema, used)
    required = not parameter.has_default
    return _Argument(parameter, component, choices, schema, used, validator, required)


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


def _bind_argument(
    name: str, entry: _Argument | _Extra, given: Any, files: Files, bound: Bound
) -> Iterator[str]:
    """Puts one argument where it belongs in `bound`; the sentences of what is wrong with it."""
    value, misfits = _fitted(name, entry, given)
    if misfits:
        yield from misfits
    elif isinstance(entry, _Extra):
        bound.extras[entry.key] = value
    else:
        choices = entry.choices
        yield from _place(name, entry, choices.original(value) if choices else value, files, bound)


def _fitted(name: str, entry: _Argument | _Extra, given: Any) -> tuple[Any, list[str]]:
    """(the value that was meant, what is still wrong with it)."""
    if not _is_json(given):
        return given, [problems.not_json(name)]
    choices = entry.choices if isinstance(entry, _Argument) else None
    value = choices.resolve(given) if choices else given
    try:
        if entry.validator.accepts(value):
            return value, []
        names = choices.by_name if choices else {}
        value = mend(value, entry.schema, entry.definitions, names)
        misfits = entry.validator.misfits(value)
        return value, list(problems.describe_misfits(name, misfits, names))
    except RecursionError:
        return given, [problems.not_json(name)]


def _place(name: str, entry: _Argument, value: Any, files: Files, bound: Bound) -> list[str]:
    not_files: list[str] = []

    def file(source: str, where: str) -> dict[str, Any]:
        if source in files:
            return dict(files[source])
        if not source.startswith(("http://", "https://")):
            not_files.append(problems.not_a_file(name, where, source))
        return file_at(source)

    parameter = entry.parameter
    payload = None if value is None else entry.component.payload(value, parameter, file)
    bound.data.extend([None] * (parameter.slot + 1 - len(bound.data)))
    bound.data[parameter.slot] = {"value": payload} if parameter.takes_props else payload
    return not_files


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
