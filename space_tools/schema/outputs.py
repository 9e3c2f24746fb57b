"""An endpoint's returns as a tool's output schema, and an app's answer as that structure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any

from space_tools.gradio.app_info import Endpoint, Return
from space_tools.gradio.file_data import FILE_KEYS, FILE_TYPE
from space_tools.schema.components import component_of
from space_tools.schema.encoded_files import mime_type_of, name_of, with_files
from space_tools.schema.json_values import JSONSchema, is_number, json_type
from space_tools.schema.references import free_name
from space_tools.schema.text import clean, legible, one_line, own_label

_MAX_NAME = 64
_MAX_DEPTH = 200
_MISSING: Any = object()

FileURL = Callable[[str], str]


class OutputFile(dict[str, Any]):
    """A file of a result: `{url, name, mime_type?, size?}`; an app's own JSON never is one.

    `fetchable`: the app gives it out, whole, or its `url` is a `data:` URL, which has it all. A
    stream, or a file that is elsewhere, is not.
    """

    fetchable: bool = False


class Structured(dict[str, Any]):
    """A structured result, which knows the component of each of its outputs."""

    components: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Outputs:
    """A tool's output schema, an object with the property `names[i]` for the i-th return.

    `components[i]` is what kind of component that return is for.
    """

    schema: JSONSchema
    names: tuple[str, ...]
    components: tuple[str, ...]
    _promises: tuple[JSONSchema, ...] = field(repr=False)
    _spare_names: tuple[str, ...] = field(repr=False)

    def structured(self, data: Sequence[Any], file_url: FileURL) -> Structured:
        """The app's values, in the order of the returns, as the schema has them.

        A file becomes `{url, name, mime_type?, size?}`, its `url` what `file_url` makes of the
        app's path. An update of a component stands for its value; one without a value is left
        out. All else is as the app sent it. A value that its component cannot have (an app may
        bypass Gradio's checks) is under `<name>_raw`, of which nothing is promised.
        """
        structured = Structured()
        structured.components = dict(zip(self.names, self.components, strict=True))
        columns = (self.names, self._spare_names, self._promises, self.components)
        for sent, name, spare, promise, component in zip(data, *columns, strict=False):
            value = _unwrap(sent)
            if value is not _MISSING:
                shown = _shown(with_files(component, value), file_url, 0)
                structured[name if _keeps(promise, shown) else spare] = shown
        return structured


def build_outputs(
    endpoint: Endpoint, extras: Mapping[str, Mapping[str, Any]] | None = None
) -> Outputs:
    """The outputs of an endpoint; `extras` are further properties (name → valid JSON Schema).

    A property is named by its return's label, else by its component; the second of a name gets
    `_2`, and so does one named like an extra. No property is required.
    """
    extra = {name: dict(schema) for name, schema in (extras or {}).items()}
    taken = set(extra)
    names = tuple(free_name(_name(returned), taken) for returned in endpoint.returns)
    spare_names = tuple(free_name(f"{name}_raw", taken) for name in names)
    properties = {
        name: {
            **component_of(returned.component, returned.schema).output(returned),
            **_info(returned),
        }
        for name, returned in zip(names, endpoint.returns, strict=True)
    }
    return Outputs(
        schema={"type": "object", "properties": {**properties, **extra}},
        names=names,
        components=tuple(returned.component for returned in endpoint.returns),
        _promises=tuple(properties.values()),
        _spare_names=spare_names,
    )


def _name(returned: Return) -> str:
    label = own_label(returned.label, _MAX_NAME)
    return label or one_line(returned.component, _MAX_NAME) or "output"


def _info(returned: Return) -> dict[str, str]:
    info = clean(returned.props.get("info"))
    return {"description": info} if info else {}


def _keeps(promise: JSONSchema, value: Any) -> bool:
    """Whether a value is what was promised, as the schemas of `results` say it."""
    types = promise.get("type", ())
    kind = "number" if (kind := json_type(value)) == "integer" else kind
    if types and kind not in types:
        return False
    if isinstance(value, list) and (items := promise.get("items")):
        return all(_keeps(items, item) for item in value)
    if isinstance(value, dict) and (properties := promise.get("properties")):
        return all(_keeps(properties[key], value[key]) for key in properties.keys() & value.keys())
    return True


def _unwrap(value: Any) -> Any:
    if isinstance(value, Mapping) and value.get("__type__") == "update":
        return value.get("value", _MISSING)
    return value


def _shown(value: Any, file_url: FileURL, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, list):
        return [_shown(item, file_url, depth + 1) for item in value]
    if isinstance(value, float):
        return value if isfinite(value) else None  # JSON has no such number
    if not isinstance(value, dict):
        return value
    if _is_file(value):
        return _file(value, file_url)
    return {legible(key): _shown(v, file_url, depth + 1) for key, v in value.items()}


def _is_file(value: Mapping[str, Any]) -> bool:
    meta = value.get("meta")
    if isinstance(meta, Mapping) and meta.get("_type") == FILE_TYPE:
        return isinstance(value.get("path"), str) or isinstance(value.get("url"), str)
    # Before Gradio 4.21 a file is known by its keys alone.
    return value.keys() - {"is_stream"} == FILE_KEYS and isinstance(value["path"], str)


def _file(value: Mapping[str, Any], file_url: FileURL) -> OutputFile:
    place = value.get("path") or value.get("url")
    of_app = place == value.get("path") and _is_path(str(place))
    encoded = bool(mime_type_of(place))
    # A URL of the app's own choosing is told, but never followed from here.
    url = legible(str(place)) if encoded else one_line(place, 2000)
    file = OutputFile(url=file_url(str(place)) if of_app else url, name=_file_name(value, place))
    if mime_type := _text(value.get("mime_type"), 100):
        file["mime_type"] = mime_type
    if is_number(size := value.get("size")):
        file["size"] = size
    file.fetchable = (of_app or encoded) and value.get("is_stream") is not True
    return file


_LONGEST_PATH = 4096
"""Characters that a path has at most, on any system."""

_ELSEWHERE = ("http://", "https://", "data:")


def _is_path(place: str) -> bool:
    return len(place) <= _LONGEST_PATH and not place.lower().startswith(_ELSEWHERE)


def _text(value: Any, limit: int = 200) -> str:
    return one_line(value, limit) if isinstance(value, str) else ""


def _file_name(value: Mapping[str, Any], place: Any) -> str:
    if named := _text(value.get("orig_name")):
        return named
    if mime_type_of(place):
        return name_of(place)
    return one_line(str(place).replace("\\", "/").rpartition("/")[2]) or "file"
