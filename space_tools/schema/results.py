"""How each kind of component shows as an output: a return → its JSON Schema.

These are promises that a client may check, so they stay on the safe side: null fits everywhere,
nothing is required, and what Gradio itself does not check is not promised.
"""

from collections.abc import Callable

from space_tools.gradio.app_info import Return
from space_tools.schema.json_values import JSONSchema, any_json
from space_tools.schema.repair import repair_schema

Result = Callable[[Return], JSONSchema]

_SCALAR = ["string", "number", "boolean", "null"]
_TEXT: JSONSchema = {"type": ["string", "null"]}
_NUMBER: JSONSchema = {"type": ["number", "null"]}
_ANY_SCALAR: JSONSchema = {"type": _SCALAR}

FILE: JSONSchema = {
    # Some versions send a URL or an encoded image instead of an object.
    "type": ["object", "string", "null"],
    "properties": {
        "uri": {**_TEXT, "description": "Reads it, and passes it on to a tool that takes a file."},
        "name": _TEXT,
        "mime_type": _TEXT,
        "size": _NUMBER,
        "url": _TEXT,
        "path": {**_TEXT, "description": "Where it was saved, on the machine of this server."},
        "note": {**_TEXT, "description": "Why it has no `uri` or `path`."},
    },
}


def text(returned: Return) -> JSONSchema:
    """Text; whatever plain value a function returns instead, Gradio may pass on."""
    return {"type": _SCALAR}


def number(returned: Return) -> JSONSchema:
    """A number; null where it is none that JSON can say."""
    return {"type": ["number", "string", "null"]}


def flag(returned: Return) -> JSONSchema:
    """True or false."""
    return {"type": ["boolean", "null"]}


def choice(returned: Return) -> JSONSchema:
    """A choice, or several; the app may have changed what there is to choose."""
    return {"type": [*_SCALAR, "array"]}


def any_value(returned: Return) -> JSONSchema:
    """Any JSON."""
    return any_json()


def own(returned: Return) -> JSONSchema:
    """What the app says it is, without a promise: a function's annotation binds nobody."""
    schema, definitions = repair_schema(returned.schema)
    if definitions or schema.get("type") == any_json()["type"]:
        return any_json()
    return {"anyOf": [schema, any_json()]}


def file(returned: Return) -> JSONSchema:
    """A file."""
    return FILE


def files(returned: Return) -> JSONSchema:
    """A file, or several."""
    return {**FILE, "type": ["object", "array", "string", "null"], "items": FILE}


def video(returned: Return) -> JSONSchema:
    """A file; before Gradio 6, one under `video` with another under `subtitles`."""
    nested = {"video": FILE, "subtitles": FILE}
    return {**FILE, "properties": {**FILE["properties"], **nested}}


def gallery(returned: Return) -> JSONSchema:
    """Images or videos with captions."""
    return _array({**_object(image=FILE, video=FILE, caption=_TEXT), "type": _PAIR})


def edited_image(returned: Return) -> JSONSchema:
    """An image and what was drawn on it."""
    return _object(background=FILE, layers=_array(FILE), composite=FILE)


def image_pair(returned: Return) -> JSONSchema:
    """Two images to compare."""
    return _array(FILE)


def annotated_image(returned: Return) -> JSONSchema:
    """An image and the masks on it."""
    return _object(image=FILE, annotations=_array(_object(image=FILE, label=_TEXT)))


def label(returned: Return) -> JSONSchema:
    """The best label, and how sure the app is of each."""
    one = _object(label=_ANY_SCALAR, confidence=_NUMBER)
    return _object(label=_ANY_SCALAR, confidences=_array(one))


def highlighted(returned: Return) -> JSONSchema:
    """Text in pieces, each with its class."""
    token = _object(token=_TEXT, class_or_confidence=_ANY_SCALAR)
    return _array({**token, "type": _PAIR})


def frame(returned: Return) -> JSONSchema:
    """A table."""
    rows = _array({"type": ["array", "null"]})
    headers = {"type": ["array", "null"]}
    return _object(headers=headers, data=rows, metadata={"type": ["object", "null"]})


def chat(returned: Return) -> JSONSchema:
    """Messages, or pairs of them, as the app's version has it."""
    content = {"type": ["string", "object", "array", "null"]}
    return _array({**_object(role=_TEXT, content=content), "type": _PAIR})


def multimodal(returned: Return) -> JSONSchema:
    """Text with files."""
    return {**_object(text=_TEXT, files=_array(FILE)), "type": ["object", "string", "null"]}


def plot(returned: Return) -> JSONSchema:
    """A plot: a file with a picture, or the JSON of the library that drew it."""
    drawn: JSONSchema = {
        "type": ["string", "object", "null"],
        "description": "A picture, as a file with its `uri`, or JSON for the library in `type`.",
    }
    return _object(type=_TEXT, plot=drawn)


# What is an object in one version of Gradio was a pair in another.
_PAIR = ["object", "array", "null"]


def _object(**properties: JSONSchema) -> JSONSchema:
    return {"type": ["object", "null"], "properties": properties}


def _array(items: JSONSchema) -> JSONSchema:
    return {"type": ["array", "null"], "items": items}
