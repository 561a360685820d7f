"""Values that somebody gave, by flag or variable: found, read, or refused with the name of their place."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.durations import parse_timeout

PREFIX = "PULLSECRET_"
LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""Names of namespaces and Services (apimachinery, pkg/util/validation)."""
SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
"""Names of most other objects."""

HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""Hosts, with or without a port."""

MOST_WORKERS = 1024
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Given:
    """What was given: flags by their Python names, and variables that begin with `PREFIX`; flags win.

    Every method names a value as flags do, with underscores, and raises `InvalidInput` for a bad one.
    """

    def __init__(self, flags: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._flags, self._environment = flags, environment

    def text(self, name: str, default: str) -> str:
        """Read a text."""
        value, _ = self._given(name)
        return default if value is None else str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read values that are given one by one, or with commas between."""
        value, _ = self._given(name)
        given = [value] if isinstance(value, str) else list(value or ())
        parts = (part.strip() for text in given for part in str(text).split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def name(self, name: str, default: str, form: re.Pattern[str] = SUBDOMAIN) -> str:
        """Read the name of an object."""
        text = self.text(name, default)
        if text:
            self._check(name, text, form)
        return text

    def names(self, name: str, form: re.Pattern[str]) -> tuple[str, ...]:
        """Read names of objects, as `texts` does."""
        texts = self.texts(name)
        for text in texts:
            self._check(name, text, form)
        return texts

    def seconds(self, name: str, default: float) -> float:
        """Read a length of time, as ``15s`` or ``1m30s``."""
        value, place = self._given(name)
        if value is None:
            return default
        seconds = parse_timeout(str(value), place=place)
        if seconds is None:
            raise InvalidInput("must be longer than 0", place=place)
        return seconds

    def number(self, name: str, default: int, *, least: int = 0, most: int) -> int:
        """Read a whole number."""
        value, place = self._given(name)
        text = str(default if value is None else value)
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            raise InvalidInput(f"{text!r} is no number from {least} to {most}", place=place)
        return int(text)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Read one of several words."""
        text, place = self.text(name, default), self._given(name)[1]
        if text not in choices:
            raise InvalidInput(f"{text!r} is none of {', '.join(choices)}", place=place)
        return text

    def switch(self, name: str, *, default: bool) -> bool:
        """Read whether something is wanted."""
        value, place = self._given(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        if str(value).lower() not in _SWITCH:
            raise InvalidInput(f"{value!r} is neither true nor false", place=place)
        return _SWITCH[str(value).lower()]

    def url(self, name: str) -> str:
        """Read an address as `clientConfig.url` of a webhook takes it."""
        text, place = self.text(name, ""), self._given(name)[1]
        try:
            parts = urlsplit(text)
            sound = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and parts.port != 0
        except ValueError:
            sound = False
        if text and (not sound or parts.query or parts.fragment):
            raise InvalidInput("is no https:// address without user, query and fragment", place=place)
        return text

    def _check(self, name: str, text: str, form: re.Pattern[str]) -> None:
        if not form.fullmatch(text):
            raise InvalidInput(f"{text!r} is no name of that kind", place=self._given(name)[1])

    def _given(self, name: str) -> tuple[Any, str]:
        """Give a value and where it is from; None when there is none."""
        flag = self._flags.get(name)
        if flag is not None and flag != ():
            return flag, "--" + name.replace("_", "-")
        variable = PREFIX + name.upper()
        return self._environment.get(variable) or None, variable
