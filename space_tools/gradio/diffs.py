"""The edits by which an app sends partial outputs. Pure.

Source: Gradio queue protocols sse_v2 to sse_v3. An edit is `[op, path, operand]`; an empty path
means the whole value.
"""

from collections.abc import Sequence
from typing import Any

from space_tools.errors import ProtocolError


def apply_diffs(outputs: Sequence[Any], diffs: Sequence[Any]) -> list[Any]:
    """New outputs from the ones before and a list of edits for each; nothing given is changed.

    Raises `ProtocolError` if they do not fit together.
    """
    if len(outputs) != len(diffs):
        raise ProtocolError("the app sent changes for another number of outputs")
    return [apply_diff(output, diff) for output, diff in zip(outputs, diffs, strict=True)]


def apply_diff(value: Any, diff: Any) -> Any:
    """`value` after the edits `[[op, path, operand], …]`; `value` itself is not changed."""
    try:
        for op, path, operand in diff:
            value = _edit(value, op, path, operand)
    except (AttributeError, TypeError, ValueError, LookupError):
        raise ProtocolError("the app sent a change that does not fit the output") from None
    return value


def _edit(value: Any, op: str, path: Sequence[Any], operand: Any) -> Any:
    if path and (len(path) > 1 or op in ("replace", "append")):
        changed = value.copy()
        changed[path[0]] = _edit(value[path[0]], op, path[1:], operand)
        return changed
    match op:
        case "replace":
            return operand
        case "append":
            return value + operand
        case "add":
            return _add(value, path[0], operand)
        case "delete":
            return _delete(value, path[0])
    raise ValueError(op)


def _add(container: Any, key: Any, operand: Any) -> Any:
    changed = container.copy()
    if isinstance(changed, list):
        changed.insert(key, operand)
    else:
        changed[key] = operand
    return changed


def _delete(container: Any, key: Any) -> Any:
    changed = container.copy()
    # Servers only ever shorten lists at their end, but number the dropped elements wrongly.
    if isinstance(changed, list):
        changed.pop()
    else:
        del changed[key]
    return changed
