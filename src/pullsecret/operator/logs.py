"""Logs: one line an entry, as text or JSON, times in UTC, and no credential in any of them.

Values go in as `extra`, never into the sentence, so that a log store can search for them:
``log.info("synced", extra={"namespace": "web"})``.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from pullsecret.core.plaintext import printable
from pullsecret.core.redaction import redacted

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}
FORMATS = ("text", "json")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(form: str, level: str, stream: TextIO | None = None) -> None:
    """Log from now on, in place of what was set up before.

    Args:
        form: one of `FORMATS`.
        level: one of `LEVELS`; libraries say only what is wrong unless it is ``debug``.
        stream: where to; standard error when left out.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[handler], level=max(LEVELS[level], logging.INFO), force=True)
    for library in ("aiohttp", "asyncio"):
        logging.getLogger(library).setLevel(logging.INFO if level == "debug" else logging.WARNING)
    logging.getLogger("pullsecret").setLevel(LEVELS[level])


class TextFormatter(logging.Formatter):
    """``2026-11-22T08:00:00.123Z info    synced namespace=web``."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an entry as a line for people; a traceback follows on lines of its own."""
        fields = "".join(f" {name}={_shown(value)}" for name, value in _fields(record).items())
        line = f"{_moment(record)} {record.levelname.lower():<7} {_clean(record.getMessage())}{fields}"
        return f"{line}\n{_clean(trace, multiline=True)}" if (trace := _trace(record)) else line


class JsonFormatter(logging.Formatter):
    """``{"time": "2026-11-22T08:00:00.123Z", "level": "info", "message": "synced", "namespace": "web"}``."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an entry as one object on one line."""
        entry: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        entry |= {name: _plain(value) for name, value in _fields(record).items() if name not in entry}
        if trace := _trace(record):
            entry["error"] = redacted(trace)
        return json.dumps(entry, ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(record: logging.LogRecord) -> str:
    return logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | bool | None) else redacted(str(value))


def _shown(value: Any) -> str:
    text = _clean(str(value))
    return json.dumps(text, ensure_ascii=False) if not text or " " in text or '"' in text else text


def _clean(text: str, *, multiline: bool = False) -> str:
    return printable(redacted(text), multiline=multiline)
