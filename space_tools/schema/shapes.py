"""How each kind of component shows as an input: a parameter → its JSON Schema.

A `description` set here says what the schema cannot; the parameter's own words go before it.
A file shows as a string that leads to it.
"""

from collections.abc import Callable, Mapping
from math import ceil, floor
from typing import Any

from space_tools.gradio.app_info import Parameter
from space_tools.schema import chats
from space_tools.schema.choices import describe_labels, parse_choices, values_of
from space_tools.schema.json_values import JSONSchema, any_json, distinct, is_number, types_of
from space_tools.schema.nested_files import show_files
from space_tools.schema.repair import repair_schema
from space_tools.schema.text import one_line

Shape = Callable[[Parameter], JSONSchema]

_MOST_EXAMPLES = 10
# No year 0: there is none, and apps fail on it.
_DATE = "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

FILE_WORDS = "a local path, an https URL, a data: URI, or the uri of an earlier result"
"""How a file is given to a tool."""


def text(parameter: Parameter) -> JSONSchema:
    """A string, of at most the component's `max_length` characters."""
    longest = parameter.props.get("max_length")
    return {"type": "string", **({"maxLength": longest} if _is_count(longest) else {})}


def code(parameter: Parameter) -> JSONSchema:
    """A string in the component's language."""
    language = one_line(parameter.props.get("language"), 40)
    return {"type": "string", **_described(f"{language} code" if language else "")}


def number(parameter: Parameter) -> JSONSchema:
    """A number within the component's bounds."""
    whole = parameter.schema.get("type") == "integer" or parameter.props.get("precision") == 0
    # A Number's step is 1 unless its author said otherwise, also where fractions are meant.
    return _numeric(parameter, whole=whole, ignored_step=1)


def slider(parameter: Parameter) -> JSONSchema:
    """A number within the slider's bounds; whole if every place on the slider is."""
    props = parameter.props
    places = (props.get("minimum"), props.get("step"), parameter.default or 0)
    return _numeric(parameter, whole=all(type(place) is int for place in places))


def _numeric(parameter: Parameter, *, whole: bool, ignored_step: int | None = None) -> JSONSchema:
    low, high, step = (parameter.props.get(key) for key in ("minimum", "maximum", "step"))
    if is_number(low) and is_number(high):
        whole = whole and ceil(low) <= floor(high)
        low, high = (low, high) if low <= high else (None, None)
    schema: JSONSchema = {"type": "integer" if whole else "number"}
    schema |= {key: n for key, n in (("minimum", low), ("maximum", high)) if is_number(n)}
    if whole and type(step) is int and step > 1 and _all_multiples(step, low, parameter.default):
        schema["multipleOf"] = step
    telling = is_number(step) and step > 0 and step != ignored_step and not (whole and step == 1)
    words = _range_words(low, high, step if telling else None)
    places = parameter.props.get("precision")
    rounded = f"rounded to {places} decimal places" if _is_count(places) and places else ""
    return {**schema, **_described(", ".join(filter(None, (words, rounded))))}


def _all_multiples(step: int, *numbers: Any) -> bool:
    return all(number % step == 0 for number in numbers if is_number(number))


def _range_words(low: Any, high: Any, step: Any) -> str:
    bounds = {
        (True, True): f"from {low} to {high}",
        (True, False): f"at least {low}",
        (False, True): f"at most {high}",
        (False, False): "",
    }[is_number(low), is_number(high)]
    return ", ".join(words for words in (bounds, f"in steps of {step}" if step else "") if words)


def flag(parameter: Parameter) -> JSONSchema:
    """True or false."""
    return {"type": "boolean"}


def choice(parameter: Parameter) -> JSONSchema:
    """One of the component's choices; an array of them for a Dropdown with `multiselect`."""
    if parameter.props.get("multiselect") is True:
        return many_choices(parameter)
    return _one_of(parameter)


def many_choices(parameter: Parameter) -> JSONSchema:
    """An array of the component's choices."""
    items = _one_of(parameter)
    words = items.pop("description", "")
    most = parameter.props.get("max_choices")
    bounds = {"maxItems": most} if _is_count(most) else {}
    return {"type": "array", "items": items, **bounds, **_described(words)}


def _one_of(parameter: Parameter) -> JSONSchema:
    choices = parse_choices(parameter.props)
    if choices is None:
        return _unlisted(values_of(parameter.props))
    values, words = list(choices.values), describe_labels(choices)
    types = types_of(values)
    if not choices.custom:
        return {"type": types, "enum": values, **_described(words)}
    other = "Values that are not listed may be given too"
    open_types = list(dict.fromkeys(["string", *([types] if isinstance(types, str) else types)]))
    return {
        "type": open_types[0] if len(open_types) == 1 else open_types,
        "examples": values[:_MOST_EXAMPLES],
        **_described(f"{words}. {other}" if words else other),
    }


