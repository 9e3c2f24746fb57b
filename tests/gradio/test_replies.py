"""What an app answers to a call it does not take becomes the error it stands for."""

import json
import re
from typing import Any

import pytest

from space_tools.egress.http import Reply
from space_tools.errors import (
    UNTOLD,
    AppError,
    AuthenticationError,
    CallError,
    QueueError,
    SpaceToolsError,
    TooManyRequestsError,
    ValidationError,
)
from space_tools.gradio.replies import check_reply


def reply(status: int, content: object, **headers: str) -> Reply:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reply(status, headers, body)


def refusal(message: str, *, name: str | None = None, is_valid: bool = False) -> dict[str, object]:
    """One item of what `gr.validate` answers."""
    return {
        "__type__": "validate",
        "is_valid": is_valid,
        "message": message,
        "parameter_name": name,
    }


def test_a_good_answer_passes() -> None:
    check_reply(reply(200, {"event_id": "e"}))
    check_reply(reply(200, b"not JSON"))


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (reply(401, {"detail": "Not authenticated"}), AuthenticationError, "wants a login"),
        (
            reply(503, {"detail": "Queue is full. Max size is 1 and size is 1."}),
            QueueError,
            "queue is full",
        ),
        (reply(500, {"error": "custom gr error"}), AppError, "^custom gr error$"),
        (reply(500, {"error": None}), AppError, f"^{re.escape(UNTOLD)}$"),
        (reply(400, {"detail": "No function index provided."}), AppError, "^No function index"),
        (reply(404, {"detail": "Not Found"}), CallError, "^the app answered 404$"),
        (reply(503, b"<html>starting</html>"), CallError, "^the app answered 503$"),
        (reply(503, {"detail": "Service Unavailable"}), AppError, "^Service Unavailable$"),
        (reply(500, b"Internal Server Error"), CallError, "^the app answered 500$"),
        (
            reply(500, b"Traceback (most recent call last):\n  secret"),
            CallError,
            "^the app answered 500$",
        ),
        (reply(500, ["a list"]), CallError, "^the app answered 500$"),
        (reply(307, b""), CallError, "^the app answered 307$"),
        (reply(422, {"detail": "text"}), ValidationError, "^the app refused the arguments$"),
        (reply(422, {"detail": [1, {}]}), ValidationError, "^the app refused the arguments$"),
    ],
)
def test_an_answer_stands_for_an_error(
    answer: Reply, kind: type[SpaceToolsError], message: str
) -> None:
    with pytest.raises(kind, match=message) as raised:
        check_reply(answer)
    assert type(raised.value) is kind


def test_only_the_apps_function_counts_as_failed() -> None:
    with pytest.raises(AppError) as raised:
        check_reply(reply(500, {"error": "x", "duration": 3, "visible": False, "title": "T"}))
    assert raised.value.outcome == "failed"
    assert (raised.value.title, raised.value.duration, raised.value.visible) == ("T", 3, False)


def test_what_the_apps_validator_refuses_is_told_by_parameter() -> None:
    detail = [
        refusal("Age must be 1..119", name="age"),
        refusal("fine", name="size", is_valid=True),
        refusal("Name too short"),
    ]
    with pytest.raises(ValidationError) as raised:
        check_reply(reply(422, {"detail": detail}))
    assert raised.value.problems == ["`age`: Age must be 1..119", "Name too short"]


def test_a_malformed_body_is_told_in_the_servers_words() -> None:
    detail = [{"type": "missing", "loc": ["body", "data"], "msg": "Field required", "input": {}}]
    with pytest.raises(ValidationError, match=r"^Field required$"):
        check_reply(reply(422, {"detail": detail}))


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("2", 2.0),
        ("0.5", 0.5),
        ("-5", 0.0),
        ("99999", 60.0),
        ("inf", 60.0),
        ("Sat, 21 Nov 2015 00:32:59 GMT", 0.0),
        ("Sat, 21 Nov 2099 00:32:59 GMT", 60.0),
        ("soon", None),
        ("nan", None),
    ],
)
def test_how_long_to_wait_is_read_and_bounded(retry_after: str, seconds: float | None) -> None:
    with pytest.raises(TooManyRequestsError) as raised:
        check_reply(reply(429, b"", **{"retry-after": retry_after}))
    assert raised.value.retry_after == seconds
    assert raised.value.outcome == "not_started"


@pytest.mark.parametrize(
    ("status", "content", "outcome"),
    [
        (307, b"", "not_started"),
        (404, {"detail": "Not Found"}, "not_started"),
        (502, b"<html>Bad Gateway</html>", "unknown"),
        (504, b"", "unknown"),
        (500, {"error": "own words"}, "failed"),
    ],
)
def test_a_refusal_says_what_is_known_of_the_call(status: int, content: Any, outcome: str) -> None:
    with pytest.raises(CallError) as raised:
        check_reply(reply(status, content))
    assert raised.value.outcome == outcome
