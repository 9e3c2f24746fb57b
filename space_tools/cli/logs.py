"""How the server logs: to stderr, for people as text, for programs as one JSON object a line.

What is secret goes out of a line when it is made, whoever logs it: message, arguments, traceback.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from space_tools.cli.redaction import Redactor

NOISY = ("mcp", "httpx2", "httpcore2", "asyncio", "uvicorn", "sse_starlette")
"""What others tell of each request and each connection; only their warnings are passed on."""

redact = Redactor()
"""What every line goes through, and whatever else is written to stderr at level debug."""


class TextLines(logging.Formatter):
    """For people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: `time` (RFC 3339, UTC), `level`, `logger`, `message`.

    A record's `fields`, such as those of a call, are keys beside them; `traceback` is that of an
    error.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _rfc_3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(_redacted(line), default=str)


def _redacted(line: dict[str, Any]) -> dict[str, Any]:
    # Nearly always there is nothing to hide, which is quickest seen of all values together.
    together = "\n".join(str(value) for value in line.values())
    if redact(together) == together:
        return line
    return {key: _without_secrets(value) for key, value in line.items()}


def _without_secrets(value: object) -> object:
    return value if isinstance(value, int | float) else redact(str(value))


FORMATS: dict[str, type[logging.Formatter]] = {"text": TextLines, "json": JsonLines}


def set_up_logging(level: str, log_format: str) -> None:
    """Has all from `level` on logged to stderr, in one of `FORMATS`, Python's warnings too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATS[log_format]())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(True)


def _rfc_3339(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