def _unlisted(values: list[Any]) -> JSONSchema:
    """One of very many choices; or of those that come only once the app runs."""
    if not values:
        return {"type": ["string", "number", "boolean"]}
    shown = distinct([value for value in values[:_MOST_EXAMPLES] if len(str(value)) <= 100])
    return {
        "type": types_of(values),
        **({"examples": shown} if shown else {}),
        **_described(f"one of {len(values):,} choices, which are too many to be listed here"),
    }


def color(parameter: Parameter) -> JSONSchema:
    """A colour, as CSS writes it."""
    return {"type": "string", "description": "a color, such as #ff0000"}


def date_time(parameter: Parameter) -> JSONSchema:
    """A point in time."""
    if parameter.props.get("include_time") is False:
        return {
            "type": "string",
            "pattern": f"^{_DATE}$",
            "examples": ["2025-01-31"],
            "description": "a date, as YYYY-MM-DD",
        }
    return {
        "type": "string",
        "pattern": f"^{_DATE}[ T]{_TIME}$",
        "examples": ["2025-01-31 13:45:00"],
        "description": "a time, as YYYY-MM-DD HH:MM:SS",
    }


def sample(parameter: Parameter) -> JSONSchema:
    """One of a Dataset's samples, by its place."""
    samples = parameter.props.get("samples")
    last = {"maximum": len(samples) - 1} if isinstance(samples, list) and samples else {}
    return {"type": "integer", "minimum": 0, **last, "description": "the index of an example"}


def paths(parameter: Parameter) -> JSONSchema:
    """Paths below a FileExplorer's root, which is on the app's own computer."""
    path = {"type": "string", "minLength": 1}
    if parameter.props.get("file_count") == "single":
        return {**path, "description": "a path on the app's own computer, below its root"}
    words = "paths on the app's own computer, below its root"
    return {"type": "array", "items": path, "description": words}


def any_value(parameter: Parameter) -> JSONSchema:
    """Any JSON."""
    return {**any_json(), "description": "any JSON"}


def chat(parameter: Parameter) -> JSONSchema:
    """A list of messages."""
    return chats.chat(parameter, f"a file: {FILE_WORDS}")


def file_of(one: str, many: str) -> Shape:
    """The shape of a file, in words such as "an image file"; an array if the component says so."""

    def shape(parameter: Parameter) -> JSONSchema:
        if parameter.props.get("file_count") in ("multiple", "directory"):
            return files_of(many)(parameter)
        words = f"{one}: {FILE_WORDS}{_accepted(parameter.props)}"
        return {"type": "string", "description": words}

    return shape


def files_of(many: str, *, count: int | None = None) -> Shape:
    """The shape of an array of files, in words such as "image files"; of `count` if it is fixed."""

    def shape(parameter: Parameter) -> JSONSchema:
        bounds = {} if count is None else {"minItems": count, "maxItems": count}
        words = f"{many}, each {FILE_WORDS}{_accepted(parameter.props)}"
        return {"type": "array", "items": {"type": "string"}, **bounds, "description": words}

    return shape


def gallery(parameter: Parameter) -> JSONSchema:
    """An array of files, each with a caption if there is one."""
    schema = files_of("image or video files")(parameter)
    captioned: JSONSchema = {
        "type": ["string", "object"],
        "properties": {
            "file": {"type": "string", "description": f"the file: {FILE_WORDS}"},
            "caption": {"type": ["string", "null"]},
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    words = f"{schema['description']}, or {{file, caption}}"
    return {**schema, "items": captioned, "description": words}


def edited_image(parameter: Parameter) -> JSONSchema:
    """An image file; or an object of files, with what is drawn on it in layers."""
    words = file_of("an image file", "")(parameter)["description"]
    file = {"type": "string"}
    return {
        "type": ["string", "object"],
        "properties": {
            "background": {**file, "description": "the image"},
            "layers": {"type": "array", "items": file, "description": "what is drawn, as masks"},
            "composite": {**file, "description": "the image with its layers"},
        },
        "required": ["background"],
        "additionalProperties": False,
        "description": f"{words}. Or an object, with masks in `layers`",
    }


def multimodal(parameter: Parameter) -> JSONSchema:
    """A message with files; of one file where the component takes no more."""
    files = files_of("files")(parameter)
    if parameter.props.get("file_count") == "single":
        files["maxItems"] = 1
    text = {"type": "string", "description": "the message"}
    return {
        "type": "object",
        "properties": {"text": text, "files": files},
        "additionalProperties": False,
    }


def own(parameter: Parameter) -> JSONSchema:
    """The app's own schema, repaired, with a string for each file in it; definitions in `$defs`."""
    raw = show_files(parameter.schema, f"a file: {FILE_WORDS}")
    schema, definitions = repair_schema(raw)
    # "..." is what Gradio puts where it knows no example.
    if parameter.example not in (None, "...") and not parameter.has_default:
        schema = {**schema, "examples": [parameter.example]}
    return {**schema, "$defs": definitions}


def _described(words: str) -> dict[str, str]:
    return {"description": words} if words else {}


def _accepted(props: Mapping[str, Any]) -> str:
    types = props.get("file_types")
    listed = [one_line(t, 40) for t in types] if isinstance(types, list) else []
    return f". Accepted: {', '.join(listed)}" if listed else ""


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
