"""One row for each Gradio component: how it shows, and how values go in.

What is not in the table (a custom component, one yet to come) is handled by `other`, from the
schema that the app has for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from space_tools.schema import payloads, results, shapes
from space_tools.schema.payloads import Payload
from space_tools.schema.results import Result
from space_tools.schema.shapes import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """How a component's input shows, how an argument becomes its payload, how its output shows.

    `shown` is false for what only a browser can feed: such an input keeps its default. With
    `has_choices`, a value may be given by the label that the component has for it.
    """

    input: Shape
    payload: Payload = payloads.as_is
    output: Result
    shown: bool = True
    takes_files: bool = False
    has_choices: bool = False


def _file(one: str, many: str) -> Component:
    return Component(
        input=shapes.file_of(one, many),
        payload=payloads.one_or_more_files,
        output=results.file,
        takes_files=True,
    )


_TEXT = Component(input=shapes.text, output=results.text)
_CHOICE = Component(input=shapes.choice, output=results.choice, has_choices=True)
_OWN = Component(input=shapes.own, output=results.own)
_HIDDEN = replace(_OWN, shown=False)
_ANY_FILE = replace(_file("a file", "files"), output=results.files)
_ANY_FILES = replace(_ANY_FILE, input=shapes.files_of("files"))
_IMAGE = _file("an image file", "image files")
_VIDEO = _file("a video file", "video files")

COMPONENTS: Mapping[str, Component] = {
    "textbox": _TEXT,
    "markdown": _TEXT,
    "html": _TEXT,
    "button": _TEXT,
    "code": replace(_TEXT, input=shapes.code),
    "colorpicker": replace(_TEXT, input=shapes.color),
    "datetime": Component(input=shapes.date_time, output=results.text),
    "number": Component(input=shapes.number, payload=payloads.number, output=results.number),
    "slider": Component(input=shapes.slider, payload=payloads.number, output=results.number),
    "checkbox": Component(input=shapes.flag, output=results.flag),
    "radio": _CHOICE,
    "dropdown": _CHOICE,
    "checkboxgroup": replace(_CHOICE, input=shapes.many_choices),
    "json": Component(input=shapes.any_value, output=results.any_value),
    "dataframe": Component(input=shapes.frame, payload=payloads.frame, output=results.frame),
    "chatbot": Component(
        input=shapes.chat, payload=payloads.chat, output=results.chat, takes_files=True
    ),
    "multimodaltextbox": Component(
        input=shapes.multimodal,
        payload=payloads.multimodal,
        output=results.multimodal,
        takes_files=True,
    ),
    "image": _IMAGE,
    "imageeditor": replace(_IMAGE, payload=payloads.edited_image, output=results.edited_image),
    "imageslider": replace(
        _IMAGE, input=shapes.files_of("two image files", count=2), output=results.image_pair
    ),
    "gallery": replace(
        _IMAGE,
        input=shapes.files_of("image or video files"),
        payload=payloads.gallery,
        output=results.gallery,
    ),
    "audio": _file("an audio file", "audio files"),
    "video": replace(_VIDEO, payload=payloads.video, output=results.video),
    "model3d": _file("a 3D model file", "3D model files"),
    "file": _ANY_FILE,
    "uploadbutton": _ANY_FILE,
    "downloadbutton": _ANY_FILE,
    "annotatedimage": replace(_OWN, output=results.annotated_image),
    "label": replace(_OWN, output=results.label),
    "highlightedtext": replace(_OWN, output=results.highlighted),
    "plot": replace(_OWN, output=results.plot),
    "api": _OWN,
    "paramviewer": _OWN,
    "state": _HIDDEN,
    "browserstate": _HIDDEN,
    "timer": _HIDDEN,
}

_FILE_PROPERTIES = {"path", "orig_name"}


def component_of(kind: str, schema: Mapping[str, Any]) -> Component:
    """The row for a component of type `kind`, or one for what the app's `schema` says of it."""
    return COMPONENTS.get(kind) or other(schema)


def other(schema: Mapping[str, Any]) -> Component:
    """The row for a component that is not in the table: a file, files, or the app's own schema."""
    if _is_file(schema):
        return _ANY_FILE
    items = schema.get("items")
    definitions = schema.get("$defs")
    if isinstance(items, Mapping) and isinstance(definitions, Mapping) and "$ref" in items:
        items = definitions.get(str(items["$ref"]).rpartition("/")[2])
    return _ANY_FILES if isinstance(items, Mapping) and _is_file(items) else _OWN


def _is_file(schema: Mapping[str, Any]) -> bool:
    properties = schema.get("properties")
    return isinstance(properties, Mapping) and properties.keys() >= _FILE_PROPERTIES
