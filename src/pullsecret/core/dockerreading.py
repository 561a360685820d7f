"""Docker configs from bytes: what is no JSON, or has no place for entries.

Errors are given back, to be raised by a frame that does not hold the document: some loggers show a
traceback's variables, and there are passwords in it.
"""

from pullsecret.core.errors import InvalidDockerConfig, joined_place
from pullsecret.core.gojson import Members, article_of, fold
from pullsecret.core.jsonreading import InvalidJson, decode


def read(data: bytes | str, place: str) -> Members | InvalidDockerConfig:
    """Give the object of a `config.json` or `.dockerconfigjson`, or why it is none."""
    root = _decoded(data, place)
    for name, value in root if isinstance(root, Members) else ():
        if fold(name) == "auths" and value is not None and not isinstance(value, Members):
            message = f"must be an object of registries, and is {article_of(value)}"
            return InvalidDockerConfig(message, place=joined_place(place, f".{name}"))
    return root


def read_legacy(data: bytes | str, place: str) -> Members | InvalidDockerConfig:
    """Give what a `.dockercfg` says, in the shape of a `config.json`, or why it is none."""
    entries = _decoded(data, place)
    return Members([("auths", entries)]) if isinstance(entries, Members) else entries


def _decoded(data: bytes | str, place: str) -> Members | InvalidDockerConfig:
    try:
        root = decode(data)
    except InvalidJson as error:
        return InvalidDockerConfig(error.reason, place=joined_place(place, error.place), hint=error.hint)
    if isinstance(root, Members) or root is None:
        return root or Members()
    return InvalidDockerConfig(f"must be a JSON object, and is {article_of(root)}", place=place)
