"""What credential helpers print, parsed. No error from here holds what was printed."""

import json

from pullsecret.core import gojson
from pullsecret.core.jsonreading import InvalidJson, decode
from pullsecret.core.plaintext import printable
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.spellings import struck
from pullsecret.sources.rawbytes import RawBytes

NOT_FOUND = "credentials not found in native keychain"
"""What a helper prints, and fails, when it has no such credential (docker-credential-helpers, `error.go`)."""

SHOWN = 300
"""Characters of a helper's words that an error repeats."""


class RubbishError(ValueError):
    """What was printed is not what the protocol says; the text tells what it should be."""


def login_of(output: RawBytes) -> tuple[str, Sensitive]:
    """Read the answer to `get`: the user name and the secret, each empty where it is absent.

    Field names are matched without regard to case, as docker does.

    Raises:
        RubbishError: it is no such answer.
    """
    answer = _first_value(output)
    if not isinstance(answer, gojson.Members):
        raise RubbishError("a credential")
    fields = {gojson.fold(name): value for name, value in answer if value is not None}
    username, secret = fields.get("username", ""), fields.get("secret", "")
    if not (_is_text(username) and _is_text(secret)):
        raise RubbishError("a credential")
    return Sensitive(username).reveal(), Sensitive(secret)


def registries_of(output: RawBytes) -> dict[str, str]:
    """Read the answer to `list`: user names by registry; null, Go's empty map, has none.

    Raises:
        RubbishError: it is no such answer.
    """
    answer = _first_value(output)
    if answer is None:
        return {}
    if not isinstance(answer, gojson.Members) or not all(_is_text(user) for _, user in answer):
        raise RubbishError("a map of registries")
    return {registry: Sensitive(user).reveal() for registry, user in answer}


def is_not_found(output: RawBytes) -> bool:
    """Whether a helper that failed says that it has no such credential."""
    return _text(output) == NOT_FOUND


def reason_of(output: RawBytes, complaint: RawBytes, told: tuple[Sensitive, ...] = ()) -> str:
    """Give a failed helper's own reason: its first line, made safe to show; empty when there is none.

    Helpers give the reason on standard output (`output`); standard error (`complaint`) is taken where that
    is empty or may hold a credential. What the helper was told in secret is masked in either.
    """
    said = _text(output)
    if not said or "{" in said or "secret" in said.lower():
        said = _text(complaint)
    said = struck(said, told)  # before it is cut: half a secret is none that can be found
    return printable(next(iter(said.splitlines()), "")[:SHOWN])


def _text(output: RawBytes) -> str:
    return output.decode(errors="replace").strip()


def _is_text(value: gojson.Value) -> bool:
    return isinstance(value, str) and not isinstance(value, gojson.Number)


def _first_value(output: RawBytes) -> gojson.Value:
    """Decode the first JSON value and pass over what follows, as Go's `Decoder` does."""
    text = _text(output)
    end = _end_of_value(text)
    if end:
        try:
            return decode(text[:end])
        except InvalidJson:
            pass
    raise RubbishError("JSON")


def _end_of_value(text: str) -> int:
    try:
        return json.JSONDecoder(parse_int=str).raw_decode(text)[1]
    except (ValueError, RecursionError):  # json's errors hold the whole text
        return 0
