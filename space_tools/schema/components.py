"""One row for each Gradio component: how it shows, and how values go in.

What is not in the table (a custom component, one yet to come) is handled by `other`, from the
schema that the app has for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from space_tools.schema import chats, frames, payloads, results, shapes
from space_tools.schema.nested_files import has_files, is_file
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
_NUMBER = Component(input=shapes.number, payload=payloads.number, output=results.number)
_CHOICE = Component(input=shapes.choice, output=results.choice, has_choices=True)
_OWN = Component(input=shapes.own, payload=payloads.nested, output=results.own)
_HIDDEN = replace(_OWN, shown=False)
_ANY_FILE = replace(_file("a file", "files"), output=results.files)
_ANY_FILES = replace(_ANY_FILE, input=shapes.files_of("files"))
_IMAGE = _file("an image file", "image files")
_VIDEO = _file("a video file", "video files")

COMPONENTS: Mapping[str, Component] = {
    "textbox": _TEXT,
    "markdown": _TEXT,
    "html": _TEXT,
    "code": replace(_TEXT, input=shapes.code),
    "colorpicker": replace(_TEXT, input=shapes.color),
    "datetime": Component(input=shapes.date_time, payload=payloads.time, output=results.text),
    "number": _NUMBER,
    "slider": replace(_NUMBER, input=shapes.slider),
    "checkbox": Component(input=shapes.flag, output=results.flag),
    "radio": _CHOICE,
    "dropdown": _CHOICE,
    "checkboxgroup": replace(_CHOICE, input=shapes.many_choices),
    "dataset": replace(_NUMBER, input=shapes.sample, output=results.any_value),
    "json": Component(input=shapes.any_value, output=results.any_value),
    "dataframe": Component(input=frames.frame, payload=frames.frame_payload, output=results.frame),
    "chatbot": Component(
        input=shapes.chat, payload=chats.chat_payload, output=results.chat, takes_files=True
    ),
    "multimodaltextbox": Component(
        input=shapes.multimodal,
        payload=payloads.multimodal,
        output=results.multimodal,
        takes_files=True,
    ),
    "image": _IMAGE,
    "imageeditor": replace(
        _IMAGE,
        input=shapes.edited_image,
        payload=payloads.edited_image,
        output=results.edited_image,
    ),
    "imageslider": replace(
        _IMAGE, input=shapes.files_of("two image files", count=2), output=results.image_pair
    ),
    "gallery": replace(
        _IMAGE, input=shapes.gallery, payload=payloads.gallery, output=results.gallery
    ),
    "audio": _file("an audio file", "audio files"),
    "video": replace(_VIDEO, payload=payloads.video, output=results.video),
    "model3d": _file("a 3D model file", "3D model files"),
    "file": _ANY_FILE,
    "uploadbutton": _ANY_FILE,
    "downloadbutton": _ANY_FILE,
    "fileexplorer": Component(input=shapes.paths, payload=payloads.paths, output=results.any_value),
    "annotatedimage": replace(_OWN, output=results.annotated_image),
    "label": replace(_OWN, output=results.label),
    "highlightedtext": replace(_OWN, output=results.highlighted),
    "plot": replace(_OWN, output=results.plot),
    "nativeplot": replace(_OWN, output=results.any_value),
    "api": _OWN,
    "paramviewer": _OWN,
    "dialogue": _OWN,
    "navbar": _OWN,
    "fallback": _OWN,
    # What a button says is its value.
    "button": _TEXT,
    "clearbutton": _TEXT,
    "deeplinkbutton": _TEXT,
    "duplicatebutton": _TEXT,
    "loginbutton": _TEXT,
    "logoutbutton": _TEXT,
    # Only a browser can feed these.
    "state": _HIDDEN,
    "browserstate": _HIDDEN,
    "timer": _HIDDEN,
    "workflowcanvas": _HIDDEN,
    # Gradio 3 and 4 only.
    "variable": _HIDDEN,
    "timeseries": replace(_ANY_FILE, output=results.any_value),
    "bokehplot": replace(_OWN, output=results.plot),
    "barplot": replace(_OWN, output=results.plot),
    "lineplot": replace(_OWN, output=results.plot),
    "scatterplot": replace(_OWN, output=results.plot),
    "interpretation": replace(_OWN, output=results.any_value),
    "carousel": replace(_OWN, output=results.any_value),
    "statustracker": replace(_OWN, output=results.any_value),
}


def component_of(kind: str, schema: Mapping[str, Any]) -> Component:
    """The row for a component of type `kind`, or one for what the app's `schema` says of it."""
    component = COMPONENTS.get(kind) or other(schema)
    if component.payload is payloads.nested and has_files(schema):
        return replace(component, takes_files=True)
    return component


def other(schema: Mapping[str, Any]) -> Component:
    """The row for a component that is not in the table: a file, files, or the app's own schema."""
    if is_file(schema):
        return _ANY_FILE
    items = schema.get("items")
    definitions = schema.get("$defs")
    if isinstance(items, Mapping) and isinstance(definitions, Mapping) and "$ref" in items:
        items = definitions.get(str(items["$ref"]).rpartition("/")[2])
    return _ANY_FILES if is_file(items) else _OWN
