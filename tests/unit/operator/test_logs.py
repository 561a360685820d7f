"""Log lines: for people or for machines, in UTC, and never with a credential."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from pullsecret.core.sensitive import Sensitive
from pullsecret.operator.logs import configure

PASSWORD = "s3cret-word"


@pytest.fixture
def loud() -> Iterator[io.StringIO]:
    """A stream to log to; what was set up before comes back."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    names = ("pullsecret", "aiohttp", "asyncio")
    levels = {name: logging.getLogger(name).level for name in names}
    yield io.StringIO()
    logging.captureWarnings(capture=False)
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def say(level=logging.INFO, message="synced", **fields):
    record = logging.LogRecord("pullsecret.operator.x", level, "x.py", 1, message, (), None)
    record.created = 1795334400.1234
    for name, value in fields.items():
        setattr(record, name, value)
    logging.getLogger("pullsecret.operator.x").handle(record)


def test_text_is_for_people(loud):
    configure("text", "info", loud)
    say(namespace="web", count=3, why="not there", empty="")
    assert loud.getvalue() == (
        '2026-11-22T08:00:00.123Z info    synced namespace=web count=3 why="not there" empty=""\n'
    )


def test_json_is_for_machines(loud):
    configure("json", "info", loud)
    say(logging.WARNING, namespace="web", count=3, message_="x")
    assert json.loads(loud.getvalue()) == {
        "time": "2026-11-22T08:00:00.123Z",
        "level": "warning",
        "logger": "pullsecret.operator.x",
        "message": "synced",
        "namespace": "web",
        "count": 3,
        "message_": "x",
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_log_holds_a_credential(loud, form):
    configure(form, "debug", loud)
    log = logging.getLogger("pullsecret.operator.x")
    address = f"https://robot:{PASSWORD}@harbor.example.com/v2/"
    log.warning("GET %s failed", address, extra={"address": address, "password": Sensitive(PASSWORD)})
    try:
        int(address)
    except ValueError:
        log.exception("failed")
    assert PASSWORD not in loud.getvalue()
    assert loud.getvalue().count("***") >= 3
    assert "Traceback" in loud.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_entry_is_one_line_that_obeys_nobody(loud, form):
    configure(form, "info", loud)
    logging.getLogger("pullsecret.operator.x").info("a\nb\x1b[31m", extra={"name_of": "c\nd"})
    (line,) = loud.getvalue().splitlines()
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("level", "logger", "said", "shown"),
    [
        pytest.param("info", "pullsecret.operator", logging.INFO, True, id="info"),
        pytest.param("info", "pullsecret.operator", logging.DEBUG, False, id="no-debug"),
        pytest.param("debug", "pullsecret.operator", logging.DEBUG, True, id="debug"),
        pytest.param("error", "pullsecret.operator", logging.WARNING, False, id="errors-only"),
        pytest.param("info", "aiohttp.access", logging.INFO, False, id="libraries-are-quiet"),
        pytest.param("debug", "aiohttp.server", logging.INFO, True, id="libraries-at-debug"),
        pytest.param("info", "other", logging.WARNING, True, id="warnings-of-others"),
    ],
)
def test_levels(loud, level, logger, said, shown):
    configure("text", level, loud)
    logging.getLogger(logger).log(said, "word")
    assert ("word" in loud.getvalue()) is shown
